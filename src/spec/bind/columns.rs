//! The order of columns.

use super::Binder;
use crate::catalog::{AttrValue, Catalog, Facts, ObjectId, Value};
use crate::spec::document::{ColumnOrder, Entry};
use crate::spec::names::part_name;
use crate::spec::section::SectionKey;
use crate::sql::Ident;

impl Binder<'_> {
    /// The columns are in the order that is there, unless the spec states another: `*` means them all.
    pub(super) fn order_columns(&mut self, id: &ObjectId) {
        let stated = self.objects.get(id).and_then(|object| object.facts.column_order()).cloned();
        let order = stated.or_else(|| column_order(self.observed, id).cloned()).unwrap_or_default();
        self.replay.order_columns(id, &order);
    }

    /// `column_order: relative` or `exact`: what the order that is there would have to be.
    pub(super) fn state_column_order(&mut self, id: &ObjectId, entry: &Entry) {
        let (place, is_exact) = match &entry.column_order {
            ColumnOrder::Ignore => return,
            ColumnOrder::Relative(place) => (place, false),
            ColumnOrder::Exact(place) => (place, true),
        };
        let sections = entry.sections.iter().filter(|section| section.key == SectionKey::Columns);
        let written =
            sections.flat_map(|section| &section.entries).map(|column| Ident::new(part_name(&column.name.text)));
        let mut listed: Vec<Ident> = written.collect();
        if listed.is_empty() {
            listed = self.created_order.get(id).cloned().unwrap_or_default();
        }
        let Some(there) = column_order(self.observed, id) else { return };
        listed.retain(|name| there.contains(name));
        let order: Vec<&Ident> = if is_exact {
            listed.iter().chain(there.iter().filter(|name| !listed.contains(name))).collect()
        } else {
            let mut in_turn = listed.iter();
            let next = |name| if listed.contains(name) { in_turn.next().unwrap_or(name) } else { name };
            there.iter().map(next).collect()
        };
        let names = Value::List(order.into_iter().map(AttrValue::to_value).collect());
        if let Some(object) = self.objects.get_mut(id) {
            // A relation without an order of columns has no section of columns either.
            let _ = object.facts.set("column_order", names, place.clone());
        }
    }
}

fn column_order<'c>(catalog: &'c Catalog, id: &ObjectId) -> Option<&'c Vec<Ident>> {
    catalog.facts(id).and_then(Facts::column_order)
}
