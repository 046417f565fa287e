//! What a record points to is there, and somebody answers for it.

use serde_json::json;
use touchmark_core::audit::FindingKind;
use touchmark_core::event::Event;
use touchmark_core::event::private::{Actor, Person};

use crate::world::{HASH, OTHER, World, export, nowhere, person, policy, request, with};

fn system() -> serde_json::Value {
    json!({"name": "studio", "version": "1"})
}

#[test]
fn an_export_has_its_gen_before_it() {
    let mut world = World::new();
    let attempt = world.asked();
    let made =
        world.add(with(request("GEN"), json!({"attempt": attempt, "outputs": [{"hash": OTHER}, {"hash": HASH}]})));
    world.add(export(made, HASH));
    let (report, findings) = world.audit();
    assert_eq!((report.exports, findings.as_slice()), (1, [].as_slice()));

    let mut world = World::new();
    let exported = world.add(export(nowhere(), HASH));
    world.assert_finds(FindingKind::ExportWithoutGen, exported, "is not in the log");

    let mut world = World::new();
    let attempt = world.asked();
    world.failed(attempt);
    let exported = world.add(export(attempt, HASH));
    world.assert_finds(FindingKind::ExportWithoutGen, exported, "is a GEN_ATTEMPT (record 1)");

    let mut world = World::new();
    let attempt = world.asked();
    let exported = world.add(export(nowhere(), HASH));
    world.add(with(request("GEN"), json!({"attempt": attempt, "id": nowhere()})));
    world.assert_finds(FindingKind::ExportWithoutGen, exported, "stands behind it (record 3)");
}

#[test]
fn an_export_is_of_a_picture_that_its_gen_names() {
    let mut world = World::new();
    let attempt = world.asked();
    let made = world.add(with(request("GEN"), json!({"attempt": attempt, "outputs": [{"hash": HASH}]})));
    let exported = world.add(export(made, OTHER));
    world.assert_finds(FindingKind::ExportOfAnother, exported, "not among the outputs of its GEN");

    // A GEN that names no outputs says that a picture was made, and not which.
    let mut world = World::new();
    let attempt = world.asked();
    let made = world.made(attempt);
    world.add(export(made, OTHER));
    assert_eq!(world.audit().1, []);
}

#[test]
fn an_export_replaces_an_earlier_one_of_the_same_picture_and_nothing_else() {
    let mut world = World::new();
    let attempt = world.asked();
    let made = world.made(attempt);
    let first = world.add(export(made, HASH));
    world.add(with(export(made, HASH), json!({"supersedes": first})));
    assert_eq!(world.audit().1, []);
    let third = world.add(with(export(made, OTHER), json!({"supersedes": first})));
    world.assert_finds(FindingKind::SupersedesAnother, third, "is of another picture");

    for (replaced, words) in [(nowhere(), "is not in the log"), (made, "is a GEN (record 2)")] {
        let mut world = World::new();
        let attempt = world.asked();
        let again = world.add(with(request("GEN"), json!({"attempt": attempt, "id": made})));
        let exported = world.add(with(export(again, HASH), json!({"supersedes": replaced})));
        world.assert_finds(FindingKind::SupersedesAnother, exported, words);
    }
}

#[test]
fn what_a_judgement_a_review_or_an_incident_is_about_is_in_the_log() {
    let moderation = json!({"type": "MODERATION", "subject": nowhere(), "stage": "input", "score": 0.1, "flagged": false,
        "classifier": {"id": "net", "version": "2"}, "policy": policy(HASH), "system": system()});
    let review = json!({"type": "REVIEW", "subject": nowhere(), "decision": "approve", "reason": "fine", "actor": person(),
        "system": system()});
    let incident = json!({"type": "INCIDENT", "severity": "minor", "category": "label", "related": [nowhere()],
        "actor": person(), "system": system()});
    for event in [moderation, review, incident] {
        let mut world = World::new();
        let id = world.add(event.clone());
        world.assert_finds(FindingKind::DanglingReference, id, "which is not in the log");
        // It may come later: an incident is reported when it is seen, not in the order of what it touches.
        world.add(with(request("GEN_ATTEMPT"), json!({"id": nowhere()})));
        assert_eq!(world.audit().1, [], "{event}");
    }
}

#[test]
fn the_moderation_behind_a_refusal_is_one() {
    let mut world = World::new();
    let attempt = world.asked();
    let denied = json!({"type": "GEN_DENY", "attempt": attempt, "category": "OTHER", "score": 0.9, "policy": policy(HASH),
        "moderation": attempt, "system": system()});
    let denied = world.add(denied);
    world.assert_finds(FindingKind::DanglingReference, denied, "is a GEN_ATTEMPT");
}

#[test]
fn an_act_of_nobody_is_found_although_some_program_wrote_it() {
    let mut world = World::new();
    world.other();
    assert_eq!(world.audit().0.acts.by_people, 1);
    // The log refuses such events. A record of one is what another program, or an older one, could have left.
    let mut event = Event::parse(&incident()).expect("an event");
    let service = Actor { on_behalf_of: None, ..Actor::person("svc-studio", "workload-identity") };
    event.set_actor(&service).expect("set");
    assert!(event.check().is_err(), "the log refuses it");
    let behind = Person { subject: "emp-7".to_owned(), auth: "oidc".to_owned() };
    event.set_actor(&Actor { on_behalf_of: Some(behind), ..service }).expect("set");
    world.add_unchecked(&event);
    assert_eq!((world.audit().0.acts.by_people, world.audit().1), (2, Vec::new()));
}

fn incident() -> Vec<u8> {
    let incident =
        json!({"type": "INCIDENT", "severity": "minor", "category": "label", "actor": person(), "system": system()});
    incident.to_string().into_bytes()
}
