//! Manifests that say more of a picture that stays as it is (C2PA 2.4, 11.2.3, 15.10.1.3).

use serde_cbor::Value;
use touchmark_core::manifest::embed;
use touchmark_core::media::MediaType;

use crate::bound::{data_hash, picture, settled};
use crate::forge::{Assertion, Forge, Manifest, Sealed, actions, created, hashed, map, note, store, text};

const TYPES: [MediaType; 2] = [MediaType::Jpeg, MediaType::Png];
const WRONG_PARENTS: &str = "manifest.update.wrongParents";

/// A picture, its first manifest, and the file with these behind that.
struct World {
    forge: Forge,
    media_type: MediaType,
    first: Sealed,
}

impl World {
    fn new(media_type: MediaType) -> Self {
        let forge = Forge::new();
        let first = settled(&forge, media_type, &Manifest::new(vec![created()]), |first| vec![first.whole()]);
        Self { forge, media_type, first }
    }

    fn file(&self, more: &[Sealed]) -> Vec<u8> {
        let manifests: Vec<Vec<u8>> = std::iter::once(&self.first).chain(more).map(Sealed::whole).collect();
        embed::restore(&picture(self.media_type), self.media_type, &store(&manifests)).expect("embedded")
    }

    fn updated(&self, assertions: Vec<Assertion>) -> Vec<u8> {
        self.file(&[self.forge.seal(&Manifest::update(&self.first, assertions))])
    }
}

fn said(action: &str) -> Assertion {
    actions(vec![map([("action", text(action))])])
}

#[test]
fn an_update_holds_and_so_does_one_of_an_update() {
    for media_type in TYPES {
        let world = World::new(media_type);
        world.forge.holds(&world.file(&[]), "the first manifest");
        world.forge.holds(&world.updated(vec![said("c2pa.published")]), "published");
        world.forge.holds(&world.updated(vec![note("more")]), "an assertion of its own");
        let uri = hashed("self#jumbf=c2pa.assertions/c2pa.ingredient.v3", &world.first.ingredient("parentOf").inside());
        let opened =
            map([("action", text("c2pa.opened")), ("parameters", map([("ingredients", Value::Array(vec![uri]))]))]);
        world.forge.holds(&world.updated(vec![actions(vec![opened])]), "opened");
        let first = world.forge.seal(&Manifest::update(&world.first, vec![note("one")]));
        let second = world.forge.seal(&Manifest::update(&first, vec![note("two")]));
        world.forge.holds(&world.file(&[first, second]), "two of them");
    }
}

#[test]
fn the_picture_under_an_update_is_still_bound() {
    for media_type in TYPES {
        let world = World::new(media_type);
        let mut file = world.updated(vec![note("more")]);
        let at = file.len() - 24;
        file[at] ^= 1;
        world.forge.refuses(&file, "assertion.dataHash.mismatch", media_type.name());
        let update = world.forge.seal(&Manifest::update(&world.first, vec![note("more")]));
        let padded = [store(&[world.first.whole(), update.whole()]), vec![9; 50]].concat();
        let file = embed::restore(&picture(media_type), media_type, &padded).expect("embedded");
        world.forge.refuses(&file, "assertion.dataHash.mismatch", "bytes behind the longer store");
    }
}

#[test]
fn an_update_says_nothing_about_the_picture() {
    let world = World::new(MediaType::Png);
    let image = picture(MediaType::Png);
    let mut thumbnail = Assertion::new("c2pa.thumbnail.claim", &Value::Null);
    thumbnail.content = [thumbnail.content, vec![]].concat();
    for (name, assertion) in [
        ("a hard binding", data_hash(&image, &[])),
        ("a multi-asset hash", Assertion::new("c2pa.hash.multi-asset", &map([("parts", Value::Array(vec![]))]))),
        ("a thumbnail", thumbnail),
        ("a new picture", created()),
        ("an edit", said("c2pa.edited")),
    ] {
        world.forge.refuses(&world.updated(vec![assertion]), "manifest.update.invalid", name);
    }
}

#[test]
fn an_update_has_one_ingredient_and_that_is_its_parent() {
    let world = World::new(MediaType::Png);
    let mut second = world.first.ingredient("componentOf");
    second.label.push_str("__1");
    world.forge.refuses(&world.updated(vec![second]), WRONG_PARENTS, "one ingredient more");
    for (name, assertions) in [("a component", vec![world.first.ingredient("componentOf")]), ("none", vec![note("x")])]
    {
        let update = Manifest { created: assertions, ..Manifest::update(&world.first, vec![]) };
        world.forge.refuses(&world.file(&[world.forge.seal(&update)]), WRONG_PARENTS, name);
    }
}
