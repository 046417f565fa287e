//! RFC 8785, the JSON Canonicalization Scheme: the one byte form of a value, which is hashed and stored.
//!
//! Members stand in the order of their names' UTF-16 code units, numbers in the shortest form that gives the same double, texts with as
//! few escapes as JSON allows. Gives [`to_vec`] for whatever serde can write; knows nothing of what is written.

use std::cmp::Ordering;
use std::io;
use std::ops::Range;

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};

/// Integers up to here, 2^53, are written as they are; the double nearest to a larger one may be another number.
const EXACT: u64 = 1 << 53;

/// The canonical form of a value.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::with_capacity(512);
    append(&mut bytes, value)?;
    Ok(bytes)
}

/// Adds the canonical form of a value to what stands in `bytes`. After an error no more stands there than before.
pub fn append<T: Serialize + ?Sized>(bytes: &mut Vec<u8>, value: &T) -> Result<(), serde_json::Error> {
    let before = bytes.len();
    let mut text = Text { bytes: std::mem::take(bytes), members: Vec::new(), open: Vec::new() };
    // All goes into the text and nothing into the writer: members may have to change places.
    let written = value.serialize(&mut Serializer::with_formatter(io::sink(), &mut text));
    *bytes = text.bytes;
    if written.is_err() {
        bytes.truncate(before);
    }
    written
}

/// A document that is being written.
struct Text {
    bytes: Vec<u8>,
    /// The members of all objects that are open, those of the innermost last.
    members: Vec<Member>,
    /// Where in [`Self::members`] those of each open object begin.
    open: Vec<usize>,
}

/// Where a member stands: its name in quotes, then a colon and its value.
struct Member {
    name: Range<usize>,
    end: usize,
    /// Whether the name's bytes are in the order of its UTF-16 code units.
    is_plain: bool,
}

impl Text {
    #[expect(clippy::unnecessary_wraps, reason = "it is what each of the formatter's calls answers with")]
    fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn integer(&mut self, value: i128) -> io::Result<()> {
        match i64::try_from(value) {
            Ok(value) if value.unsigned_abs() <= EXACT => self.push(value.to_string().as_bytes()),
            #[expect(clippy::cast_precision_loss, reason = "RFC 8785 knows doubles only")]
            _large => self.double(value as f64),
        }
    }

    fn double(&mut self, value: f64) -> io::Result<()> {
        if !value.is_finite() {
            return Err(io::Error::other("a number that is not finite has no JSON form"));
        }
        self.push(ryu_js::Buffer::new().format_finite(value).as_bytes())
    }

    fn last(&mut self) -> io::Result<&mut Member> {
        self.members.last_mut().ok_or_else(|| io::Error::other("a member outside of an object"))
    }

    /// Puts the members of an object, which stand from `first` on in the list, in their order; most come in it.
    fn close(&mut self, first: usize) {
        let Self { bytes, members, .. } = self;
        let own = &mut members[first..];
        if !own.is_sorted_by(|one, next| order(bytes, one, next).is_le()) {
            let start = own.first().map(|member| member.name.start).unwrap_or_default();
            own.sort_by(|one, next| order(bytes, one, next));
            let mut sorted = Vec::with_capacity(bytes.len() - start);
            for (at, member) in own.iter().enumerate() {
                if at > 0 {
                    sorted.push(b',');
                }
                sorted.extend_from_slice(&bytes[member.name.start..member.end]);
            }
            bytes.truncate(start);
            bytes.append(&mut sorted);
        }
        members.truncate(first);
    }
}

fn order(bytes: &[u8], one: &Member, next: &Member) -> Ordering {
    let (first, second) = (&bytes[one.name.clone()], &bytes[next.name.clone()]);
    if one.is_plain && next.is_plain {
        // Without the closing quote, or a name would not stand before those that begin with it.
        return first[..first.len() - 1].cmp(&second[..second.len() - 1]);
    }
    let units = |name: &[u8]| serde_json::from_slice::<String>(name).unwrap_or_default();
    units(first).encode_utf16().cmp(units(second).encode_utf16())
}

macro_rules! integers {
    ($($name:ident: $type:ty),+) => {
        $(fn $name<W: ?Sized + io::Write>(&mut self, _: &mut W, value: $type) -> io::Result<()> {
            self.integer(value.into())
        })+
    };
}

impl Formatter for &mut Text {
    integers!(write_i8: i8, write_i16: i16, write_i32: i32, write_i64: i64);
    integers!(write_u8: u8, write_u16: u16, write_u32: u32, write_u64: u64);

    fn write_i128<W: ?Sized + io::Write>(&mut self, _: &mut W, value: i128) -> io::Result<()> {
        self.integer(value)
    }

    fn write_u128<W: ?Sized + io::Write>(&mut self, _: &mut W, value: u128) -> io::Result<()> {
        self.integer(value.try_into().unwrap_or(i128::MAX))
    }

    fn write_null<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.push(b"null")
    }

    fn write_bool<W: ?Sized + io::Write>(&mut self, _: &mut W, value: bool) -> io::Result<()> {
        self.push(if value { b"true" } else { b"false" })
    }

    fn write_f32<W: ?Sized + io::Write>(&mut self, _: &mut W, value: f32) -> io::Result<()> {
        self.double(f64::from(value))
    }

    fn write_f64<W: ?Sized + io::Write>(&mut self, _: &mut W, value: f64) -> io::Result<()> {
        self.double(value)
    }

    fn write_number_str<W: ?Sized + io::Write>(&mut self, _: &mut W, value: &str) -> io::Result<()> {
        self.double(value.parse().map_err(io::Error::other)?)
    }

    fn begin_string<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.push(b"\"")
    }

    fn end_string<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.push(b"\"")
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, _: &mut W, fragment: &str) -> io::Result<()> {
        self.push(fragment.as_bytes())
    }

    fn write_char_escape<W: ?Sized + io::Write>(&mut self, _: &mut W, escape: CharEscape) -> io::Result<()> {
        match escape {
            CharEscape::Quote => self.push(b"\\\""),
            CharEscape::ReverseSolidus => self.push(b"\\\\"),
            CharEscape::Solidus => self.push(b"/"),
            CharEscape::Backspace => self.push(b"\\b"),
            CharEscape::FormFeed => self.push(b"\\f"),
            CharEscape::LineFeed => self.push(b"\\n"),
            CharEscape::CarriageReturn => self.push(b"\\r"),
            CharEscape::Tab => self.push(b"\\t"),
            CharEscape::AsciiControl(byte) => self.push(format!("\\u{byte:04x}").as_bytes()),
        }
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.push(b"[")
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.push(b"]")
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, _: &mut W, first: bool) -> io::Result<()> {
        self.push(if first { b"" } else { b"," })
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.open.push(self.members.len());
        self.push(b"{")
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, _: &mut W, first: bool) -> io::Result<()> {
        self.push(if first { b"" } else { b"," })?;
        let start = self.bytes.len();
        self.members.push(Member { name: start..start, end: start, is_plain: true });
        Ok(())
    }

    fn end_object_key<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        let end = self.bytes.len();
        let start = self.last()?.name.start;
        let is_plain = self.bytes[start..].iter().all(|byte| byte.is_ascii() && *byte != b'\\');
        let member = self.last()?;
        (member.name.end, member.is_plain) = (end, is_plain);
        Ok(())
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.push(b":")
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        let end = self.bytes.len();
        self.last()?.end = end;
        Ok(())
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        if let Some(first) = self.open.pop() {
            self.close(first);
        }
        self.push(b"}")
    }

    fn write_raw_fragment<W: ?Sized + io::Write>(&mut self, _: &mut W, _: &str) -> io::Result<()> {
        Err(io::Error::other("raw JSON may have any form"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// The example of RFC 8785, section 3.2.3, and the one of 3.2.2.
    #[test]
    fn the_examples_of_the_rfc_come_out_as_printed_there() {
        let names = json!({"\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
            "1": "One", "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control", "\u{f6}": "Latin Small Letter O With Diaeresis"});
        let text = String::from_utf8(to_vec(&names).expect("canonical")).expect("text");
        let order = ["Carriage Return", "One", "Control", "Latin Small", "Euro Sign", "Emoji", "Hebrew"];
        let places: Vec<_> = order.iter().map(|word| text.find(word).expect("there")).collect();
        assert!(places.is_sorted(), "{text}");
        let values = json!({"numbers": [333_333_333.333_333_3, 1E30, 4.50, 2e-3, 1e-27],
            "string": "\u{20ac}$\u{f}\nA'B\"\\\\\"/", "literals": [null, true, false]});
        let expected = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        assert_eq!(String::from_utf8(to_vec(&values).expect("canonical")).expect("text"), expected);
    }

    #[test]
    fn a_name_stands_before_those_that_begin_with_it() {
        assert_eq!(
            to_vec(&json!({"ab": 1, "a": 2, "a!": 3, "": 4})).expect("canonical"),
            br#"{"":4,"a":2,"a!":3,"ab":1}"#
        );
    }

    #[test]
    fn what_stands_before_it_stays_whether_or_not_it_can_be_written() {
        let mut bytes = b"before ".to_vec();
        append(&mut bytes, &json!({"b": {"d": 1, "c": 2}, "a": 3})).expect("canonical");
        assert_eq!(bytes, br#"before {"a":3,"b":{"c":2,"d":1}}"#);
        append(&mut bytes, &("a", f64::NAN)).expect("null");
        let stands = bytes.clone();
        append(&mut bytes, &("a", serde_json::value::RawValue::from_string("{ }".to_owned()).expect("raw")))
            .expect_err("raw JSON");
        assert_eq!(bytes, stands);
    }

    #[test]
    fn what_has_no_one_form_is_refused() {
        assert!(to_vec(&serde_json::value::RawValue::from_string("{ }".to_owned()).expect("raw")).is_err());
        assert_eq!(
            to_vec(&(u64::MAX, i64::MIN, -0.0)).expect("canonical"),
            b"[18446744073709552000,-9223372036854776000,0]"
        );
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[ -~\u{0}-\u{1f}é€😀\u{fb33}]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec(("[a-c\"\\\\\u{1}é€😀\u{fb33}]{0,3}", inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn an_independent_implementation_writes_the_same(value in values()) {
            let theirs = serde_json_canonicalizer::to_vec(&value).expect("canonical");
            prop_assert_eq!(String::from_utf8(to_vec(&value).expect("canonical")), String::from_utf8(theirs));
        }
    }
}
