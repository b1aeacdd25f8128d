//! What addresses a name has, for whoever wants to know them and connects to none.

use std::{io, net::IpAddr};

/// The addresses of a host, as this computer's resolver tells.
///
/// # Errors
/// The resolver knows none.
pub async fn addresses_of(host: &str) -> io::Result<Vec<IpAddr>> {
    const NO_PORT: u16 = 0;
    let found = tokio::net::lookup_host((host, NO_PORT)).await?;
    Ok(found.map(|address| address.ip()).collect())
}
