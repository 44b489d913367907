//! Whether two trees could mean the same, if only one knew what their names stand for.

use super::walk::Names;
use super::{Column, Item, Place, Term, Tree};
use crate::sql::{Ident, QualifiedName, TypeName};

/// A constant, and the type that it was read as.
type Constant = (Option<String>, TypeName);

impl Tree {
    /// Whether two trees are the same but for casts, qualification and what hangs on the types of
    /// names that were not found; or one holds syntax that is not understood, which could be anything.
    pub fn could_equal(&self, other: &Self) -> bool {
        let (one, two) = (erased(self), erased(other));
        let is_unread = |of: &TypeName| {
            let says = |what: &String| what.ends_with(&format!("of type {of}")) && what.starts_with("the value ");
            self.unresolved.iter().chain(&other.unresolved).any(says)
        };
        one.is_opaque
            || two.is_opaque
            || (one.root == two.root && could_be_equal(&one.constants, &two.constants, &is_unread))
    }
}

/// What is left of a tree without all that depends on types.
struct Erased {
    root: Term,
    constants: Vec<Constant>,
    is_opaque: bool,
}

fn erased(tree: &Tree) -> Erased {
    let mut root = tree.shown.as_deref().unwrap_or(&tree.root).clone();
    let mut eraser = Eraser { constants: Vec::new(), is_opaque: false };
    root.visit(&mut eraser);
    Erased { root, constants: eraser.constants, is_opaque: eraser.is_opaque }
}

/// A literal that nothing gave a type is the same as a string of that text, and may be any value of
/// another type. Two texts of a type whose values are not understood may be one value.
fn could_be_equal(one: &[Constant], two: &[Constant], is_unread: &dyn Fn(&TypeName) -> bool) -> bool {
    let is_string = |of: &TypeName| ["text", "varchar", "bpchar", "name"].iter().any(|name| of.is_builtin(name));
    let is_open = |(_, of): &Constant| of.is_builtin("unknown");
    one.len() == two.len()
        && one.iter().zip(two).all(|(one, two)| {
            let either_is_open = is_open(one) != is_open(two);
            let reads = |constant: &Constant| !is_open(constant) && !is_string(&constant.1);
            let both_unread = one.1 == two.1 && is_unread(&one.1) && one.0.is_some() && two.0.is_some();
            one.0 == two.0
                || both_unread
                || (either_is_open && (reads(one) || reads(two)) && one.0.is_some() && two.0.is_some())
        })
}

struct Eraser {
    constants: Vec<Constant>,
    is_opaque: bool,
}

impl Names for Eraser {
    fn term(&mut self, term: &mut Term) {
        while let Term::Cast { arg, .. } = term {
            *term = std::mem::replace(arg, Term::Raw(String::new()));
        }
        let nothing = || TypeName::builtin("unknown");
        match term {
            Term::Const { value, data_type } => {
                self.constants.push((value.take(), std::mem::replace(data_type, nothing())));
            }
            Term::Column(column) => {
                *column = Column { place: NOWHERE, table: None, name: column.name.clone() };
            }
            Term::WholeRow { place, table } => (*place, *table) = (NOWHERE, None),
            Term::Op { name, .. }
            | Term::AnyArray { name, .. }
            | Term::Distinct { name, .. }
            | Term::NullIf { name, .. } => unqualify(name),
            Term::Regclass(name) => unqualify(name),
            Term::Collate { collation, .. } => unqualify(collation),
            Term::Array { of, .. } => *of = nothing(),
            Term::Func(func) => {
                unqualify(&mut func.name);
                // Arguments given one by one, or as the array that they make.
                if func.variadic && matches!(func.args.last(), Some(Term::Array { .. })) {
                    if let Some(Term::Array { elements, .. }) = func.args.pop() {
                        func.args.extend(elements);
                    }
                    func.variadic = false;
                }
            }
            // The position of an output column is all digits.
            Term::Raw(text) => self.is_opaque |= !text.bytes().all(|byte| byte.is_ascii_digit()),
            _ => {}
        }
    }

    fn relation(&mut self, name: &mut QualifiedName) {
        unqualify(name);
    }

    fn type_name(&mut self, name: &mut TypeName) {
        unqualify(&mut name.name);
    }

    fn item(&mut self, item: &mut Item) {
        item.columns = Vec::<Ident>::new();
    }
}

const NOWHERE: Place = Place { level: 0, item: 0 };

fn unqualify(name: &mut QualifiedName) {
    name.schema = None;
}
