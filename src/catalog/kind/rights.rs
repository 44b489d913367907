//! Who owns what, and who may do what with it, whatever its kind.

use super::{Facts, Grant};
use crate::catalog::Attr;
use crate::sql::Ident;

/// Two functions that give an attribute of those kinds that have it.
macro_rules! attribute {
    ($(#[doc = $help:literal])+ $attr:ident, $attr_mut:ident: $ty:ty, $($Kind:ident)+) => {
        $(#[doc = $help])+
        pub fn $attr(&self) -> Option<&Attr<$ty>> {
            match self {
                $(Self::$Kind(facts) => Some(&facts.$attr),)+
                _ => None,
            }
        }

        pub fn $attr_mut(&mut self) -> Option<&mut Attr<$ty>> {
            match self {
                $(Self::$Kind(facts) => Some(&mut facts.$attr),)+
                _ => None,
            }
        }
    };
}

impl Facts {
    attribute! {
        /// The role that owns it, if things of its kind have one.
        owner, owner_mut: Ident,
        Schema Extension Language Enum Domain Composite Range BaseType Function Procedure Aggregate
        Operator OperatorFamily OperatorClass Collation Conversion TextSearchDictionary TextSearchConfiguration
        ForeignDataWrapper ForeignServer Sequence Table View MaterializedView ForeignTable Statistics
        EventTrigger Publication Subscription
    }

    attribute! {
        /// Who but its owner may do what with it, if things of its kind are granted.
        privileges, privileges_mut: Vec<Grant>,
        Schema Language Enum Domain Composite Range BaseType Function Procedure Aggregate
        ForeignDataWrapper ForeignServer Sequence Table View MaterializedView ForeignTable Column DefaultPrivileges
    }
}
