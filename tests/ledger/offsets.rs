//! The lists of where lines end are only hints. Whatever stands in them, what is read is what stands in the lines.

use std::fs;
use std::ops::ControlFlow;

use touchmark_core::ledger::Store;
use touchmark_core::ledger::file::FileStore;

use crate::world::{World, append, assert_whole};

const LINES: u64 = 8;
const RECORDS: u64 = 13;

fn list(world: &World, number: u64) -> std::path::PathBuf {
    world.path(&format!("segments/{number:010}.offsets"))
}

fn ends(bytes: &[u8]) -> Vec<u64> {
    bytes.as_chunks::<8>().0.iter().map(|end| u64::from_le_bytes(*end)).collect()
}

fn as_bytes(ends: &[u64]) -> Vec<u8> {
    ends.iter().flat_map(|end| end.to_le_bytes()).collect()
}

/// Lists that are wrong in every way that we can think of.
fn wrong(right: &[u8], other: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let ends = ends(right);
    let (first, third) = (ends[0], ends[2]);
    let changed = |change: &dyn Fn(&mut Vec<u64>)| {
        let mut ends = ends.clone();
        change(&mut ends);
        as_bytes(&ends)
    };
    vec![
        ("empty", Vec::new()),
        ("old", right[..16].to_vec()),
        ("cut in an entry", right[..right.len() - 3].to_vec()),
        ("garbage", (0..200_u8).collect()),
        ("zeros", vec![0; right.len()]),
        ("of another log", other.to_vec()),
        ("pointing into a line", changed(&|ends| ends[1] += 10)),
        ("pointing into the last line", changed(&|ends| *ends.last_mut().expect("some") -= 5)),
        ("pointing behind the end", changed(&|ends| *ends.last_mut().expect("some") += 1)),
        ("with an absurd end", changed(&|ends| ends[2] = u64::MAX)),
        ("without its first entry: each points to the line after", changed(&|ends| ends.retain(|end| *end != first))),
        ("without an entry in the middle", changed(&|ends| ends.retain(|end| *end != third))),
        ("with an entry twice: each points to the line before", changed(&|ends| ends.insert(1, ends[0]))),
        ("with two entries exchanged", changed(&|ends| ends.swap(1, 3))),
        ("longer than the file", changed(&|ends| ends.push(ends[0]))),
    ]
}

fn assert_reads(store: &dyn Store, lines: &[Vec<u8>], what: &str) {
    assert_eq!(store.size().expect("size"), lines.len() as u64, "{what}");
    for from in 0..=lines.len() {
        assert_eq!(store.read(from as u64).expect("read").as_ref(), lines.get(from), "line {from}, list {what}");
        let mut seen = Vec::new();
        let scanned = store.scan(from as u64, &mut |seq, line| {
            seen.push((seq, line.to_vec()));
            ControlFlow::Continue(())
        });
        scanned.expect("scanned");
        let expected: Vec<_> = (from as u64..).zip(lines[from..].iter().cloned()).collect();
        assert_eq!(seen, expected, "from line {from}, list {what}");
    }
}

#[test]
fn no_list_makes_a_reader_read_another_line_or_a_writer_miscount() {
    let (world, other) = (World::with_segments_of(LINES), World::with_segments_of(LINES));
    world.fill(RECORDS);
    other.fill(RECORDS);
    let lines: Vec<Vec<u8>> = (0..RECORDS).map(|seq| world.reader().line(seq).expect("there")).collect();
    for number in [0, 1] {
        let right = fs::read(list(&world, number)).expect("read");
        for (what, bytes) in wrong(&right, &fs::read(list(&other, number)).expect("read")) {
            fs::write(list(&world, number), &bytes).expect("written");
            assert_reads(world.reader_store().as_ref(), &lines, what);
            let (store, torn) = FileStore::writer_of(&world.ledger_dir(), LINES).expect("opened");
            assert_eq!(torn, None, "{what}");
            assert_reads(&store, &lines, what);
        }
        fs::write(list(&world, number), right).expect("written");
    }
}

#[test]
fn the_writer_puts_the_list_right() {
    let world = World::with_segments_of(LINES);
    world.fill(6);
    let first = fs::read(list(&world, 0)).expect("read");
    for (what, bytes) in wrong(&first, &first) {
        fs::write(list(&world, 0), bytes).expect("written");
        assert_eq!(world.open().size(), 6, "{what}");
    }
    fs::write(list(&world, 0), "nonsense and more").expect("written");
    world.fill(7);
    let mut sum = 0;
    let expected: Vec<u64> = world
        .lines()
        .iter()
        .map(|line| {
            sum += line.len() as u64 + 1;
            sum
        })
        .collect();
    assert_eq!(ends(&fs::read(list(&world, 0)).expect("read")), expected);
    assert_whole(&world.check(), 7);
}

#[test]
fn beside_a_writer_the_list_is_behind_and_every_line_is_read() {
    let world = World::with_segments_of(128);
    let listed = || ends(&fs::read(list(&world, 0)).expect("read")).len();
    let mut ledger = world.open();
    while ledger.size() < 70 {
        append(&mut ledger, 1).expect("appended");
    }
    assert!((32..70).contains(&listed()), "{} are listed", listed());
    let lines = world.lines();
    assert_reads(world.reader_store().as_ref(), &lines, "of a writer at work");
    drop(ledger);
    assert_eq!(listed(), 70);
}

#[test]
fn without_any_list_and_where_none_can_be_written_the_log_goes_on() {
    let world = World::with_segments_of(LINES);
    world.fill(3);
    fs::remove_file(list(&world, 0)).expect("removed");
    fs::create_dir(list(&world, 0)).expect("created");
    world.fill(RECORDS);
    let lines: Vec<Vec<u8>> = (0..RECORDS).map(|seq| world.reader().line(seq).expect("there")).collect();
    assert_reads(world.reader_store().as_ref(), &lines, "that is a folder");
    assert_whole(&world.check(), RECORDS);
}
