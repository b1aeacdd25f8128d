//! Simulated Exchange servers for mapisweep's tests and demo; nothing here is Windows.
//!
//! What is real: TCP, TLS, HTTP, NTLM with sealing, WS-Management with its quotas, timeouts and faults, PowerShell
//! remoting with typed objects. Mail clients hold real loopback connections to a simulated store; closing a row of a
//! server's connection table resets the connection behind it, and the sessions that lived on it end. What is
//! simulated: addresses (10.1.4.23 instead of loopback), processes, files, the registry, the directory.
//!
//! A client of Exchange 2010 may connect to another server than the one that holds its sessions ([`Server::outlook`]):
//! then its TCP connection is in that one's table, and one connection between the two servers in the other's, over which
//! all of them share their sessions. Unverified on a real server: whether a logon then carries the client's address or
//! the client access server's ([`ServerSpec::opens_sessions_in_its_own_name`]), whether closing that one connection ends
//! all sessions at once, what `Get-LogonStatistics` says on a server without databases, and when a line is written into
//! the log of the RPC Client Access service. A dead client access server is one that a test does not let the program
//! reach, and that no other server hears of ([`Faults::is_dead`]); without the latter only the program has no way there.
//! What it left stays.
//!
//! What there is not: PowerShell is not interpreted. A pipeline is one command known by name, or the one script that
//! mapisweep sends, known by its whole text; see the table in `cmdlets`. The helper's .exe is checked (hash, PE
//! header, Windows version) but not run: its own logic runs natively on the simulated table. A lab that is put on a
//! [`wine::Testbed`] runs the very .exe, on connections with real addresses ([`Builder::on_testbed`]). There is no NTLM
//! inside SPNEGO, no cmd shell (winrs) and no disconnected session: these get the answer that Windows gives where they are
//! not installed. Exchange's own endpoint, `/PowerShell/`, is a port of its own on Exchange 2010 and later: see `site`. Kerberos is the system's library's, where [`Builder::kerberos`] gives it keys.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use mapisweep_lab::Lab;
//!
//! let lab = Lab::builder()
//!     .server("ex01", |s| s.exchange_2007())
//!     .user("ann", |u| u.administrator())
//!     .user("jsmith", |u| u.named("John Smith"))
//!     .start()
//!     .await?;
//!
//! // jsmith's laptop loses its network until nothing is left of his 32 sessions
//! let stale = lab.outlook("jsmith").from("10.1.4.23").sessions(32).connections(3);
//! stale.connect().await?.lose_network();
//! assert!(lab.outlook("jsmith").from("10.1.4.77").connect().await.is_err());
//!
//! // now point mapisweep at `lab.connect_to()`, signing in as ann with "ann's password", and then
//! let ex01 = lab.server("ex01");
//! assert_eq!(ex01.sessions_of("jsmith"), 32);
//! assert!(ex01.resets().is_empty() && ex01.leftovers().is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
//! ```
//!
//! | room | what it is for |
//! | --- | --- |
//! | [`Builder`], [`ServerSpec`], [`UserSpec`], [`Quotas`], [`Faults`] | describing a lab, and what goes wrong in it |
//! | [`Scenario`], [`Outage`] | ready-made situations |
//! | [`Lab`], [`Server`], [`event`] | asking a running lab what happened |
//! | [`Balancer`] | one address before several servers |
//! | `mapi` | the store: listener, sessions and their limit; mail clients ([`Outlook`]) |
//! | `http`, `ntlm`, `kerberos` | the web server: TLS, sign-in per connection, sealed bodies |
//! | `site` | a server's two endpoints: WinRM's own and Exchange's |
//! | `soap`, `winrm` | WS-Management: requests, faults, shells, quotas |
//! | `psrp`, `powershell`, `cmdlets` | remoting, pipelines, and what each command does |
//! | `windows` | connection table, files, the helper's process |
//! | [`wine`] | the store's process and the helper's under Wine instead, on real connections |
//! | `world` | the state that all of these share |
//!
//! As a program: `cargo run -p mapisweep-lab -- --help`.
#![forbid(unsafe_code)]

mod balancer;
mod builder;
mod cmdlets;
pub mod event;
pub mod fault;
mod http;
mod kerberos;
mod lab;
mod mapi;
mod ntlm;
mod organization;
mod outage;
mod powershell;
mod psrp;
mod quota;
mod scenario;
mod site;
mod soap;
mod windows;
#[cfg_attr(not(target_os = "linux"), path = "no_wine.rs")]
pub mod wine;
mod winrm;
mod world;

pub use balancer::Balancer;
pub use builder::Builder;
pub use fault::{Breakage, Faults, HelperFault, Language, Scheme, SnapIns};
pub use http::tls::Certificate;
pub use kerberos::NoKerberos;
pub use lab::{Lab, Leftovers, Server};
pub use mapi::{
    hello::{ClientMode, Refusal},
    outlook::{ConnectError, Outlook, OutlookSpec},
};
pub use organization::{DNS_DOMAIN, DOMAIN, ExchangeVersion, ServerSpec, UserSpec};
pub use outage::{Outage, Victim};
pub use quota::Quotas;
pub use scenario::{Scenario, Staged};
pub use site::{AskedThere, OwnEndpointFault};
pub use windows::tcp_table::TcpRow;
