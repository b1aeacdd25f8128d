//! How the list writes members.

use tree_sitter::Node;

use crate::own::Own;
use crate::tree::{children, elements, first, text};

/// The names of what is reached with a dot or with two: a call ends in the number of its arguments, and a variable is
/// written by the types in it where the script tells them.
pub fn spelled(node: Node<'_>, own: &Own, script: &str) -> Vec<String> {
    let written = text(node, script);
    let (Some(receiver), Some(name)) = (node.named_child(0), first(node, "member_name")) else {
        let words: Vec<_> = written.split_whitespace().collect();
        let types = own.types(written);
        return types.unwrap_or_else(|| vec![words.join(" ")]);
    };
    let is_dots = |child: &Node<'_>| [".", "::"].contains(&child.kind());
    let dots = children(node).into_iter().find(is_dots);
    let dots = dots.map_or("", |dots| dots.kind());
    let name = text(name, script);
    let arguments = first(node, "argument_list").map_or_else(String::new, counted);
    let receivers = spelled(receiver, own, script).into_iter();
    receivers
        .map(|receiver| format!("{receiver}{dots}{name}{arguments}"))
        .collect()
}

/// The name of what makes a new object of this type.
pub fn constructor(class: &str, command: Node<'_>) -> String {
    let count = match elements(command).get(1) {
        Some(list) if list.kind() == "array_literal_expression" => list.named_child_count(),
        Some(parameter) if parameter.kind() == "command_parameter" => 0,
        argument => usize::from(argument.is_some()),
    };
    format!("New-Object {class}({count})")
}

fn counted(arguments: Node<'_>) -> String {
    let list = first(arguments, "argument_expression_list");
    format!("({})", list.map_or(0, |list| list.named_child_count()))
}
