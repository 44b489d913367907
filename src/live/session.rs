//! One connection, and the one transaction in which everything is read.
//!
//! The catalogs that hold much have a statement each; what is rare comes in one together, as JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use super::ask::{self, Answer, Question};
use super::client::Client;
use super::reading::Reading;
use super::row::{Row, Trouble};
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
    /// Whether most databases have little of it, if any.
    is_rare: bool,
    read: fn(&[Row], &mut Reading) -> Result<(), Trouble>,
}

macro_rules! step {
    ($module:ident, $catalog:literal) => {
        Step { catalog: $catalog, sql: $module::SQL, is_rare: false, read: $module::read }
    };
    (rare $module:ident, $catalog:literal) => {
        Step { is_rare: true, ..step!($module, $catalog) }
    };
}

/// In the order in which they are read: what others refer to comes first.
const STEPS: &[Step] = &[
    step!(pg_description, "pg_description"),
    step!(pg_acl, "the privileges"),
    step!(pg_depend, "pg_depend"),
    step!(rare pg_namespace, "pg_namespace"),
    step!(rare pg_extension, "pg_extension"),
    step!(routine_names, "pg_proc"),
    step!(pg_type, "pg_type"),
    step!(pg_attribute, "pg_attribute"),
    step!(pg_class, "pg_class"),
    step!(pg_sequence, "pg_sequence"),
    step!(pg_rewrite, "pg_rewrite"),
    step!(pg_constraint, "pg_constraint"),
    step!(rare pg_constraint_of_domains, "pg_constraint"),
    step!(pg_index, "pg_index"),
    step!(pg_policy, "pg_policy"),
    step!(rare pg_statistic_ext, "pg_statistic_ext"),
    step!(pg_trigger, "pg_trigger"),
    step!(rare pg_rules, "pg_rewrite"),
    step!(rare pg_event_trigger, "pg_event_trigger"),
    step!(pg_proc, "pg_proc"),
    step!(rare pg_operator, "pg_operator"),
    step!(rare pg_opfamily, "pg_opfamily"),
    step!(rare pg_opclass, "pg_opclass"),
    step!(rare pg_cast, "pg_cast"),
    step!(rare pg_collation, "pg_collation"),
    step!(rare pg_ts_parser, "pg_ts_parser"),
    step!(rare pg_ts_template, "pg_ts_template"),
    step!(rare pg_ts_dict, "pg_ts_dict"),
    step!(rare pg_ts_config, "pg_ts_config"),
    step!(rare pg_conversion, "pg_conversion"),
    step!(rare pg_language, "pg_language and pg_am"),
    step!(rare pg_foreign, "pg_foreign_server and others"),
    step!(rare pg_publication, "pg_publication"),
    step!(rare pg_subscription, "pg_subscription"),
    step!(rare pg_roles, "pg_roles"),
    step!(rare pg_default_acl, "pg_default_acl"),
    step!(rare other, "pg_transform and pg_seclabels"),
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
        let read = self.begin()?;
        self.end()?;
        Ok(read)
    }

    /// The same, and leaves the transaction open, so that the same snapshot can be asked more.
    ///
    /// # Errors
    /// As of reading.
    pub fn begin(&mut self) -> Result<(Catalog, Vec<Note>), LiveError> {
        let mut attempt = 1;
        loop {
            match self.read_in_transaction() {
                Ok(reading) => {
                    let notes = self.notes.iter().cloned().chain(reading.notes()).collect();
                    return Ok((reading.catalog, notes));
                }
                Err(error) => {
                    // What went wrong is known already.
                    let _ = self.end();
                    if attempt == ATTEMPTS || !matches!(error, LiveError::Changing { .. }) {
                        return Err(error);
                    }
                    attempt += 1;
                }
            }
        }
    }

    /// Asks questions in the transaction that has been begun, their names looked up in these schemas.
    ///
    /// # Errors
    /// As of reading. A question that the server refuses is none.
    pub fn ask(&mut self, schemas: &[Ident], questions: &[Question<'_>]) -> Result<Vec<Answer>, LiveError> {
        let answers = ask::ask(&mut self.client, schemas, questions);
        answers.map_err(|error| LiveError::reading(&self.server, "the answer to an assertion", error.into()))
    }

    /// Ends the transaction that has been begun.
    ///
    /// # Errors
    /// Where the connection is gone.
    pub fn end(&mut self) -> Result<(), LiveError> {
        let ended = self.client.simple_query(include_str!("rollback.sql"));
        ended.map_err(|error| LiveError::reading(&self.server, "the end of the transaction", error.into()))?;
        Ok(())
    }

    fn read_in_transaction(&mut self) -> Result<Reading, LiveError> {
        let Self { client, server, options, .. } = self;
        client.allow(options.statement_timeout);
        client.simple_query(&prelude(options)).map_err(|error| LiveError::reading(server, BEGINNING, error.into()))?;
        let mut reading = Reading::new(server.server_version_num / 10_000);
        let mut at = TOGETHER;
        read_catalogs(client, &mut reading, &mut at).map_err(|trouble| LiveError::reading(server, at, trouble))?;
        Ok(reading)
    }
}

/// Asks for all catalogs at once, and reads them one after the other; `at` says how far that is.
fn read_catalogs(client: &mut Client, reading: &mut Reading, at: &mut &'static str) -> Result<(), Trouble> {
    let together = together();
    let usual = STEPS.iter().filter(|step| !step.is_rare).map(|step| step.sql);
    let queries: Vec<&str> = [together.as_str()].into_iter().chain(usual).collect();
    let mut answers = client.ask(&queries)?;
    let mut rare = by_step(&answers.next()?)?;
    for (number, step) in STEPS.iter().enumerate() {
        *at = step.catalog;
        let rows = if step.is_rare {
            rare.remove(&number).unwrap_or_default()
        } else {
            answers.next()?.into_iter().map(Row::Plain).collect()
        };
        (step.read)(&rows, reading)?;
    }
    Ok(())
}

/// What is read where what is rare comes together.
const TOGETHER: &str = "the catalogs of what is rare";

/// One statement for all that is rare. Each row says the step that it is for, and keeps its place among those of that.
fn together() -> String {
    let rare = STEPS.iter().enumerate().filter(|(_, step)| step.is_rare);
    let parts = rare.map(|(number, Step { sql, .. })| {
        let begin = include_str!("rare_begin.sql").replace("{step}", &number.to_string());
        format!("{begin}{sql}\n{}", include_str!("rare_end.sql"))
    });
    parts.collect::<Vec<_>>().join(include_str!("rare_next.sql"))
}

fn by_step(rows: &[tokio_postgres::Row]) -> Result<BTreeMap<usize, Vec<Row>>, Trouble> {
    let mut found: BTreeMap<usize, Vec<Row>> = BTreeMap::new();
    for row in rows {
        let step = usize::try_from(row.try_get::<_, i32>("step")?).unwrap_or_default();
        let fields = serde_json::from_str(row.try_get("fields")?);
        let fields = fields.map_err(|error| Trouble::Surprise(format!("row_to_json(): {error}")))?;
        found.entry(step).or_default().push(Row::Json(fields));
    }
    Ok(found)
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
        let usual = STEPS.iter().filter(|step| !step.is_rare).count();
        // Besides these: what is rare, what the server is, the three of the prelude, the end of the transaction.
        assert!(usual + 6 <= 20);
    }

    #[test]
    fn the_prelude_is_complete() {
        let sql = prelude(&Options::default());
        assert!(sql.contains("'30000ms'") && sql.contains("'2000ms'") && !sql.contains('{'), "{sql}");
    }
}
