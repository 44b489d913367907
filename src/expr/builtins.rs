//! What every server knows by itself: types, casts, operators and functions, as `scripts/builtins`
//! reads them from servers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::sql::TypeName;

/// One row of `pg_operator` or `pg_proc`.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    pub(super) args: Vec<TypeName>,
    pub(super) result: TypeName,
    /// The last argument may be given any number of times.
    pub(super) variadic: bool,
    /// How many arguments may be left out.
    pub(super) defaults: usize,
    /// The output arguments, which are the columns where it stands in FROM.
    pub(super) outputs: Vec<(String, TypeName)>,
}

pub(super) struct Builtins {
    /// `typcategory` and `typispreferred`.
    types: BTreeMap<&'static str, (char, bool)>,
    /// Source, target and whether the cast may be implicit.
    implicit: BTreeSet<(TypeName, TypeName)>,
    /// Those that storing a value makes by itself.
    assignment: BTreeSet<(TypeName, TypeName)>,
    operators: BTreeMap<&'static str, Vec<Signature>>,
    functions: BTreeMap<&'static str, Vec<Signature>>,
}

static BUILTINS: LazyLock<Builtins> = LazyLock::new(Builtins::read);

pub(super) fn get() -> &'static Builtins {
    &BUILTINS
}

impl Builtins {
    fn read() -> Self {
        let mut operators: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for row in rows(include_str!("../library/operators.txt")) {
            if let [name, left, right, result] = row.as_slice() {
                let args = [*left, *right].into_iter().filter(|arg| *arg != "-").map(type_of).collect();
                operators.entry(*name).or_default().push(Signature {
                    args,
                    result: type_of(result),
                    variadic: false,
                    defaults: 0,
                    outputs: Vec::new(),
                });
            }
        }
        let mut functions: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for row in rows(include_str!("../library/functions.txt")) {
            if let [name, _kind, variadic, defaults, result, args, outputs] = row.as_slice() {
                let output = |text: &str| text.split_once(':').map(|(name, of)| (name.to_owned(), type_of(of)));
                functions.entry(*name).or_default().push(Signature {
                    args: list(args).map(type_of).collect(),
                    result: type_of(result),
                    variadic: *variadic == "v",
                    defaults: defaults.parse().unwrap_or_default(),
                    outputs: list(outputs).filter_map(output).collect(),
                });
            }
        }
        let types = rows(include_str!("../library/types.txt")).filter_map(|row| match row.as_slice() {
            [name, category, preferred] => Some((*name, (category.chars().next()?, *preferred == "t"))),
            _ => None,
        });
        let implicit = rows(include_str!("../library/casts.txt")).filter_map(|row| match row.as_slice() {
            [source, target, "i"] => Some((type_of(source), type_of(target))),
            _ => None,
        });
        let assignment = rows(include_str!("../library/casts.txt")).filter_map(|row| match row.as_slice() {
            [source, target, "i" | "a"] => Some((type_of(source), type_of(target))),
            _ => None,
        });
        Self {
            types: types.collect(),
            implicit: implicit.collect(),
            assignment: assignment.collect(),
            operators,
            functions,
        }
    }

    pub(super) fn operators(&self, name: &str) -> &[Signature] {
        self.operators.get(name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn functions(&self, name: &str) -> &[Signature] {
        self.functions.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether `pg_cast` lets this cast happen by itself.
    pub(super) fn casts_implicitly(&self, from: &TypeName, to: &TypeName) -> bool {
        self.implicit.contains(&(from.clone(), to.clone()))
    }

    /// The same for a value that is stored.
    pub(super) fn casts_on_assignment(&self, from: &TypeName, to: &TypeName) -> bool {
        self.assignment.contains(&(from.clone(), to.clone()))
    }

    /// `typcategory`; a type of somebody else's is `U`.
    pub(super) fn category(&self, of: &TypeName) -> char {
        match (of.array, &of.name.schema) {
            (true, _) => 'A',
            (false, Some(_)) => 'U',
            (false, None) => self.types.get(of.name.name.as_str()).map_or('U', |(category, _)| *category),
        }
    }

    pub(super) fn is_preferred(&self, of: &TypeName) -> bool {
        !of.array
            && of.name.schema.is_none()
            && self.types.get(of.name.name.as_str()).is_some_and(|(_, preferred)| *preferred)
    }
}

/// The rows of a file below its heading.
fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().skip(1).map(|line| line.split(' ').collect())
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|part| *part != "-")
}

fn type_of(name: &str) -> TypeName {
    match name.strip_suffix("[]") {
        Some(element) => TypeName::builtin(element).array_of(),
        None => TypeName::builtin(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_read_whole() {
        let builtins = get();
        assert!(builtins.types.len() > 90);
        assert!(builtins.implicit.len() > 50);
        assert!(builtins.operators.values().map(Vec::len).sum::<usize>() > 790);
        assert!(builtins.functions.values().map(Vec::len).sum::<usize>() > 3300);
        assert_eq!(builtins.functions("json_each")[0].outputs.len(), 2);
        assert!(builtins.casts_implicitly(&type_of("varchar"), &type_of("text")));
        assert!(!builtins.casts_implicitly(&type_of("text"), &type_of("int4")));
    }
}
