//! What a stranger's file points at: nothing inside is asked, unless the operator allows that address; and nothing is followed for ever.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::time::Duration;

use touchmark_net::Fetcher;

use crate::place::{Place, answer};

fn allowing(timeout: Duration) -> Fetcher {
    Fetcher::new(timeout, 1000, vec![IpAddr::V4(Ipv4Addr::LOCALHOST)])
}

const PATIENT: Duration = Duration::from_mins(1);

#[test]
fn this_machine_is_not_asked_and_with_the_operators_word_it_is() {
    let server = Place::new(answer("200 OK", "", b"a manifest"));
    for url in [server.url.clone(), server.url.replace("http:", "https:"), server.url.replace("127.0.0.1", "localhost")]
    {
        Fetcher::new(PATIENT, 1000, Vec::new()).fetch(&url).expect_err("refused");
    }
    assert_eq!(server.asked(), 0, "nobody connected");
    assert_eq!(allowing(PATIENT).fetch(&server.url).expect("fetched"), b"a manifest");
}

#[test]
fn a_redirect_leads_nowhere_that_the_first_address_could_not() {
    for (place, why) in [
        ("http://10.0.0.1/", "10.0.0.1 is an address inside of a network"),
        ("https://169.254.169.254/latest/meta-data", "169.254.169.254 is an address inside of a network"),
        ("file:///etc/passwd", "something that is no address"),
        ("/again", "points on more than 3 times"),
    ] {
        let server = Place::new(answer("302 Found", &format!("Location: {place}\r\n"), b""));
        let said = allowing(PATIENT).fetch(&server.url).expect_err(place);
        assert!(said.contains(why), "{place}: {said}");
    }
}

#[test]
fn what_is_too_long_too_slow_or_not_there_is_not_taken() {
    let long = Place::new(answer("200 OK", "", &[0; 1001]));
    assert_eq!(allowing(PATIENT).fetch(&long.url).expect_err("long"), "it answered with more than 1000 bytes");
    let gone = Place::new(answer("404 Not Found", "", b"no"));
    assert_eq!(allowing(PATIENT).fetch(&gone.url).expect_err("gone"), "it answered HTTP 404 Not Found");
    // More is promised than ever comes.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    assert_eq!(allowing(Duration::from_millis(200)).fetch(&url).expect_err("slow"), "it did not answer in time");
}

/// It sends a byte now and then, for ever, or points on now and then: the time is that of the whole.
#[test]
fn the_time_is_that_of_the_whole_and_not_of_each_step() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n";
    let on = b"HTTP/1.1 302 Found\r\nLocation: /on\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    for (head, pause) in [(head.as_slice(), 20), (on.as_slice(), 250)] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        std::thread::spawn(move || {
            for mut connection in listener.incoming().flatten() {
                std::thread::spawn(move || {
                    drop(connection.read(&mut [0; 4096]));
                    std::thread::sleep(Duration::from_millis(pause));
                    drop(connection.write_all(head));
                    while connection.write_all(b"x").is_ok() {
                        std::thread::sleep(Duration::from_millis(pause));
                    }
                });
            }
        });
        let said = allowing(Duration::from_millis(400)).fetch(&url).expect_err("too slow");
        assert_eq!(said, "it did not answer in time");
    }
}
