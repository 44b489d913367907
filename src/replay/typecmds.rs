//! Types (`typecmds.c`): what they have in common, and enums (`pg_enum.c`).

mod base;
mod composite;
mod domain;
mod range;

use pg_query::protobuf::{AlterEnumStmt, CreateEnumStmt, Node, ObjectType};

use super::database::Space;
use super::functioncmds::schema_and_name;
use super::refusal::{
    DATATYPE_MISMATCH, DEPENDENT_OBJECTS_STILL_EXIST, DUPLICATE_OBJECT, INVALID_PARAMETER_VALUE, Outcome, Stop,
    WRONG_OBJECT_TYPE,
};
use super::rename::{Move, Rewrite};
use super::{Replay, Statement};
use crate::catalog::kind::{BaseType, CollationName, Composite, Domain, Enum, Sequence};
use crate::catalog::meaning::TypeSort;
use crate::catalog::{Attr, Class, Expr, Meaning, ObjectId, Tree, Unmodelled, Visitor};
use crate::library::Library;
use crate::sql::names::MAX_NAME_BYTES;
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, TypeName};

impl Replay {
    /// The identity of a new type, if no other type has its name. A shell only waits to be filled in.
    fn new_type(&self, schema: &str, name: &str) -> Outcome<ObjectId> {
        let schema = self.creation_schema(schema)?;
        let id = ObjectId::in_schema(Class::Type, &schema, &Ident::new(name));
        let is_shell = self.database.get::<BaseType>(&id).is_some_and(|base| base.defined.get() == Some(&false));
        if !is_shell {
            self.is_free_type_name(&id)?;
        }
        Ok(id)
    }

    /// A relation has a type of its own name; so had a sequence, before PostgreSQL 14.
    fn is_free_type_name(&self, id: &ObjectId) -> Outcome {
        let relation = ObjectId::in_schema(Class::Relation, &id.path()[0], id.name());
        let has_type = self.catalog().version < 14 || self.database.get::<Sequence>(&relation).is_none();
        if self.catalog().exists(id) || self.catalog().exists(&relation) && has_type {
            return Err(Stop::refused(DUPLICATE_OBJECT, format!("type \"{}\" already exists", id.name().as_str())));
        }
        Ok(())
    }

    /// A type that the schema itself defines, or the relation of whose rows it is.
    fn any_type(&self, parts: &[String]) -> Outcome<ObjectId> {
        let name = QualifiedName::from_parts(parts);
        let schema = name.schema.as_ref().map_or("", Ident::as_str);
        let of_rows = || self.find_relation(schema, name.name.as_str()).filter(|id| id.class() == Class::Relation);
        self.find_type(&name).or_else(of_rows).map_or_else(|| self.user_type(parts), Ok)
    }

    /// A type that is dropped (`findDependentObjects()`).
    pub(super) fn type_to_drop(&self, sort: ObjectType, parts: &[String]) -> Outcome<ObjectId> {
        let id = self.any_type(parts)?;
        if sort == ObjectType::ObjectDomain && self.database.get::<Domain>(&id).is_none() {
            return Err(Stop::refused(WRONG_OBJECT_TYPE, format!("\"{}\" is not a domain", id.name().as_str())));
        }
        if id.class() == Class::Relation {
            let (name, table) = (id.name(), self.describe(&id));
            let message = format!("cannot drop type {name} because {table} requires it");
            return Err(Stop::refused(DEPENDENT_OBJECTS_STILL_EXIST, message)
                .with_hint(format!("You can drop {table} instead.")));
        }
        Ok(id)
    }

    /// `typtype` of a type that is no array, if that is known.
    pub(super) fn type_sort(&self, of: &TypeName) -> Option<TypeSort> {
        if of.array {
            return None;
        }
        let Some(schema) = &of.name.schema else {
            return Library::of(self.catalog().version)
                .data_type(of.name.name.as_str())
                .map(|known| known.sort.clone());
        };
        match self.catalog().meaning(&ObjectId::in_schema(Class::Type, schema, &of.name.name))? {
            Meaning::Type(meaning) => Some(meaning.sort.clone()),
            Meaning::Unknown | Meaning::Call(_) | Meaning::Columns(_) | Meaning::Cast(_) => None,
        }
    }

    /// The collation that is given to something of a type, if it is another than the type has.
    pub(super) fn collation_beside(&self, of: &TypeName, nodes: &[Node]) -> Outcome<Option<CollationName>> {
        let parts: Vec<String> = nodes.iter().filter_map(string_of).collect();
        let refused = || Stop::refused(DATATYPE_MISMATCH, format!("collations are not supported by type {of}"));
        self.named_collation_beside(of, &parts, refused)
    }

    fn named_collation_beside(
        &self,
        of: &TypeName,
        parts: &[String],
        refused: impl FnOnce() -> Stop,
    ) -> Outcome<Option<CollationName>> {
        if parts.is_empty() {
            return Ok(None);
        }
        let given = self.collation(parts)?;
        match self.type_collation(of) {
            Some(Some(usual)) => Ok((given != usual).then_some(given)),
            Some(None) if !self.lenient => Err(refused()),
            Some(None) | None => Ok((given.0 != QualifiedName::bare("default")).then_some(given)),
        }
    }

    /// `get_typcollation()`; none where the type is not known, none inside where it has no collation.
    fn type_collation(&self, of: &TypeName) -> Option<Option<CollationName>> {
        let usual = |collatable: bool| collatable.then(|| CollationName(QualifiedName::bare("default")));
        let of = of.element();
        if of.is_builtin("name") {
            return Some(Some(CollationName(QualifiedName::bare("C"))));
        }
        let Some(schema) = &of.name.schema else {
            return Library::of(self.catalog().version).data_type(of.name.name.as_str()).map(|of| usual(of.collatable));
        };
        let id = ObjectId::in_schema(Class::Type, schema, &of.name.name);
        if let Some(domain) = self.database.get::<Domain>(&id) {
            let own = domain.collation.get().cloned().flatten();
            return own.map(|own| Some(Some(own))).unwrap_or_else(|| self.type_collation(domain.data_type.get()?));
        }
        match self.catalog().meaning(&id)? {
            Meaning::Type(meaning) => Some(usual(meaning.collatable)),
            Meaning::Unknown | Meaning::Call(_) | Meaning::Columns(_) | Meaning::Cast(_) => None,
        }
    }

    /// `RenameType()`
    pub(super) fn rename_type(&mut self, sort: ObjectType, parts: &[String], to: &Ident) -> Outcome {
        let from = self.type_to_alter(sort, parts)?;
        let to = ObjectId::in_schema(Class::Type, &from.path()[0], to);
        if self.database.get::<Composite>(&from).is_some()
            && self.database.is_taken(Space::Relation, &to.path()[0], to.name().as_str())
        {
            return Err(Stop::relation_exists(to.name().as_str()));
        }
        self.is_free_type_name(&to)?;
        self.move_type(&from, to);
        Ok(())
    }

    /// `AlterTypeNamespace()`
    pub(super) fn set_type_schema(&mut self, sort: ObjectType, parts: &[String], schema: &Ident) -> Outcome {
        let from = self.type_to_alter(sort, parts)?;
        let schema = &self.schema(schema)?;
        let to = ObjectId::in_schema(Class::Type, schema, from.name());
        if from == to {
            return Ok(());
        }
        if self.is_free_type_name(&to).is_err() {
            let message = format!("type \"{}\" already exists in schema \"{}\"", to.name().as_str(), schema.as_str());
            return Err(Stop::refused(DUPLICATE_OBJECT, message));
        }
        self.move_type(&from, to);
        Ok(())
    }

    fn type_to_alter(&self, sort: ObjectType, parts: &[String]) -> Outcome<ObjectId> {
        let id = self.any_type(parts)?;
        if sort == ObjectType::ObjectDomain && self.database.get::<Domain>(&id).is_none() {
            return Err(Stop::refused(WRONG_OBJECT_TYPE, format!("{} is not a domain", id.name())));
        }
        if id.class() == Class::Relation {
            let message = format!("{} is a table's row type", id.name());
            return Err(Stop::refused(WRONG_OBJECT_TYPE, message).with_hint("Use ALTER TABLE instead."));
        }
        Ok(id)
    }

    /// Gives a type another full name, its parts and what comes along with it, and tells everybody.
    pub(super) fn move_type(&mut self, from: &ObjectId, to: ObjectId) {
        self.follow(&Move { from: from.clone(), to: to.clone() });
        let parts: Vec<ObjectId> = self.catalog().children(from).map(|(id, _)| id.clone()).collect();
        for part in parts {
            let moved = part.moved(from, &to);
            self.database.rename(&part, moved);
        }
        let come_along = self.catalog().unmodelled.iter().filter(|(_, one)| one.owned_by.as_ref() == Some(from));
        let come_along: Vec<(ObjectId, Unmodelled)> = come_along
            .map(|(id, one)| (id.clone(), Unmodelled { owned_by: Some(to.clone()), ..one.clone() }))
            .collect();
        for (id, one) in come_along {
            self.database.insert_unmodelled(id, one);
        }
        self.database.rename(from, to);
    }

    pub(super) fn create_enum(&mut self, statement: &Statement<'_>, command: &CreateEnumStmt) -> Outcome {
        let (schema, name) = schema_and_name(&command.type_name);
        let id = self.new_type(&schema, &name)?;
        let mut values: Vec<String> = Vec::new();
        for label in command.vals.iter().filter_map(string_of) {
            check_label(&label)?;
            if values.contains(&label) {
                return Err(Stop::refused(
                    "23505",
                    "duplicate key value violates unique constraint \"pg_enum_typid_label_index\"",
                ));
            }
            values.push(label);
        }
        let origin = statement.origin();
        let facts = Enum {
            values: Attr::Is(values, origin.clone()),
            owner: Attr::Unstated,
            privileges: Attr::Unstated,
            comment: Attr::Is(None, origin.clone()),
        };
        self.database.insert(id.clone(), facts, origin);
        self.new_labels.types.push(id);
        Ok(())
    }

    pub(super) fn alter_enum(&mut self, statement: &Statement<'_>, command: &AlterEnumStmt) -> Outcome {
        let id = self.any_type(&command.type_name.iter().filter_map(string_of).collect::<Vec<_>>())?;
        let Some(mut values) = self.database.get::<Enum>(&id).and_then(|facts| facts.values.get().cloned()) else {
            return Err(Stop::refused(WRONG_OBJECT_TYPE, format!("{id} is not an enum")));
        };
        let position = |label: &str| {
            let missing =
                || Stop::refused(INVALID_PARAMETER_VALUE, format!("\"{label}\" is not an existing enum label"));
            values.iter().position(|value| value == label).ok_or_else(missing)
        };
        let taken = values.contains(&command.new_val);
        check_label(&command.new_val)?;
        if !command.old_val.is_empty() {
            let at = position(&command.old_val)?;
            if taken {
                return Err(Stop::refused(
                    DUPLICATE_OBJECT,
                    format!("enum label \"{}\" already exists", command.new_val),
                ));
            }
            values[at].clone_from(&command.new_val);
            self.rename_label(&id.qualified_name(), &command.old_val, &command.new_val);
        } else if taken {
            if command.skip_if_new_val_exists {
                return Ok(());
            }
            return Err(Stop::refused(DUPLICATE_OBJECT, format!("enum label \"{}\" already exists", command.new_val)));
        } else {
            let at = match command.new_val_neighbor.as_str() {
                "" => values.len(),
                neighbor => position(neighbor)? + usize::from(command.new_val_is_after),
            };
            values.insert(at, command.new_val.clone());
            self.new_labels.labels.push((id.qualified_name(), command.new_val.clone()));
        }
        self.database.edit::<Enum>(&id, |facts| facts.values = Attr::Is(values, statement.origin()));
        Ok(())
    }
}

impl Replay {
    /// A constant of an enum type is its label by OID, so it follows.
    fn rename_label(&mut self, of: &QualifiedName, from: &str, to: &str) {
        self.visit_all(&mut RenameLabel { of, from, to, hit: false });
    }
}

/// The enum types and labels that are new in the transaction that is open.
#[derive(Debug, Default)]
pub(super) struct NewLabels {
    types: Vec<ObjectId>,
    labels: Vec<(QualifiedName, String)>,
}

impl Replay {
    /// `check_safe_enum_use()`: a new label can be used once it is committed. From PostgreSQL 17 on that of a type
    /// which is new itself can be used at once.
    pub(super) fn unsafe_label_in(&self, tree: &Tree) -> Option<Stop> {
        if !self.in_transaction() || self.lenient {
            return None;
        }
        let is_new = |of: &QualifiedName| self.new_labels.types.iter().any(|id| id.qualified_name() == *of);
        let is_safe = |of: &QualifiedName| self.catalog().version >= 17 && is_new(of);
        let labels = self.new_labels.labels.iter().filter(|(of, _)| !is_safe(of));
        let is_used = |(of, label): &&(QualifiedName, String)| {
            let mut other = tree.clone();
            other.rename_label(of, label, "");
            other != *tree
        };
        labels.into_iter().find(is_used).map(|(of, label)| {
            let message = format!("unsafe use of new value \"{label}\" of enum type {}", of.name);
            Stop::refused("55P04", message).with_hint("New enum values must be committed before they can be used.")
        })
    }
}

struct RenameLabel<'a> {
    of: &'a QualifiedName,
    from: &'a str,
    to: &'a str,
    hit: bool,
}

impl Visitor for RenameLabel<'_> {
    fn expr(&mut self, expr: &mut Expr) {
        let before = expr.clone();
        expr.rewrite(|tree| tree.rename_label(self.of, self.from, self.to));
        self.hit |= *expr != before;
    }
}

impl Rewrite for RenameLabel<'_> {
    fn take_hit(&mut self) -> bool {
        std::mem::take(&mut self.hit)
    }
}

fn check_label(label: &str) -> Outcome {
    if label.len() > MAX_NAME_BYTES {
        return Err(Stop::refused("42602", format!("invalid enum label \"{label}\"")));
    }
    Ok(())
}
