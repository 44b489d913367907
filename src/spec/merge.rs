//! Several files read as one spec.

use super::SpecError;
use super::document::{Body, Document, Entry, Name, Section};
use super::lower::twice;
use crate::catalog::Origin;

/// Lays documents beside each other. What several of them state must be the same.
///
/// # Errors
/// Every object of which they say different things, with both places.
pub fn merge(documents: Vec<Document>) -> Result<Document, Vec<SpecError>> {
    let mut errors = Vec::new();
    let mut merged = Document::default();
    for document in documents {
        merge_into(&mut merged, document, &mut errors);
    }
    // Those of one file were found when it was read.
    let across = |error: &SpecError| error.also.as_ref().is_some_and(|(also, _)| !also.is_in_file_of(&error.place));
    errors.extend(merged.layers(None).into_iter().flat_map(|body| twice(&body.assertions)).filter(across));
    if errors.is_empty() { Ok(merged) } else { Err(errors) }
}

fn merge_into(first: &mut Document, later: Document, errors: &mut Vec<SpecError>) {
    first.guard.rules.extend(later.guard.rules);
    merge_bodies(&mut first.body, later.body, errors);
    for phase in later.phases {
        match first.phases.iter_mut().find(|known| known.id.text == phase.id.text) {
            Some(known) => {
                known.title = known.title.take().or(phase.title);
                known.note = known.note.take().or(phase.note);
                merge_bodies(&mut known.body, phase.body, errors);
            }
            None => first.phases.push(phase),
        }
    }
    first.waivers.extend(later.waivers);
    match (&first.phase, later.phase) {
        (Some(one), Some(other)) if one.text != other.text => errors.push(stated_twice("phase", &other, one)),
        (None, other) => first.phase = other,
        _ => {}
    }
}

fn merge_bodies(first: &mut Body, later: Body, errors: &mut Vec<SpecError>) {
    merge_sections(&mut first.sections, later.sections, errors);
    first.each.extend(later.each);
    first.templates.extend(later.templates);
    first.absent.extend(later.absent);
    first.allowed.extend(later.allowed);
    first.unlisted.extend(later.unlisted);
    first.assertions.extend(later.assertions);
    for entry in later.rules {
        match first.rules.iter().find(|known| known.rule.name == entry.rule.name) {
            Some(known) if known.severity == entry.severity => {}
            Some(known) => {
                let name = |place: &Origin| Name { text: entry.rule.name.to_owned(), place: place.clone() };
                errors.push(stated_twice(entry.rule.name, &name(&entry.place), &name(&known.place)));
            }
            None => first.rules.push(entry),
        }
    }
}

fn merge_sections(first: &mut Vec<Section>, later: Vec<Section>, errors: &mut Vec<SpecError>) {
    for section in later {
        let Some(known) = first.iter_mut().find(|known| known.key == section.key) else {
            first.push(section);
            continue;
        };
        for entry in section.entries {
            match known.entries.iter().find(|known| known.name.text == entry.name.text) {
                Some(known) if known.says_the_same_as(&entry) => {}
                Some(known) => errors.push(stated_twice(&entry.name.text, &entry.name, &known.name)),
                None => known.entries.push(entry),
            }
        }
    }
}

fn stated_twice(what: &str, later: &Name, first: &Name) -> SpecError {
    SpecError {
        message: format!("`{what}` is stated twice, and not the same"),
        place: later.place.clone(),
        help: Some("state it in one place, all of it".into()),
        also: Some((first.place.clone(), "and here".into())),
    }
}

impl Entry {
    /// Whether two entries of one name say the same, wherever they stand.
    fn says_the_same_as(&self, other: &Self) -> bool {
        let sql = |entry: &Self| entry.sql.as_ref().map(|text| text.sql.clone());
        let settings = |entry: &Self| {
            let all = entry.settings.iter().map(|setting| (setting.attribute, setting.value.clone()));
            all.collect::<Vec<_>>()
        };
        let legacy = |entry: &Self| entry.renamed_from.as_ref().map(|name| name.text.clone());
        let unlisted = |entry: &Self| {
            let all = entry.unlisted.iter().map(|one| (one.section, one.severity));
            all.collect::<Vec<_>>()
        };
        let same_sections = |one: &Section, other: &Section| {
            one.key == other.key
                && one.entries.len() == other.entries.len()
                && one
                    .entries
                    .iter()
                    .zip(&other.entries)
                    .all(|(one, other)| one.name.text == other.name.text && one.says_the_same_as(other))
        };
        self.kind == other.kind
            && sql(self) == sql(other)
            && settings(self) == settings(other)
            && legacy(self) == legacy(other)
            && unlisted(self) == unlisted(other)
            && (self.values, self.column_order.word()) == (other.values, other.column_order.word())
            && (self.severity, &self.severities, &self.note) == (other.severity, &other.severities, &other.note)
            && self.sections.len() == other.sections.len()
            && self.sections.iter().zip(&other.sections).all(|(one, other)| same_sections(one, other))
    }
}
