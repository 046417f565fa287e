//! What the routes work with.

use std::sync::{Arc, Mutex};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use touchmark_core::edge::Edge;
use touchmark_core::export::shelf::Shelf;
use touchmark_core::home::Home;
use touchmark_core::keys::timestamp::TimestampAuthority;
use touchmark_core::ledger::{Ledger, Reader};
use touchmark_core::manifest::{Issuer, Trust};
use touchmark_core::media::Limits;
use tracing::Span;

use crate::Error;
use crate::auth::{LEAST_TOKEN, Token};
use crate::error::ApiError;
use crate::log::Log;
use crate::router::EVENTS;

/// Memory for requests with events is given out in pieces of 256 KiB.
const EVENT_UNIT: usize = 256 << 10;

/// There are so many pieces: 64 MiB, and as many requests at the same time.
const EVENT_UNITS: usize = 256;

/// The service's state. While it lives, it is the one writer of the home's log.
pub struct App {
    pub(crate) home: Home,
    pub(crate) edge: Edge<'static>,
    pub(crate) issuer: Issuer,
    pub(crate) shelf: Shelf,
    pub(crate) trust: Trust,
    /// Who is asked for time-stamps.
    pub(crate) timestamps: Option<Arc<dyn TimestampAuthority>>,
    pub(crate) limits: Limits,
    pub(crate) token: Token,
    pub(crate) log: Log,
    /// Held while a checkpoint of another log is cosigned.
    pub(crate) witnessing: Mutex<()>,
    /// Places for exports. Their own, so that whoever verifies without a token cannot hold them up.
    pub(crate) writing: Arc<Semaphore>,
    /// Memory for requests with events, in [`EVENT_UNIT`]s.
    pub(crate) recording: Arc<Semaphore>,
    /// Places for requests that verify.
    pub(crate) verifying: Arc<Semaphore>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("home", &self.home.dir()).finish_non_exhaustive()
    }
}

impl App {
    /// Opens a home for serving and takes its log's writer. That the log is in use elsewhere is an error
    /// ([`touchmark_core::ledger::Error::Busy`]).
    pub fn open(home: Home, edge: Edge<'static>) -> Result<Self, Error> {
        let token = home.service_token()?;
        if token.len() < LEAST_TOKEN {
            return Err(Error::WeakToken { bytes: token.len(), least: LEAST_TOKEN });
        }
        let trust = home.trust()?;
        let config = &home.config().timestamps;
        let patience = touchmark_net::Patience::of(home.timestamp_timeout());
        let timestamps = touchmark_net::authorities(&config.authorities, home.timestamp_roots()?.as_ref(), patience)?;
        let log = Log::open(&home, edge)?;
        // A place holds a whole body in memory.
        let places = std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get) * 2;
        Ok(Self {
            issuer: home.issuer_with(timestamps.clone())?,
            timestamps,
            shelf: home.shelf(),
            limits: home.limits(),
            token: Token::new(&token),
            writing: Arc::new(Semaphore::new(places)),
            recording: Arc::new(Semaphore::new(EVENT_UNITS)),
            verifying: Arc::new(Semaphore::new(places)),
            home,
            edge,
            trust,
            log,
            witnessing: Mutex::new(()),
        })
    }

    /// Waits for a place, to be held from before the body is read until the work is done.
    pub(crate) async fn place(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(places).acquire_owned().await.map_err(|error| ApiError::internal(error.to_string()))
    }

    /// Waits until there is memory for a body of `bytes`, or of any size where that is not known. It is given back when the permit is
    /// dropped. Small requests with events are many: hundreds of them wait for one commit.
    pub(crate) async fn room(&self, bytes: Option<usize>) -> Result<OwnedSemaphorePermit, ApiError> {
        let units = bytes.unwrap_or(EVENTS).min(EVENTS).div_ceil(EVENT_UNIT).max(1);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.recording).acquire_many_owned(units).await;
        room.map_err(|error| ApiError::internal(error.to_string()))
    }

    /// Reads the log, beside whoever writes.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self, &Reader) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let app = Arc::clone(self);
        blocking(move || work(&app, &app.log.reader())).await
    }

    /// Waits for the exports before and works with the log alone. Work that has begun is finished even if the client is gone by then.
    pub(crate) async fn write<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self, &mut Ledger, &Reader) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let turn = self.log.turn().await;
        let app = Arc::clone(self);
        blocking(move || {
            let _turn = turn;
            app.log.exclusive(&app.home, app.edge, |ledger, reader| work(&app, ledger, reader))
        })
        .await
    }

    /// Does work that adds to the log beside others who do the same.
    pub(crate) async fn record<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let app = Arc::clone(self);
        blocking(move || work(&app)).await
    }

    /// Whether the log can be written, as far as that shows without writing. A log that had failed is opened anew.
    pub(crate) async fn health(self: &Arc<Self>) -> Result<(), ApiError> {
        let app = Arc::clone(self);
        blocking(move || app.log.reopen(&app.home, app.edge)).await
    }
}

/// Runs work off the threads that serve sockets, inside the request's span. A panic in it is an error of this request alone.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let span = Span::current();
    let done = tokio::task::spawn_blocking(move || span.in_scope(work)).await;
    done.unwrap_or_else(|error| {
        Err(ApiError::internal(format!(
            "the work did not end: {}",
            if error.is_panic() { "panic" } else { "cancelled" }
        )))
    })
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use rand_core::{OsRng, RngCore};
    use tempfile::TempDir;
    use touchmark_core::edge::{Clock, Moment};
    use tower::ServiceExt;

    use super::*;

    const EDGE: Edge<'static> = Edge {
        now: &|| Moment { time: jiff::Timestamp::now(), clock: Clock { synchronised: false, max_error_us: None } },
        random: &|buffer| OsRng.fill_bytes(buffer),
    };

    fn world() -> (TempDir, Arc<App>) {
        let dir = tempfile::tempdir().expect("folder");
        let home = Home::create(&dir.path().join("home"), "Test Studio", EDGE).expect("home");
        (dir, Arc::new(App::open(home, EDGE).expect("service")))
    }

    async fn status(app: &Arc<App>, request: Request<Body>) -> StatusCode {
        crate::router::router(Arc::clone(app)).oneshot(request).await.expect("no errors of its own").status()
    }

    fn get(path: &str) -> Request<Body> {
        Request::get(path).body(Body::empty()).expect("request")
    }

    #[tokio::test]
    async fn reading_goes_on_while_somebody_writes_and_writers_wait() {
        let (dir, app) = world();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (end, is_over) = std::sync::mpsc::channel::<()>();
        let writing = tokio::spawn({
            let app = Arc::clone(&app);
            let work = move |_: &App, _: &mut Ledger, _: &Reader| {
                begun.send(()).expect("somebody listens");
                let _ended = is_over.recv();
                Ok(())
            };
            async move { app.write(work).await }
        });
        has_begun.await.expect("begun");
        let token = std::fs::read_to_string(dir.path().join("home/keys/service-token")).expect("token");
        let incident = r#"{"type":"INCIDENT","system":{"name":"x","version":"1"},"actor":{"subject":"ada","auth":"oidc"},
            "severity":"minor","category":"test","description":"none"}"#;
        let request = Request::post("/v1/events")
            .header("authorization", format!("Bearer {}", token.trim()))
            .header("content-type", "application/json")
            .body(Body::from(incident))
            .expect("request");
        let waiting = tokio::spawn({
            let app = Arc::clone(&app);
            async move { status(&app, request).await }
        });
        for path in ["/v1/log/checkpoint", "/healthz"] {
            assert_eq!(status(&app, get(path)).await, StatusCode::OK, "{path}");
        }
        let svg = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../test-images/touchmark.svg")).expect("picture");
        let verify = Request::post("/v1/verify").header("content-type", "image/svg+xml").body(Body::from(svg));
        assert_eq!(status(&app, verify.expect("request")).await, StatusCode::OK);
        assert!(!waiting.is_finished(), "one writer at a time");
        drop(end);
        writing.await.expect("no panic").expect("done");
        assert_eq!(waiting.await.expect("no panic"), StatusCode::CREATED);
    }

    #[tokio::test]
    async fn a_panic_costs_one_request_and_the_log_is_opened_anew() {
        let (_dir, app) = world();
        let reader = app.log.reader();
        let failed = app.write(|_, _, _| -> Result<(), ApiError> { panic!("a defect") }).await;
        assert!(!failed.expect_err("an error of this request").is_log_failure());
        assert!(Arc::ptr_eq(&reader, &app.log.reader()), "until it was looked at again");
        assert_eq!(status(&app, get("/healthz")).await, StatusCode::OK);
        assert!(!Arc::ptr_eq(&reader, &app.log.reader()), "what the old reader saw may have been taken back");
    }
}
