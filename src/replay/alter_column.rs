//! ALTER TABLE … ALTER COLUMN (`tablecmds.c`).

use pg_query::protobuf::ColumnDef;

use super::Replay;
use super::heap::Clause;
use super::refusal::{
    DATATYPE_MISMATCH, INVALID_COLUMN_DEFINITION, INVALID_TABLE_DEFINITION, Outcome, SYNTAX_ERROR, Stop,
    WRONG_OBJECT_TYPE,
};
use crate::catalog::kind::{Column, GeneratedKind};
use crate::catalog::{Attr, Class, Facts, ObjectId, Origin};
use crate::expr::{self, Around, Scope, Wanted};
use crate::sql::{Ident, TypeName};

impl Replay {
    pub(super) fn set_nullable(
        &mut self,
        table: &ObjectId,
        column: &str,
        nullable: bool,
        only: bool,
        origin: &Origin,
    ) -> Outcome {
        let id = self.column(table, column)?;
        if nullable {
            let in_key = self.catalog().parts(table, Class::Constraint).any(|(_, object)| match &object.facts {
                Facts::PrimaryKey(key) => key.columns.get().is_some_and(|columns| columns.contains(id.name())),
                _ => false,
            });
            if in_key {
                return Err(Stop::refused(
                    INVALID_TABLE_DEFINITION,
                    format!("column \"{column}\" is in a primary key"),
                ));
            }
            if self.database.get::<Column>(&id).is_some_and(|c| c.identity.get().is_some_and(Option::is_some)) {
                let message =
                    format!("column \"{column}\" of relation \"{}\" is an identity column", table.name().as_str());
                return Err(Stop::refused(SYNTAX_ERROR, message));
            }
            self.may_drop_not_null(&id)?;
            self.drop_not_null(&id, only, origin);
            return Ok(());
        }
        self.set_not_null(&id, "", only, origin)
    }

    /// `ATExecAlterColumnType()`: the default is coerced anew. What reads the column is made again once all columns
    /// of the command have their types.
    pub(super) fn alter_column_type(
        &mut self,
        table: &ObjectId,
        name: &str,
        definition: &ColumnDef,
        origin: &Origin,
    ) -> Outcome {
        let id = self.column(table, name)?;
        let Some(node) = &definition.type_name else { return Ok(()) };
        let data_type = self.resolve_type(TypeName::from_node(node)).map_err(|stop| stop.at(node.location))?;
        self.set_identity_type(&id, &data_type, origin)?;
        if !self.lenient {
            self.can_alter_type(&id, &data_type)?;
        }
        let collation = definition.coll_clause.as_ref().map_or(&[][..], |clause| &clause.collname);
        let collation = self.collation_beside(&data_type, collation)?;
        let default = self.database.get::<Column>(&id).and_then(|column| column.default.get().cloned()).flatten();
        self.database.edit::<Column>(&id, |column| {
            column.data_type = Attr::Is(data_type.clone(), origin.clone());
            column.collation = Attr::Is(collation, origin.clone());
            column.storage = Attr::Is(None, origin.clone());
            column.compression = Attr::Is(None, origin.clone());
        });
        if let Some(default) = default {
            let default = self.resolve_again(&default, &data_type);
            self.database.edit::<Column>(&id, |column| column.default = Attr::Is(Some(default), origin.clone()));
        }
        Ok(())
    }

    /// `ATPrepAlterColumnType()`: before anything is changed there must be a way from type to type.
    pub(super) fn prepare_column_type(
        &mut self,
        table: &ObjectId,
        name: &str,
        definition: &ColumnDef,
        origin: &Origin,
    ) -> Outcome {
        let id = table.part(Class::Column, &Ident::new(name));
        let Some(node) = definition.type_name.as_ref().filter(|_| !self.lenient) else { return Ok(()) };
        // What it is turned into is looked at before anything is asked of the column (`transformAlterTableStmt()`).
        if let Some(using) = &definition.raw_default {
            self.expression(using, table, Clause::Using)?;
        }
        // The sequence of an identity column is changed with that.
        if self.identity_sequence(&id).is_some() {
            let to = self.resolve_type(TypeName::from_node(node)).map_err(|stop| stop.at(node.location))?;
            self.set_identity_type(&id, &to, origin)?;
        }
        if self.is_typed(table) {
            return Err(
                Stop::refused(WRONG_OBJECT_TYPE, "cannot alter column type of typed table").at(definition.location)
            );
        }
        self.prepare_values(&id, definition)
    }

    /// What becomes of the values, also in the tables of a composite type whose attribute it is.
    pub(super) fn prepare_values(&self, id: &ObjectId, definition: &ColumnDef) -> Outcome {
        let (Some(node), Some(table)) = (definition.type_name.as_ref().filter(|_| !self.lenient), id.parent()) else {
            return Ok(());
        };
        let name = id.name().as_str();
        let Some(from) = self.database.get::<Column>(id).and_then(|column| column.data_type.get().cloned()) else {
            return Ok(());
        };
        let is_generated = |column: &Column| column.generated.get().is_some_and(Option::is_some);
        if definition.raw_default.is_some() && self.database.get::<Column>(id).is_some_and(is_generated) {
            let message = "cannot specify USING when altering type of generated column";
            let stop = Stop::refused(INVALID_COLUMN_DEFINITION, message).at(definition.location);
            return Err(stop.with_hint(format!("Column \"{name}\" is a generated column.")));
        }
        self.is_own(id, "alter")
            .and_then(|()| self.is_no_partition_key(id, "alter"))
            .map_err(|stop| stop.at(definition.location))?;
        let to = self.resolve_type(TypeName::from_node(node)).map_err(|stop| stop.at(node.location))?;
        self.is_no_pseudo_type(id.name(), &to)?;
        if self.generated_kind(id) == Some(GeneratedKind::Virtual) {
            self.may_be_virtual(id.name(), &to)?;
        }
        self.holds_no_other(&to, &table)?;
        if let Some(using) = &definition.raw_default {
            self.expression(using, &table, Clause::Transform(id.name(), &to))?;
        } else if !self.can_be_stored(&from, &to) {
            let message = format!("column \"{name}\" cannot be cast automatically to type {to}");
            let hint = format!("You might need to specify \"USING {}::{to}\".", id.name());
            return Err(Stop::refused(DATATYPE_MISMATCH, message).with_hint(hint));
        }
        Ok(())
    }

    /// The default has to follow by itself, and no policy may be in the way.
    fn can_alter_type(&self, id: &ObjectId, to: &TypeName) -> Outcome {
        let Some(column) = self.database.get::<Column>(id) else { return Ok(()) };
        let fits = column.data_type.get().is_none_or(|from| self.can_be_stored(from, to));
        if !fits && matches!(column.default.get(), Some(Some(_))) {
            let message =
                format!("default for column \"{}\" cannot be cast automatically to type {to}", id.name().as_str());
            return Err(Stop::refused(DATATYPE_MISMATCH, message));
        }
        self.no_other_reads(id)
    }

    /// Whether an assignment can turn one type into another; where that is not certain, it can.
    fn can_be_stored(&self, from: &TypeName, to: &TypeName) -> bool {
        let scope = Scope { catalog: self.catalog(), search_path: &[], around: Around::Nothing, wanted: Wanted::Value };
        let in_doubt = |of: &TypeName| of.name.schema.is_some() && self.doubts.cover(of.name.name.as_str());
        !self.knows_operators() || in_doubt(from) || in_doubt(to) || expr::can_be_stored(from, to, &scope)
    }
}
