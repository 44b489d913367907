//! What a server makes of an expression is what we make of it: the text as it is written and the
//! text that the server prints resolve to equal trees, and texts that it stores differently do not.

use postgres::Client;
use schema_check::catalog::{Catalog, Class, ObjectId, Tree};
use schema_check::expr::{Around, Scope, Wanted, resolve_text};
use schema_check::sql::{Ident, TypeName};

use crate::server::{Cluster, on_every_version};
use crate::sql::{on_big_stack, read, words};

const SCHEMA: &str = include_str!("exprs/schema.sql");
const CHECKS: &str = include_str!("exprs/checks.txt");
const POLICIES: &str = include_str!("exprs/policies.txt");
const DEFAULTS: &str = include_str!("exprs/defaults.txt");
const DIFFER_ROWS: &str = include_str!("exprs/differ_policies.txt");
const DIFFER: &str = include_str!("exprs/differ.txt");

/// What prints differently and means the same: a server remembers in which of two forms a call or
/// a cast was written, and does not count that as a difference (`equal()`).
const ALIKE: &[(&str, &str)] =
    &[("0", "0::numeric"), ("(now() at time zone 'utc')", "timezone('utc', now())"), ("now()", "now()::date")];

struct Case {
    source: String,
    printed: String,
    target: Option<TypeName>,
}

/// The lines of a file of cases; `14:` in front means from that version on.
fn lines(text: &'static str, version: u32) -> Vec<&'static str> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with("-- "))
        .filter_map(|line| match line.split_once(": ") {
            Some((since, rest)) if since.len() == 2 && since.parse::<u32>().is_ok() => {
                (version >= since.parse().unwrap()).then_some(rest)
            }
            _ => Some(line),
        })
        .collect()
}

fn run(client: &mut Client, sql: &str) {
    client.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}\n{error:?}"));
}

fn texts(client: &mut Client, sql: &str) -> Vec<String> {
    client.query(sql, &[]).unwrap().iter().map(|row| row.try_get(0).unwrap()).collect()
}

fn checks(client: &mut Client, sources: &[&str]) -> Vec<Case> {
    run(client, "SET search_path = app, public");
    for (number, source) in sources.iter().enumerate() {
        run(client, &format!("ALTER TABLE docs ADD CONSTRAINT c_{number:03} CHECK ({source}) NOT VALID"));
    }
    run(client, "SET search_path = ''");
    let printed =
        texts(client, "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname ~ '^c_' ORDER BY conname");
    run(client, "SET search_path = app, public");
    for number in 0..sources.len() {
        run(client, &format!("ALTER TABLE docs DROP CONSTRAINT c_{number:03}"));
    }
    assert_eq!(printed.len(), sources.len());
    sources.iter().zip(printed).map(|(s, printed)| Case { source: (*s).into(), printed, target: None }).collect()
}

fn policies(client: &mut Client, sources: &[&str]) -> Vec<Case> {
    run(client, "SET search_path = app, public");
    for (number, source) in sources.iter().enumerate() {
        run(client, &format!("CREATE POLICY p_{number:03} ON docs USING ({source})"));
    }
    run(client, "SET search_path = ''");
    let printed = texts(client, "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy ORDER BY polname");
    assert_eq!(printed.len(), sources.len());
    for number in 0..sources.len() {
        run(client, &format!("DROP POLICY p_{number:03} ON app.docs"));
    }
    sources.iter().zip(printed).map(|(s, printed)| Case { source: (*s).into(), printed, target: None }).collect()
}

/// `type: expression`
fn defaults(client: &mut Client, sources: &[&str]) -> Vec<Case> {
    run(client, "SET search_path = app, public");
    let split: Vec<(&str, &str)> = sources.iter().map(|line| line.split_once(": ").unwrap()).collect();
    let columns: Vec<String> =
        split.iter().enumerate().map(|(n, (of, source))| format!("d_{n:03} {of} DEFAULT {source}")).collect();
    run(client, &format!("CREATE TABLE defaults ({})", columns.join(", ")));
    run(client, "SET search_path = ''");
    let read = |what: &str| {
        format!(
            "SELECT {what} FROM pg_attrdef JOIN pg_attribute a ON attrelid = adrelid AND attnum = adnum
             WHERE adrelid = 'app.defaults'::regclass ORDER BY adnum"
        )
    };
    let printed = texts(client, &read("pg_get_expr(adbin, adrelid)"));
    let types = texts(client, &read("format_type(atttypid, atttypmod)"));
    assert_eq!(printed.len(), split.len());
    split
        .into_iter()
        .zip(printed.into_iter().zip(types))
        .map(|((_, source), (printed, of))| Case {
            source: source.into(),
            printed,
            target: Some(TypeName::parse(&of).unwrap()),
        })
        .collect()
}

/// The tree of a text, as it is written or as a server prints it.
fn resolve(catalog: &Catalog, text: &str, target: Option<&TypeName>, path: &[Ident]) -> Tree {
    let docs = ObjectId::in_schema(Class::Relation, &"app".into(), &"docs".into());
    let wanted = target.map_or(Wanted::Value, |of| Wanted::Stored { column: "", of });
    let scope = Scope { catalog, search_path: path, around: Around::Relation(&docs), wanted };

    resolve_text(text, &scope).unwrap_or_else(|error| panic!("{text}\n{error:?}"))
}

/// Each case's tree, and what is wrong with it.
fn judge(catalog: &Catalog, cases: &[Case]) -> (Vec<Tree>, Vec<String>) {
    let path = [Ident::from("app"), Ident::from("public")];
    let mut wrong = Vec::new();
    let trees = cases
        .iter()
        .map(|Case { source, printed, target }| {
            let tree = resolve(catalog, source, target.as_ref(), &path);
            let server = resolve(catalog, printed, target.as_ref(), &[]);
            if tree != server {
                wrong.push(format!("not equal:\n  {source}\n  {printed}\n  {tree}\n  {server}"));
            }
            let again = resolve(catalog, &tree.to_string(), target.as_ref(), &[]);
            if again != tree {
                wrong.push(format!("does not read back:\n  {source}\n  {tree}\n  {again}"));
            }
            if !tree.unresolved.is_empty() && !source.contains("auth.") {
                wrong.push(format!("unresolved {}:\n  {source}", words(&tree.unresolved)));
            }
            tree
        })
        .collect();
    (trees, wrong)
}

/// All cases on one server.
fn prove(cluster: &Cluster) {
    let version = cluster.version;
    let database = cluster.database();
    let mut client = database.connect();
    run(&mut client, "SET client_min_messages = error; SET timezone = 'UTC'");
    run(&mut client, SCHEMA);
    let mut wrong = Vec::new();
    let catalog = read(&database);
    for cases in [
        checks(&mut client, &lines(CHECKS, version)),
        policies(&mut client, &lines(POLICIES, version)),
        defaults(&mut client, &lines(DEFAULTS, version)),
    ] {
        let (trees, found) = judge(&catalog, &cases);
        wrong.extend(found);
        for (one, case) in cases.iter().enumerate() {
            for (two, other) in cases.iter().enumerate().skip(one + 1) {
                let same = case.printed == other.printed && case.target == other.target;
                let alike = ALIKE.contains(&(case.source.as_str(), other.source.as_str()));
                if case.target == other.target && !alike && same != (trees[one] == trees[two]) {
                    wrong.push(format!("stored the same: {same}\n  {}\n  {}", case.source, other.source));
                }
            }
        }
    }
    let pairs = lines(DIFFER, version);
    let rows = lines(DIFFER_ROWS, version);
    run(&mut client, "DROP TABLE app.defaults");
    for (pair, is_policy) in pairs.chunks(2).map(|pair| (pair, false)).chain(rows.chunks(2).map(|pair| (pair, true))) {
        let cases = if is_policy { policies(&mut client, pair) } else { checks(&mut client, pair) };
        let (trees, found) = judge(&catalog, &cases);
        wrong.extend(found);
        assert_ne!(cases[0].printed, cases[1].printed, "the server sees no difference");
        if trees[0] == trees[1] {
            wrong.push(format!("equal:\n  {}\n  {}", cases[0].printed, cases[1].printed));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn equal_exactly_when_the_server_stores_the_same() {
    on_every_version(|cluster| on_big_stack(|| prove(cluster)));
}
