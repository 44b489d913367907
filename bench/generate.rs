//! Prints what the benchmarks work on.
//!
//!   cargo run --release --example generate -- sql 1000        the SQL of a schema of a thousand tables
//!   cargo run --release --example generate -- structure 1000  a spec of it: names, types, nullability, keys, row security
//!   cargo run --release --example generate -- parse FILE      how long `pg_query::parse` takes for a whole file, in seconds

#[path = "synthetic.rs"]
mod synthetic;

use std::error::Error;
use std::io::Write;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let made = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["sql", tables] => synthetic::sql(tables.parse()?),
        ["structure", tables] => synthetic::structure(tables.parse()?),
        ["parse", file] => {
            let text = std::fs::read_to_string(file)?;
            let begun = Instant::now();
            drop(pg_query::parse(&text, pg_query::ParserOptions::default())?);
            format!("{}\n", begun.elapsed().as_secs_f64())
        }
        _ => return Err("sql TABLES, structure TABLES, or parse FILE".into()),
    };
    Ok(std::io::stdout().write_all(made.as_bytes())?)
}
