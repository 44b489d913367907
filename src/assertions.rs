//! What a server answered to the assertions of a spec → findings.

use std::time::Duration;

use crate::catalog::{Note, Value};
use crate::findings::{Asserted, Finding, Severity};
use crate::live::{Answer, Question, Refused, Rows};
use crate::spec::assertion::{Assertion, Cell, Expect, is_ordered};

/// The most characters of one value that a finding repeats.
const LONGEST: usize = 1000;

/// What to ask a server: what has no `timeout` of its own has this one, and `shown` rows are enough.
pub fn questions(assertions: &[Assertion], timeout: Duration, shown: usize) -> Vec<Question<'_>> {
    let needed = |expect: &Expect| match expect {
        Expect::NoRows => 0,
        Expect::One(_) => 1,
        Expect::Rows(rows) => rows.len(),
    };
    assertions
        .iter()
        .map(|assertion| Question {
            sql: &assertion.sql.sql,
            timeout: assertion.timeout.unwrap_or(timeout),
            rows: needed(&assertion.expect).max(shown),
        })
        .collect()
}

/// What is wrong with the answers, each to the assertion at its place. At most `shown` rows are repeated; where
/// that is 0, a finding holds nothing of what the database does.
pub fn judge(assertions: &[Assertion], answers: Vec<Answer>, shown: usize) -> Vec<Finding> {
    let finding = |(assertion, answer): (&Assertion, Answer)| match answer {
        Answer::Rows(rows) if holds(assertion, &rows) => None,
        Answer::Rows(rows) => Some(failed(assertion, rows, shown)),
        Answer::Refused(refused) => Some(could_not_be_judged(assertion, refused, shown)),
        Answer::TooSlow(limit) => Some(Finding {
            help: Some("give it a `timeout:` in seconds, or the query an index".into()),
            ..about(assertion, "timeout", &format!("took longer than {} s", limit.as_secs_f64()))
        }),
    };
    assertions.iter().zip(answers).filter_map(finding).collect()
}

/// A note for each assertion that no server was asked.
pub fn not_run(assertions: &[Assertion], why: &str) -> Vec<Note> {
    let note = |assertion: &Assertion| Note {
        message: format!("the assertion \"{}\" was not run: {why}", assertion.name.text),
        origin: assertion.name.place.clone(),
    };
    assertions.iter().map(note).collect()
}

fn about(assertion: &Assertion, code: &str, what: &str) -> Finding {
    let Assertion { name, severity, note, .. } = assertion;
    let severity = severity.unwrap_or(Severity::Error);
    let message = format!("\"{}\" {what}", name.text);
    Finding {
        notes: note.iter().cloned().collect(),
        assertion: Some(Asserted { name: name.text.clone(), ..Asserted::default() }),
        ..Finding::new(format!("assertion::{code}"), severity, message, name.place.clone())
    }
}

/// A message of a server may repeat a value, and its detail mostly does.
fn could_not_be_judged(assertion: &Assertion, refused: Refused, shown: usize) -> Finding {
    let Refused { sqlstate, message, detail, hint, at } = refused;
    let read_only = (sqlstate == "25006").then(|| "assertions run in a read-only transaction".to_owned());
    let what = if shown == 0 { "an error of the server's".to_owned() } else { message };
    let what = format!("could not be judged: {what} (SQLSTATE {sqlstate})");
    Finding {
        help: read_only.or(hint.or(detail).filter(|_| shown > 0)),
        expected_at: at.map_or_else(|| assertion.sql.place.clone(), |at| assertion.sql.word_at(at)),
        ..about(assertion, "error", &what)
    }
}

fn failed(assertion: &Assertion, rows: Rows, shown: usize) -> Finding {
    let is_shown = shown > 0 && !rows.is_cut && rows.rows.len() <= shown;
    let (expected, observed) = match &assertion.expect {
        Expect::NoRows => ("no rows".to_owned(), count(&rows)),
        Expect::One(cell) => {
            let observed = match single(&rows) {
                Some(cell) if is_shown => cut(cell.unwrap_or("NULL")),
                Some(_) => "another value".to_owned(),
                None => count(&rows),
            };
            (cell.text().to_owned(), observed)
        }
        Expect::Rows(wanted) => {
            let printed = |row: &Vec<Option<String>>| {
                listed(row.iter().map(|cell| cell.as_deref().map_or_else(|| "NULL".into(), cut)).collect())
            };
            let expected = wanted.iter().map(|row| listed(row.iter().map(|cell| cell.text().to_owned()).collect()));
            let observed = if is_shown { or_none(rows.rows.iter().map(printed)) } else { count(&rows) };
            (or_none(expected), observed)
        }
    };
    let first = rows.rows.iter().take(shown);
    let asserted = Asserted {
        name: assertion.name.text.clone(),
        rows: first.map(|row| row.iter().map(|cell| cell.as_deref().map(cut)).collect()).collect(),
        is_cut: rows.is_cut || rows.rows.len() > shown,
        columns: rows.columns,
    };
    Finding {
        expected: Some(Value::Text(expected)),
        observed: Some(Value::Text(observed)),
        assertion: Some(asserted),
        ..about(assertion, "failed", "does not hold")
    }
}

/// The one value of an answer that has no more.
fn single(rows: &Rows) -> Option<Option<&str>> {
    match rows.rows.as_slice() {
        [row] if row.len() == 1 && !rows.is_cut => Some(row[0].as_deref()),
        _ => None,
    }
}

fn holds(assertion: &Assertion, rows: &Rows) -> bool {
    match &assertion.expect {
        Expect::NoRows => rows.rows.is_empty() && !rows.is_cut,
        Expect::One(wanted) => single(rows).is_some_and(|cell| wanted.matches(cell)),
        Expect::Rows(wanted) if rows.is_cut || wanted.len() != rows.rows.len() => false,
        Expect::Rows(wanted) if is_ordered(&assertion.sql.sql) => {
            wanted.iter().zip(&rows.rows).all(|(wanted, row)| row_matches(wanted, row))
        }
        Expect::Rows(wanted) => {
            let mut left: Vec<&Vec<Option<String>>> = rows.rows.iter().collect();
            wanted.iter().all(|wanted| {
                let found = left.iter().position(|row| row_matches(wanted, row));
                found.map(|at| left.remove(at)).is_some()
            })
        }
    }
}

fn row_matches(wanted: &[Cell], row: &[Option<String>]) -> bool {
    wanted.len() == row.len() && wanted.iter().zip(row).all(|(cell, printed)| cell.matches(printed.as_deref()))
}

fn count(rows: &Rows) -> String {
    match (rows.rows.len(), rows.is_cut) {
        (0, false) => "no rows".into(),
        (0, true) => "rows".into(),
        (1, false) => match rows.columns.len() {
            1 => "1 row".into(),
            columns => format!("1 row of {columns} columns"),
        },
        (count, false) => format!("{count} rows"),
        (1, true) => "more than 1 row".into(),
        (count, true) => format!("more than {count} rows"),
    }
}

fn listed(cells: Vec<String>) -> String {
    format!("({})", cells.join(", "))
}

fn or_none(rows: impl Iterator<Item = String>) -> String {
    let rows: Vec<String> = rows.collect();
    if rows.is_empty() { "no rows".into() } else { rows.join(", ") }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{FileId, Origin};
    use crate::spec::document::{Name, Text};
    use crate::sql::places::Spliced;

    fn assertion(sql: &str, expect: Expect) -> Assertion {
        let place = |span| Origin::File { file: FileId(0), span };
        let mut verbatim = Spliced::default();
        verbatim.copy(sql, 0..sql.len());
        Assertion {
            name: Name { text: "a rule".into(), place: place(0..6) },
            sql: Text::new(sql.into(), place(0..sql.len()), Some(verbatim.places)),
            expect,
            severity: None,
            note: Some("why".into()),
            timeout: None,
        }
    }

    fn rows(rows: &[&[Option<&str>]]) -> Rows {
        Rows {
            columns: (0..rows.first().map_or(1, |row| row.len())).map(|n| format!("c{n}")).collect(),
            rows: rows.iter().map(|row| row.iter().map(|cell| cell.map(str::to_owned)).collect()).collect(),
            is_cut: false,
        }
    }

    /// What is expected and observed, where the assertion does not hold.
    fn judged(sql: &str, expect: Expect, rows: Rows, shown: usize) -> Option<String> {
        let found = judge(&[assertion(sql, expect)], vec![Answer::Rows(rows)], shown);
        let finding = found.into_iter().next()?;
        assert_eq!(finding.code, "assertion::failed");
        assert!(finding.assertion.unwrap().rows.len() <= shown);
        Some(format!("{} / {}", finding.expected.unwrap(), finding.observed.unwrap()))
    }

    #[track_caller]
    fn check(expect: Expect, answer: &[&[Option<&str>]], expected: Option<&str>) {
        assert_eq!(judged("select", expect, rows(answer), 10).as_deref(), expected);
    }

    fn number(text: &str) -> Cell {
        Cell::Number(text.into())
    }

    #[test]
    fn one_value_is_one_row_with_one_column() {
        let zero = || Expect::One(number("0"));
        check(zero(), &[&[Some("0")]], None);
        check(zero(), &[&[Some("3")]], Some("0 / 3"));
        check(zero(), &[&[None]], Some("0 / NULL"));
        check(zero(), &[], Some("0 / no rows"));
        check(zero(), &[&[Some("0")], &[Some("0")]], Some("0 / 2 rows"));
        check(zero(), &[&[Some("0"), Some("0")]], Some("0 / 1 row of 2 columns"));
        let cut = Rows { is_cut: true, ..rows(&[&[Some("0")]]) };
        assert_eq!(judged("select", zero(), cut, 10).as_deref(), Some("0 / more than 1 row"));
    }

    #[test]
    fn no_rows_means_none() {
        check(Expect::NoRows, &[], None);
        check(Expect::NoRows, &[&[Some("1")]], Some("no rows / 1 row"));
        let cut = Rows { is_cut: true, ..rows(&[]) };
        assert_eq!(judged("select", Expect::NoRows, cut, 0).as_deref(), Some("no rows / rows"));
    }

    #[test]
    fn rows_are_compared_in_order_only_where_the_query_has_one() {
        let expect = || Expect::Rows(vec![vec![number("1"), Cell::Null], vec![number("2"), Cell::Bool(true)]]);
        let (one, two): (&[_], &[_]) = (&[Some("1"), None], &[Some("2.0"), Some("t")]);
        let judged = |sql: &str, answer: &[&[Option<&str>]]| judged(sql, expect(), rows(answer), 10);
        assert_eq!(judged("select 1", &[one, two]), None);
        assert_eq!(judged("select 1", &[two, one]), None);
        assert_eq!(judged("select 1 order by 1", &[one, two]), None);
        let ordered = judged("select 1 order by 1", &[two, one]);
        assert_eq!(ordered.as_deref(), Some("(1, NULL), (2, true) / (2.0, t), (1, NULL)"));
        assert_eq!(judged("select 1", &[one, one]).as_deref(), Some("(1, NULL), (2, true) / (1, NULL), (1, NULL)"));
        assert_eq!(judged("select 1", &[one]).as_deref(), Some("(1, NULL), (2, true) / (1, NULL)"));
        assert_eq!(judged("select 1", &[]).as_deref(), Some("(1, NULL), (2, true) / no rows"));
        check(Expect::Rows(vec![]), &[], None);
    }

    #[test]
    fn without_rows_to_show_nothing_of_the_data_is_told() {
        let answer = || rows(&[&[Some("secret")]]);
        let judged = |expect| judged("select", expect, answer(), 0).unwrap();
        assert_eq!(judged(Expect::One(number("0"))), "0 / another value");
        assert_eq!(judged(Expect::Rows(vec![vec![number("0")]])), "(0) / 1 row");
        let refused = Refused {
            sqlstate: "22P02".into(),
            message: "invalid input: \"secret\"".into(),
            detail: Some("secret".into()),
            hint: None,
            at: None,
        };
        let found = judge(&[assertion("select", Expect::NoRows)], vec![Answer::Refused(refused)], 0);
        assert!(!format!("{found:?}").contains("secret"), "{found:?}");
    }

    #[test]
    fn an_error_stands_where_the_server_points() {
        let refused = Refused {
            sqlstate: "42703".into(),
            message: "column \"nme\" does not exist".into(),
            detail: None,
            hint: Some("perhaps \"name\"".into()),
            at: Some(7),
        };
        let found = judge(&[assertion("select nme from t", Expect::NoRows)], vec![Answer::Refused(refused)], 10);
        assert_eq!(found[0].code, "assertion::error");
        assert_eq!(found[0].message, "\"a rule\" could not be judged: column \"nme\" does not exist (SQLSTATE 42703)");
        assert_eq!(found[0].help.as_deref(), Some("perhaps \"name\""));
        assert_eq!(found[0].notes, ["why"]);
        assert_eq!(found[0].expected_at, Origin::File { file: FileId(0), span: 7..10 });
    }

    #[test]
    fn what_is_asked_for_is_enough_to_judge_and_to_show() {
        let asked = |expect, shown| questions(&[assertion("select", expect)], Duration::from_secs(30), shown)[0].rows;
        assert_eq!((asked(Expect::NoRows, 0), asked(Expect::NoRows, 10)), (0, 10));
        assert_eq!((asked(Expect::One(Cell::Null), 0), asked(Expect::Rows(vec![vec![]; 20]), 10)), (1, 20));
    }
}
