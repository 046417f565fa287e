use super::super::note::LocalSigner;
use super::*;

const TEXT: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

fn signer(name: &str, signature_type: SignatureType, seed: u8) -> LocalSigner {
    LocalSigner::new(name, signature_type, ed25519_dalek::SigningKey::from_bytes(&[seed; 32])).expect("a name")
}

fn log() -> LocalSigner {
    signer("example.com/behind-the-sofa", SignatureType::Ed25519, 1)
}

fn witness() -> LocalSigner {
    signer("witness.example.com/w1", SignatureType::Cosignature, 2)
}

fn signed() -> SignedCheckpoint {
    Checkpoint::parse(TEXT).expect("the example").sign(&log()).expect("it signs")
}

#[test]
fn the_example_of_the_specification_is_read_and_written() {
    let checkpoint = Checkpoint::parse(TEXT).expect("the example");
    assert_eq!((checkpoint.origin(), checkpoint.size()), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(checkpoint.to_string(), TEXT);
    let extended = format!("{TEXT}more\nand more\n");
    let checkpoint = Checkpoint::parse(&extended).expect("extension lines are allowed");
    assert_eq!(checkpoint.extensions(), ["more", "and more"]);
    assert_eq!(checkpoint.to_string(), extended);
}

#[test]
fn a_checkpoint_opens_with_the_key_of_its_log() {
    let keys = [log().verifier().clone()];
    let parsed = SignedCheckpoint::parse(signed().to_string().as_bytes()).expect("own text");
    let opened = parsed.verify(&keys).expect("signed");
    assert_eq!(opened.checkpoint.to_string(), TEXT);
    assert_eq!(opened.signed, [Signed { key: &keys[0], time: None }]);
}

#[test]
fn the_witnesses_are_named_with_their_times() {
    let mut checkpoint = signed();
    checkpoint.cosign(&witness(), 1_679_315_147).expect("it signs");
    let keys = [log().verifier().clone(), witness().verifier().clone()];
    let parsed = SignedCheckpoint::parse(checkpoint.to_string().as_bytes()).expect("own text");
    let times: Vec<_> = parsed.verify(&keys).expect("signed").signed.iter().map(|one| one.time).collect();
    assert_eq!(times, [None, Some(1_679_315_147)]);
    assert!(checkpoint.cosign(&witness(), u64::MAX).is_err(), "a time that no cosignature can carry");
    assert!(matches!(checkpoint.cosign(&log(), 1), Err(Error::KeyType { .. })));
}

#[test]
fn a_witness_alone_does_not_make_a_log() {
    let mut note = Note::new(TEXT.to_owned()).expect("a text");
    note.cosign(&witness(), 1).expect("it signs");
    let checkpoint = SignedCheckpoint::parse(note.to_string().as_bytes()).expect("a checkpoint");
    let origin = "example.com/behind-the-sofa".to_owned();
    let keys = [witness().verifier().clone()];
    assert_eq!(checkpoint.verify(&keys), Err(Refusal::UnknownOrigin { origin: origin.clone() }));
    let keys = [witness().verifier().clone(), log().verifier().clone()];
    assert_eq!(checkpoint.verify(&keys), Err(Refusal::NotSigned { signer: origin }));
}

#[test]
fn a_changed_time_or_size_is_refused() {
    let mut cosigned = signed();
    cosigned.cosign(&witness(), 1_679_315_147).expect("it signs");
    let keys = [log().verifier().clone(), witness().verifier().clone()];
    let smaller = cosigned.to_string().replace("20852163", "20852162");
    let smaller = SignedCheckpoint::parse(smaller.as_bytes()).expect("still a checkpoint");
    assert!(matches!(smaller.verify(&keys), Err(Refusal::BadSignature { .. })));

    let mut later = signed();
    let line = &cosigned.signatures()[1];
    let (_, signature) = super::super::cosignature::decode(line.bytes()).expect("a cosignature");
    let bytes = super::super::cosignature::encode(1_679_315_148, &signature);
    later.add(Signature::new(line.name(), line.id(), bytes)).expect("room");
    assert!(matches!(later.verify(&keys), Err(Refusal::BadSignature { .. })));
}

#[test]
fn a_log_signs_only_for_itself() {
    let checkpoint = Checkpoint::parse(TEXT).expect("the example");
    let other = signer("example.com/other", SignatureType::Ed25519, 1);
    assert!(matches!(checkpoint.sign(&other), Err(Error::NotTheLog { .. })));
}

#[test]
fn checkpoints_that_are_not_exact_are_refused() {
    let cases = [
        (String::new(), "a newline at the end"),
        (TEXT.trim_end().to_owned(), "a newline at the end"),
        ("\n".to_owned(), "three lines"),
        ("example.com/log\n1\n".to_owned(), "three lines"),
        (TEXT.replace("example.com/behind-the-sofa", ""), "not empty"),
        (TEXT.replace("20852163", ""), "without leading zeros"),
        (TEXT.replace("20852163", "020852163"), "without leading zeros"),
        (TEXT.replace("20852163", "+20852163"), "without leading zeros"),
        (TEXT.replace("20852163", "-1"), "without leading zeros"),
        (TEXT.replace("20852163", " 20852163"), "without leading zeros"),
        (TEXT.replace("20852163", "18446744073709551616"), "without leading zeros"),
        (TEXT.replace("20852163", "0"), "the root of the empty tree"),
        (TEXT.replace("q2I=", "q2J="), "32 bytes in base64"),
        (TEXT.replace("q2I=", "q2I"), "32 bytes in base64"),
        (TEXT.replace("CsUY", ""), "32 bytes in base64"),
        (TEXT.replace("q2I=", "q2I= "), "32 bytes in base64"),
        (format!("{TEXT}\n"), "not empty"),
        (format!("{TEXT}one\n\ntwo\n"), "not empty"),
        (format!("{}{TEXT}", "x".repeat(MAX_ORIGIN)), "at most 255"),
    ];
    for (text, reason) in cases {
        let error = Checkpoint::parse(&text).expect_err(&text).to_string();
        assert!(error.contains(reason), "{text:?}: {error}");
    }
    let other_root = Checkpoint::new("example.com/log".to_owned(), 0, Hash::of(b"x"));
    assert!(other_root.is_err());
    assert!(Checkpoint::new("example.com/log".to_owned(), 0, empty_root()).is_ok());
}
