//! Specs that are YAML and no spec: they end in an error with a place.

use std::time::{Duration, Instant};

use crate::cli::{Folder, run};

/// What `validate` says of a spec, without the folder it is in.
fn told(text: &str) -> (i32, String) {
    let folder = Folder::new(&format!("hostile-{:x}", text.len()));
    let spec = folder.file("spec.yaml", text);
    let start = Instant::now();
    let run = run(&["validate", "--no-config", "--spec", &spec]);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    (run.code, run.stderr.replace(&format!("{}/", folder.path()), ""))
}

#[track_caller]
fn check(text: &str, words: &[&str]) {
    let (code, said) = told(text);
    assert_eq!(code, 2, "{said}");
    for words in words {
        assert!(said.contains(words), "{words}\n{said}");
    }
}

#[test]
fn aliases_grow_no_further_than_the_file() {
    let mut laughs = "version: 1\na: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for (before, name) in "abcdefgh".chars().zip("bcdefghi".chars()) {
        laughs += &format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(", "));
    }
    check(&laughs, &["this grows too large when its aliases are followed", "spec.yaml:"]);
    let mut merges = "version: 1\nm0: &m0 { a: 1, b: 2 }\n".to_owned();
    for n in 1..30 {
        let before = n - 1;
        merges += &format!("m{n}: &m{n} {{ <<: [*m{before}, *m{before}], x{n}: *m{before}, y{n}: *m{before} }}\n");
    }
    check(&merges, &["this grows too large when its aliases are followed", "spec.yaml:"]);
}

/// Some hundred tables that share their columns are no attack.
#[test]
fn a_spec_may_use_aliases() {
    let columns: String = (0..40).map(|n| format!("      c{n}: {{ type: text, nullable: false }}\n")).collect();
    let tables: String = (1..400).map(|n| format!("  t{n}: {{ columns: *columns }}\n")).collect();
    let (code, said) = told(&format!("version: 1\ntables:\n  t0:\n    columns: &columns\n{columns}{tables}"));
    assert_eq!(code, 0, "{said}");
}

#[test]
fn nesting_ends_in_an_error() {
    let deep: String = (0..2_000).map(|depth| format!("{}k:\n", " ".repeat(depth))).collect();
    for text in ["[".repeat(100_000), "{a: ".repeat(20_000), format!("a:\n  {}", "- ".repeat(100_000)), deep] {
        check(&format!("version: 1\n{text}"), &["this is nested more than 32 levels deep", "spec.yaml:"]);
    }
}

#[test]
fn a_key_that_stands_twice_is_shown_twice() {
    check(
        "version: 1\ntables:\n  é😀: {}\n  u: {}\n  é😀: { comment: x }\n",
        &["duplicate mapping key: é😀", "spec.yaml:5:3]", "spec.yaml:3:3]", "and the first time here"],
    );
    check("version: 1\r\ntables: {}\r\ntables: {}\r\n", &["spec.yaml:3:1]", "spec.yaml:2:1]"]);
}

/// Underlined are the words themselves, also behind characters of several bytes and in lines that end with CR LF.
#[test]
fn mistakes_are_underlined_where_they_are() {
    let text =
        "version: 1\r\ntables:\r\n  é😀:\r\n    columns: { é😀: { typ: int, nulable: true } }\r\n    indxes: {}\r\n";
    let (code, said) = told(text);
    assert_eq!(code, 2);
    for (word, nearest) in [("typ", "type"), ("nulable", "nullable"), ("indxes", "indexes")] {
        assert!(said.contains(&format!("did you mean `{nearest}`?")), "{said}");
        let at = text.find(&format!("{word}:")).unwrap();
        let line = text[..at].matches('\n').count() + 1;
        let column = text[text[..at].rfind('\n').unwrap() + 1..at].chars().count() + 1;
        assert!(said.contains(&format!("spec.yaml:{line}:{column}]")), "{word} {line}:{column}\n{said}");
    }
    let underlines = said.lines().filter(|line| line.contains('┬')).count();
    assert_eq!(underlines, 3, "{said}");
}
