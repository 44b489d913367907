//! `docs/codes.md`, written from the register of codes around the words in `codes.md`.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use schema_check::catalog::Kind;
use schema_check::codes::{self, Code, Weight};

use super::links::anchors;

fn page() -> String {
    let all: Vec<Code> = codes::all().collect();
    let mut out = String::new();
    for line in include_str!("codes.md").lines() {
        match line.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            None => out += line,
            Some("drift") => kinds(&mut out, &all),
            Some("uncertain") => uncertain(&mut out, &all),
            Some("replay") => refused(&mut out, &all),
            Some("exit 2") => errors(&mut out, &all, 2),
            Some("exit 3") => errors(&mut out, &all, 3),
            Some(family) if codes::find(family).is_some() => in_full(&mut out, &codes::find(family).unwrap()),
            Some(family) => {
                for code in all.iter().filter(|code| code.code.starts_with(&format!("{family}::"))) {
                    let _ = writeln!(out, "### {}\n", code.code);
                    in_full(&mut out, code);
                    out += "\n\n";
                }
                out.truncate(out.trim_end().len());
            }
        }
        out.push('\n');
    }
    out
}

fn in_full(out: &mut String, code: &Code) {
    let severity = match code.weight {
        Weight::Rule => String::new(),
        weight => format!(" ({})", weight.word()),
    };
    let _ = write!(out, "{}{severity}.\n\n{}", capitalized(&code.title), code.markdown());
}

/// A section for each kind of object, whose table has a row for each of its codes. What is said of all attributes stands
/// before it.
fn kinds(out: &mut String, all: &[Code]) {
    for kind in Kind::ALL {
        let prefix = format!("drift::{}", kind.name());
        let codes: Vec<&Code> = all.iter().filter(|code| code.anchor() == prefix.replace("::", "")).collect();
        let help_of = |code: &Code| {
            let what = code.code.rsplit("::").next()?;
            kind.definitions().iter().find(|attribute| attribute.name == what).map(|attribute| attribute.help.trim())
        };
        let (why, mend) = codes::in_general(*kind);
        let is_general = |code: &&Code| help_of(code).is_some() && (code.why == why || short(&code.mend) == mend);
        let _ = writeln!(out, "### {prefix}\n");
        if codes.iter().copied().any(|code| is_general(&code)) {
            let _ = writeln!(out, "{why} {mend}\n");
        }
        out.push_str("| code | what it is about | why it matters, and how to mend it |\n|---|---|---|\n");
        for code in codes {
            let what = code.code.rsplit("::").next().unwrap();
            let own_why = if code.why == why { "" } else { &code.why };
            let (case, about) = match help_of(code) {
                Some(help) if short(&code.mend) == mend => (help.to_owned(), own_why.to_owned()),
                Some(help) => (help.to_owned(), format!("{own_why} {}", short(&code.mend))),
                // The same for all kinds, and said of them all.
                None if ["kind", "legacy_name"].contains(&what) => (capitalized(&code.title), String::new()),
                None => (capitalized(&code.title), code.why.clone()),
            };
            let _ = writeln!(out, "| `{what}` | {} | {} |", cell(&case), cell(about.trim()));
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
}

/// Without what is said of every attribute.
fn short(mend: &str) -> &str {
    mend.trim_end_matches("If what is there is right, change the spec.").trim_end()
}

fn uncertain(out: &mut String, all: &[Code]) {
    out.push_str("| kind | attributes |\n|---|---|\n");
    for kind in Kind::ALL {
        let prefix = format!("uncertain::{}::", kind.name());
        let attributes: Vec<String> =
            all.iter().filter_map(|code| code.code.strip_prefix(&prefix)).map(|name| format!("`{name}`")).collect();
        if !attributes.is_empty() {
            let _ = writeln!(out, "| `{}` | {} |", kind.name(), attributes.join(", "));
        }
    }
    out.truncate(out.trim_end().len());
}

fn refused(out: &mut String, all: &[Code]) {
    out.push_str("| code | what is the case | the way out |\n|---|---|---|\n");
    for code in all.iter().filter(|code| code.code.starts_with("replay::")) {
        let title = cell(&capitalized(&code.title));
        let _ = writeln!(out, "| `{}` | {title} | {} |", code.code, cell(&code.mend));
    }
    out.truncate(out.trim_end().len());
}

fn errors(out: &mut String, all: &[Code], exit_code: u8) {
    out.push_str("| code | what it means | how to mend it |\n|---|---|---|\n");
    for code in all.iter().filter(|code| code.weight == Weight::Error { exit_code }) {
        let _ = writeln!(out, "| `{}` | {} | {} |", code.code, cell(&code.meaning), cell(&code.mend));
    }
    out.truncate(out.trim_end().len());
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
fn the_page_of_codes_is_what_the_register_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/codes.md");
    let page = page();
    if std::env::var("SCHEMA_CHECK_WRITE_DOCS").is_ok_and(|set| set == "1") {
        fs::write(&path, &page).unwrap();
    }
    assert!(fs::read_to_string(&path).is_ok_and(|known| known == page), "docs/codes.md is old: run make docs");
}

/// Reports and the JSON of `explain` link there.
#[test]
fn each_code_can_be_linked_to() {
    let anchors = anchors(&page());
    let lost: Vec<Code> = codes::all().filter(|code| !anchors.contains(&code.anchor())).collect();
    assert!(lost.is_empty(), "{lost:#?}");
    assert!(anchors.contains(&codes::find("replay::AB123").unwrap().anchor()));
}
