//! The kinds of objects: one file each, every attribute declared once. The diff, the JSON form,
//! the spec's mapping form and the documentation are all derived from these declarations.

mod access_method;
mod aggregate;
mod base_type;
mod cast;
mod check;
mod collation;
mod column;
mod composite;
mod conversion;
mod default_privileges;
mod domain;
mod domain_check;
#[path = "enum.rs"]
mod enum_type;
mod event_trigger;
mod exclusion;
mod extension;
mod foreign_key;
mod foreign_server;
mod foreign_table;
mod function;
mod index;
mod language;
mod materialized_view;
mod operator;
mod operator_class;
mod operator_family;
mod policy;
mod primary_key;
mod procedure;
mod publication;
mod range;
mod role;
mod rule;
mod schema;
mod sequence;
mod sets;
mod statistics;
mod table;
mod text_search;
mod trigger;
mod unique;
mod view;

mod grant;
mod names;
mod parameter;
mod rights;
mod words;

pub use access_method::{AccessMethod, AccessMethodType};
pub use aggregate::{Aggregate, AggregateKind, FinalModify};
pub use base_type::{Alignment, BaseType};
pub use cast::{Cast, CastContext, CastMethod};
pub use check::Check;
pub use collation::{Collation, CollationProvider};
pub use column::{Column, Compression, Generated, GeneratedKind, Identity, NotNull, Storage};
pub use composite::Composite;
pub use conversion::Conversion;
pub use default_privileges::DefaultPrivileges;
pub use domain::Domain;
pub use domain_check::DomainCheck;
pub use enum_type::Enum;
pub use event_trigger::EventTrigger;
pub use exclusion::Exclusion;
pub use extension::Extension;
pub use foreign_key::{FkAction, FkMatch, ForeignKey, References};
pub use foreign_server::{ForeignDataWrapper, ForeignServer, UserMapping};
pub use foreign_table::ForeignTable;
pub use function::{Function, Parallel, Volatility};
pub use grant::Grant;
pub use index::{Index, IndexKey, KeyTerm, partition_element};
pub use language::Language;
pub use materialized_view::MaterializedView;
pub use names::{
    CollationName, ColumnName, DictionaryName, FamilyMember, OperatorName, ParserName, RelationName, RoutineName,
    TemplateName, parse_call,
};
pub use operator::Operator;
pub use operator_class::OperatorClass;
pub use operator_family::OperatorFamily;
pub use parameter::{Parameter, ParameterMode, TypeAttribute};
pub use policy::{Policy, PolicyCommand, PolicyType};
pub use primary_key::PrimaryKey;
pub use procedure::Procedure;
pub use publication::{Publication, PublishedGenerated, PublishedTable, Subscription};
pub use range::Range;
pub use role::Role;
pub use rule::{Rule, RuleEvent};
pub use schema::Schema;
pub use sequence::Sequence;
pub use statistics::{Statistics, StatisticsKind};
pub use table::{
    BoundDatum, PartitionBound, PartitionStrategy, Persistence, ReplicaIdentity, RowSecurity, Table, bound_literal,
};
pub use text_search::{
    TextSearchConfiguration, TextSearchDictionary, TextSearchParser, TextSearchTemplate, TokenMapping,
};
pub use trigger::{Trigger, TriggerEnabled, TriggerEvent, TriggerLevel, TriggerTiming};
pub use unique::Unique;
pub use view::{CheckOption, View};

use super::shared::Shared;
use super::{Attr, AttrValue, Catalog, Class, ObjectId, Origin, Shape, Value, Visitor};
use crate::sql::Ident;

/// The declaration of one attribute.
#[derive(Debug, PartialEq, Eq)]
pub struct AttrDef {
    /// The word that specs, codes and JSON use.
    pub name: &'static str,
    pub help: &'static str,
    pub shape: Shape,
}

/// What every kind can do, derived from its declaration.
pub trait Attributes {
    fn definitions() -> &'static [AttrDef]
    where
        Self: Sized;
    /// Each attribute and what is stated of it, in the order of declaration.
    fn attributes(&self) -> Vec<(&'static AttrDef, Option<(Value, &Origin)>)>;
    /// States an attribute by its name.
    ///
    /// # Errors
    /// What was expected instead; `None` where there is no such attribute.
    fn set(&mut self, name: &str, value: Value, origin: Origin) -> Result<(), Option<String>>;
    fn visit(&mut self, visitor: &mut dyn Visitor);
    /// Says of all that is stated that it is stated there.
    fn place(&mut self, origin: &Origin);
    /// Takes back what is stated of an attribute.
    fn unstate(&mut self, name: &str);
    /// Takes back what the other does not state.
    fn unstate_beside(&mut self, other: &Self)
    where
        Self: Sized;
    /// Whether there is no attribute that both state, and state differently.
    fn agrees(&self, other: &Self) -> bool
    where
        Self: Sized;
    /// Whether it states each attribute that the other states.
    fn states_all_of(&self, other: &Self) -> bool
    where
        Self: Sized;
    /// Says of what is stated otherwise than before, though at the same place, that it is stated here.
    fn restate_changed(&mut self, before: &Self, here: &Origin)
    where
        Self: Sized;
    /// Takes over, attribute by attribute, all that `later` states.
    fn overlay(&mut self, later: Self)
    where
        Self: Sized;
}

/// The facts of one known kind, out of [`Facts`].
pub trait FactsOf: Sized {
    fn of(facts: &Facts) -> Option<&Self>;
    fn of_mut(facts: &mut Facts) -> Option<&mut Self>;
}

/// Declares a kind: `field: Type`, or `field as "name": Type` where Rust cannot spell the name.
macro_rules! kind {
    ($(#[doc = $about:literal])+ $Kind:ident { $($(#[doc = $help:literal])+ $attr:ident $(as $name:literal)?: $ty:ty,)+ }) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, Default)]
        pub struct $Kind { $($(#[doc = $help])+ pub $attr: $crate::catalog::Attr<$ty>,)+ }

        impl $crate::catalog::kind::Attributes for $Kind {
            fn definitions() -> &'static [$crate::catalog::AttrDef] {
                &[$($crate::catalog::AttrDef {
                    name: $crate::catalog::kind::attr_name!($attr $($name)?),
                    help: concat!($($help),+),
                    shape: <$ty as $crate::catalog::AttrValue>::SHAPE,
                }),+]
            }
            fn attributes(&self) -> Vec<(&'static $crate::catalog::AttrDef, Option<($crate::catalog::Value, &$crate::catalog::Origin)>)> {
                Self::definitions().iter().zip([$($crate::catalog::kind::stated(&self.$attr)),+]).collect()
            }
            fn set(&mut self, name: &str, value: $crate::catalog::Value, origin: $crate::catalog::Origin) -> Result<(), Option<String>> {
                match name {
                    $($crate::catalog::kind::attr_name!($attr $($name)?) => {
                        self.$attr = $crate::catalog::Attr::Is($crate::catalog::AttrValue::from_value(value).map_err(Some)?, origin);
                    })+
                    _ => return Err(None),
                }
                Ok(())
            }
            fn visit(&mut self, visitor: &mut dyn $crate::catalog::Visitor) {
                $(if let Some(value) = self.$attr.get_mut() { $crate::catalog::AttrValue::visit(value, visitor); })+
            }
            fn place(&mut self, origin: &$crate::catalog::Origin) {
                $(if let $crate::catalog::Attr::Is(_, place) = &mut self.$attr { *place = origin.clone(); })+
            }
            fn unstate(&mut self, name: &str) {
                match name {
                    $($crate::catalog::kind::attr_name!($attr $($name)?) => self.$attr = $crate::catalog::Attr::Unstated,)+
                    _ => {}
                }
            }
            fn unstate_beside(&mut self, other: &Self) {
                $(if other.$attr.get().is_none() { self.$attr = $crate::catalog::Attr::Unstated; })+
            }
            fn agrees(&self, other: &Self) -> bool {
                $($crate::catalog::kind::agree(&self.$attr, &other.$attr))&&+
            }
            fn states_all_of(&self, other: &Self) -> bool {
                $((self.$attr.get().is_some() || other.$attr.get().is_none()))&&+
            }
            fn restate_changed(&mut self, before: &Self, here: &$crate::catalog::Origin) {
                $(self.$attr.restate_changed(&before.$attr, here);)+
            }
            fn overlay(&mut self, later: Self) {
                $(if later.$attr.get().is_some() { self.$attr = later.$attr; })+
            }
        }
    };
}

macro_rules! attr_name {
    ($attr:ident) => {
        stringify!($attr)
    };
    ($attr:ident $name:literal) => {
        $name
    };
}

/// Declares [`Kind`] and [`Facts`]: the only list of kinds there is.
macro_rules! register {
    ($($Kind:ident = $name:literal in $class:ident, $help:literal;)+) => {
        /// A kind of object.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind { $($Kind),+ }

        impl Kind {
            pub const ALL: &'static [Self] = &[$(Self::$Kind),+];

            /// The word that codes and JSON use.
            pub fn name(self) -> &'static str {
                match self { $(Self::$Kind => $name),+ }
            }

            /// The word that people use.
            pub fn noun(self) -> &'static str {
                match self { $(Self::$Kind => $help),+ }
            }

            pub fn class(self) -> Class {
                match self { $(Self::$Kind => Class::$class),+ }
            }

            pub fn definitions(self) -> &'static [AttrDef] {
                match self { $(Self::$Kind => $Kind::definitions()),+ }
            }

            /// An object of this kind of which nothing is stated but that it is there.
            pub fn unstated(self) -> Facts {
                match self { $(Self::$Kind => Facts::$Kind(Shared::default())),+ }
            }
        }

        /// What is stated of an object.
        #[derive(Clone, Debug)]
        pub enum Facts { $($Kind(Shared<$Kind>)),+ }

        impl Facts {
            pub fn kind(&self) -> Kind {
                match self { $(Self::$Kind(_) => Kind::$Kind),+ }
            }

            pub fn attributes(&self) -> Vec<(&'static AttrDef, Option<(Value, &Origin)>)> {
                match self { $(Self::$Kind(facts) => facts.attributes()),+ }
            }

            /// See [`Attributes::set`].
            ///
            /// # Errors
            /// What was expected instead; `None` where there is no such attribute.
            pub fn set(&mut self, name: &str, value: Value, origin: Origin) -> Result<(), Option<String>> {
                match self { $(Self::$Kind(facts) => facts.set(name, value, origin)),+ }
            }

            pub fn visit(&mut self, visitor: &mut dyn Visitor) {
                match self { $(Self::$Kind(facts) => facts.visit(visitor)),+ }
            }

            pub fn place(&mut self, origin: &Origin) {
                match self { $(Self::$Kind(facts) => facts.place(origin)),+ }
            }

            pub fn unstate(&mut self, name: &str) {
                match self { $(Self::$Kind(facts) => facts.unstate(name)),+ }
            }

            /// Takes back what another of the same kind does not state.
            pub fn unstate_beside(&mut self, other: &Self) {
                match (self, other) {
                    $((Self::$Kind(one), Self::$Kind(other)) => one.unstate_beside(other),)+
                    _ => {}
                }
            }

            /// Whether both are of one kind, and there is no attribute that both state, and state differently.
            pub fn agrees(&self, other: &Self) -> bool {
                match (self, other) {
                    $((Self::$Kind(one), Self::$Kind(other)) => one.is_same(other) || one.agrees(other),)+
                    _ => false,
                }
            }

            /// Whether both are of one kind, and this states each attribute that the other states.
            pub fn states_all_of(&self, other: &Self) -> bool {
                match (self, other) {
                    $((Self::$Kind(one), Self::$Kind(other)) => one.states_all_of(other),)+
                    _ => false,
                }
            }

            /// See [`Attributes::restate_changed`].
            pub fn restate_changed(&mut self, before: &Self, here: &Origin) {
                match (self, before) {
                    $((Self::$Kind(now), Self::$Kind(before)) => now.restate_changed(before, here),)+
                    _ => {}
                }
            }

            /// Takes over all that `later` states; one of another kind replaces the whole.
            pub fn overlay(&mut self, later: Self) {
                match (self, later) {
                    $((Self::$Kind(facts), Self::$Kind(later)) => facts.overlay(later.into_inner()),)+
                    (facts, later) => *facts = later,
                }
            }
        }

        $(impl FactsOf for $Kind {
            fn of(facts: &Facts) -> Option<&Self> {
                if let Facts::$Kind(facts) = facts { Some(facts) } else { None }
            }

            fn of_mut(facts: &mut Facts) -> Option<&mut Self> {
                if let Facts::$Kind(facts) = facts { Some(facts) } else { None }
            }
        })+

        $(impl From<$Kind> for Facts {
            fn from(facts: $Kind) -> Self {
                Self::$Kind(Shared::new(facts))
            }
        })+
    };
}

pub(crate) use {attr_name, kind};

register! {
    Schema = "schema" in Schema, "schema";
    Extension = "extension" in Extension, "extension";
    Role = "role" in Role, "role";
    Language = "language" in Language, "language";
    AccessMethod = "access_method" in AccessMethod, "access method";
    Enum = "enum" in Type, "enum type";
    Domain = "domain" in Type, "domain";
    DomainCheck = "domain_check" in DomainConstraint, "domain constraint";
    Composite = "composite" in Type, "composite type";
    Range = "range" in Type, "range type";
    BaseType = "base_type" in Type, "base type";
    Function = "function" in Routine, "function";
    Procedure = "procedure" in Routine, "procedure";
    Aggregate = "aggregate" in Routine, "aggregate";
    Operator = "operator" in Operator, "operator";
    OperatorFamily = "operator_family" in OperatorFamily, "operator family";
    OperatorClass = "operator_class" in OperatorClass, "operator class";
    Cast = "cast" in Cast, "cast";
    Collation = "collation" in Collation, "collation";
    Conversion = "conversion" in Conversion, "conversion";
    TextSearchParser = "text_search_parser" in TextSearchParser, "text search parser";
    TextSearchTemplate = "text_search_template" in TextSearchTemplate, "text search template";
    TextSearchDictionary = "text_search_dictionary" in TextSearchDictionary, "text search dictionary";
    TextSearchConfiguration = "text_search_configuration" in TextSearchConfiguration, "text search configuration";
    ForeignDataWrapper = "foreign_data_wrapper" in ForeignDataWrapper, "foreign-data wrapper";
    ForeignServer = "foreign_server" in ForeignServer, "foreign server";
    UserMapping = "user_mapping" in UserMapping, "user mapping";
    Sequence = "sequence" in Relation, "sequence";
    Table = "table" in Relation, "table";
    View = "view" in Relation, "view";
    MaterializedView = "materialized_view" in Relation, "materialized view";
    ForeignTable = "foreign_table" in Relation, "foreign table";
    Column = "column" in Column, "column";
    PrimaryKey = "primary_key" in Constraint, "primary key";
    Unique = "unique" in Constraint, "unique constraint";
    Check = "check" in Constraint, "check constraint";
    Exclusion = "exclusion" in Constraint, "exclusion constraint";
    ForeignKey = "foreign_key" in Constraint, "foreign key";
    Index = "index" in Index, "index";
    Policy = "policy" in Policy, "policy";
    Trigger = "trigger" in Trigger, "trigger";
    Rule = "rule" in Rule, "rule";
    Statistics = "statistics" in Statistics, "statistics object";
    EventTrigger = "event_trigger" in EventTrigger, "event trigger";
    Publication = "publication" in Publication, "publication";
    Subscription = "subscription" in Subscription, "subscription";
    DefaultPrivileges = "default_privileges" in DefaultPrivileges, "default privileges";
}

impl Kind {
    /// One of them, in a sentence: `an index`.
    pub fn one(self) -> String {
        let noun = self.noun();
        // The u of `unique` and `user` sounds like you.
        let article = if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        format!("{article} {noun}")
    }

    /// Whether all databases of a cluster share it, so that its being there says nothing about this one.
    pub fn is_shared(self) -> bool {
        self == Self::Role
    }

    /// Whether it is a constraint that an index of its name stands behind (`conindid`, but for foreign keys).
    pub fn stands_on_index(self) -> bool {
        matches!(self, Self::PrimaryKey | Self::Unique | Self::Exclusion)
    }
}

impl Facts {
    /// The names of a relation's columns in their order, if it has any.
    pub fn column_order(&self) -> Option<&Vec<Ident>> {
        self.column_order_attr()?.get()
    }

    fn column_order_attr(&self) -> Option<&Attr<Vec<Ident>>> {
        match self {
            Self::Table(facts) => Some(&facts.column_order),
            Self::View(facts) => Some(&facts.column_order),
            Self::MaterializedView(facts) => Some(&facts.column_order),
            Self::ForeignTable(facts) => Some(&facts.column_order),
            _ => None,
        }
    }

    pub fn column_order_mut(&mut self) -> Option<&mut Vec<Ident>> {
        match self {
            Self::Table(facts) => facts.column_order.get_mut(),
            Self::View(facts) => facts.column_order.get_mut(),
            Self::MaterializedView(facts) => facts.column_order.get_mut(),
            Self::ForeignTable(facts) => facts.column_order.get_mut(),
            _ => None,
        }
    }

    /// The tables that it inherits from, and the one that it is a partition of.
    pub fn parents(&self) -> impl Iterator<Item = &RelationName> {
        let (inherits, partition_of) = match self {
            Self::Table(table) => (table.inherits.get(), table.partition_of.get()),
            Self::ForeignTable(table) => (table.inherits.get(), table.partition_of.get()),
            _ => (None, None),
        };
        inherits.into_iter().flatten().chain(partition_of.into_iter().flatten())
    }

    /// The table that it is a partition of.
    pub fn partition_of(&self) -> Option<&RelationName> {
        match self {
            Self::Table(table) => table.partition_of.get()?.as_ref(),
            Self::ForeignTable(table) => table.partition_of.get()?.as_ref(),
            _ => None,
        }
    }

    /// Which rows it holds of the table that it is a partition of.
    pub fn partition_bound(&self) -> Option<&PartitionBound> {
        match self {
            Self::Table(table) => table.partition_bound.get()?.as_ref(),
            Self::ForeignTable(table) => table.partition_bound.get()?.as_ref(),
            _ => None,
        }
    }

    /// Makes it a partition, or none.
    pub fn set_partition_of(&mut self, of: Option<(RelationName, PartitionBound)>, origin: &Origin) {
        let (table, bound) = of.unzip();
        let (table, bound) = (Attr::Is(table, origin.clone()), Attr::Is(bound, origin.clone()));
        match self {
            Self::Table(facts) => (facts.partition_of, facts.partition_bound) = (table, bound),
            Self::ForeignTable(facts) => (facts.partition_of, facts.partition_bound) = (table, bound),
            _ => {}
        }
    }

    pub fn inherits_mut(&mut self) -> Option<&mut Attr<Vec<RelationName>>> {
        match self {
            Self::Table(table) => Some(&mut table.inherits),
            Self::ForeignTable(table) => Some(&mut table.inherits),
            _ => None,
        }
    }

    /// What it comes and goes with beside its parent: the column that owns a sequence; the table that a partition is
    /// of, and what the partition has from there.
    pub fn goes_with(&self, id: &ObjectId, catalog: &Catalog) -> Option<ObjectId> {
        let partitioned = || catalog.facts(&id.parent()?)?.partition_of()?.id();
        let derived = |from: &Attr<Option<Ident>>| Some(partitioned()?.part(id.class(), from.get()?.as_ref()?));
        match self {
            Self::Sequence(sequence) => sequence.owned_by.get()?.as_ref()?.id(),
            Self::Table(_) | Self::ForeignTable(_) => self.partition_of()?.id(),
            Self::PrimaryKey(key) => derived(&key.derived_from),
            Self::Unique(key) => derived(&key.derived_from),
            Self::Exclusion(key) => derived(&key.derived_from),
            Self::ForeignKey(key) => derived(&key.derived_from),
            Self::Index(index) => derived(&index.derived_from),
            _ => None,
        }
    }
}

fn agree<T: PartialEq>(one: &Attr<T>, other: &Attr<T>) -> bool {
    one.get().zip(other.get()).is_none_or(|(one, other)| one == other)
}

fn stated<T: AttrValue>(attr: &Attr<T>) -> Option<(Value, &Origin)> {
    match attr {
        Attr::Unstated => None,
        Attr::Is(value, origin) => Some((value.to_value(), origin)),
    }
}
