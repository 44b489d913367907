//! Every expression in the files means to us what a server prints of it. Whatever kind of object has an
//! attribute with an expression takes part by itself.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;

use schema_check::catalog::{Catalog, Expr, ObjectId, Value};
use schema_check::expr;

use super::{Case, SYSTEMS, asked_for, drop_roles, only};
use crate::server::Cluster;
use crate::sql::{on_big_stack, read, replay_for, words};

/// What is known to differ, and why: the start of a finding. One that is not found any more fails the test.
const KNOWN: &[(&str, &str)] = &[];

#[derive(Default)]
struct Count {
    expressions: usize,
    equal: usize,
    /// Different where something could not be looked up.
    uncertain: usize,
    different: usize,
    /// Files and server do not have the same objects: a DO block has made them.
    alone: usize,
}

/// The expressions in a value, in their order.
fn expressions<'a>(value: &'a Value, found: &mut Vec<&'a Expr>) {
    match value {
        Value::Expr(expr) => found.push(expr),
        Value::List(items) => items.iter().for_each(|item| expressions(item, found)),
        Value::Map(entries) => entries.iter().for_each(|(_, value)| expressions(value, found)),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Text(_) => {}
    }
}

/// Every attribute with an expression in it.
fn attributes(catalog: &Catalog) -> BTreeMap<(ObjectId, &'static str), Value> {
    let mut found = BTreeMap::new();
    for (id, object) in &catalog.objects {
        for (definition, stated) in object.facts.attributes() {
            let value = stated.map_or(Value::Null, |(value, _)| value);
            let mut inside = Vec::new();
            expressions(&value, &mut inside);
            if !inside.is_empty() {
                found.insert((id.clone(), definition.name), value);
            }
        }
    }
    found
}

/// Compares the expressions of two catalogs; what is different, a line each.
fn compare(mut files: Catalog, mut server: Catalog, count: &mut Count) -> Vec<String> {
    expr::settle(&mut files, &mut server);
    let (files, mut server) = (attributes(&files), attributes(&server));
    let mut found = Vec::new();
    for ((id, attribute), value) in files {
        let Some(theirs) = server.remove(&(id.clone(), attribute)) else {
            count.alone += 1;
            continue;
        };
        let (mut ours, mut printed) = (Vec::new(), Vec::new());
        expressions(&value, &mut ours);
        expressions(&theirs, &mut printed);
        for (ours, theirs) in ours.iter().zip(&printed) {
            count.expressions += 1;
            let is_unknown = |expr: &Expr| expr.tree().is_some_and(|tree| !tree.unresolved.is_empty());
            if ours == theirs {
                count.equal += 1;
                continue;
            }
            let what = if is_unknown(ours) || is_unknown(theirs) {
                count.uncertain += 1;
                "uncertain"
            } else {
                count.different += 1;
                "different"
            };
            found.push(format!("{id}.{attribute} {what}\n    {}\n    {}", shown(ours), shown(theirs)));
        }
    }
    count.alone += server.len();
    found
}

fn shown(expr: &Expr) -> String {
    let unknown = expr.tree().map(|tree| words(&tree.unresolved)).unwrap_or_default();
    let text = format!("{} => {}", expr.text(), expr.tree().map_or_else(String::new, ToString::to_string));
    if unknown.is_empty() { text } else { format!("{text} (unknown: {unknown})") }
}

/// Applies a case to a server, and compares what is there with what its files make.
fn check(cluster: &Cluster, case: &Case, count: &mut Count) -> Vec<String> {
    let (database, files) = case.apply(cluster);
    let texts: Vec<&str> = files.iter().map(|(text, _)| text.as_str()).collect();
    let found = compare(replay_for(cluster.version, &texts).catalog, read(&database), count);
    drop(database);
    drop_roles(cluster);
    found.into_iter().map(|line| format!("{}: {line}", case.name)).collect()
}

#[test]
fn real_schemas_mean_what_servers_print_of_them() {
    let Some((versions, cases)) = asked_for(SYSTEMS) else { return };
    let found = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for cluster in Cluster::own(&versions) {
            let (cases, found) = (&cases, &found);
            scope.spawn(move || {
                on_big_stack(|| {
                    let mut count = Count::default();
                    for case in cases.iter().filter(|case| case.versions.contains(&cluster.version)) {
                        for line in check(&cluster, case, &mut count) {
                            found.lock().unwrap().entry(line).or_insert_with(Vec::new).push(cluster.version);
                        }
                    }
                    let Count { expressions, equal, uncertain, different, alone } = count;
                    eprintln!(
                        "PostgreSQL {}: {expressions} expressions, {equal} equal, {uncertain} uncertain, \
                         {different} different; {alone} on one side alone",
                        cluster.version
                    );
                });
            });
        }
    });
    let found = found.into_inner().unwrap();
    let is_known = |line: &&String| KNOWN.iter().any(|(start, _)| line.starts_with(start));
    let new: Vec<String> = found
        .iter()
        .filter(|(line, _)| !is_known(line))
        .map(|(line, versions)| format!("{versions:?} {line}"))
        .collect();
    assert!(new.is_empty(), "{} expressions\n{}", new.len(), new.join("\n"));
    for (start, why) in KNOWN {
        let is_needed = only().is_some() || found.keys().any(|line| line.starts_with(start));
        assert!(is_needed, "{start} does not differ any more, so take it out: {why}");
    }
}
