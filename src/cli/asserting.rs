//! The assertions of a spec: who is asked, and what comes of it.

use clap::Args;

use super::Timeouts;
use super::problem::Problem;
use super::source::{Begun, Source};
use super::sql::Replaying;
use crate::assertions;
use crate::files::Files;
use crate::findings::Finding;
use crate::live::Question;
use crate::spec::Document;
use crate::spec::assertion::Assertion;
use crate::spec::document::Guard;
use crate::sql::Ident;

/// The rows of a failed assertion that a report shows.
const ROWS: usize = 10;

#[derive(Debug, Default, Args)]
pub(super) struct Asserting {
    /// Do not run the assertions of the spec; each is told as not covered.
    #[arg(long)]
    no_assertions: bool,
    /// How many rows of a failed assertion are shown; with 0, nothing is that the database holds [default: 10].
    #[arg(long, value_name = "ROWS")]
    assertion_rows: Option<usize>,
}

/// What a spec wants of a database before that is read, and behind it.
pub(super) struct Asking<'a> {
    pub(super) guard: &'a Guard,
    pub(super) schemas: Vec<Ident>,
    pub(super) questions: Vec<Question<'a>>,
}

impl<'a> Asking<'a> {
    pub(super) fn nothing(guard: &'a Guard) -> Self {
        Self { guard, schemas: Vec::new(), questions: Vec::new() }
    }
}

/// What became of assertions.
#[derive(Default)]
pub(super) struct Asserted {
    /// The names of those that were run.
    pub(super) names: Vec<String>,
    pub(super) findings: Vec<Finding>,
}

impl Asserting {
    /// What a spec, with these of its assertions, asks.
    pub(super) fn ask<'a>(
        &self,
        document: &'a Document,
        assertions: &'a [Assertion],
        timeouts: &Timeouts,
    ) -> Asking<'a> {
        let asked = if self.no_assertions { &[] } else { assertions };
        Asking {
            guard: &document.guard,
            schemas: document.search_path(),
            questions: assertions::questions(asked, timeouts.options().statement_timeout, self.rows()),
        }
    }

    /// Reads what is checked to its end, with what it answers to some assertions of a spec.
    pub(super) fn observe(
        &self,
        document: &mut Document,
        assertions: &[Assertion],
        begun: Begun<'_>,
        files: &mut Files,
        (timeouts, replaying): (&Timeouts, &Replaying),
    ) -> Result<(Source, Asserted), Problem> {
        let asking = self.ask(document, assertions, timeouts);
        let mut observed = begun.finish(files, &asking, replaying)?;
        let asserted = self.judge(assertions, document, &mut observed);
        Ok((observed, asserted))
    }

    fn rows(&self) -> usize {
        self.assertion_rows.unwrap_or(ROWS)
    }

    /// Judges what a source has answered. What was not run leaves the spec and is noted.
    pub(super) fn judge(&self, assertions: &[Assertion], document: &mut Document, source: &mut Source) -> Asserted {
        let why = match source.answers.take() {
            Some(answers) if !self.no_assertions => {
                let findings = assertions::judge(assertions, answers, self.rows());
                let names = assertions.iter().map(|assertion| assertion.name.text.clone()).collect();
                return Asserted { names, findings };
            }
            Some(_) => "--no-assertions",
            None => "there is no server to ask",
        };
        document.forget_assertions();
        source.notes.extend(assertions::not_run(assertions, why));
        Asserted::default()
    }
}
