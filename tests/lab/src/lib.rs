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
pub mod event;
pub mod fault;
mod lab;
mod mapi;
mod organization;
mod quota;
mod windows;
mod world;

pub use builder::Builder;
pub use fault::{Breakage, Faults, HelperFault};
pub use lab::{Lab, Server};
pub use mapi::{
    hello::{ClientMode, Refusal},
    outlook::{ConnectError, Outlook, OutlookSpec},
};
pub use organization::{DNS_DOMAIN, DOMAIN, ExchangeVersion, ServerSpec, UserSpec};
pub use quota::Quotas;
pub use windows::tcp_table::TcpRow;
