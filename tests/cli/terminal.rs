//! What a person sees on a terminal that is so wide and no wider.

use std::io::Read;

use crate::support::{Mapisweep, locked_out};

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
