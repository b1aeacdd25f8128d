//! The two endpoints of a server: WinRM's own, and that of Exchange 2010 and later in IIS.
//!
//! The second is as strict as is known of a real one, from public threads and from Microsoft's own NoLanguage configuration
//! (`wire/pypsrp/test_psrp_with_jea_configuration.yml`): `Kerberos` alone signs in, or Basic inside TLS where that is
//! enabled; whoever has a role of Exchange's may ask, an administrator of the computer or not; commands of a list, one a
//! pipeline, and no script; results one level deep. Active Directory is read by Exchange itself.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// One of the two.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Site {
    /// `/wsman`.
    #[default]
    Plain,
    /// `/PowerShell/`.
    Exchange,
}

impl Site {
    pub fn path(self) -> &'static str {
        match self {
            Self::Plain => "/wsman",
            Self::Exchange => "/powershell",
        }
    }

    pub fn resource(self) -> &'static str {
        match self {
            Self::Plain => "http://schemas.microsoft.com/powershell/Microsoft.PowerShell",
            Self::Exchange => "http://schemas.microsoft.com/powershell/Microsoft.Exchange",
        }
    }

    pub fn web_server(self) -> &'static str {
        match self {
            Self::Plain => "Microsoft-HTTPAPI/2.0",
            Self::Exchange => "Microsoft-IIS/7.5",
        }
    }
}

/// Shells one user may have there: `PowerShellMaxConcurrency` of the default throttling policy.
pub(crate) const SHELLS: usize = 18;

/// What the servers of a lab are asked at their own endpoints at one time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AskedThere {
    /// Pipelines that run.
    pub now: usize,
    /// The most that ran at once.
    pub most: usize,
    /// How many a policy has refused.
    pub refused: usize,
}

/// A pipeline that runs there.
pub(crate) struct Running(Arc<Mutex<AskedThere>>);

impl Running {
    /// Nothing where as many run as may.
    pub fn begin(asked: &Arc<Mutex<AskedThere>>, at_once: usize) -> Option<Self> {
        let mut counted = asked.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.now >= at_once {
            counted.refused += 1;
            return None;
        }
        counted.now += 1;
        counted.most = counted.most.max(counted.now);
        Some(Self(Arc::clone(asked)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now -= 1;
    }
}

/// How Exchange's own endpoint goes wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OwnEndpointFault {
    /// It works.
    #[default]
    None,
    /// IIS lets nobody in from there: HTTP 403.
    Closed,
    /// There is no such virtual directory: HTTP 404.
    Missing,
    /// So many shells of other consoles are open there.
    ShellsOpen(usize),
    /// A policy refuses so many requests that would start something, and tells to wait so long.
    UserLoad(u32, Duration),
    /// A policy lets one user have so many pipelines at once on all servers together, and tells to wait so long.
    AtOnce(usize, Duration),
    /// Everything is refused, with a wait that no policy means, as on a server that has run for some 50 days.
    CountsWrong,
    /// From now on another server answers, of this short name; open shells stay where they are.
    PassedOnTo(&'static str),
    /// Recipients cannot be sought in the whole forest: the role lacks `Set-AdServerSettings`.
    OwnDomainOnly,
}
