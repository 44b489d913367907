//! Paths into JSON documents (`jsonpath.c`, `jsonpath_gram.y`), as `jsonpath_out()` prints them.

mod token;

use super::json::quoted;
use super::number;
use token::{Token, tokens};

/// `jsonpath_in()` and `jsonpath_out()`. Whether a regular expression is one is not looked at.
pub(super) fn jsonpath(text: &str, version: u32) -> Option<String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, version, depth: 0, filters: 0, subscripts: 0 };
    let is_strict = parser.takes_word("strict");
    if !is_strict {
        parser.takes_word("lax");
    }
    let path = parser.disjunction()?;
    let mode = if is_strict { "strict " } else { "" };
    (parser.at == parser.tokens.len()).then(|| format!("{mode}{}", path.print(true)))
}

/// Deeper paths are left alone.
const MAX_DEPTH: usize = 60;

/// What the first item of a path is; what follows it does not count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    /// Parentheses are never put around it.
    Plain,
    /// An operator of this priority (`operationPriority()`).
    Operator(u8),
}

/// An item of a path with the steps behind it, as they are printed.
struct Item {
    kind: Kind,
    head: String,
    steps: String,
    is_predicate: bool,
}

impl Item {
    fn plain(head: impl Into<String>) -> Self {
        Self { kind: Kind::Plain, head: head.into(), steps: String::new(), is_predicate: false }
    }

    fn priority(&self) -> u8 {
        match self.kind {
            Kind::Operator(priority) => priority,
            // A comparison with a regular expression has been forgotten there.
            Kind::Number | Kind::Plain => LIKE_REGEX,
        }
    }

    /// `printJsonPathItem()`
    fn print(&self, in_parentheses: bool) -> String {
        if in_parentheses && matches!(self.kind, Kind::Operator(_)) {
            format!("({}){}", self.head, self.steps)
        } else {
            format!("{}{}", self.head, self.steps)
        }
    }

    /// As an operand: in parentheses where it binds no closer.
    fn operand(&self, priority: u8) -> String {
        self.print(self.priority() <= priority)
    }

    fn binary(operator: &str, priority: u8, left: &Self, right: &Self) -> Self {
        Self {
            kind: Kind::Operator(priority),
            head: format!("{} {operator} {}", left.operand(priority), right.operand(priority)),
            steps: String::new(),
            is_predicate: priority <= COMPARISON,
        }
    }
}

const OR: u8 = 0;
const AND: u8 = 1;
const COMPARISON: u8 = 2;
const SUM: u8 = 3;
const PRODUCT: u8 = 4;
const SIGN: u8 = 5;
const LIKE_REGEX: u8 = 6;

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    version: u32,
    depth: usize,
    /// `@` is only known in a filter, `last` only in a subscript.
    filters: usize,
    subscripts: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned()
    }

    fn takes(&mut self, mark: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Mark(found)) if *found == mark);
        self.at += usize::from(found);
        found
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn takes_one_of(&mut self, marks: &[&'static str]) -> Option<&'static str> {
        marks.iter().copied().find(|mark| self.takes(mark))
    }

    fn disjunction(&mut self) -> Option<Item> {
        self.depth += 1;
        (self.depth < MAX_DEPTH).then_some(())?;
        let mut left = self.conjunction()?;
        while self.takes("||") {
            let right = self.conjunction()?;
            (left.is_predicate && right.is_predicate).then_some(())?;
            left = Item::binary("||", OR, &left, &right);
        }
        self.depth -= 1;
        Some(left)
    }

    fn conjunction(&mut self) -> Option<Item> {
        let mut left = self.comparison()?;
        while self.takes("&&") {
            let right = self.comparison()?;
            (left.is_predicate && right.is_predicate).then_some(())?;
            left = Item::binary("&&", AND, &left, &right);
        }
        Some(left)
    }

    fn comparison(&mut self) -> Option<Item> {
        if self.takes("!") {
            let parenthesized = matches!(self.peek(), Some(Token::Mark("(")));
            let negated = if parenthesized { self.in_parentheses()? } else { self.exists()? };
            let fits = negated.is_predicate && negated.steps.is_empty();
            return fits.then(|| Item { is_predicate: true, ..Item::plain(format!("!({})", negated.print(false))) });
        }
        let left = self.sum()?;
        if left.is_predicate {
            return Some(left);
        }
        if let Some(operator) = self.takes_one_of(&["==", "!=", "<>", "<=", ">=", "<", ">"]) {
            let right = self.sum().filter(|right| !right.is_predicate)?;
            let operator = if operator == "<>" { "!=" } else { operator };
            return Some(Item::binary(operator, COMPARISON, &left, &right));
        }
        if self.takes_word("starts") {
            self.takes_word("with").then_some(())?;
            let initial = match self.next()? {
                Token::String(text) => quoted(&text),
                Token::Variable(name) => format!("${}", quoted(&name)),
                _ => return None,
            };
            return Some(Item::binary("starts with", COMPARISON, &left, &Item::plain(initial)));
        }
        if self.takes_word("like_regex") {
            let Token::String(pattern) = self.next()? else { return None };
            let flags = if self.takes_word("flag") { self.flags()? } else { String::new() };
            let head = format!("{} like_regex {}{flags}", left.operand(LIKE_REGEX), quoted(&pattern));
            return Some(Item { kind: Kind::Operator(LIKE_REGEX), head, steps: String::new(), is_predicate: true });
        }
        Some(left)
    }

    /// `makeItemLikeRegex()`: in their order, each once; `x` is refused.
    fn flags(&mut self) -> Option<String> {
        let Token::String(flags) = self.next()? else { return None };
        flags.chars().all(|flag| "ismq".contains(flag)).then_some(())?;
        let kept: String = "ismq".chars().filter(|flag| flags.contains(*flag)).collect();
        Some(if kept.is_empty() { kept } else { format!(" flag \"{kept}\"") })
    }

    fn sum(&mut self) -> Option<Item> {
        let mut left = self.product()?;
        while !left.is_predicate
            && let Some(operator) = self.takes_one_of(&["+", "-"])
        {
            let right = self.product().filter(|right| !right.is_predicate)?;
            left = Item::binary(operator, SUM, &left, &right);
        }
        Some(left)
    }

    fn product(&mut self) -> Option<Item> {
        let mut left = self.signed()?;
        while !left.is_predicate
            && let Some(operator) = self.takes_one_of(&["*", "/", "%"])
        {
            let right = self.signed().filter(|right| !right.is_predicate)?;
            left = Item::binary(operator, PRODUCT, &left, &right);
        }
        Some(left)
    }

    /// `makeItemUnary()`: the sign of a number is a part of it.
    fn signed(&mut self) -> Option<Item> {
        let Some(sign) = self.takes_one_of(&["+", "-"]) else { return self.path() };
        self.depth += 1;
        (self.depth < MAX_DEPTH).then_some(())?;
        let of = self.signed().filter(|of| !of.is_predicate)?;
        self.depth -= 1;
        if of.kind == Kind::Number {
            let negated = match of.head.strip_prefix('-') {
                Some(size) => size.to_owned(),
                None if of.head.contains(|c: char| ('1'..='9').contains(&c)) => format!("-{}", of.head),
                None => of.head.clone(),
            };
            return Some(if sign == "-" { Item { head: negated, ..of } } else { of });
        }
        let head = format!("{sign}{}", of.operand(SIGN));
        Some(Item { kind: Kind::Operator(SIGN), head, steps: String::new(), is_predicate: false })
    }

    /// A primary with its accessors.
    fn path(&mut self) -> Option<Item> {
        let mut item = match self.peek()? {
            Token::Mark("(") => self.in_parentheses()?,
            Token::Word(word) if word.eq_ignore_ascii_case("exists") => return self.exists(),
            _ => self.primary()?,
        };
        if item.is_predicate && self.takes_word("is") {
            self.takes_word("unknown").then_some(())?;
            let unknown = Item::plain(format!("({}) is unknown", item.print(false)));
            return Some(Item { is_predicate: true, ..unknown });
        }
        while let Some(step) = self.accessor()? {
            item.steps += &step;
            // What a predicate says can be looked into.
            item.is_predicate = false;
        }
        if item.kind == Kind::Number && !item.steps.is_empty() {
            // Before PostgreSQL 15 what is printed here could not be read back.
            item.kind = Kind::Plain;
            item.head = if self.version >= 15 { format!("({})", item.head) } else { item.head };
        }
        Some(item)
    }

    fn in_parentheses(&mut self) -> Option<Item> {
        self.takes("(").then_some(())?;
        let inner = self.disjunction()?;
        self.takes(")").then_some(inner)
    }

    fn exists(&mut self) -> Option<Item> {
        (self.takes_word("exists") && self.takes("(")).then_some(())?;
        let inner = self.disjunction().filter(|inner| !inner.is_predicate)?;
        self.takes(")").then_some(())?;
        Some(Item { is_predicate: true, ..Item::plain(format!("exists ({})", inner.print(false))) })
    }

    fn primary(&mut self) -> Option<Item> {
        Some(match self.next()? {
            Token::String(text) => Item::plain(quoted(&text)),
            Token::Variable(name) => Item::plain(format!("${}", quoted(&name))),
            Token::Number(digits) if self.version >= 15 || !digits.starts_with('.') => {
                Item { kind: Kind::Number, ..Item::plain(number::numeric(&digits, self.version)?) }
            }
            Token::Mark("$") => Item::plain("$"),
            Token::Mark("@") if self.filters > 0 => Item::plain("@"),
            Token::Word(word) if matches!(word.as_str(), "null" | "true" | "false") => Item::plain(word),
            Token::Word(word) if word.eq_ignore_ascii_case("last") && self.subscripts > 0 => Item::plain("last"),
            Token::Number(_) | Token::Word(_) | Token::Mark(_) => return None,
        })
    }

    /// `accessor_op`, if there is one.
    #[expect(clippy::option_option, reason = "one that cannot be read is an error")]
    fn accessor(&mut self) -> Option<Option<String>> {
        if self.takes("[") {
            return self.subscript().map(Some);
        }
        if self.takes("?") {
            self.takes("(").then_some(())?;
            self.filters += 1;
            let condition = self.disjunction().filter(|condition| condition.is_predicate)?;
            self.filters -= 1;
            self.takes(")").then_some(())?;
            return Some(Some(format!("?({})", condition.print(false))));
        }
        if !self.takes(".") {
            return Some(None);
        }
        if self.takes("**") {
            return self.any().map(Some);
        }
        if self.takes("*") {
            return Some(Some(".*".to_owned()));
        }
        let step = match self.next()? {
            Token::String(key) => format!(".{}", quoted(&key)),
            Token::Word(word) if matches!(self.peek(), Some(Token::Mark("("))) => self.method(&word)?,
            Token::Word(key) => format!(".{}", quoted(&key)),
            Token::Variable(_) | Token::Number(_) | Token::Mark(_) => return None,
        };
        Some(Some(step))
    }

    fn subscript(&mut self) -> Option<String> {
        if self.takes("*") {
            return self.takes("]").then(|| "[*]".to_owned());
        }
        self.subscripts += 1;
        let mut printed = Vec::new();
        loop {
            let from = self.sum().filter(|from| !from.is_predicate)?;
            let to = if self.takes_word("to") { Some(self.sum().filter(|to| !to.is_predicate)?) } else { None };
            let to = to.map_or_else(String::new, |to| format!(" to {}", to.print(false)));
            printed.push(from.print(false) + &to);
            if !self.takes(",") {
                break;
            }
        }
        self.subscripts -= 1;
        self.takes("]").then(|| format!("[{}]", printed.join(",")))
    }

    /// `.**{1 to last}`
    fn any(&mut self) -> Option<String> {
        if !self.takes("{") {
            return Some(".**".to_owned());
        }
        let from = self.level()?;
        let to = if self.takes_word("to") { self.level()? } else { from.clone() };
        self.takes("}").then_some(())?;
        Some(match (from.as_str(), to.as_str()) {
            ("0", "last") => ".**".to_owned(),
            _ if from == to => format!(".**{{{from}}}"),
            _ => format!(".**{{{from} to {to}}}"),
        })
    }

    fn level(&mut self) -> Option<String> {
        match self.next()? {
            Token::Number(digits) => number::int(&digits, 32, 0).map(|level| level.to_string()),
            Token::Word(word) if word.eq_ignore_ascii_case("last") => Some("last".to_owned()),
            _ => None,
        }
    }

    fn method(&mut self, word: &str) -> Option<String> {
        let name = word.to_ascii_lowercase();
        self.takes("(").then_some(())?;
        let is_known = match name.as_str() {
            "abs" | "size" | "type" | "floor" | "double" | "ceiling" | "keyvalue" | "datetime" => true,
            "bigint" | "boolean" | "date" | "integer" | "number" | "string" | "time" | "time_tz" | "timestamp"
            | "timestamp_tz" => self.version >= 17,
            _ => false,
        };
        let argument = match (name.as_str(), self.peek()) {
            ("datetime", Some(Token::String(template))) => quoted(template),
            ("time" | "time_tz" | "timestamp" | "timestamp_tz", Some(Token::Number(digits))) => {
                number::numeric(digits, self.version).filter(|_| number::all_digits(digits))?
            }
            _ => String::new(),
        };
        self.at += usize::from(!argument.is_empty());
        (is_known && self.takes(")")).then(|| format!(".{name}({argument})"))
    }
}
