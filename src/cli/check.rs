//! `schema-check check`

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;

use super::asserting::{Asserted, Asserting};
use super::config::Config;
use super::problem::Problem;
use super::source::{Begun, Source};
use super::sql::Replaying;
use super::{CLEAN, FINDINGS, FailOn, NO_VERDICT, Observed, Timeouts, Verdict, output, plural, specs};
use crate::catalog::Catalog;
use crate::compare::compare;
use crate::expr;
use crate::files::Files;
use crate::findings::{Finding, Remarks, Severity, group, judge};
use crate::progress::{Progress, progress};
use crate::report::Report;
use crate::report::terminal::Style;
use crate::spec::waiver::{Date, Waiver};
use crate::spec::{self, Bound, Document};
use crate::waivers;

#[derive(Debug, Default, Args)]
pub(super) struct Check {
    /// Spec files, or folders of them; several are read as one.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    spec: Vec<PathBuf>,
    /// Check up to this phase of the spec [default: its `phase`, or the last].
    #[arg(long, value_name = "ID")]
    phase: Option<String>,
    #[command(flatten)]
    observed: Observed,
    #[command(flatten)]
    verdict: Verdict,
    #[command(flatten)]
    timeouts: Timeouts,
    #[command(flatten)]
    replaying: Replaying,
    #[command(flatten)]
    asserting: Asserting,
}

impl Check {
    pub(super) fn run(&self, config: &Config, files: &mut Files, style: Style) -> Result<u8, Problem> {
        let chosen = config.choose(&self.observed)?;
        let settings = config.settings(chosen.target);
        let verdict = self.verdict.or(&settings.verdict);
        verdict.output.verify()?;
        let spec = config.specs(&self.spec, &settings)?;
        let (timeouts, replaying) = (self.timeouts.or(&settings.timeouts), self.replaying.or(&config.replaying));
        let begun = Begun::of(&chosen.place, &timeouts, specs::may_guard(spec));
        let mut document = specs::read(spec, files)?.document;
        // The phase that the project is in is one of its own specs.
        let of_project = settings.phase.as_deref().filter(|_| self.spec.is_empty());
        let phase = spec::phase(&document, self.phase.as_deref().or(of_project))?;
        let how = (&timeouts, &replaying);
        let assertions = document.assertions(phase);
        let (mut observed, asserted) = self.asserting.observe(&mut document, &assertions, begun, files, how)?;
        let progress = verdict.output.shows_progress().then(|| how_far(&document, &observed.catalog)).transpose()?;
        let Bound { expected, remarks, .. } = spec::bind(&document, &mut observed.catalog, phase)?;
        let mut names: Vec<String> = spec.iter().map(|path| format!("spec {}", path.display())).collect();
        names.extend(phase.map(|phase| format!("up to phase {}", document.phases[phase].id.text)));
        let config = config.described(chosen.target);
        let target = chosen.target.map(|target| target.name.clone());
        let waivers = document.waivers;
        let progress = progress.flatten();
        let comparison = Comparison { config, target, expected, remarks, names, observed, asserted, waivers, progress };
        finish(comparison, &verdict, files, style)
    }
}

/// Two sides, ready to be compared.
pub(super) struct Comparison {
    /// The file that has said what the arguments left open.
    pub(super) config: Option<String>,
    /// What the database is called there.
    pub(super) target: Option<String>,
    pub(super) expected: Catalog,
    pub(super) remarks: Remarks,
    pub(super) names: Vec<String>,
    pub(super) observed: Source,
    pub(super) asserted: Asserted,
    pub(super) waivers: Vec<Waiver>,
    pub(super) progress: Option<Progress>,
}

/// How far a plan is, without its assertions: those of later phases were not run.
fn how_far(document: &Document, observed: &Catalog) -> Result<Option<Progress>, Problem> {
    if document.phases.is_empty() {
        return Ok(None);
    }
    let mut document = document.clone();
    document.forget_assertions();
    Ok(Some(progress(&document, observed, &[], today())?))
}

/// Compares, judges, reports.
pub(super) fn finish(
    mut comparison: Comparison,
    verdict: &Verdict,
    files: &mut Files,
    style: Style,
) -> Result<u8, Problem> {
    verdict.output.spare(files)?;
    files.locate(output::path_in_repository);
    let Comparison { config, target, expected, remarks, names, observed, asserted, waivers, progress } =
        &mut comparison;
    expr::settle(expected, &mut observed.catalog);
    let mut findings = std::mem::take(&mut observed.refused);
    findings.extend(std::mem::take(&mut remarks.findings));
    findings.extend(judge(compare(expected, &observed.catalog), remarks));
    findings.append(&mut asserted.findings);
    let (findings, waived) = waivers::apply(findings, waivers, today());
    let findings = group(findings, &remarks.templates);
    let (exit_code, words) = decide(&findings, waived.len(), observed.notes.len(), verdict);
    let report = Report {
        config: config.take(),
        target: target.take(),
        expected: std::mem::take(names),
        observed: vec![observed.name.clone()],
        is_spec: remarks.is_deliberate,
        findings,
        waived,
        notes: std::mem::take(&mut observed.notes),
        wanted: expected,
        found: &observed.catalog,
        assertions: std::mem::take(&mut asserted.names),
        exit_code,
        fails_from: verdict.fail_on().threshold(),
        is_strict: verdict.is_strict(),
        verdict: words,
        progress: progress.take(),
        files,
        base_url: output::base_url(),
    };
    verdict.output.deliver(&report, style)?;
    Ok(exit_code)
}

/// By UTC, wherever this runs.
pub(super) fn today() -> Date {
    Date::of_unix_time(now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

/// The time, or the one that `SOURCE_DATE_EPOCH` states, so that a run can be had again as it was.
pub(super) fn now() -> SystemTime {
    let stated = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    stated.and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds))).unwrap_or_else(SystemTime::now)
}

/// The exit code, and why it is that.
fn decide(findings: &[Finding], waived: usize, not_covered: usize, verdict: &Verdict) -> (u8, String) {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let counted: Vec<String> = Severity::ALL
        .into_iter()
        .filter(|severity| count(*severity) > 0)
        .map(|severity| plural(count(severity), severity.word()))
        .collect();
    let said = if counted.is_empty() { "no drift".to_owned() } else { counted.join(", ") };
    let beside: String = [(waived, "waived"), (not_covered, "not covered")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("; {count} {word}"))
        .collect();
    let fails =
        verdict.fail_on().threshold().is_some_and(|least| findings.iter().any(|finding| finding.severity >= least));
    let (code, why) = if findings.iter().any(|finding| finding.is_bug) {
        (NO_VERDICT, "exit 3: a bug in schema-check has left something open".into())
    } else if fails {
        (FINDINGS, format!("exit 1: findings at or above {}", verdict.fail_on().word()))
    } else if verdict.is_strict() && not_covered > 0 {
        (FINDINGS, "exit 1: --strict, and not everything was covered".into())
    } else if verdict.is_strict() && findings.iter().any(|finding| finding.code.starts_with("uncertain::")) {
        (FINDINGS, "exit 1: --strict, and not everything could be told".into())
    } else if findings.is_empty() {
        (CLEAN, "exit 0".into())
    } else if verdict.fail_on() == FailOn::Never {
        (CLEAN, "exit 0: --fail-on never".into())
    } else {
        (CLEAN, format!("exit 0: nothing at or above {}", verdict.fail_on().word()))
    };
    (code, format!("{said}{beside} ({why})"))
}
