//! Where an authority is asked.

use std::fmt;
use std::str::FromStr;

use ureq::http::Uri;

/// The URL of somebody who is asked. `Display` is without its query, which may hold a secret: it stands in public records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    uri: Uri,
}

/// Not the URL of somebody who can be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not the address of a {whose}: {problem}")]
pub struct BadAddress {
    text: String,
    whose: &'static str,
    problem: &'static str,
}

impl Address {
    /// The URL as it was given.
    pub fn url(&self) -> &Uri {
        &self.uri
    }

    /// The URL of a service that keeps keys: over TLS, or on this machine.
    pub(crate) fn of_key_service(text: &str) -> Result<Self, BadAddress> {
        let address = Self::of(text, "key service")?;
        if address.uri.scheme_str() == Some("http") && !address.is_local() {
            let problem = "it must begin with https://: http:// is for this machine alone";
            return Err(BadAddress { text: address.to_string(), whose: "key service", problem });
        }
        Ok(address)
    }

    /// Whether it is on this machine: no proxy is asked for it.
    pub fn is_local(&self) -> bool {
        let host = self.uri.host().unwrap_or_default().trim_matches(['[', ']']);
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    /// The address of a time-stamp authority.
    fn from_str(text: &str) -> Result<Self, BadAddress> {
        Self::of(text, "time-stamp authority")
    }
}

impl Address {
    fn of(text: &str, whose: &'static str) -> Result<Self, BadAddress> {
        let bad = |problem| BadAddress { text: text.to_owned(), whose, problem };
        let other_scheme = || bad("it must begin with http:// or https://");
        // Of `file:///…` the parser says only that it is no address.
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        if scheme.is_some_and(|scheme| !matches!(scheme.as_str(), "http" | "https")) {
            return Err(other_scheme());
        }
        let uri: Uri = text.parse().map_err(|_| bad("write it as http://tsa.example/path"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(other_scheme());
        }
        let authority = uri.authority().ok_or_else(|| bad("it names no host"))?;
        if authority.as_str().contains('@') {
            // Not repeated in the message: a password is in it.
            let problem = "it holds a user or a password, and such an address is shown and put on record";
            return Err(BadAddress { text: authority.host().to_owned(), whose, problem });
        }
        Ok(Self { uri })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.uri.scheme_str().unwrap_or_default();
        let authority = self.uri.authority().map(ToString::to_string).unwrap_or_default();
        write!(f, "{scheme}://{authority}{}", self.uri.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_public_records_holds_no_query() {
        let address: Address = "https://tsa.example:8443/rfc3161?key=geheim".parse().expect("an address");
        assert_eq!(address.to_string(), "https://tsa.example:8443/rfc3161");
        assert_eq!(address.url().query(), Some("key=geheim"));
    }

    #[test]
    fn what_is_no_address_of_an_authority_is_refused_with_the_reason() {
        for (text, problem) in [
            ("", "write it as"),
            ("tsa.example", "must begin with http"),
            ("ftp://tsa.example", "must begin with http"),
            ("file:///etc/passwd", "must begin with http"),
            ("http://", "write it as"),
            ("http://tsa example", "write it as"),
        ] {
            let refused = text.parse::<Address>().expect_err(text).to_string();
            assert!(refused.contains(problem), "{text}: {refused}");
        }
        let refused = "http://ann:geheim@tsa.example".parse::<Address>().expect_err("a password").to_string();
        assert!(refused.contains("password") && !refused.contains("geheim"), "{refused}");
    }

    #[test]
    fn no_proxy_is_asked_for_this_machine() {
        let is_local = |text: &str| text.parse::<Address>().expect("an address").is_local();
        assert!(is_local("http://127.0.0.1:3161/") && is_local("http://[::1]:1/") && is_local("http://localhost/"));
        assert!(!is_local("http://127.tsa.example/") && !is_local("http://192.0.2.1/"));
    }
}
