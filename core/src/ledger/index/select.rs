//! Choosing records by type, time and tenant: what can be left out without looking at it.

use jiff::Timestamp;

use crate::event::{Kind, Record};

use super::super::line::Line;
use super::entry;
use super::growing::{NO_TENANT, Place, SOME_TENANT};
use super::head::{Head, number};

/// Which records are wanted. Nothing said, all are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Of this type.
    pub kind: Option<Kind>,
    /// Of this time or later.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Of this tenant, as far as private parts can be read.
    pub tenant: Option<String>,
}

/// Records of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Picked {
    /// All of them.
    All,
    /// Those at these places, in order; perhaps none.
    These(Vec<Place>),
}

impl Selection {
    /// Whether everything is wanted.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a record is wanted.
    pub fn fits(&self, record: &Record, line: &Line<'_>) -> bool {
        self.kind.is_none_or(|kind| record.kind() == kind)
            && self.since.is_none_or(|since| record.time >= since)
            && self.until.is_none_or(|until| record.time < until)
            && self.tenant.as_deref().is_none_or(|tenant| entry::tenant(line.private).as_deref() == Some(tenant))
    }

    /// The records of a segment that may be wanted. `kinds` has each one's type, and for a tenant that is sought there are its number
    /// in this segment, if it has one, and each record's.
    pub(super) fn pick(
        &self,
        head: &Head,
        kinds: impl FnOnce() -> Vec<u8>,
        tenant: Option<(Option<u16>, impl FnOnce() -> Vec<u16>)>,
    ) -> Picked {
        let (earliest, latest) = head.times;
        // Records have whole milliseconds, what is asked for may have more: one that lies between them is rounded up.
        let before = |time: Timestamp, limit: i64| i128::from(limit) * 1_000_000 < time.as_nanosecond();
        let nothing = head.lines == 0
            || self.since.is_some_and(|since| before(since, latest))
            || self.until.is_some_and(|until| !before(until, earliest))
            || self.kind.is_some_and(|kind| head.count(kind) == 0);
        if nothing {
            return Picked::These(Vec::new());
        }
        let all = head.lines;
        let kind = self.kind.filter(|kind| head.count(*kind) < all).map(number);
        let (kinds, tenants) = (kind.map(|kind| (kind, kinds())), tenant.map(|(number, of)| (number, of())));
        if kinds.is_none() && tenants.is_none() {
            return Picked::All;
        }
        let is_kind = |at: usize| kinds.as_ref().is_none_or(|(kind, of)| of.get(at) == Some(kind));
        let is_tenant = |at: usize| {
            tenants.as_ref().is_none_or(|(number, of)| match of.get(at) {
                Some(&NO_TENANT) | None => false,
                Some(&SOME_TENANT) => true,
                Some(one) => Some(*one) == *number,
            })
        };
        let places = (0..all as usize).filter(|at| is_kind(*at) && is_tenant(*at));
        Picked::These(places.filter_map(|at| Place::try_from(at).ok()).collect())
    }
}
