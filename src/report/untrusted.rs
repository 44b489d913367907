//! Text that came from a database or a file, made harmless for a terminal. A name can hold
//! anything: escape sequences, line breaks, commands to a CI runner.

/// The same text with every character that could act spelled out, on one line.
pub fn line(text: &str) -> String {
    escape(text, |character| character == '\n' || character == '\t' || acts(character))
}

/// As [`line()`], keeping line breaks and tabs: for text that has a block to itself.
pub fn block(text: &str) -> String {
    escape(text, acts)
}

/// A source text with the same number of bytes, so that spans in it stay true.
pub fn source(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '\n' || !acts(character) {
            out.push(character);
            continue;
        }
        match character.len_utf8() {
            1 => out.push('?'),
            2 => out.push('¿'),
            3 => out.push('\u{fffd}'),
            _ => out.push('\u{1f7aa}'),
        }
    }
    // A runner of GitHub Actions obeys `##[command]` anywhere in a line.
    out.replace("##[", "##(")
}

/// JSON with every character in it spelled out that could act; a reader of JSON sees the same.
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if acts(character) {
            let mut units = [0; 2];
            out.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(character);
        }
    }
    out
}

/// At most `limit` characters, and how many there were.
pub fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text.to_owned(),
    }
}

fn escape(text: &str, bad: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if bad(character) { out.extend(character.escape_unicode()) } else { out.push(character) }
    }
    out.replace("##[", "##\\u{5b}")
}

/// Control characters, invisible ones, and those that turn the direction of writing.
fn acts(character: char) -> bool {
    matches!(character,
        '\0'..='\x08' | '\x0b'..='\x1f' | '\x7f'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_acts_gets_through() {
        assert_eq!(line("a\u{1b}[31m\nb"), "a\\u{1b}[31m\\u{a}b");
        assert_eq!(line("::error::x ##[stop]"), "::error::x ##\\u{5b}stop]");
        assert_eq!(line("übung 😀"), "übung 😀");
        assert_eq!(block("a\nb\u{202e}"), "a\nb\\u{202e}");
    }

    #[test]
    fn a_source_keeps_its_length() {
        assert_eq!(json("\"a\u{9b}\u{e0041}\""), "\"a\\u009b\\udb40\\udc41\"");
        for text in ["a\u{1b}b", "a\u{85}b", "a\u{202e}b", "\u{e0041}", "##[x]", "é\r\n"] {
            assert_eq!(source(text).len(), text.len(), "{text:?}");
        }
    }
}
