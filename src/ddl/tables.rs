//! Tables with their columns and constraints, and sequences.

use super::{Printer, Turn, is, list, literal, options, qualified, some, stated};
use crate::catalog::kind::{
    BoundDatum, Check, Column, Exclusion, ForeignKey, GeneratedKind, Identity, PartitionBound, Persistence,
    RelationName, ReplicaIdentity, RowSecurity, Sequence, Table,
};
use crate::catalog::{Attr, AttrValue, Class, Expr, Facts, ObjectId};
use crate::sql::{Ident, TypeName, names};

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
        let partition_of = some(&table.partition_of);
        let mut elements: Vec<String> = Vec::new();
        for name in table.column_order.get().into_iter().flatten() {
            let column_id = id.part(Class::Column, name);
            let Some(Facts::Column(column)) = self.catalog.facts(&column_id) else { continue };
            let is_here = column.local.get() != Some(&false) || partition_of.is_some();
            if is_here {
                elements.push(self.column(&column_id, column, table.of_type.get().is_some_and(Option::is_some)));
            }
        }
        for (check_id, object) in self.parts(id, Class::Constraint) {
            if let Facts::Check(check) = &object.facts
                && is_inline(check)
                && (check.local.get() != Some(&false) || partition_of.is_some())
            {
                elements.push(format!("    CONSTRAINT {} {}", check_id.name(), check_clause(check)));
            }
        }
        let body = if elements.is_empty() { String::new() } else { format!("\n{}\n", elements.join(",\n")) };
        let of_type = some(&table.of_type).map(|of| format!(" OF {of}")).unwrap_or_default();
        let body = if elements.is_empty() && !of_type.is_empty() { String::new() } else { format!(" ({body})") };
        let inherits =
            list(table.inherits.get().into_iter().flatten().map(|parent: &RelationName| parent.0.to_string()));
        let mut sql = format!("CREATE {unlogged}TABLE {id}{of_type}{body}");
        if !inherits.is_empty() {
            sql += &format!(" INHERITS ({inherits})");
        }
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
        self.make(Turn::Table, id, sql);
        self.table_settings(id, table);
    }

    fn table_settings(&mut self, id: &ObjectId, table: &Table) {
        if let (Some(parent), Some(bound)) = (some(&table.partition_of), some(&table.partition_bound)) {
            let parent_id = parent.id().into_iter().collect();
            let sql = format!("ALTER TABLE ONLY {} ATTACH PARTITION {id} {}", parent.0, bound_clause(bound));
            self.change(Turn::Attach, id, parent_id, sql);
        }
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

    /// What stands in the parentheses of CREATE TABLE.
    fn column(&self, id: &ObjectId, column: &Column, is_typed: bool) -> String {
        let of = column.data_type.get().map(TypeName::to_string).unwrap_or_default();
        let of = if is_typed { "WITH OPTIONS".to_owned() } else { of };
        let mut sql = format!("    {} {of}", id.name());
        if let Some(compression) = some(&column.compression) {
            sql += &format!(" COMPRESSION {}", compression.word());
        }
        if let Some(collation) = some(&column.collation) {
            sql += &format!(" COLLATE {}", qualified(&collation.0));
        }
        if let Some(generated) = some(&column.generated) {
            let kind = if generated.kind == GeneratedKind::Stored { "STORED" } else { "VIRTUAL" };
            sql += &format!(" GENERATED ALWAYS AS ({}) {kind}", generated.expression.text());
        }
        if let Some(default) = some(&column.default) {
            sql += &format!(" DEFAULT {}", default.text());
        }
        if let Some(identity) = some(&column.identity) {
            let always = if *identity == Identity::Always { "ALWAYS" } else { "BY DEFAULT" };
            sql += &format!(" GENERATED {always} AS IDENTITY{}", self.identity_options(id));
        }
        let usual = id
            .parent()
            .map(|table| names::choose_name(table.name().as_str(), id.name().as_str(), "not_null", |_| false));
        let is_usual = |name: &Ident| {
            Some(name.as_str()) == usual.as_deref()
                && !self.shared_names.contains(&(id.path()[0].clone(), name.clone()))
        };
        match some(&column.not_null_constraint) {
            Some(not_null) if not_null.validated && !is_usual(&not_null.name) => {
                sql += &format!(" CONSTRAINT {} NOT NULL", not_null.name);
            }
            Some(not_null) if !not_null.validated => {}
            _ if column.nullable.get() == Some(&false) => sql += " NOT NULL",
            _ => {}
        }
        if some(&column.not_null_constraint).is_some_and(|not_null| not_null.validated && not_null.no_inherit) {
            sql += " NO INHERIT";
        }
        sql
    }

    fn identity_options(&self, column: &ObjectId) -> String {
        let owned = self.catalog.objects.iter().find_map(|(id, object)| match &object.facts {
            Facts::Sequence(sequence) if is(&sequence.identity) => {
                let owner = some(&sequence.owned_by).and_then(|owner| owner.id());
                (owner.as_ref() == Some(column)).then_some((id, sequence))
            }
            _ => None,
        });
        owned.map_or_else(String::new, |(id, sequence)| format!(" (SEQUENCE NAME {id} {})", sequence_options(sequence)))
    }

    /// What of a column is said after its table is there.
    pub(super) fn column_settings(&mut self, id: &ObjectId, column: &Column) {
        let Some(table) = id.parent() else { return };
        let (is_table, is_foreign) = match self.catalog.facts(&table) {
            Some(Facts::Table(_)) => (true, false),
            Some(Facts::ForeignTable(_)) => (true, true),
            _ => (false, false),
        };
        let alter = |words: String| format!("ALTER TABLE ONLY {table} ALTER COLUMN {} {words}", id.name());
        if let Some(default) = some(&column.default).filter(|_| !is_table) {
            self.change(Turn::Default, &table, Vec::new(), alter(format!("SET DEFAULT {}", default.text())));
        }
        if let Some(storage) = some(&column.storage).filter(|_| !is_foreign) {
            self.change(
                Turn::Default,
                &table,
                Vec::new(),
                alter(format!("SET STORAGE {}", storage.word().to_uppercase())),
            );
        }
        if let Some(target) = some(&column.statistics) {
            self.change(Turn::Default, &table, Vec::new(), alter(format!("SET STATISTICS {target}")));
        }
        let own = stated(&column.options);
        if !own.is_empty() {
            self.change(Turn::Default, &table, Vec::new(), alter(format!("SET ({})", options(&own))));
        }
        if let Some(not_null) = some(&column.not_null_constraint).filter(|not_null| !not_null.validated) {
            let no_inherit = if not_null.no_inherit { " NO INHERIT" } else { "" };
            let sql = format!(
                "ALTER TABLE {table} ADD CONSTRAINT {} NOT NULL {}{no_inherit} NOT VALID",
                not_null.name,
                id.name()
            );
            self.change(Turn::Default, &table, Vec::new(), sql);
        }
        if let Some((not_null, comment)) = some(&column.not_null_constraint).zip(some(&column.not_null_comment)) {
            let sql = format!("COMMENT ON CONSTRAINT {} ON {table} IS {}", not_null.name, literal(comment));
            self.change(Turn::Comment, &table, Vec::new(), sql);
        }
    }

    pub(super) fn constraint(&mut self, id: &ObjectId, facts: &Facts) {
        let Some(table) = id.parent() else { return };
        let add = |clause: String| format!("ALTER TABLE ONLY {table} ADD CONSTRAINT {} {clause}", id.name());
        match facts {
            Facts::Check(check) if !is_inline(check) && check.local.get() != Some(&false) => {
                let sql = format!("ALTER TABLE {table} ADD CONSTRAINT {} {}", id.name(), check_clause(check));
                self.make(Turn::Default, id, sql);
            }
            Facts::PrimaryKey(key) => {
                let clause =
                    key_clause("PRIMARY KEY", &stated(&key.columns), &stated(&key.include), is(&key.without_overlaps));
                let clause = clause
                    + &index_words(&key.storage_parameters, &key.tablespace)
                    + deferrable(&key.deferrable, &key.initially_deferred);
                self.make(Turn::Key, id, add(clause));
                self.index_settings(id, some(&key.derived_from), is(&key.clustered));
                self.index_comment(id, &key.index_comment);
            }
            Facts::Unique(key) => {
                let nulls = if is(&key.nulls_not_distinct) { "UNIQUE NULLS NOT DISTINCT" } else { "UNIQUE" };
                let clause = key_clause(nulls, &stated(&key.columns), &stated(&key.include), is(&key.without_overlaps));
                let clause = clause
                    + &index_words(&key.storage_parameters, &key.tablespace)
                    + deferrable(&key.deferrable, &key.initially_deferred);
                self.make(Turn::Key, id, add(clause));
                self.index_settings(id, some(&key.derived_from), is(&key.clustered));
                self.index_comment(id, &key.index_comment);
            }
            Facts::Exclusion(exclusion) => {
                self.make(Turn::Key, id, add(exclusion_clause(exclusion)));
                self.index_settings(id, some(&exclusion.derived_from), false);
                self.index_comment(id, &exclusion.index_comment);
            }
            Facts::ForeignKey(key) if some(&key.derived_from).is_none() => {
                // A partitioned table hands its keys on.
                let only = match self.catalog.facts(&table) {
                    Some(Facts::Table(table)) if some(&table.partition_by).is_some() => "",
                    _ => "ONLY ",
                };
                let sql = format!("ALTER TABLE {only}{table} ADD CONSTRAINT {} {}", id.name(), foreign_key_clause(key));
                self.make(Turn::ForeignKey, id, sql);
            }
            _ => {}
        }
    }

    /// What is said of an index, or of the one behind a constraint, after it is there.
    pub(super) fn index_settings(&mut self, id: &ObjectId, derived_from: Option<&Ident>, clustered: bool) {
        let Some(table) = id.parent() else { return };
        if let Some(parent) = self.partitioned(&table).zip(derived_from) {
            let (parent, name) = (parent.0.part(id.class(), parent.1), parent.1);
            let schema = &parent.path()[0];
            let own = format!("{}.{}", id.path()[0], id.name());
            self.change(
                Turn::Index,
                id,
                vec![parent.clone()],
                format!("ALTER INDEX {schema}.{name} ATTACH PARTITION {own}"),
            );
        }
        if clustered {
            self.change(Turn::ForeignKey, id, Vec::new(), format!("ALTER TABLE {table} CLUSTER ON {}", id.name()));
        }
    }

    /// The comment on the index behind a constraint.
    fn index_comment(&mut self, id: &ObjectId, comment: &Attr<Option<String>>) {
        if let Some(comment) = some(comment) {
            let index = format!("{}.{}", id.path()[0], id.name());
            let sql = format!("COMMENT ON INDEX {index} IS {}", literal(comment));
            self.change(Turn::Comment, id, Vec::new(), sql);
        }
    }

    /// The table that one is a partition of.
    fn partitioned(&self, table: &ObjectId) -> Option<ObjectId> {
        match self.catalog.facts(table)? {
            Facts::Table(table) => some(&table.partition_of)?.id(),
            _ => None,
        }
    }
}

fn sequence_options(sequence: &Sequence) -> String {
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

/// A check that can stand in CREATE TABLE.
fn is_inline(check: &Check) -> bool {
    check.validated.get() != Some(&false)
}

fn check_clause(check: &Check) -> String {
    let mut sql = format!("CHECK ({})", check.expression.get().map_or("", Expr::text));
    if is(&check.no_inherit) {
        sql += " NO INHERIT";
    }
    if check.enforced.get() == Some(&false) {
        sql += " NOT ENFORCED";
    } else if check.validated.get() == Some(&false) {
        sql += " NOT VALID";
    }
    sql
}

fn key_clause(words: &str, columns: &[Ident], include: &[Ident], without_overlaps: bool) -> String {
    let overlaps = if without_overlaps { " WITHOUT OVERLAPS" } else { "" };
    let mut sql = format!("{words} ({}{overlaps})", list(columns));
    if !include.is_empty() {
        sql += &format!(" INCLUDE ({})", list(include));
    }
    sql
}

pub(super) fn index_words(parameters: &Attr<Vec<String>>, tablespace: &Attr<Option<Ident>>) -> String {
    let parameters = stated(parameters);
    let with = if parameters.is_empty() { String::new() } else { format!(" WITH ({})", options(&parameters)) };
    with + &some(tablespace).map(|name| format!(" USING INDEX TABLESPACE {name}")).unwrap_or_default()
}

fn deferrable(deferrable: &Attr<bool>, deferred: &Attr<bool>) -> &'static str {
    match (is(deferrable), is(deferred)) {
        (_, true) => " DEFERRABLE INITIALLY DEFERRED",
        (true, false) => " DEFERRABLE",
        (false, false) => "",
    }
}

fn exclusion_clause(exclusion: &Exclusion) -> String {
    let operators = stated(&exclusion.operators);
    let with = |(key, operator): (_, crate::catalog::kind::OperatorName)| {
        let schema = operator.schema.as_ref().map_or("pg_catalog".to_owned(), Ident::to_string);
        format!("{key} WITH OPERATOR({schema}.{})", operator.name.as_str())
    };
    let keys: Vec<String> = stated(&exclusion.keys).iter().map(ToString::to_string).zip(operators).map(with).collect();
    let method = exclusion.method.get().map_or("gist", Ident::as_str);
    let mut sql = format!("EXCLUDE USING {method} ({})", keys.join(", "));
    let include = stated(&exclusion.include);
    if !include.is_empty() {
        sql += &format!(" INCLUDE ({})", list(include));
    }
    sql += &index_words(&exclusion.storage_parameters, &exclusion.tablespace);
    if let Some(condition) = some(&exclusion.predicate) {
        sql += &format!(" WHERE ({})", condition.text());
    }
    sql + deferrable(&exclusion.deferrable, &exclusion.initially_deferred)
}

fn foreign_key_clause(key: &ForeignKey) -> String {
    let period = |columns: &[Ident]| match (is(&key.period), columns.split_last()) {
        (true, Some((last, rest))) => list(rest.iter().map(Ident::to_string).chain([format!("PERIOD {last}")])),
        _ => list(columns),
    };
    let target = key.references.get();
    let to = target.map_or_else(String::new, |target| format!("{} ({})", target.relation, period(&target.columns)));
    let mut sql = format!("FOREIGN KEY ({}) REFERENCES {to}", period(&stated(&key.columns)));
    if let Some(word) = key.match_type.get().map(|one| one.word()).filter(|word| *word != "simple") {
        sql += &format!(" MATCH {}", word.to_uppercase());
    }
    for (event, action) in [("UPDATE", &key.on_update), ("DELETE", &key.on_delete)] {
        if let Some(word) = action.get().map(|one| one.word()).filter(|word| *word != "no action") {
            sql += &format!(" ON {event} {}", word.to_uppercase());
        }
    }
    let columns = stated(&key.on_delete_columns);
    if !columns.is_empty() {
        sql += &format!(" ({})", list(columns));
    }
    sql += deferrable(&key.deferrable, &key.initially_deferred);
    if key.enforced.get() == Some(&false) {
        sql += " NOT ENFORCED";
    } else if key.validated.get() == Some(&false) {
        sql += " NOT VALID";
    }
    sql
}

/// `FOR VALUES …`
pub(super) fn bound_clause(bound: &PartitionBound) -> String {
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
