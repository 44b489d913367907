//! Long SQL on lines of its own is the same SQL.

use std::fs;
use std::path::Path;

use schema_check::sql::lines::broken;
use schema_check::sql::split::split;

use crate::sql::on_big_stack;

/// The tokens of a text; none where comments are among them, which do not stand on a line with others.
fn tokens(sql: &str) -> Option<Vec<&str>> {
    let span = |start: i32, end: i32| usize::try_from(start).unwrap()..usize::try_from(end).unwrap();
    let tokens = pg_query::scan(sql).ok()?.tokens;
    let tokens: Vec<&str> = tokens.iter().map(|token| &sql[span(token.start, token.end)]).collect();
    tokens.iter().all(|token| !token.starts_with("--") && !token.starts_with("/*")).then_some(tokens)
}

fn sql_files(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sql_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            found.extend(fs::read_to_string(path));
        }
    }
}

#[test]
fn nothing_but_white_space_changes() {
    let mut files = Vec::new();
    sql_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), &mut files);
    let seen = on_big_stack(|| {
        let mut seen = 0;
        for file in &files {
            for statement in split(file).into_iter().filter(|statement| !statement.is_psql_command) {
                let Some(words) = tokens(&file[statement.span]) else { continue };
                let flat = words.join(" ");
                for width in [1, 30, 110] {
                    let lines = broken(&flat, width);
                    assert_eq!(tokens(&lines), Some(words.clone()), "{lines}");
                }
                seen += usize::from(words.len() > 20);
            }
        }
        seen
    });
    assert!(seen > 500, "{seen} long statements");
}
