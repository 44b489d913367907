//! `schema-check validate`

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use super::config::Config;
use super::problem::Problem;
use super::specs::{self, Specs};
use super::{CLEAN, print};
use crate::files::Files;
use crate::report::untrusted::Untrusted;
use crate::spec::document::{Body, Section};
use crate::spec::{self, SectionKey};

#[derive(Debug, Args)]
pub(super) struct Validate {
    /// Spec files, or folders of them; several are read as one.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    spec: Vec<PathBuf>,
}

impl Validate {
    /// Reads what a check would read of the specs; what needs a catalog, as whether names are there, is left to that.
    pub(super) fn run(&self, config: &Config, files: &mut Files) -> Result<u8, Problem> {
        let mut out = config.name.as_ref().map_or_else(String::new, |name| line("config", name));
        let sets = if self.spec.is_empty() { config.sets_of_specs()? } else { vec![(self.spec.clone(), Vec::new())] };
        let mut problem: Option<Problem> = None;
        for (paths, phases) in sets {
            let told = specs::read(&paths, files).and_then(|specs| {
                // The phase that counts where none is asked for, and those that the project says it is in.
                for phase in std::iter::once(None).chain(phases.iter().map(|phase| Some(phase.as_str()))) {
                    spec::phase(&specs.document, phase)?;
                }
                Ok(describe(&specs, files))
            });
            match (told, problem.take()) {
                (Ok(text), before) => {
                    out.push_str(&text);
                    problem = before;
                }
                (Err(one), Some(before)) => problem = Some(before.and(one)),
                (Err(one), None) => problem = Some(one),
            }
        }
        if let Some(problem) = problem {
            return Err(problem);
        }
        out.push_str("the spec can be read (exit 0)\n");
        print(&out)?;
        Ok(CLEAN)
    }
}

fn describe(Specs { document, files: read }: &Specs, files: &Files) -> String {
    let mut out = String::new();
    for file in read {
        out.push_str(&line("spec", files.name(*file)));
    }
    let said = said(&document.body);
    if !said.is_empty() {
        out.push_str(&line("states", &said));
    }
    if !document.waivers.is_empty() {
        out.push_str(&line("waivers", &document.waivers.len().to_string()));
    }
    for phase in &document.phases {
        let title = phase.title.as_ref().map_or_else(String::new, |title| format!(" ({title})"));
        let said = self::said(&phase.body);
        out.push_str(&line(
            "phase",
            &format!("{}{title}: {}", phase.id.text, if said.is_empty() { "nothing" } else { &said }),
        ));
    }
    out
}

/// How much stands in each section, and among the rest.
fn said(body: &Body) -> String {
    let mut counts: BTreeMap<SectionKey, usize> = BTreeMap::new();
    count(&body.sections, &mut counts);
    let mut said: Vec<String> = counts.iter().map(|(section, count)| format!("{} {count}", section.word())).collect();
    let rest = [
        ("each", body.each.len()),
        ("templates", body.templates.len()),
        ("absent", body.absent.len()),
        ("allowed", body.allowed.len()),
        ("assertions", body.assertions.len()),
    ];
    said.extend(rest.iter().filter(|(_, count)| *count > 0).map(|(word, count)| format!("{word} {count}")));
    said.join(", ")
}

fn count(sections: &[Section], counts: &mut BTreeMap<SectionKey, usize>) {
    for section in sections {
        *counts.entry(section.key).or_default() += section.entries.len();
        for entry in &section.entries {
            count(&entry.sections, counts);
        }
    }
}

fn line(what: &str, text: &str) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{what:<9} {}", Untrusted::new(text).term());
    out
}
