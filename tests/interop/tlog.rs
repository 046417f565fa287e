//! Our notes, checkpoints, proofs and tiles against the crates `signed_note` and `tlog_tiles`.

use ed25519_dalek::SigningKey;
use signed_note::{Note as TheirNote, StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::checkpoint::Checkpoint as TheirCheckpoint;
use tlog_tiles::tile::Tile as TheirTile;
use tlog_tiles::tlog as theirs;
use touchmark_core::hash::Hash;
use touchmark_core::merkle::{self, Levels, Nodes};
use touchmark_core::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use touchmark_core::tlog::note::{LocalSigner, Note, NoteSigner, SignatureType, VerifierKey};
use touchmark_core::tlog::tile::{Content, HashTile, Tile};

const ORIGIN: &str = "example.com/log";
const SEED: [u8; 32] = [42; 32];

fn our_signer() -> LocalSigner {
    LocalSigner::new(ORIGIN, SignatureType::Ed25519, SigningKey::from_bytes(&SEED)).expect("a valid name")
}

/// The same key for the other side, which reads private keys as text.
fn their_signer() -> StandardSigner {
    use base64::Engine;
    let id = our_signer().verifier().id();
    let seed = base64::engine::general_purpose::STANDARD.encode([&[1_u8][..], &SEED].concat());
    StandardSigner::new(&format!("PRIVATE+KEY+{ORIGIN}+{id:08x}+{seed}")).expect("the format they document")
}

fn their_verifier() -> VerifierList {
    let verifier = StandardVerifier::new(&our_signer().verifier().to_string()).expect("our key, their parser");
    VerifierList::new(vec![Box::new(verifier)])
}

/// A tree that both sides can read: theirs asks by storage index.
struct Tree(Levels);

impl theirs::HashReader for Tree {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<theirs::Hash>, theirs::Error> {
        let read = |index: &u64| {
            let (level, node) = theirs::split_stored_hash_index(*index);
            their_hash(&self.0.node(level, node).expect("complete nodes only"))
        };
        Ok(indexes.iter().map(read).collect())
    }
}

fn tree(size: u64) -> Tree {
    Tree((0..size).map(|n| merkle::leaf_hash(&n.to_be_bytes())).collect())
}

fn their_hash(hash: &Hash) -> theirs::Hash {
    theirs::Hash(*hash.as_bytes())
}

fn our_hashes(hashes: Vec<theirs::Hash>) -> Vec<Hash> {
    hashes.into_iter().map(|hash| Hash::from_bytes(hash.0)).collect()
}

#[test]
fn they_verify_our_notes_and_we_theirs() {
    for text in ["one line\n", "two\nlines\n", "an\n\nempty line\n", "ed è subito sera.\n"] {
        let mut ours = Note::new(text.to_owned()).expect("a text");
        ours.sign(&our_signer()).expect("a local key signs");
        let read = TheirNote::from_bytes(ours.to_string().as_bytes()).expect("our note, their parser");
        assert_eq!(read.text(), text.as_bytes());
        assert_eq!(read.verify(&their_verifier()).expect("our signature").0.len(), 1);

        let mut written = TheirNote::new(text.as_bytes(), &[]).expect("a text");
        written.add_sigs(&[&their_signer()]).expect("a local key signs");
        // Ed25519 is deterministic, so the two notes are the same bytes.
        assert_eq!(written.to_bytes(), ours.to_string().as_bytes());
        let read = Note::parse(&written.to_bytes()).expect("their note, our parser");
        assert_eq!(read.verify(&[our_signer().verifier().clone()]).expect("their signature").len(), 1);
    }
}

#[test]
fn a_verifier_key_is_one_text() {
    let ours = our_signer().verifier().clone();
    let written = signed_note::new_ed25519_verifier_key(ORIGIN, ours.public_key());
    assert_eq!(written.parse::<VerifierKey>().expect("their key, our parser"), ours);
    assert_eq!(written, ours.to_string());
}

#[test]
fn they_read_our_checkpoints_and_we_theirs() {
    for extension in ["", "more\n", "more\nand more\n"] {
        let root = merkle::leaf_hash(b"root");
        let written = TheirCheckpoint::new(ORIGIN, 20_852_163, their_hash(&root), extension).expect("a checkpoint");
        let text = String::from_utf8(written.to_bytes()).expect("text");
        let ours = Checkpoint::parse(&text).expect("their checkpoint, our parser");
        assert_eq!((ours.origin(), ours.size(), ours.root()), (ORIGIN, 20_852_163, &root));

        let signed = ours.sign(&our_signer()).expect("a local key signs");
        let note = TheirNote::from_bytes(signed.to_string().as_bytes()).expect("our note, their parser");
        note.verify(&their_verifier()).expect("our signature");
        let read = TheirCheckpoint::from_bytes(note.text()).expect("our checkpoint, their parser");
        assert_eq!(read, written);
        let keys = [our_signer().verifier().clone()];
        assert!(SignedCheckpoint::parse(&note.to_bytes()).expect("the same bytes").verify(&keys).is_ok());
    }
}

#[test]
fn roots_and_proofs_are_the_same_hashes_and_hold_on_both_sides() {
    let tree = tree(300);
    for size in (1..=70).chain([127, 128, 129, 255, 256, 257, 300]) {
        let root = merkle::root(size, &tree.0).expect("complete");
        let their_root = theirs::tree_hash(size, &tree).expect("complete");
        assert_eq!(root.as_bytes(), &their_root.0, "root of {size}");
        for index in (0..size).step_by(3) {
            let leaf = merkle::leaf_hash(&index.to_be_bytes());
            let ours = merkle::inclusion_proof(index, size, &tree.0).expect("in range");
            let written = theirs::prove_record(size, index, &tree).expect("in range");
            assert_eq!(our_hashes(written.clone()), ours, "leaf {index} of {size}");
            theirs::check_record(&written, size, their_root, index, their_hash(&leaf)).expect("our proof");
            assert_eq!(merkle::verify_inclusion(&leaf, index, size, &ours, &root), Ok(()));
        }
        for old in (1..=size).step_by(3) {
            let old_root = merkle::root(old, &tree.0).expect("complete");
            let ours = merkle::consistency_proof(old, size, &tree.0).expect("in range");
            let written = theirs::prove_tree(size, old, &tree).expect("in range");
            assert_eq!(our_hashes(written.clone()), ours, "{old} to {size}");
            theirs::check_tree(&written, size, their_root, old, their_hash(&old_root)).expect("our proof");
            assert_eq!(merkle::verify_consistency(old, &old_root, size, &root, &ours), Ok(()));
        }
    }
}

#[test]
fn tiles_have_the_same_names_and_bytes() {
    const SIZE: u64 = 70_000;
    let tree = tree(SIZE);
    // Their names carry the height, `tile/8/…`, which tlog-tiles fixes at 8 and leaves out.
    let our_name = |tile: &TheirTile| tile.path().replacen("tile/8/", "tile/", 1).replacen("data", "entries", 1);
    for (old, new) in [(0, SIZE), (0, 1), (0, 256), (255, 257), (65_535, 65_537)] {
        let written: Vec<TheirTile> = TheirTile::new_tiles(8, old, new);
        let names: Vec<String> = written.iter().map(our_name).collect();
        let ours = Tile::between(old, new).filter(|tile| tile.content() != Content::Entries);
        assert_eq!(ours.map(|tile| tile.to_string()).collect::<Vec<_>>(), names, "{old} to {new}");
    }
    for written in TheirTile::new_tiles(8, 0, SIZE) {
        let ours: Tile = our_name(&written).parse().expect("their name, our parser");
        let bytes = written.read_data(&tree).expect("complete");
        let tile = HashTile::decode(&bytes, ours.width()).expect("their bytes, our parser");
        assert_eq!(tile.encode(), bytes);
        let Content::Hashes { level } = ours.content() else { panic!("{ours}") };
        let first = tree.0.node(level * 8, ours.index() * 256).expect("complete");
        assert_eq!(tile.hashes()[0], first, "{ours}");
    }
    for (index, width) in [(0, 256), (1_234_067, 7), (u64::MAX, 256)] {
        let written = TheirTile::new(8, 0, index, width, true);
        let ours: Tile = our_name(&written).parse().expect("their name, our parser");
        assert_eq!((ours.content(), ours.index(), u32::from(ours.width())), (Content::Entries, index, width));
        let theirs = ours.to_string().replacen("tile/entries", "tile/8/data", 1);
        assert_eq!(TheirTile::from_path(&theirs).expect("our name, their parser"), written);
    }
}
