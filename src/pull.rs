//! A catalog → the spec that a person would have written for it. What it writes is what a check finds nothing against:
//! each piece is first tried in the plainest words, and in plainer ones only as far as these still mean the same.

mod draft;
mod each;
mod fragment;
mod usual;

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Class, Expr, Facts, FileId, ObjectId, Origin, Visitor};
use crate::compare::{Drift, What, compare};
use crate::expr;
use crate::spec::document::{Document, Entry, Setting};
use crate::spec::names::Spelled;
use crate::spec::{self, SectionKey};
use crate::sql::Ident;
use draft::Draft;

/// What of a catalog is pulled.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Names or patterns of objects at the top; none for all.
    pub only: Vec<String>,
    pub except: Vec<String>,
    /// Who owns what.
    pub owners: bool,
    /// Who may do what.
    pub grants: bool,
    /// Comments as what must be; else they are comments of the YAML.
    pub comments: bool,
    /// What all databases of the cluster share.
    pub roles: bool,
    /// Also what is as it is by itself.
    pub defaults: bool,
    /// What is somebody else's business, a platform's: it may be there, and only what stands on it counts.
    pub foreign: BTreeSet<ObjectId>,
}

impl Options {
    /// Whether a pattern stands for any object at the top.
    pub fn is_something(&self, catalog: &Catalog, pattern: &String, schemas: &[Ident]) -> bool {
        let is_top = |id: &&ObjectId| id.parent().is_none_or(|parent| parent.class() == Class::Schema);
        catalog.ids().filter(is_top).any(|id| is_called(id, std::slice::from_ref(pattern), schemas))
    }
}

/// A spec of a catalog.
#[derive(Debug)]
pub struct Pulled {
    pub document: Document,
    /// What is there and could not be said, for people.
    pub left_out: Vec<String>,
}

/// More rounds than any object has ways to be written, and settings to be said beside them.
const ROUNDS: usize = 12;

/// Writes a spec of a catalog.
pub fn pull(catalog: &Catalog, options: &Options) -> Pulled {
    let resolved = in_one_wording(catalog);
    let mut draft = Draft::new(&resolved, options);
    let mut left_out = Vec::new();
    for _ in 0..ROUNDS {
        let problems = draft.problems(catalog);
        left_out = problems.iter().map(Problem::words).collect();
        let mut is_changed = false;
        for problem in problems {
            is_changed |= draft.mend(&resolved, &problem);
        }
        if !is_changed {
            break;
        }
    }
    left_out.append(&mut draft.left_out);
    if draft.unknown_grants > 0 {
        left_out.push(format!("who may do what with {} objects: --role says who owns them", draft.unknown_grants));
    }
    Pulled { document: draft.document, left_out }
}

/// The same with all that is SQL in the words that its trees print, whatever its source has written.
fn in_one_wording(catalog: &Catalog) -> Catalog {
    struct Words<'c>(&'c Catalog);
    impl Visitor for Words<'_> {
        fn expr(&mut self, expr: &mut Expr) {
            if let Some(tree) = expr.tree().filter(|tree| tree.unresolved.is_empty()) {
                let mut tree = tree.clone();
                // A server gives them others than a person would.
                tree.forget_unseen_names();
                let printed = Expr::from_tree(tree.clone());
                *expr = Expr::resolved(self.0.text_of(&printed), tree);
            }
        }
    }
    let mut resolved = expr::resolve_all(catalog);
    for object in resolved.objects.values_mut() {
        object.facts.visit(&mut Words(catalog));
    }
    resolved
}

/// What is pulled only if that is asked for.
const BESIDE: [&str; 6] = ["owner", "grants", "comment", "index_comment", "not_null_comment", "column_order"];

/// Where an entry stands: a section at the top and a name, and if it is a part the same of it.
type Path = Vec<(SectionKey, String)>;

/// Something that a draft does not say as it is.
#[derive(Debug)]
enum Problem {
    /// This piece of SQL cannot be.
    Sql { path: Path, message: String },
    /// This object would be found to differ.
    Differs(Box<Drift>),
}

impl Problem {
    fn words(&self) -> String {
        match self {
            Self::Sql { path, message } => {
                let names: Vec<&str> = path.iter().map(|(_, name)| name.as_str()).collect();
                format!("{}: {message}", names.join("."))
            }
            Self::Differs(drift) => match &drift.what {
                What::Attribute { definition, .. } | What::Uncertain { definition, .. } => {
                    format!("{} {}: its {}", drift.kind.noun(), drift.id, definition.name)
                }
                What::Missing => format!("{} {}: it would be found missing", drift.kind.noun(), drift.id),
                What::Unexpected { .. } => format!("{} {}", drift.kind.noun(), drift.id),
                What::Kind { observed, .. } => format!("{observed} {}", drift.id),
            },
        }
    }
}

impl Draft {
    /// What a check of the draft against the catalog would say.
    fn problems(&self, catalog: &Catalog) -> Vec<Problem> {
        let text = spec::write(&self.document);
        let mut observed = catalog.clone();
        let errors = match spec::read(FileId(u32::MAX), &text) {
            Ok(document) => match spec::bind(&document, &mut observed, None) {
                Ok(mut bound) => {
                    expr::settle(&mut bound.expected, &mut observed);
                    let drifts = compare(&bound.expected, &observed);
                    let ignored = |drift: &Drift| {
                        bound.remarks.ignored.contains(&(drift.kind, drift.id.parent()))
                            && matches!(drift.what, What::Unexpected { .. })
                    };
                    return drifts
                        .into_iter()
                        .filter(|drift| !ignored(drift))
                        .map(|drift| Problem::Differs(Box::new(drift)))
                        .collect();
                }
                Err(errors) => errors.into_iter().map(|error| (error.message, error.place)).collect(),
            },
            Err(errors) => errors.into_iter().map(|error| (error.message, error.place)).collect::<Vec<_>>(),
        };
        let spans = draft::sql_spans(&text);
        let problem = |(message, place): (String, Origin)| {
            let path = spans.iter().find(|(span, _)| place.is_within(span)).map(|(_, path)| path.clone());
            Problem::Sql { path: path.unwrap_or_default(), message }
        };
        errors.into_iter().map(problem).collect()
    }

    /// Says it in the next way there is. False where there is none.
    fn mend(&mut self, catalog: &Catalog, problem: &Problem) -> bool {
        match problem {
            Problem::Sql { path, .. } => self.next_way(path) || self.say_by_settings(catalog, path),
            Problem::Differs(drift) => {
                let Some(path) = self.path_of.get(&drift.id).cloned() else { return false };
                match &drift.what {
                    What::Attribute { definition, .. } | What::Uncertain { definition, .. } => {
                        self.next_way(&path) || self.say_beside(&path, catalog.facts(&drift.id), definition.name)
                    }
                    _ => self.next_way(&path),
                }
            }
        }
    }

    /// States an attribute beside the SQL, which cannot say it in any words, and goes back to the plainest.
    fn say_beside(&mut self, path: &Path, facts: Option<&Facts>, attribute: &'static str) -> bool {
        let stated = facts.and_then(|facts| {
            let attributes = facts.attributes();
            attributes.into_iter().find(|(definition, _)| definition.name == attribute)?.1.map(|(value, _)| value)
        });
        let (Some(value), Some(entry)) = (stated, entry_mut(&mut self.document, path)) else { return false };
        if entry.settings.iter().any(|setting| setting.attribute == attribute) {
            return false;
        }
        entry.settings.push(Setting { attribute, value, place: entry.name.place.clone() });
        if let Some(ways) = self.ways.get_mut(path) {
            ways.at = 0;
            let sql = ways.texts.first().cloned();
            if let (Some(text), Some(sql)) = (&mut entry.sql, sql) {
                text.sql = sql;
            }
        }
        true
    }

    /// States every attribute for itself, where no SQL will do.
    fn say_by_settings(&mut self, catalog: &Catalog, path: &Path) -> bool {
        let facts = self.path_of.iter().find(|(_, of)| *of == path).and_then(|(id, _)| catalog.facts(id));
        let (Some(facts), Some(entry)) = (facts, entry_mut(&mut self.document, path)) else { return false };
        if entry.sql.take().is_none() {
            return false;
        }
        for (definition, stated) in facts.attributes() {
            let is_stated = entry.settings.iter().any(|setting| setting.attribute == definition.name);
            if let Some((value, _)) = stated.filter(|_| !is_stated && !BESIDE.contains(&definition.name)) {
                let place = entry.name.place.clone();
                entry.settings.push(Setting { attribute: definition.name, value, place });
            }
        }
        true
    }

    fn next_way(&mut self, path: &Path) -> bool {
        let Some(ways) = self.ways.get_mut(path) else { return false };
        let Some(next) = ways.texts.get(ways.at + 1).cloned() else { return false };
        let Some(text) = entry_mut(&mut self.document, path).and_then(|entry| entry.sql.as_mut()) else { return false };
        ways.at += 1;
        text.sql = next;
        true
    }
}

fn entry_mut<'d>(document: &'d mut Document, path: &Path) -> Option<&'d mut Entry> {
    let mut sections = &mut document.body.sections;
    let (last, above) = path.split_last()?;
    for (key, name) in above {
        let section = sections.iter_mut().find(|section| section.key == *key)?;
        sections = &mut section.entries.iter_mut().find(|entry| entry.name.text == *name)?.sections;
    }
    let section = sections.iter_mut().find(|section| section.key == last.0)?;
    section.entries.iter_mut().find(|entry| entry.name.text == last.1)
}

/// The ways to write the SQL of an entry, the plainest first.
#[derive(Debug)]
struct Ways {
    texts: Vec<String>,
    at: usize,
}

/// Whether a name or pattern of the command line stands for an object.
fn is_called(id: &ObjectId, patterns: &[String], schemas: &[Ident]) -> bool {
    patterns.iter().any(|pattern| Spelled::parse(id.class(), pattern).is_ok_and(|spelled| spelled.matches(id, schemas)))
}
