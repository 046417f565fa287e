//! A place on this machine that a file can point at: it gives the same answer to whoever asks, and counts them.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

pub(crate) struct Place {
    pub(crate) url: String,
    asked: Arc<AtomicUsize>,
    answer: Arc<Mutex<Vec<u8>>>,
}

impl Place {
    pub(crate) fn new(answer: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/manifest.c2pa", listener.local_addr().expect("an address"));
        let (asked, answer) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(answer)));
        let (count, given) = (Arc::clone(&asked), Arc::clone(&answer));
        std::thread::spawn(move || {
            for mut connection in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                let answer = given.lock().expect("nobody panics").clone();
                // The client may have gone.
                drop(connection.read(&mut [0; 4096]));
                drop(connection.write_all(&answer));
            }
        });
        Self { url, asked, answer }
    }

    /// From now on it has this.
    pub(crate) fn serves(&self, body: &[u8]) {
        *self.answer.lock().expect("nobody panics") = answer("200 OK", "", body);
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

pub(crate) fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}
