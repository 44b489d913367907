//! Which operator or routine a call means, given the types of the arguments (`parse_func.c`, `parse_oper.c`).

use super::Scope;
use super::polymorphic::{Actual, consistent, is_polymorphic};
use super::types::Type;
use crate::catalog::meaning::{CastContext, Signature};
use crate::sql::{Ident, TypeName};

/// A routine or an operator as it would be called (`FuncCandidateList`).
#[derive(Clone)]
pub(super) struct Candidate<'a> {
    pub(super) signature: &'a Signature,
    /// None is `pg_catalog`.
    pub(super) schema: Option<Ident>,
    /// For each argument of the call, which of the declared ones it is; empty where they stand in their order.
    pub(super) order: Vec<usize>,
    /// From this argument on, each is an element of the last declared one, which is of this type.
    pub(super) elements: Option<(usize, TypeName)>,
    /// It is one of two that are called alike, and nothing tells which: what they do not share has defaults.
    pub(super) is_one_of_many: bool,
}

impl<'a> Candidate<'a> {
    pub(super) fn new(signature: &'a Signature, schema: Option<&Ident>) -> Self {
        Self { signature, schema: schema.cloned(), order: Vec::new(), elements: None, is_one_of_many: false }
    }

    /// The declared type of an argument of the call.
    pub(super) fn arg(&self, position: usize) -> &TypeName {
        match &self.elements {
            Some((first, element)) if position >= *first => element,
            _ => &self.signature.args[self.order.get(position).copied().unwrap_or(position)].of,
        }
    }

    fn args(&self, count: usize) -> impl Iterator<Item = &TypeName> {
        (0..count).map(|position| self.arg(position))
    }

    /// `can_coerce_type()`
    pub(super) fn accepts(&self, args: &[Type], scope: &Scope<'_>) -> bool {
        let mut has_generics = false;
        for (position, arg) in args.iter().enumerate() {
            let declared = self.arg(position);
            if is_polymorphic(declared) {
                has_generics = true;
            } else if let Type::Known(of) = arg
                && !super::types::is(declared, "any")
                && !scope.can_coerce(of, declared, CastContext::Implicit)
            {
                return false;
            }
        }
        !has_generics || consistent(scope, self.args(args.len()), args).is_some()
    }

    /// What the polymorphic types stand for in this call.
    pub(super) fn actual(&self, args: &[Type], scope: &Scope<'_>) -> Option<Actual> {
        consistent(scope, self.args(args.len()), args)
    }

    pub(super) fn is_exact(&self, args: &[Type]) -> bool {
        args.iter().enumerate().all(|(position, have)| is_same(have, self.arg(position)))
    }
}

/// Whether an argument is of just the declared type, whatever its modifier.
fn is_same(have: &Type, declared: &TypeName) -> bool {
    match have {
        Type::Known(have) => have.name == declared.name && have.array == declared.array,
        Type::Literal => super::types::is(declared, "unknown"),
        Type::Opaque => false,
    }
}

/// `func_match_argtypes()` and `func_select_candidate()`
pub(super) fn select<'a>(candidates: Vec<Candidate<'a>>, args: &[Type], scope: &Scope<'_>) -> Option<Candidate<'a>> {
    let mut left: Vec<Candidate<'a>> = candidates.into_iter().filter(|one| one.accepts(args, scope)).collect();
    if left.len() < 2 {
        return left.pop();
    }
    let plain: Vec<Option<TypeName>> = args.iter().map(|of| of.known().map(|of| scope.plain(of))).collect();
    let count = |one: &Candidate<'_>, fits: &dyn Fn(&TypeName, &TypeName) -> bool| {
        let known = plain.iter().enumerate().filter_map(|(position, have)| Some((have.as_ref()?, position)));
        known.filter(|(have, position)| fits(have, one.arg(*position))).count()
    };
    keep_best(&mut left, |one| count(one, &|have, want| have == want));
    if left.len() > 1 {
        let is_preferred =
            |have: &TypeName, want: &TypeName| scope.is_preferred(want) && scope.category(want) == scope.category(have);
        keep_best(&mut left, |one| count(one, &|have, want| have == want || is_preferred(have, want)));
    }
    if left.len() < 2 || !args.contains(&Type::Literal) {
        return only(left);
    }
    keep_category(&mut left, args, scope);
    if left.len() > 1 {
        // What is left takes the literals for the one type that all the others have.
        let mut known = plain.iter().flatten();
        let first = known.next()?;
        if known.any(|other| other != first) {
            return None;
        }
        let fits = |one: &Candidate<'_>| one.accepts(&vec![Type::Known(first.clone()); args.len()], scope);
        left.retain(fits);
    }
    only(left)
}

fn only(mut left: Vec<Candidate<'_>>) -> Option<Candidate<'_>> {
    if left.len() == 1 { left.pop() } else { None }
}

fn keep_best(candidates: &mut Vec<Candidate<'_>>, score: impl Fn(&Candidate<'_>) -> usize) {
    let scores: Vec<usize> = candidates.iter().map(score).collect();
    let best = scores.iter().copied().max().unwrap_or_default();
    let mut scores = scores.into_iter();
    candidates.retain(|_| scores.next() == Some(best));
}

/// For each literal the category that the candidates agree on, or that of strings if one takes a
/// string; of them the preferred type, if one takes that.
fn keep_category(left: &mut Vec<Candidate<'_>>, args: &[Type], scope: &Scope<'_>) {
    let literals = (0..args.len()).filter(|position| args[*position] == Type::Literal);
    let mut wanted = Vec::new();
    for position in literals {
        let sorts =
            || left.iter().map(|one| (scope.category(one.arg(position)), scope.is_preferred(one.arg(position))));
        let Some((first, _)) = sorts().next() else { return };
        let category = if sorts().any(|(category, _)| category == 'S') {
            'S'
        } else if sorts().all(|(category, _)| category == first) {
            first
        } else {
            return;
        };
        let preferred = sorts().any(|(other, preferred)| other == category && preferred);
        wanted.push((position, category, preferred));
    }
    let fits = |one: &Candidate<'_>| {
        wanted.iter().all(|(position, category, preferred)| {
            let of = one.arg(*position);
            scope.category(of) == *category && (!preferred || scope.is_preferred(of))
        })
    };
    if left.iter().any(fits) {
        left.retain(fits);
    }
}
