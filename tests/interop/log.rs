//! A real log, published as a folder and cosigned by a witness, read by the crates `signed_note` and `tlog_tiles` with the log's key alone.

use std::fs;
use std::path::{Path, PathBuf};

use ed25519_dalek::Verifier as _;
use rand_core::{OsRng, RngCore};
use signed_note::{Note as TheirNote, StandardVerifier, Verifier, VerifierList};
use tempfile::TempDir;
use tlog_tiles::checkpoint::Checkpoint as TheirCheckpoint;
use tlog_tiles::tile::{Tile as TheirTile, TileHashReader, TileReader};
use tlog_tiles::tlog as theirs;
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::event::Event;
use touchmark_core::home::Home;
use touchmark_core::ledger::Snapshot;
use touchmark_core::publish::publish;
use touchmark_core::tlog::checkpoint::SignedCheckpoint;
use touchmark_core::tlog::consistency::Consistency;
use touchmark_core::tlog::note::VerifierKey;
use touchmark_core::witness::{Answer, request};

const EDGE: Edge<'static> = Edge {
    now: &|| Moment {
        time: jiff::Timestamp::constant(1_770_000_000, 0),
        clock: Clock { synchronised: true, max_error_us: None },
    },
    random: &|bytes| OsRng.fill_bytes(bytes),
};

/// 2026-02-02.
const TIME: u64 = 1_770_000_000;

struct World {
    dir: TempDir,
    home: Home,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("folder");
        let home = Home::create(&dir.path().join("home"), "North", EDGE).expect("home");
        Self { dir, home }
    }

    /// Adds records until there are so many, and publishes them.
    fn grow(&self, records: u64) -> Snapshot {
        let event =
            br#"{"type":"INCIDENT","system":{"name":"studio","version":"1"},"actor":{"subject":"emp-1","auth":"oidc"},
            "severity":"minor","category":"outage","description":"stood still"}"#;
        let (mut ledger, _) = self.home.ledger(EDGE).expect("writer");
        let events: Vec<Event> = (ledger.size()..records).map(|_| Event::parse(event).expect("an event")).collect();
        ledger.append(&events, EDGE).expect("appended");
        drop(ledger);
        let snapshot = self.home.reader().expect("a log").snapshot().expect("a checkpoint");
        publish(&snapshot, snapshot.note(), &self.public()).expect("could write").expect("published");
        snapshot
    }

    fn public(&self) -> PathBuf {
        self.dir.path().join("public")
    }

    fn key(&self) -> VerifierKey {
        self.home.reader().expect("a log").key().clone()
    }
}

/// The published folder in the hands of their client.
struct Folder(PathBuf);

impl TileReader for Folder {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[TheirTile]) -> Result<Vec<Vec<u8>>, theirs::Error> {
        // Their names carry the height, `tile/8/…`, which tlog-tiles fixes at 8 and leaves out.
        let read =
            |tile: &TheirTile| fs::read(self.0.join(tile.path().replacen("tile/8/", "tile/", 1))).expect("published");
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _: &[TheirTile], _: &[Vec<u8>]) {}
}

/// The checkpoint of the folder as their code reads and verifies it.
fn their_checkpoint(dir: &Path, key: &VerifierKey) -> TheirCheckpoint {
    let note = TheirNote::from_bytes(&fs::read(dir.join("checkpoint")).expect("published")).expect("our note");
    let verifier = StandardVerifier::new(&key.to_string()).expect("our key");
    note.verify(&VerifierList::new(vec![Box::new(verifier)])).expect("our signature");
    TheirCheckpoint::from_bytes(note.text()).expect("our checkpoint")
}

/// The entries of a bundle, read by hand as the specification has it: two bytes of length before each.
fn entries(path: &Path) -> Vec<Vec<u8>> {
    let bytes = fs::read(path).expect("published");
    let mut rest = bytes.as_slice();
    let mut entries = Vec::new();
    while let Some(([high, low], after)) = rest.split_first_chunk::<2>() {
        let (entry, after) = after.split_at(usize::from(*high) << 8 | usize::from(*low));
        entries.push(entry.to_vec());
        rest = after;
    }
    entries
}

#[test]
fn their_client_follows_our_folder_and_finds_every_entry_in_it() {
    let world = World::new();
    for records in [3, 256, 300, 600] {
        world.grow(records);
        let checkpoint = their_checkpoint(&world.public(), &world.key());
        assert_eq!((checkpoint.origin(), checkpoint.size()), (world.home.config().log.origin.as_str(), records));
        let folder = Folder(world.public());
        // It believes no tile that does not lead to the root that the log signed.
        let tree = TileHashReader::new(records, *checkpoint.hash(), &folder);
        let mut seen = 0;
        for bundle in touchmark_core::tlog::tile::Tile::between(0, records) {
            if bundle.content() != touchmark_core::tlog::tile::Content::Entries {
                continue;
            }
            for entry in entries(&world.public().join(bundle.to_string())) {
                let leaf = theirs::record_hash(&entry);
                if seen % 37 == 0 || seen + 1 == records {
                    let proof = theirs::prove_record(records, seen, &tree).expect("from our tiles");
                    theirs::check_record(&proof, records, *checkpoint.hash(), seen, leaf).expect("our entry");
                    assert!(
                        theirs::check_record(&proof, records, *checkpoint.hash(), seen, theirs::record_hash(b"other"))
                            .is_err()
                    );
                }
                seen += 1;
            }
        }
        assert_eq!(seen, records);
    }
}

#[test]
fn their_client_refuses_a_folder_with_one_wrong_hash() {
    let world = World::new();
    // A size with as many edge tiles as ones in binary: version 0.2 of their client leaves full tiles unchecked where there are fewer.
    world.grow(257);
    let checkpoint = their_checkpoint(&world.public(), &world.key());
    let path = world.public().join("tile/0/000");
    let mut tile = fs::read(&path).expect("published");
    tile[40] ^= 1;
    fs::write(&path, tile).expect("written");
    let folder = Folder(world.public());
    let tree = TileHashReader::new(257, *checkpoint.hash(), &folder);
    assert!(theirs::prove_record(257, 1, &tree).is_err());
}

#[test]
fn their_client_sees_that_the_log_continues_and_takes_our_proof_of_it() {
    let world = World::new();
    world.grow(40);
    let old = their_checkpoint(&world.public(), &world.key());
    let snapshot = world.grow(600);
    let new = their_checkpoint(&world.public(), &world.key());
    let folder = Folder(world.public());
    let made = theirs::prove_tree(600, 40, &TileHashReader::new(600, *new.hash(), &folder)).expect("from our tiles");
    theirs::check_tree(&made, 600, *new.hash(), 40, *old.hash()).expect("consistent");
    // What we print, read as lines by somebody who knows base64 alone.
    let text = snapshot.consistency(40, snapshot.note()).expect("proved").to_string();
    let lines: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).collect();
    assert_eq!(lines[0], "old 40");
    let printed: Vec<theirs::Hash> =
        lines[1..].iter().map(|line| theirs::Hash::parse_hash(line).expect("a hash")).collect();
    assert_eq!(printed, made);
    let note = TheirNote::from_bytes(text.split_once("\n\n").expect("an empty line").1.as_bytes()).expect("our note");
    assert_eq!(TheirCheckpoint::from_bytes(note.text()).expect("a checkpoint"), new);
}

/// A cosignature as their code checks it, with the text of tlog-cosignature written out here.
struct Cosignature {
    name: String,
    id: u32,
    key: ed25519_dalek::VerifyingKey,
}

impl Verifier for Cosignature {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let Some((time, signature)) = signature.split_first_chunk::<8>() else { return false };
        let time = u64::from_be_bytes(*time);
        let message = [format!("cosignature/v1\ntime {time}\n").as_bytes(), text].concat();
        let signature = ed25519_dalek::Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.key.verify(&message, &signature).is_ok())
    }
}

impl Cosignature {
    /// The id as the specification computes it: over the name, a line feed, 0x04 and the key.
    fn of(key: &VerifierKey) -> Self {
        let material = [&[4_u8], key.public_key().as_bytes().as_slice()].concat();
        Self { name: key.name().to_owned(), id: signed_note::key_id(key.name(), &material), key: *key.public_key() }
    }
}

/// The checkpoint of the log, cosigned by another home.
fn cosigned(world: &World) -> (SignedCheckpoint, VerifierKey) {
    let dir = world.dir.path().join("watch");
    let witness = Home::create(&dir, "Watch", EDGE).expect("home").witness(EDGE).expect("witness");
    witness.trust(&world.key()).expect("kept");
    match witness.cosign(&request(&world.public(), 0).expect("a request"), TIME).expect("could look") {
        Answer::Cosigned(note) => (note, witness.verifier().clone()),
        Answer::Refused(refusal) => panic!("{refusal}"),
    }
}

#[test]
fn they_verify_a_checkpoint_that_was_cosigned_by_our_witness() {
    let world = World::new();
    world.grow(20);
    let (note, witness) = cosigned(&world);
    let read = TheirNote::from_bytes(note.to_string().as_bytes()).expect("our note, their parser");
    let log = || Box::new(StandardVerifier::new(&world.key().to_string()).expect("our key"));
    // Without the witness's key its line is one of an unknown key, and the log's still counts.
    let (verified, unknown) = read.verify(&VerifierList::new(vec![log()])).expect("the log's signature");
    assert_eq!((verified.len(), unknown.len()), (1, 1));
    let both = VerifierList::new(vec![log(), Box::new(Cosignature::of(&witness))]);
    let (verified, unknown) = read.verify(&both).expect("both signatures");
    assert_eq!((verified.len(), unknown.len()), (2, 0));
    // One bit of the time changed, and it is refused.
    let line = verified[1].signature();
    let mut changed = line.to_vec();
    changed[7] ^= 1;
    let other = signed_note::Signature::new(witness.name().to_owned(), witness.id(), changed).expect("a line");
    let forged = TheirNote::new(read.text(), &[verified[0].clone(), other]).expect("a note");
    assert!(forged.verify(&both).is_err());
}

#[test]
fn what_their_code_wrote_is_taken_by_our_witness_and_by_the_operator() {
    let world = World::new();
    let snapshot = world.grow(20);
    // The request, with the note written by their code.
    let read = TheirNote::from_bytes(snapshot.note().to_string().as_bytes()).expect("our note");
    let text = ["old 0\n\n".as_bytes(), &read.to_bytes()].concat();
    let request = Consistency::parse(&text).expect("a request");
    let dir = world.dir.path().join("watch");
    let witness = Home::create(&dir, "Watch", EDGE).expect("home").witness(EDGE).expect("witness");
    witness.trust(&world.key()).expect("kept");
    let Answer::Cosigned(note) = witness.cosign(&request, TIME).expect("could look") else { panic!("refused") };
    // Their parser and their writer between the witness and the operator.
    let carried = TheirNote::from_bytes(note.to_string().as_bytes()).expect("our note").to_bytes();
    let carried = SignedCheckpoint::parse(&carried).expect("their note, our parser");
    let taken = world.home.cosigned().take_in(&carried, &snapshot, &[witness.verifier().clone()]);
    assert_eq!(taken.expect("could look").expect("taken in").cosigners.len(), 1);
}
