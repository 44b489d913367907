//! What the text of a constant means to its type: `'1/2/2021'` and `'2021-01-02'` are one date.
//!
//! A constant is stored as a value. [`canonical`] reads its text as the input function of its type does, and
//! prints it as the output function does; both are named where they are followed. What cannot be told with
//! certainty is not guessed: texts that servers refuse, those that mean another value each time (`now`), those
//! whose meaning hangs on a server's files (zones by their names) or on what there is in it (`regproc`), and those
//! that versions read in different ways and hardly anybody writes. Of types that are not built in only enums,
//! strings and rows can be told, by [`constant`](super::constant), who knows them.
//!
//! Settings are those of a plain server, which are also those that a server is read under: `TimeZone` UTC,
//! `DateStyle` ISO, MDY, `IntervalStyle` postgres, `extra_float_digits` 1, `lc_monetary` C, `bytea_output` hex,
//! `xmloption` content, and UTF-8. So a moment without a zone is one in UTC, whatever session has written it.

mod array;
mod binary;
mod datetime;
mod float;
mod geometry;
mod interval;
mod json;
mod jsonpath;
mod network;
mod number;
mod object;
mod range;
mod record;
mod text_search;

use crate::catalog::Class;
use crate::sql::TypeName;
pub(super) use json::quoted as escape_json;

/// What the type's input and output functions make of a text; `None` where it cannot be told.
pub(crate) fn canonical(text: &str, data_type: &TypeName, version: u32) -> Option<String> {
    if data_type.name.schema.is_some() {
        return None;
    }
    let name = data_type.name.name.as_str();
    if !data_type.array {
        return scalar(text, name, &data_type.typmod, version);
    }
    let delimiter = if name == "box" { ';' } else { ',' };
    array::array(text, delimiter, &|element| {
        let value = scalar(element, name, &data_type.typmod, version)?;
        Some(if name == "bool" { value[..1].to_owned() } else { value })
    })
}

/// The same for types that are not built in: what an element or a column means is told by who knows them.
pub(super) use array::array;
pub(super) use record::record;

/// Whether a text is a value of a type of which all values are known here: `bool` or `uuid`.
pub(super) fn is_valid(text: &str, name: &str) -> bool {
    scalar(text, name, &[], 0).is_some()
}

fn scalar(text: &str, name: &str, typmod: &[String], version: u32) -> Option<String> {
    match name {
        "bool" => parse_bool(trimmed(text)).map(|value| value.to_string()),
        "int2" => number::int(text, 16, version).map(|number| number.to_string()),
        "int4" => number::int(text, 32, version).map(|number| number.to_string()),
        "int8" => number::int(text, 64, version).map(|number| number.to_string()),
        "oid" | "xid" | "cid" => number::counter(text, u32::MAX.into()).map(|number| number.to_string()),
        "xid8" => number::counter(text, u64::MAX).map(|number| number.to_string()),
        "numeric" => number::numeric(text, version),
        "float4" => float::float4(text),
        "float8" => float::float8(text),
        "money" => number::money(text),
        "pg_lsn" => number::pg_lsn(text),
        "tid" => number::tid(text),
        "text" | "varchar" | "bpchar" | "refcursor" | "cstring" | "unknown" => Some(text.to_owned()),
        "name" => Some(binary::name(text)),
        "char" => binary::char(text, version),
        "bytea" => binary::bytea(text),
        "bit" | "varbit" => binary::bits(text),
        "uuid" => binary::uuid(text),
        "date" => datetime::date_in(text).and_then(datetime::date_out),
        "time" => datetime::time(text),
        "timetz" => datetime::timetz(text),
        "timestamp" => datetime::timestamp_in(text, false).and_then(|moment| datetime::timestamp_out(moment, false)),
        "timestamptz" => datetime::timestamp_in(text, true).and_then(|moment| datetime::timestamp_out(moment, true)),
        "interval" => interval::interval(text, typmod, version),
        "int4range" | "int8range" | "numrange" | "daterange" | "tsrange" | "tstzrange" => {
            range::range(text, name, version)
        }
        "int4multirange" | "int8multirange" | "nummultirange" | "datemultirange" | "tsmultirange"
        | "tstzmultirange" => range::multirange(text, name, version),
        "inet" => network::inet(text),
        "cidr" => network::cidr(text),
        "macaddr" => network::macaddr(text),
        "macaddr8" => network::macaddr8(text),
        "json" => json::is_json(text, version).then(|| text.to_owned()),
        "jsonb" => json::jsonb(text, version),
        "jsonpath" => jsonpath::jsonpath(text, version),
        // A declaration in front of it is not kept.
        "xml" => (!trimmed(text).starts_with("<?xml")).then(|| text.to_owned()),
        "tsvector" => text_search::tsvector(text),
        "tsquery" => text_search::tsquery(text),
        "point" => geometry::point(text),
        "line" => geometry::line(text),
        "lseg" => geometry::lseg(text),
        "box" => geometry::rectangle(text),
        "path" => geometry::path(text),
        "polygon" => geometry::polygon(text),
        "circle" => geometry::circle(text),
        "regtype" => object::regtype(text),
        "regproc" => object::regproc(text, version),
        "regrole" | "regnamespace" => object::top_level(text),
        "regconfig" => object::text_search(Class::TextSearchConfiguration, text, version),
        "regdictionary" => object::text_search(Class::TextSearchDictionary, text, version),
        "regcollation" => object::regcollation(text),
        _ => None,
    }
}

/// `isspace()`
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r')
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// The text up to where it ends outside of quotes, as it is read from ranges and rows; a quote in quotes is doubled.
fn quoted_text(text: &str, ends: impl Fn(char) -> bool) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.chars();
    let mut is_quoted = false;
    while is_quoted || !chars.as_str().starts_with(&ends) {
        match chars.next()? {
            '\\' => value.push(chars.next()?),
            '"' if is_quoted && chars.as_str().starts_with('"') => {
                chars.next();
                value.push('"');
            }
            '"' => is_quoted = !is_quoted,
            c => value.push(c),
        }
    }
    Some((value, chars.as_str()))
}

/// `parse_bool()`: any beginning of a word that tells it apart; none where it is neither.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    let lower = text.to_ascii_lowercase();
    let abbreviates = |word: &str, least: usize| lower.len() >= least && word.starts_with(&lower);
    if lower == "1" || abbreviates("true", 1) || abbreviates("yes", 1) || lower == "on" {
        Some(true)
    } else if lower == "0" || abbreviates("false", 1) || abbreviates("no", 1) || abbreviates("off", 2) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(data_type: &str, text: &str, printed: &str) {
        let of = TypeName::parse(data_type).unwrap();
        assert_eq!(canonical(text, &of, 18).as_deref(), Some(printed));
        // What is printed is printed again.
        assert_eq!(canonical(printed, &of, 18).as_deref(), Some(printed));
    }

    #[track_caller]
    fn unknown(data_type: &str, text: &str) {
        assert_eq!(canonical(text, &TypeName::parse(data_type).unwrap(), 18), None);
    }

    #[test]
    fn two_spellings_of_one_value_are_one_text() {
        check("bigint", " +0_07 ", "7");
        check("numeric", "12.5e-3", "0.0125");
        check("double precision", "1e15", "1e+15");
        check("boolean", "YES", "true");
        check("money", "-1234.5", "-$1,234.50");
        check("bytea", "a\\\\b", "\\x615c62");
        check("date", "1/2/2021", "2021-01-02");
        check("timestamptz", "2021-01-02T03:04:05.60+02", "2021-01-02 01:04:05.6+00");
        check("timetz", "040506-08", "04:05:06-08");
        check("interval", "P1Y2M3DT4H5M6S", "1 year 2 mons 3 days 04:05:06");
        check("interval hour", "90", "90:00:00");
        check("interval(0)", "1.7 seconds", "00:00:02");
        check("int4range", "(0,3]", "[1,4)");
        check("datemultirange", "{[2021-02-01,2021-02-02],[2021-01-01,2021-01-31]}", "{[2021-01-01,2021-02-03)}");
        check("inet", "2001:DB8::0:1", "2001:db8::1");
        check("cidr", "192.168", "192.168.0.0/24");
        check("macaddr", "0800.2B01.0203", "08:00:2b:01:02:03");
        check("tsvector", "b:2,1A a", "'a' 'b':1A,2");
        check("tsquery", "(a & b) | !c:*", "'a' & 'b' | !'c':*");
        check("jsonb", r#"{"bb":1,"a":[1.0,"\u00e9"]}"#, r#"{"a": [1.0, "é"], "bb": 1}"#);
        check("box", "1,2,3,4", "(3,4),(1,2)");
        check("regtype", "int", "integer");
        check("box[]", "{(1,2),(3,4);1,1,2,2}", "{(3,4),(1,2);(2,2),(1,1)}");
        check("boolean[]", "[0:1]={yes, NULL}", "[0:1]={t,NULL}");
    }

    #[test]
    fn what_cannot_be_told_is_not_guessed() {
        unknown("timestamptz", "now");
        unknown("timestamptz", "2021-01-02 03:04 Europe/Berlin");
        unknown("date", "2021-02-30");
        unknown("public.geometry", "POINT(1 2)");
        unknown("int4range", "[2,1]");
        unknown("jsonb", "{");
        unknown("integer[]", "{1,x}");
    }

    #[test]
    fn nothing_nests_too_deep() {
        for (data_type, open) in [
            ("jsonb", "["),
            ("tsquery", "("),
            ("tsquery", "!"),
            ("integer[]", "{"),
            ("tsquery", "a <-> ("),
            ("box", "("),
        ] {
            unknown(data_type, &open.repeat(100_000));
        }
    }
}
