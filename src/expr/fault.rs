//! What a server would say no to in an expression. Only what is certain is told: all types have to
//! be built-in ones whose casts and operators are known, or enums.

use super::candidates::Candidate;
use super::resolve::{Resolver, Typed};
use super::types::Type;
use super::{Around, Scope};
use crate::catalog::kind::Facts;
use crate::catalog::meaning::CastContext;
use crate::catalog::{Catalog, Class, ObjectId};
use crate::sql::{Ident, QualifiedName, TypeName};

/// Why a server refuses an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub sqlstate: &'static str,
    pub message: String,
    /// What it hangs on, where that has a name: a function, an enum, a relation.
    pub about: Option<QualifiedName>,
}

impl Fault {
    fn new(sqlstate: &'static str, message: String) -> Self {
        Self { sqlstate, message, about: None }
    }

    fn about(self, name: &QualifiedName) -> Self {
        Self { about: Some(name.clone()), ..self }
    }
}

/// What an expression is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// Of any type.
    Value,
    /// A condition, by the name of the clause.
    Condition(&'a str),
    /// Stored in the column of that name and type: so is a default.
    Stored { column: &'a str, of: &'a TypeName },
}

/// Everyday types: their casts and operators are all in the library.
fn is_plain(of: &TypeName) -> bool {
    const PLAIN: [&str; 20] = [
        "bool",
        "int2",
        "int4",
        "int8",
        "float4",
        "float8",
        "numeric",
        "text",
        "varchar",
        "bpchar",
        "date",
        "time",
        "timetz",
        "timestamp",
        "timestamptz",
        "interval",
        "uuid",
        "json",
        "jsonb",
        "bytea",
    ];
    of.name.schema.is_none() && PLAIN.contains(&of.name.name.as_str())
}

/// Whether a value of one type can be stored as another without being asked to
/// (`can_coerce_type()` for an assignment). True where it is not certain.
pub fn can_be_stored(from: &TypeName, to: &TypeName, scope: &Scope<'_>) -> bool {
    let (from, to) = (from.base(), to.base());
    let is_known = |of: &TypeName| is_plain(of) || is_enum(of, scope);
    if from == to || !is_known(&from) || !is_known(&to) {
        return true;
    }
    scope.can_coerce(&from, &to, CastContext::Assignment)
}

/// Whether values of two types can be compared by a foreign key. True where it is not certain.
pub fn can_reference(key: &TypeName, foreign: &TypeName, catalog: &Catalog) -> bool {
    let (key, foreign) = (key.base(), foreign.base());
    if key == foreign || key.array || foreign.array || !is_plain(&key) || !is_plain(&foreign) {
        return true;
    }
    let scope = Scope { catalog, search_path: &[], around: Around::Nothing, wanted: Wanted::Value };
    let pair = [Type::Known(key.clone()), Type::Known(foreign.clone())];
    scope.can_coerce(&foreign, &key, CastContext::Implicit)
        || scope.library().operators("=").iter().any(|one| Candidate::new(one, None).is_exact(&pair))
}

fn is_enum(of: &TypeName, scope: &Scope<'_>) -> bool {
    enum_labels(of, scope).is_some()
}

fn enum_labels<'a>(of: &TypeName, scope: &Scope<'a>) -> Option<&'a [String]> {
    let id = ObjectId::in_schema(Class::Type, of.name.schema.as_ref()?, &of.name.name);
    match scope.catalog.facts(&id)? {
        Facts::Enum(facts) => facts.values.get().map(Vec::as_slice),
        _ => None,
    }
}

impl Resolver<'_> {
    /// The first fault is the one that a server tells.
    pub(super) fn fault(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
    }

    /// Whether all types are everyday ones, or literals.
    fn all_plain(types: &[Type]) -> bool {
        let plain = |of: &Type| match of {
            Type::Known(of) => is_plain(of),
            Type::Literal => true,
            Type::Opaque => false,
        };
        types.iter().all(plain) && types.iter().any(|of| of.known().is_some())
    }

    /// An operator that takes nothing of the kind (`op_error()`).
    pub(super) fn check_operator(&mut self, name: &QualifiedName, types: &[Type]) {
        let candidates = self.operators(name, types.len());
        if name.schema.is_none()
            && Self::all_plain(types)
            && !candidates.iter().any(|one| one.accepts(types, self.scope))
        {
            let words: Vec<String> = types.iter().map(words_of).collect();
            let call = match words.as_slice() {
                [left, right] => format!("{left} {} {right}", name.name.as_str()),
                other => format!("{} {}", name.name.as_str(), other.join(" ")),
            };
            self.fault(Fault::new("42883", format!("operator does not exist: {call}")));
        }
    }

    /// A function that is not there, or takes nothing of the kind.
    pub(super) fn check_function(&mut self, name: &QualifiedName, builtin: bool, types: &[Type]) {
        let unmodelled = self.scope.catalog.unmodelled.keys();
        let is_own = unmodelled.into_iter().any(|id| id.class() == Class::Routine && *id.name() == name.name);
        let certain = if builtin {
            types.is_empty() || Self::all_plain(types)
        } else {
            !types.contains(&Type::Opaque) && types.iter().all(|of| of.known().is_none_or(is_plain))
        };
        // Another schema's functions come and go with extensions.
        let is_ours = name.schema.as_ref().is_none_or(|schema| self.scope.search_path.contains(schema));
        let parts = ["pg_catalog".to_owned(), name.name.as_str().to_owned()];
        let candidates = if builtin { self.routines(&parts, &vec![None; types.len()], true) } else { Vec::new() };
        if certain && is_ours && !is_own && !candidates.iter().any(|one| one.accepts(types, self.scope)) {
            let words: Vec<String> = types.iter().map(words_of).collect();
            let call = format!("{}({})", name.name.as_str(), words.join(", "));
            self.fault(Fault::new("42883", format!("function {call} does not exist")).about(name));
        }
    }

    /// `coerce_to_boolean()`
    pub(super) fn check_condition(&mut self, value: &Typed, clause: &str) {
        let boolean = TypeName::builtin("bool");
        if let Type::Known(of) = &value.of
            && is_plain(of)
            && of.base() != boolean
        {
            let message = format!("argument of {clause} must be type boolean, not type {of}");
            self.fault(Fault::new("42804", message));
        }
    }

    /// An explicit cast between everyday types that there is none of.
    pub(super) fn check_cast(&mut self, from: &TypeName, to: &TypeName, context: CastContext) {
        if context == CastContext::Explicit && is_plain(from) && is_plain(to) {
            let message = format!("cannot cast type {} to {}", from.base(), to.base());
            self.fault(Fault::new("42846", message));
        }
    }

    /// `cookDefault()` and its like.
    pub(super) fn check_stored(&mut self, value: &Typed, target: &TypeName, column: &str) {
        if let Type::Known(of) = &value.of
            && !can_be_stored(of, target, self.scope)
        {
            // Not every value has a column yet.
            let subject = if column.is_empty() { "the value".to_owned() } else { format!("column \"{column}\"") };
            let message = format!("{subject} is of type {target} but the expression is of type {of}");
            self.fault(Fault::new("42804", message));
        }
    }

    /// A text that is no value of its type; only where there is no doubt in any server version.
    pub(super) fn check_literal(&mut self, text: &str, of: &TypeName) {
        let trimmed = text.trim();
        if of.array {
            if (is_plain(of) || is_enum(of, self.scope)) && !trimmed.starts_with(['{', '[']) {
                self.fault(Fault::new("22P02", format!("malformed array literal: \"{text}\"")));
            }
            return;
        }
        if let Some(labels) = enum_labels(of, self.scope) {
            if !labels.iter().any(|label| label == text) {
                let message = format!("invalid input value for enum {}: \"{text}\"", of.name.name.as_str());
                self.fault(Fault::new("22P02", message).about(&of.name));
            }
            return;
        }
        if of.name.schema.is_some() {
            return;
        }
        let has_digit = trimmed.bytes().any(|byte| byte.is_ascii_digit());
        let is_bad = match of.name.name.as_str() {
            "int2" | "int4" | "int8" => !has_digit,
            "float4" | "float8" | "numeric" => {
                let word = trimmed.trim_start_matches(['+', '-']).to_ascii_lowercase();
                !has_digit && !["nan", "inf", "infinity"].contains(&word.as_str())
            }
            "bool" | "uuid" => !super::values::is_valid(trimmed, of.name.name.as_str()),
            _ => false,
        };
        if is_bad {
            self.fault(Fault::new("22P02", format!("invalid input syntax for type {of}: \"{text}\"")));
        }
    }

    /// A relation that `'…'::regclass` looks for.
    pub(super) fn check_regclass(&mut self, name: &QualifiedName) {
        let Some(schema) = &name.schema else { return };
        // What no schema of the path has is left with the first, where temporary objects would be.
        let of_system =
            |name: &Ident| (name.as_str().starts_with("pg_") && *name != "pg_temp") || *name == "information_schema";
        let id = ObjectId::in_schema(Class::Relation, schema, &name.name);
        if !of_system(schema) && !of_system(&name.name) && !self.scope.catalog.exists(&id) {
            let message = format!("relation \"{}\" does not exist", name.name.as_str());
            self.fault(Fault::new("42P01", message).about(name));
        }
    }

    pub(super) fn check_root(&mut self, value: &Typed) {
        match self.scope.wanted {
            Wanted::Condition(clause) => self.check_condition(value, clause),
            Wanted::Stored { column, of } => self.check_stored(value, of, column),
            Wanted::Value => {}
        }
    }
}

fn words_of(of: &Type) -> String {
    match of {
        Type::Known(of) => of.base().to_string(),
        Type::Literal | Type::Opaque => "unknown".to_owned(),
    }
}
