//! `touchmark vault …`: what can be typed.

use clap::{Args as ClapArgs, Subcommand};

/// The keys that people's parts of the records are sealed under
#[derive(Debug, Subcommand)]
pub(crate) enum Vault {
    Init(VaultInit),
    Status(VaultStatus),
}

/// Make a vault for a home that has none
///
/// `touchmark init` makes one with each new home. What an older log holds stays as it was written: plain.
#[derive(Debug, ClapArgs)]
pub(crate) struct VaultInit {}

/// Whether the vault opens, and how many keys it keeps
#[derive(Debug, ClapArgs)]
pub(crate) struct VaultStatus {}
