//! Where the characters of a YAML scalar stand in its file.

use std::ops::Range;

use crate::sql::places::{Places, Spliced};

/// How a scalar is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// As it is, or in lines below `|` or `>`.
    Plain,
    SingleQuoted,
    DoubleQuoted,
}

/// The place of each character of `value`, whose scalar is at `span` of a file's `text`. White space may be
/// folded and indented there, but all else follows in one order. None where it does not: behind an alias.
pub(super) fn places(text: &str, span: &Range<usize>, value: &str) -> Option<Places> {
    let source = text.get(span.clone())?;
    let (style, mut at) = match source.chars().next()? {
        '\'' => (Style::SingleQuoted, span.start + 1),
        '"' => (Style::DoubleQuoted, span.start + 1),
        // The line of the mark has nothing but what belongs to it.
        '|' | '>' => (Style::Plain, span.start + source.find('\n')?),
        _ => (Style::Plain, span.start),
    };
    let mut spliced = Spliced::default();
    let mut run = at..at;
    for character in value.chars() {
        let here = if character.is_whitespace() {
            // As a rule there is one; where lines are folded, it stands for what comes next.
            let is_there = text.get(at..span.end)?.starts_with(character);
            at..at + if is_there { character.len_utf8() } else { 0 }
        } else {
            next(text, at, span.end, style).filter(|(found, _)| *found == character)?.1
        };
        let is_verbatim = text.get(here.clone()).is_some_and(|piece| piece.chars().eq([character]));
        if is_verbatim && here.start == run.end {
            run.end = here.end;
        } else {
            spliced.copy(text, run);
            run = here.end..here.end;
            if is_verbatim {
                run.start = here.start;
            } else {
                spliced.put(character.encode_utf8(&mut [0; 4]), here.clone());
            }
        }
        at = here.end;
    }
    spliced.copy(text, run);
    Some(spliced.places)
}

/// The next character that is no white space, and the bytes that it is written in.
fn next(text: &str, mut at: usize, end: usize, style: Style) -> Option<(char, Range<usize>)> {
    while at < end {
        let rest = text.get(at..end)?;
        let first = rest.chars().next()?;
        let (character, length) = match (style, first) {
            (Style::SingleQuoted, '\'') => ('\'', 2),
            (Style::DoubleQuoted, '\\') => escape(rest)?,
            _ => (first, first.len_utf8()),
        };
        if !character.is_whitespace() {
            return Some((character, at..at + length));
        }
        at += length;
    }
    None
}

/// What a `\` and what stands behind it mean, and their length. A line break that is escaped is none.
fn escape(rest: &str) -> Option<(char, usize)> {
    let kind = rest.chars().nth(1)?;
    let hex = |digits: usize| {
        let number = u32::from_str_radix(rest.get(2..2 + digits)?, 16).ok()?;
        Some((char::from_u32(number)?, 2 + digits))
    };
    match kind {
        'x' => hex(2),
        'u' => hex(4),
        'U' => hex(8),
        '"' | '\\' | '/' => Some((kind, 2)),
        '0' => Some(('\0', 2)),
        'a' => Some(('\x07', 2)),
        'b' => Some(('\x08', 2)),
        'e' => Some(('\x1b', 2)),
        'n' | 't' | '\t' | 'v' | 'f' | 'r' | ' ' | '\n' | '\r' | 'N' | '_' | 'L' | 'P' => {
            Some((' ', 1 + kind.len_utf8()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{self, Yaml};

    /// Each word of the scalar is found where it stands in the file.
    #[track_caller]
    fn check(text: &str, word: &str, written: &str) {
        let Yaml::Map(entries) = yaml::read(text).unwrap().unwrap().value else { panic!("{text}") };
        let (_, node) = &entries[0];
        let Yaml::Text(value) = &node.value else { panic!("{node:?}") };
        let places =
            places(text, &node.span, value).unwrap_or_else(|| panic!("{text:?}: {:?} is {value:?}", node.span));
        let at = value.find(word).unwrap();
        let found = places.source(at..at + word.len());
        assert_eq!(&text[found.clone()], written, "{text}");
        assert_eq!(text.rfind(written), Some(found.start), "{text}");
    }

    #[test]
    fn every_style_leads_back_to_the_file() {
        check("a: select nme from t\n", "nme", "nme");
        check("# é\na: 'select ''x'', nme'\n", "nme", "nme");
        check("a: 'select ''x'', nme'\n", "'x'", "''x''");
        check("a: \"select \\\"é\\\",\\tnme\"\n", "nme", "nme");
        check("a: \"\\u0073elect nme\"\n", "nme", "nme");
        check("a: \"select \\\n   nme\"\n", "nme", "nme");
        check("a: |\n  select 1,\n    nme\n  from t\n", "nme", "nme");
        check("a: | # why\n  select 1,\n\n    nme\n  from t\n", "nme", "nme");
        check("a: >-\n  select 1,\n  2,\n  nme\n  from t\n", "nme", "nme");
        check("a: >\r\n  select 1,\r\n  nme\r\n", "nme", "nme");
        check("a: |+2\n   select é,\n   nme\n\n", "nme", "nme");
        check("a: select 1,\n  2, nme\n  from t\n", "nme", "nme");
        check("a: select 1,\n  2, nme\n  from t\n", "2, nme", "2, nme");
    }

    #[test]
    fn what_stands_behind_an_alias_has_no_place_here() {
        assert_eq!(places("a: *b", &(3..5), "select 1"), None);
    }
}
