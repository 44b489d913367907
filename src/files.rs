//! The texts that were read, so that a place in one can be shown.

use std::ops::Range;

use crate::catalog::{FileId, Origin};

/// Every file of a run, by its number.
#[derive(Clone, Debug, Default)]
pub struct Files {
    files: Vec<(String, String)>,
}

/// A place as people count: lines and columns from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position<'a> {
    pub file: &'a str,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
}

impl Files {
    /// Takes a file in, under the name it was asked for by.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.files.push((name.into(), text.into()));
        FileId(u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX))
    }

    pub fn name(&self, file: FileId) -> &str {
        self.file(file).0
    }

    pub fn text(&self, file: FileId) -> &str {
        self.file(file).1
    }

    fn file(&self, file: FileId) -> (&str, &str) {
        let index = usize::try_from(file.0).unwrap_or(usize::MAX);
        self.files.get(index).map_or(("", ""), |(name, text)| (name, text))
    }

    /// Where an origin is, if it is in a file.
    pub fn position(&self, origin: &Origin) -> Option<Position<'_>> {
        let Origin::File { file, span } = origin else { return None };
        let (name, text) = self.file(*file);
        let Range { start, end } = clamp(text, span);
        let (line, column) = line_and_column(text, start);
        let (end_line, end_column) = line_and_column(text, end);
        Some(Position { file: name, line, column, end_line, end_column })
    }
}

/// A span that can be cut out of `text`, whatever it was made from.
pub fn clamp(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.ceil_char_boundary(span.end.clamp(start, text.len()));
    start..end
}

fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let mut files = Files::default();
        let file = files.add("a.sql", "é = 1\r\nb😀c");
        let at = |span| files.position(&Origin::File { file, span }).unwrap();
        assert_eq!((at(3..4).line, at(3..4).column), (1, 3));
        let second = at(9..14);
        assert_eq!((second.line, second.column, second.end_line, second.end_column), (2, 2, 2, 4));
        assert_eq!(at(900..901).line, 2);
        assert_eq!(files.position(&Origin::Server), None);
    }
}
