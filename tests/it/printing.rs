//! The SQL that a catalog is printed as makes that catalog again: to a replay, to a server, and to the server's own
//! `pg_dump`, which knows nothing of ours.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::{LazyLock, Mutex};

use schema_check::catalog::{Catalog, Class};
use schema_check::ddl;

use crate::differential::{Case, drop_roles, small_cases, systems};
use crate::server::{Cluster, Database, on_every_version};
use crate::sql::{apply, differences, on_big_stack, read, replay_for};

/// Roles are the cluster's, and are not printed; what is temporary is gone with its session.
pub(crate) fn without_roles(catalog: &Catalog) -> Catalog {
    let mut kept = catalog.clone();
    kept.objects.retain(|id, _| id.class() != Class::Role);
    kept
}

fn replay_of(case: &Case, version: u32) -> Catalog {
    let files: Vec<&str> = case.files.iter().map(String::as_str).collect();
    replay_for(version, &files).catalog
}

fn replayed(case: &Case, version: u32) -> Catalog {
    without_roles(&replay_of(case, version))
}

/// The roles that a case makes, as SQL.
fn roles(case: &Case, version: u32) -> String {
    let all = replay_of(case, version);
    let roles = all.objects.keys().filter(|id| id.class() == Class::Role);
    roles.map(|id| format!("CREATE ROLE {};\n", id.name())).collect()
}

/// What is not printed as it stands, and why: the beginning of a case's name. No statement says most of it, and what
/// `pg_dump` prints does not make it either.
const KNOWN: &[(&str, &str)] = &[
    ("replay/partition/index_of_a_constraint", "an index of a whole table, which that of a constraint is attached to"),
    ("replay/inherit/add_column", "columns that came to a parent later stand behind a child's own"),
    ("replay/inherit/not_null_added", "columns that came to a parent later stand behind a child's own"),
    ("replay/inherit/drop_column", "a check that came from a parent which has it no more"),
    ("replay/not_null/left_to_children", "NOT NULL that a child has otherwise than its parent says by now"),
    ("replay/rule/query_of_a_view", "a view whose column is of a size that its query does not say"),
    ("replay/foreign/user_mappings", "options of user mappings may be secrets"),
    ("replay/logical/subscriptions", "how a subscription connects is not in the model"),
    ("replay/plpgsql/role_perhaps_made", "a role that may be there, and that nothing makes"),
    ("replay/routine/transforms", "transforms, which the model does not hold"),
];

/// What `pg_dump` sees and the model does not hold, or holds in another order.
const UNSEEN_BY_US: &[(&str, &str)] = &[
    ("replay/view/options", "options that say what is the default, and their order"),
    ("replay/view/security_invoker", "the spelling of options"),
    ("replay/view/merged_columns_renamed", "the names by which a view alone knows what its joins merge"),
    ("replay/rights/aggregates_and_system_columns", "rights of system columns"),
    ("replay/rights/grant_on_the_system", "rights of built-in objects"),
    ("replay/rights/owners", "rights of a column that its table gives too"),
    ("replay/text_search/code", "mappings of a configuration with a parser of its own"),
    ("replay/trigger/event_triggers", "event triggers are of the whole database"),
];

/// The entry of these lists that a case belongs to, and the reason.
pub(crate) fn known(name: &str) -> Option<(&'static str, &'static str)> {
    KNOWN.iter().chain(UNSEEN_BY_US).find(|(beginning, _)| name.starts_with(beginning)).copied()
}

fn cases() -> Vec<Case> {
    small_cases(false).into_iter().chain(systems()).collect()
}

/// What of a case a replay does not make again.
fn not_replayed_again(case: &Case) -> Vec<String> {
    let catalog = replayed(case, 18);
    let text = roles(case, 18) + &ddl::print(&catalog).text;
    let again = replay_for(18, &[&text]);
    let refused = again.refusals.iter().map(|refusal| format!("refused: {}", refusal.message));
    let differing = differences(&catalog, &without_roles(&again.catalog));
    refused.chain(differing).map(|line| format!("{}: {line}", case.name)).collect()
}

#[test]
fn what_is_printed_replays_to_the_same() {
    let unknown = cases().into_iter().filter(|case| known(&case.name).is_none());
    let failed: Vec<String> = on_big_stack(|| unknown.flat_map(|case| not_replayed_again(&case)).collect());
    assert!(failed.is_empty(), "{}\n{}", failed.len(), failed.join("\n"));
}

/// The major version of the `pg_dump` on the PATH; it dumps servers of that version and of older ones.
static PG_DUMP: LazyLock<Option<u32>> = LazyLock::new(|| {
    let said = Command::new("pg_dump").arg("--version").output().ok().filter(|out| out.status.success());
    let said = said.map(|out| String::from_utf8_lossy(&out.stdout).into_owned());
    let version = said.and_then(|text| text.split(' ').nth(2)?.split('.').next()?.trim().parse().ok());
    if version.is_none() {
        eprintln!("skipped: there is no pg_dump to judge what is printed");
    }
    version
});

/// What `pg_dump` says of a database, in an order that does not hang on when things were made, and without what the
/// model takes as the same: brackets, casts, the order of parameters, and what an owner may do.
fn dump(cluster: &Cluster, database: &Database<'_>) -> Option<Vec<String>> {
    if PG_DUMP.is_none_or(|version| version < cluster.version) {
        return None;
    }
    let out = Command::new("pg_dump")
        .args(["--schema-only", "--no-publications", "--no-subscriptions"])
        .arg(format!("--dbname={}", database.url()))
        .output()
        .unwrap();
    assert!(out.status.success(), "pg_dump: {}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).unwrap();
    let is_said = |line: &&str| !line.starts_with("--") && !line.starts_with("\\") && !line.trim().is_empty();
    let lines: Vec<String> = text.lines().filter(is_said).map(spelled_alike).collect();
    let statements = lines.join("\n");
    let is_of_owner = |statement: &str| {
        let verbs = ["GRANT ", "REVOKE ", "ALTER DEFAULT PRIVILEGES FOR ROLE postgres "];
        let whom = statement.trim_end_matches(" WITH GRANT OPTION");
        verbs.iter().any(|verb| statement.starts_with(verb)) && whom.ends_with(" postgres")
    };
    let statements = statements.trim_end_matches(';').split(";\n").filter(|statement| !is_of_owner(statement));
    let mut statements: Vec<String> = statements.map(str::to_owned).collect();
    statements.sort();
    Some(statements)
}

/// A line of a dump without brackets, casts and the order of parameters.
fn spelled_alike(line: &str) -> String {
    let mut text = line.replace("TRIM(BOTH FROM ", "btrim(");
    let lists = ["WITH (", " SET ("].into_iter().filter_map(|words| {
        let (before, rest) = line.split_once(words)?;
        Some((before, words, rest.split_once(')')?))
    });
    for (before, words, (parameters, after)) in lists {
        let mut sorted: Vec<&str> = parameters.split(", ").collect();
        sorted.sort_unstable();
        text = format!("{before}{words}{}){after}", sorted.join(", "));
    }
    while let Some(at) = text.find("::") {
        let rest = &text[at + 2..];
        let several = ["character varying", "double precision", "bit varying", "time with time zone"]
            .into_iter()
            .chain(["time without time zone", "timestamp with time zone", "timestamp without time zone"]);
        let of_several = several.filter(|name| rest.starts_with(name)).map(str::len).max();
        let is_name = |c: char| c.is_alphanumeric() || "_.\"".contains(c);
        let length = of_several.unwrap_or_else(|| rest.find(|c| !is_name(c)).unwrap_or(rest.len()));
        let brackets = rest[length..].chars().take_while(|c| "[]".contains(*c)).count();
        text.replace_range(at..at + 2 + length + brackets, "");
    }
    text.retain(|c| !"()".contains(c));
    text
}

/// What of a database is not made again by the text that its catalog was printed as.
pub(crate) fn not_made_again(cluster: &Cluster, database: &Database<'_>, catalog: &Catalog, text: &str) -> Vec<String> {
    let again = cluster.database();
    let mut found: Vec<String> = apply(&again, text)
        .into_iter()
        .map(|(at, sqlstate)| format!("{sqlstate}: {}", text[at..].lines().next().unwrap_or_default()))
        .collect();
    found.extend(differences(catalog, &without_roles(&read(&again))));
    if found.is_empty()
        && let (Some(one), Some(other)) = (dump(cluster, database), dump(cluster, &again))
    {
        found.extend(one.iter().filter(|line| !other.contains(line)).map(|line| format!("pg_dump, before: {line}")));
        found.extend(other.iter().filter(|line| !one.contains(line)).map(|line| format!("pg_dump, again: {line}")));
    }
    found
}

/// What of a case is not made again on a server.
fn failures(cluster: &Cluster, case: &Case) -> Vec<String> {
    let _roles = cluster.keep_roles();
    let database = cluster.database();
    case.files.iter().for_each(|file| drop(apply(&database, file)));
    let catalog = without_roles(&read(&database));
    let found = not_made_again(cluster, &database, &catalog, &ddl::print(&catalog).text);
    drop(database);
    drop_roles(cluster, case, &replay_of(case, cluster.version));
    found.into_iter().map(|line| format!("{}: {line}", case.name)).collect()
}

#[test]
fn what_is_printed_makes_the_same_on_a_server() {
    let cases = cases();
    let judged = Mutex::new((BTreeSet::new(), BTreeSet::new()));
    on_every_version(|cluster| {
        // Where `pg_dump` can judge, the newest, and no longer than that takes.
        if ![15, 18].contains(&cluster.version) {
            return;
        }
        let mut failed = Vec::new();
        on_big_stack(|| {
            for case in cases.iter().filter(|case| case.requires <= cluster.version) {
                let found = failures(cluster, case);
                match known(&case.name) {
                    Some((entry, _)) if !found.is_empty() => drop(judged.lock().unwrap().1.insert(entry)),
                    Some(_) => {}
                    None => failed.extend(found),
                }
            }
        });
        judged.lock().unwrap().0.insert(cluster.version);
        assert!(failed.is_empty(), "PostgreSQL {}: {}\n{}", cluster.version, failed.len(), failed.join("\n"));
    });
    let (versions, seen) = judged.into_inner().unwrap();
    if versions.len() == 2 && PG_DUMP.is_some_and(|version| version >= 15) {
        let all = KNOWN.iter().chain(UNSEEN_BY_US).map(|(entry, _)| *entry);
        let differs =
            |entry: &str| cases.iter().any(|case| case.name.starts_with(entry) && !not_replayed_again(case).is_empty());
        let idle: Vec<&str> = on_big_stack(|| all.filter(|entry| !seen.contains(entry) && !differs(entry)).collect());
        assert!(idle.is_empty(), "these are printed as they stand by now: {idle:?}");
    }
}
