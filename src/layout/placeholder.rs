//! Placeholders of templates: `${name}` and `{{ name }}`, anywhere in a text.

use crate::sql::places::Spliced;

/// The text with the values put in for the placeholders whose names have one; none where there is no such.
///
/// A name that has more than letters and digits in it, such as `{{ index .Options "Schema" }}`, stands for itself.
pub fn fill<'v>(text: &str, values: impl Iterator<Item = (&'v str, &'v str)> + Clone) -> Option<Spliced> {
    let mut found: Vec<(usize, usize, &str)> = Vec::new();
    for (name, value) in values {
        if is_plain(name) {
            found.extend(named(text, name, "${", "}").map(|(at, end)| (at, end, value)));
            found.extend(named(text, name, "{{", "}}").map(|(at, end)| (at, end, value)));
        } else if !name.is_empty() {
            found.extend(text.match_indices(name).map(|(at, _)| (at, at + name.len(), value)));
        }
    }
    if found.is_empty() {
        return None;
    }
    found.sort_unstable();
    let mut filled = Spliced::default();
    let mut done = 0;
    for (start, end, value) in found {
        if start >= done {
            filled.copy(text, done..start);
            filled.put(value, start..end);
            done = end;
        }
    }
    filled.copy(text, done..text.len());
    Some(filled)
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_:.-".contains(c))
}

/// Where a name stands between such marks, perhaps with white space around it and a point before it.
fn named<'t>(text: &'t str, name: &'t str, open: &'t str, close: &'t str) -> impl Iterator<Item = (usize, usize)> + 't {
    text.match_indices(open).filter_map(move |(at, _)| {
        let rest = &text[at + open.len()..];
        let inside = rest.split(close).next()?;
        let is_it = inside.trim().trim_start_matches('.') == name && inside.len() < rest.len();
        is_it.then(|| (at, at + open.len() + inside.len() + close.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_values_are_filled_in_and_others_stay() {
        let values = [("s", "app"), ("{{ index .O \"n\" }}", "auth")];
        let fill = |text: &str| fill(text, values.into_iter()).map(|filled| filled.text);
        assert_eq!(fill("${s}.t, {{s}} '{{ .s }}' ${t}").as_deref(), Some("app.t, app 'app' ${t}"));
        assert_eq!(fill("{{ index .O \"n\" }}.users").as_deref(), Some("auth.users"));
        assert_eq!(fill("${st} {{ s"), None);
    }
}
