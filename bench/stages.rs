//! How long each stage takes of a schema of a hundred tables: splitting, parsing, replaying, reading a spec, binding,
//! resolving what differs, comparing.
//!
//!   cargo bench --bench stages

#[path = "synthetic.rs"]
mod synthetic;

use divan::Bencher;
use schema_check::catalog::{Catalog, FileId};
use schema_check::compare::compare;
use schema_check::expr::settle;
use schema_check::replay::Replay;
use schema_check::spec::{self, Document};
use schema_check::sql;

const TABLES: usize = 100;

fn main() -> std::io::Result<()> {
    // SQL nests as deep as people write it.
    let running = std::thread::Builder::new().stack_size(sql::STACK_SIZE).spawn(divan::main)?;
    running.join().map_err(|_| std::io::Error::other("a benchmark has failed"))
}

fn replayed(text: &str) -> Catalog {
    let mut replay = Replay::new();
    replay.file(FileId(0), text);
    replay.finish().catalog
}

fn document(text: &str) -> Document {
    let (document, errors) = spec::parse(FileId(1), text);
    assert!(errors.is_empty(), "{errors:?}");
    document
}

#[divan::bench]
fn split(bencher: Bencher<'_, '_>) {
    let text = synthetic::sql(TABLES);
    bencher.bench(|| sql::split::split(&text));
}

#[divan::bench]
fn parse(bencher: Bencher<'_, '_>) {
    let text = synthetic::sql(TABLES);
    let statements: Vec<&str> = sql::split::split(&text).into_iter().map(|one| &text[one.span]).collect();
    bencher.bench(|| statements.iter().map(|one| sql::parse::parse(one)).filter(Result::is_ok).count());
}

#[divan::bench]
fn parse_the_whole_file_at_once(bencher: Bencher<'_, '_>) {
    let text = synthetic::sql(TABLES);
    bencher.bench(|| pg_query::parse(&text, pg_query::ParserOptions::default()).is_ok());
}

#[divan::bench]
fn replay(bencher: Bencher<'_, '_>) {
    let text = synthetic::sql(TABLES);
    bencher.bench(|| replayed(&text));
}

#[divan::bench]
fn read_spec(bencher: Bencher<'_, '_>) {
    let text = synthetic::structure(TABLES);
    bencher.bench(|| document(&text));
}

#[divan::bench]
fn bind(bencher: Bencher<'_, '_>) {
    let (document, observed) = (document(&synthetic::structure(TABLES)), replayed(&synthetic::sql(TABLES)));
    bencher
        .with_inputs(|| observed.clone())
        .bench_values(|mut observed| spec::bind(&document, &mut observed, None).is_ok());
}

#[divan::bench]
fn settle_and_compare(bencher: Bencher<'_, '_>) {
    let catalog = replayed(&synthetic::sql(TABLES));
    bencher.with_inputs(|| (catalog.clone(), catalog.clone())).bench_values(|(mut one, mut other)| {
        settle(&mut one, &mut other);
        compare(&one, &other).len()
    });
}
