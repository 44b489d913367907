//! SQL as a server prints it → SQL as people write it. Whether it still means the same is for the caller to find out.

use std::ops::Range;

use super::Ident;

/// How far a text is taken from what the server has printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plainness {
    /// Words of the language in lower case, on one line, and names of this schema without it.
    Names,
    /// Also without casts and parentheses that people leave out, and with IN for `= ANY (ARRAY[…])`.
    Sense,
}

/// The same in plainer words. `home`: the schema whose names need not say it.
pub fn plain(sql: &str, home: Option<&Ident>, plainness: Plainness) -> String {
    let Some(mut tokens) = tokens(sql) else { return sql.to_owned() };
    if let Some(home) = home {
        drop_schema(&mut tokens, &home.to_string());
    }
    if plainness == Plainness::Sense {
        drop_casts_of_literals(&mut tokens);
        drop_casts_of_operands(&mut tokens);
        write_in(&mut tokens);
        shorten_types(&mut tokens);
        while drop_parentheses(&mut tokens) {}
        while drop_query_parentheses(&mut tokens) {}
    }
    let mut text = String::new();
    for (at, token) in tokens.iter().enumerate() {
        if at > 0 && token.is_apart && !tokens[at - 1].is("(") {
            text.push(' ');
        }
        text.push_str(&token.text);
    }
    text
}

struct Token {
    text: String,
    /// White space stands before it.
    is_apart: bool,
    is_string: bool,
}

impl Token {
    fn is(&self, text: &str) -> bool {
        !self.is_string && self.text == text
    }

    fn is_name(&self) -> bool {
        !self.is_string && self.text.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '"')
    }
}

fn tokens(sql: &str) -> Option<Vec<Token>> {
    let scan = pg_query::scan(sql).ok()?;
    let mut end = 0;
    let token = |token: &pg_query::protobuf::ScanToken| {
        let span = usize::try_from(token.start).ok()?..usize::try_from(token.end).ok()?;
        let text = sql.get(span.clone())?;
        let is_apart = std::mem::replace(&mut end, span.end) < span.start;
        let is_string = text.ends_with('\'') || text.starts_with('$') && text.ends_with('$') && text.len() > 1;
        let is_quoted = is_string || text.starts_with('"');
        let text = if is_quoted { text.to_owned() } else { text.to_lowercase() };
        Some(Token { text, is_apart, is_string })
    };
    scan.tokens.iter().map(token).collect()
}

fn drop_schema(tokens: &mut Vec<Token>, schema: &str) {
    let mut at = 0;
    while at + 2 < tokens.len() {
        let is_qualified = tokens[at].is(schema)
            && tokens[at + 1].is(".")
            && tokens[at + 2].is_name()
            && (at == 0 || !tokens[at - 1].is("."));
        if is_qualified {
            let is_apart = tokens[at].is_apart;
            tokens.drain(at..at + 2);
            tokens[at].is_apart = is_apart;
        }
        at += 1;
    }
}

/// `'x'::text` is what `'x'` comes to.
fn drop_casts_of_literals(tokens: &mut Vec<Token>) {
    let mut at = 0;
    while at + 2 < tokens.len() {
        if tokens[at].is_string && tokens[at + 1].is("::") {
            let end = type_end(tokens, at + 2);
            tokens.drain(at + 1..end);
        }
        at += 1;
    }
}

/// `(a)::text` is what a comparison makes of a `varchar`, and `(1)::numeric` of a whole number.
fn drop_casts_of_operands(tokens: &mut Vec<Token>) {
    let mut at = 0;
    while at + 4 < tokens.len() {
        let is_number = tokens[at + 1].text.starts_with(|c: char| c.is_ascii_digit());
        let is_cast = tokens[at].is("(")
            && (tokens[at + 1].is_name() && tokens[at + 4].is("text") || is_number)
            && tokens[at + 2].is(")")
            && tokens[at + 3].is("::")
            && (at == 0 || !tokens[at - 1].is_name() || tokens[at - 1].is("in"));
        if is_cast {
            let is_apart = tokens[at].is_apart;
            let end = type_end(tokens, at + 4);
            tokens.drain(at + 2..end);
            tokens.remove(at);
            tokens[at].is_apart = is_apart;
        }
        at += 1;
    }
}

/// What an interval may be cut to: `interval year`, `interval hour to second(3)`.
const INTERVAL_FIELDS: [&str; 6] = ["year", "month", "day", "hour", "minute", "second"];

/// Behind a type that begins there.
fn type_end(tokens: &[Token], from: usize) -> usize {
    let word = |at: usize| tokens.get(at).filter(|token| !token.is_string).map_or("", |token| token.text.as_str());
    let behind_parentheses =
        |at: usize| if word(at) == "(" { closing(tokens, at).map_or(at, |end| end + 1) } else { at };
    let mut at = from + 1;
    while word(at) == "." {
        at += 2;
    }
    match (word(from), word(at)) {
        ("character" | "bit", "varying") | ("double", "precision") => at += 1,
        ("timestamp" | "time", _) => {
            at = behind_parentheses(at);
            if matches!(word(at), "with" | "without") {
                at += 3;
            }
        }
        ("interval", _) => {
            let is_field = |at: usize| INTERVAL_FIELDS.contains(&word(at));
            at += usize::from(is_field(at));
            if word(at) == "to" && is_field(at + 1) {
                at += 2;
            }
        }
        _ => {}
    }
    at = behind_parentheses(at);
    while word(at) == "[" && word(at + 1) == "]" {
        at += 2;
    }
    at.min(tokens.len())
}

/// The names of types that the standard spells at length.
fn shorten_types(tokens: &mut Vec<Token>) {
    const SHORT: [(&[&str], &str); 5] = [
        (&["timestamp", "with", "time", "zone"], "timestamptz"),
        (&["timestamp", "without", "time", "zone"], "timestamp"),
        (&["time", "with", "time", "zone"], "timetz"),
        (&["time", "without", "time", "zone"], "time"),
        (&["character", "varying"], "varchar"),
    ];
    for at in 0..tokens.len() {
        let rest = tokens.get(at..).unwrap_or_default();
        let fits =
            |words: &[&str]| words.len() <= rest.len() && words.iter().zip(rest).all(|(word, token)| token.is(word));
        if let Some((words, short)) = SHORT.iter().find(|(words, _)| fits(words)) {
            tokens.drain(at + 1..at + words.len());
            tokens[at].text = (*short).to_owned();
        }
    }
}

/// `= ANY (ARRAY[…])` is how IN is kept, and `<> ALL (ARRAY[…])` how NOT IN is.
fn write_in(tokens: &mut Vec<Token>) {
    let mut at = 0;
    while at + 4 < tokens.len() {
        let words = match (tokens[at].text.as_str(), tokens[at + 1].text.as_str()) {
            ("=", "any") => &["in"][..],
            ("<>", "all") => &["not", "in"][..],
            _ => {
                at += 1;
                continue;
            }
        };
        if let Some((items, end)) = array_in(tokens, at + 2) {
            let mut new: Vec<Token> = words.iter().map(|word| symbol(word, true)).collect();
            new.push(symbol("(", true));
            let mut inside: Vec<Token> = tokens.splice(at..end, std::iter::empty()).collect();
            inside.truncate(items.end - at);
            new.extend(inside.drain(items.start - at..));
            new.push(symbol(")", false));
            tokens.splice(at..at, new);
        }
        at += 1;
    }
}

/// What stands in `(ARRAY[…])` or `((ARRAY[…])::text[])`, and where all of it ends.
fn array_in(tokens: &[Token], open: usize) -> Option<(Range<usize>, usize)> {
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| token.is(text));
    let end = closing(tokens, open).filter(|_| is(open, "("))?;
    let array = (open + 1..open + 3).find(|at| is(*at, "array"))?;
    let close = (array + 1..end).find(|at| is(*at, "]") && depth_between(tokens, array + 1, *at) == 0)?;
    (is(array + 1, "[") && (array == open + 1 || is(open + 1, "("))).then_some((array + 2..close, end + 1))
}

/// How many brackets are open behind `from` and before `to`.
fn depth_between(tokens: &[Token], from: usize, to: usize) -> i32 {
    tokens[from + 1..to].iter().map(|token| if token.is("[") { 1 } else { -i32::from(token.is("]")) }).sum()
}

fn symbol(text: &str, is_apart: bool) -> Token {
    Token { text: text.to_owned(), is_apart, is_string: false }
}

/// Takes away one pair of parentheses around a condition among others.
fn drop_parentheses(tokens: &mut Vec<Token>) -> bool {
    let found = (0..tokens.len()).find_map(|open| {
        let close = closing(tokens, open).filter(|_| tokens[open].is("("))?;
        let before = open.checked_sub(1).map(|at| &tokens[at])?;
        let behind = tokens.get(close + 1);
        let joins = |token: &Token| token.is("and") || token.is("or");
        let ends = behind.is_none_or(|next| next.is(")"));
        let is_between = (before.is("(") || before.is("where") || joins(before)) && (ends || behind.is_some_and(joins));
        let is_whole = ends && (before.is("where") || before.is("(") && closing(tokens, open - 1) == Some(close + 1));
        let inside = &tokens[open + 1..close];
        let mut depth = 0;
        let is_simple = !inside.is_empty()
            && !inside[0].is("select")
            && !inside[0].is("with")
            && (is_whole || !inside[0].is("not"))
            && inside.iter().all(|token| {
                depth += i32::from(token.is("(") || token.is("[")) - i32::from(token.is(")") || token.is("]"));
                let parts = joins(token) || token.is("between");
                depth > 0 || !(token.is(",") || parts && !is_whole)
            });
        (is_simple && (is_between || is_whole)).then_some((open, close))
    });
    drop_pair(tokens, found)
}

fn drop_pair(tokens: &mut Vec<Token>, pair: Option<(usize, usize)>) -> bool {
    if let Some((open, close)) = pair {
        tokens.remove(close);
        let is_apart = tokens.remove(open).is_apart;
        tokens[open].is_apart = is_apart;
    }
    pair.is_some()
}

const SET_OPERATORS: [&str; 3] = ["union", "intersect", "except"];
const JOINS: [&str; 7] = ["join", "left", "right", "full", "inner", "cross", "natural"];
const CLAUSES: [&str; 9] = ["where", "group", "having", "window", "order", "limit", "offset", "fetch", "for"];

/// Takes away one pair of parentheses around a join, its condition, a condition before other clauses, or a query of a set
/// operation, where what binds first is the same without.
fn drop_query_parentheses(tokens: &mut Vec<Token>) -> bool {
    let found = (0..tokens.len()).find_map(|open| {
        let close = closing(tokens, open).filter(|_| tokens[open].is("("))?;
        let is_one =
            |token: Option<&Token>, words: &[&str]| token.is_some_and(|token| words.iter().any(|w| token.is(w)));
        let at = |back: usize| open.checked_sub(back).map(|at| &tokens[at]);
        let (before, behind) = (at(1), tokens.get(close + 1));
        let own = level(&tokens[open + 1..close]);
        let has = |words: &[&str]| own.iter().any(|token| is_one(Some(*token), words));
        let is_query = is_one(tokens.get(open + 1), &["select", "("]) && !has(&["with", "values"]);
        let ends = behind.is_none_or(|next| next.is(")")) || is_one(behind, &CLAUSES) || is_one(behind, &SET_OPERATORS);
        let ends_item = ends || is_one(behind, &JOINS) || is_one(behind, &[","]);
        let is_join = is_one(before, &["from"]) && has(&["join"]) && !has(&["select"]) && ends_item;
        let is_condition = is_one(before, &["on"]) && !is_one(at(2), &["distinct"]) && ends_item
            || is_one(before, &["where", "having"]) && ends;
        let is_first = before.is_none_or(|before| before.is("(") || before.is("as")) && is_one(behind, &SET_OPERATORS);
        let binds_left = !(is_one(behind, &["intersect"]) && has(&["union", "except"]));
        let is_later = is_one(before, &SET_OPERATORS) || is_one(before, &["all"]) && is_one(at(2), &SET_OPERATORS);
        let is_operand = is_first && binds_left || is_later && ends && !has(&SET_OPERATORS);
        let is_set_query = is_query && is_operand && !has(&["order", "limit", "offset", "fetch", "for"]);
        (is_join || is_condition && !is_query || is_set_query).then_some((open, close))
    });
    drop_pair(tokens, found)
}

/// The tokens that stand in no parentheses.
fn level(tokens: &[Token]) -> Vec<&Token> {
    let mut depth = 0;
    let outside = tokens.iter().filter(|token| {
        depth += i32::from(token.is("("));
        let is_outside = depth == 0;
        depth -= i32::from(token.is(")"));
        is_outside
    });
    outside.collect()
}

/// The parenthesis that closes the one at `open`.
fn closing(tokens: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0;
    tokens.iter().enumerate().skip(open).find_map(|(at, token)| {
        depth += i32::from(token.is("(")) - i32::from(token.is(")"));
        (depth == 0).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: &str) {
        assert_eq!(plain(sql, Some(&"public".into()), Plainness::Sense), expected);
    }

    #[test]
    fn people_leave_out_what_is_understood() {
        check("public.status NOT NULL DEFAULT 'open'::public.status", "status not null default 'open'");
        check("CHECK ((status = ANY (ARRAY['a'::text, 'B'::text])))", "check (status in ('a', 'B'))");
        check(
            "CHECK (((kind)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))",
            "check (kind in ('a', 'b'))",
        );
        check("CHECK (((a > 0) AND (b <> ALL (ARRAY[1, 2]))))", "check (a > 0 and b not in (1, 2))");
        check("USING (((a > 0) AND ((b > 1) OR (c IS NULL))))", "using (a > 0 and (b > 1 or c is null))");
        check("(a) WHERE ((a > 0) AND (b > 0))", "(a) where a > 0 and b > 0");
        check("CHECK (((n >= (0)::numeric) AND (n < (1)::numeric)))", "check (n >= 0 and n < 1)");
        check(
            "USING ((EXISTS ( SELECT 1 FROM t WHERE ((a = 1) AND (b = 2)))))",
            "using (exists (select 1 from t where a = 1 and b = 2))",
        );
        check(
            "SELECT a.x FROM ((a JOIN b ON ((a.x = b.x))) LEFT JOIN c ON (((c.y = b.y) AND (c.z > 0)))) WHERE (a.x > 1) GROUP BY a.x",
            "select a.x from a join b on a.x = b.x left join c on c.y = b.y and c.z > 0 where a.x > 1 group by a.x",
        );
        check(
            "((SELECT 1) UNION ALL (SELECT 2)) UNION ALL (SELECT 3)",
            "select 1 union all select 2 union all select 3",
        );
        check(
            "((SELECT 1) UNION (SELECT 2)) INTERSECT (SELECT 3 LIMIT 1)",
            "(select 1 union select 2) intersect (select 3 limit 1)",
        );
        check("(SELECT 1) EXCEPT ((SELECT 2) EXCEPT (SELECT 3))", "select 1 except (select 2 except select 3)");
        check(
            "SELECT DISTINCT ON (a) a FROM (b JOIN c USING (a)) d",
            "select distinct on (a) a from (b join c using (a)) d",
        );
        check("timestamp with time zone DEFAULT now()", "timestamptz default now()");
        check("CHECK ((NOT (a > 0)))", "check (not (a > 0))");
        check("DEFAULT '2020-01-01 00:00:00'::timestamp(3) without time zone", "default '2020-01-01 00:00:00'");
        check("DEFAULT '1 year'::interval year", "default '1 year'");
        check("DEFAULT '1 02:00:00'::interval day to second(0) NOT NULL", "default '1 02:00:00' not null");
        check("USING ((EXISTS ( SELECT 1 FROM public.\"T\")))", "using (exists (select 1 from \"T\"))");
        check("DEFAULT ARRAY['a'::text, 'b'::text]", "default array['a', 'b']");
        check("AS $$ SELECT 'A' $$", "as $$ SELECT 'A' $$");
    }
}
