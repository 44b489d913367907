//! Constraints of tables, and what is said of the indexes behind them.

use super::{Printer, Turn, is, list, literal, options, some, stated};
use crate::catalog::kind::{Check, Exclusion, ForeignKey, OperatorName};
use crate::catalog::{Attr, Class, Expr, Facts, ObjectId};
use crate::sql::Ident;

impl Printer<'_> {
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
            // No statement attaches one: the table hands it on, and chooses its name.
            Facts::Exclusion(exclusion) if some(&exclusion.derived_from).is_some() => {
                self.index_comment(id, &exclusion.index_comment);
            }
            Facts::Exclusion(exclusion) => {
                let sql = format!("ALTER TABLE {table} ADD CONSTRAINT {} {}", id.name(), exclusion_clause(exclusion));
                self.make(Turn::Key, id, sql);
                self.index_comment(id, &exclusion.index_comment);
            }
            Facts::ForeignKey(key) => self.foreign_key(id, &table, key),
            _ => {}
        }
    }

    /// A partitioned table hands its keys on, and takes those that its partitions have already, whatever they are called.
    fn foreign_key(&mut self, id: &ObjectId, table: &ObjectId, key: &ForeignKey) {
        if some(&key.derived_from) == Some(id.name()) {
            return;
        }
        let only = if self.is_partitioned(table) { "" } else { "ONLY " };
        let sql = format!("ALTER TABLE {only}{table} ADD CONSTRAINT {} {}", id.name(), foreign_key_clause(key));
        self.make(Turn::ForeignKey, id, sql);
    }

    /// What is said of an index, or of the one behind a constraint, after it is there.
    pub(super) fn index_settings(&mut self, id: &ObjectId, derived_from: Option<&Ident>, clustered: bool) {
        let Some(table) = id.parent() else { return };
        if let Some((parent, name)) = self.partitioned(&table).zip(derived_from) {
            let schema = &parent.path()[0];
            let own = format!("{}.{}", id.path()[0], id.name());
            let sql = format!("ALTER INDEX {schema}.{name} ATTACH PARTITION {own}");
            // That of a constraint can follow from one without, and the other way round.
            let above = [Class::Constraint, Class::Index].map(|class| parent.part(class, name));
            self.change(Turn::AttachIndex, id, above.into(), sql);
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

/// A check that can stand in CREATE TABLE.
pub(super) fn is_inline(check: &Check) -> bool {
    check.validated.get() != Some(&false)
}

pub(super) fn check_clause(check: &Check) -> String {
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
    let with = |(key, operator): (_, OperatorName)| {
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
