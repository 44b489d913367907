//! `assertions` and `waivers`: lists of mappings that are about no object of a section.

use std::time::Duration;

use super::{Entries, Lowering};
use crate::catalog::Origin;
use crate::spec::SpecError;
use crate::spec::assertion::{self, Assertion, Cell, Expect};
use crate::spec::document::Name;
use crate::spec::waiver::{Date, Expiry, Waiver};
use crate::yaml::{Node, Yaml};

const ASSERTION_KEYS: &[&str] = &["name", "sql", "expect", "severity", "note", "timeout"];
const WAIVER_KEYS: &[&str] = &["finding", "object", "reason", "owner", "expires"];

/// In seconds: longer than any check should keep a transaction open.
const LONGEST_TIMEOUT: f64 = 86_400.0;

impl Lowering<'_> {
    pub(super) fn assertions(&mut self, node: &Node) -> Vec<Assertion> {
        let items = self.list(node, "`assertions` is a list").unwrap_or_default();
        items.iter().filter_map(|item| self.assertion(item)).collect()
    }

    fn assertion(&mut self, item: &Node) -> Option<Assertion> {
        let entries = self.map(item, "an assertion is a mapping")?;
        let [name, sql] = self.required(item, entries, "assertion", ["name", "sql"]);
        let (mut severity, mut note, mut timeout) = (None, None, None);
        let mut expect = Expect::default();
        for (key, value) in entries {
            match self.key(key).as_str() {
                "name" | "sql" => {}
                "expect" => expect = self.expect(value).unwrap_or_default(),
                "severity" => severity = self.severity(value),
                "note" => note = self.text_of(value),
                "timeout" => timeout = self.seconds(value),
                other => self.unknown(key, other, ASSERTION_KEYS.iter().copied()),
            }
        }
        let (name, (sql, at)) = (name?.0, sql.map(|(sql, node)| (sql.text, node))?);
        let sql = self.piece(&sql, &at.span);
        if let Err(error) = assertion::check(&sql.sql) {
            let help = "an assertion is one SELECT, WITH, VALUES, TABLE, SHOW or EXPLAIN without ANALYZE".to_owned();
            self.wrong_sql(&sql, error, Some(help));
        }
        Some(Assertion { name, sql, expect, severity, note, timeout })
    }

    fn expect(&mut self, node: &Node) -> Option<Expect> {
        let entries = match &node.value {
            Yaml::Text(word) if word == "no_rows" => return Some(Expect::NoRows),
            Yaml::Map(entries) => entries,
            _ => return self.cell(node).map(Expect::One),
        };
        let mut rows = None;
        for (key, value) in entries {
            match self.key(key).as_str() {
                "rows" => rows = self.rows(value),
                other => self.unknown(key, other, ["rows"]),
            }
        }
        rows.map(Expect::Rows)
    }

    /// Rows of one column may be written without a list of their own.
    fn rows(&mut self, node: &Node) -> Option<Vec<Vec<Cell>>> {
        let rows = self.list(node, "`rows` is a list of rows: [[1, open], [2, paid]]")?;
        let cells = |row: &Node| match &row.value {
            Yaml::List(cells) => cells.iter().map(|cell| self.cell(cell)).collect(),
            _ => self.cell(row).map(|cell| vec![cell]),
        };
        rows.iter().map(cells).collect()
    }

    fn cell(&mut self, node: &Node) -> Option<Cell> {
        let written = self.source(&node.span);
        Some(match &node.value {
            Yaml::Null => Cell::Null,
            Yaml::Bool(value) => Cell::Bool(*value),
            Yaml::Int(_) | Yaml::Number if assertion::is_number(written) => Cell::Number(written.to_owned()),
            Yaml::Int(number) => Cell::Number(number.to_string()),
            Yaml::Text(text) => Cell::Text(text.clone()),
            Yaml::Number => {
                let help = "write it in quotes, as the server prints it: 'NaN'".to_owned();
                self.error(&node.span, "no server prints a number like this", Some(help));
                return None;
            }
            Yaml::List(_) | Yaml::Map(_) => {
                let help = "write one value, or `no_rows`, or `{ rows: [[1, open], [2, paid]] }`".to_owned();
                self.error(&node.span, "one value was expected here", Some(help));
                return None;
            }
        })
    }

    fn seconds(&mut self, node: &Node) -> Option<Duration> {
        let seconds = match &node.value {
            Yaml::Int(_) | Yaml::Number => self.source(&node.span).parse::<f64>().ok(),
            Yaml::Null | Yaml::Bool(_) | Yaml::Text(_) | Yaml::List(_) | Yaml::Map(_) => None,
        };
        let found = seconds.filter(|seconds| *seconds >= 0.001 && *seconds <= LONGEST_TIMEOUT);
        if found.is_none() {
            self.error(&node.span, "`timeout` is a number of seconds, more than 0", Some("write `timeout: 5`".into()));
        }
        found.map(Duration::from_secs_f64)
    }

    pub(super) fn waivers(&mut self, node: &Node) -> Vec<Waiver> {
        let items = self.list(node, "`waivers` is a list").unwrap_or_default();
        items.iter().filter_map(|item| self.waiver(item)).collect()
    }

    fn waiver(&mut self, item: &Node) -> Option<Waiver> {
        let entries = self.map(item, "a waiver is a mapping")?;
        let [finding, object, reason] = self.required(item, entries, "waiver", ["finding", "object", "reason"]);
        let (mut owner, mut expires) = (None, None);
        for (key, value) in entries {
            match self.key(key).as_str() {
                "finding" | "object" | "reason" => {}
                "owner" => owner = self.text_of(value),
                "expires" => expires = self.expiry(value),
                other => self.unknown(key, other, WAIVER_KEYS.iter().copied()),
            }
        }
        let (finding, object, reason) = (finding?.0, object?.0, reason?.0.text);
        let place = finding.place.clone();
        Some(Waiver { finding, object, reason, owner, expires, place })
    }

    fn expiry(&mut self, node: &Node) -> Option<Expiry> {
        let text = self.text_of(node)?;
        let date = Date::parse(&text);
        if date.is_none() {
            let help = "write the last day on which it counts: 2027-01-31".to_owned();
            self.error(&node.span, format!("\"{text}\" is no date"), Some(help));
        }
        Some(Expiry { date: date?, place: self.place(&node.span) })
    }

    /// The texts that stand behind some keys, all of which there must be.
    fn required<'n, const N: usize>(
        &mut self,
        item: &Node,
        entries: Entries<'n>,
        what: &str,
        keys: [&str; N],
    ) -> [Option<(Name, &'n Node)>; N] {
        keys.map(|wanted| {
            let Some((key, value)) = entries.iter().find(|(key, _)| self.key(key) == wanted) else {
                let span = entries.first().map_or(&item.span, |(key, _)| &key.span);
                self.error(span, format!("this {what} has no `{wanted}`"), Some(format!("add `{wanted}: …`")));
                return None;
            };
            let text = self.text_of(value)?;
            if text.trim().is_empty() {
                self.error(&key.span, format!("`{wanted}` is empty"), Some("write something behind it".into()));
                return None;
            }
            Some((Name { text, place: self.place(&value.span) }, value))
        })
    }
}

/// Assertions are known by their names, so that each has its own.
pub(in crate::spec) fn twice(assertions: &[Assertion]) -> Vec<SpecError> {
    let mut known: Vec<&Name> = Vec::new();
    let mut errors = Vec::new();
    for Assertion { name, .. } in assertions {
        match known.iter().find(|other| other.text == name.text) {
            Some(other) => {
                let also: (Origin, String) = (other.place.clone(), "and here".into());
                errors.push(SpecError {
                    message: format!("two assertions are called \"{}\"", name.text),
                    place: name.place.clone(),
                    help: Some("give each a name of its own".into()),
                    also: Some(also),
                });
            }
            None => known.push(name),
        }
    }
    errors
}
