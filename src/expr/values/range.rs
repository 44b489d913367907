//! Ranges (rangetypes.c) and multiranges (multirangetypes.c) of the built-in types.

use std::cmp::Ordering;

use super::{datetime, is_space, number, trimmed};

/// What a range is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subtype {
    Int4,
    Int8,
    Numeric,
    Date,
    Timestamp { with_zone: bool },
}

/// A bound's value: a number that orders as the server does, or a `numeric` as it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Whole(i64),
    Numeric(String),
}

/// A range that is not empty; a bound without a value is infinite.
#[derive(Clone, Debug)]
struct Range {
    lower: Option<Value>,
    upper: Option<Value>,
    lower_inclusive: bool,
    upper_inclusive: bool,
}

fn subtype(name: &str) -> Option<Subtype> {
    Some(match name {
        "int4range" | "int4multirange" => Subtype::Int4,
        "int8range" | "int8multirange" => Subtype::Int8,
        "numrange" | "nummultirange" => Subtype::Numeric,
        "daterange" | "datemultirange" => Subtype::Date,
        "tsrange" | "tsmultirange" => Subtype::Timestamp { with_zone: false },
        "tstzrange" | "tstzmultirange" => Subtype::Timestamp { with_zone: true },
        _ => return None,
    })
}

/// `range_in()` and `range_out()`
pub(super) fn range(text: &str, name: &str, version: u32) -> Option<String> {
    let of = subtype(name)?;
    let (range, rest) = of.read(text, version)?;
    trimmed(rest).is_empty().then_some(())?;
    range.map_or_else(|| Some("empty".to_owned()), |range| of.print(&range))
}

/// `multirange_in()` and `multirange_out()`: in order, and what overlaps or touches is one.
pub(super) fn multirange(text: &str, name: &str, version: u32) -> Option<String> {
    let of = subtype(name)?;
    let mut rest = trimmed(text).strip_prefix('{')?.strip_suffix('}')?.trim_start_matches(is_space);
    let mut ranges = Vec::new();
    while !rest.is_empty() {
        let (range, behind) = of.read(rest, version)?;
        ranges.extend(range);
        rest = behind.trim_start_matches(is_space);
        if let Some(next) = rest.strip_prefix(',') {
            rest = next.trim_start_matches(is_space);
            (!rest.is_empty()).then_some(())?;
        } else if !rest.is_empty() {
            return None;
        }
    }
    ranges.sort_by(compare_lower);
    let mut merged: Vec<Range> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if !is_before(last, &range) => {
                if compare_upper(last, &range) == Ordering::Less {
                    (last.upper, last.upper_inclusive) = (range.upper, range.upper_inclusive);
                }
            }
            _ => merged.push(range),
        }
    }
    let printed: Vec<String> = merged.iter().map(|range| of.print(range)).collect::<Option<_>>()?;
    Some(format!("{{{}}}", printed.join(",")))
}

impl Subtype {
    /// `range_parse()`: a range, none if it is empty, and what follows it.
    fn read(self, text: &str, version: u32) -> Option<(Option<Range>, &str)> {
        let text = text.trim_start_matches(is_space);
        if let Some(word) = text.get(..5).filter(|word| word.eq_ignore_ascii_case("empty")) {
            return Some((None, &text[word.len()..]));
        }
        let lower_inclusive = text.starts_with('[');
        let (lower, rest) = bound(text.strip_prefix(['[', '('])?)?;
        let (upper, rest) = bound(rest.strip_prefix(',')?)?;
        let upper_inclusive = rest.starts_with(']');
        let rest = rest.strip_prefix([']', ')'])?;
        let value = |text: Option<String>| match text {
            Some(text) => self.value(&text, version).map(Some),
            None => Some(None),
        };
        let (lower, upper) = (value(lower)?, value(upper)?);
        let (has_lower, has_upper) = (lower.is_some(), upper.is_some());
        let range = Range {
            lower,
            upper,
            lower_inclusive: lower_inclusive && has_lower,
            upper_inclusive: upper_inclusive && has_upper,
        };
        let range = match range.not_empty()? {
            Some(range) => self.canonical(range)?.not_empty()?,
            None => None,
        };
        Some((range, rest))
    }

    fn value(self, text: &str, version: u32) -> Option<Value> {
        Some(match self {
            Self::Int4 => Value::Whole(number::int(text, 32, version)?),
            Self::Int8 => Value::Whole(number::int(text, 64, version)?),
            Self::Numeric => Value::Numeric(number::numeric(text, version)?),
            Self::Date => Value::Whole(datetime::date_in(text)?),
            Self::Timestamp { with_zone } => Value::Whole(datetime::timestamp_in(text, with_zone)?),
        })
    }

    /// `int4range_canonical()` and its like: of what is counted in steps the lower bound is in, the upper one out.
    fn canonical(self, mut range: Range) -> Option<Range> {
        let (most, is_finite): (i64, fn(i64) -> bool) = match self {
            Self::Int4 => (i32::MAX.into(), |_| true),
            Self::Int8 => (i64::MAX, |_| true),
            Self::Date => (i64::MAX, |date| date != datetime::NOBEGIN && date != datetime::NOEND),
            Self::Numeric | Self::Timestamp { .. } => return Some(range),
        };
        let next = |value: i64| value.checked_add(1).filter(|next| *next <= most);
        if let (Some(Value::Whole(value)), false) = (&mut range.lower, range.lower_inclusive)
            && is_finite(*value)
        {
            *value = next(*value)?;
            range.lower_inclusive = true;
        }
        if let (Some(Value::Whole(value)), true) = (&mut range.upper, range.upper_inclusive)
            && is_finite(*value)
        {
            *value = next(*value)?;
            range.upper_inclusive = false;
        }
        Some(range)
    }

    /// `range_deparse()`
    fn print(self, range: &Range) -> Option<String> {
        let bound = |value: &Option<Value>| match value {
            Some(value) => self.print_value(value).map(|text| escaped(&text)),
            None => Some(String::new()),
        };
        let (open, close) =
            (if range.lower_inclusive { '[' } else { '(' }, if range.upper_inclusive { ']' } else { ')' });
        Some(format!("{open}{},{}{close}", bound(&range.lower)?, bound(&range.upper)?))
    }

    fn print_value(self, value: &Value) -> Option<String> {
        match (value, self) {
            (Value::Numeric(text), _) => Some(text.clone()),
            (Value::Whole(date), Self::Date) => datetime::date_out(*date),
            (Value::Whole(timestamp), Self::Timestamp { with_zone }) => datetime::timestamp_out(*timestamp, with_zone),
            (Value::Whole(number), Self::Int4 | Self::Int8 | Self::Numeric) => Some(number.to_string()),
        }
    }
}

/// `range_parse_bound()`: the text of a bound, none if it is infinite, and what follows it.
fn bound(text: &str) -> Option<(Option<String>, &str)> {
    let ends = |c: char| matches!(c, ',' | ')' | ']');
    if text.starts_with(ends) {
        return Some((None, text));
    }
    let (value, rest) = super::quoted_text(text, ends)?;
    Some((Some(value), rest))
}

/// `range_bound_escape()`
fn escaped(text: &str) -> String {
    let special = |c: char| is_space(c) || matches!(c, '"' | '\\' | '(' | ')' | '[' | ']' | ',');
    if text.is_empty() || text.contains(special) {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

impl Range {
    /// A range that holds nothing is the empty one; bounds in the wrong order are refused.
    fn not_empty(self) -> Option<Option<Self>> {
        let (Some(lower), Some(upper)) = (&self.lower, &self.upper) else { return Some(Some(self)) };
        match compare(lower, upper) {
            Ordering::Less => Some(Some(self)),
            Ordering::Equal => Some((self.lower_inclusive && self.upper_inclusive).then_some(self)),
            Ordering::Greater => None,
        }
    }
}

fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Whole(one), Value::Whole(other)) => one.cmp(other),
        (Value::Numeric(one), Value::Numeric(other)) => number::compare(one, other),
        // Bounds of one range are of one type.
        (Value::Whole(_), Value::Numeric(_)) | (Value::Numeric(_), Value::Whole(_)) => Ordering::Equal,
    }
}

fn compare_lower(one: &Range, other: &Range) -> Ordering {
    let by_value = match (&one.lower, &other.lower) {
        (Some(one), Some(other)) => compare(one, other),
        (one, other) => one.is_some().cmp(&other.is_some()),
    };
    by_value.then_with(|| other.lower_inclusive.cmp(&one.lower_inclusive)).then_with(|| compare_upper(one, other))
}

fn compare_upper(one: &Range, other: &Range) -> Ordering {
    let by_value = match (&one.upper, &other.upper) {
        (Some(one), Some(other)) => compare(one, other),
        (one, other) => one.is_none().cmp(&other.is_none()),
    };
    by_value.then_with(|| one.upper_inclusive.cmp(&other.upper_inclusive))
}

/// Whether there is room between a range and one that does not begin before it.
fn is_before(one: &Range, other: &Range) -> bool {
    match (&one.upper, &other.lower) {
        (Some(upper), Some(lower)) => match compare(upper, lower) {
            Ordering::Less => true,
            Ordering::Equal => !one.upper_inclusive && !other.lower_inclusive,
            Ordering::Greater => false,
        },
        _ => false,
    }
}
