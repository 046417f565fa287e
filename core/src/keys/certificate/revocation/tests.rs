//! Responses as an issuer makes them, and as others would like them to be taken.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey};
use x509_cert::der::asn1::{BitString, GeneralizedTime, Null, OctetString};
use x509_cert::der::oid::db::rfc5912::ECDSA_WITH_SHA_256;
use x509_cert::ext::Extension;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_ocsp::{AsResponseBytes as _, ResponseData, RevokedInfo, Version};

use super::super::chains::{self, Issuer};
use super::*;

const DAY: i64 = 24 * 3600;

fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().expect("a time")
}

fn at(day: i64) -> OcspGeneralizedTime {
    let seconds = u64::try_from(now().as_second().saturating_add(day.saturating_mul(DAY))).expect("after 1970");
    GeneralizedTime::from_unix_duration(std::time::Duration::from_secs(seconds)).expect("before 9999").into()
}

fn revoked(day: i64, reason: Option<CrlReason>) -> CertStatus {
    CertStatus::revoked(RevokedInfo { revocation_time: at(day), revocation_reason: reason })
}

/// A response that can be changed before it is signed.
struct Answer {
    by: SigningKey,
    named: ResponderId,
    about: CertId,
    status: CertStatus,
    this: i64,
    next: Option<i64>,
    produced: i64,
    critical: bool,
    certs: Vec<Certificate>,
}

/// A chain, its issuer's key, and answers about its first certificate.
struct World {
    chain: Chain,
    issuer: Issuer,
    anchors: Vec<Authority>,
}

impl World {
    fn new() -> Self {
        let good = chains::good(now());
        let chain = Chain::from_der(good.chain.clone()).expect("a chain");
        let anchors = Authority::all_from_pem(&good.root_pem()).expect("a root");
        Self { chain, issuer: chains::issuer(now()), anchors }
    }

    fn answer(&self, status: CertStatus) -> Answer {
        let issuer = &self.issuer.certificate.tbs_certificate;
        let digest = |bytes: &[u8]| OctetString::new(Sha1::digest(bytes).to_vec()).expect("short");
        let about = CertId {
            hash_algorithm: AlgorithmIdentifierOwned { oid: SHA_1, parameters: Some(Null.into()) },
            issuer_name_hash: digest(&issuer.subject.to_der().expect("a name")),
            issuer_key_hash: digest(issuer.subject_public_key_info.subject_public_key.raw_bytes()),
            serial_number: self.chain.leaf.parsed.tbs_certificate.serial_number.clone(),
        };
        Answer {
            by: self.issuer.key.clone(),
            named: issuer.subject.clone().into(),
            about,
            status,
            this: -1,
            next: Some(3),
            produced: -1,
            critical: false,
            certs: Vec::new(),
        }
    }

    fn said(&self, answers: &[Answer], signed: Option<i64>) -> Option<Revocation> {
        let responses: Vec<Vec<u8>> = answers.iter().map(Answer::signed).collect();
        let signed =
            signed.map(|day| now().checked_add(SignedDuration::from_hours(day.saturating_mul(24))).expect("a time"));
        self.chain.revocation(&responses, self.anchors.iter(), Asked { signed, now: now() })
    }

    /// The same chain without what stands above its first certificate, which nobody knows.
    fn without_issuer(mut self) -> Self {
        self.chain.above.clear();
        self.anchors.clear();
        self
    }
}

impl Answer {
    fn signed(&self) -> Vec<u8> {
        let critical = || Extension {
            extn_id: ObjectIdentifier::new_unwrap("1.3.6.1.4.1.99999.1"),
            critical: true,
            extn_value: OctetString::new([5, 0]).expect("short"),
        };
        let single = SingleResponse {
            cert_id: self.about.clone(),
            cert_status: self.status,
            this_update: at(self.this),
            next_update: self.next.map(at),
            single_extensions: self.critical.then(|| vec![critical()]),
        };
        let tbs_response_data = ResponseData {
            version: Version::V1,
            responder_id: self.named.clone(),
            produced_at: at(self.produced),
            responses: vec![single],
            response_extensions: None,
        };
        let signature: DerSignature = self.by.sign(&tbs_response_data.to_der().expect("a form"));
        let basic = BasicOcspResponse {
            tbs_response_data,
            signature_algorithm: AlgorithmIdentifierOwned { oid: ECDSA_WITH_SHA_256, parameters: None },
            signature: BitString::from_bytes(signature.as_bytes()).expect("whole bytes"),
            certs: Some(self.certs.clone()).filter(|certs| !certs.is_empty()),
        };
        let response_bytes = Some(basic.to_response_bytes().expect("a form"));
        OcspResponse { response_status: OcspResponseStatus::Successful, response_bytes }.to_der().expect("a form")
    }

    /// Signed by the owner of this certificate.
    fn by(mut self, responder: &Issuer) -> Self {
        self.by = responder.key.clone();
        self.named = responder.certificate.tbs_certificate.subject.clone().into();
        self.certs = vec![responder.certificate.clone()];
        self
    }
}

fn since(day: i64) -> Option<Revocation> {
    time(&at(day)).map(|since| Revocation::Revoked { since })
}

const GOOD: Option<Revocation> = Some(Revocation::NotRevoked);

#[test]
fn what_the_issuer_says_counts() {
    let world = World::new();
    assert_eq!(world.said(&[world.answer(CertStatus::good())], Some(0)), GOOD);
    assert_eq!(world.said(&[world.answer(revoked(-2, None))], Some(0)), since(-2));
    assert_eq!(world.said(&[world.answer(CertStatus::unknown())], Some(0)), Some(Revocation::Unknown));
    let by_key = world.issuer.certificate.tbs_certificate.subject_public_key_info.subject_public_key.raw_bytes();
    let by_key = ResponderId::ByKey(OctetString::new(Sha1::digest(by_key).to_vec()).expect("short"));
    assert_eq!(world.said(&[Answer { named: by_key, ..world.answer(CertStatus::good()) }], Some(0)), GOOD);
    assert_eq!(world.said(&[], Some(0)), None);
}

#[test]
fn so_does_what_somebody_says_whom_the_issuer_certified_for_that_and_for_nothing_else() {
    let world = World::new();
    let responder = chains::responder(now(), |_| {});
    assert_eq!(world.said(&[world.answer(revoked(-2, None)).by(&responder)], Some(0)), since(-2));
    let late = Answer { produced: 400, ..world.answer(CertStatus::good()).by(&responder) };
    assert_eq!(world.said(&[late], Some(0)), None, "its certificate had run out");
    for (what, responder) in [
        ("one that certified itself", chains::self_signed_responder(now())),
        ("one by another authority of that name", chains::responder_of_a_stranger(now())),
        ("a signer of claims", chains::responder(now(), |tbs| chains::set_purposes(tbs, &[chains::CLAIM_SIGNING]))),
        (
            "one who signs claims too",
            chains::responder(now(), |tbs| chains::set_purposes(tbs, &[chains::OCSP_SIGNING, chains::CLAIM_SIGNING])),
        ),
    ] {
        for status in [CertStatus::good(), revoked(-2, None)] {
            assert_eq!(world.said(&[world.answer(status).by(&responder)], Some(0)), None, "{what}");
        }
    }
}

#[test]
fn whoever_has_the_issuers_name_and_another_key_says_nothing() {
    let own = chains::self_signed_responder(now());
    for world in [World::new(), World::new().without_issuer()] {
        for status in [CertStatus::good(), revoked(-2, None)] {
            let mut answer = world.answer(status).by(&own);
            let key = own.certificate.tbs_certificate.subject_public_key_info.subject_public_key.raw_bytes();
            answer.about.issuer_key_hash = OctetString::new(Sha1::digest(key).to_vec()).expect("short");
            assert_eq!(world.said(&[answer], Some(0)), None);
        }
    }
}

#[test]
fn what_is_changed_or_about_another_certificate_says_nothing() {
    let world = World::new();
    let answer = || world.answer(revoked(-2, None));
    let mut other = answer();
    other.about.serial_number = SerialNumber::from(99_u8);
    let mut of_another_issuer = answer();
    of_another_issuer.about.issuer_key_hash = OctetString::new([7; 20]).expect("short");
    let mut unknown_digest = answer();
    unknown_digest.about.hash_algorithm.oid = ObjectIdentifier::new_unwrap("1.2.3.4");
    let stranger = "CN=Somebody else".parse::<x509_cert::name::Name>().expect("a name");
    for (what, answer) in [
        ("another number", other),
        ("another issuer", of_another_issuer),
        ("a digest that nobody knows", unknown_digest),
        ("another name than the signer's", Answer { named: stranger.into(), ..answer() }),
        ("something that must be understood", Answer { critical: true, ..answer() }),
    ] {
        assert_eq!(world.said(&[answer], Some(0)), None, "{what}");
    }
    let whole = answer().signed();
    let asked = Asked { signed: Some(now()), now: now() };
    let said = |bytes: Vec<u8>| world.chain.revocation(&[bytes], world.anchors.iter(), asked);
    assert_eq!(said(whole.clone()), since(-2));
    for place in 0..whole.len() {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        assert!(said(changed).is_none_or(|said| Some(said) == since(-2)), "byte {place}");
        assert_eq!(said(whole[..place].to_vec()), None, "cut at {place}");
    }
    assert_eq!(said(vec![0x30; LONGEST_RESPONSE + 1]), None);
}

#[test]
fn that_it_is_good_counts_for_the_time_of_signing_alone() {
    let world = World::new();
    let good = |this, next, produced| Answer { this, next, produced, ..world.answer(CertStatus::good()) };
    for (what, answer, signed, expected) in [
        ("signed between", good(-3, Some(3), -3), Some(0), GOOD),
        ("signed before", good(-3, Some(3), -3), Some(-5), GOOD),
        ("signed after its end", good(-9, Some(-3), -9), Some(-2), None),
        ("without an end, within a day", good(-3, None, -1), Some(-1), GOOD),
        ("without an end, after a day", good(-3, None, -3), Some(-1), None),
        ("not of this time yet", good(1, Some(3), 0), Some(0), None),
        ("nobody knows when it was signed", good(-3, Some(3), -3), None, None),
    ] {
        assert_eq!(world.said(&[answer], signed), expected, "{what}");
    }
}

#[test]
fn a_revocation_does_not_lapse_and_nothing_said_before_outweighs_it() {
    let world = World::new();
    let old = |reason| Answer { this: -9, next: Some(-8), produced: -9, ..world.answer(revoked(-10, reason)) };
    let good = || world.answer(CertStatus::good());
    assert_eq!(world.said(&[old(None)], Some(0)), since(-10), "an old response");
    assert_eq!(world.said(&[old(Some(CrlReason::CertificateHold))], Some(0)), None, "it may have been released");
    assert_eq!(world.said(&[world.answer(revoked(-2, None))], None), since(-2), "without a time-stamp");
    assert_eq!(world.said(&[world.answer(revoked(-2, Some(CrlReason::RemoveFromCRL)))], Some(0)), GOOD, "released");
    for answers in [[good(), world.answer(revoked(-2, None))], [world.answer(revoked(-2, None)), good()]] {
        assert_eq!(world.said(&answers, Some(0)), since(-2), "revoked before it signed");
    }
    assert_eq!(world.said(&[world.answer(revoked(0, None))], Some(-1)), since(0), "revoked after it signed");
    assert_eq!(world.said(&[world.answer(revoked(0, None)), good()], Some(-1)), GOOD, "and known to be good then");
}

#[test]
fn an_issuer_that_stands_nowhere_else_is_taken_from_the_response() {
    let world = World::new().without_issuer();
    assert_eq!(world.said(&[world.answer(revoked(-2, None))], Some(0)), None, "nobody can tell who signed that");
    let with_issuer = |answer: Answer| Answer {
        certs: [answer.certs.clone(), vec![world.issuer.certificate.clone()]].concat(),
        ..answer
    };
    assert_eq!(world.said(&[with_issuer(world.answer(revoked(-2, None)))], Some(0)), since(-2));
    let responder = chains::responder(now(), |_| {});
    assert_eq!(world.said(&[with_issuer(world.answer(revoked(-2, None)).by(&responder))], Some(0)), since(-2));
    let own = chains::self_signed_responder(now());
    assert_eq!(world.said(&[with_issuer(world.answer(CertStatus::good()).by(&own))], Some(0)), None);
}

#[test]
fn an_authority_above_the_signer_can_be_revoked_too() {
    let world = World::new();
    let root = chains::root(now());
    let [intermediate] = world.chain.above.as_slice() else { panic!("one authority") };
    let mut answer = world.answer(revoked(-2, None));
    let tbs = &root.certificate.tbs_certificate;
    let digest = |bytes: &[u8]| OctetString::new(Sha256::digest(bytes).to_vec()).expect("short");
    answer.about = CertId {
        hash_algorithm: AlgorithmIdentifierOwned { oid: rfc5912::ID_SHA_256, parameters: None },
        issuer_name_hash: digest(&tbs.subject.to_der().expect("a name")),
        issuer_key_hash: digest(tbs.subject_public_key_info.subject_public_key.raw_bytes()),
        serial_number: intermediate.parsed.tbs_certificate.serial_number.clone(),
    };
    answer.named = tbs.subject.clone().into();
    let asked = Asked { signed: Some(now()), now: now() };
    let said = |answer: &Answer| world.chain.revoked_authority(&[answer.signed()], world.anchors.iter(), asked);
    assert_eq!(said(&answer), None, "the authority's own word about itself");
    answer.by = root.key;
    assert_eq!(said(&answer).map(|(name, _)| name).as_deref(), Some("Touchmark test intermediate"));
    answer.status = CertStatus::good();
    assert_eq!(said(&answer), None);
}

#[test]
fn responses_that_would_keep_us_busy_for_ever_are_given_up() {
    let world = World::new();
    let responder = chains::responder(now(), |_| {});
    let mut decoy = world.answer(revoked(-2, None)).by(&responder);
    decoy.by = chains::root(now()).key;
    decoy.certs = vec![responder.certificate; MOST_CERTIFICATES];
    let said = |decoys: usize| {
        let mut responses = vec![decoy.signed(); decoys];
        responses.push(world.answer(revoked(-2, None)).signed());
        world.chain.revocation(&responses, world.anchors.iter(), Asked { signed: Some(now()), now: now() })
    };
    assert_eq!((said(0), said(1), said(2)), (since(-2), since(-2), since(-2)));
    assert_eq!(said(30), None);
}
