//! Whether rows can be changed through a view as it is (`view_query_is_auto_updatable()`, `rewriteHandler.c`).

use super::Replay;
use super::heap::SYSTEM_COLUMNS;
use super::refusal::{FEATURE_NOT_SUPPORTED, Outcome, Stop};
use crate::catalog::meaning::{CallKind, Signature};
use crate::catalog::tree::{Body, Func, Item, ItemKind, Names, Query, Select, Source, Term};
use crate::catalog::{Class, ObjectId, Tree};
use crate::library::Library;

impl Replay {
    /// WITH CHECK OPTION makes sense where rows come in through the view.
    pub(super) fn takes_check_option(&self, query: &Tree) -> Outcome {
        if self.lenient || self.is_auto_updatable(query) {
            return Ok(());
        }
        let message = "WITH CHECK OPTION is supported only on automatically updatable views";
        Err(Stop::refused(FEATURE_NOT_SUPPORTED, message))
    }

    /// It reads one table or view, row by row, and gives a column of it. True where that is not known.
    fn is_auto_updatable(&self, tree: &Tree) -> bool {
        let Term::Query { query, .. } = tree.root.as_ref() else { return true };
        let Query { ctes, body, limit, offset, .. } = query.as_ref();
        let Body::Select(select) = body else { return false };
        let Select { distinct, targets, from, group, having, .. } = select.as_ref();
        let is_plain = ctes.is_empty() && limit.is_none() && offset.is_none() && distinct.is_none();
        let [Source::Item(Item { what: ItemKind::Relation { name, .. }, sample: None, .. })] = from.as_slice() else {
            return false;
        };
        let has_rows = name.schema.as_ref().is_none_or(|schema| {
            let id = ObjectId::in_schema(Class::Relation, schema, &name.name);
            self.relation_noun(&id) != "materialized view"
        });
        let is_writable = |term: &Term| match term {
            Term::Column(column) => column.place.level == 0 && !SYSTEM_COLUMNS.contains(&column.name.as_str()),
            Term::Star(_) => true,
            _ => false,
        };
        is_plain
            && group.is_empty()
            && having.is_none()
            && has_rows
            && targets.iter().any(|target| is_writable(&target.term))
            && !targets.iter().any(|target| self.makes_other_rows(&target.term))
    }

    /// Whether it is computed of several rows, or makes several of one (`hasAggs`, `hasWindowFuncs`, `hasTargetSRFs`).
    fn makes_other_rows(&self, term: &Term) -> bool {
        let mut calls = Calls::default();
        term.clone().visit(&mut calls);
        calls.found.iter().any(|call| {
            let is_row_by_row = |one: &Signature| {
                matches!(one.kind, CallKind::Function | CallKind::Operator | CallKind::Procedure) && !one.returns_set
            };
            call.over.is_some() || self.signature_of(call).is_some_and(|one| !is_row_by_row(one))
        })
    }

    /// What a call that was found calls.
    fn signature_of(&self, call: &Func) -> Option<&Signature> {
        let declared = call.declared.as_ref()?;
        match &call.name.schema {
            Some(schema) => self.signature(&ObjectId::call(Class::Routine, schema, &call.name.name, declared.clone())),
            None => {
                let builtin = Library::of(self.catalog().version).routines(call.name.name.as_str());
                builtin.iter().find(|one| one.types().eq(declared))
            }
        }
    }
}

/// The calls of an expression, but for those of the queries in it.
#[derive(Default)]
struct Calls {
    depth: usize,
    found: Vec<Func>,
}

impl Names for Calls {
    fn term(&mut self, term: &mut Term) {
        if let (0, Term::Func(call)) = (self.depth, term) {
            self.found.push((**call).clone());
        }
    }

    fn enter(&mut self) {
        self.depth += 1;
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }
}
