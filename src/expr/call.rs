//! Calls of functions, aggregates and window functions (`parse_func.c`).

use std::collections::BTreeSet;

use pg_query::protobuf::{CoercionForm, FuncCall, Node};

use super::candidates::{Candidate, select};
use super::names::Columns;
use super::polymorphic::{Actual, array_of};
use super::resolve::{Resolver, Typed};
use super::types::{Pathway, Type, is};
use crate::catalog::Class;
use crate::catalog::kind::RoutineName;
use crate::catalog::meaning::{Argument, CallKind, CastContext, Signature};
use crate::catalog::tree::{Func, Term};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, TypeName};

/// What a call was found to be.
enum Detail<'a> {
    Routine(Box<(Candidate<'a>, Actual)>),
    /// A function called like a type is a cast of its one argument.
    Coercion(TypeName),
    /// There are several that could be meant.
    Ambiguous,
    NotFound,
}

impl<'a> Resolver<'a> {
    /// `ParseFuncOrColumn()`
    pub(super) fn func_call(&mut self, call: &FuncCall, node: &Node) -> Typed {
        let mut parts: Vec<String> = call.funcname.iter().filter_map(string_of).collect();
        let mut values: Vec<Typed> = call.args.iter().map(|arg| self.expr(arg)).collect();
        self.as_older_servers_read(call, &mut parts, &mut values);
        // What WITHIN GROUP orders by are arguments too.
        let direct = values.len();
        let ordered = if call.agg_within_group { call.agg_order.as_slice() } else { &[] };
        values.extend(ordered.iter().map(|key| self.sort_value(key)));
        let types: Vec<Type> = values.iter().map(|value| value.of.clone()).collect();
        let names: Vec<Option<Ident>> = values.iter().map(|value| name_of(&value.term).cloned()).collect();
        let detail = self.detail(&parts, &types, &names, !call.func_variadic);
        let mut func = Func {
            star: call.agg_star,
            distinct: call.agg_distinct,
            variadic: call.func_variadic,
            within_group: call.agg_within_group,
            ..Func::default()
        };
        let mut fields = Columns::new();
        let mut called = None;
        let of = match detail {
            Detail::Coercion(to) => {
                return match values.pop() {
                    Some(value) => self.coerce_type(value, &to, CastContext::Explicit),
                    None => self.raw(node),
                };
            }
            Detail::Routine(found) if self.is_cast_function(&found.0, &parts) => {
                let (chosen, _) = *found;
                let to = chosen.signature.result.clone();
                return match values.pop() {
                    Some(value) => {
                        let value = self.coerce(value, chosen.arg(0));
                        self.coerce_type(value, &to, CastContext::Explicit)
                    }
                    None => self.raw(node),
                };
            }
            Detail::Routine(found) => {
                let (chosen, actual) = *found;
                func.name = QualifiedName { schema: chosen.schema.clone(), name: chosen.signature_name(&parts) };
                func.declared = Some(chosen.signature.types().cloned().collect());
                let known = |of: &TypeName| actual.of(of, self.scope).map_or(Type::Opaque, Type::Known);
                let of = known(&chosen.signature.result);
                fields = chosen.signature.outputs.iter().map(|(name, of)| (name.clone(), known(of))).collect();
                let args = (0..values.len()).map(|at| actual.of(chosen.arg(at), self.scope)).collect::<Vec<_>>();
                let elements = chosen.elements.clone();
                let kind = chosen.signature.kind;
                called = Some(chosen.signature);
                self.computed_by(Class::Routine, &func.name, chosen.signature, &types);
                values = self.coerced(values, args);
                if let Some((first, declared)) = elements.filter(|(_, declared)| !is(declared, "any")) {
                    self.collect_variadic(&mut values, first, &declared);
                    func.variadic = true;
                }
                if let CallKind::HypotheticalSet { .. } = kind {
                    self.unify_hypothetical(&mut values, direct);
                }
                of
            }
            Detail::Ambiguous => {
                self.check_unique(&QualifiedName::from_parts(&parts), &types);
                func.name = self.unknown_call(&parts, &types, call);
                Type::Opaque
            }
            Detail::NotFound => {
                func.name = self.unknown_call(&parts, &types, call);
                Type::Opaque
            }
        };
        let ordered = values.split_off(direct.min(values.len()));
        func.args = values.into_iter().map(|value| value.term).collect();
        func.order = if call.agg_within_group {
            let keys = call.agg_order.iter().zip(ordered);
            keys.filter_map(|(node, value)| Some(self.sort_key(value.term, super::window::sort_by(node)?))).collect()
        } else {
            self.sort(&call.agg_order)
        };
        func.filter = call.agg_filter.as_deref().map(|filter| self.condition(Some(filter)));
        if let Some(window) = call.over.as_deref() {
            match self.window(window) {
                Some(window) => func.over = Some(window),
                None => return self.raw(node),
            }
        }
        if let Some(called) = called {
            self.check_call(called, &func, call.location);
        }
        Typed { term: Term::Func(Box::new(func)), of, fields }
    }

    /// The functions behind casts are called like the types; a cast is stored as a call of its function.
    fn is_cast_function(&self, chosen: &Candidate<'_>, parts: &[String]) -> bool {
        let Signature { args, result, .. } = chosen.signature;
        let [Argument { of, .. }] = args.as_slice() else { return false };
        chosen.schema.is_none()
            && parts.last().is_some_and(|name| result.name.name == name.as_str())
            && self.scope.library().cast(of, result).is_some()
    }

    /// Before PostgreSQL 14 EXTRACT is a call of `date_part()`, and the forms of NORMALIZE are in lower case.
    fn as_older_servers_read(&self, call: &FuncCall, parts: &mut Vec<String>, values: &mut [Typed]) {
        if self.scope.catalog.version >= 14 || call.funcformat() != CoercionForm::CoerceSqlSyntax {
            return;
        }
        match (parts.last().map(String::as_str), values) {
            (Some("extract"), _) => *parts = vec!["pg_catalog".to_owned(), "date_part".to_owned()],
            (Some("normalize" | "is_normalized"), [_, Typed { term: Term::Const { value: Some(form), .. }, .. }]) => {
                form.make_ascii_lowercase();
            }
            _ => {}
        }
    }

    fn coerced(&mut self, values: Vec<Typed>, to: Vec<Option<TypeName>>) -> Vec<Typed> {
        let coerce = |(value, to): (Typed, Option<TypeName>)| match (value.term, to) {
            (term, None) => Typed::new(term, value.of),
            (Term::Named { name, arg }, Some(to)) => {
                let made = self.coerce(Typed::new(*arg, value.of), &to);
                Typed::new(Term::Named { name, arg: Box::new(made.term) }, made.of)
            }
            (term, Some(to)) => self.coerce(Typed { term, of: value.of, fields: value.fields }, &to),
        };
        values.into_iter().zip(to).map(coerce).collect()
    }

    /// Arguments given one by one become the array that is declared.
    fn collect_variadic(&mut self, values: &mut Vec<Typed>, first: usize, declared: &TypeName) {
        let elements = values.split_off(first);
        let of = elements.first().and_then(|value| value.of.known()).unwrap_or(declared).base();
        let whole = array_of(&of).map_or(Type::Opaque, Type::Known);
        let elements = elements.into_iter().map(|value| value.term).collect();
        values.push(Typed::new(Term::Array { elements, of }, whole));
    }

    /// `unify_hypothetical_args()`: what is asked about and what is ordered by have a type in common.
    fn unify_hypothetical(&mut self, values: &mut [Typed], direct: usize) {
        let aggregated = values.len().saturating_sub(direct);
        for (one, two) in (direct.saturating_sub(aggregated)..direct).zip(direct..values.len()) {
            let pair = vec![values[two].clone(), values[one].clone()];
            let types: Vec<Type> = pair.iter().map(|value| value.of.clone()).collect();
            if let Some(common) = self.scope.common_type(&types) {
                for (position, value) in [two, one].into_iter().zip(pair) {
                    values[position] = self.coerce(value, &common);
                }
            }
        }
    }

    /// A call that could not be found stays as it is written.
    fn unknown_call(&mut self, parts: &[String], types: &[Type], call: &FuncCall) -> QualifiedName {
        let bare = QualifiedName::from_parts(parts);
        let is_builtin =
            bare.schema.is_none() && (parts.len() > 1 || !self.scope.library().routines(bare.name.as_str()).is_empty());
        let is_plain = !call.func_variadic && !call.agg_within_group;
        if is_builtin {
            if is_plain {
                self.check_function(&bare, true, types);
            }
            self.note(Class::Routine, &bare);
            return bare;
        }
        let name = self.unknown_routine(parts);
        // A name that is there, but takes something else.
        self.note(Class::Routine, &name);
        if is_plain {
            self.check_function(&name, false, types);
        }
        name
    }

    /// The routine that takes arguments of these types, and what it gives them.
    pub(super) fn routine_for(&self, parts: &[String], types: &[TypeName]) -> Option<(RoutineName, Option<TypeName>)> {
        let given: Vec<Type> = types.iter().cloned().map(Type::Known).collect();
        match self.detail(parts, &given, &vec![None; types.len()], false) {
            Detail::Routine(found) => {
                let (chosen, actual) = *found;
                let name = QualifiedName { schema: chosen.schema.clone(), name: chosen.signature_name(parts) };
                let args = chosen.signature.types().cloned().collect();
                Some((RoutineName { name, args }, actual.of(&chosen.signature.result, self.scope)))
            }
            Detail::Coercion(_) | Detail::Ambiguous | Detail::NotFound => None,
        }
    }

    /// `func_get_detail()`
    fn detail(&self, parts: &[String], types: &[Type], names: &[Option<Ident>], expand: bool) -> Detail<'a> {
        let candidates = self.routines(parts, names, expand);
        let found = |chosen: Candidate<'a>| match chosen.actual(types, self.scope) {
            Some(_) if chosen.is_one_of_many => Detail::Ambiguous,
            Some(actual) => Detail::Routine(Box::new((chosen, actual))),
            None => Detail::NotFound,
        };
        if let Some(exact) = candidates.iter().find(|one| one.is_exact(types)) {
            return found(exact.clone());
        }
        if let ([of], [None]) = (types, names)
            && let Some(to) = self.type_called(parts)
            && self.is_coercion(of, &to)
        {
            return Detail::Coercion(to);
        }
        let left: Vec<_> = candidates.into_iter().filter(|one| one.accepts(types, self.scope)).collect();
        let is_one_of_many = left.len() > 1;
        if types.contains(&Type::Opaque) {
            // It can be told where there is but one that it could be.
            return left.into_iter().next().filter(|_| !is_one_of_many).map_or(Detail::NotFound, found);
        }
        let none = if is_one_of_many { Detail::Ambiguous } else { Detail::NotFound };
        select(left, types, self.scope).map_or(none, found)
    }

    /// `FuncNameAsType()`
    fn type_called(&self, parts: &[String]) -> Option<TypeName> {
        let name = QualifiedName::from_parts(parts);
        let of = |name: QualifiedName| TypeName { name, ..TypeName::default() };
        if name.schema.is_none() && self.scope.library().data_type(name.name.as_str()).is_some() {
            return Some(of(name));
        }
        let schemas = name.schema.as_ref().map_or(self.scope.search_path, std::slice::from_ref);
        let mut found =
            self.scope.schemas_with(&name.name, schemas).map(|schema| of(QualifiedName::new(schema, &name.name)));
        found.find(|of| !self.scope.is_complex(of) && self.scope.is_understood(of))
    }

    fn is_coercion(&self, from: &Type, to: &TypeName) -> bool {
        match from {
            Type::Literal => true,
            Type::Opaque => false,
            Type::Known(from) => match self.scope.pathway(from, to, CastContext::Explicit) {
                Some(Pathway::Relabel) => true,
                Some(Pathway::Text) => {
                    let is_row = is(from, "record") || self.scope.is_complex(from);
                    !(is_row && self.scope.category(to) == 'S')
                }
                // What a function does is called by its name.
                Some(Pathway::Function | Pathway::Elements) | None => false,
            },
        }
    }

    /// `FuncnameGetCandidates()`: a routine hides those of the same arguments further down the path.
    pub(super) fn routines(&self, parts: &[String], names: &[Option<Ident>], expand: bool) -> Vec<Candidate<'a>> {
        let name = QualifiedName::from_parts(parts);
        let mut found: Vec<Candidate<'a>> = Vec::new();
        let mut enter = |signature: &'a Signature, schema: Option<&Ident>| {
            let Some(new) = called(signature, schema, names, expand) else { return };
            let count = names.len();
            let is_alike = |one: &Candidate<'_>| (0..count).all(|position| one.arg(position) == new.arg(position));
            match found.iter().position(is_alike) {
                // Of two in one schema the one that is not variadic.
                Some(at) if found[at].schema == new.schema => {
                    match (found[at].elements.is_some(), new.elements.is_some()) {
                        (true, false) => found[at] = new,
                        (false, true) => {}
                        (true, true) | (false, false) => found[at].is_one_of_many = true,
                    }
                }
                Some(_) => {}
                None => found.push(new),
            }
        };
        if name.schema.is_none() {
            self.scope.library().routines(name.name.as_str()).iter().for_each(|one| enter(one, None));
        }
        let schemas = match (&name.schema, parts) {
            (Some(schema), _) => std::slice::from_ref(schema),
            (None, [_]) => self.scope.search_path,
            // `pg_catalog` has been left out of the name.
            (None, _) => &[],
        };
        for schema in self.scope.schemas_with(&name.name, schemas) {
            self.calls(Class::Routine, schema, &name.name).into_iter().for_each(|one| enter(one, Some(schema)));
        }
        found
    }
}

impl Candidate<'_> {
    fn signature_name(&self, parts: &[String]) -> Ident {
        parts.last().map(Ident::from).unwrap_or_default()
    }
}

/// The routine as it is called with such arguments, if it can be.
fn called<'a>(
    signature: &'a Signature,
    schema: Option<&Ident>,
    names: &[Option<Ident>],
    expand: bool,
) -> Option<Candidate<'a>> {
    let (declared, count) = (signature.args.len(), names.len());
    let mut made = Candidate::new(signature, schema);
    if names.iter().any(Option::is_some) {
        made.order = match_named(signature, names)?;
        return Some(made);
    }
    if signature.variadic && expand && count >= declared {
        let last = &signature.args.last()?.of;
        made.elements = Some((declared - 1, element_of_declared(last)));
        return Some(made);
    }
    (count <= declared && count + signature.defaults >= declared).then_some(made)
}

/// `MatchNamedCall()`: for each argument of the call, which of the declared ones it is.
fn match_named(signature: &Signature, names: &[Option<Ident>]) -> Option<Vec<usize>> {
    let position = |(at, name): (usize, &Option<Ident>)| match name {
        None => (at < signature.args.len()).then_some(at),
        Some(name) => signature.args.iter().position(|Argument { name: known, .. }| known == name),
    };
    let order: Vec<usize> = names.iter().enumerate().map(position).collect::<Option<_>>()?;
    let given: BTreeSet<usize> = order.iter().copied().collect();
    let needed = signature.args.len() - signature.defaults.min(signature.args.len());
    (given.len() == order.len() && (0..needed).all(|at| given.contains(&at))).then_some(order)
}

fn element_of_declared(array: &TypeName) -> TypeName {
    match array.name.name.as_str() {
        "anyarray" if array.name.schema.is_none() => TypeName::builtin("anyelement"),
        "anycompatiblearray" if array.name.schema.is_none() => TypeName::builtin("anycompatible"),
        _ => array.element(),
    }
}

fn name_of(term: &Term) -> Option<&Ident> {
    match term {
        Term::Named { name, .. } => Some(name),
        _ => None,
    }
}
