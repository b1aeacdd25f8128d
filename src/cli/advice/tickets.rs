//! Advice where there is no ticket to sign in with, or no Kerberos.

use mapisweep_gssapi::Missing;

use super::{Advice, kerberos::numbered, with_causes};
use crate::{
    cli::text::plain,
    credentials::{self, KeyringError},
    kerberos::{CacheState, NoTicket, StartError},
};

impl Advice {
    /// Nobody is named, and there is no ticket that says who somebody is.
    pub fn nobody_signs_in(no_ticket: &NoTicket, keyring: &Result<(), KeyringError>) -> Self {
        let mut what = "nobody is named who signs in, and there is no ticket".to_owned();
        if !matches!(no_ticket.state, CacheState::Missing | CacheState::Bare) {
            what += &format!(": {}", plain(&no_ticket.to_string()));
        }
        Self::new(
            what,
            format!(
                "{}Get a ticket with `kinit -f ann@CORP.EXAMPLE`; or {}.",
                first(&no_ticket.state),
                to_name_somebody(keyring)
            ),
        )
    }

    /// There is no ticket, and there is another way.
    pub fn no_ticket(no_ticket: &NoTicket) -> Self {
        Self::new(
            format!("none: {no_ticket}"),
            format!(
                "{}With one nobody is asked for a password, and Exchange's cmdlets mostly work: `kinit -f`.",
                first(&no_ticket.state)
            ),
        )
    }

    /// There is neither a ticket nor a password.
    pub fn neither(no_ticket: &NoTicket, kinit: &str, no_password: &credentials::Error) -> Self {
        let Self { what, .. } = Self::from(no_password);
        let give = match no_password {
            // nothing can be kept there
            credentials::Error::Nowhere {
                keyring: Some(KeyringError::NoService { .. }),
                ..
            } => "pipe it in with --password-stdin, or set MAPISWEEP_PASSWORD",
            _ => {
                "pipe it in with --password-stdin, set MAPISWEEP_PASSWORD, or run `mapisweep login` once"
            }
        };
        Self::new(
            format!("no ticket: {}; {what}", plain(&no_ticket.to_string())),
            format!(
                "{}Get a ticket with `{}`; or give the password: {give}.",
                first(&no_ticket.state),
                plain(kinit)
            ),
        )
    }
}

/// How it is said who signs in: a keyring remembers it, where there is one.
pub fn to_name_somebody(keyring: &Result<(), KeyringError>) -> &'static str {
    match keyring {
        // it takes no more than to be unlocked
        Ok(()) | Err(KeyringError::Locked) => {
            r"give --user 'CORP\ann', set MAPISWEEP_USER, or run `mapisweep login --user 'CORP\ann'` once"
        }
        Err(_) => {
            "give --user 'CORP\\ann' or set MAPISWEEP_USER, and the password with --password-stdin or MAPISWEEP_PASSWORD where \
             nobody can be asked for it"
        }
    }
}

/// What is to be done before `kinit` helps.
fn first(state: &CacheState) -> &'static str {
    match state {
        CacheState::Anothers | CacheState::Closed | CacheState::Folder | CacheState::NoFolder => {
            "Name a cache of your own with KRB5CCNAME. "
        }
        CacheState::OpenToOthers => "Close it to others with `chmod 600`. ",
        CacheState::Link => "Name the file itself with KRB5CCNAME. ",
        CacheState::NoService => {
            "Start it (`systemctl start sssd-kcm.socket`), or name a file with KRB5CCNAME=FILE:PATH. "
        }
        CacheState::UnknownKind => {
            "Name a file with KRB5CCNAME=FILE:PATH, or with `default_ccache_name` in krb5.conf. "
        }
        CacheState::NoDefault(_) | CacheState::OthersOutOfReach { .. } => {
            "`klist -A` shows all caches, and `kswitch` makes another one the default. "
        }
        CacheState::Missing
        | CacheState::Empty
        | CacheState::Foreign
        | CacheState::Version
        | CacheState::Damaged
        | CacheState::Bare
        | CacheState::Stale { .. }
        | CacheState::OfSomebodyElse { .. }
        | CacheState::Other(_) => "",
    }
}

impl From<&StartError> for Advice {
    fn from(error: &StartError) -> Self {
        let what = match error {
            StartError::Unreadable {
                fault: Some(fault), ..
            } => format!(
                "the Kerberos configuration cannot be read: {}",
                plain(&fault.to_string())
            ),
            StartError::Unreadable {
                fault: None,
                source,
            } => numbered("the Kerberos configuration cannot be read", source.minor()),
            _ => with_causes(error),
        };
        let to_do = match error {
            StartError::Missing(Missing::NotFound) => {
                "Install it (Debian and Ubuntu: libgssapi-krb5-2; Fedora and RHEL: krb5-libs), or use --auth ntlm."
            }
            StartError::Missing(Missing::Unusable { .. }) => {
                "Check MAPISWEEP_GSSAPI, or unset it to take the system's."
            }
            StartError::Configuration(_) => {
                "Is there room in the folder for temporary files (TMPDIR)?"
            }
            StartError::Unreadable { fault: Some(_), .. } => "Mend that line (`man krb5.conf`).",
            StartError::Unreadable { fault: None, .. } => {
                "Check /etc/krb5.conf, what it includes, and KRB5_CONFIG."
            }
            StartError::OfNoRealm(_) => {
                "Give --realm, too: it is the domain's DNS name, such as CORP.EXAMPLE."
            }
            StartError::Environment(_) => "Use --auth ntlm.",
        };
        Self::new(what, to_do)
    }
}
