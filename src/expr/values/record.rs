//! Rows: `(1,"a b",)`.

/// `record_in()` and `record_out()`; `field` reads and prints the value of the field at a position.
pub(in super::super) fn record(
    text: &str,
    count: usize,
    field: &dyn Fn(usize, &str) -> Option<String>,
) -> Option<String> {
    let inner = super::trimmed(text).strip_prefix('(')?.strip_suffix(')')?;
    let fields = split(inner)?;
    if fields.len() != count {
        return None;
    }
    let printed = |(position, value): (usize, Option<String>)| match value {
        None => Some(String::new()),
        Some(value) => field(position, &value).map(|value| quoted(&value)),
    };
    let printed: Vec<String> = fields.into_iter().enumerate().map(printed).collect::<Option<_>>()?;
    Some(format!("({})", printed.join(",")))
}

/// The fields, of which those that hold nothing at all are NULL.
fn split(text: &str) -> Option<Vec<Option<String>>> {
    let mut fields = Vec::new();
    let mut characters = text.chars().peekable();
    loop {
        let mut value = None;
        let mut in_quotes = false;
        loop {
            match characters.peek() {
                None if in_quotes => return None,
                None => break,
                Some(',') if !in_quotes => break,
                Some('(' | ')') if !in_quotes => return None,
                Some(_) => {}
            }
            let so_far = value.get_or_insert_with(String::new);
            match characters.next()? {
                '\\' => so_far.push(characters.next()?),
                '"' if !in_quotes => in_quotes = true,
                '"' if characters.next_if_eq(&'"').is_some() => so_far.push('"'),
                '"' => in_quotes = false,
                other => so_far.push(other),
            }
        }
        fields.push(value);
        if characters.next().is_none() {
            return Some(fields);
        }
    }
}

fn quoted(value: &str) -> String {
    let special = |c: char| matches!(c, '"' | '\\' | '(' | ')' | ',') || super::is_space(c);
    if !value.is_empty() && !value.contains(special) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_as_they_print() {
        let plain = |text: &str, count| record(text, count, &|_, value| Some(value.to_owned()));
        assert_eq!(plain("(1,a)", 2).as_deref(), Some("(1,a)"));
        assert_eq!(plain(" ( 1 ,\"a\"\"b\")", 2).as_deref(), Some("(\" 1 \",\"a\"\"b\")"));
        assert_eq!(plain("(,\"\")", 2).as_deref(), Some("(,\"\")"));
        assert_eq!(plain("(1)", 2), None);
        assert_eq!(plain("(\"1)", 1), None);
    }
}
