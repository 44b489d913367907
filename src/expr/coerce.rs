//! Making a value of one type from another (`parse_coerce.c`). Every coercion that a server adds
//! is a [`Term::Cast`].

use super::names::Columns;
use super::resolve::{Resolver, Typed};
use super::types::{Pathway, Type, is};
use crate::catalog::meaning::CastContext;
use crate::catalog::tree::Term;
use crate::sql::TypeName;

impl Resolver<'_> {
    /// `transformTypeCast()`: an explicit cast.
    pub(super) fn cast(&mut self, value: Typed, to: &TypeName) -> Typed {
        self.coerce_to_target(value, to, CastContext::Explicit)
    }

    /// `coerce_type()` to what an operator or a function takes; never to a length.
    pub(super) fn coerce(&mut self, value: Typed, to: &TypeName) -> Typed {
        self.coerce_type(value, &to.base(), CastContext::Implicit)
    }

    /// `coerce_to_target_type()`: the type, then its modifier. COLLATE is put back on top.
    pub(super) fn coerce_to_target(&mut self, value: Typed, to: &TypeName, context: CastContext) -> Typed {
        if let Type::Known(from) = &value.of
            && !self.scope.can_coerce(from, to, context)
        {
            let from = from.clone();
            self.check_cast(&from, to, context);
        }
        let mut collation = None;
        let mut inner = value;
        while let Term::Collate { arg, collation: name } = inner.term {
            collation.get_or_insert(name);
            inner.term = *arg;
        }
        let made = self.coerce_type(inner, to, context);
        let made = self.coerce_typmod(made, to, context);
        match collation {
            Some(collation) if self.scope.is_collatable(to) => {
                Typed::new(Term::Collate { arg: Box::new(made.term), collation }, made.of)
            }
            _ => made,
        }
    }

    /// `coerce_type()`; the modifier matters only to a literal that is read as an interval.
    pub(super) fn coerce_type(&mut self, value: Typed, to: &TypeName, context: CastContext) -> Typed {
        let to = &if is(to, "interval") && value.of == Type::Literal { to.clone() } else { to.base() };
        // A literal is of that type already.
        let is_unknown = is(to, "unknown") && value.of == Type::Literal;
        if is_unknown || is(to, "any") || value.of.base().known() == Some(to) {
            return value;
        }
        if let Term::Collate { arg, collation } = value.term {
            let made = self.coerce_type(Typed::new(*arg, value.of), to, context);
            return if self.scope.is_collatable(to) {
                Typed::new(Term::Collate { arg: Box::new(made.term), collation }, made.of)
            } else {
                made
            };
        }
        let from = match &value.of {
            Type::Literal => return self.read_literal(value, to, context),
            // What it is cannot be told, but that it is cast where somebody wrote so.
            Type::Opaque if context == CastContext::Explicit => return apply(value, to),
            Type::Opaque => return value,
            Type::Known(from) => from.clone(),
        };
        if self.scope.is_domain(to)
            && let Some(pathway) = self.scope.pathway(&from, to, context)
        {
            let below = self.scope.base_type(to);
            let is_cast = pathway != Pathway::Relabel;
            let made = if is_cast { self.coerce_type(value, &below, context) } else { value };
            return self.coerce_to_domain(made, &below, to, context);
        }
        match value.term {
            // A row is of its table's type.
            Term::WholeRow { .. } if is(to, "record") => value,
            Term::Array { elements, of } if to.array => self.coerce_elements(elements, &of, to, context),
            Term::Listed { keyword: "ROW", args } if self.scope.is_complex(to) => {
                let row = self.coerce_row(args, value.fields, to);
                apply(Typed::new(row, value.of), to)
            }
            _ => {
                self.computed_by_cast(&from, to, context);
                apply(value, to)
            }
        }
    }

    /// An unknown literal becomes a constant of the type, or of the one that the domain stands on.
    fn read_literal(&mut self, value: Typed, to: &TypeName, context: CastContext) -> Typed {
        let Term::Const { value: text, .. } = &value.term else {
            // The output of a sub-select that nothing has given a type.
            return apply(value, to);
        };
        let below = self.scope.base_type(to);
        let constant = self.literal(text.as_deref(), &below);
        let of = if is(&below, "interval") { below.clone() } else { below.base() };
        let made = Typed::new(constant, Type::Known(of));
        if self.scope.is_domain(to) { self.coerce_to_domain(made, &below, to, context) } else { made }
    }

    /// `coerce_to_domain()`: first to the length of what the domain stands on. What is of another type, and only
    /// taken for that, is not relabelled for it: there the length is part of the coercion to the domain.
    fn coerce_to_domain(&mut self, value: Typed, below: &TypeName, to: &TypeName, context: CastContext) -> Typed {
        let is_other = value.of.base().known() != Some(&below.base());
        let has_length = value.of.known().is_some_and(|of| !of.typmod.is_empty());
        let value = match (is_other, below.typmod.is_empty() && has_length) {
            (false, _) => self.coerce_typmod(value, below, context),
            // Its own length has to be taken off, which makes it the other type.
            (true, true) => apply(value, below),
            (true, false) => value,
        };
        let is_cut = is_other && !below.typmod.is_empty();
        let implicit = is_cut && context != CastContext::Explicit && tells_implicit(below);
        let term = Term::Cast { arg: Box::new(value.term), to: to.clone(), implicit, relabels: false };
        Typed::new(term, Type::Known(to.clone()))
    }

    /// `coerce_type_typmod()`
    fn coerce_typmod(&mut self, value: Typed, to: &TypeName, context: CastContext) -> Typed {
        let Type::Known(from) = &value.of else { return value };
        // What has become a domain has been cut to its length already; NULL has none.
        if from == to || from.base() != to.base() || self.scope.is_domain(to) {
            return value;
        }
        if let Term::Array { elements, of } = value.term {
            let elements = elements
                .into_iter()
                .map(|term| {
                    let (from, to) = nested(&term, &of, &to.element());
                    self.coerce_typmod(Typed::new(term, Type::Known(from)), &to, context).term
                })
                .collect();
            return Typed::new(Term::Array { elements, of: to.element().base() }, Type::Known(to.clone()));
        }
        // Of a constant, as an interval can have one, it is forgotten (`applyRelabelType()`).
        if let (Term::Const { value, .. }, true) = (&value.term, to.typmod.is_empty()) {
            let term = Term::Const { value: value.clone(), data_type: to.clone() };
            return Typed::new(term, Type::Known(to.clone()));
        }
        let implicit = context != CastContext::Explicit && !to.typmod.is_empty() && tells_implicit(to);
        // The cast to the type and the one to its length print as one, unless the first was only to take a length off.
        let term = match value.term {
            Term::Cast { arg, to: base, implicit: _, relabels: false }
                if base == to.base() && !to.typmod.is_empty() =>
            {
                Term::Cast { arg, to: to.clone(), implicit, relabels: false }
            }
            term => Term::Cast { arg: Box::new(term), to: to.clone(), implicit, relabels: to.typmod.is_empty() },
        };
        Typed::new(term, Type::Known(to.clone()))
    }

    /// The cast of an array constructor is one of its elements: so it is read again when it has been printed.
    fn coerce_elements(&mut self, elements: Vec<Term>, of: &TypeName, to: &TypeName, context: CastContext) -> Typed {
        let element = to.element();
        let elements = elements
            .into_iter()
            .map(|term| {
                let (from, to) = nested(&term, of, &element);
                self.coerce_type(Typed::new(term, Type::Known(from)), &to, context).term
            })
            .collect();
        Typed::new(Term::Array { elements, of: element }, Type::Known(to.clone()))
    }

    /// `coerce_record_to_complex()`
    fn coerce_row(&mut self, args: Vec<Term>, fields: Columns, to: &TypeName) -> Term {
        let attributes = self.scope.attributes(to).unwrap_or_default();
        let args = args.into_iter().zip(fields).enumerate().map(|(position, (term, (_, of)))| {
            match attributes.get(position) {
                // Servers print the coercion of a field to its length, and read it back as one that was asked for.
                Some((_, Type::Known(to))) => {
                    self.coerce_to_target(Typed::new(term, of), to, CastContext::Explicit).term
                }
                _ => term,
            }
        });
        Term::Listed { keyword: "ROW", args: args.collect() }
    }

    /// The coercion to the column that takes the value, and what is left to see of it.
    pub(super) fn assign(&mut self, value: Typed, target: &TypeName) -> (Term, Option<Term>) {
        let shown = match value.of {
            Type::Literal => self.coerce_type(value.clone(), &self.scope.base_type(target), CastContext::Assignment),
            Type::Known(_) | Type::Opaque => value.clone(),
        };
        let root = self.coerce_to_target(value, target, CastContext::Assignment).term;
        let shown = (shown.term != root).then_some(shown.term);
        (root, shown)
    }

    /// A literal that nothing gives a type is text.
    pub(super) fn settled(&mut self, value: Typed) -> Typed {
        if value.of == Type::Literal { self.coerce(value, &TypeName::builtin("text")) } else { value }
    }

    /// `select_common_type()` and `coerce_to_common_type()`: the values, and the type that they have in common.
    pub(super) fn in_common(&mut self, values: Vec<Typed>, clause: &str) -> (Vec<Term>, Type) {
        let types: Vec<Type> = values.iter().map(|value| value.of.clone()).collect();
        let Some(common) = self.scope.common_type(&types) else {
            if types.contains(&Type::Opaque) && types.contains(&Type::Literal) {
                self.note_other(format!("the type of {clause}"));
            }
            return (values.into_iter().map(|value| value.term).collect(), Type::Opaque);
        };
        let made: Vec<Typed> = values.into_iter().map(|value| self.coerce(value, &common)).collect();
        // A length is kept where all have the same (`exprTypmod()`).
        let of = match made.split_first() {
            Some((first, rest)) if rest.iter().all(|value| value.of == first.of) => first.of.clone(),
            _ => Type::Known(common),
        };
        (made.into_iter().map(|value| value.term).collect(), of)
    }
}

/// A cast that is not looked into.
fn apply(value: Typed, to: &TypeName) -> Typed {
    let term = Term::Cast { arg: Box::new(value.term), to: to.clone(), implicit: false, relabels: false };
    Typed::new(term, Type::Known(to.clone()))
}

/// What an element is of, and becomes: an array in an array is of the type of the whole.
fn nested(term: &Term, of: &TypeName, to: &TypeName) -> (TypeName, TypeName) {
    if matches!(term, Term::Array { .. }) { (of.array_of(), to.array_of()) } else { (of.clone(), to.clone()) }
}

/// Whether the function that cuts to a length is told if somebody asked for that: only then it may
/// lose anything. Those of extensions all are.
fn tells_implicit(to: &TypeName) -> bool {
    let element = to.element();
    to.name.schema.is_some() || ["varchar", "bpchar", "bit", "varbit"].iter().any(|name| is(&element, name))
}
