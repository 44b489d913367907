//! A snapshot stands for its source: whatever is kept comes back as it was. `differential.rs` asks it of each of its
//! cases, by both doors.

use std::collections::BTreeMap;

use schema_check::catalog::{Catalog, Meaning, ObjectId};
use schema_check::compare::compare;
use schema_check::expr;
use schema_check::snapshot::{self, Database, Refused, Snapshot};
use serde_json::{Value as Json, json};

use crate::sql::{differences, line, replay};

fn kept(catalog: &Catalog) -> Snapshot {
    Snapshot {
        catalog: catalog.clone(),
        source: "here".into(),
        database: None,
        read_at: None,
        not_covered: Vec::new(),
        refused: Vec::new(),
    }
}

fn meanings(catalog: &Catalog) -> BTreeMap<&ObjectId, &Meaning> {
    catalog.ids().filter_map(|id| Some((id, catalog.meaning(id)?))).collect()
}

/// What was read back of a catalog, and what is not the same any more.
pub(crate) fn reread(catalog: &Catalog) -> (Catalog, Vec<String>) {
    let text = snapshot::write(&kept(catalog));
    let back = snapshot::read(&text).unwrap_or_else(|error| panic!("{error}"));
    let mut found = Vec::new();
    if snapshot::write(&back) != text {
        found.push("the snapshot is written otherwise once it was read".to_owned());
    }
    let back = back.catalog;
    if meanings(catalog) != meanings(&back) || catalog.unmodelled.keys().ne(back.unmodelled.keys()) {
        found.push("what is kept means something else".to_owned());
    }
    let others = catalog.unmodelled.iter().zip(&back.unmodelled);
    let changed = others.filter(|((_, one), (_, other))| one.what != other.what || one.owned_by != other.owned_by);
    found.extend(changed.map(|((id, _), _)| format!("{id} is kept as something else")));
    let (mut one, mut other) = (catalog.clone(), back.clone());
    expr::settle(&mut one, &mut other);
    let drifts = compare(&one, &other).into_iter().chain(compare(&other, &one));
    found.extend(drifts.map(|drift| line(&drift)));
    (back, found)
}

/// What snapshots of the replay and of the server tell otherwise than these themselves.
pub(crate) fn failures(replayed: &Catalog, live: &Catalog) -> Vec<String> {
    let (from_replay, lost) = reread(replayed);
    let mut found: Vec<String> = lost.into_iter().map(|line| format!("snapshot of the replay: {line}")).collect();
    let (from_server, lost) = reread(live);
    found.extend(lost.into_iter().map(|line| format!("snapshot of the server: {line}")));
    let (expected, told) = (differences(replayed, live), differences(&from_replay, &from_server));
    if told != expected {
        found.push(format!("snapshots of the replay and of the server: {told:?}, and themselves: {expected:?}"));
    }
    found
}

const SQL: &str = "create type mood as enum ('sad', 'ok');
create table t (id bigint primary key, m mood, n text, g bigint generated always as (id + 1) stored);
create index i on t (lower(n) desc, id) where id > 0;
create function f(a int, b text default 'x') returns int language sql return a;
create function f(a text) returns text language sql as 'select $1';";

fn example() -> Json {
    let mut whole = kept(&replay(&[SQL]).catalog);
    whole.database = Some(Database { name: "shop".into(), host: "db.example".into() });
    whole.read_at = Some("2026-01-02T03:04:05Z".into());
    whole.not_covered = vec!["a.sql:3: something".into()];
    whole.refused = vec![Refused {
        code: "replay::42P01".into(),
        message: "no such table".into(),
        help: None,
        places: vec!["a.sql:4".into()],
    }];
    serde_json::from_str(&snapshot::write(&whole)).unwrap()
}

#[test]
fn all_that_is_beside_the_catalog_comes_back() {
    let text = format!("{:#}\n", example());
    assert_eq!(snapshot::write(&snapshot::read(&text).unwrap()), text);
    let back = snapshot::read(&text).unwrap();
    assert_eq!(back.database, Some(Database { name: "shop".into(), host: "db.example".into() }));
    assert_eq!((back.read_at.as_deref(), back.refused.len()), (Some("2026-01-02T03:04:05Z"), 1));
    assert!(text.contains(r#""sql": "lower(n)""#), "{text}");
}

/// Whoever rewrites JSON may sort the keys of its objects.
#[test]
fn the_order_of_keys_does_not_matter() {
    fn turned(json: &Json) -> Json {
        match json {
            Json::Object(entries) => entries.iter().rev().map(|(key, value)| (key.clone(), turned(value))).collect(),
            Json::Array(items) => items.iter().map(turned).collect(),
            other => other.clone(),
        }
    }
    let whole = example();
    let back = snapshot::read(&turned(&whole).to_string()).unwrap();
    assert_eq!(snapshot::write(&back), format!("{whole:#}\n"));
}

/// The place of an object in the list, by its full name.
fn at(whole: &Json, path: &Json) -> usize {
    whole["objects"].as_array().unwrap().iter().position(|object| object["path"] == *path).unwrap()
}

#[track_caller]
fn wrong(change: impl FnOnce(&mut Json), expected: &str) {
    let mut whole = example();
    change(&mut whole);
    assert_eq!(snapshot::read(&whole.to_string()).unwrap_err(), expected);
}

#[test]
fn what_is_wrong_is_said_with_the_way_to_it() {
    let whole = example();
    let (table, column) = (at(&whole, &json!(["public", "t"])), at(&whole, &json!(["public", "t", "id"])));
    let count = whole["objects"].as_array().unwrap().len();
    wrong(
        |json| json["version"] = json!(4),
        "this snapshot has version 4 of the format, made by schema-check 0.1.0, and this tool reads version 5",
    );
    wrong(
        |json| (json["version"], json["tool"]) = (json!(6), json!("schema-check 9.1")),
        "this snapshot has version 6 of the format, made by schema-check 9.1, and this tool reads version 5: it takes a newer tool",
    );
    wrong(|json| json["version"] = json!("5"), "version: expected a whole number, and this is \"5\"");
    wrong(|json| json["server"] = json!(9), "server: expected the major version of a server, 13 or newer");
    wrong(|json| json["is_whole"] = json!(1), "is_whole: expected true or false, and this is 1");
    wrong(|json| json["objets"] = json!([]), "the snapshot: the key \"objets\" is not known here");
    wrong(|json| json["database"] = json!({ "name": "shop" }), "database: \"host\" is missing");
    wrong(|json| json["objects"] = json!({}), "objects: expected a list, and this is an object");
    wrong(|json| json["objects"][0] = json!(null), "objects[0]: expected an object, and this is null");
    wrong(
        |json| json["objects"][table]["kind"] = json!("tabel"),
        &format!("objects[{table}].kind: \"tabel\" is no kind of object that is known"),
    );
    wrong(
        |json| json["objects"][table]["path"] = json!(["t"]),
        &format!("objects[{table}].path: the full name of a relation has 2 part(s)"),
    );
    wrong(
        |json| json["objects"][table]["path"][1] = json!(1),
        &format!("objects[{table}].path[1]: expected a text, and this is 1"),
    );
    wrong(
        |json| json["objects"][table]["attributes"]["colour"] = json!("red"),
        &format!("objects[{table}].attributes.colour: there is no such attribute (table public.t)"),
    );
    wrong(
        |json| json["objects"][column]["attributes"]["nullable"] = json!("no"),
        &format!("objects[{column}].attributes.nullable: expected true or false (this is of column public.t.id)"),
    );
    wrong(
        |json| json["objects"][column]["attributes"]["default"] = json!({ "sql": 1 }),
        &format!("objects[{column}].attributes.default.sql: expected a text, and this is 1"),
    );
    wrong(
        |json| json["objects"][column]["attributes"]["default"] = json!({ "value": 1 }),
        &format!("objects[{column}].attributes.default.value: no value has this key"),
    );
    wrong(
        |json| {
            let table = json["objects"][table].clone();
            json["objects"].as_array_mut().unwrap().push(table);
        },
        &format!("objects[{count}]: the relation public.t is there twice"),
    );
    let odd = json!({ "class": "type", "path": ["public", "x"], "what": "domain", "meaning": { "type": "domain" } });
    wrong(|json| json["unmodelled"] = json!([odd]), "unmodelled[0].meaning: \"of\" is missing");
}

/// Each value of a snapshot in turn is another one, or gone: it is read, or refused, and nothing worse.
#[test]
fn whatever_stands_in_a_snapshot_is_read_or_refused() {
    fn count(json: &Json) -> usize {
        match json {
            Json::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
            Json::Object(entries) => 1 + entries.values().map(count).sum::<usize>(),
            _ => 1,
        }
    }
    fn change(json: &mut Json, nth: &mut usize, to: &Json) {
        if *nth == 0 {
            *json = to.clone();
        }
        *nth = nth.wrapping_sub(1);
        match json {
            Json::Array(items) => items.iter_mut().for_each(|item| change(item, nth, to)),
            Json::Object(entries) => entries.values_mut().for_each(|item| change(item, nth, to)),
            _ => {}
        }
    }
    let whole = example();
    let mut refused = 0;
    let (mut tried, text) = (0, whole.to_string());
    for to in [json!(null), json!(-1), json!(1.5e300), json!("\0 \u{202e}\"("), json!([[[]]]), json!({ "sql": "(" })] {
        for place in 0..count(&whole) {
            let mut changed = whole.clone();
            change(&mut changed, &mut { place }, &to);
            tried += 1;
            refused += usize::from(snapshot::read(&changed.to_string()).is_err());
        }
    }
    assert!(tried > 1000 && refused > tried / 2, "{refused} of {tried}");
    for end in (0..text.len()).step_by(97).filter(|end| text.is_char_boundary(*end)) {
        assert!(snapshot::read(&text[..end]).unwrap_err().starts_with("this is not JSON"), "{end}");
    }
    assert!(snapshot::read(&"[".repeat(100_000)).unwrap_err().starts_with("this is not JSON"));
}
