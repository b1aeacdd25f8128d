//! What is said of how servers are signed in to.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::{
    advice::{Advice, NOT_PASSED_ON},
    printer::Printer,
    text::plain,
};
use crate::{
    connection::{Watch, Way},
    kerberos::Delegation,
};

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

    /// Once a run: what is said of one server holds for all.
    fn tell_of_delegation(&self, server: &str) {
        if !self.has_told_of_delegation.swap(true, Ordering::Relaxed) {
            self.printer.note(&format!(
                "A ticket in your name goes to {server}, and to every other server of this run that takes Kerberos, for \
                 Exchange's cmdlets to read Active Directory; --no-delegation keeps it here."
            ));
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
                match delegation {
                    Delegation::Given => self.tell_of_delegation(&server),
                    // where a cmdlet misses it, that is an error, and says so
                    Delegation::Withheld => self.printer.detail(&format!(
                        "No ticket goes along to {server}, so Exchange's cmdlets will hardly reach Active Directory \
                         there. {NOT_PASSED_ON}"
                    )),
                    Delegation::NotAsked => {}
                }
            }
            Way::Ntlm {
                instead: Some(instead),
            } => {
                let why = plain(&Advice::on_kerberos(instead, &server).what);
                self.printer.detail(&format!(
                    "{server}: by NTLM, for Kerberos leads nowhere: {why}"
                ));
            }
            Way::Ntlm { instead: None } | Way::Basic => {}
        }
    }
}
