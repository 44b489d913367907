use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{Check, ForeignKey, PrimaryKey, References, Unique};
use crate::catalog::{Class, ObjectId, server};
use crate::sql::Ident;

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_constraint.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let id = row.relation()?.part(Class::Constraint, &row.ident("conname")?);
        let contype: ConType = row.code("contype")?;
        match contype {
            ConType::Check => {
                let facts = check(row, reading)?;
                reading.add(id, facts);
            }
            ConType::ForeignKey => {
                let facts = foreign_key(row, reading)?;
                reading.add(id, facts);
            }
            ConType::Primary => {
                let facts = primary_key(row, reading)?;
                reading.add(id, facts);
            }
            ConType::Unique => {
                let facts = unique(row, reading)?;
                reading.add(id, facts);
            }
            ConType::Trigger => {
                // Told by its trigger.
            }
        }
    }
    Ok(())
}

fn check(row: &Row, reading: &Reading) -> Result<Check, Trouble> {
    let expression = row.expr("conbin", true)?.ok_or_else(|| Trouble::Gone("a condition".into()))?;
    Ok(Check {
        expression: server(expression),
        no_inherit: server(row.field("connoinherit")?),
        validated: server(row.field("convalidated")?),
        enforced: server(row.field("conenforced")?),
        local: server(row.field("conislocal")?),
        comment: server(comment(row, reading)?),
    })
}

fn foreign_key(row: &Row, reading: &Reading) -> Result<ForeignKey, Trouble> {
    let relation =
        ObjectId::in_schema(Class::Relation, &row.ident("confnamespace")?, &row.ident("confrelname")?).qualified_name();
    Ok(ForeignKey {
        columns: server(columns(row, reading, "conrelid", "conkey")?),
        references: server(References { relation, columns: columns(row, reading, "confrelid", "confkey")? }),
        match_type: server(row.code("confmatchtype")?),
        on_update: server(row.code("confupdtype")?),
        on_delete: server(row.code("confdeltype")?),
        on_delete_columns: server(columns(row, reading, "conrelid", "confdelsetcols")?),
        deferrable: server(row.field("condeferrable")?),
        initially_deferred: server(row.field("condeferred")?),
        validated: server(row.field("convalidated")?),
        enforced: server(row.field("conenforced")?),
        period: server(row.field("conperiod")?),
        derived_from: server(row.optional_ident("parentname")?),
        comment: server(comment(row, reading)?),
    })
}

fn primary_key(row: &Row, reading: &Reading) -> Result<PrimaryKey, Trouble> {
    Ok(PrimaryKey {
        columns: server(columns(row, reading, "conrelid", "conkey")?),
        include: server(include(row, reading)?),
        deferrable: server(row.field("condeferrable")?),
        initially_deferred: server(row.field("condeferred")?),
        storage_parameters: server(row.options("reloptions")?),
        without_overlaps: server(row.field("conperiod")?),
        tablespace: server(row.optional_ident("spcname")?),
        clustered: server(row.field("indisclustered")?),
        derived_from: server(row.optional_ident("parentname")?),
        comment: server(comment(row, reading)?),
        index_comment: server(reading.comment("pg_class", row.field("indexoid")?, 0)),
    })
}

fn unique(row: &Row, reading: &Reading) -> Result<Unique, Trouble> {
    Ok(Unique {
        columns: server(columns(row, reading, "conrelid", "conkey")?),
        include: server(include(row, reading)?),
        nulls_not_distinct: server(row.field("indnullsnotdistinct")?),
        deferrable: server(row.field("condeferrable")?),
        initially_deferred: server(row.field("condeferred")?),
        storage_parameters: server(row.options("reloptions")?),
        without_overlaps: server(row.field("conperiod")?),
        tablespace: server(row.optional_ident("spcname")?),
        clustered: server(row.field("indisclustered")?),
        derived_from: server(row.optional_ident("parentname")?),
        comment: server(comment(row, reading)?),
        index_comment: server(reading.comment("pg_class", row.field("indexoid")?, 0)),
    })
}

/// The columns of a table by an array of their numbers, NULL for none.
fn columns(row: &Row, reading: &Reading, relation: &str, numbers: &str) -> Result<Vec<Ident>, Trouble> {
    let numbers: Option<Vec<i16>> = row.field(numbers)?;
    reading.column_names(row.field(relation)?, &numbers.unwrap_or_default())
}

/// What the index behind the constraint carries besides its keys.
fn include(row: &Row, reading: &Reading) -> Result<Vec<Ident>, Trouble> {
    let (numbers, keys): (Vec<i16>, i16) = (row.field("indkey")?, row.field("indnkeyatts")?);
    reading.column_names(
        row.field("conrelid")?,
        numbers.get(usize::try_from(keys).unwrap_or_default()..).unwrap_or_default(),
    )
}

fn comment(row: &Row, reading: &Reading) -> Result<Option<String>, Trouble> {
    Ok(reading.comment("pg_constraint", row.field("oid")?, 0))
}

/// `contype`, but for NOT NULL (`n`), which columns state, and exclusion (`x`), told by its index.
enum ConType {
    Check,
    ForeignKey,
    Primary,
    Unique,
    Trigger,
}

impl TryFrom<char> for ConType {
    type Error = String;

    fn try_from(code: char) -> Result<Self, String> {
        match code {
            'c' => Ok(Self::Check),
            'f' => Ok(Self::ForeignKey),
            'p' => Ok(Self::Primary),
            'u' => Ok(Self::Unique),
            't' => Ok(Self::Trigger),
            other => Err(format!("contype cannot be {other:?}")),
        }
    }
}
