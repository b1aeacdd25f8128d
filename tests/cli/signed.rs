//! `--helper`: the program, signed by the admin's own certificate, and nothing else.

use std::{fs, path::Path, process::Command};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::support::{Mapisweep, locked_out};

/// Signed by a tool that nobody here wrote.
#[tokio::test(flavor = "multi_thread")]
async fn a_signed_copy_is_what_runs_there() {
    let Some(folder) = signed() else {
        return;
    };
    let signed = folder.path().join("signed.exe");
    let staged = locked_out().await;
    let ran = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes")
        .arg(format!("--helper={}", signed.display()))
        .run()
        .await
        .exits(0)
        .prints("can log on again");
    let hash = format!("{:x}", Sha256::digest(fs::read(signed).unwrap()));
    assert_eq!(ran.audit()[1]["helper_sha256"], hash.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn any_other_program_is_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let exported = export(folder.path());
    let original = fs::read(&exported).unwrap();
    let middle = original.len() / 2;
    let mut changed = original.clone();
    changed[middle] ^= 1;
    let staged = locked_out().await;
    for (what, bytes, said) in [
        (
            "text",
            b"#!/bin/sh".to_vec(),
            "is not the helper: not a Windows program",
        ),
        (
            "one byte changed",
            changed,
            "is not the helper: more than a signature is different from the helper of this version",
        ),
        (
            "something added",
            [&original[..], b"more"].concat(),
            "more than a signature is different",
        ),
    ] {
        let file = folder.path().join("other.exe");
        fs::write(&file, bytes).unwrap();
        Mapisweep::on(&staged.lab)
            .args("connections --server ex01")
            .arg(format!("--helper={}", file.display()))
            .run()
            .await
            .exits(2)
            .says(said);
        assert_eq!(staged.lab.server("ex01").exchanges(), 0, "{what}");
    }
}

fn export(folder: &Path) -> std::path::PathBuf {
    let exported = folder.join("exported.exe");
    let mut export = Command::new(env!("CARGO_BIN_EXE_mapisweep"));
    export.args(["helper", "export"]).arg(&exported);
    assert!(export.status().unwrap().success());
    exported
}

/// The exported helper as `signed.exe`, where osslsigncode and openssl are.
fn signed() -> Option<TempDir> {
    let folder = tempfile::tempdir().unwrap();
    let exported = export(folder.path());
    let run = |line: &str| {
        let mut words = line.split(' ');
        let mut command = Command::new(words.next()?);
        let output = command
            .args(words)
            .current_dir(folder.path())
            .output()
            .ok()?;
        assert!(output.status.success(), "{line}: {output:?}");
        Some(())
    };
    let certificate = run(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 \
         -subj /CN=mapisweep-test -addext extendedKeyUsage=codeSigning",
    );
    let exported = exported.file_name()?.to_str()?;
    let sign = format!(
        "osslsigncode sign -certs certificate.pem -key key.pem -n mapisweep-helper -in {exported} -out signed.exe"
    );
    let signed = certificate.and_then(|()| run(&sign));
    if signed.is_none() {
        mapisweep_outside::skip(
            "a signed helper",
            "openssl and osslsigncode are not installed",
        );
    }
    signed.map(|()| folder)
}
