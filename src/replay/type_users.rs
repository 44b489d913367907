//! What becomes of routines, operators and casts with the types that they name.

use std::collections::BTreeSet;

use super::Replay;
use super::refusal::{DEPENDENT_OBJECTS_STILL_EXIST, Outcome, Stop};
use crate::catalog::meaning::{Signature, TypeMeaning, TypeSort};
use crate::catalog::{Class, Meaning, ObjectId, Unmodelled};
use crate::sql::QualifiedName;

impl Replay {
    /// A routine stands in the way of dropping a type that it takes or gives.
    pub(super) fn no_routine_needs(&self, targets: &[ObjectId], gone: &BTreeSet<ObjectId>) -> Outcome {
        for id in gone.iter().filter(|id| matches!(id.class(), Class::Type | Class::Relation)) {
            // Those of an extension are used by its own.
            if self.catalog().unmodelled.get(id).is_some_and(|other| other.what.starts_with("member of ")) {
                continue;
            }
            let own = self.own_names(id);
            let routines = self.catalog().unmodelled.iter().filter(|(routine, _)| routine.class() == Class::Routine);
            let mut users =
                routines.filter(|(routine, _)| !gone.contains(routine) && !own.contains(&routine.qualified_name()));
            if let Some((user, _)) =
                users.find(|(_, other)| other.meaning.signature().is_some_and(|one| uses(one, &own)))
            {
                let target = self.describe(targets.first().unwrap_or(id));
                let message = format!("cannot drop {target} because other objects depend on it");
                let hint = format!("{} depends on {}", self.describe(user), self.describe(id));
                return Err(Stop::refused(DEPENDENT_OBJECTS_STILL_EXIST, message).with_hint(hint));
            }
        }
        Ok(())
    }

    /// Takes away what cannot be without a type that is dropped, its constructors among it.
    pub(super) fn forget_type(&mut self, id: &ObjectId) {
        let own = self.own_names(id);
        let is_user = |(id, other): &(&ObjectId, &Unmodelled)| {
            id.args().iter().any(|of| own.contains(&of.name))
                || other.meaning.signature().is_some_and(|signature| uses(signature, &own))
        };
        let users = self.catalog().unmodelled.iter().filter(is_user).map(|(id, _)| id);
        let multirange =
            own.get(1).and_then(|name| Some(ObjectId::in_schema(Class::Type, name.schema.as_ref()?, &name.name)));
        let gone: Vec<ObjectId> = users.cloned().chain(multirange).collect();
        for id in gone {
            self.database.remove_unmodelled(&id);
        }
    }

    /// The name of a type, or of the rows of a relation; of a range type also that of its multirange.
    fn own_names(&self, id: &ObjectId) -> Vec<QualifiedName> {
        let row_type = ObjectId::in_schema(Class::Type, &id.path()[0], id.name());
        if id.class() == Class::Relation && self.catalog().exists(&row_type) {
            return Vec::new();
        }
        let multirange = match self.catalog().unmodelled.get(id).map(|other| &other.meaning) {
            Some(Meaning::Type(TypeMeaning { sort: TypeSort::Range { multirange, .. }, .. })) => multirange.clone(),
            _ => None,
        };
        [id.qualified_name()].into_iter().chain(multirange).collect()
    }
}

/// Whether something cannot be without a type: a domain, a range, a view.
pub(super) fn is_made_of(other: &Unmodelled, of: &QualifiedName) -> bool {
    match &other.meaning {
        Meaning::Type(meaning) => match &meaning.sort {
            TypeSort::Domain(base) => base.name == *of,
            TypeSort::Range { subtype, .. } => subtype.name == *of,
            TypeSort::Base | TypeSort::Composite(_) | TypeSort::Enum | TypeSort::Multirange(_) | TypeSort::Pseudo => {
                false
            }
        },
        Meaning::Columns(columns) => {
            other.what.ends_with("view") && columns.iter().any(|(_, column)| column.name == *of)
        }
        Meaning::Unknown | Meaning::Call(_) | Meaning::Cast(_) => false,
    }
}

fn uses(signature: &Signature, names: &[QualifiedName]) -> bool {
    let outputs = signature.outputs.iter().map(|(_, of)| of);
    signature.types().chain([&signature.result]).chain(outputs).any(|of| names.contains(&of.name))
}
