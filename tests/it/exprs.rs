//! What a server makes of an expression is what we make of it: the text as it is written and the
//! text that the server prints resolve to equal trees, and texts that it stores differently do not.

use postgres::{Client, NoTls};
use schema_check::catalog::kind::{Column, Enum, Facts, Table};
use schema_check::catalog::{Attr, Catalog, Class, Coverage, Object, ObjectId, Origin, Tree, Unmodelled, server};
use schema_check::expr::{Scope, resolve_text, unresolved};
use schema_check::sql::{Ident, TypeName};

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

/// A database of its own on the server at this port.
fn connect(port: u16, name: &str) -> Client {
    let config = |database: &str| format!("host=/tmp port={port} user=postgres dbname={database}");
    let mut admin = Client::connect(&config("postgres"), NoTls).unwrap();
    run(&mut admin, &format!("DROP DATABASE IF EXISTS {name}"));
    run(&mut admin, &format!("CREATE DATABASE {name}"));
    let mut client = Client::connect(&config(name), NoTls).unwrap();
    run(&mut client, "SET client_min_messages = error; SET timezone = 'UTC'");
    run(&mut client, SCHEMA);
    run(&mut client, "SET search_path = app, public");
    client
}

fn catalog(client: &mut Client) -> Catalog {
    let mut catalog = Catalog::new(Coverage::Everything);
    run(client, "SET search_path = ''");
    let add = |catalog: &mut Catalog, id: ObjectId, facts: Facts| {
        catalog.objects.insert(id, Object { facts, origin: Origin::Server });
    };
    let columns = client
        .query(
            "SELECT relnamespace::regnamespace::text, relname::text, attname::text, format_type(atttypid, atttypmod)
             FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid
             WHERE relnamespace::regnamespace::text IN ('app', 'public') AND relkind = 'r' AND attnum > 0
             ORDER BY attnum",
            &[],
        )
        .unwrap();
    for row in &columns {
        let part = |at: usize| Ident::new(row.try_get::<_, String>(at).unwrap());
        let relation = ObjectId::in_schema(Class::Relation, &part(0), &part(1));
        let data_type = server(TypeName::parse(part(3).as_str()).unwrap());
        add(&mut catalog, relation.part(Class::Column, &part(2)), Column { data_type, ..Column::default() }.into());
        let table = catalog
            .objects
            .entry(relation)
            .or_insert_with(|| Object { facts: Table::default().into(), origin: Origin::Server });
        if let Facts::Table(Table { column_order, .. }) = &mut table.facts {
            let mut order = column_order.get().cloned().unwrap_or_default();
            order.push(part(2));
            *column_order = Attr::Is(order, Origin::Server);
        }
    }
    add(&mut catalog, ObjectId::in_schema(Class::Type, &"app".into(), &"mood".into()), Enum::default().into());
    let routines = client
        .query(
            "SELECT nspname::text, proname::text, 'function' FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace
             WHERE nspname IN ('app', 'auth', 'public')
             UNION SELECT nspname::text, relname::text, 'sequence' FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
             WHERE nspname IN ('app', 'public') AND relkind = 'S'",
            &[],
        )
        .unwrap();
    for row in &routines {
        let part = |at: usize| row.try_get::<_, String>(at).unwrap();
        let class = if part(2) == "function" { Class::Routine } else { Class::Relation };
        let id = ObjectId::in_schema(class, &Ident::new(part(0)), &Ident::new(part(1)));
        catalog.unmodelled.insert(id, Unmodelled { what: part(2), origin: Origin::Server });
    }
    catalog
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
    let scope = Scope { catalog, search_path: path, relation: Some(&docs), target };
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
            if !unresolved(&tree).is_empty() && !source.contains("auth.") {
                wrong.push(format!("unresolved {:?}:\n  {source}", unresolved(&tree)));
            }
            tree
        })
        .collect();
    (trees, wrong)
}

/// All on one server, with the roomy stack that callers give.
fn prove(port: u16) {
    let work = move || {
        let mut client = connect(port, "expr_laws");
        let version = port % 100;
        let version = u32::from(version);
        let mut wrong = Vec::new();
        let catalog = catalog(&mut client);
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
        for (pair, is_policy) in
            pairs.chunks(2).map(|pair| (pair, false)).chain(rows.chunks(2).map(|pair| (pair, true)))
        {
            let cases = if is_policy { policies(&mut client, pair) } else { checks(&mut client, pair) };
            let (trees, found) = judge(&catalog, &cases);
            wrong.extend(found);
            assert_ne!(cases[0].printed, cases[1].printed, "the server sees no difference");
            if trees[0] == trees[1] {
                wrong.push(format!("equal:\n  {}\n  {}", cases[0].printed, cases[1].printed));
            }
        }
        assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    };
    std::thread::Builder::new().stack_size(schema_check::sql::STACK_SIZE).spawn(work).unwrap().join().unwrap();
}

#[test]
fn server_13() {
    prove(5413);
}

#[test]
fn server_15() {
    prove(5415);
}

#[test]
fn server_18() {
    prove(5418);
}
