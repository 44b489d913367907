//! `schema-check diff`

use clap::Args;

use super::asserting::{Asking, Asserted, Asserting};
use super::check::{Comparison, finish};
use super::config::Config;
use super::problem::Problem;
use super::source::{Any, Source, any, has_version, is_spec};
use super::sql::Replaying;
use super::{Timeouts, Verdict};
use crate::files::Files;
use crate::findings::Remarks;
use crate::report::terminal::Style;
use crate::spec::document::Guard;
use crate::spec::{self, Bound};

#[derive(Debug, Args)]
pub(super) struct Diff {
    /// What is expected: a URL (or env:NAME), target:NAME, SQL files or a folder of them, a spec (.yaml), a snapshot (.json).
    expected: String,
    /// What is there: a URL (or env:NAME), target:NAME, SQL files or a folder of them, a snapshot (.json).
    observed: String,
    #[command(flatten)]
    verdict: Verdict,
    #[command(flatten)]
    timeouts: Timeouts,
    #[command(flatten)]
    replaying: Replaying,
    #[command(flatten)]
    asserting: Asserting,
}

impl Diff {
    pub(super) fn run(&self, config: &Config, files: &mut Files, style: Style) -> Result<u8, Problem> {
        let replaying = self.replaying.or(&config.replaying);
        let (expected, of_expected) = config.source(&self.expected)?;
        let (observed, settings) = config.source(&self.observed)?;
        let of_expected = self.timeouts.or(&of_expected.timeouts);
        let timeouts = self.timeouts.or(&settings.timeouts);
        let verdict = self.verdict.or(&settings.verdict);
        verdict.output.verify()?;
        let no_guard = Guard::default();
        let nothing = Asking::nothing(&no_guard);
        let mut version = replaying.version;
        // SQL files are meant for the database that they are compared with, or that a snapshot is of.
        let is_before_version = version.is_none() && !is_spec(&expected) && has_version(&observed);
        let early = match is_before_version {
            true => Some(any(&observed, files, &timeouts, &nothing, &replaying, None)?),
            false => None,
        };
        if let Some(Any::Source(observed)) = &early {
            version = Some(observed.catalog.version);
        }
        let is_of_version = has_version(&expected);
        let expected = any(&expected, files, &of_expected, &nothing, &replaying, version)?;
        if let (Any::Source(expected), true) = (&expected, is_of_version) {
            version = version.or(Some(expected.catalog.version));
        }
        let (phase, assertions) = match &expected {
            Any::Spec(document, _) => {
                let phase = spec::phase(document, None)?;
                (phase, document.assertions(phase))
            }
            Any::Source(_) => (None, Vec::new()),
        };
        let asking = match &expected {
            Any::Spec(document, _) => self.asserting.ask(document, &assertions, &timeouts),
            Any::Source(_) => nothing,
        };
        let observed = match early {
            Some(observed) => observed,
            None => any(&observed, files, &timeouts, &asking, &replaying, version)?,
        };
        let Any::Source(observed) = observed else {
            let help = "give the spec first: what is there is checked against it".to_owned();
            return Err(Problem::input("a spec can be compared with, but is nothing to compare", Some(help)));
        };
        let mut observed: Source = *observed;
        let config = config.described(None);
        let comparison = match expected {
            Any::Spec(mut document, name) => {
                let asserted = self.asserting.judge(&assertions, &mut document, &mut observed);
                let Bound { expected, remarks, .. } = spec::bind(&document, &mut observed.catalog, phase)?;
                let (names, waivers) = (vec![name], document.waivers);
                Comparison {
                    config,
                    target: None,
                    expected,
                    remarks,
                    names,
                    observed,
                    asserted,
                    waivers,
                    progress: None,
                }
            }
            Any::Source(expected) => {
                let Source { catalog, notes, refused, name, .. } = *expected;
                observed.notes.extend(notes);
                observed.refused.extend(refused);
                Comparison {
                    config,
                    target: None,
                    expected: catalog,
                    remarks: Remarks::default(),
                    names: vec![name],
                    observed,
                    asserted: Asserted::default(),
                    waivers: Vec::new(),
                    progress: None,
                }
            }
        };
        finish(comparison, &verdict, files, style)
    }
}
