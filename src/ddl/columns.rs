//! Columns: as they stand in CREATE TABLE, and what is said of them behind it.

use super::constraints::{check_clause, is_inline};
use super::others::foreign_options;
use super::tables::{Descent, sequence_options};
use super::{Printer, Turn, literal, options, qualified, some, stated};
use crate::catalog::kind::{Column, GeneratedKind, Identity, NotNull, Sequence};
use crate::catalog::{Attr, Class, Expr, Facts, ObjectId};
use crate::sql::{Ident, TypeName, names};

impl Printer<'_> {
    /// What stands in the parentheses of CREATE TABLE. A partition has all that its table has, and is attached later;
    /// a child is made with what is its own.
    pub(super) fn elements(&self, id: &ObjectId, descent: &Descent<'_>) -> Vec<String> {
        let is_here = |local: Option<&bool>| local != Some(&false) || descent.partition_of.is_some();
        let mut elements: Vec<String> = Vec::new();
        for (column_id, column) in self.columns(id, descent) {
            if is_here(column.local.get()) {
                let mut column = column.clone();
                // Up to 15 no child says itself how a column of its parents is generated.
                if self.catalog.version < 16 && self.is_generated_above(column_id.name(), descent) {
                    column.generated = Attr::Unstated;
                }
                elements.push(self.column(&column_id, &column, descent.is_typed));
            } else if let Some(not_null) = some(&column.not_null_constraint).filter(|one| one.local && one.validated) {
                elements.push(format!("    {}", not_null_clause(not_null, column_id.name())));
            }
        }
        for (check_id, object) in self.parts(id, Class::Constraint) {
            if let Facts::Check(check) = &object.facts
                && is_inline(check)
                && is_here(check.local.get())
            {
                elements.push(format!("    CONSTRAINT {} {}", check_id.name(), check_clause(check)));
            }
        }
        elements
    }

    fn is_generated_above(&self, column: &Ident, descent: &Descent<'_>) -> bool {
        let above = descent.inherits.iter().map(|parent| parent.part(Class::Column, column));
        above.filter_map(|id| self.catalog.get::<Column>(&id)).any(|above| some(&above.generated).is_some())
    }

    /// The columns of a table in their order.
    fn columns(&self, table: &ObjectId, descent: &Descent<'_>) -> Vec<(ObjectId, &Column)> {
        let names = descent.column_order.get().into_iter().flatten().map(|name| table.part(Class::Column, name));
        names.filter_map(|id| self.catalog.get::<Column>(&id).map(|column| (id, column))).collect()
    }

    pub(super) fn column(&self, id: &ObjectId, column: &Column, is_typed: bool) -> String {
        let of = column.data_type.get().map(TypeName::to_string).unwrap_or_default();
        let of = if is_typed { "WITH OPTIONS".to_owned() } else { of };
        let mut sql = format!("    {} {of}", id.name());
        if let Some(compression) = some(&column.compression) {
            sql += &format!(" COMPRESSION {}", compression.word());
        }
        sql += &foreign_options(&stated(&column.fdw_options));
        if let Some(collation) = some(&column.collation) {
            sql += &format!(" COLLATE {}", qualified(&collation.0));
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
        if some(&column.not_null_constraint).is_some_and(|not_null| not_null.validated && not_null.no_inherit)
            && !id.parent().is_some_and(|table| self.is_partitioned(&table))
        {
            sql += " NO INHERIT";
        }
        if let Some(generated) = some(&column.generated) {
            let kind = if generated.kind == GeneratedKind::Stored { "STORED" } else { "VIRTUAL" };
            sql += &format!(" GENERATED ALWAYS AS ({}) {kind}", generated.expression.text());
        }
        if let Some(default) = some(&column.default) {
            sql += &format!(" DEFAULT {}", default.text());
        }
        sql += &self.identity_clause(id, column).unwrap_or_default();
        sql
    }

    /// None where a column has its identity, and the sequence, from the table that it is in a partition of.
    fn identity_clause(&self, id: &ObjectId, column: &Column) -> Option<String> {
        let (sequence_id, sequence) = self.identity_sequence(id, column)?;
        let always = if some(&column.identity)? == &Identity::Always { "ALWAYS" } else { "BY DEFAULT" };
        let options = match is_of_the_type(sequence, column) {
            true => format!(" {}", sequence_options(sequence)),
            false => String::new(),
        };
        Some(format!(" GENERATED {always} AS IDENTITY (SEQUENCE NAME {sequence_id}{options})"))
    }

    fn identity_sequence(&self, id: &ObjectId, column: &Column) -> Option<(&ObjectId, &Sequence)> {
        some(&column.identity)?;
        let sequence_id = self.identity_sequences.get(id).copied()?;
        Some((sequence_id, self.catalog.get::<Sequence>(sequence_id)?))
    }

    /// What of a column is said after its table is there.
    pub(super) fn column_settings(&mut self, id: &ObjectId, column: &Column) {
        let Some(table) = id.parent() else { return };
        let is_table = matches!(self.catalog.facts(&table), Some(Facts::Table(_) | Facts::ForeignTable(_)));
        let mut alter = |turn: Turn, words: String| {
            let sql = format!("ALTER TABLE ONLY {table} ALTER COLUMN {} {words}", id.name());
            self.change(turn, &table, Vec::new(), sql);
        };
        if let Some(default) = some(&column.default).filter(|_| !is_table) {
            alter(Turn::Default, format!("SET DEFAULT {}", default.text()));
        }
        if let Some(storage) = some(&column.storage) {
            alter(Turn::Default, format!("SET STORAGE {}", storage.word().to_uppercase()));
        }
        if let Some(target) = some(&column.statistics) {
            alter(Turn::Default, format!("SET STATISTICS {target}"));
        }
        let own = stated(&column.options);
        if !own.is_empty() {
            alter(Turn::Default, format!("SET ({})", options(&own)));
        }
        if let Some((sequence_id, sequence)) =
            self.identity_sequence(id, column).filter(|(_, sequence)| !is_of_the_type(sequence, column))
        {
            let of = sequence.data_type.get().map(TypeName::to_string).unwrap_or_default();
            let sql = format!("ALTER SEQUENCE {sequence_id} AS {of} {}", sequence_options(sequence));
            self.change(Turn::Default, &table, Vec::new(), sql);
        }
        if let Some(not_null) = some(&column.not_null_constraint).filter(|not_null| !not_null.validated) {
            let sql = format!("ALTER TABLE {table} ADD {} NOT VALID", not_null_clause(not_null, id.name()));
            self.change(Turn::Default, &table, Vec::new(), sql);
        }
        // A partitioned table can become so, and cannot be made so.
        if let Some(not_null) =
            some(&column.not_null_constraint).filter(|not_null| not_null.no_inherit && self.is_partitioned(&table))
        {
            let sql = format!("ALTER TABLE {table} ALTER CONSTRAINT {} NO INHERIT", not_null.name);
            self.change(Turn::Key, &table, Vec::new(), sql);
        }
        if let Some((not_null, comment)) = some(&column.not_null_constraint).zip(some(&column.not_null_comment)) {
            let sql = format!("COMMENT ON CONSTRAINT {} ON {table} IS {}", not_null.name, literal(comment));
            self.change(Turn::Comment, &table, Vec::new(), sql);
        }
    }

    /// What a child has otherwise than the tables that it inherits from, as statements behind the one that makes it:
    /// its own children get it from there.
    pub(super) fn told_apart(&self, table: &ObjectId, descent: &Descent<'_>) -> String {
        let mut sql = String::new();
        for (id, column) in self.columns(table, descent).into_iter().filter(|(_, column)| !is_local(column)) {
            let above = descent.inherits.iter().map(|parent| parent.part(Class::Column, id.name()));
            let above: Vec<&Column> = above.filter_map(|id| self.catalog.get(&id)).collect();
            for words in above.first().map(|first| self.apart(&id, column, first, &above)).unwrap_or_default() {
                sql += &format!(";\nALTER TABLE ONLY {table} ALTER COLUMN {} {words}", id.name());
            }
        }
        sql
    }

    fn apart(&self, id: &ObjectId, column: &Column, first: &Column, above: &[&Column]) -> Vec<String> {
        let mut words = Vec::new();
        let is_given = above.iter().any(|above| above.nullable.get() == Some(&false));
        if column.nullable.get() == Some(&false) && some(&column.not_null_constraint).is_none() && !is_given {
            words.push("SET NOT NULL".to_owned());
        }
        match (some(&column.default), some(&first.default)) {
            (Some(own), given) if given.map(Expr::text) != Some(own.text()) => {
                words.push(format!("SET DEFAULT {}", own.text()));
            }
            (None, Some(_)) => words.push("DROP DEFAULT".to_owned()),
            _ => {}
        }
        if let Some((own, given)) = some(&column.generated).zip(some(&first.generated))
            && own.expression.text() != given.expression.text()
        {
            words.push(format!("SET EXPRESSION AS ({})", own.expression.text()));
        }
        words.extend(self.identity_clause(id, column).map(|identity| format!("ADD{identity}")));
        words
    }

    /// NOT NULL that a partition states of itself besides its table (from 18).
    pub(super) fn said_again(&mut self, table: &ObjectId, descent: &Descent<'_>) {
        let parent = descent.partition_of.and_then(|parent| parent.id());
        let is_said = |(id, column): &(ObjectId, &Column)| {
            let above = parent.as_ref().map(|parent| parent.part(Class::Column, id.name()));
            let above = above.and_then(|above| some(&self.catalog.get::<Column>(&above)?.not_null_constraint));
            let own = some(&column.not_null_constraint);
            own.zip(above).is_some_and(|(own, above)| own.local && own.validated && !above.no_inherit)
        };
        let columns: Vec<ObjectId> =
            self.columns(table, descent).into_iter().filter(is_said).map(|(id, _)| id).collect();
        for column in columns {
            let sql = format!("ALTER TABLE ONLY {table} ALTER COLUMN {} SET NOT NULL", column.name());
            self.change(Turn::Default, table, parent.iter().cloned().collect(), sql);
        }
    }
}

fn is_local(column: &Column) -> bool {
    column.local.get() != Some(&false)
}

/// Whether an identity column and its sequence are of one type, as those are that come together.
fn is_of_the_type(sequence: &Sequence, column: &Column) -> bool {
    sequence.data_type.get() == column.data_type.get()
}

fn not_null_clause(not_null: &NotNull, column: &Ident) -> String {
    let no_inherit = if not_null.no_inherit { " NO INHERIT" } else { "" };
    format!("CONSTRAINT {} NOT NULL {column}{no_inherit}", not_null.name)
}
