//! A small HTTP server on a free port of this machine, which answers as a script says: one entry a request, the last one again and again.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::tsa::Authority;

/// What becomes of a request.
pub(crate) enum Does {
    /// A time-stamp by the authority.
    Stamps,
    /// Nothing: the connection stays open, and silent.
    Hangs,
    /// It is closed at once.
    HangsUp,
    /// This status, these header lines, this body.
    Says(&'static str, &'static str, Vec<u8>),
    /// The answer to the first request that was stamped, whatever is asked for.
    Replays,
    /// A time-stamp, after the request was changed.
    Changes(fn(&mut Vec<u8>)),
}

/// A server. It ends with the program.
pub(crate) struct Server {
    pub(crate) url: String,
    asked: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) fn new(authority: &Arc<Authority>, script: Vec<Does>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/tsa", listener.local_addr().expect("an address"));
        let asked = Arc::new(AtomicUsize::new(0));
        let script = Arc::new(script);
        let first = Arc::new(Mutex::new(None));
        let (authority, count) = (Arc::clone(authority), Arc::clone(&asked));
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let Ok(connection) = connection else { continue };
                let number = count.fetch_add(1, Ordering::SeqCst);
                let (authority, script, first) = (Arc::clone(&authority), Arc::clone(&script), Arc::clone(&first));
                std::thread::spawn(move || {
                    let does = script.get(number).or_else(|| script.last()).expect("a script");
                    serve(connection, &authority, does, &first);
                });
            }
        });
        Self { url, asked }
    }

    /// How many requests there were.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// An address where nobody listens: it was free a moment ago.
pub(crate) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("http://{}/tsa", listener.local_addr().expect("an address"))
}

fn serve(mut connection: TcpStream, authority: &Authority, does: &Does, first: &Mutex<Option<Vec<u8>>>) {
    const STAMPED: &str = "Content-Type: application/timestamp-reply\r\n";
    let Some(mut query) = body(&mut connection) else { return };
    let stamped = |query: &[u8]| {
        let answer = authority.answer(query);
        first.lock().expect("no panic").get_or_insert(answer).clone()
    };
    let (status, headers, answer) = match does {
        Does::Hangs => {
            // Until the client has had enough.
            let ended = connection.read(&mut [0]);
            drop(ended);
            return;
        }
        Does::HangsUp => return,
        Does::Says(status, headers, body) => (*status, *headers, body.clone()),
        Does::Stamps => ("200 OK", STAMPED, authority.answer(&query)),
        Does::Replays => ("200 OK", STAMPED, stamped(&query)),
        Does::Changes(change) => {
            change(&mut query);
            ("200 OK", STAMPED, authority.answer(&query))
        }
    };
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n", answer.len());
    // The client may have gone.
    let sent = connection.write_all(&[head.as_bytes(), &answer].concat());
    drop(sent);
}

/// The body of a request.
fn body(connection: &mut TcpStream) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = connection.read(&mut buffer).ok().filter(|read| *read > 0)?;
        request.extend_from_slice(&buffer[..read]);
        let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
        let length: usize = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())?;
        if request.len() >= end + 4 + length {
            return Some(request[end + 4..].to_vec());
        }
    }
}
