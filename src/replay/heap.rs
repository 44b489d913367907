//! What is stored of a relation beside its columns: defaults, and expressions over the columns
//! (`heap.c`). Whatever a server surely refuses in one is refused here.

use pg_query::NodeEnum;
use pg_query::protobuf::Node;

use super::Replay;
use super::refusal::{INVALID_OBJECT_DEFINITION, Outcome, SYNTAX_ERROR, Stop};
use crate::catalog::kind::Column;
use crate::catalog::meaning::TypeSort;
use crate::catalog::{Attr, Class, Expr, Facts, ObjectId, Origin, Tree};
pub(super) use crate::expr::Clause;
use crate::expr::{self, Around, Basis, Computed, Fault, Scope, Wanted};
use crate::sql::{Ident, QualifiedName, TypeName};

/// The columns that every table has (`SysAtt`).
pub(super) const SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"];

impl Replay {
    /// `ATExecColumnDefault()`
    pub(super) fn alter_default(&mut self, id: &ObjectId, node: Option<&Node>, origin: &Origin) -> Outcome {
        let Some(column) = self.database.get::<Column>(id) else { return Ok(()) };
        let sort = match () {
            () if column.identity.get().is_some_and(Option::is_some) => "an identity column",
            () if column.generated.get().is_some_and(Option::is_some) => "a generated column",
            () => return self.set_default(id, node, origin),
        };
        let (name, relation) = (id.name().as_str(), id.path()[1].as_str());
        Err(Stop::refused(SYNTAX_ERROR, format!("column \"{name}\" of relation \"{relation}\" is {sort}")))
    }

    /// `cookDefault()`: a default is coerced to the type of its column, and a plain NULL is none.
    pub(super) fn set_default(&mut self, id: &ObjectId, node: Option<&Node>, origin: &Origin) -> Outcome {
        let Some(column) = self.database.get::<Column>(id) else { return Ok(()) };
        let data_type = column.data_type.get().cloned().unwrap_or_default();
        let default = match node {
            Some(node) => self.stored_default(node, id.name(), &data_type)?,
            None => None,
        };
        self.database.edit::<Column>(id, |column| column.default = Attr::Is(default, origin.clone()));
        Ok(())
    }

    /// The default of a column or a domain, as it is stored. A type with a modifier coerces even NULL, and a domain
    /// checks it, which then is an expression like any other.
    pub(super) fn stored_default(&self, node: &Node, name: &Ident, of: &TypeName) -> Outcome<Option<Expr>> {
        let is_checked = matches!(self.type_sort(of), Some(TypeSort::Domain(_)));
        if is_null(node) && of.typmod.is_empty() && !is_checked {
            return Ok(None);
        }
        self.default_expression(node, name, of).map(Some)
    }

    /// The condition of a domain, over a VALUE of the type that it stands on (`domainAddCheckConstraint()`).
    pub(super) fn domain_condition(&self, node: &Node, base: &TypeName) -> Outcome<Expr> {
        let tree = self.checked(node, Around::Domain(base), Clause::DomainCheck)?;
        Ok(Expr::from_tree(tree))
    }

    /// `cookDefault()`
    fn default_expression(&self, node: &Node, column: &Ident, target: &TypeName) -> Outcome<Expr> {
        let clause = Clause::Default(column.as_str(), target);
        let tree = self.checked(node, Around::Nothing, clause).map_err(|stop| stop.at_node(node))?;
        Ok(Expr::from_tree(tree))
    }

    /// An expression over the columns of a table, which must be there.
    pub(super) fn expression(&self, node: &Node, table: &ObjectId, clause: Clause<'_>) -> Outcome<Expr> {
        self.expression_of(node, table, clause).map_err(|stop| stop.at_node(node))
    }

    fn expression_of(&self, node: &Node, table: &ObjectId, clause: Clause<'_>) -> Outcome<Expr> {
        let (tree, computed) = self.checked_with(node, Around::Relation(table), clause)?;
        let is_mutable =
            if clause.is_immutable() && !self.lenient { self.is_mutable(&computed, clause) } else { Ok(false) };
        let expr = Expr::from_tree(tree);
        if self.lenient {
            return Ok(expr);
        }
        if let Clause::Generated(own_name, _) = clause
            && let Some(column) = self.generated_column_in(&expr, table, own_name)
        {
            let message = format!("cannot use generated column \"{}\" in {}", column.as_str(), clause.words());
            return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
        }
        if is_mutable? {
            let message = format!("functions in {} must be marked IMMUTABLE", clause.words());
            return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
        }
        Ok(expr)
    }

    /// What an expression means where it stands, if it can.
    pub(super) fn checked(&self, node: &Node, around: Around<'_>, clause: Clause<'_>) -> Outcome<Tree> {
        self.checked_with(node, around, clause).map(|(tree, _)| tree)
    }

    /// The same, and what computes it.
    pub(super) fn checked_with(
        &self,
        node: &Node,
        around: Around<'_>,
        clause: Clause<'_>,
    ) -> Outcome<(Tree, Computed)> {
        let search_path = self.search_path();
        let scope = Scope { catalog: self.catalog(), search_path: &search_path, around, wanted: Wanted::In(clause) };
        let (tree, faults, computed) = expr::resolve_computed(node, &scope);
        self.no_fault(&faults)?;
        self.unsafe_label_in(&tree).map_or(Ok((tree, computed)), Err)
    }

    /// What a server says of faults: the first that is certain.
    pub(super) fn no_fault(&self, faults: &[Fault]) -> Outcome {
        faults.iter().find_map(|fault| self.certain(fault)).map_or(Ok(()), Err)
    }

    /// A fault that nothing which was not replayed could make right.
    fn certain(&self, fault: &Fault) -> Option<Stop> {
        if self.lenient {
            return None;
        }
        let stop = Stop::refused(fault.sqlstate, fault.message.clone());
        let stop = fault.location.map_or(stop.clone(), |place| stop.at(place));
        let is_certain = match &fault.basis {
            Basis::Place => true,
            Basis::Operators => self.knows_operators(),
            Basis::Column(name) => !self.doubts.cover(name.as_str()),
            Basis::Name(name) => !self.doubts.cover(name.name.as_str()) && !self.has_unknown_extension(),
            Basis::Missing(class, name) => return self.certainly_missing(*class, name, stop),
        };
        is_certain.then_some(stop)
    }

    /// That a name is nowhere. A platform brings functions and types that no file speaks of; only relations it has in
    /// schemas of its own (`parserOpenTable()`).
    fn certainly_missing(&self, class: Class, name: &QualifiedName, stop: Stop) -> Option<Stop> {
        if class == Class::Collation {
            let parts = name.schema.iter().chain([&name.name]).map(|part| part.as_str().to_owned());
            return self.collation(&parts.collect::<Vec<_>>()).err();
        }
        if self.doubts.cover(name.name.as_str()) || self.has_unknown_extension() {
            return None;
        }
        let is_own = |schema: &Ident| self.catalog().exists(&super::schema_id(schema));
        match (class, &name.schema) {
            (Class::Relation, Some(schema)) if super::namespace::is_system_schema(schema) => None,
            (Class::Relation, Some(schema)) if is_own(schema) => Some(stop.lacking(name.clone())),
            _ if !self.knows_all => None,
            (Class::Relation | Class::Column, _) | (_, None) => Some(stop),
            (_, Some(schema)) => Some(self.schema(schema).err().unwrap_or(stop)),
        }
    }

    /// Whether the operators and casts between built-in types are all built in.
    pub(super) fn knows_operators(&self) -> bool {
        /// These bring none between types that are not their own.
        const HARMLESS: [&str; 5] = ["plpgsql", "uuid-ossp", "pgcrypto", "citext", "pg_stat_statements"];
        let is_harmless = |id: &ObjectId| HARMLESS.contains(&id.name().as_str());
        !self.doubts.cover_operators() && self.database.rare(Class::Extension).all(is_harmless)
    }

    /// A generated column that an expression reads of its own table; it is one itself.
    fn generated_column_in(&self, expr: &Expr, table: &ObjectId, own_name: &Ident) -> Option<Ident> {
        let own = table.qualified_name();
        let is_generated = |column: &Ident| {
            column == own_name
                || match self.catalog().facts(&table.part(Class::Column, column)) {
                    Some(Facts::Column(column)) => column.generated.get().is_some_and(Option::is_some),
                    _ => false,
                }
        };
        let columns = expr.tree()?.columns().into_iter();
        columns.filter(|(of, _)| *of == own).map(|(_, column)| column).find(is_generated)
    }
}

fn is_null(node: &Node) -> bool {
    match &node.node {
        Some(NodeEnum::AConst(constant)) => constant.isnull,
        Some(NodeEnum::TypeCast(cast)) => cast.arg.as_deref().is_some_and(is_null),
        _ => false,
    }
}
