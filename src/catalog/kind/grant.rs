//! Privileges: who may do what.

use super::{DefaultPrivileges, Kind};
use crate::catalog::{AttrValue, ObjectId, Value};
use crate::sql::{Ident, QualifiedName};

/// What a role may do with an object (an `aclitem`). Who granted it is left out, as are the rights of the owner.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// `public` is every role.
    pub grantee: Ident,
    /// In the words of GRANT, sorted, each with whether it can be passed on (WITH GRANT OPTION).
    pub privileges: Vec<(String, bool)>,
}

/// `anon: insert, select with grant option`
impl AttrValue for Grant {
    fn to_value(&self) -> Value {
        let one = |(word, grantable): &(String, bool)| format!("{word}{}", if *grantable { GRANT_OPTION } else { "" });
        let privileges: Vec<String> = self.privileges.iter().map(one).collect();
        Value::Text(format!("{}: {}", self.grantee, privileges.join(", ")))
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let expected = || "a role and its privileges, such as \"anon: select, insert\"".to_owned();
        let Value::Text(text) = value else { return Err(expected()) };
        let (grantee, privileges) = text.rsplit_once(": ").ok_or_else(expected)?;
        let grantee = QualifiedName::parse(grantee).ok_or_else(expected)?.name;
        let one = |word: &str| match word.trim().strip_suffix(GRANT_OPTION) {
            Some(word) => (word.to_lowercase(), true),
            None => (word.trim().to_lowercase(), false),
        };
        let mut privileges: Vec<(String, bool)> = privileges.split(',').map(one).collect();
        privileges.sort();
        Ok(Self { grantee, privileges })
    }
}

impl Kind {
    /// What everybody may do with something of a kind from the start (`acldefault()`).
    pub fn built_in_privileges(self) -> Vec<Grant> {
        match self {
            Self::Function | Self::Procedure | Self::Aggregate => vec![Grant::to_public("execute")],
            Self::Enum | Self::Domain | Self::Composite | Self::Range | Self::BaseType | Self::Language => {
                vec![Grant::to_public("usage")]
            }
            _ => Vec::new(),
        }
    }
}

impl DefaultPrivileges {
    /// What holds where there is no such object: those of a schema add to what holds anyway.
    pub fn built_in(id: &ObjectId) -> Vec<Grant> {
        match id.path() {
            [_, schema, sort] if schema.as_str().is_empty() => match sort.as_str() {
                "functions" => Kind::Function.built_in_privileges(),
                "types" => Kind::Enum.built_in_privileges(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}

impl Grant {
    fn to_public(word: &str) -> Self {
        Self { grantee: Ident::new("public"), privileges: vec![(word.to_owned(), false)] }
    }
}

const GRANT_OPTION: &str = " with grant option";
