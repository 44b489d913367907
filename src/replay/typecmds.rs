//! Enum types (`typecmds.c`, `pg_enum.c`).

use pg_query::protobuf::{AlterEnumStmt, CreateEnumStmt};

use super::refusal::{DUPLICATE_OBJECT, INVALID_PARAMETER_VALUE, Outcome, Stop, WRONG_OBJECT_TYPE};
use super::rename::Rewrite;
use super::{Replay, Statement};
use crate::catalog::kind::Enum;
use crate::catalog::{Attr, Class, Expr, ObjectId, Visitor};
use crate::sql::names::MAX_NAME_BYTES;
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName};

impl Replay {
    pub(super) fn create_enum(&mut self, statement: &Statement<'_>, command: &CreateEnumStmt) -> Outcome {
        let parts: Vec<String> = command.type_name.iter().filter_map(string_of).collect();
        let (schema, name) = match parts.as_slice() {
            [.., schema, name] => (schema.as_str(), name.as_str()),
            [name] => ("", name.as_str()),
            [] => ("", ""),
        };
        let schema = self.creation_schema(schema)?;
        let id = ObjectId::in_schema(Class::Type, &schema, &Ident::new(name));
        // A relation has a type of its own name.
        let row_type = ObjectId::in_schema(Class::Relation, &schema, &Ident::new(name));
        if self.catalog().exists(&id) || self.catalog().exists(&row_type) {
            return Err(Stop::refused(DUPLICATE_OBJECT, format!("type \"{name}\" already exists")));
        }
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
            comment: Attr::Is(None, origin.clone()),
            ..Enum::default()
        };
        self.database.insert(id, facts, origin);
        Ok(())
    }

    pub(super) fn alter_enum(&mut self, statement: &Statement<'_>, command: &AlterEnumStmt) -> Outcome {
        let id = self.user_type(&command.type_name.iter().filter_map(string_of).collect::<Vec<_>>())?;
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
