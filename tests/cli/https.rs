//! HTTPS: certificates that are trusted for themselves, and servers that speak no TLS that is spoken here.

use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use mapisweep_lab::{Lab, event::What};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Mapisweep, locked_out, proxy::free_port};

fn over_https(lab: &Lab) -> Mapisweep {
    Mapisweep::on(lab).arg("--transport=https")
}

fn is_untouched(lab: &Lab) -> bool {
    let events = lab.server("ex01").events();
    !events
        .iter()
        .any(|event| matches!(event, What::SignedIn { .. } | What::SignInRefused { .. }))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pin_that_the_error_names_is_the_one_to_give() {
    let staged = locked_out().await;
    let ran = over_https(&staged.lab)
        .args("logons --server ex01")
        .run()
        .await
        .exits(1);
    let (_, pin) = ran
        .stderr()
        .split_once("add --pin ")
        .expect("a pin to copy");
    let pin = &pin[..64];
    over_https(&staged.lab)
        .args(&format!("close jsmith --server ex01 --yes --pin {pin}"))
        .run()
        .await
        .exits(0)
        .prints("31 closed");
    // as PowerShell shows it, among others, in a profile
    let pairs: Vec<&str> = (0..32).map(|at| &pin[2 * at..2 * at + 2]).collect();
    let other = "00".repeat(32);
    let profile = format!(
        "[profile.default]\nservers = ['ex01']\ntransport = 'https'\npin = ['{other}', '{}']",
        pairs.join("-").to_uppercase()
    );
    Mapisweep::on(&staged.lab)
        .args("logons")
        .config(&profile)
        .run()
        .await
        .exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_pin_says_what_was_expected_and_nothing_is_sent() {
    let staged = locked_out().await;
    let pin = "0a".repeat(32);
    over_https(&staged.lab)
        .args(&format!("logons --server ex01 --pin {pin}"))
        .run()
        .await
        .exits(1)
        .says(&format!(
            "error: ex01: the certificate of ex01 is not the pinned one: expected SHA-256 {pin}, found "
        ))
        .says("Nothing was sent.");
    assert!(is_untouched(&staged.lab));
    for (arguments, complaint) in [
        ("--pin abc", "is not the SHA-256 of a certificate"),
        (
            "--pin a9993e364706816aba3e25717850c26c9cd0d89d",
            "the thumbprint that Windows shows has 40",
        ),
        (
            &format!("--pin {pin} --ca-file ca.pem"),
            "cannot be used with",
        ),
    ] {
        let run = over_https(&staged.lab).args(&format!("logons --server ex01 {arguments}"));
        run.run().await.exits(2).says(complaint);
    }
}

/// OpenSSL's server, limited to what old ones offer; `None` where there is none.
struct OldServer {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl OldServer {
    fn start(limits: &[&str]) -> Option<Self> {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["ex01".to_owned()]).expect("a certificate");
        Self::with(&(cert.pem() + &signing_key.serialize_pem()), limits)
    }

    /// With this certificate and its key.
    fn with(pem: &str, limits: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder for the certificate");
        let file = folder.path().join("ex01.pem");
        std::fs::write(&file, pem).expect("writable");
        let port = free_port();
        let mut openssl = Command::new("openssl");
        openssl.args([
            "s_server",
            "-quiet",
            "-accept",
            &format!("127.0.0.1:{port}"),
            "-cert",
        ]);
        openssl.arg(file).args(limits);
        openssl
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let Ok(child) = openssl.spawn() else {
            mapisweep_outside::skip("TLS with old servers", "no openssl");
            return None;
        };
        let mut server = Self {
            child,
            port,
            _folder: folder,
        };
        let began = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                server.child.try_wait().expect("a child").is_none(),
                "{limits:?}"
            );
            assert!(began.elapsed() < Duration::from_secs(20), "{limits:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(server)
    }
}

impl Drop for OldServer {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_too_old_for_tls_are_told_as_such() {
    for limits in [
        &["-tls1", "-cipher", "DEFAULT:@SECLEVEL=0"][..],
        &[
            "-tls1_2",
            "-cipher",
            "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA256",
        ],
    ] {
        let Some(server) = OldServer::start(limits) else {
            return;
        };
        Mapisweep::alone()
            .args(r"logons --server ex01 --transport https --user CORP\ann")
            .arg(format!("--connect-to=ex01=127.0.0.1:{}", server.port))
            .password("secret")
            .run()
            .await
            .exits(1)
            .says("error: ex01: no ")
            .says("both there and here. Windows")
            .says("Windows Server before 2016 offers TLS 1.0, or TLS 1.2 with CBC suites")
            .says("Use --transport http");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_at_a_port_for_https_is_told_as_such() {
    let Some(server) = OldServer::start(&[]) else {
        return;
    };
    Mapisweep::alone()
        .args(r"logons --server ex01 --user CORP\ann --auth ntlm")
        .arg(format!("--connect-to=ex01=127.0.0.1:{}", server.port))
        .password("secret")
        .run()
        .await
        .exits(1)
        .says("error: ex01: the connection was closed without a word, 3 times.")
        .says("use --transport https");
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_at_a_port_for_plain_http_is_told_as_such() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            _ = stream.read(&mut [0; 4096]).await;
            let answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
            _ = stream.write_all(answer).await;
        }
    });
    Mapisweep::alone()
        .args(r"logons --server ex01:5985 --transport https --user CORP\ann --auth ntlm")
        .arg(format!("--connect-to=ex01={at}"))
        .password("secret")
        .run()
        .await
        .exits(1)
        .says("5985 is a port for plain HTTP: leave --transport https away");
}

/// A certificate of OpenSSL's for ex01 with its key, and one that trusts it: itself, or its authority's. `None` where there
/// is no openssl.
fn certificate(key: &str, digest: &str, extensions: Option<&str>) -> Option<(String, String)> {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |line: &str| {
        let words = line.split_whitespace();
        let made = Command::new("openssl")
            .args(words)
            .current_dir(folder.path())
            .output();
        made.is_ok_and(|made| made.status.success())
    };
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a file");
    let extension_file = folder.path().join("extensions");
    std::fs::write(&extension_file, extensions.unwrap_or_default()).expect("writable");
    let extensions = extensions.map_or("", |_| "-extfile extensions");
    let is_made = run(
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=Authority",
    ) && run(&format!(
        "req -new -newkey {key} -nodes -keyout ex01.key -out ex01.csr -subj /CN=ex01"
    )) && run(&format!(
        "x509 -req -in ex01.csr -CA ca.pem -CAkey ca.key -CAcreateserial -{digest} {extensions} -out ex01.pem"
    ));
    if !is_made {
        mapisweep_outside::skip("certificates that are not taken", "no openssl");
        return None;
    }
    Some((read("ex01.pem") + &read("ex01.key"), read("ca.pem")))
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_that_are_not_taken_have_a_plain_sentence_each() {
    const NAMED: &str = "subjectAltName=DNS:ex01";
    for (key, digest, extensions, sentence) in [
        (
            "rsa:2048",
            "sha256",
            Some("basicConstraints=CA:FALSE"),
            "is not trusted: it has no subjectAltName, and a name that stands in its subject alone (CN) does not count (",
        ),
        (
            "rsa:2048",
            "sha1",
            Some(NAMED),
            "is not trusted: it is signed with SHA-1, which can be forged (",
        ),
        (
            "rsa:1024",
            "sha256",
            Some(NAMED),
            "cannot be used: its RSA key has 1024 bits, and at least 2048 are needed (",
        ),
        (
            "rsa:2048",
            "sha256",
            None,
            "cannot be used: it is of version 1, which cannot say what it is for (",
        ),
        (
            "rsa:2048",
            "sha256",
            Some("subjectAltName=DNS:ex01\nbasicConstraints=CA:TRUE"),
            "is not trusted: it is that of a certificate authority, which vouches for others and is no server's (",
        ),
        (
            "rsa:2048",
            "sha256",
            Some("subjectAltName=DNS:ex01\nextendedKeyUsage=clientAuth"),
            "is not trusted: it is not for servers: its extended key usage lacks server authentication (",
        ),
    ] {
        let Some((pem, authority)) = certificate(key, digest, extensions) else {
            return;
        };
        let any = ["-cipher", "DEFAULT:@SECLEVEL=0"];
        let Some(server) = OldServer::with(&pem, &any) else {
            return;
        };
        let run = Mapisweep::alone()
            .args(r"logons --server ex01 --transport https --user CORP\ann --auth ntlm")
            .arg(format!("--connect-to=ex01=127.0.0.1:{}", server.port))
            .password("secret");
        let file = run.home().join("ca.pem");
        std::fs::write(&file, authority).expect("writable");
        let run = run.arg(format!("--ca-file={}", file.display()));
        run.run()
            .await
            .exits(1)
            .says(&format!("error: ex01: the certificate of ex01 {sentence}"));
    }
}
