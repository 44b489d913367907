//! Text that came from a database or a file, made harmless for the place where it is shown. A name can hold
//! anything: escape sequences, line breaks, commands to a CI runner, markup.

use std::borrow::Cow;

/// A text that nobody vouches for. It has no `Display`: whoever shows it says for which format.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Untrusted<'a>(Cow<'a, str>);

impl<'a> Untrusted<'a> {
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self(text.into())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// At most `limit` characters, and how many there were.
    #[must_use]
    pub fn cut(&self, limit: usize) -> Untrusted<'static> {
        Untrusted::new(match self.0.char_indices().nth(limit) {
            Some((end, _)) => format!("{}… ({} characters)", &self.0[..end], self.0.chars().count()),
            None => self.0.clone().into_owned(),
        })
    }

    /// For who encodes by itself what it is given, as `serde_json` does.
    pub fn data(&self) -> &str {
        &self.0
    }

    /// For a terminal and a log: every character that could act is spelled out, all on one line.
    pub fn term(&self) -> String {
        line(&self.0)
    }

    /// The same with its line breaks and tabs: for text that has a block to itself.
    pub fn term_block(&self) -> String {
        block(&self.0)
    }

    /// The message of a workflow command of GitHub Actions.
    pub fn github_message(&self) -> String {
        block(&self.0).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
    }

    /// A property of a workflow command, as its file or its title.
    pub fn github_property(&self) -> String {
        line(&self.0).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
    }

    /// Words in Markdown: no markup, no link, nobody is notified.
    pub fn markdown(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for character in line(&self.0).chars() {
            match character {
                // What would name a person, an issue or a page is parted by a joiner that nobody sees.
                '@' | '#' => out.extend([character, '\u{2060}']),
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                character if character.is_ascii_punctuation() && !",.;:'\"/?=%-".contains(character) => {
                    out.extend(['\\', character]);
                }
                character => out.push(character),
            }
        }
        out.replace("://", ":\u{2060}//").replace("www.", "www\u{2060}.")
    }

    /// Code within a line of Markdown that is not in a table.
    pub fn markdown_code(&self) -> String {
        let text = line(&self.0);
        let fence = "`".repeat(longest_run(&text, '`') + 1);
        // A reader takes a space away on both sides, but not of code that is nothing else.
        let has_space = text.starts_with(' ') && text.ends_with(' ') && text.contains(|character| character != ' ');
        let needs_space = has_space || text.is_empty() || text.starts_with('`') || text.ends_with('`');
        let space = if needs_space { " " } else { "" };
        format!("{fence}{space}{text}{space}{fence}")
    }

    /// A block of code in Markdown, on lines of its own.
    pub fn markdown_block(&self, language: &str) -> String {
        let text = block(&self.0);
        let fence = "`".repeat((longest_run(&text, '`') + 1).max(3));
        format!("{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'))
    }

    /// For a writer of XML, which escapes markup by itself: the text of an element.
    pub fn xml_text(&self) -> String {
        block(&self.0)
    }

    /// The same for the value of an attribute, where a reader turns line breaks into spaces.
    pub fn xml_attribute(&self) -> String {
        line(&self.0)
    }

    /// For a writer of HTML, which escapes markup by itself.
    pub fn html(&self) -> String {
        block(&self.0)
    }

    /// A description in TAP, where `#` would begin a directive.
    pub fn tap(&self) -> String {
        line(&self.0).replace('\\', "\\\\").replace('#', "\\#")
    }
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|character| character != of).map(str::len).max().unwrap_or(0)
}

fn line(text: &str) -> String {
    escape(text, |character| character == '\n' || character == '\t' || acts(character))
}

fn block(text: &str) -> String {
    escape(text, acts)
}

/// A source text with the same number of bytes, so that spans in it stay true.
pub fn source(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '\n' || !acts(character) {
            out.push(character);
            continue;
        }
        match character.len_utf8() {
            1 => out.push('?'),
            2 => out.push('¿'),
            3 => out.push('\u{fffd}'),
            _ => out.push('\u{1f7aa}'),
        }
    }
    // A runner of GitHub Actions obeys `##[command]` anywhere in a line.
    out.replace("##[", "##(")
}

/// A document of JSON with every character in it spelled out that could act; a reader of JSON sees the same.
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if acts(character) {
            let mut units = [0; 2];
            out.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(character);
        }
    }
    // Within JSON it can stand in strings alone.
    out.replace("##[", "##\\u005b")
}

fn escape(text: &str, bad: impl Fn(char) -> bool) -> String {
    // What looks as if it were spelled out by us is told apart from what is.
    let text = text.replace("\\u{", "\\u{5c}u{");
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if bad(character) { out.extend(character.escape_unicode()) } else { out.push(character) }
    }
    out.replace("##[", "##\\u{5b}")
}

/// Control characters, invisible ones, those that turn the direction of writing, and what is no character.
fn acts(character: char) -> bool {
    matches!(character,
        '\0'..='\x08' | '\x0b'..='\x1f' | '\x7f'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fdd0}'..='\u{fdef}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
        || u32::from(character) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Untrusted<'_> {
        Untrusted::new(text)
    }

    #[test]
    fn nothing_that_acts_gets_through() {
        assert_eq!(of("a\u{1b}[31m\nb").term(), "a\\u{1b}[31m\\u{a}b");
        assert_eq!(of("::error::x ##[stop]").term(), "::error::x ##\\u{5b}stop]");
        assert_eq!(of("übung 😀").term(), "übung 😀");
        assert_eq!(of("a\\u{1b}").term(), "a\\u{5c}u{1b}");
        assert_eq!(of("a\nb\u{202e}").term_block(), "a\nb\\u{202e}");
        assert_eq!(of("\u{1fffe}\u{fffe}\u{fdd0}").xml_text(), "\\u{1fffe}\\u{fffe}\\u{fdd0}");
    }

    #[test]
    fn a_workflow_command_ends_where_it_should() {
        assert_eq!(of("100%\n::stop").github_message(), "100%25%0A::stop");
        assert_eq!(of("a,b:c\n%").github_property(), "a%2Cb%3Ac\\u{a}%25");
    }

    #[test]
    fn markdown_stays_text() {
        assert_eq!(of("a|b *c* <d> [e](f)").markdown(), "a\\|b \\*c\\* &lt;d&gt; \\[e\\]\\(f\\)");
        assert_eq!(of("@all #1").markdown(), "@\u{2060}all #\u{2060}1");
        assert_eq!(of("a``b|").markdown_code(), "```a``b|```");
        assert_eq!(of("`a").markdown_code(), "`` `a ``");
        assert_eq!(of(" a ").markdown_code(), "`  a  `");
        assert_eq!(of(" ").markdown_code(), "` `");
        assert_eq!(of("```\nx\n").markdown_block("sql"), "````sql\n```\nx\n````\n");
    }

    #[test]
    fn a_directive_of_tap_is_none() {
        assert_eq!(of("x # TODO \\").tap(), "x \\# TODO \\\\");
    }

    #[test]
    fn what_is_long_is_cut() {
        assert_eq!(of("abcdef").cut(3), of("abc… (6 characters)"));
        assert_eq!(of("abc").cut(3), of("abc"));
    }

    #[test]
    fn a_source_keeps_its_length() {
        assert_eq!(json("\"a\u{9b}\u{e0041}##[\""), "\"a\\u009b\\udb40\\udc41##\\u005b\"");
        for text in ["a\u{1b}b", "a\u{85}b", "a\u{202e}b", "\u{e0041}", "##[x]", "é\r\n"] {
            assert_eq!(source(text).len(), text.len(), "{text:?}");
        }
    }
}
