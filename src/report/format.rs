//! The forms in which a report is written.

use super::terminal::Style;
use super::{Report, concise, github, json, markdown, terminal};

/// A form of a report. The exit code and the findings are the same in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// For people, on a terminal or in a log.
    Human,
    /// A line for each finding: `file:line:column: code: message`.
    Concise,
    /// For programs; docs/json.md describes it.
    Json,
    /// The annotations of GitHub Actions.
    Github,
    /// A comment on a pull request.
    Markdown,
}

impl Format {
    pub const ALL: &[Self] = &[Self::Human, Self::Concise, Self::Json, Self::Github, Self::Markdown];

    /// As it is called in arguments.
    pub fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Github => "github",
            Self::Markdown => "markdown",
        }
    }

    /// What it is for.
    pub fn about(self) -> &'static str {
        match self {
            Self::Human => "for people",
            Self::Concise => "a line for each finding, for editors and grep",
            Self::Json => "for programs; docs/json.md describes it",
            Self::Github => "the annotations of GitHub Actions",
            Self::Markdown => "a comment on a pull request",
        }
    }

    /// `is_all`: leaves nothing out of the report for people.
    pub fn render(self, report: &Report<'_>, is_all: bool, style: Style) -> String {
        match self {
            Self::Human => terminal::render(report, is_all, style),
            Self::Concise => concise::render(report),
            Self::Json => json::render(report),
            Self::Github => github::annotations(report),
            Self::Markdown => markdown::render(report, markdown::COMMENT),
        }
    }
}
