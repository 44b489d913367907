//! One connection, and the one transaction in which everything is read.
//!
//! Statements go out by `query_typed` and `simple_query` alone: a named statement, which `query`
//! and `prepare` make, is lost or doubled behind a pooler.

use std::time::Duration;

use postgres::{Client, Row};

use super::ask::{self, Answer, Question};
use super::reading::Reading;
use super::row::Trouble;
use super::{LiveError, Options, ServerInfo, Target, connect};
use super::{
    other, pg_acl, pg_attribute, pg_cast, pg_class, pg_collation, pg_constraint, pg_constraint_of_domains,
    pg_conversion, pg_default_acl, pg_depend, pg_description, pg_event_trigger, pg_extension, pg_foreign, pg_index,
    pg_language, pg_namespace, pg_opclass, pg_operator, pg_opfamily, pg_policy, pg_proc, pg_publication, pg_rewrite,
    pg_roles, pg_rules, pg_sequence, pg_statistic_ext, pg_subscription, pg_trigger, pg_ts_config, pg_ts_dict,
    pg_ts_parser, pg_ts_template, pg_type, routine_names,
};
use crate::catalog::{Catalog, Note, Origin};
use crate::sql::Ident;

/// How often a read is begun before a schema that keeps changing is an error.
const ATTEMPTS: usize = 3;

/// What is done first.
pub(super) const BEGINNING: &str = "the beginning of the transaction";

/// The newest major version whose catalogs are known.
const NEWEST: u32 = 18;

/// One query and what is made of its answer.
struct Step {
    catalog: &'static str,
    sql: &'static str,
    read: fn(&[Row], &mut Reading) -> Result<(), Trouble>,
}

#[rustfmt::skip]
const STEPS: &[Step] = &[
    Step { catalog: "pg_description", sql: pg_description::SQL, read: pg_description::read },
    Step { catalog: "the privileges", sql: pg_acl::SQL, read: pg_acl::read },
    Step { catalog: "pg_depend", sql: pg_depend::SQL, read: pg_depend::read },
    Step { catalog: "pg_namespace", sql: pg_namespace::SQL, read: pg_namespace::read },
    Step { catalog: "pg_extension", sql: pg_extension::SQL, read: pg_extension::read },
    Step { catalog: "pg_proc", sql: routine_names::SQL, read: routine_names::read },
    Step { catalog: "pg_type", sql: pg_type::SQL, read: pg_type::read },
    Step { catalog: "pg_attribute", sql: pg_attribute::SQL, read: pg_attribute::read },
    Step { catalog: "pg_class", sql: pg_class::SQL, read: pg_class::read },
    Step { catalog: "pg_sequence", sql: pg_sequence::SQL, read: pg_sequence::read },
    Step { catalog: "pg_rewrite", sql: pg_rewrite::SQL, read: pg_rewrite::read },
    Step { catalog: "pg_constraint", sql: pg_constraint::SQL, read: pg_constraint::read },
    Step {
        catalog: "pg_constraint",
        sql: pg_constraint_of_domains::SQL,
        read: pg_constraint_of_domains::read,
    },
    Step { catalog: "pg_index", sql: pg_index::SQL, read: pg_index::read },
    Step { catalog: "pg_policy", sql: pg_policy::SQL, read: pg_policy::read },
    Step { catalog: "pg_statistic_ext", sql: pg_statistic_ext::SQL, read: pg_statistic_ext::read },
    Step { catalog: "pg_trigger", sql: pg_trigger::SQL, read: pg_trigger::read },
    Step { catalog: "pg_rewrite", sql: pg_rules::SQL, read: pg_rules::read },
    Step { catalog: "pg_event_trigger", sql: pg_event_trigger::SQL, read: pg_event_trigger::read },
    Step { catalog: "pg_proc", sql: pg_proc::SQL, read: pg_proc::read },
    Step { catalog: "pg_operator", sql: pg_operator::SQL, read: pg_operator::read },
    Step { catalog: "pg_opfamily", sql: pg_opfamily::SQL, read: pg_opfamily::read },
    Step { catalog: "pg_opclass", sql: pg_opclass::SQL, read: pg_opclass::read },
    Step { catalog: "pg_cast", sql: pg_cast::SQL, read: pg_cast::read },
    Step { catalog: "pg_collation", sql: pg_collation::SQL, read: pg_collation::read },
    Step { catalog: "pg_ts_parser", sql: pg_ts_parser::SQL, read: pg_ts_parser::read },
    Step { catalog: "pg_ts_template", sql: pg_ts_template::SQL, read: pg_ts_template::read },
    Step { catalog: "pg_ts_dict", sql: pg_ts_dict::SQL, read: pg_ts_dict::read },
    Step { catalog: "pg_ts_config", sql: pg_ts_config::SQL, read: pg_ts_config::read },
    Step { catalog: "pg_conversion", sql: pg_conversion::SQL, read: pg_conversion::read },
    Step { catalog: "pg_language and pg_am", sql: pg_language::SQL, read: pg_language::read },
    Step { catalog: "pg_foreign_server and others", sql: pg_foreign::SQL, read: pg_foreign::read },
    Step { catalog: "pg_publication", sql: pg_publication::SQL, read: pg_publication::read },
    Step { catalog: "pg_subscription", sql: pg_subscription::SQL, read: pg_subscription::read },
    Step { catalog: "pg_roles", sql: pg_roles::SQL, read: pg_roles::read },
    Step { catalog: "pg_default_acl", sql: pg_default_acl::SQL, read: pg_default_acl::read },
    Step { catalog: "pg_transform and pg_seclabels", sql: other::SQL, read: other::read },
];

/// A server that has let us in.
pub struct Session {
    client: Client,
    server: ServerInfo,
    options: Options,
    notes: Vec<Note>,
    remarks: Vec<String>,
}

impl Session {
    /// Connects, and asks the server what it is; reads nothing else yet.
    ///
    /// # Errors
    /// Where there is no server in time, it does not let us in, or it is none that can be read.
    pub fn open(target: &Target, options: &Options) -> Result<Self, LiveError> {
        let connected = connect::connect(target, options)?;
        let mut messages = Vec::new();
        let major = connected.server.server_version_num / 10_000;
        if major > NEWEST {
            messages.push(format!(
                "the server is PostgreSQL {major}, and {NEWEST} is the newest that is known here: what {major} adds is not compared"
            ));
        }
        let notes = messages.into_iter().map(|message| Note { message, origin: Origin::Server }).collect();
        let connect::Connected { client, server, remarks } = connected;
        Ok(Self { client, server, options: options.clone(), notes, remarks })
    }

    /// What there is to say of the connection itself, for people: it is no matter of the catalog.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    pub fn server(&self) -> &ServerInfo {
        &self.server
    }

    /// Reads everything, in one snapshot. Where the schema changes meanwhile, begins anew, twice at most.
    ///
    /// # Errors
    /// Where the server cannot or may not answer, or the schema does not hold still.
    pub fn read(&mut self) -> Result<(Catalog, Vec<Note>), LiveError> {
        let (catalog, notes, _) = self.read_and_ask(&[], &[])?;
        Ok((catalog, notes))
    }

    /// The same, and asks questions of the same snapshot, their names looked up in these schemas.
    ///
    /// # Errors
    /// As of reading. A question that the server refuses is none.
    pub fn read_and_ask(
        &mut self,
        schemas: &[Ident],
        questions: &[Question<'_>],
    ) -> Result<(Catalog, Vec<Note>, Vec<Answer>), LiveError> {
        let mut attempt = 1;
        loop {
            match self.read_once(schemas, questions) {
                Ok((reading, answers)) => {
                    let notes = self.notes.iter().cloned().chain(reading.notes()).collect();
                    return Ok((reading.catalog, notes, answers));
                }
                Err(error) => {
                    if attempt == ATTEMPTS || !matches!(error, LiveError::Changing { .. }) {
                        return Err(error);
                    }
                    attempt += 1;
                }
            }
        }
    }

    fn read_once(
        &mut self,
        schemas: &[Ident],
        questions: &[Question<'_>],
    ) -> Result<(Reading, Vec<Answer>), LiveError> {
        let outcome = self.read_in_transaction().and_then(|reading| {
            let answers = ask::ask(&mut self.client, schemas, questions)
                .map_err(|error| LiveError::reading(&self.server, "the answer to an assertion", error.into()))?;
            Ok((reading, answers))
        });
        // Where the connection is gone, so is the transaction; and what went wrong is known already.
        let ended = self.client.simple_query(include_str!("rollback.sql"));
        let read = outcome?;
        ended.map_err(|error| LiveError::reading(&self.server, "the end of the transaction", error.into()))?;
        Ok(read)
    }

    fn read_in_transaction(&mut self) -> Result<Reading, LiveError> {
        let Self { client, server, options, .. } = self;
        client.simple_query(&prelude(options)).map_err(|error| LiveError::reading(server, BEGINNING, error.into()))?;
        let mut reading = Reading::new(server.server_version_num / 10_000);
        for step in STEPS {
            let rows = client.query_typed(step.sql, &[]).map_err(Trouble::from);
            rows.and_then(|rows| (step.read)(&rows, &mut reading))
                .map_err(|trouble| LiveError::reading(server, step.catalog, trouble))?;
        }
        Ok(reading)
    }
}

fn prelude(options: &Options) -> String {
    let milliseconds = |limit: Duration| format!("{}ms", limit.as_millis().min(i32::MAX.unsigned_abs().into()));
    include_str!("prelude.sql")
        .replace("{statement_timeout}", &milliseconds(options.statement_timeout))
        .replace("{lock_timeout}", &milliseconds(options.lock_timeout))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_statements_is_fixed_and_small() {
        // Besides these: what the server is, the prelude, the end of the transaction.
        assert!(STEPS.len() + 3 <= 40);
    }

    #[test]
    fn the_prelude_is_complete() {
        let sql = prelude(&Options::default());
        assert!(sql.contains("'30000ms'") && sql.contains("'2000ms'") && !sql.contains('{'), "{sql}");
    }
}
