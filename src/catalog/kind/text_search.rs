use crate::catalog::kind::{RoutineName, kind};
use crate::sql::{Ident, QualifiedName};

kind! {
    /// A text search configuration (`pg_ts_config`).
    TextSearchConfiguration {
        /// The parser (`cfgparser`).
        parser: QualifiedName,
        /// The dictionaries for each sort of token, as `token: dictionary, …` (`pg_ts_config_map`).
        mappings: Vec<String>,
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
        template: QualifiedName,
        /// The options (`dictinitoption`).
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
