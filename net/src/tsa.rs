//! One authority, over HTTP (RFC 3161, 3.4).

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rand_core::{OsRng, RngCore};
use touchmark_core::hash::Hash;
use touchmark_core::keys::timestamp::{MAX_TOKEN, NONCE, Request, Stamp, TimestampAuthority, Token, Unstamped};
use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body};

use crate::{Address, Patience};

const QUERY: &str = "application/timestamp-query";
const REPLY: &str = "application/timestamp-reply";

/// The most bytes of an answer: a token and its status.
const LONGEST_ANSWER: u64 = MAX_TOKEN as u64 + 4096;

/// An authority at a URL. Shared by threads.
#[derive(Debug)]
pub struct Tsa {
    address: Address,
    patience: Patience,
    agent: Agent,
    /// Since when it is left in peace, and why.
    resting: Mutex<Option<(Instant, String)>>,
}

/// Why one request brought nothing.
struct Fault {
    what: String,
    /// Whether the same request may succeed a moment later.
    passing: bool,
}

impl Tsa {
    /// The authority at an address.
    pub fn new(address: Address, patience: Patience) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(patience.timeout))
            .timeout_connect(Some(patience.timeout / 2))
            // Whoever answers for another address would be recorded under this one.
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("touchmark/", env!("CARGO_PKG_VERSION")))
            .accept(REPLY);
        let config = if address.is_local() { config.proxy(None) } else { config };
        Self { address, patience, agent: config.build().into(), resting: Mutex::new(None) }
    }

    fn ask(&self, request: &Request) -> Result<Token, Fault> {
        let query = request.to_der().map_err(|declined| Fault::lasting(declined.to_string()))?;
        let answer = self.agent.post(self.address.url()).header(header::CONTENT_TYPE, QUERY).send(query.as_slice());
        let mut answer = answer.map_err(|error| Fault::of(&error))?;
        refuse_status(&answer)?;
        refuse_type(&answer)?;
        let body = answer.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec();
        let body = body.map_err(|error| Fault::of(&error))?;
        request.accept(&body).map_err(|declined| Fault::lasting(declined.to_string()))
    }

    /// Why it is not asked now.
    fn rest(&self) -> Option<String> {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        match resting.as_ref() {
            Some((since, why)) if since.elapsed() < self.patience.rest => {
                Some(format!("is not asked again yet, because a moment ago it {why}"))
            }
            _ => {
                *resting = None;
                None
            }
        }
    }
}

impl TimestampAuthority for Tsa {
    fn stamp(&self, digest: &Hash) -> Result<Stamp, Unstamped> {
        let authority = self.address.to_string();
        if let Some(why) = self.rest() {
            return Err(Unstamped::by(authority, why));
        }
        let mut pause = self.patience.pause;
        let mut asked = 0;
        loop {
            // A nonce of its own for each request: a late answer to the one before does not fit.
            let mut nonce = [0; NONCE];
            OsRng.fill_bytes(&mut nonce);
            match self.ask(&Request::new(*digest, nonce)) {
                Ok(token) => return Ok(Stamp { authority, token, passed_over: Vec::new() }),
                Err(fault) if fault.passing && asked < self.patience.retries => {
                    asked += 1;
                    std::thread::sleep(pause);
                    pause *= 2;
                }
                Err(Fault { what, passing }) => {
                    if passing {
                        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
                        *resting = Some((Instant::now(), what.clone()));
                    }
                    let times = if asked > 0 { format!(" (asked {} times)", asked + 1) } else { String::new() };
                    return Err(Unstamped::by(authority, format!("{what}{times}")));
                }
            }
        }
    }
}

impl Fault {
    fn lasting(what: impl Into<String>) -> Self {
        Self { what: what.into(), passing: false }
    }

    fn of(error: &ureq::Error) -> Self {
        use ureq::Error;
        let passing = matches!(
            error,
            Error::Io(_) | Error::Timeout(_) | Error::ConnectionFailed | Error::HostNotFound | Error::Protocol(_)
        );
        let what = match error {
            Error::Timeout(_) => "did not answer in time".to_owned(),
            Error::BodyExceedsLimit(limit) => format!("answered with more than {limit} bytes"),
            Error::HostNotFound => "could not be found: there is no such host".to_owned(),
            other => format!("could not be asked: {other}"),
        };
        Self { what, passing }
    }
}

fn refuse_status(answer: &Response<Body>) -> Result<(), Fault> {
    let status = answer.status();
    if status == StatusCode::OK {
        return Ok(());
    }
    let place = answer.headers().get(header::LOCATION).filter(|_| status.is_redirection());
    if let Some(place) = place {
        let place: String =
            String::from_utf8_lossy(place.as_bytes()).chars().filter(|c| !c.is_control()).take(200).collect();
        return Err(Fault::lasting(format!("answered HTTP {status} and points to {place}, where it is not followed")));
    }
    let passing =
        status.is_server_error() || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&status);
    Err(Fault { what: format!("answered HTTP {status}"), passing })
}

fn refuse_type(answer: &Response<Body>) -> Result<(), Fault> {
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("no type");
    let bare = kind.split(';').next().unwrap_or_default().trim();
    if bare.eq_ignore_ascii_case(REPLY) {
        return Ok(());
    }
    let kind: String = kind.chars().take(80).collect();
    Err(Fault::lasting(format!("answered with {kind:?} in place of {REPLY}")))
}
