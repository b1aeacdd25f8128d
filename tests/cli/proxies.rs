//! Servers that are reached through tinyproxy and microsocks only.

use mapisweep_lab::{Lab, Staged, event::What};

use crate::support::{
    Mapisweep, locked_out,
    proxy::{Proxy, free_port},
};

/// A run that dials the lab's first server by a name that the proxy resolves.
fn through(staged: &Staged, url: &str) -> Mapisweep {
    Mapisweep::alone()
        .env("MAPISWEEP_USER", &staged.lab.administrator().qualified())
        .env("MAPISWEEP_PASSWORD", mapisweep_lab::Scenario::PASSWORD)
        // with `auto` a connection may be given up for want of a ticket before another signs in
        .arg("--auth=ntlm")
        .arg(format!("--proxy={url}"))
        .arg(format!("--connect-to=ex01=localhost:{}", port(&staged.lab)))
}

fn port(lab: &Lab) -> u16 {
    lab.server("ex01").winrm().port()
}

fn sign_ins(lab: &Lab) -> usize {
    let events = lab.server("ex01").events();
    let sign_ins = events
        .iter()
        .filter(|event| matches!(event, What::SignedIn { .. }));
    sign_ins.count()
}

/// The whole job; how often the proxy was asked is for the caller to compare.
async fn works(staged: &Staged, url: &str) {
    through(staged, url)
        .args("logons jsmith --server ex01")
        .run()
        .await
        .exits(0)
        .prints("32 of 32");
    through(staged, url)
        .args("close jsmith --server ex01 --yes")
        .run()
        .await
        .exits(0)
        .prints("31 closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_a_sign_in_and_nothing_is_forwarded() {
    let Some(proxy) = Proxy::tinyproxy("") else {
        return;
    };
    let staged = locked_out().await;
    works(&staged, &format!("http://{}", proxy.address())).await;
    let asked = proxy.asked("Request (file descriptor ");
    assert_eq!(asked.len(), sign_ins(&staged.lab), "{asked:?}");
    let tunnel = format!("CONNECT localhost:{} HTTP/1.1", port(&staged.lab));
    for line in asked {
        assert!(line.ends_with(&tunnel), "{line}");
    }
}

/// Nothing is left out without a word, even where it would have had nothing to do.
#[tokio::test(flavor = "multi_thread")]
async fn that_no_names_are_matched_is_said() {
    let Some(proxy) = Proxy::microsocks(&[]) else {
        return;
    };
    let staged = locked_out().await;
    let run = through(&staged, &format!("socks5://{}", proxy.address()));
    let run = run.args("close jsmith --server ex01 --dry-run --match-names");
    run.run()
        .await
        .exits(0)
        .says("Behind a proxy --match-names does nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socks_connection_a_sign_in() {
    let Some(proxy) = Proxy::microsocks(&[]) else {
        return;
    };
    let staged = locked_out().await;
    works(&staged, &format!("socks5://{}", proxy.address())).await;
    let asked = proxy.asked("connected to ");
    let target = format!("localhost:{}", port(&staged.lab));
    assert_eq!(asked, vec![target; sign_ins(&staged.lab)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_agreed_on_with_the_server_and_not_with_the_proxy() {
    let staged = locked_out().await;
    let proxies = [
        ("http", Proxy::tinyproxy("")),
        ("socks5h", Proxy::microsocks(&[])),
    ];
    for (scheme, proxy) in proxies {
        let Some(proxy) = proxy else {
            continue;
        };
        let run = through(&staged, &format!("{scheme}://{}", proxy.address()));
        let authority = run.home().join("ca.pem");
        std::fs::write(&authority, staged.lab.ca_pem()).unwrap();
        run.args("logons jsmith --server ex01 --transport https")
            .arg(format!("--ca-file={}", authority.display()))
            .run()
            .await
            .exits(0)
            .prints("32 of 32");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_wants_a_sign_in() {
    let staged = locked_out().await;
    let proxies = [
        ("http", Proxy::tinyproxy("BasicAuth ann hunter2\n")),
        ("socks5", Proxy::microsocks(&["-u", "ann", "-P", "hunter2"])),
    ];
    for (scheme, proxy) in proxies {
        let Some(proxy) = proxy else {
            continue;
        };
        let address = proxy.address();
        let with = |user: &str, password: &str| {
            through(&staged, &format!("{scheme}://{user}{address}"))
                .args("-vvv logons jsmith --server ex01")
                .env("MAPISWEEP_PROXY_PASSWORD", password)
        };
        with("", "").run().await.exits(1).says(&format!(
            "error: ex01: the proxy {address} wants a sign-in. Put the user into its URL"
        ));
        with("ann@", "").run().await.exits(2).says(&format!(
            "error: there is no password for ann at the proxy {address}. Set MAPISWEEP_PROXY_PASSWORD to it"
        ));
        let refused = with("ann@", "wrong-one")
            .run()
            .await
            .exits(1)
            .says(&format!(
                "error: ex01: the proxy {address} refused the sign-in of ann."
            ));
        let accepted = with("ann@", "hunter2")
            .run()
            .await
            .exits(0)
            .prints("32 of 32");
        for (ran, password) in [(refused, "wrong-one"), (accepted, "hunter2")] {
            for (place, bytes) in ran.traces() {
                let found = bytes
                    .windows(password.len())
                    .any(|part| part == password.as_bytes());
                assert!(!found, "the proxy's password is in {place}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_refuses_or_cannot() {
    let staged = locked_out().await;
    let closed = free_port();
    if let Some(proxy) = Proxy::tinyproxy(&format!("ConnectPort {closed}\n")) {
        let (url, address) = (format!("http://{}", proxy.address()), proxy.address());
        through(&staged, &url)
            .args("logons --server ex01")
            .run()
            .await
            .exits(1)
            .says(&format!(
                "error: ex01: the proxy {address} does not allow connections to localhost:{}.",
                port(&staged.lab)
            ));
        for target in ["127.0.0.1", "no-such-host.invalid"] {
            through(&staged, &url)
                .args("logons --server ex09")
                .arg(format!("--connect-to=ex09={target}:{closed}"))
                .run()
                .await
                .exits(1)
                .says(&format!(
                    "error: ex09: the proxy {address} could not connect to {target}:{closed} (HTTP 500). Either it cannot \
                     resolve the name"
                ));
        }
    }
    if let Some(proxy) = Proxy::microsocks(&[]) {
        let (url, address) = (format!("socks5://{}", proxy.address()), proxy.address());
        for (target, why) in [
            ("127.0.0.1", "connection refused"),
            ("no-such-host.invalid", "general socks server failure"),
        ] {
            through(&staged, &url)
                .args("logons --server ex09")
                .arg(format!("--connect-to=ex09={target}:{closed}"))
                .run()
                .await
                .exits(1)
                .says(&format!(
                    "error: ex09: the proxy {address} could not connect to {target}:{closed} (SOCKS: {why}). Either"
                ));
        }
    }
    assert_eq!(sign_ins(&staged.lab), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_not_there_or_none() {
    let staged = locked_out().await;
    let closed = free_port();
    for (url, sentence) in [
        (
            format!("http://127.0.0.1:{closed}"),
            format!(
                "error: ex01: the proxy 127.0.0.1:{closed} cannot be reached: Connection refused"
            ),
        ),
        (
            "socks5://no-such-proxy.invalid:1080".to_owned(),
            "error: ex01: the proxy no-such-proxy.invalid:1080 has a name that cannot be resolved."
                .to_owned(),
        ),
        (
            format!("http://127.0.0.1:{}", port(&staged.lab)),
            format!(
                "error: ex01: what is at 127.0.0.1:{} does not answer as an HTTP proxy does",
                port(&staged.lab)
            ),
        ),
        (
            format!("socks5://127.0.0.1:{}", port(&staged.lab)),
            format!(
                "error: ex01: what is at 127.0.0.1:{} does not answer as a SOCKS 5 proxy does (invalid response version)",
                port(&staged.lab)
            ),
        ),
    ] {
        let ran = through(&staged, &url)
            .args("logons --server ex01")
            .run()
            .await;
        ran.exits(1).says(&sentence);
    }
    assert_eq!(sign_ins(&staged.lab), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_proxy_is_named_and_where_not() {
    let staged = locked_out().await;
    let dead = format!("http://127.0.0.1:{}", free_port());
    let profile = format!("proxy = '{dead}'\n[profile.inside]\nproxy = 'none'\n");
    let logons = || {
        Mapisweep::on(&staged.lab)
            .args("logons --server ex01")
            .config(&profile)
    };
    logons().run().await.exits(1).says("the proxy 127.0.0.1:");
    logons().args("--profile inside").run().await.exits(0);
    logons().arg("--proxy=none").run().await.exits(0);
    // the environment's is not used, and who asks is told so
    Mapisweep::on(&staged.lab)
        .args("logons --server ex01 -v")
        .env("HTTP_PROXY", &dead)
        .run()
        .await
        .exits(0)
        .says("HTTP_PROXY is not used: only --proxy and the configuration name a proxy");
    let secret = "http://ann:hunter2@127.0.0.1:1";
    for run in [
        Mapisweep::on(&staged.lab).arg(format!("--proxy={secret}")),
        Mapisweep::on(&staged.lab).config(&format!("proxy = '{secret}'")),
    ] {
        let ran = run.args("logons --server ex01").run().await.exits(2);
        let ran = ran
            .says("error: a proxy's password is not taken from its URL. Others can read it there.");
        assert!(!ran.shown().contains("hunter2"), "{ran}");
    }
}
