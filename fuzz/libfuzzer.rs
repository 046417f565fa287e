//! libFuzzer's program: the target is named in the environment. `fuzz/run` starts it.
#![no_main]

use std::sync::OnceLock;

use touchmark_fuzz::{Target, named};

fn target() -> &'static Target {
    static TARGET: OnceLock<&'static Target> = OnceLock::new();
    TARGET.get_or_init(|| {
        let name = std::env::var("TOUCHMARK_FUZZ").unwrap_or_default();
        named(&name).unwrap_or_else(|| panic!("TOUCHMARK_FUZZ={name}: there is no such target"))
    })
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| (target().run)(bytes));
