//! Fetches a manifest from where a stranger's file says that it is, and from nowhere inside.
//!
//! The address is a stranger's word: it may point at this machine, at the network around it, or at a service there that gives keys to whoever
//! asks. So only `http://` and `https://` are followed, and only to addresses of the public network: the address is checked that is
//! connected to, not the name, for each redirect anew. What comes without TLS may have been changed on its way; a manifest is signed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::{Uri, header};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

/// The most redirects that are followed.
const MOST_REDIRECTS: usize = 3;

/// How long a manifest is waited for, how large it may be, and which inner addresses the operator allows.
#[derive(Debug, Clone)]
pub struct Fetcher {
    agent: Agent,
    timeout: Duration,
    limit: u64,
}

impl Fetcher {
    /// Fetches within `timeout` at most `limit` bytes. `allowed` are addresses that need not be public.
    pub fn new(timeout: Duration, limit: u64, allowed: Vec<IpAddr>) -> Self {
        let config = Agent::config_builder()
            .max_redirects(0)
            .http_status_as_error(false)
            // A proxy would look the name up itself, and connect to where it likes.
            .proxy(None)
            .user_agent(concat!("touchmark/", env!("CARGO_PKG_VERSION")))
            .build();
        let resolver = Public { allowed, inner: DefaultResolver::default() };
        Self { agent: Agent::with_parts(config, DefaultConnector::default(), resolver), timeout, limit }
    }

    /// What is at that address, or why it is not fetched.
    pub fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
        let begun = Instant::now();
        let mut at: Uri = url.parse().map_err(|_| "that is not an address".to_owned())?;
        for _ in 0..=MOST_REDIRECTS {
            permitted(&at)?;
            let left = self.timeout.saturating_sub(begun.elapsed());
            let request = self.agent.get(&at).config().timeout_global(Some(left)).build();
            let mut answer = request.call().map_err(|error| self.words(&error))?;
            let status = answer.status();
            if status.is_redirection() {
                at = next(&at, answer.headers().get(header::LOCATION))?;
                continue;
            }
            if !status.is_success() {
                return Err(format!("it answered HTTP {status}"));
            }
            let body = answer.body_mut().with_config().limit(self.limit).read_to_vec();
            return body.map_err(|error| self.words(&error));
        }
        Err(format!("it points on more than {MOST_REDIRECTS} times"))
    }

    fn words(&self, error: &Error) -> String {
        match error {
            Error::Timeout(_) => "it did not answer in time".to_owned(),
            Error::BodyExceedsLimit(_) => format!("it answered with more than {} bytes", self.limit),
            Error::HostNotFound => "there is no such host".to_owned(),
            Error::Other(why) => format!("it is not asked: {why}"),
            other => format!("it could not be asked: {other}"),
        }
    }
}

/// Before anybody is asked for the name's address.
fn permitted(at: &Uri) -> Result<(), String> {
    if at.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("the address holds a user or a password".to_owned());
    }
    match at.scheme_str() {
        Some("http" | "https") => Ok(()),
        _ => Err("only http:// and https:// are followed".to_owned()),
    }
}

fn next(at: &Uri, place: Option<&header::HeaderValue>) -> Result<Uri, String> {
    let bad = || "it points to something that is no address".to_owned();
    let place = place.and_then(|place| place.to_str().ok()).ok_or_else(bad)?;
    let next: Uri = place.parse().map_err(|_| bad())?;
    if next.scheme().is_some() {
        return Ok(next);
    }
    let mut parts = at.clone().into_parts();
    parts.path_and_query = next.into_parts().path_and_query;
    Uri::from_parts(parts).map_err(|_| bad())
}

/// Gives the addresses of a name if all of them are public.
#[derive(Debug)]
struct Public {
    allowed: Vec<IpAddr>,
    inner: DefaultResolver,
}

/// An address that is not followed.
#[derive(Debug, thiserror::Error)]
#[error("{address} is an address inside of a network, and what a file names is asked in the public one alone")]
struct Inside {
    address: IpAddr,
}

impl Resolver for Public {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        let inside =
            found.iter().map(std::net::SocketAddr::ip).find(|ip| !self.allowed.contains(ip) && !is_public(*ip));
        match inside {
            Some(address) => Err(Error::Other(Box::new(Inside { address }))),
            None => Ok(found),
        }
    }
}

/// Whether an address is one of the public network.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let inside = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || matches!(
            (a, b, c),
            (0 | 240..=255, _, _) | (100, 64..=127, _) | (192, 0, 0) | (192, 88, 99) | (198, 18 | 19, _)
        );
    !inside
}

/// What is given out for the public (`2000::/3`), without what leads back to older addresses, and without examples.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let is_given_out = a & 0xe000 == 0x2000;
    is_given_out && !matches!((a, b), (0x2001, 0..=0x1ff | 0xdb8) | (0x2002, _) | (0x3fff, 0..=0xfff))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_inside_of_networks_are_not_public_in_any_way_of_writing_them() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "192.0.0.8",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::7f00:1",
            "fe80::1",
            "fd00::1",
            "fec0::1",
            "ff02::1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
        ] {
            assert!(!is_public(inside.parse().expect("an address")), "{inside}");
        }
        for outside in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"] {
            assert!(is_public(outside.parse().expect("an address")), "{outside}");
        }
    }

    #[test]
    fn what_does_not_lead_to_the_outside_is_not_asked() {
        let fetcher = Fetcher::new(Duration::from_secs(5), 100, Vec::new());
        for (url, why) in [
            ("http://127.0.0.1:1/", "127.0.0.1 is an address inside of a network"),
            // Other ways to write it, which some resolvers take.
            ("http://2130706433/", "it"),
            ("http://0x7f.1/", "it"),
            ("file:///etc/passwd", "not an address"),
            ("gopher://x/", "only http:// and https://"),
            ("not an address", "not an address"),
            ("https://ann:geheim@127.0.0.1/", "user or a password"),
            ("https://127.0.0.1:1/", "127.0.0.1 is an address inside of a network"),
            ("https://169.254.169.254/latest/meta-data", "169.254.169.254 is an address inside of a network"),
            ("https://[::1]:1/", "::1 is an address inside of a network"),
            ("https://[::ffff:10.0.0.1]/", "is an address inside of a network"),
            ("https://localhost:1/", "is an address inside of a network"),
        ] {
            let said = fetcher.fetch(url).expect_err(url);
            assert!(said.contains(why), "{url}: {said}");
        }
    }
}
