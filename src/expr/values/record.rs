//! Rows (rowtypes.c).

use super::{is_space, trimmed};

/// `record_in()` and `record_out()` of so many columns; `column` makes of a column's text what its type would print.
pub(in crate::expr) fn record(
    text: &str,
    columns: usize,
    column: &dyn Fn(usize, &str) -> Option<String>,
) -> Option<String> {
    let mut rest = trimmed(text).strip_prefix('(')?;
    let mut printed = Vec::with_capacity(columns);
    for place in 0..columns {
        if place > 0 {
            rest = rest.strip_prefix(',')?;
        }
        let (value, behind) = field(rest)?;
        printed.push(match value {
            Some(value) => escaped(column(place, &value)?),
            None => String::new(),
        });
        rest = behind;
    }
    (rest == ")").then(|| format!("({})", printed.join(",")))
}

/// The text of a column, none if it is null, and what follows it.
fn field(text: &str) -> Option<(Option<String>, &str)> {
    let ends = |c: char| matches!(c, ',' | ')');
    if text.starts_with(ends) {
        return Some((None, text));
    }
    let (value, rest) = super::quoted_text(text, ends)?;
    Some((Some(value), rest))
}

fn escaped(value: String) -> String {
    let special = |c: char| is_space(c) || matches!(c, '"' | '\\' | '(' | ')' | ',');
    if value.is_empty() || value.contains(special) {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\"\""))
    } else {
        value
    }
}
