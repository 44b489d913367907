//! Why a command came to no report, with its places and the way out.

use miette::Diagnostic;

use super::{NO_VERDICT, WRONG_INPUT};
use crate::catalog::Origin;
use crate::files::Files;
use crate::live::LiveError;
use crate::replay::BadSql;
use crate::report::terminal::{Style, render_problem};
use crate::spec::SpecError;
use crate::spec::guard::Mismatch;

/// One or more things wrong, all to be shown.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) exit_code: u8,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    code: String,
    message: String,
    help: Option<String>,
    places: Vec<(Origin, String)>,
}

impl Problem {
    pub(super) fn input(message: impl Into<String>, help: Option<String>) -> Self {
        Self::new(WRONG_INPUT, "schema_check::input", message.into(), help, Vec::new())
    }

    /// The same, at a place in a file.
    pub(super) fn at(message: impl Into<String>, help: Option<String>, place: Option<Origin>) -> Self {
        let places = place.map(|place| (place, "here".to_owned())).into_iter().collect();
        Self::new(WRONG_INPUT, "schema_check::input", message.into(), help, places)
    }

    /// What is wrong, in one line.
    pub(super) fn message(&self) -> String {
        self.parts.iter().map(|part| part.message.as_str()).collect::<Vec<_>>().join("; ")
    }

    /// The way out, if there is one.
    pub(super) fn help(&self) -> Option<&str> {
        self.parts.iter().find_map(|part| part.help.as_deref())
    }

    /// What is wrong and the way out, in lines.
    pub(super) fn told(&self) -> String {
        let lines = |part: &Part| {
            let help = part.help.as_ref().map_or_else(String::new, |help| format!("\nhelp: {help}"));
            format!("{} ({}){help}", part.message, part.code)
        };
        self.parts.iter().map(lines).collect::<Vec<_>>().join("\n")
    }

    /// The first place in the repository that it is about: file, line and column.
    pub(super) fn place<'f>(&self, files: &'f Files) -> Option<(&'f str, usize, usize)> {
        let at = self.parts.iter().flat_map(|part| &part.places).find_map(|(origin, _)| files.position(origin))?;
        Some((at.path, at.line, at.column))
    }

    pub(super) fn no_verdict(message: impl Into<String>, help: Option<String>) -> Self {
        Self::new(NO_VERDICT, "schema_check::no_verdict", message.into(), help, Vec::new())
    }

    fn new(exit_code: u8, code: &str, message: String, help: Option<String>, places: Vec<(Origin, String)>) -> Self {
        let (message, help) = (spared(&message), help.map(|help| spared(&help)));
        Self { exit_code, parts: vec![Part { code: code.to_owned(), message, help, places }] }
    }

    /// The same, and what it is about.
    pub(super) fn about(mut self, what: &str) -> Self {
        for part in &mut self.parts {
            part.message = format!("{what}: {}", part.message);
        }
        self
    }

    /// The same, and more of it.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.exit_code = self.exit_code.max(other.exit_code);
        self.parts.extend(other.parts);
        self
    }

    pub(super) fn render(&self, files: &Files, style: Style) -> String {
        let render = |part: &Part| {
            let places: Vec<(&Origin, &str)> =
                part.places.iter().map(|(origin, label)| (origin, label.as_str())).collect();
            render_problem(&part.message, &part.code, part.help.as_deref(), &places, files, style)
        };
        self.parts.iter().map(render).collect()
    }
}

/// A text without the users and passwords of the URLs in it: who is told what cannot be, is told what was given.
fn spared(text: &str) -> String {
    let mut parts = text.split("://");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|character: char| character.is_whitespace() || character == '"').unwrap_or(part.len());
        let host = part[..end].rfind('@').filter(|at| part[..*at].contains(':'));
        out.extend(["://", if host.is_some() { "…" } else { "" }, &part[host.unwrap_or(0)..]]);
    }
    out
}

impl From<Vec<SpecError>> for Problem {
    fn from(errors: Vec<SpecError>) -> Self {
        let part = |error: SpecError| {
            let places = std::iter::once((error.place, "here".to_owned())).chain(error.also).collect();
            Part { code: "schema_check::spec".into(), message: spared(&error.message), help: error.help, places }
        };
        Self { exit_code: WRONG_INPUT, parts: errors.into_iter().map(part).collect() }
    }
}

impl From<Vec<BadSql>> for Problem {
    fn from(errors: Vec<BadSql>) -> Self {
        let part = |error: BadSql| Part {
            code: "schema_check::sql".into(),
            message: error.message,
            help: error.help,
            places: vec![(Origin::File { file: error.file, span: error.span }, "here".into())],
        };
        Self { exit_code: WRONG_INPUT, parts: errors.into_iter().map(part).collect() }
    }
}

impl From<Vec<Mismatch>> for Problem {
    fn from(mismatches: Vec<Mismatch>) -> Self {
        let part = |mismatch: Mismatch| Part {
            code: "schema_check::wrong_database".into(),
            message: format!("this is not the database that the spec is for: {}", mismatch.message),
            help: Some("connect to the right one; nothing has been compared".into()),
            places: vec![(mismatch.place, "the spec says so here".into())],
        };
        Self { exit_code: NO_VERDICT, parts: mismatches.into_iter().map(part).collect() }
    }
}

impl From<LiveError> for Problem {
    fn from(error: LiveError) -> Self {
        let code = error.code().map_or_else(String::new, |code| code.to_string());
        let help = error.help().map(|help| help.to_string());
        Self::new(error.exit_code(), &code, error.to_string(), help, Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_holds_no_password() {
        assert_eq!(
            spared("no target postgres://u:p@w@h/d, or \"a://b:c@d\""),
            "no target postgres://…@h/d, or \"a://…@d\""
        );
        assert_eq!(
            spared("it looks like postgresql://user@host:5432/database"),
            "it looks like postgresql://user@host:5432/database"
        );
    }
}
