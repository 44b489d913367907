//! Geometric types (`geo_ops.c`).

use super::float::{float8_out, prefix};
use super::is_space;

type Point = (f64, f64);

/// `point_in()` and `point_out()`
pub(super) fn point(text: &str) -> Option<String> {
    let (point, rest) = pair(text)?;
    rest.is_empty().then(|| print_point(point))?
}

/// `lseg_in()` and `lseg_out()`
pub(super) fn lseg(text: &str) -> Option<String> {
    let Path { points, rest, .. } = path_decode(text, true, 2)?;
    rest.is_empty().then(|| Some(format!("[{}]", print_points(&points)?)))?
}

/// `box_in()` and `box_out()`: the upper right corner first.
pub(super) fn rectangle(text: &str) -> Option<String> {
    let Path { points, rest, .. } = path_decode(text, false, 2)?;
    let [(x, y), (other_x, other_y)] = points[..] else { return None };
    // How NaN orders is left to the server.
    let is_ordered = ![x, y, other_x, other_y].iter().any(|number| number.is_nan());
    let high = (if x < other_x { other_x } else { x }, if y < other_y { other_y } else { y });
    let low = (if x < other_x { x } else { other_x }, if y < other_y { y } else { other_y });
    (rest.is_empty() && is_ordered).then(|| print_points(&[high, low]))?
}

/// `path_in()` and `path_out()`: brackets where it is open.
pub(super) fn path(text: &str) -> Option<String> {
    let count = pair_count(text)?;
    let mut start = text.trim_start_matches(is_space);
    let is_alone = start.starts_with('(') && start.rfind('(') == Some(0);
    if is_alone {
        start = &start[1..];
    }
    let Path { points, is_open, mut rest } = path_decode(start, true, count)?;
    if is_alone {
        rest = rest.strip_prefix(')')?.trim_start_matches(is_space);
    }
    let inner = print_points(&points)?;
    rest.is_empty().then(|| if is_open { format!("[{inner}]") } else { format!("({inner})") })
}

/// `poly_in()` and `poly_out()`
pub(super) fn polygon(text: &str) -> Option<String> {
    let Path { points, rest, .. } = path_decode(text, false, pair_count(text)?)?;
    rest.is_empty().then(|| Some(format!("({})", print_points(&points)?)))?
}

/// `circle_in()` and `circle_out()`
pub(super) fn circle(text: &str) -> Option<String> {
    let mut rest = text.trim_start_matches(is_space);
    let mut depth = 0;
    let is_angled = rest.starts_with('<');
    if is_angled {
        (depth, rest) = (1, &rest[1..]);
    } else if let Some(inner) = rest.strip_prefix('(').map(|inner| inner.trim_start_matches(is_space))
        && inner.starts_with('(')
    {
        (depth, rest) = (1, inner);
    }
    let (center, behind) = pair(rest)?;
    let (radius, mut rest) = prefix(behind.strip_prefix(',').unwrap_or(behind))?;
    while depth > 0 {
        rest = rest.strip_prefix([')', '>'])?.trim_start_matches(is_space);
        depth -= 1;
    }
    // A radius may be NaN, but not below zero.
    let fits = rest.is_empty() && (radius.is_nan() || radius >= 0.0);
    fits.then(|| Some(format!("<{},{}>", print_point(center)?, float8_out(radius)?)))?
}

/// `line_in()` and `line_out()` for `{A,B,C}`; that of two points is computed, and not told here.
pub(super) fn line(text: &str) -> Option<String> {
    let (a, rest) = prefix(text.trim_start_matches(is_space).strip_prefix('{')?)?;
    let (b, rest) = prefix(rest.strip_prefix(',')?)?;
    let (c, rest) = prefix(rest.strip_prefix(',')?)?;
    let ends = rest.strip_prefix('}')?.trim_start_matches(is_space).is_empty();
    // Zero is what is smaller than this (`EPSILON`).
    let is_line = a.abs() > 1e-6 || b.abs() > 1e-6;
    (ends && is_line).then(|| Some(format!("{{{},{},{}}}", float8_out(a)?, float8_out(b)?, float8_out(c)?)))?
}

/// `pair_decode()`: `(1,2)` or `1,2`, and what follows it.
fn pair(text: &str) -> Option<(Point, &str)> {
    let text = text.trim_start_matches(is_space);
    let inner = text.strip_prefix('(');
    let (x, rest) = prefix(inner.unwrap_or(text))?;
    let (y, rest) = prefix(rest.strip_prefix(',')?)?;
    let rest = if inner.is_some() { rest.strip_prefix(')')?.trim_start_matches(is_space) } else { rest };
    Some(((x, y), rest))
}

struct Path<'a> {
    points: Vec<Point>,
    is_open: bool,
    rest: &'a str,
}

/// `path_decode()`: so many points, in brackets, parentheses, or nothing.
fn path_decode(text: &str, may_be_open: bool, count: usize) -> Option<Path<'_>> {
    let mut rest = text.trim_start_matches(is_space);
    let mut depth = 0;
    let is_open = rest.starts_with('[');
    if is_open {
        (may_be_open).then_some(())?;
        (depth, rest) = (1, &rest[1..]);
    } else if let Some(inner) = rest.strip_prefix('(') {
        let inner = inner.trim_start_matches(is_space);
        if inner.starts_with('(') || rest.rfind('(') == Some(0) {
            (depth, rest) = (1, inner);
        }
    }
    let mut points = Vec::new();
    for _ in 0..count {
        let (point, behind) = pair(rest)?;
        points.push(point);
        rest = behind.strip_prefix(',').unwrap_or(behind);
    }
    while depth > 0 {
        let closed = rest.strip_prefix(')').or_else(|| rest.strip_prefix(']').filter(|_| is_open))?;
        rest = closed.trim_start_matches(is_space);
        depth -= 1;
    }
    Some(Path { points, is_open, rest })
}

/// `pair_count()`: how many points there are, by their commas.
fn pair_count(text: &str) -> Option<usize> {
    let commas = text.matches(',').count();
    (commas % 2 == 1).then(|| commas.div_ceil(2))
}

fn print_point((x, y): Point) -> Option<String> {
    Some(format!("({},{})", float8_out(x)?, float8_out(y)?))
}

fn print_points(points: &[Point]) -> Option<String> {
    let printed: Vec<String> = points.iter().map(|point| print_point(*point)).collect::<Option<_>>()?;
    Some(printed.join(","))
}
