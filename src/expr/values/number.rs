//! Numbers: integers, `numeric`, the floats, `money`, and the numbers that the server counts with.

use std::cmp::Ordering;

use super::trimmed;

/// `int2in()`, `int4in()`, `int8in()` (numutils.c): from PostgreSQL 16 on `0x1F` and `1_000` as well.
pub(super) fn int(text: &str, bits: u32, version: u32) -> Option<i64> {
    let (negative, digits) = signed(trimmed(text));
    let (base, digits) = whole(digits, version)?;
    let size = i128::from_str_radix(&digits, base).ok()?;
    let number = i64::try_from(if negative { -size } else { size }).ok()?;
    (number >= i64::MIN >> (64 - bits) && number <= i64::MAX >> (64 - bits)).then_some(number)
}

/// What only counts: `oid`, `xid`, `cid`, `xid8`. Their input functions differ about signs and leading zeros.
pub(super) fn counter(text: &str, most: u64) -> Option<u64> {
    let digits = trimmed(text);
    let plain = digits == "0" || (!digits.starts_with('0') && all_digits(digits));
    digits.parse().ok().filter(|number| plain && *number <= most)
}

fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

pub(super) fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The digits of a whole number without their separators, and their base.
fn whole(text: &str, version: u32) -> Option<(u32, String)> {
    let based = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => return Some((10, ungrouped(text, 10, version)?)),
    };
    // Behind the prefix a separator may come first.
    let digits = text[2..].strip_prefix('_').unwrap_or(&text[2..]);
    (version >= 16).then_some((based, ungrouped(digits, based, version)?))
}

fn ungrouped(text: &str, base: u32, version: u32) -> Option<String> {
    let groups: Vec<&str> = text.split('_').collect();
    let are_digits = |group: &&str| !group.is_empty() && group.chars().all(|c| c.is_digit(base));
    (groups.iter().all(are_digits) && (groups.len() == 1 || version >= 16)).then(|| groups.concat())
}

/// What more digits than these would mean is left to the server.
const MAX_DIGITS: usize = 4000;

/// `numeric_in()` and `numeric_out()`: digits, the scale kept, no exponent.
pub(super) fn numeric(text: &str, version: u32) -> Option<String> {
    let text = trimmed(text);
    let (negative, digits) = signed(text);
    if text.len() > MAX_DIGITS {
        return None;
    }
    let minus = |is_zero: bool| if negative && !is_zero { "-" } else { "" };
    match digits.to_ascii_lowercase().as_str() {
        // It has no sign.
        "nan" => return text.eq_ignore_ascii_case("nan").then(|| "NaN".to_owned()),
        "infinity" | "inf" => return (version >= 14).then(|| format!("{}Infinity", minus(false))),
        _ => {}
    }
    if digits.len() > 1 && digits.as_bytes()[1].is_ascii_alphabetic() && !matches!(digits.as_bytes()[1], b'e' | b'E') {
        let (base, digits) = whole(digits, version)?;
        let size = u128::from_str_radix(&digits, base).ok()?;
        return Some(format!("{}{size}", minus(size == 0)));
    }
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let (down, size) = signed(exponent);
            let size: i32 = ungrouped(size, 10, version)?.parse().ok().filter(|size| *size <= 1000)?;
            (mantissa, if down { -size } else { size })
        }
        None => (digits, 0),
    };
    let (before, behind) = match mantissa.split_once('.') {
        Some((before, behind)) => (before, behind),
        None => (mantissa, ""),
    };
    let group = |part: &str| if part.is_empty() { Some(String::new()) } else { ungrouped(part, 10, version) };
    let (before, behind) = (group(before)?, group(behind)?);
    let digits = before.clone() + &behind;
    if digits.is_empty() {
        return None;
    }
    let point = i32::try_from(before.len()).ok()? + exponent;
    let scale = usize::try_from(i32::try_from(behind.len()).ok()? - exponent).unwrap_or(0);
    let printed = placed(&digits, point, scale);
    Some(format!("{}{printed}", minus(digits.bytes().all(|byte| byte == b'0'))))
}

/// Digits with a point after so many of them, and as many behind it.
fn placed(digits: &str, point: i32, scale: usize) -> String {
    let leading = usize::try_from(-point).unwrap_or(0);
    let point = usize::try_from(point).unwrap_or(0);
    let mut all = "0".repeat(leading) + digits;
    if all.len() < point + scale {
        all += &"0".repeat(point + scale - all.len());
    }
    let (before, behind) = all.split_at(point);
    let before = before.trim_start_matches('0');
    let before = if before.is_empty() { "0" } else { before };
    if scale == 0 { before.to_owned() } else { format!("{before}.{}", &behind[..scale]) }
}

/// `cmp_numerics()` of two that [`numeric`] has printed: NaN is the greatest.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let class = |text: &str| match text {
        "-Infinity" => 0,
        "Infinity" => 2,
        "NaN" => 3,
        _ => 1,
    };
    let (negative, size) = signed(one);
    let (other_negative, other_size) = signed(other);
    match class(one).cmp(&class(other)) {
        Ordering::Equal if class(one) != 1 => Ordering::Equal,
        Ordering::Equal => match (negative, other_negative) {
            (false, false) => compare_sizes(size, other_size),
            (true, true) => compare_sizes(other_size, size),
            (negative, other_negative) => other_negative.cmp(&negative),
        },
        different => different,
    }
}

fn compare_sizes(one: &str, other: &str) -> Ordering {
    let (whole, fraction) = one.split_once('.').unwrap_or((one, ""));
    let (other_whole, other_fraction) = other.split_once('.').unwrap_or((other, ""));
    let by_length = whole.len().cmp(&other_whole.len()).then_with(|| whole.cmp(other_whole));
    by_length.then_with(|| fraction.trim_end_matches('0').cmp(other_fraction.trim_end_matches('0')))
}

/// `cash_in()` and `cash_out()` where `lc_monetary` is `C`: two digits behind the point.
pub(super) fn money(text: &str) -> Option<String> {
    let skip = |rest: &'_ str| rest.trim_start_matches(super::is_space).len();
    let behind = |rest: &str| text.len() - skip(rest);
    let mut rest = &text[behind(text)..];
    rest = rest.strip_prefix('$').map_or(rest, |rest| &text[behind(rest)..]);
    let mut negative = rest.starts_with(['-', '(']);
    rest = rest.strip_prefix(['-', '(', '+']).map_or(rest, |rest| &text[behind(rest)..]);
    rest = rest.strip_prefix('$').map_or(rest, |rest| &text[behind(rest)..]);

    let (mut cents, mut decimals) = (0_i64, None);
    // Kept below zero, which has room for one more.
    let mut add = |digit: i64| cents.checked_mul(10).and_then(|c| c.checked_sub(digit)).map(|sum| cents = sum);
    while let Some(c) = rest.chars().next() {
        match (c.to_digit(10), c, decimals) {
            (Some(digit), _, None) => add(i64::from(digit))?,
            (Some(digit), _, Some(count @ 0..2)) => {
                add(i64::from(digit))?;
                decimals = Some(count + 1);
            }
            (None, '.', None) => decimals = Some(0),
            (None, ',', _) => {}
            _ => break,
        }
        rest = &rest[1..];
    }
    let rounds_up = rest.starts_with(|c: char| ('5'..='9').contains(&c));
    for _ in decimals.unwrap_or(0)..2 {
        add(0)?;
    }
    if rounds_up {
        cents = cents.checked_sub(1)?;
    }
    for c in rest.trim_start_matches(|c: char| c.is_ascii_digit()).chars() {
        match c {
            '-' => negative = true,
            ')' | '+' | '$' => {}
            c if super::is_space(c) => {}
            _ => return None,
        }
    }
    // The least one has no counterpart above zero.
    (negative || cents > i64::MIN).then_some(())?;
    let digits = (cents.unsigned_abs() / 100).to_string();
    let first = (digits.len() - 1) % 3 + 1;
    let mut grouped = digits[..first].to_owned();
    for group in digits.as_bytes()[first..].chunks(3) {
        grouped.push(',');
        grouped.extend(group.iter().map(|byte| char::from(*byte)));
    }
    let sign = if negative && cents != 0 { "-" } else { "" };
    Some(format!("{sign}${grouped}.{:02}", cents.unsigned_abs() % 100))
}

/// `pg_lsn_in()` and `pg_lsn_out()`: `16/B374D848`.
pub(super) fn pg_lsn(text: &str) -> Option<String> {
    let (high, low) = text.split_once('/')?;
    let half = |text: &str| {
        let fits = (1..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        u32::from_str_radix(text, 16).ok().filter(|_| fits)
    };
    Some(format!("{:X}/{:X}", half(high)?, half(low)?))
}

/// `tidin()` and `tidout()`: `(0,1)`.
pub(super) fn tid(text: &str) -> Option<String> {
    let (block, offset) = text.strip_prefix('(')?.strip_suffix(')')?.split_once(',')?;
    let number = |text: &str, most: u64| counter(text, most).filter(|_| all_digits(text));
    Some(format!("({},{})", number(block, u32::MAX.into())?, number(offset, u16::MAX.into())?))
}
