//! What `live` reads, on every server that is here.

mod assertions;
pub(crate) mod attributes;
mod connecting;
mod libpq;
mod pooler;
mod reading;
mod tls;

use std::fmt::Write;

pub(crate) use pooler::Pooler;

use schema_check::catalog::Catalog;
use schema_check::live::{self, Live, LiveError, Options, Target};

pub(crate) fn target(url: &str) -> Target {
    Target::parse(url, &|_| None).unwrap()
}

pub(crate) fn try_read(url: &str) -> Result<Live, LiveError> {
    live::read(&target(url), &Options::default())
}

#[track_caller]
pub(crate) fn read(url: &str) -> Live {
    try_read(url).unwrap_or_else(|error| panic!("{error}"))
}

/// All that a catalog states of one database, a line for each attribute. What the databases of a cluster share is left
/// out: other tests change it meanwhile.
pub(crate) fn dump(catalog: &Catalog) -> String {
    let mut text = String::new();
    for (id, object) in &catalog.objects {
        if object.facts.kind().is_shared() {
            continue;
        }
        let kind = object.facts.kind().name();
        writeln!(text, "{kind} {id}").unwrap();
        for (definition, stated) in object.facts.attributes() {
            let value = stated.map_or_else(|| "unstated".to_owned(), |(value, _)| value.to_string());
            writeln!(text, "  {}: {value}", definition.name).unwrap();
        }
    }
    for (id, unmodelled) in &catalog.unmodelled {
        writeln!(text, "({} {id})", unmodelled.what).unwrap();
    }
    text
}
