//! Words for text search: `tsvector` (tsvector.c, `tsvector_parser.c`) and `tsquery` (tsquery.c).

use std::collections::BTreeMap;

use super::is_space;

/// What does not fit is refused (`MAXSTRLEN`), cut (`MAXENTRYPOS`), or left out (`MAXNUMPOS`).
const MAX_LENGTH: usize = 2046;
const MAX_POSITION: u32 = 16_383;
const MAX_POSITIONS: usize = 255;

/// `tsvectorin()` and `tsvectorout()`: the words in byte order, each with its positions.
pub(super) fn tsvector(text: &str) -> Option<String> {
    // What else is space depends on the locale.
    if text.contains(|c: char| c.is_whitespace() && !is_space(c)) {
        return None;
    }
    let mut words: BTreeMap<String, BTreeMap<u32, char>> = BTreeMap::new();
    let mut rest = text.trim_start_matches(is_space);
    while !rest.is_empty() {
        let (word, behind) = lexeme(rest, false)?;
        let (positions, behind) = positions(behind)?;
        let known = words.entry(word).or_default();
        for (position, weight) in positions {
            // Of one position the greatest weight counts; A is the greatest.
            let kept = known.entry(position).or_insert(weight);
            *kept = weight.min(*kept);
        }
        rest = behind.trim_start_matches(is_space);
    }
    let printed: Vec<String> = words.iter().map(|(word, positions)| entry(word, positions)).collect::<Option<_>>()?;
    Some(printed.join(" "))
}

fn entry(word: &str, positions: &BTreeMap<u32, char>) -> Option<String> {
    // Which ones of too many are left out is not told here.
    (positions.len() <= MAX_POSITIONS).then_some(())?;
    let told: Vec<String> = positions
        .iter()
        .map(|(position, weight)| if *weight == 'D' { position.to_string() } else { format!("{position}{weight}") })
        .collect();
    let colon = if told.is_empty() { "" } else { ":" };
    Some(format!("{}{colon}{}", quoted(word), told.join(",")))
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

/// `gettoken_tsvector()`: a word and what follows it. In a query operators end it as well.
fn lexeme(text: &str, in_query: bool) -> Option<(String, &str)> {
    let mut word = String::new();
    let is_quoted = text.starts_with('\'');
    let mut chars = text[usize::from(is_quoted)..].chars();
    loop {
        let before = chars.as_str();
        let next = chars.next();
        match next {
            Some('\\') => word.push(chars.next()?),
            Some('\'') if is_quoted && chars.as_str().starts_with('\'') => {
                chars.next();
                word.push('\'');
            }
            Some('\'') if is_quoted => break,
            Some(c) if is_quoted => word.push(c),
            // Only in front of a word a colon is nothing special.
            Some(':') if word.is_empty() && !in_query => word.push(':'),
            Some(c) if !is_space(c) && c != ':' && !(in_query && is_operator(c)) => word.push(c),
            None if is_quoted => return None,
            Some(_) | None => {
                chars = before.chars();
                break;
            }
        }
    }
    if word.is_empty() || word.len() > MAX_LENGTH { None } else { Some((word, chars.as_str())) }
}

/// `ISOPERATOR()`
fn is_operator(c: char) -> bool {
    matches!(c, '!' | '&' | '|' | '(' | ')' | '<')
}

type Positions = Vec<(u32, char)>;

/// `:1A,2`
fn positions(text: &str) -> Option<(Positions, &str)> {
    let mut positions = Vec::new();
    let Some(mut rest) = text.strip_prefix(':') else { return Some((positions, text)) };
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let position: u32 = rest[..digits].parse().ok().filter(|position| (1..1_000_000_000).contains(position))?;
        rest = &rest[digits..];
        let letter = rest.chars().next().filter(|c| matches!(c, 'a'..='d' | 'A'..='D' | '*'));
        if letter.is_some() {
            rest = &rest[1..];
        }
        let weight = letter.map_or('D', |c| if c == '*' { 'A' } else { c.to_ascii_uppercase() });
        positions.push((position.min(MAX_POSITION), weight));
        match rest.strip_prefix(',') {
            Some(behind) => rest = behind,
            None => return (rest.is_empty() || rest.starts_with(is_space)).then_some((positions, rest)),
        }
    }
}

/// What the two sides of an operator, or a word, make.
enum Query {
    Word { word: String, weights: u8, is_prefix: bool },
    Not(Box<Query>),
    Binary { operator: Operator, left: Box<Query>, right: Box<Query> },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Or,
    And,
    /// The second this many words behind the first.
    Phrase(u32),
    Not,
}

impl Operator {
    /// `OP_PRIORITY()`
    fn priority(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Phrase(_) => 3,
            Self::Not => 4,
        }
    }
}

/// Deeper queries are left alone.
const MAX_DEPTH: usize = 200;

/// `tsqueryin()` and `tsqueryout()`: no more parentheses than there have to be.
pub(super) fn tsquery(text: &str) -> Option<String> {
    if text.contains(|c: char| c.is_whitespace() && !is_space(c)) {
        return None;
    }
    let mut rest = text.trim_start_matches(is_space);
    if rest.is_empty() {
        return Some(String::new());
    }
    let mut operands = 0;
    let query = expression(&mut rest, 0, 0, &mut operands)?;
    let mut printed = String::new();
    query.print(&mut printed, 0, false);
    rest.is_empty().then_some(printed)
}

/// `makepol()`: all operators from a priority on, which group to the left.
fn expression(rest: &mut &str, least: u8, depth: usize, operands: &mut usize) -> Option<Query> {
    *operands += 1;
    // A long chain nests as deep as it is long.
    if depth > MAX_DEPTH || *operands > MAX_DEPTH {
        return None;
    }
    let mut left = operand(rest, depth, operands)?;
    loop {
        let Some((operator, behind)) = operator(rest)? else { return Some(left) };
        if operator.priority() < least {
            return Some(left);
        }
        *rest = behind;
        let right = expression(rest, operator.priority() + 1, depth + 1, operands)?;
        left = Query::Binary { operator, left: Box::new(left), right: Box::new(right) };
    }
}

fn operand(rest: &mut &str, depth: usize, operands: &mut usize) -> Option<Query> {
    *rest = rest.trim_start_matches(is_space);
    if let Some(behind) = rest.strip_prefix('!') {
        *rest = behind;
        (depth < MAX_DEPTH).then_some(())?;
        let negated = operand(rest, depth + 1, operands)?;
        return Some(Query::Not(Box::new(negated)));
    }
    if let Some(behind) = rest.strip_prefix('(') {
        *rest = behind;
        let inner = expression(rest, 0, depth + 1, operands)?;
        *rest = rest.trim_start_matches(is_space).strip_prefix(')')?;
        return Some(inner);
    }
    let (word, behind) = lexeme(rest, true)?;
    let (weights, is_prefix, behind) = modifiers(behind);
    *rest = behind;
    Some(Query::Word { word, weights, is_prefix })
}

/// `get_modifiers()`: `:AB*`
fn modifiers(text: &str) -> (u8, bool, &str) {
    let Some(mut rest) = text.strip_prefix(':') else { return (0, false, text) };
    let (mut weights, mut is_prefix) = (0, false);
    while let Some(c) = rest.chars().next() {
        match c.to_ascii_uppercase() {
            'A' => weights |= 8,
            'B' => weights |= 4,
            'C' => weights |= 2,
            'D' => weights |= 1,
            '*' => is_prefix = true,
            _ => break,
        }
        rest = &rest[1..];
    }
    (weights, is_prefix, rest)
}

/// The operator that comes next; none at the end and in front of a parenthesis.
#[expect(clippy::option_option, reason = "what is none of them is an error")]
fn operator<'a>(rest: &mut &'a str) -> Option<Option<(Operator, &'a str)>> {
    *rest = rest.trim_start_matches(is_space);
    let Some(first) = rest.chars().next() else { return Some(None) };
    Some(match first {
        ')' => None,
        '&' => Some((Operator::And, &rest[1..])),
        '|' => Some((Operator::Or, &rest[1..])),
        '<' => {
            let (distance, behind) = rest[1..].split_once('>')?;
            let digits = super::number::all_digits(distance);
            let distance = if distance == "-" { 1 } else { distance.parse().ok().filter(|_| digits)? };
            (distance <= MAX_POSITION + 1).then_some(())?;
            Some((Operator::Phrase(distance), behind))
        }
        _ => return None,
    })
}

impl Query {
    /// `infix()`
    fn print(&self, out: &mut String, around: u8, right_of_phrase: bool) {
        match self {
            Self::Word { word, weights, is_prefix } => {
                *out += &quoted(word);
                if *is_prefix || *weights > 0 {
                    out.push(':');
                }
                if *is_prefix {
                    out.push('*');
                }
                out.extend(
                    [(8, 'A'), (4, 'B'), (2, 'C'), (1, 'D')]
                        .iter()
                        .filter(|(bit, _)| weights & bit != 0)
                        .map(|(_, c)| c),
                );
            }
            Self::Not(negated) => {
                let priority = Operator::Not.priority();
                let in_parentheses = priority < around;
                *out += if in_parentheses { "( !" } else { "!" };
                negated.print(out, priority, false);
                *out += if in_parentheses { " )" } else { "" };
            }
            Self::Binary { operator, left, right } => {
                let priority = operator.priority();
                let is_phrase = matches!(operator, Operator::Phrase(_));
                let in_parentheses = priority < around || (is_phrase && right_of_phrase);
                *out += if in_parentheses { "( " } else { "" };
                left.print(out, priority, false);
                match operator {
                    Operator::Or => *out += " | ",
                    Operator::And => *out += " & ",
                    Operator::Phrase(1) => *out += " <-> ",
                    Operator::Phrase(distance) => *out += &format!(" <{distance}> "),
                    Operator::Not => {}
                }
                right.print(out, priority, is_phrase);
                *out += if in_parentheses { " )" } else { "" };
            }
        }
    }
}
