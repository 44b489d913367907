//! The text of a PL/pgSQL body → its statements (`pl_gram.y`). SQL in it stays text, found by where it ends.

use super::syntax::{Block, Condition, Declaration, Handler, Loop, Over, Query, Raise, Span, Step, Target, What};

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

    /// `<<name>>`, if it stands there.
    fn label(&mut self) -> Option<Option<String>> {
        if !self.skip("<<") {
            return Some(None);
        }
        let name = self.name()?;
        self.expect(">>")?;
        Some(Some(name))
    }

    fn block(&mut self) -> Option<Block> {
        let label = self.label()?;
        self.block_of(label)
    }

    fn block_of(&mut self, label: Option<String>) -> Option<Block> {
        let mut block = Block { label, ..Block::default() };
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
        let mut made = Declaration { name, of: None, value: None, alias_of: None, query: None };
        if self.skip("alias") {
            self.expect("for")?;
            made.alias_of = Some(self.word().to_lowercase());
            self.at += 1;
        } else if self.is("cursor") || self.are(&["no", "scroll"]) || self.is("scroll") {
            self.until(&["for", "is", ";"])?;
            if !self.is(";") {
                self.at += 1;
                made.query = Some(self.until(&[";"])?);
            }
        } else {
            self.skip("constant");
            let of = self.until(&[":=", "=", "default", "not", "collate", ";"])?;
            made.of = Some(of);
            self.until(&[":=", "=", "default", ";"])?;
            if !self.is(";") {
                self.at += 1;
                made.value = Some(self.until(&[";"])?);
            }
        }
        self.expect(";")?;
        Some(made)
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
    fn statements(&mut self, until: &[&str]) -> Option<Vec<Step>> {
        let mut found = Vec::new();
        while !until.iter().any(|word| self.is(word)) {
            if self.is_at_end() {
                return None;
            }
            let start = self.start();
            let what = self.statement()?;
            let end = self.end();
            self.expect(";")?;
            found.push(Step { span: start..end, what });
        }
        Some(found)
    }

    fn statement(&mut self) -> Option<What> {
        let label = self.label()?;
        let word = self.word().to_ascii_lowercase();
        if let Some(target) = self.assigned() {
            return Some(What::Assign { target, value: self.until(&[";"])? });
        }
        match word.as_str() {
            "declare" | "begin" => self.block_of(label).map(What::Block),
            "if" => self.if_statement(),
            "case" => self.case_statement(),
            "loop" | "while" | "for" | "foreach" => self.loop_statement(label).map(What::Loop),
            "exit" | "continue" => {
                self.at += 1;
                let label = if self.is("when") || self.is(";") { None } else { Some(self.name()?) };
                let condition = if self.skip("when") { Some(self.until(&[";"])?) } else { None };
                Some(What::Leave { is_exit: word == "exit", label, condition })
            }
            "return" => self.return_statement(),
            "raise" => self.raise().map(What::Raise),
            "assert" => {
                self.at += 1;
                let condition = self.until(&[",", ";"])?;
                self.until(&[";"])?;
                Some(What::Assert(condition))
            }
            "execute" => self.execute(),
            "perform" => {
                self.at += 1;
                self.until(&[";"]).map(What::Perform)
            }
            "get" => self.diagnostics(),
            "null" | "open" | "fetch" | "move" | "close" | "commit" | "rollback" => {
                self.until(&[";"])?;
                Some(What::Nothing)
            }
            _ => self.sql(),
        }
    }

    /// `name := `, `record.field = `, `array[1] := `, if that stands there; what is assigned is left.
    fn assigned(&mut self) -> Option<Target> {
        let before = self.at;
        let target = self.target().filter(|_| self.skip(":=") || self.skip("="));
        if target.is_none() {
            self.at = before;
        }
        target
    }

    fn target(&mut self) -> Option<Target> {
        let mut path = vec![self.name()?];
        while self.skip(".") {
            path.push(self.name()?);
        }
        let index = if self.skip("[") { Some(self.through("]")?) } else { None };
        Some(Target { path, index })
    }

    fn targets(&mut self) -> Option<Vec<Target>> {
        let mut targets = vec![self.target()?];
        while self.skip(",") {
            targets.push(self.target()?);
        }
        Some(targets)
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

    fn loop_statement(&mut self, label: Option<String>) -> Option<Loop> {
        let over = if self.skip("while") {
            Over::While(self.until(&["loop"])?)
        } else if self.skip("foreach") {
            let target = self.target()?;
            // Of arrays in arrays nothing is known.
            if self.is("slice") {
                return None;
            }
            self.expect("in")?;
            self.expect("array")?;
            Over::Array { target, array: self.until(&["loop"])? }
        } else if self.skip("for") {
            self.for_over()?
        } else {
            Over::Forever
        };
        self.expect("loop")?;
        let body = self.statements(&["end"])?;
        self.expect("end")?;
        self.expect("loop")?;
        if !self.is(";") {
            self.name()?;
        }
        Some(Loop { label, over, body })
    }

    fn for_over(&mut self) -> Option<Over> {
        let targets = self.targets()?;
        self.expect("in")?;
        if self.skip("execute") {
            let text = self.until(&["using", "loop"])?;
            let using = if self.skip("using") { self.list(&["loop"])? } else { Vec::new() };
            return Some(Over::Rows { targets, query: Query::Computed { text, using } });
        }
        let reverse = self.skip("reverse");
        let first = self.word();
        let from = self.until(&["..", "loop"])?;
        if self.skip("..") {
            let to = self.until(&["by", "loop"])?;
            let by = if self.skip("by") { Some(self.until(&["loop"])?) } else { None };
            let variable = targets.into_iter().next()?.path.into_iter().next()?;
            return Some(Over::Range { variable, reverse, from, to, by });
        }
        let is_query = ["select", "with", "values", "(", "table", "insert", "update", "delete", "show"];
        let query = match is_query.iter().any(|word| first.eq_ignore_ascii_case(word)) {
            true => Query::Sql(from),
            false => Query::Cursor(first.to_lowercase()),
        };
        Some(Over::Rows { targets, query })
    }

    fn return_statement(&mut self) -> Option<What> {
        self.expect("return")?;
        if self.skip("next") {
            let value = self.until(&[";"])?;
            return Some(What::ReturnNext(Some(value).filter(|span| !span.is_empty())));
        }
        if self.skip("query") {
            if self.skip("execute") {
                let text = self.until(&["using", ";"])?;
                let using = if self.skip("using") { self.list(&[";"])? } else { Vec::new() };
                return Some(What::ReturnQuery(Query::Computed { text, using }));
            }
            return Some(What::ReturnQuery(Query::Sql(self.until(&[";"])?)));
        }
        let value = self.until(&[";"])?;
        Some(What::Return(Some(value).filter(|span| !span.is_empty())))
    }

    /// Messages come and go; an exception ends the block.
    fn raise(&mut self) -> Option<Raise> {
        self.expect("raise")?;
        const MESSAGES: [&str; 5] = ["debug", "log", "info", "notice", "warning"];
        let is_message = MESSAGES.iter().any(|level| self.is(level));
        if is_message || self.is("exception") {
            self.at += 1;
        }
        let mut raise = Raise { is_message, condition: None, format: None, args: Vec::new(), options: Vec::new() };
        if self.word().contains('\'') || self.word().starts_with('$') {
            raise.format = Some(self.until(&[",", "using", ";"])?);
            if self.skip(",") {
                raise.args = self.list(&["using", ";"])?;
            }
        } else if !self.is(";") && !self.is("using") {
            raise.condition = Some(self.condition_name()?);
        }
        if self.skip("using") {
            loop {
                let name = self.name()?;
                if !self.skip("=") {
                    self.expect(":=")?;
                }
                raise.options.push((name, self.until(&[",", ";"])?));
                if !self.skip(",") {
                    break;
                }
            }
        }
        self.is(";").then_some(raise)
    }

    fn execute(&mut self) -> Option<What> {
        self.expect("execute")?;
        let text = self.until(&["into", "using", ";"])?;
        let (mut into, mut using) = (Vec::new(), Vec::new());
        loop {
            if self.skip("into") {
                self.skip("strict");
                into = self.targets()?;
            } else if self.skip("using") {
                using = self.list(&["into", ";"])?;
            } else {
                return Some(What::Execute { text, into, using });
            }
        }
    }

    /// `GET [CURRENT | STACKED] DIAGNOSTICS variable = ITEM, …`
    fn diagnostics(&mut self) -> Option<What> {
        self.expect("get")?;
        let is_stacked = self.skip("stacked");
        self.skip("current");
        self.expect("diagnostics")?;
        let mut items = Vec::new();
        loop {
            let target = self.assigned()?;
            items.push((target, self.name()?));
            if !self.skip(",") {
                return Some(What::Diagnostics { items, is_stacked });
            }
        }
    }

    fn list(&mut self, until: &[&str]) -> Option<Vec<Span>> {
        let words = [&[","], until].concat();
        let mut found = vec![self.until(&words)?];
        while self.skip(",") {
            found.push(self.until(&words)?);
        }
        Some(found)
    }

    fn makes_routine(&self) -> bool {
        let sorts = ["function", "procedure"];
        sorts.iter().any(|sort| self.are(&["create", sort]) || self.are(&["create", "or", "replace", sort]))
    }

    /// CREATE FUNCTION, whose body may be statements of its own (`make_execsql_stmt()`).
    fn routine(&mut self) -> Option<Span> {
        let mut span = self.until(&["begin", ";"])?;
        let mut depth = 0usize;
        while !(depth == 0 && self.is(";")) {
            if self.is("begin") || self.is("case") {
                depth += 1;
            } else if self.is("end") {
                depth = depth.checked_sub(1)?;
            }
            self.at = (!self.is_at_end()).then_some(self.at + 1)?;
            span.end = self.end();
        }
        Some(span)
    }

    fn sql(&mut self) -> Option<What> {
        let is_import = self.are(&["import", "foreign"]);
        let (mut into, mut is_strict) = (Vec::new(), false);
        let mut parts = Vec::new();
        let words = ["into", ";"];
        if self.makes_routine() {
            return Some(What::Sql { parts: vec![self.routine()?], into, is_strict });
        }
        let mut part = self.until(&words)?;
        while self.is("into") {
            // Behind INSERT and its like it is SQL's own, wherever these stand.
            let before = self.at.checked_sub(1).map_or("", |at| self.word_at(at));
            let is_own = ["insert", "merge"].iter().any(|word| before.eq_ignore_ascii_case(word));
            if is_own || is_import || !into.is_empty() {
                self.at += 1;
                part.end = self.until(&words)?.end;
                continue;
            }
            parts.push(part);
            self.at += 1;
            is_strict = self.skip("strict");
            into = self.targets()?;
            part = self.until(&words)?;
        }
        parts.push(part);
        Some(What::Sql { parts, into, is_strict })
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
        let What::Loop(Loop { over, body, .. }) = &block.body[1].what else { panic!("{:?}", block.body[1]) };
        let Over::Rows { targets, .. } = over else { panic!("{over:?}") };
        assert_eq!((targets[0].path.as_slice(), body.len()), (&["r".to_owned()][..], 1));
        let What::Loop(Loop { label, over, .. }) = &block.body[2].what else { panic!("{:?}", block.body[2]) };
        assert_eq!(label.as_deref(), Some("inner"));
        assert!(matches!(over, Over::Range { reverse: true, .. }));
        let What::Sql { parts, into, is_strict: true } = &block.body[3].what else { panic!("{:?}", block.body[3]) };
        assert_eq!((parts.len(), into[0].path.as_slice()), (2, &["n".to_owned()][..]));
        let What::Block(inner) = &block.body[4].what else { panic!("{:?}", block.body[4]) };
        let What::Raise(raise) = &inner.body[0].what else { panic!("{:?}", inner.body[0]) };
        assert_eq!(raise.options.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["errcode"]);
        assert_eq!(inner.handlers[0].conditions, ["duplicate_table", "others"]);
    }

    #[test]
    fn what_is_no_block_is_none() {
        for text in ["", "BEGIN", "BEGIN NULL END", "BEGIN IF x THEN NULL; END;", "SELECT 1"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
