//! The forms in which a report is written.

use super::terminal::Style;
use super::{Report, concise, github, gitlab, html, json, junit, markdown, sarif, tap, terminal};

/// A form of a report. The exit code and the findings are the same in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// For people, on a terminal or in a log.
    Human,
    /// A line for each finding: `file:line:column: code: message`.
    Concise,
    /// For programs; docs/json.md describes it.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// The annotations of GitHub Actions.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// `JUnit` XML.
    Junit,
    /// A comment on a pull request.
    Markdown,
    /// The Test Anything Protocol.
    Tap,
    /// A page to read and to hand round.
    Html,
}

impl Format {
    pub const ALL: &[Self] = &[
        Self::Human,
        Self::Concise,
        Self::Json,
        Self::Sarif,
        Self::Github,
        Self::Gitlab,
        Self::Junit,
        Self::Markdown,
        Self::Tap,
        Self::Html,
    ];

    /// As it is called in arguments.
    pub fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Tap => "tap",
            Self::Html => "html",
        }
    }

    /// What it is for.
    pub fn about(self) -> &'static str {
        match self {
            Self::Human => "for people",
            Self::Concise => "a line for each finding, for editors and grep",
            Self::Json => "for programs; docs/json.md describes it",
            Self::Sarif => "SARIF 2.1.0, for code scanning",
            Self::Github => "the annotations of GitHub Actions",
            Self::Gitlab => "GitLab's code quality report",
            Self::Junit => "JUnit's XML, which most CIs show; with what is well",
            Self::Markdown => "a comment on a pull request",
            Self::Tap => "the Test Anything Protocol; with what is well",
            Self::Html => "a page to read and to hand round, in one file",
        }
    }

    /// `is_all`: leaves nothing out of the report for people.
    pub fn render(self, report: &Report<'_>, is_all: bool, style: Style) -> String {
        match self {
            Self::Human => terminal::render(report, is_all, style),
            Self::Concise => concise::render(report),
            Self::Json => json::render(report),
            Self::Sarif => sarif::render(report),
            Self::Github => github::annotations(report),
            Self::Gitlab => gitlab::render(report),
            Self::Junit => junit::render(report),
            Self::Tap => tap::render(report),
            Self::Markdown => markdown::render(report, markdown::COMMENT),
            Self::Html => html::render(report),
        }
    }
}
