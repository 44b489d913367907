//! `action.yml`: run as a runner would, against an API and releases that stand in for GitHub's.

mod expression;
mod http;
mod runner;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};

use crate::cli::{Folder, run};
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

/// The name of the archive that `scripts/release` packs for a target.
fn archive(target: &str) -> String {
    format!("schema-check-v{}-{target}.tar.gz", env!("CARGO_PKG_VERSION"))
}

#[test]
fn a_release_is_installed_if_it_is_what_its_checksum_says() {
    let (target, folder) = ("x86_64-unknown-linux-musl", Folder::new("action-release"));
    let pack =
        Command::new("scripts/release").current_dir(ROOT).args(["pack", target, folder.path(), TOOL]).output().unwrap();
    assert!(
        pack.status.success(),
        "{}{}",
        String::from_utf8_lossy(&pack.stdout),
        String::from_utf8_lossy(&pack.stderr)
    );
    let name = archive(target);
    let packed = fs::read(folder.0.join(&name)).unwrap();
    let sums = Command::new("sha256sum").current_dir(&folder.0).arg(&name).output().unwrap().stdout;
    let release = format!("/maker/schema-check/releases/download/v{}", env!("CARGO_PKG_VERSION"));
    let files: BTreeMap<String, Vec<u8>> =
        [(format!("{release}/{name}"), packed), (format!("{release}/SHA256SUMS"), sums.clone())].into();
    let address = serve(move |request| files.get(&request.path).map_or((404, Vec::new()), |file| (200, file.clone())));
    // The action as a user has it, of a project that is published there.
    let published = format!(
        "[package]\nversion = \"{}\"\nrepository = \"{address}/maker/schema-check\"\n",
        env!("CARGO_PKG_VERSION")
    );
    let manifest = folder.file("action/Cargo.toml", published);
    std::os::unix::fs::symlink(Path::new(ROOT).join("scripts"), folder.0.join("action/scripts")).unwrap();
    let action = folder.0.join("action").display().to_string();
    let runner = Runner::new("install").with(&[("GITHUB_ACTION_PATH", &action)]);
    let check =
        |runner: &Runner, more: &[(&str, &str)]| runner.run(&[&[("spec", SPEC), ("sql", SOUND)], more].concat());
    came_to(&check(&runner, &[]), "0", "0");
    let sums = String::from_utf8(sums).unwrap();
    came_to(&check(&runner, &[("version", concat!("v", env!("CARGO_PKG_VERSION"))), ("checksums", &sums)]), "0", "0");
    let another = format!("{}  {name}", "0".repeat(64));
    for (given, words) in [
        (("checksums", another.as_str()), "is not what its checksum says: it has "),
        (("checksums", "0123  another.tar.gz"), "the checksums have none of schema-check-v"),
        (
            ("version", "99.0.0"),
            "/releases/download/v99.0.0/schema-check-v99.0.0-x86_64-unknown-linux-musl.tar.gz cannot be had",
        ),
    ] {
        let refused = check(&runner, &[given]);
        assert!(!refused.succeeded && refused.outputs["exit-code"].is_empty(), "{}", refused.log);
        assert!(refused.log.contains("::error title=schema-check::") && refused.log.contains(words), "{}", refused.log);
    }
    let elsewhere = runner.with(&[("RUNNER_ARCH", "ARM")]);
    assert!(check(&elsewhere, &[]).log.contains("no release is made for Linux on ARM"));
    fs::write(manifest, "[package]\nversion = \"1.0.0\"\n").unwrap();
    let unpublished = elsewhere.with(&[("RUNNER_ARCH", "X64")]);
    assert!(check(&unpublished, &[]).log.contains("names no repository that releases are made from"));
}

#[test]
fn an_image_has_the_binaries_of_the_archives() {
    let folder = Folder::new("action-image");
    let release = |arguments: &[&str]| {
        let run = Command::new("scripts/release").current_dir(ROOT).args(arguments).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    };
    let (dist, image) = (format!("{}/dist", folder.path()), format!("{}/image", folder.path()));
    for target in ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"] {
        release(&["pack", target, &dist, TOOL]);
    }
    release(&["unpack", &dist, &image]);
    let dockerfile = fs::read_to_string(Path::new(ROOT).join("Dockerfile")).unwrap();
    let (_, copied) = dockerfile.split_once("\nCOPY --from=build ").unwrap();
    let from = copied.split_whitespace().next().unwrap();
    for architecture in ["amd64", "arm64"] {
        let binary = image.clone() + &from.replace("$TARGETARCH", architecture);
        let version = Command::new(&binary).arg("--version").output().unwrap();
        assert!(version.stdout.starts_with(b"schema-check "), "{binary}");
    }
}

#[test]
fn a_release_has_the_archives_that_installers_look_for() {
    let read = |path: &str| fs::read_to_string(Path::new(ROOT).join(path)).unwrap();
    let yaml = |path: &str| serde_yaml::from_str::<serde_yaml::Value>(&read(path)).unwrap();
    let release = yaml(".github/workflows/release.yml");
    let matrix = release["jobs"]["build"]["strategy"]["matrix"]["include"].as_sequence().unwrap();
    let made: BTreeSet<String> = matrix.iter().map(|job| job["target"].as_str().unwrap().to_owned()).collect();
    let installer = read("scripts/action/install");
    let looked_for = installer.lines().filter_map(|line| line.split_once(" target=")).map(|(_, target)| target);
    let looked_for: BTreeSet<String> =
        looked_for.map(|target| target.split_whitespace().next().unwrap().to_owned()).collect();
    assert_eq!(made, looked_for);
    // cargo-binstall fills in a template of ours.
    let manifest = read("Cargo.toml");
    let binstall = |key: &str| {
        let (_, value) = manifest.split_once(&format!("\n{key} = \"")).unwrap();
        let value = value.split_once('"').unwrap().0;
        value.replace("{ version }", env!("CARGO_PKG_VERSION")).replace("{ target }", "T").replace("{ repo }", "R")
    };
    assert_eq!(binstall("pkg-url"), format!("R/releases/download/v{}/{}", env!("CARGO_PKG_VERSION"), archive("T")));
    assert_eq!(binstall("bin-dir") + ".tar.gz", archive("T").replace(".tar.gz", "/{ bin }{ binary-ext }.tar.gz"));
    assert_eq!(binstall("pkg-fmt"), "tgz");
    // A tag that does not fit Cargo.toml, and a repository that it does not name, make no release.
    let verify = |tag: &str, url: &str| {
        let told = Command::new("scripts/release").current_dir(ROOT).args(["verify", tag, url]).output().unwrap();
        String::from_utf8(told.stderr).unwrap()
    };
    let (tag, url) = (concat!("v", env!("CARGO_PKG_VERSION")), env!("CARGO_PKG_REPOSITORY"));
    assert_eq!(verify(tag, url), "");
    assert!(verify("v99.0.0", url).contains("the tag is v99.0.0"));
    assert!(verify(tag, "https://example.org/else").contains("would not be this"));
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
