use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::Operator;
use crate::catalog::{Class, Facts, ObjectId, server};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_operator.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let mut types = Vec::new();
        for of in row.field::<Option<&str>>("oprleft")?.into_iter().chain([row.field("oprright")?]) {
            types.push(reading.type_name(of)?);
        }
        let id = ObjectId::call(Class::Operator, &row.ident("nspname")?, &row.ident("oprname")?, types);
        let facts: Facts = operator(row, reading)?.into();
        match reading.member_of("pg_operator", row.field("oid")?) {
            Some(what) => {
                let meaning = facts.meaning(&id).or_mutable(row.field("is_mutable")?);
                reading.add_unmodelled(id, what, meaning);
            }
            None => reading.add(id, facts),
        }
    }
    Ok(())
}

fn operator(row: &Row, reading: &mut Reading) -> Result<Operator, Trouble> {
    let (commutator, negator): (u32, u32) = (row.field("oprcom")?, row.field("oprnegate")?);
    Ok(Operator {
        function: server(reading.routine(row.field("oprcode")?)?),
        result: server(reading.type_name(row.field("oprresult")?)?),
        // One that is dropped may still be referred to.
        commutator: server(reading.operators.get(&commutator).cloned()),
        negator: server(reading.operators.get(&negator).cloned()),
        restrict: server(reading.optional_routine(row.field("oprrest")?)?),
        join: server(reading.optional_routine(row.field("oprjoin")?)?),
        merges: server(row.field("oprcanmerge")?),
        hashes: server(row.field("oprcanhash")?),
        owner: server(reading.owner("pg_operator", row.field("oid")?)?),
        comment: server(reading.comment("pg_operator", row.field("oid")?, 0)),
    })
}
