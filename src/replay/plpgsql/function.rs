//! The server's own functions that code about schemas is made of.

use super::evaluate::Evaluator;
use super::operator::{binary, format, quoted};
use super::value::{Value, number, text};
use crate::catalog::{Class, ObjectId};
use crate::library::Library;
use crate::replay::Replay;
use crate::replay::refusal::Outcome;
use crate::sql::{Ident, QualifiedName, TypeName, split};

/// More elements than any list of names has.
const MAX_ELEMENTS: i64 = 10_000;

impl Evaluator<'_> {
    /// What one of the server's functions gives for these.
    pub(super) fn builtin(&mut self, name: &str, args: &[Value]) -> Outcome<Value> {
        if let Some(value) = of_lists(name, args) {
            return Ok(value);
        }
        if args.contains(&Value::Unknown) {
            return Ok(Value::Unknown);
        }
        if let ("set_config", [variable, value, is_local]) = (name, args) {
            if let (Some(variable), Some(value)) = (variable.words(), value.words()) {
                self.replay.set_config(&variable, &value, is_local.truth() == Some(true));
            }
            return Ok(value.clone());
        }
        if let ("quote_nullable", [Value::Null]) = (name, args) {
            return Ok(text("NULL"));
        }
        if args.contains(&Value::Null) {
            return Ok(if name == "obj_description" { Value::Unknown } else { Value::Null });
        }
        let words: Option<Vec<String>> = args.iter().map(Value::words).collect();
        let of_words =
            words.as_deref().and_then(|words| of_texts(name, &words.iter().map(String::as_str).collect::<Vec<_>>()));
        let answer = of_words.or_else(|| self.asked_right(name, args));
        Ok(answer.unwrap_or_else(|| self.of_catalog(name, args)))
    }

    /// What a function that returns a set gives.
    pub(super) fn builtin_set(&mut self, name: &str, args: &[Value]) -> Outcome<Option<Vec<Value>>> {
        Ok(match (name, args) {
            ("unnest", [Value::Array(values) | Value::Vector(values)]) => Some(values.clone()),
            ("unnest" | "generate_series" | "regexp_split_to_table", args) if args.contains(&Value::Null) => {
                Some(Vec::new())
            }
            ("generate_series", [Value::Number(from), Value::Number(to)]) => {
                Some((*from..=*to).take(super::run::MAX_TURNS).map(Value::Number).collect())
            }
            ("generate_subscripts", [Value::Array(values), Value::Number(1)]) => {
                Some((1..=values.len()).map(number).collect())
            }
            ("string_to_table", [_, _]) => match self.builtin("string_to_array", args)? {
                Value::Array(values) => Some(values),
                _ => None,
            },
            _ => match self.builtin(name, args)? {
                Value::Unknown | Value::Row(_) => None,
                value => Some(vec![value]),
            },
        })
    }

    fn of_catalog(&mut self, name: &str, args: &[Value]) -> Value {
        let replay = &*self.replay;
        let of_relation = |text: &str| match self.relation(text) {
            Some(id) => Value::Object(id),
            None if self.may_exist(text) => Value::Unknown,
            None => Value::Null,
        };
        match (name, args) {
            ("to_regclass", [Value::Text(text)]) => of_relation(text),
            ("to_regtype", [Value::Text(text)]) => match replay.type_named(text) {
                Some(of) => Value::Type(of),
                None if self.may_exist(text) => Value::Unknown,
                None => Value::Null,
            },
            ("to_regproc" | "to_regprocedure", [Value::Text(text)]) => match replay.routine_named(text) {
                Some(Value::Null) if self.may_exist(text) => Value::Unknown,
                found => found.unwrap_or(Value::Unknown),
            },
            ("to_regnamespace", [Value::Text(text)]) => {
                let id = ObjectId::top(Class::Schema, &QualifiedName::parse(text).unwrap_or_default().name);
                match replay.catalog().exists(&id) {
                    true => Value::Object(id),
                    false if self.may_exist(text) => Value::Unknown,
                    false => Value::Null,
                }
            }
            ("current_schema", []) => {
                replay.creation_schema("").map_or(Value::Null, |schema| super::value::name(&schema))
            }
            ("current_schemas", [Value::Bool(with_implicit)]) => {
                let own = replay.session.search_path.iter().map(super::value::name);
                let system = with_implicit.then(|| text("pg_catalog"));
                Value::Array(system.into_iter().chain(own).collect())
            }
            ("format_type", [Value::Type(of), typmod]) => {
                let is_bare = matches!(typmod, Value::Number(number) if *number < 0);
                text(&super::value::shown_type(&if is_bare { of.base() } else { of.clone() }))
            }
            ("pg_table_is_visible", [Value::Object(id)]) => {
                Value::Bool(replay.find_relation("", id.name().as_str()).as_ref() == Some(id))
            }
            ("pg_type_is_visible", [Value::Type(of)]) => {
                Value::Bool(of.name.schema.as_ref().is_none_or(|schema| replay.search_path().contains(schema)))
            }
            ("obj_description" | "col_description", [Value::Object(id), rest @ ..]) => {
                let id = match (name, rest) {
                    ("col_description", [Value::Number(at)]) => {
                        let columns = replay.relation_columns(id).unwrap_or_default();
                        let at = usize::try_from(*at).ok().and_then(|at| at.checked_sub(1));
                        at.and_then(|at| columns.get(at)).map(|(column, _)| id.part(Class::Column, column))
                    }
                    _ => Some(id.clone()),
                };
                id.and_then(|id| replay.comment_of(&id))
                    .map_or(Value::Unknown, |comment| comment.map_or(Value::Null, Value::Text))
            }
            ("pg_get_constraintdef", [Value::Object(id), ..]) => replay.constraint_definition(id),
            ("pg_get_indexdef", [Value::Object(id)]) => replay.index_definition(id),
            // It is text already.
            ("pg_get_expr", [Value::Text(of), Value::Object(_), ..]) => text(of),
            ("pg_get_userbyid", [Value::Object(role)]) => super::value::name(role.name()),
            ("to_regrole", [Value::Text(text)]) => {
                let id = ObjectId::top(Class::Role, &QualifiedName::parse(text).unwrap_or_default().name);
                match replay.catalog().exists(&id) {
                    true => Value::Object(id),
                    // A platform has roles that no file makes.
                    false if self.may_exist(text) || !replay.knows_all => Value::Unknown,
                    false => Value::Null,
                }
            }
            ("pg_get_serial_sequence", [Value::Text(table), Value::Text(column)]) => {
                let column = self.relation(table).map(|table| table.part(Class::Column, &Ident::new(column)));
                let owned = column.and_then(|column| replay.database.owned_by(&column).next().cloned());
                owned.map_or(Value::Unknown, |id| text(&id.to_string()))
            }
            ("current_setting", [Value::Text(setting), missing_ok @ ..]) => {
                let is_custom = setting.contains('.');
                let may_miss = missing_ok.first().is_some_and(|value| value.truth() == Some(true));
                match replay.session.setting(setting) {
                    Some(value) => text(value),
                    None if setting == "search_path" => text(&path_text(&replay.session.search_path)),
                    None if is_custom && may_miss && replay.knows_all => Value::Null,
                    None => Value::Unknown,
                }
            }
            _ => Value::Unknown,
        }
    }
}

impl Replay {
    /// Whether a call means one of the server's own functions.
    pub(super) fn is_builtin_function(&self, parts: &[String]) -> bool {
        let (schema, name) = match parts {
            [.., schema, name] => (schema.as_str(), name.as_str()),
            [name] => ("", name.as_str()),
            [] => return false,
        };
        ["", "pg_catalog"].contains(&schema) && !Library::of(self.catalog().version).routines(name).is_empty()
    }

    /// A type by its name, as `regtype` reads it.
    pub(super) fn type_named(&self, name: &str) -> Option<TypeName> {
        let of = TypeName::parse(name).ok()?;
        if of.name.schema.is_none() && !of.is_unresolved() {
            return Some(of);
        }
        let found = self.find_type(&of.name).or_else(|| {
            let schema = of.name.schema.as_ref().map(Ident::as_str).unwrap_or_default();
            self.find_relation(schema, of.name.name.as_str()).filter(|id| id.class() == Class::Relation)
        });
        found.map(|id| TypeName { name: id.qualified_name(), ..of })
    }

    /// A routine by its name, with the types that it takes or without, as `regprocedure` and `regproc` read it:
    /// NULL if there is none, nothing if it cannot be told.
    pub(super) fn routine_named(&self, name: &str) -> Option<Value> {
        let (name, types) = match name.trim().strip_suffix(')').and_then(|inner| inner.split_once('(')) {
            Some((name, types)) => {
                let types = split::elements(types).into_iter().map(|span| types[span].trim().to_owned());
                (name, Some(types.filter(|of| !of.is_empty()).collect::<Vec<_>>()))
            }
            None => (name, None),
        };
        let types = match types {
            Some(types) => {
                let types = types.iter().map(|of| self.type_named(of));
                Some(types.collect::<Option<Vec<_>>>()?)
            }
            None => None,
        };
        let QualifiedName { schema, name } = QualifiedName::parse(name)?;
        let schema = schema.as_ref().map(Ident::as_str).unwrap_or_default();
        if self.is_builtin_function(&[schema.to_owned(), name.as_str().to_owned()]) {
            return None;
        }
        let found = self.schemas_of(schema).into_iter().find_map(|schema| {
            let mut overloads = self.catalog().overloads(Class::Routine, &schema, &name);
            overloads.find(|(id, _)| types.as_ref().is_none_or(|types| id.args() == types)).map(|(id, _)| id.clone())
        });
        Some(found.map_or(Value::Null, Value::Object))
    }

    /// The comment on something; nothing if it cannot be told whether there is one.
    pub(super) fn comment_of(&self, id: &ObjectId) -> Option<Option<String>> {
        let facts = self.catalog().facts(id)?;
        let attributes = facts.attributes();
        let (_, value) = attributes.into_iter().find(|(definition, _)| definition.name == "comment")?;
        match value?.0 {
            crate::catalog::Value::Null => Some(None),
            crate::catalog::Value::Text(comment) => Some(Some(comment)),
            _ => None,
        }
    }
}

/// Functions of arrays, and those that take NULL and unknown values.
fn of_lists(name: &str, args: &[Value]) -> Option<Value> {
    Some(match (name, args) {
        ("format", args) => format(args),
        ("concat", args) if !args.contains(&Value::Unknown) => {
            Value::Text(args.iter().filter_map(Value::words).collect::<String>())
        }
        ("concat_ws", [by, rest @ ..]) if !args.contains(&Value::Unknown) => {
            let by = by.words()?;
            Value::Text(rest.iter().filter_map(Value::words).collect::<Vec<_>>().join(&by))
        }
        ("array_length" | "array_upper", [Value::Array(values), ..]) if values.is_empty() => Value::Null,
        ("array_length" | "cardinality" | "array_upper", [Value::Array(values), ..]) => number(values.len()),
        ("array_lower", [Value::Array(_), ..]) => Value::Number(1),
        ("array_append", [Value::Array(values), value]) => {
            Value::Array(values.iter().chain([value]).cloned().collect())
        }
        ("array_append", [Value::Null, value]) => Value::Array(vec![value.clone()]),
        ("array_prepend", [value, Value::Array(values)]) => {
            Value::Array([value].into_iter().chain(values).cloned().collect())
        }
        ("array_cat", [one, two]) => binary("||", one, two),
        ("array_remove", [Value::Array(values), value]) if !args.iter().any(Value::has_unknown) => {
            Value::Array(values.iter().filter(|one| *one != value).cloned().collect())
        }
        ("array_position", [Value::Array(values), value]) if !args.iter().any(Value::has_unknown) => {
            values.iter().position(|one| one == value).map_or(Value::Null, |at| number(at + 1))
        }
        ("array_to_string", [Value::Array(values), Value::Text(by), ..]) if args.len() == 2 => {
            let known = values.iter().filter(|value| **value != Value::Null);
            match known.map(Value::words).collect::<Option<Vec<_>>>() {
                Some(words) => Value::Text(words.join(by)),
                None => Value::Unknown,
            }
        }
        ("regexp_match", [Value::Text(of), Value::Text(pattern), rest @ ..]) => {
            let flags = rest.first().and_then(Value::words).unwrap_or_default();
            match super::regex::groups(pattern, of, &flags) {
                Some(Some(groups)) => {
                    Value::Array(groups.into_iter().map(|group| group.map_or(Value::Null, Value::Text)).collect())
                }
                Some(None) => Value::Null,
                None => Value::Unknown,
            }
        }
        _ => return None,
    })
}

/// Functions of texts, none of which is NULL.
fn of_texts(name: &str, args: &[&str]) -> Option<Value> {
    let count = |text: &str| text.parse::<i64>().ok();
    Some(match (name, args) {
        ("quote_ident", [of]) => text(&Ident::new(*of).to_string()),
        ("quote_literal" | "quote_nullable", [of]) => text(&quoted(of)),
        ("lower", [of]) => text(&of.to_lowercase()),
        ("upper", [of]) => text(&of.to_uppercase()),
        ("btrim" | "ltrim" | "rtrim", [of, rest @ ..]) => {
            let cut: Vec<char> = rest.first().unwrap_or(&" ").chars().collect();
            let of = if name == "rtrim" { of } else { of.trim_start_matches(cut.as_slice()) };
            text(if name == "ltrim" { of } else { of.trim_end_matches(cut.as_slice()) })
        }
        ("replace", [of, "", _]) => text(of),
        ("replace", [of, from, to]) => text(&of.replace(from, to)),
        ("length" | "char_length" | "character_length", [of]) => number(of.chars().count()),
        ("reverse", [of]) => Value::Text(of.chars().rev().collect()),
        ("repeat", [of, times]) => {
            let times = count(times).filter(|times| *times <= MAX_ELEMENTS)?;
            Value::Text(of.repeat(usize::try_from(times).unwrap_or_default()))
        }
        ("left", [of, length]) => Value::Text(part(of, 0, count(length)?)),
        ("right", [of, length]) => {
            let all = i64::try_from(of.chars().count()).ok()?;
            let length = count(length)?;
            let from = if length < 0 { length.saturating_neg() } else { all.saturating_sub(length).max(0) };
            Value::Text(of.chars().skip(usize::try_from(from).unwrap_or(usize::MAX)).collect())
        }
        ("substr" | "substring", [of, from]) => {
            let from = count(from)?.saturating_sub(1).max(0);
            Value::Text(of.chars().skip(usize::try_from(from).ok()?).collect())
        }
        ("substr" | "substring", [of, from, length]) => {
            let (from, length) = (count(from)?.saturating_sub(1), count(length)?);
            let end = from.saturating_add(length).max(0);
            Value::Text(of.chars().take(usize::try_from(end).ok()?).skip(usize::try_from(from.max(0)).ok()?).collect())
        }
        ("split_part", [of, by, at]) => {
            let at = usize::try_from(count(at)?).ok()?.checked_sub(1)?;
            let found = if by.is_empty() { (at == 0).then_some(*of) } else { of.split(by).nth(at) };
            text(found.unwrap_or_default())
        }
        ("strpos" | "position", [of, what]) => {
            of.find(what).map_or(Value::Number(0), |at| number(of[..at].chars().count() + 1))
        }
        ("starts_with", [of, what]) => Value::Bool(of.starts_with(what)),
        ("regexp_replace", [of, pattern, by, rest @ ..]) if rest.len() < 2 => {
            let flags = rest.first().unwrap_or(&"");
            super::regex::replace(of, pattern, by, flags).map_or(Value::Unknown, Value::Text)
        }
        ("string_to_array", [of, by]) if !by.is_empty() => match *of {
            "" => Value::Array(Vec::new()),
            of => Value::Array(of.split(by).map(text).collect()),
        },
        _ => return None,
    })
}

/// So many characters; fewer than none leave out as many at the end.
fn part(of: &str, from: usize, length: i64) -> String {
    let all = of.chars().count();
    let taken = usize::try_from(length)
        .unwrap_or_else(|_| all.saturating_sub(usize::try_from(length.saturating_neg()).unwrap_or(usize::MAX)));
    of.chars().skip(from).take(taken).collect()
}

fn path_text(path: &[Ident]) -> String {
    path.iter().map(Ident::to_string).collect::<Vec<_>>().join(", ")
}
