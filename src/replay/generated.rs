//! Generated columns (`ATExecSetExpression()`, `ATExecDropExpression()` of `tablecmds.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableCmd, ColumnDef, ConstrType, Constraint, Node};

use super::Replay;
use super::heap::Clause;
use super::parse_utilcmd::is_serial;
use super::refusal::{
    DATATYPE_MISMATCH, FEATURE_NOT_SUPPORTED, INVALID_COLUMN_DEFINITION, INVALID_TABLE_DEFINITION,
    OBJECT_NOT_IN_PREREQUISITE_STATE, Outcome, Stop,
};
use crate::catalog::kind::{Column, Generated, GeneratedKind};
use crate::catalog::meaning::TypeSort;
use crate::catalog::{Attr, Facts, ObjectId, Origin};
use crate::sql::{Ident, TypeName};

impl Replay {
    /// GENERATED ALWAYS AS of a column that is made.
    pub(super) fn set_generated(&mut self, id: &ObjectId, constraint: &Constraint, origin: &Origin) -> Outcome {
        let Some(node) = &constraint.raw_expr else { return Ok(()) };
        self.generate(id, node, written_kind(constraint), origin)
    }

    pub(super) fn generate(&mut self, id: &ObjectId, node: &Node, kind: GeneratedKind, origin: &Origin) -> Outcome {
        let Some(table) = id.parent() else { return Ok(()) };
        let data_type =
            self.database.get::<Column>(id).and_then(|column| column.data_type.get().cloned()).unwrap_or_default();
        let expression = self.expression(node, &table, Clause::Generated(id.name(), &data_type))?;
        self.database.edit::<Column>(id, |column| {
            column.generated = Attr::Is(Some(Generated { expression, kind }), origin.clone());
            column.default = Attr::Is(None, origin.clone());
        });
        Ok(())
    }

    /// `ATExecSetExpression()`: from 17 on, in the children too.
    pub(super) fn set_expression(
        &mut self,
        table: &ObjectId,
        step: &AlterTableCmd,
        only: bool,
        origin: &Origin,
    ) -> Outcome {
        let Some(node) = step.def.as_deref() else { return Ok(()) };
        for table in self.inheritors(table, only) {
            let id = self.column(&table, &step.name)?;
            let kind = self.generated_kind(&id).ok_or_else(|| not_generated(&id))?;
            let is_checked = self.catalog().children(&table).any(|(_, part)| matches!(part.facts, Facts::Check(_)));
            if kind == GeneratedKind::Virtual && is_checked {
                let message = "ALTER TABLE / SET EXPRESSION is not supported for virtual generated columns in tables \
                               with check constraints";
                return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
            }
            self.generate(&id, node, kind, origin)?;
            self.resolve_readers_again(&[id])?;
        }
        Ok(())
    }

    /// `ATPrepDropExpression()`, `ATExecDropExpression()`
    pub(super) fn drop_expression(
        &mut self,
        table: &ObjectId,
        step: &AlterTableCmd,
        only: bool,
        origin: &Origin,
    ) -> Outcome {
        // Each table is asked whether it has children, and none but the first is told to go on to these.
        let mut without = self.inheritors(table, only).into_iter().skip(usize::from(!only));
        if without.any(|table| !self.children_of(&table).is_empty()) && !self.lenient {
            let message = "ALTER TABLE / DROP EXPRESSION must be applied to child tables too";
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
        }
        let own = self.column(table, &step.name)?;
        if self.is_inherited(&own) && !self.lenient {
            let message = "cannot drop generation expression from inherited column";
            return Err(Stop::refused(INVALID_TABLE_DEFINITION, message));
        }
        for table in self.inheritors(table, only) {
            let id = self.column(&table, &step.name)?;
            match self.generated_kind(&id) {
                Some(GeneratedKind::Virtual) => {
                    let message = "ALTER TABLE / DROP EXPRESSION is not supported for virtual generated columns";
                    return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
                }
                Some(GeneratedKind::Stored) => {
                    self.database.edit::<Column>(&id, |column| column.generated = Attr::Is(None, origin.clone()));
                }
                None if step.missing_ok => {}
                None => return Err(not_generated(&id)),
            }
        }
        Ok(())
    }

    /// `CheckAttributeType()`: a virtual column is of one of the server's own types.
    pub(super) fn may_be_virtual(&self, column: &Ident, of: &TypeName) -> Outcome {
        if self.lenient || of.name.schema.is_none() {
            return Ok(());
        }
        let is_domain = matches!(self.type_sort(&of.element()), Some(TypeSort::Domain(_)));
        let sort = if is_domain { "domain" } else { "user-defined" };
        let message = format!("virtual generated column \"{}\" cannot have a {sort} type", column.as_str());
        Err(Stop::refused(FEATURE_NOT_SUPPORTED, message))
    }

    /// `attgenerated`
    pub(super) fn generated_kind(&self, column: &ObjectId) -> Option<GeneratedKind> {
        self.database.get::<Column>(column).and_then(kind_of)
    }

    /// `MergeAttributesIntoExisting()`: a child is generated where its parent is. Up to 15 it is by the same expression,
    /// and may be by itself.
    pub(super) fn is_generated_alike(&self, parent: &Column, child: &Column, name: &str) -> Outcome {
        let is_old = self.catalog().version < 16;
        let why =
            match (parent.generated.get().and_then(Option::as_ref), child.generated.get().and_then(Option::as_ref)) {
                (Some(_), None) => "must be a generated column",
                (Some(theirs), Some(ours)) if is_old && theirs != ours => "has a conflicting generation expression",
                (None, Some(_)) if !is_old => "must not be a generated column",
                _ => return Ok(()),
            };
        Err(Stop::refused(DATATYPE_MISMATCH, format!("column \"{name}\" in child table {why}")))
    }

    /// `MergeChildAttribute()`: what a child says of where the values of a column come from suits its parent. Up to 15
    /// an expression is inherited as it is, and what is not generated in the parent may be in the child.
    pub(super) fn suits_generation(&self, id: &ObjectId, parent: &Column, own: OwnValue) -> Outcome {
        let (name, is_old) = (id.name().as_str(), self.catalog().version < 16);
        // Partitions are not asked there.
        if self.lenient || (is_old && id.parent().is_some_and(|table| self.is_partition(&table))) {
            return Ok(());
        }
        let unfit = |why: &str| {
            let message = format!("column \"{name}\" inherits from generated column {why}");
            Err(Stop::refused(INVALID_COLUMN_DEFINITION, message))
        };
        let specifies = |hint: &str| {
            let message = format!("child column \"{name}\" specifies generation expression");
            Err(Stop::refused(INVALID_COLUMN_DEFINITION, message).with_hint(hint.to_owned()))
        };
        match (kind_of(parent), own) {
            (Some(_), OwnValue::Default) => unfit("but specifies default"),
            (Some(_), OwnValue::Identity) => unfit("but specifies identity"),
            (Some(_), OwnValue::Generated(_)) if is_old => specifies(
                "Omit the generation expression in the definition of the child table column to inherit the generation \
                 expression from the parent table.",
            ),
            (Some(theirs), OwnValue::Generated(ours)) if theirs != ours => unfit("of different kind"),
            (None, OwnValue::Generated(_)) if !is_old => {
                specifies("A child table column cannot be generated unless its parent column is.")
            }
            _ => Ok(()),
        }
    }
}

/// What a column says of where its values come from.
#[derive(Clone, Copy)]
pub(super) enum OwnValue {
    Default,
    Identity,
    Generated(GeneratedKind),
    Nothing,
}

impl OwnValue {
    pub(super) fn of(definition: &ColumnDef) -> Self {
        if is_serial(definition) {
            return Self::Default;
        }
        let said = definition.constraints.iter().find_map(|node| match &node.node {
            Some(NodeEnum::Constraint(constraint)) => match constraint.contype() {
                ConstrType::ConstrDefault => Some(Self::Default),
                ConstrType::ConstrIdentity => Some(Self::Identity),
                ConstrType::ConstrGenerated => Some(Self::Generated(written_kind(constraint))),
                _ => None,
            },
            _ => None,
        });
        said.unwrap_or(Self::Nothing)
    }

    /// Whether it takes the place of what parents say.
    pub(super) fn is_expression(self) -> bool {
        matches!(self, Self::Default | Self::Generated(_))
    }
}

/// Whether a column is to be computed whenever it is read.
pub(super) fn is_virtual(definition: &ColumnDef) -> bool {
    definition.constraints.iter().any(|node| match &node.node {
        Some(NodeEnum::Constraint(constraint)) => {
            constraint.contype() == ConstrType::ConstrGenerated && written_kind(constraint) == GeneratedKind::Virtual
        }
        _ => false,
    })
}

/// Before PostgreSQL 18 every generated column is stored, and had to say so.
fn written_kind(constraint: &Constraint) -> GeneratedKind {
    let kind = constraint.generated_kind.chars().next().and_then(|code| GeneratedKind::try_from(code).ok());
    kind.unwrap_or(GeneratedKind::Virtual)
}

pub(super) fn kind_of(column: &Column) -> Option<GeneratedKind> {
    column.generated.get().and_then(Option::as_ref).map(|generated| generated.kind)
}

fn not_generated(column: &ObjectId) -> Stop {
    let (name, relation) = (column.name().as_str(), column.path()[1].as_str());
    let message = format!("column \"{name}\" of relation \"{relation}\" is not a generated column");
    Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message)
}
