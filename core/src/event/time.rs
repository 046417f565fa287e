//! Times in JSON: RFC 3339, written in UTC and always with three decimals.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serializer};

/// As text, 24 characters: `2026-01-31T12:00:00.000Z`.
pub fn to_text(time: Timestamp) -> String {
    let at = time.to_zoned(TimeZone::UTC).datetime();
    let Ok(year) = u32::try_from(at.year()) else { return time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string() };
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let small = |number: i8| u32::from(number.unsigned_abs());
    let fields = [
        (0..4, year),
        (5..7, small(at.month())),
        (8..10, small(at.day())),
        (11..13, small(at.hour())),
        (14..16, small(at.minute())),
        (17..19, small(at.second())),
        (20..23, u32::from(at.millisecond().unsigned_abs())),
    ];
    for (place, mut number) in fields {
        for digit in text[place].iter_mut().rev() {
            *digit = b"0123456789"[(number % 10) as usize];
            number /= 10;
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Cut to whole milliseconds.
pub fn to_millis(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}

/// Reads an RFC 3339 time with any offset, and cuts it to whole milliseconds. `None` where it is not one, or lies before 1970, which no
/// id of version 7 can express.
pub fn parse(text: &str) -> Option<Timestamp> {
    if !has_the_form(text.as_bytes()) {
        return None;
    }
    text.parse().ok().map(to_millis).filter(|time| *time >= Timestamp::UNIX_EPOCH)
}

/// RFC 3339, section 5.6, in the spelling that everybody reads: `T` and `Z` in upper case. The parser itself takes all of ISO 8601.
fn has_the_form(text: &[u8]) -> bool {
    let matches = |pattern: &[u8], text: &[u8]| {
        pattern.len() == text.len()
            && pattern.iter().zip(text).all(|(p, t)| if *p == b'0' { t.is_ascii_digit() } else { p == t })
    };
    let Some((moment, rest)) = text.split_at_checked(19) else { return false };
    let digits = match rest {
        [b'.', fraction @ ..] => fraction.iter().take_while(|b| b.is_ascii_digit()).count(),
        _ => 0,
    };
    let offset = rest.get(if digits > 0 { digits + 1 } else { 0 }..).unwrap_or_default();
    matches(b"0000-00-00T00:00:00", moment)
        && (matches(b"Z", offset) || matches(b"+00:00", offset) || matches(b"-00:00", offset))
}

/// For `#[serde(with)]`.
pub(super) fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&to_text(*time))
}

/// For `#[serde(with)]`. Any RFC 3339 offset is taken.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| {
        let found: String = text.chars().take(80).collect();
        serde::de::Error::custom(format!(
            "{found:?} is not an RFC 3339 time from 1970 on, such as 2026-01-31T12:00:00Z"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_the_one_of_the_general_formatter() {
        for millis in [0, 1, 999, 86_399_999, 951_782_400_000, 1_772_366_400_123, 253_402_207_199_999] {
            let time = Timestamp::from_millisecond(millis).expect("in range");
            assert_eq!(to_text(time), time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string());
        }
        let early: Timestamp = "-000001-01-01T00:00:00.5Z".parse().expect("a time");
        assert_eq!(to_text(early), early.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string());
    }

    #[test]
    fn one_moment_has_one_text() {
        for text in ["2026-01-31T12:00:00.25Z", "2026-01-31T13:00:00.250+01:00", "2026-01-31T00:30:00.2509-11:30"] {
            assert_eq!(parse(text).map(to_text).as_deref(), Some("2026-01-31T12:00:00.250Z"), "{text}");
        }
    }

    #[test]
    fn what_is_not_rfc_3339_is_refused() {
        for text in [
            "",
            "2026-01-31",
            "2026-01-31T12:00:00",
            "2026-01-31T12:00Z",
            "2026-01-31 12:00:00Z",
            "2026-01-31t12:00:00z",
            "20260131T120000Z",
            "+002026-01-31T12:00:00Z",
            "2026-01-31T12:00:00.Z",
            "2026-01-31T12:00:00,5Z",
            "2026-01-31T12:00:00+01",
            "2026-01-31T12:00:00+01:00[Europe/Berlin]",
            "2026-02-30T12:00:00Z",
            "2026-01-31T25:00:00Z",
            "1969-12-31T23:59:59Z",
            "0000-01-01T00:00:00+01:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
