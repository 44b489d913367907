//! The register of codes: whole, true, and all that there is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use schema_check::catalog::{FileId, Kind};
use schema_check::codes::{self, Code, Example, Weight};
use schema_check::rules::RULES;
use schema_check::spec;

use crate::cli::{Folder, Run, run};
use crate::schema::is_taken;
use crate::server::on_every_version;
use crate::sql::{apply, on_big_stack, replay};

fn register() -> BTreeMap<String, Code> {
    codes::all().map(|code| (code.code.clone(), code)).collect()
}

/// All texts below a folder of the project whose files end so.
fn texts(folder: &str, extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    assert!(!found.is_empty(), "{folder}/**/*.{extension}");
    found
}

/// The words of a text that look like codes of a family.
fn codes_in<'a>(text: &'a str, family: &str) -> BTreeSet<&'a str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-:".contains(c);
    let words = text.split(|c: char| !is_part(c)).map(|word| word.trim_end_matches(':'));
    words.filter(|word| word.starts_with(family) && !word.contains(":::")).collect()
}

#[test]
fn each_code_is_explained_in_full() {
    let all: Vec<Code> = codes::all().collect();
    assert_eq!(all.len(), register().len(), "a code is there twice");
    for code in all {
        assert_eq!(codes::find(&code.code).as_ref(), Some(&code));
        assert!(!code.title.ends_with('.') && !code.title.is_empty(), "{code:?}");
        assert!(code.title.len() <= 90, "{}: {}", code.code, code.title);
        for (what, text) in code.parts() {
            let is_sentence = text.ends_with('.') && text.starts_with(|c: char| c.is_uppercase() || c == '`');
            assert!(is_sentence && text.matches('`').count() % 2 == 0, "{}: {what}: {text:?}", code.code);
        }
    }
}

#[test]
fn each_kind_attribute_and_rule_has_a_code() {
    let register = register();
    for kind in Kind::ALL {
        let attributes = kind.definitions().iter().map(|attribute| attribute.name);
        let code = |what: &str| register.get(&format!("drift::{}::{what}", kind.name()));
        for what in attributes {
            assert!(code(what).is_some(), "{} {what}", kind.name());
        }
        for what in ["missing", "unexpected"] {
            assert!(code(what).is_some_and(|code| code.example.is_some()), "{} {what}", kind.name());
        }
    }
    for rule in RULES {
        assert_eq!(register[&format!("rule::{}", rule.name)].weight, Weight::Rule);
    }
}

#[test]
fn what_is_said_of_attributes_is_said_of_some_that_are_there() {
    let page = include_str!("../../src/codes/attributes.md");
    let mut names = BTreeSet::new();
    for kind in Kind::ALL {
        for attribute in kind.definitions() {
            names.insert(attribute.name.to_owned());
            names.insert(format!("{}.{}", kind.name(), attribute.name));
        }
    }
    let headings: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let idle: Vec<&&str> = headings.iter().filter(|heading| !names.contains(**heading)).collect();
    assert!(idle.is_empty(), "{idle:?}");
    assert_eq!(headings.iter().collect::<BTreeSet<_>>().len(), headings.len(), "a heading is there twice");
}

/// Whatever a test, a fixture or a page says of findings, it says of codes that there are.
#[test]
fn codes_that_are_spoken_of_are_known() {
    let pages = ["rs", "snap", "md"].map(|extension| texts("tests", extension)).concat();
    let pages = [pages, texts("docs", "md"), texts("specs", "yaml")].concat();
    let mut seen = BTreeSet::new();
    for page in &pages {
        for family in ["drift::", "uncertain::", "rule::", "assertion::", "waiver::", "replay::"] {
            seen.extend(codes_in(page, family));
        }
    }
    // Paths of the sources are called so too, and what a code begins with is none yet.
    let is_whole = |code: &&&str| match code.split("::").collect::<Vec<_>>().as_slice() {
        ["replay", sqlstate] => sqlstate.len() == 5 && sqlstate.contains(|c: char| c.is_ascii_digit()),
        ["drift" | "uncertain", _, what] => !what.is_empty() && !what.starts_with('-'),
        ["rule" | "assertion" | "waiver", what] => what.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
        _ => false,
    };
    let whole: Vec<&&str> = seen.iter().filter(is_whole).collect();
    assert!(whole.len() > 100, "{whole:?}");
    let unknown: Vec<&&&str> = whole.iter().filter(|code| codes::find(code).is_none()).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// The SQLSTATEs that the sources can give, and those that there is advice about.
#[test]
fn what_the_replay_refuses_is_in_the_register() {
    let mut given: BTreeSet<String> = BTreeSet::new();
    for source in [texts("src/replay", "rs"), texts("src/expr", "rs")].concat() {
        let code = source.split("#[cfg(test)]").next().unwrap();
        let literals = code.split('"').filter(|text| text.len() == 5);
        let is_sqlstate = |text: &&str| {
            text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
                && text.bytes().any(|byte| byte.is_ascii_digit())
        };
        given.extend(literals.filter(is_sqlstate).map(|sqlstate| format!("replay::{sqlstate}")));
    }
    // No handler of `others` catches it, which is all that the replay has to know of it.
    given.remove("replay::57014");
    let known: BTreeSet<String> = register().into_keys().filter(|code| code.starts_with("replay::")).collect();
    assert_eq!(known, given);
}

#[test]
fn errors_are_in_the_register_with_their_exit_codes() {
    let mut given = BTreeSet::new();
    for file in ["src/cli/problem.rs", "src/live/error.rs"] {
        let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        given.extend(codes_in(&source, "schema_check::").into_iter().map(str::to_owned));
    }
    let register = register();
    let known: BTreeSet<String> = register.keys().filter(|code| code.starts_with("schema_check::")).cloned().collect();
    assert_eq!(known, given);
    let ends_with_2 = |code: &&String| register[*code].weight == Weight::Error { exit_code: 2 };
    let wrong_input: Vec<&String> = known.iter().filter(ends_with_2).collect();
    let expected = ["input", "live::connection_string", "live::service_file", "spec", "sql"]
        .map(|code| format!("schema_check::{code}"));
    assert_eq!(wrong_input, expected.iter().collect::<Vec<_>>());
}

#[test]
fn code_that_is_run_can_raise_any_code() {
    let own = codes::find("replay::AB123").unwrap();
    assert_eq!(own.title, "code that is run raises an error of its own");
    let known_by_name = codes::find("replay::22012").unwrap();
    assert!(known_by_name.title.ends_with("division by zero"), "{}", known_by_name.title);
    for wrong in ["replay::", "replay::42P0", "replay::42P011", "drift::table", "drift::table::", "table::missing", ""]
    {
        assert_eq!(codes::find(wrong), None, "{wrong}");
    }
}

/// Whether an example gives the code that it is of: what it has is checked as a user would.
fn is_true(code: &Code, example: &Example) -> Result<(), String> {
    let spec = example.spec.as_deref().map(|spec| format!("version: 1\n{spec}\n"));
    let sql = example.sql.as_deref().unwrap_or_default();
    let found = match &spec {
        None => on_big_stack(|| {
            replay(&[sql]).refusals.iter().map(|refusal| refusal.sqlstate).collect::<Vec<_>>().join("\n")
        }),
        Some(spec) => {
            let folder = Folder::new(&format!("example-{}", code.code.replace("::", "-")));
            let (spec, sql) = (folder.file("spec.yaml", spec), folder.file("schema.sql", format!("{sql}\nselect 1;")));
            let check =
                ["check", "--spec", &spec, "--sql", &sql, "--role", "app", "--format", "concise", "--no-config"];
            let Run { stdout, stderr, .. } = run(&check);
            stdout + &stderr
        }
    };
    let wanted = code.code.strip_prefix("replay::").unwrap_or(&code.code);
    let is_found = found.lines().any(|line| line == wanted || line.contains(&format!(" {wanted}: ")));
    if is_found { Ok(()) } else { Err(format!("{}: {example:#?}\n{found}", code.code)) }
}

#[track_caller]
fn examples_are_true(family: &str, at_least: usize) {
    let all: Vec<Code> = codes::all().filter(|code| code.code.starts_with(family)).collect();
    let examples: Vec<_> = all.iter().filter_map(|code| Some((code, code.example.as_ref()?))).collect();
    let untrue: Vec<String> = examples.iter().filter_map(|(code, example)| is_true(code, example).err()).collect();
    assert!(untrue.is_empty(), "{} are not:\n{}", untrue.len(), untrue.join("\n"));
    assert!(examples.len() >= at_least, "{} examples of {} codes", examples.len(), all.len());
}

#[test]
fn examples_of_drift_are_true() {
    examples_are_true("drift::", 480);
    examples_are_true("uncertain::", 5);
}

#[test]
fn examples_of_rules_and_waivers_are_true() {
    examples_are_true("rule::", 8);
    examples_are_true("waiver::", 2);
}

#[test]
fn examples_of_refused_statements_are_true() {
    examples_are_true("replay::", 35);
}

/// What the replay refuses by them, servers refuse just so.
#[test]
fn examples_of_refused_statements_are_true_of_servers() {
    on_every_version(|cluster| {
        for code in codes::all().filter(|code| code.code.starts_with("replay::")) {
            let Some(sql) = code.example.and_then(|example| example.sql) else { continue };
            let refused = apply(&cluster.database(), &sql);
            let first = refused.first().map(|(_, sqlstate)| format!("replay::{sqlstate}"));
            assert_eq!(first.as_deref(), Some(code.code.as_str()), "PostgreSQL {}: {sql}", cluster.version);
        }
    });
}

/// No server is asked here; that they are found is for `tests/it/live/assertions.rs`.
#[test]
fn examples_of_assertions_are_taken() {
    for code in codes::all().filter(|code| code.code.starts_with("assertion::")) {
        let spec = code.example.unwrap().spec.unwrap();
        is_taken(&format!("version: 1\n{spec}"));
        assert!(spec::read(FileId(1), &format!("version: 1\n{spec}")).is_ok(), "{spec}");
    }
}

#[test]
fn waivers_complete_codes_in_editors() {
    let schema: serde_json::Value = serde_json::from_str(&run(&["schema"]).stdout).unwrap();
    let known = &schema["definitions"]["waiver"]["properties"]["finding"]["anyOf"][0];
    let codes: Vec<&str> = known["enum"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    assert!(codes.contains(&"drift::index::unexpected") && codes.contains(&"rule::invalid-index"));
    assert!(codes.iter().all(|code| codes::find(code).is_some() && !code.starts_with("schema_check::")));
    assert_eq!(known["enumDescriptions"].as_array().unwrap().len(), codes.len());
}

#[test]
fn a_code_is_explained() {
    let Run { code, stdout, .. } = run(&["explain", "drift::foreign_key::on_delete"]);
    assert_eq!(code, 0);
    for words in ["(error)", "Why it matters", "How to mend it", "VALIDATE CONSTRAINT", "on_delete: cascade"] {
        assert!(stdout.contains(words), "{words}:\n{stdout}");
    }
    assert_eq!(run(&["explain", "foreign_key::on_delete"]).stdout, stdout, "drift:: may be left out");
    let Run { stdout, .. } = run(&["explain", "replay::42P01", "--format", "markdown"]);
    assert!(stdout.starts_with("# replay::42P01\n") && stdout.contains("```sql\n"), "{stdout}");
    let Run { stdout, .. } = run(&["explain", "schema_check::live::login", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((&json["exit_code"], &json["severity"]), (&3.into(), &serde_json::Value::Null));
    assert_eq!(json["docs"], "docs/codes.md#errors");
}

#[test]
fn what_codes_begin_with_lists_them() {
    let listed = |arguments: &[&str]| {
        let Run { code, stdout, .. } = run(arguments);
        assert_eq!(code, 0);
        stdout.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect::<Vec<String>>()
    };
    let of_policies = listed(&["codes", "policy"]);
    assert!(of_policies.len() > 5 && of_policies.iter().all(|code| code.starts_with("drift::policy::")));
    for arguments in [["explain", "drift::policy"], ["codes", "drift::policy::"], ["explain", "drift::policy::*"]] {
        assert_eq!(listed(&arguments), of_policies, "{arguments:?}");
    }
    assert_eq!(listed(&["codes"]).len(), codes::all().count());
    assert_eq!(listed(&["codes", "waiver"]), ["waiver::expired", "waiver::unused"]);
    let Run { stdout, .. } = run(&["codes", "rule", "--format", "markdown"]);
    assert!(stdout.contains("| `rule::invalid-index` | as asked for | "), "{stdout}");
    let Run { stdout, .. } = run(&["codes", "--format", "json"]);
    let json: Vec<serde_json::Value> = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json.len(), codes::all().count());
}

#[test]
fn a_code_that_is_none_is_answered_with_the_nearest() {
    for (wrong, nearest) in [
        ("polcy::using", "did you mean drift::policy::using?"),
        ("foreign_key::ondelete", "did you mean drift::foreign_key::on_delete?"),
        ("rule::duplicate_index", "did you mean rule::duplicate-index?"),
        ("hello", "`schema-check codes` lists them all"),
    ] {
        let Run { code, stdout, stderr } = run(&["explain", wrong]);
        assert_eq!((code, stdout.as_str()), (2, ""));
        assert!(stderr.contains(&format!("there is no code {wrong}")) && stderr.contains(nearest), "{stderr}");
        assert_eq!(run(&["codes", wrong]).code, 2);
    }
}
