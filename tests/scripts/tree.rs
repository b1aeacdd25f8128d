//! Small steps in a tree.

use tree_sitter::{Node, Parser, Tree};

/// The script's tree, by the grammar nobody here wrote.
pub fn parse(script: &str) -> Tree {
    let mut parser = Parser::new();
    let language = tree_sitter_pwsh::LANGUAGE.into();
    parser.set_language(&language).expect("a grammar");
    parser.parse(script, None).expect("a tree")
}

/// The node as it is written.
pub fn text<'s>(node: Node<'_>, script: &'s str) -> &'s str {
    &script[node.byte_range()]
}

/// The nodes directly below, tokens among them.
pub fn children(node: Node<'_>) -> Vec<Node<'_>> {
    node.children(&mut node.walk()).collect()
}

/// The first node directly below that is of this kind.
pub fn first<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    children(node)
        .into_iter()
        .find(|child| child.kind() == kind)
}

/// The parameters and arguments of a command.
pub fn elements(command: Node<'_>) -> Vec<Node<'_>> {
    let elements = first(command, "command_elements").map_or_else(Vec::new, children);
    let is_element = |node: &Node<'_>| node.kind() != "command_argument_sep";
    elements.into_iter().filter(is_element).collect()
}

/// The type that a command creates an object of.
pub fn created(command: Node<'_>, script: &str) -> Option<String> {
    let name = text(first(command, "command_name")?, script);
    let class = *elements(command).first()?;
    let told = name.eq_ignore_ascii_case("New-Object") && class.kind() != "command_parameter";
    told.then(|| text(class, script).to_owned())
}
