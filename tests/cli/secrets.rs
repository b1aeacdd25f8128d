//! No password appears in `-vvv` output, in any error, in the audit log or in `ps`.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use mapisweep_lab::{Faults, Lab, Scenario};

use crate::support::{Mapisweep, Ran, locked_out};

/// The forms in which a password might slip out.
fn forms(password: &str) -> Vec<(&'static str, Vec<u8>)> {
    let utf16: Vec<u8> = password.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let basic = BASE64_STANDARD.encode(format!(r"CORP\ann:{password}"));
    let bytes = format!("{:?}", password.as_bytes());
    vec![
        ("the password", password.into()),
        ("its UTF-16", utf16.clone()),
        ("its Base64", BASE64_STANDARD.encode(password).into()),
        ("its UTF-16 in Base64", BASE64_STANDARD.encode(utf16).into()),
        ("the Basic header", basic.into()),
        ("its bytes in Debug", bytes.trim_matches(['[', ']']).into()),
    ]
}

#[track_caller]
fn assert_absent(password: &str, ran: &Ran) {
    for (place, bytes) in ran.traces() {
        for (form, needle) in forms(password) {
            let found = bytes.windows(needle.len()).any(|window| window == needle);
            assert!(!found, "{form} is in {place}\n{ran}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_no_output_and_no_file() {
    let staged = locked_out().await;
    let on = |lab: &Lab, line: &str| Mapisweep::on(lab).args(line).arg("-vvv");
    let right = Scenario::PASSWORD;
    let wrong = "Hunter2-is-wrong";
    let tls = on(
        &staged.lab,
        "logons --server ex01 --transport https --auth basic",
    );
    let authority = tls.home().join("ca.pem");
    std::fs::write(&authority, staged.lab.ca_pem()).unwrap();
    staged.lab.server("ex01").set_faults(Faults {
        basic_over_https: true,
        ..Faults::default()
    });
    let mut ran = vec![
        (
            right,
            on(&staged.lab, "close jsmith --server ex01 --yes")
                .run()
                .await
                .exits(0),
        ),
        (
            right,
            tls.arg(format!("--ca-file={}", authority.display()))
                .run()
                .await
                .exits(0),
        ),
        (
            right,
            on(&staged.lab, "logons --server ex01 --transport https")
                .run()
                .await
                .exits(1),
        ),
        (
            right,
            on(&staged.lab, "close nobody --server ex01 --yes")
                .run()
                .await
                .exits(3),
        ),
        (
            right,
            Mapisweep::alone()
                .args("whoami -vvv --user ann")
                .password(right)
                .run()
                .await
                .exits(0),
        ),
        (
            wrong,
            on(&staged.lab, "logons --server ex01")
                .password(wrong)
                .run()
                .await
                .exits(1),
        ),
    ];
    let login = Mapisweep::alone()
        .args("login --user ann --password-stdin -vvv")
        .input(&format!("{wrong}\n"));
    ran.push((wrong, login.run().await.exits(1)));
    assert!(
        ran[0].1.shown().contains("signing in"),
        "-vvv says something: {}",
        ran[0].1
    );
    for (password, ran) in &ran {
        assert_absent(password, ran);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn not_among_its_arguments() {
    let staged = locked_out().await;
    staged.lab.server("ex01").set_faults(Faults {
        delay: Duration::from_millis(50),
        ..Faults::default()
    });
    let running = Mapisweep::on(&staged.lab)
        .without_password()
        .args("close jsmith --server ex01 --yes --password-stdin")
        .input(&format!("{}\n", Scenario::PASSWORD))
        .start()
        .await;
    let pid = running.pid();
    let watching = tokio::task::spawn_blocking(move || {
        let mut seen = 0;
        for _ in 0..100 {
            let arguments = arguments_of(pid);
            assert!(!arguments.contains(Scenario::PASSWORD), "{arguments}");
            seen += usize::from(arguments.contains("--password-stdin"));
            std::thread::sleep(Duration::from_millis(5));
        }
        seen
    });
    running.ends().await.exits(0);
    assert!(watching.await.unwrap() > 0, "its arguments were looked at");
}

/// The arguments of a process as everybody can see them; none once it has ended. mapisweep starts no others.
fn arguments_of(pid: u32) -> String {
    let bytes = if cfg!(target_os = "linux") {
        std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default()
    } else {
        let mut ps = std::process::Command::new("ps");
        ps.args(["-ww", "-o", "args=", "-p", &pid.to_string()]);
        ps.output().unwrap().stdout
    };
    String::from_utf8_lossy(&bytes).replace('\0', " ")
}
