//! The same job once more: whatever happened the first time, an image ends with one identity.

use touchmark_core::event::{Body, Kind};
use touchmark_core::export::{Error, Exported, Making, Marks, Options, Order};
use touchmark_core::verify::{Answer, LedgerState};

use crate::faulty::Fault;
use crate::studio::{ONE_OF_EACH, Studio, event_by, made, picture, pictures};

fn export(studio: &Studio, name: &str, options: &Options) -> Exported {
    studio.one(&picture(name), made(), Some(&studio.out(name)), options).expect("exported")
}

fn log_size(studio: &Studio) -> u64 {
    studio.ledger().size()
}

#[test]
fn the_second_run_gives_the_same_manifest_the_same_bytes_and_no_record() {
    let studio = Studio::new();
    for (name, _) in pictures() {
        let first = export(&studio, &name, &Options::default());
        let (bytes, size) = (std::fs::read(studio.out(&name)).expect("file"), log_size(&studio));
        let second = export(&studio, &name, &Options::default());
        assert_eq!(second.manifest_id, first.manifest_id, "{name}");
        assert_eq!((second.gen_record, second.export_record), (first.gen_record, first.export_record), "{name}");
        assert_eq!(std::fs::read(studio.out(&name)).expect("file"), bytes, "{name}");
        assert_eq!(log_size(&studio), size, "{name}");
        let says_so =
            |note: &String| note.contains("exported already") && note.contains(&first.export_record.to_string());
        assert!(second.notes.iter().any(says_so) && !first.notes.iter().any(says_so), "{name}: {:?}", second.notes);
    }
}

#[test]
fn a_deleted_file_is_made_again_byte_for_byte() {
    let studio = Studio::new();
    let choices = [
        Options::default(),
        Options { marks: Marks { iptc: false, cn: false }, ..Options::default() },
        Options { marks: Marks { iptc: true, cn: true }, ..Options::default() },
        Options { sidecar: true, ..Options::default() },
    ];
    for (number, options) in choices.iter().enumerate() {
        let studio_of_its_own = Studio::new();
        for name in ONE_OF_EACH {
            let first = export(&studio_of_its_own, name, options);
            let files = [studio_of_its_own.out(name), studio_of_its_own.out(name).with_extension("c2pa")];
            let read = || files.each_ref().map(|file| std::fs::read(file).ok());
            let before = read();
            for file in files.iter().filter(|file| file.exists()) {
                std::fs::remove_file(file).expect("removed");
            }
            // What is asked for now does not change what the file was.
            let second = export(&studio_of_its_own, name, &Options::default());
            assert_eq!(second.manifest_id, first.manifest_id, "{name}, choice {number}");
            assert!(read() == before, "{name}, choice {number}: other bytes");
        }
    }
    drop(studio);
}

#[test]
fn after_a_crash_between_gen_and_signing_the_second_run_finishes() {
    let studio = Studio::new();
    for name in ONE_OF_EACH {
        let missing = studio.out("missing").join(name);
        assert!(studio.one(&picture(name), made(), Some(&missing), &Options::default()).is_err());
        let waiting = studio.records(Kind::Gen).pop().expect("a GEN");
        let exported = export(&studio, name, &Options::default());
        assert_eq!(exported.gen_record, waiting.id, "{name}: the same GEN");
        assert!(exported.notes.iter().any(|note| note.contains("on record already")), "{name}: {:?}", exported.notes);
    }
    assert_eq!(studio.records(Kind::Gen).len(), ONE_OF_EACH.len());
    assert_eq!(studio.exports().len(), ONE_OF_EACH.len());
}

#[test]
fn after_a_crash_between_export_and_naming_the_second_run_gives_the_recorded_file() {
    let studio = Studio::new();
    for name in ONE_OF_EACH {
        // The EXPORT becomes durable, its answer is lost: to the job it looks as if it had failed.
        let mut ledger = studio.ledger_with(Fault::AnswerLost(2), |_| {});
        let order = Order { bytes: picture(name), making: made(), target: Some(studio.out(name)) };
        let issuer = studio.home.issuer().expect("issuer");
        assert!(studio.export_with(&mut ledger, &issuer, vec![order], &Options::default())[0].is_err());
        drop(ledger);
        assert!(!studio.out(name).exists());
        let exported = export(&studio, name, &Options::default());
        let on_record = studio.exports().pop().expect("an EXPORT");
        assert_eq!(exported.manifest_id, on_record.manifest.id, "{name}");
        let verdict = studio.judge().judge(&std::fs::read(studio.out(name)).expect("file"));
        assert_eq!(verdict.ledger.state, LedgerState::Recorded, "{name}: {:?}", verdict.findings);
    }
    assert_eq!(studio.exports().len(), ONE_OF_EACH.len(), "one identity an image");
    assert_eq!(studio.findings(), Vec::<String>::new());
}

#[test]
fn when_the_kept_manifest_is_gone_the_new_export_says_what_it_replaces() {
    let studio = Studio::new();
    let first = export(&studio, "clock.gif", &Options::default());
    std::fs::remove_file(studio.home.dir().join("manifests.pack")).expect("removed");
    std::fs::remove_file(studio.out("clock.gif")).expect("removed");
    let second = export(&studio, "clock.gif", &Options::default());
    assert_ne!(second.manifest_id, first.manifest_id);
    assert_eq!(second.gen_record, first.gen_record, "it was made once");
    assert_eq!(studio.exports().pop().expect("an EXPORT").supersedes, Some(first.export_record));
    let says_so = |note: &String| note.contains("superseded") && note.contains(&first.export_record.to_string());
    assert!(second.notes.iter().any(says_so), "{:?}", second.notes);
    let third = export(&studio, "clock.gif", &Options::default());
    assert_eq!(third.manifest_id, second.manifest_id, "from then on it is the newer one");
}

#[test]
fn where_the_exported_file_still_stands_a_lost_manifest_changes_nothing() {
    for options in [Options::default(), Options { sidecar: true, ..Options::default() }] {
        let studio = Studio::new();
        let first = export(&studio, "clock.gif", &options);
        std::fs::remove_file(studio.home.dir().join("manifests.pack")).expect("removed");
        let second = export(&studio, "clock.gif", &options);
        assert_eq!((second.manifest_id, second.export_record), (first.manifest_id, first.export_record));
        assert_eq!(studio.exports().len(), 1);
    }
}

#[test]
fn a_kept_manifest_that_rotted_is_not_handed_out() {
    for options in [Options::default(), Options { sidecar: true, ..Options::default() }] {
        for name in ONE_OF_EACH {
            let studio = Studio::new();
            let first = export(&studio, name, &options);
            for file in studio.released() {
                std::fs::remove_file(studio.out(&file)).expect("removed");
            }
            let pack = studio.home.dir().join("manifests.pack");
            let mut bytes = std::fs::read(&pack).expect("pack");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(&pack, bytes).expect("pack");
            let second = export(&studio, name, &options);
            assert_ne!(second.manifest_id, first.manifest_id, "{name}");
            assert_eq!(studio.exports()[1].supersedes, Some(first.export_record), "{name}");
            let sidecar = std::fs::read(studio.out(name).with_extension("c2pa")).ok();
            let verdict = studio.judge().look(&std::fs::read(studio.out(name)).expect("file"), sidecar.as_deref());
            assert_eq!(verdict.expect("looked").verdict, Answer::Verified, "{name}");
        }
    }
}

#[test]
fn a_record_of_another_picture_is_refused() {
    let studio = Studio::new();
    let id = export(&studio, "astronaut.jpg", &Options::default()).gen_record;
    let answer = studio.one(&picture("hubble.jpg"), Making::Record(id), None, &Options::default());
    let Err(error @ Error::OtherOutput { .. }) = answer else { panic!("{answer:?}") };
    assert!(error.to_string().contains(&id.to_string()), "{error}");
    let attempt = studio.records(Kind::GenAttempt)[0].id;
    let answer = studio.one(&picture("hubble.jpg"), Making::Record(attempt), None, &Options::default());
    assert!(matches!(answer, Err(Error::NotAGeneration { kind: Kind::GenAttempt })), "{answer:?}");
    let unknown = studio.one(&picture("hubble.jpg"), Making::Record(uuid::Uuid::nil()), None, &Options::default());
    assert!(matches!(unknown, Err(Error::Ledger(_))), "{unknown:?}");
    assert_eq!(studio.exports().len(), 1);
}

#[test]
fn an_event_that_names_another_model_for_a_recorded_picture_is_refused() {
    let studio = Studio::new();
    export(&studio, "astronaut.jpg", &Options::default());
    let other = Making::Event(Box::new(event_by("another-model")));
    let answer = studio.one(&picture("astronaut.jpg"), other, None, &Options::default());
    let Err(error @ Error::OtherModel { .. }) = answer else { panic!("{answer:?}") };
    let sentence = error.to_string();
    assert!(sentence.contains("sdxl 1.0") && sentence.contains("another-model 1.0"), "{sentence}");
    assert_eq!((studio.records(Kind::Gen).len(), studio.exports().len()), (1, 1));
}

#[test]
fn two_files_with_the_same_bytes_share_making_and_manifest() {
    let studio = Studio::new();
    let order = |name: &str| Order { bytes: picture("rocket.webp"), making: made(), target: Some(studio.out(name)) };
    let answers = studio.export(vec![order("a.webp"), order("b.webp")], &Options::default());
    let [Ok(a), Ok(b)] = answers.as_slice() else { panic!("{answers:?}") };
    assert_eq!((a.gen_record, a.export_record, &a.manifest_id), (b.gen_record, b.export_record, &b.manifest_id));
    let read = |name: &str| std::fs::read(studio.out(name)).expect("file");
    assert!(read("a.webp") == read("b.webp"));
    assert_eq!((studio.records(Kind::Gen).len(), studio.exports().len()), (1, 1));
}

#[test]
fn a_picture_that_was_recorded_before_is_exported_from_its_record() {
    let studio = Studio::new();
    let id = {
        let mut event = crate::studio::event();
        let Body::Gen(made) = &mut event.body else { panic!("a GEN") };
        made.attempt = Some(uuid::Uuid::nil());
        studio.ledger().append(&[event], crate::studio::EDGE).expect("appended")[0].id
    };
    let exported = studio.one(&picture("clock.gif"), Making::Record(id), None, &Options::default()).expect("exported");
    assert_eq!(exported.gen_record, id);
    assert_eq!(studio.records(Kind::Gen).len(), 1);
    let verdict = studio.judge().judge(&exported.file.expect("a file"));
    assert_eq!((verdict.verdict, verdict.ledger.state), (Answer::Verified, LedgerState::Recorded));
}
