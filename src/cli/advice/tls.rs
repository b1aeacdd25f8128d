//! Advice for what goes wrong with TLS and the server's certificate.

use mapisweep_core::config::Pin;
use rustls::{AlertDescription, CertificateError, Error as TlsError, OtherError, PeerIncompatible};

use super::Advice;
use crate::{
    cli::text::{list, plain},
    connection::{CertificateFacts, Flaws},
};

/// What the servers in scope offer: SChannel before Server 2016 has no AEAD suite for RSA certificates.
pub(super) const OLD_SERVERS: &str = "Windows Server before 2016 offers TLS 1.0, or TLS 1.2 with CBC suites, unless its certificate is an ECDSA one; \
     neither is spoken here. Use --transport http: every message is sealed there.";
const OVER_HTTP: &str = "Or use --transport http: every message is sealed there.";

const NEW_ONE: &str = "Give the listener another certificate: for servers, RSA with 2048 bits or ECDSA, SHA-256, and its name as a \
     subjectAltName. ";

/// On the server, in PowerShell 2.0 or later: the thumbprint and the SHA-256 of each certificate that a listener may have.
const SHOW_FINGERPRINTS: &str = r"dir Cert:\LocalMachine\My | % { $_.Thumbprint; [BitConverter]::ToString([Security.Cryptography.SHA256]::Create().ComputeHash($_.RawData)) }";

/// No common language, or none at all.
pub(super) fn failed(host: &str, why: &TlsError, port: Option<u16>) -> Advice {
    let nothing_common = |what| Advice::new(what, OLD_SERVERS);
    match why {
        TlsError::InvalidMessage(_) => Advice::new(
            format!("what answers at {host} does not speak TLS"),
            match for_plain_http(port) {
                Some(port) => port,
                None => format!(
                    "Check the port: WinRM's HTTPS listener is at 5986, where there is one. {OVER_HTTP}"
                ),
            },
        ),
        TlsError::AlertReceived(AlertDescription::ProtocolVersion)
        | TlsError::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13) => {
            nothing_common("no version of TLS is spoken both there and here")
        }
        TlsError::AlertReceived(AlertDescription::HandshakeFailure)
        | TlsError::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon)
        | TlsError::PeerIncompatible(PeerIncompatible::NoKxGroupsInCommon) => {
            nothing_common("no cipher suite of TLS is known both there and here")
        }
        why => Advice::new(
            format!("TLS with {host} failed: {}", plain(&why.to_string())),
            OLD_SERVERS,
        ),
    }
}

/// The server said nothing: old ones do so, and what expects plain HTTP.
pub(super) fn broken_off(port: Option<u16>) -> String {
    for_plain_http(port).unwrap_or_else(|| {
        format!("If the port is one for plain HTTP, leave --transport https away. {OLD_SERVERS}")
    })
}

fn for_plain_http(port: Option<u16>) -> Option<String> {
    let port = port.filter(|port| matches!(port, 80 | 5985))?;
    Some(format!(
        "{port} is a port for plain HTTP: leave --transport https away (every message is sealed there), or the port."
    ))
}

/// A certificate that nobody trusted vouches for.
pub(super) fn untrusted(
    host: &str,
    found: Option<&CertificateFacts>,
    why: &TlsError,
    port: Option<u16>,
) -> Advice {
    use CertificateError::*;
    let is_self_signed = found.is_some_and(CertificateFacts::is_self_signed);
    let flaws = found.map(|found| found.flaws).unwrap_or_default();
    let TlsError::InvalidCertificate(why) = why else {
        return failed(host, why, port);
    };
    if let (BadSignature, Some(bits)) = (why, flaws.short_rsa) {
        let least = Flaws::LEAST_RSA;
        let reason = format!("its RSA key has {bits} bits, and at least {least} are needed");
        return to_be_replaced(host, found, &reason);
    }
    let (reason, to_do) = match why {
        // what these say of a certificate is no matter of trust
        Revoked => return not_to_be_pinned(host, found, "it has been revoked"),
        BadSignature => return not_to_be_pinned(host, found, "a signature is wrong"),
        Other(_) if flaws.is_old_version => {
            let reason = "it is of version 1, which cannot say what it is for";
            return to_be_replaced(host, found, reason);
        }
        Other(_) if flaws.is_authority => (
            "it is that of a certificate authority, which vouches for others and is no server's"
                .to_owned(),
            NEW_ONE.to_owned(),
        ),
        UnsupportedSignatureAlgorithmContext { .. } => (
            match flaws.is_sha1 {
                true => "it is signed with SHA-1, which can be forged",
                false => "it, or an issuer's, is signed in a way that is not taken",
            }
            .to_owned(),
            NEW_ONE.to_owned(),
        ),
        InvalidPurpose | InvalidPurposeContext { .. } => (
            "it is not for servers: its extended key usage lacks server authentication".to_owned(),
            NEW_ONE.to_owned(),
        ),
        UnknownIssuer if is_self_signed => ("it is self-signed".to_owned(), String::new()),
        UnknownIssuer => (
            "its issuer is unknown".to_owned(),
            "If it is the right one, give its issuer's certificate with --ca-file. ".to_owned(),
        ),
        NotValidForName | NotValidForNameContext { .. } => {
            let names = found
                .map(|found| found.names.as_slice())
                .unwrap_or_default();
            match names {
                [] => (
                    "it has no subjectAltName, and a name that stands in its subject alone (CN) does not count".to_owned(),
                    format!("Renew it on the server with {host} as a subjectAltName. "),
                ),
                names => (
                    "it is for another name".to_owned(),
                    format!(
                        "Give the server by a name that it carries: {}. ",
                        plain(&list(names))
                    ),
                ),
            }
        }
        Expired | ExpiredContext { .. } => (
            "it has expired".to_owned(),
            "Renew it on the server. ".to_owned(),
        ),
        NotValidYet | NotValidYetContext { .. } => (
            "it is not valid yet".to_owned(),
            "Check the clocks, here and there. ".to_owned(),
        ),
        Other(OtherError(why)) => (plain(&why.to_string()), String::new()),
        other => (plain(&other.to_string()), String::new()),
    };
    let pin = found
        .map(|found| compare(host, found.pin) + " ")
        .unwrap_or_default();
    Advice::new(
        format!(
            "the certificate of {host} is not trusted: {reason}{}",
            facts(found)
        ),
        format!("{to_do}{pin}{OVER_HTTP}"),
    )
}

/// What no pin helps with.
fn to_be_replaced(host: &str, found: Option<&CertificateFacts>, reason: &str) -> Advice {
    Advice::new(
        format!(
            "the certificate of {host} cannot be used: {reason}{}",
            facts(found)
        ),
        format!("{NEW_ONE}{OVER_HTTP}"),
    )
}

fn not_to_be_pinned(host: &str, found: Option<&CertificateFacts>, reason: &str) -> Advice {
    Advice::new(
        format!(
            "the certificate of {host} is not trusted: {reason}{}",
            facts(found)
        ),
        "Find out why before anything is sent there.",
    )
}

/// Another certificate than the one that was pinned.
pub(super) fn wrong_pin(host: &str, expected: &[Pin], found: &CertificateFacts) -> Advice {
    Advice::new(
        format!(
            "the certificate of {host} is not the pinned one: expected SHA-256 {}, found {}{}. Nothing was sent",
            list(expected),
            found.pin,
            facts(Some(found)),
        ),
        format!(
            "It was renewed; or the pin is another server's, and --pin may be repeated; or something in between ends TLS \
             and would read along. {}",
            compare(host, found.pin)
        ),
    )
}

/// A pin is worth what the look at the server was worth.
fn compare(host: &str, pin: Pin) -> String {
    format!(
        "Is it the one on {host}? There `winrm enumerate winrm/config/listener` shows the listener's thumbprint, and \
         in PowerShell `{SHOW_FINGERPRINTS}` the SHA-256 beside each thumbprint. Only if both are as here, add --pin \
         {pin}, which trusts this certificate whatever it says."
    )
}

fn facts(found: Option<&CertificateFacts>) -> String {
    let Some(found) = found else {
        return String::new();
    };
    let (subject, issuer) = (plain(&found.subject), plain(&found.issuer));
    let issuer = match found.is_self_signed() {
        true => String::new(),
        false => format!(", issued by {issuer}"),
    };
    let expires = found
        .expires
        .map(|day| format!(", valid until {day}"))
        .unwrap_or_default();
    format!(
        " ({subject}{issuer}{expires}, thumbprint {})",
        found.thumbprint
    )
}
