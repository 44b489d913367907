//! Liquibase: SQL with the heads of its changesets in comments.

use std::ops::Range;

use super::marks::lines;
use super::names::natural;
use super::{Fault, File, Folder, Plan, Step};

fn is_formatted(file: &File) -> bool {
    let first = file.text.trim_start_matches('\u{feff}').lines().find(|line| !line.trim().is_empty());
    first.and_then(|line| said(line, "liquibase")).is_some_and(|rest| rest.trim_start().starts_with("formatted sql"))
}

/// What a comment says behind a word.
fn said<'t>(line: &'t str, word: &str) -> Option<&'t str> {
    let rest = line.trim_start().strip_prefix("--")?.trim_start();
    let head = rest.get(..word.len())?;
    head.eq_ignore_ascii_case(word).then(|| &rest[word.len()..])
}

pub(super) fn is_liquibase(folder: &Folder<'_>) -> bool {
    folder.sql().any(|(_, file)| is_formatted(file))
}

/// Each changeset is a transaction. The order of the files is that of their paths: a changelog that includes them
/// in another one is not read.
pub(super) fn liquibase(folder: &Folder<'_>) -> Result<Plan, Fault> {
    let mut plan = Plan::default();
    let mut files: Vec<(usize, &File)> = folder.sql().collect();
    files.sort_by(|(_, one), (_, other)| natural(&one.path, &other.path));
    for (at, file) in files {
        if is_formatted(file) {
            changesets(at, file, &mut plan)?;
        } else {
            plan.left_out.push((at, "it does not begin with --liquibase formatted sql".to_owned()));
        }
    }
    Ok(plan)
}

fn changesets(at: usize, file: &File, plan: &mut Plan) -> Result<(), Fault> {
    let mut heads: Vec<(Range<usize>, &str)> = Vec::new();
    for (span, line) in lines(&file.text) {
        if let Some(rest) = said(line, "changeset") {
            heads.push((span, rest.trim()));
        } else if said(line, "precondition-").is_some() {
            let message = "whether this changeset is run hangs on a precondition, which is not asked: it is run";
            plan.notes.push((at, span.start..span.start + line.trim_end().len(), message.to_owned()));
        }
    }
    for (number, (head, words)) in heads.iter().enumerate() {
        let end = heads.get(number + 1).map_or(file.text.len(), |(next, _)| next.start);
        let attribute = |name: &str| {
            let found = words.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix(':'));
            found.map(|value| value.trim_matches(['"', '\'']))
        };
        let is_ours = |list: &str| {
            let mut names = list.split(',').map(str::trim);
            names.clone().any(|name| ["postgresql", "all"].contains(&name))
                || names.all(|name| name.starts_with('!') && name != "!postgresql")
        };
        if attribute("dbms").is_some_and(|list| !is_ours(list)) || attribute("ignore") == Some("true") {
            continue;
        }
        let body = head.end..end;
        let parts = match attribute("endDelimiter").filter(|delimiter| *delimiter != ";") {
            Some(delimiter) => delimited(&file.text, body, delimiter.trim_start_matches("\\n")),
            None => vec![body],
        };
        let is_transaction = attribute("runInTransaction") != Some("false");
        plan.steps.push(Step { parts, ..Step::whole(at, file, is_transaction) });
    }
    Ok(())
}

/// The statements of a changeset, each up to a line that ends in its delimiter.
fn delimited(text: &str, body: Range<usize>, delimiter: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = body.start;
    for (span, line) in lines(&text[body.clone()]) {
        let line_end = body.start + span.start + line.trim_end().len();
        let is_comment = line.trim_start().starts_with("--");
        if !delimiter.is_empty()
            && !is_comment
            && line.trim_end().to_ascii_lowercase().ends_with(&delimiter.to_ascii_lowercase())
        {
            parts.push(start..line_end - delimiter.len());
            start = line_end;
        }
    }
    if !text[start..body.end].trim().is_empty() {
        parts.push(start..body.end);
    }
    parts
}
