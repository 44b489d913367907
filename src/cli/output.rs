//! Where a report goes: stdout, files beside it, and what a CI shows of it by itself.

use std::collections::hash_map::RandomState;
use std::fs::OpenOptions;
use std::hash::{BuildHasher, Hasher};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use super::print;
use super::problem::Problem;
use super::snapshot;
use super::write::{Existing, same_for_same, spare, write};
use crate::files::Files;
use crate::report::terminal::Style;
use crate::report::untrusted::Untrusted;
use crate::report::{Format, Report, github};

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(self.about()))
    }
}

/// How a report is written, and where to.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Output {
    /// What goes to stdout [default: human].
    #[arg(long, value_name = "FORMAT")]
    pub(super) format: Option<Format>,
    /// A file beside that, in any format; can be given several times: -o sarif=drift.sarif -o junit=drift.xml.
    #[arg(short, long = "output", value_name = "FORMAT=FILE", value_parser = format_and_path)]
    pub(super) outputs: Vec<(Format, PathBuf)>,
    /// Show all findings, however many there are.
    #[arg(long)]
    all: bool,
    /// Under GitHub Actions, annotate no lines.
    #[arg(long)]
    no_annotations: bool,
    /// Under GitHub Actions, add nothing to the summary of the step.
    #[arg(long)]
    no_step_summary: bool,
}

/// Reads `sarif=drift.sarif`.
pub(super) fn format_and_path(text: &str) -> Result<(Format, PathBuf), String> {
    let known = || Format::ALL.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ");
    let Some((name, path)) = text.split_once('=') else {
        return Err(format!("give a format and a file, as sarif=drift.sarif; the formats are {}", known()));
    };
    let format = Format::ALL.iter().find(|format| format.name() == name);
    let format = *format.ok_or_else(|| format!("there is no format {name:?}; the formats are {}", known()))?;
    match path {
        "" => Err(format!("give a file: {name}=FILE")),
        "-" => Err(format!("what goes to stdout is said by --format {name}")),
        path => Ok((format, PathBuf::from(path))),
    }
}

impl Output {
    /// What is said here, and else what is said there.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self {
            format: self.format.or(other.format),
            outputs: if self.outputs.is_empty() { other.outputs.clone() } else { self.outputs.clone() },
            all: self.all || other.all,
            no_annotations: self.no_annotations || other.no_annotations,
            no_step_summary: self.no_step_summary || other.no_step_summary,
        }
    }

    /// Whether any of it tells how far a plan is.
    pub(super) fn shows_progress(&self) -> bool {
        let mut formats = self.outputs.iter().map(|(format, _)| *format).chain(self.format);
        formats.any(|format| format == Format::Html)
    }

    fn format(&self) -> Format {
        self.format.unwrap_or(Format::Human)
    }

    /// Two reports cannot have one file.
    pub(super) fn verify(&self) -> Result<(), Problem> {
        let mut paths: Vec<PathBuf> = self.outputs.iter().map(|(_, path)| same_for_same(path)).collect();
        paths.sort_unstable();
        if let Some(pair) = paths.windows(2).find(|pair| pair[0] == pair[1]) {
            let message = format!("two reports would be written to {}", pair[0].display());
            return Err(Problem::input(message, Some("give each a file of its own".to_owned())));
        }
        spare(self.paths(), &Files::default(), "report")
    }

    fn paths(&self) -> impl Iterator<Item = &Path> {
        self.outputs.iter().map(|(_, path)| path.as_path())
    }

    /// What was read is not written over.
    pub(super) fn spare(&self, files: &Files) -> Result<(), Problem> {
        let snapshots = self.paths().filter(|path| snapshot::is_one(path));
        match snapshots.map(|path| path.display().to_string()).next() {
            Some(path) => {
                let message = format!("a report would be written over {path}, which is a snapshot");
                Err(Problem::input(message, Some("nothing was written; give it another name".to_owned())))
            }
            None => spare(self.paths(), files, "report"),
        }
    }

    /// Prints a report, writes its files, and gives a CI what that shows by itself.
    pub(super) fn deliver(&self, report: &Report<'_>, style: Style) -> Result<(), Problem> {
        // A log of a CI has no second look.
        let text = self.format().render(report, self.all || is_runner(), style);
        let is_for_people = matches!(self.format(), Format::Human | Format::Concise | Format::Markdown);
        // Where a runner reads along, nothing of a database may act as a command to it.
        let is_bracketed = is_runner() && is_for_people && !std::io::stdout().is_terminal();
        print(&if is_bracketed { github::without_commands(&text, &unforeseeable()) } else { text })?;
        let of = |(format, path): &(Format, PathBuf)| (path.clone(), format.render(report, self.all, FILE));
        let files: Vec<(PathBuf, String)> = self.outputs.iter().map(of).collect();
        for folder in files.iter().filter_map(|(path, _)| path.parent()) {
            // If that fails, so does writing, which says why.
            let _ = std::fs::create_dir_all(folder);
        }
        write(&files, Existing::Replace)?;
        if is_runner() {
            self.show_on_github(report, is_for_people)?;
        }
        Ok(())
    }

    fn show_on_github(&self, report: &Report<'_>, is_for_people: bool) -> Result<(), Problem> {
        if !self.no_annotations && self.format() != Format::Github {
            let annotations = github::annotations(report);
            // A runner reads both, and a program that reads stdout wants its format alone.
            if is_for_people {
                print(&annotations)?;
            } else {
                let _ = std::io::stderr().write_all(annotations.as_bytes());
            }
        }
        match summary_file() {
            Some(path) if !self.no_step_summary => append(&path, report),
            _ => Ok(()),
        }
    }
}

/// A file is as wide as a log.
const FILE: Style = Style { color: false, width: 100 };

/// Tells a runner of GitHub Actions why there is no report.
pub(super) fn annotate(problem: &Problem, files: &Files) {
    if is_runner() {
        let text = github::problem(&problem.told(), problem.place(files).as_ref());
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

/// What clap says, where arguments are repeated as they are: nothing in them may act.
pub(super) fn print_usage(error: &clap::Error) {
    let text = error.to_string();
    let shown = Untrusted::new(text.as_str()).term_block();
    if error.use_stderr() && (shown != text || is_runner()) {
        let shown = if is_runner() { github::without_commands(&shown, &unforeseeable()) } else { shown };
        let _ = std::io::stderr().write_all(shown.as_bytes());
    } else {
        let _ = error.print();
    }
}

fn is_runner() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

fn summary_file() -> Option<PathBuf> {
    std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Adds a report to the summary of a step, which others may have begun.
fn append(path: &Path, report: &Report<'_>) -> Result<(), Problem> {
    let there = std::fs::metadata(path).map_or(0, |found| usize::try_from(found.len()).unwrap_or(usize::MAX));
    let text = github::summary(report, there);
    let file = OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| {
        let help = "--no-step-summary does without it".to_owned();
        Problem::no_verdict(format!("the summary of the step cannot be written: {error}"), Some(help))
    })
}

/// A word that no text of a database can hold but by chance.
fn unforeseeable() -> String {
    let number = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", number(), number())
}

/// What the path of a file is put behind to make an address of it, as the CI at hand says.
pub(super) fn base_url() -> Option<String> {
    let of = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let github = || {
        let (server, repository, commit) = (of("GITHUB_SERVER_URL")?, of("GITHUB_REPOSITORY")?, of("GITHUB_SHA")?);
        Some(format!("{server}/{repository}/blob/{commit}/"))
    };
    let gitlab = || Some(format!("{}/-/blob/{}/", of("CI_PROJECT_URL")?, of("CI_COMMIT_SHA")?));
    github().or_else(gitlab).filter(|url| url.starts_with("https://") || url.starts_with("http://"))
}

/// Where the repository has a file: from its root, with `/`, behind links. What lies elsewhere keeps its name.
pub(super) fn path_in_repository(name: &str) -> String {
    let Ok(file) = Path::new(name).canonicalize() else { return name.to_owned() };
    let Some(root) = root() else { return name.to_owned() };
    match file.strip_prefix(&root) {
        Ok(path) => path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"),
        Err(_) => name.to_owned(),
    }
}

/// The nearest folder of a repository, or else the working directory.
fn root() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?.canonicalize().ok()?;
    Some(here.ancestors().find(|folder| folder.join(".git").exists()).map_or(here.clone(), Path::to_path_buf))
}
