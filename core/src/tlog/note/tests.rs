use super::*;

/// The example of the specification and its key.
const NOTE: &str = "This is an example message.\n\n— example.com/foo \
    Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

fn key() -> VerifierKey {
    KEY.parse().expect("the example")
}

fn signer(name: &str, signature_type: SignatureType) -> LocalSigner {
    LocalSigner::new(name, signature_type, ed25519_dalek::SigningKey::from_bytes(&[7; 32])).expect("a name")
}

#[test]
fn the_example_of_the_specification_verifies() {
    let note = Note::parse(NOTE.as_bytes()).expect("the example");
    assert_eq!(note.text(), "This is an example message.\n");
    assert_eq!(note.verify(&[key()]), Ok(vec![Signed { key: &key(), time: None }]));
    assert_eq!(note.to_string(), NOTE);
}

#[test]
fn a_changed_text_or_signature_is_refused() {
    for changed in [NOTE.replace("example m", "example n"), NOTE.replace("yaQM=", "yaQI=")] {
        let note = Note::parse(changed.as_bytes()).expect("still a note");
        let refusal = Refusal::BadSignature { name: "example.com/foo".to_owned(), id: 0x530d_903a };
        assert_eq!(note.verify(&[key()]), Err(refusal));
    }
}

#[test]
fn signatures_of_strangers_neither_help_nor_harm() {
    let stranger = signer("example.com/bar", SignatureType::Ed25519);
    let mut note = Note::parse(NOTE.as_bytes()).expect("the example");
    note.sign(&stranger).expect("it signs");
    // The name of a known key and another id, and the other way round.
    note.add(Signature::new("example.com/foo", 1, vec![0; 64])).expect("room");
    note.add(Signature::new("example.com/bar", 0x530d_903a, vec![0; 64])).expect("room");
    assert_eq!(note.verify(&[key()]).map(|signed| signed.len()), Ok(1));
    assert_eq!(note.verify(&[key(), stranger.verifier().clone()]).map(|signed| signed.len()), Ok(2));
    let nobody = signer("example.com/nobody", SignatureType::Ed25519);
    assert!(matches!(note.verify(&[nobody.verifier().clone()]), Err(Refusal::NotSigned { .. })));
    assert!(matches!(note.verify(&[]), Err(Refusal::NotSigned { .. })));
}

#[test]
fn a_key_that_signed_twice_counts_once_and_both_must_hold() {
    let log = signer("example.com/log", SignatureType::Ed25519);
    let keys = [log.verifier().clone()];
    let mut note = Note::new("text\n".to_owned()).expect("a text");
    note.sign(&log).expect("it signs");
    note.sign(&log).expect("it signs");
    assert_eq!(note.verify(&keys).map(|signed| signed.len()), Ok(1));
    note.add(Signature::new("example.com/log", keys[0].id(), vec![0; 64])).expect("room");
    assert!(matches!(note.verify(&keys), Err(Refusal::BadSignature { .. })));
}

#[test]
fn empty_lines_and_forged_signature_lines_stay_in_the_text() {
    let log = signer("example.com/log", SignatureType::Ed25519);
    for text in ["\n", "a\n\n", "\n\n\n", "a\n\n— example.com/log AAAAAQI=\n", "ed è subito sera.\n"] {
        let mut note = Note::new(text.to_owned()).expect("a text");
        note.sign(&log).expect("it signs");
        let parsed = Note::parse(note.to_string().as_bytes()).expect("own text");
        assert_eq!(parsed, note, "{text:?}");
        assert!(parsed.verify(&[log.verifier().clone()]).is_ok(), "{text:?}");
    }
}

#[test]
fn notes_that_are_not_exact_are_refused() {
    let (text, line) = NOTE.split_once("\n\n").expect("the example");
    let cases: [(Vec<u8>, &str); 11] = [
        (Vec::new(), "an empty line before"),
        (text.into(), "an empty line before"),
        (line.into(), "an empty line before"),
        (format!("{text}\n{line}").into(), "an empty line before"),
        (format!("{text}\n\n").into(), "a newline at the end"),
        (NOTE.trim_end().into(), "a newline at the end"),
        (format!("{NOTE}\n").into(), "a newline at the end"),
        (format!("{NOTE}more\n").into(), "a dash and a space"),
        (NOTE.replace('\n', "\r\n").into(), "an empty line before"),
        (NOTE.replace("This", "\t").into(), "no control characters"),
        (NOTE.replace("This", "\u{1b}[2J").into(), "no control characters"),
    ];
    for (bytes, reason) in cases {
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        let error = Note::parse(&bytes).expect_err(&shown).to_string();
        assert!(error.contains(reason), "{shown:?}: {error}");
    }
    assert!(Note::parse(&[NOTE.as_bytes(), b"\xff"].concat()).is_err(), "not UTF-8");
}

#[test]
fn the_caps_hold_and_16_of_the_longest_signatures_fit() {
    let line = Signature::new(&"n".repeat(MAX_NAME), 1, vec![0; 5000]).to_string();
    let with = |count: usize| format!("text\n\n{}", format!("{line}\n").repeat(count));
    assert_eq!(Note::parse(with(16).as_bytes()).expect("16 fit").signatures().len(), 16);
    let many = with(MAX_SIGNATURES + 1);
    assert!(matches!(Note::parse(many.as_bytes()), Err(Error::TooMany { .. })));
    assert!(matches!(Note::parse(&vec![b'\n'; MAX_NOTE + 1]), Err(Error::TooLong { .. })));
    assert!(matches!(Note::new("x".repeat(MAX_TEXT) + "\n"), Err(Error::TooLong { .. })));
}

#[test]
fn a_signer_with_another_key_than_it_says_is_found_before_the_note_leaves() {
    #[derive(Debug)]
    struct Confused(VerifierKey);
    impl NoteSigner for Confused {
        fn verifier(&self) -> &VerifierKey {
            &self.0
        }
        fn sign(&self, message: &[u8]) -> Result<[u8; 64], Box<dyn std::error::Error + Send + Sync>> {
            signer("other", SignatureType::Ed25519).sign(message)
        }
    }
    let mut note = Note::new("text\n".to_owned()).expect("a text");
    assert!(matches!(note.sign(&Confused(key())), Err(Error::WrongSignature { .. })));
    let witness = signer("example.com/w", SignatureType::Cosignature);
    assert!(matches!(note.sign(&witness), Err(Error::KeyType { actual: 4, wanted: 1, .. })));
    assert!(note.signatures().is_empty());
}
