//! What rows are ordered by, and the windows that look over them (`parse_clause.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{Node, SortBy, SortByDir, SortByNulls, WindowDef};

use super::operator::operator_name;
use super::resolve::{Resolver, Typed};
use super::types::Type;
use crate::catalog::tree::{Sort, Term, Window};
use crate::sql::TypeName;

/// `FRAMEOPTION_…` (`parsenodes.h`), as far as offsets hang on them.
const FRAMEOPTION_RANGE: i32 = 0x2;

impl Resolver<'_> {
    /// `transformSortClause()` where keys are plain expressions.
    pub(super) fn sort(&mut self, nodes: &[Node]) -> Vec<Sort> {
        let mut keys = Vec::new();
        for key in nodes.iter().filter_map(sort_by) {
            let value = self.operand(key.node.as_deref());
            let term = self.settled(value).term;
            keys.push(self.sort_key(term, key));
        }
        keys
    }

    pub(super) fn sort_value(&mut self, node: &Node) -> Typed {
        match sort_by(node) {
            Some(key) => self.operand(key.node.as_deref()),
            None => self.raw(node),
        }
    }

    /// The direction and place of NULL that a key asks for; `USING <` is ascending.
    pub(super) fn sort_key(&mut self, term: Term, key: &SortBy) -> Sort {
        let using = (key.sortby_dir() == SortByDir::SortbyUsing).then(|| operator_name(&key.use_op));
        let is = |symbol: &str| using.as_ref().is_some_and(|name| name.schema.is_none() && name.name == symbol);
        let descending = key.sortby_dir() == SortByDir::SortbyDesc || is(">");
        let nulls_first = match key.sortby_nulls() {
            SortByNulls::SortbyNullsFirst => true,
            SortByNulls::SortbyNullsLast => false,
            SortByNulls::SortbyNullsDefault | SortByNulls::Undefined => descending,
        };
        let using = if is("<") || is(">") { None } else { using };
        Sort { term, descending, nulls_first, using }
    }

    /// `transformWindowDefinitions()`: one that copies another has what that has. `None` where it is not there.
    pub(super) fn window(&mut self, definition: &WindowDef) -> Option<Window> {
        let copied = if definition.name.is_empty() { &definition.refname } else { &definition.name };
        let base = if copied.is_empty() {
            None
        } else {
            let found = self.levels.last()?.windows.iter().find_map(|node| match &node.node {
                Some(NodeEnum::WindowDef(known)) if known.name == *copied => Some(known.clone()),
                _ => None,
            })?;
            // Its own name would send us round for ever.
            Some(self.window(&WindowDef { name: String::new(), ..*found })?)
        };
        // OVER w is that very window.
        if !definition.name.is_empty() {
            return base;
        }
        let mut partition: Vec<Term> = Vec::new();
        for node in &definition.partition_clause {
            let value = self.expr(node);
            partition.push(self.settled(value).term);
        }
        let mut order = self.sort(&definition.order_clause);
        if let Some(base) = base {
            partition = base.partition;
            if order.is_empty() {
                order = base.order;
            }
        }
        let key = definition.order_clause.first().map(|node| self.sort_value(node).of);
        let offset = |node: Option<&Node>, resolver: &mut Self| {
            let value = node.map(|node| resolver.expr(node))?;
            Some(resolver.frame_offset(value, definition.frame_options, key.as_ref()))
        };
        let start = offset(definition.start_offset.as_deref(), self);
        let end = offset(definition.end_offset.as_deref(), self);
        Some(Window { partition, order, frame: definition.frame_options, start, end })
    }

    /// `transformFrameOffset()`: of RANGE by what the key is moved, else a count of rows or groups.
    fn frame_offset(&mut self, value: Typed, options: i32, key: Option<&Type>) -> Term {
        if options & FRAMEOPTION_RANGE == 0 {
            return self.whole_number(value, "int8");
        }
        let moved_by_interval = |of: &TypeName| matches!(self.scope.category(of), 'D');
        match (&value.of, key.and_then(Type::known)) {
            (Type::Literal, Some(key)) => {
                let to = if moved_by_interval(key) { TypeName::builtin("interval") } else { key.base() };
                self.coerce(value, &to).term
            }
            _ => value.term,
        }
    }
}

pub(super) fn sort_by(node: &Node) -> Option<&SortBy> {
    match &node.node {
        Some(NodeEnum::SortBy(key)) => Some(key),
        _ => None,
    }
}
