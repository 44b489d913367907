//! Specs: YAML, read, bound to a small catalog and compared with it.

use std::cell::OnceCell;

use schema_check::catalog::{Catalog, FileId, Origin};
use schema_check::compare::compare;
use schema_check::replay::Replay;
use schema_check::spec::{self, SpecError};

const SCHEMA: &str = "
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE DOMAIN price AS numeric(10, 2) CHECK (VALUE >= 0);
    CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE, mood mood DEFAULT 'ok', cost price);
    CREATE TABLE orders (id serial PRIMARY KEY, owner bigint REFERENCES users ON DELETE CASCADE, note text, CHECK (note <> ''));
    CREATE INDEX orders_note ON orders (lower(note)) WHERE owner IS NOT NULL;
    ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON orders USING (owner = 1);
    CREATE VIEW open_orders AS SELECT id, note FROM orders;
    CREATE FUNCTION twice(a int) RETURNS int LANGUAGE sql AS 'SELECT a * 2';";

thread_local! {
    static OBSERVED: OnceCell<Catalog> = const { OnceCell::new() };
}

fn observed() -> Catalog {
    let replayed = || {
        let mut replay = Replay::new();
        assert!(replay.file(FileId(0), SCHEMA).is_empty());
        replay.finish().catalog
    };
    OBSERVED.with(|catalog| catalog.get_or_init(replayed).clone())
}

/// A file is a spec or has mistakes, all of them with places in it.
pub fn run(data: &[u8]) {
    let text = super::text(data);
    let (document, errors) = spec::parse(FileId(1), text);
    are_placed(text, &errors);
    if !errors.is_empty() {
        return;
    }
    let mut observed = observed();
    match spec::bind(&document, &mut observed, None) {
        Ok(bound) => drop(compare(&bound.expected, &observed)),
        Err(errors) => {
            assert!(!errors.is_empty(), "refused, and nobody knows why");
            are_placed(text, &errors);
        }
    }
}

fn are_placed(text: &str, errors: &[SpecError]) {
    for error in errors {
        for place in [Some(&error.place), error.also.as_ref().map(|(place, _)| place)].into_iter().flatten() {
            // What is at the server stands in the file that the catalog was made of.
            let Origin::File { file: FileId(1), span } = place else { continue };
            assert!(text.get(span.clone()).is_some(), "{span:?} is no place in {text:?}: {}", error.message);
        }
    }
}
