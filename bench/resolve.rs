//! How long resolving takes: ordinary expressions, and chains that grow by the factor of ten.
//!
//!   cargo bench --bench resolve

use divan::Bencher;
use divan::counter::ItemsCount;
use pg_query::protobuf::Node;
use schema_check::catalog::{Catalog, Class, FileId, ObjectId};
use schema_check::expr::{Around, Scope, Wanted, resolve};
use schema_check::replay::Replay;
use schema_check::sql::Ident;
use schema_check::sql::parse::parse_expr;

/// As they stand in schemas: conditions, policies, keys.
const ORDINARY: [&str; 20] = [
    "status in ('open', 'closed', 'merged')",
    "total >= 0",
    "total > 0 and total < 1000000",
    "email ~* '^[a-z0-9._%+-]+@[a-z0-9.-]+$'",
    "char_length(title) <= 200",
    "starts_at < ends_at",
    "deleted_at is null",
    "deleted_at is null and status = 'open'",
    "owner_id = current_setting('app.user_id', true)::uuid",
    "coalesce(title, '') <> ''",
    "lower(email)",
    "kind = 'a' or kind = 'b' or amount is not null",
    "created_at + interval '7 days' > now()",
    "payload ? 'id' and jsonb_typeof(payload -> 'id') = 'number'",
    "amount between 1 and 100",
    "case when kind = 'a' then amount > 0 else amount is null end",
    "tags && array['x', 'y']",
    "num_nonnulls(owner_id, kind) = 1",
    "exists (select 1 from members m where m.user_id = owner_id and m.role in ('admin', 'owner'))",
    "owner_id in (select user_id from members where team_id = team)",
];

const SCHEMA: &str = "
    CREATE TYPE kind AS ENUM ('a', 'b');
    CREATE TABLE members (team_id bigint, user_id uuid, role text);
    CREATE TABLE docs (
        id bigint PRIMARY KEY, team bigint, owner_id uuid, status varchar(20), title text, email text, kind kind,
        amount integer, total numeric(12, 2), payload jsonb, tags text[], starts_at timestamptz,
        ends_at timestamptz, created_at timestamptz, deleted_at timestamptz
    );";

fn main() {
    divan::main();
}

fn catalog() -> Catalog {
    let mut replay = Replay::new();
    assert!(replay.file(FileId(0), SCHEMA).is_empty());
    replay.finish().catalog
}

/// Resolves each of the expressions once.
fn resolve_all(bencher: Bencher<'_, '_>, texts: &[String]) {
    let catalog = catalog();
    let docs = ObjectId::in_schema(Class::Relation, &"public".into(), &"docs".into());
    let path = [Ident::from("public")];
    let scope = Scope { catalog: &catalog, search_path: &path, around: Around::Relation(&docs), wanted: Wanted::Value };
    let nodes: Vec<Node> = texts.iter().filter_map(|text| parse_expr(text).ok()).collect();
    assert_eq!(nodes.len(), texts.len());
    for node in &nodes {
        assert!(resolve(node, &scope).unresolved.is_empty());
    }
    bencher.counter(ItemsCount::new(nodes.len())).bench(|| {
        for node in &nodes {
            divan::black_box(resolve(node, &scope));
        }
    });
}

#[divan::bench]
fn ordinary(bencher: Bencher<'_, '_>) {
    resolve_all(bencher, &ORDINARY.map(str::to_owned));
}

#[divan::bench]
fn ordinary_parsed(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(ORDINARY.len())).bench(|| {
        for text in ORDINARY {
            assert!(divan::black_box(parse_expr(text)).is_ok());
        }
    });
}

const LENGTHS: [usize; 4] = [10, 100, 1_000, 10_000];

#[divan::bench(args = LENGTHS)]
fn and_chain(bencher: Bencher<'_, '_>, length: usize) {
    let terms: Vec<String> = (0..length).map(|n| format!("amount <> {n}")).collect();
    resolve_all(bencher, &[terms.join(" and ")]);
}

#[divan::bench(args = LENGTHS)]
fn in_list(bencher: Bencher<'_, '_>, length: usize) {
    let terms: Vec<String> = (0..length).map(|n| format!("'{n}'")).collect();
    resolve_all(bencher, &[format!("status in ({})", terms.join(", "))]);
}

/// Each term is one level deeper.
#[divan::bench(args = [10, 100, 1_000])]
fn sum(bencher: Bencher<'_, '_>, length: usize) {
    let terms: Vec<String> = (0..length).map(|n| format!("{n}")).collect();
    resolve_all(bencher, &[format!("amount = {}", terms.join(" + "))]);
}
