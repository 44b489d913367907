//! Literals that have been given a type.

use super::resolve::Resolver;
use super::{types, values};
use crate::catalog::tree::Term;
use crate::sql::TypeName;

impl Resolver<'_> {
    /// A constant of a type that is no domain (`coerce_type()` of an unknown literal).
    pub(super) fn literal(&mut self, value: Option<&str>, to: &TypeName) -> Term {
        let base = to.base();
        if let Some(text) =
            value.filter(|text| base.is_builtin("regclass") && !text.bytes().all(|b| b.is_ascii_digit()))
            && let Ok(name) = TypeName::parse(text)
        {
            let parts: Vec<String> =
                name.name.schema.iter().chain([&name.name.name]).map(|part| part.as_str().to_owned()).collect();
            let name = self.relation_name(&parts);
            self.check_regclass(&name);
            return Term::Regclass(name);
        }
        if let Some(text) = value {
            self.check_literal(text, &base);
        }
        // The fields of an interval are part of reading it: a bare number counts the one that is asked for.
        let data_type = if types::is(to, "interval") { to.clone() } else { base.clone() };
        let field = data_type.typmod.first().filter(|field| !field.contains(' '));
        let text = value.map(|text| match field {
            Some(field) if text.trim().parse::<i32>().is_ok() => values::canonical(&format!("{text} {field}"), &base),
            _ => values::canonical(text, &base),
        });
        Term::Const { value: text, data_type }
    }
}
