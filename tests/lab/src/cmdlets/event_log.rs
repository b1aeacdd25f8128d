//! `Get-WinEvent` and, where Windows is too old for it, `Get-EventLog`: of event 9646, and of the log's oldest event.
//!
//! The objects are those that Exchange 2016 and 2019 were recorded with; the words are in the server's language, and
//! nobody is to read them.

use std::time::Duration;

use jiff::Timestamp;
use mapisweep_winrm::psrp::clixml::{Content, Value};

use crate::{
    organization::ServerSpec,
    powershell::{
        Category, Command, ErrorRecord, Outcome, Runspace,
        object::{Builder, array, enumeration, local_time, object},
    },
    psrp::Voice,
    windows::event_log::Logged,
};

const SOURCE: &str = "MSExchangeIS";
const READER: &str = "System.Diagnostics.Eventing.Reader";

pub(super) fn get_win_event(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    if runspace.server.runs_on_server_2003 {
        return Err(ErrorRecord::command_not_found(&command.text));
    }
    let most = command.number("MaxEvents").unwrap_or(i64::MAX);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let path = command.text("FilterXPath");
    let within = match &path {
        Some(path) => Some(events_within(path).ok_or_else(|| not_a_query(path))?),
        None if command.switch("Oldest") => None,
        None => return Err(not_a_query("*")),
    };
    let mut state = runspace.world.state();
    let log = &state.machine(&runspace.server).log;
    let records: Vec<_> = match within {
        None => vec![oldest(&runspace.server, log.begins)],
        Some(within) => {
            let since = Timestamp::now() - within;
            let events = log.newest_first().filter(|event| event.at >= since);
            events
                .map(|event| record(&runspace.server, event))
                .collect()
        }
    };
    drop(state);
    if records.is_empty() {
        voice.error(&no_events());
    }
    for record in records.into_iter().take(most) {
        voice.output(record);
    }
    Ok(())
}

pub(super) fn get_event_log(runspace: &Runspace, command: &Command, voice: &Voice) -> Outcome {
    let most = command.number("Newest").unwrap_or(i64::MAX);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let is_of = |name: &str, own: &str| {
        let wanted = command.text(name);
        wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(own))
    };
    let mut state = runspace.world.state();
    let log = &state.machine(&runspace.server).log;
    let events = log.newest_first();
    let events = events.filter(|_| is_of("Source", SOURCE) && is_of("EntryType", "Error"));
    let entries: Vec<_> = events.map(|event| entry(&runspace.server, event)).collect();
    drop(state);
    if entries.is_empty() {
        voice.error(&no_entries());
    }
    for entry in entries.into_iter().take(most) {
        voice.output(entry);
    }
    Ok(())
}

/// The age in a path that asks for event 9646 as mapisweep does. The lab knows no other.
fn events_within(path: &str) -> Option<Duration> {
    let path =
        path.strip_prefix("*[System[Provider[@Name='MSExchangeIS'] and (EventID=9646) and ")?;
    let age = path.strip_prefix("TimeCreated[timediff(@SystemTime) <= ")?;
    let age = age.strip_suffix("]]]")?;
    age.parse().ok().map(Duration::from_millis)
}

fn record(server: &ServerSpec, event: &Logged) -> Value {
    let bytes = Value::Bytes(b"[DIAG_CTX]".to_vec());
    let strings = event.data.iter().map(|text| Value::from(text.as_str()));
    let properties = strings.chain([bytes]).map(|value| {
        object(&[&format!("{READER}.EventProperty"), "System.Object"])
            .shown_as(&format!("{READER}.EventProperty"))
            .with("Value", value)
            .build()
    });
    let list = object(&[
        "System.Collections.Generic.List`1[[System.Diagnostics.Eventing.Reader.EventProperty, System.Core]]",
        "System.Object",
    ]);
    logged(server, 9646, SOURCE, event.at)
        .with(
            "Properties",
            list.holding(Content::List(properties.collect())),
        )
        .note("Message", message(server, event))
        .build()
}

/// Some event of Windows' own.
fn oldest(server: &ServerSpec, at: Timestamp) -> Value {
    logged(server, 4111, "Microsoft-Windows-MSDTC", at).build()
}

fn logged(server: &ServerSpec, id: i32, provider: &str, at: Timestamp) -> Builder {
    let name = format!("{READER}.EventLogRecord");
    object(&[&name, &format!("{READER}.EventRecord"), "System.Object"])
        .shown_as(&name)
        .with("Id", id)
        .with("Qualifiers", 49158)
        .with("ProviderName", provider)
        .with("LogName", "Application")
        .with("MachineName", server.fqdn())
        .with("TimeCreated", local_time(at))
}

/// As .NET 2.0 has it.
fn entry(server: &ServerSpec, event: &Logged) -> Value {
    let types = "System.Diagnostics.EventLogEntry";
    object(&[types, "System.ComponentModel.Component", "System.Object"])
        .shown_as(types)
        .with("MachineName", server.computer_name())
        .with(
            "EntryType",
            enumeration("System.Diagnostics.EventLogEntryType", "Error", 1),
        )
        .with("Message", message(server, event))
        .with("Source", SOURCE)
        .with(
            "ReplacementStrings",
            array(
                "System.String",
                event.data.iter().map(|text| Value::from(text.as_str())),
            ),
        )
        .with("TimeGenerated", local_time(event.at))
        .note("EventID", 9646)
        .build()
}

/// What a person reads.
fn message(server: &ServerSpec, event: &Logged) -> String {
    let [who, .., limit, object] = &event.data[..] else {
        return String::new();
    };
    match server.speaks_german {
        true => format!(
            "Die MAPI-Sitzung \"{who}\" hat die maximal zulässige Anzahl von {limit} Objekten vom Typ \"{object}\" überschritten."
        ),
        false => format!(
            "Mapi session \"{who}\" exceeded the maximum of {limit} objects of type \"{object}\"."
        ),
    }
}

fn no_events() -> ErrorRecord {
    let id = "NoMatchingEventsFound,Microsoft.PowerShell.Commands.GetWinEventCommand";
    let message = "No events were found that match the specified selection criteria.";
    ErrorRecord::new("System.Exception", id, message)
        .category(Category::ObjectNotFound)
        .in_cmdlet("Get-WinEvent")
}

fn no_entries() -> ErrorRecord {
    let id = "GetEventLogNoEntriesFound,Microsoft.PowerShell.Commands.GetEventLogCommand";
    ErrorRecord::new("System.ArgumentException", id, "No matches found")
        .category(Category::ObjectNotFound)
        .in_cmdlet("Get-EventLog")
}

fn not_a_query(path: &str) -> ErrorRecord {
    let exception = "System.Diagnostics.Eventing.Reader.EventLogException";
    let id = format!("{exception},Microsoft.PowerShell.Commands.GetWinEventCommand");
    ErrorRecord::new(exception, &id, "The specified query is invalid")
        .target(path)
        .in_cmdlet("Get-WinEvent")
}
