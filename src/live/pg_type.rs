use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{BaseType, CollationName, Composite, Domain, Enum, Range, RoutineName, TypeAttribute};
use crate::catalog::meaning::{MutableIo, TypeMeaning, TypeSort};
use crate::catalog::{Class, Facts, Meaning, ObjectId, server};
use crate::sql::{QualifiedName, TypeName};

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_type.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let id = ObjectId::in_schema(Class::Type, &row.ident("nspname")?, &row.ident("typname")?);
        let member = reading.member_of("pg_type", row.field("oid")?);
        let typtype: TypType = row.code("typtype")?;
        match (member, &typtype) {
            (Some(member), _) => {
                let meaning = Meaning::from(meaning(row, &typtype, reading)?);
                reading.add_unmodelled(id, member, meaning);
            }
            // It comes and goes with its range type, which says all there is to say.
            (None, TypType::Multirange) => {
                let meaning = Meaning::from(meaning(row, &typtype, reading)?);
                reading.add_unmodelled(id, "multirange type", meaning);
            }
            (None, _) => {
                let facts = facts(row, &typtype, reading)?;
                reading.add(id, facts);
            }
        }
    }
    Ok(())
}

fn facts(row: &Row, typtype: &TypType, reading: &mut Reading) -> Result<Facts, Trouble> {
    let oid = row.field("oid")?;
    let comment = server(reading.comment("pg_type", oid, 0));
    let owner = server(reading.owner("pg_type", oid)?);
    let privileges = server(reading.privileges("pg_type", oid, 0));
    Ok(match typtype {
        TypType::Enum => Enum { values: server(row.field("enumlabels")?), owner, privileges, comment }.into(),
        TypType::Composite => {
            Composite { attributes: server(attributes(row, reading)?), owner, privileges, comment }.into()
        }
        TypType::Domain => Domain {
            data_type: server(reading.type_name(row.field("typbasetype")?)?),
            nullable: server(!row.field::<bool>("typnotnull")?),
            default: server(row.expr("typdefaultbin", row.field("has_default")?)?),
            collation: server(row.qualified_name("collnamespace", "collname")?.map(CollationName)),
            owner,
            privileges,
            comment,
        }
        .into(),
        TypType::Range | TypType::Multirange => Range {
            subtype: server(reading.type_name(row.field("rngsubtype")?)?),
            opclass: server(row.qualified_name("opcnamespace", "opcname")?),
            collation: server(row.qualified_name("collnamespace", "collname")?.map(CollationName)),
            canonical: server(routine(row, "rngcanonical")?),
            subtype_diff: server(routine(row, "rngsubdiff")?),
            multirange: server(optional_type(row, "rngmultitypid", reading)?),
            owner,
            privileges,
            comment,
        }
        .into(),
        TypType::Base | TypType::Pseudo => BaseType {
            defined: server(row.field("typisdefined")?),
            input: server(routine(row, "typinput")?),
            output: server(routine(row, "typoutput")?),
            receive: server(routine(row, "typreceive")?),
            send: server(routine(row, "typsend")?),
            modifier_input: server(routine(row, "typmodin")?),
            modifier_output: server(routine(row, "typmodout")?),
            analyze: server(routine(row, "typanalyze")?),
            subscript: server(routine(row, "typsubscript")?),
            length: server(row.field("typlen")?),
            by_value: server(row.field("typbyval")?),
            alignment: server(row.code("typalign")?),
            storage: server(row.code("typstorage")?),
            category: server(row.field("typcategory")?),
            preferred: server(row.field("typispreferred")?),
            default: server(row.field("typdefault")?),
            element: server(optional_type(row, "typelem", reading)?),
            delimiter: server(row.field("typdelim")?),
            collatable: server(row.field("collatable")?),
            owner,
            privileges,
            comment,
        }
        .into(),
    })
}

fn attributes(row: &Row, reading: &mut Reading) -> Result<Vec<TypeAttribute>, Trouble> {
    let relation = row.field("typrelid")?;
    let Some(numbers): Option<Vec<i32>> = row.field("attnums")? else { return Ok(Vec::new()) };
    let (names, types) = (row.idents("attnames")?, row.field::<Vec<&str>>("atttypes")?);
    let schemas: Vec<Option<String>> = row.field("attcollnamespaces")?;
    let collations: Vec<Option<String>> = row.field("attcollnames")?;
    let rest = types.into_iter().zip(schemas.into_iter().zip(collations));
    let all = numbers.into_iter().zip(names).zip(rest);
    all.map(|((number, name), (of, (schema, collation)))| {
        Ok(TypeAttribute {
            name,
            of: reading.type_name(of)?,
            collation: schema
                .zip(collation)
                .map(|(schema, name)| CollationName(QualifiedName::from_parts(&[schema, name]))),
            comment: reading.comment("pg_class", relation, number),
        })
    })
    .collect()
}

/// A routine as `regprocedure` prints it.
fn routine(row: &Row, column: &str) -> Result<Option<RoutineName>, Trouble> {
    let text: Option<&str> = row.field(column)?;
    text.map(|text| RoutineName::parse(text).map_err(|wrong| Trouble::Surprise(format!("{column}: {wrong}"))))
        .transpose()
}

fn optional_type(row: &Row, column: &str, reading: &mut Reading) -> Result<Option<TypeName>, Trouble> {
    row.field::<Option<&str>>(column)?.map(|text| reading.type_name(text)).transpose()
}

/// What a type that is not compared means to expressions.
fn meaning(row: &Row, typtype: &TypType, reading: &mut Reading) -> Result<TypeMeaning, Trouble> {
    let mut type_in = |column: &str| reading.type_name(row.field(column)?);
    let sort = match typtype {
        TypType::Base => TypeSort::Base,
        TypType::Composite => {
            TypeSort::Composite(attributes(row, reading)?.into_iter().map(|one| (one.name, one.of)).collect())
        }
        TypType::Domain => TypeSort::Domain(type_in("typbasetype")?),
        TypType::Enum => TypeSort::Enum,
        TypType::Multirange => TypeSort::Multirange(type_in("rngtypid")?.name),
        TypType::Pseudo => TypeSort::Pseudo,
        TypType::Range => {
            let multirange = optional_type(row, "rngmultitypid", reading)?.map(|of| of.name);
            TypeSort::Range { subtype: reading.type_name(row.field("rngsubtype")?)?, multirange }
        }
    };
    Ok(TypeMeaning {
        sort,
        category: row.field::<&str>("typcategory")?.chars().next().unwrap_or('U'),
        preferred: row.field("typispreferred")?,
        collatable: row.field("collatable")?,
        element: optional_type(row, "typelem", reading)?,
        io: MutableIo { input: row.field("mutable_input")?, output: row.field("mutable_output")? },
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
