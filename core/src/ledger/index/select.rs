//! Choosing records by type, time and tenant: what can be left out without looking at it.

use jiff::Timestamp;

use crate::event::{Kind, Record};
use crate::privacy::vault::Mark;

use super::super::line::Line;
use super::entry::{self, Tenant};
use super::growing::{NO_TENANT, Place, SOME_TENANT};
use super::head::{Head, number};
use super::key::tenant_digest;

/// Which records are wanted. Nothing said, all are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Of this type.
    pub kind: Option<Kind>,
    /// Of this time or later.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Of this tenant, as far as private parts say it in clear.
    pub tenant: Option<String>,
    /// Or of this one, as sealed private parts name it.
    pub mark: Option<Mark>,
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
            && (self.is_of_any_tenant() || self.is_of(entry::tenant(line.private).as_ref()))
    }

    const fn is_of_any_tenant(&self) -> bool {
        self.tenant.is_none() && self.mark.is_none()
    }

    fn is_of(&self, tenant: Option<&Tenant>) -> bool {
        match tenant {
            Some(Tenant::Named(name)) => self.tenant.as_ref() == Some(name),
            Some(Tenant::Marked(mark)) => self.mark.as_ref() == Some(mark),
            None => false,
        }
    }

    /// The tenant that is sought, in each form in which an index may have it.
    pub(super) fn tenant_digests(&self) -> Option<Vec<u64>> {
        let named = self.tenant.clone().map(Tenant::Named);
        let wanted: Vec<u64> =
            named.into_iter().chain(self.mark.map(Tenant::Marked)).map(|tenant| tenant_digest(&tenant)).collect();
        if wanted.is_empty() { None } else { Some(wanted) }
    }

    /// The records of a segment that may be wanted. `kinds` has each one's type, and for a tenant that is sought there are its numbers
    /// in this segment, if it has any, and each record's.
    pub(super) fn pick(
        &self,
        head: &Head,
        kinds: impl FnOnce() -> Vec<u8>,
        tenant: Option<(Vec<u16>, impl FnOnce() -> Vec<u16>)>,
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
        let (kinds, tenants) = (kind.map(|kind| (kind, kinds())), tenant.map(|(numbers, of)| (numbers, of())));
        if kinds.is_none() && tenants.is_none() {
            return Picked::All;
        }
        let is_kind = |at: usize| kinds.as_ref().is_none_or(|(kind, of)| of.get(at) == Some(kind));
        let is_tenant = |at: usize| {
            tenants.as_ref().is_none_or(|(numbers, of)| match of.get(at) {
                Some(&NO_TENANT) | None => false,
                Some(&SOME_TENANT) => true,
                Some(one) => numbers.contains(one),
            })
        };
        let places = (0..all as usize).filter(|at| is_kind(*at) && is_tenant(*at));
        Picked::These(places.filter_map(|at| Place::try_from(at).ok()).collect())
    }
}
