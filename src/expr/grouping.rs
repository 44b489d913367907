//! What a query that groups its rows may give (`parse_agg.c`).

use pg_query::protobuf::{Node, SelectStmt};
use pg_query::{NodeEnum, NodeRef};

use super::fault::{Basis, Fault};
use super::resolve::Resolver;
use crate::catalog::kind::Facts;
use crate::catalog::meaning::CallKind;
use crate::catalog::tree::{Column, Func, Group, Names, Place, Select, Sort, Term};
use crate::catalog::{Class, ObjectId};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName};

impl Resolver<'_> {
    /// An aggregate makes the query that it belongs to one that groups.
    pub(super) fn groups_by(&mut self, call: &Func) {
        let out = nearest_level(call).unwrap_or_default();
        if let Some(at) = self.levels.len().checked_sub(out + 1) {
            self.levels[at].aggregates = true;
        }
    }

    /// `check_ungrouped_columns()`: of the rows of a group nothing is left but what it groups by, what hangs on that, and
    /// what aggregates make of the rest. Sets of groups are not looked into.
    pub(super) fn check_grouping(&mut self, select: &Select, order: &[Sort], written: &SelectStmt) {
        let has_aggregates = self.levels.last().is_some_and(|level| level.aggregates);
        if select.group.is_empty() && select.having.is_none() && !has_aggregates {
            return;
        }
        let mut keys: Vec<&Term> = Vec::new();
        for part in &select.group {
            match part {
                Group::By(term) => keys.push(term),
                Group::Several(terms) => keys.extend(terms),
                Group::Sets { .. } => return,
            }
        }
        let mut ungrouped = Ungrouped { resolver: self, keys, depth: 0, found: None };
        let mut place = None;
        let targets = select.targets.iter().map(|target| (&target.term, &*written.target_list));
        let order = order.iter().zip(&written.sort_clause).map(|(key, node)| (&key.term, std::slice::from_ref(node)));
        let having = written.having_clause.as_deref().map(std::slice::from_ref).unwrap_or_default();
        for (term, nodes) in targets.chain(order).chain(select.having.iter().map(|term| (term, having))) {
            if ungrouped.found.is_none() {
                term.clone().visit(&mut ungrouped);
                place = ungrouped.found.as_ref().and_then(|(name, _)| place_of(name.as_str(), nodes));
            }
        }
        if let Some((name, is_outer)) = ungrouped.found {
            let name = name.as_str();
            let message = if is_outer {
                format!("subquery uses ungrouped column \"{name}\" from outer query")
            } else {
                format!("column \"{name}\" must appear in the GROUP BY clause or be used in an aggregate function")
            };
            let fault = Fault::new("42803", message, Basis::Place);
            self.fault(place.map_or(fault.clone(), |place| fault.at(place)));
        }
    }

    /// Whether a call is one of an aggregate, or of something that nobody knows.
    fn may_aggregate(&self, call: &Func) -> bool {
        let Some(declared) = &call.declared else { return true };
        let is_aggregate = |kind: CallKind| {
            matches!(kind, CallKind::Aggregate | CallKind::OrderedSet { .. } | CallKind::HypotheticalSet { .. })
        };
        let name = &call.name;
        let known = match &name.schema {
            None => self.scope.library().routines(name.name.as_str()).iter().collect(),
            Some(schema) => self.calls(Class::Routine, schema, &name.name),
        };
        call.over.is_none() && known.iter().any(|one| is_aggregate(one.kind) && one.types().eq(declared))
    }

    /// `check_functional_grouping()`: whether the columns that are grouped by are a key of their table.
    fn hangs_on_key(&self, place: Place, table: Option<&QualifiedName>, keys: &[&Term]) -> bool {
        let Some(QualifiedName { schema: Some(schema), name }) = table else { return false };
        let relation = ObjectId::in_schema(Class::Relation, schema, name);
        let is_grouped_by = |column: &Ident| {
            keys.iter().any(|key| matches!(key, Term::Column(key) if key.place == place && key.name == *column))
        };
        self.scope.catalog.parts(&relation, Class::Constraint).any(|(_, object)| match &object.facts {
            Facts::PrimaryKey(key) => {
                key.deferrable.get() != Some(&true)
                    && key.columns.get().is_some_and(|all| all.iter().all(is_grouped_by))
            }
            _ => false,
        })
    }
}

/// Looks for a column of a query that it does not group by.
struct Ungrouped<'a, 'r> {
    resolver: &'a Resolver<'r>,
    keys: Vec<&'a Term>,
    depth: usize,
    /// Whether it stands in a query within.
    found: Option<(Ident, bool)>,
}

impl Ungrouped<'_, '_> {
    fn column(&mut self, place: Place, table: Option<&QualifiedName>, name: &Ident) {
        if place.level != self.depth {
            return;
        }
        let here = Place { level: 0, ..place };
        let column = Term::Column(Column { place: here, table: table.cloned(), name: name.clone() });
        let is_free = self.keys.contains(&&column) || self.resolver.hangs_on_key(here, table, &self.keys);
        if !is_free {
            self.found.get_or_insert((name.clone(), self.depth > 0));
        }
    }
}

impl Names for Ungrouped<'_, '_> {
    fn term(&mut self, term: &mut Term) {
        let is_done = match &*term {
            key if self.depth == 0 && self.keys.contains(&key) => true,
            Term::Column(column) => {
                self.column(column.place, column.table.as_ref(), &column.name);
                false
            }
            Term::WholeRow { place, table } => {
                let name = table.as_ref().map_or_else(|| Ident::new("*"), |table| table.name.clone());
                self.column(*place, table.as_ref(), &name);
                false
            }
            Term::Func(call) => {
                let is_own = nearest_level(call).is_none_or(|level| level >= self.depth);
                is_own && self.resolver.may_aggregate(call)
            }
            _ => false,
        };
        if is_done {
            *term = Term::Raw(String::new());
        }
    }

    fn enter(&mut self) {
        self.depth += 1;
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }
}

/// Where these first name a column so.
fn place_of(name: &str, nodes: &[Node]) -> Option<i32> {
    let mut places = Vec::new();
    for (node, ..) in nodes.iter().filter_map(|node| node.node.as_ref()).flat_map(NodeEnum::nodes) {
        match node {
            NodeRef::ColumnRef(column) if column.fields.last().and_then(string_of).is_some_and(|last| last == name) => {
                places.push(column.location);
            }
            NodeRef::FuncCall(call) => places.extend(call.over.iter().flat_map(|window| {
                [&window.partition_clause, &window.order_clause]
                    .map(|nodes| place_of(name, nodes))
                    .into_iter()
                    .flatten()
            })),
            _ => {}
        }
    }
    places.into_iter().min()
}

/// How many queries further out the nearest column stands that a call reads; none where it reads none.
pub(super) fn nearest_level(call: &Func) -> Option<usize> {
    struct Nearest {
        depth: usize,
        level: Option<usize>,
    }
    impl Names for Nearest {
        fn place(&mut self, place: &mut Place) {
            if let Some(level) = place.level.checked_sub(self.depth) {
                self.level = Some(self.level.map_or(level, |known| known.min(level)));
            }
        }
        fn enter(&mut self) {
            self.depth += 1;
        }
        fn leave(&mut self) {
            self.depth -= 1;
        }
    }
    let mut nearest = Nearest { depth: 0, level: None };
    call.args.iter().for_each(|arg| arg.clone().visit(&mut nearest));
    nearest.level
}
