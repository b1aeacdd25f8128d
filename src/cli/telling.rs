//! What is said of how servers are signed in to.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use mapisweep_winrm::auth::Delegation;

use super::{
    advice::{Advice, NOT_PASSED_ON},
    printer::Printer,
    text::plain,
};
use crate::connection::{Watch, Way};

/// Tells how servers are signed in to.
pub struct Telling {
    printer: Arc<Printer>,
    has_told_of_delegation: AtomicBool,
}

impl Telling {
    /// Nothing was told yet.
    pub fn new(printer: Arc<Printer>) -> Self {
        Self {
            printer,
            has_told_of_delegation: AtomicBool::new(false),
        }
    }
}

impl Watch for Telling {
    fn signs_in(&self, server: &str, way: &Way) {
        let server = plain(server);
        match way {
            Way::Kerberos {
                principal,
                realm_from,
                service,
                delegation,
            } => {
                let from =
                    realm_from.map_or_else(String::new, |from| format!(" (realm from {from})"));
                let (principal, service) = (plain(principal), plain(service));
                self.printer.detail(&format!(
                    "{server}: by Kerberos as {principal}{from}, with a ticket for {service}"
                ));
                if *delegation == Delegation::Given
                    && !self.has_told_of_delegation.swap(true, Ordering::Relaxed)
                {
                    self.printer.note(&format!(
                        "A ticket in your name goes to {server}, and to every other server of this run that takes \
                         Kerberos, for Exchange's cmdlets to read Active Directory; --no-delegation keeps it here."
                    ));
                }
            }
            Way::Ntlm {
                instead: Some(instead),
            } => {
                let why = Advice::on_kerberos(instead, &server).what;
                self.printer.detail(&format!(
                    "{server}: by NTLM, for Kerberos leads nowhere: {why}"
                ));
            }
            Way::Ntlm { instead: None } | Way::Basic => {}
        }
    }

    fn delegated(&self, server: &str, delegation: Delegation) {
        if delegation == Delegation::Withheld {
            // where a cmdlet misses it, that is an error, and says so
            self.printer.detail(&format!(
                "No ticket went along to {}, so Exchange's cmdlets will hardly reach Active Directory there. {NOT_PASSED_ON}",
                plain(server)
            ));
        }
    }
}
