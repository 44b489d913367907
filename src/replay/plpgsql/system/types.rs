//! `pg_type`, `pg_enum`, and what `information_schema` says of types.

use super::{Thing, namespace_of, or_null, rows, schema_of, stated, type_value};
use crate::catalog::kind::Composite;
use crate::catalog::{Class, Facts, ObjectId};
use crate::library::Library;
use crate::replay::Replay;
use crate::replay::plpgsql::value::{Row, Value, name, number, text};
use crate::sql::{Ident, QualifiedName, TypeName, names};

/// A type as `information_schema` describes it: a domain by what is below it.
pub(super) struct Described<'a> {
    base: std::borrow::Cow<'a, TypeName>,
    pub(super) domain: Option<ObjectId>,
}

impl<'a> Described<'a> {
    pub(super) fn of(replay: &'a Replay, of: &TypeName) -> Self {
        let mut base = std::borrow::Cow::Owned(of.clone());
        let mut domain = None;
        while let Some((id, below)) = replay.below_domain(&base) {
            domain.get_or_insert(id);
            base = std::borrow::Cow::Borrowed(below);
        }
        Self { base, domain }
    }

    pub(super) fn data_type(&self) -> Value {
        if self.base.array {
            text("ARRAY")
        } else if self.base.name.schema.is_some() {
            text("USER-DEFINED")
        } else {
            text(&self.base.base().to_string())
        }
    }

    pub(super) fn udt_name(&self) -> Value {
        let name = self.base.name.name.as_str();
        Value::Text(if self.base.array { format!("_{name}") } else { name.to_owned() })
    }

    pub(super) fn udt_schema(&self) -> Value {
        self.base.name.schema.as_ref().map_or_else(|| text("pg_catalog"), name)
    }

    fn is(&self, names: &[&str]) -> bool {
        !self.base.array && names.iter().any(|name| self.base.is_builtin(name))
    }

    fn modifier(&self, at: usize) -> Value {
        let part = self.base.typmod.get(at).map(|part| part.parse());
        part.map_or(Value::Null, |part| part.map_or(Value::Unknown, Value::Number))
    }

    /// `_pg_char_max_length()`
    pub(super) fn character_length(&self) -> Value {
        if self.is(&["varchar", "bpchar"]) { self.modifier(0) } else { Value::Null }
    }

    /// `_pg_numeric_precision()`
    pub(super) fn precision(&self) -> Value {
        let fixed = [("int2", 16), ("int4", 32), ("int8", 64), ("float4", 24), ("float8", 53)];
        match fixed.iter().find(|(name, _)| self.is(&[name])) {
            Some((_, bits)) => Value::Number(*bits),
            None if self.is(&["numeric"]) => self.modifier(0),
            None => Value::Null,
        }
    }

    /// `_pg_numeric_scale()`
    pub(super) fn scale(&self) -> Value {
        match () {
            () if self.is(&["int2", "int4", "int8"]) => Value::Number(0),
            () if self.is(&["numeric"]) && self.base.typmod.len() == 1 => Value::Number(0),
            () if self.is(&["numeric"]) => self.modifier(1),
            () => Value::Null,
        }
    }

    /// `_pg_datetime_precision()`
    pub(super) fn datetime_precision(&self) -> Value {
        if self.is(&["date"]) {
            return Value::Number(0);
        }
        if self.is(&["interval"]) && !self.base.typmod.is_empty() {
            return Value::Unknown;
        }
        if !self.is(&["time", "timetz", "timestamp", "timestamptz", "interval"]) {
            return Value::Null;
        }
        match self.modifier(0) {
            Value::Null => Value::Number(6),
            value => value,
        }
    }
}

/// `atttypmod`
pub(super) fn type_modifier(of: &TypeName) -> Value {
    let parts: Option<Vec<i64>> = of.typmod.iter().map(|part| part.parse().ok()).collect();
    match parts.as_deref() {
        Some([]) => Value::Number(-1),
        Some([length]) if of.is_builtin("varchar") || of.is_builtin("bpchar") => Value::Number(length + 4),
        _ => Value::Unknown,
    }
}

impl Replay {
    /// The composite types that stand by themselves, as the relations that the server keeps for them.
    pub(super) fn composites(&self) -> impl Iterator<Item = (ObjectId, &Composite)> {
        self.catalog().objects.iter().filter_map(|(id, object)| match &object.facts {
            Facts::Composite(composite) => Some((relation_of_type(id), &**composite)),
            _ => None,
        })
    }

    fn below_domain(&self, of: &TypeName) -> Option<(ObjectId, &TypeName)> {
        let QualifiedName { schema: Some(schema), name } = &of.name else { return None };
        let id = ObjectId::in_schema(Class::Type, schema, name);
        match self.catalog().facts(&id) {
            Some(Facts::Domain(domain)) if !of.array => Some((id, domain.data_type.get()?)),
            _ => None,
        }
    }
}

fn relation_of_type(id: &ObjectId) -> ObjectId {
    ObjectId::in_schema(Class::Relation, &id.path()[0], id.name())
}

/// A row of `pg_type`.
struct Type<'a> {
    of: Thing<'a>,
    typtype: Value,
    /// It is the array of this one.
    is_array: bool,
}

impl<'a> Type<'a> {
    fn new(of: Thing<'a>, typtype: Value) -> Self {
        Self { of, typtype, is_array: false }
    }

    /// The array that comes with a type, but with no shell.
    fn array(&self) -> Option<Self> {
        let of = Thing { id: self.of.id.clone(), facts: self.of.facts };
        (self.typtype != text("p")).then(|| Self { of, typtype: text("b"), is_array: true })
    }

    /// What the model holds of it, which is nothing of an array.
    fn facts(&self) -> Option<&'a Facts> {
        self.of.facts.filter(|_| !self.is_array)
    }
}

fn array_type(of: &ObjectId) -> Value {
    match type_value(of) {
        Value::Type(of) => Value::Type(of.array_of()),
        value => value,
    }
}

/// `makeArrayTypeName()`; where that name is taken the server takes another one.
fn array_name(replay: &Replay, id: &ObjectId) -> Value {
    let name = names::make_object_name("", id.name().as_str(), "");
    let taken =
        [Class::Type, Class::Relation].map(|class| ObjectId::in_schema(class, &id.path()[0], &Ident::new(&name)));
    if taken.iter().any(|id| replay.catalog().exists(id)) { Value::Unknown } else { Value::Text(name) }
}

pub(super) fn pg_type(replay: &Replay) -> Option<Vec<Row>> {
    let own = replay.of_class(Class::Type).map(|of| {
        let typtype = match of.facts {
            Some(Facts::Enum(_)) => text("e"),
            Some(Facts::Domain(_)) => text("d"),
            Some(Facts::Composite(_)) => text("c"),
            Some(Facts::Range(_)) => text("r"),
            Some(Facts::BaseType(base)) if base.defined.get() == Some(&false) => text("p"),
            Some(_) => text("b"),
            None if replay.catalog().unmodelled.get(&of.id).is_some_and(|of| of.what == "multirange type") => text("m"),
            None => Value::Unknown,
        };
        Type::new(of, typtype)
    });
    let of_rows = replay.relations().filter(|one| one.relkind != "S");
    let of_rows = of_rows.map(|one| Type::new(one.of, text("c")));
    let own: Vec<Type<'_>> = own.chain(of_rows).collect();
    let arrays: Vec<Type<'_>> = own.iter().filter_map(Type::array).collect();
    let system = Ident::new("pg_catalog");
    let builtin = Library::of(replay.catalog().version).type_names();
    let builtin = builtin.map(|one| ObjectId::in_schema(Class::Type, &system, &one.into()));
    let builtin = builtin.map(|id| Type::new(Thing { id, facts: None }, Value::Unknown));
    rows(
        replay,
        own.into_iter().chain(arrays).chain(builtin),
        &[
            ("oid", |_, one| if one.is_array { array_type(&one.of.id) } else { type_value(&one.of.id) }),
            ("typname", |replay, one| if one.is_array { array_name(replay, &one.of.id) } else { one.of.name() }),
            ("typnamespace", |_, one| namespace_of(&one.of.id)),
            ("typowner", |_, one| one.of.owner()),
            ("typtype", |_, one| one.typtype.clone()),
            ("typrelid", |_, one| match &one.typtype {
                Value::Text(kind) if kind == "c" => Value::Object(relation_of_type(&one.of.id)),
                Value::Text(_) => Value::Number(0),
                _ => Value::Unknown,
            }),
            ("typelem", |_, one| match (&one.typtype, one.is_array) {
                (_, true) => type_value(&one.of.id),
                (Value::Unknown, _) => Value::Unknown,
                _ => Value::Number(0),
            }),
            ("typarray", |_, one| match &one.typtype {
                _ if one.is_array => Value::Number(0),
                Value::Unknown => Value::Unknown,
                Value::Text(kind) if kind == "p" => Value::Number(0),
                _ => array_type(&one.of.id),
            }),
            ("typnotnull", |_, one| match one.facts() {
                Some(Facts::Domain(domain)) => stated(&domain.nullable, |nullable| Value::Bool(!nullable)),
                _ => Value::Bool(false),
            }),
            ("typbasetype", |_, one| match (one.facts(), &one.typtype) {
                (Some(Facts::Domain(domain)), _) => stated(&domain.data_type, |of| Value::Type(of.clone())),
                (_, Value::Unknown) => Value::Unknown,
                _ => Value::Number(0),
            }),
            ("typdefault", |_, one| match one.facts() {
                Some(Facts::Domain(domain)) => or_null(&domain.default, |default| text(default.text())),
                _ => Value::Unknown,
            }),
        ],
    )
}

pub(super) fn pg_enum(replay: &Replay) -> Option<Vec<Row>> {
    let labels = replay.catalog().objects.iter().flat_map(|(id, object)| {
        let labels = match &object.facts {
            Facts::Enum(facts) => facts.values.get().map_or(&[][..], Vec::as_slice),
            _ => &[],
        };
        labels.iter().enumerate().map(move |(at, label)| (id, at + 1, label))
    });
    rows(
        replay,
        labels,
        &[
            ("enumtypid", |_, (id, ..)| type_value(id)),
            ("enumlabel", |_, (.., label)| text(label)),
            ("enumsortorder", |_, (_, at, _)| number(*at)),
        ],
    )
}

pub(super) fn domains(replay: &Replay) -> Option<Vec<Row>> {
    let domains = replay.of_class(Class::Type).filter_map(|of| match of.facts {
        Some(Facts::Domain(domain)) => {
            let described = domain.data_type.get().map(|below| Described::of(replay, below));
            Some((of, domain, described))
        }
        _ => None,
    });
    rows(
        replay,
        domains,
        &[
            ("domain_schema", |_, (of, ..)| schema_of(&of.id)),
            ("domain_name", |_, (of, ..)| of.name()),
            ("domain_default", |_, (_, domain, _)| or_null(&domain.default, |default| text(default.text()))),
            ("data_type", |_, (.., below)| below.as_ref().map_or(Value::Unknown, Described::data_type)),
            ("udt_schema", |_, (.., below)| below.as_ref().map_or(Value::Unknown, Described::udt_schema)),
            ("udt_name", |_, (.., below)| below.as_ref().map_or(Value::Unknown, Described::udt_name)),
            ("character_maximum_length", |_, (.., below)| {
                below.as_ref().map_or(Value::Unknown, Described::character_length)
            }),
            ("numeric_precision", |_, (.., below)| below.as_ref().map_or(Value::Unknown, Described::precision)),
            ("numeric_scale", |_, (.., below)| below.as_ref().map_or(Value::Unknown, Described::scale)),
        ],
    )
}
