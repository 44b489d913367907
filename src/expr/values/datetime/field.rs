//! The fields that the text of a moment or an interval consists of, and the words in it.

/// What a field looks like; what it means depends on its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::expr::values) enum Kind {
    /// Digits, perhaps with a point.
    Number,
    /// Digits and two delimiters, or digits and letters; also the name of a zone.
    Date,
    /// Digits with colons.
    Time,
    Word,
    /// A sign and a word.
    Special,
    /// A sign and digits.
    Zone,
}

pub(in crate::expr::values) type Field = (Kind, String);

/// No moment takes more room than this (`MAXDATELEN`), nor more fields (`MAXDATEFIELDS`).
const MAX_LENGTH: usize = 120;
const MAX_FIELDS: usize = 25;

/// `ParseDateTime()`: the fields in lower case.
pub(in crate::expr::values) fn parse(text: &str) -> Option<Vec<Field>> {
    if !text.is_ascii() || text.len() > MAX_LENGTH {
        return None;
    }
    let mut fields: Vec<Field> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if super::super::is_space(first) {
            rest = &rest[1..];
            continue;
        }
        if fields.len() == MAX_FIELDS {
            return None;
        }
        let (kind, length) = match first {
            '0'..='9' => number(rest),
            '.' => (Kind::Number, 1 + run(&rest[1..], digit)),
            'a'..='z' | 'A'..='Z' => word(rest),
            '+' | '-' => {
                let behind = rest[1..].trim_start_matches(super::super::is_space);
                let (kind, length) = match behind.chars().next()? {
                    '0'..='9' => (Kind::Zone, run(behind, |c| digit(c) || matches!(c, ':' | '.' | '-'))),
                    'a'..='z' | 'A'..='Z' => (Kind::Special, run(behind, letter)),
                    _ => return None,
                };
                fields.push((kind, format!("{first}{}", behind[..length].to_ascii_lowercase())));
                rest = &behind[length..];
                continue;
            }
            c if c.is_ascii_punctuation() => {
                rest = &rest[1..];
                continue;
            }
            _ => return None,
        };
        fields.push((kind, rest[..length].to_ascii_lowercase()));
        rest = &rest[length..];
    }
    Some(fields)
}

fn run(text: &str, of: impl Fn(char) -> bool) -> usize {
    text.find(|c: char| !of(c)).unwrap_or(text.len())
}

fn digit(c: char) -> bool {
    c.is_ascii_digit()
}

fn letter(c: char) -> bool {
    c.is_ascii_alphabetic()
}

fn number(text: &str) -> (Kind, usize) {
    let first = run(text, digit);
    match text[first..].chars().next() {
        Some(':') => (Kind::Time, first + run(&text[first..], |c| digit(c) || matches!(c, ':' | '.'))),
        Some(delimiter @ ('-' | '/' | '.')) => {
            let start = first + 1;
            let second = start + run(&text[start..], digit);
            if second == start {
                let month = run(&text[start..], |c| c.is_ascii_alphanumeric() || c == delimiter);
                (Kind::Date, start + month)
            } else if text[second..].starts_with(delimiter) {
                // Only with two equal delimiters it is a date of three parts.
                (Kind::Date, second + run(&text[second..], |c| digit(c) || c == delimiter))
            } else {
                (if delimiter == '.' { Kind::Number } else { Kind::Date }, second)
            }
        }
        _ => (Kind::Number, first),
    }
}

fn word(text: &str) -> (Kind, usize) {
    let letters = run(text, letter);
    let is_date = match text[letters..].chars().next() {
        Some('-' | '/' | '.') => true,
        Some('+' | '0'..='9') => token(&text[..letters].to_ascii_lowercase()).is_none(),
        _ => false,
    };
    if !is_date {
        return (Kind::Word, letters);
    }
    let more = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '/' | '_' | '.' | ':');
    (Kind::Date, letters + run(&text[letters..], more))
}

/// What a word of a moment stands for (`datetktbl`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Month(i32),
    Weekday,
    Meridian(Meridian),
    /// Whether it is before Christ.
    Era(bool),
    Ignored,
    /// `T` in front of a time.
    IsoTime,
    Julian,
    /// `allballs`
    Midnight,
    Epoch,
    Infinity,
    MinusInfinity,
    /// What depends on the moment of reading, units in front of their numbers, and `dst`: not read here.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meridian {
    Am,
    Pm,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// As many letters of a word count (`TOKMAXLEN`).
pub(in crate::expr::values) fn significant(word: &str) -> &str {
    &word[..word.len().min(10)]
}

/// `DecodeSpecial()`
pub(super) fn token(word: &str) -> Option<Token> {
    let word = significant(word);
    let month = MONTHS.iter().position(|name| *name == word || name[..3] == *word);
    if let Some(number) = month.and_then(|at| i32::try_from(at + 1).ok()) {
        return Some(Token::Month(number));
    }
    Some(match word {
        "sept" => Token::Month(9),
        "sun" | "sunday" | "mon" | "monday" | "tue" | "tues" | "tuesday" | "wed" | "weds" | "wednesday" | "thu"
        | "thur" | "thurs" | "thursday" | "fri" | "friday" | "sat" | "saturday" => Token::Weekday,
        "am" => Token::Meridian(Meridian::Am),
        "pm" => Token::Meridian(Meridian::Pm),
        "ad" => Token::Era(false),
        "bc" => Token::Era(true),
        "at" | "on" => Token::Ignored,
        "t" => Token::IsoTime,
        "j" | "jd" | "julian" => Token::Julian,
        "allballs" => Token::Midnight,
        "epoch" => Token::Epoch,
        "infinity" => Token::Infinity,
        "-infinity" => Token::MinusInfinity,
        "now" | "today" | "tomorrow" | "yesterday" | "dst" | "d" | "dow" | "doy" | "h" | "isodow" | "isoyear" | "m"
        | "mm" | "s" | "y" => Token::Other,
        _ => return None,
    })
}

/// The zones that are UTC under every setting.
pub(super) fn is_utc(word: &str) -> bool {
    matches!(word, "utc" | "gmt" | "z" | "zulu" | "ut" | "uct")
}
