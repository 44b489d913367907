use crate::catalog::kind::words::words;
use crate::catalog::kind::{References, kind};
use crate::catalog::{AttrValue, Expr, Shape, Value, Visitor};
use crate::sql::{Ident, QualifiedName};

words! {
    /// Whether generated columns are published (`pubgencols`).
    PublishedGenerated {
        None = 'n', "none";
        Stored = 's', "stored";
    }
}

/// A table that a publication holds, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedTable {
    pub relation: QualifiedName,
    /// None for all of them.
    pub columns: Option<Vec<Ident>>,
    pub condition: Option<Expr>,
}

impl AttrValue for PublishedTable {
    const SHAPE: Shape = Shape::Any(&[Shape::Text, Shape::Map(&[("table", Shape::Text), ("where", Shape::Expr)])]);

    fn to_value(&self) -> Value {
        let columns: Option<Vec<String>> =
            self.columns.as_ref().map(|columns| columns.iter().map(Ident::to_string).collect());
        let columns = columns.map_or_else(String::new, |columns| format!(" ({})", columns.join(", ")));
        let table = Value::Text(format!("{}{columns}", self.relation));
        match &self.condition {
            None => table,
            Some(condition) => Value::Map(vec![("table", table), ("where", condition.to_value())]),
        }
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let (table, condition) = match value {
            Value::Map(entries) => match entries.as_slice() {
                [("table", table), ("where", condition)] => (table.clone(), Some(Expr::from_value(condition.clone())?)),
                _ => return Err("a table, or a mapping with `table` and `where`".into()),
            },
            other => (other, None),
        };
        let References { relation, columns } = References::from_value(table)?;
        Ok(Self { relation, columns: (!columns.is_empty()).then_some(columns), condition })
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        visitor.relation(&mut self.relation);
        self.condition.visit(visitor);
    }
}

kind! {
    /// A publication (`pg_publication`).
    Publication {
        /// Whether it publishes all tables there are (`puballtables`).
        all_tables: bool,
        /// The tables it publishes, sorted (`pg_publication_rel`).
        tables: Vec<PublishedTable>,
        /// The schemas of which it publishes all tables, sorted (`pg_publication_namespace`, from 15).
        schemas: Vec<Ident>,
        /// What it publishes of insert, update, delete and truncate, sorted (`pubinsert`, `pubupdate`, `pubdelete`, `pubtruncate`).
        operations as "publish": Vec<String>,
        /// Whether rows of partitions come as rows of their table (`pubviaroot`).
        via_partition_root: bool,
        /// Whether generated columns are published (`pubgencols`, from 18).
        generated_columns: PublishedGenerated,
        /// The role that owns it (`pubowner`).
        owner: Ident,
        /// The comment on the publication.
        comment: Option<String>,
    }
}

kind! {
    /// A subscription (`pg_subscription`); how it connects may hold secrets, and is not in the model.
    Subscription {
        /// The publications it takes part in, sorted (`subpublications`).
        publications: Vec<String>,
        /// Whether it is at work (`subenabled`).
        enabled: bool,
        /// The replication slot on the other side (`subslotname`).
        slot_name: Option<String>,
        /// The rest of its options that are not the default, such as `binary=true`, sorted (`subbinary` and its like).
        options: Vec<String>,
        /// The role that owns it (`subowner`).
        owner: Ident,
        /// The comment on the subscription.
        comment: Option<String>,
    }
}
