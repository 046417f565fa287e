//! One field is shown to somebody else: it holds, nothing else is shown, and it is on record whatever comes of it.

use std::sync::Arc;

use serde_json::{Value, json};
use touchmark_core::event::private::Actor;
use touchmark_core::event::{Body, Kind, Opened, Record};
use touchmark_core::ledger::faulty::{Fault, FaultyStore};
use touchmark_core::ledger::history::History;
use touchmark_core::ledger::{Reader, Store};
use touchmark_core::opening::{Answer, Error, Opening, Refusal, Request};
use touchmark_core::privacy::vault::Owner;
use uuid::Uuid;

use super::world::{Bench, EDGE, House, asked_by, event, records};

fn officer() -> Actor {
    Actor::person("officer", "oidc")
}

fn id_of(house: &House, seq: u64) -> Uuid {
    house.home.reader().expect("the log").record(seq).expect("a record").id
}

/// Somebody opens a field of a record.
fn open(house: &House, seq: u64, field: &str, text: Option<&str>) -> Result<Answer, Error> {
    let by = officer();
    let request = Request { record: id_of(house, seq), field, text, purpose: "case 17", by: &by };
    let mut ledger = house.home.ledger(EDGE).expect("the log").0;
    request.open(&mut ledger, &house.home.reader().expect("the log"), EDGE)
}

/// The text of what was opened, which must be.
fn opened(house: &House, seq: u64, field: &str, text: Option<&str>) -> String {
    match open(house, seq, field, text).expect("could") {
        Answer::Opened { opening, .. } => opening.to_string(),
        other => panic!("{other:?}"),
    }
}

fn parse(text: &str) -> Opening {
    Opening::parse(text.as_bytes()).expect("an opening")
}

/// The keys that a stranger knows.
fn keys(house: &House) -> [History; 1] {
    [house.home.reader().expect("the log").history().clone()]
}

fn refused(text: &str, known: &[History]) -> Refusal {
    match parse(text).verify(known) {
        Ok(shown) => panic!("it holds: {shown:?}"),
        Err(refusal) => refusal,
    }
}

/// The line with the field, and the proof.
fn parts(opening: &str) -> (&str, &str) {
    opening.split_once("\n\n").expect("a field and a proof")
}

fn with_other_proof(field_of: &str, proof_of: &str) -> String {
    format!("{}\n\n{}", parts(field_of).0, parts(proof_of).1)
}

fn accesses(house: &House) -> Vec<Record> {
    house.records(Kind::Access)
}

#[test]
fn an_opened_field_holds_for_whoever_knows_the_logs_key() {
    let house = House::new();
    house.append(&[asked_by("emp-1"), asked_by("emp-2")]);
    let values = [
        ("tenant", json!("acme")),
        ("actor", json!({"subject": "emp-1", "auth": "oidc"})),
        ("parameters", json!({"note": "parameter-of-emp-1"})),
    ];
    for (field, value) in values {
        let opening = parse(&opened(&house, 1, field, None));
        let known = keys(&house);
        let shown = opening.verify(&known).expect("it holds");
        assert_eq!((shown.field.name(), shown.field.value(), shown.record.seq), (field, value, 1));
    }
    let opening = parse(&opened(&house, 2, "prompt", Some("a harbour")));
    assert_eq!(opening.verify(&keys(&house)).expect("it holds").field.value(), "a harbour");
    assert_eq!(house.findings(), [""; 0]);
}

#[test]
fn an_opening_shows_nothing_of_the_other_fields_and_never_the_seed() {
    let house = House::new();
    house.append(&[asked_by("emp-1")]);
    let Opened::Fields(private) = house.opened(1) else { panic!("open") };
    let seed = private.seed.to_text().to_string();
    let salts = |but: &str| {
        let names = private.fields.keys().filter(|name| *name != but);
        names.map(|name| private.seed.salt(name).to_text()).collect::<Vec<_>>()
    };
    for (field, text) in [("tenant", None), ("prompt", Some("a harbour"))] {
        let opening = opened(&house, 1, field, text);
        let record = parse(&opening).proof().extra().expect("the record").to_vec();
        let all = opening + &String::from_utf8(record).expect("text");
        for hidden in ["emp-1", "oidc", "session-of", "address-of", "parameter-of", "officer", seed.as_str()] {
            assert!(!all.contains(hidden), "{field} shows {hidden}: {all}");
        }
        assert!(salts(field).iter().all(|salt| !all.contains(salt.as_str())), "{field} shows another's salt");
    }
    let by_prompt = opened(&house, 1, "prompt", Some("a harbour"));
    assert!(!by_prompt.contains("acme"));
}

#[test]
fn each_opening_is_on_record_with_its_purpose_and_names_no_one_in_public() {
    let house = House::new();
    house.append(&[asked_by("emp-1")]);
    opened(&house, 1, "tenant", None);
    let [access] = accesses(&house).try_into().expect("one record");
    let Body::Access(said) = &access.body else { panic!("an ACCESS") };
    let expected = (id_of(&house, 1), vec!["tenant".to_owned()], "case 17");
    assert_eq!((said.subject, said.fields.clone(), said.purpose.as_str()), expected);
    assert_eq!(house.fields(access.seq)["actor"]["subject"], "officer");
    let public = String::from_utf8(access.to_bytes().expect("JSON")).expect("text");
    assert!(!public.contains("officer") && !public.contains("emp-1"), "{public}");
}

#[test]
fn whoever_tries_a_text_or_a_field_is_on_record_even_where_it_was_the_wrong_one() {
    let house = House::new();
    house.append(&[asked_by("emp-1"), {
        let mut without = asked_by("emp-2");
        without.as_object_mut().expect("an object").remove("session");
        without
    }]);
    for text in ["a harbor", "", "A harbour", "a harbour\n\n", " a harbour"] {
        assert!(matches!(open(&house, 1, "prompt", Some(text)), Ok(Answer::OtherText { .. })), "{text:?}");
    }
    assert!(matches!(open(&house, 2, "session", None), Ok(Answer::NotThere { .. })));
    assert_eq!(accesses(&house).len(), 6);
}

#[test]
fn the_line_feed_that_an_editor_adds_is_not_part_of_the_text() {
    let house = House::new();
    house.append(&[asked_by("emp-1")]);
    for text in ["a harbour", "a harbour\n", "a harbour\r\n"] {
        let opening = parse(&opened(&house, 1, "prompt", Some(text)));
        assert_eq!(opening.field().value(), "a harbour");
    }
}

#[test]
fn what_cannot_be_asked_is_refused_with_nothing_on_record() {
    let house = House::new();
    house.append(&[asked_by("emp-1")]);
    let says = |field: &str, text: Option<&str>| open(&house, 1, field, text).expect_err("refused").to_string();
    let unknown = says("sesion", None);
    assert!(unknown.starts_with("record 1 (GEN_ATTEMPT) has no field \"sesion\": what can be opened of it is actor,"));
    assert!(unknown.ends_with("prompt"), "{unknown}");
    assert!(says("seed", None).contains("has no field"), "the seed would open all");
    assert!(says("negative_prompt", Some("fog")).contains("has no field"));
    assert!(says("prompt", None).contains("hand the text in"));
    assert!(says("tenant", Some("acme")).contains("leave the text out"));
    let by = Actor::person("svc-render", "oidc");
    let nobody = Request { record: id_of(&house, 1), field: "tenant", text: None, purpose: "case 17", by: &by };
    let somebody = officer();
    let no_purpose = Request { purpose: " ", by: &somebody, ..nobody };
    let reader = house.home.reader().expect("the log");
    let mut ledger = house.home.ledger(EDGE).expect("the log").0;
    for request in [nobody, no_purpose] {
        assert!(matches!(request.open(&mut ledger, &reader, EDGE), Err(Error::Event(_))), "{request:?}");
    }
    let unknown = Request { record: Uuid::from_u128(7), by: &somebody, ..nobody };
    assert!(matches!(unknown.open(&mut ledger, &reader, EDGE), Err(Error::Ledger(_))));
    assert!(accesses(&house).is_empty());
}

#[test]
fn what_is_erased_expired_or_locked_says_so_and_nothing_is_on_record() {
    let house = House::new();
    house.append(&[asked_by("emp-1"), asked_by("emp-2")]);
    let kept = opened(&house, 1, "tenant", None);
    let before = accesses(&house).len();
    house.erase("emp-1");
    let closed = |field, text| match open(&house, 1, field, text).expect("could look") {
        Answer::Closed(closed) => closed,
        other => panic!("{other:?}"),
    };
    assert!(matches!(closed("tenant", None), Opened::Erased));
    assert!(matches!(closed("prompt", Some("a harbour")), Opened::Erased));
    assert!(parse(&kept).verify(&keys(&house)).is_ok(), "what was handed out before, holds");
    let month: String = jiff::Timestamp::now().to_string().chars().take(7).collect();
    let shelf = Owner::Shelf { class: "default".to_owned(), tenant: Some("acme".to_owned()), month };
    {
        let ledger = house.home.ledger(EDGE).expect("the log").0;
        let vault = ledger.vault().expect("a vault");
        let [month] = vault.of(&shelf).expect("could look").try_into().expect("one key");
        vault.destroy(&month.id, EDGE).expect("destroyed");
    }
    assert!(matches!(open(&house, 2, "tenant", None), Ok(Answer::Closed(Opened::Expired))));
    let by = officer();
    let request = Request { record: id_of(&house, 2), field: "tenant", text: None, purpose: "case 17", by: &by };
    let locked = touchmark_core::event::Opener::locked(&house.home.config().log.origin);
    let said = request.closed(&house.home.reader().expect("the log"), &locked).expect("could look");
    assert!(matches!(said, Some(Opened::Locked)), "{said:?}");
    assert_eq!(accesses(&house).len(), before);
}

#[test]
fn nothing_is_opened_before_that_is_on_record() {
    let bench = Bench::new();
    let ledger = || bench.open(&bench.store, &bench.vault).expect("opened");
    let id = ledger().append(&[event(&asked_by("emp-1"))], EDGE).expect("appended")[0].id;
    let by = officer();
    let request = Request { record: id, field: "tenant", text: None, purpose: "case 17", by: &by };
    for nth in 0..60 {
        let store: Arc<dyn Store> = Arc::new(FaultyStore::crashing(Arc::clone(&bench.store), nth, Fault::NotDone));
        let beside = Reader::over(Arc::clone(&bench.store)).expect("the log");
        let before = records(&beside, Kind::Access).len();
        let Ok(mut ledger) = bench.open(&store, &bench.vault) else { continue };
        let answer = request.open(&mut ledger, &beside, EDGE);
        let reader = Reader::over(Arc::clone(&bench.store)).expect("the log");
        if matches!(answer, Ok(Answer::Opened { .. })) {
            assert!(records(&reader, Kind::Access).len() > before, "call {nth}: opened, and nothing says so");
            assert!(nth > 3, "a store that fails at once is noticed");
            return;
        }
        assert!(answer.is_err(), "call {nth}: {answer:?}");
    }
    panic!("it never succeeded");
}

#[test]
fn a_value_that_was_changed_proves_nothing() {
    let house = House::new();
    house.append(&[asked_by("emp-1")]);
    let known = keys(&house);
    let tenant = opened(&house, 1, "tenant", None);
    let prompt = opened(&house, 1, "prompt", Some("a harbour"));
    let parameters = opened(&house, 1, "parameters", None);
    for (changed, from) in [
        (tenant.replace("\"acme\"", "\"acma\""), &tenant),
        (tenant.replace("\"acme\"", "null"), &tenant),
        (tenant.replace("\"tenant\"", "\"session\""), &tenant),
        (prompt.replace("a harbour", "a harbor"), &prompt),
        (parameters.replace("parameter-of-emp-1", "parameter-of-emp-2"), &parameters),
    ] {
        assert_ne!(&changed, from);
        assert!(matches!(refused(&changed, &known), Refusal::OtherValue { seq: 1, .. }));
    }
    let renamed = prompt.replace("\"field\":\"prompt\"", "\"field\":\"style\"");
    assert!(matches!(refused(&renamed, &known), Refusal::NoCommitment { .. }), "there is no such commitment");
}

#[test]
fn another_records_field_proves_nothing_of_this_one() {
    let house = House::new();
    let mut both = asked_by("emp-1");
    both["negative_prompt"] = "a harbour".into();
    house.append(&[both.clone(), both]);
    let known = keys(&house);
    for (field, text) in [("tenant", None), ("prompt", Some("a harbour"))] {
        let (one, two) = (opened(&house, 1, field, text), opened(&house, 2, field, text));
        assert!(matches!(refused(&with_other_proof(&one, &two), &known), Refusal::OtherValue { seq: 2, .. }));
    }
    // The same text under another name of the same record has another key.
    let prompt = opened(&house, 1, "prompt", Some("a harbour"));
    let swapped = prompt.replace("\"field\":\"prompt\"", "\"field\":\"negative_prompt\"");
    assert!(matches!(refused(&swapped, &known), Refusal::OtherValue { seq: 1, .. }));
}

#[test]
fn a_foreign_log_and_a_foreign_key_are_refused() {
    let (house, other) = (House::new(), House::new());
    for house in [&house, &other] {
        house.append(&[asked_by("emp-1")]);
    }
    let (own, foreign) = (opened(&house, 1, "tenant", None), opened(&other, 1, "tenant", None));
    assert!(matches!(refused(&own, &keys(&other)), Refusal::NotProved(_)));
    assert!(matches!(refused(&foreign, &keys(&house)), Refusal::NotProved(_)));
    assert!(matches!(refused(&own, &[]), Refusal::NotProved(_)));
    assert!(refused(&with_other_proof(&own, &foreign), &keys(&other)).to_string().contains("does not have this value"));
}

#[test]
fn an_opening_of_before_the_log_changed_its_key_holds_and_the_old_key_signs_no_newer_one() {
    let house = House::new();
    house.append(&[asked_by("emp-1")]);
    let before = opened(&house, 1, "tenant", None);
    let old = keys(&house);
    house.home.rotate_key(EDGE).expect("handed over");
    let after = opened(&house, 1, "tenant", None);
    let known = keys(&house);
    for opening in [&before, &after] {
        assert!(parse(opening).verify(&known).is_ok());
    }
    assert!(matches!(refused(&after, &old), Refusal::NotProved(_)), "the first key alone does not know the next one");
}

#[test]
fn a_record_that_was_changed_or_moved_is_not_under_the_checkpoint() {
    let house = House::new();
    house.append(&[asked_by("emp-1"), asked_by("emp-2")]);
    let known = keys(&house);
    let opening = parse(&opened(&house, 1, "tenant", None));
    let (text, proof) = (opening.to_string(), opening.proof().to_string());
    let public = opening.proof().extra().expect("the record").to_vec();
    let changed = String::from_utf8(public).expect("text").replace("sdxl-base", "sdxl-case");
    let forged = opening.proof().clone().with_extra(changed.into_bytes()).expect("short");
    let forged = text.replace(&proof, &forged.to_string());
    assert!(matches!(refused(&forged, &known), Refusal::NotProved(_)));
    let moved = text.replace("\nindex 1\n", "\nindex 2\n");
    assert!(matches!(refused(&moved, &known), Refusal::NotProved(_)));
    let bare = opening.proof().clone().with_extra(Vec::new()).expect("short");
    assert!(matches!(refused(&text.replace(&proof, &bare.to_string()), &known), Refusal::NoRecord));
}

#[test]
fn a_file_that_is_cut_or_has_a_byte_changed_never_holds() {
    let house = House::new();
    house.append(&[asked_by("emp-1")]);
    let known = keys(&house);
    for (field, text) in [("tenant", None), ("prompt", Some("a harbour"))] {
        let whole = opened(&house, 1, field, text).into_bytes();
        let holds = |bytes: &[u8]| Opening::parse(bytes).is_ok_and(|opening| opening.verify(&known).is_ok());
        assert!(holds(&whole));
        for at in 0..whole.len() {
            assert!(!holds(&whole[..at]), "cut at {at}");
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert!(!holds(&changed), "changed at {at}");
        }
        assert!(!holds(&[whole.as_slice(), b"\n"].concat()) && !holds(&[whole.as_slice(), &whole].concat()));
    }
}

#[test]
fn each_opening_has_one_spelling() {
    let house = House::new();
    house.append(&[asked_by("emp-1")]);
    let whole = opened(&house, 1, "tenant", None);
    assert_eq!(parse(&whole).to_string(), whole);
    let (line, proof) = parts(&whole);
    let json: Value = serde_json::from_str(line.rsplit_once("private ").expect("a field").1).expect("JSON");
    let written = |line: String| format!("touchmark/opening@v1\n{line}\n\n{proof}");
    let text = json.to_string();
    for (other, what) in [
        (written(format!("private  {text}")), "two spaces"),
        (written(format!("private {}", text.replacen(':', ": ", 1))), "a space in the JSON"),
        (written(format!("private {}", text.replacen("{\"name\"", "{\"name\":\"actor\",\"name\"", 1))), "a name twice"),
        (written(format!("private {}", text.replacen('{', "{\"seed\":1,", 1))), "a field that is not known"),
        (written(format!("private {}", text.replace("acme", "\\u0061cme"))), "an escape that is not needed"),
        (written(format!("commitment {text}")), "the other form"),
        (written(format!("public {text}")), "a word that is not known"),
        (whole.replace("@v1\nprivate", "@v2\nprivate"), "another version"),
        (whole.replace('\n', "\r\n"), "other line ends"),
        (format!("\u{feff}{whole}"), "a byte order mark"),
    ] {
        assert!(Opening::parse(other.as_bytes()).is_err(), "{what}: {other}");
    }
}

#[test]
fn printing_an_opening_for_debugging_shows_no_value() {
    let house = House::new();
    house.append(&[asked_by("emp-1")]);
    for (field, text) in [("tenant", None), ("prompt", Some("a harbour"))] {
        let opening = parse(&opened(&house, 1, field, text));
        let printed = format!("{:?}", opening.field());
        assert!(!printed.contains("acme") && !printed.contains("a harbour"), "{printed}");
    }
}
