//! The laws of the house, read off its sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use schema_check::catalog::Kind;

use crate::differential::{small_cases, systems};
use crate::sql::{on_big_stack, replay};

/// The rooms, what each may use of the others, and the crates that only some may use.
const ROOMS: &[(&str, &[&str])] = &[
    ("sql", &[]),
    ("parallel", &["sql"]),
    ("catalog", &["sql"]),
    ("library", &["catalog", "sql"]),
    ("expr", &["catalog", "library", "parallel", "sql"]),
    ("live", &["catalog", "sql"]),
    ("replay", &["catalog", "expr", "library", "sql"]),
    ("layout", &["sql"]),
    ("yaml", &[]),
    ("compare", &["catalog"]),
    ("findings", &["catalog", "compare", "replay", "sql"]),
    ("ddl", &["catalog", "expr", "library", "replay", "sql"]),
    ("progress", &["catalog", "compare", "expr", "findings", "spec", "waivers"]),
    ("pull", &["catalog", "compare", "ddl", "expr", "findings", "spec", "sql"]),
    ("files", &["catalog"]),
    ("snapshot", &["catalog", "sql"]),
    ("rules", &["catalog", "findings", "sql"]),
    ("spec", &["catalog", "expr", "findings", "parallel", "replay", "rules", "sql", "yaml"]),
    ("codes", &["catalog", "findings", "replay", "rules", "spec"]),
    ("assertions", &["catalog", "findings", "live", "spec"]),
    ("waivers", &["catalog", "findings", "spec", "sql"]),
    ("report", &["catalog", "codes", "files", "findings", "progress", "snapshot", "sql", "waivers"]),
    (
        "cli",
        &[
            "assertions",
            "catalog",
            "codes",
            "compare",
            "ddl",
            "expr",
            "files",
            "findings",
            "layout",
            "live",
            "progress",
            "pull",
            "replay",
            "report",
            "rules",
            "snapshot",
            "spec",
            "sql",
            "waivers",
            "yaml",
        ],
    ),
    ("main", &["cli", "sql"]),
];

const CRATES: &[(&str, &[&str])] = &[
    ("smol_str", &["sql"]),
    ("smallvec", &["catalog"]),
    ("rustc_hash", &["catalog"]),
    ("pg_query", &["sql", "catalog", "expr", "live", "replay", "spec"]),
    ("tokio_postgres", &["live"]),
    ("tokio", &["live"]),
    ("futures_util", &["live"]),
    ("mimalloc", &["main"]),
    ("rustls", &["live"]),
    ("signal_hook", &["cli"]),
    ("serde_saphyr", &["yaml"]),
    ("serde_json", &["live", "snapshot", "report", "layout", "spec", "cli"]),
    ("encoding_rs", &["cli"]),
    ("miette", &["report", "live", "cli"]),
    ("comfy_table", &["report", "cli"]),
    ("similar", &["report"]),
    ("quick_xml", &["report"]),
    ("sha2", &["report"]),
    ("unicode_width", &["report"]),
    ("clap", &["cli", "main"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
];

/// Every source file with its room and its text, without the tests below the code.
fn sources() -> Vec<(PathBuf, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&root).unwrap().to_owned();
            let room = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
            (inside, room, code)
        })
        .filter(|(_, room, _)| room != "lib")
        .collect()
}

/// The names that stand behind `prefix` in a text.
fn names_behind<'a>(text: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    let name = |rest: &'a str| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    text.split(prefix).skip(1).map(name).filter(|name| !name.is_empty()).collect()
}

#[test]
fn each_room_uses_only_what_it_may() {
    let rooms: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let mut broken = Vec::new();
    for (path, room, code) in sources() {
        let may = rooms.get(room.as_str()).unwrap_or_else(|| panic!("{room} is not on the list of rooms"));
        for prefix in ["crate::", "schema_check::"] {
            for used in names_behind(&code, prefix).into_iter().filter(|used| rooms.contains_key(used)) {
                if used != room && !may.contains(&used) {
                    broken.push(format!("{} uses {used}", path.display()));
                }
            }
        }
        for (name, users) in CRATES {
            if code.contains(&format!("{name}::")) && !users.contains(&room.as_str()) {
                broken.push(format!("{} uses the crate {name}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn only_the_doors_touch_the_world() {
    for (path, room, code) in sources() {
        // What a writer into memory returns.
        let code = code.replace("std::io::Result", "");
        let touches = ["std::fs", "std::net", "std::env", "std::process", "std::io", "print!", "println!"];
        let found: Vec<&str> = touches.into_iter().filter(|word| code.contains(word)).collect();
        let may = matches!(room.as_str(), "cli" | "live" | "main");
        assert!(found.is_empty() || may, "{}: {found:?}", path.display());
    }
}

#[test]
fn the_comparer_names_no_kind() {
    let (_, _, code) = sources().into_iter().find(|(path, ..)| path == Path::new("compare.rs")).unwrap();
    for kind in Kind::ALL {
        assert!(!code.contains(&format!("{kind:?}")), "compare.rs speaks of {kind:?}");
    }
}

#[test]
fn unsafe_code_is_in_one_file() {
    let files: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|(.., code)| {
            code.lines().any(|line| line.trim_start().starts_with("unsafe ") || line.contains(" unsafe {"))
        })
        .map(|(path, ..)| path)
        .collect();
    assert_eq!(files, [Path::new("sql/parse.rs")]);
}

#[test]
fn names_of_kinds_and_attributes_are_one_word_and_documented() {
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let mut kinds = BTreeSet::new();
    for kind in Kind::ALL {
        assert!(is_name(kind.name()) && kinds.insert(kind.name()), "{}", kind.name());
        let mut attributes = BTreeSet::new();
        for definition in kind.definitions() {
            assert!(is_name(definition.name) && attributes.insert(definition.name), "{}", definition.name);
            assert!(definition.help.trim().ends_with('.'), "{}::{}: {}", kind.name(), definition.name, definition.help);
        }
    }
}

/// Attributes of which the fixtures have one value yet.
const NOT_VARIED_YET: &[&str] = &[
    "table.tablespace",
    "index.tablespace",
    "exclusion.tablespace",
    "primary_key.tablespace",
    "unique.tablespace",
    "materialized_view.tablespace",
    "materialized_view.access_method",
    "view.persistence",
];

/// What the fixtures cannot vary, and why.
const SAME_EVERYWHERE: &[(&str, &str)] =
    &[("extension.owner", "an extension belongs to whoever runs the file, and only a superuser may make most of them")];

#[test]
fn every_attribute_of_every_kind_is_varied_by_the_fixtures() {
    let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    on_big_stack(|| {
        for case in small_cases(false).into_iter().chain(systems()) {
            let files: Vec<&str> = case.files.iter().map(String::as_str).collect();
            for (id, object) in &replay(&files).catalog.objects {
                assert_eq!(object.facts.kind().class(), id.class());
                for (definition, stated) in object.facts.attributes() {
                    if let Some((value, _)) = stated {
                        let name = format!("{}.{}", object.facts.kind().name(), definition.name);
                        values.entry(name).or_default().insert(value.to_string());
                    }
                }
            }
        }
    });
    let mut wrong: Vec<String> = Vec::new();
    for kind in Kind::ALL {
        for definition in kind.definitions() {
            let name = format!("{}.{}", kind.name(), definition.name);
            let count = values.get(&name).map_or(0, BTreeSet::len);
            let is_excused = SAME_EVERYWHERE.iter().any(|(excused, _)| *excused == name);
            let is_excused = is_excused || NOT_VARIED_YET.contains(&name.as_str());
            if (count > 1) == is_excused {
                wrong.push(format!("the fixtures give {name} {count} value(s), excused: {is_excused}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn all_sql_that_is_sent_stands_in_files() {
    const WORDS: &[&str] = &["SELECT", "SET", "BEGIN", "ROLLBACK", "COMMIT", "SAVEPOINT", "DECLARE", "FETCH", "WITH"];
    for (path, room, code) in sources() {
        for word in WORDS.iter().filter(|_| room == "live") {
            assert!(
                !code.contains(&format!("\"{word} ")) && !code.contains(&format!("\"{word}\"")),
                "{path:?}: {word}"
            );
        }
    }
}
