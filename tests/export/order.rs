//! Recorded, signed, recorded, released, in this order. Where one step fails, the later ones do not happen.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use touchmark_core::causes::in_words as words;

use touchmark_core::event::Kind;
use touchmark_core::export::{Error, Options, Order};
use touchmark_core::manifest::Issuer;

use crate::faulty::Fault;
use crate::studio::{Studio, made, names, picture};

fn order(name: &str, target: PathBuf) -> Order {
    Order { bytes: picture(name), making: made(), target: Some(target) }
}

fn orders(studio: &Studio) -> Vec<Order> {
    vec![order("astronaut.jpg", studio.out("a.jpg")), order("clock.gif", studio.out("b.gif"))]
}

/// GEN and EXPORT records.
fn recorded(studio: &Studio) -> (usize, usize) {
    (studio.records(Kind::Gen).len(), studio.records(Kind::Export).len())
}

#[test]
fn no_signature_is_made_before_gen_and_no_file_stands_before_export() {
    let studio = Studio::new();
    let signer = studio.counting_signer();
    let issuer = Issuer::new(signer.clone()).expect("issuer");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (witness, counter, out) = (Arc::clone(&seen), signer, studio.out(""));
    let mut ledger = studio.ledger_with(Fault::Never, move |_| {
        witness.lock().expect("witness").push((counter.signatures(), names(&out).len()));
    });
    let answers = studio.export_with(&mut ledger, &issuer, orders(&studio), &Options::default());
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let seen = seen.lock().expect("witness").clone();
    assert_eq!(seen, [(0, 0), (2, 0)], "signatures and files at the commit of GEN, and at that of EXPORT");
    assert_eq!(studio.released(), ["a.jpg", "b.gif"]);
}

#[test]
fn when_the_making_cannot_be_recorded_nothing_is_signed() {
    let studio = Studio::new();
    let signer = studio.counting_signer();
    let issuer = Issuer::new(signer.clone()).expect("issuer");
    let mut ledger = studio.ledger_with(Fault::NotDone(1), |_| {});
    let answers = studio.export_with(&mut ledger, &issuer, orders(&studio), &Options::default());
    assert!(answers.iter().all(Result::is_err));
    assert_eq!(signer.signatures(), 0);
    assert_eq!((studio.released(), recorded(&studio)), (Vec::new(), (0, 0)));
    assert!(!studio.home.dir().join("manifests.pack").exists());
}

#[test]
fn when_the_export_cannot_be_recorded_no_file_appears() {
    for fault in [Fault::NotDone(2), Fault::AnswerLost(2)] {
        let studio = Studio::new();
        let issuer = studio.home.issuer().expect("issuer");
        let mut ledger = studio.ledger_with(fault, |_| {});
        let answers = studio.export_with(&mut ledger, &issuer, orders(&studio), &Options::default());
        for answer in &answers {
            let error = answer.as_ref().expect_err("no durable EXPORT, no image");
            assert!(words(error).contains("the log could not be used, so nothing is released"), "{}", words(error));
        }
        assert_eq!(studio.released(), Vec::<String>::new(), "{fault:?}: hidden files would be listed too");
        let again = studio.export_with(&mut ledger, &issuer, orders(&studio), &Options::default());
        assert!(
            again.iter().all(Result::is_err),
            "{fault:?}: a log that failed is not written until it is opened again"
        );
        assert_eq!(studio.released(), Vec::<String>::new(), "{fault:?}");
    }
}

#[test]
fn in_memory_too_nothing_is_handed_out_without_a_record() {
    let studio = Studio::new();
    let mut ledger = studio.ledger_with(Fault::NotDone(2), |_| {});
    let order = Order { bytes: picture("astronaut.jpg"), making: made(), target: None };
    let issuer = studio.home.issuer().expect("issuer");
    assert!(studio.export_with(&mut ledger, &issuer, vec![order], &Options::default())[0].is_err());
}

#[test]
fn a_folder_that_cannot_be_written_is_found_before_the_export_is_recorded() {
    let studio = Studio::new();
    std::fs::write(studio.out("file"), "a file, no folder").expect("written");
    // The kernel's own folders refuse every file, whoever asks.
    let read_only = Path::new("/proc/a.jpg").to_owned();
    for target in [studio.out("missing/a.jpg"), studio.out("file/a.jpg"), read_only] {
        let answers = studio.export(vec![order("astronaut.jpg", target.clone())], &Options::default());
        let Err(error @ Error::Write { .. }) = &answers[0] else { panic!("{}: {answers:?}", target.display()) };
        assert!(error.to_string().contains(&target.display().to_string()), "{error}");
        assert!(!target.exists());
    }
    assert_eq!(recorded(&studio), (1, 0), "one GEN that waits for its export, and no EXPORT");
    assert_eq!(studio.released(), ["file"]);
}

#[test]
fn a_name_that_is_taken_is_refused_before_the_export_is_recorded() {
    let studio = Studio::new();
    std::fs::write(studio.out("a.jpg"), "somebody's work").expect("written");
    let answers = studio.export(orders(&studio), &Options::default());
    assert!(matches!(&answers[0], Err(Error::Taken { path }) if *path == studio.out("a.jpg")), "{answers:?}");
    assert!(answers[1].is_ok(), "it does not hold up the others");
    assert_eq!(std::fs::read(studio.out("a.jpg")).expect("file"), b"somebody's work");
    assert_eq!(recorded(&studio), (2, 1));
    std::fs::create_dir(studio.out("folder.jpg")).expect("folder");
    std::os::unix::fs::symlink("nowhere", studio.out("link.jpg")).expect("link");
    for name in ["folder.jpg", "link.jpg"] {
        let answers = studio.export(vec![order("hubble.jpg", studio.out(name))], &Options::default());
        assert!(matches!(&answers[0], Err(Error::Taken { .. })), "{name}: {answers:?}");
    }
    assert_eq!(recorded(&studio), (3, 1));
}

#[test]
fn two_pictures_for_one_name_do_not_overwrite_each_other() {
    let studio = Studio::new();
    let one_name = || studio.out("same.jpg");
    let answers =
        studio.export(vec![order("astronaut.jpg", one_name()), order("hubble.jpg", one_name())], &Options::default());
    assert!(answers[0].is_ok() && matches!(&answers[1], Err(Error::Taken { .. })), "{answers:?}");
    assert_eq!(recorded(&studio), (2, 1));
    let verdict = studio.judge().judge(&std::fs::read(one_name()).expect("file"));
    assert_eq!(Some(studio.records(Kind::Export)[0].id.to_string()), verdict.ledger.export_record);
}

#[test]
fn a_name_that_somebody_takes_at_the_last_moment_is_left_to_them() {
    let studio = Studio::new();
    let target = studio.out("a.jpg");
    let intruder = target.clone();
    let mut ledger = studio.ledger_with(Fault::Never, move |commit| {
        if commit == 2 {
            std::fs::write(&intruder, "somebody's work").expect("written");
        }
    });
    let issuer = studio.home.issuer().expect("issuer");
    let order = order("astronaut.jpg", target.clone());
    let answers = studio.export_with(&mut ledger, &issuer, vec![order], &Options::default());
    assert!(answers[0].is_err(), "{answers:?}");
    assert_eq!(std::fs::read(&target).expect("file"), b"somebody's work");
    assert_eq!(studio.released(), ["a.jpg"], "and no hidden file is left");
}

#[test]
fn one_bad_picture_does_not_hold_up_the_others() {
    let studio = Studio::new();
    let mut orders = orders(&studio);
    orders.insert(1, Order { bytes: b"no picture".to_vec(), making: made(), target: Some(studio.out("c.png")) });
    let answers = studio.export(orders, &Options::default());
    assert!(answers[0].is_ok() && matches!(&answers[1], Err(Error::Media(_))) && answers[2].is_ok(), "{answers:?}");
    assert_eq!(studio.released(), ["a.jpg", "b.gif"]);
}
