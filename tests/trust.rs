//! Whom a reader trusts: what is on a list, when it counts, which list is newer; and chains that no list can trust.

#![expect(clippy::disallowed_methods, reason = "tests are an edge: they read the environment")]

#[path = "common/chains.rs"]
mod chains;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use touchmark_core::hash::Hash;
use touchmark_core::keys::certificate::Chain;
use touchmark_core::trust::{Allowed, For, List, Lists, kept, purpose_of_name};

const TRUSTED: &str = "http://c2pa.org/conformance/trust-list/trusted";

fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().expect("a time")
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn base64_of(der: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(der)
}

/// One service with this status from that time on.
fn service(der: &[u8], status: &str, from: Timestamp) -> Value {
    json!({"ServiceInformation": {
        "ServiceName": [{"lang": "en", "value": "Issuing"}],
        "ServiceDigitalIdentity": {"X509Certificates": [{"val": base64_of(der)}]},
        "ServiceStatus": status, "StatusStartingTime": from.to_string(),
    }})
}

fn list_of(scheme: &str, issued: Timestamp, services: &[Value]) -> String {
    json!({"LoTE": {
        "ListAndSchemeInformation": {"LoTEVersionIdentifier": 1, "LoTESequenceNumber": 1,
            "SchemeName": [{"lang": "en", "value": scheme}],
            "ListIssueDateTime": issued.to_string(), "NextUpdate": (issued + days(365)).to_string()},
        "TrustedEntitiesList": [{"TrustedEntityInformation": {"TEName": [{"lang": "en", "value": "Test CA Ltd"}]},
            "TrustedEntityServices": services}],
    }})
    .to_string()
}

fn lists(text: &str) -> Lists {
    Lists { lists: vec![List::read("given", text, None).expect("a list")], allowed: Allowed::default() }
}

fn chain(good: &chains::TestChain) -> Chain {
    Chain::from_der(good.chain.clone()).expect("a chain")
}

/// Why the signer is not trusted; empty if it is.
fn refused(lists: &Lists, chain: &Chain, time: Timestamp) -> String {
    lists.signer(chain, time).err().map(|why| why.to_string()).unwrap_or_default()
}

fn broken(text: &str, of: Option<For>) -> String {
    List::read("given", text, of).expect_err("refused").to_string()
}

#[test]
fn whoever_is_on_c2pas_list_is_trusted_from_the_day_on_that_it_names() {
    let good = chains::good(now());
    let listed = lists(&list_of("C2PA Trust List", now(), &[service(&good.root, TRUSTED, now() - days(5))]));
    let by = listed.signer(&chain(&good), now()).expect("trusted");
    assert_eq!((by.list.as_str(), by.authority.as_deref()), ("C2PA Trust List", Some("Touchmark test root")));
    let why = refused(&listed, &chain(&good), now() - days(6));
    assert!(why.contains("trusted for what was signed from 2026-05-27T12:00:00Z on"), "{why}");
    assert!(why.contains("not for what was at 2026-05-26T12:00:00Z"), "{why}");
}

#[test]
fn a_service_that_was_withdrawn_counts_for_the_time_before_if_its_history_says_so() {
    let good = chains::good(now());
    let mut ended = service(&good.root, "http://c2pa.org/conformance/trust-list/withdrawn", now() - days(5));
    let without = lists(&list_of("C2PA Trust List", now(), std::slice::from_ref(&ended)));
    assert!(refused(&without, &chain(&good), now() - days(6)).contains("signed at no time"));
    ended["ServiceHistory"] = json!([{"ServiceStatus": TRUSTED, "StatusStartingTime": (now() - days(20)).to_string()}]);
    let with = lists(&list_of("C2PA Trust List", now(), &[ended]));
    assert_eq!(refused(&with, &chain(&good), now() - days(6)), "");
    for outside in [now() - days(21), now() - days(5), now()] {
        assert!(refused(&with, &chain(&good), outside).contains("until 2026-05-27T12:00:00Z"), "{outside}");
    }
}

#[test]
fn c2pas_list_is_for_certificates_of_its_own_purpose_and_another_list_for_that_which_it_names() {
    let for_mail = chains::for_purposes(now(), &["1.3.6.1.5.5.7.3.4"]);
    let c2pa = lists(&list_of("C2PA Trust List", now(), &[service(&for_mail.root, TRUSTED, now() - days(50))]));
    let why = refused(&c2pa, &chain(&for_mail), now());
    assert!(why.contains("with the purpose claimSigning, and the purpose of this one is emailProtection"), "{why}");

    let pem = |purpose: &str| {
        let list = List::read("own", &for_mail.root_pem(), None).expect("a list");
        let purposes = [purpose_of_name(purpose).expect("known").to_owned()];
        Lists { lists: vec![list.limited(Some(&purposes), None, None)], allowed: Allowed::default() }
    };
    assert_eq!(refused(&pem("emailProtection"), &chain(&for_mail), now()), "");
    assert!(refused(&pem("documentSigning"), &chain(&for_mail), now()).contains("the purpose documentSigning"));
}

#[test]
fn whoever_may_say_when_may_not_therefore_sign() {
    let good = chains::good(now());
    let tsa = lists(&list_of("C2PA TSA Trust List", now(), &[service(&good.root, TRUSTED, now() - days(50))]));
    let why = refused(&tsa, &chain(&good), now());
    assert_eq!(why, "its chain ends at \"Touchmark test root\", which is on no list that is trusted here");
}

#[test]
fn a_signer_may_be_trusted_by_its_own_certificate_and_vouches_for_nobody() {
    let good = chains::good(now());
    let leaf = Hash::of(good.chain.first().expect("a leaf"));
    let by = |text: &str| {
        let allowed = Allowed::read("allowed", text).expect("a list");
        Lists { lists: Vec::new(), allowed }.signer(&chain(&good), now()).is_ok()
    };
    assert!(by(&good.chain_pem()) && by(&format!("{leaf} # Acme\n")));
    let intermediate = chains::pem_of(good.chain.get(1).expect("an intermediate"));
    assert!(!by(&intermediate) && !by(&good.root_pem()), "an authority's certificate is not the signer's own");
    for (text, problem) in [
        ("", "neither a certificate nor"),
        ("sha256:00", "is no fingerprint"),
        ("-----BEGIN X-----\n-----END X-----", "holds \"X\""),
    ] {
        let said = Allowed::read("allowed", text).expect_err("refused").to_string();
        assert!(said.contains(problem), "{said}");
    }
}

#[test]
fn a_certificate_that_came_with_the_file_is_no_anchor_and_one_that_is_no_authoritys_issues_nothing() {
    let good = chains::good(now());
    let with_root: Vec<Vec<u8>> = good.chain.iter().chain([&good.root]).cloned().collect();
    let chain = Chain::from_der(with_root).expect("a chain");
    assert!(refused(&Lists::default(), &chain, now()).contains("ends at \"Touchmark test root\""));

    let forged = chains::issued_by_a_leaf(now());
    let trusting = Lists::of_both("roots", &forged.root_pem()).expect("a list");
    let why = refused(&trusting, &Chain::from_der(forged.chain).expect("a chain"), now());
    assert!(
        why.contains("is no authority's, and issued another") || why.contains("does not say that it is an authority's"),
        "{why}"
    );
}

#[test]
fn every_chain_that_no_list_can_trust_is_refused_with_the_reason() {
    for case in chains::refused(now()) {
        let lists = Lists::of_both("roots", &case.root_pem()).expect("a list");
        let Ok(chain) = Chain::from_der(case.chain.clone()) else { continue };
        if matches!(case.refused_by, Some(chains::RefusedBy::TrustList)) || case.name.starts_with("expired") {
            assert_ne!(refused(&lists, &chain, now()), "", "{}", case.name);
        }
    }
}

#[test]
fn a_list_that_is_broken_is_refused_with_what_is_wrong() {
    let good = chains::good(now());
    let one = service(&good.root, TRUSTED, now());
    let whole = list_of("C2PA Trust List", now(), std::slice::from_ref(&one));
    assert!(broken(&whole.replace("ListIssueDateTime", "Issued"), None).contains("missing field `ListIssueDateTime`"));
    assert!(broken(&whole.replace("MII", "MIJ"), None).contains("a certificate of \"Test CA Ltd\" cannot be read"));
    assert!(broken(&whole[..whole.len() - 9], None).contains("EOF"));
    assert!(broken(&list_of("C2PA Trust List", now(), &[]), None).contains("holds no certificate"));
    assert!(broken(&list_of("Somebody's", now(), &[one]), None).contains("does not say whether it is of signers"));
    assert!(
        broken(&whole, Some(For::Timestamps))
            .contains("it is C2PA's list of signers, and was given as one of timestamps")
    );
    assert!(broken(&good.chain_pem(), None).contains("\"Touchmark test signer\" issues no others"));
    assert!(broken("no list", None).contains("holds no certificate"));
}

#[test]
fn a_newer_list_takes_the_place_of_the_older_one_and_says_what_changed() {
    let (good, other) = (chains::good(now()), chains::stranger(now()));
    let dir = tempfile::tempdir().expect("folder");
    let update = |text: &str| kept::update(dir.path(), "given", text, None);
    let first = list_of("C2PA Trust List", now(), &[service(&good.root, TRUSTED, now())]);
    let change = update(&first).expect("taken");
    assert_eq!((change.new.len(), change.gone.len(), change.changed.len(), change.same), (1, 0, 0, false));
    assert!(update(&first).expect("taken").same);

    let second = list_of("C2PA Trust List", now() + days(1), &[service(&other.root, TRUSTED, now())]);
    let change = update(&second).expect("taken");
    assert_eq!((change.new.len(), change.gone.len()), (1, 1));
    let moved = list_of("C2PA Trust List", now() + days(2), &[service(&other.root, TRUSTED, now() + days(1))]);
    assert_eq!(update(&moved).expect("taken").changed.len(), 1);

    let before = std::fs::read(&change.path).expect("kept");
    for (text, problem) in [
        (first.clone(), "it was issued at 2026-06-01T12:00:00Z, and the one that is kept at 2026-06-03T12:00:00Z"),
        (first.replace("MII", "MIJ"), "cannot be read"),
        (good.root_pem(), "say so with --for"),
    ] {
        let said = update(&text).expect_err("refused").to_string();
        assert!(said.contains(problem), "{said}");
    }
    let undated = kept::update(dir.path(), "C2PA Trust List", &good.root_pem(), Some(For::Signers));
    assert!(undated.expect_err("refused").to_string().contains("does not say when it was issued"));
    assert_eq!(std::fs::read(&change.path).expect("kept"), before, "nothing changed");
    assert_eq!(kept::read(dir.path()).expect("lists").len(), 1);
}

#[test]
fn a_lists_name_leads_to_no_other_folder() {
    let good = chains::good(now());
    let dir = tempfile::tempdir().expect("folder");
    let change = kept::update(dir.path(), "../../etc/x", &good.root_pem(), Some(For::Signers)).expect("taken");
    assert_eq!(change.path, dir.path().join("signers/etc-x.pem"));
}

fn fingerprints(list: &List) -> BTreeSet<Hash> {
    list.anchors.iter().map(touchmark_core::trust::Anchor::sha256).collect()
}

/// The lists that C2PA publishes, where somebody has put them.
#[test]
fn c2pas_own_lists_are_read_in_both_forms() {
    let dir =
        std::env::var("TOUCHMARK_TRUST_LISTS").unwrap_or_else(|_| "../../shared/spec/c2pa-2.4/trust-list".to_owned());
    for (name, of) in [("C2PA-TRUST-LIST", For::Signers), ("C2PA-TSA-TRUST-LIST", For::Timestamps)] {
        let text = |ending| std::fs::read_to_string(format!("{dir}/{name}.{ending}"));
        let (Ok(json), Ok(pem)) = (text("json"), text("pem")) else {
            eprintln!("skipped: C2PA's lists are not in {dir} (TOUCHMARK_TRUST_LISTS)");
            return;
        };
        let json = List::read(name, &json, None).expect("JSON");
        let pem = List::read(name, &pem, Some(of)).expect("PEM");
        assert_eq!((json.of, fingerprints(&json)), (of, fingerprints(&pem)));
        assert!(json.issued.is_some() && json.anchors.iter().all(|anchor| anchor.since.is_some()));
    }
}
