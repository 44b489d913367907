//! What hangs on a role: all that it owns and may do (`pg_shdepend.c`).

use pg_query::protobuf::{DropBehavior, DropOwnedStmt, ReassignOwnedStmt};

use super::acl;
use super::refusal::Outcome;
use super::{Replay, Statement};
use crate::catalog::kind::{Policy, Role};
use crate::catalog::{Attr, Class, Facts, ObjectId};
use crate::sql::Ident;

impl Replay {
    /// `shdepReassignOwned()`
    pub(super) fn reassign_owned(&mut self, statement: &Statement<'_>, command: &ReassignOwnedStmt) -> Outcome {
        let roles = self.roles(&command.roles)?;
        let Some(new) = command.newrole.as_ref().map(|role| self.role(role)).transpose()? else { return Ok(()) };
        for id in self.owned_by(&roles) {
            self.change_owner(&id, &new, &statement.origin());
        }
        Ok(())
    }

    /// `shdepDropOwned()`
    pub(super) fn drop_owned(&mut self, statement: &Statement<'_>, command: &DropOwnedStmt) -> Outcome {
        let roles = self.roles(&command.roles)?;
        let origin = statement.origin();
        for id in self.granted_to(&roles) {
            self.database.edit_facts(&id, |facts| {
                if let Some(grants) = facts.privileges_mut().and_then(Attr::get_mut) {
                    grants.retain(|grant| !roles.contains(&grant.grantee));
                }
                if let Some(Attr::Is(_, place)) = facts.privileges_mut() {
                    place.clone_from(&origin);
                }
            });
            self.forget_usual_defaults(&id);
        }
        for id in self.policies_for(&roles) {
            let Some(policy) = self.database.get::<Policy>(&id) else { continue };
            let mut left = policy.roles.get().cloned().unwrap_or_default();
            left.retain(|role| !roles.contains(role));
            if left.is_empty() {
                self.database.remove(&id);
            } else {
                self.database.edit::<Policy>(&id, |policy| policy.roles = Attr::Is(left, origin.clone()));
            }
        }
        let targets = self.owned_by(&roles);
        self.perform_deletion(&targets, command.behavior() == DropBehavior::DropCascade, &origin)
    }

    /// Whether a role cannot be dropped (`checkSharedDependencies()`).
    pub(super) fn is_needed(&self, role: &Ident) -> bool {
        let roles = std::slice::from_ref(role);
        !(self.owned_by(roles).is_empty() && self.granted_to(roles).is_empty() && self.policies_for(roles).is_empty())
    }

    /// Gives a role another name wherever it is named.
    pub(super) fn follow_role(&mut self, from: &Ident, to: &Ident) {
        let roles = std::slice::from_ref(from);
        let owned = self.owned_by(roles);
        for id in owned.iter().chain(&self.granted_to(roles)) {
            self.database.edit_facts(id, |facts| {
                if let Some(owner) = facts.owner_mut().and_then(Attr::get_mut).filter(|owner| *owner == from) {
                    owner.clone_from(to);
                }
                if let Some(grants) = facts.privileges_mut().and_then(Attr::get_mut) {
                    acl::rename(grants, from, to);
                }
            });
        }
        for id in self.policies_for(roles) {
            self.database
                .edit::<Policy>(&id, |policy| policy.roles.get_mut().into_iter().for_each(|all| swap(all, from, to)));
        }
        for id in self.roles_in(from) {
            self.database
                .edit::<Role>(&id, |role| role.member_of.get_mut().into_iter().for_each(|all| swap(all, from, to)));
        }
        for id in owned {
            let renamed = match id.class() {
                Class::DefaultPrivileges => ObjectId::default_privileges(to, &id.path()[1], id.path()[2].as_str()),
                Class::UserMapping => ObjectId::user_mapping(&id.path()[0], to),
                _ => continue,
            };
            self.database.rename(&id, renamed);
        }
    }

    /// The roles that are members of one.
    pub(super) fn roles_in(&self, role: &Ident) -> Vec<ObjectId> {
        self.all(|id, facts| match facts {
            Facts::Role(member) => member.member_of.get().is_some_and(|all| all.contains(role)) && id.name() != role,
            _ => false,
        })
    }

    /// All that these roles own, their default privileges and user mappings too.
    fn owned_by(&self, roles: &[Ident]) -> Vec<ObjectId> {
        self.all(|id, facts| match id.class() {
            Class::DefaultPrivileges => roles.contains(&id.path()[0]),
            Class::UserMapping => roles.contains(&id.path()[1]),
            _ => facts.owner().and_then(Attr::get).is_some_and(|owner| roles.contains(owner)),
        })
    }

    fn granted_to(&self, roles: &[Ident]) -> Vec<ObjectId> {
        self.all(|_, facts| {
            let mut grants = facts.privileges().and_then(Attr::get).into_iter().flatten();
            grants.any(|grant| roles.contains(&grant.grantee))
        })
    }

    fn policies_for(&self, roles: &[Ident]) -> Vec<ObjectId> {
        self.all(|_, facts| match facts {
            Facts::Policy(policy) => policy.roles.get().is_some_and(|all| all.iter().any(|role| roles.contains(role))),
            _ => false,
        })
    }

    fn all(&self, is_meant: impl Fn(&ObjectId, &Facts) -> bool) -> Vec<ObjectId> {
        let found = self.catalog().objects.iter().filter(|(id, object)| is_meant(id, &object.facts));
        found.map(|(id, _)| id.clone()).collect()
    }
}

fn swap(names: &mut [Ident], from: &Ident, to: &Ident) {
    names.iter_mut().filter(|name| *name == from).for_each(|name| name.clone_from(to));
    names.sort();
}
