//! Rights, as code asks for them: `has_table_privilege()` and its like (`acl.c`). What is said of a role is told where
//! the role is known, and what it is a member of.

use super::evaluate::Evaluator;
use super::value::Value;
use crate::catalog::kind::{Grant, Role};
use crate::catalog::{Attr, Class, Facts, ObjectId};
use crate::replay::Replay;
use crate::replay::acl::{self, PUBLIC};
use crate::sql::Ident;

/// What is asked for of an object: one of these is enough.
struct Asked {
    word: String,
    with_option: bool,
}

impl Asked {
    /// `convert_any_priv_string()`
    fn parse(words: &str) -> Vec<Self> {
        let one = |words: &str| {
            let words = words.trim().to_lowercase();
            let bare = words.strip_suffix("with grant option");
            Self { word: bare.unwrap_or(&words).trim().to_owned(), with_option: bare.is_some() }
        };
        words.split(',').map(one).collect()
    }
}

impl Evaluator<'_> {
    /// What a function that asks for rights gives; nothing if it is none of those.
    pub(super) fn asked_right(&self, name: &str, args: &[Value]) -> Option<Value> {
        let sort = name.strip_prefix("has_")?.strip_suffix("_privilege")?;
        let count = if sort == "column" { 3 } else { 2 };
        let (role, rest) = match args {
            [role, rest @ ..] if rest.len() == count => (role_named(role), rest),
            rest if rest.len() == count => (self.replay.current_role(), rest),
            _ => return None,
        };
        let (object, words) = (self.asked_object(sort, rest)?, rest.last()?.words()?);
        let answers: Vec<Option<bool>> =
            Asked::parse(&words).iter().map(|asked| self.replay.has_right(role.as_ref()?, &object, asked)).collect();
        if answers.contains(&Some(true)) {
            return Some(Value::Bool(true));
        }
        Some(if answers.contains(&None) { Value::Unknown } else { Value::Bool(false) })
    }

    fn asked_object(&self, sort: &str, args: &[Value]) -> Option<ObjectId> {
        let found = match (sort, args.first()?) {
            (_, Value::Object(id)) => id.clone(),
            ("table" | "sequence" | "column", Value::Text(name)) => self.relation(name)?,
            ("schema", Value::Text(name)) => ObjectId::top(Class::Schema, &Ident::new(name)),
            ("function", Value::Text(name)) => match self.replay.routine_named(name)? {
                Value::Object(id) => id,
                _ => return None,
            },
            _ => return None,
        };
        match (sort, args.get(1)?) {
            ("column", Value::Text(column)) => Some(found.part(Class::Column, &Ident::new(column))),
            ("column", _) => None,
            _ => Some(found),
        }
    }
}

fn role_named(value: &Value) -> Option<Ident> {
    match value {
        Value::Text(name) => Some(Ident::new(name)),
        Value::Object(id) if id.class() == Class::Role => Some(id.name().clone()),
        _ => None,
    }
}

impl Replay {
    fn current_role(&self) -> Option<Ident> {
        self.session.set_role.clone().or_else(|| self.session.user.clone())
    }

    /// `pg_class_aclcheck()` and its like: whether a role may do something; nothing if that cannot be told.
    fn has_right(&self, role: &Ident, object: &ObjectId, asked: &Asked) -> Option<bool> {
        let sort = acl::sort_of(self.catalog().facts(object)?)?;
        if !acl::all_rights(sort, self.catalog().version).contains(&asked.word.as_str()) {
            return None;
        }
        let facts = |role: &Ident| self.database.get::<Role>(&ObjectId::top(Class::Role, role));
        let is_superuser = facts(role).and_then(|role| role.superuser.get().copied());
        if is_superuser == Some(true) {
            return Some(true);
        }
        let mut roles = vec![role.clone()];
        let mut next = 0;
        let mut is_known = is_superuser.is_some() || *role == PUBLIC;
        while let Some(one) = roles.get(next).cloned() {
            next += 1;
            let Some(one) = facts(&one) else {
                is_known &= one == PUBLIC;
                continue;
            };
            let groups = one.member_of.get().into_iter().flatten().filter(|_| one.inherit.get() == Some(&true));
            let fresh: Vec<Ident> = groups.filter(|group| !roles.contains(group)).cloned().collect();
            roles.extend(fresh);
        }
        if *role != PUBLIC {
            roles.push(PUBLIC.into());
        }
        let is_granted = |privileges: &Attr<Vec<Grant>>| {
            let grants = privileges.get()?.iter().filter(|grant| roles.contains(&grant.grantee));
            let mut words = grants.flat_map(|grant| &grant.privileges);
            Some(words.any(|(word, option)| *word == asked.word && (*option || !asked.with_option)))
        };
        let owner = self.owner_of(object).filter(|owner| roles.contains(owner));
        // A right on a table is one on each of its columns.
        let table = object.parent().filter(|_| object.class() == Class::Column);
        let lists = [Some(object.clone()), table].into_iter().flatten();
        let answers: Vec<Option<bool>> =
            lists.map(|id| self.catalog().facts(&id).and_then(Facts::privileges).and_then(is_granted)).collect();
        match () {
            () if owner.is_some() || answers.contains(&Some(true)) => Some(true),
            () if answers.contains(&None) || !is_known => None,
            () => Some(false),
        }
    }
}
