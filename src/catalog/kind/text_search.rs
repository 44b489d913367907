use std::fmt;

use crate::catalog::kind::{DictionaryName, ParserName, RoutineName, TemplateName, kind};
use crate::catalog::{AttrValue, Value, Visitor};
use crate::sql::{Ident, QualifiedName};

/// The dictionaries that tokens of a sort are looked up in, one after the other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenMapping {
    pub token: String,
    pub dictionaries: Vec<DictionaryName>,
}

/// `asciiword: app.thesaurus, english_stem`
impl fmt::Display for TokenMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.dictionaries.iter().map(|one| one.0.to_string()).collect();
        write!(f, "{}: {}", self.token, names.join(", "))
    }
}

impl AttrValue for TokenMapping {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let expected = || "a sort of token and its dictionaries, such as \"word: simple\"".to_owned();
        let Value::Text(text) = value else { return Err(expected()) };
        let (token, names) = text.split_once(": ").ok_or_else(expected)?;
        let names = names.split(", ").map(|name| QualifiedName::parse(name).map(DictionaryName));
        let dictionaries = names.collect::<Option<_>>().ok_or_else(expected)?;
        Ok(Self { token: token.to_owned(), dictionaries })
    }

    fn visit(&mut self, visitor: &mut dyn Visitor) {
        self.dictionaries.visit(visitor);
    }
}

kind! {
    /// A text search configuration (`pg_ts_config`).
    TextSearchConfiguration {
        /// The parser (`cfgparser`).
        parser: ParserName,
        /// The dictionaries for each sort of token, as `token: dictionary, …`, sorted (`pg_ts_config_map`).
        mappings: Vec<TokenMapping>,
        /// The role that owns it (`cfgowner`).
        owner: Ident,
        /// The comment on the configuration.
        comment: Option<String>,
    }
}

kind! {
    /// A text search dictionary (`pg_ts_dict`).
    TextSearchDictionary {
        /// The template (`dicttemplate`).
        template: TemplateName,
        /// The options, as CREATE takes them (`dictinitoption`).
        options: Option<String>,
        /// The role that owns it (`dictowner`).
        owner: Ident,
        /// The comment on the dictionary.
        comment: Option<String>,
    }
}

kind! {
    /// A text search parser (`pg_ts_parser`).
    TextSearchParser {
        /// The function that begins (`prsstart`).
        start: RoutineName,
        /// The function that gives a token (`prstoken`).
        get_token as "gettoken": RoutineName,
        /// The function that ends (`prsend`).
        end: RoutineName,
        /// The function that makes a headline (`prsheadline`).
        headline: Option<RoutineName>,
        /// The function that tells the sorts of tokens (`prslextype`).
        lex_types as "lextypes": RoutineName,
        /// The comment on the parser.
        comment: Option<String>,
    }
}

kind! {
    /// A text search template (`pg_ts_template`).
    TextSearchTemplate {
        /// The function that sets up a dictionary (`tmplinit`).
        init: Option<RoutineName>,
        /// The function that looks a token up (`tmpllexize`).
        lexize: RoutineName,
        /// The comment on the template.
        comment: Option<String>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_read_back() {
        for text in ["word: simple", "hword: app.thesaurus, \"A\".\"b.c\", english_stem"] {
            let value = Value::Text(text.to_owned());
            assert_eq!(TokenMapping::from_value(value.clone()).map(|read| read.to_value()), Ok(value));
        }
        assert!(TokenMapping::from_value(Value::Text("word".to_owned())).is_err());
    }
}
