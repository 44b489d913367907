//! `docs/reference.md`, written from the registers around the examples in `reference.md`.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use schema_check::catalog::{AttrDef, Kind, Origin, Shape, Value};
use schema_check::spec::document::ColumnOrder;
use schema_check::spec::section::Scope;
use schema_check::spec::{self, SectionKey};
use serde_json::Value as Json;

use super::{Block, blocks};
use crate::server::Cluster;
use crate::spec::findings;
use crate::sql::{apply, differences, on_big_stack, read, replay_for};

const EXAMPLES: &str = include_str!("reference.md");

/// What the examples hold of.
const SQL: &str = include_str!("reference.sql");

/// The examples, with what the registers say put around them: below the heading of a kind, where it stands and what
/// its SQL form is; behind its example, its attributes.
fn page() -> String {
    let mut out = String::new();
    let mut kind: Option<Kind> = None;
    // What ends the last kind too.
    for line in EXAMPLES.lines().chain(["", "#"]) {
        if line.starts_with('#') {
            if let Some(kind) = kind.take() {
                attributes(&mut out, kind);
            }
            kind = line.strip_prefix("### ").and_then(kind_called);
        }
        match line.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => language(&mut out, name),
            None => out += &format!("{line}\n"),
        }
        if let Some(kind) = kind.filter(|_| line.starts_with('#')) {
            let _ = writeln!(out, "\n{}", stands(kind));
        }
    }
    out.trim_end_matches("#\n").trim_end().to_owned() + "\n"
}

/// What can be written besides objects, as the JSON Schema describes it.
fn language(out: &mut String, name: &str) {
    let schema = spec::schema();
    let is_section = |key: &str| SectionKey::find(key, SectionKey::top()).is_some();
    match name {
        "sections" => sections(out),
        "top" => keys(out, &schema, |key| !is_section(key)),
        "database" => keys(out, &schema["properties"]["database"], |_| true),
        "rules" => keys(out, &schema["properties"]["rules"], |_| true),
        "entry" => {
            let is_meant = |key: &str| ["severity", "note", "renamed_from", "unlisted"].contains(&key);
            keys(out, definition(&schema, "tables.entry"), is_meant);
        }
        "each" => {
            let mut entries = schema["definitions"]["each"]["anyOf"].as_array().unwrap().iter();
            let tables = entries.find(|one| one["required"][0] == "tables").unwrap();
            keys(out, tables, |key| ["tables", "except", "count"].contains(&key));
        }
        _ => {
            let in_common = ["each", "absent", "allowed", "unlisted"];
            let is_own =
                |key: &str| !in_common.contains(&key) && (key == "schemas" && name == "template" || !is_section(key));
            keys(out, definition(&schema, name), is_own);
        }
    }
}

fn kind_called(noun: &str) -> Option<Kind> {
    Kind::ALL.iter().copied().find(|kind| kind.noun() == noun)
}

/// Where objects of a kind are written, and how as SQL.
fn stands(kind: Kind) -> String {
    let section = SectionKey::of(kind).unwrap();
    let mut out = format!("In `{}`", section.word());
    out += &match section.scope() {
        Scope::Database => " at the top, which lists those of the database.".to_owned(),
        Scope::Schema => " at the top, which lists those of the `schemas`.".to_owned(),
        Scope::Relation | Scope::Domain => {
            let mut of = Kind::ALL.to_vec();
            of.retain(|kind| SectionKey::within(*kind).any(|one| one == section));
            format!(" in an entry of: {}.", links(&of))
        }
    };
    let help = section.sql_help();
    let help = match help.split_once(": ").filter(|_| !help.contains('`')) {
        Some((what, example)) => format!("{what}: `{example}`"),
        None => help.to_owned(),
    };
    let or = if help.starts_with("write a mapping") { "" } else { "; or a mapping" };
    let _ = write!(out, " W{}{or}.", &help[1..]);
    let parts: Vec<String> =
        SectionKey::within(kind).map(|part| format!("`{}` ({})", part.word(), links(part.kinds()))).collect();
    if !parts.is_empty() {
        let _ = write!(out, " What belongs to it: {}.", parts.join(", "));
    }
    out + &format!(" Its findings are called `drift::{}::…`.", kind.name())
}

fn links(kinds: &[Kind]) -> String {
    let link = |kind: &Kind| format!("[{}](#{})", kind.noun(), kind.noun().replace(' ', "-"));
    kinds.iter().map(link).collect::<Vec<_>>().join(", ")
}

fn attributes(out: &mut String, kind: Kind) {
    out.push_str("| key | value | what it says |\n|---|---|---|\n");
    for attribute in kind.definitions() {
        let others = spec::keys_of(kind)
            .into_iter()
            .filter(|key| *key != attribute.name && spec::attribute(kind, key) == Some(attribute.name));
        let keys: Vec<String> = [attribute.name].into_iter().chain(others).map(|key| format!("`{key}`")).collect();
        let (value, help) = (cell(&value(kind, attribute)), cell(attribute.help));
        let _ = writeln!(out, "| {} | {value} | {help} |", keys.join(" or "));
    }
    out.push('\n');
}

/// What a reader of specs says of a value that it cannot take: what it would have taken.
fn value(kind: Kind, attribute: &AttrDef) -> String {
    let refused = kind.unstated().set(attribute.name, Value::Map(Vec::new()), Origin::Server);
    let mut takes = refused.expect_err(attribute.name).unwrap_or_default();
    match spec::pair_sign(attribute.name) {
        Some("=") => {
            takes = takes.replace("text", "a text such as \"name=value\"") + "; or a mapping, `{ name: value }`"
        }
        Some(_) => takes += "; or a mapping, `{ name: [value] }`",
        None => {}
    }
    if spec::HOLD_STATEMENTS.contains(&attribute.name) {
        takes = takes.replace("expression", "statement");
    }
    if attribute.name == "column_order" {
        let _ = write!(takes, "; or {}", ColumnOrder::WORDS.join(", "));
    }
    takes
}

fn cell(text: &str) -> String {
    text.trim().replace('|', "\\|")
}

fn sections(out: &mut String) {
    out.push_str("| key | of | lists |\n|---|---|---|\n");
    for section in SectionKey::top() {
        let of = if section.scope() == Scope::Database { "the database" } else { "the `schemas`" };
        let _ = writeln!(out, "| `{}` | {of} | {} |", section.word(), links(section.kinds()));
    }
}

fn definition<'a>(schema: &'a Json, name: &str) -> &'a Json {
    let found = &schema["definitions"][name];
    let forms = found["anyOf"].as_array().into_iter().flatten();
    forms.clone().find(|form| form.get("properties").is_some()).unwrap_or(found)
}

/// The keys of a mapping, as the JSON Schema describes them.
fn keys(out: &mut String, mapping: &Json, is_meant: impl Fn(&str) -> bool) {
    out.push_str("| key | what it says |\n|---|---|\n");
    let schema = spec::schema();
    for (key, value) in mapping["properties"].as_object().unwrap().iter().filter(|(key, _)| is_meant(key)) {
        let target = value["$ref"].as_str().map(|target| &schema["definitions"][target.rsplit('/').next().unwrap()]);
        let about = value["description"].as_str().or_else(|| target?["description"].as_str());
        let about = about.unwrap_or_else(|| panic!("the schema does not say what `{key}` means"));
        let is_required = mapping["required"].as_array().into_iter().flatten().any(|one| one == key);
        let _ = writeln!(out, "| `{key}` | {}{} |", if is_required { "Required. " } else { "" }, cell(about));
    }
}

#[test]
fn the_reference_is_what_the_registers_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference.md");
    let page = page();
    if std::env::var("SCHEMA_CHECK_WRITE_DOCS").is_ok_and(|set| set == "1") {
        fs::write(&path, &page).unwrap();
    }
    assert!(fs::read_to_string(&path).is_ok_and(|known| known == page), "docs/reference.md is old: run make docs");
}

/// The examples of each kind.
fn examples() -> Vec<(Kind, Vec<Block<'static>>)> {
    EXAMPLES.split("\n### ").filter_map(|part| Some((kind_called(part.lines().next()?)?, blocks(part)))).collect()
}

#[test]
fn each_kind_has_an_example_that_holds() {
    for kind in Kind::ALL {
        let examples: Vec<_> = examples().into_iter().filter(|(of, _)| of == kind).collect();
        let [(_, blocks)] = examples.as_slice() else { panic!("{} examples of {}", examples.len(), kind.noun()) };
        let word = SectionKey::of(*kind).unwrap().word();
        assert!(
            !blocks.is_empty() && blocks.iter().all(|block| block.info == "yaml" && block.text.contains(word)),
            "{}",
            kind.noun()
        );
        for block in blocks {
            let is_listed = |finding: &String| !finding.contains("::unexpected ");
            let found: Vec<String> = findings(SQL, block.text).into_iter().filter(is_listed).collect();
            assert!(found.is_empty(), "{}{found:#?}", block.text);
        }
    }
}

/// What the examples hold of is what servers make of it too.
#[test]
fn the_examples_stand_on_what_servers_take() {
    // Its roles come and go with a cluster of its own; views with `security_invoker` are from 15 on.
    for cluster in Cluster::own(&[15, 18]) {
        let database = cluster.database();
        assert_eq!(apply(&database, SQL), []);
        let replayed = on_big_stack(|| replay_for(cluster.version, &[SQL]).catalog);
        assert_eq!(differences(&replayed, &read(&database)), [] as [&str; 0], "PostgreSQL {}", cluster.version);
    }
}

/// Words that are no name of anything are spelled out.
#[test]
fn words_are_spelled_out() {
    for kind in Kind::ALL {
        for attribute in kind.definitions() {
            if let Shape::Word(words) = attribute.shape {
                let value = value(*kind, attribute);
                assert!(words.iter().all(|word| value.contains(word)), "{}.{}", kind.name(), attribute.name);
            }
        }
    }
}
