//! What programs were promised: `schema/`. Whatever a test is about, what its runs write for programs is held against it.
//!
//! A program must not mind what it does not know; here everything has to be known, so that nothing comes without being
//! written down.

use std::{collections::BTreeMap, sync::LazyLock};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// Of JSON and NDJSON.
pub const OUTPUT: &str = include_str!("../../../schema/mapisweep-2.schema.json");
/// Of the audit log.
pub const AUDIT: &str = include_str!("../../../schema/audit-2.schema.json");

/// Each definition of a schema by itself, and the schema as it is published.
struct Contract {
    published: Validator,
    schema: Value,
    strict: BTreeMap<String, Validator>,
}

static OUTPUTS: LazyLock<Contract> = LazyLock::new(|| Contract::read(OUTPUT));
static AUDITS: LazyLock<Contract> = LazyLock::new(|| Contract::read(AUDIT));

/// What a run wrote for programs, and how it ended.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    pub format: &'a str,
    pub has_head: bool,
    pub text: &'a str,
    pub exit: i32,
}

impl Written<'_> {
    /// Why it is not what was promised.
    pub fn breach(self) -> Option<String> {
        let checked = match self.format {
            "json" => self.document(),
            "ndjson" => self.lines(),
            "csv" => self.table(),
            _ => Ok(()),
        };
        checked.err()
    }

    fn document(self) -> Result<(), String> {
        let document: Value = serde_json::from_str(self.text).map_err(|error| error.to_string())?;
        OUTPUTS.check("document", &document)?;
        has_ended_so(&document, self.exit)?;
        let errors = document["errors"].as_array();
        self.says_why(errors.map_or(0, Vec::len))
    }

    fn lines(self) -> Result<(), String> {
        let lines = self.text.lines().map(serde_json::from_str);
        let lines: Vec<Value> = lines
            .collect::<Result<_, _>>()
            .map_err(|error| format!("a line is no JSON: {error}"))?;
        for line in &lines {
            OUTPUTS.check_line(line)?;
        }
        match &lines[..] {
            [first, .., last] if first["event"] == "begun" && last["event"] == "ended" => {
                has_ended_so(last, self.exit)?;
                let errors = lines.iter().filter(|line| line["event"] == "error");
                self.says_why(errors.count())
            }
            _ => Err("it does not begin and end as it should".to_owned()),
        }
    }

    /// Whoever reads no more than the exit code and the errors learns why it is not done.
    fn says_why(self, errors: usize) -> Result<(), String> {
        const DONE: i32 = 0;
        const NOTHING_MATCHED: i32 = 3;
        const DECLINED: i32 = 7;
        let speaks_for_itself = [DONE, NOTHING_MATCHED, DECLINED].contains(&self.exit);
        match errors > 0 || speaks_for_itself {
            true => Ok(()),
            false => Err(format!("no error says why it exits {}", self.exit)),
        }
    }

    fn table(self) -> Result<(), String> {
        let mut reader = csv::ReaderBuilder::new();
        let mut reader = reader.has_headers(false).from_reader(self.text.as_bytes());
        // rows of different lengths are an error
        let rows: Result<Vec<_>, _> = reader.records().collect();
        let rows = rows.map_err(|error| error.to_string())?;
        let Some(head) = rows.first().filter(|_| self.has_head) else {
            return Ok(());
        };
        let mut columns: Vec<_> = head.iter().collect();
        columns.sort_unstable();
        let mut records = OUTPUTS.definitions();
        let is_so = |fields: &Value| {
            let fields = fields["properties"].as_object().into_iter();
            columns == fields.flat_map(|fields| fields.keys()).collect::<Vec<_>>()
        };
        match records.any(|(name, fields)| name.ends_with("_record") && is_so(fields)) {
            true => Ok(()),
            false => Err(format!("its columns are no record's: {columns:?}")),
        }
    }
}

/// Why a line of the audit log is not what was promised.
pub fn audit_breach(line: &Value) -> Option<String> {
    let event = line["event"].as_str().unwrap_or_default();
    AUDITS.check(event, line).err()
}

fn has_ended_so(told: &Value, exit: i32) -> Result<(), String> {
    match told["exit_code"] == exit {
        true => Ok(()),
        false => Err(format!("it tells exit code {}", told["exit_code"])),
    }
}

impl Contract {
    fn read(text: &str) -> Self {
        let schema: Value = serde_json::from_str(text).expect("JSON");
        let published = validator(&schema);
        let definitions = closed(&schema["$defs"]);
        let names = schema["$defs"].as_object().expect("definitions").keys();
        let strict = names.map(|name| {
            let reference = format!("#/$defs/{name}");
            let one =
                json!({ "$schema": schema["$schema"], "$ref": reference, "$defs": definitions });
            (name.clone(), validator(&one))
        });
        Self {
            published,
            strict: strict.collect(),
            schema,
        }
    }

    fn definitions(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.schema["$defs"]
            .as_object()
            .expect("definitions")
            .iter()
    }

    /// Against the schema as it is published, and so that nothing is unknown in it.
    fn check(&self, definition: &str, value: &Value) -> Result<(), String> {
        valid(&self.published, value)?;
        let strict = self.strict.get(definition);
        valid(
            strict.ok_or(format!("{definition:?} is not in the schema"))?,
            value,
        )
    }

    /// The fields of an event are described without what each event has.
    fn check_line(&self, line: &Value) -> Result<(), String> {
        valid(&self.published, line)?;
        let event = &self.schema["$defs"]["event"];
        let name = &line["event"];
        let cases = event["allOf"].as_array().expect("a case for each event");
        let is_it = |case: &&Value| case["if"]["properties"]["event"]["const"] == *name;
        let case = cases.iter().find(is_it);
        let case = case.ok_or(format!("the event {name} is not in the schema"))?;
        let definition = case["then"]["$ref"].as_str().expect("a reference");
        let definition = definition.trim_start_matches("#/$defs/");
        let mut fields = line.as_object().cloned().unwrap_or_default();
        let own = event["properties"].as_object().expect("properties");
        fields.retain(|name, _| !own.contains_key(name));
        valid(&self.strict[definition], &Value::Object(fields))
    }
}

fn validator(schema: &Value) -> Validator {
    let options = jsonschema::options().should_validate_formats(true);
    options.build(schema).expect("a valid schema")
}

fn valid(validator: &Validator, value: &Value) -> Result<(), String> {
    let errors = validator.iter_errors(value);
    let errors: Vec<_> = errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    match errors.is_empty() {
        true => Ok(()),
        false => Err(errors.join("\n")),
    }
}

/// The same schema, where objects have no other fields, and words are those that are named.
fn closed(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut all: Map<_, _> = fields
                .iter()
                .map(|(name, it)| (name.clone(), closed(it)))
                .collect();
            if fields.get("type") == Some(&"object".into()) {
                all.insert("unevaluatedProperties".into(), false.into());
            }
            if let Some(Value::Array(words)) = fields.get("x-words") {
                let is_optional = fields["type"].is_array();
                let none = is_optional.then_some(Value::Null);
                all.insert("enum".into(), words.iter().cloned().chain(none).collect());
            }
            Value::Object(all)
        }
        Value::Array(all) => all.iter().map(closed).collect(),
        other => other.clone(),
    }
}
