//! `key=value` pairs, as libpq's `conninfo_parse` reads them.

use std::collections::BTreeSet;

use super::settings::{Settings, wrong};
use crate::live::LiveError;

/// A value may stand in quotes, and `\` takes the next character as it is.
pub(super) fn read(text: &str, foreign: &mut BTreeSet<String>) -> Result<Settings, LiveError> {
    let mut settings = Settings::default();
    let mut chars = text.chars().peekable();
    loop {
        while chars.next_if(is_space).is_some() {}
        if chars.peek().is_none() {
            return Ok(settings);
        }
        let mut option = String::new();
        while let Some(c) = chars.next_if(|c| *c != '=' && !is_space(c)) {
            option.push(c);
        }
        while chars.next_if(is_space).is_some() {}
        // What has no `=` may be anything, a password too, so it is not shown.
        if chars.next() != Some('=') {
            return wrong("something in it is not of the form key=value; a value with spaces stands in 'quotes'");
        }
        while chars.next_if(is_space).is_some() {}
        let quoted = chars.next_if_eq(&'\'').is_some();
        let mut value = String::new();
        loop {
            match chars.next_if(|c| quoted || !is_space(c)) {
                Some('\\') => value.extend(chars.next()),
                Some('\'') if quoted => break,
                Some(c) => value.push(c),
                None if quoted => return wrong("a quote in it is not closed"),
                None => break,
            }
        }
        settings.give(&option, value, foreign)?;
    }
}

/// `isspace` of C
pub(super) fn is_space(c: &char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}
