//! Sub-selects (`analyze.c`, `parse_clause.c`, `parse_target.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{
    Alias, CommonTableExpr, CteMaterialize, JoinExpr, JoinType, LimitOption, Node, RangeFunction, RangeVar, SelectStmt,
    SetOperation, SortBy, SortByDir, SortByNulls, SubLink as SubLinkNode, SubLinkType,
};

use super::choose::Type;
use super::figure::{figure_name, is_labelled_constant};
use super::names::{Columns, Entry, Level};
use super::resolve::{Resolver, Typed};
use super::sugar::operator_name;
use super::{builtins, names};
use crate::catalog::tree::{
    Body, Column, Cte, Item, ItemKind, JoinKind, Label, Place, Query, Select, Sort, Source, SubLink, SubLinkKind,
    Target, Term,
};
use crate::sql::type_name::{last_ident, string_of};
use crate::sql::{Ident, QualifiedName};

/// A query that could not be understood; the whole expression around it stays text.
struct NotUnderstood;

type Understood<T> = Result<T, NotUnderstood>;

/// The direction and place of NULL that a key asks for.
pub(super) fn sort_key(term: Term, key: &SortBy) -> Sort {
    let descending = key.sortby_dir() == SortByDir::SortbyDesc;
    let nulls_first = match key.sortby_nulls() {
        SortByNulls::SortbyNullsFirst => true,
        SortByNulls::SortbyNullsLast => false,
        SortByNulls::SortbyNullsDefault | SortByNulls::Undefined => descending,
    };
    Sort { term, descending, nulls_first }
}

impl Resolver<'_> {
    /// `transformSubLink()`
    pub(super) fn sublink(&mut self, link: &SubLinkNode, node: &Node) -> Typed {
        let depth = self.levels.len();
        self.try_sublink(link).unwrap_or_else(|NotUnderstood| {
            self.levels.truncate(depth);
            self.raw(node)
        })
    }

    fn try_sublink(&mut self, link: &SubLinkNode) -> Understood<Typed> {
        let Some(NodeEnum::SelectStmt(select)) = link.subselect.as_ref().and_then(|node| node.node.as_ref()) else {
            return Err(NotUnderstood);
        };
        let (mut query, columns) = self.query(select)?;
        let first = columns.first().map_or(Type::Opaque, |(_, of)| of.clone());
        let (kind, of) = match link.sub_link_type() {
            SubLinkType::ExistsSublink => {
                forget_targets(&mut query);
                (SubLinkKind::Exists, Type::builtin("bool"))
            }
            SubLinkType::ExprSublink => (SubLinkKind::Scalar, first),
            SubLinkType::ArraySublink => {
                let of = match first {
                    Type::Known(of) => Type::Known(of.base().array_of()),
                    Type::Literal | Type::Opaque => Type::Opaque,
                };
                (SubLinkKind::Array, of)
            }
            SubLinkType::AnySublink | SubLinkType::AllSublink => {
                let name = match link.oper_name.as_slice() {
                    [] => QualifiedName::bare("="),
                    nodes => operator_name(nodes),
                };
                let row = match link.testexpr.as_ref().and_then(|node| node.node.as_ref()) {
                    Some(NodeEnum::RowExpr(row)) => row.args.as_slice(),
                    _ => link.testexpr.as_deref().map(std::slice::from_ref).unwrap_or_default(),
                };
                let mut test = Vec::new();
                let mut found = name.clone();
                for (position, node) in row.iter().enumerate() {
                    let left = self.expr(node);
                    let of = columns.get(position).map_or(Type::Opaque, |(_, of)| of.clone());
                    let probe = Typed::new(Term::Raw(String::new()), of);
                    let made = self.operator(&name, Some(left), probe);
                    test.extend(made.left);
                    found = made.name;
                }
                let all = link.sub_link_type() == SubLinkType::AllSublink;
                (SubLinkKind::Compare { name: found, all, test }, Type::builtin("bool"))
            }
            SubLinkType::Undefined
            | SubLinkType::RowcompareSublink
            | SubLinkType::MultiexprSublink
            | SubLinkType::CteSublink => return Err(NotUnderstood),
        };
        Ok(Typed::new(Term::SubLink(Box::new(SubLink { kind, query })), of))
    }

    /// `transformStmt()` of a SELECT: the query and its output columns.
    fn query(&mut self, stmt: &SelectStmt) -> Understood<(Query, Columns)> {
        if stmt.into_clause.is_some() || !stmt.locking_clause.is_empty() || !stmt.window_clause.is_empty() {
            return Err(NotUnderstood);
        }
        self.levels.push(Level::default());
        let (mut ctes, mut recursive) = (Vec::new(), false);
        if let Some(with) = &stmt.with_clause {
            recursive = with.recursive;
            for node in &with.ctes {
                let Some(NodeEnum::CommonTableExpr(cte)) = &node.node else { return Err(NotUnderstood) };
                ctes.push(self.cte(cte, recursive)?);
            }
        }
        let (body, columns, order) = if !stmt.values_lists.is_empty() {
            self.values(stmt)?
        } else if stmt.op() == SetOperation::SetopNone {
            self.select(stmt)?
        } else {
            self.set_operation(stmt)?
        };
        // The coercion to bigint is never printed; only a literal needs it to be read.
        let mut count = |node: Option<&Node>| {
            let value = node.map(|node| self.expr(node))?;
            let literal = value.of == Type::Literal;
            Some(if literal { self.cast(value, &crate::sql::TypeName::builtin("int8")) } else { value.term })
        };
        let (limit, offset) = (count(stmt.limit_count.as_deref()), count(stmt.limit_offset.as_deref()));
        // LIMIT ALL and LIMIT NULL are none.
        let limit = limit.filter(|term| !matches!(term, Term::Const { value: None, .. }));
        self.levels.pop();
        let with_ties = stmt.limit_option() == LimitOption::WithTies;
        Ok((Query { recursive, ctes, body, order, limit, with_ties, offset }, columns))
    }

    fn cte(&mut self, cte: &CommonTableExpr, recursive: bool) -> Understood<Cte> {
        if cte.search_clause.is_some() || cte.cycle_clause.is_some() {
            return Err(NotUnderstood);
        }
        let Some(NodeEnum::SelectStmt(stmt)) = cte.ctequery.as_ref().and_then(|node| node.node.as_ref()) else {
            return Err(NotUnderstood);
        };
        let name = Ident::from(&cte.ctename);
        let aliases: Vec<Ident> = cte.aliascolnames.iter().filter_map(string_of).map(Ident::new).collect();
        if recursive && let Some(first) = stmt.larg.as_deref() {
            // What the first arm gives is what the second can name.
            let (_, columns) = self.query(first)?;
            self.declare(name.clone(), renamed(columns, &aliases));
        }
        let (query, columns) = self.query(stmt)?;
        let columns = renamed(columns, &aliases);
        let names = columns.iter().map(|(name, _)| name.clone()).collect();
        self.declare(name.clone(), columns);
        let materialized = match cte.ctematerialized() {
            CteMaterialize::Always => Some(true),
            CteMaterialize::Never => Some(false),
            CteMaterialize::Default | CteMaterialize::CtematerializeUndefined => None,
        };
        Ok(Cte { name, columns: names, materialized, query })
    }

    fn declare(&mut self, name: Ident, columns: Columns) {
        if let Some(level) = self.levels.last_mut() {
            level.ctes.retain(|(known, _)| *known != name);
            level.ctes.push((name, columns));
        }
    }

    fn values(&mut self, stmt: &SelectStmt) -> Understood<(Body, Columns, Vec<Sort>)> {
        let mut rows: Vec<Vec<Typed>> = Vec::new();
        for row in &stmt.values_lists {
            let Some(NodeEnum::List(row)) = &row.node else { return Err(NotUnderstood) };
            rows.push(row.items.iter().map(|item| self.expr(item)).collect());
        }
        let width = rows.first().map_or(0, Vec::len);
        let mut done: Vec<Vec<Term>> = vec![Vec::new(); rows.len()];
        let mut columns = Columns::new();
        for position in 0..width {
            let column = rows.iter().filter_map(|row| row.get(position).cloned()).collect();
            let (terms, of) = self.in_common(column);
            columns.push((Ident::new(format!("column{}", position + 1)), of));
            done.iter_mut().zip(terms).for_each(|(row, term)| row.push(term));
        }
        let order = self.set_order(&stmt.sort_clause, &columns)?;
        Ok((Body::Values(done), columns, order))
    }

    fn set_operation(&mut self, stmt: &SelectStmt) -> Understood<(Body, Columns, Vec<Sort>)> {
        let keyword = match stmt.op() {
            SetOperation::SetopIntersect => "INTERSECT",
            SetOperation::SetopExcept => "EXCEPT",
            SetOperation::SetopUnion | SetOperation::SetopNone | SetOperation::Undefined => "UNION",
        };
        let (Some(left), Some(right)) = (&stmt.larg, &stmt.rarg) else { return Err(NotUnderstood) };
        let (left, columns) = self.query(left)?;
        let (right, _) = self.query(right)?;
        let order = self.set_order(&stmt.sort_clause, &columns)?;
        let body = Body::SetOperation { keyword, all: stmt.all, left: Box::new(left), right: Box::new(right) };
        Ok((body, columns, order))
    }

    /// A set operation is ordered by its output columns, which are kept as positions.
    fn set_order(&mut self, nodes: &[Node], columns: &Columns) -> Understood<Vec<Sort>> {
        nodes
            .iter()
            .map(|node| {
                let Some(NodeEnum::SortBy(key)) = &node.node else { return Err(NotUnderstood) };
                let position = position_of(key.node.as_deref(), columns).ok_or(NotUnderstood)?;
                Ok(sort_key(Term::Raw((position + 1).to_string()), key))
            })
            .collect()
    }

    fn select(&mut self, stmt: &SelectStmt) -> Understood<(Body, Columns, Vec<Sort>)> {
        let from = stmt.from_clause.iter().map(|node| self.source(node)).collect::<Understood<_>>()?;
        let mut targets = Vec::new();
        let mut columns = Columns::new();
        for node in &stmt.target_list {
            let Some(NodeEnum::ResTarget(target)) = &node.node else { return Err(NotUnderstood) };
            let Some(value) = target.val.as_deref() else { return Err(NotUnderstood) };
            if let Some(owner) = star_of(value) {
                self.expand_star(&owner, &mut targets, &mut columns)?;
                continue;
            }
            let figured = figure_name(value);
            let name = if target.name.is_empty() { figured.clone() } else { Some(Ident::from(&target.name)) };
            // A constant prints with its type, and what has no name would now take that of the type.
            let name = name.filter(|name| !is_labelled_constant(value) || Some(name) != figured.as_ref());
            let made = self.expr(value);
            let made = self.settled(made);
            columns.push((name.clone().unwrap_or_else(|| Ident::new("?column?")), made.of));
            targets.push(Target { term: made.term, name: name.filter(|name| *name != "?column?") });
        }
        let filter = stmt.where_clause.as_deref().map(|node| self.condition(Some(node)));
        let having = stmt.having_clause.as_deref().map(|node| self.condition(Some(node)));
        let group = self.group(&stmt.group_clause, &targets, &columns)?;
        let distinct = match stmt.distinct_clause.as_slice() {
            [] => None,
            [Node { node: None }] => Some(Vec::new()),
            keys => Some(self.keys(keys, &targets, &columns)?),
        };
        let mut order = Vec::new();
        for node in &stmt.sort_clause {
            let Some(NodeEnum::SortBy(key)) = &node.node else { return Err(NotUnderstood) };
            let term = self.key(key.node.as_deref(), &targets, &columns);
            order.push(sort_key(term, key));
        }
        let select = Select { distinct, targets, from, filter, group, having };
        Ok((Body::Select(Box::new(select)), columns, order))
    }

    /// In GROUP BY a name means a column of FROM before it means an output.
    fn group(&mut self, nodes: &[Node], targets: &[Target], columns: &Columns) -> Understood<Vec<Term>> {
        let inputs = self.levels.last().map(|level| level.entries.as_slice()).unwrap_or_default();
        let outputs: Columns = columns
            .iter()
            .map(|(name, of)| {
                let is_input =
                    inputs.iter().any(|entry| entry.columns.iter().flatten().any(|(known, _)| known == name));
                // A name that no reference can have keeps the positions as they are.
                (if is_input { Ident::default() } else { name.clone() }, of.clone())
            })
            .collect();
        self.keys(nodes, targets, &outputs)
    }

    fn keys(&mut self, nodes: &[Node], targets: &[Target], columns: &Columns) -> Understood<Vec<Term>> {
        nodes
            .iter()
            .map(|node| match &node.node {
                Some(NodeEnum::GroupingSet(_)) => Err(NotUnderstood),
                _ => Ok(self.key(Some(node), targets, columns)),
            })
            .collect()
    }

    /// `findTargetlistEntrySQL92()`: a position or an output name means that output.
    fn key(&mut self, node: Option<&Node>, targets: &[Target], columns: &Columns) -> Term {
        match position_of(node, columns).and_then(|position| targets.get(position)) {
            Some(target) => target.term.clone(),
            None => {
                let value = self.operand(node);
                self.settled(value).term
            }
        }
    }

    /// `ExpandColumnRefStar()`
    fn expand_star(&self, owner: &[String], targets: &mut Vec<Target>, columns: &mut Columns) -> Understood<()> {
        let place = match owner {
            [] => None,
            [.., name] => Some(self.entry(&Ident::from(name)).ok_or(NotUnderstood)?.0),
        };
        let level = place.map_or(0, |place| place.level);
        let names = self.levels.iter().rev().nth(level).ok_or(NotUnderstood)?;
        for (item, entry) in names.entries.iter().enumerate() {
            if place.is_some_and(|place| place.item != item) {
                continue;
            }
            for (name, of) in entry.columns.as_ref().ok_or(NotUnderstood)? {
                let place = Place { level, item };
                let term = Term::Column(Column { place, table: entry.table.clone(), name: name.clone() });
                targets.push(Target { term, name: Some(name.clone()) });
                columns.push((name.clone(), of.clone()));
            }
        }
        Ok(())
    }

    /// `transformFromClauseItem()`
    fn source(&mut self, node: &Node) -> Understood<Source> {
        match &node.node {
            Some(NodeEnum::RangeVar(range)) => Ok(Source::Item(self.range_var(range))),
            Some(NodeEnum::JoinExpr(join)) => self.join(join),
            Some(NodeEnum::RangeSubselect(range)) => {
                let Some(NodeEnum::SelectStmt(stmt)) = range.subquery.as_ref().and_then(|node| node.node.as_ref())
                else {
                    return Err(NotUnderstood);
                };
                let depth = self.levels.len() - 1;
                self.levels[depth].closed = !range.lateral;
                let made = self.query(stmt);
                self.levels[depth].closed = false;
                let (query, columns) = made?;
                let what = ItemKind::Query(Box::new(query));
                Ok(self.enter(what, range.lateral, range.alias.as_ref(), None, Some(columns)))
            }
            Some(NodeEnum::RangeFunction(range)) => self.range_function(range),
            _ => Err(NotUnderstood),
        }
    }

    fn range_var(&mut self, range: &RangeVar) -> Item {
        let name = Ident::from(&range.relname);
        let cte = self.levels.iter().rev().find_map(|level| level.ctes.iter().find(|(known, _)| *known == name));
        if range.schemaname.is_empty()
            && let Some((_, columns)) = cte.cloned()
        {
            return self.item(ItemKind::Cte(name), false, range.alias.as_ref(), None, Some(columns));
        }
        let name = self.relation_name(&[range.schemaname.clone(), range.relname.clone()]);
        let columns = self.columns_of(&name);
        let what = ItemKind::Relation { name: name.clone(), only: !range.inh };
        self.item(what, false, range.alias.as_ref(), Some(name), columns)
    }

    fn range_function(&mut self, range: &RangeFunction) -> Understood<Source> {
        if range.is_rowsfrom || !range.coldeflist.is_empty() || range.functions.len() != 1 {
            return Err(NotUnderstood);
        }
        let Some(NodeEnum::List(list)) = &range.functions[0].node else { return Err(NotUnderstood) };
        let call = list.items.first().ok_or(NotUnderstood)?;
        let made = self.expr(call);
        let name = figure_name(call);
        let mut columns = match &made.term {
            Term::Func(func) if func.name.schema.is_none() => {
                let outputs = builtins::get().functions(func.name.name.as_str()).first().map(|one| &one.outputs);
                outputs.filter(|outputs| !outputs.is_empty()).map(|outputs| {
                    outputs.iter().map(|(name, of)| (Ident::from(name), Type::Known(of.clone()))).collect()
                })
            }
            _ => None,
        };
        if columns.is_none() && made.of != Type::builtin("record") {
            let own = range.alias.as_ref().map(|alias| Ident::from(&alias.aliasname)).or(name);
            // Of somebody else's function it is not known that it gives a single column.
            columns = own
                .filter(|_| made.of != Type::Opaque || range.alias.as_ref().is_some_and(|a| !a.colnames.is_empty()))
                .map(|own| vec![(own, made.of.clone())]);
        }
        if range.ordinality
            && let Some(columns) = &mut columns
        {
            columns.push((Ident::new("ordinality"), Type::builtin("int8")));
        }
        let what = ItemKind::Function { call: made.term, ordinality: range.ordinality };
        Ok(self.enter(what, false, range.alias.as_ref(), None, columns))
    }

    fn enter(
        &mut self,
        what: ItemKind,
        lateral: bool,
        alias: Option<&Alias>,
        table: Option<QualifiedName>,
        columns: Option<names::Columns>,
    ) -> Source {
        Source::Item(self.item(what, lateral, alias, table, columns))
    }

    /// Makes it known to the rest of the query.
    fn item(
        &mut self,
        what: ItemKind,
        lateral: bool,
        alias: Option<&Alias>,
        table: Option<QualifiedName>,
        columns: Option<Columns>,
    ) -> Item {
        let aliases: Vec<Ident> =
            alias.iter().flat_map(|alias| &alias.colnames).filter_map(string_of).map(Ident::new).collect();
        let columns = match columns {
            Some(columns) => Some(renamed(columns, &aliases)),
            None if aliases.is_empty() => None,
            None => Some(aliases.into_iter().map(|name| (name, Type::Opaque)).collect()),
        };
        let alias = Label(alias.map(|alias| Ident::from(&alias.aliasname)));
        let mut item = Item { what, lateral, alias, columns: Vec::new() };
        if let (ItemKind::Query(_) | ItemKind::Function { .. }, Some(columns)) = (&item.what, &columns) {
            item.columns = columns.iter().map(|(name, _)| name.clone()).collect();
        }
        let name = item.label();
        if let Some(level) = self.levels.last_mut() {
            let scalar = matches!(item.what, ItemKind::Function { ordinality: false, .. }) && item.columns.len() == 1;
            level.entries.push(Entry { name, table, columns, scalar });
        }
        item
    }

    /// `transformJoinUsingClause()` keeps the names; NATURAL is spelled out.
    fn join(&mut self, join: &JoinExpr) -> Understood<Source> {
        let kind = match join.jointype() {
            JoinType::JoinInner => JoinKind::Inner,
            JoinType::JoinLeft => JoinKind::Left,
            JoinType::JoinRight => JoinKind::Right,
            JoinType::JoinFull => JoinKind::Full,
            _ => return Err(NotUnderstood),
        };
        // The merged column of these is neither side's.
        let merges = matches!(kind, JoinKind::Right | JoinKind::Full) && !join.using_clause.is_empty();
        if join.is_natural || join.alias.is_some() || join.join_using_alias.is_some() || merges {
            return Err(NotUnderstood);
        }
        let (Some(left), Some(right)) = (join.larg.as_deref(), join.rarg.as_deref()) else {
            return Err(NotUnderstood);
        };
        let (left, right) = (Box::new(self.source(left)?), Box::new(self.source(right)?));
        let using = join.using_clause.iter().filter_map(string_of).map(Ident::new).collect();
        let on = join.quals.as_deref().map(|quals| self.condition(Some(quals)));
        Ok(Source::Join { kind, left, right, using, on })
    }
}

fn renamed(columns: Columns, aliases: &[Ident]) -> Columns {
    let mut aliases = aliases.iter();
    columns.into_iter().map(|(name, of)| (aliases.next().cloned().unwrap_or(name), of)).collect()
}

/// Which output a sort or group key means.
fn position_of(node: Option<&Node>, columns: &Columns) -> Option<usize> {
    match node?.node.as_ref()? {
        NodeEnum::AConst(constant) => match &constant.val {
            Some(pg_query::protobuf::a_const::Val::Ival(number)) => usize::try_from(number.ival).ok()?.checked_sub(1),
            _ => None,
        },
        NodeEnum::ColumnRef(column) if column.fields.len() == 1 => {
            let name = last_ident(&column.fields);
            columns.iter().position(|(known, _)| *known == name)
        }
        _ => None,
    }
}

/// The qualifier of `t.*`; none of `*`.
fn star_of(node: &Node) -> Option<Vec<String>> {
    match node.node.as_ref()? {
        NodeEnum::ColumnRef(column) => match column.fields.split_last()? {
            (Node { node: Some(NodeEnum::AStar(_)) }, owner) => Some(owner.iter().filter_map(string_of).collect()),
            _ => None,
        },
        _ => None,
    }
}

/// `simplify_EXISTS_query()`: what the rows hold does not matter where only their being there
/// does. Anything but columns and constants could fail, or make rows, and is kept.
fn forget_targets(query: &mut Query) {
    if let Body::Select(select) = &mut query.body
        && select.distinct.is_none()
        && select.targets.iter().all(|target| matches!(target.term, Term::Const { .. } | Term::Column(_)))
    {
        select.targets.clear();
    }
}
