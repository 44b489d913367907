//! A refusal points at what the server points at.

use postgres::error::ErrorPosition;
use schema_check::catalog::Origin;
use schema_check::sql::split::split;

use crate::differential::{drop_roles, small_cases};
use crate::server::on_every_version;
use crate::sql::{on_big_stack, replay_for};

/// The byte that a server names in a text, by the place of the character.
fn byte_at(text: &str, position: u32) -> usize {
    let characters = usize::try_from(position).unwrap().saturating_sub(1);
    text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
}

/// Files with statements whose place is told less exactly than a server tells it yet.
const KNOWN: &[&str] =
    &["partition.sql", "inherit.sql", "domain.sql", "language.sql", "foreign_table.sql", "aggregate", "operator"];

#[test]
fn a_refusal_points_at_what_the_server_points_at() {
    on_every_version(|cluster| {
        let mut wrong = Vec::new();
        let is_known = |name: &str| KNOWN.iter().any(|known| name.contains(known));
        let cases = small_cases(true).into_iter().filter(|case| !is_known(&case.name));
        for case in cases.filter(|case| case.requires <= cluster.version) {
            let [text] = case.files.as_slice() else { continue };
            let _roles = cluster.keep_roles();
            let database = cluster.database();
            let mut client = database.connect();
            let replayed = on_big_stack(|| replay_for(cluster.version, &[text]));
            for statement in split(text).into_iter().filter(|statement| !statement.is_psql_command) {
                let sql = &text[statement.span.clone()];
                let Err(error) = client.batch_execute(sql) else { continue };
                let Some(ErrorPosition::Original(position)) = error.as_db_error().and_then(|error| error.position())
                else {
                    continue;
                };
                let at = statement.span.start + byte_at(sql, *position);
                let ours = replayed.refusals.iter().find_map(|refusal| match &refusal.origin {
                    Origin::File { span, .. }
                        if statement.span.start <= span.start && span.end <= statement.span.end =>
                    {
                        Some(span.clone())
                    }
                    _ => None,
                });
                let points = ours.as_ref().is_some_and(|span| span.contains(&at) && *span != statement.span);
                if !points {
                    let ours = ours.map(|span| &text[span]);
                    wrong.push(format!("{}: {} / {ours:?}", case.name, &text[at..statement.span.end]));
                }
            }
            drop((client, database));
            drop_roles(cluster, &case, &replayed.catalog);
        }
        assert!(wrong.is_empty(), "PostgreSQL {}: {}\n{}", cluster.version, wrong.len(), wrong.join("\n"));
    });
}
