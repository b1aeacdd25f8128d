//! What a script uses of PowerShell and .NET, read from its tree.

use tree_sitter::Node;

use crate::grammar::{is_scaffolding, is_telling};
use crate::members::{constructor, spelled};
use crate::own::Own;
use crate::tree::{children, created, elements, first, parse, text};

/// One thing that a script uses, named as the list names it.
pub struct Use {
    /// The line of the script.
    pub line: usize,
    /// The list's first column.
    pub kind: &'static str,
    /// The list's second column.
    pub name: String,
}

/// All that the script uses and does not declare itself.
pub fn uses(script: &str) -> Vec<Use> {
    let tree = parse(script);
    let own = Own::of(tree.root_node(), script);
    let found = Vec::new();
    let mut reader = Reader { script, own, found };
    reader.visit(tree.root_node());
    reader.found
}

struct Reader<'s> {
    script: &'s str,
    own: Own,
    found: Vec<Use>,
}

impl<'s> Reader<'s> {
    fn visit(&mut self, node: Node<'_>) {
        if node.is_error() || node.is_missing() {
            self.found(node, "syntax", "that does not parse");
        } else if node.is_named() {
            self.named(node);
        } else if is_telling(node) {
            self.token(node);
        }
        for child in children(node) {
            self.visit(child);
        }
    }

    fn named(&mut self, node: Node<'_>) {
        match node.kind() {
            "command" => self.command(node),
            "decimal_integer_literal" => self.number(node),
            "member_access" | "invocation_expression" => self.member(node),
            "type_spec" => self.found(node, "type", self.text(node)),
            "variable" => self.variable(node),
            // what has a keyword or an operator is known by that
            _ if is_scaffolding(node) || children(node).into_iter().any(is_telling) => {}
            kind => self.found(node, "construct", kind),
        }
    }

    fn token(&mut self, node: Node<'_>) {
        let token = node.kind();
        match node.parent().map_or("nothing", |parent| parent.kind()) {
            "type_name" | "variable" => {}
            _ if token.starts_with(char::is_alphabetic) => self.found(node, "keyword", token),
            parent => self.found(node, "operator", &format!("{token} in {parent}")),
        }
    }

    fn command(&mut self, node: Node<'_>) {
        let Some(command) = first(node, "command_name").map(|name| self.text(name)) else {
            return;
        };
        if self.own.has_function(command) {
            return;
        }
        self.found(node, "cmdlet", command);
        let elements = elements(node);
        for (at, parameter) in elements.iter().enumerate() {
            if parameter.kind() == "command_parameter" {
                // a word can be newer than its parameter: 3.0 has `-ErrorAction Ignore`
                let word = elements.get(at + 1).map_or("", |value| self.word(*value));
                let name = format!("{command} {} {word}", self.text(*parameter));
                self.found(*parameter, "parameter", name.trim_end());
            }
        }
        if let Some(class) = created(node, self.script) {
            self.found(node, "type", &class);
            self.found(node, "member", &constructor(&class, node));
        }
    }

    fn word(&self, value: Node<'_>) -> &'s str {
        let written = self.text(value);
        match value.kind() {
            "generic_token" => written,
            _ if written.starts_with('\'') => written.trim_matches('\''),
            _ => "",
        }
    }

    fn number(&mut self, node: Node<'_>) {
        let written = self.text(node);
        if written.chars().all(|digit| digit.is_ascii_digit()) {
            self.found(node, "construct", node.kind());
        } else {
            // suffixes are of many ages: 7.0 has `1u`
            self.found(node, "construct", &format!("the number {written}"));
        }
    }

    fn member(&mut self, node: Node<'_>) {
        let (Some(receiver), Some(name)) = (node.named_child(0), first(node, "member_name")) else {
            return;
        };
        if !self.own.has_key(self.text(receiver), self.text(name)) {
            for spelled in spelled(node, &self.own, self.script) {
                self.found(name, "member", &spelled);
            }
        }
    }

    fn variable(&mut self, node: Node<'_>) {
        let mut name = self.text(node).to_owned();
        if name.starts_with('@') {
            name.replace_range(..1, "$");
            self.found(node, "construct", "splatting");
        }
        if !self.own.has_variable(&name) {
            self.found(node, "variable", &name);
        }
    }

    fn text(&self, node: Node<'_>) -> &'s str {
        text(node, self.script)
    }

    fn found(&mut self, node: Node<'_>, kind: &'static str, name: &str) {
        let line = node.start_position().row + 1;
        let name = name.to_owned();
        self.found.push(Use { line, kind, name });
    }
}
