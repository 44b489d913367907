//! What text search has in `pg_catalog`: parsers, templates, dictionaries, configurations.

use super::Library;
use super::rows::rows;
use crate::catalog::Class;

impl Library {
    /// Whether there is a built-in text search object of that class and name.
    pub fn has_text_search(&self, class: Class, name: &str) -> bool {
        word_of(class).is_some_and(|word| self.text_search(word, name).is_some())
    }

    /// The sorts of tokens that a built-in parser tells apart.
    pub fn token_types(&self, parser: &str) -> Option<Vec<&'static str>> {
        self.text_search("ts_parser", parser).map(|tokens| tokens.split(',').collect())
    }

    /// The parser of a built-in configuration, and each sort of token with the dictionaries that it is looked up in.
    pub fn text_search_configuration(&self, name: &str) -> Option<(&'static str, Mappings)> {
        let (parser, mappings) = self.text_search("ts_configuration", name)?.split_once(' ')?;
        let mappings = mappings.split(',').filter_map(|one| one.split_once(':'));
        Some((parser, mappings.map(|(token, dictionaries)| (token, dictionaries.split('+').collect())).collect()))
    }

    /// The names of all built-in text search objects of a class.
    pub fn text_search_names(&self, class: Class) -> impl Iterator<Item = &'static str> {
        self.text_search_rows(word_of(class).unwrap_or("-")).map(|(name, _)| name)
    }

    /// What is written behind a name.
    fn text_search(&self, sort: &str, name: &str) -> Option<&'static str> {
        self.text_search_rows(sort).find(|(known, _)| *known == name).map(|(_, rest)| rest)
    }

    fn text_search_rows(&self, sort: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
        let all = rows(include_str!("data/text_search.txt"), self.version);
        all.filter_map(move |row| row.strip_prefix(sort)?.strip_prefix(' ')?.split_once(' '))
    }
}

/// Sorts of tokens, each with its dictionaries.
type Mappings = Vec<(&'static str, Vec<&'static str>)>;

/// What the files in `data/` call the objects of a class.
fn word_of(class: Class) -> Option<&'static str> {
    super::extension::TEXT_SEARCH.iter().find(|(_, of)| *of == class).map(|(word, _)| *word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_are_known_with_what_they_map() {
        let (parser, mappings) = Library::of(18).text_search_configuration("russian").unwrap_or_default();
        assert_eq!((parser, mappings.len()), ("default", 19));
        assert!(mappings.contains(&("asciiword", vec!["english_stem"])));
        assert!(mappings.contains(&("word", vec!["russian_stem"])));
        assert_eq!(Library::of(18).token_types(parser).map(|tokens| tokens.len()), Some(23));
        let has = |version, name| Library::of(version).has_text_search(Class::TextSearchConfiguration, name);
        assert!(
            has(13, "greek") && !has(13, "hindi") && has(14, "hindi") && !has(17, "estonian") && has(18, "estonian")
        );
        assert!(Library::of(13).has_text_search(Class::TextSearchTemplate, "snowball"));
        assert!(Library::of(13).has_text_search(Class::TextSearchDictionary, "english_stem"));
    }
}
