//! What differs inside of two texts: the changed words marked, the long stretches between them left out.

use similar::{ChangeTag, DiffOp, TextDiff};

use crate::catalog::Value;

/// A text in two lines: what is to read, and `^` below what differs from the other text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Marked {
    pub(super) text: String,
    pub(super) marks: String,
}

/// Lines that follow each other in two texts: ` ` of both, `-` of the first, `+` of the second.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    pub(super) lines: Vec<(char, String)>,
    /// Whether something comes before.
    pub(super) is_inside: bool,
}

/// The lines that differ, each with two of those around it.
pub(super) fn hunks(expected: &str, observed: &str) -> Vec<Hunk> {
    const AROUND: usize = 2;
    let diff = TextDiff::from_lines(expected, observed);
    let hunk = |ops: &Vec<DiffOp>| {
        let changes = ops.iter().flat_map(|op| diff.iter_changes(op));
        let lines = changes.map(|change| {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            (sign, change.value().trim_end_matches(['\n', '\r']).to_owned())
        });
        Hunk { lines: lines.collect(), is_inside: ops.first().is_some_and(|op| op.old_range().start > 0) }
    };
    diff.grouped_ops(AROUND).iter().map(hunk).collect()
}

/// So many characters of what is the same are kept on each side of a change.
const CONTEXT: usize = 24;

/// Two values as they are to be read side by side. Expressions are both printed from what they mean,
/// so that nothing else differs.
pub(super) fn texts(expected: &Value, observed: &Value) -> (String, String) {
    let (expected, observed) = canonical(expected, observed);
    told_apart(&expected.to_string(), &observed.to_string(), matches!(expected, Value::Text(_)))
}

/// Two values that differ, so that this can be seen: a text that looks like no text, blanks at an end, and letters that
/// look alike. `is_text`: whether it is the first that is one, where they look the same.
fn told_apart(expected: &str, observed: &str, is_text: bool) -> (String, String) {
    let quoted = |text: &str| format!("'{text}'");
    if expected == observed {
        return if is_text { (quoted(expected), observed.into()) } else { (expected.into(), quoted(observed)) };
    }
    if expected.trim() == observed.trim() {
        return (quoted(expected), quoted(observed));
    }
    let ascii = |text: &str| text.chars().filter(char::is_ascii).collect::<String>();
    let is_composed = |text: &str| text.chars().any(|character| ('\u{300}'..='\u{36f}').contains(&character));
    if ascii(expected) == ascii(observed) || is_composed(expected) || is_composed(observed) {
        // As `U&''` has it, and not as what cannot be printed is spelled out behind this.
        let spelled = |text: &str| {
            let one = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\+{:06X}", u32::from(c)) };
            text.chars().map(one).collect::<String>()
        };
        return (spelled(expected), spelled(observed));
    }
    (expected.to_owned(), observed.to_owned())
}

fn canonical(expected: &Value, observed: &Value) -> (Value, Value) {
    match (expected, observed) {
        (Value::Expr(one), Value::Expr(two)) => match (one.tree(), two.tree()) {
            (Some(one), Some(two)) => {
                let mut two = two.clone();
                two.take_aliases(one);
                (Value::Text(one.to_string()), Value::Text(two.to_string()))
            }
            _ => (Value::Text(one.text().to_owned()), Value::Text(two.text().to_owned())),
        },
        (Value::Map(one), Value::Map(two)) if one.len() == two.len() => {
            let pairs = one.iter().zip(two).map(|((key, one), (other, two))| {
                let (one, two) = canonical(one, two);
                ((*key, one), (*other, two))
            });
            let (one, two) = pairs.unzip();
            (Value::Map(one), Value::Map(two))
        }
        _ => (expected.clone(), observed.clone()),
    }
}

/// A part of a text, and whether the other text has something else there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) text: String,
    pub(super) is_changed: bool,
}

/// Parts two texts into what is the same and what is not; none where the two have so little in common that it would
/// not help.
pub(super) fn changed(expected: &str, observed: &str) -> Option<(Vec<Stretch>, Vec<Stretch>)> {
    compared(expected, observed, stretches)
}

/// Marks what changed, and leaves out what is far from it.
pub(super) fn marked(expected: &str, observed: &str) -> Option<(Marked, Marked)> {
    compared(expected, observed, shortened)
}

/// Shows the words of two texts, each with whether it is in but one of them.
fn compared<T>(expected: &str, observed: &str, show: impl Fn(&[(&str, bool)]) -> T) -> Option<(T, T)> {
    let (old, new) = (tokens(expected), tokens(observed));
    let diff = TextDiff::from_slices(&old, &new);
    let (mut one, mut two) = (Vec::new(), Vec::new());
    let mut in_common = 0;
    for change in diff.iter_all_changes() {
        let token = change.value();
        match change.tag() {
            ChangeTag::Equal => {
                in_common += token.trim().chars().count();
                one.push((token, false));
                two.push((token, false));
            }
            ChangeTag::Delete => one.push((token, true)),
            ChangeTag::Insert => two.push((token, true)),
        }
    }
    let length = |text: &str| text.chars().filter(|character| !character.is_whitespace()).count();
    let shorter = length(expected).min(length(observed));
    (in_common * 2 > shorter).then(|| (show(&one), show(&two)))
}

fn stretches(tokens: &[(&str, bool)]) -> Vec<Stretch> {
    let stretch =
        |run: &[(&str, bool)]| Stretch { text: run.iter().map(|(token, _)| *token).collect(), is_changed: run[0].1 };
    tokens.chunk_by(|one, next| one.1 == next.1).map(stretch).collect()
}

/// Leaves out what is the same and far from any change. Where nothing changed on this side, it is the
/// other that says where, and all of this one is shown.
fn shortened(tokens: &[(&str, bool)]) -> Marked {
    let mut marked = Marked { text: String::new(), marks: String::new() };
    let mut from = 0;
    while from < tokens.len() {
        let changed = tokens[from].1;
        let until = tokens[from..].iter().position(|(_, other)| *other != changed).map_or(tokens.len(), |at| from + at);
        let stretch: Vec<&str> = tokens[from..until].iter().map(|(token, _)| *token).collect();
        let text = if changed {
            stretch.concat()
        } else {
            let is_all = from == 0 && until == tokens.len();
            let head = if from == 0 { 0 } else { CONTEXT };
            let tail = if until == tokens.len() { 0 } else { CONTEXT };
            if is_all { stretch.concat() } else { abridged(&stretch, head, tail) }
        };
        let mark = if changed { "^" } else { " " };
        marked.marks += &mark.repeat(text.chars().count());
        marked.text += &text;
        from = until;
    }
    marked.marks.truncate(marked.marks.trim_end().len());
    marked
}

/// The first and the last words, up to so many characters, if what is between is worth leaving out.
fn abridged(words: &[&str], head: usize, tail: usize) -> String {
    const WORTH: usize = 8;
    let length = |words: &[&str]| words.iter().map(|word| word.chars().count()).sum::<usize>();
    let head = (0..words.len()).find(|count| length(&words[..*count]) >= head).unwrap_or(words.len());
    let tail = (0..words.len()).rev().find(|count| length(&words[*count..]) >= tail).unwrap_or(0);
    if (head, tail) == (0, words.len()) || tail <= head || length(&words[head..tail]) <= WORTH {
        return words.concat();
    }
    format!("{}…{}", words[..head].concat(), words[tail..].concat())
}

/// Words, literals, operators, and every other character by itself.
fn tokens(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let is_operator = |c: char| "+-*/<>=~!@#%^&|`?".contains(c);
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = |belongs: &dyn Fn(char) -> bool| rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        let length = match first {
            c if is_word(c) => run(&is_word),
            c if is_operator(c) => run(&is_operator),
            // A quote within is doubled, and makes two literals side by side.
            '\'' => rest[1..].find('\'').map_or(rest.len(), |end| end + 2),
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: &str, observed: &str, lines: [&str; 4]) {
        let (one, two) = marked(expected, observed).unwrap();
        assert_eq!([&one.text, &one.marks, &two.text, &two.marks], lines);
    }

    #[test]
    fn the_changed_term_is_marked() {
        check("(n > 1)", "(n > 12)", ["(n > 1)", "     ^", "(n > 12)", "     ^^"]);
        check(
            "(kind = ANY (ARRAY['a'::text, 'b'::text]))",
            "(kind = ANY (ARRAY['a'::text]))",
            [
                "(kind = ANY (ARRAY['a'::text, 'b'::text]))",
                "                            ^^^^^^^^^^^",
                "(kind = ANY (ARRAY['a'::text]))",
                "",
            ],
        );
    }

    #[test]
    fn operators_and_literals_are_marked_as_a_whole() {
        check("(n > 1)", "(n >= 1)", ["(n > 1)", "   ^", "(n >= 1)", "   ^^"]);
        check(
            "(status = 'is open')",
            "(status = 'is shut')",
            ["(status = 'is open')", "          ^^^^^^^^^", "(status = 'is shut')", "          ^^^^^^^^^"],
        );
    }

    #[test]
    fn what_is_far_from_a_change_is_left_out() {
        let long = |number: u32| format!("({} AND (n > {number}))", "(created_at > updated_at)".repeat(4));
        let (one, _) = marked(&long(1), &long(2)).unwrap();
        assert_eq!(one.text, "… > updated_at) AND (n > 1))");
        assert_eq!(one.marks, "                         ^");
    }

    #[test]
    fn what_differs_can_be_told_apart() {
        let apart = |one: &Value, other: &Value| texts(one, other);
        let text = |text: &str| Value::Text(text.to_owned());
        assert_eq!(apart(&Value::Null, &text("none")), ("none".into(), "'none'".into()));
        assert_eq!(apart(&text("none"), &Value::Null), ("'none'".into(), "none".into()));
        assert_eq!(apart(&text("x"), &text("x ")), ("'x'".into(), "'x '".into()));
        assert_eq!(apart(&text("\u{e9}"), &text("e\u{301}")), ("\\+0000E9".into(), "e\\+000301".into()));
        assert_eq!(apart(&text("us\u{435}rs"), &text("us\u{455}rs")), ("us\\+000435rs".into(), "us\\+000455rs".into()));
        assert_eq!(apart(&text("gr\u{fc}n"), &text("rot")), ("grün".into(), "rot".into()));
    }

    #[test]
    fn what_has_nothing_in_common_is_not_marked() {
        assert_eq!(marked("'open'::text", "now()"), None);
    }
}
