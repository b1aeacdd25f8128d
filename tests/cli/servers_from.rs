//! Servers from a file, from standard input, from a profile's file.

use mapisweep_lab::Lab;

use crate::support::{Mapisweep, stage};

async fn three() -> mapisweep_lab::Staged {
    let server = |server: mapisweep_lab::ServerSpec| server.exchange_2010();
    let servers = Lab::builder()
        .server("ex01", server)
        .server("ex02", server)
        .server("ex03", server);
    stage(servers).await
}

/// The servers of a result, in its order.
fn servers(ran: &crate::support::Ran) -> Vec<String> {
    let json = ran.json();
    let servers = json["servers"].as_array().unwrap().iter();
    servers
        .map(|server| server["server"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_adds_to_the_servers_named_and_names_none_twice() {
    let staged = three().await;
    let run = Mapisweep::on(&staged.lab);
    let file = run.home().join("servers.txt");
    std::fs::write(
        &file,
        "# mailbox servers\nex02 # the second\r\n\nEX01\nex03.corp.example\n",
    )
    .unwrap();
    let ran = run
        .args("logons --server ex01 --format json")
        .arg(format!("--servers-from={}", file.display()))
        .run()
        .await
        .exits(0);
    assert_eq!(
        servers(&ran),
        ["ex01", "ex02", "ex03.corp.example"],
        "{ran}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_comes_on_standard_input() {
    let staged = three().await;
    let ran = Mapisweep::on(&staged.lab)
        .args("logons --servers-from - --format json")
        .input("ex03\nex01\n")
        .run()
        .await
        .exits(0);
    assert_eq!(servers(&ran), ["ex03", "ex01"], "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_names_a_list_and_the_command_line_replaces_it() {
    let staged = three().await;
    let profile = |run: Mapisweep| {
        let file = run.home().join("servers.txt");
        std::fs::write(&file, "ex01\n").unwrap();
        run.config(&format!(
            "[profile.default]\nservers = [\"ex03\"]\nservers-from = {:?}\n",
            file.display().to_string()
        ))
    };
    for (line, expected) in [("", &["ex03", "ex01"][..]), ("--server ex01", &["ex01"])] {
        let ran = profile(Mapisweep::on(&staged.lab))
            .args(&format!("logons --format json {line}"))
            .run()
            .await
            .exits(0);
        assert_eq!(servers(&ran), expected, "{ran}");
    }
}

/// Standard input has been read to its end.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn who_gives_the_servers_on_standard_input_is_asked_on_the_terminal() {
    let staged = three().await;
    let (ended, screen) = tokio::task::block_in_place(|| {
        let mut terminal = Mapisweep::on(&staged.lab)
            .args("close jsmith --servers-from -")
            .on_terminal_but_input("ex01");
        terminal.shows("on 1 server? [y/N] ");
        terminal.type_in("y\n");
        (terminal.exits(), terminal.screen())
    });
    assert_eq!(ended, Some(0), "{screen}");
    assert_eq!(staged.lab.server("ex01").resets().len(), 31, "{screen}");
}

#[tokio::test]
async fn what_is_no_list_is_refused_before_anybody_is_asked_anything() {
    for (line, input, said) in [
        (
            "--servers-from -",
            "ex01\nex 02\n",
            "standard input: line 2: \"ex 02\" is not a server name such as ex01 or ex01.corp.example:5985. It takes one \
             server a line",
        ),
        (
            "--servers-from -",
            "# nobody\n",
            "standard input names no server",
        ),
        (
            "--servers-from - --password-stdin",
            "secret\nex01\n",
            "standard input cannot hold both the password and the servers",
        ),
        (
            "--servers-from missing.txt",
            "",
            "missing.txt cannot be read: No such file",
        ),
        (
            "--servers-from /dev/zero",
            "",
            "/dev/zero is longer than any list of servers",
        ),
    ] {
        Mapisweep::alone()
            .args(&format!("logons --user ann {line}"))
            .input(input)
            .run()
            .await
            .exits(2)
            .prints_nothing()
            .says(said);
    }
}
