//! Plays what a page shows: a block that is called by a file's name (`sql migrations/1.sql`) is that file, one that is
//! called `database` is run there, and of one that is a `console` each command must print what stands below it.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Block, blocks};
use crate::cli::Folder;
use crate::schema::is_taken;
use crate::server::{Database, clusters};

/// A line that stands for any lines, or none.
const ELLIPSIS: &str = "…";

/// Plays blocks in a folder, and with a database if they need one.
fn play(blocks: &[Block<'_>], folder: &Path, database: Option<&Database<'_>>) {
    for block in blocks {
        let (language, name) = block.info.split_once(' ').unwrap_or((block.info, ""));
        match (language, name) {
            ("console", _) => {
                for (command, expected) in commands(block.text) {
                    let printed = shell(command, folder, database);
                    assert!(fits(&printed, expected), "$ {command}\n{printed}\nand the page has:\n{expected}");
                }
            }
            (_, "") => {}
            (_, "database") => database.expect("a page with a database").execute(block.text),
            (_, path) => {
                let path = folder.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, block.text).unwrap();
            }
        }
    }
}

/// The commands of a console, each with what it prints.
fn commands(console: &str) -> Vec<(&str, &str)> {
    let mut starts: Vec<usize> = console.match_indices("$ ").map(|(at, _)| at).collect();
    starts.retain(|at| *at == 0 || console[..*at].ends_with('\n'));
    let ends = starts.iter().skip(1).copied().chain([console.len()]);
    let each = starts.iter().zip(ends).map(|(start, end)| {
        let piece = &console[start + 2..end];
        // A command goes on behind a backslash.
        let length = piece.match_indices('\n').find(|(at, _)| !piece[..*at].ends_with('\\')).map_or(end, |(at, _)| at);
        piece.split_at(length)
    });
    each.collect()
}

/// What a command prints, in a shell that finds the tool.
fn shell(command: &str, folder: &Path, database: Option<&Database<'_>>) -> String {
    let tool = Path::new(env!("CARGO_BIN_EXE_schema-check")).parent().unwrap().to_owned();
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([tool].into_iter().chain(env::split_paths(&path))).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("exec 2>&1\n{command}")]).current_dir(folder).env("PATH", path).env("COLUMNS", "100");
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().ends_with("_URL")) {
        shell.env_remove(name);
    }
    if let Some(database) = database {
        shell.env("DATABASE_URL", database.url());
    }
    String::from_utf8(shell.output().unwrap().stdout).unwrap()
}

/// Whether a text is the one that is expected, where each ellipsis stands for whatever lines. Blank lines around it, and
/// at both ends, are no matter.
fn fits(text: &str, expected: &str) -> bool {
    let lines = |text: &str| text.trim().lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    let framed = |text: &str| format!("\n{}\n", text.trim_matches('\n'));
    let (text, expected) = (framed(&lines(text)), framed(&lines(expected)));
    let pieces: Vec<String> = expected.split(&framed(ELLIPSIS)).map(framed).collect();
    let [first, between @ .., last] = pieces.as_slice() else { return text == expected };
    let is_empty = |piece: &str| piece.trim().is_empty();
    if !(is_empty(first) || text.starts_with(first)) || !(is_empty(last) || text.ends_with(last)) {
        return false;
    }
    let mut at = if is_empty(first) { 0 } else { first.len() - 1 };
    for piece in between {
        match text[at..].find(piece) {
            Some(behind) => at += behind + piece.len() - 1,
            None => return false,
        }
    }
    is_empty(last) || at + last.len() <= text.len()
}

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[test]
fn what_the_readme_shows_is_what_is_printed() {
    let page = page("README.md");
    let blocks: Vec<_> = blocks(&page).into_iter().filter(|block| block.info == "console").collect();
    assert!(!blocks.is_empty());
    play(&blocks, Path::new(env!("CARGO_MANIFEST_DIR")), None);
}

#[test]
fn each_recipe_does_what_it_says() {
    let page = page("docs/cookbook.md");
    let cluster = clusters().last();
    let recipes: Vec<&str> = page.split("\n## ").skip(1).collect();
    assert!(recipes.len() > 10);
    for (number, recipe) in recipes.into_iter().enumerate() {
        let needs_server = recipe.contains("DATABASE_URL");
        if needs_server && cluster.is_none() {
            continue;
        }
        let database = cluster.filter(|_| needs_server).map(|cluster| cluster.database_called("staging".to_owned()));
        let folder = Folder::new(&format!("recipe-{number}"));
        let blocks = blocks(recipe);
        assert!(blocks.iter().any(|block| block.info == "console"), "{recipe}");
        blocks.iter().filter(|block| block.info.starts_with("yaml")).for_each(|block| is_taken(block.text));
        play(&blocks, &folder.0, database.as_ref());
    }
}

#[test]
fn the_tutorial_goes_as_it_says() {
    let Some(cluster) = clusters().last() else { return };
    let folder = Folder::new("tutorial");
    play(&blocks(&page("docs/tutorial.md")), &folder.0, Some(&cluster.database_called("shop".to_owned())));
}

#[test]
fn an_ellipsis_stands_for_lines() {
    let text = "one\ntwo\n\nthree\nfour\n";
    for fitting in
        ["one\ntwo\n\nthree\nfour", "…\nfour", "one\n…", "…\ntwo\n…\nfour", "one\n…\nfour\n", "one\n…\n\nthree\n…"]
    {
        assert!(fits(text, fitting), "{fitting}");
    }
    for other in ["one\nfour", "…\nour", "ne\n…", "…\nfour\n…\ntwo\n…", "one", "…\ntw\n…", ""] {
        assert!(!fits(text, other), "{other}");
    }
    assert_eq!(commands("$ a \\\n  b\nx\n$ c\n"), [("a \\\n  b", "\nx\n"), ("c", "\n")]);
}
