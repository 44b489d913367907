use postgres::Row;

use super::reading::Reading;
use super::row::{Fields, Trouble};
use crate::catalog::meaning::{Argument, CallKind, Signature, output_name};
use crate::catalog::{Class, Meaning, ObjectId};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_proc.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let prokind = row.code("prokind")?;
        let what = match prokind {
            ProKind::Aggregate => "aggregate",
            ProKind::Function => "function",
            ProKind::Procedure => "procedure",
            ProKind::Window => "window function",
        };
        let signature = signature(row, &prokind, reading)?;
        let types = signature.types().cloned().collect();
        let id = ObjectId::call(Class::Routine, &row.ident("nspname")?, &row.ident("proname")?, types);
        let member = reading.member_of("pg_proc", row.field("oid")?);
        if member.is_none() && !row.field::<bool>("is_internal")? {
            reading.not_compared(what, id.to_string());
        }
        reading.add_unmodelled(id, member.unwrap_or_else(|| what.to_owned()), Meaning::Call(signature));
    }
    Ok(())
}

fn signature(row: &Row, prokind: &ProKind, reading: &mut Reading) -> Result<Signature, Trouble> {
    let kind = match prokind {
        ProKind::Aggregate => {
            let direct = usize::try_from(row.field::<i32>("aggnumdirectargs")?).unwrap_or_default();
            match row.field::<&str>("aggkind")? {
                "o" => CallKind::OrderedSet { direct },
                "h" => CallKind::HypotheticalSet { direct },
                _ => CallKind::Aggregate,
            }
        }
        ProKind::Function => CallKind::Function,
        ProKind::Procedure => CallKind::Procedure,
        ProKind::Window => CallKind::Window,
    };
    let types: Vec<&str> = row.field("argtypes")?;
    let names: Vec<&str> = row.field("proargnames")?;
    let modes: Vec<&str> = row.field("proargmodes")?;
    let mut args = Vec::new();
    let mut outputs = Vec::new();
    for (position, of) in types.into_iter().enumerate() {
        let of = reading.type_name(of)?;
        let name = names.get(position).copied().unwrap_or_default();
        let mode = modes.get(position).copied().unwrap_or("i");
        if matches!(mode, "o" | "b" | "t") {
            outputs.push((output_name(name, outputs.len()), of.clone()));
        }
        if matches!(mode, "i" | "b" | "v") {
            args.push(Argument { name: name.into(), of });
        }
    }
    Ok(Signature {
        kind,
        args,
        defaults: usize::try_from(row.field::<i32>("pronargdefaults")?).unwrap_or_default(),
        variadic: row.field("is_variadic")?,
        result: reading.type_name(row.field("prorettype")?)?,
        returns_set: row.field("proretset")?,
        outputs,
    })
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
