//! Queries over the server's own relations, answered from the catalog that is being built, and over tables that
//! are known to be empty.

use std::rc::Rc;

use pg_query::NodeEnum;
use pg_query::protobuf::{JoinExpr, Node, SelectStmt, SetOperation, SortByDir, a_const::Val};

use super::aggregate::{has_aggregate, sort};
use super::evaluate::Evaluator;
use super::value::{Row, Value, Variables, field};
use crate::expr::figure_name;
use crate::replay::refusal::Outcome;
use crate::sql::type_name::{last_ident, string_of};

pub(super) const AGGREGATES: [&str; 9] =
    ["count", "array_agg", "string_agg", "max", "min", "sum", "bool_or", "bool_and", "every"];

/// A row that stands in FROM, by its alias.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) alias: String,
    pub(super) row: Rc<Row>,
    /// An outer join found none: all columns are NULL.
    pub(super) is_missing: bool,
}

/// What stands in FROM, one row of each.
pub(super) type From = Vec<Item>;

/// What names stand for at some place in a query.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) variables: &'a Variables,
    pub(super) from: &'a [Item],
    /// The rows that aggregates are over.
    pub(super) group: Option<&'a [From]>,
    /// What WITH gives names to.
    pub(super) with: &'a [(String, Vec<Row>)],
    /// The query around this one.
    pub(super) around: Option<&'a Scope<'a>>,
}

impl<'a> Scope<'a> {
    pub(super) fn of(variables: &'a Variables) -> Self {
        Self { variables, from: &[], group: None, with: &[], around: None }
    }

    /// A column of what stands in FROM, here or further out, else a variable.
    pub(super) fn named(&self, parts: &[String]) -> Value {
        let found = match parts {
            [name] => {
                let found = self.from.iter().find_map(|item| field(&item.row, name));
                // It may be a column of what was not found.
                found.or_else(|| self.from.iter().any(|item| item.is_missing).then_some(Value::Unknown))
            }
            [.., of, name] => self.from.iter().find(|item| item.alias == *of).map(|item| match item.is_missing {
                true => Value::Null,
                // A column of a known relation that is not kept is not known.
                false => field(&item.row, name).unwrap_or(Value::Unknown),
            }),
            [] => None,
        };
        // A row by its alias.
        let found = found.or_else(|| match parts {
            [name] => self.from.iter().find(|item| item.alias == *name).map(|item| Value::Row((*item.row).clone())),
            _ => None,
        });
        match (found, self.around) {
            (Some(value), _) => value,
            (None, Some(around)) => around.named(parts),
            (None, None) => self.variables.named(parts),
        }
    }

    pub(super) fn with_named(&self, name: &str) -> Option<&'a Vec<Row>> {
        let own = self.with.iter().rev().find(|(known, _)| known == name).map(|(_, rows)| rows);
        own.or_else(|| self.around.and_then(|around| around.with_named(name)))
    }
}

impl Evaluator<'_> {
    /// The rows of a query; none where they hang on what is not known.
    pub(super) fn rows(&mut self, scope: &Scope<'_>, query: &SelectStmt) -> Outcome<Option<Vec<Row>>> {
        let mut with = Vec::new();
        if let Some(clause) = &query.with_clause {
            for node in &clause.ctes {
                let Some(NodeEnum::CommonTableExpr(table)) = &node.node else { return Ok(None) };
                let Some(NodeEnum::SelectStmt(inner)) = table.ctequery.as_deref().and_then(|node| node.node.as_ref())
                else {
                    return Ok(None);
                };
                let inner_scope = Scope { with: &with, from: &[], group: None, around: Some(scope), ..*scope };
                let Some(mut rows) = self.rows(&inner_scope, inner)? else { return Ok(None) };
                for row in &mut rows {
                    let names = table.aliascolnames.iter().filter_map(string_of);
                    row.iter_mut().zip(names).for_each(|((name, _), alias)| *name = alias);
                }
                with.push((table.ctename.clone(), rows));
            }
        }
        let scope = Scope { with: &with, from: &[], group: None, around: Some(scope), ..*scope };
        let Some(mut rows) = self.unlimited(&scope, query)? else { return Ok(None) };
        let offset = query.limit_offset.as_deref().map(|node| self.value(&scope, node)).transpose()?;
        let limit = query.limit_count.as_deref().map(|node| self.value(&scope, node)).transpose()?;
        let count = |value: i64| usize::try_from(value).unwrap_or_default();
        match offset {
            None | Some(Value::Null) => {}
            Some(Value::Number(offset)) => drop(rows.drain(..count(offset).min(rows.len()))),
            Some(_) => return Ok(None),
        }
        match limit {
            None | Some(Value::Null) => {}
            Some(Value::Number(limit)) => rows.truncate(count(limit)),
            Some(_) => return Ok(None),
        }
        Ok(Some(rows))
    }

    fn unlimited(&mut self, scope: &Scope<'_>, query: &SelectStmt) -> Outcome<Option<Vec<Row>>> {
        let mut keyed = match query.op() {
            SetOperation::SetopNone | SetOperation::Undefined if !query.values_lists.is_empty() => {
                let mut rows = Vec::new();
                for node in &query.values_lists {
                    let Some(NodeEnum::List(list)) = &node.node else { return Ok(None) };
                    let values = self.values(scope, &list.items)?.into_iter().enumerate();
                    rows.push(values.map(|(at, value)| (format!("column{}", at + 1), value)).collect());
                }
                self.keyed_by_output(rows, query)
            }
            SetOperation::SetopNone | SetOperation::Undefined => match self.selected(scope, query)? {
                Some(keyed) => keyed,
                None => return Ok(None),
            },
            operation => {
                let (Some(left), Some(right)) = (&query.larg, &query.rarg) else { return Ok(None) };
                let (Some(left), Some(right)) = (self.rows(scope, left)?, self.rows(scope, right)?) else {
                    return Ok(None);
                };
                match combined(operation, query.all, left, right) {
                    Some(rows) => self.keyed_by_output(rows, query),
                    None => return Ok(None),
                }
            }
        };
        sort(&mut keyed);
        let mut rows: Vec<Row> = keyed.into_iter().map(|(_, row)| row).collect();
        if !query.distinct_clause.is_empty() {
            // DISTINCT ON keeps what is not looked at.
            if query.distinct_clause.iter().any(|node| node.node.is_some()) {
                return Ok(None);
            }
            rows = without_repeats(rows);
        }
        Ok(Some(rows))
    }

    /// `SELECT … FROM … WHERE … GROUP BY …`, each row with what it is sorted by.
    fn selected(&mut self, scope: &Scope<'_>, query: &SelectStmt) -> Outcome<Option<Vec<Keyed>>> {
        let mut conditions = Vec::new();
        query.where_clause.iter().for_each(|condition| conjuncts(condition, &mut conditions));
        let mut sources: Vec<From> = vec![Vec::new()];
        for node in &query.from_clause {
            let Some(made) = self.source(scope, node, sources, &conditions)? else { return Ok(None) };
            sources = made;
        }
        let mut kept = Vec::new();
        for from in sources {
            let holds = match &query.where_clause {
                Some(condition) => self.value(&Scope { from: &from, ..*scope }, condition)?.truth(),
                None => Some(true),
            };
            match holds {
                Some(true) => kept.push(from),
                Some(false) => {}
                None => return Ok(None),
            }
        }
        // What is not there may have been made by what was passed over.
        if kept.is_empty() && !query.from_clause.is_empty() && self.is_doubtful(scope, query) {
            return Ok(None);
        }
        let is_grouped = !query.group_clause.is_empty()
            || query.having_clause.is_some()
            || query.target_list.iter().any(has_aggregate);
        let mut keyed = Vec::new();
        if !is_grouped {
            for from in &kept {
                keyed.push(self.output(&Scope { from, ..*scope }, query)?);
            }
            return Ok(Some(keyed));
        }
        let Some(groups) = self.groups(scope, query, kept)? else { return Ok(None) };
        for group in &groups {
            let from = group.first().map_or(&[][..], Vec::as_slice);
            let scope = Scope { from, group: Some(group), ..*scope };
            match query.having_clause.as_deref().map_or(Ok(Value::Bool(true)), |node| self.value(&scope, node))?.truth()
            {
                Some(true) => keyed.push(self.output(&scope, query)?),
                Some(false) => {}
                None => return Ok(None),
            }
        }
        Ok(Some(keyed))
    }

    fn groups(&mut self, scope: &Scope<'_>, query: &SelectStmt, kept: Vec<From>) -> Outcome<Option<Vec<Vec<From>>>> {
        if query.group_clause.is_empty() {
            return Ok(Some(vec![kept]));
        }
        let mut groups: Vec<(Vec<Value>, Vec<From>)> = Vec::new();
        for from in kept {
            let mut key = Vec::new();
            for node in &query.group_clause {
                let node = output_position(node, query).unwrap_or(node);
                key.push(self.value(&Scope { from: &from, ..*scope }, node)?);
            }
            if key.contains(&Value::Unknown) {
                return Ok(None);
            }
            match groups.iter_mut().find(|(known, _)| *known == key) {
                Some((_, group)) => group.push(from),
                None => groups.push((key, vec![from])),
            }
        }
        Ok(Some(groups.into_iter().map(|(_, group)| group).collect()))
    }

    /// A row of the result, with what ORDER BY looks at.
    fn output(&mut self, scope: &Scope<'_>, query: &SelectStmt) -> Outcome<Keyed> {
        let mut row = Row::new();
        for node in &query.target_list {
            let Some(NodeEnum::ResTarget(target)) = &node.node else { continue };
            let Some(value) = target.val.as_deref() else { continue };
            if let Some(NodeEnum::ColumnRef(column)) = &value.node
                && let Some(Node { node: Some(NodeEnum::AStar(_)) }) = column.fields.last()
            {
                let owner = column.fields.first().and_then(string_of);
                let items = scope.from.iter().filter(|item| owner.as_ref().is_none_or(|owner| item.alias == *owner));
                row.extend(items.flat_map(|item| (*item.row).clone()));
                continue;
            }
            let name = if target.name.is_empty() {
                figure_name(value, self.replay.catalog().version)
            } else {
                Some((&target.name).into())
            };
            let name = name.map_or_else(|| "?column?".to_owned(), |name| name.as_str().to_owned());
            row.push((name, self.value(scope, value)?));
        }
        let mut keys = Vec::new();
        for node in &query.sort_clause {
            let Some(NodeEnum::SortBy(by)) = &node.node else { continue };
            let Some(expression) = by.node.as_deref() else { continue };
            let value = match of_output(expression, &row) {
                Some(value) => value,
                None => self.value(scope, expression)?,
            };
            keys.push((value, by.sortby_dir() == SortByDir::SortbyDesc));
        }
        Ok((keys, row))
    }

    fn keyed_by_output(&self, rows: Vec<Row>, query: &SelectStmt) -> Vec<Keyed> {
        let keyed = rows.into_iter().map(|row| {
            let keys = query.sort_clause.iter().filter_map(|node| match &node.node {
                Some(NodeEnum::SortBy(by)) => {
                    let value = of_output(by.node.as_deref()?, &row)?;
                    Some((value, by.sortby_dir() == SortByDir::SortbyDesc))
                }
                _ => None,
            });
            (keys.collect(), row)
        });
        keyed.collect()
    }

    /// The texts in a condition, those of variables too; what is looked up as a relation is there.
    fn texts(scope: &Scope<'_>, node: &Node, found: &mut Vec<String>) {
        match &node.node {
            Some(NodeEnum::AConst(constant)) => {
                if let Some(Val::Sval(text)) = &constant.val {
                    found.push(text.sval.clone());
                }
            }
            Some(NodeEnum::ColumnRef(column)) => {
                let parts: Vec<String> = column.fields.iter().filter_map(string_of).collect();
                found.extend(scope.named(&parts).words());
            }
            Some(NodeEnum::TypeCast(cast)) => {
                let to = cast.type_name.as_ref().map(|name| last_ident(&name.names));
                if !to.is_some_and(|to| to.as_str().starts_with("reg")) {
                    cast.arg.iter().for_each(|arg| Self::texts(scope, arg, found));
                }
            }
            Some(NodeEnum::FuncCall(call)) if last_ident(&call.funcname).as_str().starts_with("to_reg") => {}
            _ => parts(node).into_iter().for_each(|part| Self::texts(scope, part, found)),
        }
    }

    /// Whether a name that a query compares with may belong to something that was passed over.
    fn is_doubtful(&self, scope: &Scope<'_>, query: &SelectStmt) -> bool {
        let mut names = Vec::new();
        query.where_clause.iter().for_each(|condition| Self::texts(scope, condition, &mut names));
        for node in &query.from_clause {
            let mut waiting = vec![node];
            while let Some(Node { node: Some(NodeEnum::JoinExpr(join)) }) = waiting.pop() {
                let JoinExpr { larg, rarg, quals, .. } = &**join;
                quals.iter().for_each(|condition| Self::texts(scope, condition, &mut names));
                waiting.extend(rarg.as_deref().into_iter().chain(larg.as_deref()));
            }
        }
        let doubts = &self.replay.doubts;
        doubts.everything() || names.iter().any(|name| doubts.cover(name))
    }
}

/// A row of a result, with what it is sorted by, and whether that goes down.
type Keyed = (super::aggregate::SortKeys, Row);

/// A column of the result by its number or its name.
fn of_output(node: &Node, row: &Row) -> Option<Value> {
    match &node.node {
        Some(NodeEnum::AConst(constant)) => match &constant.val {
            Some(Val::Ival(number)) => {
                let at = usize::try_from(number.ival).ok()?.checked_sub(1)?;
                row.get(at).map(|(_, value)| value.clone())
            }
            _ => None,
        },
        Some(NodeEnum::ColumnRef(column)) if column.fields.len() == 1 => {
            field(row, &column.fields.first().and_then(string_of)?)
        }
        _ => None,
    }
}

/// What `GROUP BY 1` means.
fn output_position<'q>(node: &Node, query: &'q SelectStmt) -> Option<&'q Node> {
    let Some(NodeEnum::AConst(constant)) = &node.node else { return None };
    let Some(Val::Ival(number)) = &constant.val else { return None };
    match &query.target_list.get(usize::try_from(number.ival).ok()?.checked_sub(1)?)?.node {
        Some(NodeEnum::ResTarget(target)) => target.val.as_deref(),
        _ => None,
    }
}

fn combined(operation: SetOperation, all: bool, left: Vec<Row>, right: Vec<Row>) -> Option<Vec<Row>> {
    let values = |row: &Row| row.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>();
    // The names are those of the first query.
    let names: Vec<String> =
        left.first().or(right.first()).into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let named = |row: Row| row.into_iter().zip(&names).map(|((_, value), name)| (name.clone(), value)).collect();
    let is_known = |row: &Row| !row.iter().any(|(_, value)| value.has_unknown());
    match operation {
        SetOperation::SetopUnion if all => Some(left.into_iter().chain(right).map(named).collect()),
        _ if !left.iter().chain(&right).all(is_known) => None,
        SetOperation::SetopUnion => Some(without_repeats(left.into_iter().chain(right).map(named).collect())),
        SetOperation::SetopIntersect | SetOperation::SetopExcept if !all => {
            let right: Vec<_> = right.iter().map(values).collect();
            let wanted = operation == SetOperation::SetopIntersect;
            let kept = left.into_iter().filter(|row| right.contains(&values(row)) == wanted);
            Some(without_repeats(kept.collect()))
        }
        _ => None,
    }
}

fn without_repeats(rows: Vec<Row>) -> Vec<Row> {
    let mut seen: Vec<Row> = Vec::new();
    for row in rows {
        if !seen.contains(&row) {
            seen.push(row);
        }
    }
    seen
}

/// The conditions that AND joins.
pub(super) fn conjuncts<'q>(node: &'q Node, found: &mut Vec<&'q Node>) {
    match &node.node {
        Some(NodeEnum::BoolExpr(expr)) if expr.boolop() == pg_query::protobuf::BoolExprType::AndExpr => {
            expr.args.iter().for_each(|arg| conjuncts(arg, found));
        }
        _ => found.push(node),
    }
}

/// The expressions inside of one, but for those of queries.
pub(super) fn parts(node: &Node) -> Vec<&Node> {
    fn of<'n>(nodes: &[Option<&'n Node>]) -> Vec<&'n Node> {
        nodes.iter().copied().flatten().collect()
    }
    fn boxed(node: &Option<Box<Node>>) -> Option<&Node> {
        node.as_deref()
    }
    match &node.node {
        Some(NodeEnum::ResTarget(target)) => of(&[boxed(&target.val)]),
        Some(NodeEnum::FuncCall(call)) => call.args.iter().collect(),
        Some(NodeEnum::AExpr(expr)) => of(&[boxed(&expr.lexpr), boxed(&expr.rexpr)]),
        Some(NodeEnum::BoolExpr(expr)) => expr.args.iter().collect(),
        Some(NodeEnum::List(list)) => list.items.iter().collect(),
        Some(NodeEnum::TypeCast(cast)) => of(&[boxed(&cast.arg)]),
        Some(NodeEnum::CollateClause(clause)) => of(&[boxed(&clause.arg)]),
        Some(NodeEnum::NullTest(test)) => of(&[boxed(&test.arg)]),
        Some(NodeEnum::BooleanTest(test)) => of(&[boxed(&test.arg)]),
        Some(NodeEnum::CoalesceExpr(list)) => list.args.iter().collect(),
        Some(NodeEnum::MinMaxExpr(list)) => list.args.iter().collect(),
        Some(NodeEnum::AArrayExpr(array)) => array.elements.iter().collect(),
        Some(NodeEnum::RowExpr(row)) => row.args.iter().collect(),
        Some(NodeEnum::AIndirection(part)) => of(&[boxed(&part.arg)]),
        Some(NodeEnum::CaseExpr(case)) => {
            let around = of(&[boxed(&case.arg), boxed(&case.defresult)]);
            case.args.iter().chain(around).collect()
        }
        Some(NodeEnum::CaseWhen(when)) => of(&[boxed(&when.expr), boxed(&when.result)]),
        _ => Vec::new(),
    }
}
