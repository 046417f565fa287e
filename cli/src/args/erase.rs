//! `touchmark erase` and `touchmark hold …`: what can be typed.

use clap::{Args as ClapArgs, Subcommand};

/// Forget a person: destroy the keys that their parts of the records are sealed under
///
/// An ERASURE record says that and why, and names no one; then the keys are destroyed. The log stays whole, and every proof holds. Run it
/// again if it was interrupted. It cannot be undone.
#[derive(Debug, ClapArgs)]
pub(crate) struct Erase {
    /// The person, by the subject that the records name
    #[arg(long, value_name = "ID", required_unless_present = "finish")]
    pub(crate) subject: Option<String>,
    /// subject-request, retention-expired or legal-order
    #[arg(long, value_name = "REASON", required_unless_present = "finish")]
    pub(crate) reason: Option<String>,
    /// Who does it; stands in the record's private part
    #[arg(long, value_name = "PERSON")]
    pub(crate) by: Option<String>,
    /// Instead, destroy whatever keys ERASURE records name that still live: after an older copy of the vault was brought back
    #[arg(long, conflicts_with_all = ["subject", "reason", "by"])]
    pub(crate) finish: bool,
}

/// Legal holds: while one stands, nothing that it covers is erased
#[derive(Debug, Subcommand)]
pub(crate) enum Hold {
    Add(HoldAdd),
    Lift(HoldLift),
    List(HoldList),
}

/// Put everything under a hold, or one person
#[derive(Debug, ClapArgs)]
pub(crate) struct HoldAdd {
    /// Why; private
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Who orders it; private
    #[arg(long, value_name = "PERSON")]
    pub(crate) by: String,
    /// One person's parts alone, by the subject that the records name
    #[arg(long, value_name = "ID")]
    pub(crate) subject: Option<String>,
}

/// Lift a hold
#[derive(Debug, ClapArgs)]
pub(crate) struct HoldLift {
    /// The record that added it: see `touchmark hold list`
    #[arg(value_name = "ID")]
    pub(crate) id: uuid::Uuid,
    /// Why; private
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Who orders it; private
    #[arg(long, value_name = "PERSON")]
    pub(crate) by: String,
}

/// The holds that stand
#[derive(Debug, ClapArgs)]
pub(crate) struct HoldList {}
