//! One question to a service that keeps keys, and its answer.

use std::time::Duration;

use ureq::http::{StatusCode, header};
use ureq::{Agent, RequestBuilder, typestate::WithBody};
use zeroize::Zeroizing;

use crate::Address;

/// The most bytes of an answer.
const LONGEST_ANSWER: u64 = 64 * 1024;

/// A client for one address.
pub(crate) fn agent(address: &Address, timeout: Duration) -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(timeout))
        // What is sent is for this address, and for nobody to whom it points.
        .max_redirects(0)
        .http_status_as_error(false)
        .user_agent(concat!("touchmark/", env!("CARGO_PKG_VERSION")));
    let config = if address.is_local() { config.proxy(None) } else { config };
    config.build().into()
}

/// Sends a body, and takes the answer with its status; or says why there is none.
pub(crate) fn send(
    request: RequestBuilder<WithBody>,
    body: &[u8],
    timeout: Duration,
) -> Result<(StatusCode, Zeroizing<Vec<u8>>), String> {
    let words = |error: ureq::Error| match error {
        ureq::Error::Timeout(_) => format!("it did not answer within {} ms", timeout.as_millis()),
        ureq::Error::BodyExceedsLimit(limit) => format!("it answered with more than {limit} bytes"),
        ureq::Error::HostNotFound => "there is no such host".to_owned(),
        other => format!("it could not be asked: {other}"),
    };
    let mut answer = request.send(body).map_err(words)?;
    let status = answer.status();
    if status.is_redirection() {
        let place = answer.headers().get(header::LOCATION).map(|place| String::from_utf8_lossy(place.as_bytes()));
        let place: String = place.unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect();
        return Err(format!("it answered HTTP {status} and points to {place}, where it is not followed"));
    }
    let body = answer.body_mut().with_config().limit(LONGEST_ANSWER).read_to_vec().map_err(words)?;
    Ok((status, Zeroizing::new(body)))
}
