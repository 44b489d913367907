//! Reports in every format, each read back by a reader that is not ours.

mod readers;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::cli::{Folder, Run, command, finish, run};
use readers::{junit, markdown, sarif, tap};

/// All formats that a file can have.
const FORMATS: [&str; 10] =
    ["human", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown", "tap", "html"];

/// One run's reports, by their formats.
struct Reports {
    run: Run,
    texts: BTreeMap<&'static str, String>,
}

impl Reports {
    fn of(name: &str, arguments: &[&str]) -> Self {
        let folder = Folder::new(&format!("formats-{name}"));
        let path = |format: &str| folder.0.join("reports").join(format);
        let outputs: Vec<String> =
            FORMATS.iter().map(|format| format!("-o{format}={}", path(format).display())).collect();
        let outputs = outputs.iter().map(String::as_str);
        let run = run(&["check"].into_iter().chain(arguments.iter().copied()).chain(outputs).collect::<Vec<_>>());
        let text = |format: &'static str| {
            let text =
                fs::read_to_string(path(format)).unwrap_or_else(|error| panic!("{format}: {error}\n{}", run.stderr));
            (format, text)
        };
        let texts = FORMATS.into_iter().map(text).collect();
        Self { run, texts }
    }

    fn json(&self, format: &str) -> Json {
        serde_json::from_str(&self.texts[format]).unwrap()
    }
}

const HOSTILE: [&str; 4] = ["--spec", "fixtures/hostile/hostile.yaml", "--sql", "fixtures/hostile/hostile.sql"];

/// The tables of the hostile fixture, as the replay knows them.
fn hostile_names() -> Vec<String> {
    let report: Json =
        serde_json::from_str(&run(&[&["check", "--format", "json"], &HOSTILE[..]].concat()).stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let tables = findings.iter().filter(|finding| finding["code"] == "drift::table::comment");
    let names: Vec<String> = tables.map(|one| one["object"]["path"][1].as_str().unwrap().to_owned()).collect();
    assert_eq!(names.len(), 24);
    names
}

/// The systems of the seeds, each with a state that drifted.
const SYSTEMS: [(&str, &str); 4] = [
    ("canonical_core", "storage_check_weaker"),
    ("job_queue", "policy_without_check"),
    ("single_tier_auth", "expiry_default"),
    ("upload_jobs", "enum_value_renamed"),
];

fn arguments(system: &str, drifted: &str) -> Vec<String> {
    let folder = format!("fixtures/systems/{system}");
    let prelude = format!("{folder}/prelude.sql");
    let mut sql = vec![format!("{folder}/migrations"), format!("{folder}/drifted/{drifted}.sql")];
    if Path::new(env!("CARGO_MANIFEST_DIR")).join(&prelude).exists() {
        sql.insert(0, prelude);
    }
    [vec!["--spec".into(), format!("specs/{system}.yaml"), "--sql".into()], sql].concat()
}

#[test]
fn the_reports_of_the_systems_read_as_they_were_read_before() {
    for (system, drifted) in SYSTEMS {
        let arguments = arguments(system, drifted);
        let reports = Reports::of(system, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(reports.run.code, 1, "{}", reports.run.stderr);
        assert_eq!(reports.run.stdout, reports.texts["human"], "what stdout shows does not change by files");
        for (format, text) in &reports.texts {
            insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "snapshots/formats", omit_expression => true }, {
                let text = if *format == "html" { readers::without_assets(text) } else { text.clone() };
                insta::assert_snapshot!(format!("{system}__{format}"), text);
            });
        }
    }
}

#[test]
fn each_format_is_read_by_another_reader() {
    for (system, drifted) in SYSTEMS {
        let arguments = arguments(system, drifted);
        let reports = Reports::of(&format!("read-{system}"), &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        are_read(&reports);
    }
    are_read(&Reports::of("read-hostile", &HOSTILE));
    let clean = [
        "--spec",
        "specs/job_queue.yaml",
        "--sql",
        "fixtures/systems/job_queue/prelude.sql",
        "fixtures/systems/job_queue/migrations",
    ];
    let clean = Reports::of("read-clean", &clean);
    assert_eq!(clean.run.code, 0);
    are_read(&clean);
}

/// All readers take it, and find what the report in JSON has.
fn are_read(reports: &Reports) {
    let report = reports.json("json");
    readers::has_form(&report, &run(&["schema", "report"]).stdout);
    let findings = report["findings"].as_array().unwrap();
    let of = |severity: &str| findings.iter().filter(|finding| finding["severity"] == severity).count();
    assert_eq!(
        reports.texts["concise"].lines().count(),
        findings.len() + report["not_covered"].as_array().unwrap().len() + 1
    );

    let sarif = sarif(&reports.texts["sarif"]);
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), findings.len() + report["waived"].as_array().unwrap().len());
    for (result, finding) in results.iter().zip(findings) {
        assert_eq!(
            (&result["ruleId"], &result["partialFingerprints"]["schemaCheck/v1"]),
            (&finding["code"], &finding["fingerprint"])
        );
        let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][rule]["id"], finding["code"]);
    }

    let gitlab = reports.json("gitlab");
    let prints: Vec<&str> =
        gitlab.as_array().unwrap().iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), findings.len());
    assert_eq!(prints.iter().collect::<std::collections::BTreeSet<_>>().len(), prints.len(), "none hides another");
    for issue in gitlab.as_array().unwrap() {
        assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() > 0);
        let path = issue["location"]["path"].as_str().unwrap();
        assert!(!path.starts_with('/') && !path.starts_with("./"), "{path}");
    }

    let junit = junit(&reports.texts["junit"]);
    let (ok, not_ok) = tap(&reports.texts["tap"], reports.run.code == 0);
    assert_eq!(junit.cases, ok + not_ok);
    assert_eq!(junit.failures > 0, of("error") > 0);
    assert!(junit.cases > findings.len(), "what is well is told too");

    let markdown = markdown(&reports.texts["markdown"]);
    assert_eq!(markdown.items_of_findings, findings.len());

    let annotations = readers::annotations(&reports.texts["github"]);
    assert_eq!(annotations.iter().filter(|(level, _)| level == "error").count(), of("error").min(10));
}

#[test]
fn what_wants_to_act_is_shown() {
    let reports = Reports::of("hostile", &[&HOSTILE[..], &["--all"]].concat());
    assert_eq!(reports.run.code, 1, "{}", reports.run.stderr);
    for (format, text) in
        reports.texts.iter().chain([(&"stderr", &reports.run.stderr), (&"stdout", &reports.run.stdout)])
    {
        let bad = text.chars().find(|character| readers::acts(*character));
        assert_eq!(bad, None, "{format}");
        assert!(!text.contains("##["), "{format}");
    }
    let names = hostile_names();
    // Those who know how, get back just what the name is.
    for format in ["json", "sarif", "gitlab"] {
        let told = readers::strings(&reports.json(format)).join("\n");
        for name in &names {
            let name = name.replace('"', "\"\"");
            let as_markdown = name.replace('[', "\\[").replace(']', "\\]");
            assert!(told.contains(&name) || told.contains(&as_markdown), "{format}: {name:?}");
        }
    }
    // People get what they can tell apart.
    let visible = |name: &String| readers::visible(&name.replace('"', "\"\""));
    let junit = junit(&reports.texts["junit"]);
    let markdown = markdown(&reports.texts["markdown"]);
    assert_eq!(markdown.links, 0, "nothing leads anywhere");
    assert_eq!(markdown.markup, ["<!-- schema-check -->"], "nothing is markup but our own mark");
    for name in &names {
        let lines = name.replace("\r\n", "\n").replace('"', "\"\"");
        assert!(
            junit.text.contains(&visible(name)) || junit.text.contains(&readers::visible_lines(&lines)),
            "{name:?}"
        );
        assert!(markdown.text.contains(&visible(name)), "{name:?}");
        for format in ["human", "concise"] {
            assert!(reports.texts[format].contains(&visible(name)), "{format}: {name:?}");
        }
        let of_tap = visible(name).replace('\\', "\\\\").replace('#', "\\#");
        assert!(reports.texts["tap"].contains(&of_tap), "{name:?}");
    }
}

/// A runner of GitHub Actions reads both streams, and obeys what stands at the beginning of a line.
#[test]
fn a_runner_obeys_only_us() {
    let folder = Folder::new("formats-runner");
    let summary = folder.file("summary.md", "what was there\n");
    let run = |more: &[&str]| {
        let mut command = command(&[&["check"], &HOSTILE[..], more].concat());
        finish(command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary))
    };
    let told = run(&[]);
    assert_eq!(told.code, 1);
    let mut lines = told.stdout.lines();
    let token = lines.next().unwrap().strip_prefix("::stop-commands::").unwrap().to_owned();
    assert!(token.len() >= 32, "{token}");
    let rest: Vec<&str> = lines.skip_while(|line| *line != format!("::{token}::")).skip(1).collect();
    let annotations = readers::annotations(&rest.join("\n"));
    let levels = |level: &str| annotations.iter().filter(|(of, _)| of == level).count();
    assert_eq!((levels("error"), levels("warning"), levels("notice")), (10, 0, 1), "ten, and where the rest is");
    assert!(annotations.last().unwrap().1.contains("62 more findings"), "{annotations:?}");
    let first = fs::read_to_string(&summary).unwrap();
    assert!(first.starts_with("what was there\n<!-- schema-check -->"));

    let quiet = run(&["--no-annotations", "--no-step-summary"]);
    assert!(!quiet.stdout.contains("\n::error "), "{}", quiet.stdout);
    assert_eq!(fs::read_to_string(&summary).unwrap(), first);

    // A program that reads stdout gets its format alone.
    let json = run(&["--format", "json"]);
    serde_json::from_str::<Json>(&json.stdout).unwrap();
    assert_eq!(readers::annotations(&json.stderr).len(), 11);

    // What other programs read has no line that begins as a command.
    for format in ["sarif", "gitlab", "junit", "tap", "html"] {
        let told = run(&["--format", format, "--no-annotations"]).stdout;
        let acting = told.lines().find(|line| line.trim_start().starts_with("::"));
        assert_eq!(acting, None, "{format}");
    }
    let mut wrong = command(&["check", "--spec", "a\n::error::owned", "--nonsense"]);
    let wrong = finish(wrong.env("GITHUB_ACTIONS", "true"));
    assert!(wrong.stderr.starts_with("::stop-commands::"), "{}", wrong.stderr);

    let mut wrong = command(&["check", "--spec", "nowhere.yaml", "--sql", "nowhere"]);
    let wrong = finish(wrong.env("GITHUB_ACTIONS", "true"));
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("\n::error::nowhere.yaml"), "{}", wrong.stderr);
}

/// So many findings that no place has room for all.
#[test]
fn what_has_no_room_is_counted() {
    let folder = Folder::new("formats-many");
    let columns: String = (0..50).map(|number| format!("      column_{number}: text\n")).collect();
    let table = |number: usize| format!("  t{number}:\n    columns:\n{columns}");
    let spec = folder.file("spec.yaml", format!("version: 1\ntables:\n{}", (0..60).map(table).collect::<String>()));
    let sql: String = (0..60).map(|number| format!("create table t{number} ();\n")).collect();
    let sql = folder.file("a.sql", sql);
    let summary = folder.file("summary.md", "x".repeat(800_000));
    let path = folder.0.join("comment.md");
    let output = format!("markdown={}", path.display());
    let mut command = command(&["check", "--spec", &spec, "--sql", &sql, "-o", &output]);
    let run = finish(command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary));
    assert_eq!(run.code, 1);
    let in_log = run.stdout.matches("drift::column::missing").count();
    assert_eq!(in_log, 3000 + 1, "a log has each, and the code of what comes next");
    let usual = self::run(&["check", "--spec", &spec, "--sql", &sql]);
    let usual = format!("{}{}", usual.stdout, usual.stderr);
    let told = "… 2980 more findings, none worse than those shown: --all shows them";
    assert!(usual.contains(told), "{usual}");
    let comment = fs::read_to_string(path).unwrap();
    assert!(comment.chars().count() <= 65_000, "{}", comment.chars().count());
    let shown = markdown(&comment).items_of_findings;
    assert!(comment.contains(&format!("**{} errors not shown here for want of room", 3000 - shown)), "{shown}");
    let summary = fs::read_to_string(&summary).unwrap();
    assert!((800_000..1 << 20).contains(&summary.len()), "{}", summary.len());
    let all = self::run(&["check", "--spec", &spec, "--sql", &sql, "--all"]);
    assert_eq!(all.stdout.matches("drift::column::missing").count(), 3000 + 1, "each once, and in what comes next");
}

#[test]
fn a_file_is_whole_or_not_there() {
    let folder = Folder::new("formats-files");
    let sql = folder.file("a.sql", "create table t (id int);");
    let spec = folder.file("spec.yaml", "version: 1\ntables: { t: { columns: { id: int } } }\n");
    let check = |outputs: &[&str]| run(&[&["check", "--spec", &spec, "--sql", &sql], outputs].concat());
    let at = |name: &str| folder.0.join(name).display().to_string();
    for (outputs, said) in [
        (vec!["-o", "sarif"], "give a format and a file, as sarif=drift.sarif"),
        (vec!["-o", "pdf=x"], "there is no format \"pdf\""),
        (vec!["-o", "tap=-"], "what goes to stdout is said by --format tap"),
        (vec!["-o", "tap="], "give a file: tap=FILE"),
        (vec!["-o", "tap=x", "-o", "json=./x"], "two reports would be written to"),
        (vec!["-o", "tap=migrations/new.sql"], "which would be taken for a spec or for SQL"),
    ] {
        let run = check(&outputs);
        assert_eq!(run.code, 2, "{}", run.stdout);
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    let kept = at("kept.json");
    assert_eq!(run(&["snapshot", &sql, "-o", &kept]).code, 0);
    let before = fs::read_to_string(&kept).unwrap();
    let over = run(&["diff", &kept, &sql, "-o", &format!("json={kept}")]);
    assert_eq!(over.code, 2, "{}", over.stdout);
    assert!(over.stderr.contains("kept.json, which is a"), "{}", over.stderr);
    assert_eq!(fs::read_to_string(&kept).unwrap(), before);
    assert!(run(&["snapshot", &sql, "-o", &sql]).stderr.contains("a snapshot would be written to"));
    let blocked = folder.0.join("folder");
    fs::create_dir(&blocked).unwrap();
    let run = check(&["-o", &format!("json={}", at("a.json")), "-o", &format!("tap={}", at("folder"))]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stdout.contains("no drift"), "what was found is told all the same: {}", run.stdout);
    assert!(!folder.0.join("a.json").exists(), "all are written, or none");
    let left: Vec<_> = fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains(".tmp")), "{left:?}");
}

/// What a project says once for all.
#[test]
fn the_exit_code_is_the_same_in_each_format() {
    let folder = Folder::new("formats-codes");
    let spec = folder.file("spec.yaml", "version: 1\ntables: { t: { columns: { id: bigint } } }\n");
    let (good, bad) = (folder.file("a.sql", "create table t (id bigint)"), folder.file("b.sql", "create table t ()"));
    for format in FORMATS {
        let code = |sql: &str| run(&["check", "--spec", &spec, "--sql", sql, "--format", format]).code;
        assert_eq!([code(&good), code(&bad), code("nowhere")], [0, 1, 2], "{format}");
    }
}

#[test]
fn a_project_says_where_its_reports_go() {
    let folder = Folder::new("formats-outputs");
    folder.file("a.sql", "create table t (id int);");
    folder.file("spec.yaml", "version: 1\ntables: { t: { columns: { id: int } } }\n");
    folder.file(
        "schema-check.yaml",
        "specs: spec.yaml\nsql: a.sql\noutputs: { junit: out/drift.xml, sarif: drift.sarif }\n",
    );
    let mut bare = command(&[]);
    let run = finish(bare.current_dir(&folder.0));
    assert_eq!(run.code, 0, "{}", run.stderr);
    junit(&fs::read_to_string(folder.0.join("out/drift.xml")).unwrap());
    sarif(&fs::read_to_string(folder.0.join("drift.sarif")).unwrap());
}

/// The things that were not looked at never count as well.
#[test]
fn what_could_not_be_looked_at_has_not_passed() {
    let folder = Folder::new("formats-skipped");
    let sql = folder.file("a.sql", "create table other ();\ngrant connect on database d to public;");
    let spec = folder.file("spec.yaml", "version: 1\ntables: { t: { columns: { id: int, name: text } }, other: {} }\n");
    let report = |more: &[&str]| {
        let run = run(&[&["check", "--spec", &spec, "--sql", &sql], more].concat());
        run.stdout
    };
    let xml = junit(&report(&["--format", "junit"]));
    assert_eq!((xml.cases, xml.failures, xml.skipped), (5, 1, 3), "{}", xml.text);
    assert!(xml.text.contains("not looked at: table public.t is not there"), "{}", xml.text);
    let strict = junit(&report(&["--format", "junit", "--strict"]));
    assert_eq!((strict.failures, strict.skipped), (2, 2), "what was not covered fails where all must be");
    let protocol = report(&["--format", "tap"]);
    assert_eq!(protocol.matches(" # SKIP ").count(), 3, "{protocol}");
}
