//! What can change of text search objects.

use super::{Change, change};

const PARSER: &str = "CREATE TEXT SEARCH PARSER app.p (
    START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)";
const FUNCTIONS: &str = "
    CREATE FUNCTION app.start(internal, int) RETURNS internal LANGUAGE internal AS 'prsd_start';
    CREATE FUNCTION app.token(internal, internal, internal) RETURNS internal LANGUAGE internal AS 'prsd_nexttoken';
    CREATE FUNCTION app.end(internal) RETURNS void LANGUAGE internal AS 'prsd_end';
    CREATE FUNCTION app.types(internal) RETURNS internal LANGUAGE internal AS 'prsd_lextype';
    CREATE FUNCTION app.lexize(internal, internal, internal, internal) RETURNS internal
        LANGUAGE internal AS 'dsimple_lexize';
    CREATE TEXT SEARCH PARSER app.p (
        START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
    CREATE TEXT SEARCH TEMPLATE app.m (LEXIZE = dsimple_lexize)";
const TEMPLATE: &str = "CREATE TEXT SEARCH TEMPLATE app.m (LEXIZE = dsimple_lexize)";
const DICTIONARY: &str = "CREATE ROLE app_one; CREATE TEXT SEARCH DICTIONARY app.d (TEMPLATE = simple);
    CREATE TEXT SEARCH TEMPLATE app.m (INIT = dsimple_init, LEXIZE = dsimple_lexize)";
const CONFIGURATION: &str = "CREATE ROLE app_one; CREATE TEXT SEARCH CONFIGURATION app.c (COPY = english);
    CREATE TEXT SEARCH DICTIONARY app.d (TEMPLATE = simple); CREATE TEXT SEARCH PARSER app.p (
        START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)";

pub(super) const CHANGES: &[Change] = &[
    change("", PARSER, &["+text_search_parser"]),
    change(PARSER, "DROP TEXT SEARCH PARSER app.p", &["-text_search_parser"]),
    change(
        FUNCTIONS,
        "DROP TEXT SEARCH PARSER app.p; CREATE TEXT SEARCH PARSER app.p (
            START = app.start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)",
        &["text_search_parser.start"],
    ),
    change(
        FUNCTIONS,
        "DROP TEXT SEARCH PARSER app.p; CREATE TEXT SEARCH PARSER app.p (
            START = prsd_start, GETTOKEN = app.token, END = prsd_end, LEXTYPES = prsd_lextype)",
        &["text_search_parser.gettoken"],
    ),
    change(
        FUNCTIONS,
        "DROP TEXT SEARCH PARSER app.p; CREATE TEXT SEARCH PARSER app.p (
            START = prsd_start, GETTOKEN = prsd_nexttoken, END = app.end, LEXTYPES = prsd_lextype)",
        &["text_search_parser.end"],
    ),
    change(
        FUNCTIONS,
        "DROP TEXT SEARCH PARSER app.p; CREATE TEXT SEARCH PARSER app.p (
            START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = app.types)",
        &["text_search_parser.lextypes"],
    ),
    change(
        FUNCTIONS,
        "DROP TEXT SEARCH PARSER app.p; CREATE TEXT SEARCH PARSER app.p (START = prsd_start,
            GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline)",
        &["text_search_parser.headline"],
    ),
    change(PARSER, "COMMENT ON TEXT SEARCH PARSER app.p IS 'x'", &["text_search_parser.comment"]),
    change("", TEMPLATE, &["+text_search_template"]),
    change(TEMPLATE, "DROP TEXT SEARCH TEMPLATE app.m", &["-text_search_template"]),
    change(
        TEMPLATE,
        "DROP TEXT SEARCH TEMPLATE app.m;
            CREATE TEXT SEARCH TEMPLATE app.m (INIT = dsimple_init, LEXIZE = dsimple_lexize)",
        &["text_search_template.init"],
    ),
    change(
        FUNCTIONS,
        "DROP TEXT SEARCH TEMPLATE app.m; CREATE TEXT SEARCH TEMPLATE app.m (LEXIZE = app.lexize)",
        &["text_search_template.lexize"],
    ),
    change(TEMPLATE, "COMMENT ON TEXT SEARCH TEMPLATE app.m IS 'x'", &["text_search_template.comment"]),
    change("", "CREATE TEXT SEARCH DICTIONARY app.d (TEMPLATE = simple)", &["+text_search_dictionary"]),
    change(DICTIONARY, "DROP TEXT SEARCH DICTIONARY app.d", &["-text_search_dictionary"]),
    change(
        DICTIONARY,
        "DROP TEXT SEARCH DICTIONARY app.d; CREATE TEXT SEARCH DICTIONARY app.d (TEMPLATE = app.m)",
        &["text_search_dictionary.template"],
    ),
    change(DICTIONARY, "ALTER TEXT SEARCH DICTIONARY app.d (Accept = false)", &["text_search_dictionary.options"]),
    change(DICTIONARY, "ALTER TEXT SEARCH DICTIONARY app.d OWNER TO app_one", &["text_search_dictionary.owner"]),
    change(DICTIONARY, "COMMENT ON TEXT SEARCH DICTIONARY app.d IS 'x'", &["text_search_dictionary.comment"]),
    change("", "CREATE TEXT SEARCH CONFIGURATION app.c (COPY = english)", &["+text_search_configuration"]),
    change(CONFIGURATION, "DROP TEXT SEARCH CONFIGURATION app.c", &["-text_search_configuration"]),
    change(
        CONFIGURATION,
        "UPDATE pg_ts_config SET cfgparser = (SELECT oid FROM pg_ts_parser WHERE prsname = 'p') WHERE cfgname = 'c'",
        &["text_search_configuration.parser"],
    ),
    change(
        CONFIGURATION,
        "ALTER TEXT SEARCH CONFIGURATION app.c ALTER MAPPING FOR word WITH app.d, english_stem",
        &["text_search_configuration.mappings"],
    ),
    change(
        CONFIGURATION,
        "ALTER TEXT SEARCH CONFIGURATION app.c DROP MAPPING FOR word",
        &["text_search_configuration.mappings"],
    ),
    change(
        CONFIGURATION,
        "ALTER TEXT SEARCH CONFIGURATION app.c OWNER TO app_one",
        &["text_search_configuration.owner"],
    ),
    change(CONFIGURATION, "COMMENT ON TEXT SEARCH CONFIGURATION app.c IS 'x'", &["text_search_configuration.comment"]),
];
