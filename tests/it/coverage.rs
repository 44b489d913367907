//! `docs/coverage.md`, written from the registers: which attribute of which kind is read, replayed, can be stated in a
//! spec, and is known to be seen when it alone changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use schema_check::catalog::Kind;
use schema_check::live::NOT_READ;
use schema_check::spec::SectionKey;

use crate::differential::{small_cases, systems};
use crate::live::attributes::changes;
use crate::sql::{on_big_stack, replay};

/// The attributes that replays of the fixtures state, as `kind.attribute`.
fn replayed() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    on_big_stack(|| {
        for case in small_cases(false).into_iter().chain(systems()) {
            let files: Vec<&str> = case.files.iter().map(String::as_str).collect();
            for object in replay(&files).catalog.objects.values() {
                let kind = object.facts.kind().name();
                let stated = object.facts.attributes().into_iter().filter(|(_, value)| value.is_some());
                found.extend(stated.map(|(definition, _)| format!("{kind}.{}", definition.name)));
            }
        }
    });
    found
}

/// The first server version on which a change of each attribute is tried.
fn tried() -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    for change in changes() {
        for name in change.seen.iter().filter(|name| name.contains('.')) {
            let since: &mut u32 = found.entry((*name).to_owned()).or_insert(change.since);
            *since = change.since.min(*since);
        }
    }
    found
}

fn page() -> String {
    let (replayed, tried) = (replayed(), tried());
    let in_specs = |kind: &Kind| SectionKey::ALL.iter().any(|section| section.kinds().contains(kind));
    let mut out = include_str!("coverage.md").to_owned();
    for kind in Kind::ALL {
        let _ = write!(out, "\n## {}\n\n", kind.noun());
        out.push_str("| attribute | what it says | live | replay | spec |\n|---|---|---|---|---|\n");
        for definition in kind.definitions() {
            let name = format!("{}.{}", kind.name(), definition.name);
            let yes = |is: bool| if is { "yes" } else { "" };
            let live = match tried.get(&name) {
                None => "not tried alone".to_owned(),
                Some(0..=13) => "13–18".to_owned(),
                Some(18) => "18".to_owned(),
                Some(since) => format!("{since}–18"),
            };
            let help = definition.help.trim().replace('|', "\\|");
            let (replay, spec) = (yes(replayed.contains(&name)), yes(in_specs(kind)));
            let _ = writeln!(out, "| `{}` | {help} | {live} | {replay} | {spec} |", definition.name);
        }
    }
    out.push_str("\n## Deliberately not read\n\n");
    for (what, why) in NOT_READ {
        let _ = writeln!(out, "- {what}: {why}");
    }
    out
}

#[test]
fn the_page_on_coverage_is_what_the_registers_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/coverage.md");
    let page = page();
    if std::env::var("SCHEMA_CHECK_WRITE_DOCS").is_ok_and(|set| set == "1") {
        std::fs::write(&path, &page).unwrap();
    }
    assert!(std::fs::read_to_string(&path).is_ok_and(|known| known == page), "docs/coverage.md is old: run make docs");
}
