//! Ctrl-C, and a runner that gives up.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{HeldUp, eventually};
use crate::cli::{Folder, command};
use crate::server::clusters;

/// The signals with their numbers. Who is started in the background may have been told to ignore one of them, and so
/// are those whom he starts: what that is worth cannot be seen here then.
fn signals() -> impl Iterator<Item = (&'static str, i32)> {
    let own = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = own.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    [("INT", 2), ("TERM", 15)].into_iter().filter(move |(signal, number)| {
        let is_ignored = ignored & 1 << (number - 1) != 0;
        if is_ignored {
            eprintln!("skipped: SIG{signal} is ignored here");
        }
        !is_ignored
    })
}

/// A run that does not outlive a test that fails.
struct Begun(Child);

impl Drop for Begun {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn begin(arguments: &[&str]) -> Begun {
    let mut command = command(arguments);
    Begun(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

fn send(signal: &str, child: &Begun) {
    let sent = Command::new("kill").args([&format!("-{signal}"), &child.0.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// It ends within a second, as if nobody had caught the signal: a shell calls that 130 and 143.
#[track_caller]
fn ends(mut child: Begun, number: i32) {
    let begun = Instant::now();
    let status = eventually("it has ended", || child.0.try_wait().unwrap());
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    let mut said = String::new();
    child.0.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    child.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(status.signal(), Some(number), "{said}");
    assert!(said.is_empty(), "{said}");
}

#[test]
fn while_connecting() {
    for (signal, number) in signals() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = silent.local_addr().unwrap().port();
        let child = begin(&["show", "--db", &format!("host=127.0.0.1 port={port} user=u dbname=d")]);
        let _connected = silent.accept().unwrap();
        send(signal, &child);
        ends(child, number);
    }
}

#[test]
fn while_reading_and_the_server_goes_on_no_longer_than_it_may() {
    let Some(cluster) = clusters().last() else { return };
    let database = cluster.database();
    let mut held_up = HeldUp::new(&database);
    for (signal, number) in signals() {
        let child = begin(&["show", "--db", &database.url(), "--lock-timeout", "60", "--statement-timeout", "2"]);
        let reader = held_up.reader();
        send(signal, &child);
        ends(child, number);
        eventually("the backend is gone", || (!held_up.is_there(reader)).then_some(()));
    }
}

/// A report goes into a pipe that nobody reads, while another stands half written beside its place.
fn while_writing(name: &str, signals: &[&str], number: i32) {
    let folder = Folder::new(name);
    let spec = folder.file("spec.yaml", "version: 1\ntables: { t: {} }\n");
    let sql = folder.file("a.sql", "create table t ();");
    let pipe = folder.0.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let outputs = [format!("json={}", pipe.display()), format!("sarif={}/report.sarif", folder.path())];
    let child = begin(&["check", "--spec", &spec, "--sql", &sql, "-o", &outputs[0], "-o", &outputs[1]]);
    let names = || {
        let mut names: Vec<String> =
            fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    eventually("a draft is there", || names().iter().any(|name| name.ends_with(".tmp")).then_some(()));
    // By now it waits for the reader of the pipe.
    thread::sleep(Duration::from_millis(100));
    for signal in signals {
        send(signal, &child);
    }
    let begun = Instant::now();
    let mut child = child;
    let status = eventually("it has ended", || child.0.try_wait().unwrap());
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!(status.signal(), Some(number));
    assert_eq!(names(), ["a.sql", "pipe", "spec.yaml"]);
}

#[test]
fn while_writing_nothing_half_written_is_left() {
    while_writing("signal-int", &["INT"], 2);
    while_writing("signal-term", &["TERM"], 15);
}

#[test]
fn twice() {
    while_writing("signal-twice", &["INT", "INT"], 2);
}

#[test]
fn the_terminal_is_left_as_it_was() {
    if signals().all(|(signal, _)| signal != "INT") {
        return;
    }
    // A line that tells what is waited for is all there is on a terminal: no mode is set that would have to be unset.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let program = env!("CARGO_BIN_EXE_schema-check");
    let line = format!("{program} show --db 'host=127.0.0.1 port={port} user=u dbname=d'; echo \"code $?\"; stty -a");
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &line, "/dev/null"]).env("TERM", "xterm").stdin(Stdio::null());
    let Ok(child) = terminal.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() else {
        eprintln!("skipped: there is no `script` on this machine");
        return;
    };
    let _connected = silent.accept().unwrap();
    thread::sleep(Duration::from_millis(1500));
    let ours = Command::new("pgrep").args(["-f", &format!("^{program} show --db host=127.0.0.1 port={port}")]).output();
    let ours = String::from_utf8(ours.unwrap().stdout).unwrap();
    assert!(Command::new("kill").args(["-INT", ours.trim()]).status().unwrap().success(), "{ours}");
    let shown = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert!(shown.contains("connecting to the database") && shown.contains("code 130"), "{shown:?}");
    assert!(!shown.contains("\u{1b}[?"), "{shown:?}");
    assert!(shown.contains(" echo ") && shown.contains(" icanon "), "{shown:?}");
}
