//! A catalog as JSON, and back: what `show --format json` prints and `diff` reads. Opens no file.

mod meaning;

use serde_json::{Map, Value as Json, json};

use crate::catalog::{Catalog, Class, Coverage, Expr, Kind, Note, Object, ObjectId, Origin, Unmodelled, Value};
use crate::sql::{Ident, TypeName};

/// The number of the format; another one is refused.
const VERSION: u64 = 4;
const FORMAT: &str = "schema-check catalog";

/// A catalog, and what its source could not cover.
pub fn to_json(catalog: &Catalog, not_covered: &[String]) -> Json {
    let objects: Vec<Json> = catalog.objects.iter().map(|(id, object)| object_to_json(id, object)).collect();
    let unmodelled: Vec<Json> = catalog
        .unmodelled
        .iter()
        .map(|(id, other)| {
            let owner = other.owned_by.as_ref().map(path_to_json);
            let meaning = meaning::to_json(&other.meaning);
            let mut json = json!({ "class": id.class().word(), "path": path_to_json(id), "what": other.what, "owned_by": owner, "meaning": meaning });
            add_args(&mut json, id);
            json
        })
        .collect();
    json!({
        "format": FORMAT,
        "version": VERSION,
        "server": catalog.version,
        "is_whole": catalog.is_whole,
        "not_covered": not_covered,
        "objects": objects,
        "unmodelled": unmodelled,
    })
}

fn object_to_json(id: &ObjectId, object: &Object) -> Json {
    let stated =
        object.facts.attributes().into_iter().filter_map(|(definition, value)| Some((definition.name, value?.0)));
    let attributes: Map<String, Json> = stated.map(|(name, value)| (name.to_owned(), value_to_json(&value))).collect();
    let mut json = json!({ "kind": object.facts.kind().name(), "path": path_to_json(id), "attributes": attributes });
    add_args(&mut json, id);
    json
}

/// The types by which overloads are told apart.
fn add_args(json: &mut Json, id: &ObjectId) {
    if matches!(id.class(), Class::Routine | Class::Operator | Class::Cast) {
        json["args"] = id.args().iter().map(ToString::to_string).collect();
    }
}

fn path_to_json(id: &ObjectId) -> Json {
    id.path().iter().map(Ident::as_str).collect()
}

pub fn value_to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Int(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Expr(expr) => json!(expr.text()),
        Value::List(items) => items.iter().map(value_to_json).collect(),
        Value::Map(entries) => {
            Json::Object(entries.iter().map(|(key, value)| ((*key).to_owned(), value_to_json(value))).collect())
        }
    }
}

/// Reads a catalog back.
///
/// # Errors
/// What is wrong with the text, and where in it.
pub fn from_json(text: &str) -> Result<(Catalog, Vec<Note>), String> {
    let root: Json = serde_json::from_str(text).map_err(|error| format!("this is not JSON: {error}"))?;
    if root.get("format").and_then(Json::as_str) != Some(FORMAT) {
        return Err(format!("this is not a snapshot: its \"format\" is not \"{FORMAT}\""));
    }
    if root.get("version").and_then(Json::as_u64) != Some(VERSION) {
        return Err(format!(
            "this snapshot has another version than {VERSION}: make it anew with this version of the tool"
        ));
    }
    let server = root.get("server").and_then(Json::as_u64).and_then(|version| u32::try_from(version).ok());
    let version = server.ok_or("\"server\" is not the major version of a server")?;
    let is_whole = root.get("is_whole").and_then(Json::as_bool).ok_or("\"is_whole\" is missing")?;
    let mut catalog = Catalog { version, is_whole, ..Catalog::new(Coverage::Everything) };
    for object in list(&root, "objects")? {
        let (id, object) = object_from_json(object)?;
        catalog.objects.insert(id, object);
    }
    for other in list(&root, "unmodelled")? {
        let name = text_of(other, "class")?;
        let class = Class::ALL.iter().copied().find(|class| class.word() == name);
        let class = class.ok_or_else(|| format!("the class \"{name}\" is not known"))?;
        let owned_by = match other.get("owned_by") {
            None | Some(Json::Null) => None,
            Some(path) => {
                let is_part = path.as_array().is_some_and(|names| names.len() == 3);
                Some(id_from_json(if is_part { Class::Column } else { Class::Relation }, path, &Json::Null)?)
            }
        };
        let id = id_from_json(class, &other["path"], &other["args"])?;
        let meaning = meaning::from_json(&other["meaning"]).map_err(|error| format!("{id}: {error}"))?;
        let unmodelled = Unmodelled { owned_by, meaning, ..Unmodelled::new(text_of(other, "what")?, Origin::Server) };
        catalog.unmodelled.insert(id, unmodelled);
    }
    let note = |message: &Json| Some(Note { message: message.as_str()?.to_owned(), origin: Origin::Server });
    let notes = list(&root, "not_covered")?.iter().filter_map(note).collect();
    Ok((catalog, notes))
}

fn object_from_json(json: &Json) -> Result<(ObjectId, Object), String> {
    let name = text_of(json, "kind")?;
    let kind =
        Kind::ALL.iter().find(|kind| kind.name() == name).ok_or_else(|| format!("the kind \"{name}\" is not known"))?;
    let id = id_from_json(kind.class(), &json["path"], &json["args"])?;
    let mut facts = kind.unstated();
    let attributes =
        json.get("attributes").and_then(Json::as_object).ok_or_else(|| format!("{id} has no \"attributes\""))?;
    for (attribute, value) in attributes {
        let value = value_from_json(value)
            .ok_or_else(|| format!("\"{attribute}\" of {id} has a value that no attribute has"))?;
        // Where there is SQL, it is what a catalog has printed, a statement as well as an expression.
        let said = facts.set(attribute, value.clone(), Origin::Server);
        let said = said.or_else(|error| facts.set(attribute, as_sql(value), Origin::Server).map_err(|_| error));
        said.map_err(|expected| match expected {
            Some(expected) => format!("\"{attribute}\" of {id} cannot be this: expected {expected}"),
            None => format!("a {} has no \"{attribute}\" ({id})", kind.noun()),
        })?;
    }
    let object = Object::new(&id, facts, Origin::Server);
    Ok((id, object))
}

/// The texts in a value as SQL.
fn as_sql(value: Value) -> Value {
    match value {
        Value::Text(text) => Value::Expr(Expr::new(text)),
        Value::List(items) => Value::List(items.into_iter().map(as_sql).collect()),
        other => other,
    }
}

fn id_from_json(class: Class, path: &Json, args: &Json) -> Result<ObjectId, String> {
    let name = |name: &Json| name.as_str().map(Ident::from);
    let names: Option<Vec<Ident>> = path.as_array().and_then(|names| names.iter().map(name).collect());
    let data_type = |of: &Json| of.as_str().and_then(|text| TypeName::parse(text).ok());
    let types: Option<Vec<TypeName>> = if args.is_null() {
        Some(Vec::new())
    } else {
        args.as_array().and_then(|args| args.iter().map(data_type).collect())
    };
    names
        .zip(types)
        .and_then(|(names, types)| ObjectId::from_path(class, names, types))
        .ok_or_else(|| format!("{path} is not the path of an object"))
}

fn value_from_json(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Int(number.as_i64()?),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(value_from_json).collect::<Option<_>>()?),
        Json::Object(entries) => {
            let entry = |(key, value): (&String, &Json)| {
                Some((*Value::KEYS.iter().find(|known| *known == key)?, value_from_json(value)?))
            };
            Value::Map(entries.iter().map(entry).collect::<Option<_>>()?)
        }
    })
}

fn list<'a>(json: &'a Json, key: &str) -> Result<&'a Vec<Json>, String> {
    json.get(key).and_then(Json::as_array).ok_or_else(|| format!("\"{key}\" is missing"))
}

fn text_of(json: &Json, key: &str) -> Result<String, String> {
    json.get(key).and_then(Json::as_str).map(str::to_owned).ok_or_else(|| format!("\"{key}\" is missing in {json}"))
}
