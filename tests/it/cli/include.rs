//! Specs of several files: folders, what they include, and `validate`, which tells what was read.

use super::config::says;
use super::{Folder, Run, run};

fn validate(paths: &[&str]) -> Run {
    run(&[&["validate", "--no-config", "--spec"], paths].concat())
}

/// `validate` of the files of a folder, of which the first is named.
#[track_caller]
fn check(name: &str, files: &[(&str, &str)], code: i32, words: &[&str]) -> String {
    let folder = Folder::new(&format!("include-{name}"));
    let paths: Vec<String> = files.iter().map(|(path, text)| folder.file(path, text)).collect();
    let run = validate(&[&paths[0]]);
    says(&run, code, words);
    let said = if run.stderr.is_empty() { run.stdout } else { run.stderr };
    said.replace(&format!("{}/", folder.path()), "")
}

#[test]
fn a_spec_is_read_with_what_it_includes() {
    let told = check(
        "parts",
        &[
            ("spec.yaml", "version: 1\nschemas: [app]\ninclude: [parts, more.yaml]\n"),
            ("parts/b.yml", "version: 1\ntables: { t: { columns: { id: int, n: int }, primary_key: id } }\n"),
            ("parts/deep/a.yaml", "version: 1\ninclude: ../b.yml\ntables: { u: }\nabsent: { tables: old }\n"),
            ("parts/note.txt", "no spec"),
            (
                "more.yaml",
                "version: 1\nphases: [{ id: later, title: Later on, tables: { v: { columns: { id: int } } } }]\n",
            ),
            ("other.yaml", "not even a spec"),
        ],
        0,
        &[],
    );
    let expected = "\
spec      spec.yaml
spec      parts/b.yml
spec      parts/deep/a.yaml
spec      more.yaml
states    schemas 1, tables 2, columns 2, primary_key 1, absent 1
phase     later (Later on): tables 1, columns 1
the spec can be read (exit 0)
";
    assert_eq!(told, expected);
}

#[test]
fn a_file_is_read_once_whoever_includes_it() {
    let told = check(
        "circle",
        &[
            ("a.yaml", "version: 1\ninclude: [b.yaml, ./a.yaml, .]\ntables: { a: { columns: { id: int } } }\n"),
            ("b.yaml", "version: 1\ninclude: a.yaml\neach: [{ tables: '*', row_security: enabled }]\n"),
        ],
        0,
        &["states    tables 1, columns 1, each 1\n"],
    );
    assert_eq!(told.matches(".yaml\n").count(), 2, "{told}");
    check(
        "empty-circle",
        &[("a.yaml", "version: 1\ninclude: b.yaml\n"), ("b.yaml", "version: 1\ninclude: a.yaml\n")],
        2,
        &["the spec asserts nothing", "a.yaml"],
    );
}

#[test]
fn what_cannot_be_included_is_shown_where_it_is() {
    let one = |name: &str, include: &str, words: &[&str]| {
        let spec = format!("version: 1\ninclude: [{include}]\ntables: {{ t: }}\n");
        let files =
            [("db/spec.yaml", spec.as_str()), ("out.yaml", "version: 1\ntables: { secret: }\n"), ("db/no/x.sql", "")];
        let told = check(&format!("wrong-{name}"), &files, 2, words);
        assert!(told.contains("db/spec.yaml:2:11]") && !told.contains("secret"), "{told}");
    };
    one(
        "missing",
        "parts/t.yaml",
        &["there is no file ", "db/parts/t.yaml", "by its path from the file that includes it"],
    );
    one("outside", "../out.yaml", &["out.yaml lies outside of ", "--spec, or `specs:`"]);
    one("root", "/etc/passwd", &["/etc/passwd lies outside of "]);
    one("above", "..", &["lies outside of "]);
    one("pattern", "'parts/*.yaml'", &["`include` takes paths, and no patterns", "name the folder"]);
    one("empty", "no", &["there is no .yaml file in "]);
}

#[cfg(unix)]
#[test]
fn links_do_not_lead_out() {
    let folder = Folder::new("include-links");
    folder.file("out/secret.yaml", "version: 1\ntables: { secret: }\n");
    let spec = folder.file("db/spec.yaml", "version: 1\ninclude: parts\ntables: { t: }\n");
    folder.file("db/parts/a.yaml", "version: 1\ntables: { a: }\n");
    std::os::unix::fs::symlink("../spec.yaml", folder.0.join("db/parts/back.yaml")).unwrap();
    says(&validate(&[&spec]), 0, &["tables 2"]);
    std::os::unix::fs::symlink("../../out/secret.yaml", folder.0.join("db/parts/link.yaml")).unwrap();
    let run = validate(&[&spec]);
    says(&run, 2, &["link.yaml lies outside of ", "spec.yaml:2:10]"]);
    assert!(!run.stderr.contains("secret:"), "{}", run.stderr);
}

#[test]
fn all_that_is_wrong_with_all_files_is_told_at_once() {
    check(
        "wrong",
        &[
            ("spec.yaml", "version: 1\ninclude: [a.yaml, b.yaml, none.yaml]\ntabels: {}\n"),
            (
                "a.yaml",
                "version: 1\ntables: { t: { columns: { id: int nul } } }\nphases: [{ id: p, tables: { n: { note: x } } }]\n",
            ),
            (
                "b.yaml",
                "version: 1\ntables: { t: { columns: { id: int } } }\nphases: [{ id: p, tables: { n: { note: y } } }]\n",
            ),
        ],
        2,
        &[
            "`tabels` is not a key that can stand here",
            "did you mean `tables`?",
            "syntax error at or near",
            "none.yaml",
            "`t` is stated twice, and not the same",
            "`n` is stated twice, and not the same",
            "and here",
        ],
    );
}

#[test]
fn what_two_files_state_alike_is_stated_once() {
    let template = "templates: [{ schemas: 'tenant_*', tables: { t: { columns: { id: int } } } }]\n";
    let told = check(
        "alike",
        &[
            (
                "spec.yaml",
                &format!("version: 1\ninclude: other.yaml\ntables: {{ t: {{ columns: {{ id: int }} }} }}\n{template}"),
            ),
            ("other.yaml", &format!("version: 1\ntables: {{ t: {{ columns: {{ id: int }} }} }}\n{template}")),
        ],
        0,
        &["tables 1, columns 1"],
    );
    assert!(told.contains("templates 2"), "{told}");
}

#[test]
fn phases_that_are_not_there_are_told_without_a_database() {
    let phases = "version: 1\nphases: [{ id: expand, tables: { t: } }, { id: contract, absent: { tables: old } }]\n";
    check(
        "phase",
        &[("spec.yaml", &format!("{phases}phase: expnd\n"))],
        2,
        &["there is no phase `expnd`", "did you mean `expand`?", "spec.yaml:3:8]"],
    );
    let folder = Folder::new("validate-config");
    folder.file("spec.yaml", phases);
    folder.file("tenant.yaml", "version: 1\ntables: { t: }\n");
    let config = |targets: &str| folder.file("schema-check.yaml", format!("specs: spec.yaml\ntargets:\n{targets}"));
    let run_it = |path: &str| run(&["validate", "--config", path]);
    let good = config("  a: { url: env:A, phase: expand }\n  b: { url: env:B, specs: tenant.yaml }\n");
    says(&run_it(&good), 0, &["config    ", "phase     contract: absent 1\n", "tenant.yaml\nstates    tables 1\n"]);
    let bad = config("  a: { url: env:A, phase: contrct }\n  b: { url: env:B, specs: none.yaml }\n");
    says(&run_it(&bad), 2, &["there is no phase `contrct`", "did you mean `contract`?", "none.yaml cannot be read"]);
    says(&run(&["validate", "--no-config"]), 2, &["there is no spec", "give --spec PATH"]);
}
