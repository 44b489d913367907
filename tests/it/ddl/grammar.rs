//! Reads `statements.txt`: areas of statements, the rules they are made of, and the holes in both.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One way to write something.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) weight: usize,
    /// The first server version that knows it.
    pub(crate) since: u32,
    pub(crate) parts: Vec<Part>,
    /// The line, by which a cause is told from another.
    pub(crate) line: &'static str,
}

#[derive(Debug)]
pub(crate) enum Part {
    Text(&'static str),
    /// A form of a rule; several of them with commas between.
    Rule(&'static str, bool),
    /// Something that is there, and the letter that stands for it from here on.
    Pick {
        letter: Option<&'static str>,
        what: What,
    },
    /// What a letter stands for.
    Again(&'static str),
    /// A name for something new.
    New(&'static str),
    /// The same without a schema.
    Name(&'static str),
    Number,
    /// A whole statement.
    Statement,
}

#[derive(Debug)]
pub(crate) struct What {
    /// `table`, `column`.
    pub(crate) noun: &'static str,
    /// The letter of what it is a part of.
    pub(crate) of: Option<&'static str>,
}

#[derive(Debug, Default)]
pub(crate) struct Grammar {
    pub(crate) rules: BTreeMap<&'static str, Vec<Form>>,
    /// The statements of each area.
    pub(crate) areas: BTreeMap<&'static str, Vec<Form>>,
}

pub(crate) static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| Grammar::read(include_str!("statements.txt")));

impl Grammar {
    fn read(text: &'static str) -> Self {
        let mut grammar = Self::default();
        let mut area = "";
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix("== ") {
                area = name;
            } else if let Some((rule, form)) = line.strip_prefix('<').and_then(|line| line.split_once(">: ")) {
                grammar.rules.entry(rule).or_default().push(form_of(form, line));
            } else {
                let (weight, form) = line.split_once(": ").unwrap_or_else(|| panic!("no weight: {line}"));
                let form = Form { weight: weight.parse().unwrap(), ..form_of(form, line) };
                grammar.areas.entry(area).or_default().push(form);
            }
        }
        let parts = grammar.rules.values().chain(grammar.areas.values()).flatten().flat_map(|form| &form.parts);
        for part in parts {
            if let Part::Rule(name, _) = part {
                assert!(grammar.rules.contains_key(name), "there is no rule <{name}>");
            }
        }
        grammar
    }
}

fn form_of(text: &'static str, line: &'static str) -> Form {
    let (weight, text) = match text.split_once(' ') {
        Some((weight, rest)) if !weight.is_empty() => weight.parse().map_or((1, text), |weight| (weight, rest)),
        _ => text.parse().map_or((1, text), |weight| (weight, "")),
    };
    let (since, text) = match text.strip_prefix('@').and_then(|rest| rest.split_once(' ')) {
        Some((since, rest)) => (since.parse().unwrap(), rest),
        None => (0, text),
    };
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        // What stands in quotes is an array.
        if let Some(after) = behind.strip_prefix('}') {
            parts.push(Part::Text(&rest[..before.len() + 2]));
            rest = after;
            continue;
        }
        parts.push(Part::Text(before));
        let (inside, after) = behind.split_once('}').unwrap_or_else(|| panic!("an open brace: {line}"));
        parts.push(hole(inside));
        rest = after;
    }
    parts.push(Part::Text(rest));
    Form { weight, since, parts, line }
}

fn hole(inside: &'static str) -> Part {
    match inside {
        "n" => return Part::Number,
        "<statement>" => return Part::Statement,
        _ => {}
    }
    if let Some(rule) = inside.strip_prefix('<') {
        let several = rule.strip_suffix(">*");
        return Part::Rule(several.unwrap_or_else(|| rule.trim_end_matches('>')), several.is_some());
    }
    if let Some(letter) = inside.strip_prefix('=') {
        return Part::Again(letter);
    }
    if let Some(noun) = inside.strip_prefix("new ") {
        return Part::New(noun);
    }
    if let Some(noun) = inside.strip_prefix("name ") {
        return Part::Name(noun);
    }
    let (letter, what) = match inside.split_once(':') {
        Some((letter, what)) => (Some(letter), what),
        None => (None, inside),
    };
    let what = match what.rsplit_once(' ') {
        Some((noun, of)) if of.len() == 1 => What { noun, of: Some(of) },
        _ => What { noun: what, of: None },
    };
    Part::Pick { letter, what }
}
