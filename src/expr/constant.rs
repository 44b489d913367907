//! Literals that have been given a type.

use super::resolve::Resolver;
use super::{types, values};
use crate::catalog::Class;
use crate::catalog::tree::{Term, Unresolved};
use crate::sql::{QualifiedName, TypeName};

impl Resolver<'_> {
    /// A constant of a type that is no domain (`coerce_type()` of an unknown literal).
    pub(super) fn literal(&mut self, value: Option<&str>, to: &TypeName) -> Term {
        let base = to.base();
        if let Some(class) = alias_class(&base)
            && let Some(text) = value.filter(|text| *text != "-" && !text.bytes().all(|b| b.is_ascii_digit()))
            && let Some(name) = QualifiedName::parse(text)
        {
            let parts: Vec<String> =
                name.schema.iter().chain([&name.name]).map(|part| part.as_str().to_owned()).collect();
            let name = self.object_name(class, &parts);
            self.check_object(class, &name);
            return Term::Object(class, name);
        }
        if let Some(text) = value {
            self.check_literal(text, &base);
        }
        // The fields of an interval are part of reading it.
        let data_type = if types::is(to, "interval") { to.clone() } else { base };
        let value = value.map(|text| {
            self.canonical(text, &data_type, 0).unwrap_or_else(|| {
                self.note_what(Unresolved::Value { text: text.to_owned(), data_type: data_type.clone() });
                text.to_owned()
            })
        });
        Term::Const { value, data_type }
    }

    /// The text as a server prints what it has stored, where that can be told.
    fn canonical(&self, text: &str, of: &TypeName, depth: usize) -> Option<String> {
        if of.name.schema.is_none() {
            return values::canonical(text, of, self.scope.catalog.version);
        }
        if of.array {
            let element = of.element();
            return values::array(text, ',', &|text| self.attribute(text, &element, depth));
        }
        // They print what they read.
        if self.scope.is_enum(of) || self.scope.category(of) == 'S' {
            return Some(text.to_owned());
        }
        let attributes = self.scope.is_complex(of).then(|| self.scope.attributes(of))?.filter(|_| depth < MAX_DEPTH)?;
        values::record(text, attributes.len(), &|place, text| self.attribute(text, attributes[place].1.known()?, depth))
    }

    /// The same for a part of it. Lengths are part of reading that, and of most types not known here.
    fn attribute(&self, text: &str, of: &TypeName, depth: usize) -> Option<String> {
        let of = self.scope.base_type(of);
        let fits = match of.typmod.as_slice() {
            [] => true,
            [length] if types::is(&of, "varchar") => length.parse().is_ok_and(|most| text.chars().count() <= most),
            _ => types::is(&of, "interval"),
        };
        let value = self.canonical(text, &of, depth + 1).filter(|_| fits)?;
        Some(if of.is_builtin("bool") { value[..1].to_owned() } else { value })
    }
}

/// What constants of that type name (`find_expr_references_walker()`).
fn alias_class(of: &TypeName) -> Option<Class> {
    match of.name.name.as_str() {
        _ if of.array || of.name.schema.is_some() => None,
        "regclass" => Some(Class::Relation),
        "regconfig" => Some(Class::TextSearchConfiguration),
        "regdictionary" => Some(Class::TextSearchDictionary),
        _ => None,
    }
}

/// Rows that stand in rows deeper than this are left alone.
const MAX_DEPTH: usize = 20;
