//! What the program leaves of its memory, in which keys stand: nothing.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

use crate::program::Scratch;

/// Ended when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_program_that_dies_leaves_no_image_of_its_memory_even_where_the_shell_allows_one() {
    let scratch = Scratch::new();
    let program = scratch.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -S -c unlimited; exec \"$@\"", "sh"]).arg(program.get_program()).args(program.get_args());
    shell.env("TOUCHMARK_HOME", scratch.path("home")).current_dir(scratch.path("."));
    let Running(child) = &mut Running(shell.stdout(Stdio::piped()).spawn().expect("the program starts"));
    // It listens: so it has read its keys.
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("standard output")).read_line(&mut line).expect("a line");
    assert!(line.contains("listening"), "{line}");

    let id = child.id();
    let about = |file: &str| format!("/proc/{id}/{file}");
    let limits = std::fs::read_to_string(about("limits")).expect("the system tells");
    let cores = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a line");
    assert_eq!(cores.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"], "{cores}");
    // What describes a process that is not to be looked into belongs to the superuser, whoever runs it.
    assert_eq!(std::fs::metadata(about("mem")).expect("there").uid(), 0);

    let killed = Command::new("kill").args(["-ABRT", &id.to_string()]).status().expect("kill");
    assert!(killed.success());
    let status = child.wait().expect("ended");
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
}
