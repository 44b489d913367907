//! Row-level security policies (`policy.c`).

use pg_query::protobuf::{AlterPolicyStmt, CreatePolicyStmt, Node, RangeVar};

use super::heap::Clause;
use super::refusal::{DUPLICATE_OBJECT, Outcome, SYNTAX_ERROR, Stop, UNDEFINED_OBJECT};
use super::{Replay, Statement};
use crate::catalog::kind::{Policy, PolicyCommand, PolicyType};
use crate::catalog::{Attr, Class, Expr, ObjectId};
use crate::sql::Ident;

impl Replay {
    pub(super) fn create_policy(&mut self, statement: &Statement<'_>, command: &CreatePolicyStmt) -> Outcome {
        let name = command.table.clone().unwrap_or_default();
        let applies_to = match command.cmd_name.as_str() {
            "select" => PolicyCommand::Select,
            "insert" => PolicyCommand::Insert,
            "update" => PolicyCommand::Update,
            "delete" => PolicyCommand::Delete,
            _ => PolicyCommand::All,
        };
        clauses_fit(applies_to, command.qual.is_some(), command.with_check.is_some())?;
        let roles = self.policy_roles(statement, &command.roles)?;
        self.is_no_other_kind(&self.relation(&name)?, "")?;
        let table = self.table(&name)?;
        let using = self.policy_clause(&table, command.qual.as_deref())?;
        let with_check = self.policy_clause(&table, command.with_check.as_deref())?;
        let id = table.part(Class::Policy, &Ident::new(&command.policy_name));
        if self.catalog().exists(&id) {
            let (policy, relation) = (&command.policy_name, table.name().as_str());
            return Err(Stop::refused(
                DUPLICATE_OBJECT,
                format!("policy \"{policy}\" for table \"{relation}\" already exists"),
            ));
        }
        let origin = statement.origin();
        let policy_type = if command.permissive { PolicyType::Permissive } else { PolicyType::Restrictive };
        let facts = Policy {
            policy_type: Attr::Is(policy_type, origin.clone()),
            command: Attr::Is(applies_to, origin.clone()),
            roles,
            using: Attr::Is(using, origin.clone()),
            with_check: Attr::Is(with_check, origin.clone()),
            comment: Attr::Is(None, origin.clone()),
        };
        self.database.insert(id, facts, origin);
        Ok(())
    }

    pub(super) fn alter_policy(&mut self, statement: &Statement<'_>, command: &AlterPolicyStmt) -> Outcome {
        let roles = (!command.roles.is_empty()).then(|| self.policy_roles(statement, &command.roles)).transpose()?;
        let table = self.table(command.table.as_ref().unwrap_or(&RangeVar::default()))?;
        let using = self.policy_clause(&table, command.qual.as_deref())?;
        let with_check = self.policy_clause(&table, command.with_check.as_deref())?;
        let id = self.policy(&table, &command.policy_name)?;
        let applies_to = self.database.get::<Policy>(&id).and_then(|policy| policy.command.get().copied());
        if let Some(applies_to) = applies_to {
            clauses_fit(applies_to, command.qual.is_some(), command.with_check.is_some())?;
        }
        let origin = statement.origin();
        self.database.edit::<Policy>(&id, |policy| {
            if let Some(roles) = roles {
                policy.roles = roles;
            }
            if using.is_some() {
                policy.using = Attr::Is(using, origin.clone());
            }
            if with_check.is_some() {
                policy.with_check = Attr::Is(with_check, origin.clone());
            }
        });
        Ok(())
    }

    pub(super) fn policy(&self, table: &ObjectId, name: &str) -> Outcome<ObjectId> {
        let id = table.part(Class::Policy, &Ident::new(name));
        if self.catalog().exists(&id) {
            return Ok(id);
        }
        let relation = table.name().as_str();
        Err(Stop::refused(UNDEFINED_OBJECT, format!("policy \"{name}\" for table \"{relation}\" does not exist")))
    }

    /// Nothing is said of them where the server puts in the role that runs the file.
    fn policy_roles(&mut self, statement: &Statement<'_>, nodes: &[Node]) -> Outcome<Attr<Vec<Ident>>> {
        match self.roles(nodes) {
            Ok(roles) => Ok(Attr::Is(as_stored(roles), statement.origin())),
            Err(Stop::NotModelled(_)) => {
                let message = "the roles of this policy are not compared: which role runs the file is not known";
                self.note(statement, message);
                Ok(Attr::Unstated)
            }
            Err(stop) => Err(stop),
        }
    }

    fn policy_clause(&self, table: &ObjectId, clause: Option<&Node>) -> Outcome<Option<Expr>> {
        clause.map(|node| self.expression(node, table, Clause::Policy)).transpose()
    }
}

/// That a policy for this command can have these clauses.
fn clauses_fit(command: PolicyCommand, using: bool, with_check: bool) -> Outcome {
    match command {
        PolicyCommand::Insert if using => {
            Err(Stop::refused(SYNTAX_ERROR, "only WITH CHECK expression allowed for INSERT"))
        }
        PolicyCommand::Select | PolicyCommand::Delete if with_check => {
            Err(Stop::refused(SYNTAX_ERROR, "WITH CHECK cannot be applied to SELECT or DELETE"))
        }
        PolicyCommand::All
        | PolicyCommand::Select
        | PolicyCommand::Insert
        | PolicyCommand::Update
        | PolicyCommand::Delete => Ok(()),
    }
}

/// As they print, sorted; without any it is everyone (`policy_role_list_to_array()`, which keeps one that is said twice).
fn as_stored(mut roles: Vec<Ident>) -> Vec<Ident> {
    let public = Ident::new(super::acl::PUBLIC);
    if roles.is_empty() || roles.contains(&public) {
        return vec![public];
    }
    roles.sort();
    roles
}
