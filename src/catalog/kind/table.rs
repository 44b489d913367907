use pg_query::NodeEnum;
use pg_query::protobuf::a_const::Val;
use pg_query::protobuf::{self, Node, PartitionBoundSpec, PartitionSpec};

use crate::catalog::kind::words::words;
use crate::catalog::kind::{Grant, IndexKey, RelationName, kind};
use crate::catalog::{AttrValue, Expr, Shape, Value, Visitor};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, TypeName};

words! {
    /// Whether and how a table outlives a crash (`relpersistence`).
    Persistence {
        Permanent = 'p', "permanent";
        Unlogged = 'u', "unlogged";
        Temporary = 't', "temporary";
    }
}

words! {
    /// `relrowsecurity` and `relforcerowsecurity` together; the codes are ours.
    RowSecurity {
        Disabled = 'd', "disabled";
        Enabled = 'e', "enabled";
        Forced = 'f', "forced";
        ForcedButDisabled = 'x', "forced but disabled";
    }
}

impl RowSecurity {
    pub fn from_flags(enabled: bool, forced: bool) -> Self {
        match (enabled, forced) {
            (false, false) => Self::Disabled,
            (true, false) => Self::Enabled,
            (true, true) => Self::Forced,
            (false, true) => Self::ForcedButDisabled,
        }
    }

    /// `(relrowsecurity, relforcerowsecurity)`
    pub fn flags(self) -> (bool, bool) {
        match self {
            Self::Disabled => (false, false),
            Self::Enabled => (true, false),
            Self::Forced => (true, true),
            Self::ForcedButDisabled => (false, true),
        }
    }
}

words! {
    /// How rows are told to partitions (`partstrat`).
    PartitionStrategy {
        List = 'l', "list";
        Range = 'r', "range";
        Hash = 'h', "hash";
    }
}

impl PartitionStrategy {
    pub fn from_node(spec: &PartitionSpec) -> Option<Self> {
        match spec.strategy() {
            protobuf::PartitionStrategy::List => Some(Self::List),
            protobuf::PartitionStrategy::Range => Some(Self::Range),
            protobuf::PartitionStrategy::Hash => Some(Self::Hash),
            protobuf::PartitionStrategy::Undefined => None,
        }
    }

    /// The access method whose operator classes the key takes.
    pub fn access_method(self) -> &'static str {
        if self == Self::Hash { "hash" } else { "btree" }
    }
}

/// What identifies a row to logical replication (`relreplident`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplicaIdentity {
    Default,
    Nothing,
    Full,
    /// `USING INDEX`
    Index(Ident),
}

impl AttrValue for ReplicaIdentity {
    fn to_value(&self) -> Value {
        Value::Text(match self {
            Self::Default => "default".to_owned(),
            Self::Nothing => "nothing".to_owned(),
            Self::Full => "full".to_owned(),
            Self::Index(index) => format!("using index {index}"),
        })
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let expected = || "one of: default, full, nothing, using index NAME".to_owned();
        let Value::Text(text) = value else { return Err(expected()) };
        match text.as_str() {
            "default" => Ok(Self::Default),
            "nothing" => Ok(Self::Nothing),
            "full" => Ok(Self::Full),
            other => {
                let name = other.strip_prefix("using index ").and_then(QualifiedName::parse).ok_or_else(expected)?;
                Ok(Self::Index(name.name))
            }
        }
    }
}

/// Which rows of a partitioned table a partition holds (`relpartbound`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartitionBound {
    Default,
    List(Vec<Expr>),
    Range { from: Vec<BoundDatum>, to: Vec<BoundDatum> },
    Hash { modulus: i64, remainder: i64 },
}

impl PartitionBound {
    /// Reads what stands behind FOR VALUES; `value` is told the position in the key of what it is to read.
    ///
    /// # Errors
    /// Those of `value`.
    pub fn from_node<E>(
        spec: &PartitionBoundSpec,
        mut value: impl FnMut(usize, &Node) -> Result<Expr, E>,
    ) -> Result<Self, E> {
        if spec.is_default {
            return Ok(Self::Default);
        }
        let mut datums = |nodes: &[Node]| -> Result<Vec<BoundDatum>, E> {
            let datum = |(position, node): (usize, &Node)| match infinity(node) {
                Some(datum) => Ok(datum),
                None => value(position, node).map(BoundDatum::Value),
            };
            nodes.iter().enumerate().map(datum).collect()
        };
        match spec.strategy.as_str() {
            "h" => Ok(Self::Hash { modulus: spec.modulus.into(), remainder: spec.remainder.into() }),
            "r" => Ok(Self::Range { from: datums(&spec.lowerdatums)?, to: datums(&spec.upperdatums)? }),
            _ => spec.listdatums.iter().map(|node| value(0, node)).collect::<Result<_, _>>().map(Self::List),
        }
    }
}

/// A constant in a bound, as one between quotes, whatever its type; none for what is more than that.
pub fn bound_literal(node: &Node) -> Option<String> {
    let Some(NodeEnum::AConst(constant)) = &node.node else { return None };
    let text = match &constant.val {
        _ if constant.isnull => return Some("NULL".into()),
        Some(Val::Ival(number)) => number.ival.to_string(),
        Some(Val::Fval(number)) => number.fval.clone(),
        Some(Val::Boolval(word)) => word.boolval.to_string(),
        Some(Val::Sval(text)) => text.sval.clone(),
        Some(Val::Bsval(_)) | None => return None,
    };
    Some(format!("'{}'", text.replace('\'', "''")))
}

/// MINVALUE and MAXVALUE are columns to the parser.
fn infinity(node: &Node) -> Option<BoundDatum> {
    let Some(NodeEnum::ColumnRef(column)) = &node.node else { return None };
    match column.fields.iter().map(string_of).collect::<Option<Vec<_>>>()?.as_slice() {
        [only] if only == "minvalue" => Some(BoundDatum::MinValue),
        [only] if only == "maxvalue" => Some(BoundDatum::MaxValue),
        _ => None,
    }
}

/// One end of a range, for one column of the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoundDatum {
    MinValue,
    Value(Expr),
    MaxValue,
}

impl AttrValue for BoundDatum {
    const SHAPE: Shape = Shape::Expr;

    fn to_value(&self) -> Value {
        match self {
            Self::MinValue => Value::Text("MINVALUE".into()),
            Self::MaxValue => Value::Text("MAXVALUE".into()),
            Self::Value(expr) => expr.to_value(),
        }
    }

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(text) if text == "MINVALUE" => Ok(Self::MinValue),
            Value::Text(text) if text == "MAXVALUE" => Ok(Self::MaxValue),
            other => Expr::from_value(other).map(Self::Value),
        }
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        if let Self::Value(expr) = self {
            expr.visit(visitor);
        }
    }
}

impl AttrValue for PartitionBound {
    const SHAPE: Shape = Shape::Any(&[
        Shape::Word(&["default"]),
        Shape::Map(&[("in", Shape::List(&Shape::Expr))]),
        Shape::Map(&[("from", Shape::List(&Shape::Expr)), ("to", Shape::List(&Shape::Expr))]),
        Shape::Map(&[("modulus", Shape::Int), ("remainder", Shape::Int)]),
    ]);

    fn to_value(&self) -> Value {
        match self {
            Self::Default => Value::Text("default".into()),
            Self::List(values) => Value::Map(vec![("in", values.to_value())]),
            Self::Range { from, to } => Value::Map(vec![("from", from.to_value()), ("to", to.to_value())]),
            Self::Hash { modulus, remainder } => {
                Value::Map(vec![("modulus", Value::Int(*modulus)), ("remainder", Value::Int(*remainder))])
            }
        }
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let expected = || "default, or a mapping with in, with from and to, or with modulus and remainder".to_owned();
        let entries = match value {
            Value::Text(text) if text == "default" => return Ok(Self::Default),
            Value::Map(entries) => entries,
            _ => return Err(expected()),
        };
        let get = |wanted: &str| entries.iter().find(|(key, _)| *key == wanted).map(|(_, value)| value.clone());
        match (get("in"), get("from").zip(get("to")), get("modulus").zip(get("remainder"))) {
            (Some(values), None, None) => Vec::from_value(values).map(Self::List),
            (None, Some((from, to)), None) => {
                Ok(Self::Range { from: Vec::from_value(from)?, to: Vec::from_value(to)? })
            }
            (None, None, Some((Value::Int(modulus), Value::Int(remainder)))) => Ok(Self::Hash { modulus, remainder }),
            _ => Err(expected()),
        }
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        match self {
            Self::Default | Self::Hash { .. } => {}
            Self::List(values) => values.visit(visitor),
            Self::Range { from, to } => {
                from.visit(visitor);
                to.visit(visitor);
            }
        }
    }
}

kind! {
    /// A table (`pg_class`, relkind `r` or `p`).
    Table {
        /// Permanent, unlogged or temporary (`relpersistence`).
        persistence: Persistence,
        /// Whether row-level security is enabled, and forced on the owner too (`relrowsecurity`, `relforcerowsecurity`).
        row_security: RowSecurity,
        /// The names of the columns in their physical order (`attnum`).
        column_order: Vec<Ident>,
        /// How its rows are told to its partitions, if it is partitioned (`partstrat`).
        partition_by: Option<PartitionStrategy>,
        /// What tells the rows to the partitions (`partattrs`, `partexprs`).
        partition_key: Vec<IndexKey>,
        /// The partitioned table that it is a partition of (`pg_inherits`).
        partition_of: Option<RelationName>,
        /// Which of its rows it holds (`relpartbound`).
        partition_bound: Option<PartitionBound>,
        /// The tables that it inherits from, in their order (`pg_inherits`).
        inherits: Vec<RelationName>,
        /// The composite type that it has its columns from (`reloftype`).
        of_type: Option<TypeName>,
        /// How its rows are stored (`relam`).
        access_method: Option<Ident>,
        /// The tablespace, if it is not the one of the database (`reltablespace`).
        tablespace: Option<Ident>,
        /// The storage parameters, those of its TOAST table too, sorted (`reloptions`).
        storage_parameters as "with": Vec<String>,
        /// What identifies a row to logical replication (`relreplident`).
        replica_identity: ReplicaIdentity,
        /// The role that owns it (`relowner`).
        owner: Ident,
        /// Who but its owner may do what with it (`relacl`, with `acldefault()` spelled out).
        privileges as "grants": Vec<Grant>,
        /// The comment on the table.
        comment: Option<String>,
    }
}
