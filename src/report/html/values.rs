//! Expected and observed side by side, with what differs marked: by signs and lines, not by colours alone.

use maud::{Markup, Render, html};

use crate::report::difference::{self, Hunk, Stretch};
use crate::report::plural;
use crate::report::untrusted::Untrusted;

/// The most characters of one value, and the most lines of two, that are shown.
const LONGEST: usize = 20_000;
const LINES: usize = 400;

/// One side, by the name that the style sheet has for it.
pub(super) const EXPECTED: Side = Side { class: "expected", sign: "−", word: "Expected" };
pub(super) const OBSERVED: Side = Side { class: "observed", sign: "+", word: "Observed" };

#[derive(Clone, Copy, Debug)]
pub(super) struct Side {
    pub(super) class: &'static str,
    pub(super) sign: &'static str,
    pub(super) word: &'static str,
}

/// Whether they are compared line by line, such as the bodies of functions.
pub(super) fn has_lines(expected: &Untrusted<'_>, observed: &Untrusted<'_>) -> bool {
    [expected, observed].iter().any(|value| value.data().trim_end().contains('\n'))
}

/// Two short values. `is_marked`: what differs is worth marking.
pub(super) fn pair(expected: &Untrusted<'_>, observed: &Untrusted<'_>, is_marked: bool) -> (Markup, Markup) {
    let (one, two) = (expected.cut(LONGEST).html(), observed.cut(LONGEST).html());
    let changed = difference::changed(&one, &two).filter(|_| is_marked);
    let (one, two) = changed.unwrap_or_else(|| (whole(&one), whole(&two)));
    (stretches(&one), stretches(&two))
}

fn whole(text: &str) -> Vec<Stretch> {
    vec![Stretch { text: text.to_owned(), is_changed: false }]
}

fn stretches(stretches: &[Stretch]) -> Markup {
    html! {
        @for Stretch { text, is_changed } in stretches {
            @if *is_changed { mark { (text) } } @else { (text) }
        }
    }
}

/// A line of two texts: of both, or of one; a line that was changed has both and differs.
struct Line<'a> {
    expected: Option<&'a str>,
    observed: Option<&'a str>,
}

/// Two texts on several lines: those that differ, with what is around them.
pub(super) fn lines(expected: &Untrusted<'_>, observed: &Untrusted<'_>) -> Markup {
    let hunks = difference::hunks(&expected.html(), &observed.html());
    let mut shown: Vec<Option<Line<'_>>> = Vec::new();
    for (number, hunk) in hunks.iter().enumerate() {
        if number > 0 || hunk.is_inside {
            shown.push(None);
        }
        shown.extend(aligned(hunk).into_iter().map(Some));
    }
    html! {
        div class="lines" role="table" aria-label="expected and observed, line by line" {
            div class="line names" role="row" {
                @for side in [EXPECTED, OBSERVED] {
                    span class={ "cell " (side.class) } role="columnheader" { (side.sign) " " (side.word) }
                }
            }
            @for line in shown.iter().take(LINES) {
                @match line {
                    Some(line) => (line),
                    None => div class="line skipped" role="row" { span role="cell" { "⋯" } },
                }
            }
        }
        @if shown.len() > LINES { p class="cut" { "… " (plural(shown.len() - LINES, "more line")) } }
    }
}

/// Lines that were taken away and lines that came for them stand beside each other.
fn aligned(hunk: &Hunk) -> Vec<Line<'_>> {
    let mut rows: Vec<Line<'_>> = Vec::new();
    // The first row of the present change that has room for an observed line.
    let mut free = 0;
    for (sign, text) in &hunk.lines {
        match sign {
            '-' => rows.push(Line { expected: Some(text), observed: None }),
            '+' => match rows.get_mut(free) {
                Some(row) => {
                    row.observed = Some(text);
                    free += 1;
                }
                None => {
                    rows.push(Line { expected: None, observed: Some(text) });
                    free += 1;
                }
            },
            _ => {
                rows.push(Line { expected: Some(text), observed: Some(text) });
                free = rows.len();
            }
        }
    }
    rows
}

impl Render for Line<'_> {
    fn render(&self) -> Markup {
        let is_same = self.expected == self.observed;
        let changed = self.expected.zip(self.observed).filter(|_| !is_same);
        let changed = changed.and_then(|(one, two)| difference::changed(one, two));
        let (one, two) = changed.unzip();
        let cell = |text: Option<&str>, parts: Option<Vec<Stretch>>, side: Side| {
            let class = if is_same { "same" } else { side.class };
            html! {
                @match text {
                    Some(text) => span class={ "cell " (class) } role="cell" {
                        span class="sign" { (if is_same { " " } else { side.sign }) }
                        code { @match parts { Some(parts) => (stretches(&parts)), None => (text) } }
                    },
                    None => span class="cell none" role="cell" {},
                }
            }
        };
        html! {
            div class={ "line" @if is_same { " both" } } role="row" {
                (cell(self.expected, one, EXPECTED))
                (cell(self.observed, two, OBSERVED))
            }
        }
    }
}
