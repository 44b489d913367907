//! What access methods for indexes allow (`IndexAmRoutine`).

use crate::catalog::kind::{AccessMethod, AccessMethodType};
use crate::replay::Replay;
use crate::replay::refusal::{OBJECT_NOT_IN_PREREQUISITE_STATE, Outcome, Stop};
use crate::sql::Ident;

/// An access method for indexes.
pub(in crate::replay) struct Method {
    pub(in crate::replay) name: Ident,
    /// None where they are not known: an extension brought it.
    pub(super) traits: Option<Traits>,
}

/// What is to be known of an access method, and of how it wants its members to belong (`amadjustmembers`).
#[derive(Clone, Copy)]
pub(super) struct Traits {
    /// The handler is called after it.
    pub(super) handler: &'static str,
    /// `amstrategies`, where they have numbers of their own.
    pub(super) strategies: i32,
    /// `amsupport`
    pub(super) support: i32,
    /// `amoptsprocnum`
    pub(super) options: i32,
    /// `amstorage`
    pub(super) stores_other_types: bool,
    /// `amcanorderbyop`
    pub(super) orders_by_operators: bool,
    /// Whether it adjusts members at all.
    pub(super) adjusts: bool,
    /// Whether a member belongs to the class of its two types, which are the same; otherwise what is required does.
    pub(super) has_same_types_only: bool,
    /// The functions that a class cannot do without.
    pub(super) requires: &'static [i32],
}

const SHRT_MAX: i32 = 32767;

impl Traits {
    /// Of the method that a handler function hands out.
    fn of(handler: &str, version: u32) -> Option<Self> {
        let since = |new: u32| i32::from(version >= new);
        let traits = |handler, strategies, support, options| Self {
            handler,
            strategies,
            support,
            options,
            stores_other_types: true,
            orders_by_operators: false,
            adjusts: true,
            has_same_types_only: false,
            requires: &[],
        };
        Some(match handler {
            "bthandler" => Self {
                stores_other_types: false,
                has_same_types_only: true,
                ..traits("bthandler", 5, 5 + since(18), 5)
            },
            "hashhandler" => {
                Self { stores_other_types: false, has_same_types_only: true, ..traits("hashhandler", 1, 3, 3) }
            }
            "gisthandler" => Self {
                orders_by_operators: true,
                requires: &[1, 2, 5, 6, 7],
                ..traits("gisthandler", SHRT_MAX, 10 + since(14) + since(18), 10)
            },
            "ginhandler" => Self { requires: &[2, 3], ..traits("ginhandler", SHRT_MAX, 7, 7) },
            "spghandler" => Self {
                stores_other_types: version >= 14,
                orders_by_operators: true,
                requires: &[1, 2, 3, 4, 5],
                ..traits("spghandler", SHRT_MAX, 7, 7)
            },
            "brinhandler" => Self { adjusts: false, ..traits("brinhandler", SHRT_MAX, 15, 5) },
            _ => return None,
        })
    }
}

impl Method {
    /// Whether `opclasscmds.c` knows that it keeps an order; up to 17 it knows so of btree alone.
    pub(super) fn is_ordering(&self, version: u32) -> bool {
        self.is_handled_by("bthandler") && (version >= 18 || self.name == "btree")
    }

    pub(super) fn is_hashing(&self, version: u32) -> bool {
        self.is_handled_by("hashhandler") && (version >= 18 || self.name == "hash")
    }

    fn is_handled_by(&self, handler: &str) -> bool {
        self.traits.is_some_and(|traits| traits.handler == handler)
    }
}

impl Replay {
    /// `get_index_am_oid()`
    pub(in crate::replay) fn index_method(&self, name: &str) -> Outcome<Method> {
        let version = self.catalog().version;
        let no_index = || {
            let message = format!("access method \"{name}\" is not of type INDEX");
            Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message))
        };
        let handler = match self.access_method(name)? {
            None if name == "heap" => return no_index(),
            None if name == "btree" => "bthandler".to_owned(),
            None if name == "spgist" => "spghandler".to_owned(),
            None => format!("{name}handler"),
            Some(id) => match self.database.get::<AccessMethod>(&id) {
                Some(method) if method.method_type.get() == Some(&AccessMethodType::Table) => return no_index(),
                Some(method) => {
                    let handler = method.handler.get().filter(|handler| handler.name.schema.is_none());
                    handler.map_or_else(String::new, |handler| handler.name.name.as_str().to_owned())
                }
                None => String::new(),
            },
        };
        Ok(Method { name: Ident::new(name), traits: Traits::of(&handler, version) })
    }
}
