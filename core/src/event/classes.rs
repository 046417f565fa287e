//! Retention classes: how long private parts are kept, by the type of the record and its tenant.
//!
//! The class stands in what is sealed, beside the keys ([`sealed`](super::sealed)), and in the name of the shelf whose key it is sealed
//! under: it is settled when the record is written. How long a class is kept is looked up when somebody asks whether its time is over.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::Kind;

/// The class of everything that no rule names. It is kept without end, unless a rule of this name says how long.
pub const DEFAULT: &str = "default";

/// The longest period: what no calendar can add is no period.
const MOST_YEARS: i32 = 1000;

/// One rule: what belongs to a class, and how long it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// How long it is kept, from the end of the month of writing.
    pub period: Period,
    /// The record types; none: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<Kind>,
    /// The tenants; none: all, and what names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tenants: Vec<String>,
}

/// The rules, in the order in which they are asked: the first that fits decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Classes(Vec<Class>);

/// A time of days, months or years: `6 months`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    count: i32,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Days,
    Months,
    Years,
}

/// Rules that cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Wrong {
    /// No period.
    #[error("{found:?} is no period: write a number above 0 and days, months or years, as in \"6 months\"")]
    Period {
        /// The text.
        found: String,
    },
    /// No name.
    #[error("{found:?} cannot name a retention class: it takes 1 to 40 of a to z, 0 to 9 and -")]
    Name {
        /// The text.
        found: String,
    },
    /// Two rules with one name.
    #[error("two retention classes are called {name}: each has one rule, with all its types and tenants")]
    Twice {
        /// The name.
        name: String,
    },
}

impl Classes {
    /// Checks rules.
    pub fn new(rules: Vec<Class>) -> Result<Self, Wrong> {
        for (at, rule) in rules.iter().enumerate() {
            let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if rule.name.is_empty() || rule.name.len() > 40 || !rule.name.chars().all(is_name) {
                return Err(Wrong::Name { found: rule.name.chars().take(80).collect() });
            }
            if rules.iter().take(at).any(|before| before.name == rule.name) {
                return Err(Wrong::Twice { name: rule.name.clone() });
            }
        }
        Ok(Self(rules))
    }

    /// The class of a record.
    pub fn of(&self, kind: Kind, tenant: Option<&str>) -> &str {
        let fits = |rule: &&Class| {
            (rule.types.is_empty() || rule.types.contains(&kind))
                && (rule.tenants.is_empty() || rule.tenants.iter().any(|named| Some(named.as_str()) == tenant))
        };
        self.0.iter().find(fits).map_or(DEFAULT, |rule| &rule.name)
    }

    /// How long a class is kept; `None` for a class that no rule names: without end.
    pub fn period(&self, name: &str) -> Option<Period> {
        self.0.iter().find(|rule| rule.name == name).map(|rule| rule.period)
    }
}

impl Period {
    /// When the time of what was written in this month is over: so long after the month's end, UTC. `None`: never.
    pub fn over(self, written: Timestamp) -> Option<Timestamp> {
        self.after(month_end(written)?)
    }

    /// The moment so long after this one, by the calendar of UTC. `None`: never.
    pub fn after(self, time: Timestamp) -> Option<Timestamp> {
        let span = match self.unit {
            Unit::Days => Span::new().try_days(self.count),
            Unit::Months => Span::new().try_months(self.count),
            Unit::Years => Span::new().try_years(self.count),
        };
        Some(time.to_zoned(TimeZone::UTC).checked_add(span.ok()?).ok()?.timestamp())
    }
}

/// The first moment behind a month, UTC.
pub fn month_end(within: Timestamp) -> Option<Timestamp> {
    let first = within.to_zoned(TimeZone::UTC).date().first_of_month();
    Some(first.checked_add(1.month()).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Days => "day",
            Unit::Months => "month",
            Unit::Years => "year",
        };
        write!(f, "{} {unit}{}", self.count, if self.count == 1 { "" } else { "s" })
    }
}

impl FromStr for Period {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let wrong = || Wrong::Period { found: text.chars().take(80).collect() };
        let (count, unit) = text.split_once(' ').ok_or_else(wrong)?;
        let (unit, most) = match unit {
            "day" | "days" => (Unit::Days, MOST_YEARS * 366),
            "month" | "months" => (Unit::Months, MOST_YEARS * 12),
            "year" | "years" => (Unit::Years, MOST_YEARS),
            _ => return Err(wrong()),
        };
        let is_number = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
        let count = count.parse().ok().filter(|count| is_number && (1..=most).contains(count)).ok_or_else(wrong)?;
        Ok(Self { count, unit })
    }
}

impl TryFrom<String> for Period {
    type Error = Wrong;

    fn try_from(text: String) -> Result<Self, Wrong> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(name: &str, types: &[Kind], tenants: &[&str]) -> Class {
        let tenants = tenants.iter().map(|tenant| (*tenant).to_owned()).collect();
        Class { name: name.to_owned(), period: "1 year".parse().expect("a period"), types: types.to_vec(), tenants }
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let rules = [class("clinic", &[], &["clinic"]), class("requests", &[Kind::GenAttempt, Kind::Gen], &[])];
        let classes = Classes::new(rules.into()).expect("rules");
        assert_eq!(classes.of(Kind::Gen, Some("clinic")), "clinic");
        assert_eq!(classes.of(Kind::Gen, Some("acme")), "requests");
        assert_eq!(classes.of(Kind::GenAttempt, None), "requests");
        assert_eq!(classes.of(Kind::Export, None), DEFAULT);
        assert_eq!((classes.period("clinic").is_some(), classes.period(DEFAULT)), (true, None));
    }

    #[test]
    fn a_period_begins_where_the_month_ends() {
        let over = |period: &str, written: &str| {
            let period: Period = period.parse().expect("a period");
            period.over(written.parse().expect("a time")).map(|time| time.to_string())
        };
        assert_eq!(over("6 months", "2026-08-31T23:59:59.999Z").as_deref(), Some("2027-03-01T00:00:00Z"));
        assert_eq!(over("6 months", "2026-09-01T00:00:00Z").as_deref(), Some("2027-04-01T00:00:00Z"));
        assert_eq!(over("7 years", "2026-12-05T00:00:00Z").as_deref(), Some("2034-01-01T00:00:00Z"));
        assert_eq!(over("1 day", "2028-02-01T00:00:00Z").as_deref(), Some("2028-03-02T00:00:00Z"));
        assert_eq!(over("1000 years", "9999-01-01T00:00:00Z"), None, "no calendar goes so far: never");
    }

    #[test]
    fn what_is_no_period_and_no_name_is_refused() {
        for text in
            ["", "6", "months", "0 days", "-1 days", "+1 days", "6  months", "6 months ", "1.5 years", "6 weeks"]
        {
            assert!(text.parse::<Period>().is_err(), "{text:?}");
        }
        for text in ["1001 years", "12001 months", "99999999999 days"] {
            assert!(text.parse::<Period>().is_err(), "{text:?}");
        }
        for text in ["6 months", "1 year", "90 days", "1000 years"] {
            assert_eq!(text.parse::<Period>().expect("a period").to_string(), text);
        }
        for name in ["", "Acme", "a b", "a\"b", "ü", &"a".repeat(41)] {
            assert!(matches!(Classes::new(vec![class(name, &[], &[])]), Err(Wrong::Name { .. })), "{name:?}");
        }
        let twice = Classes::new(vec![class("a", &[], &[]), class("a", &[Kind::Gen], &[])]);
        assert_eq!(twice, Err(Wrong::Twice { name: "a".to_owned() }));
    }
}
