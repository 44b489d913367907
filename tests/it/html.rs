//! The report as a page: what a parser of HTML makes of it. tests/browser looks at it in a browser.

use std::collections::BTreeSet;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use scraper::{ElementRef, Html, Selector};
use sha2::{Digest, Sha256};

use crate::cli::{Folder, run};

/// A page, parsed without any error, and holding no more than its own style and script.
struct Page {
    text: String,
    html: Html,
}

impl Page {
    #[track_caller]
    fn of(arguments: &[&str]) -> Self {
        let run = run(&[arguments, &["--format", "html"]].concat());
        assert!(run.code <= 1, "{}", run.stderr);
        let page = Self { html: Html::parse_document(&run.stdout), text: run.stdout };
        page.verify();
        page
    }

    /// `expected` and `observed` are SQL.
    #[track_caller]
    fn of_diff(name: &str, expected: &str, observed: &str) -> Self {
        let folder = Folder::new(name);
        Self::of(&["diff", &folder.file("a.sql", expected), &folder.file("b.sql", observed)])
    }

    fn all(&self, selector: &str) -> Vec<ElementRef<'_>> {
        self.html.select(&Selector::parse(selector).unwrap()).collect()
    }

    fn texts(&self, selector: &str) -> Vec<String> {
        self.all(selector).iter().map(|one| one.text().collect::<String>().trim().to_owned()).collect()
    }

    #[track_caller]
    fn verify(&self) {
        assert_eq!(self.html.errors, Vec::<String>::new());
        let mut ids = BTreeSet::new();
        for element in self.all("*") {
            for (name, value) in element.value().attrs() {
                assert!(!name.starts_with("on") && name != "style", "{name}={value}");
                assert!(name != "id" || ids.insert(value), "{value} is there twice");
                assert!(!matches!(name, "src" | "action" | "srcset"), "{name}={value}");
            }
        }
        for link in self.all("a[href^='#']") {
            assert!(ids.contains(&link.attr("href").unwrap()[1..]), "{} leads nowhere", link.html());
        }
        let policy = self.all("meta[http-equiv='Content-Security-Policy']")[0].attr("content").unwrap();
        for (element, directive) in [("script", "script-src"), ("style", "style-src")] {
            let [text] = self.texts_as_they_are(element).try_into().unwrap();
            let hash = STANDARD.encode(Sha256::digest(text));
            assert!(policy.contains(&format!("{directive} 'sha256-{hash}'")), "{policy}");
        }
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        let acts =
            |character: char| character.is_control() && character != '\n' || "\u{202e}\u{2066}".contains(character);
        assert_eq!(self.text.chars().find(|character| acts(*character)), None);
    }

    fn texts_as_they_are(&self, selector: &str) -> Vec<String> {
        self.all(selector).iter().map(|one| one.text().collect()).collect()
    }
}

/// A drifted state of each of the systems, by its spec.
const SYSTEMS: [(&str, &[&str]); 4] = [
    ("job_queue", &["prelude.sql", "migrations", "drifted/foreign_key_cascades.sql"]),
    ("single_tier_auth", &["prelude.sql", "migrations", "drifted/policy_still_clerk.sql"]),
    ("canonical_core", &["migrations", "drifted/report_on_run.sql"]),
    ("upload_jobs", &["migrations", "drifted/enum_value_renamed.sql"]),
];

#[test]
fn pages_of_the_systems_are_whole_and_the_same_in_each_run() {
    for (system, sql) in SYSTEMS {
        let spec = format!("specs/{system}.yaml");
        let sql: Vec<String> = sql.iter().map(|path| format!("fixtures/systems/{system}/{path}")).collect();
        let sql: Vec<&str> = sql.iter().map(String::as_str).collect();
        let arguments = [&["check", "--spec", &spec, "--sql"], sql.as_slice()].concat();
        let page = Page::of(&arguments);
        assert_eq!(page.text, Page::of(&arguments).text, "{system}");
        let json = run(&[arguments.as_slice(), &["--format", "json"]].concat()).stdout;
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let codes: Vec<&str> =
            json["findings"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
        let mut told = page.texts(".finding .code");
        told.sort();
        let mut codes: Vec<String> = codes.into_iter().map(str::to_owned).collect();
        codes.sort();
        assert_eq!(told, codes, "{system}");
        assert_eq!(page.texts(".why"), [json["verdict"].as_str().unwrap()], "{system}");
    }
}

#[test]
fn a_plan_is_shown_with_where_the_database_stands() {
    let page = Page::of(&[
        "check",
        "--spec",
        "specs/canonical_core.yaml",
        "--sql",
        "fixtures/systems/canonical_core/migrations/001_legacy_baseline.sql",
        "fixtures/systems/canonical_core/migrations/002_canonical_ownership.sql",
    ]);
    let phases = page.texts(".phase .id");
    assert_eq!(phases.len(), 5, "{phases:?}");
    assert!(phases[0].starts_with("✓") || phases[0].starts_with("●") || phases[0].starts_with("○"), "{phases:?}");
    assert_eq!(page.all(".phase progress").len(), 5);
}

#[test]
fn expected_and_observed_stand_side_by_side_with_what_differs_marked() {
    let page = Page::of_diff(
        "sides",
        "create table t (n int check (n > 1 and n < 9));",
        "create table t (n int check (n > 1 and n < 12));",
    );
    assert_eq!(page.texts(".side.expected .value mark"), ["9"]);
    assert_eq!(page.texts(".side.observed .value mark"), ["12"]);
    assert_eq!(page.texts(".card h3"), ["table public.t"]);
}

#[test]
fn bodies_are_compared_line_by_line() {
    let body = |line: &str| {
        format!("create function f() returns int language plpgsql as $$\nbegin\n  {line}\n  return 1;\nend\n$$;")
    };
    let page = Page::of_diff("bodies", &body("perform 1;"), &body("perform 2;"));
    assert_eq!(page.texts(".line:not(.names) .cell.expected code"), ["perform 1;"]);
    assert_eq!(page.texts(".line:not(.names) .cell.observed code"), ["perform 2;"]);
    assert_eq!(page.texts(".cell.expected mark"), ["1"]);
    assert!(page.all(".line.both").len() >= 2);
}

#[test]
fn the_diagram_shows_drifted_tables_and_their_neighbours() {
    let rest = "create table author (id int primary key);
        create table genre (id int primary key);
        create table far (id int primary key);";
    let page = Page::of_diff(
        "diagram",
        &format!(
            "{rest} create table book (id int primary key, title text, author int not null references author, genre int);"
        ),
        &format!(
            "{rest} create table book (id int primary key, title varchar, author int not null references author, genre int references genre);"
        ),
    );
    assert_eq!(page.texts("svg .table .name"), ["public.author", "public.book", "public.genre"]);
    let keys = page.texts("svg .fk title");
    assert_eq!(
        keys,
        [
            "book_author_fkey: public.book (author) → public.author (id): as expected",
            "book_genre_fkey: public.book (genre) → public.genre (id): not expected",
        ]
    );
    // The genre may be left open.
    assert_eq!(page.all("svg .fk.unexpected circle.end").len(), 1);
    assert_eq!(page.all("svg .fk.same circle.end").len(), 0);
    assert_eq!(page.texts("svg .row.changed title"), ["title character varying: changed"]);
    let card = page.all("svg a").iter().map(|link| link.attr("href").unwrap()[1..].to_owned()).collect::<Vec<_>>();
    assert_eq!(card, [page.all(".card")[0].attr("id").unwrap()]);
}

#[test]
fn of_very_many_tables_the_worst_are_drawn() {
    let tables = |of: &str| {
        (0..70).fold(String::new(), |mut sql, number| {
            let more = if number == 33 { format!(", more {of}") } else { String::new() };
            let _ = writeln!(sql, "create table t{number:02} (id {of}{more});");
            sql
        })
    };
    let page = Page::of_diff("many", &tables("int"), &tables("bigint"));
    assert_eq!(page.all("svg .table").len(), 60);
    assert!(page.texts("svg .table .name").contains(&"public.t33".to_owned()));
    assert_eq!(page.texts(".diagram strong"), ["The 60 worst are drawn; 10 more are not."]);
    assert_eq!(page.all(".finding").len(), 71);
}

#[test]
fn hostile_names_stay_text() {
    let names = [
        "<script>alert(1)</script>",
        "\"\"><img src=x onerror=alert(1)>",
        "</style></svg>]]>&amp;",
        "a\u{1b}[31mb\u{7}",
        "abc\u{202e}cba\u{2066}",
        "x' onclick='y",
    ];
    let tables = |of: &str, comment: &str| {
        names.iter().enumerate().fold(String::new(), |mut sql, (number, name)| {
            let _ = writeln!(
                sql,
                "create table \"{name}\" (id int primary key, \"{name}\" {of}, other int references \"{}\");
                 comment on table \"{name}\" is '{comment}';
                 create function \"f{number}{name}\"() returns int language plpgsql as $b$
                 begin -- </pre>{comment}
                   return 1; end $b$;",
                names[0],
                comment = format!("{comment} {name}").replace('\'', "''"),
            );
            sql
        })
    };
    let page = Page::of_diff("hostile", &tables("int", "<b>one</b>"), &tables("text", "<b>two</b>"));
    let headings = page.texts(".card h3");
    for told in ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</style></svg>]]>&amp;"] {
        assert!(headings.iter().any(|heading| heading.contains(told)), "{told}: {headings:#?}");
        assert!(page.texts("svg title").iter().any(|title| title.contains(told)), "{told}");
    }
    assert!(headings.iter().any(|heading| heading.contains("a\\u{1b}[31mb\\u{7}")), "{headings:#?}");
    assert!(headings.iter().any(|heading| heading.contains("abc\\u{202e}cba\\u{2066}")), "{headings:#?}");
    assert_eq!(page.all("img, b:not(.remark > b), svg script, iframe, object").len(), 0);
}
