//! YAML text → a tree in which every key and value keeps its place. The only file that knows the YAML reader.

mod scalar;

use std::fmt;
use std::ops::Range;

pub(crate) use scalar::{is_visible, scalar};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, NonFiniteFloatPolicy, Options, Spanned};

/// A value and the bytes it stands on in its file; of a list or mapping up to the end of the last value in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) value: Yaml,
    pub(crate) span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Yaml {
    Null,
    Bool(bool),
    Int(i64),
    /// Floats, and integers too large for `Int`: read their text at the span.
    Number,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// What the reader could not make sense of.
#[derive(Debug)]
pub(crate) struct YamlError {
    pub(crate) message: String,
    pub(crate) span: Range<usize>,
    /// Where a key stands that may stand once, the first time.
    pub(crate) first: Option<Range<usize>>,
}

/// Deep enough for whatever people write, shallow enough for any stack.
const MAX_DEPTH: usize = 32;

/// How many values a file of any size may hold once its aliases are followed; one more for each of its bytes.
const MAX_VALUES: usize = 200_000;

/// Reads one document. An empty one is `None`.
///
/// # Errors
/// Where the text is not YAML, holds a key twice, several documents, or more nesting than anybody needs.
pub(crate) fn read(text: &str) -> Result<Option<Node>, YamlError> {
    if text
        .lines()
        .all(|line| line.trim_start_matches('\u{feff}').trim_start().is_empty() || line.trim_start().starts_with('#'))
    {
        return Ok(None);
    }
    match serde_saphyr::from_str_with_options::<Node>(text, options(text, DuplicateKeyPolicy::Error)) {
        Ok(Node { value: Yaml::Null, .. }) => Ok(None),
        Ok(node) => Ok(Some(node)),
        Err(error) => Err(placed(text, &error)),
    }
}

fn options(text: &str, duplicate_keys: DuplicateKeyPolicy) -> Options {
    let mut options = Options::default();
    // No value is shorter than a byte, unless an alias stands for it.
    let values = MAX_VALUES + text.len();
    options.budget = serde_saphyr::budget! {
        max_nodes: values,
        max_events: 2 * values,
        max_aliases: values,
        max_anchors: values,
        max_merge_keys: values,
        enforce_alias_anchor_ratio: false,
        max_depth: MAX_DEPTH,
    };
    options.alias_limits.max_total_replayed_events = 2 * values;
    options.duplicate_keys = duplicate_keys;
    // What such a number is for is judged where it stands, with a way out.
    options.non_finite_float_policy = NonFiniteFloatPolicy::PassThrough;
    options.strict_booleans = true;
    options.with_snippet = false;
    options.emit_comments = false;
    options.reject_unsupported_tags = true;
    options
}

fn placed(text: &str, error: &serde_saphyr::Error) -> YamlError {
    // Of what is no YAML at all, the reader tells the line and the column only.
    let start = error.location().map_or(0, |location| {
        let offset = location.span().byte_offset().and_then(|at| usize::try_from(at).ok());
        let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let position = || byte_at(text, number(location.line()), number(location.column()));
        offset.filter(|at| *at > 0).unwrap_or_else(position).min(text.len())
    });
    let start = text.floor_char_boundary(start);
    let line_end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let message = plain_message(&error.to_string());
    let first = message.starts_with(DUPLICATE).then(|| first_of(text, start)).flatten();
    YamlError { message, span: start..line_end, first }
}

/// How the reader begins to say that a key stands twice.
const DUPLICATE: &str = "duplicate mapping key";

/// Where the key stands first that stands a second time at `second`.
fn first_of(text: &str, second: usize) -> Option<Range<usize>> {
    let root = serde_saphyr::from_str_with_options::<Node>(text, options(text, DuplicateKeyPolicy::LastWins)).ok()?;
    let mut around = Some(&root);
    while let Some(node) = around {
        let inside: Vec<&Node> = match &node.value {
            Yaml::Map(entries) => {
                if let Some((key, _)) = entries.iter().find(|(key, _)| key.span.start == second) {
                    let same = entries.iter().find(|(other, _)| other.value == key.value);
                    return same.map(|(first, _)| first.span.clone()).filter(|first| first.start != second);
                }
                entries.iter().map(|(_, value)| value).collect()
            }
            Yaml::List(items) => items.iter().collect(),
            _ => return None,
        };
        around = inside.into_iter().find(|node| node.span.contains(&second));
    }
    None
}

/// The byte that stands at a line and a column, both from 1, columns in characters.
fn byte_at(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let here = &text[before..];
    before + here.char_indices().nth(column.saturating_sub(1)).map_or(here.len(), |(at, _)| at)
}

/// The reader's own words without the place, which is shown underlined.
fn plain_message(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    let without_prefix = first.strip_prefix("error: ").unwrap_or(first);
    let body = without_prefix
        .strip_prefix("line ")
        .and_then(|rest| rest.split_once(": "))
        .map_or(without_prefix, |(_, body)| body);
    let body = body.rfind(" at line ").map_or(body, |place| &body[..place]);
    // The reader's own words are for programmers.
    if body.contains("from_str_multiple") {
        return "there are several documents in this file, and one is read".to_owned();
    }
    if body.contains("budget breached: Depth") || body.contains("recursion limit exceeded") {
        return format!("this is nested more than {MAX_DEPTH} levels deep");
    }
    if body.contains("budget breached") || body.contains("alias replay") {
        return "this grows too large when its aliases are followed".to_owned();
    }
    if body.contains("recursive references") {
        return "an alias stands inside of what it is an alias of".to_owned();
    }
    body.split(", set DuplicateKeyPolicy").next().unwrap_or(body).to_owned()
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Yaml>::deserialize(deserializer)?;
        let place = spanned.referenced.span();
        let number = |value: Option<u64>| value.and_then(|value| usize::try_from(value).ok()).unwrap_or(0);
        let start = number(place.byte_offset());
        // The reader gives of a list or mapping the first token only.
        let last = match &spanned.value {
            Yaml::List(items) => items.last().map(|item| item.span.end),
            Yaml::Map(entries) => entries.last().map(|(key, value)| value.span.end.max(key.span.end)),
            _ => None,
        };
        let end = start + number(place.byte_len());
        Ok(Self { span: start..last.map_or(end, |last| last.max(end)), value: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Yaml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(YamlVisitor)
    }
}

struct YamlVisitor;

impl<'de> Visitor<'de> for YamlVisitor {
    type Value = Yaml;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Yaml, E> {
        Ok(Yaml::Null)
    }

    fn visit_none<E>(self) -> Result<Yaml, E> {
        Ok(Yaml::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Yaml, D::Error> {
        Yaml::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Yaml, E> {
        Ok(Yaml::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Yaml, E> {
        Ok(Yaml::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Yaml, E> {
        Ok(i64::try_from(value).map_or(Yaml::Number, Yaml::Int))
    }

    fn visit_i128<E>(self, _: i128) -> Result<Yaml, E> {
        Ok(Yaml::Number)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Yaml, E> {
        Ok(Yaml::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Yaml, E> {
        Ok(Yaml::Number)
    }

    fn visit_str<E>(self, value: &str) -> Result<Yaml, E> {
        Ok(Yaml::Text(value.to_owned()))
    }

    fn visit_bytes<E: serde::de::Error>(self, _: &[u8]) -> Result<Yaml, E> {
        Err(E::custom("binary data has no place here"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Yaml, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Yaml::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Yaml, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = access.next_entry::<Node, Node>()? {
            if matches!(key.value, Yaml::List(_) | Yaml::Map(_)) {
                return Err(A::Error::custom("a key must be a name"));
            }
            entries.push((key, value));
        }
        Ok(Yaml::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<(Node, Node)> {
        match read(text).unwrap().unwrap().value {
            Yaml::Map(entries) => entries,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_scalar_keeps_its_bytes() {
        let text = "é😀: 'x'\r\n# note\r\nb: plain text # note\nc: \"d\\\"q\"\nn: 010\nf: 1.10\n";
        let found: Vec<(&str, &str)> =
            entries(text).iter().map(|(k, v)| (&text[k.span.clone()], &text[v.span.clone()])).collect();
        assert_eq!(found, [("é😀", "'x'"), ("b", "plain text"), ("c", "\"d\\\"q\""), ("n", "010"), ("f", "1.10")]);
    }

    #[test]
    fn only_true_and_false_are_booleans() {
        let values: Vec<Yaml> =
            entries("a: no\nb: true\nc: yes\nd: ~\ne: null").into_iter().map(|(_, v)| v.value).collect();
        let text = |t: &str| Yaml::Text(t.into());
        assert_eq!(values, [text("no"), Yaml::Bool(true), text("yes"), Yaml::Null, Yaml::Null]);
    }

    #[test]
    fn what_would_hide_an_assertion_is_an_error() {
        assert!(read("a: 1\na: 2").unwrap_err().message.contains("duplicate"), "{:?}", read("a: 1\na: 2"));
        assert!(read("a: 1\n---\nb: 2").is_err());
        assert!(read("a: [").is_err());
        assert!(read(&"[".repeat(1000)).is_err());
        assert!(read(&"- ".repeat(1000)).is_err());
        assert_eq!(read("# only a comment\n").unwrap(), None);
        assert_eq!(read("\u{feff}").unwrap(), None);
    }

    /// Whether both readers see the same; of large numbers ours keeps only the place.
    fn agrees(node: &Node, other: &serde_yaml::Value) -> bool {
        match (&node.value, other) {
            (Yaml::Null, serde_yaml::Value::Null) => true,
            (Yaml::Bool(one), serde_yaml::Value::Bool(two)) => one == two,
            (Yaml::Int(one), serde_yaml::Value::Number(two)) => two.as_i64() == Some(*one),
            (Yaml::Number, serde_yaml::Value::Number(_)) => true,
            (Yaml::Text(one), serde_yaml::Value::String(two)) => one == two,
            (Yaml::List(one), serde_yaml::Value::Sequence(two)) => {
                one.len() == two.len() && one.iter().zip(two).all(|(one, two)| agrees(one, two))
            }
            (Yaml::Map(one), serde_yaml::Value::Mapping(two)) => {
                one.len() == two.len()
                    && one.iter().zip(two).all(|((k1, v1), (k2, v2))| agrees(k1, k2) && agrees(v1, v2))
            }
            _ => false,
        }
    }

    /// What this reader accepts, the successor of `serde_yaml` reads the same.
    #[track_caller]
    fn check_with_oracle(text: &str) {
        let other: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
        let ours = read(text).unwrap().unwrap();
        assert!(agrees(&ours, &other), "{ours:?}\n{other:?}");
    }

    #[test]
    fn another_reader_sees_the_same() {
        let specs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("specs");
        for entry in std::fs::read_dir(specs).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            // The other reader leaves merge keys and aliases in mappings to its caller.
            if !text.contains("<<") {
                check_with_oracle(&text);
            }
        }
        check_with_oracle("a: [1, -2, 3.5, 'x', \"y\\n\", ~, null, true, no, on, 0x1f, 1e3]");
        check_with_oracle("a: |\n  two\n  lines\nb: >-\n  folded\n  text\nc: {d: e, 'f': [g]}\n");
        check_with_oracle("? key\n: value\n\"q: k\": 'it''s'\n");
        check_with_oracle("base: &b { a: 1 }\nother: *b\n");
    }
}
