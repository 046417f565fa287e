//! `touchmark vault …`: what can be typed.

use clap::{Args as ClapArgs, Subcommand};

/// The keys that people's parts of the records are sealed under
#[derive(Debug, Subcommand)]
pub(crate) enum Vault {
    Init(VaultInit),
    Status(VaultStatus),
    Rewrap(VaultRewrap),
}

/// Make a vault for a home that has none
///
/// `touchmark init` makes one with each new home. What an older log holds stays as it was written: plain.
#[derive(Debug, ClapArgs)]
pub(crate) struct VaultInit {}

/// Whether the vault opens, and how many keys it keeps
#[derive(Debug, ClapArgs)]
pub(crate) struct VaultStatus {}

/// Move the vault's key to another place, or wrap it anew
///
/// To the place that `vault.next_key` in touchmark.toml names, or else to that of `vault.key`: a file, or under a key in a PKCS#11 token, behind a
/// command or in AWS KMS. It is erased where it was when it stands there. What is in the vault stays as it is. Run it again if it was
/// interrupted.
#[derive(Debug, ClapArgs)]
pub(crate) struct VaultRewrap {}
