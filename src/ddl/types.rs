//! Types, and the constraints of domains.

use super::{Printer, Turn, is, list, literal, qualified, some, stated};
use crate::catalog::kind::{Alignment, BaseType, Domain, Range, RoutineName, Storage};
use crate::catalog::{Attr, Class, Expr, Facts, ObjectId};
use crate::sql::TypeName;

impl Printer<'_> {
    pub(super) fn data_type(&mut self, id: &ObjectId, facts: &Facts) {
        match facts {
            Facts::Enum(facts) => {
                let labels = list(stated(&facts.values).iter().map(|label| literal(label)));
                self.make(Turn::Type, id, format!("CREATE TYPE {id} AS ENUM ({labels})"));
            }
            Facts::Domain(domain) => self.domain(id, domain),
            Facts::Composite(composite) => {
                let one = |attribute: &crate::catalog::kind::TypeAttribute| {
                    let collation = attribute.collation.as_ref();
                    let collation =
                        collation.map_or_else(String::new, |name| format!(" COLLATE {}", qualified(&name.0)));
                    format!("{} {}{collation}", attribute.name, attribute.of)
                };
                let attributes = stated(&composite.attributes);
                self.make(Turn::Type, id, format!("CREATE TYPE {id} AS ({})", list(attributes.iter().map(one))));
                for attribute in &attributes {
                    if let Some(comment) = &attribute.comment {
                        let sql = format!("COMMENT ON COLUMN {id}.{} IS {}", attribute.name, literal(comment));
                        self.change(Turn::Comment, id, Vec::new(), sql);
                    }
                }
            }
            Facts::Range(range) => self.range(id, range),
            Facts::BaseType(base) => self.base_type(id, base),
            _ => {}
        }
    }

    fn domain(&mut self, id: &ObjectId, domain: &Domain) {
        let of = domain.data_type.get().map(TypeName::to_string).unwrap_or_default();
        let mut sql = format!("CREATE DOMAIN {id} AS {of}");
        if let Some(collation) = some(&domain.collation) {
            sql += &format!(" COLLATE {}", qualified(&collation.0));
        }
        if let Some(default) = some(&domain.default) {
            sql += &format!(" DEFAULT {}", default.text());
        }
        if domain.nullable.get() == Some(&false) {
            sql += " NOT NULL";
        }
        let checks: Vec<(ObjectId, String, bool)> = self
            .parts(id, Class::DomainConstraint)
            .filter_map(|(check_id, object)| match &object.facts {
                Facts::DomainCheck(check) => {
                    let text = check.expression.get().map_or("", Expr::text);
                    let clause = format!("CONSTRAINT {} CHECK ({text})", check_id.name());
                    Some((check_id.clone(), clause, check.validated.get() != Some(&false)))
                }
                _ => None,
            })
            .collect();
        for (_, clause, _) in checks.iter().filter(|(.., validated)| *validated) {
            sql += &format!("\n    {clause}");
        }
        self.make(Turn::Type, id, sql);
        let is_handed_on = domain.data_type.get().is_some_and(|of| self.hands_on_a_default(of));
        if is_handed_on && some(&domain.default).is_none() {
            self.change(Turn::Type, id, Vec::new(), format!("ALTER DOMAIN {id} DROP DEFAULT"));
        }
        for (check, clause, _) in checks.into_iter().filter(|(.., validated)| !validated) {
            self.make(Turn::Default, &check, format!("ALTER DOMAIN {id} ADD {clause} NOT VALID"));
        }
    }

    /// Whether what is made of a type takes over a default from it, or would from one below.
    fn hands_on_a_default(&self, of: &TypeName) -> bool {
        let schema = of.name.schema.as_ref().filter(|_| !of.array);
        let id = schema.map(|schema| ObjectId::in_schema(Class::Type, schema, &of.name.name));
        id.and_then(|id| self.catalog.get::<Domain>(&id)).is_some_and(|domain| {
            let below = domain.data_type.get();
            some(&domain.default).is_some() || below.is_some_and(|of| self.hands_on_a_default(of))
        })
    }

    fn range(&mut self, id: &ObjectId, range: &Range) {
        let mut words = vec![format!("SUBTYPE = {}", range.subtype.get().map(TypeName::to_string).unwrap_or_default())];
        words.extend(some(&range.opclass).map(|name| format!("SUBTYPE_OPCLASS = {}", qualified(name))));
        words.extend(some(&range.collation).map(|name| format!("COLLATION = {}", qualified(&name.0))));
        words.extend(some(&range.canonical).map(|name| format!("CANONICAL = {}", function(name))));
        words.extend(some(&range.subtype_diff).map(|name| format!("SUBTYPE_DIFF = {}", function(name))));
        words.extend(some(&range.multirange).map(|name| format!("MULTIRANGE_TYPE_NAME = {name}")));
        if some(&range.canonical).is_some() {
            self.shell(id);
        }
        let needs = some(&range.multirange).and_then(|of| of.name.schema.as_ref());
        let needs = needs.map(|schema| ObjectId::top(Class::Schema, schema)).into_iter().collect();
        let sql = format!("CREATE TYPE {id} AS RANGE ({});", words.join(", "));
        self.steps.push(super::Step { turn: Turn::Type, id: id.clone(), makes: true, sql, needs });
    }

    /// A type that is only announced; all it needs is its schema.
    fn shell(&mut self, id: &ObjectId) {
        let schema = ObjectId::top(Class::Schema, &id.path()[0]);
        let sql = format!("CREATE TYPE {id};");
        self.steps.push(super::Step { turn: Turn::Shell, id: schema, makes: false, sql, needs: Vec::new() });
    }

    fn base_type(&mut self, id: &ObjectId, base: &BaseType) {
        if base.defined.get() == Some(&false) {
            self.make(Turn::Shell, id, format!("CREATE TYPE {id}"));
            return;
        }
        // Its functions take and give it, and it needs them.
        self.shell(id);
        let mut words = Vec::new();
        let functions: [(&str, &Attr<Option<RoutineName>>); 8] = [
            ("INPUT", &base.input),
            ("OUTPUT", &base.output),
            ("RECEIVE", &base.receive),
            ("SEND", &base.send),
            ("TYPMOD_IN", &base.modifier_input),
            ("TYPMOD_OUT", &base.modifier_output),
            ("ANALYZE", &base.analyze),
            ("SUBSCRIPT", &base.subscript),
        ];
        words.extend(functions.iter().filter_map(|(word, attr)| Some(format!("{word} = {}", function(some(attr)?)))));
        let length = base.length.get().copied().unwrap_or(-1);
        words.push(format!("INTERNALLENGTH = {}", if length < 0 { "VARIABLE".to_owned() } else { length.to_string() }));
        words.extend(is(&base.by_value).then(|| "PASSEDBYVALUE".to_owned()));
        words.extend(base.alignment.get().map(|one: &Alignment| format!("ALIGNMENT = {}", one.word())));
        words.extend(base.storage.get().map(|one: &Storage| format!("STORAGE = {}", one.word())));
        words.extend(base.category.get().filter(|one| *one != "U").map(|one| format!("CATEGORY = {}", literal(one))));
        words.extend(is(&base.preferred).then(|| "PREFERRED = true".to_owned()));
        words.extend(some(&base.default).map(|text| format!("DEFAULT = {}", literal(text))));
        words.extend(some(&base.element).map(|of| format!("ELEMENT = {of}")));
        words.extend(base.delimiter.get().filter(|one| *one != ",").map(|one| format!("DELIMITER = {}", literal(one))));
        words.extend(is(&base.collatable).then(|| "COLLATABLE = true".to_owned()));
        self.make(Turn::Type, id, format!("CREATE TYPE {id} (\n    {}\n)", words.join(",\n    ")));
        // With an element it gets a handler by itself.
        if some(&base.element).is_some() && matches!(base.subscript.get(), Some(None)) && self.catalog.version >= 14 {
            self.change(Turn::Type, id, Vec::new(), format!("ALTER TYPE {id} SET (SUBSCRIPT = NONE)"));
        }
    }
}

/// A function where its types follow from what it is for.
pub(super) fn function(name: &RoutineName) -> String {
    qualified(&name.name)
}
