//! The texts that were read, so that a place in one can be shown.

use std::ops::Range;
use std::sync::Arc;

use crate::catalog::{FileId, Origin};

/// Every file of a run, by its number.
#[derive(Clone, Debug, Default)]
pub struct Files {
    files: Vec<File>,
}

#[derive(Clone, Debug, Default)]
struct File {
    name: String,
    /// Where the repository has it.
    path: String,
    text: Arc<str>,
    /// The byte that each line begins at.
    lines: Vec<usize>,
}

/// A place as people count: lines and columns from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position<'a> {
    pub file: &'a str,
    /// The same from the root of the repository, where that was found.
    pub path: &'a str,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
}

impl Files {
    /// Takes a file in, under the name it was asked for by.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let name = name.into();
        self.files.push(File { path: name.clone(), name, text, lines });
        FileId(u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX))
    }

    /// Says where the repository has each of them, by the name it was asked for by.
    pub fn locate(&mut self, path_of: impl Fn(&str) -> String) {
        self.files.iter_mut().for_each(|file| file.path = path_of(&file.name));
    }

    /// Where the repository has the first that was read.
    pub fn first(&self) -> Option<&str> {
        self.files.first().map(|file| file.path.as_str())
    }

    /// What they were asked for by.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.name.as_str())
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.files.len()
    }

    /// Those that came when there were so many.
    pub fn since(&self, count: usize) -> Vec<FileId> {
        (count..self.files.len()).filter_map(|number| u32::try_from(number).ok()).map(FileId).collect()
    }

    pub fn name(&self, file: FileId) -> &str {
        self.file(file).map_or("", |file| &file.name)
    }

    pub fn text(&self, file: FileId) -> &str {
        self.file(file).map_or("", |file| &file.text)
    }

    fn file(&self, file: FileId) -> Option<&File> {
        self.files.get(usize::try_from(file.0).ok()?)
    }

    /// Where an origin is, if it is in a file.
    pub fn position(&self, origin: &Origin) -> Option<Position<'_>> {
        let Origin::File { file, span } = origin else { return None };
        let file = self.file(*file)?;
        let Range { start, end } = clamp(&file.text, span);
        let (line, column) = file.line_and_column(start);
        let (end_line, end_column) = file.line_and_column(end);
        Some(Position { file: &file.name, path: &file.path, line, column, end_line, end_column })
    }

    /// The line that an origin begins in, without its end, and what of it the origin covers.
    pub fn line(&self, origin: &Origin) -> Option<(&str, Range<usize>)> {
        let Origin::File { file, span } = origin else { return None };
        let file = self.file(*file)?;
        let span = clamp(&file.text, span);
        let start = file.lines[file.line_of(span.start)];
        let line = file.text[start..].split('\n').next().unwrap_or_default().trim_end_matches('\r');
        let from = (span.start - start).min(line.len());
        let covered = line[from..].len().min(span.end - span.start);
        let to = from + line[from..from + covered].trim_end().len();
        Some((line, from..to))
    }
}

impl File {
    /// The number of a line, from 0.
    fn line_of(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at).saturating_sub(1)
    }

    fn line_and_column(&self, at: usize) -> (usize, usize) {
        let line = self.line_of(at);
        (line + 1, self.text[self.lines[line]..at].chars().count() + 1)
    }
}

/// A span that can be cut out of `text`, whatever it was made from.
pub fn clamp(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.ceil_char_boundary(span.end.clamp(start, text.len()));
    start..end
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
        assert_eq!(files.line(&Origin::File { file, span: 3..12 }), Some(("é = 1", 3..6)));
        assert_eq!(files.line(&Origin::File { file, span: 900..901 }), Some(("b😀c", 6..6)));
    }
}
