//! Texts as YAML writes them.

use std::fmt::Write as _;

/// A text as a YAML scalar: plain where it then reads back as this text, else in quotes.
pub(crate) fn scalar(text: &str, in_flow: bool) -> String {
    if is_plain_scalar(text, in_flow) {
        return text.to_owned();
    }
    if text.chars().all(is_visible) {
        return if text.contains('"') || text.contains('\\') || !text.contains('\'') {
            format!("'{}'", text.replace('\'', "''"))
        } else {
            format!("\"{text}\"")
        };
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if is_visible(c) => quoted.push(c),
            c if u32::from(c) <= 0xff => {
                let _ = write!(quoted, "\\x{:02x}", u32::from(c));
            }
            c => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
        }
    }
    quoted + "\""
}

fn is_plain_scalar(text: &str, in_flow: bool) -> bool {
    let starts = |c: char| c.is_alphanumeric() || matches!(c, '_' | '(' | '$' | '/' | '.') || !c.is_ascii();
    let is_word = |word: &str| ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&word);
    let flow = |c: char| in_flow && matches!(c, ',' | '[' | ']' | '{' | '}');
    text.starts_with(starts)
        && text.trim() == text
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && !text.chars().any(|c| !is_visible(c) || flow(c))
        && !(in_flow && text.contains(':') && text.ends_with([':', '\'']))
        && !is_word(&text.to_lowercase())
        && !looks_like_number(text)
}

/// What some reader of YAML could take for a number or a date.
fn looks_like_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && text
            .chars()
            .all(|c| c.is_ascii_hexdigit() || matches!(c, '.' | '_' | '-' | '+' | ':' | 'x' | 'o' | 'T' | 'Z'))
}

/// Whether a reader sees a character as it is: no control, no line end of another sort, nothing that hides or turns text.
pub(crate) fn is_visible(c: char) -> bool {
    let is_space = c.is_whitespace() && c != ' ';
    let acts = matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}');
    !(c.is_control() || is_space || acts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Yaml, read};

    #[test]
    fn a_scalar_reads_back_as_its_text() {
        for text in [
            "",
            " x",
            "x ",
            "a: b",
            "a #b",
            "no",
            "NULL",
            "1",
            "0x1f",
            "1e3",
            "2020-01-01",
            "- a",
            "'x'",
            "\"x\"",
            "a, b",
            "[a]",
            "{a}",
            "a\nb",
            "a\u{7}b",
            "é😀",
            "\u{202e}x",
            "x:",
            "@x",
            "`x`",
            "%x",
            "&x",
            "*",
            "!x",
            "|",
            ">",
            "?",
            "a\\b",
            "it's",
            "(a)",
            "a:b",
            "\u{feff}",
            "~",
            "=",
            "<<",
            "a\tb",
            "\u{1f600}\u{200d}",
            "'a': b",
        ] {
            for yaml in [
                format!("k:\n  {}: {}\n", scalar(text, false), scalar(text, false)),
                format!("k: {{ {0}: [{0}] }}\n", scalar(text, true)),
            ] {
                let root = read(&yaml).unwrap().unwrap();
                let Yaml::Map(outer) = &root.value else { panic!("{yaml}") };
                let Yaml::Map(inner) = &outer[0].1.value else { panic!("{yaml}") };
                let of = |node: &crate::yaml::Node| match &node.value {
                    Yaml::Text(text) => text.clone(),
                    Yaml::List(items) => match &items[0].value {
                        Yaml::Text(text) => text.clone(),
                        other => panic!("{other:?}"),
                    },
                    other => panic!("{yaml}{other:?}"),
                };
                assert_eq!((of(&inner[0].0), of(&inner[0].1)), (text.to_owned(), text.to_owned()), "{yaml}");
            }
        }
    }
}
