//! `touchmark serve`

use std::path::Path;

use touchmark_service::App;

use super::open_home;
use crate::args::Serve;
use crate::edge::EDGE;
use crate::error::{Answer, Outcome};
use crate::output::{Output, message};

pub(super) fn run(args: &Serve, dir: &Path, output: &mut Output) -> Outcome {
    touchmark_service::only_loopback(args.listen)?;
    let filter =
        tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn,touchmark_service=info".into());
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    let app = App::open(open_home(dir)?, EDGE)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(args.listen)
            .await
            .map_err(|error| format!("could not listen on {}: {error}", args.listen))?;
        let address = listener.local_addr()?;
        output.answer(
            &serde_json::json!({"listening": format!("http://{address}")}),
            format!("Listening on http://{address}"),
        )?;
        touchmark_service::serve(listener, app, stop()).await?;
        Outcome::Ok(())
    })?;
    message("stopped");
    Ok(Answer::Yes)
}

/// Returns on Ctrl-C or SIGTERM.
async fn stop() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate => {}
    }
}
