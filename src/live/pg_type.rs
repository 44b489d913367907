use postgres::Row;

use super::reading::Reading;
use super::row::{Fields, Trouble};
use crate::catalog::kind::Enum;
use crate::catalog::meaning::{TypeMeaning, TypeSort};
use crate::catalog::{Class, Meaning, ObjectId, server};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_type.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let id = ObjectId::in_schema(Class::Type, &row.ident("nspname")?, &row.ident("typname")?);
        let member = reading.member_of("pg_type", row.field("oid")?);
        let typtype = row.code("typtype")?;
        if matches!(typtype, TypType::Enum) && member.is_none() {
            let oid = row.field("oid")?;
            let facts = Enum {
                values: server(row.field("enumlabels")?),
                owner: server(reading.owner("pg_type", oid)?),
                privileges: server(reading.privileges("pg_type", oid, 0)),
                comment: server(reading.comment("pg_type", oid, 0)),
            };
            reading.add(id, facts);
            continue;
        }
        let meaning = Meaning::Type(meaning(row, &typtype, reading)?);
        if let Some(member) = member {
            reading.add_unmodelled(id, member, meaning);
            continue;
        }
        let what = match typtype {
            // It comes and goes with its range type, which says all there is to say.
            TypType::Multirange => {
                reading.add_unmodelled(id, "multirange type", meaning);
                continue;
            }
            TypType::Enum => "enum",
            TypType::Base => "base type",
            TypType::Composite => "composite type",
            TypType::Domain => "domain",
            TypType::Pseudo => "shell type",
            TypType::Range => "range type",
        };
        reading.not_compared(what, id.to_string());
        reading.add_unmodelled(id, what, meaning);
    }
    Ok(())
}

fn meaning(row: &Row, typtype: &TypType, reading: &mut Reading) -> Result<TypeMeaning, Trouble> {
    let attributes = match typtype {
        TypType::Composite => {
            let types = row.field::<Vec<&str>>("atttypes")?.into_iter().map(|of| reading.type_name(of));
            row.idents("attnames")?
                .into_iter()
                .zip(types)
                .map(|(name, of)| Ok::<_, Trouble>((name, of?)))
                .collect::<Result<_, _>>()?
        }
        _ => Vec::new(),
    };
    let mut type_in = |column: &str| reading.type_name(row.field(column)?);
    let sort = match typtype {
        TypType::Base => TypeSort::Base,
        TypType::Composite => TypeSort::Composite(attributes),
        TypType::Domain => TypeSort::Domain(type_in("typbasetype")?),
        TypType::Enum => TypeSort::Enum,
        TypType::Multirange => TypeSort::Multirange(type_in("rngtypid")?.name),
        TypType::Pseudo => TypeSort::Pseudo,
        TypType::Range => {
            let has_multirange = row.field::<Option<&str>>("rngmultitypid")?.is_some();
            let multirange = has_multirange.then(|| type_in("rngmultitypid")).transpose()?;
            TypeSort::Range { subtype: type_in("rngsubtype")?, multirange: multirange.map(|of| of.name) }
        }
    };
    let has_element = row.field::<Option<&str>>("typelem")?.is_some();
    Ok(TypeMeaning {
        sort,
        category: row.field::<&str>("typcategory")?.chars().next().unwrap_or('U'),
        preferred: row.field("typispreferred")?,
        collatable: row.field("collatable")?,
        element: has_element.then(|| type_in("typelem")).transpose()?,
    })
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
