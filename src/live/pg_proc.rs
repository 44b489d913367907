use super::reading::Reading;
use super::row::{Fields, Row, Trouble};
use crate::catalog::kind::{Aggregate, Function, Parameter, ParameterMode, Procedure};
use crate::catalog::{Class, Expr, Facts, ObjectId, server};
use crate::sql::split;

pub(super) const SQL: &str = concat!(include_str!("scope.sql"), include_str!("pg_proc.sql"));

pub(super) fn read(rows: &[Row], reading: &mut Reading) -> Result<(), Trouble> {
    for row in rows {
        let parameters = parameters(row, reading)?;
        let inputs = parameters.iter().filter(|one| one.mode.is_input());
        let types = inputs.map(|one| one.of.clone()).collect();
        let id = ObjectId::call(Class::Routine, &row.ident("nspname")?, &row.ident("proname")?, types);
        let facts: Facts = match row.code("prokind")? {
            ProKind::Aggregate => aggregate(row, parameters, reading)?.into(),
            ProKind::Function => function(row, parameters, false, reading)?.into(),
            ProKind::Window => function(row, parameters, true, reading)?.into(),
            ProKind::Procedure => procedure(row, parameters, reading)?.into(),
        };
        let internal = row.field::<bool>("is_internal")?.then(|| facts.kind().noun().to_owned());
        match reading.member_of("pg_proc", row.field("oid")?).or(internal) {
            Some(what) => reading.add_unmodelled(id.clone(), what, facts.meaning(&id)),
            None => reading.add(id, facts),
        }
    }
    Ok(())
}

fn parameters(row: &Row, reading: &mut Reading) -> Result<Vec<Parameter>, Trouble> {
    let types: Vec<&str> = row.field("argtypes")?;
    let names: Vec<&str> = row.field("proargnames")?;
    let modes: Vec<&str> = row.field("proargmodes")?;
    let defaults: Vec<Option<&str>> = row.field("defaults")?;
    let mut parameters = Vec::new();
    for (position, of) in types.into_iter().enumerate() {
        let mode = match modes.get(position).and_then(|mode| mode.chars().next()) {
            Some(code) => ParameterMode::try_from(code).map_err(Trouble::Surprise)?,
            None => ParameterMode::In,
        };
        let name = names.get(position).copied().unwrap_or_default().into();
        let default = defaults.get(position).copied().flatten().map(Expr::new);
        parameters.push(Parameter { mode, name, of: reading.type_name(of)?, default });
    }
    Ok(parameters)
}

fn function(row: &Row, parameters: Vec<Parameter>, window: bool, reading: &mut Reading) -> Result<Function, Trouble> {
    let Body { source, body } = body(row)?;
    let transforms: Vec<&str> = row.field("protrftypes")?;
    Ok(Function {
        parameters: server(parameters),
        result: server(reading.type_name(row.field("prorettype")?)?),
        returns_set: server(row.field("proretset")?),
        language: server(row.ident("lanname")?),
        window: server(window),
        volatility: server(row.code("provolatile")?),
        strict: server(row.field("proisstrict")?),
        security_definer: server(row.field("prosecdef")?),
        leakproof: server(row.field("proleakproof")?),
        parallel: server(row.code("proparallel")?),
        cost: server(row.field("procost")?),
        rows: server(row.field("prorows")?),
        support: server(reading.optional_routine(row.field("prosupport")?)?),
        configuration: server(row.field("proconfig")?),
        transforms: server(transforms.into_iter().map(|of| reading.type_name(of)).collect::<Result<_, _>>()?),
        source: server(source),
        body: server(body),
        library: server(row.field("probin")?),
        owner: server(reading.owner("pg_proc", row.field("oid")?)?),
        privileges: server(reading.privileges("pg_proc", row.field("oid")?, 0)),
        comment: server(reading.comment("pg_proc", row.field("oid")?, 0)),
    })
}

fn procedure(row: &Row, parameters: Vec<Parameter>, reading: &mut Reading) -> Result<Procedure, Trouble> {
    let Body { source, body } = body(row)?;
    let transforms: Vec<&str> = row.field("protrftypes")?;
    Ok(Procedure {
        parameters: server(parameters),
        language: server(row.ident("lanname")?),
        security_definer: server(row.field("prosecdef")?),
        configuration: server(row.field("proconfig")?),
        transforms: server(transforms.into_iter().map(|of| reading.type_name(of)).collect::<Result<_, _>>()?),
        source: server(source),
        body: server(body),
        library: server(row.field("probin")?),
        owner: server(reading.owner("pg_proc", row.field("oid")?)?),
        privileges: server(reading.privileges("pg_proc", row.field("oid")?, 0)),
        comment: server(reading.comment("pg_proc", row.field("oid")?, 0)),
    })
}

fn aggregate(row: &Row, parameters: Vec<Parameter>, reading: &mut Reading) -> Result<Aggregate, Trouble> {
    let moving_state: Option<&str> = row.field("aggmtranstype")?;
    Ok(Aggregate {
        parameters: server(parameters),
        result: server(reading.type_name(row.field("prorettype")?)?),
        aggregate_kind: server(row.code("aggkind")?),
        direct_arguments: server(row.field("aggnumdirectargs")?),
        state_function: server(reading.routine(row.field("aggtransfn")?)?),
        state_type: server(reading.type_name(row.field("aggtranstype")?)?),
        state_size: server(row.field("aggtransspace")?),
        initial: server(row.field("agginitval")?),
        final_function: server(reading.optional_routine(row.field("aggfinalfn")?)?),
        final_extra: server(row.field("aggfinalextra")?),
        final_modify: server(row.code("aggfinalmodify")?),
        combine_function: server(reading.optional_routine(row.field("aggcombinefn")?)?),
        serial_function: server(reading.optional_routine(row.field("aggserialfn")?)?),
        deserial_function: server(reading.optional_routine(row.field("aggdeserialfn")?)?),
        moving_state_function: server(reading.optional_routine(row.field("aggmtransfn")?)?),
        moving_inverse_function: server(reading.optional_routine(row.field("aggminvtransfn")?)?),
        moving_state_type: server(moving_state.map(|of| reading.type_name(of)).transpose()?),
        moving_state_size: server(row.field("aggmtransspace")?),
        moving_initial: server(row.field("aggminitval")?),
        moving_final_function: server(reading.optional_routine(row.field("aggmfinalfn")?)?),
        moving_final_extra: server(row.field("aggmfinalextra")?),
        moving_final_modify: server(row.code("aggmfinalmodify")?),
        sort_operator: server(reading.optional_operator(row.field("aggsortop")?)?),
        parallel: server(row.code("proparallel")?),
        owner: server(reading.owner("pg_proc", row.field("oid")?)?),
        privileges: server(reading.privileges("pg_proc", row.field("oid")?, 0)),
        comment: server(reading.comment("pg_proc", row.field("oid")?, 0)),
    })
}

/// A body as text, or the statements of one that was parsed.
struct Body {
    source: Option<String>,
    body: Vec<Expr>,
}

fn body(row: &Row) -> Result<Body, Trouble> {
    if !row.field::<bool>("is_parsed")? {
        return Ok(Body { source: Some(row.field("prosrc")?), body: Vec::new() });
    }
    let statements = statements(row.field("definition")?, row.field("arguments")?);
    let body = statements.ok_or_else(|| Trouble::Surprise("a definition has no body".into()))?;
    Ok(Body { source: None, body: body.into_iter().map(Expr::new).collect() })
}

/// The statements at the end of what `pg_get_functiondef()` printed, behind the arguments.
fn statements<'a>(definition: &'a str, arguments: &str) -> Option<Vec<&'a str>> {
    let rest = definition.split_once(arguments)?.1;
    if let Some((_, block)) = rest.split_once("\nBEGIN ATOMIC\n") {
        let block = block.trim_end().strip_suffix("END")?;
        return Some(split::split(block).into_iter().map(|one| &block[one.span]).collect());
    }
    let at = rest.find("\nRETURN ")?;
    Some(vec![rest[at..].trim()])
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_cut_into_its_statements() {
        let head = "CREATE OR REPLACE FUNCTION app.f(a text DEFAULT '\nRETURN '::text)\n LANGUAGE sql\n";
        let check = |body: &str, expected: &[&str]| {
            let definition = [head, body].concat();
            assert_eq!(statements(&definition, "a text DEFAULT '\nRETURN '::text").unwrap(), expected);
        };
        check("RETURN (a || 'x'::text)\n", &["RETURN (a || 'x'::text)"]);
        check("BEGIN ATOMIC\n SELECT ';'::text;\n\n SELECT 1;\nEND\n", &["SELECT ';'::text", "SELECT 1"]);
        check("BEGIN ATOMIC\nEND\n", &[]);
    }
}
