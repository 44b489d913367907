//! `schema-check init`: a `schema-check.yaml` and a first spec, from what a project shows of itself.

mod ci;
mod detect;
mod starter;

use std::path::{Path, PathBuf};

use clap::Args;

use super::asserting::Asking;
use super::config::{Config, NAME};
use super::prelude::of_platform;
use super::problem::Problem;
use super::pull::tell_left_out;
use super::source::{self, Place, Source};
use super::sql::Replaying;
use super::write::{Existing, write};
use super::{CLEAN, Observed, Timeouts, plural, print, show};
use crate::files::Files;
use crate::layout::Layout;
use crate::pull::{Options, pull};
use crate::report::terminal::Style;
use crate::report::untrusted::Untrusted;
use crate::spec::document::Guard;
use ci::Ci;
use detect::Variable;

/// What the spec is called.
const SPEC: &str = "schema.yaml";

#[derive(Debug, Args)]
pub(super) struct Init {
    /// The SQL files, or folders of them, if they cannot be found by their looks.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    sql: Vec<PathBuf>,
    /// The variable that holds the URL of the database, if it is not found by its name.
    #[arg(long, value_name = "env:NAME")]
    db: Option<String>,
    /// Write the file of the CI too: of the one that is in use, or of this one.
    #[arg(long, value_name = "WHICH", num_args = 0..=1, require_equals = true)]
    ci: Option<Option<Ci>>,
    /// Replace files that are there.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    timeouts: Timeouts,
    #[command(flatten)]
    replaying: Replaying,
}

/// What a project shows of itself.
struct Project {
    sql: Vec<PathBuf>,
    variables: Vec<Variable>,
    replaying: Replaying,
}

impl Init {
    pub(super) fn run(&self, files: &mut Files, style: Style) -> Result<u8, Problem> {
        let existing = if self.force { Existing::Replace } else { Existing::Keep };
        let mut told = String::new();
        let (mut written, config) = if self.ci.is_some() && !self.force && Path::new(NAME).exists() {
            // Whoever has a project by now wants a CI for it.
            (Vec::new(), Config::read(Path::new(NAME), files)?)
        } else {
            existing.allows([NAME, SPEC].map(Path::new))?;
            self.project(files, style, &mut told)?
        };
        let ci = match self.ci {
            Some(Some(ci)) => Some(ci),
            Some(None) | None => Ci::in_use(Path::new("")),
        };
        let job = ci.map(|ci| (ci, ci.file(&variables(&config))));
        if let (true, Some((ci, text))) = (self.ci.is_some(), &job) {
            written.extend(ci.path().map(|path| (PathBuf::from(path), text.clone())));
        }
        if self.ci.is_some() && job.is_none() {
            let help = "name it: --ci=github, --ci=gitlab or --ci=circleci".to_owned();
            return Err(Problem::input("there is no CI that is known here", Some(help)));
        }
        for folder in written.iter().filter_map(|(path, _)| path.parent()) {
            // If that fails, so does writing, which says why.
            let _ = std::fs::create_dir_all(folder);
        }
        write(&written, existing)?;
        for (path, _) in &written {
            told += &format!("wrote  {}\n", path.display());
        }
        told += "next   schema-check\n";
        if let Some((ci, text)) = &job {
            told += &ci.told(text, self.ci.is_some());
        }
        print(&Untrusted::new(&told).term_block())?;
        Ok(CLEAN)
    }

    /// The files that a project begins with, and what the first of them says.
    fn project(
        &self,
        files: &mut Files,
        style: Style,
        told: &mut String,
    ) -> Result<(Vec<(PathBuf, String)>, Config), Problem> {
        let mut project = self.look()?;
        let source = self.read(&project, files, style)?;
        // What a folder is told by is told once.
        let named = |name: &str| Layout::ALL.iter().copied().find(|layout| layout.name() == name);
        let seen = source.layouts.first().and_then(|layout| named(layout.split(" (").next().unwrap_or_default()));
        project.replaying.layout = project.replaying.layout.or(seen);
        *told += &format!("found  {}\n", source.name);
        for variable in &project.variables {
            *told += &format!("found  {} in {}\n", variable.name, variable.place);
        }
        if !source.refused.is_empty() {
            *told += &format!(
                "note   {} that a server would refuse, see above\n",
                plural(source.refused.len(), "statement")
            );
        }
        let text = starter::config(&project);
        let config = Config::of(Path::new(NAME), &text, files)?;
        let options = Options { foreign: of_platform(&source), ..Options::default() };
        let pulled = pull(&source.catalog, &options);
        tell_left_out(&pulled);
        Ok((vec![(NAME.into(), text), (SPEC.into(), starter::spec(&pulled.document))], config))
    }

    fn look(&self) -> Result<Project, Problem> {
        let mut replaying = self.replaying.clone();
        let sql = if self.sql.is_empty() { detect::sql(Path::new(""))? } else { self.sql.clone() };
        if replaying.preludes.is_empty() && sql.iter().any(|path| path.ends_with("supabase/migrations")) {
            replaying.preludes.push("supabase".to_owned());
        }
        let variables = match &self.db {
            Some(url) => vec![Variable::named(url)?],
            None => detect::variables(Path::new("")),
        };
        if sql.is_empty() && variables.is_empty() {
            let help = "give the SQL files by --sql PATH, or the database by --db env:NAME".to_owned();
            return Err(Problem::input("neither SQL files nor a DATABASE_URL were found here", Some(help)));
        }
        Ok(Project { sql, variables, replaying })
    }

    /// What there is by now: what the files make, or else what the database holds.
    fn read(&self, project: &Project, files: &mut Files, style: Style) -> Result<Source, Problem> {
        let place = match project.variables.first() {
            Some(Variable { name, place, is_set: false }) if project.sql.is_empty() => {
                let help = format!("what {place} says can be put there: set -a; . ./{place}; set +a");
                let help = (place != detect::ENVIRONMENT).then_some(help);
                return Err(Problem::input(format!("{name} is not set in the environment"), help));
            }
            Some(variable) if project.sql.is_empty() => Place::Database(format!("env:{}", variable.name)),
            _ => Place::Sql(project.sql.clone()),
        };
        let source =
            source::observed(&place, files, &self.timeouts, &Asking::nothing(&Guard::default()), &project.replaying)?;
        show::tell(&source, files, style);
        Ok(source)
    }
}

/// The variables that a bare `schema-check` reads.
fn variables(config: &Config) -> Vec<String> {
    match config.choose(&Observed::default()).map(|chosen| chosen.place) {
        Ok(Place::Database(url)) => url.strip_prefix("env:").map(str::to_owned).into_iter().collect(),
        _ => Vec::new(),
    }
}
