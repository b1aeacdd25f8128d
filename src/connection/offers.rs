//! What a server offers to sign in with: its `WWW-Authenticate` headers (RFC 9110 section 11.6.1).

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};

/// The name under which NTLM messages travel in HTTP headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpScheme {
    /// What WinRM offers; it takes bare NTLM messages under this name.
    Negotiate,
    /// What a server offers that speaks NTLM only.
    Ntlm,
}

impl HttpScheme {
    /// As written in headers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Negotiate => "Negotiate",
            Self::Ntlm => "NTLM",
        }
    }

    /// The `Authorization` header that carries a message.
    pub(super) fn authorization(self, token: &[u8]) -> String {
        format!("{self} {}", BASE64_STANDARD.encode(token))
    }
}

impl fmt::Display for HttpScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The schemes offered, in the server's order.
pub(super) fn schemes<'a>(headers: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    /// More than there are.
    const MOST: usize = 32;

    let mut schemes: Vec<String> = Vec::new();
    for (scheme, _) in headers.into_iter().flat_map(challenges) {
        if schemes.len() == MOST {
            break;
        }
        if !schemes
            .iter()
            .any(|known| known.eq_ignore_ascii_case(scheme))
        {
            schemes.push(scheme.to_owned());
        }
    }
    schemes
}

/// The message that came under `scheme`, if one did.
pub(super) fn token<'a>(
    headers: impl IntoIterator<Item = &'a str>,
    scheme: HttpScheme,
) -> Option<Vec<u8>> {
    headers
        .into_iter()
        .flat_map(challenges)
        .find(|(name, token)| name.eq_ignore_ascii_case(scheme.name()) && !token.is_empty())
        .and_then(|(_, token)| BASE64_STANDARD.decode(token).ok())
}

/// The pairs of scheme and token in one header. Parameters (`realm="x"`) are not challenges: they contain an equals
/// sign that is not padding.
fn challenges(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.split(',').filter_map(|item| {
        let (scheme, token) = item.trim().split_once(' ').unwrap_or((item.trim(), ""));
        let is_scheme = !scheme.is_empty()
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-');
        is_scheme.then(|| (scheme, token.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_read_as_servers_write_them() {
        for (headers, expected) in [
            (
                &["Negotiate", "Kerberos", "Basic realm=\"WSMAN\""][..],
                &["Negotiate", "Kerberos", "Basic"][..],
            ),
            (
                &["Negotiate, Basic realm=\"a\", charset=\"UTF-8\", NTLM"],
                &["Negotiate", "Basic", "NTLM"],
            ),
            (&["negotiate TlRMTVNTUAAC", "Negotiate"], &["negotiate"]),
            (&["", ","], &[]),
        ] {
            assert_eq!(schemes(headers.iter().copied()), expected, "{headers:?}");
        }
    }

    #[test]
    fn no_more_offers_are_kept_than_there_can_be() {
        let many: Vec<_> = (0..100).map(|number| format!("S{number}")).collect();
        assert_eq!(schemes([many.join(",").as_str()]), many[..32]);
    }

    #[test]
    fn the_token_of_the_scheme_is_found() {
        for (headers, scheme, expected) in [
            (
                &["Negotiate TlRMTQ=="][..],
                HttpScheme::Negotiate,
                Some(b"NTLM".as_slice()),
            ),
            (
                &["Basic realm=\"x\", NTLM TlRMTQ=="],
                HttpScheme::Ntlm,
                Some(b"NTLM"),
            ),
            (
                &["Negotiate", "negotiate TlRMTQ=="],
                HttpScheme::Negotiate,
                Some(b"NTLM"),
            ),
            (&["Negotiate TlRMTQ=="], HttpScheme::Ntlm, None),
            (&["Negotiate"], HttpScheme::Negotiate, None),
            (&["Negotiate !!!"], HttpScheme::Negotiate, None),
        ] {
            assert_eq!(
                token(headers.iter().copied(), scheme).as_deref(),
                expected,
                "{headers:?}"
            );
        }
    }
}
