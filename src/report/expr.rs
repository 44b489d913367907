//! What an expression means, for `explain-expr`.

use std::fmt::Write;

use super::terminal::Style;
use super::untrusted;
use crate::catalog::Tree;

/// The expression as a server would print it, its tree, and what of it is not known.
pub fn render(text: &str, tree: &Tree, style: Style) -> String {
    let mut out = String::new();
    let mut row = |label: &str, text: &str| {
        let _ = writeln!(out, "{label:<10}{}", untrusted::line(text));
    };
    row("written", text.trim());
    row("means", &tree.to_string());
    for what in &tree.unresolved {
        row("unknown", what);
    }
    out.push('\n');
    let lines = tree.outline();
    for (at, (depth, line)) in lines.iter().enumerate() {
        let line = untrusted::cut(&untrusted::line(line), style.width.max(60));
        let _ = writeln!(out, "{}{line}", branches(&lines, at, *depth));
    }
    out
}

/// The lines that lead to a node from those above it.
fn branches(lines: &[(usize, String)], at: usize, depth: usize) -> String {
    // Whether a node of that depth follows before one further out.
    let goes_on = |level: usize| {
        let mut after = lines[at + 1..].iter().map(|(depth, _)| *depth).take_while(|depth| *depth >= level);
        after.any(|depth| depth == level)
    };
    let mut prefix = String::from("  ");
    for level in 1..=depth {
        prefix += match (level == depth, goes_on(level)) {
            (true, true) => "├─ ",
            (true, false) => "└─ ",
            (false, true) => "│  ",
            (false, false) => "   ",
        };
    }
    prefix
}
