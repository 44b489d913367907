use postgres::Row;

use super::reading::Reading;
use super::row::{Fields, Trouble};
use crate::catalog::kind::Enum;
use crate::catalog::{Class, ObjectId, server};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_type.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let id = ObjectId::in_schema(Class::Type, &row.ident("nspname")?, &row.ident("typname")?);
        let what = match row.code("typtype")? {
            TypType::Enum => {
                let values = server(row.field("enumlabels")?);
                reading.add(id, Enum { values, comment: server(reading.comment("pg_type", row.field("oid")?, 0)) });
                continue;
            }
            // It comes and goes with its range type, which says all there is to say.
            TypType::Multirange => {
                reading.add_unmodelled(id, "multirange type");
                continue;
            }
            TypType::Base => "base type",
            TypType::Composite => "composite type",
            TypType::Domain => "domain",
            TypType::Pseudo => "shell type",
            TypType::Range => "range type",
        };
        reading.not_compared(what, id.to_string());
        reading.add_unmodelled(id, what);
    }
    Ok(())
}

/// `typtype`
enum TypType {
    Base,
    Composite,
    Domain,
    Enum,
    Multirange,
    Pseudo,
    Range,
}

impl TryFrom<char> for TypType {
    type Error = String;

    fn try_from(code: char) -> Result<Self, String> {
        match code {
            'b' => Ok(Self::Base),
            'c' => Ok(Self::Composite),
            'd' => Ok(Self::Domain),
            'e' => Ok(Self::Enum),
            'm' => Ok(Self::Multirange),
            'p' => Ok(Self::Pseudo),
            'r' => Ok(Self::Range),
            other => Err(format!("typtype cannot be {other:?}")),
        }
    }
}
