//! Aggregates over rows that are known.

use std::cmp::Ordering;

use pg_query::NodeEnum;
use pg_query::protobuf::{FuncCall, Node, SortByDir};

use super::evaluate::Evaluator;
use super::operator::all;
use super::query::{From, Scope};
use super::value::{Value, number};
use crate::replay::refusal::Outcome;

/// What rows are sorted by, each with whether it goes down.
pub(super) type SortKeys = Vec<(Value, bool)>;

impl Evaluator<'_> {
    /// An aggregate over the rows of a group.
    pub(super) fn aggregate(
        &mut self,
        scope: &Scope<'_>,
        name: &str,
        call: &FuncCall,
        group: &[From],
    ) -> Outcome<Value> {
        let mut rows: Vec<(SortKeys, Vec<Value>)> = Vec::new();
        for from in group {
            let scope = Scope { from, group: None, ..*scope };
            if let Some(filter) = &call.agg_filter {
                match self.value(&scope, filter)?.truth() {
                    Some(true) => {}
                    Some(false) => continue,
                    None => return Ok(Value::Unknown),
                }
            }
            let mut keys = Vec::new();
            for node in &call.agg_order {
                let Some(NodeEnum::SortBy(sort)) = &node.node else { return Ok(Value::Unknown) };
                let key = sort.node.as_deref().map_or(Ok(Value::Null), |node| self.value(&scope, node))?;
                keys.push((key, sort.sortby_dir() == SortByDir::SortbyDesc));
            }
            rows.push((keys, self.values(&scope, &call.args)?));
        }
        sort(&mut rows);
        let mut values: Vec<Vec<Value>> = rows.into_iter().map(|(_, values)| values).collect();
        if call.agg_star {
            return Ok(number(values.len()));
        }
        if values.iter().flatten().any(|value| *value == Value::Unknown) {
            return Ok(Value::Unknown);
        }
        if call.agg_distinct {
            let mut seen: Vec<Vec<Value>> = Vec::new();
            values.retain(|value| {
                !seen.contains(value) && {
                    seen.push(value.clone());
                    true
                }
            });
        }
        let first = |values: &[Vec<Value>]| -> Vec<Value> {
            values.iter().filter_map(|row| row.first()).filter(|value| **value != Value::Null).cloned().collect()
        };
        let known = first(&values);
        Ok(match name {
            "count" => number(known.len()),
            "array_agg" if values.is_empty() => Value::Null,
            "array_agg" => Value::Array(values.into_iter().filter_map(|row| row.into_iter().next()).collect()),
            _ if known.is_empty() => Value::Null,
            "string_agg" => {
                let by = values.iter().find_map(|row| row.get(1).and_then(Value::words)).unwrap_or_default();
                let words: Option<Vec<String>> = known.iter().map(Value::words).collect();
                words.map_or(Value::Unknown, |words| Value::Text(words.join(&by)))
            }
            "min" => extreme(&known, false),
            "max" => extreme(&known, true),
            "bool_or" => all(&known, true),
            "bool_and" | "every" => all(&known, false),
            "sum" => known.iter().fold(Value::Number(0), |sum, value| super::operator::binary("+", &sum, value)),
            _ => Value::Unknown,
        })
    }
}

/// The greatest, or the least.
pub(super) fn extreme(values: &[Value], is_greatest: bool) -> Value {
    let mut best: Option<&Value> = None;
    for value in values {
        best = match best {
            None => Some(value),
            Some(other) => match value.order(other) {
                Some(order) => Some(if order.is_gt() == is_greatest && order.is_ne() { value } else { other }),
                None => return Value::Unknown,
            },
        };
    }
    best.cloned().unwrap_or(Value::Null)
}

/// Sorts by keys, each with whether it goes down; NULL is greater than all else.
pub(super) fn sort<T>(rows: &mut [(SortKeys, T)]) {
    rows.sort_by(|(one, _), (two, _)| {
        let orders = one.iter().zip(two).map(|((one, is_down), (two, _))| {
            let order = rank(one).cmp(&rank(two));
            if *is_down { order.reverse() } else { order }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    });
}

/// What values are sorted by: whatever they are, there is an order.
fn rank(value: &Value) -> (bool, i64, String) {
    match value {
        Value::Null => (true, 0, String::new()),
        Value::Bool(value) => (false, i64::from(*value), String::new()),
        Value::Number(value) => (false, *value, String::new()),
        value => (false, 0, value.words().unwrap_or_default()),
    }
}

/// Whether an aggregate stands in an expression.
pub(super) fn has_aggregate(node: &Node) -> bool {
    let is_one = match &node.node {
        Some(NodeEnum::FuncCall(call)) => {
            let name = crate::sql::type_name::last_ident(&call.funcname);
            call.over.is_none() && super::query::AGGREGATES.contains(&name.as_str())
        }
        _ => false,
    };
    is_one || super::query::parts(node).into_iter().any(has_aggregate)
}
