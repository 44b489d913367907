//! Reads `grammar.txt`: types, classes of them, words, and the forms that expressions take.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A type, and how people write what is of it.
#[derive(Debug, Default)]
pub(crate) struct Type {
    pub(crate) spellings: Vec<String>,
    pub(crate) columns: Vec<String>,
    /// Constants without quotes, or with quotes of their own.
    pub(crate) bare: Vec<String>,
    /// What may stand in the quotes of a constant.
    pub(crate) texts: Vec<String>,
}

/// A form: how something of a type can be written.
#[derive(Debug)]
pub(crate) struct Form {
    /// A type, or `T`.
    pub(crate) of: String,
    pub(crate) level: u8,
    pub(crate) tag: Option<String>,
    pub(crate) parts: Vec<Part>,
    pub(crate) is_query: bool,
    /// The first server version that knows it.
    pub(crate) since: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum Part {
    Text(String),
    Words(String),
    Hole(Hole),
    /// What stands in a hole of the form that this one replaces.
    Back(usize),
}

#[derive(Clone, Debug)]
pub(crate) struct Hole {
    /// A type, a class, a letter that stands for one, or what is no type but has forms.
    pub(crate) of: String,
    pub(crate) letter: Option<String>,
    /// How tightly something must bind to stand here without parentheses.
    pub(crate) needs: u8,
    pub(crate) separator: Option<&'static str>,
    /// A constant may stand here without its type.
    pub(crate) untyped: bool,
    pub(crate) constant: bool,
    /// The name of the type stands here.
    pub(crate) name: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Grammar {
    pub(crate) types: BTreeMap<String, Type>,
    pub(crate) classes: BTreeMap<String, Vec<String>>,
    pub(crate) words: BTreeMap<String, Vec<String>>,
    pub(crate) forms: Vec<Form>,
    /// The forms that something of a type can take.
    pub(crate) forms_of: BTreeMap<String, Vec<usize>>,
    /// The other ways to write the forms with a tag.
    pub(crate) twins: BTreeMap<String, Vec<Form>>,
}

pub(crate) static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| Grammar::read(include_str!("grammar.txt")));

/// How tightly an operand of BETWEEN and LIKE has to bind.
const TIGHT: u8 = 8;

impl Grammar {
    fn read(text: &str) -> Self {
        let mut grammar = Self::default();
        let lines = || text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines() {
            if let Some(line) = line.strip_prefix("type ") {
                grammar.add_type(line);
            } else if let Some((name, types)) = line.strip_prefix("class ").and_then(|line| line.split_once(" = ")) {
                grammar.classes.insert(name.to_owned(), blanks(types));
            } else if let Some((name, words)) = line.strip_prefix("words ").and_then(|line| line.split_once(" = ")) {
                grammar.words.insert(name.to_owned(), blanks(words));
            }
        }
        let mut is_query = false;
        for line in lines().skip_while(|line| !line.starts_with("== ")) {
            if let Some(heading) = line.strip_prefix("== ") {
                is_query = heading == "queries";
            } else if !line.starts_with("words ") {
                grammar.add_form(line, is_query);
            }
        }
        for (number, form) in grammar.forms.iter().enumerate() {
            let of =
                if form.of == "T" { grammar.classes[bound(form, "T").unwrap()].clone() } else { vec![form.of.clone()] };
            for of in of {
                let forms = grammar.forms_of.entry(of).or_default();
                if !forms.contains(&number) {
                    forms.push(number);
                }
            }
        }
        grammar
    }

    fn add_type(&mut self, line: &str) {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let list = |at: usize| blanks(fields.get(at).copied().unwrap_or_default());
        // A type without columns or constants leaves fields out.
        let texts = fields.get(4).copied().unwrap_or_default();
        let texts = texts.split(';').map(|text| text.trim().replace('␣', " "));
        let is_plain = std::env::var_os("SOAK_PLAIN").is_some();
        let texts = texts.filter(|text| !is_plain || !text.starts_with('~'));
        let texts = texts.map(|text| text.trim_start_matches('~').to_owned()).collect();
        let one = Type { spellings: list(1), columns: list(2), bare: list(3), texts };
        self.types.insert(fields[0].replace('␣', " "), one);
    }

    fn add_form(&mut self, line: &str, is_query: bool) {
        let (head, text) = line.split_once(": ").unwrap_or_else(|| panic!("no form: {line}"));
        let twin_of = head.starts_with('~');
        let mut head: Vec<&str> = head.trim_start_matches('~').split(' ').collect();
        let since = head.iter().position(|mark| mark.starts_with('@')).map(|at| head.remove(at));
        let since = since.map_or(0, |since| since[1..].parse().unwrap());
        let tag = twin_of.then(|| head.remove(0).to_owned()).or_else(|| head.get(2).map(|tag| (*tag).to_owned()));
        let level = head.get(1).map_or(16, |level| level.parse().unwrap());
        let of = head[0].replace('␣', " ");
        let mut form = Form { of, level, tag, parts: self.parts(text, level, line), is_query, since };
        if twin_of {
            self.twins.entry(form.tag.take().unwrap()).or_default().push(form);
        } else {
            self.forms.push(form);
        }
    }

    fn parts(&self, text: &str, level: u8, line: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            let (inside, after) = behind.split_once('}').unwrap();
            // What stands in quotes is an array.
            if before.ends_with('\'') {
                parts.push(Part::Text(format!("{before}{{{inside}}}")));
                rest = after;
                continue;
            }
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(self.hole(inside, line));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        // At an edge, what stands in a hole has to hold together. Chains go on to the left.
        let last = parts.len() - 1;
        let is_chain = matches!(level, 1 | 2 | 7 | 8 | 9 | 11 | 14 | 15);
        for (at, part) in parts.iter_mut().enumerate() {
            if let Part::Hole(hole) = part
                && level < 16
            {
                let edge = if at == 0 && is_chain { level } else { level + 1 };
                if hole.separator.is_some_and(|separator| separator != ", ") {
                    hole.needs = level + 1;
                } else if at == 0 || at == last {
                    hole.needs = hole.needs.max(edge);
                }
            }
        }
        parts
    }

    fn hole(&self, inside: &str, line: &str) -> Part {
        if let Ok(number) = inside.parse() {
            return Part::Back(number);
        }
        let (inside, separator) = match inside.split_once('*') {
            Some((inside, "AND")) => (inside, Some(" AND ")),
            Some((inside, "OR")) => (inside, Some(" OR ")),
            Some((inside, _)) => (inside, Some(", ")),
            None => (inside, None),
        };
        let marks = inside.trim_end_matches(['\'', '#', '!', '$']);
        let has = |mark: char| inside[marks.len()..].contains(mark);
        let (of, letter) = match marks.split_once(':') {
            Some((of, letter)) => (of, Some(letter.to_owned())),
            None => (marks, None),
        };
        let of = of.replace('␣', " ");
        if self.words.contains_key(&of) {
            return Part::Words(of);
        }
        let is_query = of.starts_with('q') || of == "tbool";
        let is_known = self.types.contains_key(&of) || self.classes.contains_key(&of) || of.len() == 1 || is_query;
        assert!(is_known, "{of} is not known: {line}");
        let needs = if has('!') { TIGHT } else { 0 };
        let (untyped, constant, name) = (has('\''), has('#'), has('$'));
        Part::Hole(Hole { of, letter, needs, separator, untyped, constant, name })
    }
}

/// The class that a form binds a letter to.
pub(crate) fn bound<'a>(form: &'a Form, letter: &str) -> Option<&'a str> {
    form.parts.iter().find_map(|part| match part {
        Part::Hole(hole) if hole.letter.as_deref() == Some(letter) => Some(hole.of.as_str()),
        Part::Hole(_) | Part::Text(_) | Part::Words(_) | Part::Back(_) => None,
    })
}

fn blanks(list: &str) -> Vec<String> {
    list.split_whitespace().map(|word| word.replace('␣', " ")).collect()
}
