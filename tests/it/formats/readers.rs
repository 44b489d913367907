//! Readers of reports that are not ours, and what they find. Where one cannot be had, that is said.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use boon::{Compiler, Schemas};
use pulldown_cmark::{Event, Options, Parser, Tag};
use quick_xml::Reader;
use quick_xml::events::Event as Xml;
use serde_json::Value as Json;

/// Where `scripts/readers` lays the schemas.
fn laid(name: &str) -> Option<PathBuf> {
    let output = Command::new("id").arg("-u").output().ok()?;
    let usual = format!("/var/tmp/schema-check-readers-{}", String::from_utf8_lossy(&output.stdout).trim());
    let path = PathBuf::from(std::env::var("SCHEMA_CHECK_READERS").unwrap_or(usual)).join(name);
    if !path.exists() {
        eprintln!("skipped: there is no {name}; scripts/readers lays it there");
        return None;
    }
    Some(path)
}

/// A JSON Schema takes it.
#[track_caller]
pub(super) fn has_form(json: &Json, schema: &str) {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("schema.json", serde_json::from_str(schema).unwrap()).unwrap();
    let index = compiler.compile("schema.json", &mut schemas).unwrap();
    if let Err(error) = schemas.validate(json, index) {
        panic!("{error:#}");
    }
}

/// SARIF, as OASIS has it.
#[track_caller]
pub(super) fn sarif(text: &str) -> Json {
    let json: Json = serde_json::from_str(text).unwrap();
    if let Some(schema) = laid("sarif.json") {
        has_form(&json, &std::fs::read_to_string(schema).unwrap());
    }
    json
}

pub(super) struct Junit {
    pub(super) cases: usize,
    pub(super) failures: usize,
    pub(super) skipped: usize,
    /// All that stands in it, unescaped.
    pub(super) text: String,
}

#[track_caller]
pub(super) fn junit(text: &str) -> Junit {
    if let Some(schema) = laid("junit.xsd") {
        match piped(Command::new("xmllint").args(["--noout", "--schema"]).arg(schema).arg("-"), text) {
            Some((is_well, said)) => assert!(is_well, "{said}\n{text}"),
            None => eprintln!("skipped: there is no xmllint"),
        }
    }
    let mut found = Junit { cases: 0, failures: 0, skipped: 0, text: String::new() };
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().unwrap() {
            Xml::Start(element) | Xml::Empty(element) => {
                match element.name().as_ref() {
                    "testcase" => found.cases += 1,
                    "failure" => found.failures += 1,
                    "skipped" => found.skipped += 1,
                    _ => {}
                }
                for attribute in element.attributes() {
                    found.text += &attribute.unwrap().normalized_value(quick_xml::XmlVersion::Explicit1_0).unwrap();
                    found.text.push('\n');
                }
            }
            Xml::Text(text) => found.text += &text,
            Xml::GeneralRef(entity) => {
                let character = match entity.as_ref() {
                    "lt" => '<',
                    "gt" => '>',
                    "amp" => '&',
                    "quot" => '"',
                    "apos" => '\'',
                    "#10" => '\n',
                    other => panic!("{other}"),
                };
                found.text.push(character);
            }
            Xml::Eof => return found,
            _ => {}
        }
    }
}

/// How many are well and how many not, as `prove` counts them.
#[track_caller]
pub(super) fn tap(text: &str, is_clean: bool) -> (usize, usize) {
    let count = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    let name = format!("schema-check-{}-{:x}.tap", std::process::id(), text.as_ptr().addr());
    let file = std::env::temp_dir().join(name);
    std::fs::write(&file, text).unwrap();
    let judged = piped(Command::new("prove").args(["-e", "cat"]).arg(&file), "");
    let _ = std::fs::remove_file(file);
    match judged {
        Some((is_well, said)) => assert_eq!(is_well, is_clean, "{said}\n{text}"),
        None => eprintln!("skipped: there is no prove"),
    }
    (count("ok "), count("not ok "))
}

/// Whether a program is content with a text, and what it says; none where it is not there.
fn piped(command: &mut Command, text: &str) -> Option<(bool, String)> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().ok()?;
    let mut stdin = child.stdin.take().unwrap();
    let text = text.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Some((output.status.success(), said))
}

#[derive(Default)]
pub(super) struct Markdown {
    pub(super) items_of_findings: usize,
    pub(super) links: usize,
    /// What is HTML.
    pub(super) markup: Vec<String>,
    /// All that is shown.
    pub(super) text: String,
}

pub(super) fn markdown(text: &str) -> Markdown {
    let mut found = Markdown::default();
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Text(text) | Event::Code(text) => found.text += &text,
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => found.links += 1,
            Event::Html(html) | Event::InlineHtml(html) => found.markup.push(html.trim().to_owned()),
            Event::Start(Tag::Strong) => found.text.push('\u{1}'),
            Event::SoftBreak | Event::HardBreak | Event::End(_) => found.text.push('\n'),
            _ => {}
        }
    }
    found.items_of_findings =
        ["error\n", "warning\n", "info\n"].iter().map(|word| found.text.matches(&format!("\u{1}{word}")).count()).sum();
    // The joiners that keep names from being links are not seen.
    found.text = found.text.replace('\u{2060}', "");
    found
}

/// The level and the message of each annotation; all lines must be such.
#[track_caller]
pub(super) fn annotations(text: &str) -> Vec<(String, String)> {
    text.lines()
        .map(|line| {
            let (command, message) = line.strip_prefix("::").and_then(|line| line.split_once("::")).unwrap();
            let level = command.split(' ').next().unwrap();
            assert!(["error", "warning", "notice"].contains(&level), "{line}");
            let message = message.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%");
            (level.to_owned(), message)
        })
        .collect()
}

/// All texts in a document.
pub(super) fn strings(json: &Json) -> Vec<String> {
    match json {
        Json::String(text) => vec![text.clone()],
        Json::Array(items) => items.iter().flat_map(strings).collect(),
        Json::Object(entries) => entries.values().flat_map(strings).collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) => Vec::new(),
    }
}

/// What must not reach a terminal, a log or a document; a joiner is ours.
pub(super) fn acts(character: char) -> bool {
    let is_ours = matches!(character, '\n' | '\u{2060}');
    let is_format = matches!(u32::from(character), 0xad | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff | 0xfffe | 0xffff | 0xe0000..=0xe007f);
    !is_ours && (character.is_control() || is_format)
}

/// A name as people are shown it, on one line.
pub(super) fn visible(name: &str) -> String {
    visible_lines(name).replace('\n', "\\u{a}")
}

/// The same with its line breaks.
pub(super) fn visible_lines(name: &str) -> String {
    let shown =
        |character: char| if acts(character) { character.escape_unicode().to_string() } else { character.to_string() };
    name.chars().map(shown).collect::<String>().replace("##[", "##\\u{5b}")
}

/// A page of HTML without its style and its script, which are files of their own, and with a line for each element.
pub(super) fn without_assets(html: &str) -> String {
    let mut out = html.to_owned();
    for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
        while let Some(start) = out.find(open) {
            let end = out[start..].find(close).map_or(out.len(), |at| start + at + close.len());
            out.replace_range(start..end, "");
        }
    }
    out.replace("><", ">\n<")
}
