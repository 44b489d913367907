//! Queries over the server's own relations, answered from the catalog that is being built.

use pg_query::NodeEnum;
use pg_query::protobuf::{FuncCall, JoinType, Node, RangeFunction, RangeVar, SelectStmt, SetOperation, a_const::Val};

use super::value::{Row, Value, Variables};
use crate::expr::figure_name;
use crate::replay::Replay;
use crate::replay::refusal::Outcome;
use crate::sql::parse;
use crate::sql::type_name::{last_ident, string_of};

/// What stands in FROM, by its alias.
type From = Vec<(String, Row)>;

/// What names stand for at some place in a query.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) replay: &'a Replay,
    pub(super) variables: &'a Variables,
    /// What stands in FROM, by its alias; then what stands there in the query around this one.
    pub(super) from: &'a [(String, Row)],
    pub(super) around: Option<&'a Scope<'a>>,
}

impl Replay {
    /// What an expression is worth, with these variables.
    pub(super) fn evaluate(&self, text: &str, variables: &Variables) -> Outcome<Value> {
        match super::run::expression(text) {
            Some(node) => Scope { replay: self, variables, from: &[], around: None }.value(&node),
            None => Ok(Value::Unknown),
        }
    }

    /// What a query gives, if that can be told.
    pub(super) fn query_rows(&self, text: &str, variables: &Variables) -> Outcome<Option<Vec<Row>>> {
        match parse::parse_one(text) {
            Ok(NodeEnum::SelectStmt(query)) => Scope { replay: self, variables, from: &[], around: None }.rows(&query),
            _ => Ok(None),
        }
    }
}

impl Scope<'_> {
    /// A column of what stands in FROM, here or further out, else a variable.
    pub(super) fn named(&self, parts: &[String]) -> Value {
        let field = |row: &Row, name: &str| row.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let found = match parts {
            [name] => self.from.iter().find_map(|(_, row)| field(row, name)),
            [.., of, name] => {
                let item = self.from.iter().find(|(alias, _)| alias == of);
                // A column of a known relation that is not kept is not known.
                item.map(|(_, row)| field(row, name).unwrap_or(Value::Unknown))
            }
            [] => None,
        };
        if let Some(value) = found {
            return value;
        }
        if let Some(around) = self.around {
            return around.named(parts);
        }
        match parts {
            [name] => match self.variables.get(name) {
                Some(Value::Row(row)) if row.len() == 2 && row[0].0 == *name => row[0].1.clone(),
                Some(value) => value.clone(),
                None => Value::Unknown,
            },
            [of, name] => match self.variables.get(of) {
                Some(Value::Row(row)) => field(row, name).unwrap_or(Value::Unknown),
                _ => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }

    /// The rows of a query; none where they hang on what is not known.
    pub(super) fn rows(&self, query: &SelectStmt) -> Outcome<Option<Vec<Row>>> {
        let is_plain = query.group_clause.is_empty()
            && query.having_clause.is_none()
            && query.with_clause.is_none()
            && query.values_lists.is_empty()
            && query.limit_offset.is_none()
            && query.op() == SetOperation::SetopNone;
        if !is_plain {
            return Ok(None);
        }
        let mut sources: Vec<From> = vec![Vec::new()];
        for node in &query.from_clause {
            let Some(made) = self.source(node, &sources)? else { return Ok(None) };
            sources = made;
        }
        let mut kept = Vec::new();
        for from in sources {
            let scope = Scope { from: &from, around: Some(self), ..*self };
            let holds = match &query.where_clause {
                Some(condition) => scope.value(condition)?.truth(),
                None => Some(true),
            };
            match holds {
                Some(true) => kept.push(from),
                Some(false) => {}
                None => return Ok(None),
            }
        }
        // What is not there may have been made by what was passed over.
        if kept.is_empty() && !query.from_clause.is_empty() && self.is_doubtful(query) {
            return Ok(None);
        }
        let aggregate = query.target_list.first().and_then(aggregate_of);
        if let Some((name, call)) = aggregate {
            return self.aggregated(&name, call, &kept, query).map(Some);
        }
        let mut rows = Vec::new();
        for from in &kept {
            rows.push(Scope { from, around: Some(self), ..*self }.targets(query)?);
        }
        if !query.sort_clause.is_empty() {
            rows.sort_by_key(|row| row.iter().map(|(_, value)| value.words()).collect::<Vec<_>>());
        }
        if let Some(limit) = &query.limit_count {
            match self.value(limit)? {
                Value::Number(limit) => rows.truncate(usize::try_from(limit).unwrap_or_default()),
                _ => return Ok(None),
            }
        }
        if !query.distinct_clause.is_empty() {
            let mut seen: Vec<Row> = Vec::new();
            rows.retain(|row| {
                let is_new = !seen.contains(row);
                seen.extend(is_new.then(|| row.clone()));
                is_new
            });
        }
        Ok(Some(rows))
    }

    fn targets(&self, query: &SelectStmt) -> Outcome<Row> {
        let mut row = Row::new();
        for node in &query.target_list {
            let Some(NodeEnum::ResTarget(target)) = &node.node else { continue };
            let Some(value) = target.val.as_deref() else { continue };
            if let Some(NodeEnum::ColumnRef(column)) = &value.node
                && let Some(Node { node: Some(NodeEnum::AStar(_)) }) = column.fields.last()
            {
                let owner = column.fields.first().and_then(string_of);
                let items = self.from.iter().filter(|(alias, _)| owner.as_ref().is_none_or(|owner| alias == owner));
                row.extend(items.flat_map(|(_, row)| row.clone()));
                continue;
            }
            let name = if target.name.is_empty() { figure_name(value) } else { Some((&target.name).into()) };
            let name = name.map_or_else(|| "?column?".to_owned(), |name| name.as_str().to_owned());
            row.push((name, self.value(value)?));
        }
        Ok(row)
    }

    /// Each of these rows with each of those that stand in FROM here.
    fn source(&self, node: &Node, before: &[From]) -> Outcome<Option<Vec<From>>> {
        match &node.node {
            Some(NodeEnum::RangeVar(range)) => {
                let Some(rows) = self.relation_rows(range) else { return Ok(None) };
                let alias = range.alias.as_ref().map_or(&range.relname, |alias| &alias.aliasname);
                let with = |from: &From| {
                    let rows = rows.iter().map(|row| [from.clone(), vec![(alias.clone(), row.clone())]].concat());
                    rows.collect::<Vec<_>>()
                };
                Ok(Some(before.iter().flat_map(with).collect()))
            }
            Some(NodeEnum::RangeSubselect(range)) => {
                let Some(NodeEnum::SelectStmt(query)) = range.subquery.as_deref().and_then(|node| node.node.as_ref())
                else {
                    return Ok(None);
                };
                let Some(rows) = self.rows(query)? else { return Ok(None) };
                let alias = range.alias.as_ref().map(|alias| alias.aliasname.clone()).unwrap_or_default();
                let with = |from: &From| {
                    let rows = rows.iter().map(|row| [from.clone(), vec![(alias.clone(), row.clone())]].concat());
                    rows.collect::<Vec<_>>()
                };
                Ok(Some(before.iter().flat_map(with).collect()))
            }
            Some(NodeEnum::RangeFunction(range)) => self.function_rows(range, before),
            Some(NodeEnum::JoinExpr(join))
                if join.jointype() == JoinType::JoinInner && join.using_clause.is_empty() =>
            {
                let (Some(left), Some(right)) = (&join.larg, &join.rarg) else { return Ok(None) };
                let Some(left) = self.source(left, before)? else { return Ok(None) };
                let Some(both) = self.source(right, &left)? else { return Ok(None) };
                let mut kept = Vec::new();
                for from in both {
                    let scope = Scope { from: &from, around: Some(self), ..*self };
                    let holds = join.quals.as_deref().map_or(Ok(Value::Bool(true)), |quals| scope.value(quals))?;
                    match holds.truth() {
                        Some(true) => kept.push(from),
                        Some(false) => {}
                        None => return Ok(None),
                    }
                }
                Ok(Some(kept))
            }
            _ => Ok(None),
        }
    }

    /// `unnest(array) AS name`, `generate_series(1, 3) AS name`; they may name what stands before them.
    fn function_rows(&self, range: &RangeFunction, before: &[From]) -> Outcome<Option<Vec<From>>> {
        let [Node { node: Some(NodeEnum::List(list)) }] = range.functions.as_slice() else { return Ok(None) };
        let Some(NodeEnum::FuncCall(call)) = list.items.first().and_then(|node| node.node.as_ref()) else {
            return Ok(None);
        };
        let function = last_ident(&call.funcname);
        let alias = range.alias.as_ref();
        let item = alias.map_or(function.as_str(), |alias| alias.aliasname.as_str());
        let column = alias.and_then(|alias| alias.colnames.first()).and_then(string_of);
        let column = column.unwrap_or_else(|| item.to_owned());
        let mut made = Vec::new();
        for from in before {
            let scope = Scope { from, around: Some(self), ..*self };
            let args = call.args.iter().map(|arg| scope.value(arg)).collect::<Outcome<Vec<_>>>()?;
            let values = match (function.as_str(), args.as_slice()) {
                ("unnest", [Value::Array(values)]) => values.clone(),
                ("generate_series", [Value::Number(from), Value::Number(to)]) => {
                    (*from..=*to).take(super::run::MAX_TURNS).map(Value::Number).collect()
                }
                _ => return Ok(None),
            };
            let rows = values.into_iter().map(|value| vec![(column.clone(), value)]);
            made.extend(rows.map(|row| [from.clone(), vec![(item.to_owned(), row)]].concat()));
        }
        Ok(Some(made))
    }

    /// A relation of the server's own; the rows of others are not known.
    fn relation_rows(&self, range: &RangeVar) -> Option<Vec<Row>> {
        match range.schemaname.as_str() {
            "information_schema" => self.replay.information_schema(&range.relname),
            "" | "pg_catalog" => self.replay.system_relation(&range.relname),
            _ => None,
        }
    }

    fn aggregated(&self, name: &str, call: &FuncCall, kept: &[From], query: &SelectStmt) -> Outcome<Vec<Row>> {
        let mut values = Vec::new();
        for from in kept {
            let scope = Scope { from, around: Some(self), ..*self };
            values.push(call.args.first().map_or(Ok(Value::Null), |arg| scope.value(arg))?);
        }
        let are_known = !values.contains(&Value::Unknown) && query.target_list.len() == 1 && !call.agg_distinct;
        let value = match name {
            "count" if call.agg_star && query.target_list.len() == 1 => {
                Value::Number(i64::try_from(kept.len()).unwrap_or_default())
            }
            "count" if are_known => {
                let counted = values.iter().filter(|value| **value != Value::Null).count();
                Value::Number(i64::try_from(counted).unwrap_or_default())
            }
            "array_agg" if are_known && values.is_empty() => Value::Null,
            "array_agg" if are_known => Value::Array(values),
            _ => Value::Unknown,
        };
        Ok(vec![vec![(name.to_owned(), value)]])
    }

    /// The texts in a condition, those of variables too; what is looked up as a relation is there.
    fn texts(&self, node: &Node) -> Vec<String> {
        let mut found = Vec::new();
        let mut waiting = vec![node];
        while let Some(node) = waiting.pop() {
            match &node.node {
                Some(NodeEnum::AConst(constant)) => {
                    if let Some(Val::Sval(text)) = &constant.val {
                        found.push(text.sval.clone());
                    }
                }
                Some(NodeEnum::ColumnRef(column)) => {
                    let parts: Vec<String> = column.fields.iter().filter_map(string_of).collect();
                    found.extend(self.named(&parts).words());
                }
                Some(NodeEnum::AExpr(expr)) => waiting.extend(expr.lexpr.iter().chain(&expr.rexpr).map(AsRef::as_ref)),
                Some(NodeEnum::BoolExpr(expr)) => waiting.extend(&expr.args),
                Some(NodeEnum::List(list)) => waiting.extend(&list.items),
                Some(NodeEnum::TypeCast(cast)) => {
                    let to = cast.type_name.as_ref().map(|name| last_ident(&name.names));
                    let is_looked_up = to.is_some_and(|to| to.as_str().starts_with("reg"));
                    waiting.extend(cast.arg.iter().filter(|_| !is_looked_up).map(AsRef::as_ref));
                }
                _ => {}
            }
        }
        found
    }

    /// Whether a name that a query compares with may belong to something that was passed over.
    fn is_doubtful(&self, query: &SelectStmt) -> bool {
        let Some(condition) = &query.where_clause else { return self.replay.doubts.everything() };
        let mut names = self.texts(condition);
        names.retain(|name| !name.is_empty());
        self.replay.doubts.everything() || names.iter().any(|name| self.replay.doubts.cover(name))
    }
}

fn aggregate_of(node: &Node) -> Option<(String, &FuncCall)> {
    const AGGREGATES: [&str; 8] = ["count", "array_agg", "string_agg", "max", "min", "sum", "bool_or", "bool_and"];
    let Some(NodeEnum::ResTarget(target)) = &node.node else { return None };
    match target.val.as_deref().and_then(|value| value.node.as_ref()) {
        Some(NodeEnum::FuncCall(call)) => {
            let name = last_ident(&call.funcname);
            AGGREGATES.contains(&name.as_str()).then(|| (name.as_str().to_owned(), &**call))
        }
        _ => None,
    }
}
