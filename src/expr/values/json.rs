//! JSON documents (jsonfuncs.c, jsonb.c).

use std::collections::BTreeMap;

use super::number::numeric;

/// `jsonb_in()` and `jsonb_out()`
pub(super) fn jsonb(text: &str, version: u32) -> Option<String> {
    let mut reader = Reader { rest: text, keeps_text: false, version };
    reader.document()
}

/// `json_in()`: whether it is a document, which is kept as it is written.
pub(super) fn is_json(text: &str, version: u32) -> bool {
    Reader { rest: text, keeps_text: true, version }.document().is_some()
}

/// Deeper documents are left alone.
const MAX_DEPTH: usize = 100;

struct Reader<'a> {
    rest: &'a str,
    /// Only the grammar counts: what an escape means is not looked at, nor how large a number is.
    keeps_text: bool,
    version: u32,
}

/// Keys are kept by their length, then by their bytes (`lengthCompareJsonbString()`).
type Object = BTreeMap<(usize, String), String>;

impl Reader<'_> {
    fn document(&mut self) -> Option<String> {
        let value = self.value(0)?;
        self.skip_space();
        self.rest.is_empty().then_some(value)
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn takes(&mut self, token: &str) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.skip_space();
        match self.rest.chars().next()? {
            '{' => self.object(depth),
            '[' => self.array(depth),
            '"' => self.string().map(|text| quoted(&text)),
            '-' | '0'..='9' => self.number(),
            _ => {
                let word = ["true", "false", "null"].into_iter().find(|word| self.takes(word))?;
                let ends = !self.rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
                ends.then(|| word.to_owned())
            }
        }
    }

    fn array(&mut self, depth: usize) -> Option<String> {
        let mut items = Vec::new();
        self.takes("[").then_some(())?;
        if !self.takes("]") {
            loop {
                items.push(self.value(depth + 1)?);
                if !self.takes(",") {
                    break;
                }
            }
            self.takes("]").then_some(())?;
        }
        Some(format!("[{}]", items.join(", ")))
    }

    /// The last of several equal keys counts.
    fn object(&mut self, depth: usize) -> Option<String> {
        let mut entries = Object::new();
        self.takes("{").then_some(())?;
        if !self.takes("}") {
            loop {
                self.skip_space();
                let key = self.string()?;
                self.takes(":").then_some(())?;
                let value = self.value(depth + 1)?;
                entries.insert((key.len(), key), value);
                if !self.takes(",") {
                    break;
                }
            }
            self.takes("}").then_some(())?;
        }
        let entries: Vec<String> =
            entries.iter().map(|((_, key), value)| format!("{}: {value}", quoted(key))).collect();
        Some(format!("{{{}}}", entries.join(", ")))
    }

    /// `json_lex_number()`
    fn number(&mut self) -> Option<String> {
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && !"+-._".contains(c)).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        let digits = number.strip_prefix('-').unwrap_or(number);
        let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
            None => (digits, "0"),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let has_zeros = whole.len() > 1 && whole.starts_with('0');
        let is_number = [whole, fraction, exponent].into_iter().all(super::number::all_digits) && !has_zeros;
        if !is_number {
            return None;
        }
        if self.keeps_text { Some(String::new()) } else { numeric(number, self.version) }
    }

    /// `json_lex_string()`: what a string says.
    fn string(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut chars = self.rest.strip_prefix('"')?.chars();
        loop {
            match chars.next()? {
                '"' => break,
                '\\' => match chars.next()? {
                    'u' if self.keeps_text => drop(hex_digits(&mut chars)?),
                    'u' => text.push(code_point(&mut chars)?),
                    'b' => text.push('\u{8}'),
                    'f' => text.push('\u{c}'),
                    'n' => text.push('\n'),
                    'r' => text.push('\r'),
                    't' => text.push('\t'),
                    c @ ('"' | '\\' | '/') => text.push(c),
                    _ => return None,
                },
                c if c < ' ' => return None,
                c => text.push(c),
            }
        }
        self.rest = chars.as_str();
        Some(text)
    }
}

/// Four digits behind `\u`, and as many behind another one where they are half a character.
pub(super) fn code_point(chars: &mut std::str::Chars<'_>) -> Option<char> {
    let first = hex_digits(chars)?;
    if !(0xd800..0xdc00).contains(&first) {
        // A text cannot hold the character 0.
        return char::from_u32(first).filter(|c| *c != '\0');
    }
    (chars.next()? == '\\' && chars.next()? == 'u').then_some(())?;
    let second = hex_digits(chars).filter(|second| (0xdc00..0xe000).contains(second))?;
    char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))
}

fn hex_digits(chars: &mut std::str::Chars<'_>) -> Option<u32> {
    let digits = chars.as_str().get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    *chars = chars.as_str()[4..].chars();
    u32::from_str_radix(digits, 16).ok()
}

/// `escape_json()`
pub(in crate::expr) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
