//! The kinds of objects: one file each, every attribute declared once. The diff, the JSON form,
//! the spec's mapping form and the documentation are all derived from these declarations.

mod check;
mod column;
#[path = "enum.rs"]
mod enum_type;
mod extension;
mod foreign_key;
mod index;
mod policy;
mod primary_key;
mod schema;
mod table;
mod unique;
mod words;

pub use check::Check;
pub use column::{Column, Generated, GeneratedKind, Identity};
pub use enum_type::Enum;
pub use extension::Extension;
pub use foreign_key::{FkAction, FkMatch, ForeignKey, References};
pub use index::{Index, IndexKey, KeyTerm};
pub use policy::{Policy, PolicyCommand, PolicyType};
pub use primary_key::PrimaryKey;
pub use schema::Schema;
pub use table::{Persistence, RowSecurity, Table};
pub use unique::Unique;

use super::{Attr, AttrValue, Class, Origin, Value, Visitor};

/// The declaration of one attribute.
#[derive(Debug, PartialEq, Eq)]
pub struct AttrDef {
    /// The word that specs, codes and JSON use.
    pub name: &'static str,
    pub help: &'static str,
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
    /// Says of an attribute that it is stated there.
    fn restate(&mut self, name: &str, origin: &Origin);
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
            fn restate(&mut self, name: &str, origin: &$crate::catalog::Origin) {
                match name {
                    $($crate::catalog::kind::attr_name!($attr $($name)?) => {
                        if let $crate::catalog::Attr::Is(_, place) = &mut self.$attr { *place = origin.clone(); }
                    })+
                    _ => {}
                }
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
                match self { $(Self::$Kind => Facts::$Kind($Kind::default())),+ }
            }
        }

        /// What is stated of an object.
        #[derive(Clone, Debug)]
        pub enum Facts { $($Kind($Kind)),+ }

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

            pub fn restate(&mut self, name: &str, origin: &Origin) {
                match self { $(Self::$Kind(facts) => facts.restate(name, origin)),+ }
            }

            /// Takes over all that `later` states; one of another kind replaces the whole.
            pub fn overlay(&mut self, later: Self) {
                match (self, later) {
                    $((Self::$Kind(facts), Self::$Kind(later)) => facts.overlay(later),)+
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
                Self::$Kind(facts)
            }
        })+
    };
}

pub(crate) use {attr_name, kind};

register! {
    Schema = "schema" in Schema, "schema";
    Extension = "extension" in Extension, "extension";
    Enum = "enum" in Type, "enum type";
    Table = "table" in Relation, "table";
    Column = "column" in Column, "column";
    PrimaryKey = "primary_key" in Constraint, "primary key";
    Unique = "unique" in Constraint, "unique constraint";
    Check = "check" in Constraint, "check constraint";
    ForeignKey = "foreign_key" in Constraint, "foreign key";
    Index = "index" in Index, "index";
    Policy = "policy" in Policy, "policy";
}

fn stated<T: AttrValue>(attr: &Attr<T>) -> Option<(Value, &Origin)> {
    match attr {
        Attr::Unstated => None,
        Attr::Is(value, origin) => Some((value.to_value(), origin)),
    }
}
