//! What a new object begins with, and ALTER DEFAULT PRIVILEGES (`aclchk.c`, `pg_default_acl`).
//!
//! A role that is not known by name has the empty one here, until the replay is finished.

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterDefaultPrivilegesStmt, GrantStmt, ObjectType};

use super::acl::{self, all_rights};
use super::database::Database;
use super::refusal::{INVALID_GRANT_OPERATION, Outcome, Stop};
use super::{Replay, Statement};
use crate::catalog::kind::{DefaultPrivileges, Grant};
use crate::catalog::{Attr, Class, Facts, Kind, ObjectId, Origin};
use crate::sql::Ident;
use crate::sql::type_name::idents_of;

impl Database {
    /// States who owns a new object and who may do what with it; what is made anew keeps what it had.
    pub(super) fn begin_rights(&self, id: &ObjectId, facts: &mut Facts, origin: &Origin) {
        let before = self.catalog().facts(id).filter(|before| before.kind() == facts.kind()).cloned();
        let mut role = self.role.clone();
        if let Facts::Sequence(sequence) = &*facts
            && let Some(Some(column)) = sequence.owned_by.get()
            && let Some(table) = column.id().and_then(|column| column.parent())
            && let Some(owner) = self.catalog().facts(&table).and_then(Facts::owner)
        {
            role = owner.get().cloned();
        }
        if let Some(owner @ Attr::Unstated) = facts.owner_mut() {
            *owner = match (&before, &role) {
                (Some(before), _) => before.owner().cloned().unwrap_or_default(),
                (None, Some(role)) => Attr::Is(role.clone(), origin.clone()),
                (None, None) => Attr::Unstated,
            };
        }
        let kind = facts.kind();
        let owner = facts.owner().and_then(Attr::get).cloned();
        if let Some(privileges @ Attr::Unstated) = facts.privileges_mut() {
            *privileges = match before {
                Some(before) => before.privileges().cloned().unwrap_or_default(),
                None => self
                    .default_privileges(owner.as_ref(), kind, id.schema())
                    .map_or(Attr::Unstated, |grants| Attr::Is(grants, origin.clone())),
            };
        }
    }

    /// What is granted on a new object of that role (`get_user_default_acl()`). None where that cannot be told: the role
    /// is not known, and may be one of those that have default privileges.
    fn default_privileges(&self, role: Option<&Ident>, kind: Kind, schema: Option<&Ident>) -> Option<Vec<Grant>> {
        let built_in = kind.built_in_privileges();
        let Some(sort) = sort_for(kind) else { return Some(built_in) };
        let nowhere = Ident::default();
        let schema = schema.filter(|_| kind != Kind::Schema).unwrap_or(&nowhere);
        let concerns = |id: &&ObjectId| id.path()[2].as_str() == sort && [schema, &nowhere].contains(&&id.path()[1]);
        let mut entries = self.rare(Class::DefaultPrivileges).filter(concerns);
        if role.is_none() && entries.any(|id| id.path()[0] != nowhere) {
            return None;
        }
        let role = role.unwrap_or(&nowhere);
        let of = |schema: &Ident| self.get::<DefaultPrivileges>(&entry(role, schema, sort))?.privileges.get().cloned();
        let mut grants = of(&nowhere).unwrap_or(built_in);
        if *schema != nowhere {
            acl::merge(&mut grants, &of(schema).unwrap_or_default());
        }
        Some(grants)
    }
}

impl Replay {
    /// `ExecAlterDefaultPrivilegesStmt()`
    pub(super) fn alter_default_privileges(
        &mut self,
        statement: &Statement<'_>,
        command: &AlterDefaultPrivilegesStmt,
    ) -> Outcome {
        let Some(action) = &command.action else { return Ok(()) };
        let mut roles = Vec::new();
        let mut schemas = Vec::new();
        for option in &command.options {
            let Some(NodeEnum::DefElem(option)) = &option.node else { continue };
            let Some(NodeEnum::List(list)) = option.arg.as_ref().and_then(|arg| arg.node.as_ref()) else { continue };
            match option.defname.as_str() {
                "roles" => roles = self.roles(&list.items)?,
                _ => schemas = idents_of(&list.items),
            }
        }
        if roles.is_empty() {
            roles.push(self.session.role().cloned().unwrap_or_default());
        }
        let schemas: Vec<Ident> = schemas.iter().map(|schema| self.schema(schema)).collect::<Outcome<_>>()?;
        let sort = action.objtype();
        if matches!(sort, ObjectType::ObjectSchema | ObjectType::ObjectLargeobject) && !schemas.is_empty() {
            let what = if sort == ObjectType::ObjectSchema { "SCHEMAS" } else { "LARGE OBJECTS" };
            let message = format!("cannot use IN SCHEMA clause when using GRANT/REVOKE ON {what}");
            return Err(Stop::refused(INVALID_GRANT_OPERATION, message));
        }
        let schemas = if schemas.is_empty() { vec![Ident::default()] } else { schemas };
        self.set_default_privileges(statement, action, &roles, &schemas)
    }

    /// `SetDefaultACLsInSchemas()`, `SetDefaultACL()`
    fn set_default_privileges(
        &mut self,
        statement: &Statement<'_>,
        action: &GrantStmt,
        roles: &[Ident],
        schemas: &[Ident],
    ) -> Outcome {
        let change = self.change(action)?;
        let sort = match action.objtype() {
            ObjectType::ObjectFunction | ObjectType::ObjectRoutine => "functions",
            ObjectType::ObjectSequence => "sequences",
            ObjectType::ObjectType => "types",
            ObjectType::ObjectSchema => "schemas",
            ObjectType::ObjectLargeobject => "large objects",
            _ => "tables",
        };
        let all = all_rights(action.objtype(), self.catalog().version);
        let words = change.table_words(&all, "default privileges")?;
        for (role, schema) in roles.iter().flat_map(|role| schemas.iter().map(move |schema| (role, schema))) {
            let id = entry(role, schema, sort);
            let built_in = DefaultPrivileges::built_in(&id);
            let known = self.database.get::<DefaultPrivileges>(&id).and_then(|entry| entry.privileges.get().cloned());
            let mut grants = known.unwrap_or(built_in);
            change.apply(&mut grants, Some(role), &words);
            let facts = DefaultPrivileges { privileges: Attr::Is(grants, statement.origin()) };
            self.database.insert(id.clone(), facts, statement.origin());
            self.forget_usual_defaults(&id);
        }
        Ok(())
    }

    /// Where nothing else is said than is usual, there is no row (`SetDefaultACL()`).
    pub(super) fn forget_usual_defaults(&mut self, id: &ObjectId) {
        let said = self.database.get::<DefaultPrivileges>(id).and_then(|entry| entry.privileges.get());
        if said.is_some_and(|said| *said == DefaultPrivileges::built_in(id)) {
            self.database.remove(id);
        }
    }

    /// Gives the schema that default privileges are for another name.
    pub(super) fn follow_schema_of_defaults(&mut self, from: &Ident, to: &Ident) {
        let is_for = |id: &&ObjectId| id.path()[1] == *from;
        let entries: Vec<ObjectId> = self.database.rare(Class::DefaultPrivileges).filter(is_for).cloned().collect();
        for id in entries {
            let renamed = entry(&id.path()[0], to, id.path()[2].as_str());
            self.database.rename(&id, renamed);
        }
    }

    /// Takes out what is said of a role that has no name.
    pub(super) fn forget_nameless_role(&mut self) {
        let is_nameless = |id: &&ObjectId| id.path()[0].as_str().is_empty();
        let entries: Vec<ObjectId> =
            self.database.rare(Class::DefaultPrivileges).filter(is_nameless).cloned().collect();
        entries.iter().for_each(|id| {
            self.database.remove(id);
        });
    }
}

/// The identity of what a role grants on a sort of things.
fn entry(role: &Ident, schema: &Ident, sort: &str) -> ObjectId {
    ObjectId::default_privileges(role, schema, sort)
}

/// What ALTER DEFAULT PRIVILEGES calls things of a kind.
fn sort_for(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Table | Kind::View | Kind::MaterializedView | Kind::ForeignTable => Some("tables"),
        Kind::Sequence => Some("sequences"),
        Kind::Function | Kind::Procedure | Kind::Aggregate => Some("functions"),
        Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range | Kind::BaseType => Some("types"),
        Kind::Schema => Some("schemas"),
        _ => None,
    }
}
