//! What clap says of a wrong command line, where that leads astray.

use std::{borrow::Cow, ffi::OsString};

use clap::{
    Command, CommandFactory,
    builder::StyledStr,
    error::{ContextKind, ContextValue, ErrorKind},
};
use mapisweep_core::text::visible;

use super::Cli;
use crate::cli::text::list_first;

/// How many verbs are named that take what this one does not.
const NAMED: usize = 3;

/// A line that asks for `help`, without the options behind that word, which clap takes for verbs there.
pub fn help_alone(line: &[OsString]) -> Cow<'_, [OsString]> {
    if line.get(1).is_none_or(|word| word != "help") {
        return line.into();
    }
    let definition = Cli::command();
    let takes_value = |word: &str| {
        let mut known = definition.get_arguments();
        known.any(|arg| {
            arg.get_action().takes_values() && arg.get_long().is_some_and(|long| word == long)
        })
    };
    let mut alone = Vec::new();
    let mut is_value = false;
    for (place, word) in line.iter().enumerate() {
        let text = word.to_string_lossy();
        let is_option = place > 1 && text.starts_with('-');
        if !is_option && !is_value {
            alone.push(word.clone());
        }
        is_value = is_option && text.strip_prefix("--").is_some_and(takes_value);
    }
    alone.into()
}

/// The same error, in words that help with this command line.
pub fn reworded(error: clap::Error, definition: &mut Command) -> clap::Error {
    let error = with_its_verbs(error, definition);
    with_visible_words(with_plain_usage(error, definition))
}

/// What was typed is shown in one line, whatever stands in it.
fn with_visible_words(mut error: clap::Error) -> clap::Error {
    for kind in [
        ContextKind::InvalidArg,
        ContextKind::InvalidValue,
        ContextKind::InvalidSubcommand,
    ] {
        if let Some(ContextValue::String(word)) = error.get(kind) {
            let word = visible(word);
            error.insert(kind, ContextValue::String(word));
        }
    }
    error
}

/// An option of another verb is named as that, where clap takes it for a slip of the finger.
fn with_its_verbs(mut error: clap::Error, definition: &Command) -> clap::Error {
    let unknown = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(word)) if error.kind() == ErrorKind::UnknownArgument => {
            word.clone()
        }
        _ => return error,
    };
    let Some(long) = unknown.strip_prefix("--") else {
        return error;
    };
    let verbs: Vec<_> = verbs_with(definition, long)
        .map(|verb| format!("`mapisweep {verb}`"))
        .collect();
    if !verbs.is_empty() {
        let tip = format!("{unknown} is an option of {}", list_first(verbs, NAMED));
        error.remove(ContextKind::SuggestedArg);
        let tips = ContextValue::StyledStrs(vec![tip.into()]);
        error.insert(ContextKind::Suggested, tips);
    }
    error
}

fn verbs_with<'a>(definition: &'a Command, long: &str) -> impl Iterator<Item = &'a str> {
    let takes = move |verb: &&Command| {
        verb.get_arguments()
            .any(|arg| !arg.is_global_set() && arg.get_long() == Some(long))
    };
    let verbs = definition.get_subcommands().filter(takes);
    verbs.map(Command::get_name)
}

/// The verb's own usage: clap repeats the options that were given, as if all of them were required.
fn with_plain_usage(mut error: clap::Error, definition: &mut Command) -> clap::Error {
    let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else {
        return error;
    };
    let usage = usage.to_string();
    definition.build();
    // behind "Usage: mapisweep"
    let usage = usage_of(definition, &mut usage.split_whitespace().skip(2));
    error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
    error
}

fn usage_of(command: &mut Command, words: &mut dyn Iterator<Item = &str>) -> StyledStr {
    let below = words.next();
    match below.and_then(|word| command.find_subcommand_mut(word)) {
        Some(below) => usage_of(below, words),
        None => command.render_usage(),
    }
}
