//! What Microsoft's PowerShell engine wrote on the wire, read by the decoder: `vectors.jsonl`, which
//! `scripts/record-engine` makes, needs no engine to be read. What each vector has to give is in tables, by what its
//! expression means.

mod dates;
mod errors;
mod lists;
mod numbers;
mod objects;
mod plain;
mod references;
mod streams;
mod table;
mod texts;
mod vector;

use std::collections::BTreeSet;

use mapisweep_winrm::psrp::clixml::{parse, to_xml};

use table::Row;
use vector::{Vector, vectors};

fn table() -> Vec<Row> {
    [
        dates::table(),
        numbers::table(),
        texts::table(),
        lists::table(),
        objects::table(),
        references::table(),
        errors::table(),
        streams::table(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn what_the_engine_wrote_is_read_as_what_it_means() {
    let (vectors, table) = (vectors(), table());
    let faults: Vec<String> = vectors
        .iter()
        .filter_map(|vector| {
            let row = table.iter().find(|row| row.name == vector.name)?;
            let fault = (row.judge)(vector).err()?;
            Some(format!(
                "{}\n    {}\n    {fault}",
                vector.name, vector.expression
            ))
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_vector_has_one_expectation_and_every_expectation_a_vector() {
    let (vectors, table) = (vectors(), table());
    let recorded: BTreeSet<&str> = vectors.iter().map(|vector| vector.name.as_str()).collect();
    let expected: BTreeSet<&str> = table.iter().map(|row| row.name).collect();
    assert_eq!(recorded, expected);
    assert_eq!(
        (vectors.len(), table.len()),
        (recorded.len(), expected.len())
    );
}

#[test]
fn what_was_read_is_written_as_text_that_reads_as_the_same() {
    for Vector { name, messages, .. } in vectors() {
        for message in messages {
            let again = parse(&to_xml(&message.data)).unwrap();
            // not equality, for which NaN is not itself, and -0 is 0
            assert_eq!(
                format!("{again:?}"),
                format!("{:?}", message.data),
                "{name}"
            );
        }
    }
}
