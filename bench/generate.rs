//! Prints what the benchmarks work on.
//!
//!   cargo run --release --example generate -- sql 1000        the SQL of a schema of a thousand tables
//!   cargo run --release --example generate -- structure 1000  a spec of it: names, types, nullability, keys, row security
//!   cargo run --release --example generate -- parse FILE      how long `pg_query::parse` takes for a whole file, in seconds

#[path = "synthetic.rs"]
mod synthetic;

use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["sql", tables] => print(&synthetic::sql(number(tables))),
        ["structure", tables] => print(&synthetic::structure(number(tables))),
        ["parse", file] => {
            let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
            let begun = Instant::now();
            drop(
                pg_query::parse(&text, pg_query::ParserOptions::default())
                    .unwrap_or_else(|error| panic!("{file}: {error}")),
            );
            print(&format!("{}\n", begun.elapsed().as_secs_f64()));
        }
        _ => panic!("sql TABLES, structure TABLES, or parse FILE"),
    }
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or_else(|_| panic!("{text} is no number of tables"))
}

fn print(text: &str) {
    use std::io::Write;
    std::io::stdout().write_all(text.as_bytes()).unwrap_or_default();
}
