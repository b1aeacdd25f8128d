//! Clients that others wrote, against the lab: what shows that it speaks the protocols and not just our dialect.
#![allow(clippy::print_stderr)]

use std::{env, path::PathBuf, process::Output};

use mapisweep_lab::{ExchangeVersion, Faults, Lab, Quotas, Scenario, Staged};
use serde_json::json;
use tempfile::NamedTempFile;
use tokio::process::Command;

/// How a client signs in.
#[derive(Clone, Copy, PartialEq)]
enum SignIn {
    Sealed,
    NtlmOverHttps,
    BasicOverHttps,
}

#[tokio::test]
async fn pypsrp_sealed_with_winrm_2() {
    let staged = stage(ExchangeVersion::Exchange2007, SignIn::Sealed).await;
    witness("pypsrp_client.py", &staged.lab, SignIn::Sealed, "2007").await;
}

#[tokio::test]
async fn pypsrp_sealed_with_winrm_3() {
    let staged = stage(ExchangeVersion::Exchange2013, SignIn::Sealed).await;
    witness("pypsrp_client.py", &staged.lab, SignIn::Sealed, "2013").await;
}

#[tokio::test]
async fn pypsrp_over_https_with_channel_binding() {
    let staged = stage(ExchangeVersion::Exchange2007, SignIn::NtlmOverHttps).await;
    witness(
        "pypsrp_client.py",
        &staged.lab,
        SignIn::NtlmOverHttps,
        "2007",
    )
    .await;
}

#[tokio::test]
async fn pypsrp_with_basic_over_https() {
    let staged = stage(ExchangeVersion::Exchange2013, SignIn::BasicOverHttps).await;
    witness(
        "pypsrp_client.py",
        &staged.lab,
        SignIn::BasicOverHttps,
        "2013",
    )
    .await;
}

#[tokio::test]
async fn pywinrm_sealed() {
    let staged = stage(ExchangeVersion::Exchange2007, SignIn::Sealed).await;
    witness("pywinrm_client.py", &staged.lab, SignIn::Sealed, "2007").await;
}

async fn stage(exchange: ExchangeVersion, sign_in: SignIn) -> Staged {
    let quotas = match exchange {
        ExchangeVersion::Exchange2013 => Quotas::WINRM_3,
        _ => Quotas::WINRM_2,
    };
    let faults = Faults {
        strict_channel_binding: sign_in == SignIn::NtlmOverHttps,
        basic_over_https: sign_in == SignIn::BasicOverHttps,
        ..Faults::default()
    };
    let builder = Lab::builder().server("ex01", |s| {
        s.exchange(exchange).quotas(quotas).faults(faults)
    });
    Scenario::locked_out_user().stage(builder).await.unwrap()
}

async fn witness(script: &str, lab: &Lab, sign_in: SignIn, exchange: &str) {
    let Some(python) = python() else {
        return;
    };
    let ca = NamedTempFile::new().unwrap();
    std::fs::write(ca.path(), lab.ca_pem()).unwrap();
    let settings = json!({
        "port": lab.server("ex01").winrm().port(),
        "user": lab.administrator().qualified(),
        "password": Scenario::PASSWORD,
        "auth": if sign_in == SignIn::BasicOverHttps { "basic" } else { "ntlm" },
        "ca": (sign_in != SignIn::Sealed).then(|| ca.path()),
        "exchange": exchange,
    });
    let script = workspace().join("tests/witnesses").join(script);
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(python)
        .arg(script)
        .arg(settings.to_string())
        .output()
        .await
        .unwrap();
    let stdout = String::from_utf8_lossy(&stdout);
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{stdout}\n{stderr}");
    eprintln!("{stdout}");
    assert!(
        lab.server("ex01").leftovers().is_empty(),
        "{:?}",
        lab.server("ex01").leftovers()
    );
}

fn workspace() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The interpreter that `scripts/witnesses` installed; says loudly when there is none.
fn python() -> Option<PathBuf> {
    let folder = env::var_os("MAPISWEEP_WITNESSES").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| workspace().join("target/witnesses"));
    let python = folder.join("bin/python");
    if python.is_file() {
        return Some(python);
    }
    let why = format!("no {}: run scripts/witnesses", python.display());
    mapisweep_outside::skip("clients of others", &why);
    None
}
