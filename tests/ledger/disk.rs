//! Real file systems that fail: one that is full, one that turns read-only, and, by a shim under the C library (`failing.c`), one whose
//! syncs, writes and renames answer with an error. Nothing is acknowledged that is not durable, the open log takes nothing more, and
//! opened again it is whole.
#![expect(clippy::disallowed_methods, reason = "the folder to fail is told to a second process")]
#![expect(clippy::print_stdout, reason = "what was skipped is said aloud")]

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use touchmark_core::ledger::{CHECKPOINT, Error};

use crate::faults::{assert_recovered, work};
use crate::full::kind;
use crate::world::{World, append, assert_whole};

/// Set in the process that runs with the shim: the folder whose calls fail.
const DIR: &str = "FAULTY_DIR";

/// Runs the test `name` again in a process of its own under the shim. `None` in that process.
fn under_the_shim(name: &str) -> Option<()> {
    if std::env::var_os(DIR).is_some() {
        return None;
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (source, shim) =
        (Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/ledger/failing.c"), dir.path().join("failing.so"));
    let compiler =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-Wall", "-o"]).arg(&shim).arg(source).arg("-ldl").status();
    if !cfg!(target_env = "gnu") || !compiler.is_ok_and(|status| status.success()) {
        println!(
            "SKIPPED: no C compiler (cc) here to build the shim that lets calls fail, or not a C library that it fits"
        );
        return Some(());
    }
    let run = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", &format!("disk::{name}"), "--nocapture", "--test-threads", "1"])
        .env("LD_PRELOAD", &shim)
        .env("TMPDIR", dir.path())
        .env(DIR, dir.path())
        .output()
        .expect("started");
    let said = String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).into_owned();
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
    assert!(said.contains("the shim let"), "the shim was not asked: {said}");
    println!("{}", said.lines().find(|line| line.contains("the shim let")).unwrap_or_default());
    Some(())
}

/// What the shim is told.
struct Plan {
    dir: PathBuf,
    generation: u32,
}

impl Plan {
    fn new() -> Self {
        Self { dir: std::env::var_os(DIR).expect("under the shim").into(), generation: 0 }
    }

    /// From the `nth` call of this kind on: one, or (`stays`) all answer with this error.
    fn set(&mut self, call: &str, nth: u32, errno: i32, stays: bool) {
        self.generation += 1;
        fs::write(self.dir.join("plan"), format!("{} {call} {nth} {errno} {}", self.generation, i32::from(stays)))
            .expect("written");
    }

    /// Nothing fails any more. Answers whether something did.
    fn end(&self) -> bool {
        fs::remove_file(self.dir.join("plan")).expect("removed");
        fs::remove_file(self.dir.join("failed")).is_ok()
    }
}

const EIO: i32 = 5;
const ENOSPC: i32 = 28;
const EROFS: i32 = 30;

#[test]
fn whichever_call_to_the_file_system_fails_nothing_acknowledged_is_lost_and_the_log_goes_on() {
    let name = "whichever_call_to_the_file_system_fails_nothing_acknowledged_is_lost_and_the_log_goes_on";
    if under_the_shim(name).is_some() {
        return;
    }
    let mut plan = Plan::new();
    let cases = [
        ("fdatasync", &[(EIO, false), (EIO, true)][..]),
        ("fsync", &[(EIO, false), (EIO, true)]),
        ("fsync-dir", &[(EIO, false), (EIO, true)]),
        ("write", &[(EIO, false), (ENOSPC, true)]),
        ("rename", &[(EROFS, true)]),
        ("ftruncate", &[(EIO, true)]),
    ];
    for (call, errors) in cases {
        let mut failed = 0;
        for &(errno, stays) in errors {
            for nth in 0.. {
                let world = World::with_segments_of(4);
                world.fill(2);
                let what = format!("{call} {nth} answers with {errno}, stays: {stays}");
                let mut acknowledged = Vec::new();
                plan.set(call, nth, errno, stays);
                let result = world.writer_store().and_then(|store| work(&world, store, &mut acknowledged));
                if !plan.end() {
                    result.unwrap_or_else(|error| panic!("{what}: nothing failed: {error}"));
                    break;
                }
                failed += 1;
                // Lists of offsets and indexes are derived, and written without a sync: the log goes on without them.
                assert!(result.is_err() || !call.contains("sync"), "{what}: a sync failed and nobody was told");
                assert_recovered(&world, &world.writer_store().expect("opened"), &acknowledged, &what);
            }
        }
        println!("the shim let {failed} calls of {call} fail");
        assert!(failed > 0 || call == "ftruncate", "{call} was never called");
    }
}

#[test]
fn lines_that_a_killed_writer_left_are_synced_before_a_checkpoint_covers_them() {
    if under_the_shim("lines_that_a_killed_writer_left_are_synced_before_a_checkpoint_covers_them").is_some() {
        return;
    }
    let mut plan = Plan::new();
    // The second time the last file is full, so that no later append would sync it.
    for records in [4, 5, 6, 8] {
        let world = World::with_segments_of(4);
        world.fill(2);
        let older = fs::read(world.path(CHECKPOINT)).expect("read");
        world.fill(records);
        fs::write(world.path(CHECKPOINT), &older).expect("written");
        for call in ["fsync", "fsync-dir"] {
            plan.set(call, 0, EIO, true);
            let refused = world.try_open().expect_err("what stands there is perhaps not on the disk");
            assert!(plan.end() && matches!(refused, Error::Io { .. }), "{refused}");
            assert_eq!(fs::read(world.path(CHECKPOINT)).expect("read"), older, "nothing was signed over it");
        }
        assert_eq!(world.open().size(), records);
        assert_whole(&world.check(), records);
    }
    println!("the shim let each fail");
}

/// A small file system of its own, until it is dropped.
struct Mount(TempDir);

impl Mount {
    fn new(size: &str) -> Option<Self> {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(dir.path())
            .stderr(Stdio::null())
            .status();
        if mount.is_ok_and(|status| status.success()) {
            return Some(Self(dir));
        }
        println!("SKIPPED: a file system cannot be mounted here (that takes root)");
        None
    }

    fn remount(&self, how: &str) {
        let remounted = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(self.0.path()).status();
        assert!(remounted.expect("mount").success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(self.0.path()).status());
    }
}

#[test]
fn a_log_on_a_file_system_that_fills_up_keeps_what_it_acknowledged_and_goes_on_when_there_is_room() {
    let Some(mount) = Mount::new("256k") else { return };
    let world = World::below(mount.0.path(), 1 << 16);
    let ballast = mount.0.path().join("ballast");
    world.fill(1);
    fs::write(&ballast, vec![0; 64 << 10]).expect("room");
    for _ in 0..3 {
        let mut acknowledged = Vec::new();
        let failed = world.try_open().and_then(|mut ledger| {
            for _ in 0..1000 {
                match append(&mut ledger, 3) {
                    Ok(receipts) => acknowledged.extend(receipts),
                    Err(error) => {
                        assert!(matches!(append(&mut ledger, 1), Err(Error::Poisoned)));
                        return Err(error);
                    }
                }
            }
            Ok(())
        });
        let failed = failed.expect_err("it is full");
        assert_eq!(kind(&failed), Some(ErrorKind::StorageFull), "{failed}");
        let reader = world.reader();
        for receipt in &acknowledged {
            assert_eq!(reader.record(receipt.seq).expect("not lost").id, receipt.id);
        }
        // Whoever comes while there is no room is refused or served, and nothing is lost by it.
        drop(world.try_open());
    }
    fs::remove_file(&ballast).expect("removed");
    let mut ledger = world.open();
    append(&mut ledger, 3).expect("there is room again");
    assert_whole(&world.check(), ledger.size());
}

#[test]
fn a_log_on_a_file_system_that_is_read_only_is_read_and_not_written() {
    let Some(mount) = Mount::new("1m") else { return };
    let world = World::below(mount.0.path(), 1 << 16);
    world.fill(3);
    mount.remount("ro");
    let refused = world.writer_store().map(drop).expect_err("nothing can be written");
    assert_eq!(kind(&refused), Some(ErrorKind::ReadOnlyFilesystem), "{refused}");
    let reader = world.reader();
    let record = reader.record(1).expect("read");
    assert_eq!(reader.find(record.id).expect("found"), 1);
    reader.prove(1).expect("proved");
    assert_whole(&world.check(), 3);
    mount.remount("rw");
    world.fill(5);
    assert_whole(&world.check(), 5);
}
