//! What stands in FROM (`transformFromClauseItem()`).

use std::borrow::Cow;

use pg_query::NodeEnum;
use pg_query::protobuf::{
    Alias, FuncCall, JoinExpr, JoinType, Node, RangeFunction, RangeSubselect, RangeTableSample, RangeVar,
};

use super::clause::Clause;
use super::figure::figure_name;
use super::names::{Columns, Known, Level, Visible, What, are_known};
use super::resolve::{Resolver, Typed};
use super::select::{NotUnderstood, Understood};
use super::types::{Type, is};
use crate::catalog::Class;
use crate::catalog::tree::{Column, Item, ItemKind, JoinKind, Label, Merged, Place, Sample, Source, Term};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName};

/// Something in FROM, and what it makes visible.
pub(super) type Made = (Source, Vec<Visible>);

impl Resolver<'_> {
    /// `transformFromClause()`: each item sees those before it only if it is lateral.
    pub(super) fn sources(&mut self, nodes: &[Node]) -> Understood<Vec<Source>> {
        let mut sources = Vec::new();
        for node in nodes {
            let (source, visible) = self.source(node)?;
            self.see(visible);
            sources.push(source);
        }
        Ok(sources)
    }

    pub(super) fn see(&mut self, visible: Vec<Visible>) {
        if let Some(level) = self.levels.last_mut() {
            level.visible.extend(visible);
        }
    }

    /// The relation that an expression stands on, or that a statement writes to.
    pub(super) fn see_relation(&mut self, relation: &QualifiedName, qualifier: Option<Ident>) {
        let item = self.next_item();
        let is_bare = qualifier.is_none();
        let name = Some(qualifier.unwrap_or_else(|| relation.name.clone()));
        let what = What::Item { item, table: Some(relation.clone()), columns: Known::OfRelation };
        self.see(vec![Visible { name, is_bare, hidden: 0, what }]);
    }

    pub(super) fn next_item(&mut self) -> usize {
        self.levels.last_mut().map_or(0, |level| {
            level.items += 1;
            level.items - 1
        })
    }

    fn source(&mut self, node: &Node) -> Understood<Made> {
        match &node.node {
            Some(NodeEnum::RangeVar(range)) => Ok(self.placed(range.location, |this| this.range_var(range))),
            Some(NodeEnum::JoinExpr(join)) => self.join(join),
            Some(NodeEnum::RangeSubselect(range)) => self.range_subselect(range),
            Some(NodeEnum::RangeFunction(range)) => self.range_function(range),
            Some(NodeEnum::RangeTableFunc(table)) => self.xml_table(table),
            Some(NodeEnum::JsonTable(table)) => self.json_table(table),
            Some(NodeEnum::RangeTableSample(range)) => self.range_sample(range),
            _ => Err(NotUnderstood),
        }
    }

    fn range_var(&mut self, range: &RangeVar) -> Made {
        let name = Ident::from(&range.relname);
        let called = |names: &Level| names.ctes.iter().find(|known| known.name == name).cloned();
        let cte = self.levels.iter().rev().enumerate().find_map(|(level, names)| Some((level, called(names)?)));
        if range.schemaname.is_empty()
            && let Some((level, cte)) = cte
        {
            // In the queries further in, `*` is not what SEARCH and CYCLE add.
            let hidden = if level > 0 { cte.added.len() } else { 0 };
            let columns = [cte.columns, cte.added].concat();
            let (source, mut visible) =
                self.item(ItemKind::Cte(name), false, range.alias.as_ref(), None, Known::These(columns));
            visible.iter_mut().for_each(|one| one.hidden = hidden);
            return (source, visible);
        }
        let name = self.relation_name(&[range.schemaname.clone(), range.relname.clone()]);
        let what = ItemKind::Relation { name: name.clone(), only: !range.inh };
        self.item(what, false, range.alias.as_ref(), Some(name), Known::OfRelation)
    }

    fn range_subselect(&mut self, range: &RangeSubselect) -> Understood<Made> {
        let Some(NodeEnum::SelectStmt(stmt)) = range.subquery.as_ref().and_then(|node| node.node.as_ref()) else {
            return Err(NotUnderstood);
        };
        let depth = self.levels.len() - 1;
        self.levels[depth].closed = !range.lateral;
        let made = self.query(stmt);
        self.levels[depth].closed = false;
        let (query, columns) = made?;
        let what = ItemKind::Query(Box::new(query));
        Ok(self.item(what, range.lateral, range.alias.as_ref(), None, Known::These(columns)))
    }

    /// `transformRangeFunction()`
    fn range_function(&mut self, range: &RangeFunction) -> Understood<Made> {
        let mut calls = Vec::new();
        let mut columns = Columns::new();
        let mut is_known = true;
        let mut single = None;
        let mut written: Vec<(Cow<'_, Node>, &[Node])> = Vec::new();
        for node in &range.functions {
            let Some(NodeEnum::List(list)) = &node.node else { return Err(NotUnderstood) };
            let [call, definitions] = list.items.as_slice() else { return Err(NotUnderstood) };
            let definitions = match &definitions.node {
                Some(NodeEnum::List(list)) => list.items.as_slice(),
                _ => range.coldeflist.as_slice(),
            };
            match unnest_each(call) {
                Some(calls) => written.extend(calls.into_iter().map(|call| (Cow::Owned(call), &[][..]))),
                None => written.push((Cow::Borrowed(call), definitions)),
            }
        }
        for (call, definitions) in &written {
            let made = self.within(Clause::FromFunction, |this| this.expr(call));
            let defined = self.column_definitions(definitions);
            match self.function_columns(&made, &defined) {
                Some(own) => columns.extend(own),
                None => match &made.of {
                    Type::Known(of) if !is(of, "record") => {
                        // `chooseScalarFunctionAlias()`
                        let output = made.fields.first().map(|(name, _)| name.clone());
                        let alias = range.alias.as_ref().filter(|_| written.len() == 1);
                        let alias = || alias.map(|alias| Ident::from(&alias.aliasname));
                        let name = output.or_else(alias).or_else(|| figure_name(call, self.scope.catalog.version));
                        let name = name.unwrap_or_else(|| Ident::from("?column?"));
                        single = Some((name.clone(), made.of.clone()));
                        columns.push((name, made.of.clone()));
                    }
                    _ => is_known = false,
                },
            }
            let defined = defined.into_iter().filter_map(|(name, of)| Some((name, of.known()?.clone()))).collect();
            calls.push((made.term, defined));
        }
        if range.ordinality {
            columns.push((Ident::new("ordinality"), Type::builtin("int8")));
        }
        let known = match single {
            Some((name, of)) if columns.len() == 1 => Known::Value(name, of),
            _ if is_known => Known::These(columns),
            _ => Known::Nothing,
        };
        let what = ItemKind::Function { calls, ordinality: range.ordinality };
        Ok(self.item(what, false, range.alias.as_ref(), None, known))
    }

    /// `f() AS t(a integer, b text)`
    fn column_definitions(&mut self, nodes: &[Node]) -> Columns {
        let mut columns = Columns::new();
        for node in nodes {
            if let Some(NodeEnum::ColumnDef(column)) = &node.node {
                let of = column.type_name.as_ref().map(|name| Type::Known(self.type_name(name)));
                columns.push((Ident::from(&column.colname), of.unwrap_or(Type::Opaque)));
            }
        }
        columns
    }

    /// The columns of what gives rows.
    fn function_columns(&self, made: &Typed, defined: &Columns) -> Option<Columns> {
        if !defined.is_empty() {
            return Some(defined.clone());
        }
        if made.of == Type::builtin("record") && !made.fields.is_empty() {
            return Some(made.fields.clone());
        }
        made.of.known().and_then(|of| self.scope.attributes(of))
    }

    fn range_sample(&mut self, range: &RangeTableSample) -> Understood<Made> {
        let Some(NodeEnum::RangeVar(relation)) = range.relation.as_ref().and_then(|node| node.node.as_ref()) else {
            return Err(NotUnderstood);
        };
        let (mut source, visible) = self.range_var(relation);
        let method = Ident::new(range.method.iter().filter_map(string_of).next_back().unwrap_or_default());
        // Of the built-in methods each takes a percentage, and repeats by a number.
        let mut number = |node: &Node, of: &str| {
            let value = self.expr(node);
            self.whole_number(value, of)
        };
        let args = range.args.iter().map(|node| number(node, "float4")).collect();
        let repeatable = range.repeatable.as_deref().map(|node| number(node, "float8"));
        if let Source::Item(item) = &mut source {
            item.sample = Some(Box::new(Sample { method, args, repeatable }));
        }
        Ok((source, visible))
    }

    /// A range table entry, and its namespace item.
    pub(super) fn item(
        &mut self,
        what: ItemKind,
        lateral: bool,
        alias: Option<&Alias>,
        table: Option<QualifiedName>,
        columns: Known,
    ) -> Made {
        let aliases = alias_columns(alias);
        let columns = match columns {
            Known::These(columns) => match renamed(columns, &aliases) {
                columns if are_known(&columns) => Known::These(columns),
                _ => Known::Nothing,
            },
            Known::Value(name, of) => Known::Value(aliases.first().cloned().unwrap_or(name), of),
            // Other names for the columns of a relation are just that.
            Known::OfRelation => Known::OfRelation,
            Known::Nothing if aliases.is_empty() => Known::Nothing,
            Known::Nothing => Known::These(aliases.iter().map(|name| (name.clone(), Type::Opaque)).collect()),
        };
        let names = match (&what, &columns) {
            (ItemKind::Cte(_), _) if aliases.is_empty() => Vec::new(),
            (_, Known::These(columns)) => columns.iter().map(|(name, _)| name.clone()).collect(),
            (_, Known::Value(name, _)) => vec![name.clone()],
            (_, Known::OfRelation | Known::Nothing) => Vec::new(),
        };
        let alias = Label(alias.map(|alias| Ident::from(&alias.aliasname)));
        let item = Item { what, lateral, alias, columns: names, sample: None };
        let what = What::Item { item: self.next_item(), table, columns };
        let mut visible = Visible { name: Some(item.label()), is_bare: true, hidden: 0, what };
        if let (ItemKind::Relation { .. }, false) = (&item.what, aliases.is_empty()) {
            visible.what = match visible.all(self.scope) {
                Some(columns) => What::Join(renamed_values(columns, &aliases)),
                None => visible.what,
            };
        }
        (Source::Item(item), vec![visible])
    }

    /// A join, with the columns that USING and NATURAL merge.
    fn join(&mut self, join: &JoinExpr) -> Understood<Made> {
        let kind = match join.jointype() {
            JoinType::JoinInner => JoinKind::Inner,
            JoinType::JoinLeft => JoinKind::Left,
            JoinType::JoinRight => JoinKind::Right,
            JoinType::JoinFull => JoinKind::Full,
            _ => return Err(NotUnderstood),
        };
        let (Some(larg), Some(rarg)) = (join.larg.as_deref(), join.rarg.as_deref()) else { return Err(NotUnderstood) };
        let (left, left_visible) = self.source(larg)?;
        // What is lateral on the right sees the left.
        let before = self.levels.last().map_or(0, |level| level.visible.len());
        self.see(left_visible.clone());
        let made = self.source(rarg);
        if let Some(level) = self.levels.last_mut() {
            level.visible.truncate(before);
        }
        let (right, right_visible) = made?;
        let mut using: Vec<Ident> = join.using_clause.iter().filter_map(string_of).map(Ident::new).collect();
        let sides = || Some((self.columns_of(&left_visible)?, self.columns_of(&right_visible)?));
        let is_merging = join.is_natural || !using.is_empty();
        let sides = if is_merging || join.alias.is_some() { Some(sides().ok_or(NotUnderstood)?) } else { None };
        if let (true, Some((left, right))) = (join.is_natural, &sides) {
            let in_both = |name: &&Ident| right.iter().any(|(other, _)| other == *name);
            using = left.iter().map(|(name, _)| name).filter(in_both).cloned().collect();
        }
        let mut visible: Vec<Visible> = left_visible.iter().chain(&right_visible).cloned().collect();
        let on = join.quals.as_deref().map(|quals| self.join_condition(quals, &visible));
        let mut by_name = Vec::new();
        if let Some((left, right)) = sides {
            by_name = using
                .iter()
                .map(|name| Merged { left: merged_column(&left, name), right: merged_column(&right, name) })
                .collect();
            let (merged, columns) = self.merge(kind, &using, left, right)?;
            let aliases = alias_columns(join.alias.as_ref());
            let columns = renamed_values(columns, &aliases);
            // Its own columns stand for those of its sides, which an alias hides altogether.
            if join.alias.is_some() {
                visible.clear();
            }
            visible.iter_mut().for_each(|one| one.is_bare = false);
            let name = join.alias.as_ref().map(|alias| Ident::from(&alias.aliasname));
            visible.push(Visible { name, is_bare: true, hidden: 0, what: What::Join(columns) });
            if let Some(alias) = &join.join_using_alias {
                let name = Some(Ident::from(&alias.aliasname));
                visible.push(Visible { name, is_bare: false, hidden: 0, what: What::Join(merged) });
            }
        }
        let alias = Label(join.alias.as_ref().map(|alias| Ident::from(&alias.aliasname)));
        Ok((Source::Join { kind, left: Box::new(left), right: Box::new(right), using: by_name, on, alias }, visible))
    }

    /// ON sees the two sides, and nothing else of its query.
    fn join_condition(&mut self, quals: &Node, visible: &[Visible]) -> Term {
        self.seeing(visible.to_vec(), |resolver| {
            resolver.within(Clause::JoinOn, |resolver| resolver.condition(Some(quals)))
        })
    }

    /// Does something where these, and nothing else of the query, can be named.
    pub(super) fn seeing<T>(&mut self, visible: Vec<Visible>, work: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.levels.len() - 1;
        let around = std::mem::replace(&mut self.levels[depth].visible, visible);
        let made = work(self);
        self.levels[depth].visible = around;
        made
    }

    /// All their columns; none where those of one are not known.
    pub(super) fn columns_of(&self, visible: &[Visible]) -> Option<Vec<(Ident, Typed)>> {
        let all = visible.iter().filter(|one| one.is_bare).map(|one| one.all(self.scope));
        all.collect::<Option<Vec<_>>>().map(|lists| lists.into_iter().flatten().collect())
    }

    /// `buildMergedJoinVar()`: the merged columns, and all columns with those at their head.
    #[expect(clippy::type_complexity, reason = "two lists of one kind")]
    fn merge(
        &mut self,
        kind: JoinKind,
        using: &[Ident],
        left: Vec<(Ident, Typed)>,
        right: Vec<(Ident, Typed)>,
    ) -> Understood<(Vec<(Ident, Typed)>, Vec<(Ident, Typed)>)> {
        let find = |columns: &[(Ident, Typed)], name: &Ident| {
            columns.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let mut merged = Vec::new();
        for name in using {
            for (side, columns) in [("left", &left), ("right", &right)] {
                self.check_using(name, side, columns.iter().filter(|(known, _)| known == name).count());
            }
        }
        for name in using {
            let (Some(one), Some(two)) = (find(&left, name), find(&right, name)) else {
                self.note(Class::Column, name);
                merged.push((name.clone(), Typed::new(Term::Raw(name.to_string()), Type::Opaque)));
                continue;
            };
            let of = [one.of.clone(), two.of.clone()];
            self.check_using_types(&of);
            self.check_operator(&QualifiedName::bare("="), &of);
            let mut typed = |value: Typed| match self.scope.common_type(&of) {
                Some(common) => self.coerce(value, &common),
                None => value,
            };
            let (one, two) = (typed(one), typed(two));
            let value = match kind {
                JoinKind::Inner if !matches!(one.term, Term::Column(_)) && matches!(two.term, Term::Column(_)) => two,
                JoinKind::Inner | JoinKind::Left => one,
                JoinKind::Right => two,
                JoinKind::Full => {
                    let of = one.of.clone();
                    Typed::new(Term::Listed { keyword: "COALESCE", args: vec![one.term, two.term] }, of)
                }
            };
            merged.push((name.clone(), value));
        }
        let rest = left.into_iter().chain(right).filter(|(name, _)| !using.contains(name));
        let all = merged.iter().cloned().chain(rest).collect();
        Ok((merged, all))
    }
}

/// What is merged under a name; it has a name of its own in its table, whatever it is called here.
fn merged_column(side: &[(Ident, Typed)], name: &Ident) -> Column {
    let mut found = side.iter().find(|(known, _)| known == name).map(|(_, value)| &value.term);
    while let Some(Term::Cast { arg, .. }) = found {
        found = Some(arg);
    }
    match found {
        Some(Term::Column(column)) => column.clone(),
        _ => Column { place: Place { level: 0, item: 0 }, table: None, name: name.clone() },
    }
}

/// `unnest(a, b)` in FROM stands for a call for each, side by side.
fn unnest_each(call: &Node) -> Option<Vec<Node>> {
    let Some(NodeEnum::FuncCall(call)) = &call.node else { return None };
    let is_bare = call.funcname.len() == 1 && call.funcname.iter().filter_map(string_of).eq(["unnest"]);
    let is_plain = call.agg_order.is_empty()
        && call.agg_filter.is_none()
        && call.over.is_none()
        && !(call.agg_star || call.agg_distinct || call.func_variadic);
    if !is_bare || !is_plain || call.args.len() < 2 {
        return None;
    }
    let name = |part: &str| Node { node: Some(NodeEnum::String(pg_query::protobuf::String { sval: part.to_owned() })) };
    let of_one = |arg: &Node| {
        let funcname = vec![name("pg_catalog"), name("unnest")];
        let call = FuncCall { funcname, args: vec![arg.clone()], ..(**call).clone() };
        Node { node: Some(NodeEnum::FuncCall(Box::new(call))) }
    };
    Some(call.args.iter().map(of_one).collect())
}

fn alias_columns(alias: Option<&Alias>) -> Vec<Ident> {
    alias.iter().flat_map(|alias| &alias.colnames).filter_map(string_of).map(Ident::new).collect()
}

/// As an alias calls them, which names the first of them, or all that can be named where they are not known.
pub(super) fn renamed(columns: Columns, aliases: &[Ident]) -> Columns {
    if !are_known(&columns) && !aliases.is_empty() {
        return aliases.iter().map(|name| (name.clone(), Type::Opaque)).collect();
    }
    let mut aliases = aliases.iter();
    columns.into_iter().map(|(name, of)| (aliases.next().cloned().unwrap_or(name), of)).collect()
}

fn renamed_values(columns: Vec<(Ident, Typed)>, aliases: &[Ident]) -> Vec<(Ident, Typed)> {
    let mut aliases = aliases.iter();
    columns.into_iter().map(|(name, value)| (aliases.next().cloned().unwrap_or(name), value)).collect()
}
