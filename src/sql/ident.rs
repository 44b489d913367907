//! Names of SQL objects, and how they are quoted.

use std::fmt;

use smol_str::SmolStr;

use super::names::truncate;

/// One identifier exactly as the catalog holds it: case preserved, quotes removed. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ident(SmolStr);

impl Ident {
    pub fn new(name: impl Into<SmolStr>) -> Self {
        Self(name.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// As `quote_identifier()` (ruleutils.c) prints it: quoted only where reading it back needs that.
impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.0.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && self.0.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && KEYWORDS.binary_search(&self.0.as_str()).is_err();
        if plain { f.write_str(&self.0) } else { write!(f, "\"{}\"", self.0.replace('"', "\"\"")) }
    }
}

impl From<&str> for Ident {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<&String> for Ident {
    fn from(name: &String) -> Self {
        Self::new(name)
    }
}

impl PartialEq<str> for Ident {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Ident {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

/// `SplitIdentifierString()` (varlena.c): names with a character between them, quoted or not. Keywords are
/// names like any other here. `None` where it is no such list; an empty text is an empty one.
pub fn split_identifiers(text: &str, separator: char) -> Option<Vec<Ident>> {
    let mut names = Vec::new();
    let mut rest = text.trim_start();
    if rest.is_empty() {
        return Some(names);
    }
    loop {
        let mut name = String::new();
        if let Some(quoted) = rest.strip_prefix('"') {
            rest = quoted;
            loop {
                let end = rest.find('"')?;
                name.push_str(&rest[..end]);
                rest = &rest[end + 1..];
                match rest.strip_prefix('"') {
                    Some(after) => rest = after,
                    None => break,
                }
                name.push('"');
            }
        } else {
            let end = rest.find(|c: char| c == separator || c.is_whitespace()).unwrap_or(rest.len());
            name = rest[..end].to_lowercase();
            rest = &rest[end..];
            if name.is_empty() {
                return None;
            }
        }
        names.push(Ident::new(truncate(&name)));
        rest = rest.trim_start();
        match rest.strip_prefix(separator) {
            Some(after) => rest = after.trim_start(),
            None => return rest.is_empty().then_some(names),
        }
    }
}

/// A name that may carry its schema. Without one it is a name of `pg_catalog`, or one that has
/// not been looked up yet: whoever makes such a name says which.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QualifiedName {
    pub schema: Option<Ident>,
    pub name: Ident,
}

impl QualifiedName {
    pub fn new(schema: &Ident, name: &Ident) -> Self {
        Self { schema: Some(schema.clone()), name: name.clone() }
    }

    pub fn bare(name: impl Into<SmolStr>) -> Self {
        Self { schema: None, name: Ident::new(name) }
    }

    /// `textToQualifiedNameList()`: a name as text, as `regclass` and people give it. `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        match split_identifiers(text, '.')?.as_slice() {
            [] => None,
            parts => Some(Self::from_parts(&parts.iter().map(|part| part.as_str().to_owned()).collect::<Vec<_>>())),
        }
    }

    /// From the parts of a name as the parser gives them; a leading database name is dropped,
    /// and `pg_catalog` is left out, as the server does where it prints under an empty `search_path`.
    pub fn from_parts(parts: &[String]) -> Self {
        let (schema, name) = match parts {
            [] => (None, ""),
            [name] => (None, name.as_str()),
            [.., schema, name] => (Some(schema.as_str()), name.as_str()),
        };
        Self { schema: schema.filter(|s| *s != "pg_catalog").map(Ident::from), name: Ident::from(name) }
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        write!(f, "{}", self.name)
    }
}

/// The keywords of PostgreSQL 18 that are not `unreserved` (`kwlist.h`), in byte order.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric",
    "authorization", "between", "bigint", "binary", "bit", "boolean", "both", "case", "cast",
    "char", "character", "check", "coalesce", "collate", "collation", "column", "concurrently",
    "constraint", "create", "cross", "current_catalog", "current_date", "current_role",
    "current_schema", "current_time", "current_timestamp", "current_user", "dec", "decimal",
    "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "exists",
    "extract", "false", "fetch", "float", "for", "foreign", "freeze", "from", "full", "grant",
    "greatest", "group", "grouping", "having", "ilike", "in", "initially", "inner", "inout",
    "int", "integer", "intersect", "interval", "into", "is", "isnull", "join", "json",
    "json_array", "json_arrayagg", "json_exists", "json_object", "json_objectagg", "json_query",
    "json_scalar", "json_serialize", "json_table", "json_value", "lateral", "leading", "least",
    "left", "like", "limit", "localtime", "localtimestamp", "merge_action", "national",
    "natural", "nchar", "none", "normalize", "not", "notnull", "null", "nullif", "numeric",
    "offset", "on", "only", "or", "order", "out", "outer", "overlaps", "overlay", "placing",
    "position", "precision", "primary", "real", "references", "returning", "right", "row",
    "select", "session_user", "setof", "similar", "smallint", "some", "substring", "symmetric",
    "system_user", "table", "tablesample", "then", "time", "timestamp", "to", "trailing",
    "treat", "trim", "true", "union", "unique", "user", "using", "values", "varchar",
    "variadic", "verbose", "when", "where", "window", "with", "xmlattributes", "xmlconcat",
    "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot",
    "xmlserialize", "xmltable",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, printed: &str) {
        assert_eq!(Ident::new(name).to_string(), printed);
    }

    #[test]
    fn quotes_only_where_the_server_would() {
        check("users", "users");
        check("Users", "\"Users\"");
        check("user", "\"user\"");
        check("name", "name");
        check("1st", "\"1st\"");
        check("a\"b", "\"a\"\"b\"");
        check("é", "\"é\"");
        check("", "\"\"");
        check("date", "date");
        check("timestamp", "\"timestamp\"");
    }

    #[test]
    fn names_in_a_text() {
        let split = |text: &str| split_identifiers(text, '.').map(|names| names.iter().map(Ident::to_string).collect());
        assert_eq!(split("public . User"), Some(vec!["public".to_owned(), "\"user\"".to_owned()]));
        assert_eq!(split("\"A.\"\"b\".c"), Some(vec!["\"A.\"\"b\"".to_owned(), "c".to_owned()]));
        assert_eq!(split(""), Some(vec![]));
        assert_eq!(split("\"\""), Some(vec!["\"\"".to_owned()]));
        for text in ["a..b", "a b", "\"a", ".a", "a."] {
            assert_eq!(split(text), None, "{text}");
        }
    }

    #[test]
    fn the_keywords_can_be_searched() {
        assert!(KEYWORDS.is_sorted());
    }
}
