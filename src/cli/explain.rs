//! `schema-check explain` and `schema-check codes`

use std::fmt::Write;
use std::io::IsTerminal;

use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};

use super::problem::Problem;
use super::{CLEAN, print};
use crate::codes::{self, Code};
use crate::report::terminal::Style;

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// A code as reports have it; `drift::` may be left out. What codes begin with, such as `drift::policy`, lists those.
    #[arg(value_name = "CODE")]
    code: String,
    /// How to print it.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct Codes {
    /// What the codes begin with; `drift::` may be left out.
    #[arg(value_name = "PREFIX")]
    prefix: Option<String>,
    /// How to print them.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
    /// For a page.
    Markdown,
}

impl Explain {
    pub(super) fn run(&self, style: Style) -> Result<u8, Problem> {
        let known = codes::find(&self.code).or_else(|| codes::find(&format!("drift::{}", self.code)));
        let text = match (known, self.format) {
            (Some(code), Format::Human) => explained(&code, style),
            (Some(code), Format::Json) => pretty(&in_json(&code)),
            (Some(code), Format::Markdown) => {
                format!("# {}\n\n{} ({})\n\n{}\n", code.code, code.title, code.weight.word(), code.markdown())
            }
            (None, format) => listed(&beginning_with(&self.code)?, format, of_list(style)),
        };
        print(&text)?;
        Ok(CLEAN)
    }
}

impl Codes {
    pub(super) fn run(&self, style: Style) -> Result<u8, Problem> {
        let found = match &self.prefix {
            Some(prefix) => beginning_with(prefix)?,
            None => codes::all().collect(),
        };
        print(&listed(&found, self.format, of_list(style)))?;
        Ok(CLEAN)
    }
}

/// The codes whose first words are these.
fn beginning_with(prefix: &str) -> Result<Vec<Code>, Problem> {
    let prefix = prefix.trim_end_matches(['*', ':']);
    let within = |prefix: &str| {
        let is_within = |code: &Code| {
            code.code == prefix || code.code.strip_prefix(prefix).is_some_and(|rest| rest.starts_with("::"))
        };
        codes::all().filter(is_within).collect::<Vec<Code>>()
    };
    let mut found = within(prefix);
    if found.is_empty() {
        found = within(&format!("drift::{prefix}"));
    }
    if found.is_empty() { Err(unknown(prefix)) } else { Ok(found) }
}

fn unknown(code: &str) -> Problem {
    let help = match nearest(code) {
        Some(near) => format!("did you mean {near}? `schema-check codes` lists them all"),
        None => "`schema-check codes` lists them all".to_owned(),
    };
    Problem::input(format!("there is no code {code}"), Some(help))
}

/// The known code that is most like another one, with or without what it begins with.
fn nearest(code: &str) -> Option<String> {
    let likeness = |known: &str| {
        let short = known.strip_prefix("drift::").unwrap_or(known);
        strsim::normalized_damerau_levenshtein(code, known).max(strsim::normalized_damerau_levenshtein(code, short))
    };
    let known = codes::all().map(|known| (likeness(&known.code), known.code));
    known.filter(|(likeness, _)| *likeness > 0.6).max_by(|one, two| one.0.total_cmp(&two.0)).map(|(_, code)| code)
}

fn explained(code: &Code, style: Style) -> String {
    let bold = |text: &str| if style.color { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() };
    let width = style.width.min(100);
    let mut out = format!("{} ({})\n", bold(&code.code), code.weight.word());
    out += &wrapped(&code.title, "", width);
    for (what, text) in code.parts() {
        let _ = write!(out, "\n{}\n{}", bold(what), wrapped(text, "  ", width));
    }
    for (_, what, text) in code.example.iter().flat_map(codes::Example::blocks) {
        let _ = write!(out, "\n{}\n", bold(what));
        for line in text.lines() {
            let _ = writeln!(out, "{}", format!("  {line}").trim_end());
        }
    }
    out
}

/// Words in lines that are no longer than a width, each behind a margin.
fn wrapped(text: &str, margin: &str, width: usize) -> String {
    let mut out = String::new();
    let mut line = String::new();
    for word in words(text) {
        let is_full = margin.len() + line.chars().count() + 1 + word.chars().count() > width;
        if is_full && !line.is_empty() {
            let _ = writeln!(out, "{margin}{line}");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += &word;
    }
    let _ = writeln!(out, "{margin}{line}");
    out
}

/// Code that is longer than so many characters is broken like other words.
const LONGEST_CODE: usize = 66;

/// The words of a text. What stands between backticks stays in one line.
fn words(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut in_code = false;
    for word in text.split_whitespace() {
        match found.last_mut().filter(|last| in_code && last.chars().count() < LONGEST_CODE) {
            Some(last) => *last += &format!(" {word}"),
            None => found.push(word.to_owned()),
        }
        in_code ^= word.matches('`').count() % 2 == 1;
    }
    found
}

/// Who pipes a list on looks for words in it, and none is cut.
fn of_list(style: Style) -> Style {
    if std::io::stdout().is_terminal() { style } else { Style { width: usize::MAX, ..style } }
}

fn listed(found: &[Code], format: Format, style: Style) -> String {
    let mut out = String::new();
    match format {
        Format::Json => return pretty(&found.iter().map(in_json).collect()),
        Format::Markdown => {
            out += "| code | severity | what is the case |\n|---|---|---|\n";
            for code in found {
                let _ = writeln!(out, "| `{}` | {} | {} |", code.code, code.weight.word(), code.title);
            }
        }
        Format::Human => {
            let length = |text: fn(&Code) -> String| found.iter().map(|code| text(code).len()).max().unwrap_or(0);
            let (codes, words) = (length(|code| code.code.clone()), length(|code| code.weight.word()));
            for Code { code, weight, title, .. } in found {
                let line = format!("{code:codes$}  {:words$}  {title}", weight.word());
                let _ = writeln!(out, "{}", cut(&line, style.width));
            }
        }
    }
    out
}

/// A line that ends where the terminal does.
fn cut(line: &str, width: usize) -> String {
    match line.char_indices().nth(width.saturating_sub(1)) {
        Some((at, last)) if at + last.len_utf8() < line.len() => format!("{}…", &line[..at]),
        _ => line.to_owned(),
    }
}

fn in_json(code: &Code) -> Json {
    let example = code.example.as_ref().map(|example| json!({ "spec": example.spec, "sql": example.sql }));
    json!({
        "code": code.code,
        "severity": code.severity().map(crate::findings::Severity::word),
        "exit_code": match code.weight { codes::Weight::Error { exit_code } => Some(exit_code), _ => None },
        "title": code.title,
        "meaning": code.meaning,
        "why": code.why,
        "mend": code.mend,
        "accept": code.accept,
        "example": example,
        "docs": format!("docs/codes.md#{}", code.anchor()),
    })
}

fn pretty(json: &Json) -> String {
    format!("{json:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explanations_fit_a_terminal() {
        let style = Style { color: false, width: 80 };
        for code in codes::all() {
            let text = explained(&code, style);
            let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(longest <= 80, "{longest}\n{text}");
        }
        let all = listed(&codes::all().collect::<Vec<_>>(), Format::Human, style);
        assert!(all.lines().all(|line| line.chars().count() <= 80), "{all}");
    }

    #[test]
    fn code_stays_in_one_line() {
        let text = "one two `three four five` six";
        assert_eq!(wrapped(text, "", 18), "one two\n`three four five`\nsix\n");
        assert_eq!(wrapped("a b", "  ", 4), "  a\n  b\n");
    }
}
