//! What a server offers to sign in with: its `WWW-Authenticate` headers (RFC 9110 section 11.6.1).

use base64::prelude::{BASE64_STANDARD, Engine as _};

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
    scheme: &str,
) -> Option<Vec<u8>> {
    headers
        .into_iter()
        .flat_map(challenges)
        .find(|(name, token)| name.eq_ignore_ascii_case(scheme) && !token.is_empty())
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
                "Negotiate",
                Some(b"NTLM".as_slice()),
            ),
            (&["Basic realm=\"x\", NTLM TlRMTQ=="], "NTLM", Some(b"NTLM")),
            (
                &["Negotiate", "negotiate TlRMTQ=="],
                "Negotiate",
                Some(b"NTLM"),
            ),
            (&["Negotiate TlRMTQ=="], "NTLM", None),
            (&["Negotiate"], "Negotiate", None),
            (&["Negotiate !!!"], "Negotiate", None),
        ] {
            assert_eq!(
                token(headers.iter().copied(), scheme).as_deref(),
                expected,
                "{headers:?}"
            );
        }
    }
}
