//! The claim for statements that are written down, not drawn: whole families of them, each on every server that
//! knows its form.

use super::expression::Node;
use super::judge::{Family, Judge, Written};
use super::store::Place;
use crate::server::on_every_version;
use crate::sql::on_big_stack;

/// The families that a server of that version can store.
fn families(version: u32) -> Vec<Family> {
    let mut families = Vec::new();
    let mut place = Place::View;
    for block in include_str!("forms.txt").split("\n\n") {
        let mut members = Vec::new();
        for line in block.lines().filter(|line| !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix("== ") {
                place = match name {
                    "View" => Place::View,
                    "Body" => Place::Body,
                    "Action" => Place::Action,
                    other => panic!("no place is called {other}"),
                };
                continue;
            }
            let (since, text) = match line.strip_prefix('@').and_then(|line| line.split_once(' ')) {
                Some((since, text)) => (since.parse().unwrap(), text),
                None => (0, line),
            };
            if since <= version {
                members.push(Written { node: Node::word("form", text), lower: false });
            }
        }
        families.push(Family { place, members });
    }
    families
}

#[test]
fn forms_are_equal_exactly_when_the_server_stores_the_same() {
    on_every_version(|cluster| {
        on_big_stack(|| {
            let database = cluster.database();
            let families = families(cluster.version);
            let found = Judge::new(&database).judge(&families);
            let of = |what: &[String]| what.join("\n");
            assert!(found.refused.is_empty(), "PostgreSQL {}: {}", cluster.version, of(&found.refused));
            assert!(found.misprinted.is_empty(), "PostgreSQL {}: {}", cluster.version, of(&found.misprinted));
            let wrong: Vec<String> = found
                .wrong
                .iter()
                .map(|wrong| format!("{:?} ({:?})\n{}", wrong.kind, wrong.place, wrong.told))
                .collect();
            assert!(wrong.is_empty(), "PostgreSQL {}: {} wrong\n{}", cluster.version, wrong.len(), of(&wrong));
            eprintln!(
                "PostgreSQL {}: {} forms, {} pairs, {} of them the same",
                cluster.version, found.expressions, found.pairs, found.same
            );
        });
    });
}
