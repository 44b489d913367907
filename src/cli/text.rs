//! Bytes of a file → text.

use std::fs;
use std::io::Read;
use std::path::Path;

use encoding_rs::Encoding;

use super::problem::Problem;
use super::source::{MAX_SQL_BYTES, metadata};

/// An encoding by any of its names, those that PostgreSQL has for it among them.
pub(super) fn encoding(label: &str) -> Result<&'static Encoding, String> {
    let name = label.to_ascii_lowercase().replace('_', "-");
    let name = match name.as_str() {
        "sql-ascii" | "utf8" => "utf-8".to_owned(),
        "sjis" => "shift_jis".to_owned(),
        "koi8r" => "koi8-r".to_owned(),
        "koi8u" => "koi8-u".to_owned(),
        "latin9" => "iso-8859-15".to_owned(),
        "utf-16" => "utf-16le".to_owned(),
        other => other
            .strip_prefix("win")
            .filter(|rest| rest.starts_with("125"))
            .map_or_else(|| other.to_owned(), |number| format!("windows-{number}")),
    };
    Encoding::for_label(name.as_bytes())
        .ok_or_else(|| "this is no encoding that is known here; latin1, windows-1252 and utf-16 are".to_owned())
}

/// A regular file of a bearable size, as text: UTF-8, unless another encoding is stated. A byte order mark
/// stays in the text, as SQL's white space.
pub(super) fn read(path: &Path, limit: u64, encoding: Option<&'static Encoding>) -> Result<String, Problem> {
    let name = path.display();
    let found = metadata(path)?;
    if !found.is_file() {
        return Err(Problem::input(format!("{name} is not a file"), None));
    }
    let too_large = || {
        let help =
            (limit == MAX_SQL_BYTES).then(|| "schema and data are best kept apart: pg_dump --schema-only".to_owned());
        Problem::input(format!("{name} is larger than {} MiB", limit >> 20), help)
    };
    if found.len() > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let unreadable = |error| Problem::input(format!("{name} cannot be read: {error}"), None);
    fs::File::open(path).map_err(unreadable)?.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(too_large());
    }
    if let Some(encoding) = encoding {
        let (text, used, is_broken) = encoding.decode(&bytes);
        if is_broken {
            let message = format!("{name} is not {}: it holds bytes that mean nothing there", used.name());
            return Err(Problem::input(message, Some("take another --encoding, or save it as UTF-8".into())));
        }
        return Ok(text.into_owned());
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        let message = format!("{name} is not UTF-8: line {line}, byte {at} is 0x{:02X}", bytes[at]);
        let help = match guess(bytes) {
            Some(guess) => format!("it may be {guess}: then --encoding {guess} reads it; else save it as UTF-8"),
            None => "say by --encoding what it is, or save it as UTF-8".to_owned(),
        };
        Problem::input(message, Some(help))
    })
}

/// What a text that is no UTF-8 may be: what it says itself, or what its bytes look like.
fn guess(bytes: &[u8]) -> Option<String> {
    if bytes.starts_with(&[0xfe, 0xff]) {
        return Some("utf-16be".to_owned());
    }
    if bytes.starts_with(&[0xff, 0xfe]) {
        return Some("utf-16".to_owned());
    }
    // As pg_dump writes it at the head of a dump.
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]).into_owned();
    let stated = head.split_once("client_encoding = '").and_then(|(_, rest)| rest.split('\'').next());
    if let Some(stated) = stated.filter(|stated| encoding(stated).is_ok_and(|known| known != encoding_rs::UTF_8)) {
        return Some(stated.to_ascii_lowercase());
    }
    let is_unused = |byte: &u8| [0x81, 0x8d, 0x8f, 0x90, 0x9d].contains(byte);
    (!bytes.iter().any(is_unused)).then(|| "windows-1252".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_have_the_names_of_servers_too() {
        for (label, name) in [
            ("latin1", "windows-1252"),
            ("WIN1251", "windows-1251"),
            ("LATIN9", "ISO-8859-15"),
            ("utf-16", "UTF-16LE"),
            ("EUC_JP", "EUC-JP"),
            ("UTF8", "UTF-8"),
        ] {
            assert_eq!(encoding(label).map(Encoding::name), Ok(name), "{label}");
        }
        assert!(encoding("klingon").is_err());
    }

    #[test]
    fn what_is_no_utf_8_is_guessed() {
        assert_eq!(guess(b"caf\xe9").as_deref(), Some("windows-1252"));
        assert_eq!(guess(b"SET client_encoding = 'LATIN2';\n-- \xe9").as_deref(), Some("latin2"));
        assert_eq!(guess(b"\xff\xfea\0").as_deref(), Some("utf-16"));
        assert_eq!(guess(b"\x81"), None);
    }
}
