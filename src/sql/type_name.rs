//! Every spelling of one type is one value.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use pg_query::NodeEnum;
use pg_query::protobuf::{AConst, Node, TypeName as TypeNameNode, a_const::Val};

use super::{Ident, QualifiedName, parse};

/// So many spellings of types are kept in mind.
const MAX_KNOWN: usize = 1000;

/// A type with its modifier, as `format_type()` tells them apart: `character varying(32)[]`.
/// The name is the one in `pg_type` (`int4`, not `integer`). A name without a schema is a
/// built-in type, or one that has yet to be looked up ([`TypeName::is_unresolved`]).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeName {
    pub name: QualifiedName,
    /// The parts of the type modifier as they print; of an `interval` the fields come first.
    pub typmod: Vec<String>,
    pub array: bool,
}

impl TypeName {
    /// A built-in type by its name in `pg_type`.
    pub fn builtin(name: &str) -> Self {
        Self { name: QualifiedName::bare(name), ..Self::default() }
    }

    /// # Errors
    /// Where the text is not a type as a column can have it.
    pub fn parse(text: &str) -> Result<Self, parse::SyntaxError> {
        // A schema has many columns and few types.
        thread_local!(static KNOWN: RefCell<BTreeMap<String, TypeName>> = RefCell::default());
        KNOWN.with_borrow_mut(|known| match known.get(text) {
            Some(name) => Ok(name.clone()),
            None => {
                let name = Self::parse_anew(text)?;
                if known.len() < MAX_KNOWN {
                    known.insert(text.to_owned(), name.clone());
                }
                Ok(name)
            }
        })
    }

    fn parse_anew(text: &str) -> Result<Self, parse::SyntaxError> {
        let node = parse::parse_type_name(text)?;
        if node.setof || node.pct_type {
            let message = "neither SETOF nor %TYPE can stand here".into();
            return Err(parse::SyntaxError { message, offset: None });
        }
        Ok(Self::from_node(&node))
    }

    pub fn from_node(node: &TypeNameNode) -> Self {
        let parts: Vec<String> = node.names.iter().filter_map(string_of).collect();
        let mut name = QualifiedName::from_parts(&parts);
        let mut array = !node.array_bounds.is_empty();
        // The array type of `int4` is called `_int4`.
        if let Some(element) = name.name.as_str().strip_prefix('_').filter(|e| name.schema.is_none() && is_builtin(e)) {
            name = QualifiedName::bare(element);
            array = true;
        }
        let typmod = typmod_of(name.name.as_str(), &node.typmods);
        Self { name, typmod, array }
    }

    /// True for a name without schema that is not a built-in type.
    pub fn is_unresolved(&self) -> bool {
        self.name.schema.is_none() && !is_builtin(self.name.name.as_str())
    }

    pub fn is_builtin(&self, name: &str) -> bool {
        self.name.schema.is_none() && !self.array && self.name.name == name
    }

    /// The same type without its modifier.
    pub fn base(&self) -> Self {
        Self { typmod: Vec::new(), ..self.clone() }
    }

    /// The type of the elements of an array.
    pub fn element(&self) -> Self {
        Self { array: false, ..self.clone() }
    }

    pub fn array_of(&self) -> Self {
        Self { array: true, ..self.clone() }
    }
}

/// As `format_type()` prints it under an empty `search_path`.
impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.name.as_str();
        let spelled = if self.name.schema.is_some() { None } else { spelling(name, !self.typmod.is_empty()) };
        match spelled {
            Some((before, after)) => {
                f.write_str(before)?;
                self.write_typmod(f)?;
                f.write_str(after)?;
            }
            None => {
                write!(f, "{}", self.name)?;
                self.write_typmod(f)?;
            }
        }
        if self.array { f.write_str("[]") } else { Ok(()) }
    }
}

impl TypeName {
    fn write_typmod(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut numbers = self.typmod.as_slice();
        if let [fields, rest @ ..] = numbers
            && self.is_interval()
            && fields.starts_with(|c: char| c.is_ascii_alphabetic())
        {
            write!(f, " {fields}")?;
            numbers = rest;
        }
        if numbers.is_empty() { Ok(()) } else { write!(f, "({})", numbers.join(",")) }
    }

    fn is_interval(&self) -> bool {
        self.name.schema.is_none() && self.name.name == "interval"
    }
}

/// True for the name in `pg_type` of a built-in type that is not an array.
pub fn is_builtin(name: &str) -> bool {
    BUILTIN.binary_search(&name).is_ok()
}

/// How SQL spells a built-in type, before and after its modifier (`format_type_extended()`).
fn spelling(name: &str, with_typmod: bool) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "bit" if with_typmod => ("bit", ""),
        // Without quotes it would be bit(1).
        "bit" => ("\"bit\"", ""),
        "bool" => ("boolean", ""),
        "bpchar" if with_typmod => ("character", ""),
        "char" => ("\"char\"", ""),
        "float4" => ("real", ""),
        "float8" => ("double precision", ""),
        "int2" => ("smallint", ""),
        "int4" => ("integer", ""),
        "int8" => ("bigint", ""),
        "numeric" => ("numeric", ""),
        "interval" => ("interval", ""),
        "json" => ("json", ""),
        "time" => ("time", " without time zone"),
        "timetz" => ("time", " with time zone"),
        "timestamp" => ("timestamp", " without time zone"),
        "timestamptz" => ("timestamp", " with time zone"),
        "varbit" => ("bit varying", ""),
        "varchar" => ("character varying", ""),
        _ => return None,
    })
}

fn typmod_of(name: &str, nodes: &[Node]) -> Vec<String> {
    let mut parts: Vec<String> = nodes.iter().map(typmod_part).collect();
    match name {
        "numeric" if parts.len() == 1 => parts.push("0".into()),
        "interval" if !parts.is_empty() => {
            let fields = parts.remove(0).parse().map_or("", interval_fields);
            if !fields.is_empty() {
                parts.insert(0, fields.into());
            }
        }
        _ => {}
    }
    parts
}

fn typmod_part(node: &Node) -> String {
    match &node.node {
        Some(NodeEnum::AConst(AConst { val: Some(value), .. })) => match value {
            Val::Ival(i) => i.ival.to_string(),
            Val::Fval(f) => f.fval.clone(),
            Val::Sval(s) => s.sval.clone(),
            Val::Boolval(b) => b.boolval.to_string(),
            Val::Bsval(b) => b.bsval.clone(),
        },
        Some(NodeEnum::ColumnRef(column)) => column.fields.iter().filter_map(string_of).collect::<Vec<_>>().join("."),
        _ => String::new(),
    }
}

/// The mask that the grammar makes of `DAY TO SECOND` and its like (`intervaltypmodout()`).
fn interval_fields(mask: i32) -> &'static str {
    const MONTH: i32 = 1 << 1;
    const YEAR: i32 = 1 << 2;
    const DAY: i32 = 1 << 3;
    const HOUR: i32 = 1 << 10;
    const MINUTE: i32 = 1 << 11;
    const SECOND: i32 = 1 << 12;
    const KNOWN: [(i32, &str); 13] = [
        (YEAR, "year"),
        (MONTH, "month"),
        (DAY, "day"),
        (HOUR, "hour"),
        (MINUTE, "minute"),
        (SECOND, "second"),
        (YEAR | MONTH, "year to month"),
        (DAY | HOUR, "day to hour"),
        (DAY | HOUR | MINUTE, "day to minute"),
        (DAY | HOUR | MINUTE | SECOND, "day to second"),
        (HOUR | MINUTE, "hour to minute"),
        (HOUR | MINUTE | SECOND, "hour to second"),
        (MINUTE | SECOND, "minute to second"),
    ];
    KNOWN.iter().find(|(fields, _)| *fields == mask).map_or("", |(_, name)| name)
}

/// The text of a `String` node, as names are made of.
pub fn string_of(node: &Node) -> Option<String> {
    match &node.node {
        Some(NodeEnum::String(s)) => Some(s.sval.clone()),
        _ => None,
    }
}

/// A list of names, such as the columns of a key.
pub fn idents_of(nodes: &[Node]) -> Vec<Ident> {
    nodes.iter().filter_map(string_of).map(Ident::new).collect()
}

/// The last part of a name.
pub fn last_ident(nodes: &[Node]) -> Ident {
    Ident::new(nodes.last().and_then(string_of).unwrap_or_default())
}

/// `typname` of the types in `pg_catalog`, of any version, that are neither arrays of others nor rows, in byte order.
#[rustfmt::skip]
const BUILTIN: &[&str] = &[
    "aclitem", "any", "anyarray", "anycompatible", "anycompatiblearray",
    "anycompatiblemultirange", "anycompatiblenonarray", "anycompatiblerange", "anyelement",
    "anyenum", "anymultirange", "anynonarray", "anyrange", "bit", "bool", "box", "bpchar",
    "bytea", "char", "cid", "cidr", "circle", "cstring", "date", "datemultirange", "daterange",
    "event_trigger", "fdw_handler", "float4", "float8", "gtsvector", "index_am_handler", "inet",
    "int2", "int2vector", "int4", "int4multirange", "int4range", "int8", "int8multirange",
    "int8range", "internal", "interval", "json", "jsonb", "jsonpath", "language_handler", "line",
    "lseg", "macaddr", "macaddr8", "money", "name", "numeric", "nummultirange", "numrange", "oid",
    "oidvector", "path", "pg_brin_bloom_summary", "pg_brin_minmax_multi_summary",
    "pg_ddl_command", "pg_dependencies", "pg_lsn", "pg_mcv_list", "pg_ndistinct", "pg_node_tree",
    "pg_snapshot", "point", "polygon", "record", "refcursor", "regclass", "regcollation",
    "regconfig", "regdictionary", "regnamespace", "regoper", "regoperator", "regproc",
    "regprocedure", "regrole", "regtype", "table_am_handler", "text", "tid", "time", "timestamp",
    "timestamptz", "timetz", "trigger", "tsm_handler", "tsmultirange", "tsquery", "tsrange",
    "tstzmultirange", "tstzrange", "tsvector", "txid_snapshot", "unknown", "uuid", "varbit",
    "varchar", "void", "xid", "xid8", "xml",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(spelling: &str, printed: &str) {
        let name = TypeName::parse(spelling).unwrap();
        assert_eq!(name.to_string(), printed);
        assert_eq!(TypeName::parse(printed).unwrap(), name, "{printed} does not read back as {spelling}");
    }

    #[test]
    fn every_spelling_of_a_type_is_one_value() {
        check("int", "integer");
        check("INT4", "integer");
        check("decimal(10)", "numeric(10,0)");
        check("numeric(10, 2)", "numeric(10,2)");
        check("numeric", "numeric");
        check("varchar(20)", "character varying(20)");
        check("char", "character(1)");
        check("bpchar", "bpchar");
        check("\"char\"", "\"char\"");
        check("float", "double precision");
        check("float(24)", "real");
        check("timestamptz(3)", "timestamp(3) with time zone");
        check("timestamp", "timestamp without time zone");
        check("time with time zone", "time with time zone");
        check("bit", "bit(1)");
        check("\"bit\"", "\"bit\"");
        check("varbit(5)", "bit varying(5)");
        check("int[][]", "integer[]");
        check("integer ARRAY[4]", "integer[]");
        check("_text", "text[]");
        check("interval", "interval");
        check("interval(3)", "interval(3)");
        check("interval day to second(3)", "interval day to second(3)");
        check("interval year to month", "interval year to month");
    }

    #[test]
    fn types_of_users_keep_their_schema_and_quotes() {
        check("public.\"Status\"", "public.\"Status\"");
        check("public.vector(1536)", "public.vector(1536)");
        check("public.geometry(Point,4326)", "public.geometry(point,4326)");
        check("pg_catalog.int8", "bigint");
        assert!(TypeName::parse("citext").unwrap().is_unresolved());
        assert!(!TypeName::parse("uuid").unwrap().is_unresolved());
    }

    #[test]
    fn the_builtin_types_are_those_of_the_library_and_can_be_searched() {
        assert!(BUILTIN.is_sorted());
        let rows = include_str!("../library/data/types.txt").lines().skip(1);
        let mut names: Vec<&str> =
            rows.filter_map(|row| row.split(' ').nth(1)).filter(|name| !name.contains('.')).collect();
        names.dedup();
        assert_eq!(BUILTIN, names);
    }
}
