//! What a claim names is there, as it was, and nothing else is (C2PA 2.4, 15.6, 15.10.1.2, 15.10.3).

use serde_cbor::Value;
use touchmark_core::manifest::embed;
use touchmark_core::media::MediaType;

use crate::bound::{bound, data_hash, frame, of_all, picture, png};
use crate::forge::{
    Assertion, Forge, Manifest, Sealed, actions, boxed, cbor, created, hashed, kind, map, note, store, superbox, text,
};

const PNG: MediaType = MediaType::Png;
const MALFORMED: &str = "assertion.ingredient.malformed";
const MISSING: &str = "claim.hardBindings.missing";

fn base() -> Manifest {
    Manifest::new(vec![created()])
}

#[test]
fn all_that_a_claim_names_is_there_and_nothing_else_is() {
    let forge = Forge::new();
    let note = || note("x");
    let mut twice = note();
    twice.content.extend(boxed(b"cbor", &cbor(&text("more"))));
    let mut hidden = note();
    hidden.content.extend(boxed(b"free", b"hidden words"));
    let named =
        |assertion: Assertion| Manifest { undeclared: vec![assertion], references: vec![note().reference()], ..base() };
    let store = superbox(kind(b"c2as"), "c2pa.assertions", &boxed(b"jumb", &note().inside()));
    let removed = Manifest { removed: vec!["org.example.note".to_owned()], ..Manifest::new(vec![created(), note()]) };
    for (name, manifest, code) in [
        ("one that is not named", Manifest { undeclared: vec![note()], ..base() }, "assertion.undeclared"),
        ("a second store", Manifest { boxes: vec![store], ..base() }, "assertion.undeclared"),
        (
            "one of a name that is there",
            Manifest { undeclared: vec![note()], ..Manifest::new(vec![created(), note()]) },
            "assertion.undeclared",
        ),
        ("one that is gone", removed, "assertion.missing"),
        ("one with more in its box", named(twice), "assertion.hashedURI.mismatch"),
        ("one with a free box behind", named(hidden), "assertion.hashedURI.mismatch"),
    ] {
        forge.refuses(&png(&forge, &manifest), code, name);
    }
    forge.holds(&png(&forge, &Manifest::new(vec![created(), note()])), "one that is named");
}

#[test]
fn a_claim_names_its_own_assertions_and_its_own_signature() {
    let forge = Forge::new();
    let other = forge.seal(&base());
    let reference = hashed(&other.assertion("c2pa.actions.v2"), &created().inside());
    let foreign = Manifest { references: vec![reference], ..base() };
    let file = of_all(&forge, PNG, &foreign, |active| vec![other.whole(), active.whole()]);
    forge.refuses(&file, "assertion.outsideManifest", "an assertion of another");
    let mut foreign = base();
    foreign.claim.insert("signature".to_owned(), text(&format!("{}/c2pa.signature", other.url())));
    let file = of_all(&forge, PNG, &foreign, |active| vec![other.whole(), active.whole()]);
    forge.refuses(&file, "claimSignature.missing", "a signature of another");
}

#[test]
fn a_manifest_has_one_claim_and_it_is_whole() {
    let forge = Forge::new();
    let second = superbox(kind(b"c2cl"), "c2pa.claim.v2", &boxed(b"cbor", &cbor(&map([]))));
    forge.refuses(&png(&forge, &Manifest { boxes: vec![second], ..base() }), "claim.multiple", "two claims");
    for field in ["instanceID", "claim_generator_info", "created_assertions"] {
        let mut manifest = base();
        manifest.claim.insert(field.to_owned(), Value::Null);
        forge.refuses(&png(&forge, &manifest), "claim.malformed", field);
    }
    let mut manifest = base();
    manifest.claim.insert("alg".to_owned(), text("md5"));
    forge.refuses(&png(&forge, &manifest), "algorithm.unsupported", "md5");
}

#[test]
fn an_old_version_buys_no_old_rules() {
    let forge = Forge::new();
    let mut edited = Manifest::new(vec![actions(vec![map([("action", text("c2pa.edited"))])])]);
    let old = map([("name", text("old")), ("specVersion", text("1.0.0"))]);
    edited.claim.insert("claim_generator_info".to_owned(), old);
    forge.refuses(&png(&forge, &edited), "assertion.action.malformed", "a specVersion of 1.0.0");
    let renamed = Manifest { claim_label: "c2pa.claim".to_owned(), ..base() };
    forge.refuses(&png(&forge, &renamed), "assertion.undeclared", "the label of old claims");
}

#[test]
fn exactly_one_hard_binding_by_its_exact_name() {
    let forge = Forge::new();
    let image = picture(PNG);
    let unbound = embed::restore(&image, PNG, &store(&[forge.seal(&base()).whole()])).expect("embedded");
    forge.refuses(&unbound, MISSING, "none");
    let manifest = base();
    let of = |make: &dyn Fn(&mut Manifest, Assertion)| {
        bound(&image, PNG, |binding| {
            let mut manifest = manifest.clone();
            make(&mut manifest, binding);
            store(&[forge.seal(&manifest).whole()])
        })
    };
    for label in ["c2pa.hash.fake", "c2pa.hash.data.part", "c2pa.hash.data.v9", "c2pa.hash", "c2pa.hash.dat"] {
        let file = of(&|manifest, binding| manifest.created.push(Assertion { label: label.to_owned(), ..binding }));
        forge.refuses(&file, MISSING, label);
    }
    forge.refuses(&of(&|manifest, binding| manifest.gathered.push(binding)), MISSING, "one that nobody vouches for");
    let twice = of(&|manifest, binding| {
        let second = Assertion { label: "c2pa.hash.data__1".to_owned(), ..binding.clone() };
        manifest.created.extend([binding, second]);
    });
    forge.refuses(&twice, "assertion.multipleHardBindings", "two");
    let of_parts = of(&|manifest, binding| {
        let parts = |label: &str| Assertion::new(label, &map([("parts", Value::Array(Vec::new()))]));
        manifest.created.extend([binding, parts("c2pa.hash.multi-asset"), parts("c2pa.hash.multi-asset__1")]);
    });
    forge.refuses(&of_parts, "assertion.multiAssetHash.malformed", "two that say what the file consists of");
}

#[test]
fn a_parent_does_not_bind_for_its_child() {
    let forge = Forge::new();
    let image = picture(PNG);
    let manifest = base();
    let parent = |binding| {
        let mut manifest = manifest.clone();
        manifest.created.push(binding);
        forge.seal(&manifest)
    };
    let child = |parent: &Sealed| {
        let ingredient = parent.ingredient("parentOf");
        let uri = hashed("self#jumbf=c2pa.assertions/c2pa.ingredient.v3", &ingredient.inside());
        let parameters = map([("ingredients", Value::Array(vec![uri]))]);
        let opened = map([("action", text("c2pa.opened")), ("parameters", parameters)]);
        Manifest {
            label: "urn:c2pa:8b6e5a10-0000-4000-8000-000000000001".to_owned(),
            ..Manifest::new(vec![actions(vec![opened]), ingredient])
        }
    };
    let mut first = parent(data_hash(&image, &[0..70_000]));
    let mut file = Vec::new();
    for _ in 0..4 {
        let all = store(&[first.whole(), forge.seal(&child(&first)).whole()]);
        file = embed::restore(&image, PNG, &all).expect("embedded");
        first = parent(data_hash(&file, &[frame(&file, PNG, &all)]));
    }
    forge.refuses(&file, "claim.hardBindings.missing", "a child that is no update");
}

#[test]
fn what_stands_elsewhere_is_not_what_must_stand_here() {
    let forge = Forge::new();
    let location =
        || map([("url", text("https://example.org/x")), ("alg", text("sha256")), ("hash", Value::Bytes(vec![0; 32]))]);
    let cloud = |label: &str| map([("label", text(label)), ("size", Value::Integer(3)), ("location", location())]);
    let external = |label: &str| map([("label", text(label)), ("location", location())]);
    let half = map([("location", map([("url", text("https://example.org/x")), ("alg", text("sha256"))]))]);
    for (label, value, code) in [
        ("c2pa.cloud-data", cloud("c2pa.actions.v2"), "assertion.cloud-data.malformed"),
        ("c2pa.cloud-data", cloud("c2pa.hash.data"), "assertion.cloud-data.hardBinding"),
        ("c2pa.cloud-data", map([("label", text("org.example.x"))]), "assertion.cloud-data.malformed"),
        ("c2pa.external-reference", external("c2pa.ingredient.v3"), "assertion.external-reference.malformed"),
        ("c2pa.external-reference", half, "assertion.external-reference.malformed"),
        ("c2pa.time-stamp", map([]), "assertion.timestamp.malformed"),
        (
            "cawg.identity",
            map([("signer_payload", map([("sig_type", text("com.example.mine"))]))]),
            "cawg.identity.sig_type.unknown",
        ),
    ] {
        let manifest = Manifest::new(vec![created(), Assertion::new(label, &value)]);
        forge.refuses(&png(&forge, &manifest), code, &format!("{label} {value:?}"));
    }
    let honest = Manifest::new(vec![created(), Assertion::new("c2pa.external-reference", &external("org.example.x"))]);
    forge.holds(&png(&forge, &honest), "a reference to something else");
}

#[test]
fn an_ingredient_says_what_it_is() {
    let forge = Forge::new();
    let one = forge.seal(&base());
    let of = |assertions: Vec<Assertion>| {
        let manifest = Manifest::new([vec![created()], assertions].concat());
        of_all(&forge, PNG, &manifest, |active| vec![one.whole(), active.whole()])
    };
    forge.holds(&of(vec![one.ingredient("componentOf")]), "a component");
    forge.refuses(&of(vec![one.ingredient("cousinOf")]), MALFORMED, "a cousin");
    let both = crate::forge::with(one.described("componentOf"), "digitalSourceType", text(crate::forge::CREATED));
    forge.refuses(&of(vec![Assertion::new("c2pa.ingredient.v3", &both)]), MALFORMED, "a manifest and a source type");
    let mut second = one.ingredient("parentOf");
    second.label.push_str("__1");
    forge.refuses(&of(vec![one.ingredient("parentOf"), second]), "manifest.multipleParents", "two parents");
    let elsewhere = Sealed { label: "urn:c2pa:8b6e5a10-0000-4000-8000-000000000009".to_owned(), ..one.clone() };
    forge.refuses(
        &of(vec![elsewhere.ingredient("componentOf")]),
        "ingredient.manifest.missing",
        "one that is not there",
    );
}
