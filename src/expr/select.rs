//! Queries (`analyze.c`, `parse_clause.c`, `parse_target.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{
    LimitOption, LockClauseStrength, LockWaitPolicy, Node, SelectStmt, SetOperation, SubLink as SubLinkNode,
    SubLinkType, a_const::Val,
};

use super::clause::Clause;
use super::figure::figure_name;
use super::names::{Columns, Level, are_known};
use super::operator::operator_name;
use super::resolve::{Resolver, Typed};
use super::types::Type;
use crate::catalog::Class;
use crate::catalog::tree::{Body, Group, Label, Query, Select, Sort, SubLink, SubLinkKind, Target, Term};
use crate::sql::type_name::{last_ident, string_of};
use crate::sql::{Ident, QualifiedName, TypeName};

/// A query that could not be understood; the whole expression around it stays text.
pub(super) struct NotUnderstood;

pub(super) type Understood<T> = Result<T, NotUnderstood>;

/// What the two halves of a SELECT make: its body, its columns, its order.
type Halves = (Body, Columns, Vec<Sort>);

impl Resolver<'_> {
    /// `transformSubLink()`
    pub(super) fn sublink(&mut self, link: &SubLinkNode, node: &Node) -> Typed {
        self.check_query_is_allowed(link.location);
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
        let (query, columns) = self.query(select)?;
        let first = columns.first().map_or(Type::Opaque, |(_, of)| of.clone());
        let (kind, of) = match link.sub_link_type() {
            SubLinkType::ExistsSublink => (SubLinkKind::Exists, Type::builtin("bool")),
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
                let (name, test) = self.compare_with_query(&name, row, &columns);
                let all = link.sub_link_type() == SubLinkType::AllSublink;
                (SubLinkKind::Compare { name, all, test }, Type::builtin("bool"))
            }
            SubLinkType::Undefined
            | SubLinkType::RowcompareSublink
            | SubLinkType::MultiexprSublink
            | SubLinkType::CteSublink => return Err(NotUnderstood),
        };
        Ok(Typed::new(Term::SubLink(Box::new(SubLink { kind, query })), of))
    }

    /// The left sides of a comparison with what a query gives, and the operator that was found.
    fn compare_with_query(
        &mut self,
        name: &QualifiedName,
        row: &[Node],
        columns: &Columns,
    ) -> (QualifiedName, Vec<Term>) {
        let mut test = Vec::new();
        let mut found = name.clone();
        for (position, node) in row.iter().enumerate() {
            let left = self.expr(node);
            let of = columns.get(position).map_or(Type::Opaque, |(_, of)| of.clone());
            let probe = Typed::new(Term::Raw(String::new()), of);
            let made = self.operator(name, Some(left), probe);
            test.extend(made.left);
            found = made.name;
        }
        (found, test)
    }

    /// `(a, b) = (SELECT …)`
    pub(super) fn compare_row_with_query(
        &mut self,
        name: &QualifiedName,
        row: &[Node],
        link: &SubLinkNode,
    ) -> Option<Typed> {
        let Some(NodeEnum::SelectStmt(select)) = link.subselect.as_ref().and_then(|node| node.node.as_ref()) else {
            return None;
        };
        self.check_query_is_allowed(link.location);
        let depth = self.levels.len();
        let Ok((query, columns)) = self.query(select) else {
            self.levels.truncate(depth);
            return None;
        };
        let (name, test) = self.compare_with_query(name, row, &columns);
        let kind = SubLinkKind::Row { name, test };
        Some(Typed::boolean(Term::SubLink(Box::new(SubLink { kind, query }))))
    }

    /// `transformStmt()` of a SELECT: the query and its output columns; what nothing gives a type is text.
    pub(super) fn query(&mut self, stmt: &SelectStmt) -> Understood<(Query, Columns)> {
        let (mut query, mut columns) = self.query_with_unknowns(stmt)?;
        for (position, (_, of)) in columns.iter_mut().enumerate().filter(|(_, (_, of))| *of == Type::Literal) {
            *of = self.coerce_output(&mut query, position, &TypeName::builtin("text"));
        }
        Ok((query, columns))
    }

    /// The same, with literals left to what stands around it.
    pub(super) fn query_with_unknowns(&mut self, stmt: &SelectStmt) -> Understood<(Query, Columns)> {
        self.within(Clause::Anything, |this| this.whole_query(stmt))
    }

    fn whole_query(&mut self, stmt: &SelectStmt) -> Understood<(Query, Columns)> {
        if stmt.into_clause.is_some() {
            return Err(NotUnderstood);
        }
        self.levels.push(Level { windows: stmt.window_clause.clone(), ..Level::default() });
        let (ctes, recursive) = self.with_clause(stmt.with_clause.as_ref())?;
        let (body, columns, order) = if !stmt.values_lists.is_empty() {
            self.values(stmt)?
        } else if stmt.op() == SetOperation::SetopNone {
            self.select(stmt)?
        } else {
            self.set_operation(stmt)?
        };
        let mut count = |node: Option<&Node>| {
            let value = self.within(Clause::Limit, |this| node.map(|node| this.expr(node)))?;
            Some(self.whole_number(value, "int8"))
        };
        let (limit, offset) = (count(stmt.limit_count.as_deref()), count(stmt.limit_offset.as_deref()));
        let with_ties = stmt.limit_option() == LimitOption::WithTies;
        let locking = stmt.locking_clause.iter().flat_map(|node| self.locking(node)).collect();
        self.levels.pop();
        Ok((Query { recursive, ctes, body, order, limit, with_ties, offset, locking }, columns))
    }

    /// Gives an output column that is a literal the type that its context asks for.
    fn coerce_output(&mut self, query: &mut Query, position: usize, to: &TypeName) -> Type {
        match &mut query.body {
            Body::Select(select) => {
                if let Some(target) = select.targets.get_mut(position) {
                    let term = std::mem::replace(&mut target.term, Term::Raw(String::new()));
                    let made = self.coerce(Typed::new(term, Type::Literal), to);
                    // What is sorted by is the output itself.
                    target.term = made.term;
                    return made.of;
                }
            }
            Body::SetOperation { left, right, .. } => {
                self.coerce_output(left, position, to);
                self.coerce_output(right, position, to);
            }
            Body::Values(_) | Body::Change(_) => {}
        }
        Type::Known(to.clone())
    }

    /// `transformValuesClause()`
    fn values(&mut self, stmt: &SelectStmt) -> Understood<Halves> {
        let mut rows: Vec<Vec<Typed>> = Vec::new();
        for row in &stmt.values_lists {
            let Some(NodeEnum::List(row)) = &row.node else { return Err(NotUnderstood) };
            rows.push(self.expressions(&row.items));
        }
        let width = rows.first().map_or(0, Vec::len);
        let mut done: Vec<Vec<Term>> = vec![Vec::new(); rows.len()];
        let mut columns = Columns::new();
        for position in 0..width {
            let column = rows.iter().filter_map(|row| row.get(position).cloned()).collect();
            let (terms, of) = self.in_common(column, "VALUES");
            columns.push((Ident::new(format!("column{}", position + 1)), of));
            done.iter_mut().zip(terms).for_each(|(row, term)| row.push(term));
        }
        let order = self.order_outputs(&stmt.sort_clause, &columns)?;
        Ok((Body::Values(done), columns, order))
    }

    /// `transformSetOperationTree()`: literals on either side take the type that the other has.
    fn set_operation(&mut self, stmt: &SelectStmt) -> Understood<Halves> {
        let keyword = match stmt.op() {
            SetOperation::SetopIntersect => "INTERSECT",
            SetOperation::SetopExcept => "EXCEPT",
            SetOperation::SetopUnion | SetOperation::SetopNone | SetOperation::Undefined => "UNION",
        };
        let (Some(left), Some(right)) = (&stmt.larg, &stmt.rarg) else { return Err(NotUnderstood) };
        let (mut left, left_columns) = self.query_with_unknowns(left)?;
        let (mut right, right_columns) = self.query_with_unknowns(right)?;
        let mut columns = Columns::new();
        let are_aligned = are_known(&left_columns) && are_known(&right_columns);
        if !are_aligned {
            columns.push((Ident::default(), Type::Opaque));
        }
        let pairs = left_columns.into_iter().zip(right_columns).filter(|_| are_aligned);
        for (position, ((name, one), (_, two))) in pairs.enumerate() {
            let of = match self.scope.common_type(&[one.clone(), two.clone()]) {
                Some(common) => {
                    for (arm, of) in [(&mut left, &one), (&mut right, &two)] {
                        if *of == Type::Literal {
                            self.coerce_output(arm, position, &common);
                        }
                    }
                    if one == two && one != Type::Literal { one } else { Type::Known(common) }
                }
                None => Type::Opaque,
            };
            columns.push((name, of));
        }
        let order = self.order_outputs(&stmt.sort_clause, &columns)?;
        let body = Body::SetOperation { keyword, all: stmt.all, left: Box::new(left), right: Box::new(right) };
        Ok((body, columns, order))
    }

    /// A set operation is ordered by its output columns, which are kept as positions.
    fn order_outputs(&mut self, nodes: &[Node], columns: &Columns) -> Understood<Vec<Sort>> {
        nodes
            .iter()
            .map(|node| {
                let Some(NodeEnum::SortBy(key)) = &node.node else { return Err(NotUnderstood) };
                let position = position_of(key.node.as_deref(), columns).ok_or(NotUnderstood)?;
                Ok(self.sort_key(Term::Raw((position + 1).to_string()), key))
            })
            .collect()
    }

    fn select(&mut self, stmt: &SelectStmt) -> Understood<Halves> {
        let from = self.sources(&stmt.from_clause)?;
        let (targets, columns) = self.targets(&stmt.target_list)?;
        let filter = stmt.where_clause.as_deref().map(|node| self.filter(node));
        let having = stmt.having_clause.as_deref();
        let having = having.map(|node| self.within(Clause::Having, |this| this.condition(Some(node))));
        let outputs = self.hidden_by_inputs(&columns);
        let mut group = Vec::new();
        for node in &stmt.group_clause {
            match self.grouping(node, &targets, &outputs)? {
                // Parentheses say something within sets alone (`flatten_grouping_sets()`).
                Group::Several(keys) if !keys.is_empty() => group.extend(keys.into_iter().map(Group::By)),
                part => group.push(part),
            }
        }
        let distinct = match stmt.distinct_clause.as_slice() {
            [] => None,
            [Node { node: None }] => Some(Vec::new()),
            keys => Some(keys.iter().map(|node| self.key(Some(node), &targets, &columns)).collect()),
        };
        let mut order = Vec::new();
        for node in &stmt.sort_clause {
            let Some(NodeEnum::SortBy(key)) = &node.node else { return Err(NotUnderstood) };
            let term = self.key(key.node.as_deref(), &targets, &columns);
            order.push(self.sort_key(term, key));
        }
        let group_distinct = stmt.group_distinct;
        let select = Select { distinct, targets, from, filter, group, group_distinct, having };
        self.check_grouping(&select, &order, stmt);
        Ok((Body::Select(Box::new(select)), columns, order))
    }

    /// `transformWhereClause()`
    pub(super) fn filter(&mut self, node: &Node) -> Term {
        self.within(Clause::Where, |this| this.condition(Some(node)))
    }

    /// `transformTargetList()`
    pub(super) fn targets(&mut self, nodes: &[Node]) -> Understood<(Vec<Target>, Columns)> {
        let version = self.scope.catalog.version;
        let mut targets = Vec::new();
        let mut columns = Columns::new();
        for node in nodes {
            let Some(NodeEnum::ResTarget(target)) = &node.node else { return Err(NotUnderstood) };
            let Some(value) = target.val.as_deref() else { return Err(NotUnderstood) };
            if let Some(fields) = self.expanded(value)? {
                for (name, value) in fields {
                    columns.push((name.clone(), value.of));
                    targets.push(Target { term: value.term, name: Label(Some(name).filter(|name| *name != "")) });
                }
                continue;
            }
            let name =
                if target.name.is_empty() { figure_name(value, version) } else { Some(Ident::from(&target.name)) };
            let made = self.expr(value);
            columns.push((name.clone().unwrap_or_else(|| Ident::new("?column?")), made.of));
            targets.push(Target { term: made.term, name: Label(name.filter(|name| *name != "?column?")) });
        }
        Ok((targets, columns))
    }

    /// In GROUP BY a name means a column of FROM before it means an output.
    fn hidden_by_inputs(&self, columns: &Columns) -> Columns {
        let visible = self.levels.last().into_iter().flat_map(|level| &level.visible).filter(|one| one.is_bare);
        let inputs: Vec<Ident> = visible.flat_map(|one| one.star(self.scope)).map(|(name, _)| name).collect();
        let is_input = |name: &Ident| inputs.contains(name);
        // A name that no reference can have keeps the positions as they are.
        let hide =
            |(name, of): &(Ident, Type)| (if is_input(name) { Ident::default() } else { name.clone() }, of.clone());
        columns.iter().map(hide).collect()
    }

    /// `transformGroupClause()`
    fn grouping(&mut self, node: &Node, targets: &[Target], columns: &Columns) -> Understood<Group> {
        use pg_query::protobuf::GroupingSetKind as Kind;
        let Some(NodeEnum::GroupingSet(set)) = &node.node else {
            return Ok(match &node.node {
                // Several in parentheses are one part of the sets.
                Some(NodeEnum::RowExpr(row))
                    if row.row_format() == pg_query::protobuf::CoercionForm::CoerceImplicitCast =>
                {
                    let keys = row.args.iter().map(|node| self.group_key(node, targets, columns)).collect();
                    Group::Several(keys)
                }
                _ => Group::By(self.group_key(node, targets, columns)),
            });
        };
        let keyword = match set.kind() {
            Kind::GroupingSetEmpty => return Ok(Group::Several(Vec::new())),
            Kind::GroupingSetCube => "CUBE",
            Kind::GroupingSetRollup => "ROLLUP",
            Kind::GroupingSetSets => "GROUPING SETS",
            Kind::GroupingSetSimple | Kind::Undefined => return Err(NotUnderstood),
        };
        let parts = set.content.iter().map(|node| self.grouping(node, targets, columns));
        Ok(Group::Sets { keyword, parts: parts.collect::<Understood<_>>()? })
    }

    fn group_key(&mut self, node: &Node, targets: &[Target], outputs: &Columns) -> Term {
        let is_complete = |level: &Level| self.columns_of(&level.visible).is_some();
        if let Some(NodeEnum::ColumnRef(column)) = &node.node
            && position_of(Some(node), outputs).is_some()
            && !self.levels.last().is_some_and(is_complete)
        {
            self.note(Class::Column, last_ident(&column.fields));
        }
        self.key(Some(node), targets, outputs)
    }

    /// `findTargetlistEntrySQL92()`: a position or an output name means that output.
    fn key(&mut self, node: Option<&Node>, targets: &[Target], columns: &Columns) -> Term {
        let means_output = |position: &usize| {
            let known = targets.iter().take_while(|target| !matches!(target.term, Term::Star(_)));
            *position < known.count()
        };
        match (position_of(node, columns), node) {
            (Some(position), _) if means_output(&position) => targets[position].term.clone(),
            // Counted over columns that are not known.
            (Some(_), Some(node)) if targets.iter().any(|target| matches!(target.term, Term::Star(_))) => {
                self.raw(node).term
            }
            _ => {
                let value = self.operand(node);
                self.settled(value).term
            }
        }
    }

    /// `transformLockingClause()`: one clause for each that is locked, `FOR UPDATE OF t NOWAIT`.
    fn locking(&self, node: &Node) -> Vec<String> {
        let Some(NodeEnum::LockingClause(clause)) = &node.node else { return Vec::new() };
        let strength = match clause.strength() {
            LockClauseStrength::LcsForkeyshare => "KEY SHARE",
            LockClauseStrength::LcsForshare => "SHARE",
            LockClauseStrength::LcsFornokeyupdate => "NO KEY UPDATE",
            LockClauseStrength::LcsForupdate | LockClauseStrength::LcsNone | LockClauseStrength::Undefined => "UPDATE",
        };
        let wait = match clause.wait_policy() {
            LockWaitPolicy::LockWaitSkip => " SKIP LOCKED",
            LockWaitPolicy::LockWaitError => " NOWAIT",
            LockWaitPolicy::LockWaitBlock | LockWaitPolicy::Undefined => "",
        };
        let named = clause.locked_rels.iter().filter_map(|node| match &node.node {
            Some(NodeEnum::RangeVar(range)) => Some(Ident::from(&range.relname)),
            _ => None,
        });
        let all = || self.levels.last().into_iter().flat_map(|level| &level.visible).filter_map(|one| one.name.clone());
        let locked: Vec<Ident> = if clause.locked_rels.is_empty() { all().collect() } else { named.collect() };
        locked.iter().map(|name| format!("FOR {strength} OF {name}{wait}")).collect()
    }

    /// `ExpandColumnRefStar()`
    pub(super) fn star(&self, owner: &[String]) -> Option<Vec<(Ident, Typed)>> {
        if owner.is_empty() {
            let visible = self.levels.last()?.visible.iter().filter(|one| one.is_bare);
            return Some(visible.flat_map(|one| one.star(self.scope)).collect());
        }
        let (level, one) = self.called(owner)?;
        Some(one.star(self.scope).into_iter().map(|(name, value)| (name, super::names::raised(value, level))).collect())
    }
}

/// Which output a sort or group key means.
fn position_of(node: Option<&Node>, columns: &Columns) -> Option<usize> {
    match node?.node.as_ref()? {
        NodeEnum::AConst(constant) => match &constant.val {
            Some(Val::Ival(number)) => usize::try_from(number.ival).ok()?.checked_sub(1),
            _ => None,
        },
        // The rows of VALUES have a name only in what a server prints.
        NodeEnum::ColumnRef(column)
            if column.fields.len() == 1 || column.fields.first().and_then(string_of).as_deref() == Some("*VALUES*") =>
        {
            let name = last_ident(&column.fields);
            columns.iter().position(|(known, _)| *known == name)
        }
        _ => None,
    }
}

/// The qualifier of `t.*`; none of `*`.
pub(super) fn star_of(node: &Node) -> Option<Vec<String>> {
    match node.node.as_ref()? {
        NodeEnum::ColumnRef(column) => match column.fields.split_last()? {
            (Node { node: Some(NodeEnum::AStar(_)) }, owner) => Some(owner.iter().filter_map(string_of).collect()),
            _ => None,
        },
        _ => None,
    }
}
