//! Who is asked for time-stamps, and whose are believed.

use std::path::PathBuf;
use std::sync::Arc;

use touchmark_core::home::Home;
use touchmark_core::keys::timestamp::{Roots, TimestampAuthority};

use crate::args::{Authorities, TsaRoots};
use crate::error::Outcome;

/// The authorities that were named, or those of the home. `None` where there are none.
pub(crate) fn authority(args: &Authorities, home: &Home) -> Outcome<Option<Arc<dyn TimestampAuthority>>> {
    let named = if args.tsa.is_empty() { &home.config().timestamps.authorities } else { &args.tsa };
    Ok(touchmark_net::authorities(
        named,
        home.timestamp_roots()?.as_ref(),
        touchmark_net::Patience::of(home.timestamp_timeout()),
    )?)
}

/// The roots that were named, or those of the home. `None` where there are none.
pub(crate) fn roots(args: &TsaRoots, home: Option<&Home>) -> Outcome<Option<Roots>> {
    if args.tsa_roots.is_empty() {
        return Ok(home.map(Home::timestamp_roots).transpose()?.flatten());
    }
    let read = |path: &PathBuf| {
        std::fs::read_to_string(path).map_err(|error| format!("could not read {}: {error}", path.display()))
    };
    let texts = args.tsa_roots.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(Roots::from_pem(&texts.join("\n"))?))
}
