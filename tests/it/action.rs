//! `action.yml`: run as a runner would, against an API and releases that stand in for GitHub's.

mod expression;
mod http;
mod releases;
mod runner;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};

use crate::cli::run;
use http::{Answer, Request, serve};
use runner::{Outcome, ROOT, Runner, action, texts};

const TOOL: &str = env!("CARGO_BIN_EXE_schema-check");
const SPEC: &str = "specs/job_queue.yaml";
const SOUND: &str = "fixtures/systems/job_queue/prelude.sql\nfixtures/systems/job_queue/migrations\n";
const DRIFT: &str = "fixtures/systems/job_queue/drifted/foreign_key_cascades.sql";

fn drifted() -> String {
    format!("{SOUND}{DRIFT}\n")
}

fn report(outcome: &Outcome, name: &str) -> String {
    fs::read_to_string(Path::new(&outcome.outputs["report"]).join(name)).unwrap()
}

#[track_caller]
fn came_to(outcome: &Outcome, code: &str, findings: &str) {
    let found = ["exit-code", "findings"].map(|name| outcome.outputs[name].as_str());
    assert_eq!(found, [code, findings], "{}", outcome.log);
    assert_eq!(outcome.succeeded, code == "0", "{}", outcome.log);
}

#[test]
fn the_result_of_the_action_is_the_exit_code_of_the_tool() {
    let runner = Runner::new("result");
    let sound = runner.run(&[("binary", TOOL), ("spec", SPEC), ("sql", SOUND)]);
    came_to(&sound, "0", "0");
    assert!(!sound.log.contains("::error"), "{}", sound.log);
    let found = runner.run(&[("binary", TOOL), ("spec", SPEC), ("sql", &drifted())]);
    came_to(&found, "1", "1");
    assert!(
        found.log.contains("\n::error file=fixtures/systems/job_queue/drifted/foreign_key_cascades.sql,line=3"),
        "{}",
        found.log
    );
    assert!(found.summary.contains("drift::foreign_key::on_delete"), "{}", found.summary);
    let forgiven = runner.run(&[("binary", TOOL), ("spec", SPEC), ("sql", &drifted()), ("fail-on", "never")]);
    came_to(&forgiven, "0", "1");
    let wrong = runner.run(&[("binary", TOOL), ("spec", "not_there.yaml"), ("sql", SOUND)]);
    came_to(&wrong, "2", "");
    assert_eq!(wrong.outputs["report"], "");
}

#[test]
fn reports_are_written_for_whatever_comes_behind() {
    let runner = Runner::new("reports");
    let found = runner.run(&[
        ("binary", TOOL),
        ("spec", SPEC),
        ("sql", &drifted()),
        ("upload-sarif", "true"),
        ("name", "migrations"),
    ]);
    let json: Json = serde_json::from_str(&report(&found, "schema-check.json")).unwrap();
    assert_eq!(json["findings"][0]["code"], "drift::foreign_key::on_delete");
    assert!(report(&found, "schema-check.html").to_ascii_lowercase().starts_with("<!doctype html>"));
    assert!(report(&found, "schema-check.md").starts_with("<!-- schema-check -->\n"));
    // The check has failed, and its findings are sent all the same.
    let [(uploader, given)] = &found.used[..] else { panic!("{:?}", found.used) };
    let (uploader, commit) = uploader.split_once('@').unwrap();
    assert_eq!(uploader, "github/codeql-action/upload-sarif");
    assert!(commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()), "{commit}");
    let sarif: Json = serde_json::from_str(&fs::read_to_string(&given["sarif_file"]).unwrap()).unwrap();
    assert_eq!((sarif["version"].as_str(), given["category"].as_str()), (Some("2.1.0"), "migrations"));
    assert!(runner.run(&[("binary", TOOL), ("spec", SPEC), ("sql", SOUND)]).used.is_empty());
}

#[test]
fn inputs_are_arguments_and_nothing_else() {
    let runner = Runner::new("arguments");
    // Stands in for the tool: tells what it was given, each argument in its own line.
    let tool = runner.folder.file("tool", "#!/bin/sh\nprintf '<%s>\\n' \"$@\" \"$SCHEMA_CHECK_DB\"\n");
    assert!(Command::new("chmod").args(["+x", &tool]).status().unwrap().success());
    let hostile = "a b.yaml\r\n$(touch broken)`touch broken`\";touch broken;'\n\n*";
    let given = [
        ("binary", tool.as_str()),
        ("spec", hostile),
        ("db", "postgres://u:sesame@h/db"),
        ("args", "--strict\n--var a=b c"),
    ];
    let told = runner.run(&given);
    let lines: Vec<&str> = told.log.lines().collect();
    assert_eq!(
        lines[..9],
        [
            "<check>",
            "<--spec>",
            "<a b.yaml>",
            "<$(touch broken)`touch broken`\";touch broken;'>",
            "<*>",
            "<--db>",
            "<env:SCHEMA_CHECK_DB>",
            "<--strict>",
            "<--var a=b c>"
        ]
    );
    // In the environment alone.
    assert_eq!(lines.last(), Some(&"<postgres://u:sesame@h/db>"));
    assert_eq!(told.log.matches("sesame").count(), 1);
    assert!(!Path::new(ROOT).join("broken").exists());
    let named = runner.run(&[
        ("binary", &tool),
        ("command", "diff"),
        ("args", "a\nb"),
        ("config", "c.yaml"),
        ("db", "env:URL"),
    ]);
    assert!(
        named.log.starts_with("<diff>\n<--config>\n<c.yaml>\n<--db>\n<env:URL>\n<a>\n<b>\n<-o>\n"),
        "{}",
        named.log
    );
    for (input, value) in [("command", "--help"), ("name", "a/b"), ("binary", "./not_there"), ("version", "../1")] {
        let refused = runner.run(&[("binary", if input == "version" { "" } else { &tool }), (input, value)]);
        assert!(
            !refused.succeeded && refused.log.starts_with("::error title=schema-check::the "),
            "{input}: {}",
            refused.log
        );
    }
    // A runner replaces expressions before a shell reads the text: an input in there would be code.
    for step in action()["runs"]["steps"].as_sequence().unwrap() {
        assert!(!step["run"].as_str().unwrap_or_default().contains("${{"), "{step:?}");
    }
}

/// A repository whose pull request 7 has comments.
#[derive(Default)]
struct Api {
    comments: Vec<(&'static str, String)>,
    /// Status of whatever would write.
    refuses: Option<u16>,
    written: Vec<String>,
}

impl Api {
    fn answer(&mut self, request: &Request) -> Answer {
        if request.authorization != "Bearer a-token" {
            return (401, b"{}".to_vec());
        }
        if let (Some(status), true) = (self.refuses, request.method != "GET") {
            return (status, b"{}".to_vec());
        }
        let repository = request.path.strip_prefix("/repos/someone/shop/issues/").unwrap();
        let body = || {
            let body: Json = serde_json::from_slice(&request.body).unwrap();
            body["body"].as_str().unwrap().to_owned()
        };
        let told = |number: usize| json!({ "html_url": format!("comment {number}") }).to_string().into_bytes();
        match (request.method.as_str(), repository.split_once("?per_page=100&page=")) {
            ("GET", Some(("7/comments", page))) => {
                let comment = |(number, (sort, body)): (usize, &(&str, String))| json!({ "id": number, "body": body, "user": { "type": sort } });
                let all = self.comments.iter().enumerate().map(comment);
                let page: Vec<Json> = all.skip((page.parse::<usize>().unwrap() - 1) * 100).take(100).collect();
                (200, json!(page).to_string().into_bytes())
            }
            ("POST", None) if repository == "7/comments" => {
                self.comments.push(("Bot", body()));
                self.written.push("POST".to_owned());
                (201, told(self.comments.len() - 1))
            }
            ("PATCH", None) => {
                let number: usize = repository.strip_prefix("comments/").unwrap().parse().unwrap();
                self.comments[number].1 = body();
                self.written.push(format!("PATCH {number}"));
                (200, told(number))
            }
            _ => (404, b"{}".to_vec()),
        }
    }
}

/// A run for pull request 7, of this repository or of a fork.
fn pull_request(name: &str, from: &str, api: &Arc<Mutex<Api>>) -> Runner {
    let api = Arc::clone(api);
    let address = serve(move |request| api.lock().unwrap().answer(request));
    let runner = Runner::new(name).with(&[("GITHUB_EVENT_NAME", "pull_request"), ("GITHUB_API_URL", &address)]);
    let event = json!({ "pull_request": { "number": 7, "head": { "repo": { "full_name": from } } } });
    runner.folder.file("event.json", event.to_string());
    runner
}

#[test]
fn one_comment_is_kept_up_to_date() {
    let api = Arc::new(Mutex::new(Api::default()));
    let runner = pull_request("comment", "someone/shop", &api);
    let check = |sql: &str, more: &[(&str, &str)]| {
        runner.run(&[&[("binary", TOOL), ("spec", SPEC), ("sql", sql), ("comment", "true")], more].concat())
    };
    let written = || std::mem::take(&mut api.lock().unwrap().written);
    // Where nothing was ever found, nothing is said.
    came_to(&check(SOUND, &[]), "0", "0");
    assert_eq!(written(), Vec::<String>::new());
    // People write too, over several pages, and can write what looks like ours.
    let talk = (0..230).map(|number| ("User", format!("<!-- schema-check -->\ncomment {number}")));
    api.lock().unwrap().comments.extend(talk);
    let found = check(&drifted(), &[]);
    came_to(&found, "1", "1");
    assert_eq!(written(), ["POST"], "{}", found.log);
    assert!(found.log.ends_with("comment: comment 230\n"), "{}", found.log);
    let comment = api.lock().unwrap().comments[230].1.clone();
    assert_eq!(comment, report(&found, "schema-check.md"));
    // Another report has a comment of its own.
    check(&drifted(), &[("name", "production")]);
    assert_eq!(written(), ["POST"]);
    assert!(api.lock().unwrap().comments[231].1.starts_with("<!-- schema-check: production -->\n### ❌"));
    let repaired = check(SOUND, &[]);
    came_to(&repaired, "0", "0");
    assert_eq!(written(), ["PATCH 230"]);
    assert_eq!(api.lock().unwrap().comments[230].1, report(&repaired, "schema-check.md"));
    assert!(!runner.run(&[("binary", TOOL), ("spec", SPEC), ("sql", &drifted())]).log.contains("comment"));
    assert_eq!(written(), Vec::<String>::new());
}

#[test]
fn what_a_file_says_reaches_the_comment_as_text() {
    let api = Arc::new(Mutex::new(Api::default()));
    let runner = pull_request("hostile", "someone/shop", &api);
    let spec = runner.folder.file("spec.yaml", "version: 1\ntables: {}\nunlisted: { tables: error }\n");
    let table = "\n::stop-commands::x\n##[add-mask]y <script>\"`id` @someone \u{1b}[2J";
    let sql = runner.folder.file("a.sql", format!("create table \"{}\" ();", table.replace('"', "\"\"")));
    let found = runner.run(&[("binary", TOOL), ("spec", &spec), ("sql", &sql), ("comment", "true")]);
    came_to(&found, "1", "1");
    let comment = api.lock().unwrap().comments[0].1.clone();
    assert_eq!(comment, report(&found, "schema-check.md"));
    assert!(
        !comment.contains("<script>") && !comment.contains("@someone") && comment.contains("unexpected"),
        "{comment}"
    );
    // The runner reads along.
    assert!(!found.log.contains("\n::stop-commands::x") && !found.log.contains("##[add-mask]"), "{}", found.log);
}

#[test]
fn where_no_comment_can_be_kept_a_notice_says_why() {
    let why = |runner: &Runner, words: &str| {
        let found = runner.run(&[("binary", TOOL), ("spec", SPEC), ("sql", &drifted()), ("comment", "true")]);
        came_to(&found, "1", "1");
        let notice = format!("::notice title=schema-check::there is no comment: {words}");
        assert!(found.log.lines().any(|line| line.starts_with(&notice)), "{}", found.log);
    };
    let api = Arc::new(Mutex::new(Api::default()));
    why(&pull_request("fork", "stranger/shop", &api), "the pull request is from a fork");
    why(&Runner::new("push"), "this run is not one of a pull request");
    let mut runner = pull_request("refused", "someone/shop", &api);
    api.lock().unwrap().refuses = Some(403);
    why(&runner, "the token may not write pull requests: give the job 'permissions: { pull-requests: write }'");
    api.lock().unwrap().refuses = Some(500);
    why(&runner, &format!("{} answered 500 to POST", runner.environment["GITHUB_API_URL"]));
    runner.environment.insert("GITHUB_API_URL".to_owned(), "http://127.0.0.1:1".to_owned());
    why(&runner, "http://127.0.0.1:1 does not answer");
    assert!(api.lock().unwrap().comments.is_empty());
}

#[test]
fn each_action_is_pinned_to_a_commit() {
    let mut pinned = 0;
    for folder in [ROOT.to_owned(), format!("{ROOT}/.github/workflows")] {
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        for path in files.filter(|path| path.extension().is_some_and(|extension| extension == "yml")) {
            for used in fs::read_to_string(&path).unwrap().lines().filter_map(|line| line.split_once("uses: ")) {
                let (used, version) = used.1.split_once(" # ").unwrap();
                if used == "./" {
                    continue;
                }
                let (_, commit) = used.split_once('@').unwrap();
                assert!(commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()), "{used}");
                assert!(version.starts_with('v'), "{used} # {version}");
                pinned += 1;
            }
        }
    }
    assert!(pinned > 5);
}

#[test]
fn the_action_says_what_it_takes() {
    for part in ["inputs", "outputs"] {
        for (name, declared) in action()[part].as_mapping().unwrap() {
            assert!(!texts(declared)["description"].is_empty(), "{name:?}");
        }
    }
    assert_eq!(run(&["--version"]).stdout, format!("schema-check {}\n", env!("CARGO_PKG_VERSION")));
}
