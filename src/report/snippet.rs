//! A place in a file, shown with its line underlined (miette).

use std::fmt;
use std::ops::Range;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, NamedSource,
    SourceCode, SourceSpan, SpanContents,
};

use super::untrusted::{Untrusted, source};
use crate::catalog::Origin;
use crate::files::Files;

/// A message with the places it is about.
#[derive(Debug)]
pub(crate) struct Snippet {
    pub(crate) code: Option<String>,
    pub(crate) severity: miette::Severity,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    source: Option<NamedSource<Line>>,
    label: Option<LabeledSpan>,
    related: Vec<Snippet>,
}

impl Snippet {
    pub(crate) fn new(severity: miette::Severity, message: impl Into<String>) -> Self {
        Self {
            code: None,
            severity,
            message: message.into(),
            help: None,
            source: None,
            label: None,
            related: Vec::new(),
        }
    }

    /// Underlines the first line of a place and says why.
    pub(crate) fn at(self, files: &Files, origin: &Origin, label: &str, width: usize) -> Self {
        let (Some(at), Some((line, span))) = (files.position(origin), files.line(origin)) else { return self };
        let file = Untrusted::new(at.file);
        self.of(Line::around(&file, (at.line, at.column), &Untrusted::new(line), span, width), label)
    }

    pub(crate) fn of(mut self, line: Line, label: &str) -> Self {
        self.label = Some(LabeledSpan::new(Some(label.to_owned()), line.span.start, line.span.len()));
        self.source = Some(NamedSource::new(line.file.clone(), line));
        self
    }

    /// Adds a place in another file.
    pub(crate) fn and(mut self, other: Option<Snippet>) -> Self {
        self.related.extend(other);
        self
    }

    /// The underlined line alone, if there is one.
    pub(crate) fn frame(&self, color: bool, width: usize) -> String {
        let text = self.render(color, width);
        let frame = text.lines().skip_while(|line| !line.contains('╭'));
        frame.flat_map(|line| [line, "\n"]).collect()
    }

    pub(crate) fn render(&self, color: bool, width: usize) -> String {
        let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler =
            GraphicalReportHandler::new_themed(theme).with_width(width).with_links(false).with_context_lines(0);
        let mut out = String::new();
        match handler.render_report(&mut out, self) {
            Ok(()) => out,
            Err(_) => format!("{}\n", self.message),
        }
    }
}

/// One line of a file, which miette is to show under its own number.
#[derive(Debug)]
pub(crate) struct Line {
    /// As it can be shown.
    file: String,
    text: String,
    /// What of the text is meant.
    span: Range<usize>,
    /// From 0.
    number: usize,
    /// Of the label, for the heading.
    column: usize,
}

impl Line {
    /// As much of a line as there is room for around a span of it. Places count from 1.
    pub(crate) fn around(
        file: &Untrusted<'_>,
        (number, column): (usize, usize),
        line: &Untrusted<'_>,
        span: Range<usize>,
        width: usize,
    ) -> Self {
        /// The frame, with a number of four digits.
        const FRAME: usize = 10;
        let line = line.data();
        let room = width.saturating_sub(FRAME).max(40);
        // What is not ASCII has more bytes than columns; so less is shown of it, which does no harm.
        let start = if span.end.min(line.len()) <= room { 0 } else { span.start.saturating_sub(room / 3) };
        let start = line.floor_char_boundary(start.min(line.len().saturating_sub(room)));
        let end = line.floor_char_boundary((start + room).min(line.len()));
        let span = span.start.max(start) - start..span.end.min(end).max(span.start) - start;
        let (before, after) = (if start > 0 { "…" } else { "" }, if end < line.len() { "…" } else { "" });
        Self {
            file: file.term(),
            text: format!("{before}{}{after}", source(&line[start..end])),
            span: span.start + before.len()..span.end + before.len(),
            number: number.saturating_sub(1),
            column: column.saturating_sub(1),
        }
    }
}

impl SourceCode for Line {
    fn read_span<'a>(
        &'a self,
        _span: &SourceSpan,
        _before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let whole = (0..self.text.len()).into();
        Ok(Box::new(MietteSpanContents::new(self.text.as_bytes(), whole, self.number, self.column, 1)))
    }
}

impl fmt::Display for Snippet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Snippet {}

impl Diagnostic for Snippet {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.label.clone().map(|label| Box::new(std::iter::once(label)) as Box<dyn Iterator<Item = LabeledSpan>>)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        (!self.related.is_empty()).then(|| {
            Box::new(self.related.iter().map(|one| one as &dyn Diagnostic)) as Box<dyn Iterator<Item = &dyn Diagnostic>>
        })
    }
}
