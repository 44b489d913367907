//! What stands in FROM: relations, queries, functions, and their joins.

use std::rc::Rc;

use pg_query::NodeEnum;
use pg_query::protobuf::{Alias, FuncCall, JoinExpr, JoinType, Node, RangeFunction, RangeVar};

use super::evaluate::Evaluator;
use super::operator::{all, equal};
use super::query::{From, Item, Scope, conjuncts, parts};
use super::routine::Returned;
use super::value::{Row, Value, field};
use crate::replay::namespace::is_system_schema;
use crate::replay::refusal::Outcome;
use crate::sql::Ident;
use crate::sql::type_name::{last_ident, string_of};

/// More rows than a catalog has: the query is about something else.
const MAX_ROWS: usize = 200_000;

impl Evaluator<'_> {
    /// Each of these rows with each of those that stand in FROM here. A row that a condition can already be told
    /// to leave out is left out.
    pub(super) fn source(
        &mut self,
        scope: &Scope<'_>,
        node: &Node,
        before: Vec<From>,
        conditions: &[&Node],
    ) -> Outcome<Option<Vec<From>>> {
        match &node.node {
            Some(NodeEnum::RangeVar(range)) => {
                let Some(rows) = self.relation_rows(scope, range)? else { return Ok(None) };
                let rows = renamed(rows, range.alias.as_ref());
                let alias = range.alias.as_ref().map_or(&range.relname, |alias| &alias.aliasname);
                self.multiply(scope, before, &|_, _| Ok(Some(rows.clone())), alias, conditions)
            }
            Some(NodeEnum::RangeSubselect(range)) => {
                let Some(NodeEnum::SelectStmt(query)) = range.subquery.as_deref().and_then(|node| node.node.as_ref())
                else {
                    return Ok(None);
                };
                let alias = range.alias.as_ref().map_or("", |alias| alias.aliasname.as_str());
                let named = |rows: Vec<Row>| renamed(rows.into_iter().map(Rc::new).collect(), range.alias.as_ref());
                if range.lateral {
                    let rows = |this: &mut Self, scope: &Scope<'_>| Ok(this.rows(scope, query)?.map(named));
                    return self.multiply(scope, before, &rows, alias, conditions);
                }
                let Some(rows) = self.rows(scope, query)?.map(named) else { return Ok(None) };
                self.multiply(scope, before, &|_, _| Ok(Some(rows.clone())), alias, conditions)
            }
            Some(NodeEnum::RangeFunction(range)) => {
                let [Node { node: Some(NodeEnum::List(list)) }] = range.functions.as_slice() else { return Ok(None) };
                let Some(NodeEnum::FuncCall(call)) = list.items.first().and_then(|node| node.node.as_ref()) else {
                    return Ok(None);
                };
                let function = last_ident(&call.funcname);
                let alias = range.alias.as_ref().map_or(function.as_str(), |alias| alias.aliasname.as_str());
                let rows = |this: &mut Self, scope: &Scope<'_>| this.function_rows(scope, range, call, alias);
                self.multiply(scope, before, &rows, alias, conditions)
            }
            Some(NodeEnum::JoinExpr(join)) if !join.is_natural => self.join(scope, join, before, conditions),
            _ => Ok(None),
        }
    }

    fn multiply(
        &mut self,
        scope: &Scope<'_>,
        before: Vec<From>,
        rows: Rows<'_, Self>,
        alias: &str,
        conditions: &[&Node],
    ) -> Outcome<Option<Vec<From>>> {
        let mut made = Vec::new();
        let mut applicable: Option<Vec<&Node>> = None;
        for from in before {
            let around = Scope { from: &from, ..*scope };
            let Some(rows) = rows(self, &around)? else { return Ok(None) };
            for row in rows {
                let item = Item { alias: alias.to_owned(), row, is_missing: false };
                let mut both = from.clone();
                both.push(item);
                let applicable = applicable.get_or_insert_with(|| {
                    conditions.iter().copied().filter(|node| is_about(node, alias, &both)).collect()
                });
                let mut is_out = false;
                for condition in applicable {
                    is_out |= self.value(&Scope { from: &both, ..*scope }, condition)?.truth() == Some(false);
                }
                if !is_out {
                    made.push(both);
                }
                if made.len() > MAX_ROWS {
                    return Ok(None);
                }
            }
        }
        Ok(Some(made))
    }

    fn join(
        &mut self,
        scope: &Scope<'_>,
        join: &JoinExpr,
        before: Vec<From>,
        conditions: &[&Node],
    ) -> Outcome<Option<Vec<From>>> {
        let is_left = match join.jointype() {
            JoinType::JoinInner => false,
            JoinType::JoinLeft => true,
            _ => return Ok(None),
        };
        let (Some(left), Some(right)) = (&join.larg, &join.rarg) else { return Ok(None) };
        let Some(lefts) = self.source(scope, left, before, conditions)? else { return Ok(None) };
        let mut all_conditions = if is_left { Vec::new() } else { conditions.to_vec() };
        join.quals.iter().for_each(|quals| conjuncts(quals, &mut all_conditions));
        let Some(both) = self.source(scope, right, lefts.clone(), &all_conditions)? else { return Ok(None) };
        let mut kept: Vec<From> = Vec::new();
        let mut both = both.into_iter().peekable();
        for left in lefts {
            let mut is_matched = false;
            while let Some(from) = both.next_if(|from| begins_with(from, &left)) {
                let holds = match join.quals.as_deref() {
                    Some(quals) => self.value(&Scope { from: &from, ..*scope }, quals)?,
                    None => using(&join.using_clause, &from, left.len()),
                };
                match holds.truth() {
                    Some(true) => kept.push(from),
                    Some(false) => continue,
                    None => return Ok(None),
                }
                is_matched = true;
            }
            if is_left && !is_matched {
                let mut from = left;
                let missing = |alias| Item { alias, row: Rc::default(), is_missing: true };
                from.extend(aliases(right).into_iter().map(missing));
                kept.push(from);
            }
        }
        Ok(Some(kept))
    }

    /// What a function in FROM gives; it may name what stands before it.
    fn function_rows(
        &mut self,
        scope: &Scope<'_>,
        range: &RangeFunction,
        call: &FuncCall,
        alias: &str,
    ) -> Outcome<Option<Vec<Rc<Row>>>> {
        let column = range.alias.as_ref().and_then(|alias| alias.colnames.first()).and_then(string_of);
        let column = column.unwrap_or_else(|| alias.to_owned());
        let parts: Vec<String> = call.funcname.iter().filter_map(string_of).collect();
        let name = parts.last().map_or("", String::as_str);
        let single = |values: Vec<Value>| values.into_iter().map(|value| vec![(column.clone(), value)]).collect();
        let mut rows: Vec<Row> = if self.replay.is_builtin_function(&parts) {
            let args = self.values(scope, &call.args)?;
            match self.builtin_set(name, &args)? {
                Some(values) => single(values),
                None => return Ok(None),
            }
        } else {
            match self.function_result(scope, call, &parts, false)? {
                Some(Returned::Rows(rows)) => rows,
                Some(Returned::Value(Value::Unknown)) | None => return Ok(None),
                Some(Returned::Value(Value::Row(row))) => vec![row],
                Some(Returned::Value(value)) => single(vec![value]),
            }
        };
        if range.ordinality {
            for (at, row) in rows.iter_mut().enumerate() {
                row.push(("ordinality".to_owned(), super::value::number(at + 1)));
            }
        }
        Ok(Some(renamed(rows.into_iter().map(Rc::new).collect(), range.alias.as_ref())))
    }

    /// The rows of WITH, of a relation of the server's own, or of an empty table; others are not known.
    fn relation_rows(&mut self, scope: &Scope<'_>, range: &RangeVar) -> Outcome<Option<Vec<Rc<Row>>>> {
        let shared = |rows: Vec<Row>| Some(rows.into_iter().map(Rc::new).collect());
        if range.schemaname.is_empty()
            && let Some(rows) = scope.with_named(&range.relname)
        {
            return Ok(shared(rows.clone()));
        }
        let is_system = match range.schemaname.as_str() {
            "" => range.relname.starts_with("pg_"),
            schema => is_system_schema(&Ident::new(schema)),
        };
        if is_system {
            let rows = match range.schemaname.as_str() {
                "information_schema" => self.replay.information_schema(&range.relname),
                _ => self.replay.system_relation(&range.relname),
            };
            return Ok(rows.and_then(shared));
        }
        match self.replay.find_relation(&range.schemaname, &range.relname) {
            Some(id) => Ok(self.replay.is_empty(&id).then(Vec::new)),
            None if self.may_exist(&range.relname) || self.replay.has_unknown_extension() => Ok(None),
            None => {
                let unplaced = RangeVar { location: -1, ..range.clone() };
                self.replay.relation(&unplaced).map(|_| None)
            }
        }
    }
}

/// What gives the rows behind those that stand in FROM already.
type Rows<'r, E> = &'r dyn Fn(&mut E, &Scope<'_>) -> Outcome<Option<Vec<Rc<Row>>>>;

/// Whether it is the first that all names of a condition are known, the last of them by `alias`. Names
/// without an alias may be found further on, and what is called may do something.
fn is_about(node: &Node, alias: &str, from: &[Item]) -> bool {
    fn look(node: &Node, alias: &str, from: &[Item], is_named: &mut bool) -> bool {
        match &node.node {
            Some(NodeEnum::ColumnRef(column)) => {
                let parts: Vec<String> = column.fields.iter().filter_map(string_of).collect();
                let [of, _] = parts.as_slice() else { return false };
                *is_named |= of == alias;
                from.iter().any(|item| item.alias == *of)
            }
            Some(NodeEnum::AConst(_)) => true,
            Some(NodeEnum::AExpr(_) | NodeEnum::TypeCast(_) | NodeEnum::List(_) | NodeEnum::NullTest(_)) => {
                parts(node).into_iter().all(|part| look(part, alias, from, is_named))
            }
            _ => false,
        }
    }
    let mut is_named = false;
    look(node, alias, from, &mut is_named) && is_named
}

/// `USING (a, b)`
fn using(columns: &[Node], from: &From, left: usize) -> Value {
    let named =
        |items: &[Item], name: &str| items.iter().find_map(|item| field(&item.row, name)).unwrap_or(Value::Unknown);
    let (left, right) = from.split_at(left.min(from.len()));
    let each = columns.iter().filter_map(string_of).map(|name| equal(&named(left, &name), &named(right, &name)));
    all(&each.collect::<Vec<_>>(), false)
}

fn begins_with(from: &From, left: &From) -> bool {
    from.len() >= left.len() && from.iter().zip(left).all(|(one, two)| Rc::ptr_eq(&one.row, &two.row))
}

/// Under which names rows stand in an item of FROM.
fn aliases(node: &Node) -> Vec<String> {
    let of = |alias: &Option<Alias>| alias.as_ref().map(|alias| alias.aliasname.clone()).unwrap_or_default();
    match &node.node {
        Some(NodeEnum::RangeVar(range)) => match &range.alias {
            Some(alias) => vec![alias.aliasname.clone()],
            None => vec![range.relname.clone()],
        },
        Some(NodeEnum::RangeSubselect(range)) => vec![of(&range.alias)],
        Some(NodeEnum::RangeFunction(range)) => vec![of(&range.alias)],
        Some(NodeEnum::JoinExpr(join)) => join.larg.iter().chain(&join.rarg).flat_map(|node| aliases(node)).collect(),
        _ => Vec::new(),
    }
}

/// `AS alias (a, b)`
fn renamed(rows: Vec<Rc<Row>>, alias: Option<&Alias>) -> Vec<Rc<Row>> {
    let names: Vec<String> = alias.into_iter().flat_map(|alias| &alias.colnames).filter_map(string_of).collect();
    if names.is_empty() {
        return rows;
    }
    let renamed = rows.into_iter().map(|row| {
        let mut row = (*row).clone();
        row.iter_mut().zip(&names).for_each(|((name, _), alias)| name.clone_from(alias));
        Rc::new(row)
    });
    renamed.collect()
}
