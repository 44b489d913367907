//! What a spec says, as it was written: sections, entries, settings, each with its place.

use crate::catalog::{Kind, Origin, Value};
use crate::findings::Severity;

/// One spec, or several read as one.
#[derive(Clone, Debug, Default)]
pub struct Document {
    pub guard: Guard,
    pub schemas: Vec<Name>,
    pub extensions: Option<Section<Entry>>,
    pub types: Option<Section<Entry>>,
    pub tables: Option<Section<TableSpec>>,
    pub each: Vec<Each>,
    pub absent: Vec<Absent>,
    pub unlisted: Vec<Unlisted>,
}

/// Which database the spec may be checked against.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    pub rules: Vec<GuardRule>,
}

#[derive(Clone, Debug)]
pub struct GuardRule {
    pub key: GuardKey,
    /// Any one of these.
    pub patterns: Vec<String>,
    pub place: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardKey {
    Name,
    Host,
    NotHost,
    ServerVersion,
}

/// A name as written in the spec, with its place.
#[derive(Clone, Debug)]
pub struct Name {
    pub text: String,
    pub place: Origin,
}

/// A section lists everything of its kind; its key is the place that says so.
#[derive(Clone, Debug)]
pub struct Section<T> {
    pub place: Origin,
    pub entries: Vec<T>,
}

/// One object of a section.
#[derive(Clone, Debug)]
pub struct Entry {
    pub name: Name,
    pub form: Form,
    pub severity: Option<Severity>,
    pub note: Option<String>,
}

/// The two ways to write an object.
#[derive(Clone, Debug)]
pub enum Form {
    /// The SQL that would create it: asserts all that it means.
    Sql(Text),
    /// A mapping: asserts only the keys it states.
    Settings { kind: Kind, settings: Vec<Setting> },
}

/// A piece of SQL in a YAML file.
#[derive(Clone, Debug)]
pub struct Text {
    pub sql: String,
    pub place: Origin,
}

#[derive(Clone, Debug)]
pub struct Setting {
    pub attribute: &'static str,
    pub value: Value,
    pub place: Origin,
    /// Of an enum's values: there may be more.
    pub at_least: bool,
}

#[derive(Clone, Debug)]
pub struct TableSpec {
    pub entry: Entry,
    pub columns: Option<Section<Entry>>,
    /// Its name is empty unless the spec gives one. `None` inside: there must be none.
    pub primary_key: Option<Section<Entry>>,
    pub constraints: Option<Section<Entry>>,
    pub indexes: Option<Section<Entry>>,
    pub policies: Option<Section<Entry>>,
    pub unlisted: Vec<Unlisted>,
}

/// Assertions over every table that a pattern selects.
#[derive(Clone, Debug)]
pub struct Each {
    /// All of the entry.
    pub place: Origin,
    pub tables: Vec<Name>,
    pub except: Vec<Name>,
    /// How many tables the selection must have.
    pub count: Option<(usize, Origin)>,
    /// What must hold of each; its name is not used.
    pub body: TableSpec,
}

#[derive(Clone, Debug)]
pub struct Absent {
    pub section: SectionKey,
    pub name: Name,
}

#[derive(Clone, Debug)]
pub struct Unlisted {
    pub section: SectionKey,
    /// `None` for `ignore`.
    pub severity: Option<Severity>,
}

/// The sections there are, wherever they can stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionKey {
    Schemas,
    Extensions,
    Types,
    Tables,
    Columns,
    PrimaryKey,
    Constraints,
    Indexes,
    Policies,
}

impl SectionKey {
    pub const ALL: [Self; 9] = [
        Self::Schemas,
        Self::Extensions,
        Self::Types,
        Self::Tables,
        Self::Columns,
        Self::PrimaryKey,
        Self::Constraints,
        Self::Indexes,
        Self::Policies,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Schemas => "schemas",
            Self::Extensions => "extensions",
            Self::Types => "types",
            Self::Tables => "tables",
            Self::Columns => "columns",
            Self::PrimaryKey => "primary_key",
            Self::Constraints => "constraints",
            Self::Indexes => "indexes",
            Self::Policies => "policies",
        }
    }

    /// The kinds of objects that the section lists.
    pub fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Schemas => &[Kind::Schema],
            Self::Extensions => &[Kind::Extension],
            Self::Types => &[Kind::Enum],
            Self::Tables => &[Kind::Table],
            Self::Columns => &[Kind::Column],
            Self::PrimaryKey => &[Kind::PrimaryKey],
            Self::Constraints => &[Kind::Unique, Kind::Check, Kind::ForeignKey, Kind::Exclusion],
            Self::Indexes => &[Kind::Index],
            Self::Policies => &[Kind::Policy],
        }
    }

    /// How many names its objects' full names have.
    pub fn name_parts(self) -> usize {
        match self {
            Self::Schemas | Self::Extensions => 1,
            Self::Types | Self::Tables => 2,
            Self::Columns | Self::PrimaryKey | Self::Constraints | Self::Indexes | Self::Policies => 3,
        }
    }
}

impl Document {
    /// True where nothing in it could ever be found wrong.
    pub fn asserts_nothing(&self) -> bool {
        let no = |section: bool| !section;
        no(self.extensions.is_some())
            && no(self.types.is_some())
            && no(self.tables.is_some())
            && self.schemas.is_empty()
            && self.each.is_empty()
            && self.absent.is_empty()
    }
}

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

fn push(parts: &mut [String], character: char) {
    if let Some(last) = parts.last_mut() {
        last.push(character);
    }
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
}
