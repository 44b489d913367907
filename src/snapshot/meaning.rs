//! What uncompared objects mean to expressions, as JSON and back. Types are spelled as SQL spells them; what
//! is the rule is left out.

use serde_json::{Map, Value as Json, json};

use super::at::At;
use crate::catalog::Meaning;
use crate::catalog::meaning::{
    Argument, CallKind, CastContext, CastMeaning, MutableIo, Signature, TypeMeaning, TypeSort,
};
use crate::sql::{Ident, TypeName};

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

/// Reads it back.
pub(super) fn from_json(at: &At<'_>) -> Result<Meaning, String> {
    if let Some(call) = at.optional("call")? {
        at.only(&["call"])?;
        return Ok(signature_from_json(&call)?.into());
    }
    if let Some(columns) = at.optional("columns")? {
        at.only(&["columns"])?;
        return Ok(Meaning::Columns(columns.all(column_from_json)?));
    }
    if let Some(context) = at.optional("cast")? {
        at.only(&["cast", "binary", "mutable"])?;
        let context = context.one_of("context of a cast", CONTEXTS)?;
        let (binary, is_mutable) = (at.get("binary")?.bool()?, at.is_set("mutable")?);
        return Ok(Meaning::Cast(CastMeaning { context, binary, is_mutable }));
    }
    Ok(type_from_json(at)?.into())
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

fn type_from_json(at: &At<'_>) -> Result<TypeMeaning, String> {
    at.only(&[
        "type",
        "of",
        "attributes",
        "multirange",
        "category",
        "preferred",
        "collatable",
        "mutable_input",
        "mutable_output",
        "element",
    ])?;
    let of = || at.get("of")?.data_type();
    let optional = |key: &str| at.optional(key)?.map(|of| of.data_type()).transpose();
    let word = at.get("type")?;
    let sort = match word.text()? {
        "base" => TypeSort::Base,
        "composite" => TypeSort::Composite(at.get("attributes")?.all(column_from_json)?),
        "domain" => TypeSort::Domain(of()?),
        "enum" => TypeSort::Enum,
        "range" => TypeSort::Range { subtype: of()?, multirange: optional("multirange")?.map(|of| of.name) },
        "multirange" => TypeSort::Multirange(of()?.name),
        "pseudo" => TypeSort::Pseudo,
        other => return Err(word.fault(format!("\"{other}\" is no sort of type that is known"))),
    };
    let category = at.get("category")?;
    let category = category.text()?.chars().next().ok_or_else(|| category.fault("expected one letter"))?;
    let io = MutableIo { input: at.is_set("mutable_input")?, output: at.is_set("mutable_output")? };
    let (preferred, collatable) = (at.is_set("preferred")?, at.is_set("collatable")?);
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

fn signature_from_json(at: &At<'_>) -> Result<Signature, String> {
    at.only(&["kind", "direct", "args", "defaults", "variadic", "result", "returns_set", "outputs", "mutable"])?;
    let number = |key: &str| at.optional(key)?.map_or(Ok(0), |number| number.number());
    let direct = number("direct")?;
    let word = at.get("kind")?;
    let kind = match word.text()? {
        "operator" => CallKind::Operator,
        "function" => CallKind::Function,
        "procedure" => CallKind::Procedure,
        "window" => CallKind::Window,
        "aggregate" => CallKind::Aggregate,
        "ordered_set" => CallKind::OrderedSet { direct },
        "hypothetical_set" => CallKind::HypotheticalSet { direct },
        other => return Err(word.fault(format!("\"{other}\" is no kind of call that is known"))),
    };
    let args = at.get("args")?.all(column_from_json)?;
    Ok(Signature {
        kind,
        args: args.into_iter().map(|(name, of)| Argument { name, of }).collect(),
        defaults: number("defaults")?,
        variadic: at.is_set("variadic")?,
        result: at.get("result")?.data_type()?,
        returns_set: at.is_set("returns_set")?,
        outputs: at.optional("outputs")?.map_or(Ok(Vec::new()), |outputs| outputs.all(column_from_json))?,
        is_mutable: at.is_set("mutable")?,
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

fn column_from_json(at: &At<'_>) -> Result<(Ident, TypeName), String> {
    at.only(&["name", "type"])?;
    let name = at.optional("name")?.map_or(Ok(""), |name| name.text())?;
    Ok((name.into(), at.get("type")?.data_type()?))
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
                let json = to_json(&meaning);
                assert_eq!(from_json(&At::root(&json)).as_ref(), Ok(&meaning), "{id}: {json}");
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
        let json = to_json(&signature.into());
        let expected = r#"{"call":{"kind":"function","args":[{"name":"a","type":"public.citext"},{"type":"public.citext"}],"defaults":1,"result":"integer"}}"#;
        assert_eq!(json.to_string(), expected);
        for wrong in [json!({ "cast": "maybe" }), json!({ "type": "none" }), json!({ "type": "enum" }), json!([])] {
            assert!(from_json(&At::root(&wrong)).is_err(), "{wrong}");
        }
    }
}
