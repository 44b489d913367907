//! The options of a definition, `word = value` (`define.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{DefElem, Node, TypeName as TypeNameNode};

use super::comment::strings_of;
use super::publicationcmds;
use super::refusal::Outcome;

/// What stands in the parentheses of a CREATE, or behind SET; of a word written twice, the last counts.
#[derive(Clone, Copy)]
pub(super) struct Definition<'a>(pub(super) &'a [Node]);

impl<'a> Definition<'a> {
    pub(super) fn get(self, words: &[&str]) -> Option<&'a DefElem> {
        let options = self.0.iter().rev().filter_map(|node| match &node.node {
            Some(NodeEnum::DefElem(option)) => Some(option.as_ref()),
            _ => None,
        });
        options.into_iter().find(|option| words.contains(&option.defname.as_str()))
    }

    pub(super) fn is_written(self, word: &str) -> bool {
        self.get(&[word]).is_some()
    }

    fn value(self, words: &[&str]) -> Option<&'a Node> {
        self.get(words)?.arg.as_deref()
    }

    /// `defGetQualifiedName()`
    pub(super) fn name(self, words: &[&str]) -> Option<Vec<String>> {
        self.value(words).map(strings_of)
    }

    /// `defGetString()`
    pub(super) fn text(self, words: &[&str]) -> Option<String> {
        let value = self.value(words)?;
        match &value.node {
            Some(NodeEnum::Integer(number)) => Some(number.ival.to_string()),
            Some(NodeEnum::Float(number)) => Some(number.fval.clone()),
            _ => publicationcmds::text_of(value),
        }
    }

    /// `defGetBoolean()`
    pub(super) fn boolean(self, word: &str) -> Outcome<Option<bool>> {
        self.get(&[word]).map(|option| publicationcmds::boolean(word, option.arg.as_deref())).transpose()
    }

    /// `defGetInt32()`
    pub(super) fn integer(self, word: &str) -> Option<i64> {
        self.text(&[word])?.parse().ok()
    }

    /// `defGetTypeName()`
    pub(super) fn type_name(self, words: &[&str]) -> Option<&'a TypeNameNode> {
        match &self.value(words)?.node {
            Some(NodeEnum::TypeName(name)) => Some(name),
            _ => None,
        }
    }
}
