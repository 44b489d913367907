//! Operators over values, and what LIKE and `format()` do.

use std::cmp::Ordering;

use super::value::Value;
use crate::sql::Ident;

/// OR, where `wanted` is true, or AND: one such value decides, whatever the others are.
pub(super) fn all(values: &[Value], wanted: bool) -> Value {
    if values.contains(&Value::Bool(wanted)) {
        return Value::Bool(wanted);
    }
    if values.iter().all(|value| *value == Value::Bool(!wanted)) {
        return Value::Bool(!wanted);
    }
    if values.iter().all(|value| matches!(value, Value::Bool(_) | Value::Null)) { Value::Null } else { Value::Unknown }
}

pub(super) fn not(value: &Value) -> Value {
    match value {
        Value::Bool(value) => Value::Bool(!value),
        Value::Null => Value::Null,
        _ => Value::Unknown,
    }
}

pub(super) fn equal(one: &Value, two: &Value) -> Value {
    binary("=", one, two)
}

/// `left operator ANY (array)`, or ALL, which is AND.
pub(super) fn any_or_all(name: &str, left: &Value, array: &Value, is_any: bool) -> Value {
    let array = match array {
        Value::Text(_) => array.clone().cast(&crate::sql::TypeName::builtin("text").array_of()),
        other => other.clone(),
    };
    match array {
        Value::Array(values) | Value::Vector(values) => {
            let each: Vec<Value> = values.iter().map(|value| binary(name, left, value)).collect();
            all(&each, is_any)
        }
        Value::Null => Value::Null,
        _ => Value::Unknown,
    }
}

pub(super) fn binary(name: &str, left: &Value, right: &Value) -> Value {
    let compared = |holds: &dyn Fn(Ordering) -> bool| match left.order(right) {
        Some(order) => Value::Bool(holds(order)),
        None => Value::Unknown,
    };
    let number = |value: Option<i64>| value.map_or(Value::Unknown, Value::Number);
    match (name, left, right) {
        (_, Value::Unknown, _) | (_, _, Value::Unknown) => Value::Unknown,
        ("||", Value::Array(_), Value::Null) => left.clone(),
        ("||", Value::Null, Value::Array(_)) => right.clone(),
        (_, Value::Null, _) | (_, _, Value::Null) => Value::Null,
        ("=", ..) => compared(&|order| order == Ordering::Equal),
        ("<>" | "!=", ..) => compared(&|order| order != Ordering::Equal),
        ("<", ..) => compared(&|order| order == Ordering::Less),
        (">", ..) => compared(&|order| order == Ordering::Greater),
        ("<=", ..) => compared(&|order| order != Ordering::Greater),
        (">=", ..) => compared(&|order| order != Ordering::Less),
        ("+", Value::Number(one), Value::Number(two)) => number(one.checked_add(*two)),
        ("-", Value::Number(one), Value::Number(two)) => number(one.checked_sub(*two)),
        ("*", Value::Number(one), Value::Number(two)) => number(one.checked_mul(*two)),
        ("/", Value::Number(one), Value::Number(two)) => number(one.checked_div(*two)),
        ("%", Value::Number(one), Value::Number(two)) => number(one.checked_rem(*two)),
        ("||", Value::Array(one), Value::Array(two)) => Value::Array([one.clone(), two.clone()].concat()),
        ("||", Value::Array(one), Value::Text(two)) if two.starts_with('{') => {
            let two = Value::Text(two.clone()).cast(&crate::sql::TypeName::builtin("text").array_of());
            binary("||", &Value::Array(one.clone()), &two)
        }
        ("||", Value::Array(one), two) => Value::Array(one.iter().chain([two]).cloned().collect()),
        ("||", one, Value::Array(two)) => Value::Array([one].into_iter().chain(two).cloned().collect()),
        ("||", one, two) => match (one.words(), two.words()) {
            (Some(one), Some(two)) => Value::Text(one + &two),
            _ => Value::Unknown,
        },
        ("<@", Value::Array(one), Value::Array(two)) => contains(two, one),
        ("@>", Value::Array(one), Value::Array(two)) => contains(one, two),
        ("&&", Value::Array(one), Value::Array(two)) => {
            let pairs = one.iter().flat_map(|one| two.iter().map(move |two| equal(one, two)));
            all(&pairs.collect::<Vec<_>>(), true)
        }
        ("~" | "~*" | "!~" | "!~*", Value::Text(text), Value::Text(pattern)) => {
            let found = super::regex::is_match(pattern, text, name.ends_with('*'));
            found.map_or(Value::Unknown, |found| Value::Bool(found != name.starts_with('!')))
        }
        _ => Value::Unknown,
    }
}

fn contains(all_of: &[Value], these: &[Value]) -> Value {
    let each = these.iter().map(|one| all(&all_of.iter().map(|known| equal(known, one)).collect::<Vec<_>>(), true));
    all(&each.collect::<Vec<_>>(), false)
}

/// `LIKE`: `%` is any text, `_` a character, and `\` takes the next one as it is.
pub(super) fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut pattern_parts: Vec<(char, bool)> = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => pattern_parts.extend(characters.next().map(|next| (next, false))),
            other => pattern_parts.push((other, other == '%' || other == '_')),
        }
    }
    // Which beginnings of the text match the pattern so far.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for (character, is_special) in pattern_parts {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match (character, is_special) {
                ('%', true) => reached[at] || at > 0 && next[at - 1],
                (_, is_special) => at > 0 && reached[at - 1] && (is_special || text[at - 1] == character),
            };
        }
        reached = next;
    }
    reached[text.len()]
}

pub(super) fn quoted(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// `format()` with `%s`, `%I` and `%L`, by their order or as `%1$I`.
pub(super) fn format(args: &[Value]) -> Value {
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
            (Some('I'), Some(text), Value::Text(_) | Value::Number(_)) => out += &Ident::new(text).to_string(),
            (Some('I'), Some(text), _) => out += &text,
            (Some('L'), Some(text), _) => out += &quoted(&text),
            (Some('L'), None, Value::Null) => out += "NULL",
            _ => return Value::Unknown,
        }
    }
    Value::Text(out)
}
