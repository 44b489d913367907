//! `float4` and `float8`, by themselves and as the coordinates of geometric types.

use std::fmt::LowerExp;
use std::str::FromStr;

use super::trimmed;

/// `float8in()` and `float8out()`
pub(super) fn float8(text: &str) -> Option<String> {
    let (number, rest) = prefix(text)?;
    rest.is_empty().then(|| float8_out(number))?
}

/// `float8in_internal()`: the number that a text begins with, and what follows it and its space.
pub(super) fn prefix(text: &str) -> Option<(f64, &str)> {
    let text = text.trim_start_matches(super::is_space);
    let (literal, rest) = text.split_at(literal_length(text)?);
    Some((finite(literal, literal.parse().ok()?, f64::is_infinite)?, rest.trim_start_matches(super::is_space)))
}

/// `float4in()` and `float4out()`
pub(super) fn float4(text: &str) -> Option<String> {
    let text = trimmed(text);
    (literal_length(text)? == text.len()).then_some(())?;
    let number = finite(text, text.parse::<f32>().ok()?, f32::is_infinite)?;
    let size = number.abs();
    shortest(number, [size.next_down(), size, size.next_up()].map(f64::from), 6)
}

/// `float8out_internal()` where `extra_float_digits` is 1.
pub(super) fn float8_out(number: f64) -> Option<String> {
    let size = number.abs();
    shortest(number, [size.next_down(), size, size.next_up()], 15)
}

/// The shortest text that reads back as the number; its size stands between those next to it.
fn shortest<T: LowerExp + FromStr + PartialEq>(number: T, around: [f64; 3], precision: usize) -> Option<String> {
    #[expect(clippy::cast_possible_truncation, reason = "what is cut off, or too large, is no half of a whole step")]
    let around = around.map(|size| size as u128);
    let shortest = format!("{number:e}");
    let least = shortest.split(['.', 'e']).nth(1).filter(|_| shortest.contains('.')).map_or(0, str::len);
    // Of two that are as near, the server takes the even one.
    let rounded = (least..precision + 3).map(|digits| format!("{number:.digits$e}"));
    let reads_back = |text: &String| text.parse().is_ok_and(|read: T| read == number) && !is_tie(text, around);
    let is_finite = shortest.contains('e');
    let mut digits = rounded.take_while(|_| is_finite).chain([shortest]);
    digits.find(|text| !is_finite || reads_back(text)).map(|digits| printed(&digits, precision))
}

/// How long the number is that a text begins with; of what `strtod()` reads, not the hexadecimal.
fn literal_length(text: &str) -> Option<usize> {
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let sign = usize::from(text.starts_with(['+', '-']));
    for word in ["infinity", "inf", "nan"] {
        if text.get(sign..sign + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word)) {
            let end = sign + word.len();
            return (!text[end..].starts_with('(')).then_some(end);
        }
    }
    let whole = digits(sign);
    let mut end = sign + whole;
    if text[end..].starts_with('.') {
        let fraction = digits(end + 1);
        (whole + fraction > 0).then_some(())?;
        end += 1 + fraction;
    } else if whole == 0 || text[end..].starts_with(['x', 'X']) {
        return None;
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    Some(end)
}

/// What is too large or too small is refused.
fn finite<T: PartialEq + Default + Copy>(literal: &str, number: T, is_infinite: impl Fn(T) -> bool) -> Option<T> {
    let mantissa = literal.split(['e', 'E']).next().unwrap_or_default();
    let is_word = literal.contains(['n', 'N']);
    let vanished = number == T::default() && mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    (is_word || !(vanished || is_infinite(number))).then_some(number)
}

/// Whether digits lie half-way between two numbers. They would read back, but the server does not trust others to
/// read them so (`acceptBounds` in d2s.c), and prints more. There are none below 2^53 or 2^24.
fn is_tie(text: &str, [previous, number, next]: [u128; 3]) -> bool {
    let Some((mantissa, exponent)) = text.split_once('e') else { return false };
    let digits = mantissa.replace(['-', '.'], "");
    let Ok(exponent) = exponent.parse::<usize>() else { return false };
    if exponent > 37 || exponent + 1 < digits.len() {
        return false;
    }
    let digits = format!("{digits:0<width$}", width = exponent + 1);
    let Ok(written) = digits.parse::<u128>() else { return false };
    let off = written.abs_diff(number) * 2;
    off != 0 && (off == next.abs_diff(number) || off == number.abs_diff(previous))
}

/// Shortest digits with their exponent (`1.5e-7`) as the server lays them out.
fn printed(scientific: &str, precision: usize) -> String {
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return match scientific {
            "inf" => "Infinity",
            "-inf" => "-Infinity",
            _ => "NaN",
        }
        .to_owned();
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if exponent < -4 || usize::try_from(exponent).is_ok_and(|exponent| exponent >= precision) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    let (sign, size) = mantissa.strip_prefix('-').map_or(("", mantissa), |size| ("-", size));
    let digits = size.replace('.', "");
    let point = usize::try_from(exponent + 1).unwrap_or(0);
    let leading = usize::try_from(-exponent - 1).unwrap_or(0);
    let all = format!("{}{digits:0<point$}", "0".repeat(leading));
    let (before, behind) = all.split_at(point);
    let before = if before.is_empty() { "0" } else { before };
    if behind.is_empty() { format!("{sign}{before}") } else { format!("{sign}{before}.{behind}") }
}
