//! Every parser against bytes that nobody wrote for it. A [`Target`] panics where a promise is broken: that no input makes a parser
//! crash, hang or grow without bound, and that what is accepted means one thing.
//!
//! `cargo test --workspace` runs all seeds, and all crashes that were ever found, through their targets. `fuzz/run` fuzzes.

mod files;
mod log;
mod pictures;
mod records;
mod tlog;

/// A parser, or several of one kind.
#[derive(Debug)]
pub struct Target {
    /// Its name: that of its folder in `fuzz/seeds`, too.
    pub name: &'static str,
    /// Takes any bytes.
    pub run: fn(&[u8]),
    /// In how many places `cargo test` cuts and changes each seed.
    pub places: usize,
}

/// All targets.
pub const TARGETS: &[Target] = &[
    quick("line", log::line),
    quick("record", records::record),
    quick("event", records::event),
    quick("private", records::private),
    quick("disclosure", records::disclosure),
    quick("note", tlog::note),
    quick("checkpoint", tlog::checkpoint),
    quick("proof", tlog::proof),
    quick("consistency", tlog::consistency),
    quick("cosignature", tlog::cosignature),
    quick("key", tlog::key),
    quick("keys", log::keys),
    quick("absence", log::absence),
    quick("opening", log::opening),
    quick("packed", log::packed),
    quick("pointer", log::pointer),
    quick("name", log::name),
    quick("tile", tlog::tile),
    quick("tile-path", tlog::tile_path),
    quick("bundle", tlog::bundle),
    quick("link", log::link),
    quick("register", files::register),
    quick("config", files::config),
    quick("key-file", files::key_file),
    quick("shelf", files::shelf),
    quick("certificate", files::certificate),
    quick("ocsp", files::ocsp),
    quick("token", files::token),
    quick("fingerprint", pictures::fingerprint),
    quick("jumbf", pictures::jumbf),
    slow("picture", pictures::picture),
    quick("xmp", pictures::packet),
    slow("decode", pictures::decode),
    slow("verdict", pictures::verdict),
    slow("store", pictures::store),
];

const fn quick(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run, places: 100 }
}

const fn slow(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run, places: 6 }
}

/// The target of this name.
pub fn named(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
