//! The command line: opens files and connections, wires read → bind → compare → report.

mod asserting;
mod bug;
mod check;
mod completions;
mod config;
mod connection;
mod diff;
mod doctor;
mod explain;
mod explain_expr;
mod include;
mod init;
mod interrupt;
mod man;
mod output;
mod prelude;
mod problem;
mod progress;
mod pull;
mod schema;
mod show;
mod snapshot;
mod source;
mod specs;
mod sql;
mod text;
mod validate;
mod waiting;
mod write;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::files::Files;
use crate::findings::Severity;
use crate::report::plural;
use crate::report::terminal::Style;
pub use bug::tell_bugs;
use config::Config;
use output::Output;
use problem::Problem;

/// Nothing found at or above the threshold.
pub const CLEAN: u8 = 0;
/// Findings at or above it.
pub const FINDINGS: u8 = 1;
/// The arguments, a spec or the SQL is wrong.
pub const WRONG_INPUT: u8 = 2;
/// It could not be told.
pub const NO_VERDICT: u8 = 3;

/// PostgreSQL schema drift, found and placed.
#[derive(Debug, Parser)]
#[command(name = "schema-check", version, about, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// The file that holds what flags leave open [default: schema-check.yaml, here or above, up to the repository].
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// Look for no schema-check.yaml.
    #[arg(long, global = true)]
    no_config: bool,
    /// When to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Color,
}

const EXIT_CODES: &str = "Exit codes: 0 clean; 1 findings at or above --fail-on; \
2 wrong input (arguments, spec, SQL); 3 no verdict could be reached (connection, timeout, wrong database).";

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a database, or SQL migration files, against a spec.
    Check(check::Check),
    /// Write a schema-check.yaml and a first spec, from what is found here.
    Init(init::Init),
    /// Read the specs alone, and tell what is wrong with them.
    Validate(validate::Validate),
    /// Print the JSON Schema of specs, or of schema-check.yaml, for editors.
    Schema(schema::Schema),
    /// Print the catalog of a database or of SQL files.
    Show(show::Show),
    /// Keep the catalog of a database or of SQL files in a file, which is a source like these.
    Snapshot(snapshot::Snapshot),
    /// Tell in which phase of a spec a database stands, and what is open in the next.
    Progress(progress::Progress),
    /// Write a spec of a database or of SQL files, as a person would.
    Pull(pull::Pull),
    /// Compare any two sources: the second is checked against the first.
    Diff(diff::Diff),
    /// Tell, step by step, whether a database can be reached and read, and what is in the way.
    Doctor(doctor::Doctor),
    /// Tell what an expression means to a server, or whether two mean the same.
    ExplainExpr(explain_expr::ExplainExpr),
    /// Tell what a code means, why it matters, and how to mend or accept it.
    Explain(explain::Explain),
    /// List the codes of findings and errors.
    Codes(explain::Codes),
    /// Print what completes these commands in a shell.
    Completions(completions::Completions),
    /// Print the manual page, or write those of all commands.
    Man(man::Man),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Info,
    Never,
}

impl FailOn {
    fn threshold(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Info => Some(Severity::Info),
            Self::Never => None,
        }
    }

    fn word(self) -> &'static str {
        self.threshold().map_or("never", Severity::word)
    }
}

/// What a comparison prints, and when it fails.
#[derive(Clone, Debug, Default, Args)]
struct Verdict {
    /// The least severity that makes the command fail [default: error].
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// Fail also where something was not covered, or could not be told.
    #[arg(long, value_name = "WHETHER", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    strict: Option<bool>,
    #[command(flatten)]
    output: Output,
}

impl Verdict {
    fn fail_on(&self) -> FailOn {
        self.fail_on.unwrap_or(FailOn::Error)
    }

    fn is_strict(&self) -> bool {
        self.strict.unwrap_or_default()
    }

    /// What is said here, and else what is said there.
    fn or(&self, other: &Self) -> Self {
        Self {
            fail_on: self.fail_on.or(other.fail_on),
            strict: self.strict.or(other.strict),
            output: self.output.or(&other.output),
        }
    }
}

/// How long to wait for a server.
#[derive(Clone, Debug, Default, Args)]
struct Timeouts {
    /// Seconds until the server must have let us in [default: the connection string's own, or 10].
    #[arg(long, value_name = "SECONDS")]
    connect_timeout: Option<u64>,
    /// Seconds that one catalog query may take [default: 30].
    #[arg(long, value_name = "SECONDS")]
    statement_timeout: Option<u64>,
    /// Seconds that one of them waits for a lock that somebody holds [default: 2].
    #[arg(long, value_name = "SECONDS")]
    lock_timeout: Option<u64>,
}

impl Timeouts {
    /// What is said here, and else what is said there.
    fn or(&self, other: &Self) -> Self {
        Self {
            connect_timeout: self.connect_timeout.or(other.connect_timeout),
            statement_timeout: self.statement_timeout.or(other.statement_timeout),
            lock_timeout: self.lock_timeout.or(other.lock_timeout),
        }
    }

    fn options(&self) -> crate::live::Options {
        let usual = crate::live::Options::default();
        let seconds = |given: Option<u64>| given.map(Duration::from_secs);
        crate::live::Options {
            connect_timeout: seconds(self.connect_timeout),
            statement_timeout: seconds(self.statement_timeout).unwrap_or(usual.statement_timeout),
            lock_timeout: seconds(self.lock_timeout).unwrap_or(usual.lock_timeout),
        }
    }
}

/// What is checked, or shown.
#[derive(Debug, Default, Args)]
#[group(multiple = false)]
struct Observed {
    /// The connection string of a database, env:NAME for the variable that holds it, or - for standard input [default:
    /// `SCHEMA_CHECK_DATABASE_URL`, `DATABASE_URL`, or what `PGSERVICE`, `PGHOST` and the like say].
    #[arg(long, value_name = "URL")]
    db: Option<String>,
    /// SQL files, or folders of them, in the order in which they are applied.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    sql: Vec<PathBuf>,
    /// A snapshot, as `schema-check snapshot` makes it.
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    /// One of the targets in schema-check.yaml.
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
}

/// Reads the arguments. What is wrong with them, or the help that was asked for, has been printed
/// when this returns an exit code.
///
/// # Errors
/// The exit code.
pub fn parse() -> Result<Cli, u8> {
    Cli::try_parse().map_err(|error| {
        // What is misplaced is repeated in the message, and must not be a password.
        if error.use_stderr() && source::holds_connection_string(&error.to_string()) {
            let help = "give it by --db; `schema-check --help` shows the commands".to_owned();
            let problem = Problem::input("a connection string stands where none can", Some(help));
            let style = Style { color: false, width: 100 };
            let _ = std::io::stderr().write_all(problem.render(&Files::default(), style).as_bytes());
            return WRONG_INPUT;
        }
        output::print_usage(&error);
        u8::try_from(error.exit_code()).unwrap_or(WRONG_INPUT)
    })
}

/// Runs a command; the number is the exit code.
pub fn run(cli: Cli) -> u8 {
    let mut files = Files::default();
    let style = style(cli.color);
    let outcome = cli.execute(&mut files, style);
    match outcome {
        Ok(code) => code,
        Err(problem) => {
            let style = Style {
                color: cli.color == Color::Always
                    || cli.color == Color::Auto && colorful(std::io::stderr().is_terminal()),
                ..style
            };
            let _ = std::io::stderr().write_all(problem.render(&files, style).as_bytes());
            output::annotate(&problem, &files);
            problem.exit_code
        }
    }
}

impl Cli {
    /// What the project says.
    fn configured(&self, files: &mut Files) -> Result<Config, Problem> {
        match (&self.config, self.no_config) {
            (_, true) => Ok(Config::default()),
            (Some(path), false) => Config::read(path, files),
            (None, false) => Config::find(files),
        }
    }

    fn execute(&self, files: &mut Files, style: Style) -> Result<u8, Problem> {
        match &self.command {
            Some(Command::Check(check)) => check.run(&self.configured(files)?, files, style),
            Some(Command::Init(init)) => init.run(files, style),
            Some(Command::Validate(validate)) => validate.run(&self.configured(files)?, files),
            Some(Command::Schema(schema)) => schema.run(),
            Some(Command::Show(show)) => show.run(&self.configured(files)?, files, style),
            Some(Command::Snapshot(snapshot)) => snapshot.run(&self.configured(files)?, files, style),
            Some(Command::Progress(progress)) => progress.run(&self.configured(files)?, files, style),
            Some(Command::Pull(pull)) => pull.run(&self.configured(files)?, files, style),
            Some(Command::Diff(diff)) => diff.run(&self.configured(files)?, files, style),
            Some(Command::Doctor(doctor)) => doctor.run(&self.configured(files)?),
            Some(Command::ExplainExpr(explain)) => explain.run(&self.configured(files)?, files, style),
            Some(Command::Explain(explain)) => explain.run(style),
            Some(Command::Codes(codes)) => codes.run(style),
            Some(Command::Completions(completions)) => completions.run(),
            Some(Command::Man(man)) => man.run(),
            None => {
                let config = self.configured(files)?;
                if config.name.is_none() {
                    let help = "`schema-check init` writes one; `schema-check --help` shows the commands".to_owned();
                    let message = "there is no command, and no schema-check.yaml here or above";
                    return Err(Problem::input(message, Some(help)));
                }
                check::Check::default().run(&config, files, style)
            }
        }
    }
}

/// Writes the report, and nothing else, to stdout.
fn print(text: &str) -> Result<(), Problem> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever closed the pipe has read enough; the exit code still tells.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Problem::no_verdict(format!("the report cannot be written: {error}"), None))
        }
        _ => Ok(()),
    }
}

fn style(color: Color) -> Style {
    let terminal = std::io::stdout().is_terminal();
    let color = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => colorful(terminal),
    };
    // Lines of a log do not wrap; on a terminal they end where it does.
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let width = columns.or_else(|| terminal.then(terminal_width).flatten()).unwrap_or(100);
    Style { color, width: width.clamp(40, 200) }
}

fn terminal_width() -> Option<usize> {
    comfy_table::Table::new().width().map(usize::from)
}

/// `NO_COLOR` and `CLICOLOR_FORCE`, as no-color.org and bixense.com/clicolors have them.
fn colorful(terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
    !set("NO_COLOR") && (forced || terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb"))
}
