//! Queries that others wrote, run behind the reading and in its transaction. None of them can end it,
//! or leave a setting to the next: each has a savepoint of its own, which is always rolled back.

use std::time::{Duration, Instant};

use pg_query::NodeEnum;
use tokio_postgres::error::{DbError, ErrorPosition, Severity};
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use super::client::Client;
use crate::sql::{Ident, parse};

/// A query, and how much of its answer is wanted.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    pub sql: &'a str,
    pub timeout: Duration,
    /// No more rows are read than these and one more.
    pub rows: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Rows(Rows),
    Refused(Refused),
    /// It took longer than it may.
    TooSlow(Duration),
}

/// Rows, with each value as the server prints it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Option<String>>>,
    /// There are more.
    pub is_cut: bool,
}

/// Why a server did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub sqlstate: String,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
    /// The byte of the query that it is about.
    pub at: Option<usize>,
}

const BEGIN: &str = include_str!("question_begin.sql");
const WITH_CURSOR: &str = include_str!("question.sql");
const WITHOUT_CURSOR: &str = include_str!("question_without_cursor.sql");
const FETCH: &str = include_str!("answer.sql");
const END: &str = include_str!("question_end.sql");

/// Asks each question.
///
/// # Errors
/// Where the connection was lost.
pub(super) fn ask(
    client: &mut Client,
    schemas: &[Ident],
    questions: &[Question<'_>],
) -> Result<Vec<Answer>, tokio_postgres::Error> {
    let path: String = schemas.iter().map(|schema| format!("{schema}, ")).collect();
    questions
        .iter()
        .map(|question| {
            let milliseconds = question.timeout.as_millis().clamp(1, i32::MAX.unsigned_abs().into());
            let begin = BEGIN.replace("{statement_timeout}", &format!("{milliseconds}ms"));
            client.allow(question.timeout);
            client.batch_execute(&begin.replace("{search_path}", &path))?;
            let began = Instant::now();
            let answer = match run(client, question) {
                Ok(rows) => Answer::Rows(rows),
                Err(Trouble::NotUtf8) => Answer::Refused(not_utf8()),
                Err(Trouble::Server(error)) => match error.as_db_error() {
                    Some(refusal) if !is_the_end(refusal) => {
                        // A cancelled query is one that took too long, or that somebody else has cancelled.
                        if refusal.code().code() == "57014" && began.elapsed() >= question.timeout {
                            Answer::TooSlow(question.timeout)
                        } else {
                            Answer::Refused(refused(refusal, question.sql))
                        }
                    }
                    _ => return Err(error),
                },
            };
            client.batch_execute(END)?;
            Ok(answer)
        })
        .collect()
}

enum Trouble {
    Server(tokio_postgres::Error),
    NotUtf8,
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Server(error)
    }
}

fn run(client: &mut Client, question: &Question<'_>) -> Result<Rows, Trouble> {
    let messages = if has_cursor(question.sql) {
        client.batch_execute(&WITH_CURSOR.replace("{query}", question.sql))?;
        client.simple_query(&FETCH.replace("{rows}", &question.rows.saturating_add(1).to_string()))?
    } else {
        client.simple_query(&WITHOUT_CURSOR.replace("{query}", question.sql))?
    };
    let mut rows = Rows::default();
    for message in messages {
        match message {
            SimpleQueryMessage::RowDescription(columns) => {
                rows.columns = columns.iter().map(|column| column.name().to_owned()).collect();
            }
            SimpleQueryMessage::Row(_) if rows.rows.len() == question.rows => rows.is_cut = true,
            SimpleQueryMessage::Row(row) => rows.rows.push(cells(&row)?),
            _ => {}
        }
    }
    Ok(rows)
}

/// SHOW and EXPLAIN have none, nor many rows.
fn has_cursor(sql: &str) -> bool {
    matches!(parse::parse_one(sql), Ok(NodeEnum::SelectStmt(_)))
}

fn cells(row: &SimpleQueryRow) -> Result<Vec<Option<String>>, Trouble> {
    (0..row.len()).map(|n| row.try_get(n).map(|cell| cell.map(str::to_owned)).map_err(|_| Trouble::NotUtf8)).collect()
}

/// Of the connection, and not only of the query.
fn is_the_end(refusal: &DbError) -> bool {
    matches!(refusal.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
}

fn refused(refusal: &DbError, sql: &str) -> Refused {
    let at = match refusal.position() {
        Some(ErrorPosition::Original(position)) => byte_of(*position, sql),
        Some(ErrorPosition::Internal { .. }) | None => None,
    };
    Refused {
        sqlstate: refusal.code().code().to_owned(),
        message: refusal.message().to_owned(),
        detail: refusal.detail().map(str::to_owned),
        hint: refusal.hint().map(str::to_owned),
        at,
    }
}

/// A server counts characters, from 1, of all that it was sent.
fn byte_of(position: u32, sql: &str) -> Option<usize> {
    let sent = if has_cursor(sql) { WITH_CURSOR } else { WITHOUT_CURSOR };
    let before = sent.split("{query}").next()?.chars().count();
    let characters = usize::try_from(position).ok()?.checked_sub(1 + before)?;
    Some(sql.char_indices().nth(characters).map_or(sql.len(), |(at, _)| at))
}

/// A database of the encoding `SQL_ASCII` holds what it was given.
fn not_utf8() -> Refused {
    Refused {
        sqlstate: "22021".into(),
        message: "the answer holds what is not UTF-8".into(),
        detail: None,
        hint: None,
        at: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_bytes_of_the_query() {
        let before = |sent: &str| u32::try_from(sent.find("{query}").unwrap()).unwrap();
        let (with, without) = (before(WITH_CURSOR), before(WITHOUT_CURSOR));
        assert_eq!(byte_of(with + 8, "select é"), Some(7));
        assert_eq!(byte_of(with + 9, "select é"), Some(9));
        assert_eq!(byte_of(1, "select 1"), None);
        assert_eq!(byte_of(without + 6, "show x"), Some(5));
    }
}
