//! What computes an expression, as far as that decides whether it can give another value another time
//! (`check_functions_in_node()`, `nodeFuncs.c`).

use super::polymorphic::is_polymorphic;
use super::resolve::Resolver;
use super::types::{Pathway, Type};
use crate::catalog::kind::{CastMethod, Facts, RoutineName};
use crate::catalog::meaning::{CastContext, Signature, TypeMeaning, TypeSort};
use crate::catalog::{Class, Meaning, ObjectId};
use crate::sql::{QualifiedName, TypeName};

/// What an expression depends on beside the columns that it reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Computed {
    /// Something of the server's own, or of an extension, is not IMMUTABLE.
    pub is_mutable: bool,
    /// Something is not IMMUTABLE by its name alone: `||` and its like of a text and anything, in whose place stands
    /// what they do.
    pub makes_text: bool,
    /// A value is made another by its text, or an array by its elements (`CoerceViaIO`, `ArrayCoerceExpr`).
    pub converts: bool,
    /// The functions of the schema that are called: by name, or behind operators, casts and types.
    pub functions: Vec<ObjectId>,
}

/// What is called STABLE and written in SQL, so that in its place stands what it does: a value of any type is made a
/// text.
const MAKE_TEXT: [&str; 3] = ["||", "quote_literal", "quote_nullable"];

/// From a text, or to one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Io {
    Input,
    Output,
}

impl Resolver<'_> {
    /// A routine or an operator is called with arguments of these types.
    pub(super) fn computed_by(&mut self, class: Class, name: &QualifiedName, called: &Signature, types: &[Type]) {
        if let Some(schema) = &name.schema {
            let id = ObjectId::call(class, schema, &name.name, called.types().cloned().collect());
            match self.scope.catalog.facts(&id) {
                Some(Facts::Operator(operator)) => return self.computed_by_function(operator.function.get()),
                Some(_) => return self.computed.functions.push(id),
                None => {}
            }
        }
        if called.is_mutable && name.schema.is_none() && MAKE_TEXT.contains(&name.name.as_str()) {
            self.computed.makes_text = true;
            let any = called.types().zip(types).filter(|(declared, _)| is_polymorphic(declared));
            let given: Vec<TypeName> = any.filter_map(|(_, of)| of.known().cloned()).collect();
            given.iter().for_each(|of| self.computed_by_cast(of, &TypeName::builtin("text"), CastContext::Explicit));
        } else {
            self.computed.is_mutable |= called.is_mutable;
        }
    }

    fn computed_by_function(&mut self, function: Option<&RoutineName>) {
        let Some(RoutineName { name, args }) = function else { return };
        let Some(schema) = &name.schema else {
            let mut known = self.scope.library().routines(name.name.as_str()).iter();
            self.computed.is_mutable |= known.any(|one| one.is_mutable && one.types().eq(args));
            return;
        };
        let id = ObjectId::call(Class::Routine, schema, &name.name, args.clone());
        match self.scope.catalog.facts(&id) {
            Some(_) => self.computed.functions.push(id),
            None => {
                let signature = self.scope.catalog.meaning(&id).and_then(Meaning::signature);
                self.computed.is_mutable |= signature.is_some_and(|one| one.is_mutable);
            }
        }
    }

    /// A value is made one of another type.
    pub(super) fn computed_by_cast(&mut self, from: &TypeName, to: &TypeName, context: CastContext) {
        let (from, to) = (self.scope.plain(from), self.scope.plain(to));
        match self.scope.pathway(&from, &to, context) {
            None | Some(Pathway::Relabel) => {}
            Some(Pathway::Text) => self.computed_by_text(&from, &to),
            Some(Pathway::Elements) => {
                self.computed.converts = true;
                if let (Some(from), Some(to)) = (self.scope.element_of(&from), self.scope.element_of(&to)) {
                    self.computed_by_cast(&from, &to, context);
                }
            }
            Some(Pathway::Function) => match self.scope.catalog.facts(&ObjectId::cast(&from, &to)) {
                Some(Facts::Cast(cast)) if cast.method.get() == Some(&CastMethod::Inout) => {
                    self.computed_by_text(&from, &to);
                }
                Some(Facts::Cast(cast)) => self.computed_by_function(cast.function.get().and_then(Option::as_ref)),
                _ => {
                    let cast = self.scope.cast_between(&from, &to);
                    self.computed.is_mutable |= cast.is_some_and(|cast| cast.is_mutable);
                }
            },
        }
    }

    /// `CoerceViaIO`
    fn computed_by_text(&mut self, from: &TypeName, to: &TypeName) {
        self.computed.converts = true;
        self.computed_by_io(from, Io::Output);
        self.computed_by_io(to, Io::Input);
    }

    /// `getTypeInputInfo()`, `getTypeOutputInfo()`: but for base types, these ask the catalogs.
    fn computed_by_io(&mut self, of: &TypeName, io: Io) {
        if let Some(Facts::BaseType(base)) = self.scope.facts_of_type(of) {
            let function = if io == Io::Input { &base.input } else { &base.output };
            return self.computed_by_function(function.get().and_then(Option::as_ref));
        }
        self.computed.is_mutable |= match self.scope.meaning(of) {
            Some(TypeMeaning { sort: TypeSort::Base | TypeSort::Pseudo, io: mutable, .. }) => {
                if io == Io::Input {
                    mutable.input
                } else {
                    mutable.output
                }
            }
            Some(_) => true,
            None => self.scope.is_understood(of),
        };
    }
}
