//! `schema-check diff`

use clap::Args;

use super::check::{Comparison, finish};
use super::problem::Problem;
use super::source::{Any, Source, any, is_database, is_spec};
use super::sql::Replaying;
use super::{Timeouts, Verdict};
use crate::files::Files;
use crate::findings::Remarks;
use crate::report::terminal::Style;
use crate::spec::document::Guard;
use crate::spec::{self, Bound};

#[derive(Debug, Args)]
pub(super) struct Diff {
    /// What is expected: a URL (or env:NAME), SQL files or a folder of them, a spec (.yaml), a snapshot (.json).
    expected: String,
    /// What is there: a URL (or env:NAME), SQL files or a folder of them, a snapshot (.json).
    observed: String,
    #[command(flatten)]
    verdict: Verdict,
    #[command(flatten)]
    timeouts: Timeouts,
    #[command(flatten)]
    replaying: Replaying,
}

impl Diff {
    pub(super) fn run(&self, files: &mut Files, style: Style) -> Result<u8, Problem> {
        let open = |text: &str, files: &mut Files, guard: &Guard, version| {
            any(text, files, &self.timeouts, guard, &self.replaying, version)
        };
        let mut version = self.replaying.version;
        // SQL files are meant for the database that they are compared with.
        let is_before_database = version.is_none() && !is_spec(&self.expected) && is_database(&self.observed);
        let early = if is_before_database { Some(open(&self.observed, files, &Guard::default(), None)?) } else { None };
        if let Some(Any::Source(observed)) = &early {
            version = Some(observed.catalog.version);
        }
        let expected = open(&self.expected, files, &Guard::default(), version)?;
        if let (Any::Source(expected), true) = (&expected, is_database(&self.expected)) {
            version = version.or(Some(expected.catalog.version));
        }
        let guard = match &expected {
            Any::Spec(document, _) => document.guard.clone(),
            Any::Source(_) => Guard::default(),
        };
        let observed = match early {
            Some(observed) => observed,
            None => open(&self.observed, files, &guard, version)?,
        };
        let Any::Source(observed) = observed else {
            let help = "give the spec first: what is there is checked against it".to_owned();
            return Err(Problem::input("a spec can be compared with, but is nothing to compare", Some(help)));
        };
        let mut observed: Source = *observed;
        let comparison = match expected {
            Any::Spec(document, name) => {
                let Bound { expected, remarks } = spec::bind(&document, &observed.catalog)?;
                Comparison { expected, remarks, names: vec![name], observed }
            }
            Any::Source(expected) => {
                let Source { catalog, notes, refused, name, .. } = *expected;
                observed.notes.extend(notes);
                observed.refused.extend(refused);
                Comparison { expected: catalog, remarks: Remarks::default(), names: vec![name], observed }
            }
        };
        finish(comparison, &self.verdict, files, style)
    }
}
