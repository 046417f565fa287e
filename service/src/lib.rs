//! Touchmark over HTTP: the same core calls as the command line, for pipelines that run beside it on one machine.
//!
//! ```text
//! router       every route on one page, and what lies around them all
//! api/         a file for each noun: requests to core calls, answers to bytes
//! state        what the routes work with; log: the one writer, the readers
//! error        core's refusals as application/problem+json
//! forms        what answers look like, for the `OpenAPI` document
//! ```
//! Writes need the home's bearer token. Verifying keeps nothing. Left out: TLS, user accounts, rate limits: a proxy in front has
//! those, and the service listens on loopback addresses alone. docs/service.md tells it to users.

mod api;
mod auth;
mod error;
pub mod forms;
mod log;
mod openapi;
mod outer;
mod router;
mod state;
mod upload;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use touchmark_core::home;

pub use router::paths;
pub use state::App;

/// After so long a request is answered with 503. Work that has reached the log is finished all the same.
const REQUEST_TIME: Duration = Duration::from_mins(2);

/// How long running requests may take to end once the service was told to stop.
const GRACE: Duration = Duration::from_secs(130);

/// Why the service could not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The home cannot be used; that another process writes its log is among the reasons.
    #[error(transparent)]
    Home(#[from] home::Error),
    /// A time-stamp authority of the configuration.
    #[error("timestamps.authorities in touchmark.toml: {0}")]
    Authority(#[from] touchmark_net::BadAddress),
    /// The home's token is no secret.
    #[error("keys/service-token has {bytes} bytes, a token needs at least {least}: put a long random text there")]
    WeakToken {
        /// Its length.
        bytes: usize,
        /// The least length.
        least: usize,
    },
    /// The whole network could reach it.
    #[error(
        "{address} is not a loopback address: the service speaks plain HTTP, so it listens on 127.0.0.1 or [::1] only; put a proxy with TLS in front of it"
    )]
    NotLoopback {
        /// Where it was to listen.
        address: SocketAddr,
    },
    /// The socket failed.
    #[error("could not serve")]
    Io(#[from] io::Error),
}

/// The whole service as one tower service.
pub fn app(state: App) -> Router {
    router::router(Arc::new(state))
}

/// Refuses an address that others than this machine can reach.
pub fn only_loopback(address: SocketAddr) -> Result<(), Error> {
    if address.ip().to_canonical().is_loopback() { Ok(()) } else { Err(Error::NotLoopback { address }) }
}

/// Serves until `shutdown` is ready, then lets running requests end and returns. The listener's address must be a loopback address.
pub async fn serve(
    listener: TcpListener,
    state: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    only_loopback(listener.local_addr()?)?;
    let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async move {
        shutdown.await;
        drop(stopping);
    };
    let server = axum::serve(listener, app(state)).with_graceful_shutdown(shutdown);
    // A client that opens a connection and says nothing would hold up the end for ever.
    let out_of_patience = async {
        drop(stopped.await);
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        result = server => Ok(result?),
        () = out_of_patience => Ok(()),
    }
}
