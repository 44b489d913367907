//! GRANT and REVOKE on objects (`aclchk.c`).

use std::collections::BTreeSet;

use pg_query::NodeEnum;
use pg_query::protobuf::{GrantStmt, GrantTargetType, Node, ObjectType};

use super::acl::{self, PUBLIC, all_rights, sort_of};
use super::heap::SYSTEM_COLUMNS;
use super::refusal::{INVALID_GRANT_OPERATION, Outcome, Stop, UNDEFINED_COLUMN, WRONG_OBJECT_TYPE};
use super::{Replay, Statement, schema_id};
use crate::catalog::kind::Grant;
use crate::catalog::{Attr, Class, Facts, Kind, ObjectId};
use crate::sql::Ident;
use crate::sql::type_name::{idents_of, string_of};

/// What a statement gives to whom, or takes away (`InternalGrant`).
pub(super) struct Change {
    is_grant: bool,
    /// WITH GRANT OPTION, or GRANT OPTION FOR.
    option: bool,
    grantees: Vec<Ident>,
    /// The words, in lower case, and the columns that each is for; ALL is none.
    privileges: Vec<(Option<String>, Vec<Ident>)>,
}

impl Change {
    /// What is changed of things on which all this can be granted.
    ///
    /// # Errors
    /// Where a privilege is none of those.
    pub(super) fn table_words(&self, all: &[&str], what: &str) -> Outcome<Vec<String>> {
        self.words(all, what, |columns| columns.is_empty())
    }

    fn words(&self, all: &[&str], what: &str, concerns: impl Fn(&[Ident]) -> bool) -> Outcome<Vec<String>> {
        let mut words = BTreeSet::new();
        let everything = [(None, Vec::new())];
        let privileges = if self.privileges.is_empty() { &everything[..] } else { &self.privileges };
        for (word, _) in privileges.iter().filter(|(_, columns)| concerns(columns)) {
            match word {
                None => words.extend(all.iter().map(ToString::to_string)),
                Some(word) if all.contains(&word.as_str()) => {
                    words.insert(word.clone());
                }
                Some(word) => {
                    let message = format!("invalid privilege type {} for {what}", word.to_uppercase());
                    return Err(Stop::refused(INVALID_GRANT_OPERATION, message));
                }
            }
        }
        Ok(words.into_iter().collect())
    }

    pub(super) fn apply(&self, grants: &mut Vec<Grant>, owner: Option<&Ident>, words: &[String]) {
        for grantee in self.grantees.iter().filter(|grantee| Some(*grantee) != owner) {
            if self.is_grant {
                acl::grant(grants, grantee, words, self.option);
            } else {
                acl::revoke(grants, grantee, words, self.option);
            }
        }
    }
}

impl Replay {
    /// `ExecuteGrantStmt()`
    pub(super) fn grant(&mut self, statement: &Statement<'_>, command: &GrantStmt) -> Outcome {
        let sort = command.objtype();
        let what = match sort {
            ObjectType::ObjectDatabase => "a database",
            ObjectType::ObjectLargeobject => "a large object",
            ObjectType::ObjectTablespace => "a tablespace",
            ObjectType::ObjectParameterAcl => "a parameter",
            _ => "",
        };
        if !what.is_empty() {
            return Err(Stop::not_modelled(format!("privileges on {what} are not compared")));
        }
        let objects = match command.targtype() {
            GrantTargetType::AclTargetAllInSchema => self.all_in_schemas(sort, &command.objects)?,
            _ => self.granted_objects(sort, &command.objects)?,
        };
        let change = self.change(command)?;
        for id in &objects {
            match self.catalog().facts(id).and_then(sort_of) {
                Some(own) if matches!(sort, ObjectType::ObjectTable) || own == ObjectType::ObjectSequence => {
                    self.grant_on_relation(statement, id, own, sort, &change)?;
                }
                Some(own) => {
                    self.is_trusted(id)?;
                    let words = change.table_words(&all_rights(own, self.catalog().version), noun(sort))?;
                    if !change.privileges.iter().all(|(_, columns)| columns.is_empty()) {
                        let message = "column privileges are only valid for relations";
                        return Err(Stop::refused(INVALID_GRANT_OPERATION, message));
                    }
                    self.change_privileges(statement, id, &change, &words);
                }
                None => self.note(statement, format!("the privileges on {id} are not compared")),
            }
        }
        Ok(())
    }

    /// The privileges as they are written, and to whom they go.
    pub(super) fn change(&mut self, command: &GrantStmt) -> Outcome<Change> {
        let grantees = self.roles(&command.grantees)?;
        if command.is_grant && command.grant_option && grantees.iter().any(|grantee| grantee.as_str() == PUBLIC) {
            return Err(Stop::refused(INVALID_GRANT_OPERATION, "grant options can only be granted to roles"));
        }
        let privileges = command.privileges.iter().filter_map(|node| match &node.node {
            Some(NodeEnum::AccessPriv(privilege)) => {
                let word = match privilege.priv_name.as_str() {
                    "" => None,
                    "temp" => Some("temporary".to_owned()),
                    word => Some(word.to_lowercase()),
                };
                Some((word, idents_of(&privilege.cols)))
            }
            _ => None,
        });
        let privileges = privileges.collect();
        Ok(Change { is_grant: command.is_grant, option: command.grant_option, grantees, privileges })
    }

    /// `ExecGrant_Relation()`
    fn grant_on_relation(
        &mut self,
        statement: &Statement<'_>,
        id: &ObjectId,
        own: ObjectType,
        sort: ObjectType,
        change: &Change,
    ) -> Outcome {
        let version = self.catalog().version;
        let all = all_rights(own, version);
        let mut words = match (own, sort) {
            // GRANT ON TABLE reaches sequences too, for what they have.
            (ObjectType::ObjectSequence, ObjectType::ObjectTable) => {
                let mut both = all_rights(ObjectType::ObjectTable, version);
                both.extend(&all);
                let mut words = change.table_words(&both, "relation")?;
                words.retain(|word| all.contains(&word.as_str()));
                words
            }
            (ObjectType::ObjectSequence, _) => change.table_words(&all, "sequence")?,
            _ => change.table_words(&all, "relation")?,
        };
        words.sort();
        self.change_privileges(statement, id, change, &words);
        let of_columns = all_rights(ObjectType::ObjectColumn, version);
        // What is taken from a table is taken from its columns.
        if !change.is_grant {
            words.retain(|word| of_columns.contains(&word.as_str()));
            let columns: Vec<ObjectId> = self.catalog().parts(id, Class::Column).map(|(id, _)| id.clone()).collect();
            for column in columns {
                self.change_privileges(statement, &column, change, &words);
            }
        }
        let named: BTreeSet<&Ident> = change.privileges.iter().flat_map(|(_, columns)| columns).collect();
        for name in named {
            let column = id.part(Class::Column, name);
            if SYSTEM_COLUMNS.contains(&name.as_str()) {
                self.note(statement, "the privileges on system columns are not compared");
                continue;
            }
            if !self.catalog().exists(&column) {
                let message =
                    format!("column \"{}\" of relation \"{}\" does not exist", name.as_str(), id.name().as_str());
                return Err(Stop::refused(UNDEFINED_COLUMN, message));
            }
            let words = change.words(&of_columns, "column", |columns| columns.contains(name))?;
            self.change_privileges(statement, &column, change, &words);
        }
        Ok(())
    }

    fn change_privileges(&mut self, statement: &Statement<'_>, id: &ObjectId, change: &Change, words: &[String]) {
        let owner = self.owner_of(id);
        let Some(Attr::Is(before, _)) = self.catalog().facts(id).and_then(Facts::privileges) else { return };
        let mut after = before.clone();
        change.apply(&mut after, owner.as_ref(), words);
        if after != *before {
            self.set_privileges(id, after, statement);
        }
    }

    pub(super) fn set_privileges(&mut self, id: &ObjectId, grants: Vec<Grant>, statement: &Statement<'_>) {
        let origin = statement.origin();
        self.database.edit_facts(id, |facts| {
            if let Some(privileges) = facts.privileges_mut() {
                *privileges = Attr::Is(grants, origin);
            }
        });
    }

    /// The role that owns an object, or what it is a part of.
    pub(super) fn owner_of(&self, id: &ObjectId) -> Option<Ident> {
        if id.class() == Class::DefaultPrivileges {
            return Some(id.path()[0].clone());
        }
        match self.catalog().facts(id)?.owner() {
            Some(owner) => owner.get().cloned(),
            None => self.owner_of(&id.parent()?),
        }
    }

    /// What GRANT … ON ALL … IN SCHEMA is about (`objectsInSchemaToOids()`).
    fn all_in_schemas(&self, sort: ObjectType, schemas: &[Node]) -> Outcome<Vec<ObjectId>> {
        let mut found = Vec::new();
        for schema in schemas.iter().filter_map(string_of) {
            let schema = schema_id(&self.schema(&Ident::new(schema))?);
            let is_meant = |facts: &Facts| match (facts.kind(), sort) {
                (Kind::Procedure, ObjectType::ObjectProcedure | ObjectType::ObjectRoutine) => true,
                (Kind::Function | Kind::Aggregate, ObjectType::ObjectFunction | ObjectType::ObjectRoutine) => true,
                (_, ObjectType::ObjectTable | ObjectType::ObjectSequence) => sort_of(facts) == Some(sort),
                _ => false,
            };
            let inside = self.catalog().children(&schema).filter(|(_, object)| is_meant(&object.facts));
            found.extend(inside.map(|(id, _)| id.clone()));
        }
        Ok(found)
    }

    /// `objectNamesToOids()`
    fn granted_objects(&self, sort: ObjectType, objects: &[Node]) -> Outcome<Vec<ObjectId>> {
        let mut found = Vec::new();
        for object in objects {
            match (&object.node, sort) {
                (Some(NodeEnum::RangeVar(name)), _) => {
                    let id = self.relation(name)?;
                    let wrong =
                        |what: &str| Err(Stop::refused(WRONG_OBJECT_TYPE, format!("\"{}\" is {what}", name.relname)));
                    let is_sequence = matches!(self.catalog().facts(&id), Some(Facts::Sequence(_)));
                    match id.class() {
                        Class::Index | Class::Constraint => return wrong("an index"),
                        _ if sort == ObjectType::ObjectSequence
                            && !is_sequence
                            && self.catalog().facts(&id).is_some() =>
                        {
                            return wrong("not a sequence");
                        }
                        _ => found.push(id),
                    }
                }
                _ => found.extend(self.object_address(sort, object)?),
            }
        }
        Ok(found)
    }
}

/// What messages call it (`restrict_and_check_grant()`, `ExecuteGrantStmt()`).
fn noun(sort: ObjectType) -> &'static str {
    match sort {
        ObjectType::ObjectSequence => "sequence",
        ObjectType::ObjectDomain | ObjectType::ObjectType => "type",
        ObjectType::ObjectFunction => "function",
        ObjectType::ObjectProcedure => "procedure",
        ObjectType::ObjectRoutine => "routine",
        ObjectType::ObjectLanguage => "language",
        ObjectType::ObjectSchema => "schema",
        ObjectType::ObjectFdw => "foreign-data wrapper",
        ObjectType::ObjectForeignServer => "foreign server",
        _ => "relation",
    }
}
