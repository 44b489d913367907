//! The JSON Schemas of specs and of `schema-check.yaml`, judged by a validator that is not ours.

use std::cell::OnceCell;
use std::fs;
use std::path::Path;

use boon::{Compiler, SchemaIndex, Schemas};
use schema_check::catalog::{FileId, Kind, Origin, Shape, Value};
use schema_check::spec;
use serde_json::Value as Json;

use crate::cli::run;

struct Judge {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Judge {
    fn new(schema: Json) -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("schema.json", schema).unwrap();
        let index = compiler.compile("schema.json", &mut schemas).unwrap();
        Self { schemas, index }
    }

    fn judge(&self, yaml: &str) -> Result<(), String> {
        let json: Json = serde_yaml::from_str(yaml).map_err(|error| error.to_string())?;
        self.schemas.validate(&json, self.index).map_err(|error| format!("{error:#}"))
    }
}

thread_local! {
    static SPECS: OnceCell<Judge> = const { OnceCell::new() };
}

fn judge(yaml: &str) -> Result<(), String> {
    SPECS.with(|judge| judge.get_or_init(|| Judge::new(spec::schema())).judge(yaml))
}

/// What the reader takes, the schema takes.
#[track_caller]
pub(crate) fn is_taken(yaml: &str) {
    assert!(judge(yaml).is_ok(), "{yaml}\n{}", judge(yaml).unwrap_err());
}

/// The pieces of YAML in a page.
fn snippets(page: &str) -> Vec<&str> {
    page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_schemas_in_the_docs_are_what_the_code_says() {
    for (of, name) in [
        ("spec", "schema-check.schema.json"),
        ("config", "schema-check-config.schema.json"),
        ("report", "schema-check-report.schema.json"),
    ] {
        let printed = run(&["schema", of]).stdout;
        let path = root().join("docs").join(name);
        if std::env::var("SCHEMA_CHECK_WRITE_DOCS").is_ok_and(|set| set == "1") {
            fs::write(&path, &printed).unwrap();
        }
        assert!(fs::read_to_string(&path).is_ok_and(|known| known == printed), "docs/{name} is old: run make docs");
    }
    assert_eq!(run(&["schema"]).stdout, run(&["schema", "spec"]).stdout);
}

#[test]
fn specs_and_what_the_docs_show_are_taken() {
    for entry in fs::read_dir(root().join("specs")).unwrap() {
        is_taken(&fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    let mut count = 0;
    for page in ["README.md", "docs/spec.md"] {
        for snippet in snippets(&fs::read_to_string(root().join(page)).unwrap()) {
            if snippet.starts_with("specs:") {
                continue;
            }
            let text =
                if snippet.contains("version: 1") { snippet.to_owned() } else { format!("version: 1\n{snippet}") };
            assert!(spec::read(FileId(0), &text).is_ok(), "{page}: {snippet}");
            is_taken(&text);
            count += 1;
        }
    }
    assert!(count >= 5, "{count}");
}

#[test]
fn what_is_wrong_is_not_taken() {
    for wrong in [
        "tables: { t: }",
        "version: 2",
        "version: 1\ntabels: {}",
        "version: 1\ntables: [t]",
        "version: 1\ntables: { t: { colums: {} } }",
        "version: 1\ntables: { t: { columns: { id: { nullable: maybe } } } }",
        "version: 1\ntables: { t: { columns: { id: { type: null } } } }",
        "version: 1\ntables: { t: { columns: { id: { identity: sometimes } } } }",
        "version: 1\ntables: { t: { columns: { id: { generated: { expr: a } } } } }",
        "version: 1\ntables: { t: { columns: { id: [int] } } }",
        "version: 1\ntables: { t: { severity: fatal } }",
        "version: 1\ntables: { t: { severity: { colour: error } } }",
        "version: 1\ntables: { t: { row_security: true } }",
        "version: 1\ntables: { t: { constraints: { c: { validated: true } } } }",
        "version: 1\ntables: { t: { constraints: { c: } } }",
        "version: 1\ntables: { t: { unlisted: { tables: error } } }",
        "version: 1\ntypes: { e: { enum: [a], values: roughly } }",
        "version: 1\neach: { tables: '*' }",
        "version: 1\neach: [{ row_security: enabled }]",
        "version: 1\neach: [{ tables: '*', count: many }]",
        "version: 1\nabsent: { tables: { t: } }",
        "version: 1\nunlisted: { tables: fatal }",
        "version: 1\nunlisted: { each: error }",
        "version: 1\ndatabase: { port: 5432 }",
        "version: 1\nphases: [{ title: no id }]",
        "version: 1\ntemplates: [{ tables: { t: } }]",
        "version: 1\ntemplates: [{ schemas: a, templates: [{ schemas: b, tables: { t: } }] }]",
        "version: 1\ntemplates: [{ schemas: a, assertions: [{ name: a, sql: select 1 }] }]",
        "version: 1\nassertions: [{ name: no sql }]",
        "version: 1\nassertions: [{ name: a, sql: select 1, timeout: soon }]",
        "version: 1\nwaivers: [{ finding: a, object: b }]",
        "version: 1\ndefault_privileges: { app.tables: grant select }",
    ] {
        assert!(judge(wrong).is_err(), "{wrong}");
        assert!(spec::read(FileId(0), wrong).is_err(), "the reader takes it: {wrong}");
    }
}

/// Values of a shape, and others that are none.
fn samples(shape: Shape) -> (Vec<Value>, Vec<Value>) {
    let word = |word: &str| Value::Text(word.to_owned());
    match shape {
        Shape::Bool => (vec![Value::Bool(true)], vec![word("yes"), Value::Null]),
        Shape::Int => (vec![Value::Int(1)], vec![word("one"), Value::Null]),
        Shape::Expr => (vec![word("a + 1"), Value::Bool(true), Value::Int(1)], vec![Value::Null]),
        // What texts can be differs from name to name.
        Shape::Text => (Vec::new(), vec![Value::Null, Value::Bool(true)]),
        Shape::Word(words) => {
            (words.iter().map(|one| word(one)).collect(), vec![word("such a word"), Value::Bool(true)])
        }
        Shape::Optional(inner) => {
            let (mut good, mut bad) = samples(*inner);
            good.push(Value::Null);
            bad.retain(|value| *value != Value::Null);
            (good, bad)
        }
        Shape::List(inner) => {
            let (good, bad) = samples(*inner);
            let listed =
                |values: Vec<Value>| values.into_iter().map(|value| Value::List(vec![value])).collect::<Vec<_>>();
            ([good.clone(), listed(good), vec![Value::List(Vec::new())]].concat(), listed(bad))
        }
        Shape::Map(keys) => {
            let all = keys.iter().map(|(key, inner)| Some((*key, samples(*inner).0.first()?.clone())));
            (all.collect::<Option<Vec<_>>>().map(Value::Map).into_iter().collect(), vec![Value::Map(Vec::new())])
        }
        Shape::Any(shapes) => (shapes.iter().flat_map(|one| samples(*one).0).collect(), vec![Value::Null]),
    }
}

#[test]
fn the_shape_of_an_attribute_is_what_it_can_be() {
    for kind in Kind::ALL {
        for definition in kind.definitions() {
            let (good, bad) = samples(definition.shape);
            let takes = |value: &Value| kind.unstated().set(definition.name, value.clone(), Origin::Server);
            for value in good {
                assert_eq!(takes(&value), Ok(()), "{}.{} {value:?}", kind.name(), definition.name);
            }
            for value in bad {
                assert!(takes(&value).is_err(), "{}.{} {value:?}", kind.name(), definition.name);
            }
        }
    }
}

#[test]
fn the_schema_of_the_configuration_takes_what_the_docs_show() {
    let judge = Judge::new(serde_json::from_str(&run(&["schema", "config"]).stdout).unwrap());
    let pages = ["docs/config.md", "README.md"].map(|page| fs::read_to_string(root().join(page)).unwrap());
    let shown: Vec<&str> = pages.iter().flat_map(|page| snippets(page)).collect();
    let shown: Vec<&str> = shown.into_iter().filter(|snippet| snippet.starts_with("specs:")).collect();
    assert!(shown.len() > 1);
    for snippet in shown {
        assert_eq!(judge.judge(snippet), Ok(()), "{snippet}");
    }
    for wrong in [
        "spec: a.yaml",
        "specs: { a: b }",
        "postgres: 9",
        "fail_on: fatal",
        "layout: homemade",
        "strict: very",
        "targets: [a]",
        "targets: { a: { uri: x } }",
        "targets: { a: { url: env:A, fail_on: fatal } }",
        "connect_timeout: soon",
    ] {
        assert!(judge.judge(wrong).is_err(), "{wrong}");
    }
}
