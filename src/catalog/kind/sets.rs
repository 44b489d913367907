//! Lists of which the order means nothing, which have one order in the model.

use super::Facts;
use crate::catalog::Attr;

impl Facts {
    /// Puts what stands in no order of its own into the one that all sources give it.
    pub fn put_sets_in_order(&mut self) {
        if let Some(grants) = self.privileges_mut() {
            sort(grants);
        }
        match self {
            Self::Policy(policy) => {
                sort(&mut policy.roles);
                policy.roles.get_mut().into_iter().for_each(Vec::dedup);
            }
            Self::Table(table) => sort(&mut table.storage_parameters),
            Self::MaterializedView(view) => sort(&mut view.storage_parameters),
            Self::Index(index) => sort(&mut index.storage_parameters),
            Self::PrimaryKey(key) => sort(&mut key.storage_parameters),
            Self::Unique(key) => sort(&mut key.storage_parameters),
            Self::Exclusion(key) => sort(&mut key.storage_parameters),
            Self::Column(column) => sort(&mut column.options),
            Self::Role(role) => sort(&mut role.member_of),
            Self::EventTrigger(trigger) => sort(&mut trigger.tags),
            Self::TextSearchConfiguration(configuration) => sort(&mut configuration.mappings),
            Self::Publication(publication) => {
                sort(&mut publication.schemas);
                sort(&mut publication.operations);
                let tables = publication.tables.get_mut().into_iter();
                tables.for_each(|tables| tables.sort_by(|one, other| one.relation.cmp(&other.relation)));
            }
            Self::Subscription(subscription) => {
                sort(&mut subscription.publications);
                sort(&mut subscription.options);
            }
            _ => {}
        }
    }
}

fn sort<T: Ord>(attr: &mut Attr<Vec<T>>) {
    attr.get_mut().into_iter().for_each(|items| items.sort());
}
