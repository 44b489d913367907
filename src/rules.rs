//! Rules that hold of every schema that is made well, and that a spec can ask for by name: a catalog → findings.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use crate::catalog::kind::{
    Check, DomainCheck, ForeignKey, Function, Index, IndexKey, KeyTerm, Policy, PrimaryKey, Procedure, Table, Unique,
};
use crate::catalog::{Attr, AttrValue, Catalog, FactsOf, ObjectId, Origin, Value};
use crate::findings::{Finding, Remarks, Severity};
use crate::sql::Ident;

/// One rule: the objects of a catalog that break it, each with a sentence about it.
#[derive(Debug)]
pub struct Rule {
    /// Its key in a spec, and the end of its code.
    pub name: &'static str,
    /// What must hold, and why, in one sentence without a full stop.
    pub about: &'static str,
    /// The way out.
    pub help: &'static str,
    broken: fn(&Catalog) -> Vec<(ObjectId, String)>,
}

/// A rule that is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    pub rule: &'static Rule,
    /// How bad it is; none where it is not to count any more.
    pub severity: Option<Severity>,
    pub place: Origin,
}

/// A rule that is to have a bug, so that it can be tried out how that is told.
pub static BUG_IN: OnceLock<String> = OnceLock::new();

impl Rule {
    #[expect(clippy::panic, reason = "a bug is made on purpose")]
    fn broken(&self, catalog: &Catalog) -> Vec<(ObjectId, String)> {
        if BUG_IN.get().is_some_and(|name| *name == self.name) {
            panic!("made on purpose, of {catalog:?}");
        }
        (self.broken)(catalog)
    }
}

/// All rules, in the order of their names.
pub const RULES: [Rule; 9] = [
    Rule {
        name: "duplicate-index",
        about: "no index has the keys, the method and the condition of another one or of a constraint of its table: it costs \
                with every write and helps no query",
        help: "drop one of the two",
        broken: duplicate_indexes,
    },
    Rule {
        name: "foreign-key-without-index",
        about: "the columns of each foreign key begin an index of their table: without it, each delete of a row that is \
                referenced reads the whole table",
        help: "create an index that begins with these columns",
        broken: foreign_keys_without_index,
    },
    Rule {
        name: "invalid-index",
        about: "each index may be used: a CREATE INDEX CONCURRENTLY that failed leaves one that only costs",
        help: "drop it and create it again, or REINDEX INDEX CONCURRENTLY",
        broken: invalid_indexes,
    },
    Rule {
        name: "policy-without-row-security",
        about: "a table that has policies has row security: they mean nothing without",
        help: "ALTER TABLE … ENABLE ROW LEVEL SECURITY, or drop the policies",
        broken: policies_without_row_security,
    },
    Rule {
        name: "row-security-without-policy",
        about: "a table that has row security has a policy: nobody but its owner sees a row without",
        help: "create a policy, or waive this where nobody else is to see a row",
        broken: row_security_without_policy,
    },
    Rule {
        name: "security-definer-without-search-path",
        about: "each routine that runs with the rights of its owner sets its own search_path: without, who calls it decides \
                what the names in it mean",
        help: "ALTER FUNCTION … SET search_path = …",
        broken: definers_without_search_path,
    },
    Rule {
        name: "table-without-primary-key",
        about: "each table has a primary key: rows that nothing tells apart cannot be replicated or mended one by one",
        help: "add a primary key",
        broken: tables_without_primary_key,
    },
    Rule {
        name: "table-without-row-security",
        about: "each table has row security, partitions too: whoever may read a table reads all of it without",
        help: "ALTER TABLE … ENABLE ROW LEVEL SECURITY, or waive this where all may be read",
        broken: tables_without_row_security,
    },
    Rule {
        name: "unvalidated-constraint",
        about: "each check and each foreign key is validated: what was there before may break it otherwise",
        help: "ALTER TABLE … VALIDATE CONSTRAINT …",
        broken: unvalidated_constraints,
    },
];

/// The rule of a name.
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// What breaks the rules that are asked for, in these schemas.
pub fn judge(asked: &[&Asked], catalog: &Catalog, schemas: &BTreeSet<Ident>, remarks: &Remarks) -> Vec<Finding> {
    let mut findings = Vec::new();
    for Asked { rule, severity, place } in asked {
        let Some(severity) = severity else { continue };
        // What is wrong with one rule leaves the others to be told.
        let Ok(broken) = catch_unwind(AssertUnwindSafe(|| rule.broken(catalog))) else {
            findings.push(Finding {
                is_bug: true,
                help: Some("report it: what is said above is the place in schema-check where it stands".to_owned()),
                ..Finding::new(
                    format!("rule::{}", rule.name),
                    Severity::Error,
                    format!("the rule {} could not be judged: there is a bug in it", rule.name),
                    place.clone(),
                )
            });
            continue;
        };
        let broken = broken.into_iter();
        for (id, message) in broken.filter(|(id, _)| id.schema().is_some_and(|schema| schemas.contains(schema))) {
            let Some(object) = catalog.objects.get(&id) else { continue };
            findings.push(Finding {
                notes: remarks.notes(&id, place),
                object: Some((object.facts.kind(), id)),
                observed_at: Some(object.origin.clone()),
                about: Some(rule.about.to_owned()),
                help: Some(rule.help.to_owned()),
                ..Finding::new(format!("rule::{}", rule.name), *severity, message, place.clone())
            });
        }
    }
    findings
}

/// All objects of a kind, but those that follow from the table that theirs is a partition of.
fn own<'c, K: FactsOf + 'c>(catalog: &'c Catalog) -> impl Iterator<Item = (&'c ObjectId, &'c K)> {
    let own = catalog.objects.iter().filter(|(id, object)| object.facts.goes_with(id, catalog).is_none());
    own.filter_map(|(id, object)| Some((id, K::of(&object.facts)?)))
}

/// What belongs to a relation, of one kind.
fn parts<'c, K: FactsOf + 'c>(catalog: &'c Catalog, owner: &ObjectId) -> impl Iterator<Item = (&'c ObjectId, &'c K)> {
    catalog.children(owner).filter_map(|(id, object)| Some((id, K::of(&object.facts)?)))
}

fn is(attr: &Attr<bool>) -> bool {
    attr.get() == Some(&true)
}

/// An index, whether a constraint stands before it or not.
struct Behind<'c> {
    id: &'c ObjectId,
    noun: &'static str,
    /// The bare columns that its keys begin with.
    columns: Vec<&'c Ident>,
    /// All that decides which queries it helps; none where that is not known.
    serves: Option<(Value, Value, Value, Value)>,
    /// What it is for beside that: the greater one makes the other needless.
    rank: u8,
    is_whole: bool,
}

/// The indexes of a table, with those behind its constraints.
fn indexes<'c>(catalog: &'c Catalog, table: &ObjectId) -> Vec<Behind<'c>> {
    let mut found = Vec::new();
    for (id, index) in parts::<Index>(catalog, table) {
        let bare = |key: &'c IndexKey| match &key.term {
            KeyTerm::Column(name) => Some(name),
            KeyTerm::Expr(_) => None,
        };
        let serves = || {
            let (method, keys) = (index.method.get()?.to_value(), index.keys.get()?.to_value());
            Some((method, keys, index.include.get()?.to_value(), index.predicate.get()?.to_value()))
        };
        found.push(Behind {
            id,
            noun: "index",
            columns: index.keys.get().into_iter().flatten().map_while(bare).collect(),
            serves: serves(),
            rank: u8::from(is(&index.unique)),
            is_whole: index.predicate.get() == Some(&None) && index.valid.get() != Some(&false),
        });
    }
    let mut constraint = |id, noun, columns: Option<&'c Vec<Ident>>, include: Option<&Vec<Ident>>| {
        let Some(columns) = columns else { return };
        let keys = Value::List(columns.iter().map(|name| IndexKey::column(name.clone()).to_value()).collect());
        let method = Value::Text("btree".to_owned());
        let serves = include.map(|include| (method, keys, include.to_value(), Value::Null));
        found.push(Behind { id, noun, columns: columns.iter().collect(), serves, rank: 2, is_whole: true });
    };
    for (id, key) in parts::<PrimaryKey>(catalog, table) {
        constraint(id, "primary key", key.columns.get(), key.include.get());
    }
    for (id, key) in parts::<Unique>(catalog, table) {
        constraint(id, "unique constraint", key.columns.get(), key.include.get());
    }
    found
}

fn duplicate_indexes(catalog: &Catalog) -> Vec<(ObjectId, String)> {
    let mut broken = Vec::new();
    for (id, _) in own::<Index>(catalog) {
        let all = id.parent().map(|table| indexes(catalog, &table)).unwrap_or_default();
        let Some(one) = all.iter().find(|one| one.id == id) else { continue };
        // Of two that are for the same the later one by name is told.
        let needless_by = |other: &&Behind<'_>| {
            let is_more = (other.rank, one.id) > (one.rank, other.id);
            other.id != id && is_more && one.serves.is_some() && one.serves == other.serves
        };
        if let Some(other) = all.iter().find(needless_by) {
            broken.push((id.clone(), format!("index {id} does what {} {} does", other.noun, other.id)));
        }
    }
    broken
}

fn foreign_keys_without_index(catalog: &Catalog) -> Vec<(ObjectId, String)> {
    let mut broken = Vec::new();
    for (id, key) in own::<ForeignKey>(catalog) {
        let (Some(table), Some(columns)) = (id.parent(), key.columns.get()) else { continue };
        // In whatever order: each is compared with a value.
        let begins = |index: &Behind<'_>| {
            let first: BTreeSet<&Ident> = index.columns.iter().take(columns.len()).copied().collect();
            index.is_whole && columns.iter().all(|column| first.contains(column))
        };
        if !indexes(catalog, &table).iter().any(begins) {
            let columns: Vec<String> = columns.iter().map(Ident::to_string).collect();
            broken.push((
                id.clone(),
                format!("no index begins with the columns of foreign key {id}: {}", columns.join(", ")),
            ));
        }
    }
    broken
}

fn invalid_indexes(catalog: &Catalog) -> Vec<(ObjectId, String)> {
    let invalid = own::<Index>(catalog).filter(|(_, index)| index.valid.get() == Some(&false));
    invalid.map(|(id, _)| (id.clone(), format!("index {id} is not valid"))).collect()
}

fn policies_without_row_security(catalog: &Catalog) -> Vec<(ObjectId, String)> {
    let tables = tables_by_security(catalog, false).filter(|(id, _)| parts::<Policy>(catalog, id).next().is_some());
    tables.map(|(id, _)| (id.clone(), format!("table {id} has policies and no row security"))).collect()
}

fn row_security_without_policy(catalog: &Catalog) -> Vec<(ObjectId, String)> {
    let tables = tables_by_security(catalog, true).filter(|(id, _)| parts::<Policy>(catalog, id).next().is_none());
    tables.map(|(id, _)| (id.clone(), format!("table {id} has row security and no policy"))).collect()
}

fn tables_without_row_security(catalog: &Catalog) -> Vec<(ObjectId, String)> {
    let open = tables_by_security(catalog, false);
    open.map(|(id, _)| (id.clone(), format!("table {id} has no row security"))).collect()
}

/// The tables that have row security, or those that have none: a partition has its own.
fn tables_by_security(catalog: &Catalog, is_on: bool) -> impl Iterator<Item = (&ObjectId, &Table)> {
    let tables = catalog.objects.iter().filter_map(|(id, object)| Some((id, Table::of(&object.facts)?)));
    tables.filter(move |(_, table)| table.row_security.get().is_some_and(|security| security.flags().0 == is_on))
}

fn definers_without_search_path(catalog: &Catalog) -> Vec<(ObjectId, String)> {
    let is_open = |is_definer: &Attr<bool>, settings: &Attr<Vec<String>>| {
        let sets_path = |setting: &String| setting.starts_with("search_path=");
        is(is_definer) && settings.get().is_some_and(|settings| !settings.iter().any(sets_path))
    };
    let functions = own::<Function>(catalog)
        .filter(|(_, function)| is_open(&function.security_definer, &function.configuration))
        .map(|(id, _)| (id.clone(), format!("function {id} runs with the rights of its owner and any search_path")));
    let procedures = own::<Procedure>(catalog)
        .filter(|(_, procedure)| is_open(&procedure.security_definer, &procedure.configuration))
        .map(|(id, _)| (id.clone(), format!("procedure {id} runs with the rights of its owner and any search_path")));
    functions.chain(procedures).collect()
}

fn tables_without_primary_key(catalog: &Catalog) -> Vec<(ObjectId, String)> {
    let keyless = own::<Table>(catalog).filter(|(id, _)| parts::<PrimaryKey>(catalog, id).next().is_none());
    keyless.map(|(id, _)| (id.clone(), format!("table {id} has no primary key"))).collect()
}

fn unvalidated_constraints(catalog: &Catalog) -> Vec<(ObjectId, String)> {
    let not = |validated: &Attr<bool>| validated.get() == Some(&false);
    let checks = own::<Check>(catalog).filter(|(_, check)| not(&check.validated)).map(|(id, _)| id);
    let of_domains = own::<DomainCheck>(catalog).filter(|(_, check)| not(&check.validated)).map(|(id, _)| id);
    let keys = own::<ForeignKey>(catalog).filter(|(_, key)| not(&key.validated)).map(|(id, _)| id);
    let all = checks.chain(of_domains).chain(keys);
    all.map(|id| (id.clone(), format!("constraint {id} is not validated"))).collect()
}
