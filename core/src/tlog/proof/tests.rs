use super::super::checkpoint::Checkpoint;
use super::super::note::{LocalSigner, NoteSigner, SignatureType};
use super::*;
use crate::merkle::{Levels, Mismatch, inclusion_proof, leaf_hash};

const ORIGIN: &str = "example.com/log";

fn log() -> LocalSigner {
    let key = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
    LocalSigner::new(ORIGIN, SignatureType::Ed25519, key).expect("a name")
}

fn leaf(index: u64) -> Hash {
    leaf_hash(&index.to_be_bytes())
}

/// The proof of one entry of a log of `size` entries.
fn proof(index: u64, size: u64) -> Proof {
    let tree: Levels = (0..size).map(leaf).collect();
    let checkpoint = Checkpoint::new(ORIGIN.to_owned(), size, tree.root()).expect("an origin");
    let hashes = inclusion_proof(index, size, &tree).expect("in range");
    Proof::new(index, hashes, checkpoint.sign(&log()).expect("it signs")).expect("short")
}

#[test]
fn a_written_proof_is_read_and_holds_for_its_entry_only() {
    let keys = [log().verifier().clone()];
    for size in 1..40 {
        for index in 0..size {
            let proof = proof(index, size);
            let parsed = Proof::parse(proof.to_string().as_bytes()).expect("own text");
            assert_eq!(parsed, proof);
            let opened = parsed.verify(&leaf(index), &keys).expect("logged");
            assert_eq!(opened.checkpoint.size(), size);
            assert!(matches!(parsed.verify(&leaf(size), &keys), Err(Refusal::NotIncluded(_))));
        }
    }
}

#[test]
fn extra_data_is_carried_and_no_more() {
    let with = proof(3, 7).with_extra(b"opaque".to_vec()).expect("short");
    let text = with.to_string();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra b3BhcXVl\nindex 3\n"), "{text}");
    let other = Proof::parse(text.replace("b3BhcXVl", "b3BhcXVm").as_bytes()).expect("a proof");
    assert_eq!(other.extra(), Some(b"opaquf".as_slice()));
    assert!(other.verify(&leaf(3), &[log().verifier().clone()]).is_ok(), "nothing vouches for extra data");
    assert_eq!(proof(3, 7).with_extra(Vec::new()).expect("short"), proof(3, 7));
}

#[test]
fn what_does_not_hold_is_refused_with_the_reason() {
    let keys = [log().verifier().clone()];
    let text = proof(3, 7).to_string();
    let refusal = |changed: &str, keys: &[VerifierKey]| {
        Proof::parse(changed.as_bytes()).expect("a proof").verify(&leaf(3), keys).expect_err(changed)
    };
    assert_eq!(refusal(&text, &[]), Refusal::UnknownOrigin { origin: ORIGIN.to_owned() });
    let another_index = text.replace("index 3", "index 2");
    assert!(matches!(refusal(&another_index, &keys), Refusal::NotIncluded(Mismatch::Root { .. })));
    let no_such_index = text.replace("index 3", "index 7");
    assert!(matches!(refusal(&no_such_index, &keys), Refusal::NotIncluded(Mismatch::NoSuchLeaf { .. })));
    let mut lines: Vec<&str> = text.lines().collect();
    lines.remove(2);
    let dropped = lines.join("\n") + "\n";
    assert!(matches!(refusal(&dropped, &keys), Refusal::NotIncluded(Mismatch::Length { .. })));
    let larger = text.replace("\n7\n", "\n8\n");
    assert!(matches!(refusal(&larger, &keys), Refusal::BadSignature { .. }));
    let renamed = text.replace("— example.com/log", "— example.com/gol");
    assert_eq!(refusal(&renamed, &keys), Refusal::NotSigned { signer: ORIGIN.to_owned() });
}

#[test]
fn proofs_that_are_not_exact_are_refused() {
    let text = proof(3, 7).with_extra(b"opaque".to_vec()).expect("short").to_string();
    let cases = [
        (String::new(), "an empty line before"),
        (text.replace("\n\n", "\n"), "an empty line before"),
        (text.replace("@v1", "@v2"), "in the first line"),
        (format!("\n{text}"), "in the first line"),
        (text.replace('\n', "\r\n"), "an empty line before"),
        (text.replace("extra b3BhcXVl", "extra "), "not empty"),
        (text.replace("extra b3BhcXVl", "extra"), "not empty"),
        (text.replace("extra b3BhcXVl", "extra b3BhcXV"), "not empty"),
        (text.replace("extra b3BhcXVl", "Extra b3BhcXVl"), "the word index"),
        (text.replace("extra b3BhcXVl\n", "extra b3BhcXVl\nextra b3BhcXVl\n"), "the word index"),
        (text.replace("index 3\n", ""), "the word index"),
        (text.replace("index 3", "index 03"), "the word index"),
        (text.replace("index 3", "index +3"), "the word index"),
        (text.replace("index 3", "index  3"), "the word index"),
        (text.replace("index 3", "index 18446744073709551616"), "the word index"),
        (text.replace("index 3", "index 3\nAAAA"), "32 bytes in base64"),
        (text.replacen("=\n", "\n", 1), "32 bytes in base64"),
        (text.replacen("\n\n", "\n\n\n", 1), "not empty"),
        (text.replace("\n7\n", "\n07\n"), "without leading zeros"),
        (format!("{text}\n"), "a newline at the end"),
    ];
    for (text, reason) in cases {
        let error = Proof::parse(text.as_bytes()).expect_err(&text).to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn the_caps_hold() {
    let text = proof(3, 7).to_string();
    let long = text.replace("index 3\n", &format!("index 3\n{}", format!("{}=\n", "A".repeat(43)).repeat(62)));
    assert!(matches!(Proof::parse(long.as_bytes()), Err(Error::TooMany { limit: MAX_HASHES, .. })));
    assert!(matches!(Proof::parse(&vec![b'A'; MAX_PROOF + 1]), Err(Error::TooLong { .. })));
    assert!(matches!(proof(3, 7).with_extra(vec![0; MAX_EXTRA + 1]), Err(Error::TooLong { .. })));
    let full = proof(3, 7).with_extra(vec![0; MAX_EXTRA]).expect("at the cap");
    assert_eq!(Proof::parse(full.to_string().as_bytes()).expect("own text"), full);
}

/// Written with Go's `golang.org/x/mod/sumdb/note` and `tlog`; the cosignature with `crypto/ed25519`, by the words of
/// the specification. The entries are `entry 0` to `entry 6`.
#[test]
fn a_proof_written_in_go_holds() {
    const PROOF: &str = "\
c2sp.org/tlog-proof@v1
index 5
SFM123z+yWXxX/dF/GJcQdXqJkaTaTAWWCj3PdS2iFQ=
vhV4G2KKKEFMHIoRuG24Qi+hBBIV/g18RJbSPNoeQUI=
l5nzB1F+9RfCIF35tndivzR1ayAJn7ffzOdrzr0nOy4=

example.com/go-log
7
mMl/C6MXXNCLAx3QhLncTmSbZNGijm6mlGRlAxc6tYc=

— example.com/go-log HTHzkmR7IWEQgWben/3K5DMr9dzQv/RDzpFFc4rqkUi1fnjd3kId7QBxMKK0vRB8GbbQRFHNmxO/OjT0k8T5uzHw+gI=
— witness.example.com/go fD5n/QAAAABlU/EA1hS9A5Z0rAGFibV94Sn7fH2kskp9LMZwlZeV9GEZnURN5INVX+5TvlNyx/MvmeNdffqBtRu8ZMaKYFvSmto3DA==
";
    let log = "example.com/go-log+1d31f392+Af0XJDhaoMdbZPt4zWAvodmR/ev3axPFjtcC6sg16fYY";
    let witness = "witness.example.com/go+7c3e67fd+BEOnLnFEAXYt9mtowm373yaCquyfJHTspGE+QkoPuv08";
    let keys = [log, witness].map(|key| key.parse::<VerifierKey>().expect("written by Go"));

    let proof = Proof::parse(PROOF.as_bytes()).expect("written by Go");
    assert_eq!(proof.to_string(), PROOF);
    let opened = proof.verify(&leaf_hash(b"entry 5"), &keys).expect("logged");
    let times: Vec<_> = opened.signed.iter().map(|one| one.time).collect();
    assert_eq!(times, [None, Some(1_700_000_000)]);
    assert!(proof.verify(&leaf_hash(b"entry 6"), &keys).is_err());
}
