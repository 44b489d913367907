//! A server → a catalog. Everything is read from `pg_catalog` in one read-only transaction, by a
//! number of queries that does not grow with the schema; nothing is written, locked or called. Behind
//! that, and in the same transaction, the queries of others are run.

mod ask;
mod session;

mod other;
mod pg_acl;
mod pg_amop;
mod pg_attribute;
mod pg_cast;
mod pg_class;
mod pg_collation;
mod pg_constraint;
mod pg_constraint_of_domains;
mod pg_conversion;
mod pg_default_acl;
mod pg_depend;
mod pg_description;
mod pg_event_trigger;
mod pg_extension;
mod pg_foreign;
mod pg_index;
mod pg_language;
mod pg_namespace;
mod pg_opclass;
mod pg_operator;
mod pg_opfamily;
mod pg_policy;
mod pg_proc;
mod pg_publication;
mod pg_rewrite;
mod pg_roles;
mod pg_rules;
mod pg_sequence;
mod pg_statistic_ext;
mod pg_subscription;
mod pg_trigger;
mod pg_ts_config;
mod pg_ts_dict;
mod pg_ts_parser;
mod pg_ts_template;
mod pg_type;
mod reading;
mod routine_names;
mod row;

mod certificate;
mod client;
mod connect;
mod error;
mod pooler;
mod probe;
mod shown;
mod target;
mod tls;

use std::time::Duration;

pub use ask::{Answer, Question, Refused, Rows};
pub use error::LiveError;
pub use probe::{Probe, probe};
pub use session::Session;
pub use shown::Certificate;
pub use target::{Environment, Target};

use crate::catalog::{Catalog, Note};

/// What a server holds and is left out on purpose, and why.
pub const NOT_READ: &[(&str, &str)] = &[
    ("rows, and large objects", "they are data, not schema"),
    ("passwords, connection strings of subscriptions, options of user mappings", "they are secrets"),
    ("databases, tablespaces and settings of the cluster", "they belong to the server, not to a schema in it"),
    ("what initdb creates, and the members of extensions", "they follow from the server's version and the extension's"),
    ("temporary objects", "they are gone with the session that made them"),
    ("the grantor of a privilege, and the rights of an owner", "they do not say who may do what"),
    ("statistics that ANALYZE gathered, and sequences' current values", "they are data too"),
    ("the versions of collations", "they are of the operating system"),
    ("text search mappings by a parser of one's own", "a function of it would have to be run; they are told"),
    ("privileges on system columns", "they are hardly ever given; those that are, are told"),
];

/// How long to wait, and for what.
#[derive(Clone, Debug)]
pub struct Options {
    /// For the server to let us in, all told; the connection string's own otherwise, or 10 seconds.
    pub connect_timeout: Option<Duration>,
    /// For the answer to one query, unless that has a time of its own.
    pub statement_timeout: Duration,
    /// For a table that somebody is altering.
    pub lock_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { connect_timeout: None, statement_timeout: Duration::from_secs(30), lock_timeout: Duration::from_secs(2) }
    }
}

/// Whom we talk to. Holds no secret, so all of it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerInfo {
    /// The host, or the folder of its socket.
    pub host: String,
    pub port: u16,
    pub database: String,
    pub user: String,
    /// Whether the connection is encrypted and what is known of the other side, for people.
    pub tls: String,
    /// Why there seems to be a pooler in between, if there does.
    pub pooler: Option<String>,
    /// It follows another server and takes no writes.
    pub is_standby: bool,
    /// As the server writes it: `18.4`.
    pub server_version: String,
    /// `180004`
    pub server_version_num: u32,
}

/// All that a server says.
#[derive(Clone, Debug)]
pub struct Live {
    pub catalog: Catalog,
    pub notes: Vec<Note>,
    pub server: ServerInfo,
}

/// Connects and reads everything. Who has to look at the server first takes the two steps of [`Session`].
///
/// # Errors
/// Where there is no server, it does not let us in, or it cannot be read.
pub fn read(target: &Target, options: &Options) -> Result<Live, LiveError> {
    let mut session = Session::open(target, options)?;
    let (catalog, notes) = session.read()?;
    Ok(Live { catalog, notes, server: session.server().clone() })
}
