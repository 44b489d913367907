//! Literals that have been given a type.

use super::resolve::Resolver;
use super::types::Type;
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
        // The fields of an interval are part of reading it.
        let data_type = if types::is(to, "interval") { to.clone() } else { base };
        let value = value.map(|text| {
            self.canonical(text, &data_type).unwrap_or_else(|| {
                self.note(format!("the value '{text}' of type {data_type}"));
                text.to_owned()
            })
        });
        Term::Const { value, data_type }
    }

    /// The text as a server prints what it has stored, where that can be told.
    fn canonical(&self, text: &str, of: &TypeName) -> Option<String> {
        if of.name.schema.is_none() {
            return values::canonical(text, of, self.scope.catalog.version);
        }
        let element = of.element();
        if self.scope.is_enum(&element) || self.scope.category(&element) == 'S' {
            return values::verbatim(text, of.array);
        }
        // A length would be applied to the field as it is read.
        let plain = |(_, of): (_, Type)| of.known().filter(|of| of.typmod.is_empty()).cloned();
        let fields: Vec<TypeName> = self.scope.attributes(&element)?.into_iter().map(plain).collect::<Option<_>>()?;
        let field = |position: usize, text: &str| {
            let of = self.scope.base_type(&fields[position]);
            let value = self.canonical(text, &of)?;
            // `boolout()`
            Some(if of.is_builtin("bool") { value[..1].to_owned() } else { value })
        };
        values::row(text, fields.len(), of.array, &field)
    }
}
