//! ALTER TABLE … ALTER COLUMN of identity columns (`tablecmds.c`). From PostgreSQL 17 on partitions have them from their
//! table, and all take their values from its sequence.

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableCmd, AlterTableType as Type, Node};

use super::Replay;
use super::refusal::{INVALID_TABLE_DEFINITION, OBJECT_NOT_IN_PREREQUISITE_STATE, Outcome, Stop};
use super::sequence::is_integer;
use crate::catalog::kind::{Column, Identity};
use crate::catalog::{Attr, Class, ObjectId, Origin};

/// The first server on which partitions share it.
const PARTITIONS_SHARE_IT: u32 = 17;

impl Replay {
    /// `ALTER COLUMN … {ADD GENERATED … AS IDENTITY | SET GENERATED … | DROP IDENTITY}`
    pub(super) fn alter_identity(
        &mut self,
        table: &ObjectId,
        step: &AlterTableCmd,
        only: bool,
        origin: &Origin,
    ) -> Outcome {
        if step.subtype() == Type::AtDropIdentity {
            self.is_of_whole_tree(table, "drop identity from a column", only)?;
            let id = self.column(table, &step.name)?;
            if step.missing_ok && !self.is_identity(&id) {
                return Ok(());
            }
            self.set_identity(&id, None, origin)?;
            if let Some(sequence) = self.identity_sequence(&id) {
                self.database.remove(&sequence);
            }
            return Ok(());
        }
        let id = self.column(table, &step.name)?;
        if step.subtype() == Type::AtAddIdentity {
            let Some(NodeEnum::Constraint(constraint)) = step.def.as_ref().and_then(|def| def.node.as_ref()) else {
                return Ok(());
            };
            // Its sequence is made before anything else is looked at (`generateSerialExtraStmts()`).
            if let (Some(of), false) = (self.catalog().column(table, id.name()), self.lenient)
                && let Some(of) = of.data_type.get()
            {
                is_integer(of, true)?;
            }
            self.is_of_whole_tree(table, "add identity to a column", only)?;
            self.may_be_identity(&id)?;
            self.make_identity(&id, &constraint.generated_when, &constraint.options, origin)?;
            let identity = self.database.get::<Column>(&id).and_then(|column| column.identity.get().copied().flatten());
            return self.parts_sharing(&id).iter().try_for_each(|part| self.add_identity(part, identity, origin));
        }
        self.is_of_whole_tree(table, "change identity column", only)?;
        self.must_be_identity(&id)?;
        let options = step.def.as_deref().map(items_of).unwrap_or_default();
        self.alter_identity_sequence(&id, options, origin)?;
        generated_when(options).map_or(Ok(()), |when| self.set_identity(&id, Some(when), origin))
    }

    /// That it is not said of a part of what shares it.
    fn is_of_whole_tree(&self, table: &ObjectId, words: &str, only: bool) -> Outcome {
        let place = match () {
            () if self.catalog().version < PARTITIONS_SHARE_IT => return Ok(()),
            () if only && self.is_partitioned(table) => "only the partitioned table",
            () if self.is_partition(table) => "a partition",
            () => return Ok(()),
        };
        Err(Stop::refused(INVALID_TABLE_DEFINITION, format!("cannot {words} of {place}")))
    }

    /// Whether the identity columns of a table are those of its partitions too.
    pub(super) fn shares_identity(&self, table: &ObjectId) -> bool {
        self.is_partitioned(table) && self.catalog().version >= PARTITIONS_SHARE_IT
    }

    /// The columns of the partitions of its table.
    fn parts_sharing(&self, column: &ObjectId) -> Vec<ObjectId> {
        let table = column.parent().filter(|table| self.shares_identity(table));
        let children = table.map(|table| self.children_of(&table)).unwrap_or_default();
        children.iter().map(|child| child.part(Class::Column, column.name())).collect()
    }

    /// `getIdentitySequence()`: a partition takes the values of its table.
    pub(super) fn shared_identity_sequence(&self, column: &ObjectId) -> Option<ObjectId> {
        self.identity_sequence(column).or_else(|| {
            let table = column.parent().filter(|table| self.is_partition(table))?;
            let parent = self.parents_of(&table).into_iter().next()?;
            self.shared_identity_sequence(&parent.part(Class::Column, column.name()))
        })
    }

    /// `ATExecAddIdentity()` of a partition, which has no sequence of its own.
    fn add_identity(&mut self, column: &ObjectId, identity: Option<Identity>, origin: &Origin) -> Outcome {
        self.may_be_identity(column)?;
        self.database.edit::<Column>(column, |column| column.identity = Attr::Is(identity, origin.clone()));
        self.parts_sharing(column).iter().try_for_each(|part| self.add_identity(part, identity, origin))
    }

    /// `ATExecSetIdentity()` and, for none, `ATExecDropIdentity()`
    pub(super) fn set_identity(&mut self, column: &ObjectId, to: Option<Identity>, origin: &Origin) -> Outcome {
        self.must_be_identity(column)?;
        self.database.edit::<Column>(column, |column| column.identity = Attr::Is(to, origin.clone()));
        self.parts_sharing(column).iter().try_for_each(|part| self.set_identity(part, to, origin))
    }

    fn is_identity(&self, column: &ObjectId) -> bool {
        self.database.get::<Column>(column).is_some_and(|column| column.identity.get().is_some_and(Option::is_some))
    }

    fn must_be_identity(&self, column: &ObjectId) -> Outcome {
        if self.is_identity(column) {
            return Ok(());
        }
        Err(unfit(column, "is not an identity column"))
    }

    fn may_be_identity(&self, column: &ObjectId) -> Outcome {
        let Some(facts) = self.database.get::<Column>(column) else { return Ok(()) };
        if facts.nullable.get() == Some(&true) {
            return Err(unfit(column, "must be declared NOT NULL before identity can be added"));
        }
        if let Some(not_null) = self.not_null_of(column).filter(|not_null| !not_null.validated) {
            let (name, relation) = (not_null.name.as_str(), column.path()[1].as_str());
            let message = format!("incompatible NOT VALID constraint \"{name}\" on relation \"{relation}\"");
            return Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message));
        }
        if self.is_identity(column) {
            return Err(unfit(column, "is already an identity column"));
        }
        if facts.default.get().is_some_and(Option::is_some) {
            return Err(unfit(column, "already has a default value"));
        }
        Ok(())
    }

    /// `ATExecAttachPartition()`: what is attached has none of its own.
    pub(super) fn has_no_identity(&self, partition: &ObjectId, column: &ObjectId) -> Outcome {
        if self.catalog().version < PARTITIONS_SHARE_IT || !self.is_identity(column) {
            return Ok(());
        }
        let (partition, column) = (partition.name().as_str(), column.name().as_str());
        let message = format!("table \"{partition}\" being attached contains an identity column \"{column}\"");
        Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message))
    }

    /// `MergeAttributesIntoExisting()`: the partition has those of its table; partitions of its own do not.
    pub(super) fn share_identity(&mut self, partition: &ObjectId, table: &ObjectId, origin: &Origin) {
        if self.catalog().version < PARTITIONS_SHARE_IT {
            return;
        }
        for name in self.column_order(table) {
            let identity = self.catalog().column(table, &name).and_then(|column| column.identity.get().copied());
            if let Some(Some(identity)) = identity {
                let id = partition.part(Class::Column, &name);
                self.database.edit::<Column>(&id, |column| column.identity = Attr::Is(Some(identity), origin.clone()));
            }
        }
    }

    /// `DetachPartitionFinalize()`: what was shared is gone.
    pub(super) fn leave_identity(&mut self, partition: &ObjectId, origin: &Origin) -> Outcome {
        if self.catalog().version < PARTITIONS_SHARE_IT {
            return Ok(());
        }
        for name in self.column_order(partition) {
            let id = partition.part(Class::Column, &name);
            if self.is_identity(&id) {
                self.set_identity(&id, None, origin)?;
            }
        }
        Ok(())
    }
}

fn unfit(column: &ObjectId, why: &str) -> Stop {
    let (relation, column) = (column.path()[1].as_str(), column.name().as_str());
    Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, format!("column \"{column}\" of relation \"{relation}\" {why}"))
}

fn items_of(list: &Node) -> &[Node] {
    match &list.node {
        Some(NodeEnum::List(list)) => &list.items,
        _ => &[],
    }
}

fn generated_when(options: &[Node]) -> Option<Identity> {
    options.iter().find_map(|item| match &item.node {
        Some(NodeEnum::DefElem(option)) if option.defname == "generated" => match option.arg.as_ref()?.node.as_ref()? {
            NodeEnum::Integer(code) => {
                u8::try_from(code.ival).ok().and_then(|code| Identity::try_from(char::from(code)).ok())
            }
            _ => None,
        },
        _ => None,
    })
}
