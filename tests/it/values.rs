//! What a constant means: for each type, texts as people write them and small changes of them, read by
//! servers of every version and by us. Where we tell what a server would print, it does.

mod text;

use std::collections::BTreeSet;

use postgres::Client;
use schema_check::catalog::tree::Term;
use schema_check::catalog::{Catalog, Coverage};
use schema_check::expr::{Around, Scope, Wanted, resolve_text};

use crate::random;
use crate::server::{Cluster, on_every_version};
use crate::sql::on_big_stack;

const TEXTS: &str = include_str!("values/texts.txt");

/// Changed texts of each type, on each server.
const CHANGED: usize = 100;

/// What servers read and we do not: by the type, and by something in the text, in small letters and without
/// space; with `$` at its end.
const UNREAD: &[(&[&str], &[&str])] = &[
    // Another moment each time, zones by their names, units in front of numbers, fractions without digits.
    (
        &["date", "time", "timetz", "timestamp", "timestamptz"],
        &["now", "today", "tomorrow", "yesterday", "america", "europe", "est", "pst", "+infinity", "5.$", "6.$", "y2"],
    ),
    // Fractions that were rounded in another way before 15, and the end of all intervals, which wrapped before 17.
    (&["interval"], &["1.99", "1.2345678", "1.5us", "2562047788"]),
    // Leading zeros, of which versions think differently; and before 16 anything is a number.
    (&["oid", "xid", "cid", "xid8"], &[""]),
    // More digits than anybody writes.
    (&["numeric", "jsonb"], &["e"]),
    (&["float4", "float8"], &["0x"]),
    (&["\"char\""], &["\\", "é"]),
    (&["inet", "cidr"], &[".", ":/"]),
    // What `sscanf()` takes beyond pairs of digits.
    (&["macaddr", "macaddr8"], &[""]),
    (&["tsvector"], &[":"]),
    // The line through two points.
    (&["line"], &[""]),
    // What stands behind the parenthesis, and numbers that are too large.
    (&["tid"], &[""]),
    // Comments, escapes that JSON does not have, and steps of a number.
    (&["jsonpath"], &["/*", "\\", ".type"]),
    // Numbers of types, types with modifiers, names in capitals.
    (&["regtype", "regproc", "regrole", "regnamespace"], &[""]),
    // Empty arrays in an array, and signs in bounds.
    (&["int4[]", "text[]"], &["{}", "["]),
];

/// What is kept as it is written, so that we do not look whether it is right.
const UNCHECKED: &[(&str, &str)] = &[("jsonpath", "like_regex")];

/// In these, words may stand about that mean nothing; more so before PostgreSQL 16. Of changed texts all
/// may be unread.
const LOOSE: &[&str] = &[
    "date",
    "time",
    "timetz",
    "timestamp",
    "timestamptz",
    "interval",
    "daterange",
    "datemultirange",
    "tsrange",
    "tsmultirange",
    "tstzrange",
    "tstzmultirange",
    "jsonpath",
];

fn is_unread(kind: &str, text: &str, is_changed: bool) -> bool {
    let of = kind.split(['(', ' ']).next().unwrap();
    if is_changed && LOOSE.contains(&of.trim_end_matches("[]")) {
        return true;
    }
    let text: String = text.to_lowercase().split_whitespace().collect();
    UNREAD.iter().any(|(kinds, parts)| {
        let concerns = kinds.iter().any(|name| *name == of || of.strip_suffix("[]") == Some(name));
        let has = |part: &&str| part.strip_suffix('$').map_or(text.contains(part), |end| text.ends_with(end));
        concerns && parts.iter().any(has)
    })
}

/// What the constant is to us, if that can be told.
fn read(catalog: &Catalog, kind: &str, text: &str) -> Option<String> {
    let scope = Scope { catalog, search_path: &[], around: Around::Nothing, wanted: Wanted::Value };
    let tree = resolve_text(&format!("'{}'::{kind}", text.replace('\'', "''")), &scope).unwrap();
    let mut term = tree.root.as_ref();
    // An interval is cut to its fields once more.
    while let Term::Cast { arg, .. } = term {
        term = arg;
    }
    match term {
        Term::Const { value, .. } if tree.unresolved.is_empty() => value.clone(),
        Term::Object(_, name) if tree.unresolved.is_empty() => Some(name.to_string()),
        _ => None,
    }
}

/// How many texts were read and told, and what is wrong.
fn judge(cluster: &Cluster, client: &mut Client, seed: u64) -> (usize, usize, Vec<String>) {
    let catalog = Catalog { version: cluster.version, ..Catalog::new(Coverage::Everything) };
    let mut random = random::Random(seed);
    let (mut count, mut told, mut wrong) = (0, 0, Vec::new());
    for (kind, texts) in text::by_type(TEXTS) {
        // Multiranges have come with PostgreSQL 14.
        if cluster.version < 14 && kind.contains("multirange") {
            continue;
        }
        // Names have no variants.
        let mut all: BTreeSet<String> = texts.iter().cloned().collect();
        if !kind.starts_with("reg") {
            all.extend((0..CHANGED).map(|_| text::changed(&texts, &mut random)));
        }
        let all: Vec<String> = all.into_iter().collect();
        for (text, server) in all.iter().zip(text::printed(client, &kind, &all)) {
            let server = match (kind.as_str(), server) {
                ("bool", Some(word)) => Some(if word == "t" { "true" } else { "false" }.to_owned()),
                (_, server) => server,
            };
            let ours = read(&catalog, &kind, text);
            count += 1;
            told += usize::from(ours.is_some());
            let is_right = match (&ours, &server) {
                (Some(_), None) => UNCHECKED.iter().any(|(of, part)| *of == kind && text.contains(part)),
                (None, Some(_)) => is_unread(&kind, text, !texts.contains(text)),
                (ours, server) => ours == server,
            };
            if !is_right {
                wrong.push(format!("{kind}: {text:?}: {ours:?}, on the server {server:?}"));
            }
        }
    }
    (count, told, wrong)
}

/// `VALUES_SEED=2` draws other changes.
#[test]
fn a_constant_is_what_servers_make_of_its_text() {
    let seed = std::env::var("VALUES_SEED").map_or(1, |seed| seed.parse().unwrap());
    on_every_version(|cluster| {
        on_big_stack(|| {
            let database = cluster.database();
            let mut client = database.connect();
            client.batch_execute(text::SETUP).unwrap();
            let (count, told, wrong) = judge(cluster, &mut client, seed);
            assert!(count > 5_000 && told > 4_500, "{count} texts, {told} told");
            assert!(wrong.is_empty(), "{} of {count} are wrong\n{}", wrong.len(), wrong.join("\n"));
        });
    });
}
