use std::fmt;

use pg_query::NodeEnum;
use pg_query::protobuf::Constraint;

use crate::catalog::kind::kind;
use crate::catalog::kind::words::words;
use crate::catalog::{AttrValue, Value, Visitor};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, parse};

words! {
    /// When a key that is partly NULL matches (`confmatchtype`).
    FkMatch {
        Simple = 's', "simple";
        Full = 'f', "full";
        Partial = 'p', "partial";
    }
}

words! {
    /// What happens to the referencing row (`confupdtype`, `confdeltype`).
    FkAction {
        NoAction = 'a', "no action";
        Restrict = 'r', "restrict";
        Cascade = 'c', "cascade";
        SetNull = 'n', "set null";
        SetDefault = 'd', "set default";
    }
}

/// The other end of a foreign key. Without columns it means the primary key there, which whoever
/// binds it to a database fills in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct References {
    pub relation: QualifiedName,
    pub columns: Vec<Ident>,
}

impl References {
    /// Reads what stands behind `REFERENCES`.
    ///
    /// # Errors
    /// The syntax error, for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = |why: &str| format!("a table with columns, such as \"users (id)\" ({why})");
        let statement = parse::parse_one(&format!("ALTER TABLE t ADD FOREIGN KEY (c) REFERENCES {text}\n"));
        let NodeEnum::AlterTableStmt(mut alter) = statement.map_err(|error| expected(&error.message))? else {
            return Err(expected("something else stands here"));
        };
        match alter.cmds.pop().and_then(|cmd| cmd.node) {
            Some(NodeEnum::AlterTableCmd(cmd)) if alter.cmds.is_empty() => match cmd.def.and_then(|def| def.node) {
                Some(NodeEnum::Constraint(constraint)) => Ok(Self::from_node(&constraint)),
                _ => Err(expected("something else stands here")),
            },
            _ => Err(expected("something else stands here")),
        }
    }

    pub fn from_node(constraint: &Constraint) -> Self {
        let target = constraint.pktable.clone().unwrap_or_default();
        let schema = (!target.schemaname.is_empty()).then(|| Ident::new(target.schemaname));
        Self {
            relation: QualifiedName { schema, name: Ident::new(target.relname) },
            columns: constraint.pk_attrs.iter().filter_map(string_of).map(Ident::new).collect(),
        }
    }
}

impl fmt::Display for References {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.relation)?;
        let columns: Vec<String> = self.columns.iter().map(Ident::to_string).collect();
        if columns.is_empty() { Ok(()) } else { write!(f, " ({})", columns.join(", ")) }
    }
}

impl AttrValue for References {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => Self::parse(&text),
            _ => Err("a table with columns, such as \"users (id)\"".into()),
        }
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        visitor.relation(&mut self.relation);
    }
}

kind! {
    /// A foreign key (`pg_constraint`, contype `f`).
    ForeignKey {
        /// The referencing columns in order (`conkey`).
        columns: Vec<Ident>,
        /// The referenced table and its columns (`confrelid`, `confkey`).
        references: References,
        /// When a key that is partly NULL matches (`confmatchtype`).
        match_type as "match": FkMatch,
        /// What an update of the referenced key does (`confupdtype`).
        on_update: FkAction,
        /// What a delete of the referenced row does (`confdeltype`).
        on_delete: FkAction,
        /// The columns that ON DELETE SET NULL or SET DEFAULT is limited to (`confdelsetcols`); none for all.
        on_delete_columns: Vec<Ident>,
        /// Whether checking can be put off to the end of the transaction (`condeferrable`).
        deferrable: bool,
        /// Whether it is put off unless asked otherwise (`condeferred`).
        initially_deferred: bool,
        /// Whether the rows that were there have been checked (`convalidated`).
        validated: bool,
        /// Whether rows are checked at all (`conenforced`, from 18).
        enforced: bool,
        /// Whether the last column is a PERIOD (`conperiod`, from 18).
        period: bool,
        /// The foreign key of the partitioned table that it follows from (`conparentid`).
        derived_from: Option<Ident>,
        /// The comment on the constraint.
        comment: Option<String>,
    }
}
