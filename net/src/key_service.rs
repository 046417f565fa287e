//! A service of the operator's that keeps a key and answers questions about it.

use std::fmt;
use std::time::Duration;

use ureq::Agent;
use ureq::http::{StatusCode, header};
use zeroize::Zeroizing;

use crate::{Address, post};

const JSON: &str = "application/json";

/// A key service at a URL. Shared by threads.
pub struct KeyService {
    address: Address,
    bearer: Option<Zeroizing<String>>,
    timeout: Duration,
    agent: Agent,
}

impl KeyService {
    /// The service at `url`, which may want a bearer token.
    pub fn new(url: &str, bearer: Option<Zeroizing<String>>, timeout: Duration) -> Result<Self, String> {
        let address = Address::of_key_service(url).map_err(|error| error.to_string())?;
        if bearer.as_ref().is_some_and(|token| token.bytes().any(|byte| !byte.is_ascii_graphic())) {
            return Err(
                "the bearer token holds something that cannot be sent: spaces or letters beyond ASCII".to_owned()
            );
        }
        let agent = post::agent(&address, timeout);
        Ok(Self { address, bearer, timeout, agent })
    }

    /// Posts a question in JSON, once. The answer in JSON, or a sentence why there is none.
    pub fn post(&self, question: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
        let mut request = self.agent.post(self.address.url()).header(header::CONTENT_TYPE, JSON);
        if let Some(token) = &self.bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.as_str()));
        }
        let (status, answer) = post::send(request, question, self.timeout)?;
        match status {
            StatusCode::OK => Ok(answer),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if self.bearer.is_none() => {
                Err(format!("it answered HTTP {status}: name a bearer token with bearer_file or bearer_env"))
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(format!("it answered HTTP {status}: it does not take the bearer token"))
            }
            _ => Err(format!("it answered HTTP {status}")),
        }
    }
}

impl fmt::Debug for KeyService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyService").field("address", &self.address.to_string()).finish_non_exhaustive()
    }
}
