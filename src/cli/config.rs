//! `schema-check.yaml`: what a project says once, so that nobody has to say it by flags.

mod read;
mod schema;

use std::path::{Path, PathBuf};

use super::problem::Problem;
use super::source::{MAX_SPEC_BYTES, Place};
use super::sql::Replaying;
use super::{Observed, Timeouts, Verdict, connection, text};
use crate::files::Files;
use crate::spec::nearest;

pub(super) use schema::schema;

/// What the file is called.
pub(super) const NAME: &str = "schema-check.yaml";

/// What arguments leave open. All paths are as they are from the working directory.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    /// The path of the file, if there is one.
    pub(super) name: Option<String>,
    pub(super) sql: Vec<PathBuf>,
    pub(super) replaying: Replaying,
    /// What holds where a target does not say otherwise.
    pub(super) general: Settings,
    targets: Vec<Target>,
    /// The one that is meant where none is named.
    target: Option<String>,
}

/// What can be said for all targets, and for one.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) specs: Vec<PathBuf>,
    /// The phase of the specs that it is in.
    pub(super) phase: Option<String>,
    pub(super) verdict: Verdict,
    pub(super) timeouts: Timeouts,
}

/// Files that are one spec, and the phases that they are said to be in.
pub(super) type SpecSet = (Vec<PathBuf>, Vec<String>);

/// A database, or a snapshot, that has a name.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) name: String,
    place: Place,
    settings: Settings,
}

/// What is to be read, and which target that is.
pub(super) struct Chosen<'a> {
    pub(super) place: Place,
    pub(super) target: Option<&'a Target>,
}

impl Config {
    /// Reads the file that is nearest: here, or in a folder above, up to the one of the repository.
    pub(super) fn find(files: &mut Files) -> Result<Self, Problem> {
        let here = std::env::current_dir().unwrap_or_default();
        let mut above = PathBuf::new();
        for folder in here.ancestors() {
            let path = above.join(NAME);
            if path.is_file() {
                return Self::read(&path, files);
            }
            if folder.join(".git").exists() {
                break;
            }
            above.push("..");
        }
        Ok(Self::default())
    }

    pub(super) fn read(path: &Path, files: &mut Files) -> Result<Self, Problem> {
        Self::of(path, &text::read(path, MAX_SPEC_BYTES, None)?, files)
    }

    /// What a text says that stands there, or will.
    pub(super) fn of(path: &Path, text: &str, files: &mut Files) -> Result<Self, Problem> {
        let name = path.display().to_string();
        let file = files.add(name.clone(), text);
        let folder = path.parent().unwrap_or(Path::new(""));
        Ok(Self { name: Some(name), ..read::read(file, text, folder)? })
    }

    /// What arguments name, or else the SQL files of the project, or else its usual target, or else the database that
    /// the environment names.
    pub(super) fn choose(&self, observed: &Observed) -> Result<Chosen<'_>, Problem> {
        let plain = |place| Ok(Chosen { place, target: None });
        let Observed { db, sql, snapshot, target } = observed;
        if let Some(name) = target {
            return self.target(name).map(Target::chosen);
        }
        if let Some(url) = db {
            return plain(Place::Database(url.clone()));
        }
        if let Some(path) = snapshot {
            return plain(Place::Snapshot(path.clone()));
        }
        if let Some(sql) = [sql, &self.sql].into_iter().find(|paths| !paths.is_empty()) {
            return plain(Place::Sql(sql.clone()));
        }
        match (&self.target, self.targets.as_slice()) {
            (Some(name), _) => self.target(name).map(Target::chosen),
            (None, [only]) => Ok(only.chosen()),
            (None, []) => match connection::of_environment() {
                Some(url) => plain(Place::Database(url)),
                None => {
                    let what = format!("nothing to look at, and {}", connection::looked_for());
                    Err(self.missing(&what, "--db URL, --sql PATH or --snapshot FILE", "sql"))
                }
            },
            (None, _) => {
                let help = format!("--target NAME names one of {}, or `target:` in {NAME}", self.names());
                Err(Problem::input("there are several targets, and none is named", Some(help)))
            }
        }
    }

    /// The source that a text names, if that is a target, and what holds for it.
    pub(super) fn source(&self, text: &str) -> Result<(String, Settings), Problem> {
        let Some(name) = text.strip_prefix("target:") else { return Ok((text.to_owned(), self.general.clone())) };
        let target = self.target(name)?;
        let text = match &target.place {
            Place::Database(url) => url.clone(),
            Place::Snapshot(path) => path.display().to_string(),
            Place::Sql(_) => String::new(),
        };
        Ok((text, self.settings(Some(target))))
    }

    /// The database that is meant, and which target that is: the named one, or the only one.
    pub(super) fn database(&self, name: Option<&str>) -> Result<Option<(&str, &Target)>, Problem> {
        let target = match (name.or(self.target.as_deref()), self.targets.as_slice()) {
            (Some(name), _) => self.target(name)?,
            (None, [only]) => only,
            (None, _) => return Ok(None),
        };
        match &target.place {
            Place::Database(url) => Ok(Some((url, target))),
            Place::Snapshot(_) | Place::Sql(_) if name.is_none() => Ok(None),
            Place::Snapshot(_) | Place::Sql(_) => {
                Err(Problem::input(format!("the target {} is no database", target.name), None))
            }
        }
    }

    pub(super) fn settings(&self, target: Option<&Target>) -> Settings {
        let Some(Target { settings, .. }) = target else { return self.general.clone() };
        Settings {
            specs: if settings.specs.is_empty() { self.general.specs.clone() } else { settings.specs.clone() },
            phase: settings.phase.clone().or_else(|| self.general.phase.clone()),
            verdict: settings.verdict.or(&self.general.verdict),
            timeouts: settings.timeouts.or(&self.general.timeouts),
        }
    }

    /// The specs that arguments name, or else those of the project.
    pub(super) fn specs<'a>(&self, given: &'a [PathBuf], settings: &'a Settings) -> Result<&'a [PathBuf], Problem> {
        match [given, &settings.specs].into_iter().find(|paths| !paths.is_empty()) {
            Some(paths) => Ok(paths),
            None => Err(self.missing("no spec", "--spec PATH", "specs")),
        }
    }

    /// All specs that the project has.
    pub(super) fn sets_of_specs(&self) -> Result<Vec<SpecSet>, Problem> {
        let mut sets: Vec<SpecSet> = Vec::new();
        for target in std::iter::once(None).chain(self.targets.iter().map(Some)) {
            let Settings { specs, phase, .. } = self.settings(target);
            match sets.iter_mut().find(|(known, _)| *known == specs) {
                Some((_, phases)) => phases.extend(phase),
                None if specs.is_empty() => {}
                None => sets.push((specs, phase.into_iter().collect())),
            }
        }
        if sets.is_empty() { Err(self.missing("no spec", "--spec PATH", "specs")) } else { Ok(sets) }
    }

    /// For the header of a report.
    pub(super) fn described(&self, target: Option<&Target>) -> Option<String> {
        let name = self.name.as_ref()?;
        Some(target.map_or_else(|| name.clone(), |target| format!("{name}, target {}", target.name)))
    }

    fn target(&self, name: &str) -> Result<&Target, Problem> {
        self.targets.iter().find(|target| target.name == name).ok_or_else(|| {
            let help = match nearest(name, self.targets.iter().map(|target| target.name.as_str())) {
                Some(nearest) => format!("did you mean {nearest}?"),
                None if self.name.is_none() => format!("targets stand in {NAME}, and there is none here or above"),
                None if self.targets.is_empty() => format!("there is no `targets:` in {NAME}"),
                None => format!("there are {}", self.names()),
            };
            Problem::input(format!("there is no target {name}"), Some(help))
        })
    }

    fn names(&self) -> String {
        self.targets.iter().map(|target| target.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    fn missing(&self, what: &str, flags: &str, key: &str) -> Problem {
        let help = match &self.name {
            Some(name) => format!("give {flags}, or state `{key}:` in {name}"),
            None => format!("give {flags}; a {NAME}, here or above, can say it once for all"),
        };
        Problem::input(format!("there is {what}"), Some(help))
    }
}

impl Target {
    fn chosen(&self) -> Chosen<'_> {
        Chosen { place: self.place.clone(), target: Some(self) }
    }
}
