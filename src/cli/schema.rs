//! `schema-check schema`

use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};

use super::problem::Problem;
use super::{CLEAN, config, print};
use crate::codes::{self, Code, Weight};
use crate::{report, spec};

#[derive(Debug, Args)]
pub(super) struct Schema {
    /// The files that it is for.
    #[arg(value_name = "OF", default_value = "spec")]
    of: Of,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Of {
    /// Specs.
    Spec,
    /// schema-check.yaml.
    Config,
    /// What --format json prints.
    Report,
}

impl Schema {
    pub(super) fn run(&self) -> Result<u8, Problem> {
        let schema = match self.of {
            Of::Spec => with_codes(spec::schema()),
            Of::Config => config::schema(),
            Of::Report => report::schema(),
        };
        print(&(lines(&schema, 0) + "\n"))?;
        Ok(CLEAN)
    }
}

/// The same, where waivers complete the codes of findings. Patterns stay possible, and so do codes that are not known.
fn with_codes(mut schema: Json) -> Json {
    let codes: Vec<Code> = codes::all().filter(|code| !matches!(code.weight, Weight::Error { .. })).collect();
    let known = json!({
        "enum": codes.iter().map(|code| code.code.as_str()).collect::<Vec<_>>(),
        // As editors show them beside each.
        "enumDescriptions": codes.iter().map(|code| code.title.as_str()).collect::<Vec<_>>(),
    });
    let finding = &mut schema["definitions"]["waiver"]["properties"]["finding"];
    let description = finding["description"].clone();
    *finding = json!({ "description": description, "anyOf": [known, { "type": "string" }] });
    schema
}

/// What fits into a line stands in one, so that a change of it is one too.
fn lines(json: &Json, depth: usize) -> String {
    let flat = json.to_string();
    let inner = "  ".repeat(depth + 1);
    let items: Vec<String> = match json {
        _ if flat.len() + inner.len() <= 110 => return flat,
        Json::Object(entries) => {
            let entry = |(key, value): (&String, &Json)| format!("{inner}{}: {}", json!(key), lines(value, depth + 1));
            entries.iter().map(entry).collect()
        }
        Json::Array(items) => items.iter().map(|item| inner.clone() + &lines(item, depth + 1)).collect(),
        _ => return flat,
    };
    let (open, close) = if json.is_object() { ("{", "}") } else { ("[", "]") };
    format!("{open}\n{}\n{}{close}", items.join(",\n"), "  ".repeat(depth))
}
