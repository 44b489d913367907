//! Roles (`user.c`). All databases of a cluster share them, so one that no file has made may be there all the
//! same: that is taken for granted, unless a file has dropped it, or the files are all there is.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterRoleSetStmt, AlterRoleStmt, CreateRoleStmt, DefElem, DropRoleStmt, GrantRoleStmt, Node, RoleSpec,
    RoleSpecType, RoleStmtType,
};

use super::acl::PUBLIC;
use super::refusal::{
    DEPENDENT_OBJECTS_STILL_EXIST, DUPLICATE_OBJECT, INVALID_GRANT_OPERATION, OBJECT_IN_USE, Outcome, RESERVED_NAME,
    SYNTAX_ERROR, Stop, UNDEFINED_OBJECT,
};
use super::variable::changed_settings;
use super::{Replay, Statement};
use crate::catalog::kind::Role;
use crate::catalog::{Attr, Class, Facts, ObjectId, Origin};
use crate::expr;
use crate::sql::{Ident, TypeName};

impl Replay {
    pub(super) fn role_command(&mut self, statement: &Statement<'_>, node: &NodeEnum) -> Outcome {
        match node {
            NodeEnum::CreateRoleStmt(command) => self.create_role(statement, command),
            NodeEnum::AlterRoleStmt(command) => self.alter_role(statement, command),
            NodeEnum::AlterRoleSetStmt(command) => self.alter_role_set(statement, command),
            NodeEnum::DropRoleStmt(command) => self.drop_role(statement, command),
            NodeEnum::GrantRoleStmt(command) => self.grant_role(statement, command),
            NodeEnum::ReassignOwnedStmt(command) => self.reassign_owned(statement, command),
            NodeEnum::DropOwnedStmt(command) => self.drop_owned(statement, command),
            _ => Ok(()),
        }
    }

    /// The role that a name stands for (`get_rolespec_oid()`).
    pub(super) fn role(&self, role: &RoleSpec) -> Outcome<Ident> {
        let of_session = |known: Option<&Ident>| {
            known
                .cloned()
                .ok_or_else(|| Stop::not_modelled("which role runs the file is not known: its name is not compared"))
        };
        match role.roletype() {
            RoleSpecType::RolespecPublic => Ok(Ident::new(PUBLIC)),
            RoleSpecType::RolespecCurrentRole | RoleSpecType::RolespecCurrentUser => of_session(self.session.role()),
            RoleSpecType::RolespecSessionUser => of_session(self.session.user.as_ref()),
            RoleSpecType::RolespecCstring | RoleSpecType::Undefined => self.known_role(&Ident::new(&role.rolename)),
        }
    }

    pub(super) fn roles(&self, nodes: &[Node]) -> Outcome<Vec<Ident>> {
        let specs = nodes.iter().filter_map(|node| match &node.node {
            Some(NodeEnum::RoleSpec(role)) => Some(self.role(role)),
            _ => None,
        });
        specs.collect()
    }

    /// A role that is there for all that is known.
    pub(super) fn known_role(&self, name: &Ident) -> Outcome<Ident> {
        let id = role_id(name);
        let is_servers = name.as_str().starts_with("pg_") || self.role.as_ref() == Some(name);
        let may_be = self.catalog().exists(&id) || is_servers || !self.knows_all || self.doubts.cover(name.as_str());
        if !may_be || self.catalog().gone.contains_key(&id) && !self.catalog().exists(&id) {
            return Err(no_such_role(name));
        }
        Ok(name.clone())
    }

    /// `CreateRole()`
    fn create_role(&mut self, statement: &Statement<'_>, command: &CreateRoleStmt) -> Outcome {
        let name = Ident::new(&command.role);
        let options = Options::of(&command.options)?;
        self.may_be_role(&name)?;
        let origin = statement.origin();
        let mut role = Role {
            superuser: Attr::Is(false, origin.clone()),
            inherit: Attr::Is(true, origin.clone()),
            create_role: Attr::Is(false, origin.clone()),
            create_db: Attr::Is(false, origin.clone()),
            login: Attr::Is(command.stmt_type() == RoleStmtType::RolestmtUser, origin.clone()),
            replication: Attr::Is(false, origin.clone()),
            bypass_rls: Attr::Is(false, origin.clone()),
            connection_limit: Attr::Is(-1, origin.clone()),
            valid_until: Attr::Is(None, origin.clone()),
            configuration: Attr::Is(Vec::new(), origin.clone()),
            member_of: Attr::Is(Vec::new(), origin.clone()),
            comment: Attr::Is(None, origin.clone()),
        };
        options.change(&mut role, &origin, self.catalog().version);
        let (in_roles, members) = (self.roles(options.list("addroleto"))?, self.role_members(&options)?);
        self.database.insert(role_id(&name), role, origin.clone());
        self.add_memberships(statement, std::slice::from_ref(&name), &in_roles);
        self.add_memberships(statement, &members, std::slice::from_ref(&name));
        // Who may make roles without being a superuser becomes a member of them, to administer them.
        if let Some(creator) = self.session.role().cloned()
            && self.catalog().version >= 16
            && let Some(Some(false)) =
                self.database.get::<Role>(&role_id(&creator)).map(|role| role.superuser.get().copied())
        {
            self.add_memberships(statement, &[creator], &[name]);
        }
        Ok(())
    }

    fn role_members(&self, options: &Options<'_>) -> Outcome<Vec<Ident>> {
        let mut members = self.roles(options.list("rolemembers"))?;
        members.extend(self.roles(options.list("adminmembers"))?);
        Ok(members)
    }

    /// That a role can be called that.
    fn may_be_role(&self, name: &Ident) -> Outcome {
        if name.as_str().starts_with("pg_") {
            return Err(Stop::refused(RESERVED_NAME, format!("role name \"{}\" is reserved", name.as_str())));
        }
        if self.catalog().exists(&role_id(name)) || self.role.as_ref() == Some(name) {
            return Err(Stop::refused(DUPLICATE_OBJECT, format!("role \"{}\" already exists", name.as_str())));
        }
        Ok(())
    }

    /// `AlterRole()`
    fn alter_role(&mut self, statement: &Statement<'_>, command: &AlterRoleStmt) -> Outcome {
        let options = Options::of(&command.options)?;
        let Some(spec) = &command.role else { return Ok(()) };
        let name = self.role(spec)?;
        let members = self.role_members(&options)?;
        if command.action < 0 {
            self.drop_memberships(statement, &members, &[name]);
            return Ok(());
        }
        self.add_memberships(statement, &members, std::slice::from_ref(&name));
        if !options.is_about_members() {
            let version = self.catalog().version;
            let origin = statement.origin();
            self.edit_role(statement, &name, |role| options.change(role, &origin, version));
        }
        Ok(())
    }

    /// `AlterRoleSet()`; ALTER ROLE ALL is about no role.
    fn alter_role_set(&mut self, statement: &Statement<'_>, command: &AlterRoleSetStmt) -> Outcome {
        let (Some(spec), "") = (&command.role, command.database.as_str()) else {
            return Err(Stop::not_modelled("settings of a database, and those of all roles, are not compared"));
        };
        let name = self.role(spec)?;
        let Some(setting) = &command.setstmt else { return Ok(()) };
        let origin = statement.origin();
        let before = self.catalog().objects.get(&role_id(&name)).and_then(|object| match &object.facts {
            Facts::Role(role) => role.configuration.get().cloned(),
            _ => None,
        });
        let Some(before) = before else { return Ok(()) };
        let Some(settings) = changed_settings(before, std::slice::from_ref(setting), &self.session) else {
            return Err(Stop::not_modelled("what is set here is not known"));
        };
        self.edit_role(statement, &name, |role| {
            role.configuration = Attr::Is(settings, origin);
        });
        Ok(())
    }

    /// `DropRole()`
    fn drop_role(&mut self, statement: &Statement<'_>, command: &DropRoleStmt) -> Outcome {
        let mut gone = Vec::new();
        for node in &command.roles {
            let Some(NodeEnum::RoleSpec(spec)) = &node.node else { continue };
            match self.role(spec) {
                Ok(name) => gone.push(name),
                Err(Stop::Refused { .. }) if command.missing_ok => {}
                Err(stop) => return Err(stop),
            }
        }
        for name in &gone {
            if self.session.role() == Some(name) {
                return Err(Stop::refused(OBJECT_IN_USE, "current user cannot be dropped"));
            }
            if self.session.user.as_ref() == Some(name) {
                return Err(Stop::refused(OBJECT_IN_USE, "session user cannot be dropped"));
            }
            if self.is_needed(name) {
                let message = format!("role \"{}\" cannot be dropped because some objects depend on it", name.as_str());
                return Err(Stop::refused(DEPENDENT_OBJECTS_STILL_EXIST, message));
            }
        }
        for name in gone {
            for member in self.roles_in(&name) {
                self.database.edit::<Role>(&member, |role| {
                    role.member_of.get_mut().into_iter().for_each(|all| all.retain(|other| *other != name));
                });
            }
            self.database.forget(&role_id(&name), statement.origin());
        }
        Ok(())
    }

    /// `GrantRole()`
    fn grant_role(&mut self, statement: &Statement<'_>, command: &GrantRoleStmt) -> Outcome {
        let granted = command.granted_roles.iter().filter_map(|node| match &node.node {
            Some(NodeEnum::AccessPriv(role)) => Some((Ident::new(&role.priv_name), role.cols.is_empty())),
            _ => None,
        });
        let mut groups = Vec::new();
        for (name, is_role) in granted {
            if !is_role {
                let message = "column names cannot be included in GRANT/REVOKE ROLE";
                return Err(Stop::refused(INVALID_GRANT_OPERATION, message));
            }
            groups.push(self.known_role(&name)?);
        }
        let members = self.roles(&command.grantee_roles)?;
        let only_option = !command.is_grant && !command.opt.is_empty();
        if command.is_grant {
            self.may_be_members(&members, &groups)?;
            self.add_memberships(statement, &members, &groups);
        } else if !only_option {
            self.drop_memberships(statement, &members, &groups);
        }
        Ok(())
    }

    /// That no role becomes a member of itself by a detour (`AddRoleMems()`).
    fn may_be_members(&self, members: &[Ident], groups: &[Ident]) -> Outcome {
        for (member, group) in members.iter().flat_map(|member| groups.iter().map(move |group| (member, group))) {
            let mut waiting = vec![group.clone()];
            let mut seen = Vec::new();
            while let Some(role) = waiting.pop() {
                if role == *member {
                    let message = format!("role \"{}\" is a member of role \"{}\"", group.as_str(), member.as_str());
                    return Err(Stop::refused(INVALID_GRANT_OPERATION, message));
                }
                if !seen.contains(&role) {
                    let facts = self.database.get::<Role>(&role_id(&role));
                    waiting.extend(facts.and_then(|role| role.member_of.get()).into_iter().flatten().cloned());
                    seen.push(role);
                }
            }
        }
        Ok(())
    }

    fn add_memberships(&mut self, statement: &Statement<'_>, members: &[Ident], groups: &[Ident]) {
        self.change_memberships(statement, members, groups, |before, group| {
            before.push(group.clone());
        });
    }

    fn drop_memberships(&mut self, statement: &Statement<'_>, members: &[Ident], groups: &[Ident]) {
        self.change_memberships(statement, members, groups, |before, group| before.retain(|known| known != group));
    }

    fn change_memberships(
        &mut self,
        statement: &Statement<'_>,
        members: &[Ident],
        groups: &[Ident],
        change: impl Fn(&mut Vec<Ident>, &Ident),
    ) {
        for member in members {
            self.edit_role(statement, member, |role| {
                let Some(before) = role.member_of.get() else { return };
                let mut after = before.clone();
                groups.iter().for_each(|group| change(&mut after, group));
                after.sort();
                after.dedup();
                if after != *before {
                    role.member_of = Attr::Is(after, statement.origin());
                }
            });
        }
    }

    /// Of a role that no file has made nothing is known that could be changed.
    fn edit_role(&mut self, statement: &Statement<'_>, name: &Ident, change: impl FnOnce(&mut Role)) {
        let id = role_id(name);
        if self.catalog().exists(&id) {
            self.database.edit::<Role>(&id, change);
        } else {
            self.note(statement, format!("the role {name} is not made here, and what is said of it is not compared"));
        }
    }

    /// `RenameRole()`
    pub(super) fn rename_role(&mut self, statement: &Statement<'_>, from: &str, to: &Ident) -> Outcome {
        let from = self.known_role(&Ident::new(from))?;
        if self.session.role() == Some(&from) || self.session.user.as_ref() == Some(&from) {
            return Err(Stop::refused(super::refusal::FEATURE_NOT_SUPPORTED, "session user cannot be renamed"));
        }
        self.may_be_role(to)?;
        self.follow_role(&from, to);
        if self.catalog().exists(&role_id(&from)) {
            self.database.rename(&role_id(&from), role_id(to));
        } else {
            self.database.forget(&role_id(&from), statement.origin());
            self.note(statement, format!("the role {from} is not made here, and is not compared"));
        }
        Ok(())
    }

    /// A role to comment on.
    pub(super) fn role_to_comment(&self, name: &Ident) -> Outcome<ObjectId> {
        let id = role_id(&self.known_role(name)?);
        if self.catalog().exists(&id) {
            return Ok(id);
        }
        Err(Stop::not_modelled(format!("the role {name} is not made here, and what is said of it is not compared")))
    }
}

pub(super) fn role_id(name: &Ident) -> ObjectId {
    ObjectId::top(Class::Role, name)
}

fn no_such_role(name: &Ident) -> Stop {
    Stop::refused(UNDEFINED_OBJECT, format!("role \"{}\" does not exist", name.as_str()))
}

/// What CREATE ROLE and ALTER ROLE say of it.
struct Options<'a>(Vec<&'a DefElem>);

impl<'a> Options<'a> {
    fn of(nodes: &'a [Node]) -> Outcome<Self> {
        let mut options: Vec<&DefElem> = Vec::new();
        for node in nodes {
            let Some(NodeEnum::DefElem(option)) = &node.node else { continue };
            if options.iter().any(|known| known.defname == option.defname) {
                return Err(Stop::refused(SYNTAX_ERROR, "conflicting or redundant options").at(option.location));
            }
            options.push(option);
        }
        Ok(Self(options))
    }

    fn arg(&self, name: &str) -> Option<&'a NodeEnum> {
        self.0.iter().find(|option| option.defname == name)?.arg.as_ref()?.node.as_ref()
    }

    fn list(&self, name: &str) -> &'a [Node] {
        match self.arg(name) {
            Some(NodeEnum::List(list)) => &list.items,
            _ => &[],
        }
    }

    fn is_about_members(&self) -> bool {
        self.0.iter().all(|option| ["rolemembers", "adminmembers"].contains(&option.defname.as_str()))
    }

    fn change(&self, role: &mut Role, origin: &Origin, version: u32) {
        let flags = [
            ("superuser", &mut role.superuser),
            ("inherit", &mut role.inherit),
            ("createrole", &mut role.create_role),
            ("createdb", &mut role.create_db),
            ("canlogin", &mut role.login),
            ("isreplication", &mut role.replication),
            ("bypassrls", &mut role.bypass_rls),
        ];
        for (name, attr) in flags {
            if let Some(NodeEnum::Boolean(flag)) = self.arg(name) {
                *attr = Attr::Is(flag.boolval, origin.clone());
            }
        }
        if let Some(NodeEnum::Integer(limit)) = self.arg("connectionlimit") {
            role.connection_limit = Attr::Is(limit.ival.into(), origin.clone());
        }
        if let Some(NodeEnum::String(until)) = self.arg("validUntil") {
            // A moment that cannot be told, such as `tomorrow`, is no opinion.
            let moment = expr::canonical(&until.sval, &TypeName::builtin("timestamptz"), version);
            role.valid_until = moment.map_or(Attr::Unstated, |moment| Attr::Is(Some(moment), origin.clone()));
        }
    }
}
