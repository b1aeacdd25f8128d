//! What is asked, of the engine when `scripts/record-engine` has it speak, and of the lab when the two are compared.

use mapisweep_core::{
    batch::{Batch, Number, Question},
    exchange::{
        Clock, Dag, ExchangeServer, Generation, Limits, Logon, Mailbox, SnapIn,
        server::computer_name,
    },
    helper_run::{HelperExe, HelperRequest},
};
use mapisweep_winrm::psrp::{
    clixml::Value,
    pipeline::{ArgumentValue, Command, Pipeline},
};
use sha2::{Digest, Sha256};

/// The versions of Exchange for which all of it is asked.
pub const VERSIONS: [&str; 2] = ["2007", "2010"];

/// The one server.
pub const SERVER: &str = "EX01";

/// A computer that is not there.
pub const ANOTHER: &str = "EX99";

/// Who has a mailbox: account and display name.
pub const MAILBOXES: [(&str, &str); 3] = [
    ("jsmith", "John Smith"),
    ("jsmith2", "John Smith"),
    ("mjones", "Mary Jones"),
];

/// Who is logged on, in the order of the rows: an index into [`MAILBOXES`], and the client's address and name.
pub const LOGONS: [(usize, &str, &str); 2] =
    [(0, "10.1.4.23", "JSMITH-LT"), (2, "10.1.8.5", "TS01")];

/// A pipeline of the conversation; its place matters, for a pool remembers which snap-ins it has.
pub struct Asked {
    pub name: &'static str,
    pub pipeline: Pipeline,
    /// It would run for long, and is stopped.
    pub is_stopped: bool,
    /// What a stub of a cmdlet does besides: its name, the moment, a piece of script. The lab has nothing like it.
    pub peculiarity: Option<[&'static str; 3]>,
}

/// All of them, for a version.
pub fn asked(version: &str) -> Vec<Asked> {
    [
        before_the_snap_in(),
        vec![single("the snap-in", snap_in(version).load())],
        of_exchange(),
        vec![
            plain(
                "questions asked together",
                together(version).0.pipeline(None),
            ),
            plain(
                "questions for another computer",
                together(version).0.pipeline(Some(ANOTHER)),
            ),
        ],
        of_the_helper(),
        of_powershell(),
        peculiar(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn before_the_snap_in() -> Vec<Asked> {
    let add = || Pipeline::command("Add-PSSnapin");
    vec![
        single("the computer's name", computer_name()),
        plain(
            "a variable that is not there",
            Pipeline::command("Get-Item").parameter("Path", "Env:NOBODY_HAS_IT"),
        ),
        single("the clock", Clock::question()),
        single("the session limit", Limits::from_registry()),
        plain(
            "a registry key that is not there",
            Pipeline::command("Get-ItemProperty").parameter("Path", r"HKLM:\SYSTEM\Nobody\Has\It"),
        ),
        single("snap-ins", SnapIn::registered()),
        single("a cmdlet without its snap-in", Logon::on_this_server()),
        plain(
            "a snap-in that is not there",
            add().parameter("Name", "Nobody.Has.It"),
        ),
        plain("a parameter that is missing", add()),
    ]
}

fn of_exchange() -> Vec<Asked> {
    let mailbox = |identity: &str| Mailbox::identified_by(identity);
    vec![
        single("a server", ExchangeServer::named(SERVER)),
        single("servers", ExchangeServer::all()),
        single("a server that is not there", ExchangeServer::named("EX99")),
        single("a mailbox", mailbox("jsmith")),
        single("mailboxes", mailbox("John Smith")),
        single("a mailbox that is not there", mailbox("nobody")),
        single(
            "a parameter that is not there",
            mailbox("jsmith").parameter("Nonsense", 1),
        ),
        single("logons", Logon::on_this_server()),
        single("a DAG", Dag::named("DAG1")),
        single("a DAG that is not there", Dag::named("DAG99")),
        plain(
            "a command that is not there",
            Pipeline::command("Get-Nonsense"),
        ),
    ]
}

/// By the script: with what depends on the first question, which has succeeded. Nothing that is another each time.
pub fn together(version: &str) -> (Batch, [Number; 5]) {
    let mut batch = Batch::default();
    let first = batch.ask(computer_name());
    let others = [
        batch.ask_if(Limits::from_registry(), &[first], &[]),
        batch.ask_if(snap_in(version).load(), &[], &[first]),
        batch.ask(ExchangeServer::named(SERVER)),
        batch.ask(Mailbox::identified_by("John Smith")),
    ];
    let [limit, snap_in, server, mailboxes] = others;
    (batch, [first, limit, snap_in, server, mailboxes])
}

fn snap_in(version: &str) -> SnapIn {
    let generation = match version {
        "2007" => Generation::Exchange2007,
        _ => Generation::Exchange2010,
    };
    SnapIn::of(generation).unwrap()
}

fn of_the_helper() -> Vec<Asked> {
    let by_the_script = |name, question: Question| plain(name, Batch::of(question).pipeline(None));
    let list = HelperRequest::List { all: false };
    let bytes = b"MZ, and no more";
    let brought = || HelperRequest::clean_up().parameter("Bytes", Value::Bytes(bytes.to_vec()));
    let spoiled = brought().parameter("Sha256", "00");
    let no_program = brought()
        .parameter("Sha256", format!("{:x}", Sha256::digest(bytes)))
        .parameter("Arguments", Value::strings(list.arguments()))
        .parameter("InputText", list.input())
        .parameter("TimeoutSeconds", 60);
    vec![
        by_the_script("the helper: cleaned up", HelperRequest::clean_up()),
        by_the_script(
            "the helper: connections",
            list.question(&HelperExe::embedded()),
        ),
        by_the_script("the helper: spoiled on the way", spoiled),
        by_the_script("the helper: no program", no_program),
    ]
}

fn of_powershell() -> Vec<Asked> {
    let command = |name: &str| Pipeline::command(name);
    let saying = |name: &str| command(name).parameter("Message", "careful");
    vec![
        plain(
            "output",
            command("Write-Output").parameter("InputObject", Value::strings(["one", "two"])),
        ),
        plain("a warning", saying("Write-Warning")),
        plain("a word more", saying("Write-Verbose").switch("Verbose")),
        plain("an error", saying("Write-Error")),
        plain(
            "an error that ends it",
            saying("Write-Error").parameter("ErrorAction", "Stop"),
        ),
        Asked {
            is_stopped: true,
            ..plain(
                "a pipeline that is stopped",
                command("Start-Sleep").parameter("Seconds", 60),
            )
        },
    ]
}

fn peculiar() -> Vec<Asked> {
    let but = |name, moment, script| Asked {
        peculiarity: Some(["Get-LogonStatistics", moment, script]),
        ..single(name, Logon::on_this_server())
    };
    vec![
        but("logons, and a warning", "before", "Write-Warning 'careful'"),
        but(
            "logons, and an error",
            "after",
            "Write-NotFound $PSCmdlet EX99",
        ),
        but("logons, then the end", "after", "throw 'went wrong'"),
        but(
            "logons, and progress",
            "before",
            "Write-Progress Looking 'at EX01' -Id 1 -PercentComplete 50",
        ),
        but(
            "logons, and information",
            "before",
            "Write-Information careful -Tags seen",
        ),
    ]
}

/// As where no script runs.
fn single(name: &'static str, question: Question) -> Asked {
    plain(name, question.pipeline(SERVER))
}

fn plain(name: &'static str, pipeline: Pipeline) -> Asked {
    Asked {
        name,
        pipeline,
        is_stopped: false,
        peculiarity: None,
    }
}

impl Asked {
    /// About as an admin would type it.
    pub fn summary(&self) -> String {
        let commands = self.pipeline.commands().into_iter().map(summary);
        commands.collect::<Vec<_>>().join(" | ")
    }
}

fn summary(command: &Command) -> String {
    let mut words = vec![command.text.lines().next().unwrap_or_default().to_owned()];
    for argument in &command.arguments {
        let name = argument.name.as_deref().unwrap_or_default();
        let given = argument_value(&argument.value);
        words.push(format!("-{name}"));
        words.push(match (command.is_script, name) {
            // not their parameters, with a hash among them that is another with each build
            (true, "Requests") => cmdlets(given),
            _ => value(given),
        });
    }
    words.join(" ")
}

/// Those that a batch asks for.
fn cmdlets(requests: &Value) -> String {
    let entries = |request: &Value| request.as_dictionary().unwrap().to_vec();
    let requests = requests.as_list().unwrap().iter().flat_map(entries);
    let cmdlets = requests.filter(|(name, _)| name.as_str() == Some("Cmdlet"));
    let cmdlets: Vec<_> = cmdlets.map(|(_, cmdlet)| cmdlet.display()).collect();
    cmdlets.join(",")
}

fn value(value: &Value) -> String {
    match value.as_list() {
        Some(items) => {
            let items: Vec<_> = items.iter().map(Value::display).collect();
            items.join(",")
        }
        None => value.display(),
    }
}

/// None of them is secret.
pub fn argument_value(value: &ArgumentValue) -> &Value {
    match value {
        ArgumentValue::Value(value) => value,
        ArgumentValue::Secret(_) => unreachable!("nothing secret is asked"),
    }
}
