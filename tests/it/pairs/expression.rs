//! Expressions as people write them: how one is drawn from the grammar, and how it reads.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::grammar::{Form, GRAMMAR, Hole, Part, bound};
use crate::random::Random;

/// A piece of SQL that can be taken apart and put together differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) of: String,
    pub(crate) level: u8,
    pub(crate) tag: Option<String>,
    pub(crate) pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// With the words that could stand in its place.
    Word {
        text: String,
        of: Option<String>,
    },
    Slot(Slot),
}

/// Where other nodes stand: one, or a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) needs: u8,
    pub(crate) separator: Option<&'static str>,
    pub(crate) items: Vec<Node>,
}

/// The way to a node: which slot, and which item of it.
pub(crate) type Path = Vec<(usize, usize)>;

impl Node {
    pub(crate) fn word(of: &str, text: &str) -> Self {
        let pieces = vec![Piece::Word { text: text.to_owned(), of: None }];
        Self { of: of.to_owned(), level: 16, tag: None, pieces }
    }

    /// A form with one slot between two words.
    pub(crate) fn around(of: &str, level: u8, (before, after): (&str, &str), needs: u8, inner: Self) -> Self {
        let word = |text: &str| Piece::Word { text: text.to_owned(), of: None };
        let slot = Piece::Slot(Slot { needs, separator: None, items: vec![inner] });
        Self { of: of.to_owned(), level, tag: None, pieces: vec![word(before), slot, word(after)] }
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = (usize, &Slot)> {
        self.pieces.iter().enumerate().filter_map(|(at, piece)| match piece {
            Piece::Slot(slot) => Some((at, slot)),
            Piece::Word { .. } => None,
        })
    }

    pub(crate) fn is_leaf(&self) -> bool {
        self.slots().next().is_none()
    }

    /// The ways to all nodes, this one first.
    pub(crate) fn paths(&self) -> Vec<Path> {
        let mut found = vec![Vec::new()];
        for (at, slot) in self.slots() {
            for (number, item) in slot.items.iter().enumerate() {
                found.extend(item.paths().into_iter().map(|path| [vec![(at, number)], path].concat()));
            }
        }
        found
    }

    pub(crate) fn at(&self, path: &[(usize, usize)]) -> Option<&Self> {
        let Some(((piece, item), rest)) = path.split_first() else { return Some(self) };
        match self.pieces.get(*piece)? {
            Piece::Slot(slot) => slot.items.get(*item)?.at(rest),
            Piece::Word { .. } => None,
        }
    }

    pub(crate) fn at_mut(&mut self, path: &[(usize, usize)]) -> Option<&mut Self> {
        let Some(((piece, item), rest)) = path.split_first() else { return Some(self) };
        match self.pieces.get_mut(*piece)? {
            Piece::Slot(slot) => slot.items.get_mut(*item)?.at_mut(rest),
            Piece::Word { .. } => None,
        }
    }

    /// The SQL; with `lower`, its keywords in small letters.
    pub(crate) fn sql(&self, lower: bool) -> String {
        let mut out = String::new();
        self.write(&mut out, &mut |node, out| {
            if !node.is_leaf() || !lower {
                return false;
            }
            out.push_str(&node.text());
            true
        });
        if lower { lower_case(&out) } else { out }
    }

    /// What kind of expression it is: the types of its columns and constants in their place.
    pub(crate) fn skeleton(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, &mut |node, out| {
            if node.is_leaf() && !node.text().ends_with("()") {
                write!(out, "<{}>", node.of).unwrap();
                return true;
            }
            false
        });
        out
    }

    fn text(&self) -> String {
        self.pieces.iter().map(|piece| if let Piece::Word { text, .. } = piece { text.as_str() } else { "" }).collect()
    }

    /// Writes it, but for the nodes that `instead` has written.
    fn write(&self, out: &mut String, instead: &mut impl FnMut(&Self, &mut String) -> bool) {
        if instead(self, out) {
            return;
        }
        for piece in &self.pieces {
            match piece {
                Piece::Word { text, .. } => out.push_str(text),
                Piece::Slot(slot) => {
                    for (number, item) in slot.items.iter().enumerate() {
                        out.push_str(if number > 0 { slot.separator.unwrap_or(", ") } else { "" });
                        let bare = item.level >= slot.needs;
                        out.push_str(if bare { "" } else { "(" });
                        item.write(out, instead);
                        out.push_str(if bare { "" } else { ")" });
                    }
                }
            }
        }
    }
}

/// Small letters for all that does not stand in quotes.
fn lower_case(text: &str) -> String {
    let mut quote = None;
    text.chars()
        .map(|character| {
            match quote {
                None if character == '\'' || character == '"' => quote = Some(character),
                Some(open) if open == character => quote = None,
                _ => {}
            }
            if quote.is_none() { character.to_ascii_lowercase() } else { character }
        })
        .collect()
}

/// Draws expressions.
pub(crate) struct Generator<'r> {
    pub(crate) random: &'r mut Random,
    pub(crate) version: u32,
    /// Whether columns of `docs` can be named.
    pub(crate) columns: bool,
    /// Whether there may be sub-selects.
    pub(crate) queries: bool,
}

impl Generator<'_> {
    /// Something of a type, at most `depth` forms deep.
    pub(crate) fn node(&mut self, of: &str, depth: usize) -> Node {
        let is_type = GRAMMAR.types.contains_key(of);
        if is_type && (depth == 0 || self.random.chance(30)) {
            return self.leaf(of);
        }
        let forms: Vec<&Form> = GRAMMAR.forms_of.get(of).into_iter().flatten().map(|at| &GRAMMAR.forms[*at]).collect();
        let may = |form: &&Form| {
            form.since <= self.version && (self.queries || !form.is_query) && (is_type || depth > 0 || is_flat(form))
        };
        let forms: Vec<&Form> = forms.into_iter().filter(may).collect();
        if forms.is_empty() {
            return self.leaf(of);
        }
        let form = *self.random.pick(&forms);
        if of == "qview" || of == "qstatement" {
            let sees =
                |text: &str| ["FROM docs", "UPDATE docs", "MERGE INTO docs"].iter().any(|word| text.contains(word));
            let reads_docs = |part: &Part| matches!(part, Part::Text(text) if sees(text));
            self.columns = form.parts.iter().any(reads_docs);
        }
        self.form(form, of, depth.saturating_sub(1))
    }

    fn form(&mut self, form: &Form, of: &str, depth: usize) -> Node {
        let mut letters: BTreeMap<&str, String> = BTreeMap::new();
        if form.of == "T" {
            letters.insert("T", of.to_owned());
        }
        for letter in ["T", "U"] {
            if !letters.contains_key(letter)
                && let Some(class) = bound(form, letter)
            {
                letters.insert(letter, self.one_of(class));
            }
        }
        let pieces = form.parts.iter().map(|part| self.piece(part, &letters, depth)).collect();
        Node { of: of.to_owned(), level: form.level, tag: form.tag.clone(), pieces }
    }

    /// A type of a class.
    fn one_of(&mut self, class: &str) -> String {
        GRAMMAR.classes.get(class).map_or_else(|| class.to_owned(), |types| self.random.pick(types).clone())
    }

    fn piece(&mut self, part: &Part, letters: &BTreeMap<&str, String>, depth: usize) -> Piece {
        match part {
            Part::Text(text) => Piece::Word { text: text.clone(), of: None },
            Part::Words(class) => {
                Piece::Word { text: self.random.pick(&GRAMMAR.words[class]).clone(), of: Some(class.clone()) }
            }
            Part::Back(_) => panic!("only a twin looks back"),
            Part::Hole(hole) => {
                let letter = hole.letter.as_deref().unwrap_or(&hole.of);
                let of = |this: &mut Self| letters.get(letter).cloned().unwrap_or_else(|| this.one_of(&hole.of));
                if hole.name {
                    let of = of(self);
                    return Piece::Word { text: self.spelling(&of), of: Some(format!("type {of}")) };
                }
                let count =
                    if hole.separator.is_some() { self.random.below(3) + 1 + usize::from(hole.needs > 0) } else { 1 };
                let items = (0..count).map(|_| of(self)).collect::<Vec<_>>();
                let items = items.iter().map(|of| self.item(of, hole, depth)).collect();
                Piece::Slot(Slot { needs: hole.needs, separator: hole.separator, items })
            }
        }
    }

    fn item(&mut self, of: &str, hole: &Hole, depth: usize) -> Node {
        if hole.constant || hole.untyped && self.random.chance(60) {
            return self.constant(of, true);
        }
        self.node(of, depth)
    }

    pub(crate) fn spelling(&mut self, of: &str) -> String {
        let names = &GRAMMAR.types[of].spellings;
        if names.is_empty() || self.random.chance(60) { of.to_owned() } else { self.random.pick(names).clone() }
    }

    /// A column or a constant.
    pub(crate) fn leaf(&mut self, of: &str) -> Node {
        let columns = &GRAMMAR.types[of].columns;
        if self.columns && !columns.is_empty() && self.random.chance(70) {
            return Node::word(of, self.random.pick::<String>(columns));
        }
        self.constant(of, false)
    }

    /// A constant; where the place gives it its type, perhaps without one.
    pub(crate) fn constant(&mut self, of: &str, is_typed_by_place: bool) -> Node {
        let one = &GRAMMAR.types[of];
        if !one.bare.is_empty() && self.random.chance(70) {
            return Node::word(of, self.random.pick::<String>(&one.bare));
        }
        let text = self.random.pick(&one.texts).replace('\'', "''");
        if is_typed_by_place && self.random.chance(75) {
            return Node::word(of, &format!("'{text}'"));
        }
        let spelling = self.spelling(of);
        let is_plain = !spelling.contains(['[', '(', ' ', '"']);
        let text = match self.random.below(3) {
            0 => format!("CAST('{text}' AS {spelling})"),
            1 if is_plain => format!("{spelling} '{text}'"),
            _ => format!("'{text}'::{spelling}"),
        };
        Node::word(of, &text)
    }
}

/// Whether a form of a query has no query in it.
fn is_flat(form: &Form) -> bool {
    form.parts.iter().all(|part| match part {
        Part::Hole(hole) => !hole.of.starts_with('q') && hole.of != "tbool",
        Part::Text(_) | Part::Words(_) | Part::Back(_) => true,
    })
}
