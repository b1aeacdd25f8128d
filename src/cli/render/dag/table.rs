//! The tables of `mapisweep dag`.

use super::{is_operational, of_another_version, version};
use crate::cli::{
    render::table::{Column, Page, lay_out},
    style::{CAREFUL, FAINT, HEAD},
    text::plain,
};
use mapisweep_core::exchange::{ClientAccessArray, Database, ExchangeServer, KnownDag};

pub(super) fn titled(title: &str) -> String {
    format!("{HEAD}{title}{HEAD:#}\n\n")
}

/// `DAG1 · as ex01.corp.example tells`, its members and its databases.
pub(super) fn dag(page: Page, known: &KnownDag) -> String {
    let by = &known.told.directory.by;
    let teller = plain(by.display_name());
    let name = plain(&known.dag.name);
    let mut text = format!("{HEAD}{name}{HEAD:#} · as {teller} tells\n");
    if !known.is_of_its_release {
        let doubt = plain(&of_another_version(known));
        text.push_str(&format!("{CAREFUL}{doubt}{CAREFUL:#}\n"));
    }
    let members: Vec<_> = known.members.iter().collect();
    let nothing = |what| format!("{FAINT}  no {what}{FAINT:#}\n");
    text.push('\n');
    text.push_str(&match members.is_empty() {
        true => nothing("members"),
        false => servers(page, &members, |member| Some(state(known, member))),
    });
    text.push('\n');
    text.push_str(&match known.databases.is_empty() {
        true => nothing("databases"),
        false => databases(page, &known.databases),
    });
    text
}

pub(super) fn servers(
    page: Page,
    servers: &[&ExchangeServer],
    state: impl Fn(&ExchangeServer) -> Option<String>,
) -> String {
    let mut columns = vec![
        Column::left("SERVER").name().at_least(15),
        Column::left("VERSION")
            .or_with("VERSION", brief_version)
            .at_least(17),
        Column::left("ROLES")
            .or_with("ROLES", brief_roles)
            .last_to_go()
            .at_least(30)
            .labelled(),
    ];
    let rows: Vec<_> = servers
        .iter()
        .map(|server| {
            let known = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
            let mut row = vec![
                plain(server.display_name()),
                known(version(server)),
                known(server.roles.as_deref().map(plain)),
            ];
            row.extend(state(server));
            row
        })
        .collect();
    if rows.iter().any(|row| row.len() > columns.len()) {
        columns.push(Column::left("STATE"));
    }
    lay_out(page, &columns, rows)
}

/// `2010 SP3`
fn brief_version(version: &str) -> String {
    let brief = version.strip_prefix("Exchange ").unwrap_or(version);
    brief.to_owned()
}

/// As admins call them: `Mailbox, CAS`
fn brief_roles(roles: &str) -> String {
    let brief = |role| match role {
        "ClientAccess" => "CAS",
        "HubTransport" => "Hub",
        "UnifiedMessaging" => "UM",
        role => role,
    };
    let roles: Vec<_> = roles.split(", ").map(brief).collect();
    roles.join(", ")
}

fn state(known: &KnownDag, member: &ExchangeServer) -> String {
    let manager = known.dag.primary_active_manager.as_ref();
    let is_manager = manager.is_some_and(|name| member.is_called(name));
    match is_operational(known, member) {
        Some(true) if is_manager => "operational, primary active manager".to_owned(),
        Some(true) => "operational".to_owned(),
        Some(false) => format!("{CAREFUL}not operational{CAREFUL:#}"),
        None => "-".to_owned(),
    }
}

pub(super) fn databases(page: Page, databases: &[&Database]) -> String {
    let columns = [
        Column::left("DATABASE").name().at_least(16),
        Column::left("COPIES ON").detail().at_least(30),
        Column::left("CLIENTS COME BY").at_least(16),
        Column::left("MOUNTED ON").labelled(),
    ];
    let rows = databases.iter().map(|database| {
        let client_access = database.client_access.as_deref();
        vec![
            plain(&database.name),
            plain(&database.copies_on.join(", ")),
            client_access.map_or_else(|| "-".to_owned(), plain),
            mounted(database),
        ]
    });
    lay_out(page, &columns, rows)
}

fn mounted(database: &Database) -> String {
    let full = database.mounted_on.as_deref();
    // as the copies are called
    let label = full.map(|full| full.split('.').next().unwrap_or(full));
    let copies = || database.copies_on.iter();
    let same = label.and_then(|label| copies().find(|copy| copy.eq_ignore_ascii_case(label)));
    let on = same
        .map(String::as_str)
        .or(label)
        .or(match &database.copies_on[..] {
            [only] => Some(only.as_str()),
            _ => None,
        });
    let on = on.map(plain);
    match (database.mounted, on) {
        (Some(true), Some(on)) => on,
        (Some(true), None) => "mounted".to_owned(),
        (Some(false), _) => format!("{CAREFUL}dismounted{CAREFUL:#}"),
        (None, Some(on)) if full.is_some() => {
            format!("{CAREFUL}not known, last on {on}{CAREFUL:#}")
        }
        (None, _) => format!("{CAREFUL}not known{CAREFUL:#}"),
    }
}

pub(super) fn arrays(page: Page, arrays: &[&ClientAccessArray]) -> String {
    let columns = [
        Column::left("ARRAY").name().at_least(12),
        Column::left("CLIENTS CONNECT TO").at_least(20),
        Column::left("SITE").detail().at_least(12),
        Column::left("MEMBERS").labelled(),
    ];
    let rows = arrays.iter().map(|array| {
        let known = |text: Option<&str>| text.map_or_else(|| "-".to_owned(), plain);
        vec![
            plain(&array.name),
            known(array.fqdn.as_deref()),
            known(array.site.as_deref()),
            plain(&array.members.join(", ")),
        ]
    });
    lay_out(page, &columns, rows)
}
