//! `schema-check doctor`

use std::fmt::Write;
use std::time::{Duration, Instant};

use clap::Args;
use miette::Diagnostic;

use super::config::Config;
use super::problem::Problem;
use super::{CLEAN, Timeouts, WRONG_INPUT, connection, plural, print};
use crate::catalog::{Catalog, Class, Facts};
use crate::live::{Certificate, LiveError, Probe, ServerInfo, Session, Target, probe};
use crate::report::untrusted::Untrusted;

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// The connection string of a database, or env:NAME for the variable that holds it.
    #[arg(long, value_name = "URL", conflicts_with = "target")]
    db: Option<String>,
    /// One of the targets in schema-check.yaml.
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    #[command(flatten)]
    timeouts: Timeouts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Well,
    Wrong,
    /// For information, or not tried.
    Plain,
}

impl Mark {
    fn sign(self) -> char {
        match self {
            Self::Well => '✓',
            Self::Wrong => '✗',
            Self::Plain => '–',
        }
    }
}

/// What was looked at, a line for each.
#[derive(Default)]
struct Findings(String);

impl Findings {
    fn say(&mut self, mark: Mark, what: &str, told: impl AsRef<str>) {
        let _ = writeln!(self.0, "{} {what:<13}  {}", mark.sign(), Untrusted::new(told.as_ref()).term());
    }
}

impl Doctor {
    pub(super) fn run(&self, config: &Config) -> Result<u8, Problem> {
        let mut findings = Findings::default();
        let named = match &self.db {
            Some(_) => None,
            None => config.database(self.target.as_deref())?,
        };
        let chosen = named.map(|(_, target)| target);
        match config.described(chosen) {
            Some(name) => findings.say(Mark::Well, "config", name),
            None => findings.say(Mark::Plain, "config", "no schema-check.yaml here or above"),
        }
        let settings = config.settings(chosen);
        let missing: Vec<String> =
            settings.specs.iter().filter(|path| !path.exists()).map(|path| path.display().to_string()).collect();
        let specs: Vec<String> = settings.specs.iter().map(|path| path.display().to_string()).collect();
        match (missing.is_empty(), specs.is_empty()) {
            (true, true) => findings.say(Mark::Plain, "spec", "none is named"),
            (true, false) => findings.say(Mark::Well, "spec", specs.join(", ")),
            (false, _) => findings.say(Mark::Wrong, "spec", format!("not there: {}", missing.join(", "))),
        }
        let timeouts = self.timeouts.or(&settings.timeouts);
        let of_environment = connection::of_environment().unwrap_or_default();
        let (url, from) = match (&self.db, named) {
            (Some(url), _) => (url.as_str(), "--db".to_owned()),
            (None, Some((url, target))) => (url, format!("target {}", target.name)),
            (None, None) => (of_environment.as_str(), "the environment alone".to_owned()),
        };
        let target = match connection::read(url) {
            Ok((target, _)) => target,
            Err(problem) => {
                findings.say(Mark::Wrong, "connection", format!("from {from}: {}", problem.message()));
                return finish(findings, problem.help(), problem.exit_code);
            }
        };
        findings.say(Mark::Well, "connection", described(url, &from, &target));
        for note in target.notes() {
            findings.say(Mark::Plain, "", note);
        }
        let outcome = examine(&target, &timeouts, &mut findings);
        match outcome {
            Err(error) => {
                let help = error.help().map(|help| help.to_string());
                finish(findings, help.as_deref(), error.exit_code())
            }
            Ok(()) if !missing.is_empty() => finish(findings, Some("write the spec, or name another"), WRONG_INPUT),
            Ok(()) => finish(findings, None, CLEAN),
        }
    }
}

/// Where the settings of a connection are from, and whom they name.
fn described(url: &str, from: &str, target: &Target) -> String {
    let variable = url.strip_prefix("env:").map_or_else(String::new, |name| format!(" (variable {name})"));
    let origins = match target.origins() {
        [] => String::new(),
        origins => format!(", and {}", origins.join(", ")),
    };
    let password = if target.has_password() { "a password" } else { "no password" };
    let (user, database) = (target.user(), target.database());
    format!("from {from}{variable}{origins}: database {database} as {user}, {password}, sslmode={}", target.ssl_mode())
}

/// One step after the other, until one does not go well.
fn examine(target: &Target, timeouts: &Timeouts, findings: &mut Findings) -> Result<(), LiveError> {
    let options = timeouts.options();
    let limit = target.patience(&options);
    for Probe { place, addresses, reached, certificate } in probe(target, limit) {
        match addresses {
            Ok(addresses) if addresses.is_empty() => {}
            Ok(addresses) => {
                let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
                findings.say(Mark::Well, "host", format!("{place} is {}", addresses.join(", ")));
            }
            Err(why) => findings.say(Mark::Wrong, "host", format!("{place}: {why}")),
        }
        match reached {
            Ok(time) => findings.say(Mark::Well, "reachable", format!("{place} in {}", milliseconds(time))),
            Err(why) => findings.say(Mark::Wrong, "reachable", format!("{place}: {why}")),
        }
        if let Some(Certificate { names, issuer, valid_from, valid_until }) = certificate {
            let names = if names.is_empty() { "no host".to_owned() } else { names.join(", ") };
            let told = format!("for {names}, from {valid_from} until {valid_until}, issued by {issuer}");
            findings.say(Mark::Plain, "certificate", told);
        }
    }
    let begun = Instant::now();
    let mut session = Session::open(target, &options).inspect_err(|error| blame(error, findings))?;
    let took = milliseconds(begun.elapsed());
    for remark in session.remarks().iter().filter(|remark| !target.notes().contains(remark)) {
        findings.say(Mark::Plain, "", remark);
    }
    let ServerInfo { database, user, tls, server_version, pooler, is_standby, .. } = session.server().clone();
    findings.say(Mark::Well, "login", format!("as {user} to the database {database}, in {took}"));
    findings.say(if tls.starts_with("TLS") { Mark::Well } else { Mark::Plain }, "encryption", tls);
    let standby = if is_standby { ", a standby: it is read as any other" } else { "" };
    findings.say(Mark::Well, "server", format!("PostgreSQL {server_version}{standby}"));
    match pooler {
        Some(why) => {
            findings.say(Mark::Plain, "pooler", format!("there seems to be a pooler or a proxy in between: {why}"))
        }
        None => findings.say(Mark::Plain, "pooler", "none that shows"),
    }
    let begun = Instant::now();
    let (catalog, notes) = session.read().inspect_err(|error| blame(error, findings))?;
    let took = milliseconds(begun.elapsed());
    findings.say(Mark::Well, "reading", format!("every catalog may be read; {} in {took}", counted(&catalog)));
    for note in notes {
        findings.say(Mark::Plain, "", note.message);
    }
    for unseen in not_visible(&catalog) {
        findings.say(Mark::Plain, "not visible", unseen);
    }
    let seconds = |limit: Duration| format!("{} s", limit.as_secs_f64());
    let (statement, lock) = (seconds(options.statement_timeout), seconds(options.lock_timeout));
    findings.say(Mark::Plain, "timeouts", format!("to connect {}, a query {statement}, a lock {lock}", seconds(limit)));
    Ok(())
}

/// Names the step that an error belongs to.
fn blame(error: &LiveError, findings: &mut Findings) {
    let step = match error {
        LiveError::ConnectionString { .. } | LiveError::ServiceFile { .. } => "connection",
        LiveError::CannotConnect { .. } | LiveError::NoAnswer { .. } | LiveError::NoServer { .. } => "reachable",
        LiveError::Login { .. } | LiveError::NoDatabase { .. } => "login",
        LiveError::Tls { .. } => "encryption",
        LiveError::StatementMode { .. } => "pooler",
        LiveError::NotPostgres { .. } | LiveError::Unsupported { .. } | LiveError::Unfit { .. } => "server",
        LiveError::Permission { .. }
        | LiveError::TooSlow { .. }
        | LiveError::Changing { .. }
        | LiveError::Lost { .. }
        | LiveError::Refused { .. } => "reading",
    };
    findings.say(Mark::Wrong, step, error.to_string());
}

fn counted(catalog: &Catalog) -> String {
    let relations = catalog.objects.keys().filter(|id| id.class() == Class::Relation).count();
    format!("{}, {} of them relations", plural(catalog.objects.len(), "object"), relations)
}

/// What this role is not shown, which is not compared either.
fn not_visible(catalog: &Catalog) -> Vec<String> {
    let hidden = catalog
        .objects
        .values()
        .filter(|object| matches!(&object.facts, Facts::UserMapping(mapping) if mapping.options.get().is_none()));
    let mut unseen = vec![
        "passwords of roles and connection strings of subscriptions: they are secrets, and read from nobody".to_owned(),
    ];
    match hidden.count() {
        0 => {}
        count => unseen.push(format!(
            "the options of {}, if any: their owner, or a superuser, is shown them",
            plural(count, "user mapping")
        )),
    }
    unseen
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn finish(mut findings: Findings, help: Option<&str>, exit_code: u8) -> Result<u8, Problem> {
    let verdict = match exit_code {
        CLEAN => "\nall is well (exit 0)\n  next: schema-check check, with the same database\n".to_owned(),
        code => format!("\nit would not work (exit {code})\n  next: {}\n", help.unwrap_or("see above")),
    };
    findings.0.push_str(&verdict);
    print(&findings.0)?;
    Ok(exit_code)
}
