//! A place in a file, shown with its line underlined (miette).

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, NamedSource,
    SourceCode, SourceSpan, SpanContents,
};

use super::untrusted;
use crate::catalog::Origin;
use crate::files::{Files, clamp};

/// A message with the places it is about.
#[derive(Debug)]
pub(crate) struct Snippet {
    pub(crate) code: Option<String>,
    pub(crate) severity: miette::Severity,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    source: Option<NamedSource<WholeLine>>,
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
    pub(crate) fn at(mut self, files: &Files, origin: &Origin, label: &str) -> Self {
        if let Some((source, span)) = underlined(files, origin) {
            self.source = Some(source);
            self.label = Some(LabeledSpan::new(Some(label.to_owned()), span.start, span.len()));
        }
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

/// A text of which miette is shown the whole line, not only what stands on it from the label on.
#[derive(Debug)]
struct WholeLine(String);

impl SourceCode for WholeLine {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        _before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = &self.0;
        let (from, to) = (span.offset().min(text.len()), (span.offset() + span.len()).min(text.len()));
        let start = text[..from].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[to..].find('\n').map_or(text.len(), |newline| to + newline);
        let line = text[..start].matches('\n').count();
        let column = text[start..from].chars().count();
        let data = &text.as_bytes()[start..end];
        Ok(Box::new(MietteSpanContents::new(data, (start..end).into(), line, column, 1)))
    }
}

fn underlined(files: &Files, origin: &Origin) -> Option<(NamedSource<WholeLine>, std::ops::Range<usize>)> {
    let Origin::File { file, span } = origin else { return None };
    let text = files.text(*file);
    let mut span = clamp(text, span);
    // Of a statement over many lines the first says enough.
    if let Some(newline) = text[span.clone()].find('\n') {
        span.end = span.start + text[span.start..span.start + newline].trim_end().len();
    }
    Some((NamedSource::new(untrusted::line(files.name(*file)), WholeLine(untrusted::source(text))), span))
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
