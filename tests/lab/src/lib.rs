//! Simulated Exchange servers for mapisweep's tests and demo; nothing here is Windows.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use mapisweep_lab::Lab;
//!
//! let lab = Lab::builder()
//!     .server("ex01", |s| s.exchange_2007())
//!     .user("jsmith", |u| u.named("John Smith"))
//!     .start()
//!     .await?;
//!
//! lab.outlook("jsmith").from("10.1.4.23").sessions(32).connect().await?.lose_network();
//! assert!(lab.outlook("jsmith").from("10.1.4.77").connect().await.is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
//! ```
#![forbid(unsafe_code)]

mod builder;
mod cmdlets;
pub mod event;
pub mod fault;
mod http;
mod lab;
mod mapi;
mod ntlm;
mod organization;
mod powershell;
mod psrp;
mod quota;
mod scenario;
mod soap;
mod windows;
mod winrm;
mod world;

pub use builder::Builder;
pub use fault::{Breakage, Faults, HelperFault};
pub use lab::{Lab, Leftovers, Server};
pub use mapi::{
    hello::{ClientMode, Refusal},
    outlook::{ConnectError, Outlook, OutlookSpec},
};
pub use organization::{DNS_DOMAIN, DOMAIN, ExchangeVersion, ServerSpec, UserSpec};
pub use quota::Quotas;
pub use scenario::{Scenario, Staged};
pub use windows::tcp_table::TcpRow;

/// Where recorded traffic of real servers is, if it is there; says loudly when it is not.
#[cfg(test)]
#[allow(clippy::print_stderr)]
fn wire_folder() -> Option<std::path::PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/wire");
    let folder = std::env::var_os("MAPISWEEP_WIRE_DIR").unwrap_or_else(|| beside.into());
    let folder = std::path::PathBuf::from(folder);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("MAPISWEEP_REQUIRE_WIRE").is_none(),
        "no recorded traffic in {}",
        folder.display()
    );
    eprintln!("SKIPPED: no recorded traffic in {}", folder.display());
    None
}
