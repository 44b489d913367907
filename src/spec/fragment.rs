//! The SQL form of an object → the whole statement that would create it.

use pg_query::NodeEnum;

use super::document::SectionKey;
use crate::sql::parse::{self, SyntaxError};
use crate::sql::{Ident, QualifiedName};

/// A statement made around a fragment, and where the fragment stands in it.
#[derive(Clone, Debug)]
pub(super) struct Fragment {
    pub(super) statement: String,
    /// Bytes that were put before the fragment, less those of it that were moved in front.
    before: usize,
    /// Bytes at the start of the fragment that went into the part before it.
    moved: usize,
}

impl Fragment {
    pub(super) fn new(section: SectionKey, owner: &QualifiedName, name: &Ident, sql: &str) -> Self {
        let (before, moved) = match section {
            SectionKey::Columns => (format!("ALTER TABLE {owner} ADD COLUMN {name} "), 0),
            SectionKey::PrimaryKey | SectionKey::Constraints => {
                (format!("ALTER TABLE {owner} ADD CONSTRAINT {name} "), 0)
            }
            SectionKey::Policies => (format!("CREATE POLICY {name} ON {owner} "), 0),
            SectionKey::Indexes => match sql.get(..6) {
                Some(word) if word.eq_ignore_ascii_case("unique") => {
                    (format!("CREATE UNIQUE INDEX {name} ON {owner} "), 6)
                }
                _ => (format!("CREATE INDEX {name} ON {owner} "), 0),
            },
            SectionKey::Types => (format!("CREATE TYPE {owner} AS "), 0),
            SectionKey::Tables if sql.trim_start().starts_with('(') => (format!("CREATE TABLE {owner} "), 0),
            SectionKey::Tables | SectionKey::Schemas | SectionKey::Extensions => (String::new(), 0),
        };
        Self { statement: format!("{before}{}", &sql[moved..]), before: before.len(), moved }
    }

    /// # Errors
    /// With the place in the fragment, where the statement is not SQL or does something else.
    pub(super) fn check(&self, section: SectionKey) -> Result<(), SyntaxError> {
        let node = parse::parse_one(&self.statement).map_err(|mut error| {
            error.offset = error.offset.map(|at| at.saturating_sub(self.before) + self.moved);
            error
        })?;
        let fits = match (&node, section) {
            (
                NodeEnum::AlterTableStmt(alter),
                SectionKey::Columns | SectionKey::PrimaryKey | SectionKey::Constraints,
            ) => alter.cmds.len() == 1,
            (NodeEnum::CreatePolicyStmt(_), SectionKey::Policies)
            | (NodeEnum::IndexStmt(_), SectionKey::Indexes)
            | (NodeEnum::CreateEnumStmt(_), SectionKey::Types)
            | (NodeEnum::CreateStmt(_), SectionKey::Tables) => true,
            _ => false,
        };
        if fits {
            return Ok(());
        }
        let message = match section {
            SectionKey::Types => "only enum types can be stated yet: enum ('one', 'two')".to_owned(),
            SectionKey::Tables => "CREATE TABLE, or what stands behind it, was expected here".to_owned(),
            _ => format!("this is more than one entry of `{}` can say", section.word()),
        };
        Err(SyntaxError { message, offset: None })
    }
}
