//! The texts about codes, which stand in Markdown files beside this one: a heading is what the texts are about, each
//! paragraph below it begins with what it is (`Why: …`), and blocks are the example.

use std::collections::BTreeMap;

use super::Example;

/// The texts of one file, in their order.
#[derive(Debug)]
pub(super) struct Texts(Vec<(&'static str, Entry)>);

/// What stands below one heading.
#[derive(Debug, Default)]
pub(super) struct Entry {
    paragraphs: BTreeMap<&'static str, String>,
    pub(super) example: Option<Example>,
}

impl Texts {
    pub(super) fn read(page: &'static str) -> Self {
        let sections = page.split("\n## ").skip(1).filter_map(|section| section.split_once('\n'));
        Self(sections.map(|(heading, below)| (heading.trim(), Entry::read(below))).collect())
    }

    pub(super) fn get(&self, heading: &str) -> Option<&Entry> {
        self.0.iter().find(|(known, _)| *known == heading).map(|(_, entry)| entry)
    }

    /// The headings in their order.
    pub(super) fn headings(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(heading, _)| *heading)
    }
}

impl Entry {
    fn read(text: &'static str) -> Self {
        let mut entry = Self::default();
        for (at, piece) in text.split("```").enumerate() {
            if at % 2 == 1 {
                let (language, block) = piece.split_once('\n').unwrap_or((piece, ""));
                let example = entry.example.get_or_insert_default();
                let place = if language == "yaml" { &mut example.spec } else { &mut example.sql };
                *place = Some(block.trim_end().to_owned());
                continue;
            }
            for paragraph in piece.split("\n\n") {
                if let Some((what, words)) = paragraph.trim().split_once(':') {
                    let words: Vec<&str> = words.split_whitespace().collect();
                    entry.paragraphs.insert(what, words.join(" "));
                }
            }
        }
        entry
    }

    /// The paragraph that begins with a word; nothing if there is none.
    pub(super) fn text(&self, what: &str) -> &str {
        self.paragraphs.get(what).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_known_by_what_they_begin_with() {
        let page = "# Title\n\n## a::b\n\nWhy: one\ntwo: three.\n\nMend: four.\n\n```yaml\nx:\n  y: 1\n```\n\n## c\n\nWhy: five.\n";
        let texts = Texts::read(page);
        assert_eq!(texts.headings().collect::<Vec<_>>(), ["a::b", "c"]);
        let entry = texts.get("a::b").unwrap();
        assert_eq!((entry.text("Why"), entry.text("Mend"), entry.text("Accept")), ("one two: three.", "four.", ""));
        assert_eq!(entry.example.as_ref().unwrap().spec.as_deref(), Some("x:\n  y: 1"));
        assert!(texts.get("c").unwrap().example.is_none());
    }
}
