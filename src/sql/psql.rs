//! What psql makes of a script before a server sees it (`psqlscan.l`, `psqlscanslash.l`): statements with the
//! values of variables put in, and commands to psql itself.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::places::{Places, Spliced};
use super::split::{Lexer, Open, Piece};

/// The variables of psql, by name. One without a value is set, but nobody knows to what.
pub type Variables = BTreeMap<String, Option<String>>;

/// What comes next in a script.
#[derive(Debug)]
pub enum Found<'a> {
    Statement(Text<'a>),
    Command(Command),
}

/// A statement as a server gets it, without the semicolon that ends it.
#[derive(Debug)]
pub struct Text<'a> {
    pub text: Cow<'a, str>,
    /// Where it stands in the script.
    pub span: Range<usize>,
    /// How its bytes lie in the script, where it is not the same text.
    pub places: Option<Places>,
    /// A variable in it whose value is not known.
    pub unknown: Option<String>,
}

/// A command to psql: `\set x 1`.
#[derive(Debug)]
pub struct Command {
    /// With its backslash.
    pub name: String,
    pub arguments: Vec<Argument>,
    pub span: Range<usize>,
}

#[derive(Debug)]
pub struct Argument {
    pub text: String,
    /// It hangs on a variable whose value is not known, or on a command of the shell.
    pub is_unknown: bool,
    pub span: Range<usize>,
}

impl Command {
    /// Whether it sends what has been written of a statement, as a semicolon does.
    pub fn sends(&self) -> bool {
        ["\\g", "\\gx", "\\gset", "\\gexec", "\\gdesc", "\\crosstabview", "\\watch"].contains(&self.name.as_str())
    }
}

/// Reads a script from its start, with the variables as they are at each step.
#[derive(Debug)]
pub struct Scanner<'a> {
    script: &'a str,
    /// The script, and above it the values that are being read in its place.
    buffers: Vec<Buffer<'a>>,
    open: Open,
    draft: Draft,
    rows_without_end: Option<Range<usize>>,
}

#[derive(Debug)]
struct Buffer<'a> {
    text: Cow<'a, str>,
    at: usize,
    /// The variable, and where it stands in the script.
    variable: Option<(String, Range<usize>)>,
}

/// The statement that is being put together.
#[derive(Debug, Default)]
struct Draft {
    span: Option<Range<usize>>,
    /// It is not what stands at `span`.
    spliced: Option<Spliced>,
    /// How deep the last piece was read, and where it ended there; none where something was left out behind it.
    last: Option<(usize, usize)>,
    blank_before: bool,
    unknown: Option<String>,
}

impl<'a> Scanner<'a> {
    pub fn new(script: &'a str) -> Self {
        Self::of_part(script, 0..script.len())
    }

    /// Reads but a part of it.
    pub fn of_part(script: &'a str, part: Range<usize>) -> Self {
        let script = &script[..part.end];
        let whole = Buffer { text: Cow::Borrowed(script), at: part.start, variable: None };
        Self { script, buffers: vec![whole], open: Open::default(), draft: Draft::default(), rows_without_end: None }
    }

    /// The next statement that is complete, or command. A command may stand amid a statement, which goes on behind it.
    pub fn next(&mut self, variables: &Variables) -> Option<Found<'a>> {
        loop {
            let depth = self.buffers.len();
            let Some(buffer) = self.buffers.last_mut() else { return self.take().map(Found::Statement) };
            let mut lexer = Lexer { bytes: buffer.text.as_bytes(), at: buffer.at };
            let Some((kind, span)) = lexer.next_piece() else {
                self.buffers.pop();
                continue;
            };
            buffer.at = lexer.at;
            match kind {
                Piece::Blank => {
                    self.draft.blank_before = true;
                    continue;
                }
                Piece::Semicolon if self.open.may_end() => {
                    let copies = self.open.copies_from_stdin();
                    let taken = self.take();
                    if copies {
                        let of = taken.as_ref().map_or(span, |text| text.span.clone());
                        self.skip_copy_data(of);
                    }
                    match taken {
                        Some(text) => return Some(Found::Statement(text)),
                        None => continue,
                    }
                }
                Piece::Other if buffer.text[span.clone()] == *":" => {
                    if self.colon(span.start, variables) {
                        continue;
                    }
                }
                Piece::Other if depth == 1 && buffer.text[span.clone()] == *"\\" => {
                    match self.script[span.end..].chars().next() {
                        Some(escaped @ (';' | ':')) => {
                            buffer.at += 1;
                            let mut utf8 = [0; 4];
                            self.draft.put(self.script, escaped.encode_utf8(&mut utf8), span.start..span.end + 1);
                        }
                        _ => return Some(Found::Command(self.command(span.start, variables))),
                    }
                    continue;
                }
                Piece::Paren(step) => self.open.paren(step),
                Piece::Word => self.open.word(&buffer.text[span.clone()]),
                Piece::Semicolon | Piece::Other => {}
            }
            self.extend(span);
        }
    }

    /// What has been written of a statement.
    pub fn take(&mut self) -> Option<Text<'a>> {
        self.open = Open::default();
        let Draft { span, spliced, unknown, .. } = std::mem::take(&mut self.draft);
        let span = span?;
        Some(match spliced {
            Some(Spliced { text, places }) => Text { text: Cow::Owned(text), span, places: Some(places), unknown },
            None => Text { text: Cow::Borrowed(&self.script[span.clone()]), span, places: None, unknown },
        })
    }

    /// The statement or command whose rows have taken the rest of the script, as no line says that they end.
    pub fn rows_without_end(&self) -> Option<Range<usize>> {
        self.rows_without_end.clone()
    }

    /// Passes over the rows that stand in the script, behind what is to copy them.
    pub fn skip_copy_data(&mut self, of: Range<usize>) {
        if let Some(buffer) = self.buffers.first_mut() {
            let mut lexer = Lexer { bytes: self.script.as_bytes(), at: buffer.at };
            if !lexer.skip_copy_data() {
                self.rows_without_end = Some(of);
            }
            buffer.at = lexer.at;
        }
    }

    /// Takes the last piece into the statement.
    fn extend(&mut self, piece: Range<usize>) {
        let depth = self.buffers.len();
        let Some(buffer) = self.buffers.last() else { return };
        let draft = &mut self.draft;
        let follows = draft.last.filter(|(at_depth, _)| *at_depth == depth).map(|(_, end)| end);
        match (&buffer.variable, follows) {
            (Some((_, place)), follows) => {
                let from = follows.unwrap_or(piece.start);
                draft.blank_before &= follows.is_none();
                draft.put(self.script, &buffer.text[from..piece.end], place.clone());
            }
            (None, Some(end)) => draft.copy(self.script, end..piece.end),
            (None, None) if draft.span.is_none() => draft.span = Some(piece.clone()),
            (None, None) => {
                let spliced = draft.spliced(self.script);
                spliced.copy(self.script, piece.clone());
                draft.widen(piece.clone());
            }
        }
        draft.last = Some((depth, piece.end));
        draft.blank_before = false;
    }

    /// Behind a colon at `at`: whether it belonged to a variable, or a cast, which has been taken in.
    fn colon(&mut self, at: usize, variables: &Variables) -> bool {
        let Some(buffer) = self.buffers.last_mut() else { return false };
        let text = buffer.text.clone();
        if text[at + 1..].starts_with(':') {
            buffer.at = at + 2;
            self.extend(at..at + 2);
            return true;
        }
        let Some(reference) = Reference::at(&text[at..]) else { return false };
        let span = at..at + reference.length;
        let place = buffer.variable.as_ref().map_or(span.clone(), |(_, place)| place.clone());
        let is_read = |buffer: &Buffer<'_>| buffer.variable.as_ref().is_some_and(|(name, _)| name == reference.name);
        let value = match (reference.form, variables.get(reference.name)) {
            (Form::IsSet, found) => Some(if found.is_some() { "TRUE" } else { "FALSE" }.to_owned()),
            (_, None) => return false,
            (Form::Plain, Some(_)) if self.buffers.iter().any(is_read) => return false,
            (form, Some(value)) => value.as_ref().map(|value| form.apply(value)),
        };
        if let Some(buffer) = self.buffers.last_mut() {
            buffer.at = span.end;
        }
        let draft = &mut self.draft;
        match value {
            Some(value) if reference.form == Form::Plain => {
                // What comes of the value is read like the script itself.
                draft.part(self.script, place.clone());
                let variable = Some((reference.name.to_owned(), place));
                self.buffers.push(Buffer { text: Cow::Owned(value), at: 0, variable });
            }
            Some(value) => draft.put(self.script, &value, place),
            None => {
                draft.unknown.get_or_insert_with(|| reference.name.to_owned());
                draft.put(self.script, &text[span], place);
            }
        }
        true
    }

    /// The command whose backslash stands at `start`.
    fn command(&mut self, start: usize, variables: &Variables) -> Command {
        const WHOLE_LINE: [&str; 8] = ["\\copy", "\\!", "\\h", "\\help", "\\sf", "\\sv", "\\ef", "\\ev"];
        let behind = &self.script[start + 1..];
        let is_end = |c: char| c.is_whitespace() || c == '\\';
        let length = behind.find(is_end).unwrap_or(behind.len());
        let name_end = start + 1 + length;
        let name = self.script[start..name_end].to_owned();
        let line_end = self.script[name_end..].find(['\n', '\r']).map_or(self.script.len(), |length| name_end + length);
        let line = &self.script[..line_end];
        let (arguments, end) = if WHOLE_LINE.contains(&name.as_str()) {
            let text = line[name_end..].trim().to_owned();
            (vec![Argument { text, is_unknown: false, span: name_end..line_end }], line_end)
        } else {
            arguments(line, name_end, variables)
        };
        if let Some(buffer) = self.buffers.first_mut() {
            buffer.at = end;
        }
        // What follows a command does not follow what stood before it.
        self.draft.last = None;
        self.draft.blank_before = true;
        let said = self.script[start..end].trim_end_matches('\\').trim_end();
        Command { span: start..(start + said.len()).max(name_end), name, arguments }
    }
}

impl Draft {
    fn widen(&mut self, piece: Range<usize>) {
        let start = self.span.as_ref().map_or(piece.start, |span| span.start);
        let end = self.span.as_ref().map_or(piece.end, |span| span.end.max(piece.end));
        self.span = Some(start..end);
    }

    /// More of the script, right behind the last piece.
    fn copy(&mut self, script: &str, piece: Range<usize>) {
        if let Some(spliced) = &mut self.spliced {
            spliced.copy(script, piece.clone());
        }
        self.widen(piece);
    }

    /// The text so far, from here on apart from the script.
    fn spliced(&mut self, script: &str) -> &mut Spliced {
        let span = self.span.clone().unwrap_or_default();
        let blank = std::mem::take(&mut self.blank_before);
        let spliced = self.spliced.get_or_insert_with(|| {
            let mut spliced = Spliced::default();
            spliced.copy(script, span.clone());
            spliced
        });
        if blank && !spliced.text.is_empty() {
            spliced.put(" ", span.end..span.end);
        }
        spliced
    }

    /// A value that stands for what is at `place`.
    fn put(&mut self, script: &str, value: &str, place: Range<usize>) {
        self.spliced(script).put(value, place.clone());
        self.widen(place);
        self.last = None;
    }

    /// What stands at `place` is not taken in itself.
    fn part(&mut self, script: &str, place: Range<usize>) {
        self.put(script, "", place);
    }
}

/// A variable as it is written: `:a`, `:'a'`, `:"a"`, `:{?a}`.
struct Reference<'t> {
    form: Form,
    name: &'t str,
    length: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Literal,
    Identifier,
    IsSet,
}

impl<'t> Reference<'t> {
    /// What begins with the colon that `text` begins with.
    fn at(text: &'t str) -> Option<Self> {
        let forms = [
            (":'", "'", Form::Literal),
            (":\"", "\"", Form::Identifier),
            (":{?", "}", Form::IsSet),
            (":", "", Form::Plain),
        ];
        let (before, after, form) = forms.into_iter().find(|(before, ..)| text.starts_with(before))?;
        let rest = &text[before.len()..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c.is_ascii()).unwrap_or(rest.len());
        let is_closed = end > 0 && rest[end..].starts_with(after);
        is_closed.then(|| Self { form, name: &rest[..end], length: before.len() + end + after.len() })
    }
}

impl Form {
    fn apply(self, value: &str) -> String {
        match self {
            Self::Plain | Self::IsSet => value.to_owned(),
            Self::Literal if value.contains('\\') => {
                format!(" E'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
            }
            Self::Literal => format!("'{}'", value.replace('\'', "''")),
            Self::Identifier => format!("\"{}\"", value.replace('"', "\"\"")),
        }
    }
}

/// What stands behind a command, up to the end of the line or another backslash; and where that is.
fn arguments(line: &str, from: usize, variables: &Variables) -> (Vec<Argument>, usize) {
    let mut found = Vec::new();
    let mut at = from;
    loop {
        at += line[at..].len() - line[at..].trim_start().len();
        match line[at..].chars().next() {
            None => return (found, at),
            Some('\\') => return (found, at + if line[at..].starts_with("\\\\") { 2 } else { 0 }),
            Some(_) => {
                let argument = argument(line, at, variables);
                at = argument.span.end;
                found.push(argument);
            }
        }
    }
}

fn argument(line: &str, from: usize, variables: &Variables) -> Argument {
    let mut argument = Argument { text: String::new(), is_unknown: false, span: from..from };
    let mut at = from;
    while let Some(c) = line[at..].chars().next().filter(|c| !c.is_whitespace() && *c != '\\') {
        match c {
            '\'' => at += 1 + quoted(&line[at + 1..], &mut argument.text),
            '"' | '`' => {
                let length = line[at + 1..].find(c).map_or(line.len() - at, |end| end + 2);
                argument.text.push_str(&line[at..at + length]);
                argument.is_unknown |= c == '`';
                at += length;
            }
            ':' => {
                let reference = Reference::at(&line[at..]);
                let known = reference.and_then(|reference| match (reference.form, variables.get(reference.name)) {
                    (Form::IsSet, found) => {
                        Some((Some(if found.is_some() { "TRUE" } else { "FALSE" }.to_owned()), reference))
                    }
                    (form, found) => found.map(|value| (value.as_ref().map(|value| form.apply(value)), reference)),
                });
                match known {
                    Some((value, reference)) => {
                        argument.is_unknown |= value.is_none();
                        argument.text.push_str(value.as_deref().unwrap_or(&line[at..at + reference.length]));
                        at += reference.length;
                    }
                    None => {
                        argument.text.push(c);
                        at += 1;
                    }
                }
            }
            _ => {
                argument.text.push(c);
                at += c.len_utf8();
            }
        }
    }
    argument.span.end = at;
    argument
}

/// Behind a single quote: the bytes up to behind the closing one.
fn quoted(text: &str, into: &mut String) -> usize {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' if chars.peek().is_some_and(|(_, next)| *next == '\'') => {
                chars.next();
                into.push('\'');
            }
            '\'' => return at + 1,
            '\\' => match chars.next() {
                Some((_, 'n')) => into.push('\n'),
                Some((_, 't')) => into.push('\t'),
                Some((_, 'r')) => into.push('\r'),
                Some((_, other)) => into.push(other),
                None => {}
            },
            other => into.push(other),
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The statements, and the commands in brackets.
    fn scan(script: &str, variables: &[(&str, Option<&str>)]) -> Vec<String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect();
        let mut scanner = Scanner::new(script);
        let mut found = Vec::new();
        while let Some(next) = scanner.next(&variables) {
            match next {
                Found::Statement(text) => found.push(text.text.into_owned()),
                Found::Command(command) => {
                    let arguments: Vec<&str> = command.arguments.iter().map(|a| a.text.as_str()).collect();
                    found.push(format!("[{} {}]", command.name, arguments.join("|")));
                }
            }
        }
        found
    }

    #[test]
    fn variables_are_put_in_where_psql_does() {
        let values =
            [("a", Some("x y")), ("q", Some("it's")), ("two", Some("select 1; select 2")), ("me", Some(":me"))];
        for (script, expected) in [
            ("select :a, :'a', :\"a\"", &["select x y, 'x y', \"x y\""][..]),
            ("select ':a', \":a\", $$ :a $$ -- :a", &["select ':a', \":a\", $$ :a $$"]),
            ("select :'q'::text, b[1:2], :b", &["select 'it''s'::text, b[1:2], :b"]),
            ("select :{?a}, :{?b}", &["select TRUE, FALSE"]),
            (":two; select 3", &["select 1", "select 2", "select 3"]),
            ("create table t_:a (b int)", &["create table t_x y (b int)"]),
            ("select :me", &["select :me"]),
            ("select 1 \\; select 2;", &["select 1 ; select 2"]),
        ] {
            assert_eq!(scan(script, &values), expected, "{script}");
        }
    }

    #[test]
    fn commands_end_with_their_line_or_at_another() {
        let values = [("a", Some("x y"))];
        for (script, expected) in [
            ("\\set b 'it''s' :a\nselect 1", &["[\\set b|it's|x y]", "select 1"][..]),
            ("\\echo a \\\\ select 1;", &["[\\echo a]", "select 1"]),
            ("\\if true \\echo b", &["[\\if true]", "[\\echo b]"]),
            ("\\copy t from 'a\\b'\nselect 1", &["[\\copy t from 'a\\b']", "select 1"]),
            ("select 1\n\\echo b\n+ 2;", &["[\\echo b]", "select 1 + 2"]),
        ] {
            assert_eq!(scan(script, &values), expected, "{script}");
        }
    }

    #[test]
    fn places_are_those_of_the_script() {
        let script = "select :a frm\n:'a';";
        let variables = Variables::from([("a".to_owned(), Some("longer".to_owned()))]);
        let Some(Found::Statement(text)) = Scanner::new(script).next(&variables) else { panic!() };
        assert_eq!(text.text, "select longer frm 'longer'");
        let places = text.places.unwrap();
        let at = |word: &str| text.text.find(word).map(|at| &script[places.source(at..at + word.len())]).unwrap();
        assert_eq!((at("frm"), at("'longer'"), at("select"), at("ger")), ("frm", ":'a'", "select", ":a"));
        assert_eq!(&script[text.span], "select :a frm\n:'a'");
    }
}
