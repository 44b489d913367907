//! Tables of a composite type: `transformOfType()` of `parse_utilcmd.c`, `ATExecAddOf()` and what else `tablecmds.c` has.

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableCmd, AlterTableType, CreateStmt, TypeName as TypeNameNode};

use super::Replay;
use super::parse_utilcmd::plain_column;
use super::refusal::{DATATYPE_MISMATCH, Outcome, Stop, WRONG_OBJECT_TYPE};
use crate::catalog::kind::{Column, Composite, Table};
use crate::catalog::meaning::TypeSort;
use crate::catalog::{Attr, Class, Facts, Meaning, ObjectId, Origin};
use crate::sql::{Ident, TypeName};

impl Replay {
    /// `check_of_type()`, as far as the type is known.
    pub(super) fn table_type(&self, name: &TypeNameNode) -> Outcome<TypeName> {
        let of = self.resolve_type(TypeName::from_node(name)).map_err(|stop| stop.at(name.location))?;
        let Some(schema) = &of.name.schema else { return Ok(of) };
        let at = |class| ObjectId::in_schema(class, schema, &of.name.name);
        let why = match self.catalog().facts(&at(Class::Type)) {
            Some(Facts::Composite(_)) => return Ok(of),
            Some(_) => "not a composite type",
            None if self.catalog().facts(&at(Class::Relation)).is_some() => "the row type of another table",
            None => return Ok(of),
        };
        if self.lenient {
            return Ok(of);
        }
        Err(Stop::refused(WRONG_OBJECT_TYPE, format!("type {of} is {why}")))
    }

    /// The attributes of a composite type.
    pub(super) fn attributes_of(&self, of: &TypeName) -> Option<Vec<(Ident, TypeName)>> {
        let id = ObjectId::in_schema(Class::Type, of.name.schema.as_ref()?, &of.name.name);
        match self.catalog().meaning(&id)? {
            Meaning::Type(meaning) => match &meaning.sort {
                TypeSort::Composite(attributes) => Some(attributes.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    /// `transformOfType()`
    pub(super) fn columns_of_type(&mut self, table: &ObjectId, command: &CreateStmt, origin: &Origin) -> Outcome {
        let Some(name) = &command.of_typename else { return Ok(()) };
        let of = self.resolve_type(TypeName::from_node(name))?;
        let row = self.type_object(&of.name).and_then(|id| self.database.get::<Composite>(&id));
        let attributes = row.and_then(|row| row.attributes.get().cloned()).unwrap_or_default();
        for (name, of) in self.attributes_of(&of).unwrap_or_default() {
            let mut column = plain_column(of, origin);
            let attribute = attributes.iter().find(|one| one.name == name);
            column.collation = Attr::Is(attribute.and_then(|one| one.collation.clone()), origin.clone());
            self.insert_column(table, &name, column, origin);
        }
        Ok(())
    }

    /// `ATExecAddOf()`
    pub(super) fn add_of(&mut self, table: &ObjectId, step: &AlterTableCmd, origin: &Origin) -> Outcome {
        let Some(NodeEnum::TypeName(name)) = step.def.as_deref().and_then(|def| def.node.as_ref()) else {
            return Ok(());
        };
        let of = self.table_type(name)?;
        if !self.parents_of(table).is_empty() {
            return Err(Stop::refused(WRONG_OBJECT_TYPE, "typed tables cannot inherit"));
        }
        match self.attributes_of(&of) {
            Some(attributes) if !self.lenient => self.has_just(table, &attributes)?,
            Some(_) | None => {}
        }
        self.database.edit::<Table>(table, |table| table.of_type = Attr::Is(Some(of), origin.clone()));
        Ok(())
    }

    /// That a table has the columns that its type is to have, in their order.
    fn has_just(&self, table: &ObjectId, attributes: &[(Ident, TypeName)]) -> Outcome {
        let refused = |message: String| Err(Stop::refused(DATATYPE_MISMATCH, message));
        let order = self.database.get::<Table>(table).and_then(|facts| facts.column_order.get());
        let mut columns = order.into_iter().flatten();
        for (name, of) in attributes {
            let Some(column) = columns.next() else {
                return refused(format!("table is missing column \"{}\"", name.as_str()));
            };
            if column != name {
                let (column, name) = (column.as_str(), name.as_str());
                return refused(format!("table has column \"{column}\" where type requires \"{name}\""));
            }
            let own = self.database.get::<Column>(&table.part(Class::Column, column));
            if own.and_then(|own| own.data_type.get()).is_some_and(|own| own != of) {
                let (table, name) = (table.name().as_str(), name.as_str());
                return refused(format!("table \"{table}\" has different type for column \"{name}\""));
            }
        }
        match columns.next() {
            Some(extra) => refused(format!("table has extra column \"{}\"", extra.as_str())),
            None => Ok(()),
        }
    }

    pub(super) fn is_typed(&self, table: &ObjectId) -> bool {
        self.database.get::<Table>(table).is_some_and(|table| table.of_type.get().is_some_and(Option::is_some))
    }

    /// `find_typed_table_dependencies()`
    pub(super) fn tables_of(&self, of: &ObjectId) -> Vec<ObjectId> {
        let name = of.qualified_name();
        let is_made_of = |facts: &Facts| match facts {
            Facts::Table(table) => table.of_type.get().and_then(Option::as_ref).is_some_and(|of| of.name == name),
            _ => false,
        };
        let tables = self.catalog().objects.iter().filter(|(_, object)| is_made_of(&object.facts));
        tables.map(|(id, _)| id.clone()).collect()
    }

    /// `ATTypedTableRecursion()`: a change of a type, with CASCADE, in a table of that type.
    pub(super) fn alter_typed(&mut self, table: &ObjectId, step: &AlterTableCmd, origin: &Origin) -> Outcome {
        let definition = match step.def.as_ref().and_then(|def| def.node.as_ref()) {
            Some(NodeEnum::ColumnDef(column)) => Some(column),
            _ => None,
        };
        match (step.subtype(), definition) {
            (AlterTableType::AtAddColumn, Some(column)) => {
                let node = column.type_name.as_ref().map(TypeName::from_node).unwrap_or_default();
                let of = self.resolve_type(node)?;
                let collation = column.coll_clause.as_ref().map_or(&[][..], |clause| &clause.collname);
                let collation = Attr::Is(self.collation_beside(&of, collation)?, origin.clone());
                let new = Column { collation, ..plain_column(of, origin) };
                self.insert_column(table, &Ident::new(&column.colname), new, origin);
                Ok(())
            }
            (AlterTableType::AtDropColumn, _) => {
                let id = table.part(Class::Column, &Ident::new(&step.name));
                if self.catalog().exists(&id) { self.drop_part(&id, step, false, origin) } else { Ok(()) }
            }
            (AlterTableType::AtAlterColumnType, Some(column)) => {
                self.prepare_values(&table.part(Class::Column, &Ident::new(&step.name)), column)?;
                self.alter_column_type(table, &step.name, column, origin)?;
                self.resolve_readers_again(&[table.part(Class::Column, &Ident::new(&step.name))])
            }
            _ => Ok(()),
        }
    }

    /// `ATExecDropOf()`
    pub(super) fn drop_of(&mut self, table: &ObjectId, origin: &Origin) -> Outcome {
        let is_typed = self.is_typed(table);
        if !is_typed && !self.lenient {
            let message = format!("\"{}\" is not a typed table", table.name().as_str());
            return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
        }
        self.database.edit::<Table>(table, |table| table.of_type = Attr::Is(None, origin.clone()));
        Ok(())
    }
}
