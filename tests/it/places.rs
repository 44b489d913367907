//! Expressions stand in many places, and each knows other names. Wherever one stands, what is written and
//! what a server prints of it resolve to one tree.

use pg_query::protobuf::Node;
use schema_check::catalog::meaning::Argument;
use schema_check::catalog::{Catalog, Class, ObjectId, Tree};
use schema_check::expr::{Around, Scope, Wanted, resolve_statement, resolve_text};
use schema_check::sql::parse::parse_one;
use schema_check::sql::{Ident, TypeName};

use crate::server::on_every_version;
use crate::sql::{on_big_stack, read};

const SCHEMA: &str = "
    CREATE SCHEMA app;
    SET search_path = app;
    CREATE TYPE mood AS ENUM ('ok', 'sad');
    CREATE TABLE docs (id bigint, status varchar(20), mood mood, total numeric(10, 2), made timestamptz);
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';";

/// An expression where it is written, as `{}`, and where the server tells it again.
struct Place {
    since: u32,
    make: &'static str,
    /// One text; what does not belong to the expression is cut off by `cut`.
    print: &'static str,
    cut: Option<(&'static str, &'static str)>,
    names: Names,
    written: &'static [&'static str],
}

enum Names {
    Docs,
    OldAndNew,
    /// VALUE is of this type.
    Domain(&'static str),
    /// The arguments of `f`, with their types.
    Arguments(&'static [(&'static str, &'static str)]),
    /// A value that is stored as this type.
    Stored(&'static str),
    Query,
}

const PLACES: &[Place] = &[
    Place {
        since: 13,
        make: "CREATE DOMAIN short AS varchar(10) CHECK ({})",
        print: "SELECT pg_get_expr(conbin, 0) FROM pg_constraint WHERE contypid = 'app.short'::regtype",
        cut: None,
        names: Names::Domain("varchar(10)"),
        written: &["value <> ''", "VALUE in ('a', 'b')", "length(value) between 1 and 5", "value ~ '^[a-z]+$'"],
    },
    Place {
        since: 13,
        make: "CREATE TRIGGER t BEFORE UPDATE ON docs FOR EACH ROW WHEN ({}) EXECUTE FUNCTION touch()",
        print: "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 't'",
        cut: Some(("WHEN (", ") EXECUTE")),
        names: Names::OldAndNew,
        written: &[
            "old.status is distinct from new.status",
            "NEW.mood = 'sad' and old.mood <> 'sad'",
            "old.* is distinct from new.*",
            "new.total > old.total * 2",
        ],
    },
    Place {
        since: 13,
        make: "CREATE RULE r AS ON UPDATE TO docs WHERE {} DO INSTEAD NOTHING",
        print: "SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE rulename = 'r'",
        cut: Some(("WHERE ", " DO INSTEAD")),
        names: Names::OldAndNew,
        written: &["new.total > old.total", "old.status in ('a', 'b')"],
    },
    Place {
        since: 13,
        make: "CREATE FUNCTION f(a mood DEFAULT {}) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        print: "SELECT pg_get_function_arg_default(oid, 1) FROM pg_proc WHERE proname = 'f'",
        cut: None,
        names: Names::Stored("app.mood"),
        written: &["'ok'", "'ok'::app.mood", "null"],
    },
    Place {
        since: 13,
        make: "ALTER TABLE docs ADD CONSTRAINT x EXCLUDE USING gist ((tstzrange(made, 'infinity')) WITH &&) WHERE ({})",
        print: "SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = 'app.x'::regclass",
        cut: None,
        names: Names::Docs,
        written: &["status in ('a', 'b')", "mood = 'ok' or total >= 0"],
    },
    Place {
        since: 13,
        make: "ALTER TABLE docs ADD CONSTRAINT x EXCLUDE USING gist (({}) WITH &&)",
        print: "SELECT pg_get_expr(indexprs, indrelid) FROM pg_index WHERE indexrelid = 'app.x'::regclass",
        cut: None,
        names: Names::Docs,
        written: &["numrange(total, total * 2)", "int8range(id, id, '[]')"],
    },
    Place {
        since: 13,
        make: "CREATE TABLE p (LIKE docs) PARTITION BY RANGE (({}))",
        print: "SELECT pg_get_expr(partexprs, partrelid) FROM pg_partitioned_table",
        cut: None,
        names: Names::Docs,
        written: &["lower(status)", "id % 4", "(made at time zone 'utc')::date"],
    },
    Place {
        since: 13,
        make: "CREATE TABLE p (made timestamptz) PARTITION BY LIST (made); CREATE TABLE q PARTITION OF p FOR VALUES IN ({})",
        print: "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'q'",
        cut: Some(("FOR VALUES IN (", ")")),
        names: Names::Stored("timestamptz"),
        // A server computes what is more than a constant.
        written: &["'2020-1-2'", "timestamptz '2020-01-02 01:00+01'", "null"],
    },
    Place {
        since: 14,
        make: "CREATE FUNCTION f(a int, b text) RETURNS text LANGUAGE sql RETURN {}",
        print: "SELECT pg_get_function_sqlbody(oid) FROM pg_proc WHERE proname = 'f'",
        cut: Some(("RETURN ", "")),
        names: Names::Arguments(&[("a", "int4"), ("b", "text")]),
        written: &["b || a", "$2 || f.a", "coalesce(b, 'x') || $1::text"],
    },
    Place {
        since: 14,
        make: "CREATE FUNCTION f(a int, b text) RETURNS SETOF bigint LANGUAGE sql BEGIN ATOMIC {}; END",
        print: "SELECT pg_get_function_sqlbody(oid) FROM pg_proc WHERE proname = 'f'",
        cut: Some(("BEGIN ATOMIC", ";")),
        names: Names::Arguments(&[("a", "int4"), ("b", "text")]),
        written: &[
            "select id from docs where status = b and id > a",
            "with w as (select id from app.docs d where d.total > a) select w.id from w order by 1",
        ],
    },
    Place {
        since: 14,
        make: "CREATE FUNCTION f(a int, b text) RETURNS void LANGUAGE sql BEGIN ATOMIC SELECT 1; {}; END",
        print: "SELECT pg_get_function_sqlbody(oid) FROM pg_proc WHERE proname = 'f'",
        cut: Some(("SELECT 1;", ";")),
        names: Names::Arguments(&[("a", "int4"), ("b", "text")]),
        written: &[
            "update docs set status = b, total = a where id = $1 returning *",
            "with d as (delete from docs where id = a returning status) insert into docs (status, total) select *, a from d",
        ],
    },
    Place {
        since: 13,
        make: "CREATE RULE r AS ON DELETE TO docs WHERE old.total > 1 DO INSTEAD {}",
        print: "SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE rulename = 'r'",
        cut: Some(("DO INSTEAD", ";")),
        names: Names::OldAndNew,
        written: &[
            "update docs set mood = 'sad', status = old.status || '!' where id = old.id",
            "insert into docs select old.*",
            "insert into docs values (old.id, 'gone', default, 1)",
        ],
    },
    Place {
        since: 13,
        make: "CREATE MATERIALIZED VIEW v AS {}",
        print: "SELECT pg_get_viewdef('app.v'::regclass)",
        cut: Some(("", ";")),
        names: Names::Query,
        written: &[
            "select *, total * 2 as twice from docs where mood = 'ok'",
            "select mood, count(*) filter (where total > 1) from docs group by 1 having count(*) > 1 order by 2 desc",
        ],
    },
];

fn resolve(place: &Place, text: &str, catalog: &Catalog, search_path: &[Ident]) -> Tree {
    let docs = ObjectId::in_schema(Class::Relation, &"app".into(), &"docs".into());
    let of = |text: &str| TypeName::parse(text).unwrap();
    let routine = Ident::from("f");
    let (mut args, mut data_type) = (Vec::new(), TypeName::default());
    match &place.names {
        Names::Arguments(all) => {
            args.extend(all.iter().map(|(name, text)| Argument { name: Ident::from(*name), of: of(text) }));
        }
        Names::Domain(text) | Names::Stored(text) => data_type = of(text),
        Names::Docs | Names::OldAndNew | Names::Query => {}
    }
    let (around, wanted) = match &place.names {
        Names::Docs => (Around::Relation(&docs), Wanted::Value),
        Names::OldAndNew => (Around::OldAndNew { of: &docs, unseen: None }, Wanted::Condition("WHEN")),
        Names::Domain(_) => (Around::Domain(&data_type), Wanted::Condition("CHECK")),
        Names::Arguments(_) => (Around::Arguments { routine: Some(&routine), args: &args }, Wanted::Value),
        Names::Stored(_) => (Around::Nothing, Wanted::Stored { column: "", of: &data_type }),
        Names::Query => (Around::Nothing, Wanted::Value),
    };
    let scope = Scope { catalog, search_path, around, wanted };
    match parse_one(text.trim()) {
        Ok(node) => resolve_statement(&Node { node: Some(node) }, &scope).0,
        Err(_) => resolve_text(text, &scope).unwrap_or_else(|error| panic!("{text}: {error:?}")),
    }
}

#[test]
fn an_expression_means_the_same_wherever_it_stands() {
    on_every_version(|cluster| {
        on_big_stack(|| {
            for place in PLACES.iter().filter(|place| place.since <= cluster.version) {
                for written in place.written {
                    let database = cluster.database();
                    let mut client = database.connect();
                    let make = place.make.replace("{}", written);
                    client
                        .batch_execute(&format!("{SCHEMA} {make}"))
                        .unwrap_or_else(|error| panic!("{make}: {error:?}"));
                    client.batch_execute("SET search_path = ''; SET timezone = 'UTC'").unwrap();
                    let printed: String = client.query_one(place.print, &[]).unwrap().try_get(0).unwrap();
                    let printed = match place.cut {
                        Some((from, to)) => {
                            let rest = printed.split_once(from).map_or(printed.as_str(), |(_, rest)| rest);
                            let end = if to.is_empty() { rest.len() } else { rest.rfind(to).unwrap() };
                            rest[..end].to_owned()
                        }
                        None => printed,
                    };
                    let catalog = read(&database);
                    let ours = resolve(place, written, &catalog, &[Ident::from("app")]);
                    let theirs = resolve(place, &printed, &catalog, &[]);
                    assert_eq!(ours.unresolved, [], "PostgreSQL {}: {make}", cluster.version);
                    assert!(
                        ours == theirs,
                        "PostgreSQL {}: {make}\n  {printed}\n  {ours}\n  {theirs}",
                        cluster.version
                    );
                }
            }
        });
    });
}
