//! What uncompared objects mean to expressions, as JSON and back. Types are spelled as SQL spells them; what
//! is the rule is left out.

use serde_json::{Map, Value as Json, json};

use super::text_of;
use crate::catalog::Meaning;
use crate::catalog::meaning::{
    Argument, CallKind, CastContext, CastMeaning, MutableIo, Signature, TypeMeaning, TypeSort,
};
use crate::sql::{Ident, QualifiedName, TypeName};

const CONTEXTS: [(&str, CastContext); 3] =
    [("implicit", CastContext::Implicit), ("assignment", CastContext::Assignment), ("explicit", CastContext::Explicit)];

/// Null where nothing is known.
pub(super) fn to_json(meaning: &Meaning) -> Json {
    match meaning {
        Meaning::Unknown => Json::Null,
        Meaning::Type(meaning) => type_to_json(meaning),
        Meaning::Call(signature) => json!({ "call": signature_to_json(signature) }),
        Meaning::Columns(columns) => json!({ "columns": columns_to_json(columns) }),
        Meaning::Cast(CastMeaning { context, binary, is_mutable }) => {
            let context = CONTEXTS.iter().find(|(_, known)| known == context).map(|(word, _)| word);
            let mut json = Map::new();
            json.insert("cast".into(), json!(context));
            json.insert("binary".into(), json!(binary));
            json.extend(is_mutable.then(|| ("mutable".into(), json!(true))));
            json.into()
        }
    }
}

/// Reads it back; the error says what is wrong with it.
pub(super) fn from_json(json: &Json) -> Result<Meaning, String> {
    if json.is_null() {
        return Ok(Meaning::Unknown);
    }
    if let Some(call) = json.get("call") {
        return Ok(Meaning::Call(signature_from_json(call)?));
    }
    if let Some(columns) = json.get("columns") {
        return Ok(Meaning::Columns(all(columns, column_from_json)?));
    }
    if let Some(context) = json.get("cast") {
        let context = CONTEXTS.iter().find(|(word, _)| context == word).map(|(_, context)| *context);
        let binary = json.get("binary").and_then(Json::as_bool);
        let is_mutable = is_set(json, "mutable");
        let cast = context.zip(binary).map(|(context, binary)| CastMeaning { context, binary, is_mutable });
        return cast.map(Meaning::Cast).ok_or_else(|| unknown("cast", json));
    }
    Ok(Meaning::Type(type_from_json(json)?))
}

fn type_to_json(meaning: &TypeMeaning) -> Json {
    let mut json = Map::new();
    let (sort, of) = match &meaning.sort {
        TypeSort::Base => ("base", None),
        TypeSort::Composite(_) => ("composite", None),
        TypeSort::Domain(base) => ("domain", Some(base.to_string())),
        TypeSort::Enum => ("enum", None),
        TypeSort::Range { subtype, .. } => ("range", Some(subtype.to_string())),
        TypeSort::Multirange(range) => ("multirange", Some(range.to_string())),
        TypeSort::Pseudo => ("pseudo", None),
    };
    json.insert("type".into(), json!(sort));
    json.extend(of.map(|of| ("of".into(), json!(of))));
    match &meaning.sort {
        TypeSort::Composite(attributes) => {
            json.insert("attributes".into(), columns_to_json(attributes));
        }
        TypeSort::Range { multirange: Some(name), .. } => {
            json.insert("multirange".into(), json!(name.to_string()));
        }
        _ => {}
    }
    json.insert("category".into(), json!(meaning.category.to_string()));
    json.extend(meaning.preferred.then(|| ("preferred".into(), json!(true))));
    json.extend(meaning.collatable.then(|| ("collatable".into(), json!(true))));
    json.extend(meaning.io.input.then(|| ("mutable_input".into(), json!(true))));
    json.extend(meaning.io.output.then(|| ("mutable_output".into(), json!(true))));
    json.extend(meaning.element.as_ref().map(|element| ("element".into(), json!(element.to_string()))));
    json.into()
}

fn type_from_json(json: &Json) -> Result<TypeMeaning, String> {
    let of = || type_of(json, "of");
    let optional = |key: &str| json.get(key).map(|_| type_of(json, key)).transpose();
    let sort = match text_of(json, "type")?.as_str() {
        "base" => TypeSort::Base,
        "composite" => TypeSort::Composite(all(&json["attributes"], column_from_json)?),
        "domain" => TypeSort::Domain(of()?),
        "enum" => TypeSort::Enum,
        "range" => TypeSort::Range { subtype: of()?, multirange: optional("multirange")?.map(name_of) },
        "multirange" => TypeSort::Multirange(name_of(of()?)),
        "pseudo" => TypeSort::Pseudo,
        _ => return Err(unknown("type", json)),
    };
    let category = text_of(json, "category")?.chars().next().ok_or_else(|| unknown("category", json))?;
    let io = MutableIo { input: is_set(json, "mutable_input"), output: is_set(json, "mutable_output") };
    let (preferred, collatable) = (is_set(json, "preferred"), is_set(json, "collatable"));
    Ok(TypeMeaning { sort, category, preferred, collatable, element: optional("element")?, io })
}

fn signature_to_json(signature: &Signature) -> Json {
    let mut json = Map::new();
    let (kind, direct) = match signature.kind {
        CallKind::Operator => ("operator", None),
        CallKind::Function => ("function", None),
        CallKind::Procedure => ("procedure", None),
        CallKind::Window => ("window", None),
        CallKind::Aggregate => ("aggregate", None),
        CallKind::OrderedSet { direct } => ("ordered_set", Some(direct)),
        CallKind::HypotheticalSet { direct } => ("hypothetical_set", Some(direct)),
    };
    json.insert("kind".into(), json!(kind));
    json.extend(direct.map(|direct| ("direct".into(), json!(direct))));
    let args: Vec<(Ident, TypeName)> = signature.args.iter().map(|arg| (arg.name.clone(), arg.of.clone())).collect();
    json.insert("args".into(), columns_to_json(&args));
    json.extend((signature.defaults > 0).then(|| ("defaults".into(), json!(signature.defaults))));
    json.extend(signature.variadic.then(|| ("variadic".into(), json!(true))));
    json.insert("result".into(), json!(signature.result.to_string()));
    json.extend(signature.returns_set.then(|| ("returns_set".into(), json!(true))));
    json.extend((!signature.outputs.is_empty()).then(|| ("outputs".into(), columns_to_json(&signature.outputs))));
    json.extend(signature.is_mutable.then(|| ("mutable".into(), json!(true))));
    json.into()
}

fn signature_from_json(json: &Json) -> Result<Signature, String> {
    let number = |key: &str| json.get(key).and_then(Json::as_u64).and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let direct = number("direct");
    let kind = match text_of(json, "kind")?.as_str() {
        "operator" => CallKind::Operator,
        "function" => CallKind::Function,
        "procedure" => CallKind::Procedure,
        "window" => CallKind::Window,
        "aggregate" => CallKind::Aggregate,
        "ordered_set" => CallKind::OrderedSet { direct },
        "hypothetical_set" => CallKind::HypotheticalSet { direct },
        _ => return Err(unknown("kind", json)),
    };
    let args = all(&json["args"], column_from_json)?;
    Ok(Signature {
        kind,
        args: args.into_iter().map(|(name, of)| Argument { name, of }).collect(),
        defaults: number("defaults"),
        variadic: is_set(json, "variadic"),
        result: type_of(json, "result")?,
        returns_set: is_set(json, "returns_set"),
        outputs: json.get("outputs").map_or(Ok(Vec::new()), |outputs| all(outputs, column_from_json))?,
        is_mutable: is_set(json, "mutable"),
    })
}

/// `{"name": "id", "type": "integer"}`, without what has no name.
fn columns_to_json(columns: &[(Ident, TypeName)]) -> Json {
    let column = |(name, of): &(Ident, TypeName)| match name.as_str() {
        "" => json!({ "type": of.to_string() }),
        name => json!({ "name": name, "type": of.to_string() }),
    };
    columns.iter().map(column).collect()
}

fn column_from_json(json: &Json) -> Result<(Ident, TypeName), String> {
    let name = json.get("name").and_then(Json::as_str).unwrap_or_default();
    Ok((name.into(), type_of(json, "type")?))
}

fn all<T>(json: &Json, read: fn(&Json) -> Result<T, String>) -> Result<Vec<T>, String> {
    json.as_array().ok_or_else(|| format!("{json} is not a list"))?.iter().map(read).collect()
}

fn type_of(json: &Json, key: &str) -> Result<TypeName, String> {
    let text = text_of(json, key)?;
    TypeName::parse(&text).map_err(|error| format!("\"{text}\" is not a type: {}", error.message))
}

fn name_of(of: TypeName) -> QualifiedName {
    of.name
}

fn is_set(json: &Json, key: &str) -> bool {
    json.get(key).and_then(Json::as_bool).unwrap_or_default()
}

fn unknown(key: &str, json: &Json) -> String {
    format!("the \"{key}\" in {json} is not known")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library;

    #[test]
    fn every_meaning_of_every_extension_comes_back() {
        let mut seen = 0;
        for name in ["citext", "cube", "earthdistance", "hstore", "ltree", "postgis", "tablefunc", "vector"] {
            let members = library::extension(name, 18).map(|one| one.members(&|_| Some("My Place".into())));
            for (id, meaning) in members.into_iter().flatten() {
                assert_eq!(from_json(&to_json(&meaning)).as_ref(), Ok(&meaning), "{id}: {}", to_json(&meaning));
                seen += 1;
            }
        }
        assert!(seen > 600, "{seen}");
    }

    #[test]
    fn it_can_be_read_by_people() {
        let citext = TypeName::parse("public.citext").unwrap_or_default();
        let signature = Signature {
            kind: CallKind::Function,
            args: vec![
                Argument { name: "a".into(), of: citext.clone() },
                Argument { name: Ident::default(), of: citext },
            ],
            defaults: 1,
            variadic: false,
            result: TypeName::builtin("int4"),
            returns_set: false,
            outputs: Vec::new(),
            is_mutable: false,
        };
        let json = to_json(&Meaning::Call(signature));
        let expected = r#"{"call":{"kind":"function","args":[{"name":"a","type":"public.citext"},{"type":"public.citext"}],"defaults":1,"result":"integer"}}"#;
        assert_eq!(json.to_string(), expected);
        assert!(from_json(&json!({ "cast": "maybe" })).is_err() && from_json(&json!({ "type": "none" })).is_err());
    }
}
