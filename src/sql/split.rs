//! A file of SQL → its statements, each with its place. Every byte of the file belongs to a
//! statement or to the white space and comments between two; nothing is dropped.

use std::ops::Range;

use super::psql::{Found, Scanner, Text, Variables};

/// One statement as written, without the semicolon that ends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Bytes in the file, from the first character that is neither white space nor comment.
    pub span: Range<usize>,
    /// A command to `psql` itself, such as `\\restrict`: a line between statements that begins with a backslash.
    pub is_psql_command: bool,
}

/// Cuts `text` where `psql` would: at semicolons outside of quotes, comments, parentheses and
/// `BEGIN ATOMIC … END` bodies. The rows behind `COPY … FROM stdin` are passed over.
pub fn split(text: &str) -> Vec<Statement> {
    let mut scanner = Scanner::new(text);
    let mut statements = Vec::new();
    let statement = |text: Text<'_>| Statement { span: text.span, is_psql_command: false };
    while let Some(found) = scanner.next(&Variables::new()) {
        match found {
            Found::Statement(text) => statements.push(statement(text)),
            Found::Command(command) => {
                if command.sends() {
                    statements.extend(scanner.take().map(statement));
                }
                statements.push(Statement { span: command.span, is_psql_command: true });
            }
        }
    }
    statements
}

/// The parts of `text` that commas outside of any parentheses set apart.
pub fn elements(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut lexer = Lexer { bytes: text.as_bytes(), at: 0 };
    loop {
        let element = element(text, lexer.at);
        lexer.at = element.end;
        found.push(element);
        // The comma itself, behind white space and comments.
        while matches!(lexer.next_piece(), Some((Piece::Blank, _))) {}
        if lexer.at >= text.len() {
            return found;
        }
    }
}

/// What stands at `from`, up to the comma or the closing parenthesis that ends it.
pub fn element(text: &str, from: usize) -> Range<usize> {
    let mut lexer = Lexer { bytes: text.as_bytes(), at: from };
    let (mut start, mut end, mut depth) = (None, from, 0);
    while let Some((kind, span)) = lexer.next_piece() {
        match kind {
            Piece::Blank => continue,
            Piece::Paren(step) => depth += step,
            Piece::Other if depth == 0 && text.as_bytes()[span.start] == b',' => break,
            Piece::Semicolon | Piece::Word | Piece::Other => {}
        }
        if depth < 0 {
            break;
        }
        start.get_or_insert(span.start);
        end = span.end;
    }
    start.unwrap_or(from)..end
}

/// The statement being collected.
#[derive(Debug, Default)]
pub(super) struct Open {
    parens: i32,
    /// Depth of `BEGIN ATOMIC` and of the `CASE` expressions inside it, which share `END`.
    atomic: u32,
    words: u32,
    creates_routine: bool,
    after_begin: bool,
    copies: bool,
    from_stdin: bool,
}

impl Open {
    pub(super) fn may_end(&self) -> bool {
        self.parens == 0 && self.atomic == 0
    }

    pub(super) fn paren(&mut self, step: i32) {
        self.parens = (self.parens + step).max(0);
    }

    /// Follows psql's scanner (psqlscan.l): `BEGIN … END` nests only in `CREATE [OR REPLACE] {FUNCTION|PROCEDURE}`.
    pub(super) fn word(&mut self, word: &str) {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        self.words += 1;
        self.copies |= self.words == 1 && is("copy");
        self.from_stdin |= is("stdin");
        if self.words <= 4 && (is("function") || is("procedure")) {
            self.creates_routine = true;
        }
        if self.creates_routine && self.parens == 0 {
            if (is("atomic") && self.after_begin) || (self.atomic > 0 && is("case")) {
                self.atomic += 1;
            } else if self.atomic > 0 && is("end") {
                self.atomic -= 1;
            }
            self.after_begin = is("begin");
        }
    }

    pub(super) fn copies_from_stdin(&self) -> bool {
        self.copies && self.from_stdin
    }
}

pub(super) enum Piece {
    /// White space or a comment.
    Blank,
    Semicolon,
    Paren(i32),
    Word,
    Other,
}

pub(super) struct Lexer<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl Lexer<'_> {
    pub(super) fn next_piece(&mut self) -> Option<(Piece, Range<usize>)> {
        let start = self.at;
        let first = *self.bytes.get(start)?;
        self.at += 1;
        let kind = match first {
            b if b.is_ascii_whitespace() || b == 0x0b => {
                self.skip_while(|b| b.is_ascii_whitespace() || b == 0x0b);
                Piece::Blank
            }
            b'-' if self.peek() == Some(b'-') => {
                self.skip_while(|b| b != b'\n' && b != b'\r');
                Piece::Blank
            }
            // One that never ends is no comment, but something for the parser to refuse.
            b'/' if self.peek() == Some(b'*') => {
                if self.block_comment() {
                    Piece::Blank
                } else {
                    Piece::Other
                }
            }
            // A byte order mark is as invisible as white space.
            0xef if self.bytes[start..].starts_with(b"\xef\xbb\xbf") => {
                self.at = start + 3;
                Piece::Blank
            }
            b';' => Piece::Semicolon,
            b'(' | b'[' => Piece::Paren(1),
            b')' | b']' => Piece::Paren(-1),
            b'\'' => {
                self.quoted(b'\'', false);
                Piece::Other
            }
            b'"' => {
                self.quoted(b'"', false);
                Piece::Other
            }
            b'e' | b'E' if self.peek() == Some(b'\'') => {
                self.at += 1;
                self.quoted(b'\'', true);
                Piece::Other
            }
            b'$' => {
                self.dollar_quoted(start);
                Piece::Other
            }
            b if is_word_start(b) => {
                self.skip_while(|b| is_word_start(b) || b.is_ascii_digit() || b == b'$');
                Piece::Word
            }
            // Digits swallow the letters behind them, so that `1e'` or `1end` is not taken for a word, and `1a$b$` not for
            // a quote (`integer_junk`, `param_junk`).
            b if b.is_ascii_digit() => {
                self.skip_while(|b| b.is_ascii_digit() || b == b'_');
                if self.peek().is_some_and(is_word_start) {
                    self.skip_while(|b| is_word_start(b) || b.is_ascii_digit() || b == b'$');
                }
                Piece::Other
            }
            _ => Piece::Other,
        };
        Some((kind, start..self.at))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.at += 1;
        }
    }

    /// The rest of the line, and the lines up to one that is `\\.` alone; whether there is one, or nothing to end.
    pub(super) fn skip_copy_data(&mut self) -> bool {
        let start = self.at;
        loop {
            self.skip_while(|byte| byte != b'\n');
            self.at = (self.at + 1).min(self.bytes.len());
            let line = self.bytes[self.at..].split(|byte| *byte == b'\n').next().unwrap_or_default();
            if line.strip_suffix(b"\r").unwrap_or(line) == b"\\." {
                self.at += line.len();
                return true;
            }
            if self.at == self.bytes.len() {
                return self.bytes[start..].trim_ascii().is_empty();
            }
        }
    }

    /// Behind the opening quote; a doubled quote stands for one, a backslash escapes where `escapes`.
    fn quoted(&mut self, quote: u8, escapes: bool) {
        while let Some(byte) = self.peek() {
            self.at += 1;
            if byte == b'\\' && escapes {
                self.at += usize::from(self.at < self.bytes.len());
            } else if byte == quote {
                if self.peek() != Some(quote) {
                    return;
                }
                self.at += 1;
            }
        }
    }

    /// Behind a `/`; whether it ends.
    fn block_comment(&mut self) -> bool {
        self.at += 1;
        let mut depth = 1;
        while depth > 0 && self.at < self.bytes.len() {
            match &self.bytes[self.at..] {
                [b'*', b'/', ..] => {
                    depth -= 1;
                    self.at += 2;
                }
                [b'/', b'*', ..] => {
                    depth += 1;
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
        depth == 0
    }

    /// Behind a `$`: a whole `$tag$ … $tag$`, or just the `$` of a parameter.
    fn dollar_quoted(&mut self, start: usize) {
        let tag_start = self.at;
        if self.peek().is_some_and(|b| b.is_ascii_digit()) {
            return;
        }
        self.skip_while(|b| is_word_start(b) || b.is_ascii_digit());
        if self.peek() != Some(b'$') {
            self.at = tag_start;
            return;
        }
        self.at += 1;
        let tag = &self.bytes[start..self.at];
        let close = self.bytes[self.at..].windows(tag.len()).position(|window| window == tag);
        self.at = close.map_or(self.bytes.len(), |offset| self.at + offset + tag.len());
    }
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = split(text).into_iter().map(|s| &text[s.span]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn statements_end_at_semicolons() {
        check("select 1; select 2", &["select 1", "select 2"]);
        check("\u{feff}select 1;;\n -- end\n", &["select 1"]);
        check("", &[]);
    }

    #[test]
    fn quotes_and_comments_hide_semicolons() {
        check("select ';', \";\" -- ;\n, 2", &["select ';', \";\" -- ;\n, 2"]);
        check("select 'it''s;' /* ; /* ; */ ; */ ; select 2", &["select 'it''s;'", "select 2"]);
        check(r"select E'\';' ; select '\'; select 3", &[r"select E'\';'", r"select '\'", "select 3"]);
        check(
            "do $$ begin; end $$; do $x$ $$ ; $x$; select $1;",
            &["do $$ begin; end $$", "do $x$ $$ ; $x$", "select $1"],
        );
    }

    #[test]
    fn elements_are_set_apart_by_commas() {
        let text = "alter table t add a int default f(1, 2), drop b -- c, d\n, add check (a in (1, 2))";
        let found: Vec<&str> = elements(text).into_iter().map(|span| &text[span]).collect();
        assert_eq!(found, ["alter table t add a int default f(1, 2)", "drop b", "add check (a in (1, 2))"]);
        assert_eq!(&text[element(text, text.find("(a in").unwrap() + 1)], "a in (1, 2)");
    }

    #[test]
    fn bodies_hide_semicolons() {
        check(
            "create rule r as on insert to t do also (select 1; select 2); select 3",
            &["create rule r as on insert to t do also (select 1; select 2)", "select 3"],
        );
        let body = "create or replace function f() returns int begin atomic; select case when true then 1 end; end";
        check(&format!("{body}; select 1"), &[body, "select 1"]);
        check(
            "begin; create table atomic (a int); end; select 1",
            &["begin", "create table atomic (a int)", "end", "select 1"],
        );
    }

    #[test]
    fn what_is_not_closed_runs_to_the_end() {
        check("select 1; select 'open; select 2", &["select 1", "select 'open; select 2"]);
        check("select 1; select (2; select 3", &["select 1", "select (2; select 3"]);
        check("select 1; /* open ; ", &["select 1", "/* open ; "]);
    }

    #[test]
    fn what_psql_takes_for_itself_is_told_apart() {
        let text = "\\restrict abc\ncopy t from stdin;\n1\tit's;\n\\.\nselect 1;\n\\unrestrict abc\n";
        let found: Vec<(&str, bool)> = split(text).into_iter().map(|s| (&text[s.span], s.is_psql_command)).collect();
        assert_eq!(
            found,
            [("\\restrict abc", true), ("copy t from stdin", false), ("select 1", false), ("\\unrestrict abc", true),]
        );
    }

    #[test]
    fn identifiers_may_hold_dollars_and_letters() {
        check("select a$b$ ; select é$x; select 1e; select 2", &["select a$b$", "select é$x", "select 1e", "select 2"]);
        check(
            "select 1a$b$ ; select $1a$$ ; select 1$b$ ; $b$",
            &["select 1a$b$", "select $1a$$", "select 1$b$ ; $b$"],
        );
    }
}
