use crate::catalog::kind::kind;
use crate::catalog::kind::words::words;
use crate::catalog::{AttrValue, Expr, Value, Visitor};
use crate::sql::{QualifiedName, TypeName};

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
    fn to_value(&self) -> Value {
        Value::Map(vec![("expression", self.expression.to_value()), ("kind", self.kind.to_value())])
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let entries = match value {
            Value::Map(entries) => entries,
            other => vec![("expression", other)],
        };
        let mut generated = Self { expression: Expr::new(""), kind: GeneratedKind::Stored };
        for (key, value) in entries {
            match key {
                "expression" => generated.expression = Expr::from_value(value)?,
                "kind" => generated.kind = GeneratedKind::from_value(value)?,
                _ => return Err("an expression, or a mapping with `expression` and `kind`".into()),
            }
        }
        Ok(generated)
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        self.expression.visit(visitor);
    }
}

kind! {
    /// A column of a table (`pg_attribute`).
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
        collation: Option<QualifiedName>,
        /// The comment on the column.
        comment: Option<String>,
    }
}
