//! What helps against each limit.

use std::fmt;

use mapisweep_core::exchange::{Generation, Version, event::Limit};

use crate::cli::{style::FAINT, text::list};

/// What helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cure {
    /// Closing stale connections.
    Closing,
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

/// Each cure once, after the limits that it helps against.
pub fn paragraphs(cures: impl Iterator<Item = (Cure, String)>) -> String {
    let mut all: Vec<(Cure, Vec<String>)> = Vec::new();
    for (cure, limit) in cures {
        match all.iter_mut().find(|(known, _)| *known == cure) {
            Some((_, limits)) if limits.contains(&limit) => {}
            Some((_, limits)) => limits.push(limit),
            None => all.push((cure, vec![limit])),
        }
    }
    let paragraph = |(cure, limits): (Cure, Vec<String>)| {
        let cure = crate::cli::text::plain(&cure.to_string());
        format!("{FAINT}{}:{FAINT:#} {cure}\n", list(limits))
    };
    all.into_iter().map(paragraph).collect()
}
