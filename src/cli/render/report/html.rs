//! The report as a page: one file, without scripts, that asks nobody for anything.

use super::{
    chart,
    digest::{Address, Cause, Digest, Mood, Person, Server, Trouble},
    hypertext::{Html, element, own, shape, text},
};

/// So many rows a chart has.
const DRAWN: usize = 12;
/// So many rows any other table has.
const ROWS: usize = 300;
/// So many of a long list are seen at once, and the others once somebody wants to.
const SEEN: usize = 12;
/// Fewer than so many more are not worth it.
const FOLDED: usize = 4;

/// The whole page.
pub fn page(digest: &Digest) -> String {
    let head = [
        own("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>"),
        own("<meta http-equiv=\"Content-Security-Policy\" "),
        own("content=\"default-src 'none'; style-src 'unsafe-inline'\"/>"),
        own("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>"),
        own("<meta name=\"color-scheme\" content=\"light dark\"/>"),
        own("<meta name=\"referrer\" content=\"no-referrer\"/>"),
        element("title", &[], [text(&digest.title)]),
        own("<style>\n"),
        own(include_str!("report.css")),
        own("</style></head><body>\n"),
    ];
    let body = [
        element("p", &[("class", "faint")], [text(&digest.title)]),
        element(
            "h1",
            &[("class", class(digest.mood))],
            [text(&digest.headline)],
        ),
        facts(digest),
        part("What people can expect", paragraphs(&digest.sentences)),
        part(
            "What went wrong, or is in the way",
            troubles(&digest.troubles),
        ),
        part("What is left", items(&digest.left)),
        people_chart(digest),
        address_chart(digest),
        not_closed(&digest.not_closed),
        victims(digest),
        servers(digest),
        digest.cause.as_ref().map(cause).unwrap_or_default(),
        command(&digest.command),
        footer(),
        own("</body></html>\n"),
    ];
    let pieces = head.into_iter().chain(body);
    pieces.collect::<Html>().into_text()
}

fn class(mood: Mood) -> &'static str {
    match mood {
        Mood::Good => "good",
        Mood::Careful => "careful",
        Mood::Bad => "bad",
    }
}

fn facts(digest: &Digest) -> Html {
    let facts = digest.facts.iter().flat_map(|(name, value)| {
        [
            element("dt", &[], [text(name)]),
            element("dd", &[], [text(value)]),
        ]
    });
    element("dl", &[], facts)
}

/// Its words stay whole, as far as there is room.
fn command(words: &[String]) -> Html {
    let words = words.iter();
    let words = words.flat_map(|word| [element("span", &[], [text(word)]), own(" ")]);
    let words: Html = words.collect();
    let command = match words == Html::default() {
        true => words,
        false => element("code", &[("class", "block")], [words]),
    };
    part("The command line", command)
}

/// A part with its title; nothing where it has nothing to say.
fn part(title: &'static str, inside: Html) -> Html {
    match inside == Html::default() {
        true => inside,
        false => element("section", &[], [element("h2", &[], [own(title)]), inside]),
    }
}

fn paragraphs(sentences: &[String]) -> Html {
    let each = sentences.iter();
    let each = each.map(|sentence| element("p", &[], [text(sentence)]));
    folding(each.collect(), |some| bounded(some, Html::from_iter))
}

/// The first of these, and the others folded away, where there are many.
fn folding<T>(mut all: Vec<T>, shown: impl Fn(Vec<T>) -> Html) -> Html {
    let rest = match all.len() >= SEEN + FOLDED {
        true => all.split_off(SEEN),
        false => Vec::new(),
    };
    let summary = element("summary", &[], [text(&format!("{} more", rest.len()))]);
    let first = shown(all);
    match rest.is_empty() {
        true => first,
        false => [first, element("details", &[], [summary, shown(rest)])]
            .into_iter()
            .collect(),
    }
}

/// Not more of these than a page takes.
fn bounded(mut items: Vec<Html>, shown: impl Fn(Vec<Html>) -> Html) -> Html {
    let more = items.len().saturating_sub(ROWS);
    items.truncate(ROWS);
    [shown(items), more_than_shown(more, ELSEWHERE)]
        .into_iter()
        .collect()
}

fn items(sentences: &[String]) -> Html {
    list(sentences.iter().map(|sentence| text(sentence)).collect())
}

fn list(items: Vec<Html>) -> Html {
    if items.is_empty() {
        return Html::default();
    }
    let items = items.into_iter().map(|item| element("li", &[], [item]));
    folding(items.collect(), |some| {
        bounded(some, |items| element("ul", &[], items))
    })
}

fn troubles(troubles: &[Trouble]) -> Html {
    let each = troubles.iter().map(|trouble| {
        let place = trouble.server.as_ref().map(|server| {
            let name = element("strong", &[], [text(server)]);
            [name, own(": ")].into_iter().collect()
        });
        let to_do = match trouble.to_do.is_empty() {
            true => Html::default(),
            false => element("p", &[], [text(&trouble.to_do)]),
        };
        let place: Option<Html> = place;
        let pieces = [
            place.unwrap_or_default(),
            text(&trouble.what),
            own("."),
            to_do,
        ];
        pieces.into_iter().collect()
    });
    list(each.collect())
}

/// A row's cells, each with the title of its column.
fn table(titles: &[&'static str], rows: impl Iterator<Item = Vec<Html>>, most: usize) -> Html {
    let heads = titles
        .iter()
        .map(|title| element("th", &[("scope", "col")], [own(title)]));
    let head = element("thead", &[], [element("tr", &[], heads)]);
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return Html::default();
    }
    let more = rows.len().saturating_sub(most);
    let rows = rows.into_iter().take(most).map(|row| {
        let cells = titles.iter().zip(row).map(|(title, cell)| match *title {
            BAR => element("td", &[("class", "bar")], [cell]),
            title => element(
                "td",
                &[("data-title", title)],
                [element("span", &[], [cell])],
            ),
        });
        element("tr", &[], cells)
    });
    let is_chart = titles.contains(&BAR);
    let class: &[_] = if is_chart { &[("class", "chart")] } else { &[] };
    let table = element("table", class, [head, element("tbody", &[], rows)]);
    let all = match is_chart {
        true => "all are below, server by server.",
        false => ELSEWHERE,
    };
    [table, more_than_shown(more, all)].into_iter().collect()
}

/// The same, the first rows alone at once.
fn long_table(titles: &[&'static str], rows: impl Iterator<Item = Vec<Html>>) -> Html {
    folding(rows.collect(), |some| table(titles, some.into_iter(), ROWS))
}

/// The title of a column that draws what stands in the others.
const BAR: &str = "Drawn";

/// Where the rest of a long list is.
const ELSEWHERE: &str = "the data formats (--format json) tell all of a run.";

fn more_than_shown(more: usize, all: &'static str) -> Html {
    match more {
        0 => Html::default(),
        more => {
            let more = text(&format!("{more} more; "));
            element("p", &[("class", "faint")], [more, own(all)])
        }
    }
}

fn key(class: &'static str, what: &'static str) -> Html {
    let square = shape(
        "rect",
        &[("class", class), ("width", "10"), ("height", "10")],
    );
    let square = element(
        "svg",
        &[("viewBox", "0 0 10 10"), ("aria-hidden", "true")],
        [square],
    );
    element("span", &[("class", "key")], [square, own(what)])
}

fn people_chart(digest: &Digest) -> Html {
    let shown = digest.people.iter().take(DRAWN);
    let shown: Vec<_> = shown.cloned().collect();
    let most = chart::most_sessions(&shown);
    let rows = digest.people.iter().map(|person| {
        let mut cells = of_person(person, true);
        cells.push(chart::of_sessions(person, most));
        cells
    });
    let titles = ["Person", "Server", "Before, of the limit", "After", BAR];
    let table = table(&titles, rows, DRAWN);
    let keys = [
        key("before", "before"),
        key("after", "after"),
        key("limit", "limit"),
    ];
    with_keys(
        "Sessions of each person, against the limit",
        keys.into(),
        table,
    )
}

fn address_chart(digest: &Digest) -> Html {
    let most = digest
        .addresses
        .first()
        .map_or(1, |first| first.connections);
    let rows = digest.addresses.iter().map(|address| {
        vec![
            text(&address.address),
            text(&address.server),
            text(&address.connections.to_string()),
            text(address.outcome(digest.acts)),
            chart::of_connections(address, most, digest.acts),
        ]
    });
    let titles = ["Client address", "Server", "Connections", "Outcome", BAR];
    let table = table(&titles, rows, DRAWN);
    let keys = match digest.acts {
        true => vec![
            key("gone", "seen gone"),
            key("left", "not seen gone"),
            key("kept", "not to be closed"),
        ],
        false => vec![
            key("planned", "would be closed"),
            key("kept", "not to be closed"),
        ],
    };
    with_keys("Connections from each client address", keys, table)
}

fn with_keys(title: &'static str, keys: Vec<Html>, table: Html) -> Html {
    if table == Html::default() {
        return table;
    }
    let keys = element("p", &[("class", "faint")], keys);
    part(title, [keys, table].into_iter().collect())
}

fn of_person(person: &Person, with_server: bool) -> Vec<Html> {
    let server = with_server.then(|| text(&person.server));
    let name = std::iter::once(text(&person.account)).chain(server);
    name.chain([text(&person.held_before()), text(&person.held_after())])
        .collect()
}

fn not_closed(addresses: &[Address]) -> Html {
    let rows = addresses.iter().map(|address| {
        vec![
            text(&address.address),
            text(&address.server),
            text(&address.accounts),
            text(&address.connections.to_string()),
            text(&address.plan),
            text(address.flag.unwrap_or("–")),
        ]
    });
    let titles = [
        "Client address",
        "Server",
        "Whose",
        "Connections",
        "Why not",
        "Flag that would close it",
    ];
    part("Not to be closed, and why", long_table(&titles, rows))
}

fn victims(digest: &Digest) -> Html {
    let rows = digest.victims.iter();
    let rows = rows.map(|cells| cells.iter().map(|cell| text(cell)).collect());
    let titles = ["Who", "Server", "Limit reached", "Times", "Last"];
    let pieces = [paragraphs(&digest.logs), long_table(&titles, rows)];
    part(
        "Kept out, by the event logs (event 9646)",
        pieces.into_iter().collect(),
    )
}

fn servers(digest: &Digest) -> Html {
    let is_only = digest.servers.len() == 1;
    let each = digest.servers.iter();
    let each = each.map(|one| server(one, is_only || one.is_in_trouble, digest.acts));
    part("Server by server", each.collect())
}

fn server(server: &Server, is_open: bool, acts: bool) -> Html {
    let summary = [
        element("strong", &[], [text(&server.name)]),
        own(" · "),
        text(&server.summary),
    ];
    let people = server.people.iter().map(|person| of_person(person, false));
    let people = table(&["Person", "Before, of the limit", "After"], people, ROWS);
    let addresses = server.addresses.iter().map(|address| {
        vec![
            text(&address.address),
            text(&address.client),
            text(&address.accounts),
            text(&address.sessions.to_string()),
            text(&address.oldest),
            text(&address.last_used),
            text(&address.connections.to_string()),
            text(address.outcome(acts)),
        ]
    });
    let titles = [
        "Client address",
        "Client",
        "Whose",
        "Sessions",
        "Oldest",
        "Last used",
        "Connections",
        "Outcome",
    ];
    let inside = [
        element("summary", &[], summary),
        paragraphs(&server.notes),
        people,
        table(&titles, addresses, ROWS),
    ];
    let open: &[_] = if is_open { &[("open", "")] } else { &[] };
    element("details", open, inside)
}

fn cause(cause: &Cause) -> Html {
    let back = cause
        .returned
        .iter()
        .map(|cells| cells.iter().map(|cell| text(cell)).collect());
    let back = long_table(
        &["Client that is back", "Earlier runs", "First closed"],
        back,
    );
    let command = cause.command.map(|command| {
        let words = text(command);
        element("code", &[("class", "block")], [words])
    });
    let why = element("p", &[], [text(&cause.why)]);
    let inside = [Some(why), command, Some(back)];
    part(
        "Why it comes back, and what ends that",
        inside.into_iter().flatten().collect(),
    )
}

fn footer() -> Html {
    let version = concat!("mapisweep ", env!("CARGO_PKG_VERSION"), ". ");
    let inside = [own(version), own(super::PRIVATE)];
    element("footer", &[], [element("p", &[], inside)])
}
