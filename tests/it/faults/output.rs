//! Reports that cannot be written.

use std::fs;
use std::process::{Command, Stdio};

use crate::cli::{Folder, Run, command, finish, run};

/// Drifted, so that the verdict is 1.
fn files(folder: &Folder) -> (String, String) {
    let spec = folder.file("spec.yaml", "version: 1\ntables: { t: { columns: { id: bigint } } }\n");
    (spec, folder.file("a.sql", "create table t (id int);"))
}

#[track_caller]
fn is_unwritten(run: &Run, what: &str) {
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains(what), "{}", run.stderr);
}

#[test]
fn a_full_disk_is_no_verdict() {
    let folder = Folder::new("full");
    let (spec, sql) = files(&folder);
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let to_stdout = finish_into(command(&["check", "--spec", &spec, "--sql", &sql]).stdout(full()));
    is_unwritten(&to_stdout, "the report cannot be written: No space left on device");
    for format in ["json", "html", "sarif"] {
        let to_file = run(&["check", "--spec", &spec, "--sql", &sql, "-o", &format!("{format}=/dev/full")]);
        is_unwritten(&to_file, "/dev/full cannot be written: No space left on device");
    }
    for arguments in
        [["pull", "--force", "--sql", &sql, "-o", "/dev/full"].as_slice(), &["snapshot", &sql, "-o", "/dev/full"]]
    {
        is_unwritten(&run(arguments), "No space left on device");
    }
}

/// As [`finish`], with a stdout of its own.
fn finish_into(command: &mut Command) -> Run {
    let output = command.stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::new(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_disk_that_fills_up_leaves_nothing_and_spares_what_was_there() {
    let folder = Folder::new("fills");
    let (spec, sql) = files(&folder);
    let before = folder.file("report.html", "of yesterday");
    // A limit on the size of files stands for a disk; a page is larger than that.
    let limited = "trap '' XFSZ; ulimit -f 2; exec \"$0\" \"$@\"";
    let program = env!("CARGO_BIN_EXE_schema-check");
    let output = format!("html={before}");
    let run = finish(
        Command::new("sh")
            .args(["-c", limited, program, "check", "--no-config", "--spec", &spec])
            .args(["--sql", &sql, "-o", &output]),
    );
    is_unwritten(&run, "report.html cannot be written: File too large");
    assert_eq!(fs::read_to_string(&before).unwrap(), "of yesterday");
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 3);
}

#[test]
fn who_reads_no_further_than_the_first_line_still_gets_the_verdict() {
    let folder = Folder::new("head");
    let (spec, _) = files(&folder);
    let columns: String = (0..1_500).map(|n| format!(", c{n} int")).collect();
    let sql = folder.file("many.sql", format!("create table t (id int{columns});"));
    let program = env!("CARGO_BIN_EXE_schema-check");
    let script = "{ \"$0\" \"$@\"; echo \"code $?\" >&2; } | head -1";
    let output = Command::new("bash")
        .args(["-c", script, program, "check", "--no-config", "--all", "--spec", &spec, "--sql", &sql])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "code 1\n");
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 1);
}
