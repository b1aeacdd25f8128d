//! The charts: a bar a row, in SVG or as text. The numbers stand beside them, so a bar says nothing that is not read.

use super::{
    digest::{Address, After, Person},
    hypertext::{Html, element, shape},
};

/// How wide a drawing is, in units of its own; it is as wide on the page as there is room.
const WIDTH: usize = 1000;

/// What somebody held and holds, against the limit.
pub fn of_sessions(person: &Person, most: usize) -> Html {
    let now = match person.after {
        After::Seen(now) => bar("after", 0, now, most, 12),
        After::NotSeen | After::AsBefore => Html::default(),
    };
    let limit = person.limit.and_then(|limit| usize::try_from(limit).ok());
    let limit = limit.map_or_else(Html::default, |limit| mark(limit, most));
    drawing(24, [bar("before", 0, person.before, most, 0), now, limit])
}

/// The most that is drawn beside one another.
pub fn most_sessions(people: &[Person]) -> usize {
    let limits = people.iter().filter_map(|person| person.limit);
    let limits = limits.filter_map(|limit| usize::try_from(limit).ok());
    let held = people.iter().map(|person| match person.after {
        After::Seen(now) => now.max(person.before),
        After::NotSeen | After::AsBefore => person.before,
    });
    // a limit of thousands, as somebody may have set it, would make every bar a dot
    let held = held.max().unwrap_or(0);
    let limit = limits.max().unwrap_or(0);
    let most = held.max(limit.min(4 * held)).max(1);
    // the mark of the limit is seen best with something beside it
    most + most.div_ceil(16)
}

/// What became of the connections from an address.
pub fn of_connections(address: &Address, most: usize, acts: bool) -> Html {
    let (gone, all) = (address.gone.min(address.connections), address.connections);
    let rest = match (address.is_to_close, acts) {
        (true, true) => "left",
        (true, false) => "planned",
        (false, _) => "kept",
    };
    let gone_bar = bar("gone", 0, gone, most, 0);
    drawing(12, [gone_bar, bar(rest, gone, all - gone, most, 0)])
}

/// As text, at most so many characters wide.
pub fn in_text(number: usize, most: usize) -> String {
    const WIDEST: usize = 20;
    let wide = number.saturating_mul(WIDEST).div_ceil(most.max(1));
    "█".repeat(wide.min(WIDEST))
}

/// Nobody has to hear it: what it shows is read in the same row.
fn drawing(height: usize, shapes: impl IntoIterator<Item = Html>) -> Html {
    let view = format!("0 0 {WIDTH} {height}");
    let height = height.to_string();
    let attributes = [
        ("viewBox", view.as_str()),
        ("height", &height),
        ("width", "100%"),
        ("preserveAspectRatio", "none"),
        ("aria-hidden", "true"),
        ("focusable", "false"),
    ];
    element("svg", &attributes, shapes)
}

fn bar(class: &str, from: usize, number: usize, most: usize, top: usize) -> Html {
    if number == 0 {
        return Html::default();
    }
    let (x, width) = (scaled(from, most), scaled(number, most).max(4));
    let attributes = [
        ("class", class),
        ("x", &x.to_string()),
        ("y", &top.to_string()),
        ("width", &width.to_string()),
        ("height", "11"),
    ];
    shape("rect", &attributes)
}

fn mark(limit: usize, most: usize) -> Html {
    if limit > most {
        return Html::default();
    }
    let x = scaled(limit, most).min(WIDTH - 4).to_string();
    let attributes = [
        ("class", "limit"),
        ("x", x.as_str()),
        ("y", "0"),
        ("width", "4"),
        ("height", "24"),
    ];
    shape("rect", &attributes)
}

fn scaled(number: usize, most: usize) -> usize {
    number.saturating_mul(WIDTH) / most.max(1)
}
