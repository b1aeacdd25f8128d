//! Partial answers, said by the real engine: a table of cmdlets, of what they say besides or instead, and of what the
//! program must make of it.

use crate::{
    Case, Made, On,
    exchange::Exchange,
    server::Ran,
    stage::{DAY, Stage, is_content},
    store::Store,
};

/// What a cmdlet does: the moment (`before` its first object, at each `row`, `after` its last one), and the script.
struct Kind {
    name: &'static str,
    moment: &'static str,
    script: &'static str,
    /// What must come of it, of a cmdlet that finds things and of one that lists logons.
    of_others: Right,
    of_logons: Right,
}

/// What is right.
#[derive(Clone, Copy)]
enum Right {
    /// Nothing: as if it had not been.
    Same,
    /// It goes on, and what the server said is shown.
    Shown,
    /// What is known is shown, with what is missing, and exit code 5.
    Incomplete,
    /// An error that names the cmdlet.
    Fails,
    /// When a client was last seen is not known, so it is kept.
    Kept,
}
use Right::{Fails, Incomplete, Kept, Same, Shown};

const fn kind(
    name: &'static str,
    moment: &'static str,
    script: &'static str,
    of_others: Right,
    of_logons: Right,
) -> Kind {
    Kind {
        name,
        moment,
        script,
        of_others,
        of_logons,
    }
}

const KINDS: [Kind; 15] = [
    kind(
        "verbose and debug",
        "before",
        "Write-Verbose v -Verbose; Write-Debug d -Debug",
        Same,
        Same,
    ),
    kind(
        "progress",
        "before",
        "Write-Progress 'Reading' -PercentComplete 5",
        Same,
        Same,
    ),
    kind(
        "information and Write-Host",
        "before",
        "Write-Information i; Write-Host h",
        Same,
        Same,
    ),
    kind(
        "a warning before",
        "before",
        "Write-Warning 'SAID'",
        Shown,
        Incomplete,
    ),
    kind(
        "a warning after",
        "after",
        "Write-Warning 'SAID'",
        Shown,
        Incomplete,
    ),
    kind(
        "an error before",
        "before",
        "Write-Error 'SAID'",
        Shown,
        Incomplete,
    ),
    kind(
        "an error after",
        "after",
        "Write-Error 'SAID'",
        Shown,
        Incomplete,
    ),
    kind("throws before", "before", "throw 'SAID'", Fails, Fails),
    kind("throws after", "after", "throw 'SAID'", Fails, Incomplete),
    kind(
        "stopped before",
        "before",
        "throw [Management.Automation.PipelineStoppedException]::new()",
        Fails,
        Fails,
    ),
    kind(
        "stopped after",
        "after",
        "throw [Management.Automation.PipelineStoppedException]::new()",
        Fails,
        Incomplete,
    ),
    kind("exits", "before", "exit", Fails, Fails),
    kind("exits after", "after", "exit 3", Fails, Incomplete),
    kind("text besides", "after", "'SAID'", Fails, Incomplete),
    kind("nothing besides", "after", ", $null", Fails, Incomplete),
];

/// Of a logon's times.
const ROWS: [Kind; 5] = [
    kind(
        "no times",
        "row",
        "$row.LogonTime = $row.LastAccessTime = $null",
        Same,
        Kept,
    ),
    kind(
        "year one",
        "row",
        "$row.LogonTime = $row.LastAccessTime = [datetime]::MinValue",
        Same,
        Kept,
    ),
    kind(
        "no kind",
        "row",
        "$row.LastAccessTime = [datetime]::SpecifyKind($row.LastAccessTime, 'Unspecified')",
        Same,
        Same,
    ),
    kind(
        "universal",
        "row",
        "$row.LastAccessTime = $row.LastAccessTime.ToUniversalTime()",
        Same,
        Same,
    ),
    kind(
        "another session's clock",
        "row",
        "$row.LogonTime = $null",
        Same,
        Same,
    ),
];

const CMDLETS: [&str; 4] = [
    "Get-PSSnapin",
    "Add-PSSnapin",
    "Get-ExchangeServer",
    "Get-Mailbox",
];

pub const CASES: &[Case] = &[(
    "partial: Get-Mailbox, several people: close --yes",
    several_people,
)];

pub fn cases() -> impl Iterator<Item = Made> {
    let others = CMDLETS.into_iter().flat_map(|cmdlet| {
        let row = move |kind: &'static Kind| {
            let right = match (cmdlet, kind.name) {
                // what is none of them is passed over
                ("Get-PSSnapin" | "Add-PSSnapin", "text besides" | "nothing besides") => Same,
                // which there are is asked for only where none could be loaded
                ("Get-PSSnapin", "throws before" | "throws after") => Shown,
                // the cmdlets are there all the same, as where they were loaded before
                ("Add-PSSnapin", "an error before" | "an error after" | "throws after") => Same,
                _ => kind.of_others,
            };
            (cmdlet, kind, "logons jsmith", right)
        };
        // the first three go the same way
        let step = if cmdlet == "Get-Mailbox" { 1 } else { 2 };
        KINDS.iter().step_by(step).map(row)
    });
    let logons = |kind: &'static Kind| (LOGONS, kind, "logons", kind.of_logons);
    let logons = KINDS.iter().chain(&ROWS).map(logons);
    let plans = |kind: &'static Kind| (LOGONS, kind, "close jsmith --dry-run", kind.of_logons);
    let plans = KINDS[3..].iter().step_by(2).chain(&ROWS).map(plans);
    let second_looks =
        |kind: &'static Kind| (LOGONS_AGAIN, kind, "close jsmith --yes", kind.of_logons);
    let second_looks = KINDS[1..].iter().step_by(2).map(second_looks);
    let all = others.chain(logons).chain(plans).chain(second_looks);
    all.map(|(cmdlet, kind, verb, right)| {
        let name = format!("partial: {cmdlet}, {}: {verb}", kind.name);
        let case = move |stage: &mut Stage| judge(stage, cmdlet, kind, verb, right);
        (name, on(verb), Box::new(case) as Box<_>)
    })
}

/// Nobody is guessed at, and nothing is closed.
fn several_people(stage: &mut Stage) {
    let other =
        "[Microsoft.Exchange.Data.Directory.Management.Mailbox]@{ SamAccountName = 'jsmith2' }";
    let exchange = stage.exchange_2007().holds("jsmith", "10.1.4.23", 32, DAY);
    let exchange = exchange.peculiar("Get-Mailbox", "after", other);
    let server = stage.server(&exchange);
    let mut store = Store::with(stage, exchange, &[("10.1.4.23", 3)]);
    let ran = server.mapisweep("close jsmith --yes");
    assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
    let sentence = "2 mailboxes are called \"jsmith\", so nothing was done.";
    assert!(ran.stderr.contains(sentence), "{}", ran.stderr);
    let listed = |line: &&str| line.starts_with("  jsmith");
    assert_eq!(
        ran.stderr.lines().filter(listed).count(),
        2,
        "{}",
        ran.stderr
    );
    assert_eq!(store.open_from("10.1.4.23"), 3);
    stage.is_clean(&server.report());
}

const LOGONS: &str = "Get-LogonStatistics";

/// It misbehaves from its second call on.
const LOGONS_AGAIN: &str = "Get-LogonStatistics again";

fn on(verb: &str) -> On {
    match verb.starts_with("close") {
        true => On::Wine,
        false => On::Linux,
    }
}

fn judge(stage: &Stage, cmdlet: &str, kind: &Kind, verb: &str, right: Right) {
    let script = match cmdlet {
        LOGONS_AGAIN => format!(
            "$env:LOOKS = 1 + $env:LOOKS; if ([int]$env:LOOKS -ge 2) {{ {} }}",
            kind.script
        ),
        _ => kind.script.to_owned(),
    };
    let cmdlet = cmdlet.strip_suffix(" again").unwrap_or(cmdlet);
    let locked_out = |computer: &str| {
        let exchange = Exchange::of_2007(computer).holds("jsmith", "10.1.4.23", 32, DAY);
        let exchange = exchange.holds("bob", "10.1.8.5", 1, DAY);
        exchange.peculiar(cmdlet, kind.moment, &script)
    };
    let ran = match on(verb) {
        On::Wine => {
            let exchange = locked_out(&stage.place().computer_name());
            let server = stage.server(&exchange);
            let _store = Store::with(stage, exchange, &[("10.1.4.23", 3)]);
            let ran = server.mapisweep(verb);
            stage.is_clean(&server.report());
            ran
        }
        On::Linux => {
            let server = stage.server_as(&locked_out("EX01"), Stage::linux_engine);
            let ran = server.mapisweep(verb);
            is_content(&server.report());
            ran
        }
    };
    assert!(
        right.is_seen_in(&ran, verb, cmdlet),
        "exit {}\n{}{}",
        ran.exit,
        ran.stdout,
        ran.stderr
    );
}

impl Right {
    fn is_seen_in(self, ran: &Ran, verb: &str, cmdlet: &str) -> bool {
        let closes = verb.ends_with("--yes");
        let everything = match verb {
            "logons" => &[r"CORP\jsmith", r"CORP\bob", "32 of 32"][..],
            "logons jsmith" => &[r"CORP\jsmith", "32 of 32"],
            _ if closes => &["3 closed · ", "logons 32 → 0", "can log on again"],
            _ => &["10.1.4.23", "3  close"],
        };
        let shows_all = everything.iter().all(|word| ran.stdout.contains(word));
        let said = ran.stderr.contains("SAID");
        let claims = ran.stdout.contains("can log on again") || ran.stdout.contains("→");
        match self {
            Same => ran.exit == 0 && shows_all && !said,
            Shown => ran.exit == 0 && shows_all && said,
            Incomplete => ran.exit == 5 && !claims,
            // what was closed was closed, but nothing more is known
            Fails if closes => [1, 5].contains(&ran.exit) && !claims,
            Fails => ran.exit == 1 && ran.stdout.is_empty() && ran.stderr.contains(cmdlet),
            Kept if verb == "logons" => ran.exit == 0 && shows_all,
            Kept => ran.stdout.contains("keep") && !ran.stdout.contains("3  close"),
        }
    }
}
