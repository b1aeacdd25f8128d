//! The configuration file.

use std::num::NonZeroUsize;

use clap::{Args, Subcommand};
use mapisweep_core::config::HumanDuration;

use super::{HelperFile, Servers, above_none};

/// `mapisweep config`
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Print which file is read, or would be if it were there
    Path,
    /// Show every setting that would hold, and where it comes from; no secrets
    Show(Box<ConfigShow>),
    /// Try the file: that it can be read, all of its profiles, the files that it names
    Check,
    /// Print the names of the profiles, one a line
    Profiles,
}

/// `mapisweep config show`
#[derive(Debug, Args)]
pub struct ConfigShow {
    /// As with `close`
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub idle: Option<HumanDuration>,
    /// As with `close`
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = above_none)]
    pub max: Option<NonZeroUsize>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub helper: HelperFile,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub servers: Servers,
}
