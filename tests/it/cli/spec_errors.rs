//! Every mistake that can be made in a spec, as a user is told of it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::{Folder, run};

/// Of the whole file.
const WHOLE: &[&str] = &[
    "# nothing\n",
    "version: 1\ntables:\n  t: {}\n x: 1\n",
    "version: 1\n# é😀\ntables: { é: { columns: { id: int }\n",
    "tables: { t: }\n",
    "- a\n",
    "version: 2\ntables: { t: }\n",
    "version: 1\n",
    "version: 1\na: 1\na: 2\n",
];

/// Behind `version: 1`.
const WRONG: &[&str] = &[
    // Keys and shapes.
    "tabels: { t: }",
    "rules: []",
    "rules: { foreign-key-without-indexes: error }",
    "rules: { invalid-index: fatal }",
    "templates: [{ schemas: a, tables: { t: }, rules: { invalid-index: error } }]",
    "tables: { t: { colums: {} } }",
    "tables: { t: { columns: { id: { tpye: int } } } }",
    "tables: [t]",
    "tables: { a.b.c: }",
    "tables: { t: { columns: { id: 1 } } }",
    "tables: { t: { columns: [id] } }",
    "tables: { t: { note: [a] } }",
    "tables:\n  t:\n    note:\n    columns:\n      id: { type: { of: int } }",
    "tables: { t: { primary_key: { columns: { a: b } } } }",
    "schemas: { a: { b: c } }",
    "include: { a: b }\ntables: { t: }",
    "tables: { t: { severity: fatal } }",
    "tables: { t: { severity: { colour: error } } }",
    "tables: { t: { column_order: strict } }",
    "tables: { t: { row_security: true } }",
    "tables: { t: { columns: { id: { nullable: maybe } } } }",
    "tables: { t: { columns: { id: { generated: { expr: a } } } } }",
    "tables: { t: { constraints: { c: { validated: true } } } }",
    "tables: { t: { constraints: { c: } } }",
    "tables: { t: { indexes: { i: { unique: perhaps } } } }",
    "types: { e: { enum: [a], values: roughly } }",
    "each: [{ tables: \"*\", row_security: enabled, renamed_from: old }]",
    "unlisted: { tables: fatal }",
    "unlisted: { each: error }",
    // SQL.
    "tables:\n  t:\n    columns:\n      # é 😀\n      id: int nul\n",
    "tables: { t: { columns: { \"é😀\": int nul } } }",
    "tables:\r\n  t:\r\n    columns:\r\n      id: int nul\r\n",
    "tables: { t: { columns: { id: 'int; drop table t' } } }",
    "tables: { t: { policies: { p: { using: 'a = ' } } } }",
    "tables:\n  t:\n    policies:\n      p: >-\n        for select\n        usin (true)\n",
    "views: { v: { query: selec 1 } }",
    "default_privileges: { app.tables: grant select }",
    // each, templates, absent.
    "each: { tables: '*' }",
    "each: [tables]",
    "each: [{ row_security: enabled }]",
    "each: [{ tables: '*', count: many }]",
    "each: [{ tables: '*', policies: {} }]",
    "templates: [{ tables: { t: } }]",
    "templates: [{ schemas: a, templates: [{ schemas: b, tables: { t: } }] }]",
    "templates: [{ schemas: a, assertions: [{ name: a, sql: select 1 }] }]",
    "absent: [t]",
    "absent: { tables: { t: } }",
    "absent: { tables: a.b.c.d }",
    "absent: { tabels: t }",
    // database, phases.
    "database: { port: 5432 }\ntables: { t: }",
    "database: { server_version: new }\ntables: { t: }",
    "phases: [{ title: no id, tables: { t: } }]",
    "phases: [{ id: a, tables: { t: } }, { id: a, tables: { u: } }]",
    "phases: [{ id: expand, tables: { t: } }]\nphase: expnd",
    // Assertions and waivers.
    "assertions: [{ name: no sql }]",
    "assertions: [{ name: '', sql: select 1 }]",
    "assertions: [{ name: a, sql: delete from t }]",
    "assertions: [{ name: a, sql: select 1, expect: [1] }]",
    "assertions: [{ name: a, sql: select 1, expect: .nan }]",
    "tables: { t: { columns: { id: { nullable: .inf } } } }",
    "assertions: [{ name: a, sql: select 1, timeout: soon }]",
    "assertions: [{ name: a, sql: select 1 }, { name: a, sql: select 2 }]",
    "waivers: [{ finding: a, object: b }]\ntables: { t: }",
    "waivers: [{ finding: a, object: b, reason: c, expires: soon }]\ntables: { t: }",
];

/// What is only wrong where it is held against this.
const SQL: &str = "create table t (id int, n int);
    create function f(a int) returns int language sql as 'select 1';
    create function f(a text) returns int language sql as 'select 1';
    create extension hstore;";

const UNFIT: &[&str] = &[
    "each: [{ tables: 'nowhere_*', row_security: enabled }]",
    "absent: { tables: t }\ntables: { t: }",
    "tables: { t: create table t (like nowhere) }",
    "tables: { \"é😀\": create table u (id int) }",
    "functions: { f: { volatility: stable } }",
    "tables: { t: { constraints: { c: { sql: check (n > 0), deferrable: true } } } }",
    "extensions: { ltree: { renamed_from: hstore } }",
];

/// What is said of a spec.
fn said(spec: &str, arguments: &[&str]) -> String {
    let folder = Folder::new(&format!("spec-errors-{}", arguments.len()));
    let path = folder.file("spec.yaml", spec);
    let sql = folder.file("a.sql", SQL);
    let more: Vec<&str> =
        arguments.iter().map(|argument| if *argument == "SQL" { sql.as_str() } else { argument }).collect();
    let run = run(&[&more[..1], &["--no-config", "--spec", &path], &more[1..]].concat());
    assert_eq!(run.code, 2, "{spec}\n{}{}", run.stdout, run.stderr);
    let told = run.stderr.replace(&format!("{}/", folder.path()), "");
    format!("{}\n{told}\n", spec.replace('\r', "␍").trim_end())
}

#[test]
fn what_is_wrong_with_a_spec_is_said_with_a_place_and_a_way_out() {
    let mut out = String::new();
    for spec in WHOLE {
        let _ = writeln!(out, "{}", said(spec, &["validate"]));
    }
    for spec in WRONG {
        let _ = writeln!(out, "{}", said(&format!("version: 1\n{spec}\n"), &["validate"]));
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "../snapshots", omit_expression => true }, {
        insta::assert_snapshot!("spec_errors_reading", out);
    });
}

#[test]
fn what_does_not_fit_is_said_with_a_place_and_a_way_out() {
    let mut out = String::new();
    for spec in UNFIT {
        let _ = writeln!(out, "{}", said(&format!("version: 1\n{spec}\n"), &["check", "--sql", "SQL"]));
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "../snapshots", omit_expression => true }, {
        insta::assert_snapshot!("spec_errors_binding", out);
    });
}

/// Whoever says something more that is wrong gives it a spec above, and reads what is said.
#[test]
fn everything_that_the_reader_says_is_said_here() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let told = ["tests/it/snapshots/spec_errors_reading.snap", "tests/it/snapshots/spec_errors_binding.snap"]
        .map(|path| fs::read_to_string(root.join(path)).unwrap())
        .join(" ");
    // Long lines are broken where they are shown.
    let words = |text: &str| text.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    let told = words(&told);
    let mut folders = vec![root.join("src/spec")];
    let (mut untold, mut count) = (Vec::new(), 0);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // What two files say otherwise is for include.rs.
            if path.ends_with("merge.rs") {
                continue;
            }
            let text = fs::read_to_string(path).unwrap();
            for message in messages(text.split("#[cfg(test)]").next().unwrap()) {
                count += 1;
                // The longest of what stands between the parts that differ from case to case.
                let pieces = message.split('{').map(|piece| piece.rsplit('}').next().unwrap_or_default());
                let longest = words(pieces.max_by_key(|piece| piece.len()).unwrap_or_default());
                if !told.contains(&longest) {
                    untold.push(message);
                }
            }
        }
    }
    assert!(count >= 40, "the messages are no longer found: {count}");
    assert!(untold.is_empty(), "no spec above leads to these: {untold:#?}");
}

/// The messages in a source: the first literal in each place that makes an error, or the last one before it.
fn messages(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for says in ["self.error(", " SpecError {", "(SpecError {", "[SpecError {"] {
        for (at, _) in source.match_indices(says) {
            let behind = &source[at + says.len()..];
            let end = behind.find([';', '}']).unwrap_or(behind.len());
            let here = literal(behind).filter(|_| behind.find('"').is_some_and(|quote| quote < end));
            let before = source[..at].rfind("let message = ").and_then(|at| literal(&source[at..]));
            found.extend(here.or(before).map(|text| text.replace("\\\"", "\"")));
        }
    }
    found
}

/// The first text between quotes.
fn literal(source: &str) -> Option<&str> {
    let begin = source.find('"')? + 1;
    let is_end = |at: usize| !source[..at].ends_with('\\');
    let (end, _) = source[begin..].match_indices('"').find(|(at, _)| is_end(begin + at))?;
    Some(&source[begin..begin + end])
}
