//! A file for each noun of the interface.

pub(crate) mod events;
pub(crate) mod export;
pub(crate) mod find;
pub(crate) mod health;
pub(crate) mod log;
pub(crate) mod records;
pub(crate) mod tiles;
pub(crate) mod verify;
pub(crate) mod witness;

use uuid::Uuid;

use crate::error::ApiError;

/// A record's id as it stands in an address or a field.
fn record_id(text: &str) -> Result<Uuid, ApiError> {
    let shown = || text.chars().take(80).collect::<String>();
    text.parse()
        .map_err(|_| ApiError::malformed(format!("{:?} is not a record's id, a UUID such as 019a2b3c-…", shown())))
}
