//! What servers know by themselves: types, casts, operators and functions, as `scripts/builtins` reads them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::catalog::meaning::{Argument, CallKind, CastContext, Signature, TypeMeaning, TypeSort};
use crate::sql::{Ident, TypeName};

/// The contents of `pg_catalog` of one major version.
pub struct Library {
    types: BTreeMap<&'static str, TypeMeaning>,
    casts: BTreeMap<(TypeName, TypeName), CastContext>,
    operators: BTreeMap<&'static str, Vec<Signature>>,
    routines: BTreeMap<&'static str, Vec<Signature>>,
}

static NEWEST: LazyLock<Library> = LazyLock::new(Library::read);

impl Library {
    /// What a server of this major version knows; of one that is not known, what the nearest does.
    pub fn of(_version: u32) -> &'static Self {
        &NEWEST
    }

    /// The built-in type of that `typname`.
    pub fn data_type(&self, name: &str) -> Option<&TypeMeaning> {
        self.types.get(name)
    }

    /// The row of `pg_cast` between two built-in types.
    pub fn cast(&self, from: &TypeName, to: &TypeName) -> Option<CastContext> {
        self.casts.get(&(from.clone(), to.clone())).copied()
    }

    pub fn operators(&self, name: &str) -> &[Signature] {
        self.operators.get(name).map_or(&[], Vec::as_slice)
    }

    pub fn routines(&self, name: &str) -> &[Signature] {
        self.routines.get(name).map_or(&[], Vec::as_slice)
    }

    fn read() -> Self {
        let argument = |of: &str| Argument { name: Ident::default(), of: type_of(of) };
        let mut operators: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for row in rows(include_str!("operators.txt")) {
            if let [name, left, right, result] = row.as_slice() {
                operators.entry(*name).or_default().push(Signature {
                    kind: CallKind::Operator,
                    args: [*left, *right].into_iter().filter(|arg| *arg != "-").map(argument).collect(),
                    defaults: 0,
                    variadic: false,
                    result: type_of(result),
                    returns_set: false,
                    outputs: Vec::new(),
                });
            }
        }
        let mut routines: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for row in rows(include_str!("functions.txt")) {
            if let [name, kind, variadic, defaults, result, args, outputs] = row.as_slice() {
                let output = |text: &str| text.split_once(':').map(|(name, of)| (Ident::from(name), type_of(of)));
                routines.entry(*name).or_default().push(Signature {
                    kind: match *kind {
                        "a" => CallKind::Aggregate,
                        "w" => CallKind::Window,
                        "p" => CallKind::Procedure,
                        _ => CallKind::Function,
                    },
                    args: list(args).map(argument).collect(),
                    defaults: defaults.parse().unwrap_or_default(),
                    variadic: *variadic == "v",
                    result: type_of(result),
                    returns_set: false,
                    outputs: list(outputs).filter_map(output).collect(),
                });
            }
        }
        let types = rows(include_str!("types.txt")).filter_map(|row| match row.as_slice() {
            [name, category, preferred] => Some((
                *name,
                TypeMeaning {
                    sort: match *category {
                        "P" => TypeSort::Pseudo,
                        _ => TypeSort::Base,
                    },
                    category: category.chars().next()?,
                    preferred: *preferred == "t",
                    collatable: *category == "S" && *name != "char",
                    element: None,
                },
            )),
            _ => None,
        });
        let casts = rows(include_str!("casts.txt")).filter_map(|row| match row.as_slice() {
            [source, target, context] => {
                let context = match *context {
                    "i" => CastContext::Implicit,
                    "a" => CastContext::Assignment,
                    _ => CastContext::Explicit,
                };
                Some(((type_of(source), type_of(target)), context))
            }
            _ => None,
        });
        Self { types: types.collect(), casts: casts.collect(), operators, routines }
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
