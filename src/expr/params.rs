//! The names that only some places know: the arguments of a routine, the VALUE of a domain.

use super::Around;
use super::resolve::{Resolver, Typed};
use super::types::Type;
use crate::catalog::tree::{Label, Term};
use crate::sql::Ident;

impl Resolver<'_> {
    /// `$1`
    pub(super) fn parameter(&mut self, number: i32) -> Typed {
        let position = usize::try_from(number).unwrap_or_default();
        if let Around::Arguments { args, .. } = self.scope.around
            && let Some(arg) = position.checked_sub(1).and_then(|at| args.get(at))
        {
            let name = Label(Some(arg.name.clone()).filter(|name| !name.as_str().is_empty()));
            return Typed::new(Term::Param { number: position, name }, Type::Known(arg.of.clone()));
        }
        self.note_other(format!("the parameter ${number}"));
        Typed::new(Term::Param { number: position, name: Label(None) }, Type::Opaque)
    }

    /// A name that is no column: an argument of the routine or a field of one, or the VALUE of a domain
    /// (`sql_fn_post_column_ref()`).
    pub(super) fn argument(&mut self, parts: &[String]) -> Option<Typed> {
        match (self.scope.around, parts) {
            (Around::Domain(below), [name]) if name == "value" => {
                Some(Typed::new(Term::SqlValue("VALUE".to_owned()), Type::Known(below.clone())))
            }
            (Around::Arguments { routine, .. }, [owner, name, rest @ ..])
                if routine.is_some_and(|routine| *routine == owner.as_str()) && rest.len() < 2 =>
            {
                let own = self.argument_called(name);
                match rest {
                    [] => own.or_else(|| self.field_of_argument(owner, name)),
                    [field, ..] => self.field_of_argument(name, field),
                }
            }
            (Around::Arguments { .. }, [name]) => self.argument_called(name),
            (Around::Arguments { .. }, [name, field]) => self.field_of_argument(name, field),
            _ => None,
        }
    }

    fn argument_called(&mut self, name: &str) -> Option<Typed> {
        let Around::Arguments { args, .. } = self.scope.around else { return None };
        let position = args.iter().position(|arg| arg.name == name)?;
        Some(self.parameter(i32::try_from(position + 1).ok()?))
    }

    fn field_of_argument(&mut self, name: &str, field: &str) -> Option<Typed> {
        let row = self.argument_called(name)?;
        let is_there = match &row.of {
            Type::Known(of) => self.scope.attributes(of).is_none_or(|all| all.iter().any(|(name, _)| name == field)),
            Type::Literal | Type::Opaque => true,
        };
        is_there.then(|| self.field(row, &Ident::from(field)))
    }
}
