//! What is said of how servers are signed in to.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use mapisweep_core::config::ExchangeEndpoint;

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
    exchange_endpoint: ExchangeEndpoint,
    has_told_of_delegation: AtomicBool,
}

impl Telling {
    /// Nothing was told yet.
    pub fn new(printer: Arc<Printer>, exchange_endpoint: ExchangeEndpoint) -> Self {
        Self {
            printer,
            exchange_endpoint,
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

    /// No ticket goes along: who can do without, and who cannot.
    fn tell_of_none(&self, server: &str) {
        let printer = &self.printer;
        match self.exchange_endpoint {
            ExchangeEndpoint::Own => printer.detail(&format!(
                "No ticket goes along to {server}, and Exchange's own endpoint needs none."
            )),
            ExchangeEndpoint::Auto => printer.detail(&format!(
                "No ticket goes along to {server}, so the snap-in will hardly reach Active Directory there; on Exchange 2010 \
                 and later Exchange's own endpoint is asked then, which needs none. For the snap-in: {NOT_PASSED_ON}"
            )),
            ExchangeEndpoint::SnapIn => printer.detail(&format!(
                "No ticket goes along to {server}, so the snap-in will hardly reach Active Directory there. {NOT_PASSED_ON}"
            )),
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
                    Delegation::Withheld => self.tell_of_none(&server),
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
