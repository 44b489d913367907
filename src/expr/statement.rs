//! Statements that change rows: INSERT, UPDATE, DELETE (`analyze.c`) and MERGE (`parse_merge.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{
    CmdType, DeleteStmt, InferClause, InsertStmt, MergeMatchKind, MergeStmt, MergeWhenClause, Node, OnConflictAction,
    OnConflictClause, OverridingKind, RangeVar, ResTarget, ReturningClause, ReturningOptionKind, SelectStmt,
    UpdateStmt, WithClause,
};

use super::clause::Clause;
use super::fault::place_of_value;
use super::forms::Form;
use super::names::{Columns, Known, Level, Visible, What, are_known};
use super::resolve::{Resolver, Typed};
use super::select::{NotUnderstood, Understood};
use super::types::Type;
use crate::catalog::meaning::CastContext;
use crate::catalog::tree::{
    Action, Arbiter, Assignment, Body, Change, Conflict, Insert, Label, Query, Rows, Target, Term, When, WhenAction,
};
use crate::library::KnownClass;
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, TypeName};

/// The rows that an INSERT is given.
enum Given<'a> {
    Default,
    Values(Vec<&'a [Node]>),
    Query(&'a SelectStmt),
}

/// RETURNING: its outputs, and what it calls the row before and after.
type Returned = (Vec<Target>, Columns, [Label; 2]);

impl Resolver<'_> {
    /// `transformStmt()`: the query, and the columns that it gives.
    pub(super) fn statement(&mut self, node: &Node) -> Understood<(Query, Columns)> {
        match &node.node {
            Some(NodeEnum::SelectStmt(stmt)) => self.query(stmt),
            Some(NodeEnum::InsertStmt(stmt)) => {
                let parts = (&stmt.with_clause, &stmt.relation, &stmt.returning_clause);
                self.change(parts, |resolver, target| resolver.insert_statement(stmt, target))
            }
            Some(NodeEnum::UpdateStmt(stmt)) => {
                let parts = (&stmt.with_clause, &stmt.relation, &stmt.returning_clause);
                self.change(parts, |resolver, target| resolver.update_statement(stmt, target))
            }
            Some(NodeEnum::DeleteStmt(stmt)) => {
                let parts = (&stmt.with_clause, &stmt.relation, &stmt.returning_clause);
                self.change(parts, |resolver, target| resolver.delete_statement(stmt, target))
            }
            Some(NodeEnum::MergeStmt(stmt)) => {
                let parts = (&stmt.with_clause, &stmt.relation, &stmt.returning_clause);
                self.change(parts, |resolver, target| resolver.merge_statement(stmt, target))
            }
            _ => Err(NotUnderstood),
        }
    }

    /// What all of them have. `action` is given the table that is written to, and leaves in sight what RETURNING sees.
    fn change(
        &mut self,
        (with, relation, returning): (&Option<WithClause>, &Option<RangeVar>, &Option<ReturningClause>),
        action: impl FnOnce(&mut Self, Visible) -> Understood<Action>,
    ) -> Understood<(Query, Columns)> {
        self.levels.push(Level::default());
        let (ctes, recursive) = self.with_clause(with.as_ref())?;
        let range = relation.as_ref().ok_or(NotUnderstood)?;
        let name = [range.schemaname.clone(), range.relname.clone()];
        let table = self.placed(range.location, |this| this.relation_name(&name));
        let alias = range.alias.as_ref().map(|alias| Ident::from(&alias.aliasname));
        let name = alias.clone().unwrap_or_else(|| table.name.clone());
        let what = What::Item { item: self.next_item(), table: Some(table.clone()), columns: Known::OfRelation };
        let action = action(self, Visible { name: Some(name), is_bare: true, hidden: 0, what })?;
        let (returning, columns, old_and_new) = self.returned(returning.as_ref(), &table)?;
        self.levels.pop();
        let change = Change { table, only: !range.inh, alias: Label(alias), action, returning, old_and_new };
        let body = Body::Change(Box::new(change));
        let query = Query {
            recursive,
            ctes,
            body,
            order: Vec::new(),
            limit: None,
            with_ties: false,
            offset: None,
            locking: Vec::new(),
        };
        Ok((query, columns))
    }

    /// `transformInsertStmt()`: only behind it its own table is in sight.
    fn insert_statement(&mut self, stmt: &InsertStmt, target: Visible) -> Understood<Action> {
        let rows = match stmt.select_stmt.as_ref().and_then(|node| node.node.as_ref()) {
            None => Given::Default,
            Some(NodeEnum::SelectStmt(select)) if is_plain_values(select) => Given::Values(rows_of(select)?),
            Some(NodeEnum::SelectStmt(select)) => Given::Query(select),
            Some(_) => return Err(NotUnderstood),
        };
        let insert = self.new_rows(&stmt.cols, stmt.r#override(), &target, rows)?;
        self.see(vec![target.clone()]);
        let conflict = match stmt.on_conflict_clause.as_deref() {
            Some(clause) => Some(self.conflict(clause, &target)?),
            None => None,
        };
        Ok(Action::Insert { insert, conflict })
    }

    /// The values are of the types of their columns (`transformInsertRow()`); a query stays as it is, and only as
    /// many columns are written to as there are values.
    fn new_rows(
        &mut self,
        columns: &[Node],
        overriding: OverridingKind,
        target: &Visible,
        given: Given<'_>,
    ) -> Understood<Insert> {
        let named = columns;
        let mut columns = match given {
            Given::Default => Vec::new(),
            Given::Values(_) | Given::Query(_) => self.insert_columns(columns, target)?,
        };
        let rows = match given {
            Given::Default => Rows::Default,
            Given::Values(rows) => {
                let mut done = Vec::new();
                for row in rows {
                    let given = self.given(row);
                    self.check_row_fits(given.len(), columns.len(), named, row);
                    let places = row.iter().map(place_of_value).chain(std::iter::repeat(-1));
                    let pairs = given.into_iter().zip(&columns).zip(places);
                    let assigned = pairs
                        .map(|((value, column), at)| self.placed(at, |this| this.assigned(value, &column.of)))
                        .collect::<Vec<_>>();
                    done.push(assigned);
                }
                columns.truncate(done.first().map_or(0, Vec::len));
                Rows::Values(done)
            }
            Given::Query(select) => {
                let (query, outputs) = self.query_with_unknowns(select)?;
                if are_known(&outputs) {
                    self.check_row_fits(outputs.len(), columns.len(), named, &select.target_list);
                    let places = select.target_list.iter().map(place_of_value).chain(std::iter::repeat(-1));
                    for (((_, of), column), at) in outputs.iter().zip(&columns).zip(places) {
                        let value = Typed::new(Term::Raw(String::new()), of.clone());
                        let Type::Known(target) = &column.of else { continue };
                        self.placed(at, |this| this.check_stored(&value, target, ""));
                    }
                }
                columns.truncate(outputs.len());
                Rows::Query(Box::new(query))
            }
        };
        let columns = columns.into_iter().map(|column| column.term).collect();
        let overriding = match overriding {
            OverridingKind::OverridingNotSet | OverridingKind::Undefined => None,
            OverridingKind::OverridingUserValue => Some("USER"),
            OverridingKind::OverridingSystemValue => Some("SYSTEM"),
        };
        Ok(Insert { columns, overriding, rows })
    }

    /// `checkInsertTargets()`: without a list, all columns.
    fn insert_columns(&mut self, nodes: &[Node], target: &Visible) -> Understood<Vec<Typed>> {
        if nodes.is_empty() {
            let columns = target.all(self.scope).ok_or(NotUnderstood)?;
            return Ok(columns.into_iter().map(|(_, column)| column).collect());
        }
        nodes.iter().map(|node| self.written(node, target)).collect()
    }

    /// The column that is written to, or the field or element of it (`transformAssignmentIndirection()`).
    fn written(&mut self, node: &Node, target: &Visible) -> Understood<Typed> {
        let to = target_of(node)?;
        let Some(column) = self.column_of(target, &Ident::from(&to.name)) else {
            let is_known = target.all(self.scope).is_some();
            self.placed(to.location, |this| this.check_target(&to.name, is_known));
            return Err(NotUnderstood);
        };
        Ok(self.indirection(column, &to.indirection, node))
    }

    /// Values of a row; `None` is DEFAULT.
    fn given(&mut self, nodes: &[Node]) -> Vec<Option<Typed>> {
        let mut values = Vec::new();
        for node in nodes {
            match &node.node {
                Some(NodeEnum::SetToDefault(_)) => values.push(None),
                _ => values.extend(self.expressions(std::slice::from_ref(node)).into_iter().map(Some)),
            }
        }
        values
    }

    /// `transformAssignedExpr()`
    fn assigned(&mut self, value: Option<Typed>, of: &Type) -> Term {
        match (value, of) {
            (None, _) => Form::new("DEFAULT").term(),
            (Some(value), Type::Known(of)) => {
                self.check_stored(&value, of, "");
                self.coerce_to_target(value, of, CastContext::Assignment).term
            }
            (Some(value), Type::Literal | Type::Opaque) => value.term,
        }
    }

    /// `transformUpdateTargetList()`
    fn assignments(&mut self, nodes: &[Node], target: &Visible) -> Understood<Vec<Assignment>> {
        // All that is assigned is looked at before what it is assigned to.
        let mut values = Vec::new();
        for node in nodes {
            let value = target_of(node)?.val.as_deref().ok_or(NotUnderstood)?;
            values.push(match &value.node {
                Some(NodeEnum::SetToDefault(_) | NodeEnum::MultiAssignRef(_)) => None,
                _ => Some(self.within(Clause::UpdateSource, |this| this.expr(value))),
            });
        }
        let mut values = values.into_iter();
        let mut set = Vec::new();
        let mut rest = nodes;
        while let [node, others @ ..] = rest {
            let value = target_of(node)?.val.as_deref().ok_or(NotUnderstood)?;
            if let Some(NodeEnum::MultiAssignRef(row)) = &value.node {
                let count = usize::try_from(row.ncolumns).map_err(|_| NotUnderstood)?;
                let (these, others) = rest.split_at_checked(count.max(1)).ok_or(NotUnderstood)?;
                self.assign_row(these, row.source.as_deref(), target, &mut set)?;
                values.nth(these.len() - 1);
                rest = others;
                continue;
            }
            rest = others;
            let column = self.written(node, target)?;
            let of = &column.of;
            let value = self.placed(place_of_value(value), |this| this.assigned(values.next().flatten(), of));
            set.push(Assignment { to: vec![column.term], value });
        }
        Ok(set)
    }

    /// `transformMultiAssignRef()`: of `(a, b) = (x, y)` nothing is left but the two.
    fn assign_row(
        &mut self,
        nodes: &[Node],
        source: Option<&Node>,
        target: &Visible,
        set: &mut Vec<Assignment>,
    ) -> Understood<()> {
        let to = nodes.iter().map(|node| self.written(node, target)).collect::<Understood<Vec<_>>>()?;
        let source = source.ok_or(NotUnderstood)?;
        match &source.node {
            Some(NodeEnum::RowExpr(row)) => {
                for (column, value) in to.into_iter().zip(self.given(&row.args)) {
                    let value = self.assigned(value, &column.of);
                    set.push(Assignment { to: vec![column.term], value });
                }
            }
            Some(NodeEnum::SubLink(_)) => {
                let value = self.expr(source).term;
                set.push(Assignment { to: to.into_iter().map(|column| column.term).collect(), value });
            }
            _ => return Err(NotUnderstood),
        }
        Ok(())
    }

    /// `transformOnConflictClause()`
    fn conflict(&mut self, clause: &OnConflictClause, target: &Visible) -> Understood<Conflict> {
        let arbiter = match clause.infer.as_deref() {
            None => Arbiter::Any,
            Some(infer) => self.arbiter(infer)?,
        };
        if clause.action() != OnConflictAction::OnconflictUpdate {
            return Ok(Conflict { arbiter, update: None });
        }
        let (item, name) = (self.next_item(), Some(Ident::from("excluded")));
        let mut excluded = Visible { name, ..target.clone() };
        if let What::Item { item: at, .. } = &mut excluded.what {
            *at = item;
        }
        self.seeing(vec![target.clone(), excluded], |resolver| {
            let set = resolver.assignments(&clause.target_list, target)?;
            let filter = clause.where_clause.as_deref().map(|filter| resolver.filter(filter));
            Ok(Conflict { arbiter, update: Some((set, filter)) })
        })
    }

    /// `transformOnConflictArbiter()`
    fn arbiter(&mut self, infer: &InferClause) -> Understood<Arbiter> {
        if !infer.conname.is_empty() {
            return Ok(Arbiter::Constraint(Ident::from(&infer.conname)));
        }
        let mut keys = Vec::new();
        for node in &infer.index_elems {
            let Some(NodeEnum::IndexElem(key)) = &node.node else { return Err(NotUnderstood) };
            let term = match key.expr.as_deref() {
                Some(expr) => self.expr(expr).term,
                None => self.column(std::slice::from_ref(&key.name)).term,
            };
            let mut words = String::new();
            if !key.collation.is_empty() {
                words += &format!(" COLLATE {}", self.collation_name(&key.collation));
            }
            let parts: Vec<String> = key.opclass.iter().filter_map(string_of).collect();
            let name = QualifiedName::from_parts(&parts);
            // Servers do not print the one that its type has anyway.
            let is_usual = |class: &KnownClass| {
                class.is_default && class.method == "btree" && name.schema.is_none() && name.name == class.name
            };
            if !parts.is_empty() && !self.scope.library().opclasses().iter().any(is_usual) {
                words += &format!(" {name}");
            }
            keys.push(if words.is_empty() { term } else { Form::new("").arg(term).say(&words).term() });
        }
        let filter = infer.where_clause.as_deref().map(|filter| self.condition(Some(filter)));
        Ok(Arbiter::Index { keys, filter })
    }

    /// `transformUpdateStmt()`
    fn update_statement(&mut self, stmt: &UpdateStmt, target: Visible) -> Understood<Action> {
        self.see(vec![target.clone()]);
        let from = self.sources(&stmt.from_clause)?;
        let filter = stmt.where_clause.as_deref().map(|filter| self.filter(filter));
        let set = self.assignments(&stmt.target_list, &target)?;
        Ok(Action::Update { set, from, filter })
    }

    /// `transformDeleteStmt()`
    fn delete_statement(&mut self, stmt: &DeleteStmt, target: Visible) -> Understood<Action> {
        self.see(vec![target]);
        let using = self.sources(&stmt.using_clause)?;
        let filter = stmt.where_clause.as_deref().map(|filter| self.filter(filter));
        Ok(Action::Delete { using, filter })
    }

    /// `transformMergeStmt()`: what there is no row of is not in sight.
    fn merge_statement(&mut self, stmt: &MergeStmt, target: Visible) -> Understood<Action> {
        let source = stmt.source_relation.as_deref().ok_or(NotUnderstood)?;
        let source = self.sources(std::slice::from_ref(source))?.pop().ok_or(NotUnderstood)?;
        let of_source = self.levels.last().map(|level| level.visible.clone()).unwrap_or_default();
        self.see(vec![target.clone()]);
        let on = self.condition(stmt.join_condition.as_deref());
        let mut whens = Vec::new();
        for node in &stmt.merge_when_clauses {
            let Some(NodeEnum::MergeWhenClause(clause)) = &node.node else { return Err(NotUnderstood) };
            let (case, visible) = match clause.match_kind() {
                MergeMatchKind::MergeWhenMatched | MergeMatchKind::Undefined => {
                    ("MATCHED", [of_source.clone(), vec![target.clone()]].concat())
                }
                MergeMatchKind::MergeWhenNotMatchedBySource => ("NOT MATCHED BY SOURCE", vec![target.clone()]),
                MergeMatchKind::MergeWhenNotMatchedByTarget => ("NOT MATCHED", of_source.clone()),
            };
            whens.push(self.seeing(visible, |resolver| resolver.when(case, clause, &target))?);
        }
        Ok(Action::Merge { source: Box::new(source), on, whens })
    }

    fn when(&mut self, case: &'static str, clause: &MergeWhenClause, target: &Visible) -> Understood<When> {
        let condition = clause.condition.as_deref().map(|condition| self.condition(Some(condition)));
        let action = match clause.command_type() {
            CmdType::CmdInsert => {
                let row = clause.values.as_slice();
                let rows = if row.is_empty() { Given::Default } else { Given::Values(vec![row]) };
                WhenAction::Insert(self.new_rows(&clause.target_list, clause.r#override(), target, rows)?)
            }
            CmdType::CmdUpdate => WhenAction::Update(self.assignments(&clause.target_list, target)?),
            CmdType::CmdDelete => WhenAction::Delete,
            CmdType::CmdNothing => WhenAction::Nothing,
            _ => return Err(NotUnderstood),
        };
        Ok(When { case, condition, action })
    }

    /// `transformReturningClause()`: since PostgreSQL 18 it knows the row before and after, unless something else is
    /// called like that.
    fn returned(&mut self, clause: Option<&ReturningClause>, table: &QualifiedName) -> Understood<Returned> {
        let mut old_and_new = [Label(None), Label(None)];
        let Some(clause) = clause else { return Ok((Vec::new(), Columns::new(), old_and_new)) };
        for node in &clause.options {
            let Some(NodeEnum::ReturningOption(option)) = &node.node else { return Err(NotUnderstood) };
            let at = usize::from(option.option() == ReturningOptionKind::ReturningOptionNew);
            old_and_new[at] = Label(Some(Ident::from(&option.value)));
        }
        for (alias, usual) in old_and_new.iter().zip(["old", "new"]) {
            let name = alias.0.clone().unwrap_or_else(|| Ident::from(usual));
            let item = self.next_item();
            if self.scope.catalog.version >= 18 && self.called(&[name.as_str().to_owned()]).is_none() {
                let what = What::Item { item, table: Some(table.clone()), columns: Known::OfRelation };
                self.see(vec![Visible { name: Some(name), is_bare: false, hidden: 0, what }]);
            }
        }
        let (mut targets, mut columns) = self.within(Clause::Returning, |this| this.targets(&clause.exprs))?;
        for (target, (_, of)) in targets.iter_mut().zip(&mut columns).filter(|(_, (_, of))| *of == Type::Literal) {
            let term = std::mem::replace(&mut target.term, Term::Raw(String::new()));
            let made = self.coerce(Typed::new(term, Type::Literal), &TypeName::builtin("text"));
            (target.term, *of) = (made.term, made.of);
        }
        Ok((targets, columns, old_and_new))
    }
}

fn target_of(node: &Node) -> Understood<&ResTarget> {
    match &node.node {
        Some(NodeEnum::ResTarget(target)) => Ok(target),
        _ => Err(NotUnderstood),
    }
}

/// Whether it is but rows of values, and no query of its own (`isGeneralSelect`).
fn is_plain_values(select: &SelectStmt) -> bool {
    !select.values_lists.is_empty()
        && select.sort_clause.is_empty()
        && select.limit_count.is_none()
        && select.limit_offset.is_none()
        && select.locking_clause.is_empty()
        && select.with_clause.is_none()
}

fn rows_of(select: &SelectStmt) -> Understood<Vec<&[Node]>> {
    let rows = select.values_lists.iter().map(|row| match &row.node {
        Some(NodeEnum::List(row)) => Ok(row.items.as_slice()),
        _ => Err(NotUnderstood),
    });
    rows.collect()
}
