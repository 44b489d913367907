//! The text of a constant as its type would print it, where that is cheap and certain; a text
//! that is not understood stays as it is.

mod interval;
mod json;

use crate::sql::TypeName;

/// What the type's input and output functions make of a text.
pub(super) fn canonical(text: &str, data_type: &TypeName) -> String {
    let known = if data_type.name.schema.is_some() {
        None
    } else if data_type.array {
        array(text, &data_type.element())
    } else {
        scalar(text, data_type.name.name.as_str())
    };
    known.unwrap_or_else(|| text.to_owned())
}

/// Whether a text is a value of a type of which all values are known here: `bool` or `uuid`.
pub(super) fn is_valid(text: &str, name: &str) -> bool {
    scalar(text, name).is_some()
}

fn scalar(text: &str, name: &str) -> Option<String> {
    let trimmed = text.trim();
    match name {
        "int2" | "int4" | "int8" | "oid" => trimmed.parse::<i64>().ok().map(|number| number.to_string()),
        "numeric" => numeric(trimmed),
        "float8" => trimmed.parse::<f64>().ok().filter(|number| number.is_finite()).map(float),
        "float4" => trimmed.parse::<f32>().ok().filter(|number| number.is_finite()).map(|number| number.to_string()),
        "bool" => boolean(trimmed).map(|value| value.to_string()),
        "uuid" => uuid(trimmed),
        "jsonb" => json::canonical(text),
        "interval" => interval::canonical(trimmed),
        "date" => date(trimmed),
        "time" => clock(trimmed),
        "timestamp" => timestamp(trimmed, false),
        "timestamptz" => timestamp(trimmed, true),
        _ => None,
    }
}

/// `parse_bool_with_len()`
fn boolean(text: &str) -> Option<bool> {
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

/// `numeric_in()` and `numeric_out()`: digits, the scale kept, no exponent.
fn numeric(text: &str) -> Option<String> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok().filter(|e| e.abs() < 400)?),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all: String = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let scale = usize::try_from(i32::try_from(fraction.len()).ok()? - exponent).unwrap_or(0);
    let mut padded = all;
    if point < 1 {
        padded = format!("{}{padded}", "0".repeat(usize::try_from(1 - point).ok()?));
    }
    let point = usize::try_from(point.max(1)).ok()?;
    if padded.len() < point {
        padded += &"0".repeat(point - padded.len());
    }
    let (whole, fraction) = padded.split_at(point);
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let sign = if negative && padded.bytes().any(|byte| byte != b'0') { "-" } else { "" };
    Some(if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

fn float(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 || (1e-4..1e15).contains(&size) { number.to_string() } else { format!("{number:e}") }
}

fn uuid(text: &str) -> Option<String> {
    let hex: String = text.chars().filter(|c| *c != '-' && *c != '{' && *c != '}').collect();
    if hex.len() != 32 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let hex = hex.to_ascii_lowercase();
    Some([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}

/// `2020-1-2`, the year first.
fn date(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let number = |text: &str, most: u32| {
        let fits = !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|number| fits && (1..=most).contains(number))
    };
    let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    is_year.then_some(())?;
    Some(format!("{year}-{:02}-{:02}", number(month, 12)?, number(day, 31)?))
}

/// `2020-01-01 10:00:00.5+02`. What has no zone is taken to be UTC, which is the zone that
/// servers are read in; another offset than zero stays as it is.
fn timestamp(text: &str, zoned: bool) -> Option<String> {
    let (day, rest) = text.split_once([' ', 'T', 't']).map_or((text, ""), |(day, rest)| (day, rest.trim()));
    let day = date(day)?;
    let (time, zone) = match rest.find(['+', '-', 'Z', 'z']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    if !matches!(zone, "" | "Z" | "z" | "+00" | "-00" | "+00:00" | "+0000" | "+0") || (!zoned && !zone.is_empty()) {
        return None;
    }
    let time = time.trim();
    let time = if time.is_empty() { "00:00:00".to_owned() } else { clock(time)? };
    Some(format!("{day} {time}{}", if zoned { "+00" } else { "" }))
}

/// `4:05`, `04:05:06.70`
fn clock(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let parts: Vec<u32> = whole.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let (hours, minutes, seconds) = match parts.as_slice() {
        [hours, minutes] if fraction.is_empty() => (*hours, *minutes, 0),
        [hours, minutes, seconds] => (*hours, *minutes, *seconds),
        _ => return None,
    };
    if hours > 23 || minutes > 59 || seconds > 59 || fraction.len() > 6 || fraction.bytes().any(|b| !b.is_ascii_digit())
    {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{hours:02}:{minutes:02}:{seconds:02}{point}{fraction}"))
}

/// `array_in()` and `array_out()` for one dimension.
fn array(text: &str, element: &TypeName) -> Option<String> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    if inner.trim().is_empty() {
        return Some("{}".to_owned());
    }
    let mut elements = Vec::new();
    let mut chars = inner.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let mut value = String::new();
        let quoted = chars.next_if_eq(&'"').is_some();
        if quoted {
            loop {
                match chars.next()? {
                    '"' => break,
                    '\\' => value.push(chars.next()?),
                    c => value.push(c),
                }
            }
            while chars.next_if(|c| c.is_whitespace()).is_some() {}
        } else {
            while let Some(c) = chars.next_if(|c| *c != ',') {
                if matches!(c, '{' | '}' | '"' | '\\') {
                    return None;
                }
                value.push(c);
            }
            value.truncate(value.trim_end().len());
            if value.is_empty() {
                return None;
            }
        }
        let is_null = !quoted && value.eq_ignore_ascii_case("null");
        elements.push(if is_null { "NULL".to_owned() } else { array_element(&canonical(&value, element), element) });
        match chars.next() {
            None => return Some(format!("{{{}}}", elements.join(","))),
            Some(',') => {}
            Some(_) => return None,
        }
    }
}

fn array_element(value: &str, element: &TypeName) -> String {
    let value = match (element.is_builtin("bool"), value) {
        (true, "true") => "t",
        (true, "false") => "f",
        _ => value,
    };
    let special = |c: char| c.is_whitespace() || matches!(c, '{' | '}' | '"' | '\\' | ',');
    if value.is_empty() || value.eq_ignore_ascii_case("null") || value.contains(special) {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(data_type: &str, text: &str, printed: &str) {
        assert_eq!(canonical(text, &TypeName::parse(data_type).unwrap()), printed);
    }

    #[test]
    fn numbers() {
        check("integer", " +7 ", "7");
        check("numeric", "1e3", "1000");
        check("numeric", ".50", "0.50");
        check("numeric", "-0.0", "0.0");
        check("numeric", "12.5e-3", "0.0125");
        check("numeric", "NaN", "NaN");
        check("double precision", "1.50", "1.5");
    }

    #[test]
    fn words() {
        check("boolean", "YES", "true");
        check("boolean", "of", "false");
        check("boolean", "o", "o");
        check("uuid", "A0EEBC999C0B4EF8BB6D6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
        check("text", " a ", " a ");
    }

    #[test]
    fn times() {
        check("date", "2020-1-2", "2020-01-02");
        check("timestamp", "2020-01-02T03:04", "2020-01-02 03:04:00");
        check("timestamptz", "2020-01-02", "2020-01-02 00:00:00+00");
        check("timestamptz", "2020-01-02 03:04:05.60Z", "2020-01-02 03:04:05.6+00");
        check("timestamptz", "now", "now");
        check("timestamptz", "2020-01-02 00:00:00+02", "2020-01-02 00:00:00+02");
    }

    #[test]
    fn arrays() {
        check("text[]", "{ a , \"b\", \"c d\", NULL, \"\"}", "{a,b,\"c d\",NULL,\"\"}");
        check("int[]", "{ 01, 2}", "{1,2}");
        check("text[]", "{{a},{b}}", "{{a},{b}}");
        check("boolean[]", "{true}", "{t}");
    }
}
