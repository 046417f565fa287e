//! What every [`Vault`] must pass, whoever wrote it.
//!
//! Not only for tests: a vault outside this process can be asked once, on an empty place of its own, before the first record depends on it.

use std::collections::BTreeSet;

use super::{Count, Destruction, Error, Found, Given, KeyId, Made, Owner, Vault};
use crate::edge::Edge;

/// Checks that `vault`, which must be empty and open for writing, does what the contract of [`Vault`] says. Leaves keys behind.
///
/// A vault that fails gives its own error, one that breaks the contract [`Error::Contract`].
pub fn conformance(vault: &dyn Vault, edge: Edge<'_>) -> Result<(), Error> {
    require(vault.count()? == Count::default(), "an empty vault has no keys (this check needs an empty one)")?;
    let owners: Vec<Owner> = (0..40).map(|number| Owner::Person(format!("emp-{number}"))).collect();
    let given = owners_have_one_key_each(vault, &owners, edge)?;
    of_many_at_the_same_time_one_makes_it(vault, edge)?;
    a_key_is_found_by_its_id_and_no_other_is(vault, &given)?;
    a_person_and_a_time_are_two(vault, edge)?;
    destroyed_is_for_good_and_no_other_goes_with_it(vault, &owners, &given, edge)?;
    whoever_comes_back_has_another_key(vault, &owners, &given, edge)?;
    require(vault.mark("acme") == vault.mark("acme"), "a name has one mark")?;
    require(vault.mark("acme") != vault.mark("acmf"), "two names have two marks")
}

fn owners_have_one_key_each(vault: &dyn Vault, owners: &[Owner], edge: Edge<'_>) -> Result<Vec<Given>, Error> {
    require(vault.keys(&[], edge)?.is_empty(), "nobody asks for nothing")?;
    require(
        owners.first().map_or(Ok(true), |owner| Ok::<_, Error>(vault.of(owner)?.is_empty()))?,
        "an owner that was never asked for has no keys",
    )?;
    // The last one twice, in one call.
    let all: Vec<Owner> = owners.iter().chain(owners.last()).cloned().collect();
    let given = vault.keys(&all, edge)?;
    require(given.len() == all.len(), "each owner gets a key")?;
    let (first, again) = given.split_at(owners.len());
    require(first.iter().all(|one| one.made == Some(Made::First)), "a new key is said to be one")?;
    require(again.iter().all(|one| one.made.is_none()), "one that was made in the same call is said to be there")?;
    let ids: BTreeSet<KeyId> = given.iter().map(|one| one.id).collect();
    require(ids.len() == owners.len(), "no two owners have one key")?;
    let later = vault.keys(&all, edge)?;
    let same =
        later.iter().zip(&given).all(|(one, other)| one.id == other.id && one.key == other.key && one.made.is_none());
    require(same, "an owner who asks again gets the same key")?;
    require(vault.count()?.people == owners.len() as u64, "each key is counted once")?;
    Ok(first.to_vec())
}

fn of_many_at_the_same_time_one_makes_it(vault: &dyn Vault, edge: Edge<'_>) -> Result<(), Error> {
    let owner = [Owner::Person("many".to_owned())];
    let given: Vec<Result<Vec<Given>, Error>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| vault.keys(&owner, edge))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let given: Vec<Given> = given.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    let ids: BTreeSet<KeyId> = given.iter().map(|one| one.id).collect();
    require(given.len() == 4 && ids.len() == 1, "of several that ask at once all get one key")?;
    require(given.iter().filter(|one| one.made.is_some()).count() == 1, "and one of them is told that it is new")
}

fn a_key_is_found_by_its_id_and_no_other_is(vault: &dyn Vault, given: &[Given]) -> Result<(), Error> {
    for one in given {
        let is_same = matches!(vault.key(&one.id)?, Found::Live(key) if key == one.key);
        require(is_same, "a key is found by its id")?;
        let mut other = *one.id.as_bytes();
        other[15] ^= 1;
        let found = vault.key(&KeyId::from_bytes(other))?;
        require(matches!(found, Found::NotFound), "an id that was never given is not found")?;
    }
    Ok(())
}

fn a_person_and_a_time_are_two(vault: &dyn Vault, edge: Edge<'_>) -> Result<(), Error> {
    let shelf = |tenant: Option<&str>, month: &str| Owner::Shelf {
        class: "default".to_owned(),
        tenant: tenant.map(str::to_owned),
        month: month.to_owned(),
    };
    let owners = [shelf(None, "2026-11"), shelf(Some("emp-1"), "2026-11"), shelf(Some("emp-1"), "2026-12")];
    let given = vault.keys(&owners, edge)?;
    require(given.iter().all(|one| one.made == Some(Made::First)), "each tenant and month has a key of its own")?;
    require(vault.count()?.shelves == 3, "times are counted apart from people")
}

fn destroyed_is_for_good_and_no_other_goes_with_it(
    vault: &dyn Vault,
    owners: &[Owner],
    given: &[Given],
    edge: Edge<'_>,
) -> Result<(), Error> {
    let before = vault.count()?;
    for (number, (owner, one)) in owners.iter().zip(given).enumerate().filter(|(number, _)| number % 2 == 0) {
        require(vault.destroy(&one.id, edge)? == Destruction::Done, "a key can be destroyed")?;
        require(matches!(vault.key(&one.id)?, Found::Destroyed), "destroyed is another answer than not found")?;
        require(vault.destroy(&one.id, edge)? == Destruction::Before, "to destroy it again is safe, and said")?;
        let kept = vault.of(owner)?;
        let is_grave = matches!(kept.as_slice(), [grave] if grave.id == one.id && !grave.is_live);
        require(is_grave, "its gravestone stays with its owner")?;
        let next = given.get(number + 1);
        let lives = next.map_or(Ok(true), |next| Ok::<_, Error>(matches!(vault.key(&next.id)?, Found::Live(_))))?;
        require(lives, "no other key goes with it")?;
    }
    let gone = owners.len().div_ceil(2) as u64;
    let after = vault.count()?;
    require(
        after.people + gone == before.people && after.destroyed == before.destroyed + gone,
        "gravestones are counted as such",
    )?;
    let unknown = vault.destroy(&KeyId::from_bytes([0; 16]), edge)?;
    require(unknown == Destruction::NotFound, "a key that never was cannot be destroyed")
}

fn whoever_comes_back_has_another_key(
    vault: &dyn Vault,
    owners: &[Owner],
    given: &[Given],
    edge: Edge<'_>,
) -> Result<(), Error> {
    let later = vault.keys(owners, edge)?;
    for (number, (before, now)) in given.iter().zip(&later).enumerate() {
        if number % 2 == 1 {
            require(before.id == now.id && now.made.is_none(), "whoever was not erased keeps their key")?;
            continue;
        }
        require(now.made == Some(Made::AfterErasure), "a key after an erasure is said to be one")?;
        require(now.id != before.id && now.key != before.key, "it is another key with another id")?;
        require(matches!(vault.key(&before.id)?, Found::Destroyed), "the old one stays destroyed")?;
    }
    let kept = owners.first().map_or(Ok(Vec::new()), |owner| vault.of(owner))?;
    let states: Vec<bool> = kept.iter().map(|one| one.is_live).collect();
    require(states == [false, true], "an owner's keys are listed, the oldest first")
}

fn require(kept: bool, rule: &'static str) -> Result<(), Error> {
    if kept { Ok(()) } else { Err(Error::Contract { rule }) }
}

/// An edge for the unit tests of vaults: noon, and the system's randomness.
#[cfg(test)]
pub(super) fn at_noon<T>(work: impl FnOnce(Edge<'_>) -> T) -> T {
    use rand_core::RngCore as _;

    use crate::edge::{Clock, Moment};

    let time = "2026-11-25T12:00:00Z".parse().expect("a time");
    let clock = Clock { synchronised: true, max_error_us: None };
    work(Edge { now: &|| Moment { time, clock }, random: &|bytes| rand_core::OsRng.fill_bytes(bytes) })
}
