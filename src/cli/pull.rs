//! `schema-check pull`

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::asserting::Asking;
use super::config::Config;
use super::prelude::of_platform;
use super::problem::Problem;
use super::source;
use super::sql::Replaying;
use super::write::{Existing, write};
use super::{CLEAN, FINDINGS, Observed, Timeouts, print, show};
use crate::catalog::{ObjectId, Origin};
use crate::files::Files;
use crate::pull::{Options, Pulled, pull};
use crate::report::terminal::Style;
use crate::report::untrusted::Untrusted;
use crate::spec::document::{Document, Guard, Name, Section};
use crate::spec::{self, SectionKey};
use crate::sql::Ident;

#[derive(Debug, Args)]
pub(super) struct Pull {
    #[command(flatten)]
    observed: Observed,
    /// The file that the spec is written to, or with --split the folder [default: stdout].
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Write a file for each table into a folder.
    #[arg(long, requires = "output")]
    split: bool,
    /// Only objects of these names; `*` and `?` stand for others.
    #[arg(long, value_name = "PATTERN", num_args = 1..)]
    only: Vec<String>,
    /// No objects of these names.
    #[arg(long, value_name = "PATTERN", num_args = 1..)]
    except: Vec<String>,
    /// What else must be as it is.
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    with: Vec<With>,
    /// Replace files that are there already.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    timeouts: Timeouts,
    #[command(flatten)]
    replaying: Replaying,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum With {
    /// Who owns what.
    Owners,
    /// Who may do what.
    Grants,
    /// Comments, which are comments of the YAML otherwise.
    Comments,
    /// The roles of the cluster.
    Roles,
    /// What is as it is by itself.
    Defaults,
    /// All of these.
    All,
}

impl Pull {
    pub(super) fn run(&self, config: &Config, files: &mut Files, style: Style) -> Result<u8, Problem> {
        let chosen = config.choose(&self.observed)?;
        let settings = config.settings(chosen.target);
        let (timeouts, replaying) = (self.timeouts.or(&settings.timeouts), self.replaying.or(&config.replaying));
        let source =
            source::observed(&chosen.place, files, &timeouts, &Asking::nothing(&Guard::default()), &replaying)?;
        show::tell(&source, files, style);
        let has = |what| self.with.contains(&what) || self.with.contains(&With::All);
        let options = Options {
            only: self.only.clone(),
            except: self.except.clone(),
            owners: has(With::Owners),
            grants: has(With::Grants),
            comments: has(With::Comments),
            roles: has(With::Roles),
            defaults: has(With::Defaults),
            foreign: of_platform(&source),
        };
        let schemas: BTreeSet<Ident> = source.catalog.ids().filter_map(ObjectId::schema).cloned().collect();
        let schemas: Vec<Ident> = schemas.into_iter().collect();
        let is_nothing = |pattern: &&String| !options.is_something(&source.catalog, pattern, &schemas);
        if let Some(pattern) = options.only.iter().find(is_nothing) {
            let help =
                "`schema-check show` prints what there is; a pattern without a dot stands for names in any schema";
            return Err(Problem::input(format!("nothing at the top is called {pattern}"), Some(help.to_owned())));
        }
        let pulled = pull(&source.catalog, &options);
        tell_left_out(&pulled);
        let existing = if self.force { Existing::Replace } else { Existing::Keep };
        match &self.output {
            None => print(&spec::write(&pulled.document))?,
            Some(path) if self.split => {
                let files = split(pulled.document, path);
                // If that fails, so does writing, which says why.
                let _ = std::fs::create_dir_all(path);
                write(&files, existing)?;
                tell_others(path, &files);
            }
            Some(path) => write(&[(path.clone(), spec::write(&pulled.document))], existing)?,
        }
        Ok(if source.refused.is_empty() { CLEAN } else { FINDINGS })
    }
}

/// Says on stderr what the spec does not.
pub(super) fn tell_left_out(pulled: &Pulled) {
    for left in &pulled.left_out {
        let _ = writeln!(std::io::stderr(), "not in the spec: {}", Untrusted::new(left).term());
    }
}

/// Says what else in a folder of specs will be read as a part of the spec.
fn tell_others(folder: &Path, written: &[(PathBuf, String)]) {
    let found = std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let is_spec = |path: &PathBuf| path.extension().is_some_and(|end| end == "yaml" || end == "yml");
    let mut others: Vec<PathBuf> =
        found.filter(|path| is_spec(path) && !written.iter().any(|(known, _)| known == path)).collect();
    others.sort();
    for path in others {
        let _ = writeln!(std::io::stderr(), "left as it was: {}, which is of the spec too", path.display());
    }
}

/// A file for each table, and one for all else.
fn split(mut document: Document, folder: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for section in document.body.sections.iter_mut().filter(|section| section.key == SectionKey::Tables) {
        for entry in std::mem::take(&mut section.entries) {
            let name: String = entry
                .name
                .text
                .chars()
                .map(|c| if c.is_alphanumeric() || "._-".contains(c) { c } else { '_' })
                .collect();
            let mut path = folder.join(format!("{name}.yaml"));
            let mut number = 2;
            while files.iter().any(|(known, _)| *known == path) {
                path = folder.join(format!("{name}-{number}.yaml"));
                number += 1;
            }
            let mut table = Document::default();
            let section = Section { entries: vec![entry], ..section.clone() };
            table.body.sections.push(section);
            files.push((path, spec::write(&table)));
        }
    }
    let mut name = "schema.yaml".to_owned();
    while files.iter().any(|(path, _)| path.file_name().is_some_and(|known| known == name.as_str())) {
        name = format!("_{name}");
    }
    let others = files.iter().filter_map(|(path, _)| path.file_name()?.to_str());
    document.include = others.map(|name| Name { text: name.to_owned(), place: Origin::Server }).collect();
    files.insert(0, (folder.join(name), spec::write(&document)));
    files
}
