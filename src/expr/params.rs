//! The names that only some places know: the arguments of a routine, the VALUE of a domain.

use super::Around;
use super::resolve::{Resolver, Typed};
use super::types::Type;
use crate::catalog::tree::{Label, Term};

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

    /// A name that is no column: an argument of the routine, or the VALUE of a domain.
    pub(super) fn argument(&mut self, parts: &[String]) -> Option<Typed> {
        match (self.scope.around, parts) {
            (Around::Domain(below), [name]) if name == "value" => {
                Some(Typed::new(Term::SqlValue("VALUE".to_owned()), Type::Known(below.clone())))
            }
            (Around::Arguments { routine, args }, [owner @ .., name]) if owner.len() < 2 => {
                let is_own =
                    owner.first().is_none_or(|owner| routine.is_some_and(|routine| *routine == owner.as_str()));
                let position = args.iter().position(|arg| arg.name == name.as_str()).filter(|_| is_own)?;
                Some(self.parameter(i32::try_from(position + 1).ok()?))
            }
            _ => None,
        }
    }
}
