//! Over a real connection.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::net::TcpListener;
use touchmark_service::{App, Error, only_loopback, serve};

use crate::world::{EDGE, World, form, gen_event, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_request_is_finished_before_the_service_ends() {
    let World { dir, service, .. } = World::new();
    drop(service);
    let home = || touchmark_core::home::Home::open(&dir.path().join("home")).expect("home");
    let token = home().service_token().expect("token").to_string();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let address = listener.local_addr().expect("address");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async move { drop(stopped.await) };
    let service = serve(listener, App::open(home(), EDGE).expect("service"), shutdown);
    let sent = Arc::new(AtomicBool::new(false));
    let server = tokio::spawn({
        let sent = Arc::clone(&sent);
        async move { service.await.map(|()| sent.load(Ordering::SeqCst)) }
    });

    let (content_type, body) =
        form(&[("image", &picture("astronaut.jpg")), ("event", gen_event().to_string().as_bytes())]);
    let head = format!(
        "POST /v1/export HTTP/1.1\r\nHost: touchmark\r\nAuthorization: Bearer {token}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
    let client = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).expect("connection");
        stream.write_all(head.as_bytes()).expect("head");
        let mut interim = [0; 25];
        stream.read_exact(&mut interim).expect("the service reads the body");
        assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
        begun.send(()).expect("told");
        may_go_on.recv().expect("told");
        stream.write_all(&body).expect("body");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("answer");
        answer
    });
    has_begun.await.expect("begun");
    stop.send(()).expect("told to stop while the request runs");
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    // Nobody new is let in; the request that runs has not even sent its picture.
    sent.store(true, Ordering::SeqCst);
    go_on.send(()).expect("told");
    let answer = client.await.expect("client");
    let (head, signed) = split(&answer);
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("touchmark-export-record: "), "{head}");
    let waited = server.await.expect("no panic").expect("ended in order");
    assert!(waited, "the service ended before the request did");

    let world = touchmark_service::app(App::open(home(), EDGE).expect("the log is free again"));
    let request = crate::world::post("/v1/verify", "image/jpeg", signed.to_vec(), None);
    let answer = tower::ServiceExt::oneshot(world, request).await.expect("answer");
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("body");
    assert!(String::from_utf8_lossy(&body).contains("\"verdict\":\"verified\""));
}

fn split(answer: &[u8]) -> (String, &[u8]) {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("head") + 4;
    (String::from_utf8_lossy(&answer[..end]).into_owned(), &answer[end..])
}

#[test]
fn addresses_that_others_could_reach_are_refused() {
    for address in ["127.0.0.1:8620", "127.9.9.9:1", "[::1]:8620", "[::ffff:127.0.0.1]:8620"] {
        only_loopback(address.parse().expect("address")).expect(address);
    }
    for address in ["0.0.0.0:8620", "192.168.1.7:8620", "[::]:8620", "[2001:db8::1]:8620", "[::ffff:10.0.0.1]:8620"] {
        let parsed: SocketAddr = address.parse().expect("address");
        let refused = only_loopback(parsed).expect_err(address);
        assert!(matches!(refused, Error::NotLoopback { .. }));
        assert!(refused.to_string().contains("127.0.0.1 or [::1] only"), "{refused}");
    }
}

#[tokio::test]
async fn a_listener_on_every_address_is_not_served() {
    let World { dir, service, .. } = World::new();
    drop(service);
    let home = touchmark_core::home::Home::open(&dir.path().join("home")).expect("home");
    let listener = TcpListener::bind("0.0.0.0:0").await.expect("port");
    let refused = serve(listener, App::open(home, EDGE).expect("service"), std::future::pending()).await;
    assert!(matches!(refused, Err(Error::NotLoopback { .. })));
}
