//! The committed list of what scripts may use.

use crate::uses::{Use, uses};

const KINDS: [&str; 8] = [
    "cmdlet",
    "construct",
    "keyword",
    "member",
    "operator",
    "parameter",
    "type",
    "variable",
];

const VERSIONS: [&str; 5] = [
    ".NET 1.0",
    ".NET 1.1",
    ".NET 2.0",
    ".NET 3.5",
    "PowerShell 2.0",
];

/// A script with its name.
pub type Script<'s> = (&'s str, &'s str);

/// The list, and what is wrong with it.
#[derive(Default)]
pub struct List<'l> {
    lines: Vec<Line<'l>>,
    sources: Vec<&'l str>,
    faults: Vec<String>,
}

struct Line<'l> {
    number: usize,
    kind: &'l str,
    name: &'l str,
}

impl<'l> List<'l> {
    /// The one beside this file.
    pub fn committed() -> Self {
        Self::read(include_str!("powershell-2.txt"))
    }

    /// A list in the form that the committed one describes.
    pub fn read(text: &'l str) -> Self {
        let mut list = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            if !line.is_empty() && !line.starts_with('#') {
                list.line(number, line);
            }
        }
        list
    }

    /// What the script uses that is not listed.
    pub fn unlisted(&self, (file, script): Script<'_>) -> Vec<String> {
        let used = uses(script).into_iter();
        let unlisted = used.filter(|used| !self.lines.iter().any(|line| line.allows(used)));
        let tell =
            |Use { line, kind, name }| format!("{file}:{line}: not on the list: {kind} {name}");
        unlisted.map(tell).collect()
    }

    /// What is wrong with the list: lines that say too little, and lines that no script needs.
    pub fn faults(&self, scripts: &[Script<'_>]) -> Vec<String> {
        let used: Vec<_> = scripts
            .iter()
            .flat_map(|(_, script)| uses(script))
            .collect();
        let unused = self
            .lines
            .iter()
            .filter(|line| !used.iter().any(|used| line.allows(used)));
        let unused = unused.map(|Line { number, kind, name }| {
            format!("line {number} of the list: no script uses {kind} {name}")
        });
        self.faults.iter().cloned().chain(unused).collect()
    }

    fn line(&mut self, number: usize, line: &'l str) {
        let columns = line
            .split("  ")
            .map(str::trim)
            .filter(|column| !column.is_empty());
        let fault = match columns.collect::<Vec<_>>()[..] {
            ["source", source, _] => {
                self.sources.push(source);
                return;
            }
            [kind, ..] if !KINDS.contains(&kind) => format!("no such kind: {kind}"),
            [_, _, _, since, _] if !VERSIONS.contains(&since) => format!("too new: {since}"),
            [_, _, _, _, source] if source != "unverified" && !self.sources.contains(&source) => {
                format!("no such source: {source}")
            }
            [kind, name, _, _, _] => {
                let line = Line { number, kind, name };
                let twice = self.lines.iter().any(|other| other.is(kind, name));
                self.lines.push(line);
                if !twice {
                    return;
                }
                format!("listed twice: {kind} {name}")
            }
            _ => "other than five columns".to_owned(),
        };
        self.faults
            .push(format!("line {number} of the list: {fault}"));
    }
}

impl Line<'_> {
    fn allows(&self, used: &Use) -> bool {
        self.is(used.kind, &used.name)
    }

    fn is(&self, kind: &str, name: &str) -> bool {
        self.kind == kind && self.name.eq_ignore_ascii_case(name)
    }
}
