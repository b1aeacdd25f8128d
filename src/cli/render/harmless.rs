//! Whatever servers, clients and files say: no result holds a character that a terminal obeys or that nobody sees, and
//! JSON loses none of them.

use mapisweep_core::text::{is_unseen, visible};
use proptest::prelude::*;

use super::{
    close::Closed,
    connections::Connections,
    dag::Dags,
    doctor::Doctor,
    logons::Logons,
    merged::Planned,
    stored::Stored,
    sweep::Found,
    tests::{after, jsmith, result, snapshot},
    victims::{Victims, tests::hostile_victims},
    whoami::{Held, Proof, Whoami},
    *,
};
use crate::{
    cli::{
        checks::{Check, Finding},
        names::Names,
        settings::NamedBy,
    },
    credentials::Account,
    servers::ServerResult,
};
use mapisweep_core::{
    exchange::{
        ClientAccessArray, ClientAddress, Dag, Database, Directory, ExchangeServer, Gap, Mailbox,
        Organization, Standing, Telling, Version,
    },
    helper_run::{Listed, Outcome, Why},
    plan::{Everywhere, Plan, Policy, Protected, ServerSnapshot, plan, plan_among},
};

/// Any text, with a lot of what a terminal or a spreadsheet would take for more than that.
fn any_text() -> impl Strategy<Value = String> {
    let bad = "\u{0}\u{7}\u{8}\t\n\r\u{1b}\u{7f}\u{85}\u{9b}\u{9d}\u{ad}\u{200b}\u{200f}\u{2028}\u{2029}\u{202e}\u{2066}\u{feff}\u{e0041}\u{e007f}=+-@";
    let bad: Vec<char> = bad.chars().collect();
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        proptest::sample::select(bad).prop_map(String::from),
        proptest::sample::select(vec![
            "\u{1b}[31m",
            "\u{1b}[2J",
            "\u{1b}]0;x\u{7}",
            "\u{1b}[8m"
        ])
        .prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// ex01, where all that is text is this.
fn hostile(text: &str) -> ServerSnapshot {
    let mut snapshot = snapshot();
    snapshot.server = text.into();
    snapshot.display_name = text.into();
    snapshot.gaps = vec![Gap::Warned(text.into()), Gap::Failed(text.into())];
    for (index, logon) in snapshot.logons.iter_mut().enumerate() {
        logon.client_name = Some(text.into());
        if index == 0 {
            logon.client_address = ClientAddress::NotUnderstood(text.into());
        }
        logon.user_dn = Some("/o=Corp/cn=jsmith".into());
        logon.account = Some(format!("{text}{}", index % 2));
    }
    for connection in &mut snapshot.connections {
        connection.image = text.into();
    }
    snapshot
}

fn hostile_plan(text: &str) -> Plan {
    let mut user = jsmith();
    user.legacy_exchange_dn = Some("/o=Corp/cn=jsmith".into());
    let network = "10.1.8.9/32".parse().unwrap();
    let policy = Policy {
        close_shared: true,
        protected: vec![Protected {
            network,
            reason: text.into(),
        }],
        ..Policy::default()
    };
    plan(vec![hostile(text)], &[user], &policy)
}

/// The same for two people, with a server that could not be read.
fn hostile_plan_for_many(text: &str) -> (Plan, Everywhere) {
    let snapshots = vec![hostile(text)];
    let people = ["/o=Corp/cn=jsmith", text].map(|dn| Mailbox {
        account_name: text.into(),
        legacy_exchange_dn: Some(dn.into()),
        database: None,
    });
    let mut everywhere = Everywhere::of(&snapshots, &people);
    everywhere.without(&format!("{text}2"));
    let policy = Policy::default();
    let plan = plan_among(&everywhere, snapshots, &people, &policy);
    (plan, everywhere)
}

fn hostile_result(text: &str, plan: &Plan) -> ServerResult {
    let mut result = result(plan, |_| (Outcome::Failed, Some(87), ""), after(9, 0));
    for target in &mut result.targets {
        target.why = Why::Said(text.into());
    }
    result.server = text.into();
    result.helper_path = text.into();
    result.helper_removed = false;
    if let Ok(after) = &mut result.after {
        after.gaps = vec![Gap::Warned(text.into())];
    }
    result
}

/// An organisation where all that is text is this: a DAG with a member and a database, an array, a server in no DAG that
/// nobody of its release was asked about, and something that could not be told.
fn hostile_organization(text: &str) -> Organization {
    let name = || text.to_owned();
    let server = |name: String, version: &str| ExchangeServer {
        fqdn: Some(name.clone()),
        name,
        version: Version::parse(version),
        roles: Some(text.into()),
    };
    let by = server(name(), "14.3.123.4");
    let other = server(format!("{text}2"), "8.3.83.6");
    let dag = Dag {
        name: name(),
        servers: vec![name()],
        operational: Some(vec![name()]),
        primary_active_manager: Some(name()),
    };
    let database = |mounted| Database {
        name: name(),
        identity: name(),
        copies_on: vec![name()],
        client_access: Some(name()),
        mounted,
        mounted_on: Some(name()),
    };
    let array = ClientAccessArray {
        name: name(),
        fqdn: Some(name()),
        site: Some(name()),
        members: vec![name()],
    };
    let gap = |gap: Gap| ("Get-MailboxDatabase", gap);
    let mut organization = Organization::default();
    organization.learn(Telling {
        server: name(),
        directory: Directory {
            servers: vec![by.clone(), other],
            by,
            dags: vec![dag.clone()],
            databases: vec![database(None)],
            arrays: vec![array],
            gaps: vec![gap(Gap::Warned(name()))],
        },
        standing: Standing {
            dags: vec![dag],
            databases: vec![database(Some(true))],
            gaps: vec![gap(Gap::Database {
                name: name(),
                why: name(),
            })],
        },
    });
    organization
}

/// Without our own colours, there is text and ends of lines.
fn harms_nobody(text: &str) -> Result<(), TestCaseError> {
    let own = ["[1m", "[2m", "[31m", "[32m", "[33m", "[0m"];
    let mut bare = text.to_owned();
    for own in own {
        bare = bare.replace(&format!("\u{1b}{own}"), "");
    }
    let is_bad = |c: char| c != '\n' && is_unseen(c);
    prop_assert!(!bare.contains(is_bad), "{bare:?}");
    Ok(())
}

fn is_harmless<V: View>(view: &V, hostile: &str) -> Result<(), TestCaseError> {
    let failures = [Problem {
        server: Some(hostile.to_owned()),
        what: hostile.to_owned(),
        to_do: hostile.to_owned(),
    }];
    let table = render(view, &failures, Format::Table);
    harms_nobody(&table)?;
    let data =
        [Format::Json, Format::Csv, Format::Ndjson].map(|format| render(view, &failures, format));
    for written in &data {
        prop_assert!(
            !written.contains(|c| c != '\n' && is_unseen(c)),
            "{written:?}"
        );
    }
    let [json, csv, ndjson] = data;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    prop_assert_eq!(&json["errors"][0]["what"], hostile);
    let meant = serde_json::to_value(view.records()).unwrap();
    prop_assert_eq!(&json["records"], &meant);
    let lines: Result<Vec<serde_json::Value>, _> =
        ndjson.lines().map(serde_json::from_str).collect();
    let told = lines.unwrap().into_iter();
    let told: Vec<_> = told.filter(|line| line["event"] == V::EVENT).collect();
    let fields = meant.as_array().unwrap().iter();
    let are_told = fields.zip(&told).all(|(meant, told)| {
        let mut fields = meant.as_object().unwrap().iter();
        fields.all(|(name, value)| told[name] == *value)
    });
    prop_assert!(are_told, "{told:?}");
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).from_reader(csv.as_bytes());
    for cell in reader.records().flat_map(|record| {
        record
            .unwrap()
            .iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    }) {
        let is_formula = cell.starts_with(['=', '+', '-', '@']) && cell.parse::<f64>().is_err();
        // ours, as `--all`
        let is_flag =
            cell.starts_with("--") && !cell.contains(|c: char| !matches!(c, 'a'..='z' | '-'));
        prop_assert!(!is_formula || is_flag, "{cell:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_result_can_harm(text in any_text()) {
        let snapshots = [hostile(&text)];
        is_harmless(&Logons::new(&snapshots, |_| true), &text)?;
        is_harmless(&Victims::new(&[hostile_victims(&text, hostile(&text))]), &text)?;
        let plan = hostile_plan(&text);
        is_harmless(&plan, &text)?;
        let (many, everywhere) = hostile_plan_for_many(&text);
        is_harmless(&Planned::new(&many, &everywhere), &text)?;
        let busy = [text.clone()];
        let names = Names::AS_GIVEN;
        is_harmless(&Found { servers: &snapshots, people: 2, threshold: None, busy: &busy, names: &names }, &text)?;
        let results = [hostile_result(&text, &plan)];
        let unread = [text.clone()];
        let closed = Closed { plan: &plan, results: &results, unread: &unread, not_begun: &unread, cut_short: &unread, unremoved: &unread, shown: &[], names: &names };
        is_harmless(&closed, &text)?;
        let mut run = report::Run { typed: vec![text.clone(), text.clone()], user: Some(text.clone()), acts: true, ..Default::default() };
        Victims::new(&[hostile_victims(&text, hostile(&text))]).report(&mut run);
        closed.report(&mut run);
        let advice = crate::cli::advice::Advice::new(&text, &text);
        let problems = [Problem::new(Some(&text), &advice)];
        report::tests::harms_nobody(&run, &problems);
        Planned::new(&many, &everywhere).report(&mut run);
        (run.acts, run.closed) = (false, None);
        report::tests::harms_nobody(&run, &problems);
        let connections = snapshots[0].connections.clone();
        let listed = [(text.clone(), Listed { connections, left_out: 1 })];
        is_harmless(&Connections::new(&listed), &text)?;
        let finding = Finding::ok(Check::Exchange, &text);
        let (local, servers) = ([finding.clone()], [(text.clone(), vec![finding])]);
        is_harmless(&Doctor { local: &local, servers: &servers, names: &names }, &text)?;
        is_harmless(&Dags::new(&hostile_organization(&text), None), &text)?;
        let account = Account { user: text.clone(), profile: Some(text.clone()) };
        is_harmless(&Stored { accounts: vec![account] }, &text)?;
        let held = Held { principal: text.clone(), left: None, expires: None };
        let (user, named_by, proof) = (text.clone(), NamedBy::Profile, Proof::Ticket(held));
        is_harmless(&Whoami { user, named_by, proof }, &text)?;
    }

    #[test]
    fn a_foreign_colour_is_shown_as_what_it_is(text in any_text()) {
        let account = Account { user: format!("\u{1b}[31m{text}"), profile: None };
        let table = render(&Stored { accounts: vec![account] }, &[], Format::Table);
        let shown = visible(&text.replace(['\n', '\r', '\t'], " "));
        prop_assert!(table.contains(format!("<U+001B>[31m{shown}").trim_end()), "{table:?}");
    }
}
