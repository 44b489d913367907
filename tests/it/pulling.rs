//! Specs that are pulled say what is there, in words that read back, by both doors the same.

use schema_check::catalog::{Catalog, Facts, FileId};
use schema_check::compare::compare;
use schema_check::findings::judge;
use schema_check::pull::{Options, Pulled, pull};
use schema_check::{expr, spec};

use crate::server::on_every_version;
use crate::sql::read;

/// What people pull, and all that can be pulled but the roles, which are not this database's alone.
fn ways() -> [Options; 2] {
    let all = Options { owners: true, grants: true, comments: true, defaults: true, ..Options::default() };
    [Options::default(), all]
}

/// What a check of a spec finds in a catalog, a line each.
pub(crate) fn check(yaml: &str, catalog: &Catalog) -> Vec<String> {
    let document = match spec::read(FileId(0), yaml) {
        Ok(document) => document,
        Err(errors) => return errors.into_iter().map(|error| error.message).collect(),
    };
    let mut observed = catalog.clone();
    let mut bound = match spec::bind(&document, &mut observed, None) {
        Ok(bound) => bound,
        Err(errors) => return errors.into_iter().map(|error| error.message).collect(),
    };
    expr::settle(&mut bound.expected, &mut observed);
    let mut findings = std::mem::take(&mut bound.remarks.findings);
    findings.extend(judge(compare(&bound.expected, &observed), &bound.remarks));
    findings
        .into_iter()
        .map(|finding| {
            let values = finding.expected.zip(finding.observed).map(|(e, o)| format!(": {e} / {o}"));
            format!("{} {}{}", finding.code, finding.message, values.unwrap_or_default())
        })
        .collect()
}

/// A server is all there is: what a spec says little of is still what it is there.
#[test]
fn what_is_hardly_stated_means_what_it_does_on_the_server() {
    on_every_version(|cluster| {
        let database = cluster.database();
        database.execute(
            "create table p (id bigint, org uuid);
             create function is_m(u uuid) returns boolean language sql stable as 'select true';
             create view v as select id from p where is_m(org);
             create policy mine on p using (is_m(p.org))",
        );
        let spec = "version: 1
tables: { p: { policies: { mine: using (is_m(org)) } } }
views: { v: select p.id from p where is_m(p.org) }
functions: { is_m: { volatility: VOLATILITY } }
";
        let read = read(&database);
        let check = |volatility: &str| check(&spec.replace("VOLATILITY", volatility), &read);
        assert_eq!(check("stable"), Vec::<String>::new());
        let found = "drift::function::volatility function public.is_m(uuid) differs in volatility: volatile / stable";
        assert_eq!(check("volatile"), [found]);
    });
}

#[test]
fn who_may_do_what_is_said_of_all_at_once() {
    on_every_version(|cluster| {
        let _roles = cluster.keep_roles();
        let database = cluster.database();
        database.execute(
            "create role pulled_web; create type e as enum ('a'); create sequence s; create view v as select 1 as one;
             create table c (id serial primary key, a text); create table d (id int);
             create function f() returns int language sql as 'select 1';
             grant select on c to pulled_web; grant update (a) on c to pulled_web",
        );
        let pulled = pull(&read(&database), &Options { grants: true, ..Options::default() });
        assert_eq!(pulled.left_out, Vec::<String>::new());
        let yaml = spec::write(&pulled.document);
        assert_eq!(check(&yaml, &read(&database)), Vec::<String>::new(), "{yaml}");
        for (granted, found) in [
            ("all on d to public", "table::grants table public.d"),
            ("select (id) on d to pulled_web", "column::grants column public.d.id"),
            ("update (id) on c to pulled_web", "column::grants column public.c.id"),
            ("select on v to pulled_web", "view::grants view public.v"),
            ("usage on sequence s to pulled_web", "sequence::grants sequence public.s"),
            ("usage on sequence c_id_seq to pulled_web", "sequence::grants sequence public.c_id_seq"),
            ("usage on type e to pulled_web", "enum::grants enum type public.e"),
            ("execute on function f() to pulled_web", "function::grants function public.f()"),
            ("create on schema public to pulled_web", "schema::grants schema public"),
        ] {
            database.execute(&format!("grant {granted}"));
            let told = check(&yaml, &read(&database));
            assert!(told.len() == 1 && told[0].contains(found), "{granted}: {told:?}\n{yaml}");
            database.execute(&format!("revoke {}", granted.replace(" to ", " from ")));
        }
        database.execute("create table n (id int); grant select on n to pulled_web");
        let told = check(&yaml, &read(&database));
        assert!(told.iter().any(|line| line.contains("table::grants table public.n")), "{told:?}");
        database.execute("drop owned by pulled_web; drop role pulled_web");
    });
}

/// What goes wrong where a catalog is pulled and checked against itself and its other door.
pub(crate) fn failures(replayed: &Catalog, live: &Catalog) -> Vec<String> {
    let mut found = Vec::new();
    for options in ways() {
        // With all there is, one door says it: that both hold the same is compared anyway.
        let doors = [("server", live), ("replay", replayed)];
        let doors = &doors[..if options.defaults { 1 } else { 2 }];
        found.extend(round_trip(live, doors, &options));
        found.extend(if options.defaults { None } else { other_words(replayed, live, &options) });
    }
    found
}

/// The same where the doors may hold different things: each is then its own judge.
pub(crate) fn own_failures(replayed: &Catalog, live: &Catalog, are_equal: bool) -> Vec<String> {
    let (options, doors) = (Options::default(), [("server", live), ("replay", replayed)]);
    if are_equal {
        return round_trip(live, &doors, &options).into_iter().chain(other_words(replayed, live, &options)).collect();
    }
    doors.iter().flat_map(|door| round_trip(door.1, std::slice::from_ref(door), &options)).collect()
}

/// What a check of the spec finds that should be nothing, and what of it does not read back.
fn round_trip(of: &Catalog, doors: &[(&str, &Catalog)], options: &Options) -> Vec<String> {
    let mut found = Vec::new();
    let way = if options.defaults { "all" } else { "short" };
    let Pulled { document, left_out } = pull(of, options);
    let yaml = spec::write(&document);
    found.extend(left_out.into_iter().map(|what| format!("pull, {way}: left out: {what}")));
    for (door, catalog) in doors {
        found.extend(check(&yaml, catalog).into_iter().map(|line| format!("pull, {way}, against the {door}: {line}")));
    }
    match spec::read(FileId(0), &yaml) {
        Ok(document) => {
            let again = spec::write(&document);
            if without_comments(&again) != without_comments(&yaml) {
                found.push(format!("pull, {way}: written again it is\n{again}\n{yaml}"));
            }
        }
        Err(errors) => found.push(format!("pull, {way}: {errors:?}\n{yaml}")),
    }
    found
}

fn without_comments(yaml: &str) -> String {
    let lines = yaml.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.collect::<Vec<_>>().join("\n")
}

/// Where two doors that hold the same say it in other words.
fn other_words(replayed: &Catalog, live: &Catalog, options: &Options) -> Option<String> {
    // The collation of what a query gives is told by the server alone.
    let is_all_told = replayed.objects.values().all(|object| match &object.facts {
        Facts::Column(column) => column.collation.get().is_some(),
        _ => true,
    });
    let [one, other] = [live, replayed].map(|catalog| spec::write(&pull(catalog, options).document));
    let lines: Vec<_> = one.lines().zip(other.lines()).filter(|(one, other)| one != other).collect();
    (is_all_told && one != other).then(|| format!("pull: the doors differ: {lines:?}"))
}
