//! Digests of single private fields, so that one can be opened alone: the idea of SD-JWT (RFC 9901).
//!
//! - digest of a field = SHA-256 over the RFC 8785 form of `[salt, name, value]`, the salt as text
//! - `fields` of a record = SHA-256 over `touchmark private fields v1` and a line feed, then the digests in bytewise order
//!
//! A [`Disclosure`] of one field holds the other fields' digests only: neither their names nor their order nor, for want
//! of their salts, their values. How many there are can be seen.
//!
//! The seed itself must not be among the fields: to open it would open all.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Error;
use super::seed::{Salt, Seed};
use crate::hash::Hash;

/// The most private fields that a record may have.
pub const MOST_FIELDS: usize = 256;

/// The deepest that a value may be nested. The canonical form is written by recursion, so there must be an end.
const DEEPEST: usize = 32;

/// Integers beyond ±(2^53 − 1) have no RFC 8785 form of their own (RFC 7493, section 2.2).
const LARGEST_INTEGER: u64 = (1 << 53) - 1;

const FIELDS_DOMAIN: &[u8] = b"touchmark private fields v1\n";

/// The digest over all private fields of a record: what its public part shows as `private.fields`.
///
/// `fields` are the names and values of a map, in any order.
pub fn fields_digest<'a>(
    seed: &Seed,
    fields: impl IntoIterator<Item = (&'a String, &'a Value)>,
) -> Result<Hash, Error> {
    Ok(combine(&digests(seed, fields)?))
}

/// One field opened: proves that a record had `value` under `name`, and shows of the other fields their number only.
///
/// Its Debug form leaves the value out, so that an opened value reaches no trace.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    /// The field's salt.
    pub salt: Salt,
    /// The field's name.
    pub name: String,
    /// The field's value.
    pub value: Value,
    /// The digests of the record's other fields, in bytewise order.
    pub others: Vec<Hash>,
}

impl Disclosure {
    /// Opens the field `name` of those in `fields`; `None` if there is none of that name.
    pub fn of<'a>(
        seed: &Seed,
        fields: impl IntoIterator<Item = (&'a String, &'a Value)>,
        name: &str,
    ) -> Result<Option<Self>, Error> {
        let (opened, others): (Vec<_>, Vec<_>) = fields.into_iter().partition(|(field, _)| field.as_str() == name);
        let [(_, value)] = opened.as_slice() else {
            return Ok(None);
        };
        let others = digests(seed, others)?;
        let (salt, name, value) = (seed.salt(name), name.to_owned(), (*value).clone());
        Ok(Some(Self { salt, name, value, others }))
    }

    /// Whether the field belongs to the record whose public part shows `fields`. Needs no secret.
    pub fn verify(&self, fields: &Hash) -> Result<bool, Error> {
        let found = self.others.len().saturating_add(1);
        within_limit(found)?;
        let mut digests = self.others.clone();
        digests.push(field_digest(&self.salt, &self.name, &self.value)?);
        digests.sort_unstable();
        Ok(combine(&digests) == *fields)
    }
}

impl fmt::Debug for Disclosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disclosure").field("name", &self.name).field("others", &self.others).finish_non_exhaustive()
    }
}

/// The digests of `fields` in bytewise order.
fn digests<'a>(seed: &Seed, fields: impl IntoIterator<Item = (&'a String, &'a Value)>) -> Result<Vec<Hash>, Error> {
    let salt = seed.salts();
    let digest = |(name, value): (&'a String, _)| field_digest(&salt(name), name, value);
    let mut digests = fields.into_iter().map(digest).collect::<Result<Vec<_>, _>>()?;
    within_limit(digests.len())?;
    digests.sort_unstable();
    Ok(digests)
}

fn field_digest(salt: &Salt, name: &str, value: &Value) -> Result<Hash, Error> {
    let refuse = |problem| Error::Field { name: name.to_owned(), problem };
    check_canonical(value).map_err(refuse)?;
    let canonical = crate::canonical::to_vec(&(salt.to_text(), name, value));
    canonical.map(|bytes| Hash::of(&bytes)).map_err(|_| refuse("has no canonical JSON form"))
}

/// Refuses what RFC 8785 would write like something else, and what is nested too deep; walks without recursion.
fn check_canonical(value: &Value) -> Result<(), &'static str> {
    let mut open = vec![(value, 0_usize)];
    while let Some((value, depth)) = open.pop() {
        if depth > DEEPEST {
            return Err("is nested too deep");
        }
        let below = depth.saturating_add(1);
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, below))),
            Value::Object(members) => open.extend(members.values().map(|item| (item, below))),
            Value::Number(number) => check_number(number)?,
            Value::Null | Value::Bool(_) | Value::String(_) => {}
        }
    }
    Ok(())
}

fn check_number(number: &serde_json::Number) -> Result<(), &'static str> {
    let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
    match (size, number.as_f64()) {
        (Some(size), _) if size > LARGEST_INTEGER => Err("holds an integer beyond 2^53 - 1; write it as a string"),
        (None, Some(float)) if !float.is_finite() => Err("holds a number that is not finite"),
        (None, None) => Err("holds a number that cannot be read"),
        _ => Ok(()),
    }
}

/// `digests` in bytewise order.
fn combine(digests: &[Hash]) -> Hash {
    let parts: Vec<&[u8]> =
        std::iter::once(FIELDS_DOMAIN).chain(digests.iter().map(|digest| digest.as_bytes().as_slice())).collect();
    Hash::of_parts(&parts)
}

fn within_limit(found: usize) -> Result<(), Error> {
    if found > MOST_FIELDS { Err(Error::TooManyFields { found, most: MOST_FIELDS }) } else { Ok(()) }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test may fail")]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, json};

    use super::*;

    fn seed() -> Seed {
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".parse().expect("a seed")
    }

    fn fields(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).expect("an object")
    }

    fn example() -> Map<String, Value> {
        fields(json!({"actor": {"id": "u-17", "auth": "oidc"}, "cost": "0.04", "tenant": "north"}))
    }

    fn opened(name: &str) -> (Disclosure, Hash) {
        let disclosure = Disclosure::of(&seed(), &example(), name).expect("digested").expect("there");
        (disclosure, fields_digest(&seed(), &example()).expect("digested"))
    }

    /// Computed with Python's hashlib and json.
    #[test]
    fn an_independent_computation_gives_the_same_digest() {
        let expected = "sha256:adfeb9dd146108b5e03e000a8790fe511a5bca00b6a7d461fce4683236299db9";
        assert_eq!(fields_digest(&seed(), &example()).expect("digested").to_string(), expected);
    }

    #[test]
    fn an_opened_field_verifies_after_a_journey_as_json() {
        let (disclosure, digest) = opened("tenant");
        let sent = serde_json::to_string(&disclosure).expect("JSON");
        let received: Disclosure = serde_json::from_str(&sent).expect("a disclosure");
        assert!(received.verify(&digest).expect("looked at"));
    }

    #[test]
    fn an_opened_field_shows_nothing_of_the_others() {
        let sent = serde_json::to_string(&opened("tenant").0).expect("JSON");
        for hidden in ["actor", "u-17", "oidc", "cost", "0.04", &*seed().to_text(), &seed().salt("actor").to_text()] {
            assert!(!sent.contains(hidden), "{hidden} is shown in {sent}");
        }
    }

    #[test]
    fn a_field_that_is_not_there_is_a_no() {
        assert!(Disclosure::of(&seed(), &example(), "session").expect("looked at").is_none());
    }

    #[test]
    fn values_that_would_be_written_like_others_are_refused() {
        let says =
            |value: Value| fields_digest(&seed(), &fields(json!({"seed": value}))).expect_err("refused").to_string();
        let large = says(json!([{"a": 9_007_199_254_740_992_u64}]));
        assert_eq!(large, "the private field \"seed\" holds an integer beyond 2^53 - 1; write it as a string");
        assert_eq!(says(json!(-9_007_199_254_740_993_i64)), large);
        let deep = (0..40).fold(Value::Null, |inner, _| json!([inner]));
        assert_eq!(says(deep), "the private field \"seed\" is nested too deep");
    }

    #[test]
    fn a_disclosure_without_end_is_refused() {
        let (mut disclosure, digest) = opened("tenant");
        disclosure.others = vec![digest; MOST_FIELDS];
        let error = disclosure.verify(&digest).expect_err("too many").to_string();
        assert_eq!(error, "a record has at most 256 private fields, found 257");
    }

    #[test]
    fn printing_leaves_the_opened_value_out() {
        assert!(!format!("{:?}", opened("tenant").0).contains("north"));
    }

    fn some_fields() -> impl Strategy<Value = Map<String, Value>> {
        let value = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from)
        ];
        let object = proptest::collection::btree_map("[a-z.]{1,6}", value, 1..8);
        object.prop_map(|entries| entries.into_iter().collect())
    }

    proptest! {
        #[test]
        fn every_field_of_every_record_can_be_opened(fields in some_fields(), key: [u8; 32]) {
            let seed = with_bytes(key);
            let digest = fields_digest(&seed, &fields).expect("digested");
            for name in fields.keys() {
                let disclosure = Disclosure::of(&seed, &fields, name).expect("digested").expect("there");
                prop_assert!(disclosure.verify(&digest).expect("looked at"));
            }
        }

        #[test]
        fn any_change_to_an_opened_field_is_found(fields in some_fields(), pick: prop::sample::Index, bit in 0_usize..256) {
            let digest = fields_digest(&seed(), &fields).expect("digested");
            let name = fields.keys().nth(pick.index(fields.len())).expect("within");
            let good = Disclosure::of(&seed(), &fields, name).expect("digested").expect("there");
            let flip = |bytes: &mut [u8]| {
                let place = bit % (bytes.len() * 8);
                bytes[place / 8] ^= 1 << (place % 8);
            };

            let mut salt = *good.salt.as_bytes();
            flip(&mut salt);
            let salt = base64_text(&salt).parse().expect("a salt");
            let mut changed = vec![
                Disclosure { salt, ..good.clone() },
                Disclosure { name: format!("{name}x"), ..good.clone() },
                Disclosure { value: json!([good.value]), ..good.clone() },
                Disclosure { others: [good.others.clone(), vec![digest]].concat(), ..good.clone() },
            ];
            for position in 0..good.others.len() {
                let mut other = *good.others[position].as_bytes();
                flip(&mut other);
                let mut others = good.others.clone();
                others[position] = Hash::from_bytes(other);
                changed.push(Disclosure { others, ..good.clone() });
                let mut others = good.others.clone();
                others.remove(position);
                changed.push(Disclosure { others, ..good.clone() });
            }
            for disclosure in changed {
                prop_assert!(!disclosure.verify(&digest).expect("looked at"), "{:?}", disclosure);
            }
        }
    }

    fn with_bytes(bytes: [u8; 32]) -> Seed {
        base64_text(&bytes).parse().expect("a seed")
    }

    fn base64_text(bytes: &[u8]) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
    }
}
