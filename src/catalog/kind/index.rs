use std::fmt;

use pg_query::NodeEnum;
use pg_query::protobuf::{IndexElem, Node, SortByDir, SortByNulls};

use crate::catalog::kind::{CollationName, kind};
use crate::catalog::{AttrValue, Expr, Shape, Value, Visitor};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, parse};

/// What an index key is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyTerm {
    Column(Ident),
    Expr(Expr),
}

impl AttrValue for KeyTerm {
    const SHAPE: Shape = Shape::Expr;

    fn to_value(&self) -> Value {
        match self {
            Self::Column(name) => Value::Text(name.to_string()),
            Self::Expr(expr) => expr.to_value(),
        }
    }

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => match QualifiedName::parse(&text).filter(|name| name.schema.is_none()) {
                Some(name) => Ok(Self::Column(name.name)),
                None => Expr::from_value(Value::Text(text)).map(Self::Expr),
            },
            other => Expr::from_value(other).map(Self::Expr),
        }
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        if let Self::Expr(expr) = self {
            visitor.expr(expr);
        }
    }
}

/// One key of an index, with all that can be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexKey {
    pub term: KeyTerm,
    /// If it is not the one of the column or expression (`indcollation`).
    pub collation: Option<CollationName>,
    /// If it is not the default one of the type for the access method (`indclass`).
    pub opclass: Option<QualifiedName>,
    /// Parameters of the operator class (`attoptions`), as they print, sorted.
    pub opclass_options: Vec<String>,
    pub descending: bool,
    pub nulls_first: bool,
}

impl IndexKey {
    /// A column in the order that is the default.
    pub fn column(name: Ident) -> Self {
        let term = KeyTerm::Column(name);
        Self {
            term,
            collation: None,
            opclass: None,
            opclass_options: Vec::new(),
            descending: false,
            nulls_first: false,
        }
    }

    /// Reads what may stand between the parentheses of CREATE INDEX, between two commas.
    ///
    /// # Errors
    /// The syntax error, for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = |why: &str| format!("an index key, such as \"created_at desc\" ({why})");
        let statement = parse::parse_one(&format!("CREATE INDEX ON t ({text}\n)"));
        match statement.map_err(|error| expected(&error.message))? {
            NodeEnum::IndexStmt(index) if index.index_params.len() == 1 => match &index.index_params[0].node {
                Some(NodeEnum::IndexElem(element)) => {
                    let term = match &element.expr {
                        Some(node) => KeyTerm::Expr(Expr::new(parse::deparse_expr(node)?)),
                        None => KeyTerm::Column(Ident::from(&element.name)),
                    };
                    Ok(Self::from_node(element, term))
                }
                _ => Err(expected("something else stands here")),
            },
            _ => Err(expected("something else stands here")),
        }
    }

    /// A column or expression of PARTITION BY.
    ///
    /// # Errors
    /// The syntax error, for people.
    pub fn of_partition(node: &Node) -> Result<Self, String> {
        let element = partition_element(node).ok_or("a column or an expression")?;
        let term = match &element.expr {
            Some(node) => KeyTerm::Expr(Expr::new(parse::deparse_expr(node)?)),
            None => KeyTerm::Column(Ident::from(&element.name)),
        };
        Ok(Self::from_node(&element, term))
    }

    /// All but the term, which the caller has looked up.
    pub fn from_node(element: &IndexElem, term: KeyTerm) -> Self {
        let name = |nodes: &[pg_query::Node]| {
            let parts: Vec<String> = nodes.iter().filter_map(string_of).collect();
            (!parts.is_empty()).then(|| QualifiedName::from_parts(&parts))
        };
        let descending = element.ordering() == SortByDir::SortbyDesc;
        Self {
            term,
            collation: name(&element.collation).map(CollationName),
            opclass: name(&element.opclass),
            opclass_options: parse::options_of(&element.opclassopts),
            descending,
            nulls_first: match element.nulls_ordering() {
                SortByNulls::SortbyNullsFirst => true,
                SortByNulls::SortbyNullsLast => false,
                SortByNulls::SortbyNullsDefault | SortByNulls::Undefined => descending,
            },
        }
    }
}

/// A key of PARTITION BY as if it were one of an index.
pub fn partition_element(node: &Node) -> Option<IndexElem> {
    let Some(NodeEnum::PartitionElem(element)) = &node.node else { return None };
    Some(IndexElem {
        name: element.name.clone(),
        expr: element.expr.clone(),
        collation: element.collation.clone(),
        opclass: element.opclass.clone(),
        ..IndexElem::default()
    })
}

/// As `pg_get_indexdef()` prints a key.
impl fmt::Display for IndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.term {
            KeyTerm::Column(name) => write!(f, "{name}")?,
            KeyTerm::Expr(expr) => write!(f, "({})", expr.text())?,
        }
        if let Some(collation) = &self.collation {
            write!(f, " COLLATE {}", collation.0)?;
        }
        if let Some(opclass) = &self.opclass {
            write!(f, " {opclass}")?;
            if !self.opclass_options.is_empty() {
                write!(f, " ({})", self.opclass_options.join(", "))?;
            }
        }
        if self.descending {
            f.write_str(" DESC")?;
        }
        match (self.descending, self.nulls_first) {
            (true, false) => f.write_str(" NULLS LAST"),
            (false, true) => f.write_str(" NULLS FIRST"),
            _ => Ok(()),
        }
    }
}

impl AttrValue for IndexKey {
    const SHAPE: Shape = Shape::Any(&[Shape::Text, Shape::Map(&[("expression", Shape::Expr), ("order", Shape::Text)])]);

    /// A column prints as one text; the parts of an expression stay apart, so that it is compared as one.
    fn to_value(&self) -> Value {
        match &self.term {
            KeyTerm::Column(_) => Value::Text(self.to_string()),
            KeyTerm::Expr(expr) => {
                let plain = Self { term: KeyTerm::Column(Ident::default()), ..self.clone() };
                let around = plain.to_string().trim_start_matches("\"\"").trim_start().to_owned();
                if around.is_empty() {
                    Value::Expr(expr.clone())
                } else {
                    Value::Map(vec![("expression", Value::Expr(expr.clone())), ("order", Value::Text(around))])
                }
            }
        }
    }

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            // An expression may come without the parentheses that it would need among keys.
            Value::Text(text) => {
                Self::parse(&text).or_else(|error| Self::parse(&format!("({text})")).map_err(|_| error))
            }
            Value::Expr(expr) => Ok(Self { term: KeyTerm::Expr(expr), ..Self::column(Ident::default()) }),
            Value::Map(entries) => match entries.as_slice() {
                [("expression", Value::Text(text)), ("order", Value::Text(around))] => {
                    Self::parse(&format!("({text}) {around}"))
                }
                [("expression", Value::Expr(expr)), ("order", Value::Text(around))] => {
                    Ok(Self { term: KeyTerm::Expr(expr.clone()), ..Self::parse(&format!("a {around}"))? })
                }
                _ => Err("an index key, such as \"created_at desc\"".into()),
            },
            _ => Err("an index key, such as \"created_at desc\"".into()),
        }
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        self.term.visit(visitor);
        self.collation.visit(visitor);
    }
}

kind! {
    /// An index (`pg_index`) that does not stand behind a constraint.
    Index {
        /// The access method (`pg_am.amname`).
        method: Ident,
        /// Whether no two rows may have the same key (`indisunique`).
        unique: bool,
        /// The keys in order, each with its collation, operator class and direction.
        keys as "columns": Vec<IndexKey>,
        /// The columns it carries without their being part of the key.
        include: Vec<Ident>,
        /// The condition of a partial index (`indpred`).
        predicate as "where": Option<Expr>,
        /// Whether two NULLs count as equal (`indnullsnotdistinct`).
        nulls_not_distinct: bool,
        /// The storage parameters, sorted (`reloptions`).
        storage_parameters as "with": Vec<String>,
        /// Whether queries may use it (`indisvalid`); a failed CREATE INDEX CONCURRENTLY leaves one that they may not.
        valid: bool,
        /// The tablespace, if it is not the one of the database (`reltablespace`).
        tablespace: Option<Ident>,
        /// Whether CLUSTER orders the table by it (`indisclustered`).
        clustered: bool,
        /// How much ANALYZE gathers about keys that are expressions, as `position=target` (`attstattarget`).
        statistics: Vec<String>,
        /// The index of the partitioned table that it follows from (`pg_inherits`).
        derived_from: Option<Ident>,
        /// The comment on the index.
        comment: Option<String>,
    }
}
