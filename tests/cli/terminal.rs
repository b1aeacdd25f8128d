//! What a person sees on a terminal that is so wide and no wider.

use std::{io::Read, time::Duration};

use mapisweep_lab::{Faults, Lab, Staged};

use crate::support::{
    Mapisweep, locked_out, stage,
    tmux::{ENDED, Tmux},
};

/// Wider than any of the tables here, so that what is seen is what was written.
const WIDE: u16 = 200;

/// What it shows on a terminal of this width.
fn shown(run: Mapisweep, columns: u16) -> Vec<String> {
    let mut terminal = run.on_terminal_of_width(columns, None);
    assert_eq!(terminal.exits(), Some(0), "{}", terminal.screen());
    // what was written, and not what a narrow one makes of it
    terminal.resize(WIDE);
    terminal.seen()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_of_a_table_is_wider_than_the_terminal() {
    let staged = locked_out().await;
    for verb in [
        "logons --server ex01",
        "close jsmith --server ex01 --dry-run",
        "connections --server ex01",
    ] {
        for columns in [50, 60, 80, 120] {
            let run = Mapisweep::on(&staged.lab).args(&format!("{verb} --quiet"));
            let seen = tokio::task::block_in_place(|| shown(run, columns));
            let is_row = |line: &&String| line.starts_with("  ");
            let rows = seen.iter().filter(is_row);
            assert!(rows.clone().count() > 3, "{seen:#?}");
            for row in rows {
                assert!(row.chars().count() <= columns.into(), "{columns}: {row}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_beside_a_question_fits_the_terminal_and_what_goes_to_a_file_is_whole() {
    let staged = locked_out().await;
    let mut file = tempfile::tempfile().unwrap();
    let output = file.try_clone().unwrap();
    let screen = tokio::task::block_in_place(|| {
        let mut terminal = Mapisweep::on(&staged.lab)
            .args("close jsmith --server ex01")
            .on_terminal_of_width(60, Some(output));
        terminal.shows("[y/N] ");
        terminal.type_in("n\n");
        terminal.exits();
        terminal.seen().join("\n")
    });
    assert!(screen.contains("\n  10.1.4.23  close\n    "), "{screen}");
    let mut written = String::new();
    file.read_to_string(&mut written).unwrap();
    assert_eq!(written, "", "{screen}");
    let ran = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --dry-run")
        .run()
        .await;
    ran.prints(
        "  CLIENT ADDRESS  LOGONS  OLDEST  LAST USED  CLIENT            CONNECTIONS  PLAN\n",
    );
}

/// A server on so slow a line that there is time to press keys while its bar runs.
async fn slow() -> Staged {
    let staged = locked_out().await;
    staged.lab.server("ex01").set_faults(Faults {
        delay: Duration::from_millis(400),
        ..Faults::default()
    });
    staged
}

/// What is on the screen after something happened to it while a bar ran, and the run ended.
async fn screen_after(what: impl FnOnce(&Tmux)) -> Option<String> {
    let staged = slow().await;
    tokio::task::block_in_place(|| {
        let tmux = Mapisweep::on(&staged.lab)
            .args("logons jsmith --server ex01")
            .in_tmux(100)?;
        tmux.shows("ex01  ");
        what(&tmux);
        tmux.shows(ENDED);
        Some(tmux.screen())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_pressed_while_a_bar_runs_leave_no_dead_line() {
    let Some(undisturbed) = screen_after(|_| ()).await else {
        return;
    };
    assert!(
        undisturbed.starts_with("ex01.corp.example · "),
        "{undisturbed}"
    );
    let keys: [&[&str]; 3] = [
        &["x", "y"],
        &["Enter", "Enter"],
        &["Up", "Tab", "Enter", "é"],
    ];
    for keys in keys {
        let disturbed = screen_after(|tmux| _ = tmux.press(keys)).await;
        assert_eq!(disturbed.as_deref(), Some(undisturbed.as_str()), "{keys:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_while_a_bar_runs_leaves_no_dead_line() {
    if let Some(screen) = screen_after(|tmux| _ = tmux.press(&["C-c"])).await {
        let screen: Vec<_> = screen.lines().map(str::trim_end).collect();
        let said = "Interrupted. Closing the remote shells, for at most 25 s; Ctrl-C once more gives up at once.";
        assert_eq!(screen, [said, "exit code 130"]);
    }
}

/// What the terminal shows of the key stands behind the question, and what is said begins on a line of its own, however narrow
/// it is.
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_at_a_question_leaves_no_dead_line_of_a_server_that_is_let_go() {
    for columns in [100, 60, 40] {
        let servers = Lab::builder()
            .server("ex01", |server| server.exchange_2007())
            .server("ex02", |server| server.exchange_2007());
        let staged = stage(servers).await;
        staged.lab.server("ex02").set_faults(Faults {
            delay: Duration::from_millis(400),
            ..Faults::default()
        });
        tokio::task::block_in_place(|| {
            let close = Mapisweep::on(&staged.lab).args("close jsmith --server ex01 --server ex02");
            let Some(tmux) = close.in_tmux(columns) else {
                return;
            };
            tmux.shows("[y/N]").press(&["C-c"]).shows(ENDED);
            let screen = tmux.screen();
            let (_, behind) = screen.split_once("[y/N] ").unwrap();
            let (key, said) = behind.split_once('\n').unwrap();
            assert_eq!(key.trim_end(), "^C", "{screen}");
            // lines are broken where they are full
            let in_one = |text: &str| text.split_whitespace().collect::<String>();
            let wanted = "Interrupted. Closing the remote shells, for at most 25 s; Ctrl-C once more gives up at once. \
                          Nothing was closed. exit code 130";
            assert_eq!(in_one(said), in_one(wanted), "{screen}");
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_resized_while_a_bar_runs_keeps_no_dead_line() {
    for columns in [[120, 70], [70, 100], [66, 64]] {
        let screen = screen_after(|tmux| {
            for columns in columns {
                tmux.resize(columns);
                std::thread::sleep(Duration::from_millis(250));
            }
            tmux.resize(100);
        });
        if let Some(screen) = screen.await {
            assert!(screen.starts_with("ex01.corp.example · "), "{screen}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_shown_again_at_a_question_and_after_the_run() {
    let staged = slow().await;
    tokio::task::block_in_place(|| {
        let close = Mapisweep::on(&staged.lab).args("close jsmith --server ex01");
        let Some(tmux) = close.in_tmux(100) else {
            return;
        };
        tmux.shows("[y/N]").press(&["n", "o"]).shows("[y/N] no");
        tmux.press(&["Enter"]).shows(ENDED);
        tmux.press(&["s", "e", "e", "n"]).shows("seen");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_drawn_over_an_answer_while_other_servers_are_let_go() {
    let servers = Lab::builder()
        .server("ex01", |server| server.exchange_2007())
        .server("ex02", |server| server.exchange_2007());
    let staged = stage(servers).await;
    let idle = staged.lab.server("ex02");
    idle.set_faults(Faults {
        delay: Duration::from_millis(400),
        ..Faults::default()
    });
    tokio::task::block_in_place(|| {
        let close = Mapisweep::on(&staged.lab).args("close jsmith --server ex01 --server ex02");
        let Some(tmux) = close.in_tmux(100) else {
            return;
        };
        tmux.shows("[y/N]").press(&["n"]);
        while !idle.leftovers().is_empty() {
            let screen = tmux.screen();
            assert!(!screen.contains("cleaning up"), "{screen}");
        }
        tmux.press(&["Enter"]).shows(ENDED);
        let screen = tmux.screen();
        assert!(screen.contains("[y/N] n\n"), "{screen}");
    });
}
