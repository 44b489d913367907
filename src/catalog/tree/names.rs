//! What a tree refers to by name, and what becomes of that when something gets another name.

use std::collections::BTreeSet;

use super::{Item, Label, Names, Standing, Tree};
use crate::catalog::Class;
use crate::sql::{Ident, QualifiedName, TypeName};

/// What an expression does something by.
#[derive(Clone, Copy)]
pub enum Called<'a> {
    /// With the types of its arguments, if it was found.
    Function(&'a QualifiedName, Option<&'a [TypeName]>),
    /// With the types that it takes, where that is known.
    Operator(&'a QualifiedName, Option<&'a [TypeName]>),
    Collation(&'a QualifiedName),
}

impl Tree {
    /// The columns of tables that it reads, each with its table.
    pub fn columns(&self) -> BTreeSet<(QualifiedName, Ident)> {
        struct Columns(BTreeSet<(QualifiedName, Ident)>);
        impl Names for Columns {
            fn column(&mut self, table: &mut QualifiedName, name: &mut Ident) {
                self.0.insert((table.clone(), name.clone()));
            }
        }
        let mut found = Columns(BTreeSet::new());
        self.root.clone().visit(&mut found);
        found.0
    }

    /// The tables and views that its sub-selects read, and what it names as `regclass`.
    pub fn relations(&self) -> BTreeSet<QualifiedName> {
        struct Relations(BTreeSet<QualifiedName>);
        impl Names for Relations {
            fn relation(&mut self, name: &mut QualifiedName) {
                self.0.insert(name.clone());
            }
        }
        let mut found = Relations(BTreeSet::new());
        self.root.clone().visit(&mut found);
        found.0
    }

    /// The names of the functions that it calls.
    pub fn functions(&self) -> BTreeSet<Ident> {
        struct Functions(BTreeSet<Ident>);
        impl Names for Functions {
            fn function(&mut self, name: &mut QualifiedName, _declared: Option<&[TypeName]>) {
                self.0.insert(name.name.clone());
            }
        }
        let mut found = Functions(BTreeSet::new());
        self.root.clone().visit(&mut found);
        found.0
    }

    /// The types that it names, of whatever sort.
    pub fn types(&self) -> BTreeSet<QualifiedName> {
        struct Types(BTreeSet<QualifiedName>);
        impl Names for Types {
            fn type_name(&mut self, name: &mut TypeName) {
                self.0.insert(name.name.clone());
            }
        }
        let mut found = Types(BTreeSet::new());
        self.root.clone().visit(&mut found);
        found.0
    }

    pub fn rename_column(&mut self, relation: &QualifiedName, from: &Ident, to: &Ident) {
        struct Rename<'a>(&'a QualifiedName, &'a Ident, &'a Ident);
        impl Names for Rename<'_> {
            fn column(&mut self, table: &mut QualifiedName, name: &mut Ident) {
                if table == self.0 && name == self.1 {
                    name.clone_from(self.2);
                }
            }
        }
        self.visit(&mut Rename(relation, from, to));
    }

    /// Gives a label of an enum type another name, in single constants and in arrays of them.
    pub fn rename_label(&mut self, of: &QualifiedName, from: &str, to: &str) {
        struct Rename<'a>(&'a QualifiedName, &'a str, &'a str);
        impl Names for Rename<'_> {
            fn constant(&mut self, value: &mut String, data_type: &TypeName) {
                if data_type.name != *self.0 {
                    return;
                }
                if data_type.array {
                    *value = rename_element(value, self.1, self.2);
                } else if value == self.1 {
                    self.2.clone_into(value);
                }
            }
        }
        self.visit(&mut Rename(of, from, to));
    }

    pub fn rename_relation(&mut self, from: &QualifiedName, to: &QualifiedName) {
        struct Rename<'a>(&'a QualifiedName, &'a QualifiedName);
        impl Names for Rename<'_> {
            fn column(&mut self, table: &mut QualifiedName, _name: &mut Ident) {
                self.relation(table);
            }
            fn relation(&mut self, name: &mut QualifiedName) {
                if name == self.0 {
                    name.clone_from(self.1);
                }
            }
        }
        self.visit(&mut Rename(from, to));
        if let Standing::On(relation) | Standing::OldAndNew(relation) = &mut self.standing
            && relation == from
        {
            relation.clone_from(to);
        }
    }

    /// Gives an object that constants name another name.
    pub fn rename_object(&mut self, of: Class, from: &QualifiedName, to: &QualifiedName) {
        struct Rename<'a>(Class, &'a QualifiedName, &'a QualifiedName);
        impl Names for Rename<'_> {
            fn object(&mut self, class: Class, name: &mut QualifiedName) {
                if class == self.0 && name == self.1 {
                    name.clone_from(self.2);
                }
            }
        }
        self.visit(&mut Rename(of, from, to));
    }

    pub fn rename_type(&mut self, from: &QualifiedName, to: &QualifiedName) {
        struct Rename<'a>(&'a QualifiedName, &'a QualifiedName);
        impl Names for Rename<'_> {
            fn type_name(&mut self, name: &mut TypeName) {
                if &name.name == self.0 {
                    name.name.clone_from(self.1);
                }
            }
        }
        self.visit(&mut Rename(from, to));
    }

    /// Calls what stands in FROM as another tree does, if as much stands there: these names mean nothing outside.
    pub fn take_aliases(&mut self, other: &Self) {
        struct Aliases(Vec<Label>);
        impl Names for Aliases {
            fn item(&mut self, item: &mut Item) {
                self.0.push(item.alias.clone());
            }
        }
        struct Take(std::vec::IntoIter<Label>);
        impl Names for Take {
            fn item(&mut self, item: &mut Item) {
                if let Some(alias) = self.0.next() {
                    item.alias = alias;
                }
            }
        }
        let aliases = |tree: &Self| {
            let mut found = Aliases(Vec::new());
            tree.clone().visit(&mut found);
            found.0
        };
        let theirs = aliases(other);
        if theirs.len() == aliases(self).len() {
            self.visit(&mut Take(theirs.into_iter()));
        }
    }

    /// Gives what is called another name: functions, with the types that they are declared with, and operators.
    pub fn rename_calls(&mut self, new_name: &dyn Fn(Called<'_>) -> Option<QualifiedName>) {
        struct Rename<'a>(&'a dyn Fn(Called<'_>) -> Option<QualifiedName>);
        impl Names for Rename<'_> {
            fn function(&mut self, name: &mut QualifiedName, declared: Option<&[TypeName]>) {
                if let Some(new) = (self.0)(Called::Function(name, declared)) {
                    *name = new;
                }
            }
            fn operator(&mut self, name: &mut QualifiedName) {
                if let Some(new) = (self.0)(Called::Operator(name, None)) {
                    *name = new;
                }
            }
            fn collation(&mut self, name: &mut QualifiedName) {
                if let Some(new) = (self.0)(Called::Collation(name)) {
                    *name = new;
                }
            }
        }
        self.visit(&mut Rename(new_name));
    }

    pub(super) fn visit(&mut self, names: &mut dyn Names) {
        self.root.visit(names);
        if let Some(shown) = &mut self.shown {
            shown.visit(names);
        }
    }
}

/// An array as `array_out()` prints it, with every element `from` become `to`.
fn rename_element(array: &str, from: &str, to: &str) -> String {
    let quoted = |label: &str| format!("\"{}\"", label.replace('\\', "\\\\").replace('"', "\\\""));
    let is_plain = |label: &str| {
        let special = |c: char| c.is_whitespace() || "{}\",\\".contains(c);
        !label.is_empty() && !label.contains(special) && !label.eq_ignore_ascii_case("null")
    };
    let printed = |label: &str| if is_plain(label) { label.to_owned() } else { quoted(label) };
    let (from, to) = (printed(from), printed(to));
    let mut out = String::new();
    let mut element = String::new();
    let mut in_quotes = false;
    let mut characters = array.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                element.push(character);
                element.extend(characters.next());
                continue;
            }
            '"' => in_quotes = !in_quotes,
            '{' | '}' | ',' if !in_quotes => {
                out.push_str(if element == from { &to } else { &element });
                element.clear();
                out.push(character);
                continue;
            }
            _ => {}
        }
        element.push(character);
    }
    out.push_str(&element);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(array: &str, from: &str, to: &str, expected: &str) {
        assert_eq!(rename_element(array, from, to), expected);
    }

    #[test]
    fn a_label_is_renamed_inside_of_arrays() {
        check("{open,closed}", "open", "is open", "{\"is open\",closed}");
        check("{\"is open\",\"a\\\"b\"}", "is open", "open", "{open,\"a\\\"b\"}");
        check("{opened,open}", "open", "x", "{opened,x}");
        check("{}", "open", "x", "{}");
    }
}
