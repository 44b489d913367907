//! Tables, foreign tables and sequences.

use super::others::foreign_options;
use super::{Printer, Turn, is, list, options, some, stated};
use crate::catalog::kind::{
    BoundDatum, ForeignTable, PartitionBound, Persistence, RelationName, ReplicaIdentity, RowSecurity, Sequence, Table,
};
use crate::catalog::{Attr, AttrValue, Class, Expr, ObjectId};
use crate::sql::Ident;

/// What tables and foreign tables have alike.
pub(super) struct Descent<'a> {
    pub(super) column_order: &'a Attr<Vec<Ident>>,
    pub(super) is_typed: bool,
    pub(super) inherits: Vec<ObjectId>,
    pub(super) partition_of: Option<&'a RelationName>,
    partition_bound: Option<&'a PartitionBound>,
}

fn ids(names: &Attr<Vec<RelationName>>) -> Vec<ObjectId> {
    names.get().into_iter().flatten().filter_map(RelationName::id).collect()
}

impl<'a> From<&'a Table> for Descent<'a> {
    fn from(table: &'a Table) -> Self {
        Self {
            column_order: &table.column_order,
            is_typed: some(&table.of_type).is_some(),
            inherits: ids(&table.inherits),
            partition_of: some(&table.partition_of),
            partition_bound: some(&table.partition_bound),
        }
    }
}

impl<'a> From<&'a ForeignTable> for Descent<'a> {
    fn from(table: &'a ForeignTable) -> Self {
        Self {
            column_order: &table.column_order,
            is_typed: false,
            inherits: ids(&table.inherits),
            partition_of: some(&table.partition_of),
            partition_bound: some(&table.partition_bound),
        }
    }
}

impl Printer<'_> {
    pub(super) fn sequence(&mut self, id: &ObjectId, sequence: &Sequence) {
        let owner = some(&sequence.owned_by);
        if is(&sequence.identity) {
            return;
        }
        let unlogged = if sequence.persistence.get() == Some(&Persistence::Unlogged) { "UNLOGGED " } else { "" };
        let of = sequence.data_type.get().filter(|of| !of.is_builtin("int8"));
        let of = of.map_or_else(String::new, |of| format!(" AS {of}"));
        self.make(Turn::Sequence, id, format!("CREATE {unlogged}SEQUENCE {id}{of} {}", sequence_options(sequence)));
        if let Some(column) = owner
            && let Some(table) = column.id().and_then(|column| column.parent())
        {
            self.change(Turn::Key, id, vec![table], format!("ALTER SEQUENCE {id} OWNED BY {column}"));
        }
    }

    pub(super) fn table(&mut self, id: &ObjectId, table: &Table) {
        let unlogged = if table.persistence.get() == Some(&Persistence::Unlogged) { "UNLOGGED " } else { "" };
        let descent = Descent::from(table);
        let elements = self.elements(id, &descent);
        let body = if elements.is_empty() { String::new() } else { format!("\n{}\n", elements.join(",\n")) };
        let of_type = some(&table.of_type).map(|of| format!(" OF {of}")).unwrap_or_default();
        let body = if elements.is_empty() && descent.is_typed { String::new() } else { format!(" ({body})") };
        let mut sql = format!("CREATE {unlogged}TABLE {id}{of_type}{body}{}", inherits_clause(&descent));
        if let Some(strategy) = some(&table.partition_by) {
            let keys = list(stated(&table.partition_key));
            sql += &format!(" PARTITION BY {} ({keys})", strategy.word().to_uppercase());
        }
        if let Some(method) = some(&table.access_method).filter(|method| **method != "heap") {
            sql += &format!(" USING {method}");
        }
        let with = stated(&table.storage_parameters);
        if !with.is_empty() {
            sql += &format!(" WITH ({})", options(&with));
        }
        if let Some(tablespace) = some(&table.tablespace) {
            sql += &format!(" TABLESPACE {tablespace}");
        }
        self.make(Turn::Table, id, sql + &self.told_apart(id, &descent));
        self.attach(id, &descent);
        self.table_settings(id, table);
    }

    pub(super) fn foreign_table(&mut self, id: &ObjectId, table: &ForeignTable) {
        let descent = Descent::from(table);
        let elements = self.elements(id, &descent).join(",\n");
        let server = table.server.get().cloned().unwrap_or_default();
        let sql = format!(
            "CREATE FOREIGN TABLE {id} (\n{elements}\n){} SERVER {server}{}{};",
            inherits_clause(&descent),
            foreign_options(&stated(&table.options)),
            self.told_apart(id, &descent)
        );
        let needs = vec![ObjectId::top(Class::ForeignServer, &server)];
        self.steps.push(super::Step { turn: Turn::Table, id: id.clone(), makes: true, sql, needs });
        self.attach(id, &descent);
    }

    pub(super) fn is_partitioned(&self, table: &ObjectId) -> bool {
        self.catalog.get::<Table>(table).is_some_and(|table| some(&table.partition_by).is_some())
    }

    /// A partition is made by itself, for all that it has of its own.
    fn attach(&mut self, id: &ObjectId, descent: &Descent<'_>) {
        if let Some((parent, bound)) = descent.partition_of.zip(descent.partition_bound) {
            let parent_id = parent.id().into_iter().collect();
            let sql = format!("ALTER TABLE ONLY {} ATTACH PARTITION {id} {}", parent.0, bound_clause(bound));
            self.change(Turn::Attach, id, parent_id, sql);
            self.said_again(id, descent);
        }
    }

    fn table_settings(&mut self, id: &ObjectId, table: &Table) {
        let (enabled, forced) = table.row_security.get().map_or((false, false), |one: &RowSecurity| one.flags());
        for (is_set, words) in [(enabled, "ENABLE"), (forced, "FORCE")] {
            if is_set {
                self.change(Turn::Logic, id, Vec::new(), format!("ALTER TABLE {id} {words} ROW LEVEL SECURITY"));
            }
        }
        match table.replica_identity.get() {
            None | Some(ReplicaIdentity::Default) => {}
            Some(identity @ (ReplicaIdentity::Nothing | ReplicaIdentity::Full)) => {
                let words = identity.to_value().to_string().to_uppercase();
                self.change(
                    Turn::ForeignKey,
                    id,
                    Vec::new(),
                    format!("ALTER TABLE ONLY {id} REPLICA IDENTITY {words}"),
                );
            }
            Some(ReplicaIdentity::Index(index)) => {
                let sql = format!("ALTER TABLE ONLY {id} REPLICA IDENTITY USING INDEX {index}");
                self.change(Turn::ForeignKey, id, Vec::new(), sql);
            }
        }
    }
}

fn inherits_clause(descent: &Descent<'_>) -> String {
    let parents = list(&descent.inherits);
    if parents.is_empty() { parents } else { format!(" INHERITS ({parents})") }
}

pub(super) fn sequence_options(sequence: &Sequence) -> String {
    let number = |attr: &Attr<i64>| attr.get().copied().unwrap_or_default();
    format!(
        "START WITH {} INCREMENT BY {} MINVALUE {} MAXVALUE {} CACHE {}{}",
        number(&sequence.start),
        number(&sequence.increment),
        number(&sequence.min_value),
        number(&sequence.max_value),
        number(&sequence.cache),
        if is(&sequence.cycle) { " CYCLE" } else { "" }
    )
}

/// `FOR VALUES …`
fn bound_clause(bound: &PartitionBound) -> String {
    let datum = |one: &BoundDatum| match one {
        BoundDatum::MinValue => "MINVALUE".to_owned(),
        BoundDatum::MaxValue => "MAXVALUE".to_owned(),
        BoundDatum::Value(expr) => expr.text().to_owned(),
    };
    match bound {
        PartitionBound::Default => "DEFAULT".to_owned(),
        PartitionBound::List(values) => format!("FOR VALUES IN ({})", list(values.iter().map(Expr::text))),
        PartitionBound::Range { from, to } => {
            format!("FOR VALUES FROM ({}) TO ({})", list(from.iter().map(datum)), list(to.iter().map(datum)))
        }
        PartitionBound::Hash { modulus, remainder } => {
            format!("FOR VALUES WITH (MODULUS {modulus}, REMAINDER {remainder})")
        }
    }
}
