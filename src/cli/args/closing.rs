//! The verbs that close, and how it is done.

use std::{ffi::OsStr, num::NonZeroUsize, path::PathBuf};

use clap::{
    Args, ValueHint,
    builder::{PathBufValueParser, TypedValueParser},
};
use mapisweep_core::{
    config::{HumanDuration, SomeTime},
    exchange::identity::one_person,
};

use super::{HelperFile, Servers, above_none};
use crate::cli::render::report::Style;

/// `mapisweep close`
#[derive(Debug, Args)]
pub struct Close {
    /// Whose connections: account, DOMAIN\account, alias, display name or e-mail address
    #[arg(value_name = "USER", required = true, value_parser = one_person)]
    pub users: Vec<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub how: HowToClose,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub servers: Servers,
}

/// `mapisweep sweep`
#[derive(Debug, Args)]
pub struct Sweep {
    /// Who holds at least so many sessions on one server [default: as many as that server's limit]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = above_none)]
    pub at_least: Option<NonZeroUsize>,
    /// Go on with the last run that was cut off within 24 h, as the audit log has it: its servers are read, a plan is made anew
    ///
    /// For the same people, on the servers where not all was verified. What was planned then is not looked at. It may have
    /// been a run of any verb that closes; the rules of this command line are in force, not those of then
    #[arg(long, conflicts_with_all = ["at_least", "servers", "servers_from", "dag"])]
    pub resume: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub how: HowToClose,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub servers: Servers,
}

/// `mapisweep victims`
#[derive(Debug, Args)]
pub struct Victims {
    /// How far back to read
    #[arg(
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        default_value = "24h"
    )]
    pub since: SomeTime,
    /// Go on as `close` does, for those whom the limit of sessions kept out: plan, confirm, close, verify
    ///
    /// Only where Exchange 2007 or 2010 runs, and only for who is one person to Exchange. What is not ended by closing
    /// connections, such as the sessions of Exchange's own services, is left alone
    #[arg(long)]
    pub close: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub how: HowToClose,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub servers: Servers,
}

/// What is closed, and what is asked before.
#[derive(Debug, Args)]
pub struct HowToClose {
    /// Show the plan and stop, whatever else is given: with --yes, too, nothing is closed
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Act without asking; required where there is no terminal
    #[arg(short = 'y', long)]
    pub yes: bool,
    /// Look again before acting on a server where what was read is older than this [default: 2m]
    ///
    /// While a person reads and thinks, or other servers take long, clients come back and go. Where less is to be closed
    /// than was approved, that is done; where a client has come back, an address is shared now, a mailbox has moved or
    /// anything was added, what changed is said and the new plan asked about, or with --yes nothing closed on that server;
    /// with several users such addresses alone are left, and named
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub plan_age: Option<HumanDuration>,
    /// Keep clients that did something within this time [default: 15m]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub idle: Option<HumanDuration>,
    /// Close clients that are in use as well
    #[arg(long, conflicts_with = "idle")]
    pub all: bool,
    /// Close addresses that other users share; their Outlooks reconnect
    #[arg(long)]
    pub include_shared: bool,
    /// Refuse an address with more connections than this: it is a gateway, not a client [default: 100]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = above_none)]
    pub max: Option<NonZeroUsize>,
    /// Refuse a plan for more people than this; it is shown, and nothing is closed [default: 500 for sweep and victims]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub max_people: Option<usize>,
    /// Refuse a plan with more connections in all than this [default: 5000 for sweep and victims]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub max_connections: Option<usize>,
    /// Do so many servers first, as named, then ask whether to go on; with --yes: go on if all was verified there
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = above_none)]
    pub canary: Option<NonZeroUsize>,
    /// Close what this client access server left on the mailbox servers, for it is dead; may be repeated
    ///
    /// Everybody's sessions end that came through it, and the plan names them. Only where Active Directory knows it as an
    /// Exchange server, DNS its address, and nothing at all answers there: neither this computer nor any mailbox server on
    /// which its address would be closed, each of which is asked to try, and once more just before. One that cannot tell
    /// closes nothing
    #[arg(long, value_name = "NAME")]
    pub dead_server: Vec<String>,
    /// Where a server gives no address of a client, go by the name of its computer, as DNS on this computer knows it
    ///
    /// Only where DNS says one thing: the name has one address, and that address this name. All other rules hold for that
    /// address as for any. Without it the plan shows what DNS says, and nothing is closed for it
    #[arg(long)]
    pub match_names: bool,
    /// Write a report of the run to this file: a page where its name ends in .html, for a ticket where it ends in .md
    ///
    /// For who reads it afterwards: who was locked out and where, before and after, what was refused and why, what is left,
    /// and what to do about the cause. It is written however the run ends, once there is a plan, and only its owner may read
    /// it. A file that is there is not overwritten
    #[arg(long, value_name = "FILE", value_parser = report_name(), value_hint = ValueHint::FilePath)]
    pub report: Option<ReportName>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub helper: HelperFile,
}

/// A file that a report is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportName {
    /// Where.
    pub path: PathBuf,
    /// How it is written.
    pub style: Style,
}

fn report_name() -> impl TypedValueParser<Value = ReportName> {
    PathBufValueParser::new().try_map(|path| {
        // who lists the folder, or reads of the file later, would see another name
        if path.to_string_lossy().contains(char::is_control) {
            return Err("a control character stands in it");
        }
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        let style = match ending.as_deref().and_then(OsStr::to_str) {
            Some("html" | "htm") => Style::Html,
            Some("md") => Style::Markdown,
            _ => return Err("its name has to end in .html or .md"),
        };
        Ok(ReportName { path, style })
    })
}

impl HowToClose {
    /// Whether any of it is.
    pub fn is_given(&self) -> bool {
        let Self {
            dry_run,
            yes,
            plan_age,
            idle,
            all,
            include_shared,
            max,
            max_people,
            max_connections,
            canary,
            dead_server,
            match_names,
            report,
            helper,
        } = self;
        let is_one_set = [dry_run, yes, all, include_shared, match_names]
            .into_iter()
            .any(|&set| set);
        let is_one_bound = [max_people, max_connections]
            .into_iter()
            .any(|bound| bound.is_some());
        let is_one_bound = is_one_bound || max.or(*canary).is_some();
        let is_one_named = !dead_server.is_empty() || helper.file.is_some() || report.is_some();
        is_one_set || plan_age.or(*idle).is_some() || is_one_bound || is_one_named
    }
}
