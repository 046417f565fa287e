//! What the manifests of a picture say that it looks like (C2PA 2.4, 18.10), as it is written there. Nothing is compared here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_cbor::Value;

use super::Reading;
use super::cbor::{self, array, entry};
use super::jumbf::base;

/// So many are read: whoever writes more wants to keep somebody busy.
const MOST: usize = 64;

/// One value of a `c2pa.soft-binding` assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoftBinding {
    /// By which algorithm; `None` where none is named.
    pub alg: Option<String>,
    /// Whether it is about the whole picture, by the algorithm as it is: no region, no time, no parameters.
    pub is_whole: bool,
    /// In the algorithm's own form; `None` where it is not there.
    pub value: Option<Vec<u8>>,
}

/// Those of the active manifest and of what it updates.
pub fn all(reading: &Reading) -> Vec<SoftBinding> {
    let Some(store) = &reading.store else { return Vec::new() };
    let mut found = Vec::new();
    for member in &reading.lineage {
        for assertion in member.assertions(store).unwrap_or_default() {
            if base(assertion.label) == "c2pa.soft-binding"
                && let Ok(Some(bytes)) = assertion.cbor()
            {
                found.extend(blocks(bytes, member.alg_soft.as_deref()));
            }
        }
    }
    found.truncate(MOST);
    found
}

fn blocks(bytes: &[u8], alg_soft: Option<&str>) -> Vec<SoftBinding> {
    let value = cbor::value(bytes).unwrap_or(Value::Null);
    let alg = entry(&value, "alg").and_then(Value::as_str).or(alg_soft).map(str::to_owned);
    let is_plain = entry(&value, "alg-params").is_none();
    let blocks = array(entry(&value, "blocks"));
    if blocks.is_empty() {
        return vec![SoftBinding { alg, is_whole: is_plain, value: None }];
    }
    let one = |block: &Value| SoftBinding {
        alg: alg.clone(),
        is_whole: is_plain
            && entry(block, "scope").is_none_or(|scope| matches!(scope, Value::Map(map) if map.is_empty())),
        value: match entry(block, "value") {
            Some(Value::Bytes(value)) => Some(value.clone()),
            // The library writes text, in which there is base64.
            Some(Value::Text(text)) => BASE64.decode(text).ok(),
            _ => None,
        },
    };
    blocks.iter().take(MOST).map(one).collect()
}
