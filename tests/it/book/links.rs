//! What the pages link to is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The pages of the project: those in its folder, and the book.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in [root.to_owned(), root.join("docs")] {
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        found.extend(files.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    found.sort();
    found
}

/// A page without its fenced blocks and code, in which nothing is a link.
fn prose(page: &str) -> String {
    let outside = page.split("```").step_by(2).collect::<String>();
    let mut inside = false;
    outside
        .chars()
        .filter(|c| {
            inside ^= *c == '`';
            !inside
        })
        .collect()
}

/// The targets of a page's links.
fn links(page: &str) -> Vec<String> {
    prose(page)
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.to_owned())
        .collect()
}

/// What headings can be linked to by, as GitHub names them.
pub(super) fn anchors(page: &str) -> BTreeSet<String> {
    let outside: String = page.split("```").step_by(2).collect();
    let headings = outside
        .lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')));
    headings
        .map(|heading| {
            let kept = heading
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
                .collect::<String>();
            kept.replace(' ', "-")
        })
        .collect()
}

#[test]
fn what_is_linked_to_is_there() {
    let mut broken = Vec::new();
    let mut count = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text).into_iter().filter(|link| !link.contains("://")) {
            count += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            let is_there = match fs::read_to_string(&target) {
                Ok(text) => anchor.is_empty() || anchors(&text).contains(anchor),
                // A folder, or a picture.
                Err(_) => target.exists() && anchor.is_empty(),
            };
            if !is_there {
                broken.push(format!("{}: {link}", page.file_name().unwrap().display()));
            }
        }
    }
    assert!(count > 50, "{count}");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn headings_are_called_as_on_github() {
    let page = "# `check`, and more\n\n## foreign-data wrapper\n```sh\n# no heading\n```\n#none";
    assert_eq!(anchors(page).into_iter().collect::<Vec<_>>(), ["check-and-more", "foreign-data-wrapper"]);
    let page = "[a](x.md#y) and `[b](z)`\n```\n[c](d)\n```\n[e](https://f)";
    assert_eq!(links(page), ["x.md#y", "https://f"]);
}
