//! What holds of everything there is, and is said once.

use super::draft::{Draft, Drafter, NOWHERE};
use super::usual::is_usual;
use crate::catalog::kind::{RowSecurity, Table};
use crate::catalog::{Facts, FactsOf, ObjectId, Value};
use crate::spec::SectionKey;
use crate::spec::document::{Each, Entry, Name, Setting};
use crate::spec::section::Scope;

/// That every object of a section has this, those that come too.
fn every(section: SectionKey, attribute: &'static str, value: Value) -> Each {
    let name = |text: &str| Name { text: text.to_owned(), place: NOWHERE };
    let mut body = Entry::new(name("each"));
    body.settings.push(Setting { attribute, value, place: NOWHERE });
    Each { place: NOWHERE, section, select: vec![name("*")], except: Vec::new(), count: None, body }
}

/// Whether what is usual of an attribute is said of all objects of its section at once, and not of each.
pub(super) fn is_said_of_all(section: SectionKey) -> bool {
    section.scope() == Scope::Schema || section == SectionKey::Columns
}

impl Drafter<'_> {
    /// Where every table has row security, those that come must have it too.
    pub(super) fn are_all_secured(&self) -> bool {
        let mut tables = self.in_schemas().filter_map(|(_, facts)| Table::of(facts)).peekable();
        self.is_of_all()
            && tables.peek().is_some()
            && tables.all(|table| table.row_security.get() == Some(&RowSecurity::Enabled))
    }

    pub(super) fn say_of_all(&self, draft: &mut Draft) {
        if self.all_are_secured {
            let enabled = Value::Text(RowSecurity::Enabled.word().to_owned());
            draft.document.body.each.push(every(SectionKey::Tables, "row_security", enabled));
        }
        if self.options.grants && self.is_of_all() {
            SectionKey::ALL.iter().filter(|section| is_said_of_all(**section)).for_each(|section| {
                self.say_who_may(*section, draft);
            });
        }
    }

    /// That nobody may more than is usual, but where an entry says so.
    fn say_who_may(&self, section: SectionKey, draft: &mut Draft) {
        let (mut usual, mut others) = (None, Vec::new());
        for (id, facts) in self.in_schemas().filter(|(_, facts)| section.kinds().contains(&facts.kind())) {
            let attributes = facts.attributes().into_iter();
            let Some((_, stated)) = attributes.into_iter().find(|(definition, _)| definition.name == "grants") else {
                return;
            };
            match stated {
                Some((value, _)) if is_usual(facts.kind(), "grants", &value) => usual = Some(value),
                Some(_) if draft.path_of.contains_key(id) => {}
                Some(_) => others.push(format!("{} {id}: its grants", facts.kind().noun())),
                None => draft.unknown_grants += 1,
            }
        }
        // What comes along with others has no entry to say it in.
        if let (Some(value), true) = (usual, others.is_empty()) {
            draft.document.body.each.push(every(section, "grants", value));
        }
        draft.left_out.extend(others);
    }

    /// Whether all there is is pulled, so that something can be said of all.
    pub(super) fn is_of_all(&self) -> bool {
        !self.options.defaults && self.options.only.is_empty() && self.options.except.is_empty()
    }

    /// What stands in the schemas that the spec speaks about, and is one's own.
    fn in_schemas(&self) -> impl Iterator<Item = (&ObjectId, &Facts)> {
        let is_ours = |id: &ObjectId| id.schema().is_some_and(|schema| self.schemas.contains(schema));
        let objects = self.catalog.objects.iter();
        let ours = objects.filter(move |(id, _)| is_ours(id) && !self.options.foreign.contains(*id));
        ours.map(|(id, object)| (id, &object.facts))
    }
}
