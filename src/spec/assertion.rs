//! Assertions: read-only queries, and what they must answer.

use std::time::Duration;

use pg_query::protobuf::{DefElem, ExplainStmt, SelectStmt};
use pg_query::{Node, NodeEnum, NodeRef};

use super::document::{Name, Text};
use crate::findings::Severity;
use crate::sql::parse::{self, SyntaxError};

/// A query, and what it must answer.
#[derive(Clone, Debug)]
pub struct Assertion {
    pub name: Name,
    pub sql: Text,
    pub expect: Expect,
    pub severity: Option<Severity>,
    pub note: Option<String>,
    /// How long it may take; `None`: as long as any statement.
    pub timeout: Option<Duration>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Expect {
    #[default]
    NoRows,
    /// One row with one column.
    One(Cell),
    /// These rows, in their order if the query asks for one.
    Rows(Vec<Vec<Cell>>),
}

/// A value that is expected, compared with what the server prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    Null,
    Bool(bool),
    /// As it is written; equal in value is enough: `100` is `100.00`.
    Number(String),
    Text(String),
}

impl Cell {
    pub fn matches(&self, printed: Option<&str>) -> bool {
        match (self, printed) {
            (Self::Null, None) => true,
            (Self::Bool(wanted), Some(printed)) => {
                matches!((wanted, printed), (true, "t" | "true") | (false, "f" | "false"))
            }
            (Self::Number(wanted), Some(printed)) => {
                wanted == printed || decimal(wanted).is_some_and(|wanted| decimal(printed) == Some(wanted))
            }
            (Self::Text(wanted), Some(printed)) => wanted == printed,
            (Self::Null, Some(_)) | (Self::Bool(_) | Self::Number(_) | Self::Text(_), None) => false,
        }
    }

    pub fn text(&self) -> &str {
        match self {
            Self::Null => "NULL",
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::Number(text) | Self::Text(text) => text,
        }
    }
}

/// A number as its sign, its digits without zeros at the ends, and the power of ten of the last of them.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (sign, rest) =
        text.strip_prefix('-').map_or((false, text.strip_prefix('+').unwrap_or(text)), |rest| (true, rest));
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
        None => (rest, 0_i64),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_end_matches('0');
    let power = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?
        + i64::try_from(digits.len() - significant.len()).ok()?;
    match significant.trim_start_matches('0') {
        "" => Some((false, String::new(), 0)),
        significant => Some((sign, significant.to_owned(), power)),
    }
}

/// Whether a text is a number that a server could print.
pub(super) fn is_number(text: &str) -> bool {
    decimal(text).is_some()
}

/// Only what reads can be asserted, and only one statement.
///
/// # Errors
/// With the place in the text, where there is one.
pub(super) fn check(sql: &str) -> Result<(), SyntaxError> {
    let not_read = |what: &str| SyntaxError {
        message: format!("{what} is not a query that only reads"),
        offset: sql.find(|character: char| !character.is_whitespace()),
    };
    let query = match parse::parse_one(sql)? {
        NodeEnum::VariableShowStmt(_) => return Ok(()),
        NodeEnum::ExplainStmt(explain) => {
            if runs(&explain) {
                return Err(not_read("EXPLAIN ANALYZE, which runs what it explains,"));
            }
            explain.query.and_then(|query| query.node).ok_or_else(|| not_read("this"))?
        }
        other => other,
    };
    if !matches!(query, NodeEnum::SelectStmt(_)) {
        return Err(not_read("this"));
    }
    match query.nodes().into_iter().find_map(|(node, ..)| writes(node)) {
        Some(what) => Err(not_read(what)),
        None => Ok(()),
    }
}

/// Whether the answer of a query has an order of its own.
pub fn is_ordered(sql: &str) -> bool {
    match parse::parse_one(sql) {
        Ok(NodeEnum::SelectStmt(select)) => !select.sort_clause.is_empty(),
        Ok(_) => true,
        Err(_) => false,
    }
}

/// What a part of a query would write or lock.
fn writes(node: NodeRef<'_>) -> Option<&'static str> {
    match node {
        NodeRef::SelectStmt(SelectStmt { into_clause: Some(_), .. }) => Some("SELECT INTO"),
        NodeRef::SelectStmt(select) if !select.locking_clause.is_empty() => Some("SELECT FOR UPDATE or FOR SHARE"),
        NodeRef::InsertStmt(_) => Some("WITH … INSERT"),
        NodeRef::UpdateStmt(_) => Some("WITH … UPDATE"),
        NodeRef::DeleteStmt(_) => Some("WITH … DELETE"),
        NodeRef::MergeStmt(_) => Some("WITH … MERGE"),
        _ => None,
    }
}

/// Whether EXPLAIN has ANALYZE, however it is written (`defGetBoolean()`, define.c).
fn runs(explain: &ExplainStmt) -> bool {
    let is_on = |option: &DefElem| match option.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
        None => true,
        Some(NodeEnum::Integer(number)) => number.ival != 0,
        Some(NodeEnum::Boolean(value)) => value.boolval,
        Some(NodeEnum::String(word)) => !["false", "off"].iter().any(|off| word.sval.eq_ignore_ascii_case(off)),
        Some(_) => true,
    };
    explain.options.iter().any(|option| match option {
        Node { node: Some(NodeEnum::DefElem(option)) } => option.defname == "analyze" && is_on(option),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(sql: &str, words: &str) {
        let error = check(sql).unwrap_err();
        assert!(error.message.contains(words), "{sql}: {error:?}");
    }

    #[test]
    fn what_reads_is_a_query() {
        for sql in [
            "select 1",
            "select 1; -- that is all",
            "with a as (select 1) select * from a",
            "values (1, 2)",
            "table t",
            "show search_path",
            "explain select 1",
            "explain (analyze false, costs off) select 1",
            "(select 1 union select 2) order by 1",
        ] {
            assert_eq!(check(sql), Ok(()), "{sql}");
        }
    }

    #[test]
    fn what_writes_locks_or_is_no_query_is_refused() {
        refused("delete from t", "this is not a query");
        refused("begin", "this is not a query");
        refused("copy t to program 'x'", "this is not a query");
        refused("do 'begin end'", "this is not a query");
        refused("call p()", "this is not a query");
        refused("set search_path = x", "this is not a query");
        refused("select 1 into t", "SELECT INTO");
        refused("select 1 into t union select 2", "SELECT INTO");
        refused("select * from t for update", "FOR UPDATE");
        refused("select * from (select * from t for key share) as s", "FOR SHARE");
        refused("select exists (select from t for update)", "FOR UPDATE");
        refused("with d as (delete from t returning *) select * from d", "WITH … DELETE");
        refused("with d as (insert into t values (1) returning *) select * from d", "WITH … INSERT");
        refused("with d as (update t set a = 1 returning *) select * from d", "WITH … UPDATE");
        refused("explain analyze select 1", "EXPLAIN ANALYZE");
        refused("explain (analyze) select 1", "EXPLAIN ANALYZE");
        refused("explain (analyze on) select 1", "EXPLAIN ANALYZE");
        refused("explain (analyze 1, costs off) select 1", "EXPLAIN ANALYZE");
        refused("explain delete from t", "this is not a query");
        refused("explain create table t as select 1", "this is not a query");
        refused("select 1; select 2", "one statement was expected here, not 2");
        refused("-- nothing", "there is no statement here");
        refused("select frm where", "syntax error");
    }

    #[test]
    fn an_order_is_the_query_s_own() {
        assert!(is_ordered("select 1 order by 1"));
        assert!(is_ordered("select 1 union select 2 order by 1"));
        assert!(!is_ordered("select * from (select 1 order by 1) as s"));
    }

    #[track_caller]
    fn matches(cell: &Cell, printed: &[&str], others: &[&str]) {
        for text in printed {
            assert!(cell.matches(Some(text)), "{cell:?} and {text}");
        }
        for text in others {
            assert!(!cell.matches(Some(text)), "{cell:?} and {text}");
        }
    }

    #[test]
    fn values_match_what_servers_print() {
        let number = |text: &str| Cell::Number(text.into());
        matches(&number("0"), &["0", "0.00", "-0", "0e5"], &["1", "", "f", "NaN", "."]);
        matches(&number("100"), &["100", "100.00", "1e+2", "1e2"], &["10", "1000", "-100", "100x"]);
        matches(&number("-1.50"), &["-1.5", "-1.500", "-15e-1"], &["1.5", "-15"]);
        matches(&number("0.001"), &["0.001", "1e-3", ".001"], &["0.01"]);
        matches(&number("1e20"), &["1e+20", "100000000000000000000"], &["1e+21"]);
        matches(&Cell::Bool(true), &["t", "true"], &["f", "T", "1", "yes"]);
        matches(&Cell::Bool(false), &["f", "false"], &["t", "", "0"]);
        matches(&Cell::Text("01".into()), &["01"], &["1", "01 "]);
        matches(&Cell::Text(String::new()), &[""], &[" "]);
        matches(&Cell::Null, &[], &["", "NULL", "null"]);
        assert!(Cell::Null.matches(None));
        assert!(!number("0").matches(None) && !Cell::Text("NULL".into()).matches(None));
    }
}
