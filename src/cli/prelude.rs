//! What a platform has put into a database before the first migration of its user.

use crate::sql::Ident;

/// SQL that stands for what is there before.
pub(super) struct Prelude {
    pub(super) name: &'static str,
    pub(super) sql: &'static str,
    /// Where its sessions find names, if not in `public`.
    search_path: &'static [&'static str],
    /// Schemas and roles that are there.
    brings: &'static [&'static str],
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
    },
    Prelude {
        name: "neon",
        sql: include_str!("prelude/neon.sql"),
        search_path: &[],
        brings: &["neon_superuser", "neon_auth", "neondb_owner", "cloud_admin"],
    },
    Prelude {
        name: "rds",
        sql: include_str!("prelude/rds.sql"),
        search_path: &[],
        brings: &["rds_superuser", "rds_iam", "rds_password", "rds_replication", "rds_ad", "rdsadmin"],
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
