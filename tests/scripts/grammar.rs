//! What the grammar has beside the words of the language.

use tree_sitter::Node;

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

/// Whether the node says nothing of what is used.
pub fn is_scaffolding(node: Node<'_>) -> bool {
    SCAFFOLDING.contains(&node.kind())
}

/// Whether the node is a keyword or an operator.
pub fn is_telling(node: Node<'_>) -> bool {
    !node.is_named() && !PUNCTUATION.contains(&node.kind())
}
