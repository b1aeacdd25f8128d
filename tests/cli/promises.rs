//! The contract itself, `schema/`: it only grows, and says what each field is.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde_json::Value;

use crate::support::contract::{AUDIT, OUTPUT};

/// A field has a type, and a word is one of some: what was promised stays so.
#[test]
fn the_contract_only_grows() {
    for (name, schema) in [("mapisweep-2", OUTPUT), ("audit-2", AUDIT)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schema/{name}.contract"));
        let promised = std::fs::read_to_string(&path).unwrap_or_default();
        let promised: BTreeSet<_> = promised.lines().map(str::to_owned).collect();
        let kept = promises(&serde_json::from_str(schema).unwrap());
        let broken: Vec<_> = promised.difference(&kept).collect();
        assert!(
            broken.is_empty(),
            "promised in {name}.contract, and no longer so; that is a new version: {broken:#?}"
        );
        let new: Vec<_> = kept.difference(&promised).collect();
        if std::env::var_os("CONTRACT").is_some_and(|what| what == "add") {
            write(&path, &kept);
        } else {
            assert!(
                new.is_empty(),
                "not yet in {name}.contract; CONTRACT=add adds it: {new:#?}"
            );
        }
    }
}

fn write(path: &Path, promises: &BTreeSet<String>) {
    let lines: String = promises.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(path, lines).unwrap();
}

/// All that a schema says of its objects, a line each.
fn promises(schema: &Value) -> BTreeSet<String> {
    let mut promises = BTreeSet::new();
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        if let Some(mixin) = definition["$ref"].as_str() {
            promises.insert(format!("{name} has all of {}", last(mixin)));
        }
        for (field, is) in definition["properties"].as_object().into_iter().flatten() {
            promise(&mut promises, &format!("{name}.{field}"), is);
            if list(&definition["required"]).contains(field) {
                promises.insert(format!("{name}.{field} is always there"));
            }
        }
        let cases = definition["allOf"].as_array().into_iter().flatten();
        for case in cases.chain(schema["allOf"].as_array().into_iter().flatten()) {
            for (field, value) in case["if"]["properties"].as_object().into_iter().flatten() {
                let value = value["const"].as_str().unwrap();
                let then = last(case["then"]["$ref"].as_str().unwrap());
                promises.insert(format!("where {field} is {value}: {then}"));
            }
        }
    }
    promises
}

fn promise(promises: &mut BTreeSet<String>, field: &str, is: &Value) {
    let kind = match (&is["type"], &is["$ref"]) {
        (Value::String(kind), _) => kind.clone(),
        (Value::Array(kinds), _) => kinds
            .iter()
            .map(|kind| kind.as_str().unwrap())
            .collect::<Vec<_>>()
            .join(" or "),
        (_, Value::String(reference)) => last(reference).to_owned(),
        // only part of what is said elsewhere
        _ => "as it is".to_owned(),
    };
    let told: BTreeMap<_, _> = ["const", "format", "pattern"]
        .into_iter()
        .filter_map(|rule| Some((rule, is.get(rule)?)))
        .collect();
    let told: String = told
        .iter()
        .map(|(rule, value)| format!(", {rule} {value}"))
        .collect();
    promises.insert(format!("{field}: {kind}{told}"));
    for word in list(&is["x-words"]) {
        promises.insert(format!("{field} may be {word}"));
    }
    // these are all there are
    if let Some(words) = is.get("enum") {
        promises.insert(format!("{field} is one of {words}"));
    }
    if let Some(items) = is.get("items") {
        promise(promises, &format!("{field}[]"), items);
    }
}

fn list(value: &Value) -> Vec<String> {
    let words = value.as_array().into_iter().flatten();
    words
        .map(|word| word.as_str().unwrap().to_owned())
        .collect()
}

fn last(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

#[test]
fn a_field_is_described_and_in_the_output_always_there() {
    for (name, text) in [("mapisweep-2", OUTPUT), ("audit-2", AUDIT)] {
        let schema: Value = serde_json::from_str(text).unwrap();
        assert!(
            jsonschema::meta::is_valid(&schema),
            "{name} is no valid schema"
        );
        for (definition, is) in schema["$defs"].as_object().unwrap() {
            let of_conditions = is.get("required").is_none();
            for (field, it) in is["properties"].as_object().into_iter().flatten() {
                let is_described = it.get("description").is_some() || it.get("$ref").is_some();
                assert!(
                    is_described || of_conditions,
                    "{name}: {definition}.{field}"
                );
                let is_required = list(&is["required"]).contains(field);
                let is_output = name == "mapisweep-2" && !of_conditions;
                assert!(is_required || !is_output, "{name}: {definition}.{field}");
            }
        }
    }
}

/// A field that goes, or that becomes something else, is noticed; one that comes is not in the way of who reads an old schema.
#[test]
fn a_broken_promise_is_noticed() {
    let schema: Value = serde_json::from_str(OUTPUT).unwrap();
    let before = promises(&schema);
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut schema = schema.clone();
        change(&mut schema["$defs"]["plan_record"]);
        let after = promises(&schema);
        before.difference(&after).count()
    };
    assert_eq!(changed(&|_| {}), 0);
    assert!(
        changed(&|record| _ = record["properties"]
            .as_object_mut()
            .unwrap()
            .remove("client"))
            > 0
    );
    assert!(changed(&|record| record["properties"]["accounts"]["type"] = "string".into()) > 0);
    assert!(
        changed(&|record| record["properties"]["accounts"]["items"]["type"] = "integer".into()) > 0
    );
    assert!(
        changed(
            &|record| record["properties"]["decision"]["x-words"] = serde_json::json!(["close"])
        ) > 0
    );
    assert_eq!(
        changed(&|record| record["properties"]["more"] = serde_json::json!({ "type": "string" })),
        0
    );
}
