//! `schema-check.yaml` as a JSON Schema (draft 7), for editors.

use clap::ValueEnum;
use serde_json::{Map, Value as Json, json};

use super::read::{FOR_ALL, OF_TARGET, OLDEST_VERSION, SETTINGS};
use crate::catalog::NEWEST_VERSION;
use crate::cli::FailOn;
use crate::cli::sql::OnError;
use crate::layout::Layout;
use crate::report::Format;

/// The schema of the file.
pub(in crate::cli) fn schema() -> Json {
    let mut schema = object(&[SETTINGS, FOR_ALL].concat());
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["title"] = "schema-check.yaml".into();
    schema["properties"]["targets"]["additionalProperties"] = object(&[OF_TARGET, SETTINGS].concat());
    schema
}

fn object(keys: &[&str]) -> Json {
    let properties: Map<String, Json> = keys.iter().map(|key| ((*key).to_owned(), value(key))).collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn value(key: &str) -> Json {
    let text = json!({ "type": ["string", "number", "boolean"] });
    let texts = json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": text, "minItems": 1 }] });
    match key {
        "specs" | "sql" | "prelude" => texts,
        "fail_on" => json!({ "enum": words::<FailOn>() }),
        "format" => json!({ "enum": words::<Format>() }),
        "outputs" => {
            let paths: Map<String, Json> =
                words::<Format>().into_iter().map(|format| (format, json!({ "type": "string" }))).collect();
            json!({ "type": "object", "additionalProperties": false, "properties": paths })
        }
        "on_error" => json!({ "enum": words::<OnError>() }),
        "layout" => json!({ "enum": Layout::ALL.iter().map(|layout| layout.name()).collect::<Vec<_>>() }),
        "strict" | "include_anywhere" | "complete" => json!({ "type": "boolean" }),
        "connect_timeout" | "statement_timeout" | "lock_timeout" => json!({ "type": "integer", "minimum": 0 }),
        "postgres" => json!({ "type": "integer", "minimum": OLDEST_VERSION, "maximum": NEWEST_VERSION }),
        "variables" => json!({ "type": "object", "additionalProperties": text }),
        "targets" => json!({ "type": "object" }),
        _ => text,
    }
}

fn words<T: ValueEnum>() -> Vec<String> {
    T::value_variants().iter().filter_map(|word| Some(word.to_possible_value()?.get_name().to_owned())).collect()
}
