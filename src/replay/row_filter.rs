//! What the WHERE of a published table may consist of (`check_simple_rowfilter_expr()`, `publicationcmds.c`).

use pg_query::protobuf::Node;

use super::Replay;
use super::refusal::{FEATURE_NOT_SUPPORTED, Outcome, Stop};
use crate::catalog::tree::{Names, Term};
use crate::catalog::{Expr, ObjectId};
use crate::expr::{Around, Clause};
use crate::sql::{Ident, QualifiedName, TypeName};

impl Replay {
    /// The condition of a published table, over its columns.
    ///
    /// # Errors
    /// Subscribers know no more than the server brings, so that nothing else may be in it.
    pub(super) fn row_filter(&self, node: &Node, table: &ObjectId) -> Outcome<Expr> {
        let (tree, computed) =
            self.checked_with(node, Around::Relation(table), Clause::Publication).map_err(|stop| stop.at_node(node))?;
        let mut content = Content { replay: self, table, is_simple: tree.unresolved.is_empty() };
        tree.root.clone().visit(&mut content);
        let is_made_of_what_is_known = content.is_simple && computed.functions.is_empty();
        let may_change = computed.is_mutable || computed.makes_text || computed.converts;
        if !self.lenient && (may_change || !is_made_of_what_is_known) {
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, "invalid publication WHERE expression").at_node(node));
        }
        Ok(Expr::from_tree(tree))
    }
}

struct Content<'a> {
    replay: &'a Replay,
    table: &'a ObjectId,
    is_simple: bool,
}

impl Content<'_> {
    fn built_in(&mut self, schema: Option<&Ident>) {
        self.is_simple &= schema.is_none_or(|schema| *schema == "information_schema");
    }
}

impl Names for Content<'_> {
    fn term(&mut self, term: &mut Term) {
        match term {
            Term::Column(column) => {
                let known = self.replay.catalog().column(self.table, &column.name);
                match known.map(|facts| (facts.data_type.get(), facts.collation.get())) {
                    Some((of, collation)) => {
                        self.built_in(of.and_then(|of| of.name.schema.as_ref()));
                        self.built_in(collation.into_iter().flatten().find_map(|one| one.0.schema.as_ref()));
                    }
                    // Those of the system have no row.
                    None => self.is_simple = false,
                }
            }
            Term::Const { .. }
            | Term::Object(..)
            | Term::Cast { .. }
            | Term::Op { .. }
            | Term::AnyArray { .. }
            | Term::Bool { .. }
            | Term::Not(_)
            | Term::NullTest { .. }
            | Term::BooleanTest { .. }
            | Term::Distinct { .. }
            | Term::NullIf { .. }
            | Term::Func(_)
            | Term::Case { .. }
            | Term::Listed { .. }
            | Term::Array { .. }
            | Term::Collate { .. }
            | Term::Named { .. }
            | Term::Type(_) => {}
            Term::Syntax { words, .. } => {
                self.is_simple &= words.iter().any(|word| word.starts_with("XML") || word.contains("DOCUMENT"));
            }
            Term::WholeRow { .. }
            | Term::Star(_)
            | Term::SqlValue(_)
            | Term::Field { .. }
            | Term::Subscripts { .. }
            | Term::SubLink(_)
            | Term::Param { .. }
            | Term::Query { .. }
            | Term::Raw(_) => self.is_simple = false,
        }
    }

    fn type_name(&mut self, name: &mut TypeName) {
        self.built_in(name.name.schema.as_ref());
    }

    fn function(&mut self, name: &mut QualifiedName, _declared: Option<&[TypeName]>) {
        self.built_in(name.schema.as_ref());
    }

    fn operator(&mut self, name: &mut QualifiedName) {
        self.built_in(name.schema.as_ref());
    }

    fn collation(&mut self, name: &mut QualifiedName) {
        self.built_in(name.schema.as_ref());
    }
}
