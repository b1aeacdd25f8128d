//! The report for a ticket.

use super::{
    chart,
    digest::{Address, Cause, Digest, Person, Server, Trouble},
    marked::{self, Marked, own, table},
};

/// So many rows a table has, for a ticket takes some ten thousand characters only.
const ROWS: usize = 20;

/// And so many where people stand: who was locked out, and where, is what a report is for.
const PEOPLE: usize = 1000;

/// All of it.
pub fn text(digest: &Digest) -> String {
    let facts = digest.facts.iter();
    let facts = facts.map(|(name, value)| vec![own(name).bold(), marked::text(value)]);
    let mut parts = vec![
        format!("# {}\n", marked::text(&digest.headline).into_text()),
        format!("{}\n", marked::text(&digest.title).into_text()),
        table(&["This run", "What is known of it"], facts.collect())
            .trim_end()
            .to_owned()
            + "\n",
        part("What people can expect", items(words(&digest.sentences))),
        part(
            "What went wrong, or is in the way",
            items(digest.troubles.iter().map(trouble).collect()),
        ),
        part("What is left", items(words(&digest.left))),
        part("Sessions of each person, against the limit", people(digest)),
        part("Connections from each client address", addresses(digest)),
        part("Not to be closed, and why", not_closed(&digest.not_closed)),
        part("Kept out, by the event logs (event 9646)", victims(digest)),
        part(
            "Server by server",
            items(digest.servers.iter().map(server).collect()),
        ),
        part(
            "Why it comes back, and what ends that",
            digest.cause.as_ref().map(cause).unwrap_or_default(),
        ),
        part(
            "The command line",
            marked::text(&digest.command.join(" ")).into_text(),
        ),
    ];
    parts.push(format!(
        "mapisweep {}. {}\n",
        env!("CARGO_PKG_VERSION"),
        super::PRIVATE
    ));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// A part with its title; nothing where it has nothing to say.
fn part(title: &'static str, inside: String) -> String {
    match inside.is_empty() {
        true => inside,
        false => format!("## {title}\n\n{}\n", inside.trim_end()),
    }
}

fn words(all: &[String]) -> Vec<Marked> {
    all.iter().map(|words| marked::text(words)).collect()
}

fn items(all: Vec<Marked>) -> String {
    let more = more_than_shown(all.len(), ROWS);
    let shown = all.into_iter().take(ROWS);
    let shown: String = shown
        .map(|item| format!("- {}\n", item.into_text()))
        .collect();
    shown + &more
}

fn bounded(
    bound: usize,
    titles: &[&'static str],
    rows: impl Iterator<Item = Vec<Marked>>,
) -> String {
    let mut rows: Vec<_> = rows.collect();
    let more = more_than_shown(rows.len(), bound);
    rows.truncate(bound);
    match table(titles, rows).trim_end() {
        "" => String::new(),
        table => format!("{table}\n{more}"),
    }
}

fn more_than_shown(number: usize, bound: usize) -> String {
    match number.saturating_sub(bound) {
        0 => String::new(),
        more => format!("\n{more} more; the data formats (`--format json`) tell all of a run.\n"),
    }
}

fn trouble(trouble: &Trouble) -> Marked {
    let place = trouble.server.iter();
    let place = place.flat_map(|server| [marked::text(server).bold(), own(": ")]);
    let what = [marked::text(&trouble.what), own(". ")];
    let to_do = marked::text(&trouble.to_do);
    place.chain(what).chain([to_do]).collect()
}

fn people(digest: &Digest) -> String {
    let most = chart::most_sessions(&digest.people);
    let row = |person: &Person| {
        vec![
            marked::text(&person.account),
            marked::text(&person.server),
            marked::text(&person.held_before()),
            marked::text(&person.held_after()),
            marked::text(&chart::in_text(person.before, most)),
        ]
    };
    let titles = [
        "Person",
        "Server",
        "Before, of the limit",
        "After",
        "Before, drawn",
    ];
    bounded(PEOPLE, &titles, digest.people.iter().map(row))
}

fn addresses(digest: &Digest) -> String {
    let first = digest.addresses.first();
    let most = first.map_or(1, |first| first.connections);
    let row = |address: &Address| {
        let outcome = address.outcome(digest.acts);
        vec![
            marked::text(&address.address),
            marked::text(&address.server),
            marked::text(&address.accounts),
            marked::text(&address.client),
            marked::text(&address.connections.to_string()),
            marked::text(outcome),
            marked::text(&chart::in_text(address.connections, most)),
        ]
    };
    let titles = [
        "Client address",
        "Server",
        "Whose",
        "Client",
        "Connections",
        "Outcome",
        "Connections, drawn",
    ];
    bounded(ROWS, &titles, digest.addresses.iter().map(row))
}

fn not_closed(addresses: &[Address]) -> String {
    let row = |address: &Address| {
        vec![
            marked::text(&address.address),
            marked::text(&address.server),
            marked::text(&address.accounts),
            marked::text(&address.plan),
            marked::text(address.flag.unwrap_or("–")),
        ]
    };
    let titles = [
        "Client address",
        "Server",
        "Whose",
        "Why not",
        "Flag that would close it",
    ];
    bounded(ROWS, &titles, addresses.iter().map(row))
}

fn victims(digest: &Digest) -> String {
    let table = bounded(
        PEOPLE,
        &["Who", "Server", "Limit reached", "Times", "Last"],
        digest.victims.iter().map(|cells| words(cells)),
    );
    let notes = items(words(&digest.logs));
    match notes.is_empty() {
        true => table,
        false => format!("{notes}\n{table}"),
    }
}

fn server(server: &Server) -> Marked {
    let notes = server.notes.iter();
    let notes = notes.flat_map(|note| [own(" "), marked::text(note)]);
    let name = [marked::text(&server.name).bold(), own(": ")];
    let summary = marked::text(&server.summary);
    name.into_iter().chain([summary]).chain(notes).collect()
}

fn cause(cause: &Cause) -> String {
    let back = bounded(
        ROWS,
        &["Client that is back", "Earlier runs", "First closed"],
        cause.returned.iter().map(|cells| words(cells)),
    );
    let command = cause.command.map(|command| format!("\n\n    {command}"));
    let why = marked::text(&cause.why).into_text();
    format!("{why}{}\n\n{back}", command.unwrap_or_default())
}
