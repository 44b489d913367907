//! What an expression means, for `explain-expr`.

use std::fmt::Write;

use super::terminal::Style;
use super::untrusted::Untrusted;
use crate::catalog::Tree;

/// The expression as a server would print it, its tree, what of it is not known, and why a server refuses it.
pub fn render(text: &str, tree: &Tree, refused: Option<&str>, style: Style) -> String {
    let mut out = String::new();
    let mut row = |label: &str, text: &str| {
        let _ = writeln!(out, "{label:<10}{}", Untrusted::new(text).term());
    };
    row("written", text.trim());
    row("means", &tree.to_string());
    for what in &tree.unresolved {
        row("unknown", &what.to_string());
    }
    if let Some(why) = refused {
        row("refused", why);
    }
    out.push('\n');
    let lines = tree.outline();
    for ((_, line), branches) in lines.iter().zip(branches(&lines)) {
        let line = Untrusted::new(line).cut(style.width.max(60)).term();
        let _ = writeln!(out, "{branches}{line}");
    }
    out
}

/// The lines that lead to each node from those above it.
fn branches(lines: &[(usize, String)]) -> Vec<String> {
    // Whether a node of that depth follows before one further out, seen from below.
    let mut goes_on: Vec<bool> = Vec::new();
    let mut prefixes: Vec<String> = lines
        .iter()
        .rev()
        .map(|(depth, _)| {
            goes_on.resize(depth + 1, false);
            let above = goes_on[..*depth].iter().skip(1).map(|goes_on| if *goes_on { "│  " } else { "   " });
            let own = if *depth == 0 {
                ""
            } else if goes_on[*depth] {
                "├─ "
            } else {
                "└─ "
            };
            let prefix = std::iter::once("  ").chain(above).chain([own]).collect();
            goes_on[*depth] = true;
            prefix
        })
        .collect();
    prefixes.reverse();
    prefixes
}
