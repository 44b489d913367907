//! What must hold of any input, on the input that fuzzers have kept (`fuzz/`).

use std::fs;
use std::path::Path;

use crate::sql::on_big_stack;

#[path = "../../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is a crate of its own for the fuzzer")]
mod laws;

#[track_caller]
fn holds(target: &str, law: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 10, "{target}: {}", files.len());
    on_big_stack(|| {
        for file in files {
            eprintln!("{}", file.display());
            law(&fs::read(&file).unwrap());
        }
    });
}

#[test]
fn of_connection_strings() {
    holds("connection_string", laws::connection_string::run);
}

#[test]
fn of_encoders() {
    holds("encoders", laws::encoders::run);
}

#[test]
fn of_replays() {
    holds("replay", laws::replay::run);
}

#[test]
fn of_expressions() {
    holds("resolve", laws::resolve::run);
}

#[test]
fn of_specs() {
    holds("spec", laws::spec::run);
}

#[test]
fn of_statements() {
    holds("split", laws::split::run);
}
