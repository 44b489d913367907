//! Texts that were put together, and where each of their bytes comes from.

use std::ops::Range;
use std::sync::Arc;

/// Where the bytes of a text come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    runs: Vec<Run>,
    /// The source was put together itself.
    behind: Option<Arc<Places>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    start: usize,
    source: Range<usize>,
    /// Byte for byte as it is there; else all of it stands for all of the source.
    is_copy: bool,
}

impl Places {
    /// The bytes of the file that a span of the text stands for.
    pub fn source(&self, span: Range<usize>) -> Range<usize> {
        let start = self.at(span.start).start;
        let end = if span.is_empty() { start } else { self.at(span.end - 1).end };
        let span = start..end.max(start);
        self.behind.as_ref().map_or(span.clone(), |behind| behind.source(span))
    }

    /// The same, of a text whose source was put together itself.
    pub fn behind(mut self, behind: Option<Arc<Places>>) -> Self {
        self.behind = behind;
        self
    }

    /// The bytes that one byte stands for.
    fn at(&self, at: usize) -> Range<usize> {
        match self.runs[..self.runs.partition_point(|run| run.start <= at)].last() {
            Some(run) if run.is_copy => {
                let from = (run.source.start + at - run.start).min(run.source.end);
                from..(from + 1).min(run.source.end)
            }
            Some(run) => run.source.clone(),
            None => at..at,
        }
    }
}

/// A text made of pieces of another, and of others in place of some.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spliced {
    pub text: String,
    pub places: Places,
}

impl Spliced {
    /// Takes over a piece as it is.
    pub fn copy(&mut self, from: &str, span: Range<usize>) {
        if !span.is_empty() {
            self.places.runs.push(Run { start: self.text.len(), source: span.clone(), is_copy: true });
            self.text.push_str(&from[span]);
        }
    }

    /// Puts in what stands for a piece.
    pub fn put(&mut self, value: &str, source: Range<usize>) {
        self.places.runs.push(Run { start: self.text.len(), source, is_copy: false });
        self.text.push_str(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lead_back_through_all_that_was_put_in() {
        let file = "select :a from ${t};";
        let mut filled = Spliced::default();
        filled.copy(file, 0..15);
        filled.put("orders", 15..19);
        filled.copy(file, 19..20);
        let mut said = Spliced::default();
        said.copy(&filled.text, 0..7);
        said.put("12345", 7..9);
        said.copy(&filled.text, 9..21);
        assert_eq!(said.text, "select 12345 from orders");
        let places = said.places.behind(Some(Arc::new(filled.places)));
        assert_eq!(&file[places.source(8..10)], ":a");
        assert_eq!(&file[places.source(13..17)], "from");
        assert_eq!(&file[places.source(19..24)], "${t}");
        assert_eq!(&file[places.source(0..24)], "select :a from ${t}");
        assert_eq!(places.source(4..4), 4..4);
    }
}
