//! `--report`: a file that tells of a run, however that ends, and never instead of another.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, time::Duration};

use mapisweep_lab::{Faults, Lab, Outlook, Scenario, Staged, event::What};

use crate::support::{Mapisweep, Ran, audit_log, browser::Browser, locked_out, records, stage};

/// Where a run writes its report; the directory lives as long.
struct Reports {
    folder: tempfile::TempDir,
}

impl Reports {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn named(&self, name: &str) -> String {
        format!("--report={}", self.path(name).display())
    }

    #[track_caller]
    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a report")
    }

    fn names(&self) -> usize {
        fs::read_dir(self.folder.path()).expect("there").count()
    }
}

fn requests(staged: &Staged) -> usize {
    let events = staged.lab.server("ex01").events().into_iter();
    events
        .filter(|what| matches!(what, What::Request { .. }))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_what_the_data_formats_tell() {
    let reports = Reports::new();
    for name in ["done.html", "done.MD"] {
        let staged = locked_out().await;
        let ran = Mapisweep::on(&staged.lab)
            .args("close jsmith --server ex01 --yes --format json")
            .arg(reports.named(name))
            .run()
            .await
            .exits(0)
            .says(&format!(
                "The report is in {}.",
                reports.path(name).display()
            ));
        let json = ran.json();
        let closed = json["records"].as_array().expect("records").len();
        assert!(closed > 0, "{ran}");
        let report = reports.read(name).replace("</span> <span>", " ");
        for told in [
            format!("{closed} of {closed} connections are gone"),
            "can log on again.".into(),
            "Tell the user: quit Outlook".into(),
            "10.1.4.23".into(),
            format!("{closed} to be closed, {closed} seen gone"),
            "KeepAliveTime".into(),
            "shared with".into(),
            ran.audit()[0]["run"].as_str().expect("an id").into(),
            "mapisweep close jsmith --server ex01 --yes --format json".into(),
        ] {
            assert!(report.contains(&told), "{told}\n{report}");
        }
        let mode = fs::metadata(reports.path(name))
            .expect("there")
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o600, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_will_not_do_is_refused_before_anything_is_sent() {
    let staged = locked_out().await;
    let reports = Reports::new();
    fs::write(reports.path("there.html"), "mine").expect("writable");
    std::os::unix::fs::symlink("/nonexistent/x", reports.path("link.md")).expect("writable");
    let long = format!("{}.md", "x".repeat(300));
    for (name, why) in [
        ("report.txt", "its name has to end in .html or .md"),
        ("report", "its name has to end in .html or .md"),
        (".html", "its name has to end in .html or .md"),
        (
            "a\nb.html",
            "a<U+000A>b.html' for '--report <FILE>': a control character stands in it",
        ),
        (
            "\u{1b}[2J.md",
            "<U+001B>[2J.md' for '--report <FILE>': a control character stands in it",
        ),
        (
            "a\u{202e}b.txt",
            "a<U+202E>b.txt' for '--report <FILE>': its name has to end",
        ),
        (
            "there.html",
            "is there already, and is not overwritten. Nothing was done.",
        ),
        ("link.md", "is there already"),
        ("no/folder.html", "is not there. Nothing was done. Make it"),
        (long.as_str(), ".md\" is too long. Nothing was done."),
        (
            "there.html/x.md",
            "there is a file where a folder has to be",
        ),
    ] {
        Mapisweep::on(&staged.lab)
            .args("close jsmith --server ex01 --yes")
            .arg(reports.named(name))
            .run()
            .await
            .exits(2)
            .says(why)
            .prints_nothing();
    }
    assert_eq!(reports.read("there.html"), "mine");
    assert_eq!(reports.names(), 2);
    assert_eq!(requests(&staged), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_plan_there_is_none_and_the_name_is_free_again() {
    let staged = locked_out().await;
    let reports = Reports::new();
    let close = || Mapisweep::on(&staged.lab).arg(reports.named("later.html"));
    let refused = close().args("close jsmith --server ex01 --yes");
    let unknown = close().args("close nobody --server ex01 --yes");
    let unasked = close().args("close jsmith --server ex01");
    for (run, code) in [
        (refused.password("wrong"), 1),
        (unknown, 3),
        (unasked, 2),
        (close().args("victims --server ex01"), 2),
    ] {
        run.run()
            .await
            .exits(code)
            .says("There is no report, for there is no plan that it could be about.");
        assert_eq!(reports.names(), 0);
    }
}

async fn ends_with(staged: &Staged, line: &str, code: i32, told: &[&str]) -> Ran {
    let reports = Reports::new();
    let ran = Mapisweep::on(&staged.lab)
        .args(line)
        .arg(reports.named("end.md"))
        .run()
        .await
        .exits(code);
    let report = reports.read("end.md");
    for told in told {
        assert!(report.contains(told), "{told}\n{report}\n{ran}");
    }
    ran
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_there_however_the_run_ends() {
    let staged = locked_out().await;
    let line = "close jsmith --server ex01 --dry-run";
    let told = [
        "# A plan only: ",
        "would be closed",
        " mapisweep close jsmith --server ex01 --dry-run --connect-to ",
    ];
    ends_with(&staged, line, 0, &told).await;
    let line = "close jsmith --server ex01 --yes --max-connections 3";
    let told = [
        "# Nothing was closed: it was refused for safety",
        "**Exit code** | 4",
    ];
    ends_with(&staged, line, 4, &told).await;
    let line = "sweep --server ex01 --at-least 500 --yes";
    let told = [
        "# There was nothing to close",
        "**Servers** | 1 in the plan",
    ];
    ends_with(&staged, line, 3, &told).await;
    let line = "close jsmith --server ex01 --server nowhere.invalid --yes";
    let told = [
        " connections are gone, without nowhere.invalid\n",
        "1 in the plan, without nowhere.invalid",
        "**nowhere.invalid**: ",
        "- Tell the user: quit Outlook",
        "a limit may be reached on nowhere.invalid as well, of which not all is known.\n",
    ];
    let ran = ends_with(&staged, line, 1, &told).await;
    ran.says("a limit may be reached on nowhere.invalid as well, of which not all is known.\n");
    let line = "victims --server ex01 --close --yes --since 3h";
    let told = [
        "# There was nothing to close: nobody was kept out within 3h\n",
        "**Event logs** | ex01, 3h back |",
        "**Signed in as** | CORP",
    ];
    ends_with(&staged, line, 3, &told).await;
    let staged = locked_out().await;
    let again = staged.lab.outlook("jsmith").from("10.1.4.23");
    assert!(again.connect().await.is_err());
    let told = [
        "## Kept out, by the event logs (event 9646)",
        "32 sessions | 1 |",
    ];
    ends_with(&staged, line, 0, &told).await;
}

/// What a shell needs to ask for it again, and no password, wherever that is.
#[tokio::test(flavor = "multi_thread")]
async fn it_tells_the_command_line_and_no_password() {
    let staged = locked_out().await;
    let reports = Reports::new();
    let close = || Mapisweep::on(&staged.lab).env("MAPISWEEP_SERVER", "ex01 ex01:5985");
    let ran = close()
        .args("close jsmith --dry-run --idle 1h")
        .arg(reports.named("O'Hara & \u{202e}fdp.md"))
        .run()
        .await
        .exits(0);
    let report = reports.read("O'Hara & \u{202e}fdp.md");
    for told in [
        r"MAPISWEEP\_USER='CORP\\ann' MAPISWEEP\_SERVER='ex01 ex01:5985' mapisweep close jsmith --dry-run --idle 1h",
        r"O\\'Hara &amp; \\U0000202efdp.md'",
    ] {
        assert!(report.contains(told), "{told}\n{report}\n{ran}");
    }
    assert!(!report.contains(Scenario::PASSWORD), "{report}");
    close()
        .args("close jsmith --yes --proxy http://ann:secret@127.0.0.1:9")
        .arg(reports.named("proxy.md"))
        .run()
        .await
        .exits(2)
        .says("a proxy's password is not taken from its URL");
    assert_eq!(reports.names(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_and_ctrl_c_are_told() {
    let reports = Reports::new();
    let staged = locked_out().await;
    let mut terminal = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01")
        .arg(reports.named("no.md"))
        .on_terminal();
    tokio::task::block_in_place(|| {
        terminal.shows("[y/N]");
        terminal.type_in("n\n");
        assert_eq!(terminal.exits(), Some(7), "{}", terminal.screen());
    });
    let report = reports.read("no.md");
    assert!(
        report.starts_with("# Nothing was closed: the answer was no\n"),
        "{report}"
    );
    assert!(
        records(terminal.home())
            .iter()
            .all(|record| record["event"] != "closing")
    );

    // once it closes, and for good
    staged.lab.server("ex01").set_faults(Faults {
        delay: Duration::from_millis(700),
        ..Faults::default()
    });
    let run = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes")
        .arg(reports.named("stopped.md"));
    let log = audit_log(run.home());
    let running = run.start().await;
    while !fs::read_to_string(&log)
        .unwrap_or_default()
        .contains("\"closing\"")
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    running.interrupt();
    tokio::time::sleep(Duration::from_millis(100)).await;
    running.interrupt();
    let ran = running.ends().await;
    let report = reports.read("stopped.md");
    assert!(matches!(ran.code(), Some(6 | 130)), "{ran}");
    assert!(!report.contains("Nothing was closed"), "{report}\n{ran}");
    assert!(report.contains("not seen"), "{report}\n{ran}");
}

/// What somebody else has put there meanwhile is neither written to nor called the report.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_another_s_by_then_is_left_alone() {
    let reports = Reports::new();
    let staged = locked_out().await;
    for (name, is_moved) in [("moved.md", true), ("written.md", false)] {
        let mut terminal = Mapisweep::on(&staged.lab)
            .args("close jsmith --server ex01")
            .arg(reports.named(name))
            .on_terminal();
        let path = reports.path(name);
        tokio::task::block_in_place(|| {
            terminal.shows("[y/N]");
            if is_moved {
                fs::rename(&path, reports.path("elsewhere.md")).expect("it is there");
            }
            fs::write(&path, "mine").expect("a file");
            terminal.type_in("n\n");
            assert_eq!(terminal.exits(), Some(7), "{}", terminal.screen());
            terminal.shows("the report is not written");
        });
        assert_eq!(reports.read(name), "mine");
        assert!(!terminal.screen().contains("The report is in"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_and_leaves_no_half_of_one() {
    let staged = locked_out().await;
    let reports = Reports::new();
    let ran = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --dry-run --format json")
        .arg(reports.named("full.html"))
        .on_a_small_disk(8)
        .run()
        .await
        .exits(1)
        .says("cannot be written: File too large")
        .says("What was done is shown above");
    assert_eq!(reports.names(), 0, "{ran}");
    let json = ran.json();
    assert_eq!(json["exit_code"], 1, "{ran}");
    let what = json["errors"][0]["what"].as_str().expect("an error");
    assert!(what.contains("full.html"), "{ran}");
}

/// Nobody is hurt by what somebody calls his computer.
const HOSTILE: [&str; 4] = [
    "<script>document.title='x'</script>",
    "\"><img src=x onerror=alert(1)>",
    "| `x` | \u{202e}exe.fdp & &lt;",
    "ANNUALLY-RENAMED-COMPUTER-WITH-A-NAME-THAT-NEVER-ENDS-0123456789",
];

/// People with names that are none, locked out of two servers.
async fn hostile_people() -> (Staged, Vec<Outlook>) {
    let mut builder = Lab::builder();
    for server in ["ex01", "ex02"] {
        builder = builder.server(server, |server| server.exchange_2010().dag("DAG1"));
    }
    for number in 0..24 {
        let account = format!("p{number:02}");
        builder = builder.user(&account, |user| user);
    }
    let staged = stage(builder).await;
    let mut outlooks = Vec::new();
    for number in 0..24_usize {
        let outlook = staged.lab.outlook(&format!("p{number:02}"));
        let name = HOSTILE[number % HOSTILE.len()];
        let sessions = if number < 20 { 32 } else { 3 };
        let outlook = outlook.from(&format!("10.2.1.{number}")).sessions(sessions);
        let outlook = outlook.connections(1 + number % 7).named(name);
        let long_ago = Duration::from_secs(90_000);
        let outlook = outlook.since(long_ago).idle(long_ago);
        let connected = outlook.connect().await.expect("it is let in");
        if number < 20 {
            connected.lose_network();
        } else {
            outlooks.push(connected);
        }
    }
    (staged, outlooks)
}

/// What a page has that does not fit, cannot be read, or is not ours; nothing where all is well.
const FAULTS: &str = r#"(() => {
  document.querySelectorAll('details').forEach(one => one.open = true);
  const faults = [], root = document.documentElement, shown = [...document.body.querySelectorAll('*')];
  if (root.scrollWidth > root.clientWidth) faults.push(`overflows: ${root.scrollWidth} > ${root.clientWidth}`);
  for (const one of shown) {
    const box = one.getBoundingClientRect();
    if (box.right > root.clientWidth + 1 && box.width > 1 && !one.closest('thead')) faults.push(`beyond the edge: ${one.outerHTML.slice(0, 90)}`);
  }
  const foreign = document.querySelectorAll('script, img, iframe, link, object, a, form, [onerror], [onload]');
  if (foreign.length) faults.push(`foreign: ${foreign[0].outerHTML}`);
  if (document.title.length < 5) faults.push('its title was changed');
  const light = color => {
    const parts = color.match(/[\d.]+/g).slice(0, 3).map(part => part / 255);
    const [r, g, b] = parts.map(part => part <= .03928 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const behind = one => {
    for (; one; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      if (!/, 0\)$/.test(color)) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  for (const one of shown) {
    if (![...one.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
    const [a, b] = [light(getComputedStyle(one).color), light(behind(one))];
    const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (contrast < 4.5) faults.push(`hard to read (${contrast.toFixed(1)}): ${one.outerHTML.slice(0, 90)}`);
  }
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  while (words.nextNode()) {
    // a line may end at a blank, behind a dash that is no date's, and within what is too long for any
    for (const word of words.currentNode.data.matchAll(/\d{4}-\d\d-\d\d|[^\s–—-]+/g)) {
      if (word[0].length > 12) continue;
      range.setStart(words.currentNode, word.index);
      range.setEnd(words.currentNode, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].filter(box => box.width > 0).map(box => Math.round(box.top)));
      if (lines.size > 1) faults.push(`broken: ${word[0]} in ${words.currentNode.parentElement.outerHTML.slice(0, 90)}`);
    }
  }
  return faults.slice(0, 5).join('\n');
})()"#;

/// Pictures of it are in `target/tmp/reports`.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_shows_all_of_it_on_a_phone_and_on_a_desk_by_day_and_by_night() {
    let (staged, _at_work) = hostile_people().await;
    let reports = Reports::new();
    Mapisweep::on(&staged.lab)
        .args("sweep --server ex01 --server ex02 --at-least 30 --yes")
        .arg(reports.named("sweep.html"))
        .run()
        .await
        .exits(0);
    let page = reports.path("sweep.html");
    tokio::task::block_in_place(|| {
        let Some(mut browser) = Browser::start() else {
            return;
        };
        let pictures = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("reports");
        fs::create_dir_all(&pictures).expect("writable");
        let mut backgrounds = Vec::new();
        for (width, scheme) in [
            (360, "light"),
            (360, "dark"),
            (1280, "light"),
            (1280, "dark"),
            (390, "light"),
        ] {
            browser.show(&page, width, scheme);
            assert_eq!(browser.says(FAULTS), "", "{width} {scheme}");
            assert_eq!(browser.says("innerWidth"), width, "{scheme}");
            assert!(
                browser
                    .says("document.querySelectorAll('svg rect').length")
                    .as_u64()
                    > Some(20)
            );
            for name in HOSTILE.iter().filter(|name| !name.contains('\u{202e}')) {
                let there = format!(
                    "document.body.textContent.includes({})",
                    serde_json::json!(name)
                );
                assert_eq!(browser.says(&there), true, "{name}");
            }
            backgrounds.push(browser.says("getComputedStyle(document.body).backgroundColor"));
            let picture = pictures.join(format!("sweep-{width}-{scheme}.png"));
            fs::write(picture, browser.picture()).expect("writable");
        }
        assert_eq!(backgrounds[0], backgrounds[2]);
        assert_ne!(backgrounds[0], backgrounds[1]);
        assert_eq!(browser.complaints, Vec::<String>::new());
    });
}

/// What is wrong with a page, and what is said of it. Each is planted behind the head of a report.
const PLANTED: [(&str, &str); 9] = [
    ("", ""),
    (
        "<p style='width:2000px;background:var(--card)'>wide</p>",
        "overflows: 2016 > 360",
    ),
    (
        "<div style='overflow:hidden'><p style='width:1500px'>cut</p></div>",
        "beyond the edge: <p style=\"width:1500px\">cut",
    ),
    (
        "<p style='color:#777;background:#555'>dim</p>",
        "hard to read (1.7): <p style=\"color:#777;background:#555\">dim",
    ),
    (
        "<p style='width:3ch;overflow-wrap:anywhere'>Connections</p>",
        "broken: Connections in <p",
    ),
    (
        "<p style='width:8ch'>2026-11-28</p>",
        "broken: 2026-11-28 in <p",
    ),
    ("<img alt='' src='data:,'>", "foreign: <img"),
    (
        "<p style='background:url(http://127.0.0.1:9/policy.png)'>asks</p>",
        "http://127.0.0.1:9/policy.png",
    ),
    (
        "<p style='background:url(http://127.0.0.1:9/free.png)'>asks</p>",
        "asks for http://127.0.0.1:9/free.png",
    ),
];

/// The measure measured: each fault is found, and where there is none, none is.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_page_is_found() {
    let staged = locked_out().await;
    let reports = Reports::new();
    Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --dry-run")
        .arg(reports.named("plan.html"))
        .run()
        .await
        .exits(0);
    let page = reports.read("plan.html");
    let planted = reports.path("planted.html");
    tokio::task::block_in_place(|| {
        let Some(mut browser) = Browser::start() else {
            return;
        };
        for (fault, said) in PLANTED {
            let (head, body) = page.split_once("<body>").expect("a page");
            // what no policy forbids is seen as it is asked for
            let head = match fault.contains("free.png") {
                true => head.replace("Content-Security-Policy", "none"),
                false => head.to_owned(),
            };
            fs::write(&planted, format!("{head}<body>{fault}{body}")).expect("writable");
            browser.complaints.clear();
            browser.show(&planted, 360, "light");
            let mut found = vec![browser.says(FAULTS).as_str().unwrap_or_default().to_owned()];
            found.append(&mut browser.complaints);
            let found = found.join("\n");
            match said {
                "" => assert_eq!(found, ""),
                said => assert!(found.contains(said), "{fault}: {found}"),
            }
        }
    });
}
