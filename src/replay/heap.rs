//! What is stored of a relation beside its columns: defaults, and expressions over the columns
//! (`heap.c`). Whatever a server surely refuses in one is refused here.

use pg_query::NodeEnum;
use pg_query::protobuf::Node;

use super::Replay;
use super::refusal::{
    FEATURE_NOT_SUPPORTED, INVALID_OBJECT_DEFINITION, Outcome, SYNTAX_ERROR, Stop, UNDEFINED_COLUMN,
    UNDEFINED_FUNCTION, UNDEFINED_OBJECT, UNDEFINED_TABLE,
};
use crate::catalog::kind::Column;
use crate::catalog::meaning::TypeSort;
use crate::catalog::tree::{Names, Place, Unresolved};
use crate::catalog::{Attr, Class, Expr, Facts, ObjectId, Origin, Tree};
use crate::expr::{self, Around, Fault, Scope, Wanted};
use crate::sql::{Ident, QualifiedName, TypeName};

/// The columns that every table has (`SysAtt`).
pub(super) const SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"];

/// Where an expression stands (`ParseExprKind`).
#[derive(Clone, Copy)]
pub(super) enum Clause<'a> {
    Check,
    IndexKey,
    Statistics,
    PartitionKey,
    IndexPredicate,
    Policy,
    /// WHERE of a published table.
    Publication,
    /// `ALTER COLUMN … TYPE … USING`, with the column and its new type.
    Transform(&'a Ident, &'a TypeName),
    Generated(&'a Ident, &'a TypeName),
}

impl<'a> Clause<'a> {
    fn words(self) -> &'static str {
        match self {
            Self::Check => "check constraint",
            Self::IndexKey => "index expression",
            Self::Statistics => "statistics expressions",
            Self::PartitionKey => "partition key expression",
            Self::IndexPredicate => "index predicate",
            Self::Policy => "policy expression",
            Self::Publication => "publication WHERE expression",
            Self::Transform(..) => "transform expression",
            Self::Generated(..) => "column generation expression",
        }
    }

    fn wanted(self) -> Wanted<'a> {
        match self {
            Self::Check => Wanted::Condition("CHECK"),
            Self::IndexPredicate => Wanted::Condition("WHERE"),
            Self::Publication => Wanted::Condition("PUBLICATION WHERE"),
            Self::Policy => Wanted::Condition("POLICY"),
            Self::IndexKey | Self::Statistics | Self::PartitionKey => Wanted::Value,
            Self::Transform(column, of) | Self::Generated(column, of) => Wanted::Stored { column: column.as_str(), of },
        }
    }

    fn is_immutable(self) -> bool {
        matches!(self, Self::IndexKey | Self::PartitionKey | Self::IndexPredicate | Self::Generated(..))
    }
}

impl Replay {
    /// `cookDefault()`: a default is coerced to the type of its column, and a plain NULL is none.
    pub(super) fn set_default(&mut self, id: &ObjectId, node: Option<&Node>, origin: &Origin) -> Outcome {
        let Some(column) = self.database.get::<Column>(id) else { return Ok(()) };
        if column.generated.get().is_some_and(Option::is_some) {
            let message = format!(
                "column \"{}\" of relation \"{}\" is a generated column",
                id.name().as_str(),
                id.path()[1].as_str()
            );
            return Err(Stop::refused(SYNTAX_ERROR, message));
        }
        if column.identity.get().is_some_and(Option::is_some) {
            let message = format!(
                "column \"{}\" of relation \"{}\" is an identity column",
                id.name().as_str(),
                id.path()[1].as_str()
            );
            return Err(Stop::refused(SYNTAX_ERROR, message));
        }
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
        let (tree, fault) = self.checked(node, Around::Domain(base), Wanted::Condition("CHECK"));
        if Content::of(&tree).queries && !self.lenient {
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, "cannot use subquery in check constraint"));
        }
        fault.map_or(Ok(()), Err)?;
        self.names_exist(&tree)?;
        Ok(Expr::from_tree(tree))
    }

    /// `cookDefault()`
    fn default_expression(&self, node: &Node, column: &Ident, target: &TypeName) -> Outcome<Expr> {
        self.default_of(node, column, target).map_err(|stop| stop.at_node(node))
    }

    fn default_of(&self, node: &Node, column: &Ident, target: &TypeName) -> Outcome<Expr> {
        let (tree, fault) = self.checked(node, Around::Nothing, Wanted::Stored { column: column.as_str(), of: target });
        let content = Content::of(&tree);
        if !self.lenient && (content.columns || content.queries) {
            let what = if content.columns { "column reference" } else { "subquery" };
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, format!("cannot use {what} in DEFAULT expression")));
        }
        fault.map_or(Ok(()), Err)?;
        self.names_exist(&tree)?;
        Ok(Expr::from_tree(tree))
    }

    /// An expression over the columns of a table, which must be there.
    pub(super) fn expression(&self, node: &Node, table: &ObjectId, clause: Clause<'_>) -> Outcome<Expr> {
        self.expression_of(node, table, clause).map_err(|stop| stop.at_node(node))
    }

    fn expression_of(&self, node: &Node, table: &ObjectId, clause: Clause<'_>) -> Outcome<Expr> {
        let (tree, fault) = self.checked(node, Around::Relation(table), clause.wanted());
        let content = Content::of(&tree);
        let expr = Expr::from_tree(tree);
        if self.lenient {
            return Ok(expr);
        }
        if let Some(column) = self.missing_column(&expr, table) {
            let message = format!("column \"{}\" does not exist", column.as_str());
            return Err(Stop::refused(UNDEFINED_COLUMN, message));
        }
        if content.queries && !matches!(clause, Clause::Policy) {
            let message = format!("cannot use subquery in {}", clause.words());
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
        }
        fault.map_or(Ok(()), Err)?;
        expr.tree().map_or(Ok(()), |tree| self.names_exist(tree))?;
        if let Clause::Generated(own_name, _) = clause
            && let Some(column) = self.generated_column_in(&expr, table, own_name)
        {
            let message = format!("cannot use generated column \"{}\" in {}", column.as_str(), clause.words());
            return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
        }
        if clause.is_immutable() && self.is_mutable(&content) {
            let message = format!("functions in {} must be marked IMMUTABLE", clause.words());
            return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
        }
        Ok(expr)
    }

    pub(super) fn checked(&self, node: &Node, around: Around<'_>, wanted: Wanted<'_>) -> (Tree, Option<Stop>) {
        let search_path = self.search_path();
        let scope = Scope { catalog: self.catalog(), search_path: &search_path, around, wanted };
        let (tree, fault) = expr::resolve_checked(node, &scope);
        let fault = fault.filter(|fault| self.is_certain(fault));
        let fault = fault.map(|fault| Stop::refused(fault.sqlstate, fault.message));
        let stop = fault.or_else(|| self.unsafe_label_in(&tree));
        (tree, stop)
    }

    /// That all which an expression names is there. Only where nothing else can be: a platform brings functions and
    /// types that no file speaks of.
    pub(super) fn names_exist(&self, tree: &Tree) -> Outcome {
        self.collations_exist(tree)?;
        let is_certain = self.knows_all && !self.lenient && !self.has_unknown_extension();
        let names = tree.unresolved.iter().filter_map(|what| match what {
            Unresolved::Name(Some(class), name) => Some((*class, name)),
            Unresolved::Name(None, _) | Unresolved::Value { .. } | Unresolved::Syntax(_) => None,
        });
        let Some((class, name)) = names.into_iter().find(|_| is_certain) else { return Ok(()) };
        let is_doubtful = name.split('.').next_back().is_none_or(|last| self.doubts.cover(last.trim_matches('"')));
        let (sqlstate, noun) = match class {
            Class::Type => (UNDEFINED_OBJECT, "type"),
            Class::Collation => (UNDEFINED_OBJECT, "collation"),
            Class::Relation => (UNDEFINED_TABLE, "relation"),
            Class::Column => (UNDEFINED_COLUMN, "column"),
            Class::Routine => (UNDEFINED_FUNCTION, "function"),
            _ => return Ok(()),
        };
        let schema = QualifiedName::parse(name).and_then(|name| name.schema);
        match schema.map(|schema| self.schema(&schema)) {
            _ if is_doubtful => Ok(()),
            Some(Err(stop)) => Err(stop),
            _ => {
                let name = name.strip_prefix("public.").unwrap_or(name).replace('"', "");
                Err(Stop::refused(sqlstate, format!("{noun} \"{name}\" does not exist")))
            }
        }
    }

    /// Whether nothing that was not replayed could make an expression right.
    pub(super) fn is_certain(&self, fault: &Fault) -> bool {
        let is_known = match &fault.about {
            Some(name) => !self.doubts.cover(name.name.as_str()) && !self.has_unknown_extension(),
            None => self.knows_operators(),
        };
        is_known && !self.lenient
    }

    /// Whether the operators and casts between built-in types are all built in.
    pub(super) fn knows_operators(&self) -> bool {
        /// These bring none between types that are not their own.
        const HARMLESS: [&str; 5] = ["plpgsql", "uuid-ossp", "pgcrypto", "citext", "pg_stat_statements"];
        let is_harmless = |id: &ObjectId| id.class() != Class::Extension || HARMLESS.contains(&id.name().as_str());
        !self.doubts.cover_operators() && self.catalog().objects.keys().all(is_harmless)
    }

    fn is_mutable(&self, content: &Content) -> bool {
        /// Built-in functions that everybody knows to be STABLE or VOLATILE.
        const MUTABLE: [&str; 14] = [
            "now",
            "random",
            "clock_timestamp",
            "statement_timestamp",
            "transaction_timestamp",
            "timeofday",
            "gen_random_uuid",
            "nextval",
            "currval",
            "lastval",
            "setval",
            "current_setting",
            "txid_current",
            "pg_backend_pid",
        ];
        let is_own = |name: &Ident| {
            let mut ids = self.catalog().objects.keys().chain(self.catalog().unmodelled.keys());
            ids.any(|id| id.class() == Class::Routine && id.name() == name)
        };
        let is_mutable = |name: &QualifiedName| {
            name.schema.is_none() && MUTABLE.contains(&name.name.as_str()) && !is_own(&name.name)
        };
        content.values || content.functions.iter().any(is_mutable)
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

    /// A column that an expression reads of its own table, and that is not there.
    fn missing_column(&self, expr: &Expr, table: &ObjectId) -> Option<Ident> {
        let own = table.qualified_name();
        let is_there = |column: &Ident| {
            self.catalog().exists(&table.part(Class::Column, column)) || SYSTEM_COLUMNS.contains(&column.as_str())
        };
        expr.tree()?
            .columns()
            .into_iter()
            .find(|(of, column)| *of == own && !is_there(column))
            .map(|(_, column)| column)
    }
}

/// What there is in an expression.
#[derive(Default)]
struct Content {
    depth: usize,
    /// Columns, outside of queries.
    columns: bool,
    queries: bool,
    /// `CURRENT_DATE` and its like.
    values: bool,
    functions: Vec<QualifiedName>,
}

impl Content {
    fn of(tree: &Tree) -> Self {
        let mut content = Self::default();
        tree.root.clone().visit(&mut content);
        content
    }
}

impl Names for Content {
    fn place(&mut self, _place: &mut Place) {
        self.columns |= self.depth == 0;
    }

    fn enter(&mut self) {
        self.depth += 1;
        self.queries = true;
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    fn function(&mut self, name: &mut QualifiedName, _declared: Option<&[TypeName]>) {
        self.functions.push(name.clone());
    }

    fn sql_value(&mut self) {
        self.values = true;
    }
}

fn is_null(node: &Node) -> bool {
    match &node.node {
        Some(NodeEnum::AConst(constant)) => constant.isnull,
        Some(NodeEnum::TypeCast(cast)) => cast.arg.as_deref().is_some_and(is_null),
        _ => false,
    }
}
