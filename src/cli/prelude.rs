//! What a platform has put into a database before the first migration of its user.

use std::collections::BTreeSet;

use super::source::Source;
use crate::catalog::{Class, Object, ObjectId, Origin, Value};
use crate::sql::Ident;

/// SQL that stands for what is there before.
pub(super) struct Prelude {
    pub(super) name: &'static str,
    pub(super) sql: &'static str,
    /// Where its sessions find names, if not in `public`.
    search_path: &'static [&'static str],
    /// Schemas and roles that are there.
    brings: &'static [&'static str],
    /// The role that owns what is there, by which the platform is known.
    admin: &'static str,
}

pub(super) const PRELUDES: [Prelude; 3] = [
    Prelude {
        name: "supabase",
        sql: include_str!("prelude/supabase.sql"),
        search_path: &["public", "extensions"],
        brings: &[
            "anon",
            "auth",
            "authenticated",
            "authenticator",
            "dashboard_user",
            "extensions",
            "graphql",
            "graphql_public",
            "net",
            "cron",
            "pgbouncer",
            "realtime",
            "service_role",
            "storage",
            "supabase_admin",
            "supabase_auth_admin",
            "supabase_functions",
            "supabase_functions_admin",
            "supabase_migrations",
            "supabase_realtime",
            "supabase_storage_admin",
            "vault",
        ],
        admin: "supabase_admin",
    },
    Prelude {
        name: "neon",
        sql: include_str!("prelude/neon.sql"),
        search_path: &[],
        brings: &["neon_superuser", "neon_auth", "neondb_owner", "cloud_admin"],
        admin: "cloud_admin",
    },
    Prelude {
        name: "rds",
        sql: include_str!("prelude/rds.sql"),
        search_path: &[],
        brings: &["rds_superuser", "rds_iam", "rds_password", "rds_replication", "rds_ad", "rdsadmin"],
        admin: "rdsadmin",
    },
];

impl Prelude {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        PRELUDES.iter().find(|prelude| prelude.name == name)
    }

    pub(super) fn search_path(&self) -> Option<Vec<Ident>> {
        let path = self.search_path.iter().map(|name| Ident::new(*name)).collect();
        (!self.search_path.is_empty()).then_some(path)
    }

    /// The one that would bring what a server says is missing.
    pub(super) fn that_brings(message: &str) -> Option<&'static Self> {
        let is_missing = |name: &&'static str| {
            let beginnings = [format!("\"{name}\""), format!("\"{name}."), format!(" {name}.")];
            beginnings.iter().any(|beginning| message.contains(beginning))
        };
        let says_missing = message.ends_with("does not exist");
        PRELUDES.iter().find(|prelude| says_missing && prelude.brings.iter().any(is_missing))
    }
}

/// What in a catalog is a platform's own, and not of who uses it: of SQL files all that a prelude has made; of a server
/// what stands in the schemas that a platform brings, and what belongs to its own role.
pub(super) fn of_platform(source: &Source) -> BTreeSet<ObjectId> {
    let is_there = |prelude: &&Prelude| {
        source.catalog.objects.contains_key(&ObjectId::top(Class::Role, &Ident::new(prelude.admin)))
    };
    let platforms: Vec<&Prelude> = PRELUDES.iter().filter(is_there).collect();
    let is_theirs = |id: &ObjectId, object: &Object| {
        let schema = id.schema().map(Ident::as_str);
        let owner = object.facts.attributes().into_iter().find(|(attribute, _)| attribute.name == "owner");
        let owner = owner.and_then(|(_, stated)| stated).map(|(value, _)| value);
        platforms.iter().any(|platform| {
            // Policies and triggers on their tables are what users add.
            let is_inside = ![Class::Policy, Class::Trigger].contains(&id.class())
                && schema.is_some_and(|schema| platform.brings.contains(&schema));
            let is_role = id.class() == Class::Role && platform.brings.contains(&id.name().as_str());
            is_inside || is_role || owner == Some(Value::Text(platform.admin.to_owned()))
        })
    };
    let is_platforms = |id: &ObjectId, object: &Object| match &object.origin {
        Origin::File { file, .. } => source.preludes.contains(file),
        Origin::Server => is_theirs(id, object),
    };
    let theirs = source.catalog.objects.iter().filter(|(id, object)| is_platforms(id, object));
    theirs.map(|(id, _)| id.clone()).collect()
}
