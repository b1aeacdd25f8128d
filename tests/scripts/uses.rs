//! What a script uses of PowerShell and .NET, read from its tree.

use tree_sitter::Node;

use crate::own::Own;
use crate::tree::{children, elements, first, parse, text};

/// Nodes that only hold others.
const SCAFFOLDING: [&str; 39] = [
    "argument_expression",
    "argument_expression_list",
    "argument_list",
    "assignment_expression",
    "assignment_value",
    "attribute_list",
    "catch_clauses",
    "command_argument_sep",
    "command_elements",
    "command_name",
    "command_parameter",
    "comparison_expression",
    "empty_statement",
    "expression_with_unary_operator",
    "for_condition",
    "for_initializer",
    "for_iterator",
    "function_name",
    "generic_token",
    "hash_literal_body",
    "integer_literal",
    "key_expression",
    "left_assignment_expression",
    "member_name",
    "parameter_list",
    "pipeline",
    "pipeline_chain",
    "program",
    "script_block",
    "script_block_body",
    "simple_name",
    "statement_block",
    "statement_list",
    "string_literal",
    "type_identifier",
    "type_literal",
    "type_name",
    "unary_expression",
    "while_condition",
];

const PUNCTUATION: [&str; 8] = [" ", "(", ")", "[", "]", "{", "}", ";"];

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
        } else {
            self.token(node);
        }
        for child in children(node) {
            self.visit(child);
        }
    }

    fn named(&mut self, node: Node<'_>) {
        match node.kind() {
            "command" => self.command(node),
            "member_access" | "invocation_expression" => self.member(node),
            "type_spec" => self.found(node, "type", self.text(node)),
            "variable" => self.variable(node),
            kind => {
                // what has a keyword or an operator is known by that
                let known = children(node).into_iter().any(is_telling);
                if !known && !SCAFFOLDING.contains(&kind) {
                    self.found(node, "construct", kind);
                }
            }
        }
    }

    fn token(&mut self, node: Node<'_>) {
        let parent = node.parent().map_or("nothing", |parent| parent.kind());
        let token = node.kind();
        // these two are listed whole
        if !is_telling(node) || ["type_name", "variable"].contains(&parent) {
            return;
        }
        if token.starts_with(char::is_alphabetic) {
            self.found(node, "keyword", token);
        } else {
            self.found(node, "operator", &format!("{token} in {parent}"));
        }
    }

    fn command(&mut self, node: Node<'_>) {
        let Some(name) = first(node, "command_name").map(|name| self.text(name)) else {
            return;
        };
        if self.own.has_function(name) {
            return;
        }
        self.found(node, "cmdlet", name);
        let elements = elements(node);
        if name.eq_ignore_ascii_case("New-Object") {
            self.created(&elements);
        }
        for (at, parameter) in elements.iter().enumerate() {
            if parameter.kind() == "command_parameter" {
                // a word can be newer than its parameter: 3.0 has `-ErrorAction Ignore`
                let word = elements.get(at + 1).map_or("", |value| self.word(*value));
                let name = format!("{name} {} {word}", self.text(*parameter));
                self.found(*parameter, "parameter", name.trim_end());
            }
        }
    }

    fn created(&mut self, elements: &[Node<'_>]) {
        let is_argument = |element: &&Node<'_>| element.kind() != "command_parameter";
        let Some(name) = elements.first().filter(is_argument) else {
            return;
        };
        let count = match elements.get(1).filter(is_argument) {
            Some(list) if list.kind() == "array_literal_expression" => list.named_child_count(),
            argument => usize::from(argument.is_some()),
        };
        let class = self.text(*name);
        self.found(*name, "type", class);
        self.found(*name, "member", &format!("New-Object {class}({count})"));
    }

    fn member(&mut self, node: Node<'_>) {
        let (Some(receiver), Some(name)) = (node.named_child(0), first(node, "member_name")) else {
            return;
        };
        if !self.own.has_key(self.text(receiver), self.text(name)) {
            for spelled in self.spelled(node) {
                self.found(name, "member", &spelled);
            }
        }
    }

    /// A value as the list writes it: calls with the number of their arguments, a variable by the types in it where
    /// the script tells them.
    fn spelled(&self, node: Node<'_>) -> Vec<String> {
        let written = || {
            vec![
                self.text(node)
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" "),
            ]
        };
        match node.kind() {
            "variable" => self.own.types(self.text(node)).unwrap_or_else(written),
            "member_access" | "invocation_expression" => {
                let (Some(receiver), Some(name)) =
                    (node.named_child(0), first(node, "member_name"))
                else {
                    return written();
                };
                let tokens = children(node);
                let dots = tokens
                    .iter()
                    .find(|child| [".", "::"].contains(&child.kind()));
                let dots = dots.map_or("", |dots| dots.kind());
                let arguments = first(node, "argument_list").map_or_else(String::new, |list| {
                    let list = first(list, "argument_expression_list");
                    format!("({})", list.map_or(0, |list| list.named_child_count()))
                });
                let receivers = self.spelled(receiver).into_iter();
                let name = self.text(name);
                receivers
                    .map(|receiver| format!("{receiver}{dots}{name}{arguments}"))
                    .collect()
            }
            _ => written(),
        }
    }

    fn variable(&mut self, node: Node<'_>) {
        let mut name = self.text(node).to_owned();
        if let Some(splatted) = name.strip_prefix('@') {
            name = format!("${splatted}");
            self.found(node, "construct", "splatting");
        }
        if !self.own.has_variable(&name) {
            self.found(node, "variable", &name);
        }
    }

    fn word(&self, value: Node<'_>) -> &'s str {
        let written = self.text(value);
        let is_word = value.kind() == "generic_token" || written.starts_with('\'');
        if is_word {
            written.trim_matches('\'')
        } else {
            ""
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

/// Whether it is a keyword or an operator.
fn is_telling(node: Node<'_>) -> bool {
    !node.is_named() && !PUNCTUATION.contains(&node.kind())
}
