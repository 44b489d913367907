//! A snapshot ↔ JSON: a catalog, and what has to be known of its source to judge it without that source. Opens no file.

mod at;
mod meaning;
mod read;

use serde_json::{Map, Value as Json, json};

use crate::catalog::{Catalog, Class, Expr, Object, ObjectId, Value};
use crate::sql::Ident;
pub use read::read;

/// The number of the format; another one is refused.
const VERSION: u64 = 5;
const FORMAT: &str = "schema-check catalog";
/// The key that tells SQL from a text.
const EXPRESSION: &str = "sql";

/// A catalog, and what its source said beside it. It holds no places in files but as texts.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub catalog: Catalog,
    /// Where it was read from, for people; no user and no password.
    pub source: String,
    /// The database that it is of, if it is of one.
    pub database: Option<Database>,
    /// When it was read, as RFC 3339 writes a time.
    pub read_at: Option<String>,
    /// What the source could not cover.
    pub not_covered: Vec<String>,
    /// What a server would have refused.
    pub refused: Vec<Refused>,
}

/// What the guard of a spec asks of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    pub name: String,
    pub host: String,
}

/// Statements that a server would refuse for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub code: String,
    pub message: String,
    pub help: Option<String>,
    /// Where they stand, as `file:line`.
    pub places: Vec<String>,
}

/// The text of a snapshot: the same for the same, line by line.
pub fn write(snapshot: &Snapshot) -> String {
    let Snapshot { catalog, source, database, read_at, not_covered, refused } = snapshot;
    let mut root = json!({
        "format": FORMAT,
        "version": VERSION,
        "tool": concat!("schema-check ", env!("CARGO_PKG_VERSION")),
        "source": source,
    });
    if let Some(Database { name, host }) = database {
        root["database"] = json!({ "name": name, "host": host });
    }
    if let Some(read_at) = read_at {
        root["read_at"] = json!(read_at);
    }
    root["server"] = json!(catalog.version);
    root["is_whole"] = json!(catalog.is_whole);
    root["not_covered"] = json!(not_covered);
    root["refused"] = refused.iter().map(refused_to_json).collect();
    root["objects"] = catalog.objects.iter().map(|(id, object)| object_to_json(id, object, catalog)).collect();
    let unmodelled = catalog.unmodelled.iter().map(|(id, other)| {
        let mut json = id_to_json(id);
        json["what"] = json!(other.what);
        json["owned_by"] = other.owned_by.as_ref().map_or(Json::Null, id_to_json);
        json["meaning"] = meaning::to_json(&other.meaning);
        json
    });
    root["unmodelled"] = unmodelled.collect();
    format!("{root:#}\n")
}

fn refused_to_json(refused: &Refused) -> Json {
    let Refused { code, message, help, places } = refused;
    json!({ "code": code, "message": message, "help": help, "places": places })
}

fn id_to_json(id: &ObjectId) -> Json {
    let mut json = json!({ "class": id.class().word(), "path": path_to_json(id) });
    add_args(&mut json, id);
    json
}

fn object_to_json(id: &ObjectId, object: &Object, catalog: &Catalog) -> Json {
    // SQL is told from text, and reads as what it is.
    let exact = |value: &Value| to_json(value, &|expr| json!({ EXPRESSION: catalog.text_of(expr) }));

    let stated =
        object.facts.attributes().into_iter().filter_map(|(definition, value)| Some((definition.name, value?.0)));
    let attributes: Map<String, Json> = stated.map(|(name, value)| (name.to_owned(), exact(&value))).collect();
    let mut json = json!({ "kind": object.facts.kind().name(), "path": path_to_json(id) });
    add_args(&mut json, id);
    json["attributes"] = attributes.into();
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

/// A value as a report has it: SQL is a text.
pub fn value_to_json(value: &Value) -> Json {
    to_json(value, &|expr| json!(expr.text()))
}

fn to_json(value: &Value, expr_to_json: &dyn Fn(&Expr) -> Json) -> Json {
    let inner = |value: &Value| to_json(value, expr_to_json);
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Int(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Expr(expr) => expr_to_json(expr),
        Value::List(items) => items.iter().map(inner).collect(),
        Value::Map(entries) => {
            Json::Object(entries.iter().map(|(key, value)| ((*key).to_owned(), inner(value))).collect())
        }
    }
}
