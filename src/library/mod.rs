//! What servers know by themselves, and what extensions bring: types, casts, operators, routines, as
//! `scripts/builtins` reads them off servers of every version.

mod extension;
mod rows;
mod text_search;

use std::collections::BTreeMap;
use std::sync::OnceLock;

pub use extension::{Extension, extension};

use crate::catalog::meaning::{CastMeaning, Signature, TypeMeaning};
use crate::sql::{Ident, TypeName};
use rows::{Reader, rows};

/// The major versions that the files tell of.
const OLDEST: u32 = 13;
const NEWEST: u32 = 18;
const VERSIONS: usize = (NEWEST - OLDEST + 1) as usize;

/// What is read of each version, as soon as somebody asks.
type OfEachVersion<T> = [OnceLock<T>; VERSIONS];

/// The contents of `pg_catalog` of one major version.
pub struct Library {
    version: u32,
    types: BTreeMap<&'static str, TypeMeaning>,
    casts: BTreeMap<(TypeName, TypeName), CastMeaning>,
    opclasses: Vec<KnownClass>,
    operators: BTreeMap<&'static str, Calls>,
    routines: BTreeMap<&'static str, Calls>,
    relations: BTreeMap<(&'static str, &'static str), &'static str>,
}

/// An operator class of the server, or of an extension.
#[derive(Clone)]
pub struct KnownClass {
    /// The access method.
    pub method: &'static str,
    pub name: &'static str,
    /// The type that it is for.
    pub of: TypeName,
    /// The family that it is in, which stands where it does.
    pub family: &'static str,
    /// Whether it is the default one of that type.
    pub is_default: bool,
}

/// The overloads of a name, which are read when it is asked for: most names never are.
#[derive(Default)]
struct Calls {
    rows: Vec<&'static str>,
    signatures: OnceLock<Vec<Signature>>,
}

impl Library {
    /// What a server of this major version knows; of one that is not known, what the nearest does.
    pub fn of(version: u32) -> &'static Self {
        static LIBRARIES: OfEachVersion<Library> = [const { OnceLock::new() }; VERSIONS];
        of_version(&LIBRARIES, version, Self::read)
    }

    /// The built-in type of that `typname`.
    pub fn data_type(&self, name: &str) -> Option<&TypeMeaning> {
        self.types.get(name)
    }

    /// The row of `pg_cast` between two built-in types.
    pub fn cast(&self, from: &TypeName, to: &TypeName) -> Option<CastMeaning> {
        self.casts.get(&(from.clone(), to.clone())).copied()
    }

    pub fn operators(&self, name: &str) -> &[Signature] {
        self.operators.get(name).map_or(&[], |calls| calls.signatures(Reader::operator))
    }

    pub fn routines(&self, name: &str) -> &[Signature] {
        self.routines.get(name).map_or(&[], |calls| calls.signatures(Reader::routine))
    }

    /// The names of the types of `pg_catalog`.
    pub fn type_names(&self) -> impl Iterator<Item = &'static str> {
        self.types.keys().copied().filter(|name| !name.contains('.'))
    }

    pub fn has_relation(&self, schema: &str, name: &str) -> bool {
        self.relations.contains_key(&(schema, name))
    }

    /// The columns of a table or view of `pg_catalog` or `information_schema`.
    pub fn relation(&self, schema: &str, name: &str) -> Option<Vec<(Ident, TypeName)>> {
        self.relations.get(&(schema, name)).map(|row| Reader::PLAIN.columns(row))
    }

    pub fn opclasses(&self) -> &[KnownClass] {
        &self.opclasses
    }

    fn read(version: u32) -> Self {
        let named = |text| rows(text, version).filter_map(|row| row.split_once(' '));
        let mut operators: BTreeMap<_, Calls> = BTreeMap::new();
        for (name, row) in named(include_str!("data/operators.txt")) {
            operators.entry(name).or_default().rows.push(row);
        }
        let mut routines: BTreeMap<_, Calls> = BTreeMap::new();
        for (name, row) in named(include_str!("data/functions.txt")) {
            routines.entry(name).or_default().rows.push(row);
        }
        let types = named(include_str!("data/types.txt"));
        let types = types.filter_map(|(name, row)| Some((name, Reader::PLAIN.data_type(row)?)));
        let casts = rows(include_str!("data/casts.txt"), version).filter_map(|row| Reader::PLAIN.cast(row));
        let opclasses = rows(include_str!("data/opclasses.txt"), version).filter_map(|row| Reader::PLAIN.opclass(row));
        let relations = named(include_str!("data/relations.txt"));
        let relations =
            relations.filter_map(|(schema, row)| row.split_once(' ').map(|(name, row)| ((schema, name), row)));
        Self {
            version,
            types: types.collect(),
            casts: casts.collect(),
            opclasses: opclasses.collect(),
            operators,
            routines,
            relations: relations.collect(),
        }
    }
}

impl Calls {
    fn signatures(&self, read: fn(&Reader<'static>, &str) -> Option<Signature>) -> &[Signature] {
        self.signatures.get_or_init(|| self.rows.iter().filter_map(|row| read(&Reader::PLAIN, row)).collect())
    }
}

fn of_version<T>(all: &'static OfEachVersion<T>, version: u32, read: impl FnOnce(u32) -> T) -> &'static T {
    let version = version.clamp(OLDEST, NEWEST);
    all[(version - OLDEST) as usize].get_or_init(|| read(version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::NEWEST_VERSION;
    use crate::catalog::meaning::{CallKind, TypeSort};

    #[test]
    fn the_files_tell_of_every_version() {
        assert_eq!(NEWEST, NEWEST_VERSION);
        for version in OLDEST..=NEWEST {
            let library = Library::of(version);
            assert!(library.types.len() > 80 && library.casts.len() > 200, "{version}");
            let count = |calls: &BTreeMap<_, Calls>| calls.values().map(|calls| calls.rows.len()).sum::<usize>();
            assert!(count(&library.operators) > 780 && count(&library.routines) > 2900, "{version}");
            // No row is lost on the way.
            for (name, calls) in &library.operators {
                assert_eq!(library.operators(name).len(), calls.rows.len(), "{name}");
            }
            for (name, calls) in &library.routines {
                assert_eq!(library.routines(name).len(), calls.rows.len(), "{name}");
            }
            for name in library.types.keys().filter(|name| !name.contains('.')) {
                assert!(!TypeName::builtin(name).is_unresolved(), "{name}");
            }
        }
        assert!(std::ptr::eq(Library::of(9), Library::of(OLDEST)));
        assert!(std::ptr::eq(Library::of(99), Library::of(NEWEST)));
    }

    #[test]
    fn what_versions_differ_in_is_kept_apart() {
        assert!(Library::of(13).data_type("int4multirange").is_none());
        let range = |version| Library::of(version).data_type("int4range").map(|meaning| meaning.sort.clone());
        let subtype = TypeName::builtin("int4");
        assert_eq!(range(13), Some(TypeSort::Range { subtype: subtype.clone(), multirange: None }));
        let multirange = Some(crate::sql::QualifiedName::bare("int4multirange"));
        assert_eq!(range(14), Some(TypeSort::Range { subtype, multirange }));
        let concat = |version| Library::of(version).routines("array_cat")[0].result.to_string();
        assert_eq!((concat(13), concat(14)), ("anyarray".to_owned(), "anycompatiblearray".to_owned()));
    }

    #[test]
    fn routines_are_read_with_all_that_a_call_depends_on() {
        let library = Library::of(18);
        let each = &library.routines("json_each")[0];
        assert!(each.returns_set && each.result.is_builtin("record"));
        assert_eq!(each.args[0].name, "from_json");
        assert_eq!(
            each.outputs,
            [("key".into(), TypeName::builtin("text")), ("value".into(), TypeName::builtin("json"))]
        );
        assert_eq!(library.routines("make_interval")[0].defaults, 7);
        let rank: Vec<_> = library.routines("rank").iter().map(|one| (one.kind, one.variadic)).collect();
        assert_eq!(rank, [(CallKind::HypotheticalSet { direct: 1 }, true), (CallKind::Window, false)]);
        let percentile = &library.routines("percentile_cont")[1];
        assert_eq!(percentile.kind, CallKind::OrderedSet { direct: 1 });
        assert_eq!(percentile.result, TypeName::builtin("float8").array_of());
        assert_eq!(library.data_type("point").and_then(|of| of.element.clone()), Some(TypeName::builtin("float8")));
        assert_eq!(library.relation("pg_catalog", "pg_stats_ext").map_or(0, |columns| columns.len()), 15);
        let class = library.opclasses().iter().find(|one| (one.method, one.name) == ("btree", "varchar_pattern_ops"));
        let class = class.map(|one| (one.of.to_string(), one.family, one.is_default));
        assert_eq!(class, Some(("text".to_owned(), "text_pattern_ops", false)));
        assert!(
            library.opclasses().iter().any(|one| (one.method, one.name, one.is_default) == ("gin", "jsonb_ops", true))
        );
    }
}
