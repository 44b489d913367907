//! SQL text → syntax. The only room that knows the C side of the parser; it does no I/O.

pub mod encoding;
pub mod ident;
pub mod lines;
pub mod names;
pub mod parse;
pub mod places;
pub mod plain;
pub mod psql;
pub mod split;
pub mod type_name;

pub use ident::{Ident, QualifiedName};
pub use type_name::TypeName;

/// The stack on which SQL should be parsed, in bytes: the parser, its decoder and the walks over
/// its trees recurse as deep as the text nests.
pub const STACK_SIZE: usize = 256 << 20;
