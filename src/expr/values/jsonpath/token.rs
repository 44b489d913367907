//! The tokens of a path (`jsonpath_scan.l`).

use super::super::json::code_point;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    String(String),
    Variable(String),
    Number(String),
    /// A key or a keyword.
    Word(String),
    Mark(&'static str),
}

/// The longer ones first.
const MARKS: [&str; 30] = [
    "&&", "||", "**", "==", "<>", "!=", "<=", ">=", "<", ">", "!", "?", "%", "$", ".", "[", "]", "{", "}", "(", ")",
    "@", ",", "*", ":", "-", "+", "/", "|", "#",
];

/// Longer paths are left alone.
const MAX_TOKENS: usize = 1000;

/// `None` where versions differ about a token: comments, rare escapes, numbers with letters or a lone point.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while tokens.len() < MAX_TOKENS {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
        let Some(first) = rest.chars().next() else { return Some(tokens) };
        if first == '"' {
            let (string, behind) = string(rest)?;
            tokens.push(Token::String(string));
            rest = behind;
        } else if let Some(variable) = rest.strip_prefix('$').filter(|name| name.starts_with(is_other)) {
            let (name, behind) = variable.split_at(word_length(variable));
            is_plain(behind).then_some(())?;
            tokens.push(Token::Variable(name.to_owned()));
            rest = behind;
        } else if let Some(variable) = rest.strip_prefix('$').filter(|name| name.starts_with('"')) {
            let (name, behind) = string(variable)?;
            tokens.push(Token::Variable(name));
            rest = behind;
        } else if first.is_ascii_digit() || (first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
            let end = number_length(rest)?;
            tokens.push(Token::Number(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if is_other(first) {
            let (word, behind) = rest.split_at(word_length(rest));
            is_plain(behind).then_some(())?;
            tokens.push(Token::Word(word.to_owned()));
            rest = behind;
        } else {
            let mark = MARKS.into_iter().find(|mark| rest.starts_with(mark) && !rest.starts_with("/*"))?;
            tokens.push(Token::Mark(mark));
            rest = &rest[mark.len()..];
        }
    }
    None
}

/// What a word is made of: anything but these.
fn is_other(c: char) -> bool {
    !"?%$.[]{}()|&!=<>@#,*:-+/\\\" \t\n\r\x0c'".contains(c)
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !is_other(c)).unwrap_or(text.len())
}

/// Whether a word ends where it seems to.
fn is_plain(behind: &str) -> bool {
    !behind.starts_with(['\\', '\'', '"'])
}

fn number_length(text: &str) -> Option<usize> {
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(0);
    let mut end = whole;
    if text[end..].starts_with('.') {
        let fraction = digits(end + 1);
        (fraction > 0).then_some(())?;
        end += 1 + fraction;
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        let exponent = digits(end + 1 + sign);
        (exponent > 0).then_some(())?;
        end += 1 + sign + exponent;
    }
    let has_zeros = whole > 1 && text.starts_with('0');
    let ends = !text[end..].starts_with(|c: char| is_other(c) || matches!(c, '.' | '\\' | '\'' | '"'));
    (ends && !has_zeros).then_some(end)
}

/// A string in quotes, and what follows it.
fn string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.strip_prefix('"')?.chars();
    loop {
        match chars.next()? {
            '"' => return Some((value, chars.as_str())),
            '\\' => value.push(match chars.next()? {
                'u' => code_point(&mut chars)?,
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\u{b}',
                c @ ('"' | '\\' | '/') => c,
                _ => return None,
            }),
            c => value.push(c),
        }
    }
}
