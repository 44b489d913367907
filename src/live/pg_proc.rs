use postgres::Row;

use super::reading::Reading;
use super::row::{Fields, Trouble};
use crate::catalog::{Class, ObjectId};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_proc.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let id = ObjectId::in_schema(Class::Routine, &row.ident("nspname")?, &row.ident("proname")?);
        let what = match row.code("prokind")? {
            ProKind::Aggregate => "aggregate",
            ProKind::Function => "function",
            ProKind::Procedure => "procedure",
            ProKind::Window => "window function",
        };
        reading.not_compared(what, id.to_string());
        reading.add_unmodelled(id, what);
    }
    Ok(())
}

/// `prokind`
enum ProKind {
    Aggregate,
    Function,
    Procedure,
    Window,
}

impl TryFrom<char> for ProKind {
    type Error = String;

    fn try_from(code: char) -> Result<Self, String> {
        match code {
            'a' => Ok(Self::Aggregate),
            'f' => Ok(Self::Function),
            'p' => Ok(Self::Procedure),
            'w' => Ok(Self::Window),
            other => Err(format!("prokind cannot be {other:?}")),
        }
    }
}
