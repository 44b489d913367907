use crate::catalog::kind::words::words;
use crate::catalog::kind::{CollationName, Grant, kind};
use crate::catalog::{AttrValue, Expr, Shape, Value, Visitor};
use crate::sql::{Ident, QualifiedName, TypeName};

words! {
    /// When an identity column takes its value from the sequence (`attidentity`).
    Identity {
        Always = 'a', "always";
        ByDefault = 'd', "by default";
    }
}

words! {
    /// Whether a generated column is kept on disk (`attgenerated`).
    GeneratedKind {
        Stored = 's', "stored";
        Virtual = 'v', "virtual";
    }
}

/// How a generated column is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    pub expression: Expr,
    pub kind: GeneratedKind,
}

impl AttrValue for Generated {
    const SHAPE: Shape = Shape::Any(&[
        Shape::Expr,
        Shape::Map(&[("expression", Shape::Expr)]),
        Shape::Map(&[("expression", Shape::Expr), ("kind", GeneratedKind::SHAPE)]),
    ]);

    fn to_value(&self) -> Value {
        Value::Map(vec![("expression", self.expression.to_value()), ("kind", self.kind.to_value())])
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let entries = match value {
            Value::Map(entries) => entries,
            other => vec![("expression", other)],
        };
        let expected = "an SQL expression, or a mapping with `expression` and `kind`";
        let (mut expression, mut kind) = (None, GeneratedKind::Stored);
        for (key, value) in entries {
            match key {
                "expression" => expression = Some(Expr::from_value(value)?),
                "kind" => kind = GeneratedKind::from_value(value)?,
                _ => return Err(expected.into()),
            }
        }
        Ok(Self { expression: expression.ok_or(expected)?, kind })
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        self.expression.visit(visitor);
    }
}

words! {
    /// How long values are kept (`attstorage`).
    Storage {
        Plain = 'p', "plain";
        External = 'e', "external";
        Main = 'm', "main";
        Extended = 'x', "extended";
    }
}

words! {
    /// By which method long values are compressed (`attcompression`).
    Compression {
        Pglz = 'p', "pglz";
        Lz4 = 'l', "lz4";
    }
}

/// The constraint behind NOT NULL (`pg_constraint`, contype `n`), which has a name from PostgreSQL 18 on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotNull {
    pub name: Ident,
    pub no_inherit: bool,
    pub validated: bool,
    /// Stated of this table itself, not only inherited.
    pub local: bool,
}

impl AttrValue for NotNull {
    fn to_value(&self) -> Value {
        let flags = [(self.no_inherit, " NO INHERIT"), (!self.validated, " NOT VALID"), (!self.local, " INHERITED")];
        let said = flags.into_iter().filter(|(is_said, _)| *is_said).map(|(_, words)| words);
        Value::Text(std::iter::once(self.name.to_string().as_str()).chain(said).collect())
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let expected = || "a name, with NO INHERIT or NOT VALID behind it where that is meant".to_owned();
        let Value::Text(mut text) = value else { return Err(expected()) };
        let mut take = |words: &str| {
            let found = text.strip_suffix(words).map(str::to_owned);
            found.map(|rest| text = rest).is_some()
        };
        let (local, validated, no_inherit) = (!take(" INHERITED"), !take(" NOT VALID"), take(" NO INHERIT"));
        let name = QualifiedName::parse(&text).filter(|name| name.schema.is_none()).ok_or_else(expected)?.name;
        Ok(Self { name, no_inherit, validated, local })
    }
}

kind! {
    /// A column of a relation (`pg_attribute`).
    Column {
        /// The type with its modifier, as `format_type()` prints it.
        data_type as "type": TypeName,
        /// Whether the column takes NULL (not `attnotnull`).
        nullable: bool,
        /// The default (`pg_attrdef`); none for a generated column.
        default: Option<Expr>,
        /// Whether it is an identity column, and of which sort (`attidentity`).
        identity: Option<Identity>,
        /// The expression it is computed from, if it is a generated column (`attgenerated`).
        generated: Option<Generated>,
        /// The collation, if it is not the one of its type (`attcollation`).
        collation: Option<CollationName>,
        /// The constraint that makes it NOT NULL (from 18); compared only where a spec speaks of it.
        not_null_constraint: Option<NotNull>,
        /// The comment on the constraint that makes it NOT NULL (from 18).
        not_null_comment: Option<String>,
        /// How long values are kept, if not as their type has it (`attstorage`).
        storage: Option<Storage>,
        /// How long values are compressed, if not by the default method (`attcompression`).
        compression: Option<Compression>,
        /// How much ANALYZE gathers, if not the default (`attstattarget`).
        statistics: Option<i64>,
        /// The options of the column, such as `n_distinct=5`, sorted (`attoptions`).
        options: Vec<String>,
        /// The options that a foreign-data wrapper gives it a meaning for, in their order (`attfdwoptions`).
        fdw_options: Vec<String>,
        /// Whether it was stated of this table itself, not only inherited (`attislocal`).
        local: bool,
        /// Who but its owner may do what with it (`attacl`, with `acldefault()` spelled out).
        privileges as "grants": Vec<Grant>,
        /// The comment on the column.
        comment: Option<String>,
    }
}
