//! What a script declares itself: no line of the list speaks of it.

use std::collections::{HashMap, HashSet};

use tree_sitter::Node;

use crate::tree::{children, created, first, text};

/// The functions and variables of one script. PowerShell tells no case apart, so neither do these.
#[derive(Default)]
pub struct Own {
    functions: HashSet<String>,
    variables: HashMap<String, Vec<Held>>,
}

/// What an assignment or a declaration says of a variable.
enum Held {
    Object(String),
    Table(Vec<String>),
    Unknown,
}

impl Own {
    /// All that the script declares, wherever it does.
    pub fn of(root: Node<'_>, script: &str) -> Self {
        let mut own = Self::default();
        own.visit(root, script);
        own
    }

    /// Whether the script has a function of this name.
    pub fn has_function(&self, name: &str) -> bool {
        self.functions.contains(&name.to_lowercase())
    }

    /// Whether the variable is the script's. Those that are PowerShell's stay so when they are assigned: what sets
    /// `$PSDefaultParameterValues` has no effect before 3.0.
    pub fn has_variable(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let begins = |own: &str| name.starts_with(own);
        let powershells = ["$null", "$env:", "$ps"].into_iter().any(begins);
        !powershells && !name.ends_with("preference") && self.variables.contains_key(&name)
    }

    /// The types of the objects in a variable, where all of them are told.
    pub fn types(&self, variable: &str) -> Option<Vec<String>> {
        let held = self.variables.get(&variable.to_lowercase())?;
        let types = held.iter().map(|held| match held {
            Held::Object(name) => Some(name.clone()),
            Held::Table(_) | Held::Unknown => None,
        });
        let types: Vec<String> = types.collect::<Option<_>>()?;
        (!types.is_empty()).then_some(types)
    }

    /// Whether the variable is a hash table, and this a key of it.
    pub fn has_key(&self, variable: &str, key: &str) -> bool {
        let held = self.variables.get(&variable.to_lowercase());
        held.is_some_and(|held| match held.as_slice() {
            [Held::Table(keys)] => keys.iter().any(|own| own.eq_ignore_ascii_case(key)),
            _ => false,
        })
    }

    fn visit(&mut self, node: Node<'_>, script: &str) {
        match node.kind() {
            "function_name" => {
                self.functions.insert(text(node, script).to_lowercase());
            }
            "script_parameter" => {
                let told = descendant(node, "type_spec").map(|told| text(told, script));
                let held = told.map_or(Held::Unknown, |told| Held::Object(told.into()));
                self.declare(first(node, "variable"), Some(held), script);
            }
            "foreach_statement" => {
                self.declare(first(node, "variable"), Some(Held::Unknown), script);
            }
            "assignment_expression" => {
                if let Some(left) = first(node, "left_assignment_expression") {
                    for target in targets(left) {
                        self.declare(Some(target), held(node, script), script);
                    }
                }
            }
            _ => {}
        }
        for child in children(node) {
            self.visit(child, script);
        }
    }

    fn declare(&mut self, variable: Option<Node<'_>>, held: Option<Held>, script: &str) {
        if let Some(variable) = variable {
            let name = text(variable, script).to_lowercase();
            self.variables.entry(name).or_default().extend(held);
        }
    }
}

/// The variables that are assigned, not those whose members are.
fn targets(node: Node<'_>) -> Vec<Node<'_>> {
    match node.kind() {
        "variable" => vec![node],
        "member_access" | "invocation_expression" | "element_access" => Vec::new(),
        _ => children(node).into_iter().flat_map(targets).collect(),
    }
}

/// What an assignment tells of its value; `$null` tells nothing.
fn held(assignment: Node<'_>, script: &str) -> Option<Held> {
    let operator = first(assignment, "assignment_operator")?;
    let mut value = assignment.child_by_field_name("value")?;
    while value.named_child_count() == 1 && value.kind() != "hash_literal_expression" {
        value = value.named_child(0)?;
    }
    match value.kind() {
        _ if text(operator, script) != "=" => Some(Held::Unknown),
        "variable" if text(value, script).eq_ignore_ascii_case("$null") => None,
        "hash_literal_expression" => Some(Held::Table(keys(value, script))),
        _ => Some(created(value, script).map_or(Held::Unknown, Held::Object)),
    }
}

fn keys(table: Node<'_>, script: &str) -> Vec<String> {
    let body = first(table, "hash_literal_body");
    let entries = body.into_iter().flat_map(children);
    let keys = entries.filter_map(|entry| first(entry, "key_expression"));
    keys.map(|key| text(key, script).into()).collect()
}

fn descendant<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    if node.kind() == kind {
        return Some(node);
    }
    let mut below = children(node).into_iter();
    below.find_map(|child| descendant(child, kind))
}
