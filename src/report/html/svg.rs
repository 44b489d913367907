//! A diagram of tables as SVG. Colours and lines are the style sheet's, by classes.

use std::fmt::Write;

use maud::{Markup, html};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::diagram::{Diagram, Key, Row, State, Table};
use super::layout::{self, End, Layout, Link, Point, Rect, Size};
use crate::report::plural;
use crate::report::untrusted::Untrusted;

const HEADER: i32 = 30;
const ROW: i32 = 20;
const BOTTOM: i32 = 5;
/// Where the names of columns begin, behind a sign and what says that it is a key.
const NAMES: i32 = 44;
/// The width of a character of 12 pixels in a font with a fixed width, in tenths of a pixel.
const CHARACTER: usize = 73;
const LONGEST_NAME: usize = 26;
const LONGEST_TYPE: usize = 18;
const LONGEST_TITLE: usize = 34;

/// What is wider than a page is drawn a little smaller, as long as it can still be read; beyond that it can be scrolled.
const PAGE: i32 = 1100;
const SNUG: i32 = 1450;

/// The diagram, in a frame that scrolls.
pub(super) fn draw(diagram: &Diagram) -> Markup {
    let sizes: Vec<Size> = diagram.tables.iter().map(size).collect();
    let links: Vec<Link> = diagram.keys.iter().map(|key| link(key, diagram)).collect();
    let layout = layout::arrange(&sizes, &links);
    let Size { width, height } = layout.size;
    let mut keys: Vec<(&Key, &Vec<Point>)> = diagram.keys.iter().zip(&layout.lines).collect();
    // What has drifted lies above the rest.
    keys.sort_by_key(|(key, _)| key.state);
    let fit = if width <= PAGE {
        ""
    } else if width <= SNUG {
        " snug"
    } else {
        " wide"
    };
    html! {
        div class={ "canvas" (fit) } tabindex="0" role="region" aria-label="Diagram, can be scrolled" {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) }
            role="group" aria-roledescription="diagram" aria-labelledby="diagram-title diagram-about" {
            title id="diagram-title" { "Drifted tables and their neighbours by foreign keys" }
            desc id="diagram-about" { (about(diagram)) }
            // Thin lines are sharp in the middle of a pixel, and as thin where several share a way.
            g transform="translate(.5 .5)" {
                @for (key, line) in keys { (drawn_key(key, line)) }
                (drawn_tables(diagram, &layout))
            }
        }
        }
    }
}

/// The same in words.
fn about(diagram: &Diagram) -> String {
    let of = |state| diagram.tables.iter().filter(|table| table.state == state).count();
    let states = State::ALL.into_iter().filter(|state| of(*state) > 0);
    let states: Vec<String> = states.map(|state| format!("{} {}", of(state), state.word())).collect();
    let (tables, keys) = (plural(diagram.tables.len(), "table"), plural(diagram.keys.len(), "foreign key"));
    format!("{tables} ({}) and {keys}.", states.join(", "))
}

fn size(table: &Table) -> Size {
    let count = table.rows.len() + usize::from(table.others > 0);
    let row = |row: &Row| {
        NAMES + text_width(&shown(&row.name, LONGEST_NAME)) + 14 + text_width(&shown(&row.what, LONGEST_TYPE)) + 10
    };
    let title = 34 + text_width(&shown(&table.name, LONGEST_TITLE)) + 10;
    let width = table.rows.iter().map(row).chain([title, 150]).max().unwrap_or_default();
    Size { width, height: HEADER + ROW * i32::try_from(count).unwrap_or_default() + BOTTOM }
}

fn text_width(text: &str) -> i32 {
    i32::try_from((text.width() * CHARACTER).div_ceil(10)).unwrap_or_default()
}

/// As much of a name as there is room for.
fn shown(text: &str, limit: usize) -> String {
    let text = Untrusted::new(text).term();
    if text.width() <= limit {
        return text;
    }
    let mut used = 0;
    let is_within = |character: &char| {
        used += character.width().unwrap_or_default();
        used < limit
    };
    format!("{}…", text.chars().take_while(is_within).collect::<String>())
}

fn link(key: &Key, diagram: &Diagram) -> Link {
    let end = |(at, row): (usize, Option<usize>)| {
        let y = row.and_then(|row| i32::try_from(row).ok()).map_or(HEADER / 2, |row| HEADER + row * ROW + ROW / 2);
        End { at, y }
    };
    let mut link = Link { one: end(key.one), many: end(key.many) };
    // Rows that must refer to it and rows that need not are not told apart where they share a line.
    let is_shared = |other: &Key| other.one == key.one && other.is_optional != key.is_optional;
    if diagram.keys.iter().any(is_shared) {
        link.one.y += if key.is_optional { 5 } else { -5 };
    }
    // What refers to itself by a row that is not drawn has both ends at its name.
    if link.one == link.many {
        link.many.y += 8;
    }
    link
}

fn drawn_tables(diagram: &Diagram, layout: &Layout) -> Markup {
    html! {
        @for (table, rect) in diagram.tables.iter().zip(&layout.boxes) {
            @match &table.card {
                Some(card) => a href={ "#" (card) } { (drawn_table(table, *rect)) },
                None => (drawn_table(table, *rect)),
            }
        }
    }
}

fn drawn_table(table: &Table, rect: Rect) -> Markup {
    let Rect { x, y, size: Size { width, height } } = rect;
    let last = HEADER + ROW * i32::try_from(table.rows.len()).unwrap_or_default();
    html! {
        g class={ "table " (table.state.class()) } transform={ "translate(" (x) " " (y) ")" } {
            title { (Untrusted::new(&table.name)) ": " (table.state.word()) }
            rect class="box" width=(width) height=(height) rx="7" {}
            path class="head" d={ "M0 " (HEADER) "V7Q0 0 7 0H" (width - 7) "Q" (width) " 0 " (width) " 7V" (HEADER) "Z" } {}
            @if table.state != State::AsExpected {
                (badge(18, HEADER / 2, table.state))
            }
            text class="name" x=(if table.state == State::AsExpected { 12 } else { 34 }) y="20" {
                (shown(&table.name, LONGEST_TITLE))
            }
            @for (number, row) in table.rows.iter().enumerate() {
                (drawn_row(row, HEADER + ROW * i32::try_from(number).unwrap_or_default(), width))
            }
            @if table.others > 0 {
                text class="more" x=(NAMES) y=(last + 14) { "+ " (table.others) " more" }
            }
        }
    }
}

fn drawn_row(row: &Row, y: i32, width: i32) -> Markup {
    let what = if row.is_column { "row" } else { "row part" };
    html! {
        g class={ (what) " " (row.state.class()) } {
            title { (Untrusted::new(&row.name)) " " (Untrusted::new(&row.what)) ": " (row.state.word()) }
            @if row.state != State::AsExpected {
                rect class="mark" x="5" y=(y + 1) width=(width - 10) height=(ROW - 2) rx="3" {}
                text class="sign" x="15" y=(y + 14) { (row.state.sign()) }
            }
            @if row.is_key { text class="key" x="25" y=(y + 14) { "PK" } }
            text x=(NAMES) y=(y + 14) { (shown(&row.name, LONGEST_NAME)) }
            text class="type" x=(width - 10) y=(y + 14) { (shown(&row.what, LONGEST_TYPE)) }
        }
    }
}

/// A sign that can be seen from afar.
fn badge(x: i32, y: i32, state: State) -> Markup {
    html! {
        circle class="badge" cx=(x) cy=(y) r="8" {}
        text class="sign" x=(x) y=(y + 4) { (state.sign()) }
    }
}

/// A line with a bar where there is one row, a crow's foot where there are many, and a circle where there need
/// not be any.
fn drawn_key(key: &Key, line: &[Point]) -> Markup {
    let ends = (line.first().zip(line.get(1)), line.last().zip(line.iter().rev().nth(1)));
    let (Some((one, next)), Some((many, before))) = ends else { return Markup::default() };
    let (out_one, out_many) = ((next.0 - one.0).signum(), (before.0 - many.0).signum());
    let mut marks = String::new();
    let bar = |marks: &mut String, at: i32, y: i32| {
        let _ = write!(marks, "M{at} {}V{}", y - 5, y + 5);
    };
    bar(&mut marks, one.0 + 8 * out_one, one.1);
    if key.is_unique {
        bar(&mut marks, many.0 + 8 * out_many, many.1);
    } else {
        let (tip, (x, y)) = (many.0 + 11 * out_many, *many);
        let _ = write!(marks, "M{x} {}L{tip} {y}L{x} {}", y - 6, y + 6);
    }
    html! {
        g class={ "fk " (key.state.class()) } {
            title { (Untrusted::new(&key.name)) ": " (key.state.word()) }
            path class="reach" d=(path(line)) {}
            path class="line" d=(path(line)) {}
            path class="end" d=(marks) {}
            @if key.is_optional { circle class="end" cx=(one.0 + 15 * out_one) cy=(one.1) r="4" {} }
            @if key.state != State::AsExpected { (badge(many.0 + 22 * out_many, many.1, key.state)) }
        }
    }
}

/// Through all points, with round corners.
fn path(points: &[Point]) -> String {
    const RADIUS: i32 = 6;
    let mut out = String::new();
    let Some(first) = points.first() else { return out };
    let _ = write!(out, "M{} {}", first.0, first.1);
    for three in points.windows(3) {
        let [before, corner, after] = [three[0], three[1], three[2]];
        let towards = |other: Point| {
            let (x, y) = (other.0 - corner.0, other.1 - corner.1);
            let reach = RADIUS.min(x.abs().max(y.abs()) / 2);
            (corner.0 + x.signum() * reach, corner.1 + y.signum() * reach)
        };
        let (from, to) = (towards(before), towards(after));
        let _ = write!(out, "L{} {}Q{} {} {} {}", from.0, from.1, corner.0, corner.1, to.0, to.1);
    }
    if let Some(last) = points.last() {
        let _ = write!(out, "L{} {}", last.0, last.1);
    }
    out
}
