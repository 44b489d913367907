//! Expressions over what is known: variables, the catalog, and the functions that code about schemas is made of.
//! Everything else is unknown, and so is what hangs on it.

use std::cmp::Ordering;

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AExpr, AExprKind, BoolExprType, BoolTestType, FuncCall, Node, NullTestType, SubLinkType, TypeCast, a_const::Val,
};

use super::query::Scope;
use super::value::Value;
use crate::catalog::{Class, ObjectId};
use crate::replay::refusal::{Outcome, Stop, UNDEFINED_TABLE};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, TypeName};

impl Scope<'_> {
    pub(super) fn value(&self, node: &Node) -> Outcome<Value> {
        let optional = |node: Option<&Node>| node.map_or(Ok(Value::Null), |node| self.value(node));
        Ok(match &node.node {
            Some(NodeEnum::AConst(constant)) => match &constant.val {
                None => Value::Null,
                Some(Val::Ival(number)) => Value::Number(i64::from(number.ival)),
                Some(Val::Boolval(value)) => Value::Bool(value.boolval),
                Some(Val::Sval(text)) => Value::Text(text.sval.clone()),
                Some(Val::Fval(number)) => number.fval.parse().map_or(Value::Unknown, Value::Number),
                Some(Val::Bsval(_)) => Value::Unknown,
            },
            Some(NodeEnum::ColumnRef(column)) => {
                let parts: Vec<String> = column.fields.iter().filter_map(string_of).collect();
                if parts.len() == column.fields.len() { self.named(&parts) } else { Value::Unknown }
            }
            Some(NodeEnum::TypeCast(cast)) => self.cast(cast)?,
            Some(NodeEnum::BoolExpr(expr)) => {
                let values = expr.args.iter().map(|arg| self.value(arg)).collect::<Outcome<Vec<_>>>()?;
                match expr.boolop() {
                    BoolExprType::NotExpr => not(values.first().unwrap_or(&Value::Unknown)),
                    BoolExprType::OrExpr => all(values, true),
                    BoolExprType::AndExpr | BoolExprType::Undefined => all(values, false),
                }
            }
            Some(NodeEnum::NullTest(test)) => match optional(test.arg.as_deref())? {
                Value::Unknown => Value::Unknown,
                value => Value::Bool((value == Value::Null) == (test.nulltesttype() == NullTestType::IsNull)),
            },
            Some(NodeEnum::BooleanTest(test)) => match (optional(test.arg.as_deref())?, test.booltesttype()) {
                (Value::Bool(value), BoolTestType::IsTrue | BoolTestType::IsNotFalse) => Value::Bool(value),
                (Value::Bool(value), BoolTestType::IsFalse | BoolTestType::IsNotTrue) => Value::Bool(!value),
                _ => Value::Unknown,
            },
            Some(NodeEnum::CoalesceExpr(list)) => {
                for arg in &list.args {
                    let value = self.value(arg)?;
                    if value != Value::Null {
                        return Ok(value);
                    }
                }
                Value::Null
            }
            Some(NodeEnum::CaseExpr(case)) if case.arg.is_none() => {
                for node in &case.args {
                    let Some(NodeEnum::CaseWhen(when)) = &node.node else { return Ok(Value::Unknown) };
                    match optional(when.expr.as_deref())?.truth() {
                        Some(true) => return optional(when.result.as_deref()),
                        Some(false) => {}
                        None => return Ok(Value::Unknown),
                    }
                }
                optional(case.defresult.as_deref())?
            }
            Some(NodeEnum::AArrayExpr(array)) => {
                Value::Array(array.elements.iter().map(|element| self.value(element)).collect::<Outcome<_>>()?)
            }
            Some(NodeEnum::AExpr(expr)) => self.operator(expr)?,
            Some(NodeEnum::FuncCall(call)) => self.call(call)?,
            Some(NodeEnum::SubLink(link)) => {
                let Some(NodeEnum::SelectStmt(query)) = link.subselect.as_deref().and_then(|node| node.node.as_ref())
                else {
                    return Ok(Value::Unknown);
                };
                let Some(rows) = self.rows(query)? else { return Ok(Value::Unknown) };
                let mut first =
                    rows.into_iter().map(|row| row.into_iter().next().map_or(Value::Null, |(_, value)| value));
                match link.sub_link_type() {
                    SubLinkType::ExistsSublink => Value::Bool(first.next().is_some()),
                    SubLinkType::ExprSublink => first.next().unwrap_or(Value::Null),
                    SubLinkType::ArraySublink => Value::Array(first.collect()),
                    SubLinkType::AnySublink if link.oper_name.is_empty() => {
                        let left = optional(link.testexpr.as_deref())?;
                        all(first.map(|value| equal(&left, &value)).collect(), true)
                    }
                    _ => Value::Unknown,
                }
            }
            _ => Value::Unknown,
        })
    }

    fn operator(&self, expr: &AExpr) -> Outcome<Value> {
        let value = |node: &Option<Box<Node>>| node.as_deref().map_or(Ok(Value::Null), |node| self.value(node));
        let name = &expr.name.last().and_then(string_of).unwrap_or_default();
        let left = value(&expr.lexpr)?;
        let list = || -> Outcome<Vec<Value>> {
            match expr.rexpr.as_deref().and_then(|node| node.node.as_ref()) {
                Some(NodeEnum::List(list)) => list.items.iter().map(|item| self.value(item)).collect(),
                _ => Ok(vec![Value::Unknown]),
            }
        };
        Ok(match expr.kind() {
            AExprKind::AexprOp => binary(name, &left, &value(&expr.rexpr)?),
            AExprKind::AexprIn => {
                let found = all(list()?.iter().map(|value| equal(&left, value)).collect(), true);
                if name == "<>" { not(&found) } else { found }
            }
            AExprKind::AexprOpAny if name == "=" => match value(&expr.rexpr)? {
                Value::Array(values) => all(values.iter().map(|value| equal(&left, value)).collect(), true),
                _ => Value::Unknown,
            },
            AExprKind::AexprOpAll if name == "<>" => match value(&expr.rexpr)? {
                Value::Array(values) => not(&all(values.iter().map(|value| equal(&left, value)).collect(), true)),
                _ => Value::Unknown,
            },
            kind @ (AExprKind::AexprLike | AExprKind::AexprIlike) => match (left, value(&expr.rexpr)?) {
                (Value::Text(text), Value::Text(pattern)) => {
                    let folded =
                        |text: &str| if kind == AExprKind::AexprIlike { text.to_lowercase() } else { text.into() };
                    let is_like = like(&folded(&text), &folded(&pattern));
                    Value::Bool(is_like != name.starts_with('!'))
                }
                (Value::Null, _) | (_, Value::Null) => Value::Null,
                _ => Value::Unknown,
            },
            AExprKind::AexprDistinct => match (left, value(&expr.rexpr)?) {
                (Value::Unknown, _) | (_, Value::Unknown) => Value::Unknown,
                (one, two) => Value::Bool(one != two),
            },
            _ => Value::Unknown,
        })
    }

    /// Names become what they stand for; everything else keeps its value.
    fn cast(&self, cast: &TypeCast) -> Outcome<Value> {
        let value = cast.arg.as_deref().map_or(Ok(Value::Null), |node| self.value(node))?;
        let to = cast.type_name.as_ref().map(TypeName::from_node).unwrap_or_default();
        let is = |name: &str| to.is_builtin(name) && !to.array;
        Ok(match value {
            Value::Text(text) if is("regclass") => match self.relation(&text) {
                Some(id) => Value::Object(id),
                None if self.replay.doubts.cover(&text) => Value::Unknown,
                None => return Err(Stop::refused(UNDEFINED_TABLE, format!("relation \"{text}\" does not exist"))),
            },
            Value::Text(text) if is("regnamespace") => {
                let id = ObjectId::top(Class::Schema, &QualifiedName::parse(&text).unwrap_or_default().name);
                if self.replay.catalog().exists(&id) { Value::Object(id) } else { Value::Unknown }
            }
            Value::Text(text) if is("int4") || is("int8") || is("int2") => {
                text.trim().parse().map_or(Value::Unknown, Value::Number)
            }
            Value::Text(text) if is("bool") => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "t" | "on" | "yes" | "1" => Value::Bool(true),
                "false" | "f" | "off" | "no" | "0" => Value::Bool(false),
                _ => Value::Unknown,
            },
            value @ (Value::Text(_) | Value::Number(_) | Value::Bool(_))
                if ["text", "varchar", "name", "bpchar"].iter().any(|name| is(name)) =>
            {
                value.words().map_or(Value::Unknown, Value::Text)
            }
            Value::Object(id) if is("text") || is("name") || is("varchar") => {
                Value::Object(id).words().map_or(Value::Unknown, Value::Text)
            }
            value @ (Value::Object(_) | Value::Null | Value::Array(_) | Value::Number(_) | Value::Bool(_)) => value,
            Value::Text(_) | Value::Unknown | Value::Row(_) => Value::Unknown,
        })
    }

    /// The relation of a name, as `regclass` reads it.
    fn relation(&self, text: &str) -> Option<ObjectId> {
        let QualifiedName { schema, name } = QualifiedName::parse(text)?;
        let schema = schema.as_ref().map(Ident::as_str).unwrap_or_default();
        self.replay.find_relation(schema, name.as_str())
    }

    fn call(&self, call: &FuncCall) -> Outcome<Value> {
        let name = call.funcname.last().and_then(string_of).unwrap_or_default();
        let args = call.args.iter().map(|arg| self.value(arg)).collect::<Outcome<Vec<_>>>()?;
        let texts: Option<Vec<String>> = args.iter().map(Value::words).collect();
        let of_text = |made: &dyn Fn(&str) -> String| match (&args[..], &texts) {
            ([Value::Null], _) => Value::Null,
            ([_], Some(texts)) => Value::Text(made(&texts[0])),
            _ => Value::Unknown,
        };
        Ok(match name.as_str() {
            "format" => format(&args),
            "quote_ident" => of_text(&|text| Ident::new(text).to_string()),
            "quote_literal" => of_text(&|text| format!("'{}'", text.replace('\'', "''"))),
            "lower" => of_text(&|text| text.to_lowercase()),
            "upper" => of_text(&|text| text.to_uppercase()),
            "btrim" => of_text(&|text| text.trim().to_owned()),
            "concat" if !args.contains(&Value::Unknown) => {
                Value::Text(args.iter().filter_map(Value::words).collect::<String>())
            }
            "replace" => match texts.as_deref() {
                Some([text, from, to]) if !from.is_empty() => Value::Text(text.replace(from.as_str(), to)),
                _ => Value::Unknown,
            },
            "to_regclass" => match &args[..] {
                [Value::Text(text)] => match self.relation(text) {
                    Some(id) => Value::Object(id),
                    None if self.replay.doubts.cover(text) => Value::Unknown,
                    None => Value::Null,
                },
                _ => Value::Unknown,
            },
            "current_schema" => self
                .replay
                .session
                .search_path
                .first()
                .map_or(Value::Null, |schema| Value::Text(schema.as_str().into())),
            "array_length" | "cardinality" => match &args[..] {
                [Value::Array(values), ..] => Value::Number(i64::try_from(values.len()).unwrap_or_default()),
                _ => Value::Unknown,
            },
            "string_to_array" => match texts.as_deref() {
                Some([text, by]) if !by.is_empty() => {
                    Value::Array(text.split(by.as_str()).map(|part| Value::Text(part.to_owned())).collect())
                }
                _ => Value::Unknown,
            },
            _ => Value::Unknown,
        })
    }
}

/// OR, where `wanted` is true, or AND: one such value decides, whatever the others are.
fn all(values: Vec<Value>, wanted: bool) -> Value {
    if values.contains(&Value::Bool(wanted)) {
        return Value::Bool(wanted);
    }
    if values.iter().all(|value| *value == Value::Bool(!wanted)) {
        return Value::Bool(!wanted);
    }
    if values.contains(&Value::Unknown) { Value::Unknown } else { Value::Null }
}

fn not(value: &Value) -> Value {
    match value {
        Value::Bool(value) => Value::Bool(!value),
        Value::Null => Value::Null,
        _ => Value::Unknown,
    }
}

fn equal(one: &Value, two: &Value) -> Value {
    binary("=", one, two)
}

fn binary(name: &str, left: &Value, right: &Value) -> Value {
    let compared = |holds: &dyn Fn(Ordering) -> bool| match left.order(right) {
        Some(order) => Value::Bool(holds(order)),
        None => Value::Unknown,
    };
    match (name, left, right) {
        (_, Value::Unknown, _) | (_, _, Value::Unknown) => Value::Unknown,
        (_, Value::Null, _) | (_, _, Value::Null) => Value::Null,
        ("=", ..) => compared(&|order| order == Ordering::Equal),
        ("<>" | "!=", ..) => compared(&|order| order != Ordering::Equal),
        ("<", ..) => compared(&|order| order == Ordering::Less),
        (">", ..) => compared(&|order| order == Ordering::Greater),
        ("<=", ..) => compared(&|order| order != Ordering::Greater),
        (">=", ..) => compared(&|order| order != Ordering::Less),
        ("+", Value::Number(one), Value::Number(two)) => one.checked_add(*two).map_or(Value::Unknown, Value::Number),
        ("-", Value::Number(one), Value::Number(two)) => one.checked_sub(*two).map_or(Value::Unknown, Value::Number),
        ("||", Value::Array(one), Value::Array(two)) => Value::Array([one.clone(), two.clone()].concat()),
        ("||", Value::Array(one), two) => Value::Array(one.iter().chain([two]).cloned().collect()),
        ("||", one, two) => match (one.words(), two.words()) {
            (Some(one), Some(two)) => Value::Text(one + &two),
            _ => Value::Unknown,
        },
        _ => Value::Unknown,
    }
}

/// `LIKE`: `%` is any text, `_` a character, and `\` takes the next one as it is.
fn like(text: &str, pattern: &str) -> bool {
    let mut characters = pattern.chars();
    match characters.next() {
        None => text.is_empty(),
        Some('%') => {
            let rest = characters.as_str();
            let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            starts.any(|at| like(&text[at..], rest))
        }
        Some('_') => {
            let mut rest = text.chars();
            rest.next().is_some() && like(rest.as_str(), characters.as_str())
        }
        Some(character) => {
            let wanted = if character == '\\' { characters.next() } else { Some(character) };
            let mut rest = text.chars();
            rest.next() == wanted && like(rest.as_str(), characters.as_str())
        }
    }
}

/// `format()` with `%s`, `%I` and `%L`, by their order or as `%1$I`.
fn format(args: &[Value]) -> Value {
    let Some(Value::Text(pattern)) = args.first() else { return Value::Unknown };
    let mut out = String::new();
    let mut next = 1;
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        let mut number = String::new();
        while let Some(digit) = characters.next_if(char::is_ascii_digit) {
            number.push(digit);
        }
        let mut position = next;
        if !number.is_empty() {
            let Ok(explicit) = number.parse::<usize>() else { return Value::Unknown };
            if characters.next() != Some('$') {
                return Value::Unknown;
            }
            position = explicit;
        }
        let kind = characters.next();
        if kind == Some('%') {
            out.push('%');
            continue;
        }
        let Some(value) = args.get(position) else { return Value::Unknown };
        next = position + 1;
        match (kind, value.words(), value) {
            (Some('s'), Some(text), _) => out += &text,
            (Some('s'), None, Value::Null) => {}
            (Some('I'), Some(text), Value::Text(_)) => out += &Ident::new(text).to_string(),
            (Some('I'), Some(text), _) => out += &text,
            (Some('L'), Some(text), _) => out += &format!("'{}'", text.replace('\'', "''")),
            (Some('L'), None, Value::Null) => out += "NULL",
            _ => return Value::Unknown,
        }
    }
    Value::Text(out)
}
