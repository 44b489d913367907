//! Intervals as ISO 8601 writes them.

use super::{Sum, Unit};

/// `DecodeISO8601Interval()`: `P1Y2M3DT4H5M6S`, `P0001-02-03T04:05:06`, `P00010203T040506`.
pub(super) fn decode(text: &str, version: u32) -> Option<Sum> {
    let mut rest = text.strip_prefix('P').filter(|rest| !rest.is_empty())?;
    let mut sum = Sum::new(version);
    let (mut is_date, mut has_field) = (true, false);
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T') {
            (is_date, has_field, rest) = (false, false, time);
            continue;
        }
        let (literal, value, part, behind) = number(rest)?;
        let width = literal.trim_start_matches('-').bytes().take_while(u8::is_ascii_digit).count();
        let designator = behind.chars().next();
        let unit = match (is_date, designator) {
            (true, Some('Y')) => Unit::Year,
            (true, Some('M')) => Unit::Month,
            (true, Some('W')) => Unit::Week,
            (true, Some('D')) => Unit::Day,
            (false, Some('H')) => Unit::Hour,
            (false, Some('M')) => Unit::Minute,
            (false, Some('S')) => Unit::Second,
            (true, None | Some('T')) if width == 8 && !has_field => {
                sum.add(Unit::Year, value / 10_000, 0.0)?;
                sum.add(Unit::Month, value / 100 % 100, 0.0)?;
                sum.add(Unit::Day, value % 100, part)?;
                rest = behind;
                continue;
            }
            (false, None) if width == 6 && !has_field => {
                for (unit, value) in
                    [(Unit::Hour, value / 10_000), (Unit::Minute, value / 100 % 100), (Unit::Second, value % 100)]
                {
                    sum.add(unit, value, 0.0)?;
                }
                // Its fraction is lost, but for its rounding.
                (part == 0.0).then_some(())?;
                return Some(sum);
            }
            (true, None | Some('T' | '-')) if !has_field => {
                rest = parts(&mut sum, rest, '-', [Unit::Year, Unit::Month, Unit::Day])?;
                (rest.is_empty() || rest.starts_with('T')).then_some(())?;
                continue;
            }
            (false, None | Some(':')) if !has_field => {
                rest = parts(&mut sum, rest, ':', [Unit::Hour, Unit::Minute, Unit::Second])?;
                return rest.is_empty().then_some(sum);
            }
            _ => return None,
        };
        sum.add(unit, value, part)?;
        rest = &behind[1..];
        has_field = true;
    }
    Some(sum)
}

/// `ParseISO8601Number()`: the number as it is written, its whole part, its fraction, and what follows it.
fn number(text: &str) -> Option<(&str, i64, f64, &str)> {
    let (sign, digits) = text.strip_prefix('-').map_or((0, text), |rest| (1, rest));
    let end = sign + digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
    let (literal, rest) = text.split_at(end);
    let value: f64 = literal.parse().ok().filter(|value: &f64| value.abs() <= 1e15)?;
    #[expect(clippy::cast_possible_truncation, reason = "below 1e15")]
    let whole = value.trunc() as i64;
    (!rest.starts_with(['e', 'E', 'x', 'X'])).then_some((literal, whole, value - value.trunc(), rest))
}

/// Up to three numbers with a delimiter between them, and what follows.
fn parts<'a>(sum: &mut Sum, text: &'a str, delimiter: char, units: [Unit; 3]) -> Option<&'a str> {
    let mut rest = text;
    for (place, unit) in units.into_iter().enumerate() {
        let (_, value, part, behind) = number(rest)?;
        sum.add(unit, value, part)?;
        match behind.strip_prefix(delimiter) {
            Some(next) if place < 2 => rest = next,
            _ => return Some(behind),
        }
    }
    None
}
