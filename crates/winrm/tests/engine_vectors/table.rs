//! Rows of the tables: a vector's name, and what the decoder has to make of it.

use std::fmt::Debug;

use mapisweep_winrm::psrp::{
    clixml::Value,
    message::{Message, MessageType},
};
use serde_json::Value as Json;

use crate::{plain::plain, vector::Vector};

/// What `[pscustomobject]` makes.
pub const CUSTOM: &str = "System.Management.Automation.PSCustomObject";

pub struct Row {
    pub name: &'static str,
    pub judge: Judge,
}

/// What is wrong, if anything is.
pub type Judge = Box<dyn Fn(&Vector) -> Result<(), String>>;

/// The pipeline's output is exactly this.
pub fn gives<const N: usize>(name: &'static str, values: [Value; N]) -> Row {
    judged(name, move |vector| {
        same(&outputs(vector)?, &values.iter().collect())
    })
}

/// The only output has this type and, with types and kinds left aside, this content.
pub fn holds(name: &'static str, type_name: &'static str, content: Json) -> Row {
    let each = [(type_name, content)];
    hold(name, each)
}

/// The same of each output.
pub fn hold<const N: usize>(name: &'static str, each: [(&'static str, Json); N]) -> Row {
    judged(name, move |vector| {
        let seen = outputs(vector)?;
        let seen: Vec<_> = seen
            .iter()
            .map(|value| (type_name(value), plain(value)))
            .collect();
        same(
            &seen,
            &each
                .iter()
                .map(|(name, content)| (*name, content.clone()))
                .collect(),
        )
    })
}

/// This is what is seen when the outputs are looked at so.
pub fn shows<T: Debug + 'static, const N: usize>(
    name: &'static str,
    look: fn(&Value) -> T,
    expected: [T; N],
) -> Row {
    judged(name, move |vector| {
        let seen: Vec<T> = outputs(vector)?.into_iter().map(look).collect();
        same(&seen.iter().collect(), &expected.iter().collect())
    })
}

/// This is what is seen when each message is looked at so, be it output or not.
pub fn sends<T: Debug + 'static, const N: usize>(
    name: &'static str,
    look: fn(&Message) -> T,
    expected: [T; N],
) -> Row {
    judged(name, move |vector| {
        let seen: Vec<T> = vector.messages.iter().map(look).collect();
        same(&seen.iter().collect(), &expected.iter().collect())
    })
}

/// The most specific type; empty for a bare primitive.
pub fn type_name(value: &Value) -> &str {
    value.type_names().first().map_or("", String::as_str)
}

fn outputs(vector: &Vector) -> Result<Vec<&Value>, String> {
    let output = |message: &&Message| message.kind == MessageType::PipelineOutput;
    match vector.messages.iter().find(|message| !output(message)) {
        Some(other) => Err(format!(
            "not an output: {:?} {}",
            other.kind,
            other.data.display()
        )),
        None => Ok(vector
            .messages
            .iter()
            .map(|message| &message.data)
            .collect()),
    }
}

fn judged(name: &'static str, judge: impl Fn(&Vector) -> Result<(), String> + 'static) -> Row {
    let judge = Box::new(judge);
    Row { name, judge }
}

/// Not by equality, for which NaN is not itself, and -0 is 0.
fn same<T: Debug>(seen: &Vec<T>, expected: &Vec<T>) -> Result<(), String> {
    let [seen, expected] = [seen, expected].map(|values| format!("{values:?}"));
    match seen == expected {
        true => Ok(()),
        false => Err(format!("gave     {seen}\n    expected {expected}")),
    }
}
