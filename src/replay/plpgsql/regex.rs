//! Regular expressions of the plain sort: characters, classes, groups, alternatives, and how often. What is
//! beyond that is not known. The number of steps is bounded.

/// Whether a pattern is found in a text.
pub(super) fn is_match(pattern: &str, text: &str, ignore_case: bool) -> Option<bool> {
    Some(find(pattern, text, ignore_case, 0)?.is_some())
}

/// `regexp_replace()` without back references.
pub(super) fn replace(text: &str, pattern: &str, by: &str, flags: &str) -> Option<String> {
    if by.contains('\\') || flags.chars().any(|flag| !"gi".contains(flag)) {
        return None;
    }
    let characters: Vec<char> = text.chars().collect();
    let (mut out, mut at) = (String::new(), 0);
    while let Some(found) = find(pattern, text, flags.contains('i'), at)? {
        let (from, to) = found.whole;
        out.extend(&characters[at..from]);
        out.push_str(by);
        at = to;
        if from == to {
            out.extend(characters.get(at));
            at += 1;
        }
        if !flags.contains('g') || at > characters.len() {
            break;
        }
    }
    out.extend(characters.get(at..).unwrap_or_default());
    Some(out)
}

/// `regexp_match()`: the groups, or all of it where there are none.
pub(super) fn groups(pattern: &str, text: &str, flags: &str) -> Option<Option<Vec<Option<String>>>> {
    if flags.chars().any(|flag| flag != 'i') {
        return None;
    }
    let characters: Vec<char> = text.chars().collect();
    let part = |(from, to): (usize, usize)| characters[from..to].iter().collect::<String>();
    Some(find(pattern, text, flags.contains('i'), 0)?.map(|found| match found.groups.as_slice() {
        [] => vec![Some(part(found.whole))],
        groups => groups.iter().map(|group| group.map(part)).collect(),
    }))
}

struct Found {
    whole: (usize, usize),
    groups: Vec<Option<(usize, usize)>>,
}

#[derive(Clone, Debug)]
enum Part {
    Any,
    One(Vec<(char, char)>, /* all but these */ bool),
    Start,
    End,
    /// With its number, if it is kept.
    Group(Vec<Vec<Part>>, Option<usize>),
    Repeat(Box<Part>, usize, usize),
}

const MAX_STEPS: usize = 10_000;

fn find(pattern: &str, text: &str, ignore_case: bool, from: usize) -> Option<Option<Found>> {
    let fold = |text: &str| if ignore_case { text.to_lowercase() } else { text.to_owned() };
    let mut parser = Parser { rest: fold(pattern).chars().collect(), at: 0, groups: 0 };
    let alternatives = parser.alternatives()?;
    if parser.at < parser.rest.len() {
        return None;
    }
    let text: Vec<char> = fold(text).chars().collect();
    let mut matcher = Matcher { text: &text, steps: 0, groups: vec![None; parser.groups] };
    let whole = Part::Group(alternatives, None);
    for start in from..=text.len() {
        matcher.groups.fill(None);
        let mut end = None;
        matcher.part(&whole, start, &mut |_, at| {
            end = Some(at);
            true
        });
        if matcher.steps > MAX_STEPS {
            return None;
        }
        if let Some(end) = end {
            return Some(Some(Found { whole: (start, end), groups: matcher.groups }));
        }
    }
    Some(None)
}

struct Parser {
    rest: Vec<char>,
    at: usize,
    groups: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += 1;
        Some(next)
    }

    fn alternatives(&mut self) -> Option<Vec<Vec<Part>>> {
        let mut found = vec![Vec::new()];
        while let Some(character) = self.peek().filter(|character| *character != ')') {
            if character == '|' {
                self.at += 1;
                found.push(Vec::new());
                continue;
            }
            let part = self.part()?;
            let part = self.repeated(part)?;
            found.last_mut()?.push(part);
        }
        Some(found)
    }

    fn part(&mut self) -> Option<Part> {
        Some(match self.next()? {
            '.' => Part::Any,
            '^' => Part::Start,
            '$' => Part::End,
            '(' => {
                let number = if self.rest[self.at..].starts_with(&['?', ':']) {
                    self.at += 2;
                    None
                } else {
                    self.groups += 1;
                    Some(self.groups - 1)
                };
                let inner = self.alternatives()?;
                (self.next()? == ')').then_some(Part::Group(inner, number))?
            }
            '[' => self.class()?,
            '\\' => {
                let (of, is_not) = escaped(self.next()?)?;
                Part::One(of, is_not)
            }
            '*' | '+' | '?' | '{' => return None,
            other => Part::One(vec![(other, other)], false),
        })
    }

    fn class(&mut self) -> Option<Part> {
        let is_not = self.peek()? == '^';
        self.at += usize::from(is_not);
        let mut of = Vec::new();
        loop {
            match self.next()? {
                ']' if !of.is_empty() => return Some(Part::One(of, is_not)),
                '[' if self.peek() == Some(':') => return None,
                '\\' => {
                    let (more, false) = escaped(self.next()?)? else { return None };
                    of.extend(more);
                }
                from if self.peek() == Some('-') && self.rest.get(self.at + 1).is_some_and(|next| *next != ']') => {
                    self.at += 1;
                    of.push((from, self.next()?));
                }
                one => of.push((one, one)),
            }
        }
    }

    fn repeated(&mut self, part: Part) -> Option<Part> {
        let (from, to) = match self.peek() {
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('?') => (0, 1),
            Some('{') => {
                let length = self.rest[self.at..].iter().position(|character| *character == '}')?;
                let inner: String = self.rest[self.at + 1..self.at + length].iter().collect();
                self.at += length;
                match inner.split_once(',') {
                    Some((from, "")) => (from.parse().ok()?, usize::MAX),
                    Some((from, to)) => (from.parse().ok()?, to.parse().ok()?),
                    None => (inner.parse().ok()?, inner.parse().ok()?),
                }
            }
            _ => return Some(part),
        };
        self.at += 1;
        // A lazy one is beyond us.
        (self.peek() != Some('?')).then(|| Part::Repeat(Box::new(part), from, to))
    }
}

type Ranges = Vec<(char, char)>;

/// What `\d` and its like stand for, and whether all but that is meant.
fn escaped(character: char) -> Option<(Ranges, bool)> {
    Some(match character {
        'd' => (vec![('0', '9')], false),
        'w' => (vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')], false),
        's' => (vec![(' ', ' '), ('\t', '\r')], false),
        'D' | 'W' | 'S' => (escaped(character.to_ascii_lowercase())?.0, true),
        'n' => (vec![('\n', '\n')], false),
        't' => (vec![('\t', '\t')], false),
        other if other.is_alphanumeric() => return None,
        other => (vec![(other, other)], false),
    })
}

struct Matcher<'a> {
    text: &'a [char],
    steps: usize,
    groups: Vec<Option<(usize, usize)>>,
}

/// What has to match behind.
type Rest<'r> = &'r mut dyn FnMut(&mut Matcher<'_>, usize) -> bool;

impl Matcher<'_> {
    fn part(&mut self, part: &Part, at: usize, rest: Rest<'_>) -> bool {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return false;
        }
        match part {
            Part::Start => at == 0 && rest(self, at),
            Part::End => at == self.text.len() && rest(self, at),
            Part::Any => at < self.text.len() && rest(self, at + 1),
            Part::One(of, is_not) => {
                let is_it = |character: &char| of.iter().any(|(from, to)| (from..=to).contains(&character)) != *is_not;
                self.text.get(at).is_some_and(is_it) && rest(self, at + 1)
            }
            Part::Group(alternatives, number) => alternatives.iter().any(|parts| {
                self.sequence(parts, at, &mut |matcher, end| {
                    let before = number.map(|number| matcher.groups[number].replace((at, end)));
                    if rest(matcher, end) {
                        return true;
                    }
                    if let (Some(number), Some(before)) = (number, before) {
                        matcher.groups[*number] = before;
                    }
                    false
                })
            }),
            Part::Repeat(part, from, to) => self.repeat(part, *from, *to, at, rest),
        }
    }

    fn sequence(&mut self, parts: &[Part], at: usize, rest: Rest<'_>) -> bool {
        match parts {
            [] => rest(self, at),
            [first, others @ ..] => self.part(first, at, &mut |matcher, at| matcher.sequence(others, at, rest)),
        }
    }

    /// As often as it can.
    fn repeat(&mut self, part: &Part, from: usize, to: usize, at: usize, rest: Rest<'_>) -> bool {
        let again = to > 0
            && self.part(part, at, &mut |matcher, next| {
                (next > at || from > 0)
                    && matcher.repeat(part, from.saturating_sub(1), to.saturating_sub(1), next, rest)
            });
        again || from == 0 && rest(self, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_the_server_says() {
        for (pattern, text, expected) in [
            ("^a.*z$", "abcz", Some(true)),
            ("^(foo|bar)_[0-9]+$", "bar_12", Some(true)),
            ("^(foo|bar)_[0-9]+$", "baz_12", Some(false)),
            ("a{2,3}b", "caab", Some(true)),
            (r"^\d+\.\w*$", "12.x", Some(true)),
            ("[^a-c]", "abc", Some(false)),
            ("(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", None),
            ("a*?", "a", None),
        ] {
            assert_eq!(is_match(pattern, text, false), expected, "{pattern} {text}");
        }
        assert_eq!(replace("a--b--c", "-+", "_", "g").as_deref(), Some("a_b_c"));
        assert_eq!(replace("a--b--c", "-+", "_", "").as_deref(), Some("a_b--c"));
        assert_eq!(groups("^(.*)_(x)?", "ab_c", ""), Some(Some(vec![Some("ab".into()), None])));
    }
}
