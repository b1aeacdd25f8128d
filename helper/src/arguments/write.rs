//! The command line as the client writes it.

use alloc::vec;
use alloc::vec::Vec;
use std::string::{String, ToString};

use super::Command;
use crate::images::Images;

impl Command<'_> {
    /// The arguments that say this, without the program's own name.
    pub fn to_arguments(&self) -> Vec<String> {
        let mut arguments = vec![self.name().to_string()];
        if let Some(max) = self.max {
            arguments.extend(["--max".to_string(), max.to_string()]);
        }
        match self.images {
            Images::EXCHANGE => {}
            Images::All => arguments.push("--all".to_string()),
            Images::Named(names) => {
                let names = names
                    .split(|byte| *byte == 0)
                    .filter(|name| !name.is_empty());
                arguments.extend(names.map(|name| String::from_utf8_lossy(name).into_owned()));
            }
        }
        arguments
    }
}
