//! `touchmark retention …`: what can be typed.

use clap::{Args as ClapArgs, Subcommand};

/// How long private parts are kept: classes in the configuration, and the end of their time
#[derive(Debug, Subcommand)]
pub(crate) enum Retention {
    Plan(RetentionPlan),
    Run(RetentionRun),
    Templates(RetentionTemplates),
}

/// What is kept until when, and what would go
#[derive(Debug, ClapArgs)]
pub(crate) struct RetentionPlan {
    /// What would go at this time [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
}

/// Close what was kept long enough: destroy the keys of those months
///
/// A RETENTION record for each class says first what is closed, with the Merkle root over it; then the keys are destroyed. Nothing is
/// rewritten: the log stays whole, and every proof holds. Run it again if it was interrupted. It cannot be undone.
#[derive(Debug, ClapArgs)]
pub(crate) struct RetentionRun {
    /// Who does it; stands in the record's private part
    #[arg(long, value_name = "PERSON")]
    pub(crate) by: Option<String>,
}

/// Classes to copy into touchmark.toml, each with its source; not legal advice
#[derive(Debug, ClapArgs)]
pub(crate) struct RetentionTemplates {}
