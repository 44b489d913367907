//! The text of a PL/pgSQL body → its statements (`pl_gram.y`). SQL in it stays text, found by where it ends.

use std::ops::Range;

/// Where something stands in the body.
pub(super) type Span = Range<usize>;

#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) declarations: Vec<Declaration>,
    pub(super) body: Vec<Code>,
    pub(super) handlers: Vec<Handler>,
}

/// A variable, and the expression that it begins with.
#[derive(Debug)]
pub(super) struct Declaration {
    pub(super) name: String,
    pub(super) value: Option<Span>,
}

/// `WHEN duplicate_object OR SQLSTATE '42P07' THEN …`
#[derive(Debug)]
pub(super) struct Handler {
    /// Names of conditions, in lower case, and SQLSTATEs as they are.
    pub(super) conditions: Vec<String>,
    pub(super) body: Vec<Code>,
}

/// A statement with its place.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) span: Span,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Block(Block),
    /// Conditions with what they guard; of CASE too.
    If {
        arms: Vec<(Condition, Vec<Code>)>,
        otherwise: Vec<Code>,
    },
    Loop(Vec<Code>),
    While {
        condition: Span,
        body: Vec<Code>,
    },
    ForRange {
        variable: String,
        reverse: bool,
        from: Span,
        to: Span,
        body: Vec<Code>,
    },
    ForQuery {
        targets: Vec<String>,
        query: Query,
        body: Vec<Code>,
    },
    Foreach {
        target: String,
        array: Span,
        body: Vec<Code>,
    },
    Assign {
        target: String,
        value: Span,
    },
    /// `EXECUTE … INTO … USING …`
    Execute {
        text: Span,
        into: Vec<String>,
        using: Vec<Span>,
    },
    /// SQL as it stands, without the INTO that is PL/pgSQL's own.
    Sql {
        parts: Vec<Span>,
        into: Vec<String>,
    },
    /// RAISE that ends the block, with the condition or SQLSTATE that it names.
    Raise(Option<String>),
    Exit(Option<Span>),
    Continue(Option<Span>),
    Return,
    /// What has nothing to do with the schema: NULL, messages, cursors.
    Nothing,
}

/// A condition; of CASE with a subject, whether that is one of these.
#[derive(Debug)]
pub(super) enum Condition {
    Is(Span),
    OneOf { subject: Span, values: Span },
}

#[derive(Debug)]
pub(super) enum Query {
    Sql(Span),
    Computed { text: Span, using: Vec<Span> },
}

/// Reads a body; none where it is not understood.
pub(super) fn parse(text: &str) -> Option<Block> {
    let scanned = pg_query::scan(text).ok()?;
    let span = |start: i32, end: i32| Some(usize::try_from(start).ok()?..usize::try_from(end).ok()?);
    let mut tokens = Vec::new();
    for token in &scanned.tokens {
        let span = span(token.start, token.end)?;
        let is_comment = text.get(span.clone())?.starts_with("--") || text.get(span.clone())?.starts_with("/*");
        if !is_comment {
            tokens.push(span);
        }
    }
    let mut parser = Parser { text, tokens, at: 0 };
    let block = parser.block()?;
    parser.skip(";");
    parser.is_at_end().then_some(block)
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Span>,
    at: usize,
}

impl<'a> Parser<'a> {
    fn is_at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    fn word_at(&self, at: usize) -> &'a str {
        self.tokens.get(at).and_then(|span| self.text.get(span.clone())).unwrap_or_default()
    }

    fn word(&self) -> &'a str {
        self.word_at(self.at)
    }

    fn is(&self, word: &str) -> bool {
        self.word().eq_ignore_ascii_case(word)
    }

    fn are(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(n, word)| self.word_at(self.at + n).eq_ignore_ascii_case(word))
    }

    fn skip(&mut self, word: &str) -> bool {
        let is = self.is(word);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, word: &str) -> Option<()> {
        self.skip(word).then_some(())
    }

    /// A name, as the catalog would hold it.
    fn name(&mut self) -> Option<String> {
        let word = self.word();
        let name = match word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\""),
            None if word.starts_with(|c: char| c.is_alphabetic() || c == '_') => word.to_lowercase(),
            None => return None,
        };
        self.at += 1;
        Some(name)
    }

    fn start(&self) -> usize {
        self.tokens.get(self.at).map_or(self.text.len(), |span| span.start)
    }

    /// Where the last token that was taken ends.
    fn end(&self) -> usize {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |span| span.end)
    }

    /// All up to one of these words that is not within parentheses or CASE; the word itself is left.
    fn until(&mut self, words: &[&str]) -> Option<Span> {
        let start = self.start();
        let (mut depth, mut cases) = (0usize, 0usize);
        while !self.is_at_end() {
            if depth == 0 && cases == 0 && words.iter().any(|word| self.is(word)) {
                return Some(start..self.end().max(start));
            }
            match self.word() {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.checked_sub(1)?,
                word if word.eq_ignore_ascii_case("case") => cases += 1,
                word if word.eq_ignore_ascii_case("end") => cases = cases.checked_sub(1)?,
                _ => {}
            }
            self.at += 1;
        }
        None
    }

    /// The same, with the word taken.
    fn through(&mut self, word: &str) -> Option<Span> {
        let span = self.until(&[word])?;
        self.at += 1;
        Some(span)
    }

    fn label(&mut self) -> Option<()> {
        if self.skip("<<") {
            self.name()?;
            self.expect(">>")?;
        }
        Some(())
    }

    fn block(&mut self) -> Option<Block> {
        self.label()?;
        let mut block = Block::default();
        while self.skip("declare") {
            while !self.is("begin") && !self.is("declare") {
                block.declarations.push(self.declaration()?);
            }
        }
        self.expect("begin")?;
        block.body = self.statements(&["end", "exception"])?;
        if self.skip("exception") {
            while self.skip("when") {
                block.handlers.push(self.handler()?);
            }
        }
        self.expect("end")?;
        if !self.is(";") && !self.is_at_end() {
            self.name()?;
        }
        Some(block)
    }

    fn declaration(&mut self) -> Option<Declaration> {
        let name = self.name()?;
        let words = [":=", "=", "default", ";"];
        self.until(&words)?;
        let value = if self.is(";") {
            None
        } else {
            self.at += 1;
            Some(self.until(&[";"])?)
        };
        self.expect(";")?;
        Some(Declaration { name, value })
    }

    fn handler(&mut self) -> Option<Handler> {
        let mut conditions = Vec::new();
        loop {
            conditions.push(self.condition_name()?);
            if !self.skip("or") {
                break;
            }
        }
        self.expect("then")?;
        Some(Handler { conditions, body: self.statements(&["when", "end"])? })
    }

    /// `duplicate_object`, or `SQLSTATE '42710'`.
    fn condition_name(&mut self) -> Option<String> {
        if !self.skip("sqlstate") {
            return self.name();
        }
        let literal = self.word().strip_prefix('\'')?.strip_suffix('\'')?.to_owned();
        self.at += 1;
        Some(literal)
    }

    /// Statements up to one of these words, which is left.
    fn statements(&mut self, until: &[&str]) -> Option<Vec<Code>> {
        let mut found = Vec::new();
        while !until.iter().any(|word| self.is(word)) {
            if self.is_at_end() {
                return None;
            }
            let start = self.start();
            let what = self.statement()?;
            let end = self.end();
            self.expect(";")?;
            found.push(Code { span: start..end, what });
        }
        Some(found)
    }

    fn statement(&mut self) -> Option<What> {
        let is_label = self.is("<<");
        let before = self.at;
        if is_label {
            self.label()?;
        }
        match self.word().to_ascii_lowercase().as_str() {
            "declare" | "begin" => {
                self.at = before;
                self.block().map(What::Block)
            }
            "if" => self.if_statement(),
            "case" => self.case_statement(),
            "loop" => {
                self.at += 1;
                let body = self.loop_body()?;
                Some(What::Loop(body))
            }
            "while" => {
                self.at += 1;
                let condition = self.through("loop")?;
                let body = self.loop_body()?;
                Some(What::While { condition, body })
            }
            "for" => self.for_statement(),
            "foreach" => self.foreach_statement(),
            "exit" | "continue" => {
                let is_exit = self.is("exit");
                self.at += 1;
                if !self.is("when") && !self.is(";") {
                    self.name()?;
                }
                let condition = if self.skip("when") { Some(self.until(&[";"])?) } else { None };
                Some(if is_exit { What::Exit(condition) } else { What::Continue(condition) })
            }
            "return" => {
                self.until(&[";"])?;
                Some(What::Return)
            }
            "raise" => self.raise(),
            "execute" => self.execute(),
            "perform" => {
                self.at += 1;
                self.until(&[";"])?;
                Some(What::Nothing)
            }
            "null" | "get" | "assert" | "open" | "fetch" | "move" | "close" | "commit" | "rollback" => {
                self.until(&[";"])?;
                Some(What::Nothing)
            }
            _ if [":=", "="].contains(&self.word_at(self.at + 1)) => {
                let target = self.name()?;
                self.at += 1;
                Some(What::Assign { target, value: self.until(&[";"])? })
            }
            _ => self.sql(),
        }
    }

    fn if_statement(&mut self) -> Option<What> {
        self.expect("if")?;
        let mut arms = Vec::new();
        let mut otherwise = Vec::new();
        loop {
            let condition = Condition::Is(self.through("then")?);
            arms.push((condition, self.statements(&["elsif", "elseif", "else", "end"])?));
            if self.skip("elsif") || self.skip("elseif") {
                continue;
            }
            if self.skip("else") {
                otherwise = self.statements(&["end"])?;
            }
            self.expect("end")?;
            self.expect("if")?;
            return Some(What::If { arms, otherwise });
        }
    }

    fn case_statement(&mut self) -> Option<What> {
        self.expect("case")?;
        let subject = if self.is("when") { None } else { Some(self.until(&["when"])?) };
        let mut arms = Vec::new();
        while self.skip("when") {
            let span = self.through("then")?;
            let condition = match &subject {
                Some(subject) => Condition::OneOf { subject: subject.clone(), values: span },
                None => Condition::Is(span),
            };
            arms.push((condition, self.statements(&["when", "else", "end"])?));
        }
        let otherwise = if self.skip("else") { self.statements(&["end"])? } else { Vec::new() };
        self.expect("end")?;
        self.expect("case")?;
        Some(What::If { arms, otherwise })
    }

    fn loop_body(&mut self) -> Option<Vec<Code>> {
        let body = self.statements(&["end"])?;
        self.expect("end")?;
        self.expect("loop")?;
        if !self.is(";") {
            self.name()?;
        }
        Some(body)
    }

    fn for_statement(&mut self) -> Option<What> {
        self.expect("for")?;
        let targets = self.names()?;
        self.expect("in")?;
        if self.skip("execute") {
            let text = self.until(&["using", "loop"])?;
            let using = if self.skip("using") { self.list(&["loop"])? } else { Vec::new() };
            self.expect("loop")?;
            let body = self.loop_body()?;
            return Some(What::ForQuery { targets, query: Query::Computed { text, using }, body });
        }
        let reverse = self.skip("reverse");
        let span = self.until(&["..", "loop"])?;
        if self.skip("..") {
            let to = self.until(&["by", "loop"])?;
            // A step other than one hardly ever matters to a schema.
            if self.skip("by") {
                return None;
            }
            self.expect("loop")?;
            let body = self.loop_body()?;
            let variable = targets.into_iter().next()?;
            return Some(What::ForRange { variable, reverse, from: span, to, body });
        }
        self.expect("loop")?;
        let body = self.loop_body()?;
        Some(What::ForQuery { targets, query: Query::Sql(span), body })
    }

    fn foreach_statement(&mut self) -> Option<What> {
        self.expect("foreach")?;
        let target = self.name()?;
        if self.is("slice") {
            return None;
        }
        self.expect("in")?;
        self.expect("array")?;
        let array = self.through("loop")?;
        let body = self.loop_body()?;
        Some(What::Foreach { target, array, body })
    }

    /// Messages come and go; an exception ends the block.
    fn raise(&mut self) -> Option<What> {
        self.expect("raise")?;
        const MESSAGES: [&str; 5] = ["debug", "log", "info", "notice", "warning"];
        let is_message = MESSAGES.iter().any(|level| self.is(level));
        let is_exception = self.skip("exception");
        let first = self.word();
        let named = if is_exception || is_message || first == ";" || first.starts_with('\'') {
            None
        } else {
            Some(self.condition_name()?)
        };
        let start = self.at;
        self.until(&[";"])?;
        // USING ERRCODE = '…'
        let code = (start..self.at).find(|at| self.word_at(*at).eq_ignore_ascii_case("errcode"));
        let code = code.map(|at| self.word_at(at + 2).trim_matches('\'').to_owned());
        Some(if is_message { What::Nothing } else { What::Raise(code.or(named)) })
    }

    fn execute(&mut self) -> Option<What> {
        self.expect("execute")?;
        let text = self.until(&["into", "using", ";"])?;
        let (mut into, mut using) = (Vec::new(), Vec::new());
        loop {
            if self.skip("into") {
                self.skip("strict");
                into = self.names()?;
            } else if self.skip("using") {
                using = self.list(&["into", ";"])?;
            } else {
                return Some(What::Execute { text, into, using });
            }
        }
    }

    /// Names with commas between them; of `r.field` the first.
    fn names(&mut self) -> Option<Vec<String>> {
        let mut names = vec![self.name()?];
        while self.skip(".") {
            self.name()?;
        }
        while self.skip(",") {
            names.push(self.name()?);
        }
        Some(names)
    }

    fn list(&mut self, until: &[&str]) -> Option<Vec<Span>> {
        let words = [&[","], until].concat();
        let mut found = vec![self.until(&words)?];
        while self.skip(",") {
            found.push(self.until(&words)?);
        }
        Some(found)
    }

    fn sql(&mut self) -> Option<What> {
        let is_insert = self.is("insert") || self.is("merge");
        let is_import = self.are(&["import", "foreign"]);
        let mut into = Vec::new();
        let mut parts = Vec::new();
        let words = ["into", ";"];
        let mut part = self.until(&words)?;
        while self.is("into") {
            if is_insert || is_import || !into.is_empty() {
                self.at += 1;
                part.end = self.until(&words)?.end;
                continue;
            }
            parts.push(part);
            self.at += 1;
            self.skip("strict");
            into = self.names()?;
            part = self.until(&words)?;
        }
        parts.push(part);
        Some(What::Sql { parts, into })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_found_with_their_places() {
        let text = "DECLARE n int := 1; r record;
            BEGIN
              IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood; x') THEN
                CREATE TYPE mood AS ENUM ('a'); -- done; now
              ELSIF n > 1 THEN n := n + CASE WHEN true THEN 1 ELSE 2 END;
              ELSE NULL;
              END IF;
              FOR r IN SELECT a FROM t LOOP EXECUTE format('DROP TABLE %I', r.a); END LOOP;
              <<inner>> FOR i IN REVERSE 3..1 LOOP EXIT inner WHEN i = 2; END LOOP inner;
              SELECT count(*) INTO STRICT n FROM t WHERE a = 1;
              BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '42P07'; EXCEPTION WHEN duplicate_table OR others THEN NULL; END;
            END";
        let Some(block) = parse(text) else { panic!("not understood") };
        assert_eq!(block.declarations.len(), 2);
        let What::If { arms, otherwise } = &block.body[0].what else { panic!("{:?}", block.body[0]) };
        assert_eq!((arms.len(), otherwise.len()), (2, 1));
        assert_eq!(&text[arms[0].1[0].span.clone()], "CREATE TYPE mood AS ENUM ('a')");
        let What::ForQuery { targets, body, .. } = &block.body[1].what else { panic!("{:?}", block.body[1]) };
        assert_eq!((targets[0].as_str(), body.len()), ("r", 1));
        assert!(matches!(&block.body[2].what, What::ForRange { reverse: true, .. }));
        let What::Sql { parts, into } = &block.body[3].what else { panic!("{:?}", block.body[3]) };
        assert_eq!((parts.len(), into.as_slice()), (2, &["n".to_owned()][..]));
        let What::Block(inner) = &block.body[4].what else { panic!("{:?}", block.body[4]) };
        assert!(matches!(&inner.body[0].what, What::Raise(Some(code)) if code == "42P07"));
        assert_eq!(inner.handlers[0].conditions, ["duplicate_table", "others"]);
    }

    #[test]
    fn what_is_no_block_is_none() {
        for text in ["", "BEGIN", "BEGIN NULL END", "BEGIN IF x THEN NULL; END;", "SELECT 1"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
