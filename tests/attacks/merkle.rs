//! Still pictures that are hashed in blocks (C2PA 2.4, 15.12.2.1, A.5.4): each block stands where it stood, and nothing is left out beside them.

use serde_cbor::Value;
use touchmark_core::hash::Hash;
use touchmark_core::media::MediaType;

use crate::bmff::{MISMATCH, boxes, exclusions_and, picture, provenance, signed_in};
use crate::bound::bound_with;
use crate::forge::{Assertion, Forge, Manifest, boxed, cbor, created, map, store, text, with};

const MALFORMED: &str = "assertion.bmffHash.malformed";
const BLOCK: usize = 4096;

fn digest(bytes: &[u8]) -> Vec<u8> {
    Hash::of(bytes).as_bytes().to_vec()
}

fn number(number: usize) -> Value {
    Value::Integer(i64::try_from(number).expect("small"))
}

fn bytes(hashes: &[Vec<u8>]) -> Value {
    Value::Array(hashes.iter().cloned().map(Value::Bytes).collect())
}

/// What of `mdat` the blocks cover.
fn payload(file: &[u8]) -> &[u8] {
    &boxes(file).into_iter().find(|(kind, ..)| kind == b"mdat").expect("a picture").2[16..]
}

/// The rows of the tree, the blocks' own first.
fn rows(file: &[u8]) -> Vec<Vec<Vec<u8>>> {
    let mut rows = vec![payload(file).chunks(BLOCK).map(digest).collect::<Vec<_>>()];
    while rows.last().expect("a row").len() > 1 {
        let above = rows.last().expect("a row").chunks(2);
        rows.push(above.map(|pair| if pair.len() == 1 { pair[0].clone() } else { digest(&pair.concat()) }).collect());
    }
    rows
}

/// A tree of which this row is signed.
fn tree(file: &[u8], row: usize) -> Value {
    let rows = rows(file);
    map([
        ("uniqueId", number(0)),
        ("localId", number(0)),
        ("count", number(rows[0].len())),
        ("alg", text("sha256")),
        ("hashes", bytes(&rows[row.min(rows.len() - 1)])),
        ("fixedBlockSize", number(BLOCK)),
    ])
}

/// What stands in the box beside the picture for one block, where the topmost row is signed.
fn part(file: &[u8], location: usize) -> Value {
    let (mut at, mut proof) = (location, Vec::new());
    for row in rows(file) {
        proof.extend(row.get(at ^ 1).filter(|_| row.len() > 1).cloned());
        at /= 2;
    }
    let ids = map([("uniqueId", number(0)), ("localId", number(0)), ("location", number(location))]);
    if proof.is_empty() { ids } else { with(ids, "hashes", bytes(&proof)) }
}

fn beside(parts: &[Value]) -> Vec<u8> {
    parts.iter().flat_map(|part| provenance("merkle", &cbor(part))).collect()
}

fn entry<'v>(value: &'v Value, name: &str) -> &'v Value {
    let Value::Map(entries) = value else { panic!("no map") };
    &entries[&text(name)]
}

/// What must be left out where there is a tree: all of the picture but its beginning.
fn but_the_beginning() -> Value {
    map([
        ("xpath", text("/mdat")),
        ("subset", Value::Array(vec![map([("offset", number(16)), ("length", number(0))])])),
    ])
}

/// The hash of all else.
fn of_all_else(file: &[u8], of_mdat: usize) -> Vec<u8> {
    let kept = boxes(file).into_iter().filter(|(kind, ..)| kind != b"uuid" && kind != b"ftyp");
    let kept = kept.filter(|(kind, ..)| kind != b"mdat" || of_mdat > 0);
    let bytes = kept.flat_map(|(kind, at, whole)| {
        let end = if kind == b"mdat" { of_mdat.min(whole.len()) } else { whole.len() };
        [&(at as u64).to_be_bytes(), &whole[..end]].concat()
    });
    digest(&bytes.collect::<Vec<u8>>())
}

fn binding(file: &[u8], trees: Vec<Value>) -> Value {
    map([
        ("exclusions", exclusions_and(vec![but_the_beginning()])),
        ("alg", text("sha256")),
        ("hash", Value::Bytes(of_all_else(file, 16))),
        ("merkle", Value::Array(trees)),
        ("name", text("jumbf manifest")),
    ])
}

fn assertion(value: &Value) -> Assertion {
    Assertion::new("c2pa.hash.bmff.v3", value)
}

/// The picture, signed with the row `row` of its tree.
fn signed(forge: &Forge, image: &[u8], row: usize) -> Vec<u8> {
    signed_in(image, forge, &[], |file| assertion(&binding(file, vec![tree(file, row)])))
}

/// With boxes beside it, as for whoever has only a part.
fn in_parts() -> Vec<u8> {
    let parts: Vec<Value> = (0..rows(&picture())[0].len()).map(|location| part(&picture(), location)).collect();
    [picture(), beside(&parts)].concat()
}

fn at_payload(file: &[u8]) -> usize {
    boxes(file).into_iter().find(|(kind, ..)| kind == b"mdat").expect("a picture").1 + 16
}

#[test]
fn a_picture_in_blocks_holds_whichever_row_is_signed() {
    let forge = Forge::new();
    assert!(rows(&picture())[0].len() > 3, "more than two rows");
    forge.holds(&signed(&forge, &picture(), 0), "all blocks");
    forge.holds(&signed(&forge, &in_parts(), usize::MAX), "the root, and the parts beside the picture");
    let one = signed_in(&picture(), &forge, &[], |file| {
        let Value::Map(mut whole) = tree(file, 0) else { panic!("no map") };
        whole.remove(&text("fixedBlockSize"));
        let whole = with(Value::Map(whole), "hashes", bytes(&[digest(payload(file))]));
        assertion(&binding(file, vec![with(whole, "count", number(1))]))
    });
    forge.holds(&one, "one block");
    let sizes = |file: &[u8], sizes: &[usize]| {
        let (mut at, mut hashes) = (0, Vec::new());
        for size in sizes {
            hashes.push(digest(&payload(file)[at..at + size]));
            at += size;
        }
        let Value::Map(mut whole) = tree(file, 0) else { panic!("no map") };
        whole.remove(&text("fixedBlockSize"));
        let whole = with(Value::Map(whole), "hashes", bytes(&hashes));
        let whole = with(whole, "variableBlockSizes", Value::Array(sizes.iter().copied().map(number).collect()));
        assertion(&binding(file, vec![with(whole, "count", number(sizes.len()))]))
    };
    let all = payload(&picture()).len();
    forge.holds(&signed_in(&picture(), &forge, &[], |file| sizes(file, &[10, 1000, all - 1010])), "of several sizes");
    let short = signed_in(&picture(), &forge, &[], |file| sizes(file, &[10, 1000]));
    forge.refuses(&short, MALFORMED, "blocks that end before the picture does");
}

#[test]
fn a_changed_byte_in_any_block_is_noticed() {
    let forge = Forge::new();
    for (image, row) in [(picture(), 0), (in_parts(), usize::MAX)] {
        let file = signed(&forge, &image, row);
        let (start, length) = (at_payload(&file), payload(&file).len());
        for at in [start - 1, start, start + BLOCK, start + length - 1] {
            let mut file = file.clone();
            file[at] ^= 1;
            forge.refuses(&file, MISMATCH, &format!("row {row}, byte {at}"));
        }
    }
}

/// Nobody signed which part says which block it is for: the boxes stand beside the picture, and no hash covers them.
#[test]
fn blocks_that_change_places_are_noticed_though_their_parts_go_with_them() {
    let forge = Forge::new();
    let file = signed(&forge, &in_parts(), usize::MAX);
    forge.holds(&file, "as it was signed");
    let start = at_payload(&file);
    let count = rows(&picture())[0].len();
    let parts = |order: &[usize]| beside(&order.iter().map(|location| part(&picture(), *location)).collect::<Vec<_>>());
    let honest: Vec<usize> = (0..count).collect();
    let behind = file.len() - parts(&honest).len();
    let mut swapped = file.clone();
    swapped[start..start + BLOCK].copy_from_slice(&file[start + BLOCK..start + 2 * BLOCK]);
    swapped[start + BLOCK..start + 2 * BLOCK].copy_from_slice(&file[start..start + BLOCK]);
    let mut order = honest;
    order.swap(0, 1);
    forge.refuses(&[&swapped[..behind], &parts(&order)].concat(), MISMATCH, "two blocks");
    let mut twice = file.clone();
    twice[start + BLOCK..start + 2 * BLOCK].copy_from_slice(&file[start..start + BLOCK]);
    order[0] = 0;
    order[1] = 0;
    forge.refuses(&[&twice[..behind], &parts(&order)].concat(), MISMATCH, "one in the place of another");
}

#[test]
fn nothing_hides_in_the_parts_beside_the_picture() {
    let forge = Forge::new();
    let file = signed(&forge, &in_parts(), usize::MAX);
    let count = rows(&picture())[0].len();
    let honest: Vec<Value> = (0..count).map(|location| part(&picture(), location)).collect();
    let behind = file.len() - beside(&honest).len();
    let mut parts = honest.clone();
    parts[0] = with(parts[0].clone(), "note", text("hidden words"));
    forge.refuses(&[&file[..behind], &beside(&parts)].concat(), MISMATCH, "a word more");
    let mut parts = honest.clone();
    let given = entry(&honest[0], "hashes").as_array().cloned().expect("hashes");
    let more = [given, vec![Value::Bytes(b"hidden words".to_vec())]].concat();
    parts[0] = with(parts[0].clone(), "hashes", Value::Array(more));
    forge.refuses(&[&file[..behind], &beside(&parts)].concat(), MISMATCH, "words in the place of a hash");
    let hidden = provenance("merkle", &[cbor(&honest[0]), b"hidden words".to_vec()].concat());
    let rest = beside(&honest[1..]);
    forge.refuses(&[&file[..behind], &hidden, &rest].concat(), MISMATCH, "words behind it");
    let padded = provenance("merkle", &[cbor(&honest[0]), vec![0; 300]].concat());
    forge.holds(&[&file[..behind], &padded, &rest].concat(), "zeros behind it");
    let more = [beside(&honest), beside(&honest[..1])].concat();
    forge.refuses(&[&file[..behind], &more].concat(), MISMATCH, "one more");
}

#[test]
fn what_stands_before_the_blocks_cannot_be_left_out() {
    let forge = Forge::new();
    let without = signed_in(&picture(), &forge, &[], |file| {
        let Value::Map(mut value) = binding(file, vec![tree(file, 0)]) else { panic!("no map") };
        value.remove(&text("hash"));
        assertion(&Value::Map(value))
    });
    forge.refuses(&without, MISMATCH, "no hash of the whole");
    let whole = |exclusion: Value| {
        signed_in(&picture(), &forge, &[], |file| {
            let value = with(binding(file, vec![tree(file, 0)]), "hash", Value::Bytes(of_all_else(file, 0)));
            assertion(&with(value, "exclusions", exclusions_and(vec![exclusion.clone()])))
        })
    };
    let all = whole(map([("xpath", text("/mdat"))]));
    forge.refuses(&all, MISMATCH, "the beginning of the picture is left out too");
    let mut changed = all;
    let at = at_payload(&changed) - 1;
    changed[at] ^= 1;
    forge.refuses(&changed, MISMATCH, "and changed");
}

#[test]
fn a_still_picture_is_no_film_and_has_one_tree_for_each_of_its_parts() {
    let forge = Forge::new();
    // Of a film, each fragment is hashed, and the picture before them is left out.
    let film = [
        picture(),
        provenance("merkle", &cbor(&map([("uniqueId", number(0)), ("localId", number(0)), ("location", number(0))]))),
        boxed(b"moof", b"words"),
    ]
    .concat();
    let film = signed_in(&film, &forge, &[], |file| {
        let fragment = boxes(file).into_iter().find(|(kind, ..)| kind == b"moof").expect("a fragment");
        let hash = digest(&[&(fragment.1 as u64).to_be_bytes(), fragment.2].concat());
        let tree =
            map([("uniqueId", number(0)), ("localId", number(0)), ("count", number(1)), ("hashes", bytes(&[hash]))]);
        assertion(&binding(file, vec![tree]))
    });
    forge.refuses(&film, MISMATCH, "a fragment behind it");
    for (what, trees) in [("no tree", vec![]), ("two trees", vec![tree(&picture(), 0), tree(&picture(), 0)])] {
        let file = signed_in(&picture(), &forge, &[], |file| assertion(&binding(file, trees.clone())));
        forge.refuses(&file, MISMATCH, what);
    }
    let both = signed_in(&picture(), &forge, &[], |file| {
        let sizes = Value::Array(vec![number(payload(file).len())]);
        assertion(&binding(file, vec![with(tree(file, 0), "variableBlockSizes", sizes)]))
    });
    forge.refuses(&both, MALFORMED, "blocks of one size and of several");
    let words = signed_in(&picture(), &forge, &[], |file| assertion(&binding(file, vec![text("words")])));
    assert_eq!(forge.judge(&words).state, touchmark_core::manifest::State::Invalid);
}

#[test]
fn blocks_are_of_boxes_and_say_nothing_elsewhere() {
    let forge = Forge::new();
    let image = crate::bound::picture(MediaType::Png);
    let make = |binding: Assertion| {
        let manifest = Manifest::new(vec![created(), binding]);
        store(&[forge.seal(&manifest).whole()])
    };
    // In another hash, a tree is a field that nobody knows: the hash covers all.
    let tree_beside = bound_with(&image, MediaType::Png, make, |file, frame| {
        let kept = [&file[..frame.start], &file[frame.end..]].concat();
        let range = map([("start", number(frame.start)), ("length", number(frame.len()))]);
        let value = map([
            ("exclusions", Value::Array(vec![range])),
            ("alg", text("sha256")),
            ("hash", Value::Bytes(digest(&kept))),
            ("pad", Value::Bytes(Vec::new())),
            ("merkle", Value::Array(vec![tree(&picture(), 0)])),
        ]);
        Assertion::new("c2pa.hash.data", &value)
    });
    forge.holds(&tree_beside, "beside a hash over bytes");
    let mut changed = tree_beside;
    let at = changed.len() - 20;
    changed[at] ^= 1;
    forge.refuses(&changed, "assertion.dataHash.mismatch", "and a byte changed");
    let of_boxes =
        bound_with(&image, MediaType::Png, make, |_, _| assertion(&binding(&picture(), vec![tree(&picture(), 0)])));
    forge.refuses(&of_boxes, MISMATCH, "a hash over boxes of a file that has none");
}
