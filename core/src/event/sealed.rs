//! A private part as it stands in the log: sealed, or plain as the library writes it where it is given no vault.
//!
//! ```json
//! {"form":"sealed","keys":["<the person's key>","<the shelf's key>"],"nonce":"…","sealed":"…","tenant":"…"}
//! ```
//! `sealed` is the plain form, sealed ([`sealing`]), in base64url; the additional data are a name for this use, the log's name, the
//! record's id and everything in clear beside it, each on a line. `tenant` is there where the part names one, as the vault marks it: so
//! records can be chosen by tenant without opening any. `class` is there where it is not the default retention class, so that what is
//! kept how long can be said without opening any.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::privacy::vault::sealing::{self, NONCE};
use crate::privacy::vault::{Key, KeyId, Mark};

use super::{Error, Private};

/// The first line of the additional data.
const DOMAIN: &str = "touchmark private part v1";

/// A sealed private part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedPart {
    /// The retention class; none: the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    form: Form,
    /// The keys that it is sealed under: the person's and the shelf's.
    pub keys: [KeyId; 2],
    nonce: String,
    sealed: String,
    /// The tenant, as the vault marks names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Mark>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Form {
    Sealed,
}

/// A private part in whichever form it stands in the log.
#[derive(Debug)]
pub enum Stored {
    /// Readable to whoever can read the log's files.
    Plain(Private),
    /// Readable to whoever has both keys.
    Sealed(SealedPart),
}

impl Stored {
    /// Reads a private part. That the bytes are the record's own is for the caller to check, by `private.stored`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        // The two have no other field in common, so one look decides, and the message is of the form that was meant.
        #[derive(Deserialize)]
        struct Head<'a> {
            #[serde(borrow)]
            form: std::borrow::Cow<'a, str>,
        }
        let unreadable = |error: serde_json::Error| Error::Unreadable { problem: error.to_string() };
        let head: Head<'_> = serde_json::from_slice(bytes).map_err(unreadable)?;
        if head.form == "sealed" {
            return serde_json::from_slice(bytes).map(Self::Sealed).map_err(unreadable);
        }
        Private::from_bytes(bytes).map(Self::Plain)
    }
}

impl SealedPart {
    /// Seals the bytes of a private part for one record of one log: the bytes that stand in the log, canonical JSON. Nothing in it is ever
    /// escaped. `ids` are those of `keys`.
    pub(super) fn seal(
        plain: Vec<u8>,
        keys: [&Key; 2],
        ids: &[KeyId; 2],
        (class, tenant): (Option<&str>, Option<Mark>),
        place: (&str, Uuid),
        nonce: &[u8; NONCE],
    ) -> Vec<u8> {
        let [person, shelf] = keys;
        let (ids, tenant) = (ids.map(|id| id.text()), tenant.map(|mark| mark.text()));
        let sealed = sealing::seal(person, shelf, nonce, &data(place, &ids, tenant.as_ref(), class), plain);
        let mut text = Vec::with_capacity(256 + sealed.len().div_ceil(3) * 4);
        text.push(b'{');
        if let Some(class) = class {
            put(&mut text, [b"\"class\":\"", class.as_bytes(), b"\","]);
        }
        put(&mut text, [b"\"form\":\"sealed\",\"keys\":[\"", &ids[0], b"\",\"", &ids[1], b"\"],\"nonce\":\""]);
        put_base64(&mut text, nonce);
        put(&mut text, [b"\",\"sealed\":\""]);
        put_base64(&mut text, &sealed);
        if let Some(tenant) = &tenant {
            put(&mut text, [b"\",\"tenant\":\"".as_slice(), tenant]);
        }
        put(&mut text, [b"\"}"]);
        text
    }

    /// Opens it. `None`: it was sealed for another record or another log, or changed since.
    pub(super) fn open(&self, keys: [&Key; 2], place: (&str, Uuid)) -> Option<Private> {
        let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        let nonce: [u8; NONCE] = decoded(&self.nonce)?.try_into().ok()?;
        let [person, shelf] = keys;
        let (ids, tenant) = (self.keys.map(|id| id.text()), self.tenant.map(|mark| mark.text()));
        let data = data(place, &ids, tenant.as_ref(), self.class.as_deref());
        let plain = sealing::open(person, shelf, &nonce, &data, decoded(&self.sealed)?)?;
        Private::from_bytes(&plain).ok()
    }
}

type Text = [u8; 22];

fn data((origin, id): (&str, Uuid), keys: &[Text; 2], tenant: Option<&Text>, class: Option<&str>) -> Vec<u8> {
    let mut id_text = Uuid::encode_buffer();
    let id = id.hyphenated().encode_lower(&mut id_text);
    let mut lines = Vec::with_capacity(192);
    let tenant = tenant.map_or(b"".as_slice(), |text| text);
    for line in [DOMAIN.as_bytes(), origin.as_bytes(), id.as_bytes(), &keys[0], &keys[1], tenant] {
        put(&mut lines, [line, b"\n"]);
    }
    if let Some(class) = class {
        put(&mut lines, [class.as_bytes(), b"\n"]);
    }
    lines
}

fn put<const N: usize>(text: &mut Vec<u8>, parts: [&[u8]; N]) {
    for part in parts {
        text.extend_from_slice(part);
    }
}

fn put_base64(text: &mut Vec<u8>, bytes: &[u8]) {
    let at = text.len();
    text.resize(at + bytes.len().div_ceil(3) * 4, 0);
    let length = URL_SAFE_NO_PAD.encode_slice(bytes, &mut text[at..]).expect("four characters for three bytes");
    text.truncate(at + length);
}
