//! Arrays (arrayfuncs.c).

use super::{is_space, trimmed};

/// More dimensions than these are refused (`MAXDIM`).
const MAX_DEPTH: usize = 6;

/// `array_in()` and `array_out()`; `element` makes of an element's text what its type would print.
pub(in crate::expr) fn array(text: &str, delimiter: char, element: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let (bounds, mut rest) = bounds(trimmed(text))?;
    let mut reader = Reader { delimiter, element, depth: 0, counts: [None; MAX_DEPTH], current: [0; MAX_DEPTH] };
    let printed = reader.read(&mut rest)?;
    if !rest.is_empty() {
        return None;
    }
    let lengths: Vec<i64> = reader.counts.iter().map_while(|count| *count).collect();
    if lengths == [0] {
        return bounds.is_empty().then_some(printed);
    }
    let fits = bounds.is_empty() || bounds.iter().map(|(low, high)| high - low + 1).eq(lengths);
    // Bounds are printed where one does not begin with 1.
    let told = if bounds.iter().all(|(low, _)| *low == 1) {
        String::new()
    } else {
        bounds.iter().map(|(low, high)| format!("[{low}:{high}]")).collect::<String>() + "="
    };
    fits.then_some(told + &printed)
}

/// `ReadArrayDimensions()`: `[2:3][1:2]=`, or `[2]` from 1 on.
fn bounds(text: &str) -> Option<(Vec<(i64, i64)>, &str)> {
    let (mut bounds, mut rest) = (Vec::new(), text);
    while let Some(inner) = rest.strip_prefix('[') {
        let (bound, behind) = inner.split_once(']')?;
        let number = |text: &str| text.parse::<i32>().ok().map(i64::from);
        let (low, high) = match bound.split_once(':') {
            Some((low, high)) => (number(low)?, number(high)?),
            None => (1, number(bound)?),
        };
        // An upper bound has room for one more.
        (low <= high && high < i64::from(i32::MAX) && bounds.len() < MAX_DEPTH).then_some(())?;
        bounds.push((low, high));
        rest = behind.trim_start_matches(is_space);
    }
    if !bounds.is_empty() {
        rest = rest.strip_prefix('=')?.trim_start_matches(is_space);
    }
    Some((bounds, rest))
}

struct Reader<'a> {
    delimiter: char,
    element: &'a dyn Fn(&str) -> Option<String>,
    depth: usize,
    /// How many there are in each dimension, once one of its arrays has ended.
    counts: [Option<i64>; MAX_DEPTH],
    current: [i64; MAX_DEPTH],
}

impl Reader<'_> {
    /// `ReadArrayStr()`
    fn read(&mut self, rest: &mut &str) -> Option<String> {
        let mut printed = String::new();
        // The depth of what holds elements is that of the first.
        let mut deepest = None;
        let mut wants_item = true;
        loop {
            *rest = rest.trim_start_matches(is_space);
            let first = rest.chars().next()?;
            match first {
                '{' if wants_item && self.depth < MAX_DEPTH && deepest.is_none_or(|depth| self.depth < depth) => {
                    self.depth += 1;
                    self.current[self.depth - 1] = 0;
                    printed.push('{');
                    *rest = &rest[1..];
                    continue;
                }
                // Only a whole array is empty for certain.
                '}' if self.depth == 1 && printed == "{" => {
                    self.counts[0] = Some(0);
                    *rest = &rest[1..];
                    return Some("{}".to_owned());
                }
                '}' if !wants_item => {
                    let at = self.depth - 1;
                    (self.counts[at].is_none_or(|count| count == self.current[at])).then_some(())?;
                    self.counts[at] = Some(self.current[at]);
                    self.depth -= 1;
                    printed.push('}');
                    *rest = &rest[1..];
                    if self.depth == 0 {
                        return Some(printed);
                    }
                    self.current[self.depth - 1] += 1;
                }
                c if c == self.delimiter && !wants_item => {
                    printed.push(c);
                    wants_item = true;
                    *rest = &rest[1..];
                    continue;
                }
                '}' => return None,
                c if c == self.delimiter => return None,
                _ if wants_item && self.depth > 0 && deepest.is_none_or(|depth| self.depth == depth) => {
                    deepest = Some(self.depth);
                    printed += &self.element(rest)?;
                    self.current[self.depth - 1] += 1;
                }
                _ => return None,
            }
            wants_item = false;
        }
    }

    /// `ReadArrayToken()`: one element, as it is printed.
    fn element(&self, rest: &mut &str) -> Option<String> {
        let mut value = String::new();
        let mut is_quoted = false;
        if let Some(inner) = rest.strip_prefix('"') {
            is_quoted = true;
            let mut chars = inner.chars();
            loop {
                match chars.next()? {
                    '"' => break,
                    '\\' => value.push(chars.next()?),
                    c => value.push(c),
                }
            }
            *rest = chars.as_str();
        } else {
            // Space at the end does not count, unless it is escaped.
            let mut kept = 0;
            let mut chars = rest.chars();
            while let Some(c) = chars.clone().next().filter(|c| *c != self.delimiter && *c != '}') {
                chars.next();
                match c {
                    '\\' => {
                        is_quoted = true;
                        value.push(chars.next()?);
                        kept = value.len();
                    }
                    '"' | '{' => return None,
                    c => {
                        value.push(c);
                        if !is_space(c) {
                            kept = value.len();
                        }
                    }
                }
            }
            value.truncate(kept);
            *rest = chars.as_str();
        }
        if !is_quoted && value.eq_ignore_ascii_case("null") {
            return Some("NULL".to_owned());
        }
        Some(self.quoted((self.element)(&value)?))
    }

    /// `array_out()`
    fn quoted(&self, value: String) -> String {
        let special = |c: char| is_space(c) || matches!(c, '{' | '}' | '"' | '\\') || c == self.delimiter;
        if value.is_empty() || value.eq_ignore_ascii_case("null") || value.contains(special) {
            format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
        } else {
            value
        }
    }
}
