//! Who may sign: chains that must be refused are refused by the signer or by the verifier, and time is judged as the reader asks.

use std::fs;
use std::sync::Arc;
use touchmark_core::causes::in_words as words;

use jiff::{SignedDuration, Timestamp};
use rand_core::OsRng;
use touchmark_core::export::Options;
use touchmark_core::keys::certificate::Chain;
use touchmark_core::keys::development::DevelopmentCa;
use touchmark_core::keys::{self, Algorithm, Signer};
use touchmark_core::manifest::facts::{Agent, Facts, Model};
use touchmark_core::manifest::{Issuer, State, embed, jumbf};
use touchmark_core::media::MediaType;
use touchmark_core::verify::{Answer, LedgerState};

use crate::chains::{self, RefusedBy, TestChain};
use crate::studio::{Judge, Studio, made, picture, request};

/// A studio whose key and certificates are those of the chain.
pub(crate) fn studio_with(chain: &TestChain) -> Studio {
    let studio = Studio::new();
    fs::write(studio.home.dir().join("keys/claim.pem"), chain.key_pem()).expect("key");
    fs::write(studio.home.dir().join("certs/signer.pem"), chain.chain_pem()).expect("certificates");
    studio
}

/// Who refuses a picture that is signed with it, and in which words.
fn refusal(chain: &TestChain) -> Option<(Refuser, String)> {
    let studio = studio_with(chain);
    if let Err(error) = studio.home.issuer() {
        return Some((Refuser::Home, words(&error)));
    }
    let signed = match studio.one(&picture("astronaut.jpg"), made(), None, &Options::default()) {
        Ok(exported) => exported.file.expect("a file"),
        Err(error) => {
            assert_eq!(studio.ledger().size(), 1, "{}: refused before anything is recorded", chain.name);
            return Some((Refuser::Export, words(&error)));
        }
    };
    let verdict = Judge::trusting(&chain.root_pem()).judge(&signed);
    let is_refused = verdict.verdict != Answer::Verified && verdict.c2pa.state != State::Trusted;
    is_refused.then(|| (Refuser::Verify, verdict.findings.join(" ")))
}

#[derive(Debug, PartialEq, Eq)]
enum Refuser {
    Home,
    Export,
    Verify,
}

#[test]
fn a_chain_with_an_intermediate_signs_and_is_trusted() {
    let chain = chains::good(Timestamp::now());
    let studio = studio_with(&chain);
    let signed = studio.sign(&picture("astronaut.jpg"));
    let verdict = Judge::trusting(&chain.root_pem()).judge(&signed);
    assert_eq!((verdict.verdict, verdict.c2pa.state), (Answer::Verified, State::Trusted), "{verdict:#?}");
    assert_eq!(verdict.ledger.state, LedgerState::Proved);
}

#[test]
fn every_chain_that_must_be_refused_is_refused_and_the_words_say_why() {
    for chain in chains::refused(Timestamp::now()) {
        let refusal = refusal(&chain);
        // The home leaves out a root at the end of a chain: nothing is wrong then.
        if chain.name == "root included" {
            assert_eq!(refusal, None);
            continue;
        }
        let (by, words) = refusal.unwrap_or_else(|| panic!("{}: nobody refused it", chain.name));
        match chain.refused_by.expect("these are refused") {
            // A key that is no P-256 key, or another one, does not even fit its certificate.
            RefusedBy::Profile(_) if by == Refuser::Home => assert!(words.contains("private key"), "{words}"),
            RefusedBy::Profile(sentence) => {
                assert_eq!(by, Refuser::Export, "{}: {words}", chain.name);
                assert!(words.contains(sentence), "{}: {words}", chain.name);
            }
            RefusedBy::KeyMismatch => assert_eq!(by, Refuser::Home, "{}", chain.name),
            RefusedBy::TrustList => assert_eq!(by, Refuser::Verify, "{}: {words}", chain.name),
        }
    }
}

/// A signer that does not look at its own certificates, as a forger's would not.
#[derive(Debug)]
struct Careless {
    key: p256::ecdsa::SigningKey,
    public: Vec<u8>,
    chain: Vec<Vec<u8>>,
}

impl Signer for Careless {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    fn public_key(&self) -> &[u8] {
        &self.public
    }

    fn certificates(&self) -> &[Vec<u8>] {
        &self.chain
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, keys::Error> {
        use p256::ecdsa::signature::Signer as _;
        let signature: p256::ecdsa::Signature = self.key.sign(message);
        Ok(signature.to_vec())
    }
}

/// Signs past our own checks; `None` where even the C2PA library refuses.
fn forged(chain: &TestChain) -> Option<Vec<u8>> {
    let agent = Agent { name: "forger".to_owned(), version: "1".to_owned() };
    let facts = Facts {
        manifest: uuid::Uuid::new_v4(),
        title: None,
        when: Timestamp::now(),
        agent: agent.clone(),
        generator: agent,
        model: Model { name: "forger".to_owned(), identifier: None },
        soft_bindings: Vec::new(),
        assertions: Vec::new(),
    };
    let public = chain.key.verifying_key().to_encoded_point(false).as_bytes().to_vec();
    let careless = Careless { key: chain.key.clone(), public, chain: chain.chain.clone() };
    let image = picture("astronaut.jpg");
    Issuer::new(Arc::new(careless)).ok()?.sign(&request(&image, &facts)).ok().map(|(file, _)| file.into_whole())
}

#[test]
fn a_forger_who_skips_our_checks_does_not_get_past_the_verifier() {
    let now = Timestamp::now();
    for chain in chains::refused(now) {
        let Some(signed) = forged(&chain) else { continue };
        let verdict = Judge { at: Some(now), ..Judge::trusting(&chain.root_pem()) }.judge(&signed);
        eprintln!("{}: {:?}", chain.name, verdict.c2pa);
        // A root in the chain breaks a rule of form; it gives nobody a right.
        if chain.name != "root included" {
            assert_ne!(verdict.verdict, Answer::Verified, "{}: {verdict:#?}", chain.name);
        }
    }
    assert_eq!(
        Judge::trusting(&chains::good(now).root_pem()).judge(&forged(&chains::good(now)).expect("signed")).c2pa.state,
        State::Trusted
    );
}

/// The same signed file as if it had been signed by another key: certificate and signature are exchanged in their places.
fn signed_again(signed: &[u8], old_leaf: &[u8], new_leaf: &[u8], key: &dyn Signer) -> Vec<u8> {
    assert_eq!(old_leaf.len(), new_leaf.len());
    let replaced = |bytes: &[u8], old: &[u8], new: &[u8]| {
        let at = bytes.windows(old.len()).position(|window| window == old).expect("it stands there");
        [&bytes[..at], new, &bytes[at + old.len()..]].concat()
    };
    let store = embed::extract(signed, MediaType::Jpeg).expect("readable").expect("a manifest");
    let active = jumbf::manifests(&store).expect("readable").pop().expect("a manifest");
    let content = |label: &str| {
        let found = active.children().expect("readable").into_iter().find(|child| child.label == label);
        found.expect("a box").cbor().expect("readable").expect("CBOR").to_vec()
    };
    let (claim, cose) = (content("c2pa.claim.v2"), content("c2pa.signature"));
    // COSE_Sign1: tag 18, an array of four; the protected header with a length of two bytes; at the end the signature.
    assert_eq!(cose[..3], [0xd2, 0x84, 0x59]);
    let protected = &cose[2..5 + usize::from(u16::from_be_bytes([cose[3], cose[4]]))];
    let old_signature = cose[cose.len() - 64..].to_vec();
    let length = u16::try_from(claim.len()).expect("a small claim").to_be_bytes();
    let head = [b"\x84\x6aSignature1".as_slice(), &replaced(protected, old_leaf, new_leaf), &[0x40, 0x59], &length];
    let signature = key.sign(&[head.concat(), claim].concat()).expect("a signature");
    replaced(&replaced(signed, old_leaf, new_leaf), &old_signature, &signature)
}

/// A picture that was signed two years ago by a certificate that was valid for one; and the anchors of that time.
fn signed_two_years_ago(studio: &Studio, then: Timestamp) -> (Vec<u8>, String) {
    let signed = studio.sign(&picture("astronaut.jpg"));
    let leaf = |pem: &[u8]| Chain::from_pem(pem).expect("a chain").into_der().remove(0);
    let old_leaf = leaf(&fs::read(studio.home.dir().join("certs/signer.pem")).expect("certificate"));
    // Signatures differ by a byte or two in length, and with them certificates.
    let same_length = |ca: &DevelopmentCa| leaf(ca.leaf_pem.as_bytes()).len() == old_leaf.len();
    let ca = std::iter::repeat_with(|| DevelopmentCa::generate("Test Studio", then, &mut OsRng).expect("a CA"));
    let ca = { ca }.find(same_length).expect("one of many");
    let (anchors, new_leaf) = (ca.root_pem.clone(), leaf(ca.leaf_pem.as_bytes()));
    (signed_again(&signed, &old_leaf, &new_leaf, &ca.into_signer().expect("a signer")), anchors)
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

#[test]
fn an_expired_certificate_counts_at_the_time_that_the_reader_names() {
    let then = Timestamp::now() - days(730);
    let (signed, anchors) = signed_two_years_ago(&Studio::new(), then);
    let at = |at: Option<Timestamp>| Judge { at, ..Judge::trusting(&anchors) }.judge(&signed);
    let today = at(None);
    eprintln!("today {:?} {:?}", today.c2pa, today.findings);
    assert_eq!((today.verdict, today.c2pa.state), (Answer::NotVerified, State::Invalid), "{today:#?}");
    assert!(
        today.findings.iter().any(|finding| finding.contains("expired") || finding.contains("certificate's time")),
        "{today:#?}"
    );
    let then_valid = at(Some(then + days(100)));
    assert_eq!((then_valid.verdict, then_valid.c2pa.state), (Answer::Verified, State::Trusted), "{then_valid:#?}");
    for outside in [then - days(1), then + days(366), Timestamp::now()] {
        let verdict = at(Some(outside));
        assert_eq!(
            (verdict.verdict, verdict.c2pa.state),
            (Answer::NotVerified, State::Invalid),
            "{outside}: {verdict:#?}"
        );
        assert!(verdict.c2pa.codes.contains(&"claimSignature.outsideValidity".to_owned()), "{:?}", verdict.c2pa.codes);
    }
}

#[test]
fn naming_a_time_does_not_make_a_broken_file_whole() {
    let then = Timestamp::now() - days(730);
    let (mut signed, anchors) = signed_two_years_ago(&Studio::new(), then);
    let at = touchmark_core::media::pixel_byte_offset(&signed, MediaType::Jpeg).expect("pixels");
    signed[at] ^= 1;
    let verdict = Judge { at: Some(then + days(100)), ..Judge::trusting(&anchors) }.judge(&signed);
    assert_eq!((verdict.verdict, verdict.c2pa.state), (Answer::NotVerified, State::Invalid));
    assert!(verdict.c2pa.codes.contains(&"assertion.dataHash.mismatch".to_owned()), "{:?}", verdict.c2pa.codes);
    let stranger = Studio::new();
    let (signed, _) = signed_two_years_ago(&stranger, then);
    let untrusted = Judge { at: Some(then + days(100)), ..Judge::trusting(&stranger.anchors()) }.judge(&signed);
    assert_eq!((untrusted.verdict, untrusted.c2pa.state), (Answer::Unknown, State::Valid), "{untrusted:#?}");
}

#[test]
fn a_certificate_that_is_good_today_has_expired_in_two_years() {
    let studio = Studio::new();
    let signed = studio.sign(&picture("astronaut.jpg"));
    let later = Judge { at: Some(Timestamp::now() + days(730)), ..studio.judge() }.judge(&signed);
    assert_eq!((later.verdict, later.c2pa.state), (Answer::NotVerified, State::Invalid), "{later:#?}");
    assert_eq!(later.c2pa.codes, ["claimSignature.outsideValidity"]);
    let now = Judge { at: Some(Timestamp::now()), ..studio.judge() }.judge(&signed);
    assert_eq!((now.verdict, now.c2pa.state), (Answer::Verified, State::Trusted), "{now:#?}");
}
