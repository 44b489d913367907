use postgres::Row;

use super::reading::Reading;
use super::row::{Fields, Trouble};
use crate::catalog::meaning::{Argument, CallKind, Signature};
use crate::catalog::{Class, Meaning, ObjectId};
use crate::sql::Ident;

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_operator.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let mut args = Vec::new();
        for of in row.field::<Option<&str>>("oprleft")?.into_iter().chain([row.field("oprright")?]) {
            args.push(Argument { name: Ident::default(), of: reading.type_name(of)? });
        }
        let signature = Signature {
            kind: CallKind::Operator,
            args,
            defaults: 0,
            variadic: false,
            result: reading.type_name(row.field("oprresult")?)?,
            returns_set: false,
            outputs: Vec::new(),
        };
        let types = signature.types().cloned().collect();
        let id = ObjectId::call(Class::Operator, &row.ident("nspname")?, &row.ident("oprname")?, types);
        let what = reading.member_of("pg_operator", row.field("oid")?).unwrap_or_else(|| "operator".into());
        reading.add_unmodelled(id, what, Meaning::Call(signature));
    }
    Ok(())
}
