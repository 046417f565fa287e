//! A command of the operator's that holds a key: started when it is first asked, then asked line by line.
//!
//! One process for all questions: the way to a key (a login, a connection) is mostly dearer than the signature. One that does not answer in
//! time, answers too much or ends is killed, and the next question starts another.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use touchmark_core::keys::place::Command;
use zeroize::Zeroizing;

use crate::asked::{Ask, LONGEST_ANSWER};

/// How long a command has to end by itself when its standard input is closed.
const FAREWELL: Duration = Duration::from_secs(1);

type Line = Zeroizing<Vec<u8>>;

/// The command, running or not. Questions are asked one after another.
#[derive(Debug)]
pub(crate) struct CommandLine {
    place: Command,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    /// `None` when it was told to end.
    input: Option<ChildStdin>,
    answers: Receiver<io::Result<Line>>,
}

impl CommandLine {
    pub(crate) fn new(place: &Command) -> Self {
        Self { place: place.clone(), running: Mutex::new(None) }
    }

    fn start(&self) -> Result<Running, String> {
        let (program, arguments) = self.place.words.split_first().ok_or("no program is named")?;
        let child = std::process::Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("it cannot be started: {error}"))?;
        Running::new(child).ok_or_else(|| "it has no standard input and output".to_owned())
    }
}

impl Ask for CommandLine {
    fn ask(&self, question: &[u8]) -> Result<Line, String> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let mut command = match running.take() {
            Some(running) => running,
            None => self.start()?,
        };
        let answer = command.ask(question, self.place.timeout)?;
        *running = Some(command);
        Ok(answer)
    }
}

impl Running {
    fn new(mut child: Child) -> Option<Self> {
        let (input, output) = (child.stdin.take()?, child.stdout.take()?);
        // One answer waits at most: whoever says more than it was asked is stopped by a full pipe.
        let (sender, answers) = mpsc::sync_channel(1);
        std::thread::spawn(move || listen(output, &sender));
        Some(Self { child, input: Some(input), answers })
    }

    /// After an error the process is no good any more, and is dropped.
    fn ask(&mut self, question: &[u8], patience: Duration) -> Result<Line, String> {
        let said_before = self.answers.try_recv();
        if said_before.is_ok_and(|line| line.is_ok()) {
            return Err("it said something before it was asked".to_owned());
        }
        let line = Zeroizing::new([question, b"\n"].concat());
        let input = self.input.as_mut().ok_or("it was told to end")?;
        // The pipe may be closed because the command has ended: what it ended with says more.
        let written = input.write_all(&line).and_then(|()| input.flush());
        match self.answers.recv_timeout(patience) {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(format!("its answer cannot be read: {error}")),
            Err(RecvTimeoutError::Timeout) => Err(format!("it did not answer within {} ms", patience.as_millis())),
            Err(RecvTimeoutError::Disconnected) => Err(self.ended(written)),
        }
    }

    fn ended(&mut self, written: io::Result<()>) -> String {
        match (self.child.wait(), written) {
            (Ok(status), _) => format!("it ended without an answer ({status})"),
            (Err(_), Err(error)) => format!("it cannot be asked: {error}"),
            (Err(error), Ok(())) => format!("it ended without an answer: {error}"),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.input.take());
        // It closes its output when it ends.
        while matches!(self.answers.recv_timeout(FAREWELL), Ok(Ok(_))) {}
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn listen(output: ChildStdout, answers: &SyncSender<io::Result<Line>>) {
    let mut output = BufReader::new(output);
    loop {
        let mut line = Zeroizing::new(Vec::with_capacity(1024));
        let limit = LONGEST_ANSWER as u64 + 1;
        let read = output.by_ref().take(limit).read_until(b'\n', &mut line);
        let answer = match read {
            Ok(0) => return,
            Ok(_) if line.last() == Some(&b'\n') => {
                line.pop();
                Ok(line)
            }
            Ok(length) if length > LONGEST_ANSWER => {
                Err(io::Error::other(format!("it is longer than {LONGEST_ANSWER} bytes")))
            }
            Ok(_) => Err(io::Error::other("it breaks off in the middle of a line")),
            Err(error) => Err(error),
        };
        let is_over = answer.is_err();
        if answers.send(answer).is_err() || is_over {
            return;
        }
    }
}
