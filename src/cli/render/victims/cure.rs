//! What helps against each limit.

use std::fmt;

use mapisweep_core::exchange::{Generation, Version, event::Limit};

use crate::cli::{
    style::FAINT,
    text::{list, list_first},
};

/// What helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cure {
    /// Closing stale connections.
    Closing,
    /// The same for who holds fewer by now.
    ClosingBelow,
    /// Nothing, for who was kept out holds no sessions any more.
    NoneHeld,
    /// The same limit where that does not help: Exchange 2013 and later.
    SessionsOverHttps,
    /// What Exchange's services hold.
    Services,
    /// Either of the two.
    EitherSessions,
    /// What one session has open, of this kind.
    Objects(String),
}

impl Cure {
    /// The one for a limit of this Exchange.
    pub fn of(limit: &Limit, version: Option<Version>) -> Self {
        let is_newer = version.map(Version::generation) == Some(Generation::Newer);
        match limit {
            Limit::ServiceSessions => Self::Services,
            Limit::Objects(object) => Self::Objects(object.clone()),
            Limit::Sessions | Limit::EitherSessions if is_newer => Self::SessionsOverHttps,
            Limit::Sessions => Self::Closing,
            Limit::EitherSessions => Self::EitherSessions,
        }
    }
}

impl fmt::Display for Cure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closing => f.write_str(
                "Stale connections keep these alive: `mapisweep close`, or `victims --close` for all whom this limit kept out.",
            ),
            Self::ClosingBelow => f.write_str(
                "Below the limit now. Where Outlook fails all the same, for it opens several at once: `mapisweep close`, or \
                 `victims --close` for all whom this limit kept out.",
            ),
            Self::NoneHeld => f.write_str("They hold none now: nothing to close."),
            Self::SessionsOverHttps => f.write_str(
                "From Exchange 2013 on clients speak HTTPS, and closing connections ends no sessions. Quit every Outlook \
                 of that person and see which program opens so many.",
            ),
            Self::Services => f.write_str(
                "Exchange's own services (OWA, ActiveSync, web services, POP, IMAP) hold these for a device or program, \
                 and closing connections does not end them. Find the one that opens so many; restarting its service or \
                 application pool on the client access server ends them. The limit is `Maximum Allowed Service Sessions \
                 Per User`.",
            ),
            Self::EitherSessions => f.write_str(
                "The number tells neither MAPI clients' sessions nor those of Exchange's own services. If it is the \
                 former that the person holds so many of, `mapisweep close` helps; the latter it does not end.",
            ),
            Self::Objects(object) => write!(
                f,
                "One session has {} open at once; closing connections is no cure, for the program does it again. Look \
                 at its add-ins and at how many shared mailboxes it opens, and restart it. The limit is `{object}` under \
                 `ParametersSystem\\MaxObjsPerMapiSession`.",
                things(object)
            ),
        }
    }
}

/// What the store's word means.
fn things(object: &str) -> &'static str {
    match object.to_ascii_lowercase().as_str() {
        "objtfolder" => "too many folders",
        "objtmessage" => "too many messages",
        "objtattachment" => "too many attachments",
        "objtfolderview" | "objtmessageview" | "objtattachview" => "too many views",
        "objtstream" | "objtcstream" | "objtfxsrcstrm" | "objtfxdststrm" => "too many streams",
        "objtnotify" => "too many notifications",
        _ => "too many objects of this kind",
    }
}

/// A cure, and whom it is for.
pub struct Needed {
    /// What helps.
    pub cure: Cure,
    /// `32 sessions`
    pub limit: String,
    /// Who was kept out by it.
    pub who: String,
    /// Whether that is a name by which others know them.
    pub is_named: bool,
}

/// So many people are named beside their limit.
const NAMED: usize = 3;

/// Each cure once, after the limits that it helps against, and after those whom it is for where others need another.
pub fn paragraphs(needed: impl Iterator<Item = Needed>) -> String {
    let needed: Vec<_> = needed.collect();
    let mut cures: Vec<&Cure> = Vec::new();
    for Needed { cure, .. } in &needed {
        if !cures.contains(&cure) {
            cures.push(cure);
        }
    }
    let paragraph = |cure: &Cure| {
        let limits = each_once(needed.iter().filter(|one| one.cure == *cure), |one| {
            &one.limit
        });
        let limits = limits.into_iter().map(|limit| {
            let has_this_limit = |one: &&Needed| one.limit == limit;
            let with_limit = || needed.iter().filter(has_this_limit);
            match with_limit().all(|one| one.cure == *cure) {
                true => limit.to_owned(),
                false => {
                    let who = with_limit().filter(|one| one.cure == *cure);
                    format!("{limit}, {}", people(who.collect()))
                }
            }
        });
        let cure = crate::cli::text::plain(&cure.to_string());
        format!("{FAINT}{}:{FAINT:#} {cure}\n", list(limits))
    };
    cures.into_iter().map(paragraph).collect()
}

/// `CORP\ann, CORP\ben and 2 whom Exchange does not name`
fn people(needed: Vec<&Needed>) -> String {
    let (named, others): (Vec<_>, Vec<_>) = needed.into_iter().partition(|one| one.is_named);
    let named = each_once(named.into_iter(), |one| &one.who);
    let others = each_once(others.into_iter(), |one| &one.who);
    let unnamed = format!("{} whom Exchange does not name", others.len());
    let unnamed = (!others.is_empty()).then_some(unnamed);
    let named = (!named.is_empty()).then(|| list_first(named, NAMED));
    list(named.into_iter().chain(unnamed))
}

fn each_once<'a>(
    needed: impl Iterator<Item = &'a Needed>,
    text: impl Fn(&'a Needed) -> &'a String,
) -> Vec<&'a str> {
    let mut all: Vec<&str> = Vec::new();
    for text in needed.map(text) {
        if !all.contains(&text.as_str()) {
            all.push(text);
        }
    }
    all
}
