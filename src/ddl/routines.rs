//! Routines, operators and what is built of them, casts.

use super::types::function;
use super::{Printer, Step, Turn, is, list, literal, qualified, some, stated};
use crate::catalog::kind::{
    Aggregate, AggregateKind, CastContext, CastMethod, FamilyMember, FinalModify, Function, Operator, OperatorClass,
    OperatorName, Parallel, Parameter, ParameterMode, RoutineName, Volatility,
};
use crate::catalog::{Attr, Expr, Facts, ObjectId};
use crate::sql::{Ident, TypeName};

impl Printer<'_> {
    pub(super) fn routine(&mut self, id: &ObjectId, facts: &Facts) {
        let name = id.qualified_name();
        match facts {
            Facts::Function(facts) => {
                let sql = format!("CREATE FUNCTION {name}({}){}", parameters(&facts.parameters), function_words(facts));
                self.make(Turn::Routine, id, sql);
            }
            Facts::Procedure(facts) => {
                let mut sql = format!("CREATE PROCEDURE {name}({})", parameters(&facts.parameters));
                sql += &format!(" LANGUAGE {}", facts.language.get().map_or("sql", Ident::as_str));
                sql += &transforms(&facts.transforms);
                if is(&facts.security_definer) {
                    sql += " SECURITY DEFINER";
                }
                sql += &settings(&facts.configuration);
                sql += &body(&facts.source, &facts.body, &facts.library);
                self.make(Turn::Routine, id, sql);
            }
            Facts::Aggregate(facts) => self.make(Turn::Operator, id, aggregate(id, facts)),
            Facts::Operator(facts) => self.make(Turn::Operator, id, operator(id, facts)),
            Facts::OperatorFamily(facts) => {
                let (schema, method, name) = (&id.path()[0], &id.path()[1], id.name());
                self.make(Turn::Type, id, format!("CREATE OPERATOR FAMILY {schema}.{name} USING {method}"));
                let members = members(&facts.operators, &facts.functions);
                if !members.is_empty() {
                    let sql = format!(
                        "ALTER OPERATOR FAMILY {schema}.{name} USING {method} ADD\n    {}",
                        members.join(",\n    ")
                    );
                    self.change(Turn::Index, id, Vec::new(), sql);
                }
            }
            Facts::OperatorClass(facts) => self.make(Turn::Operator, id, operator_class(id, facts)),
            Facts::Cast(facts) => {
                let by = match (facts.method.get(), some(&facts.function)) {
                    (Some(CastMethod::Inout), _) => "WITH INOUT".to_owned(),
                    (Some(CastMethod::Function), Some(function)) => {
                        format!("WITH FUNCTION {}({})", qualified(&function.name), list(&function.args))
                    }
                    _ => "WITHOUT FUNCTION".to_owned(),
                };
                let context = match facts.context.get() {
                    Some(CastContext::Implicit) => " AS IMPLICIT",
                    Some(CastContext::Assignment) => " AS ASSIGNMENT",
                    Some(CastContext::Explicit) | None => "",
                };
                let needs = self.casts_within(id, some(&facts.function));
                let sql = format!("CREATE CAST {id} {by}{context};");
                self.steps.push(Step { turn: Turn::Operator, id: id.clone(), makes: true, sql, needs });
            }
            _ => {}
        }
    }
}

impl Printer<'_> {
    /// The casts without a function by which that of another takes the source, and gives the target.
    fn casts_within(&self, id: &ObjectId, function: Option<&RoutineName>) -> Vec<ObjectId> {
        let (Some(function), [source, target]) = (function, id.args()) else { return Vec::new() };
        let result = function.id().and_then(|id| self.catalog.get::<Function>(&id)?.result.get().cloned());
        let into = function.args.first().map(|arg| ObjectId::cast(source, arg));
        let out_of = result.map(|result| ObjectId::cast(&result, target));
        into.into_iter().chain(out_of).filter(|cast| cast != id).collect()
    }
}

fn parameters(all: &Attr<Vec<Parameter>>) -> String {
    let one = |parameter: &Parameter| {
        let default = parameter.default.as_ref().map_or_else(String::new, |expr| format!(" DEFAULT {}", expr.text()));
        format!("{parameter}{default}")
    };
    let all = stated(all);
    list(all.iter().filter(|one| one.mode != ParameterMode::Table).map(one))
}

fn function_words(facts: &Function) -> String {
    let all = stated(&facts.parameters);
    let columns: Vec<String> = all
        .iter()
        .filter(|one| one.mode == ParameterMode::Table)
        .map(|one| format!("{} {}", one.name, one.of))
        .collect();
    let set = if is(&facts.returns_set) { "SETOF " } else { "" };
    let mut sql = if columns.is_empty() {
        format!(" RETURNS {set}{}", facts.result.get().map(TypeName::to_string).unwrap_or_default())
    } else {
        format!(" RETURNS TABLE ({})", columns.join(", "))
    };
    sql += &format!("\n    LANGUAGE {}", facts.language.get().cloned().unwrap_or_else(|| "sql".into()));
    sql += &transforms(&facts.transforms);
    let flags = [
        (is(&facts.window), " WINDOW"),
        (facts.volatility.get() == Some(&Volatility::Immutable), " IMMUTABLE"),
        (facts.volatility.get() == Some(&Volatility::Stable), " STABLE"),
        (is(&facts.strict), " STRICT"),
        (is(&facts.security_definer), " SECURITY DEFINER"),
        (is(&facts.leakproof), " LEAKPROOF"),
        (facts.parallel.get() == Some(&Parallel::Safe), " PARALLEL SAFE"),
        (facts.parallel.get() == Some(&Parallel::Restricted), " PARALLEL RESTRICTED"),
    ];
    flags.iter().filter(|(is_set, _)| *is_set).for_each(|(_, words)| sql += words);
    sql += &facts.cost.get().map_or_else(String::new, |cost| format!(" COST {cost}"));
    let rows = facts.rows.get().filter(|_| is(&facts.returns_set));
    sql += &rows.map_or_else(String::new, |rows| format!(" ROWS {rows}"));
    sql += &some(&facts.support).map_or_else(String::new, |name| format!(" SUPPORT {}", function(name)));
    sql += &settings(&facts.configuration);
    sql + &body(&facts.source, &facts.body, &facts.library)
}

fn transforms(types: &Attr<Vec<TypeName>>) -> String {
    let types = stated(types);
    let one = |of: &TypeName| format!("FOR TYPE {of}");
    if types.is_empty() { String::new() } else { format!(" TRANSFORM {}", list(types.iter().map(one))) }
}

/// `SET name TO value`; settings that are lists hold names, each in quotes of its own.
fn settings(all: &Attr<Vec<String>>) -> String {
    const LISTS: [&str; 5] = [
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "local_preload_libraries",
    ];
    let one = |setting: &String| {
        let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
        let value = match crate::sql::ident::split_identifiers(value, ',').filter(|_| LISTS.contains(&name)) {
            Some(names) if names.is_empty() => "''".to_owned(),
            Some(names) => list(names.iter().map(|name| literal(name.as_str()))),
            None => literal(value),
        };
        let name: Vec<String> = name.split('.').map(|part| Ident::new(part).to_string()).collect();
        format!("\n    SET {} TO {value}", name.join("."))
    };
    stated(all).iter().map(one).collect()
}

fn body(source: &Attr<Option<String>>, statements: &Attr<Vec<Expr>>, library: &Attr<Option<String>>) -> String {
    let statements = stated(statements);
    if let [only] = statements.as_slice()
        && only.text().trim_start().to_uppercase().starts_with("RETURN")
    {
        return format!("\n    {}", only.text().trim());
    }
    if !statements.is_empty() || matches!(source, Attr::Is(None, _)) {
        let inside: Vec<String> = statements.iter().map(|one| format!("    {};\n", one.text().trim())).collect();
        return format!("\n    BEGIN ATOMIC\n{}END", inside.concat());
    }
    let source = some(source).cloned().unwrap_or_default();
    match some(library) {
        Some(library) => format!("\n    AS {}, {}", literal(library), literal(&source)),
        None => format!("\n    AS {}", dollar_quoted(&source)),
    }
}

/// In dollar quotes that do not stand in the text (`appendStringLiteralDQ()`).
fn dollar_quoted(text: &str) -> String {
    let mut tag = String::from("$_$");
    while text.contains(tag.trim_end_matches('$')) {
        tag.insert(tag.len() - 1, 'x');
    }
    format!("{tag}{text}{tag}")
}

fn aggregate(id: &ObjectId, facts: &Aggregate) -> String {
    let all = stated(&facts.parameters);
    let direct = usize::try_from(facts.direct_arguments.get().copied().unwrap_or_default()).unwrap_or_default();
    let is_ordered = facts.aggregate_kind.get().is_some_and(|kind| *kind != AggregateKind::Normal);
    let signature = match (is_ordered, all.as_slice()) {
        (false, []) => "*".to_owned(),
        (false, all) => list(all),
        // VARIADIC "any" stands for both.
        (true, all) if direct >= all.len() => {
            format!("{} ORDER BY {}", list(all), list(&all[all.len().saturating_sub(1)..]))
        }
        (true, all) => format!("{} ORDER BY {}", list(&all[..direct]), list(&all[direct..])),
    };
    let mut words = vec![
        format!("SFUNC = {}", facts.state_function.get().map(function).unwrap_or_default()),
        format!("STYPE = {}", facts.state_type.get().map(TypeName::to_string).unwrap_or_default()),
    ];
    let size =
        |word: &str, attr: &Attr<i64>| attr.get().filter(|size| **size != 0).map(|size| format!("{word} = {size}"));
    let by =
        |word: &str, attr: &Attr<Option<RoutineName>>| some(attr).map(|name| format!("{word} = {}", function(name)));
    let text = |word: &str, attr: &Attr<Option<String>>| some(attr).map(|text| format!("{word} = {}", literal(text)));
    let usual = if is_ordered { FinalModify::ReadWrite } else { FinalModify::ReadOnly };
    let modify = |word: &str, attr: &Attr<FinalModify>| {
        let one = attr.get().filter(|one| **one != usual)?;
        Some(format!("{word} = {}", one.word().replace(' ', "_").to_uppercase()))
    };
    words.extend(size("SSPACE", &facts.state_size));
    words.extend(by("FINALFUNC", &facts.final_function));
    words.extend(is(&facts.final_extra).then(|| "FINALFUNC_EXTRA".to_owned()));
    words.extend(modify("FINALFUNC_MODIFY", &facts.final_modify));
    words.extend(by("COMBINEFUNC", &facts.combine_function));
    words.extend(by("SERIALFUNC", &facts.serial_function));
    words.extend(by("DESERIALFUNC", &facts.deserial_function));
    words.extend(text("INITCOND", &facts.initial));
    words.extend(by("MSFUNC", &facts.moving_state_function));
    words.extend(by("MINVFUNC", &facts.moving_inverse_function));
    words.extend(some(&facts.moving_state_type).map(|of| format!("MSTYPE = {of}")));
    words.extend(size("MSSPACE", &facts.moving_state_size));
    words.extend(by("MFINALFUNC", &facts.moving_final_function));
    words.extend(is(&facts.moving_final_extra).then(|| "MFINALFUNC_EXTRA".to_owned()));
    if some(&facts.moving_final_function).is_some() {
        words.extend(modify("MFINALFUNC_MODIFY", &facts.moving_final_modify));
    }
    words.extend(text("MINITCOND", &facts.moving_initial));
    words.extend(some(&facts.sort_operator).map(|name| format!("SORTOP = {}", operator_words(name))));
    words.extend((facts.aggregate_kind.get() == Some(&AggregateKind::Hypothetical)).then(|| "HYPOTHETICAL".to_owned()));
    words.extend(
        facts.parallel.get().filter(|one| **one != Parallel::Unsafe).map(|one| format!("PARALLEL = {}", one.word())),
    );
    format!("CREATE AGGREGATE {}({signature}) (\n    {}\n)", id.qualified_name(), words.join(",\n    "))
}

fn operator(id: &ObjectId, facts: &Operator) -> String {
    let mut words = vec![format!("FUNCTION = {}", facts.function.get().map(function).unwrap_or_default())];
    match id.args() {
        [left, right] => words.extend([format!("LEFTARG = {left}"), format!("RIGHTARG = {right}")]),
        args => words.extend(args.iter().map(|right| format!("RIGHTARG = {right}"))),
    }
    words.extend(some(&facts.commutator).map(|name| format!("COMMUTATOR = {}", operator_words(name))));
    words.extend(some(&facts.negator).map(|name| format!("NEGATOR = {}", operator_words(name))));
    words.extend(some(&facts.restrict).map(|name| format!("RESTRICT = {}", function(name))));
    words.extend(some(&facts.join).map(|name| format!("JOIN = {}", function(name))));
    words.extend(is(&facts.merges).then(|| "MERGES".to_owned()));
    words.extend(is(&facts.hashes).then(|| "HASHES".to_owned()));
    format!("CREATE OPERATOR {}.{} (\n    {}\n)", id.path()[0], id.name().as_str(), words.join(",\n    "))
}

/// `OPERATOR(schema.+)`
fn operator_words(name: &OperatorName) -> String {
    let schema = name.schema.as_ref().map_or_else(|| "pg_catalog".to_owned(), Ident::to_string);
    format!("OPERATOR({schema}.{})", name.name.as_str())
}

fn operator_class(id: &ObjectId, facts: &OperatorClass) -> String {
    let default = if is(&facts.default) { "DEFAULT " } else { "" };
    let of = facts.data_type.get().map(TypeName::to_string).unwrap_or_default();
    let family = facts.family.get().map_or_else(String::new, |name| format!(" FAMILY {}", qualified(name)));
    let mut members = members(&facts.operators, &facts.functions);
    members.extend(some(&facts.storage).map(|of| format!("STORAGE {of}")));
    if members.is_empty() {
        members.push(format!("STORAGE {of}"));
    }
    let (schema, method, name) = (&id.path()[0], &id.path()[1], id.name());
    format!(
        "CREATE OPERATOR CLASS {schema}.{name} {default}FOR TYPE {of} USING {method}{family} AS\n    {}",
        members.join(",\n    ")
    )
}

fn members(
    operators: &Attr<Vec<FamilyMember<OperatorName>>>,
    functions: &Attr<Vec<FamilyMember<RoutineName>>>,
) -> Vec<String> {
    let operator = |one: &FamilyMember<OperatorName>| {
        let schema = one.member.schema.as_ref().map_or_else(|| "pg_catalog".to_owned(), Ident::to_string);
        let order = one.order_by.as_ref().map_or_else(String::new, |name| format!(" FOR ORDER BY {}", qualified(name)));
        format!("OPERATOR {} {schema}.{}({}){order}", one.number, one.member.name.as_str(), list(&one.types))
    };
    let function = |one: &FamilyMember<RoutineName>| {
        format!(
            "FUNCTION {} ({}) {}({})",
            one.number,
            list(&one.types),
            qualified(&one.member.name),
            list(&one.member.args)
        )
    };
    let (operators, functions) = (stated(operators), stated(functions));
    operators.iter().map(operator).chain(functions.iter().map(function)).collect()
}
