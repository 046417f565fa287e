//! A key of the log that was given up, in a thief's hands who also signs as the studio: what a proof in an image is worth then.

use touchmark_core::event::Record;
use touchmark_core::keys::file::Ed25519Key;
use touchmark_core::link::{Generation, LedgerLink};
use touchmark_core::verify::{Answer, LedgerState, Verdict};

use crate::forged::{Story, says, signed_by, story};
use crate::studio::{EDGE, Judge, Studio, picture};
use crate::thief::Thief;

/// A studio whose log has a second key, a picture of before, and the first key.
struct Theft {
    studio: Studio,
    honest: Vec<u8>,
    first: Ed25519Key,
    /// The first size at which the second key is in force.
    until: u64,
}

fn theft() -> Theft {
    let studio = Studio::new();
    let honest = studio.sign(&picture("astronaut.jpg"));
    let first = studio.log_signer();
    let until = studio.home.rotate_key(EDGE).expect("rotated").record + 1;
    studio.sign(&picture("hubble.jpg"));
    Theft { studio, honest, first, until }
}

impl Theft {
    /// A picture that the studio's certificate signed, whose making was never recorded: the proof is by `signer`, in a log of so many
    /// records.
    fn invented(&self, signer: &Ed25519Key, size: u64) -> Vec<u8> {
        let honest = story(&self.honest);
        let text = String::from_utf8(honest.link.record.clone()).expect("JSON").replace("sdxl", "sdxm");
        let record = Record::from_bytes(text.as_bytes()).expect("a record");
        let thief = Thief::with(signer, &self.studio.home.config().log.origin);
        let proof = thief.proves(text.as_bytes(), record.seq, size).to_string();
        let link = LedgerLink { proof, record: text.into_bytes(), ..honest.link.clone() };
        let manifest = uuid::Uuid::new_v4();
        signed_by(&self.studio, &Story { link, generation: Generation::of(&record), manifest, ..honest })
    }

    /// Somebody with the log's keys and without the log.
    fn offline(&self) -> Judge {
        Judge { reader: None, ..self.studio.judge() }
    }
}

#[track_caller]
fn is(verdict: &Verdict, verdict_is: Answer, state: LedgerState, sentence: &str) {
    assert_eq!((verdict.verdict, verdict.ledger.state), (verdict_is, state), "{verdict:#?}");
    assert!(says(verdict, sentence), "{:?}", verdict.findings);
}

#[test]
fn a_picture_of_before_the_handover_is_proved_as_ever() {
    let theft = theft();
    is(&theft.studio.judge().judge(&theft.honest), Answer::Verified, LedgerState::Recorded, "Its export is on record");
    is(&theft.offline().judge(&theft.honest), Answer::Verified, LedgerState::Proved, "was on record in the log");
}

#[test]
fn a_checkpoint_of_earlier_times_that_the_old_key_signed_today_is_found_by_the_log() {
    let theft = theft();
    for size in 3..theft.until {
        let file = theft.invented(&theft.first, size);
        is(
            &theft.studio.judge().judge(&file),
            Answer::NotVerified,
            LedgerState::Mismatch,
            &format!("the first {size} records of the log at hand give the root"),
        );
        // Without the log nobody can tell when a signature was made: docs/log.md says so.
        is(&theft.offline().judge(&file), Answer::Verified, LedgerState::Proved, "was on record in the log");
    }
}

#[test]
fn the_old_key_beyond_its_end_and_the_new_one_before_its_beginning_are_found_by_everybody() {
    let theft = theft();
    let second = theft.studio.log_signer();
    for (signer, size) in [
        (&theft.first, theft.until),
        (&theft.first, theft.until + 2),
        (&theft.first, 1 << 10),
        (&second, theft.until - 1),
    ] {
        let file = theft.invented(signer, size);
        let sentence = format!("its checkpoint covers {size} records and is signed by");
        for judge in [theft.studio.judge(), theft.offline()] {
            is(&judge.judge(&file), Answer::NotVerified, LedgerState::Mismatch, &sentence);
        }
        // One key by itself has no end. Beside the history that knows better, it does not count.
        let mut judge = theft.offline();
        let plain = touchmark_core::ledger::verifier_key(signer, &theft.studio.home.config().log.origin);
        judge.keys.insert(0, touchmark_core::ledger::history::History::of(plain.expect("a key")));
        is(&judge.judge(&file), Answer::NotVerified, LedgerState::Mismatch, &sentence);
    }
}

#[test]
fn a_checkpoint_of_the_key_of_today_with_other_records_is_found_by_the_log() {
    let theft = theft();
    let second = theft.studio.log_signer();
    let file = theft.invented(&second, theft.until);
    is(&theft.studio.judge().judge(&file), Answer::NotVerified, LedgerState::Mismatch, "give the root");
    is(&theft.offline().judge(&file), Answer::Verified, LedgerState::Proved, "was on record in the log");
}

#[test]
fn a_checkpoint_beyond_the_log_at_hand_counts_for_nothing() {
    let theft = theft();
    let size = theft.studio.ledger().size() + 1;
    let verdict = theft.studio.judge().judge(&theft.invented(&theft.studio.log_signer(), size));
    let sentence = format!("its checkpoint covers {size} records, and the log at hand has {}", size - 1);
    is(&verdict, Answer::Verified, LedgerState::NotChecked, &sentence);
}
