//! Composite types and their attributes (`DefineCompositeType()`; the steps of ALTER TYPE are in tablecmds.c).

use std::collections::BTreeSet;

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterTableCmd, AlterTableStmt, AlterTableType, ColumnDef, CompositeTypeStmt, DropBehavior, RenameStmt,
};

use crate::catalog::kind::{Column, Composite, MaterializedView, TypeAttribute};
use crate::catalog::meaning::TypeSort;
use crate::catalog::{Attr, Class, ObjectId, Origin};
use crate::replay::database::Space;
use crate::replay::refusal::{
    DEPENDENT_OBJECTS_STILL_EXIST, DUPLICATE_COLUMN, FEATURE_NOT_SUPPORTED, INVALID_TABLE_DEFINITION, Outcome, Stop,
    UNDEFINED_COLUMN, WRONG_OBJECT_TYPE,
};
use crate::replay::{Replay, Statement};
use crate::sql::{Ident, TypeName};

impl Replay {
    /// `DefineCompositeType()`
    pub(in crate::replay) fn create_composite(
        &mut self,
        statement: &Statement<'_>,
        command: &CompositeTypeStmt,
    ) -> Outcome {
        let Some(name) = &command.typevar else { return Ok(()) };
        let id = self.new_type(&name.schemaname, &name.relname)?;
        if self.database.is_taken(Space::Relation, &id.path()[0], &name.relname) {
            return Err(Stop::relation_exists(&name.relname));
        }
        let mut attributes: Vec<TypeAttribute> = Vec::new();
        for element in &command.coldeflist {
            let Some(NodeEnum::ColumnDef(column)) = &element.node else { continue };
            if attributes.iter().any(|one| one.name == column.colname.as_str()) {
                let message = format!("column \"{}\" specified more than once", column.colname);
                return Err(Stop::refused(DUPLICATE_COLUMN, message));
            }
            attributes.push(self.attribute(column)?);
        }
        attributes.iter().try_for_each(|one| self.is_no_pseudo_type(&one.name, &one.of))?;
        let origin = statement.origin();
        let composite = Composite {
            attributes: Attr::Is(attributes, origin.clone()),
            owner: Attr::Unstated,
            privileges: Attr::Unstated,
            comment: Attr::Is(None, origin.clone()),
        };
        self.database.insert(id, composite, origin);
        Ok(())
    }

    fn attribute(&self, column: &ColumnDef) -> Outcome<TypeAttribute> {
        let of = self.column_type(column)?;
        let collation = column.coll_clause.as_ref().map_or(&[][..], |clause| &clause.collname);
        let place = column.coll_clause.as_ref().map_or(-1, |clause| clause.location);
        let collation = self.collation_beside(&of, collation).map_err(|stop| stop.at(place))?;
        Ok(TypeAttribute { name: Ident::new(&column.colname), of, collation, comment: None })
    }

    /// `CheckAttributeType()`: what only stands for types has no values to keep.
    pub(in crate::replay) fn is_no_pseudo_type(&self, column: &Ident, of: &TypeName) -> Outcome {
        if self.lenient || !matches!(self.type_sort(&of.element()), Some(TypeSort::Pseudo)) {
            return Ok(());
        }
        let message = format!("column \"{}\" has pseudo-type {of}", column.as_str());
        Err(Stop::refused(INVALID_TABLE_DEFINITION, message))
    }

    /// `CheckAttributeType()`: a row that is inside of itself has no end.
    pub(in crate::replay) fn holds_no_other(&self, of: &TypeName, row: &ObjectId) -> Outcome {
        if self.lenient || !self.contains(of, row, true, 0) {
            return Ok(());
        }
        let message = format!("composite type {} cannot be made a member of itself", row.name());
        Err(Stop::refused(INVALID_TABLE_DEFINITION, message))
    }

    fn column_type(&self, column: &ColumnDef) -> Outcome<TypeName> {
        let node = column.type_name.as_ref();
        let place = node.map_or(-1, |node| node.location);
        self.resolve_type(node.map(TypeName::from_node).unwrap_or_default()).map_err(|stop| stop.at(place))
    }

    /// ALTER TYPE … ADD, DROP and ALTER ATTRIBUTE
    pub(in crate::replay) fn alter_attributes(
        &mut self,
        statement: &Statement<'_>,
        command: &AlterTableStmt,
    ) -> Outcome {
        let Some(name) = &command.relation else { return Ok(()) };
        let id = self.relation(name)?;
        if self.database.get::<Composite>(&id).is_none() {
            return Err(is_not_composite(&id));
        }
        let steps = command.cmds.iter().filter_map(|node| match &node.node {
            Some(NodeEnum::AlterTableCmd(step)) => Some(step.as_ref()),
            _ => None,
        });
        let mut steps: Vec<&AlterTableCmd> = steps.collect();
        // The passes of `ATController()`
        steps.sort_by_key(|step| match step.subtype() {
            AlterTableType::AtDropColumn => 0,
            AlterTableType::AtAlterColumnType => 1,
            _ => 2,
        });
        steps.into_iter().try_for_each(|step| self.alter_attribute(&id, step, &statement.origin()))
    }

    fn alter_attribute(&mut self, id: &ObjectId, step: &AlterTableCmd, origin: &Origin) -> Outcome {
        let definition = match step.def.as_ref().and_then(|def| def.node.as_ref()) {
            Some(NodeEnum::ColumnDef(column)) => Some(column),
            _ => None,
        };
        // `ATPrepAlterColumnType()` alone looks at the attribute first.
        if step.subtype() != AlterTableType::AtAlterColumnType {
            self.is_followed(id, step)?;
        }
        let attributes = self.database.get::<Composite>(id).and_then(|composite| composite.attributes.get());
        let mut attributes = attributes.cloned().unwrap_or_default();
        let position = attributes.iter().position(|one| one.name == step.name.as_str());
        match (step.subtype(), definition) {
            (AlterTableType::AtAddColumn, Some(column)) => {
                if attributes.iter().any(|one| one.name == column.colname.as_str()) {
                    return Err(attribute_exists(id, &column.colname));
                }
                let new = self.attribute(column)?;
                self.is_no_pseudo_type(&new.name, &new.of)?;
                self.holds_no_other(&new.of, id)?;
                attributes.push(new);
            }
            (AlterTableType::AtDropColumn, _) => match position {
                Some(at) => drop(attributes.remove(at)),
                None if step.missing_ok => return Ok(()),
                None => return Err(no_attribute(id, &step.name)),
            },
            (AlterTableType::AtAlterColumnType, Some(column)) => {
                let at = position.ok_or_else(|| no_attribute(id, &step.name))?;
                self.no_column_uses(id)?;
                let comment = attributes[at].comment.take();
                let new = self.attribute(column)?;
                self.is_no_pseudo_type(&new.name, &new.of)?;
                self.holds_no_other(&new.of, id)?;
                attributes[at] = TypeAttribute { name: attributes[at].name.clone(), comment, ..new };
            }
            _ => return Ok(()),
        }
        self.is_followed(id, step)?;
        self.database.edit::<Composite>(id, |composite| composite.attributes = Attr::Is(attributes, origin.clone()));
        self.tables_of(id).iter().try_for_each(|table| self.alter_typed(table, step, origin))
    }

    /// `find_composite_type_dependencies()`: rows that are stored in a column cannot be changed with their type.
    pub(in crate::replay) fn no_column_uses(&self, row: &ObjectId) -> Outcome {
        if self.lenient {
            return Ok(());
        }
        let is_stored = |column: &ObjectId| {
            column.parent().is_some_and(|of| {
                self.relation_noun(&of).ends_with("table") || self.database.get::<MaterializedView>(&of).is_some()
            })
        };
        let uses = |column: &ObjectId| {
            let of = self.database.get::<Column>(column).and_then(|column| column.data_type.get());
            of.is_some_and(|of| self.contains(of, row, true, 0)) && is_stored(column)
        };
        let Some(column) = self.may_contain(row).into_iter().find(uses) else { return Ok(()) };
        let (table, column) = (column.path()[1].as_str(), column.name().as_str());
        let noun = if self.database.get::<Composite>(row).is_some() { "type" } else { "table" };
        let uses = if noun == "type" { "uses it" } else { "uses its row type" };
        let row = row.name().as_str();
        let message = format!("cannot alter {noun} \"{row}\" because column \"{table}.{column}\" {uses}");
        Err(Stop::refused(FEATURE_NOT_SUPPORTED, message))
    }

    /// The columns, in the order of their names, whose types mention a row, or one that mentions it, and so on.
    fn may_contain(&self, row: &ObjectId) -> BTreeSet<ObjectId> {
        let mut columns = BTreeSet::new();
        let mut seen = BTreeSet::from([row.clone()]);
        let mut open = vec![row.clone()];
        while let Some(of) = open.pop() {
            for one in self.database.may_refer_to(&of) {
                let holder = match one.class() {
                    Class::Column if columns.insert(one.clone()) => one.parent(),
                    Class::Type => Some(one.clone()),
                    _ => None,
                };
                open.extend(holder.filter(|holder| seen.insert(holder.clone())));
            }
        }
        columns
    }

    /// `ATTypedTableRecursion()`
    fn is_followed(&self, id: &ObjectId, step: &AlterTableCmd) -> Outcome {
        if step.behavior() == DropBehavior::DropCascade { Ok(()) } else { self.no_table_is_made_of(id) }
    }

    fn no_table_is_made_of(&self, id: &ObjectId) -> Outcome {
        if !self.tables_of(id).is_empty() {
            let message =
                format!("cannot alter type \"{}\" because it is the type of a typed table", id.name().as_str());
            return Err(Stop::refused(DEPENDENT_OBJECTS_STILL_EXIST, message)
                .with_hint("Use ALTER ... CASCADE to alter the typed tables too."));
        }
        Ok(())
    }

    /// ALTER TYPE … RENAME ATTRIBUTE (`renameatt()`)
    pub(in crate::replay) fn rename_attribute(&mut self, command: &RenameStmt, to: &Ident, origin: &Origin) -> Outcome {
        let name = command.relation.clone().unwrap_or_default();
        let id = self.relation(&name)?;
        let Some(composite) = self.database.get::<Composite>(&id) else { return Err(is_not_composite(&id)) };
        let attributes = composite.attributes.get().cloned().unwrap_or_default();
        let is_there = |name: &str| attributes.iter().any(|one| one.name == name);
        if command.behavior() != DropBehavior::DropCascade {
            self.no_table_is_made_of(&id)?;
        }
        if !is_there(&command.subname) {
            return Err(Stop::refused(UNDEFINED_COLUMN, format!("column \"{}\" does not exist", command.subname)));
        }
        if is_there(to.as_str()) {
            return Err(attribute_exists(&id, to.as_str()));
        }
        self.database.edit::<Composite>(&id, |composite| {
            for one in
                composite.attributes.get_mut().into_iter().flatten().filter(|one| one.name == command.subname.as_str())
            {
                one.name = to.clone();
            }
        });
        let from = Ident::new(&command.subname);
        let tables: Vec<ObjectId> =
            self.tables_of(&id).iter().flat_map(|table| self.inheritors(table, false)).collect();
        tables.iter().try_for_each(|table| self.rename_column_of(table, &from, to, origin))
    }

    /// COMMENT ON COLUMN, where that is an attribute.
    pub(in crate::replay) fn comment_attribute(
        &mut self,
        id: &ObjectId,
        name: &str,
        comment: Option<String>,
        origin: &Origin,
    ) -> Outcome {
        let attributes = self.database.get::<Composite>(id).and_then(|composite| composite.attributes.get());
        let mut attributes = attributes.cloned().unwrap_or_default();
        let attribute = attributes.iter_mut().find(|one| one.name == name).ok_or_else(|| no_attribute(id, name))?;
        attribute.comment = comment;
        self.database.edit::<Composite>(id, |composite| composite.attributes = Attr::Is(attributes, origin.clone()));
        Ok(())
    }
}

fn is_not_composite(id: &ObjectId) -> Stop {
    Stop::refused(WRONG_OBJECT_TYPE, format!("\"{}\" is not a composite type", id.name().as_str()))
}

fn no_attribute(id: &ObjectId, name: &str) -> Stop {
    let message = format!("column \"{name}\" of relation \"{}\" does not exist", id.name().as_str());
    Stop::refused(UNDEFINED_COLUMN, message)
}

fn attribute_exists(id: &ObjectId, name: &str) -> Stop {
    let message = format!("column \"{name}\" of relation \"{}\" already exists", id.name().as_str());
    Stop::refused(DUPLICATE_COLUMN, message)
}
