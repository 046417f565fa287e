//! Keys outside of the process, against what others wrote: a PKCS#11 token in software, commands, key services on this machine.

mod asked;
mod home;
mod house;
mod kms;
#[expect(dead_code, reason = "the bench uses more of it")]
mod softhsm;
mod token;
mod vault;

/// A Python that can import these packages, or `None`, said aloud. `TOUCHMARK_PYTHON` names one; `.ci/run` makes one.
fn python(packages: &str) -> Option<String> {
    let python = std::env::var("TOUCHMARK_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let asked = std::process::Command::new(&python).args(["-c", &format!("import {packages}")]).output();
    if asked.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    {
        eprintln!("skipped: {python} has no {packages} (TOUCHMARK_PYTHON names a Python that has it)");
    }
    None
}
