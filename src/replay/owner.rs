//! Who owns what (`AlterObjectOwner_internal()`, alter.c; `ATExecChangeOwner()`, tablecmds.c).

use pg_query::protobuf::{AlterOwnerStmt, AlterTableCmd, AlterTableType, Node, ObjectType, RoleSpec};

use super::refusal::{FEATURE_NOT_SUPPORTED, Outcome, Stop};
use super::{Replay, Statement};
use crate::catalog::kind::Sequence;
use crate::catalog::{Attr, Class, Facts, ObjectId, Origin};
use crate::sql::Ident;

impl Replay {
    /// `ExecAlterOwnerStmt()`
    pub(super) fn alter_owner(&mut self, statement: &Statement<'_>, command: &AlterOwnerStmt) -> Outcome {
        let what = match command.object_type() {
            ObjectType::ObjectDatabase => "a database",
            ObjectType::ObjectTablespace => "a tablespace",
            ObjectType::ObjectLargeobject => "a large object",
            _ => "",
        };
        if !what.is_empty() {
            return Err(Stop::not_modelled(format!("the owner of {what} is not compared")));
        }
        let object = command.object.as_deref().cloned().unwrap_or_else(Node::default);
        let id = self.object_address(command.object_type(), &object)?;
        let Some(owner) = self.new_owner(command.newowner.as_ref())? else { return Ok(()) };
        let Some(id) = id.filter(|id| self.catalog().facts(id).is_some()) else {
            return Err(Stop::not_modelled("the owner of what is not in the model is not compared"));
        };
        self.change_owner(&id, &owner, &statement.origin());
        Ok(())
    }

    /// The steps of ALTER TABLE that say who owns it; whatever relation that is, they are the same.
    pub(super) fn alter_relation_owner(
        &mut self,
        target: &ObjectId,
        steps: &mut Vec<(&AlterTableCmd, Origin)>,
    ) -> Outcome {
        let (owners, others) = std::mem::take(steps)
            .into_iter()
            .partition::<Vec<_>, _>(|(step, _)| step.subtype() == AlterTableType::AtChangeOwner);
        *steps = others;
        for (step, origin) in owners {
            let Some(owner) = self.new_owner(step.newowner.as_ref())? else { continue };
            if let Some(sequence) = self.database.get::<Sequence>(target)
                && let (Some(Some(_)), Some(before)) = (sequence.owned_by.get(), sequence.owner.get())
                && *before != owner
            {
                let message = format!("cannot change owner of sequence \"{}\"", target.name().as_str());
                return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
            }
            self.change_owner(target, &owner, &origin);
        }
        Ok(())
    }

    fn new_owner(&self, role: Option<&RoleSpec>) -> Outcome<Option<Ident>> {
        role.map(|role| self.role(role)).transpose()
    }

    /// Gives an object to a role, with the sequences of its columns. What that role was granted it now has
    /// anyway (`aclnewowner()`).
    pub(super) fn change_owner(&mut self, id: &ObjectId, owner: &Ident, origin: &Origin) {
        let columns: Vec<ObjectId> = self.catalog().parts(id, Class::Column).map(|(id, _)| id.clone()).collect();
        for sequence in columns.iter().flat_map(|column| self.owned_sequences(column)).collect::<Vec<_>>() {
            self.change_owner(&sequence, owner, origin);
        }
        for id in columns.iter().chain([id]) {
            let is_granted = |facts: &Facts| {
                let mut grants = facts.privileges().and_then(Attr::get).into_iter().flatten();
                facts.owner().is_some() || grants.any(|grant| grant.grantee == *owner)
            };
            if !self.catalog().facts(id).is_some_and(is_granted) {
                continue;
            }
            self.database.edit_facts(id, |facts| {
                if let Some(grants) = facts.privileges_mut().and_then(Attr::get_mut) {
                    grants.retain(|grant| grant.grantee != *owner);
                }
                if let Some(known) = facts.owner_mut() {
                    *known = Attr::Is(owner.clone(), origin.clone());
                }
            });
        }
    }
}
