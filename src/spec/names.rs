//! Names as a spec writes them: `auth.users`, `"a.b"`, `app.f(integer, text)`, `(text AS app.status)`.

use crate::catalog::coverage::Pattern;
use crate::catalog::kind::parse_call;
use crate::catalog::{Class, ObjectId};
use crate::sql::{Ident, TypeName};

/// The parts of a name: `auth.users`, `"a.b"`. A part in double quotes may hold dots.
pub fn name_parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, quoted) {
            ('"', true) if characters.peek() == Some(&'"') => {
                characters.next();
                push(&mut parts, '"');
            }
            ('"', _) => quoted = !quoted,
            ('.', false) => parts.push(String::new()),
            (other, _) => push(&mut parts, other),
        }
    }
    parts
}

/// The name of a part of a table: a dot in it parts nothing, and quotes around it are not part of it.
pub fn part_name(text: &str) -> String {
    match name_parts(text).as_slice() {
        [only] => only.clone(),
        _ => text.to_owned(),
    }
}

/// A part of a name as [`name_parts`] reads it back.
pub fn quoted(part: &str) -> String {
    format!("\"{}\"", part.replace('"', "\"\""))
}

fn push(parts: &mut [String], character: char) {
    if let Some(last) = parts.last_mut() {
        last.push(character);
    }
}

/// What a spec calls an object, before it is told in which schema that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelled {
    /// The parts of the name, as many as are written.
    pub parts: Vec<String>,
    /// The types it takes, if they are written; of a cast its source and its target.
    pub args: Option<Vec<TypeName>>,
}

/// What the name of an operator is made of.
const OPERATOR: &str = "+-*/<>=~!@#%^&|`?";

impl Spelled {
    /// Reads the name of an object of a class.
    ///
    /// # Errors
    /// What was expected instead, for people.
    pub fn parse(class: Class, text: &str) -> Result<Self, String> {
        let (name, args) = match class {
            Class::Routine | Class::Operator if text.trim_end().ends_with(')') => {
                let (name, args) = parse_call(text.trim())?;
                let name = Some(name.trim_end()).filter(|name| !name.is_empty());
                (name.ok_or("a name stands before the types that it takes")?, Some(args))
            }
            _ => (text, None),
        };
        let parts = match class {
            Class::Cast => {
                let inside = text.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text);
                let args = cast_types(inside).ok_or("a cast is written as `(source AS target)`")?;
                return Ok(Self { parts: vec![String::new()], args: Some(args) });
            }
            Class::Operator => {
                let before = name.trim_end_matches(|c: char| OPERATOR.contains(c));
                match before.strip_suffix('.') {
                    Some(schema) => name_parts(schema).into_iter().chain([name[before.len()..].to_owned()]).collect(),
                    None => vec![name.to_owned()],
                }
            }
            _ => name_parts(name),
        };
        let mut spelled = Self { parts, args };
        // What a role grants on what it makes in any schema.
        if class == Class::DefaultPrivileges && spelled.parts.len() == 2 {
            spelled.parts.insert(1, String::new());
        }
        let most = class.within().parts();
        if spelled.parts.len() > most {
            return Err(
                "this name has more parts than it can have here: one with a dot in it is written in double quotes"
                    .into(),
            );
        }
        Ok(spelled)
    }

    /// The identity, if all of the name is written.
    pub fn id(&self, class: Class) -> Option<ObjectId> {
        let path = self.parts.iter().map(|part| Ident::new(part.as_str())).collect();
        ObjectId::from_path(class, path, self.args.clone().unwrap_or_default())
    }

    /// The name in a schema, where it does not say one itself.
    pub fn in_schema(mut self, class: Class, schema: &Ident) -> Self {
        if self.parts.len() + 1 == class.within().parts() && class.has_schema() {
            self.parts.insert(0, schema.as_str().to_owned());
        }
        self
    }

    /// Whether it may stand for several names.
    pub fn is_glob(&self) -> bool {
        self.parts.iter().any(|part| Pattern::new(part.as_str()).is_glob())
    }

    /// Whether an object is one of those that the parts, as patterns, stand for. A part of a relation may leave the
    /// relation out.
    pub fn matches(&self, id: &ObjectId, schemas: &[Ident]) -> bool {
        let names = id.path();
        let missing = names.len().saturating_sub(self.parts.len());
        let in_schemas = !id.class().has_schema() || missing == 0 || schemas.contains(&names[0]);
        let fits = self.parts.len() <= names.len()
            && in_schemas
            && self.parts.iter().zip(&names[missing..]).all(|(part, name)| Pattern::new(part.as_str()).matches(name));
        fits && self.args.as_ref().is_none_or(|args| args == id.args())
    }
}

fn cast_types(text: &str) -> Option<Vec<TypeName>> {
    let at = text.to_ascii_lowercase().find(" as ")?;
    [&text[..at], &text[at + 4..]].into_iter().map(|of| TypeName::parse(of.trim()).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, parts: &[&str]) {
        assert_eq!(name_parts(name), parts);
    }

    #[test]
    fn a_part_keeps_its_dots() {
        assert_eq!(part_name("Read, e.g. this."), "Read, e.g. this.");
        assert_eq!(part_name("\"a.b\""), "a.b");
    }

    #[test]
    fn dots_part_names_unless_quoted() {
        check("users", &["users"]);
        check("auth.users", &["auth", "users"]);
        check("\"a.b\".c", &["a.b", "c"]);
        check("users.Users view own", &["users", "Users view own"]);
        check("\"say \"\"x\"\"\"", &["say \"x\""]);
    }

    #[test]
    fn calls_are_told_by_what_they_take() {
        let spelled = |class, text| Spelled::parse(class, text).map(|one| (one.parts, one.args.map(|args| args.len())));
        let parts = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
        assert_eq!(spelled(Class::Routine, "app.f(integer, numeric(10,2))"), Ok((parts(&["app", "f"]), Some(2))));
        assert_eq!(spelled(Class::Routine, "f"), Ok((parts(&["f"]), None)));
        assert_eq!(spelled(Class::Routine, "Shop.Add up(text)"), Ok((parts(&["Shop", "Add up"]), Some(1))));
        assert_eq!(spelled(Class::Operator, "app.<+>(int, int)"), Ok((parts(&["app", "<+>"]), Some(2))));
        assert_eq!(spelled(Class::Operator, "é+(int)"), Ok((parts(&["é+"]), Some(1))));
        assert_eq!(spelled(Class::Operator, "+é"), Ok((parts(&["+é"]), None)));
        assert_eq!(spelled(Class::Routine, "\"a.b(c)\" ()"), Ok((parts(&["a.b(c)"]), Some(0))));
        assert_eq!(spelled(Class::Operator, "Shop.+(text)"), Ok((parts(&["Shop", "+"]), Some(1))));
        assert_eq!(spelled(Class::Operator, "app.<-> (point)"), Ok((parts(&["app", "<->"]), Some(1))));
        assert_eq!(spelled(Class::Operator, "+"), Ok((parts(&["+"]), None)));
        assert_eq!(spelled(Class::Cast, "(text AS app.status)"), Ok((parts(&[""]), Some(2))));
        assert_eq!(spelled(Class::Cast, "text as status"), Ok((parts(&[""]), Some(2))));
        assert!(spelled(Class::Routine, "(text)").is_err());
        assert!(spelled(Class::Cast, "text").is_err() && spelled(Class::Relation, "a.b.c").is_err());
    }
}
