//! What addresses a name has, and what name an address, for whoever wants to know them and connects to none.

use std::{io, net::IpAddr};

use dns_lookup::{LookupError, LookupErrorKind, lookup_addr, lookup_host};

/// The addresses of a host, as this computer's resolver tells.
///
/// # Errors
/// The resolver knows none.
pub async fn addresses_of(host: &str) -> io::Result<Vec<IpAddr>> {
    const NO_PORT: u16 = 0;
    let found = tokio::net::lookup_host((host, NO_PORT)).await?;
    Ok(found.map(|address| address.ip()).collect())
}

/// The same where that there is none is an answer, too: then the list is empty.
///
/// # Errors
/// The resolver did not answer.
pub async fn all_addresses_of(host: String) -> io::Result<Vec<IpAddr>> {
    asked(move || lookup_host(&host).map(Iterator::collect)).await
}

/// What an address is called, as this computer's resolver tells; nothing where it has no name.
///
/// # Errors
/// The resolver did not answer.
pub async fn name_of(address: IpAddr) -> io::Result<Option<String>> {
    asked(move || lookup_addr(&address).map(Some)).await
}

/// The system's resolver blocks: on a thread, which is left to itself where nobody waits any more.
async fn asked<T: Default + Send + 'static>(
    ask: impl FnOnce() -> Result<T, LookupError> + Send + 'static,
) -> io::Result<T> {
    let answer = tokio::task::spawn_blocking(ask).await;
    match answer.map_err(io::Error::other)? {
        Ok(found) => Ok(found),
        Err(error) => match error.kind() {
            LookupErrorKind::NoName | LookupErrorKind::NoData => Ok(T::default()),
            _ => Err(error.into()),
        },
    }
}
