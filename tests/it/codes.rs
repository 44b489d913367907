//! The register of codes: whole, true, and all that there is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use schema_check::catalog::Kind;
use schema_check::codes::{self, Code, Weight};
use schema_check::rules::RULES;

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
        for what in attributes.chain(["missing", "unexpected"]) {
            assert!(register.contains_key(&format!("drift::{}::{what}", kind.name())), "{} {what}", kind.name());
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
    let expected = ["input", "live::connection_string", "spec", "sql"].map(|code| format!("schema_check::{code}"));
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
