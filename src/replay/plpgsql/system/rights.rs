//! What `information_schema` shows of rights on tables.

use super::{Thing, rows, schema_of, yes_or_no};
use crate::catalog::Attr;
use crate::replay::Replay;
use crate::replay::acl::{PUBLIC, all_rights, sort_of};
use crate::replay::plpgsql::value::{Row, Value, name, text};
use crate::sql::Ident;

/// A right that somebody has on a table.
struct Right<'a> {
    of: Thing<'a>,
    grantee: Value,
    word: Value,
    with_option: Value,
}

/// A row for each right, those of the owner too. Who granted it is not known.
pub(super) fn table_privileges(replay: &Replay) -> Option<Vec<Row>> {
    let tables = replay.relations().filter(|one| !matches!(one.relkind, "m" | "S"));
    let rights = tables.flat_map(|one| rights_on(replay, &one.of));
    rows(
        replay,
        rights,
        &[
            ("grantee", |_, right| right.grantee.clone()),
            ("table_schema", |_, right| schema_of(&right.of.id)),
            ("table_name", |_, right| right.of.name()),
            ("privilege_type", |_, right| right.word.clone()),
            ("is_grantable", |_, right| yes_or_no(&right.with_option)),
        ],
    )
}

fn rights_on<'a>(replay: &'a Replay, of: &Thing<'a>) -> Vec<Right<'a>> {
    let right = |grantee: Value, word: Value, with_option: Value| Right {
        of: Thing::new(replay, of.id.clone()),
        grantee,
        word,
        with_option,
    };
    let Some((facts, Attr::Is(grants, _))) = of.facts.and_then(|facts| Some((facts, facts.privileges()?))) else {
        return vec![right(Value::Unknown, Value::Unknown, Value::Unknown)];
    };
    let words = sort_of(facts).map(|sort| all_rights(sort, replay.catalog().version)).unwrap_or_default();
    let owned = words.iter().map(|word| (of.owner_name(), *word, true));
    let granted = grants.iter().flat_map(|grant| {
        let words = grant.privileges.iter();
        words.map(|(word, option)| (grantee(&grant.grantee), word.as_str(), *option))
    });
    // The standard knows no MAINTAIN.
    let shown = owned.chain(granted).filter(|(_, word, _)| *word != "maintain");
    shown.map(|(grantee, word, option)| right(grantee, text(&word.to_uppercase()), Value::Bool(option))).collect()
}

fn grantee(role: &Ident) -> Value {
    if *role == PUBLIC { text("PUBLIC") } else { name(role) }
}
