//! Requests to AWS, signed (Signature Version 4): one POST to `/`, with the headers that are given.

use hmac::{Hmac, Mac as _};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::kms::Credentials;

/// What a signature is for.
pub(crate) struct Scope<'a> {
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
}

/// The time of a request as AWS writes it.
pub(crate) fn time(now: Timestamp) -> String {
    now.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The `Authorization` header for a request at `time` with `headers`: names in lower case, sorted, and the host among them.
pub(crate) fn authorization(
    credentials: &Credentials,
    scope: &Scope<'_>,
    time: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> String {
    let Scope { region, service } = scope;
    let canonical = headers.iter().map(|(name, value)| [name, ":", value.trim(), "\n"].concat()).collect::<String>();
    let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let request = format!("POST\n/\n\n{canonical}\n{names}\n{}", hex::encode(Sha256::digest(body)));
    let date = time.split('T').next().unwrap_or(time);
    let scope = format!("{date}/{region}/{service}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex::encode(Sha256::digest(request)));
    let secret = Zeroizing::new(format!("AWS4{}", credentials.secret_key.as_str()));
    let key = [date, region, service, "aws4_request"]
        .iter()
        .fold(Zeroizing::new(secret.as_bytes().to_vec()), |key, part| hmac(&key, part.as_bytes()));
    let signature = hex::encode(&*hmac(&key, text.as_bytes()));
    let id = &credentials.access_key;
    format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}")
}

fn hmac(key: &[u8], message: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    Zeroizing::new(mac.finalize().into_bytes().to_vec())
}
