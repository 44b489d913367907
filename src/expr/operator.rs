//! Operators (`parse_oper.c`), alone, over arrays and over rows.

use std::cell::RefCell;
use std::collections::BTreeMap;

use pg_query::protobuf::Node;

use super::candidates::{Candidate, select};
use super::polymorphic::{array_of, is_polymorphic};
use super::resolve::{Resolver, Typed, chain};
use super::types::Type;
use crate::catalog::Class;
use crate::catalog::kind::OperatorName;
use crate::catalog::meaning::Signature;
use crate::catalog::tree::{BoolOp, SubLinkKind, Term};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, TypeName};

/// So many operators are kept in mind.
const MAX_KNOWN: usize = 1000;

/// The server's major version, the name of an operator, the types of its operands.
type Sought = (u32, Ident, Vec<Type>);

thread_local! {
    /// Which operator of the server is meant.
    static KNOWN: RefCell<BTreeMap<Sought, Option<&'static Signature>>> = RefCell::default();
}

/// An operator with its operands coerced.
pub(super) struct Operation {
    pub(super) name: QualifiedName,
    pub(super) left: Option<Term>,
    /// Of what type the left operand is now.
    pub(super) left_of: Type,
    pub(super) right: Term,
    pub(super) of: Type,
}

impl Operation {
    pub(super) fn into_term(self) -> Typed {
        let left = self.left.map(Box::new);
        Typed::new(Term::Op { name: self.name, left, right: Box::new(self.right) }, self.of)
    }
}

/// An operator that was found, with the types that its operands are coerced to.
struct Chosen<'a> {
    called: &'a Signature,
    name: QualifiedName,
    /// None for what stays as it is.
    args: Vec<Option<TypeName>>,
    declared_right: Option<TypeName>,
    result: Type,
}

/// An operator's name as it is written; one without a schema has yet to be looked up.
pub(super) fn operator_name(nodes: &[Node]) -> QualifiedName {
    let parts: Vec<String> = nodes.iter().filter_map(string_of).collect();
    QualifiedName::from_parts(&parts)
}

impl<'a> Resolver<'a> {
    /// `OpernameGetCandidates()`: an operator hides those of the same types further down the path.
    pub(super) fn operators(&self, name: &QualifiedName, count: usize) -> Vec<Candidate<'a>> {
        let fits = move |one: &&'a Signature| one.args.len() == count;
        let mut found: Vec<Candidate<'a>> = Vec::new();
        match &name.schema {
            Some(schema) => {
                let own = self.calls(Class::Operator, schema, &name.name).into_iter().filter(fits);
                found.extend(own.map(|one| Candidate::new(one, Some(schema))));
            }
            None => {
                let builtin = self.scope.library().operators(name.name.as_str()).iter().filter(fits);
                found.extend(builtin.map(|one| Candidate::new(one, None)));
                for schema in self.scope.search_path {
                    for one in self.calls(Class::Operator, schema, &name.name).into_iter().filter(fits) {
                        if found.iter().all(|known| known.signature.args != one.args) {
                            found.push(Candidate::new(one, Some(schema)));
                        }
                    }
                }
            }
        }
        found
    }

    /// `oper()` and `left_oper()`
    fn find_operator(&self, name: &QualifiedName, types: &[Type]) -> Option<Candidate<'a>> {
        let is_own = |of: &Type| matches!(of, Type::Literal) || of.known().is_some_and(|of| of.name.schema.is_none());
        let catalog = self.scope.catalog;
        if name.schema.is_some()
            || catalog.has_any(Class::Operator)
            || catalog.has_any(Class::Cast)
            || !types.iter().all(is_own)
        {
            return self.look_for_operator(name, types);
        }
        // Where there is nothing but what the server has, the same is found as the last time.
        let key = (catalog.version, name.name.clone(), types.iter().map(Type::base).collect());
        let known = KNOWN.with_borrow(|known| known.get(&key).copied());
        let signature = known.unwrap_or_else(|| {
            let library = self.scope.library();
            let found = self.look_for_operator(name, types).map(|found| found.signature);
            // All that are found are the library's.
            let found = found
                .and_then(|found| library.operators(name.name.as_str()).iter().find(|one| std::ptr::eq(*one, found)));
            KNOWN.with_borrow_mut(|known| {
                if known.len() < MAX_KNOWN {
                    known.insert(key, found);
                }
            });
            found
        });
        signature.map(|signature| Candidate::new(signature, None))
    }

    fn look_for_operator(&self, name: &QualifiedName, types: &[Type]) -> Option<Candidate<'a>> {
        let candidates = self.operators(name, types.len());
        let exact = |types: &[Type]| candidates.iter().find(|one| one.is_exact(types)).cloned();
        // A literal beside a known type is taken for one of the same (`binary_oper_exact()`).
        let assumed = match types {
            [Type::Literal, other @ Type::Known(_)] | [other @ Type::Known(_), Type::Literal] => other,
            _ => &Type::Opaque,
        };
        let found = match assumed {
            Type::Known(of) => exact(&[assumed.clone(), assumed.clone()]).or_else(|| {
                let below = Type::Known(self.scope.plain(of));
                if below == assumed.base() { None } else { exact(&[below.clone(), below]) }
            }),
            Type::Literal | Type::Opaque => exact(types),
        };
        if found.is_none() && types.contains(&Type::Opaque) {
            return None;
        }
        found.or_else(|| select(candidates.clone(), types, self.scope))
    }

    fn choose_operator(&self, name: &QualifiedName, types: &[Type]) -> Option<Chosen<'a>> {
        let chosen = self.find_operator(name, types)?;
        let actual = chosen.actual(types, self.scope)?;
        let args = (0..types.len()).map(|position| actual.of(chosen.arg(position), self.scope)).collect();
        Some(Chosen {
            called: chosen.signature,
            name: QualifiedName { schema: chosen.schema.clone(), name: name.name.clone() },
            args,
            declared_right: types.len().checked_sub(1).map(|last| chosen.arg(last).clone()),
            result: actual.of(&chosen.signature.result, self.scope).map_or(Type::Opaque, Type::Known),
        })
    }

    /// `compatible_oper_opid()`: the operator over two values of the type that an expression has.
    pub(super) fn operator_over(&mut self, node: &Node, name: &QualifiedName) -> Option<OperatorName> {
        let of = self.expr(node).of;
        let chosen = self.find_operator(name, &[of.clone(), of])?;
        let args = vec![chosen.arg(0).clone(), chosen.arg(1).clone()];
        Some(OperatorName { schema: chosen.schema, name: name.name.clone(), args })
    }

    /// `make_op()`
    pub(super) fn operator(&mut self, name: &QualifiedName, left: Option<Typed>, right: Typed) -> Operation {
        let values: Vec<Typed> = left.into_iter().chain([right]).collect();
        let types: Vec<Type> = values.iter().map(|value| value.of.clone()).collect();
        let (name, args, of) = match self.choose_operator(name, &types) {
            Some(chosen) => {
                self.computed_by(Class::Operator, &chosen.name, chosen.called, &types);
                (chosen.name, chosen.args, chosen.result)
            }
            None => (self.unknown_operator(name, &types), vec![None; types.len()], Type::Opaque),
        };
        let mut values: Vec<Typed> = values
            .into_iter()
            .zip(args)
            .map(|(value, to)| match to {
                Some(to) => self.coerce(value, &to),
                None => value,
            })
            .collect();
        let right = values.pop().map_or(Term::Raw(String::new()), |value| value.term);
        let (left, left_of) = values.pop().map_or((None, Type::Opaque), |value| (Some(value.term), value.of));
        Operation { name, left, left_of, right, of }
    }

    /// One that could not be found stays as it is written.
    fn unknown_operator(&mut self, name: &QualifiedName, types: &[Type]) -> QualifiedName {
        self.check_operator(name, types);
        let unknown: Vec<&TypeName> =
            types.iter().filter_map(Type::known).filter(|of| !self.scope.is_understood(of)).collect();
        unknown.iter().for_each(|of| self.note(Class::Type, of.element().base()));
        // An operand that is not known has been noted, if it has a name.
        let is_told = types.contains(&Type::Opaque) && !self.unresolved.is_empty();
        if unknown.is_empty() && !is_told {
            self.note(Class::Operator, name.name.as_str());
        }
        name.clone()
    }

    /// `make_scalar_array_op()`: the operator is found as if the right side were one element.
    pub(super) fn any_array(&mut self, name: &QualifiedName, all: bool, left: Typed, array: Typed) -> Typed {
        let element = match &array.of {
            Type::Known(of) => self.scope.element_of(&self.scope.plain(of)).map_or(Type::Opaque, Type::Known),
            Type::Literal => Type::Literal,
            Type::Opaque => Type::Opaque,
        };
        let types = [left.of.clone(), element];
        let (name, left, array) = match self.choose_operator(name, &types) {
            Some(Chosen { called, name, args, declared_right, .. }) => {
                self.computed_by(Class::Operator, &name, called, &types);
                // An array that is polymorphic is taken as it is.
                let is_generic = declared_right.as_ref().is_some_and(is_polymorphic);
                let whole = args.get(1).cloned().flatten().and_then(|element| array_of(&element));
                let array = match whole {
                    Some(whole) if !is_generic || array.of == Type::Literal => self.coerce(array, &whole),
                    _ => array,
                };
                let left = match args.first().cloned().flatten() {
                    Some(to) => self.coerce(left, &to),
                    None => left,
                };
                (name, left, array)
            }
            None => (self.unknown_operator(name, &types), left, array),
        };
        let is_query = matches!(&array.term, Term::SubLink(link) if link.kind == SubLinkKind::Scalar);
        let of_query = array.of.known().filter(|_| is_query).cloned().map(Box::new);
        let (left, array) = (Box::new(left.term), Box::new(array.term));
        Typed::boolean(Term::AnyArray { name, all, left, array, of_query })
    }

    /// `make_row_comparison_op()`: of `=` and `<>` one comparison a column, of the others one of the rows.
    pub(super) fn compare_rows(&mut self, name: &QualifiedName, left: Vec<Typed>, right: Vec<Typed>) -> Typed {
        let pairs: Vec<Operation> =
            left.into_iter().zip(right).map(|(left, right)| self.operator(name, Some(left), right)).collect();
        let op = match name.name.as_str() {
            "=" => BoolOp::And,
            "<>" => BoolOp::Or,
            _ if pairs.len() > 1 => {
                let found = pairs.first().map_or_else(|| name.clone(), |pair| pair.name.clone());
                let (left, right): (Vec<_>, Vec<_>) = pairs.into_iter().map(|pair| (pair.left, pair.right)).unzip();
                let row = |args| Box::new(Term::Listed { keyword: "ROW", args });
                let left = row(left.into_iter().flatten().collect());
                return Typed::boolean(Term::Op { name: found, left: Some(left), right: row(right) });
            }
            _ => BoolOp::And,
        };
        let mut args: Vec<Term> = pairs.into_iter().map(|pair| pair.into_term().term).collect();
        match args.pop() {
            Some(only) if args.is_empty() => Typed::boolean(only),
            last => {
                args.extend(last);
                Typed::boolean(chain(op, args))
            }
        }
    }

    /// `make_distinct_op()`
    pub(super) fn distinct_from(&mut self, left: Typed, right: Typed) -> Term {
        let Operation { name, left, right, .. } = self.operator(&QualifiedName::bare("="), Some(left), right);
        let left = Box::new(left.unwrap_or(Term::Raw(String::new())));
        Term::Distinct { name, left, right: Box::new(right) }
    }
}
