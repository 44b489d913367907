//! What is known of types: the questions that `lsyscache.c` and `parse_type.c` answer.

use std::collections::BTreeMap;

use super::Scope;
use crate::catalog::kind::Facts;
use crate::catalog::meaning::{CastContext, CastMeaning, Meaning, TypeMeaning, TypeSort};
use crate::catalog::{Class, ObjectId};
use crate::library::Library;
use crate::sql::{Ident, QualifiedName, TypeName};

/// What is known of the type of an expression.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Type {
    Known(TypeName),
    /// A string literal or NULL that takes the type of its context (`unknown`).
    Literal,
    /// Something that could not be looked up: what it is coerced to cannot be told.
    Opaque,
}

impl Type {
    pub(super) fn known(&self) -> Option<&TypeName> {
        match self {
            Self::Known(name) => Some(name),
            Self::Literal | Self::Opaque => None,
        }
    }

    pub(super) fn builtin(name: &str) -> Self {
        Self::Known(TypeName::builtin(name))
    }

    /// The type without its modifier.
    pub(super) fn base(&self) -> Self {
        match self {
            Self::Known(name) => Self::Known(name.base()),
            Self::Literal | Self::Opaque => self.clone(),
        }
    }
}

/// Whether it is that built-in type, whatever its modifier.
pub(super) fn is(of: &TypeName, name: &str) -> bool {
    of.name.schema.is_none() && !of.array && of.name.name == name
}

/// How a value of one type becomes one of another (`CoercionPathType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pathway {
    /// Nothing is computed.
    Relabel,
    /// A text is written and read again.
    Text,
    /// The function that `pg_cast` names.
    Function,
    Elements,
}

impl<'a> Scope<'a> {
    pub(super) fn library(&self) -> &'static Library {
        Library::of(self.catalog.version)
    }

    /// Those of these schemas that may hold something of a name. Most names are the server's own, and of those no schema
    /// has to be asked but the one that is the server's too.
    pub(super) fn schemas_with<'s>(&self, name: &Ident, schemas: &'s [Ident]) -> impl Iterator<Item = &'s Ident> {
        let is_called = self.catalog.has_called(name);
        schemas.iter().filter(move |schema| is_called || **schema == "information_schema")
    }

    /// What is known of a type that the schema makes, and is no array.
    pub(super) fn facts_of_type(&self, of: &TypeName) -> Option<&'a Facts> {
        let schema = of.name.schema.as_ref().filter(|_| !of.array)?;
        self.catalog.facts(&ObjectId::in_schema(Class::Type, schema, &of.name.name))
    }

    /// The row of `pg_type` of what is neither an array nor an enum nor the row of a table.
    pub(super) fn meaning(&self, of: &TypeName) -> Option<&'a TypeMeaning> {
        if of.array {
            return None;
        }
        let Some(schema) = &of.name.schema else { return self.library().data_type(of.name.name.as_str()) };
        if self.schema_of_user(&of.name).is_none() {
            return self.library().data_type(&format!("{}.{}", schema.as_str(), of.name.name.as_str()));
        }
        let id = ObjectId::in_schema(Class::Type, schema, &of.name.name);
        match self.catalog.meaning(&id)? {
            Meaning::Type(meaning) => Some(meaning),
            Meaning::Unknown | Meaning::Call(_) | Meaning::Columns(_) | Meaning::Cast(_) => None,
        }
    }

    fn sort(&self, of: &TypeName) -> Option<&'a TypeSort> {
        self.meaning(of).map(|meaning| &meaning.sort)
    }

    /// Whether enough is known of a type to tell what becomes of its values.
    pub(super) fn is_understood(&self, of: &TypeName) -> bool {
        let element = of.element();
        self.meaning(&element).is_some() || self.is_enum(&element) || self.is_complex(&element)
    }

    pub(super) fn is_enum(&self, of: &TypeName) -> bool {
        matches!(self.facts_of_type(of), Some(Facts::Enum(_))) || matches!(self.sort(of), Some(TypeSort::Enum))
    }

    /// `getBaseTypeAndTypmod()`: what a domain stands on; any other type is its own.
    pub(super) fn base_type(&self, of: &TypeName) -> TypeName {
        let mut name = of.clone();
        while let Some(TypeSort::Domain(below)) = self.sort(&name) {
            name = below.clone();
        }
        name
    }

    pub(super) fn is_domain(&self, of: &TypeName) -> bool {
        matches!(self.sort(of), Some(TypeSort::Domain(_)))
    }

    /// `getBaseType()` without the modifier.
    pub(super) fn plain(&self, of: &TypeName) -> TypeName {
        if self.is_domain(of) { self.base_type(of).base() } else { of.base() }
    }

    /// `get_element_type()`, with the modifier that the elements share with the array.
    pub(super) fn element_of(&self, of: &TypeName) -> Option<TypeName> {
        if of.array {
            return Some(of.element());
        }
        // These two are arrays by another name.
        if is(of, "int2vector") || is(of, "oidvector") {
            return self.meaning(of)?.element.clone();
        }
        None
    }

    /// What a subscript of it gives.
    pub(super) fn subscripted(&self, of: &TypeName) -> Option<TypeName> {
        self.element_of(of).or_else(|| self.meaning(of)?.element.clone())
    }

    /// `TypeCategory()`
    pub(super) fn category(&self, of: &TypeName) -> char {
        if of.array {
            'A'
        } else if self.is_domain(of) {
            self.category(&self.base_type(of))
        } else if let Some(meaning) = self.meaning(of) {
            meaning.category
        } else if self.is_enum(of) {
            'E'
        } else if self.is_complex(of) {
            'C'
        } else {
            'U'
        }
    }

    /// `IsPreferredType()`, but for the category.
    pub(super) fn is_preferred(&self, of: &TypeName) -> bool {
        self.meaning(of).is_some_and(|meaning| meaning.preferred)
    }

    /// `type_is_collatable()`
    pub(super) fn is_collatable(&self, of: &TypeName) -> bool {
        let of = of.element();
        if self.is_domain(&of) {
            return self.is_collatable(&self.base_type(&of));
        }
        self.meaning(&of).is_some_and(|meaning| meaning.collatable)
    }

    /// What it is a range of.
    pub(super) fn range_subtype(&self, of: &TypeName) -> Option<TypeName> {
        match self.sort(of)? {
            TypeSort::Range { subtype, .. } => Some(subtype.clone()),
            TypeSort::Base
            | TypeSort::Composite(_)
            | TypeSort::Domain(_)
            | TypeSort::Enum
            | TypeSort::Multirange(_)
            | TypeSort::Pseudo => None,
        }
    }

    /// The type of several such ranges.
    pub(super) fn multirange_of(&self, of: &TypeName) -> Option<TypeName> {
        match self.sort(of)? {
            TypeSort::Range { multirange, .. } => multirange.clone().map(named),
            _ => None,
        }
    }

    /// The range type of a multirange type.
    pub(super) fn range_of(&self, of: &TypeName) -> Option<TypeName> {
        match self.sort(of)? {
            TypeSort::Multirange(range) => Some(named(range.clone())),
            _ => None,
        }
    }

    /// `ISCOMPLEX()`: whether a value has named attributes.
    pub(super) fn is_complex(&self, of: &TypeName) -> bool {
        if of.array {
            return false;
        }
        matches!(self.sort(of), Some(TypeSort::Composite(_)))
            || (self.meaning(of).is_none() && self.relation_columns(&of.name).is_some())
    }

    /// The attributes of a composite type, or of a row of a table.
    pub(super) fn attributes(&self, of: &TypeName) -> Option<Vec<(Ident, Type)>> {
        let of = &self.plain(of);
        match self.sort(of) {
            Some(TypeSort::Composite(attributes)) => {
                Some(attributes.iter().map(|(name, of)| (name.clone(), Type::Known(of.clone()))).collect())
            }
            _ if of.array => None,
            _ => self.relation_columns(&of.name),
        }
    }

    /// The schema of what is not the server's own.
    pub(super) fn schema_of_user<'n>(&self, name: &'n QualifiedName) -> Option<&'n Ident> {
        name.schema.as_ref().filter(|schema| **schema != "information_schema")
    }

    /// The columns of a relation, in their order; none where they are not known.
    pub(super) fn relation_columns(&self, relation: &QualifiedName) -> Option<Vec<(Ident, Type)>> {
        let Some(schema) = self.schema_of_user(relation) else {
            let schema = relation.schema.as_ref().map_or("pg_catalog", Ident::as_str);
            let columns = self.library().relation(schema, relation.name.as_str())?;
            return Some(columns.into_iter().map(|(name, of)| (name, Type::Known(of))).collect());
        };
        let id = ObjectId::in_schema(Class::Relation, schema, &relation.name);
        if self.catalog.unmodelled.contains_key(&id) || matches!(self.catalog.facts(&id), Some(Facts::Sequence(_))) {
            let columns = self.catalog.columns_of(&id)?;
            return Some(columns.into_iter().map(|(name, of)| (name, Type::Known(of))).collect());
        }
        let mut columns: Vec<(Ident, Type)> = self
            .catalog
            .parts(&id, Class::Column)
            .map(|(column, object)| {
                let data_type = match &object.facts {
                    Facts::Column(facts) => facts.data_type.get(),
                    _ => None,
                };
                (column.name().clone(), data_type.map_or(Type::Opaque, |name| Type::Known(name.clone())))
            })
            .collect();
        if let Some(order) = self.catalog.facts(&id).and_then(Facts::column_order) {
            let place: BTreeMap<&Ident, usize> = order.iter().enumerate().map(|(place, name)| (name, place)).collect();
            columns.sort_by_key(|(name, _)| place.get(name).copied());
        }
        (!columns.is_empty() || self.catalog.objects.contains_key(&id)).then_some(columns)
    }

    /// `find_coercion_pathway()`
    pub(super) fn pathway(&self, from: &TypeName, to: &TypeName, context: CastContext) -> Option<Pathway> {
        let (from, to) = (self.plain(from), self.plain(to));
        if from == to {
            return Some(Pathway::Relabel);
        }
        if let Some(cast) = self.cast_between(&from, &to) {
            let how = if cast.binary { Pathway::Relabel } else { Pathway::Function };
            return (cast.context <= context).then_some(how);
        }
        if !is(&to, "oidvector")
            && !is(&to, "int2vector")
            && let (Some(from), Some(to)) = (self.element_of(&from), self.element_of(&to))
            && self.pathway(&from, &to, context).is_some()
        {
            return Some(Pathway::Elements);
        }
        // Everything can be stored as a string, and any string be read as something.
        let becomes_text = context >= CastContext::Assignment && self.category(&to) == 'S';
        let is_read = context >= CastContext::Explicit && self.category(&from) == 'S';
        (becomes_text || is_read).then_some(Pathway::Text)
    }

    /// `IsBinaryCoercible()`
    pub(super) fn is_binary_coercible(&self, from: &TypeName, to: &TypeName) -> bool {
        let (given, to) = (from.base(), to.base());
        let from = self.plain(&given);
        if given == to || from == to || is(&to, "any") || is(&to, "anyelement") {
            return true;
        }
        let is_such = match to.name.name.as_str() {
            "anyarray" | "anycompatiblearray" => self.element_of(&from).is_some(),
            "anyenum" => self.is_enum(&from),
            "anyrange" | "anycompatiblerange" => self.range_subtype(&from).is_some(),
            "anymultirange" | "anycompatiblemultirange" => self.range_of(&from).is_some(),
            "record" if to.array => from.array && self.is_complex(&from.element()),
            "record" => self.is_complex(&from),
            _ => false,
        };
        let is_pseudo = to.name.schema.is_none() && is_such;
        let cast = self.cast_between(&from, &to);
        is_pseudo || cast.is_some_and(|cast| cast.binary && cast.context == CastContext::Implicit)
    }

    /// The row of `pg_cast`.
    pub(super) fn cast_between(&self, from: &TypeName, to: &TypeName) -> Option<CastMeaning> {
        if from.name.schema.is_none()
            && to.name.schema.is_none()
            && let Some(cast) = self.library().cast(from, to)
        {
            return Some(cast);
        }
        if !self.catalog.has_any(Class::Cast) {
            return None;
        }
        match self.catalog.meaning(&ObjectId::cast(from, to))? {
            Meaning::Cast(cast) => Some(*cast),
            Meaning::Unknown | Meaning::Type(_) | Meaning::Call(_) | Meaning::Columns(_) => None,
        }
    }

    /// `can_coerce_type()` for one value, but for polymorphic types.
    pub(super) fn can_coerce(&self, from: &TypeName, to: &TypeName, context: CastContext) -> bool {
        self.pathway(from, to, context).is_some()
            || (is(to, "record") && self.is_complex(&self.plain(from)))
            || (is(from, "record") && self.is_complex(&self.plain(to)))
            || (to.array && is(&to.element(), "record") && from.array && self.is_complex(&from.element()))
    }

    /// `select_common_type()`. `None` where there is none, or it cannot be told.
    pub(super) fn common_type(&self, types: &[Type]) -> Option<TypeName> {
        if types.contains(&Type::Opaque) {
            return None;
        }
        // Only so can it be a domain.
        if let Some(Type::Known(first)) = types.first() {
            let first = first.base();
            if types.iter().all(|of| of.known().is_some_and(|of| of.base() == first)) {
                return Some(first);
            }
        }
        let mut chosen: Option<TypeName> = None;
        for name in types.iter().filter_map(Type::known).map(|name| self.plain(name)) {
            match &chosen {
                None => chosen = Some(name),
                Some(current) if *current == name => {}
                Some(current) if self.category(current) != self.category(&name) => return None,
                Some(current) => {
                    let implicitly = |from: &TypeName, to: &TypeName| self.can_coerce(from, to, CastContext::Implicit);
                    if !self.is_preferred(current) && implicitly(current, &name) && !implicitly(&name, current) {
                        chosen = Some(name);
                    }
                }
            }
        }
        Some(chosen.unwrap_or_else(|| TypeName::builtin("text")))
    }

    /// The same, where each value can become it (`verify_common_type()`).
    pub(super) fn verified_common_type(&self, types: &[Type]) -> Option<TypeName> {
        let common = self.common_type(types)?;
        let fits = |of: &Type| of.known().is_none_or(|of| self.can_coerce(of, &common, CastContext::Implicit));
        types.iter().all(fits).then_some(common)
    }
}

fn named(name: QualifiedName) -> TypeName {
    TypeName { name, ..TypeName::default() }
}
