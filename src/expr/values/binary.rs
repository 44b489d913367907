//! Bytes and bits: `bytea`, `bit`, `uuid`, `"char"`, `name`.

/// `byteain()` and `byteaout()`: hexadecimal, or bytes of which some are `\ooo`.
pub(super) fn bytea(text: &str) -> Option<String> {
    let bytes = match text.strip_prefix("\\x") {
        Some(digits) => hex_decode(digits)?,
        None => escape_decode(text)?,
    };
    Some(bytes.iter().fold("\\x".to_owned(), |text, byte| text + &format!("{byte:02x}")))
}

fn hex_decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut rest = text.bytes();
    while let Some(first) = rest.next() {
        // Between bytes there may be space.
        if !matches!(first, b' ' | b'\n' | b'\t' | b'\r') {
            bytes.push(hex(first)? << 4 | hex(rest.next()?)?);
        }
    }
    Some(bytes)
}

fn hex(digit: u8) -> Option<u8> {
    u8::try_from(char::from(digit).to_digit(16)?).ok()
}

fn escape_decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        (rest, _) = match (first, behind) {
            (b'\\', [b'\\', behind @ ..]) => (behind, bytes.push(b'\\')),
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', behind @ ..]) => {
                (behind, bytes.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0')))
            }
            (b'\\', _) => return None,
            (byte, behind) => (behind, bytes.push(*byte)),
        };
    }
    Some(bytes)
}

/// `bit_in()`, `varbit_in()` and `bit_out()`: `B'101'`, `X'1F'`, `101`.
pub(super) fn bits(text: &str) -> Option<String> {
    if let Some(digits) = text.strip_prefix(['x', 'X']) {
        return digits.bytes().map(|digit| hex(digit).map(|value| format!("{value:04b}"))).collect();
    }
    let digits = text.strip_prefix(['b', 'B']).unwrap_or(text);
    digits.bytes().all(|byte| matches!(byte, b'0' | b'1')).then(|| digits.to_owned())
}

/// `uuid_in()` and `uuid_out()`: braces around it, a hyphen after any four digits.
pub(super) fn uuid(text: &str) -> Option<String> {
    let inner = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}')?,
        None => text,
    };
    let (mut digits, mut rest) = (String::with_capacity(32), inner);
    for place in 0..8 {
        let group = rest.get(..4).filter(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        digits += &group.to_ascii_lowercase();
        rest = &rest[4..];
        rest = rest.strip_prefix('-').filter(|_| place < 7).unwrap_or(rest);
    }
    let joined = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-");
    rest.is_empty().then_some(joined)
}

/// `charin()` and `charout()`: the first byte; from PostgreSQL 15 on `\ooo` where that is not ASCII.
pub(super) fn char(text: &str, version: u32) -> Option<String> {
    let byte = match text.as_bytes() {
        [b'\\', digits @ ..]
            if digits.len() == 3 && digits.iter().all(|d| matches!(d, b'0'..=b'7')) && version >= 15 =>
        {
            u8::from_str_radix(&text[1..], 8).ok()?
        }
        [byte, ..] => *byte,
        [] => 0,
    };
    match byte {
        0 => Some(String::new()),
        1..=0x7f => Some(char::from(byte).to_string()),
        // Older servers send a byte that is no text.
        0x80.. => (version >= 15).then(|| format!("\\{byte:03o}")),
    }
}

/// `namein()`: cut to 63 bytes.
pub(super) fn name(text: &str) -> String {
    text[..text.floor_char_boundary(63)].to_owned()
}
