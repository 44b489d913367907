//! What a release is made of, and who installs it: the action, jobs of other services, images.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use super::http::serve;
use super::runner::{ROOT, Runner, texts};
use super::{SOUND, SPEC, TOOL, came_to};
use crate::cli::Folder;

const TARGET: &str = "x86_64-unknown-linux-musl";

/// The name of the archive that `scripts/release` packs for a target.
fn archive(target: &str) -> String {
    format!("schema-check-v{}-{target}.tar.gz", env!("CARGO_PKG_VERSION"))
}

/// Stands in for the binary, which is large where it is built for tests: hands over to it.
fn tool(folder: &Folder) -> String {
    let tool = folder.file("tool", format!("#!/bin/sh\nexec {TOOL} \"$@\"\n"));
    assert!(Command::new("chmod").args(["+x", &tool]).status().unwrap().success());
    tool
}

/// Runs a step of a release.
fn release(arguments: &[&str]) {
    let run = Command::new("scripts/release").current_dir(ROOT).args(arguments).output().unwrap();
    let told = [run.stdout, run.stderr].concat();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&told));
}

/// A release for one target, and where it is to be had.
struct Released {
    folder: Folder,
    repository: String,
    sums: String,
}

impl Released {
    fn new(name: &str) -> Self {
        let folder = Folder::new(&format!("released-{name}"));
        release(&["pack", TARGET, folder.path(), &tool(&folder)]);
        let archive = archive(TARGET);
        let packed = fs::read(folder.0.join(&archive)).unwrap();
        let sums = Command::new("sha256sum").current_dir(&folder.0).arg(&archive).output().unwrap().stdout;
        let downloads = concat!("/maker/schema-check/releases/download/v", env!("CARGO_PKG_VERSION"));
        let files: BTreeMap<String, Vec<u8>> =
            [(format!("{downloads}/{archive}"), packed), (format!("{downloads}/SHA256SUMS"), sums.clone())].into();
        let address =
            serve(move |request| files.get(&request.path).map_or((404, Vec::new()), |file| (200, file.clone())));
        Self { folder, repository: address + "/maker/schema-check", sums: String::from_utf8(sums).unwrap() }
    }
}

#[test]
fn a_release_is_installed_if_it_is_what_its_checksum_says() {
    let Released { folder, repository, sums } = Released::new("action");
    // The action as a user has it, of a project that is published there.
    let published = format!("[package]\nversion = \"{}\"\nrepository = \"{repository}\"\n", env!("CARGO_PKG_VERSION"));
    let manifest = folder.file("action/Cargo.toml", published);
    std::os::unix::fs::symlink(Path::new(ROOT).join("scripts"), folder.0.join("action/scripts")).unwrap();
    let action = folder.0.join("action").display().to_string();
    let runner = Runner::new("install").with(&[("GITHUB_ACTION_PATH", &action)]);
    let check =
        |runner: &Runner, more: &[(&str, &str)]| runner.run(&[&[("spec", SPEC), ("sql", SOUND)], more].concat());
    came_to(&check(&runner, &[]), "0", "0");
    came_to(&check(&runner, &[("version", concat!("v", env!("CARGO_PKG_VERSION"))), ("checksums", &sums)]), "0", "0");
    let another = format!("{}  {}", "0".repeat(64), archive(TARGET));
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
fn the_jobs_of_other_services_install_it_too() {
    let Released { folder, repository, sums } = Released::new("jobs");
    let tool = |arguments: &[&str]| {
        let run = Command::new(TOOL).current_dir(&folder.0).args(arguments).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).unwrap()
    };
    folder.file("migrations/1.sql", "create table t (id bigint);");
    tool(&["init"]);
    tool(&["init", "--ci=gitlab"]);
    let gitlab = fs::read_to_string(folder.0.join(".gitlab/schema-check.yml")).unwrap();
    let circleci = tool(&["init", "--ci=circleci"]);
    let circleci = circleci.split_once("what belongs there:\n\n").unwrap().1;
    let job = |text: &str| serde_yaml::from_str::<serde_yaml::Value>(text).unwrap();
    let (gitlab, circleci) = (job(&gitlab), job(circleci));
    let (gitlab, circleci) = (&gitlab["schema-check"], &circleci["jobs"]["schema-check"]);
    let lines = |steps: &serde_yaml::Value| {
        let steps = steps.as_sequence().unwrap().iter();
        steps.filter_map(|step| step.as_str().or(step["run"].as_str()).map(str::to_owned)).collect::<Vec<_>>()
    };
    let circleci_lines: Vec<String> = lines(&circleci["steps"]).into_iter().filter(|line| line != "checkout").collect();
    for (lines, variables, reports) in [
        (
            lines(&gitlab["script"]),
            &gitlab["variables"],
            ["code-quality.json", "schema-check.xml", "schema-check.html"],
        ),
        (
            circleci_lines,
            &circleci["environment"],
            ["reports", "reports/schema-check.xml", "reports/schema-check.html"],
        ),
    ] {
        let mut variables = texts(variables);
        // Where it is published, as this build would say.
        let (_, downloads) = variables["RELEASE"].split_once("/schema-check/").unwrap();
        let downloads = format!("{repository}/{downloads}");
        variables.insert("RELEASE".to_owned(), downloads);
        let run = || {
            let script = lines.join("\n");
            Command::new("sh").args(["-ec", &script]).current_dir(&folder.0).envs(&variables).output().unwrap()
        };
        let sound = run();
        assert!(sound.status.success(), "{}", String::from_utf8_lossy(&sound.stderr));
        for report in reports {
            assert!(folder.0.join(report).exists(), "{report}");
        }
        folder.file("migrations/2.sql", "alter table t add x int;");
        assert_eq!(run().status.code(), Some(1));
        fs::remove_file(folder.0.join("migrations/2.sql")).unwrap();
    }
    assert!(sums.ends_with(&format!("  {}\n", archive(TARGET))));
}

#[test]
fn an_image_has_the_binaries_of_the_archives() {
    let folder = Folder::new("action-image");
    let (dist, image) = (format!("{}/dist", folder.path()), format!("{}/image", folder.path()));
    for target in ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"] {
        release(&["pack", target, &dist, &tool(&folder)]);
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
