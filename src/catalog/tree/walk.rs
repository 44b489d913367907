//! Every name in a tree, shown to somebody who collects or changes it.

use super::{
    Action, Arbiter, Assignment, Body, Change, Column, Conflict, Func, Group, Insert, Item, ItemKind, Merged, Place,
    Query, Rows, Select, Sort, Source, SubLinkKind, Subscript, Target, Term, When, WhenAction,
};
use crate::catalog::Class;
use crate::sql::{Ident, QualifiedName, TypeName};

/// Somebody who looks at the identities in a tree, or changes them.
pub trait Names {
    /// Each term, before what is in it.
    fn term(&mut self, _term: &mut Term) {}
    /// Each query, before what is in it.
    fn query(&mut self, _query: &mut Query) {}
    /// What stands in FROM.
    fn item(&mut self, _item: &mut Item) {}
    /// A column of a table, whichever query it stands in.
    fn column(&mut self, _table: &mut QualifiedName, _name: &mut Ident) {}
    /// A relation in FROM, one whose row is read, or one named as `regclass`.
    fn relation(&mut self, _name: &mut QualifiedName) {}
    /// What a constant of `regclass` and its like names.
    fn object(&mut self, class: Class, name: &mut QualifiedName) {
        if class == Class::Relation {
            self.relation(name);
        }
    }
    fn type_name(&mut self, _name: &mut TypeName) {}
    /// A constant that is not NULL, as its type prints it.
    fn constant(&mut self, _value: &mut String, _data_type: &TypeName) {}
    /// The range table entry that a column belongs to.
    fn place(&mut self, _place: &mut Place) {}
    /// A function that is called, with the types that it was declared with.
    fn function(&mut self, _name: &mut QualifiedName, _declared: Option<&[TypeName]>) {}
    fn operator(&mut self, _name: &mut QualifiedName) {}
    fn collation(&mut self, _name: &mut QualifiedName) {}
    /// The columns that a join merges.
    fn using(&mut self, _columns: &mut [Merged]) {}
    /// What a SELECT gives.
    fn targets(&mut self, _targets: &mut Vec<Target>) {}
    /// `CURRENT_DATE` and its like.
    fn sql_value(&mut self) {}
    /// A query begins within the current one.
    fn enter(&mut self) {}
    fn leave(&mut self) {}
}

impl Term {
    pub fn visit(&mut self, names: &mut dyn Names) {
        names.term(self);
        match self {
            Self::Const { value, data_type } => {
                if let Some(value) = value {
                    names.constant(value, data_type);
                }
                names.type_name(data_type);
            }
            Self::Object(class, name) => names.object(*class, name),
            Self::Column(column) => column.visit(names),
            Self::WholeRow { place, table } => {
                names.place(place);
                table.iter_mut().for_each(|table| names.relation(table));
            }
            Self::Star(place) => names.place(place),
            Self::Cast { arg, to, implicit: _, relabels: _ } => {
                arg.visit(names);
                names.type_name(to);
            }
            Self::Op { name, left, right } => {
                names.operator(name);
                left.iter_mut().for_each(|left| left.visit(names));
                right.visit(names);
            }
            Self::AnyArray { name, all: _, left, array, of_query } => {
                names.operator(name);
                left.visit(names);
                array.visit(names);
                of_query.iter_mut().for_each(|of| names.type_name(of));
            }
            Self::Distinct { name, left, right } | Self::NullIf { name, left, right } => {
                names.operator(name);
                left.visit(names);
                right.visit(names);
            }
            Self::Bool { op: _, args } | Self::Listed { keyword: _, args } | Self::Syntax { words: _, args } => {
                visit_all(args, names)
            }
            Self::Not(arg)
            | Self::NullTest { arg, negated: _ }
            | Self::BooleanTest { arg, value: _, negated: _ }
            | Self::Field { arg, name: _ }
            | Self::Named { name: _, arg } => arg.visit(names),
            Self::Collate { arg, collation } => {
                names.collation(collation);
                arg.visit(names);
            }
            Self::Func(func) => func.visit(names),
            Self::SqlValue(_) => names.sql_value(),
            Self::Param { .. } | Self::Raw(_) => {}
            Self::Type(of) => names.type_name(of),
            Self::Query { query, columns: _ } => query.visit(names),
            Self::Case { arg, whens, default } => {
                arg.iter_mut().chain(default).for_each(|term| term.visit(names));
                for (condition, result) in whens {
                    condition.visit(names);
                    result.visit(names);
                }
            }
            Self::Array { elements, of } => {
                visit_all(elements, names);
                names.type_name(of);
            }
            Self::Subscripts { arg, subscripts } => {
                arg.visit(names);
                for subscript in subscripts {
                    match subscript {
                        Subscript::At(term) => term.visit(names),
                        Subscript::Slice(lower, upper) => {
                            lower.iter_mut().chain(upper).for_each(|term| term.visit(names));
                        }
                    }
                }
            }
            Self::SubLink(link) => {
                match &mut link.kind {
                    SubLinkKind::Exists | SubLinkKind::Scalar | SubLinkKind::Array => {}
                    SubLinkKind::Compare { name, all: _, test } | SubLinkKind::Row { name, test } => {
                        names.operator(name);
                        visit_all(test, names);
                    }
                }
                link.query.visit(names);
            }
        }
    }
}

impl Column {
    fn visit(&mut self, names: &mut dyn Names) {
        names.place(&mut self.place);
        if let Some(table) = &mut self.table {
            names.column(table, &mut self.name);
        }
    }
}

impl Func {
    fn visit(&mut self, names: &mut dyn Names) {
        names.function(&mut self.name, self.declared.as_deref());
        self.declared.iter_mut().flatten().for_each(|of| names.type_name(of));
        visit_all(&mut self.args, names);
        visit_sort(&mut self.order, names);
        self.clauses.iter_mut().chain(&mut self.filter).for_each(|term| term.visit(names));
        if let Some(window) = &mut self.over {
            visit_all(&mut window.partition, names);
            visit_sort(&mut window.order, names);
            window.start.iter_mut().chain(&mut window.end).for_each(|term| term.visit(names));
        }
    }
}

impl Query {
    fn visit(&mut self, names: &mut dyn Names) {
        names.query(self);
        names.enter();
        for cte in &mut self.ctes {
            cte.query.visit(names);
            cte.cycle
                .iter_mut()
                .flat_map(|cycle| [&mut cycle.value, &mut cycle.default])
                .for_each(|mark| mark.visit(names));
        }
        match &mut self.body {
            Body::Select(select) => select.visit(names),
            Body::Change(change) => change.visit(names),
            Body::Values(rows) => rows.iter_mut().for_each(|row| visit_all(row, names)),
            Body::SetOperation { keyword: _, all: _, left, right } => {
                left.visit(names);
                right.visit(names);
            }
        }
        visit_sort(&mut self.order, names);
        self.limit.iter_mut().chain(&mut self.offset).for_each(|term| term.visit(names));
        names.leave();
    }
}

impl Select {
    fn visit(&mut self, names: &mut dyn Names) {
        names.targets(&mut self.targets);
        self.distinct.iter_mut().for_each(|terms| visit_all(terms, names));
        self.targets.iter_mut().for_each(|target| target.term.visit(names));
        self.from.iter_mut().for_each(|source| source.visit(names));
        self.group.iter_mut().for_each(|part| part.visit(names));
        self.filter.iter_mut().chain(&mut self.having).for_each(|term| term.visit(names));
    }
}

impl Change {
    fn visit(&mut self, names: &mut dyn Names) {
        names.relation(&mut self.table);
        match &mut self.action {
            Action::Insert { insert, conflict } => {
                insert.visit(names);
                if let Some(Conflict { arbiter, update }) = conflict {
                    if let Arbiter::Index { keys, filter } = arbiter {
                        keys.iter_mut().chain(filter).for_each(|term| term.visit(names));
                    }
                    if let Some((set, filter)) = update {
                        visit_assignments(set, names);
                        filter.iter_mut().for_each(|filter| filter.visit(names));
                    }
                }
            }
            Action::Update { set, from: sources, filter } => {
                visit_assignments(set, names);
                sources.iter_mut().for_each(|source| source.visit(names));
                filter.iter_mut().for_each(|filter| filter.visit(names));
            }
            Action::Delete { using, filter } => {
                using.iter_mut().for_each(|source| source.visit(names));
                filter.iter_mut().for_each(|filter| filter.visit(names));
            }
            Action::Merge { source, on, whens } => {
                source.visit(names);
                on.visit(names);
                for When { case: _, condition, action } in whens {
                    condition.iter_mut().for_each(|condition| condition.visit(names));
                    match action {
                        WhenAction::Insert(insert) => insert.visit(names),
                        WhenAction::Update(set) => visit_assignments(set, names),
                        WhenAction::Delete | WhenAction::Nothing => {}
                    }
                }
            }
        }
        self.returning.iter_mut().for_each(|target| target.term.visit(names));
    }
}

impl Insert {
    fn visit(&mut self, names: &mut dyn Names) {
        visit_all(&mut self.columns, names);
        match &mut self.rows {
            Rows::Default => {}
            Rows::Values(rows) => rows.iter_mut().for_each(|row| visit_all(row, names)),
            Rows::Query(query) => query.visit(names),
        }
    }
}

fn visit_assignments(set: &mut [Assignment], names: &mut dyn Names) {
    for Assignment { to, value } in set {
        visit_all(to, names);
        value.visit(names);
    }
}

impl Group {
    fn visit(&mut self, names: &mut dyn Names) {
        match self {
            Self::By(term) => term.visit(names),
            Self::Several(terms) => visit_all(terms, names),
            Self::Sets { keyword: _, parts } => parts.iter_mut().for_each(|part| part.visit(names)),
        }
    }
}

impl Source {
    fn visit(&mut self, names: &mut dyn Names) {
        match self {
            Self::Item(item) => {
                names.item(item);
                let Item { what, sample, .. } = item;
                match what {
                    ItemKind::Relation { name, only: _ } => names.relation(name),
                    ItemKind::Cte(_) => {}
                    ItemKind::Query(query) => query.visit(names),
                    ItemKind::TableFunction { keyword: _, clauses } => clauses.visit(names),
                    ItemKind::Function { calls, ordinality: _ } => {
                        for (call, columns) in calls {
                            call.visit(names);
                            columns.iter_mut().for_each(|(_, of)| names.type_name(of));
                        }
                    }
                }
                if let Some(sample) = sample {
                    visit_all(&mut sample.args, names);
                    sample.repeatable.iter_mut().for_each(|term| term.visit(names));
                }
            }
            Self::Join { kind: _, left, right, using, on, alias: _ } => {
                names.using(using);
                for Merged { left, right } in using {
                    left.visit(names);
                    right.visit(names);
                }
                left.visit(names);
                right.visit(names);
                on.iter_mut().for_each(|on| on.visit(names));
            }
        }
    }
}

fn visit_all(terms: &mut [Term], names: &mut dyn Names) {
    terms.iter_mut().for_each(|term| term.visit(names));
}

fn visit_sort(sort: &mut [Sort], names: &mut dyn Names) {
    for key in sort {
        key.using.iter_mut().for_each(|name| names.operator(name));
        key.term.visit(names);
    }
}
