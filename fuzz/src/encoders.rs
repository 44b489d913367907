//! Text that nobody vouches for, encoded for each place where it is shown, and read back as that place reads it.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use quick_xml::events::Event as Xml;
use schema_check::report::untrusted::{Untrusted, json, source};

/// Nothing of it acts, and its reader gets what it was.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let text = text.as_ref();
    let of = Untrusted::new(text);

    let (line, block) = (of.term(), of.term_block());
    is_harmless(&line, false);
    is_harmless(&block, true);
    assert_eq!(spelled_back(&line), text, "{line:?}");
    assert_eq!(spelled_back(&block), text, "{block:?}");

    as_a_workflow_command(&of, &line, &block);
    as_json(text);
    as_xml(&of.xml_text(), &block);
    as_xml(&of.xml_attribute(), &line);
    as_xml(&of.html(), &block);
    as_markdown(&of, &line, &block);
    as_tap(&of, &line);

    let kept = source(text);
    assert_eq!(kept.len(), text.len());
    is_harmless(&kept, true);

    let cut = of.cut(20).data().chars().count();
    assert!(cut <= text.chars().count() || cut <= 20 + "… (4294967295 characters)".chars().count(), "{cut}");
}

/// No character that a terminal, a log or an editor would obey or hide, and no command to a runner.
fn is_harmless(shown: &str, is_block: bool) {
    let is_break = |character: char| is_block && matches!(character, '\n' | '\t');
    let acting =
        shown.chars().find(|character| !is_break(*character) && (character.is_control() || is_unseen(*character)));
    assert_eq!(acting, None, "{shown:?}");
    assert!(!shown.contains("##["), "{shown:?}");
}

fn is_unseen(character: char) -> bool {
    matches!(u32::from(character), 0xad | 0x200b..=0x200f | 0x2028..=0x202e | 0x2066..=0x2069 | 0xfeff | 0xfffe | 0xffff | 0xe0000..=0xe007f)
}

/// What is spelled out as `\u{…}`, put back.
fn spelled_back(shown: &str) -> String {
    let mut parts = shown.split("\\u{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_once('}').expect("what is spelled out ends");
        text.push(u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).expect("a character"));
        text.push_str(rest);
    }
    text
}

/// The runner puts these four back, and `%` last (`actions/runner`, `ActionCommand.cs`).
fn as_a_workflow_command(of: &Untrusted<'_>, line: &str, block: &str) {
    let message = of.github_message();
    assert!(!message.contains(['\n', '\r']), "{message:?}");
    assert_eq!(message.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%"), block);
    let property = of.github_property();
    assert!(!property.contains(['\n', '\r', ':', ',']), "{property:?}");
    assert_eq!(property.replace("%3A", ":").replace("%2C", ",").replace("%25", "%"), line);
}

fn as_json(text: &str) {
    let shown = json(&serde_json::to_string(&[text]).expect("a text"));
    is_harmless(&shown, true);
    assert_eq!(serde_json::from_str::<[String; 1]>(&shown).expect("JSON"), [text]);
}

/// As the text of an element, and as the value of an attribute.
fn as_xml(shown: &str, expected: &str) {
    is_harmless(shown, true);
    let escaped = quick_xml::escape::escape(shown);
    let document = format!("<a>{escaped}</a>");
    let mut reader = quick_xml::Reader::from_str(&document);
    let mut read = String::new();
    loop {
        match reader.read_event().expect("XML") {
            Xml::Text(text) => read.push_str(&text),
            Xml::GeneralRef(name) => {
                let entity = format!("&{};", &*name);
                read.push_str(&quick_xml::escape::unescape(&entity).expect("an entity"));
            }
            Xml::Eof => break,
            Xml::Start(_) | Xml::End(_) => {}
            other => panic!("{shown:?} is read as {other:?}"),
        }
    }
    assert_eq!(read, expected);
}

fn as_on_github() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM
}

/// Words stay words: no markup, no link, nobody is notified; code stays code.
fn as_markdown(of: &Untrusted<'_>, line: &str, block: &str) {
    let words = of.markdown();
    let shown = format!("a {words} z");
    let mut read = String::new();
    for event in Parser::new_ext(&shown, as_on_github()) {
        match event {
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
            Event::Text(text) => read.push_str(&text),
            other => panic!("{shown:?} is read as {other:?}"),
        }
    }
    assert_eq!(read.replace('\u{2060}', ""), format!("a {line} z"), "{shown:?}");
    assert!(!words.contains("##["), "{words:?}");

    let code = of.markdown_code();
    let shown = format!("a {code} z");
    let events: Vec<Event<'_>> = Parser::new_ext(&shown, as_on_github()).collect();
    if line.is_empty() {
        return;
    }
    let is_code = |event: &Event<'_>| matches!(event, Event::Code(read) if **read == *line);
    assert!(events.len() == 5 && is_code(&events[2]), "{shown:?} is read as {events:?}");

    let fenced = of.markdown_block("sql");
    let shown = format!("a\n\n{fenced}\nz\n");
    let (mut inside, mut read, mut blocks) = (false, String::new(), 0);
    for event in Parser::new_ext(&shown, as_on_github()) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => (inside, blocks) = (true, blocks + 1),
            Event::End(TagEnd::CodeBlock) => inside = false,
            Event::Text(text) if inside => read.push_str(&text),
            Event::Text(text) => assert!(*text == *"a" || *text == *"z", "{shown:?}"),
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
            other => panic!("{shown:?} is read as {other:?}"),
        }
    }
    assert_eq!((blocks, read.trim_end_matches('\n')), (1, block.trim_end_matches('\n')), "{shown:?}");
}

/// A description has no directive, and a reader takes the backslashes away (TAP 14).
fn as_tap(of: &Untrusted<'_>, line: &str) {
    let shown = of.tap();
    let (mut read, mut characters) = (String::new(), shown.chars());
    while let Some(character) = characters.next() {
        assert_ne!(character, '#', "{shown:?}");
        read.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    assert_eq!(read, line);
}
