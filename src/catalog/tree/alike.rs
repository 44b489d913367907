//! Whether two trees could mean the same, if only one knew what their names stand for.

use super::walk::Names;
use super::{Column, Item, Place, Target, Term, Tree, Unresolved};
use crate::sql::{Ident, QualifiedName, TypeName};

impl Tree {
    /// Whether two trees that differ do so in nothing but casts, qualification and what hangs on the types
    /// of names that were not found. Syntax that is not understood can be whatever stands in its place.
    pub fn could_equal(&self, other: &Self) -> bool {
        if self.unresolved.is_empty() && other.unresolved.is_empty() {
            return false;
        }
        let (mut one, mut two) = (self.uncoerced().clone(), other.uncoerced().clone());
        if has_star(&mut one) || has_star(&mut two) {
            // Which columns that gives is what is not known.
            one.visit(&mut WithoutTargets);
            two.visit(&mut WithoutTargets);
        }
        let values = self.unresolved.iter().chain(&other.unresolved);
        let unread = values.filter_map(|what| match what {
            Unresolved::Value { data_type, .. } => Some(data_type.clone()),
            Unresolved::Name(..) | Unresolved::Syntax(_) => None,
        });
        Alike { unread: unread.collect() }.terms(one, two)
    }
}

struct Alike {
    /// The types whose texts are not understood.
    unread: Vec<TypeName>,
}

impl Alike {
    fn terms(&self, mut one: Term, mut two: Term) -> bool {
        for term in [&mut one, &mut two] {
            erase(term);
        }
        match (&one, &two) {
            _ if is_open(&one) || is_open(&two) => true,
            (Term::Const { value, data_type }, Term::Const { value: other, data_type: other_type }) => {
                self.constants((value.as_deref(), data_type), (other.as_deref(), other_type))
            }
            _ => {
                let (parts, others) = (parts_taken(&mut one), parts_taken(&mut two));
                let has_star = parts.iter().chain(&others).any(|part| matches!(part, Term::Star(_)));
                one == two
                    && parts.len() == others.len()
                    && parts.into_iter().zip(others).all(|(part, other)| self.terms(part, other))
                    || has_star
            }
        }
    }

    /// A literal that nothing gave a type is the same as a string of that text, and may be any value of
    /// another type. Two texts of a type whose values are not understood may be one value.
    fn constants(&self, one: (Option<&str>, &TypeName), two: (Option<&str>, &TypeName)) -> bool {
        if one.0 == two.0 {
            return true;
        }
        let is_string = |of: &TypeName| ["text", "varchar", "bpchar", "name"].iter().any(|name| of.is_builtin(name));
        let has_no_type = |of: &TypeName| of.is_builtin("unknown");
        let is_read = |of: &TypeName| !has_no_type(of) && !is_string(of);
        let both_unread = one.1 == two.1 && self.unread.contains(one.1);
        let one_unread = has_no_type(one.1) != has_no_type(two.1) && (is_read(one.1) || is_read(two.1));
        one.0.is_some() && two.0.is_some() && (both_unread || one_unread)
    }
}

/// Whether it can be anything. The position of an output column is all digits.
fn is_open(term: &Term) -> bool {
    matches!(term, Term::Raw(text) if !text.is_empty() && !text.bytes().all(|byte| byte.is_ascii_digit()))
}

fn has_star(term: &mut Term) -> bool {
    struct Finder(bool);
    impl Names for Finder {
        fn term(&mut self, term: &mut Term) {
            self.0 |= matches!(term, Term::Star(_));
        }
    }
    let mut finder = Finder(false);
    term.visit(&mut finder);
    finder.0
}

struct WithoutTargets;

impl Names for WithoutTargets {
    fn targets(&mut self, targets: &mut Vec<Target>) {
        targets.clear();
    }
}

/// The terms directly in a term, which keeps a hole in the place of each. The names that stand in it by
/// themselves lose what depends on types.
fn parts_taken(term: &mut Term) -> Vec<Term> {
    struct Taker {
        is_within: bool,
        parts: Vec<Term>,
    }
    impl Names for Taker {
        fn term(&mut self, term: &mut Term) {
            if std::mem::replace(&mut self.is_within, true) {
                self.parts.push(std::mem::replace(term, Term::Raw(String::new())));
            }
        }

        fn function(&mut self, name: &mut QualifiedName, _declared: Option<&[TypeName]>) {
            unqualify(name);
        }

        fn operator(&mut self, name: &mut QualifiedName) {
            unqualify(name);
        }

        fn collation(&mut self, name: &mut QualifiedName) {
            unqualify(name);
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
    let mut taker = Taker { is_within: false, parts: Vec::new() };
    term.visit(&mut taker);
    taker.parts
}

/// Takes away what depends on types: casts above all.
fn erase(term: &mut Term) {
    while let Term::Cast { arg, .. } = term {
        *term = std::mem::replace(arg, Term::Raw(String::new()));
    }
    match term {
        Term::Column(column) => *column = Column { place: NOWHERE, table: None, name: column.name.clone() },
        Term::WholeRow { place, table } => (*place, *table) = (NOWHERE, None),
        Term::Array { of, .. } => *of = TypeName::builtin("unknown"),
        Term::Func(func) => {
            func.declared = None;
            // Arguments given one by one, or as the array that they make.
            if func.variadic && matches!(func.args.last(), Some(Term::Array { .. })) {
                if let Some(Term::Array { elements, .. }) = func.args.pop() {
                    func.args.extend(elements);
                }
                func.variadic = false;
            }
        }
        _ => {}
    }
}

const NOWHERE: Place = Place { level: 0, item: 0 };

fn unqualify(name: &mut QualifiedName) {
    name.schema = None;
}
