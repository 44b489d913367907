//! Names of character encodings (`pg_char_to_encoding()`, encnames.c).

const ENCODINGS: [&str; 42] = [
    "SQL_ASCII",
    "EUC_JP",
    "EUC_CN",
    "EUC_KR",
    "EUC_TW",
    "EUC_JIS_2004",
    "UTF8",
    "MULE_INTERNAL",
    "LATIN1",
    "LATIN2",
    "LATIN3",
    "LATIN4",
    "LATIN5",
    "LATIN6",
    "LATIN7",
    "LATIN8",
    "LATIN9",
    "LATIN10",
    "WIN1256",
    "WIN1258",
    "WIN866",
    "WIN874",
    "KOI8R",
    "WIN1251",
    "WIN1252",
    "ISO_8859_5",
    "ISO_8859_6",
    "ISO_8859_7",
    "ISO_8859_8",
    "WIN1250",
    "WIN1253",
    "WIN1254",
    "WIN1255",
    "WIN1257",
    "KOI8U",
    "SJIS",
    "BIG5",
    "GBK",
    "UHC",
    "GB18030",
    "JOHAB",
    "SHIFT_JIS_2004",
];

/// Other names for them, as far as those are not `windowsN` for `WINN`.
const ALIASES: [(&str, &str); 24] = [
    ("abc", "WIN1258"),
    ("alt", "WIN866"),
    ("iso88591", "LATIN1"),
    ("iso885910", "LATIN6"),
    ("iso885913", "LATIN7"),
    ("iso885914", "LATIN8"),
    ("iso885915", "LATIN9"),
    ("iso885916", "LATIN10"),
    ("iso88592", "LATIN2"),
    ("iso88593", "LATIN3"),
    ("iso88594", "LATIN4"),
    ("iso88599", "LATIN5"),
    ("koi8", "KOI8R"),
    ("mskanji", "SJIS"),
    ("shiftjis", "SJIS"),
    ("tcvn", "WIN1258"),
    ("tcvn5712", "WIN1258"),
    ("unicode", "UTF8"),
    ("vscii", "WIN1258"),
    ("win", "WIN1251"),
    ("win932", "SJIS"),
    ("win936", "GBK"),
    ("win949", "UHC"),
    ("win950", "BIG5"),
];

/// The name that the server gives to an encoding, whatever way it is written.
pub fn canonical(written: &str) -> Option<&'static str> {
    let clean = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let wanted = clean(written);
    let wanted = wanted.strip_prefix("windows").map_or(wanted.clone(), |number| format!("win{number}"));
    let alias = ALIASES.iter().find(|(alias, _)| *alias == wanted).map(|(_, name)| *name);
    alias.or_else(|| ENCODINGS.into_iter().find(|name| clean(name) == wanted))
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_encoding_has_many_names() {
        let check = |written: &str, name: Option<&str>| assert_eq!(super::canonical(written), name);
        check("utf-8", Some("UTF8"));
        check("Unicode", Some("UTF8"));
        check("ISO-8859-1", Some("LATIN1"));
        check("windows-1251", Some("WIN1251"));
        check("windows932", Some("SJIS"));
        check("never_was", None);
    }
}
