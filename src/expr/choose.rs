//! Which operator or function is meant, given the types of the arguments (`parse_func.c`,
//! `parse_oper.c`), and what becomes of the arguments.

use super::builtins::{self, Signature};
use crate::sql::TypeName;

/// What is known of the type of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Known(TypeName),
    /// A string literal or NULL that takes the type of its context (`unknown`).
    Literal,
    /// Something that was not looked up: what it is coerced to cannot be told.
    Opaque,
}

impl Type {
    pub(super) fn known(&self) -> Option<&TypeName> {
        match self {
            Self::Known(name) => Some(name),
            Self::Literal | Self::Opaque => None,
        }
    }

    pub(super) fn builtin(name: &str) -> Self {
        Self::Known(TypeName::builtin(name))
    }

    /// The type without its modifier.
    pub(super) fn base(&self) -> Self {
        match self {
            Self::Known(name) => Self::Known(name.base()),
            Self::Literal | Self::Opaque => self.clone(),
        }
    }
}

/// The choice: for each argument the type it is coerced to, where that can be told.
pub(super) struct Choice {
    pub(super) args: Vec<Option<TypeName>>,
    pub(super) result: Type,
}

/// `can_coerce_type()` with implicit coercion; `is_enum` is what tells user types apart.
fn can_coerce(from: &Type, to: &TypeName, is_enum: &dyn Fn(&TypeName) -> bool) -> bool {
    let Type::Known(from) = from else { return true };
    if to.name.schema.is_none() && !to.array {
        match to.name.name.as_str() {
            "any" | "anyelement" | "anycompatible" => return true,
            "anyarray" | "anycompatiblearray" => return from.array,
            "anynonarray" | "anycompatiblenonarray" => return !from.array,
            "anyenum" => return is_enum(from),
            "anyrange" | "anycompatiblerange" => return subtype(from).is_some_and(|(multi, _)| !multi),
            "anymultirange" | "anycompatiblemultirange" => return subtype(from).is_some_and(|(multi, _)| multi),
            _ => {}
        }
    }
    coerces_implicitly(from, to)
}

/// Whether one type becomes another without being asked to; arrays follow their elements.
pub(super) fn coerces_implicitly(from: &TypeName, to: &TypeName) -> bool {
    let (from, to) = (from.base(), to.base());
    if from == to {
        return true;
    }
    if from.array && to.array {
        return builtins::get().casts_implicitly(&from.element(), &to.element());
    }
    builtins::get().casts_implicitly(&from, &to)
}

/// Whether a range type holds several ranges, and what they are ranges of.
pub(super) fn subtype(range: &TypeName) -> Option<(bool, TypeName)> {
    if range.array || range.name.schema.is_some() {
        return None;
    }
    let name = range.name.name.as_str();
    let (multi, stem) = match name.strip_suffix("multirange") {
        Some(stem) => (true, stem),
        None => (false, name.strip_suffix("range")?),
    };
    let of = match stem {
        "int4" | "int8" | "date" => stem,
        "num" => "numeric",
        "ts" => "timestamp",
        "tstz" => "timestamptz",
        _ => return None,
    };
    Some((multi, TypeName::builtin(of)))
}

/// Whether a candidate could take such arguments at all, whichever is chosen in the end.
pub(super) fn accepts(candidate: &Signature, args: &[Type]) -> bool {
    let is_enum = |of: &TypeName| of.name.schema.is_some();
    let fits = |call: Signature| args.iter().zip(&call.args).all(|(arg, to)| can_coerce(arg, to, &is_enum));
    expand(candidate, args.len()).is_some_and(fits)
}

/// `func_get_detail()` and `oper_select_candidate()` over built-in candidates.
pub(super) fn choose(candidates: &[Signature], args: &[Type], is_enum: &dyn Fn(&TypeName) -> bool) -> Option<Choice> {
    let mut fitting: Vec<Signature> = candidates
        .iter()
        .filter_map(|candidate| expand(candidate, args.len()))
        .filter(|candidate| args.iter().zip(&candidate.args).all(|(arg, to)| can_coerce(arg, to, is_enum)))
        .filter(|candidate| is_consistent(candidate, args))
        .collect();
    if let Some(exact) = exact(&fitting, args) {
        fitting = vec![exact];
    }
    narrow(&mut fitting, args);
    let opaque = args.contains(&Type::Opaque);
    match fitting.as_slice() {
        [] => None,
        [one] => Some(instantiate(one, args)),
        several if opaque => Some(agreement(several, args)),
        _ => None,
    }
}

/// The candidate as it is called with that many arguments, if it can be (`FuncnameGetCandidates()`).
fn expand(candidate: &Signature, count: usize) -> Option<Signature> {
    let declared = candidate.args.len();
    let mut call = candidate.clone();
    if candidate.variadic && count >= declared {
        let last = call.args.pop()?;
        let element = match last.name.name.as_str() {
            "anyarray" if !last.array => TypeName::builtin("anyelement"),
            "anycompatiblearray" if !last.array => TypeName::builtin("anycompatible"),
            _ => last.element(),
        };
        call.args.resize(count, element);
        return Some(call);
    }
    if count > declared || count + candidate.defaults < declared {
        return None;
    }
    call.args.truncate(count);
    Some(call)
}

/// Where all the types are those declared; a literal beside a known type is taken for one of the
/// same type (`binary_oper_exact()`).
fn exact(candidates: &[Signature], args: &[Type]) -> Option<Signature> {
    let assumed: Vec<Type> = match args {
        [Type::Literal, other @ Type::Known(_)] | [other @ Type::Known(_), Type::Literal] => {
            vec![other.base(), other.base()]
        }
        _ => args.iter().map(Type::base).collect(),
    };
    let fits = |one: &&Signature| assumed.iter().zip(&one.args).all(|(have, want)| have.known() == Some(want));
    candidates.iter().find(fits).cloned()
}

/// `func_select_candidate()`
fn narrow(candidates: &mut Vec<Signature>, args: &[Type]) {
    let builtins = builtins::get();
    let count_exact =
        |one: &Signature| args.iter().zip(&one.args).filter(|(have, want)| have.base().known() == Some(*want)).count();
    keep_best(candidates, count_exact);
    keep_best(candidates, |one| {
        let counts = |(have, want): &(&Type, &TypeName)| {
            have.base().known().is_some_and(|have| {
                have == *want || (builtins.is_preferred(want) && builtins.category(want) == builtins.category(have))
            })
        };
        args.iter().zip(&one.args).filter(counts).count()
    });
    for position in (0..args.len()).filter(|position| args[*position] == Type::Literal) {
        if candidates.len() < 2 {
            return;
        }
        let categories: Vec<char> = candidates.iter().map(|one| builtins.category(&one.args[position])).collect();
        let category = if categories.contains(&'S') {
            'S'
        } else if categories.iter().all(|category| *category == categories[0]) {
            categories[0]
        } else {
            break;
        };
        let is_preferred = |one: &Signature| builtins.is_preferred(&one.args[position]);
        let preferred =
            candidates.iter().any(|one| builtins.category(&one.args[position]) == category && is_preferred(one));
        candidates
            .retain(|one| builtins.category(&one.args[position]) == category && (!preferred || is_preferred(one)));
    }
    // What is left takes the literals for the one type that the others have.
    if candidates.len() > 1
        && let Some(known) = args.iter().find_map(|arg| arg.base().known().cloned())
        && args.iter().all(|arg| arg.base().known().is_none_or(|other| *other == known))
        && !args.contains(&Type::Opaque)
    {
        let fits = |one: &&Signature| one.args.iter().all(|want| coerces_implicitly(&known, want));
        let fitting: Vec<Signature> = candidates.iter().filter(fits).cloned().collect();
        if fitting.len() == 1 {
            *candidates = fitting;
        }
    }
}

fn keep_best(candidates: &mut Vec<Signature>, score: impl Fn(&Signature) -> usize) {
    let best = candidates.iter().map(&score).max().unwrap_or_default();
    candidates.retain(|one| score(one) == best);
}

fn is_polymorphic(name: &TypeName) -> Option<(Family, Shape)> {
    if name.array || name.name.schema.is_some() {
        return None;
    }
    let text = name.name.name.as_str();
    let (family, rest) = match text.strip_prefix("anycompatible") {
        Some(rest) => (Family::Common, rest),
        None => (Family::Same, text.strip_prefix("any")?),
    };
    Some(match (family, rest) {
        (Family::Same, "") => return None,
        (_, "array") => (family, Shape::Array),
        (_, "range") => (family, Shape::Range),
        (_, "multirange") => (family, Shape::Multirange),
        _ => (family, Shape::Element),
    })
}

/// The polymorphic types of one family stand for one type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    /// `anyelement` and its like: all the same.
    Same,
    /// `anycompatible` and its like: the type that they have in common.
    Common,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Element,
    Array,
    Range,
    Multirange,
}

/// The element types that the arguments of one family ask for.
fn elements(signature: &Signature, args: &[Type], family: Family) -> Vec<TypeName> {
    args.iter()
        .zip(&signature.args)
        .filter_map(|(arg, declared)| {
            let (of, shape) = is_polymorphic(declared)?;
            let actual = arg.known().filter(|_| of == family)?.base();
            match shape {
                Shape::Element => Some(actual),
                Shape::Array => Some(actual.element()),
                Shape::Range | Shape::Multirange => subtype(&actual).map(|(_, of)| of),
            }
        })
        .collect()
}

/// `check_generic_type_consistency()`
fn is_consistent(signature: &Signature, args: &[Type]) -> bool {
    let same = elements(signature, args, Family::Same);
    let common: Vec<Type> = elements(signature, args, Family::Common).into_iter().map(Type::Known).collect();
    same.windows(2).all(|pair| pair[0] == pair[1]) && (common.is_empty() || common_type(&common).is_some())
}

/// `enforce_generic_type_consistency()`
fn instantiate(signature: &Signature, args: &[Type]) -> Choice {
    let same = elements(signature, args, Family::Same).into_iter().next();
    let common: Vec<Type> = elements(signature, args, Family::Common).into_iter().map(Type::Known).collect();
    let common = common_type(&common);
    let actual = |declared: &TypeName| -> Option<TypeName> {
        let Some((family, shape)) = is_polymorphic(declared) else { return Some(declared.clone()) };
        let element = match family {
            Family::Same => same.clone(),
            Family::Common => common.clone(),
        };
        match shape {
            Shape::Element => element,
            Shape::Array => element.map(|element| element.array_of()),
            Shape::Range | Shape::Multirange => args
                .iter()
                .zip(&signature.args)
                .find_map(|(arg, other)| (other == declared).then(|| arg.base().known().cloned()).flatten()),
        }
    };
    let any = TypeName::builtin("any");
    // What is declared `any` stays as it is, and so does a literal that decides nothing.
    let coerced = signature.args.iter().map(|declared| actual(declared).filter(|to| *to != any)).collect();
    Choice { args: coerced, result: actual(&signature.result).map_or(Type::Opaque, Type::Known) }
}

/// What all the candidates have in common, where a type that is not known leaves several.
fn agreement(candidates: &[Signature], args: &[Type]) -> Choice {
    let choices: Vec<Choice> = candidates.iter().map(|candidate| instantiate(candidate, args)).collect();
    let first = &choices[0];
    let args = (0..first.args.len())
        .map(|position| {
            let to = first.args[position].clone();
            to.filter(|_| choices.iter().all(|choice| choice.args[position] == first.args[position]))
        })
        .collect();
    let agreed = choices.iter().all(|choice| choice.result == first.result);
    Choice { args, result: if agreed { first.result.clone() } else { Type::Opaque } }
}

/// `select_common_type()`; literals alone are text. `None` where there is none, or it cannot be told.
pub(super) fn common_type(types: &[Type]) -> Option<TypeName> {
    let builtins = builtins::get();
    if types.contains(&Type::Opaque) {
        return None;
    }
    let mut chosen: Option<TypeName> = None;
    for name in types.iter().filter_map(Type::known).map(TypeName::base) {
        match &chosen {
            None => chosen = Some(name),
            Some(current) if *current == name => {}
            Some(current) if builtins.category(current) != builtins.category(&name) => return None,
            Some(current) => {
                if !builtins.is_preferred(current)
                    && coerces_implicitly(current, &name)
                    && !coerces_implicitly(&name, current)
                {
                    chosen = Some(name);
                }
            }
        }
    }
    Some(chosen.unwrap_or_else(|| TypeName::builtin("text")))
}
