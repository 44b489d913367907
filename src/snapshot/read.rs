//! JSON → a snapshot. What is wrong with a text is said with the way to it: `objects[3].attributes.type`.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::at::At;
use super::{Database, EXPRESSION, FORMAT, Refused, Snapshot, VERSION, meaning};
use crate::catalog::{Catalog, Class, Coverage, Expr, Kind, Meaning, Object, ObjectId, Origin, Unmodelled, Value};
use crate::sql::{Ident, TypeName};

/// Servers older than this are read by nobody.
const OLDEST_SERVER: u32 = 13;

/// Reads a snapshot back.
///
/// # Errors
/// What is wrong with the text, and where in it.
pub fn read(text: &str) -> Result<Snapshot, String> {
    let root: Json = serde_json::from_str(text).map_err(|error| format!("this is not JSON: {error}"))?;
    if root.get("format").and_then(Json::as_str) != Some(FORMAT) {
        return Err(format!("this is not a snapshot: its \"format\" is not \"{FORMAT}\""));
    }
    let root = At::root(&root);
    known_version(&root)?;
    root.only(&[
        "format",
        "version",
        "tool",
        "read_at",
        "source",
        "database",
        "server",
        "is_whole",
        "not_covered",
        "refused",
        "objects",
        "unmodelled",
    ])?;
    let server = root.get("server")?;
    let version = server.number()?;
    if version < OLDEST_SERVER {
        return Err(server.fault(format!("expected the major version of a server, {OLDEST_SERVER} or newer")));
    }
    let mut catalog =
        Catalog { version, is_whole: root.get("is_whole")?.bool()?, ..Catalog::new(Coverage::Everything) };
    catalog.objects = distinct(&root.get("objects")?, object)?.into_iter().collect();
    catalog.unmodelled = distinct(&root.get("unmodelled")?, unmodelled)?;
    let text = |at: &At<'_>| at.text().map(str::to_owned);
    Ok(Snapshot {
        catalog,
        source: text(&root.get("source")?)?,
        database: root.optional("database")?.map(|at| database(&at)).transpose()?,
        read_at: root.optional("read_at")?.map(|at| text(&at)).transpose()?,
        not_covered: root.get("not_covered")?.all(text)?,
        refused: root.get("refused")?.all(refused)?,
    })
}

/// An older version could be misread, and a newer one is not known.
fn known_version(root: &At<'_>) -> Result<(), String> {
    let version: u64 = root.get("version")?.number()?;
    let made_by = match root.json.get("tool").and_then(Json::as_str) {
        Some(tool) => format!(", made by {tool}"),
        None => String::new(),
    };
    match version {
        VERSION => Ok(()),
        newer if newer > VERSION => Err(format!(
            "this snapshot has version {newer} of the format{made_by}, and this tool reads version {VERSION}: \
             it takes a newer tool"
        )),
        older => Err(format!(
            "this snapshot has version {older} of the format{made_by}, and this tool reads version {VERSION}"
        )),
    }
}

/// The items of a list, of which no two may have one name.
fn distinct<T>(
    list: &At<'_>,
    read: impl Fn(&At<'_>) -> Result<(ObjectId, T), String>,
) -> Result<BTreeMap<ObjectId, T>, String> {
    let mut known = BTreeMap::new();
    list.each(|at| {
        let (id, item) = read(at)?;
        if known.contains_key(&id) {
            return Err(at.fault(format!("the {} {id} is there twice", id.class().word().replace('_', " "))));
        }
        known.insert(id, item);
        Ok(())
    })?;
    Ok(known)
}

fn database(at: &At<'_>) -> Result<Database, String> {
    at.only(&["name", "host"])?;
    Ok(Database { name: at.get("name")?.text()?.to_owned(), host: at.get("host")?.text()?.to_owned() })
}

fn refused(at: &At<'_>) -> Result<Refused, String> {
    at.only(&["code", "message", "help", "places"])?;
    let text = |at: &At<'_>| at.text().map(str::to_owned);
    Ok(Refused {
        code: text(&at.get("code")?)?,
        message: text(&at.get("message")?)?,
        help: at.optional("help")?.map(|at| text(&at)).transpose()?,
        places: at.get("places")?.all(text)?,
    })
}

fn object(at: &At<'_>) -> Result<(ObjectId, Object), String> {
    at.only(&["kind", "path", "args", "attributes"])?;
    let kinds = Kind::ALL.iter().map(|kind| (kind.name(), *kind));
    let kind: Kind = at.get("kind")?.one_of("kind of object", kinds)?;
    let id = identity(kind.class(), at)?;
    let mut facts = kind.unstated();
    for (attribute, at) in at.get("attributes")?.fields()? {
        facts.set(attribute, value(&at)?, Origin::Server).map_err(|expected| match expected {
            Some(expected) => at.fault(format!("expected {expected} (this is of {} {id})", kind.noun())),
            None => at.fault(format!("there is no such attribute ({} {id})", kind.noun())),
        })?;
    }
    let object = Object::new(&id, facts, Origin::Server);
    Ok((id, object))
}

fn unmodelled(at: &At<'_>) -> Result<(ObjectId, Unmodelled), String> {
    at.only(&["class", "path", "args", "what", "owned_by", "meaning"])?;
    let id = identity(class(at)?, at)?;
    let owner = |at: At<'_>| {
        at.only(&["class", "path", "args"])?;
        identity(class(&at)?, &at)
    };
    let owned_by = at.optional("owned_by")?.map(owner).transpose()?;
    let meaning = at.optional("meaning")?.map_or(Ok(Meaning::Unknown), |at| meaning::from_json(&at))?;
    let other = Unmodelled::new(at.get("what")?.text()?, Origin::Server);
    Ok((id, Unmodelled { owned_by, meaning, ..other }))
}

fn class(at: &At<'_>) -> Result<Class, String> {
    at.get("class")?.one_of("class of objects", Class::ALL.iter().map(|class| (class.word(), *class)))
}

/// The identity that `path` and `args` spell out.
fn identity(class: Class, at: &At<'_>) -> Result<ObjectId, String> {
    let path = at.get("path")?;
    let names = path.all(|name| name.text().map(Ident::from))?;
    let types: Vec<TypeName> = at.optional("args")?.map_or(Ok(Vec::new()), |args| args.all(At::data_type))?;
    ObjectId::from_path(class, names, types).ok_or_else(|| {
        path.fault(format!(
            "the full name of a {} has {} part(s)",
            class.word().replace('_', " "),
            class.within().parts()
        ))
    })
}

fn value(at: &At<'_>) -> Result<Value, String> {
    Ok(match at.json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Int(number.as_i64().ok_or_else(|| at.fault("expected a whole number"))?),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(_) => Value::List(at.all(value)?),
        Json::Object(entries) if entries.len() == 1 && entries.contains_key(EXPRESSION) => {
            Value::Expr(Expr::new(at.get(EXPRESSION)?.text()?))
        }
        Json::Object(_) => {
            let mut entries = Vec::new();
            for (key, at) in at.fields()? {
                let known = Value::KEYS.iter().position(|known| *known == key);
                entries.push((known.ok_or_else(|| at.fault("no value has this key"))?, value(&at)?));
            }
            // Whoever rewrites JSON may sort its keys.
            entries.sort_by_key(|(place, _)| *place);
            Value::Map(entries.into_iter().map(|(place, value)| (Value::KEYS[place], value)).collect())
        }
    })
}
