//! Addresses: `inet`, `cidr` (network.c, `inet_net_pton.c`), `macaddr` (mac.c), `macaddr8` (mac8.c).

use super::trimmed;

/// An address with the length of its network's prefix.
struct Network {
    bytes: Vec<u8>,
    bits: usize,
}

/// `inet_in()` and `inet_out()`: the prefix is printed where it is not the whole address.
pub(super) fn inet(text: &str) -> Option<String> {
    let Network { bytes, bits } = if text.contains(':') { read_v6(text)? } else { read_inet_v4(text)? };
    let address = print(&bytes);
    Some(if bits == bytes.len() * 8 { address } else { format!("{address}/{bits}") })
}

/// `cidr_in()` and `cidr_out()`: nothing may be set behind the prefix.
pub(super) fn cidr(text: &str) -> Option<String> {
    let Network { bytes, bits } = if text.contains(':') { read_v6(text)? } else { read_cidr_v4(text)? };
    let is_network = bytes.iter().enumerate().all(|(at, byte)| {
        let inside = bits.saturating_sub(at * 8).min(8);
        inside == 8 || byte.checked_shl(u32::try_from(inside).unwrap_or(8)) == Some(0)
    });
    is_network.then(|| format!("{}/{bits}", print(&bytes)))
}

/// The octets of an IPv4 address, four at most, and what stands behind them.
fn octets(text: &str) -> Option<(Vec<u8>, &str)> {
    let (address, prefix) = text.split_at(text.find('/').unwrap_or(text.len()));
    let octet = |part: &str| part.parse::<u32>().ok().filter(|_| super::number::all_digits(part));
    let bytes: Vec<u8> = address.split('.').map(|part| octet(part)?.try_into().ok()).collect::<Option<_>>()?;
    (bytes.len() <= 4).then_some((bytes, prefix))
}

/// `/24`, if there is something.
fn prefix_length(text: &str, most: usize) -> Option<Option<usize>> {
    if text.is_empty() {
        return Some(None);
    }
    let digits = text.strip_prefix('/').filter(|digits| super::number::all_digits(digits))?;
    Some(Some(digits.parse().ok().filter(|bits| *bits <= most)?))
}

/// `inet_net_pton_ipv4()`: octets may only be left out where a prefix says so.
fn read_inet_v4(text: &str) -> Option<Network> {
    let (mut bytes, prefix) = octets(text)?;
    let bits = match prefix_length(prefix, 32)? {
        Some(bits) => bits,
        None => (bytes.len() == 4).then_some(32)?,
    };
    if bits / 8 > bytes.len() {
        return None;
    }
    bytes.resize(4, 0);
    Some(Network { bytes, bits })
}

/// `inet_cidr_pton_ipv4()`: without a prefix the class of the network says how long it is.
fn read_cidr_v4(text: &str) -> Option<Network> {
    let (mut bytes, prefix) = octets(text)?;
    let bits = prefix_length(prefix, 32)?.unwrap_or_else(|| {
        let of_class = match bytes[0] {
            240.. => 32,
            224.. => 8,
            192.. => 24,
            128.. => 16,
            _ => 8,
        };
        let bits = of_class.max(bytes.len() * 8);
        if bits == 8 && bytes[0] == 224 { 4 } else { bits }
    });
    bytes.resize(4, 0);
    Some(Network { bytes, bits })
}

/// `inet_cidr_pton_ipv6()`
fn read_v6(text: &str) -> Option<Network> {
    let (address, prefix) = text.split_at(text.find('/').unwrap_or(text.len()));
    // A prefix has no leading zeros here.
    let is_plain = prefix.len() < 3 || !prefix.starts_with("/0");
    let bits = prefix_length(prefix, 128)?.filter(|_| is_plain || prefix.is_empty());
    if !is_plain {
        return None;
    }
    let bytes = match address.split_once("::") {
        None => groups(address)?,
        Some((before, behind)) => {
            let side = |text: &str| if text.is_empty() { Some(Vec::new()) } else { groups(text) };
            // A dotted address stands at the end.
            let (mut bytes, behind) = (side(before).filter(|_| !before.contains('.'))?, side(behind)?);
            let missing = 16_usize.checked_sub(bytes.len() + behind.len()).filter(|missing| *missing > 0)?;
            bytes.resize(bytes.len() + missing, 0);
            bytes.extend(behind);
            bytes
        }
    };
    (bytes.len() == 16).then(|| Network { bytes, bits: bits.unwrap_or(128) })
}

/// Groups of four digits, the last two perhaps as an IPv4 address.
fn groups(text: &str) -> Option<Vec<u8>> {
    let (hex, dotted) = match text.rsplit_once(':') {
        _ if !text.contains('.') => (Some(text), None),
        Some((hex, dotted)) => (Some(hex), Some(dotted)),
        None => (None, Some(text)),
    };
    let mut bytes = Vec::with_capacity(16);
    for group in hex.into_iter().flat_map(|hex| hex.split(':')) {
        let fits = (1..=4).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_hexdigit());
        let word = u16::from_str_radix(group, 16).ok().filter(|_| fits)?;
        bytes.extend(word.to_be_bytes());
    }
    if let Some(dotted) = dotted {
        let has_zeros = dotted.split('.').any(|part| part.len() > 1 && part.starts_with('0'));
        let (octets, _) = octets(dotted).filter(|(octets, _)| octets.len() == 4 && !has_zeros)?;
        bytes.extend(octets);
    }
    (bytes.len() <= 16).then_some(bytes)
}

/// `pg_inet_net_ntop()`
fn print(bytes: &[u8]) -> String {
    let dotted = |bytes: &[u8]| bytes.iter().map(ToString::to_string).collect::<Vec<_>>().join(".");
    if bytes.len() == 4 {
        return dotted(bytes);
    }
    let words: Vec<u16> = bytes.chunks(2).map(|pair| u16::from(pair[0]) << 8 | u16::from(pair[1])).collect();
    // The first of the longest runs of zeros is left out.
    let (mut start, mut length) = (0, 0);
    for at in 0..words.len() {
        let run = words[at..].iter().take_while(|word| **word == 0).count();
        if run > length {
            (start, length) = (at, run);
        }
    }
    if length < 2 {
        (start, length) = (words.len(), 0);
    }
    let holds_v4 = start == 0 && (length == 6 || (length == 5 && words[5] == 0xffff));
    let mut printed = String::new();
    let mut at = 0;
    while at < words.len() {
        if at == start {
            printed.push_str("::");
            at += length;
            continue;
        }
        if !printed.is_empty() && !printed.ends_with(':') {
            printed.push(':');
        }
        if at == 6 && holds_v4 {
            return printed + &dotted(&bytes[12..]);
        }
        printed += &format!("{:x}", words[at]);
        at += 1;
    }
    printed
}

/// `macaddr_in()` and `macaddr_out()`: pairs with colons or hyphens, halves or thirds with one, or none at all.
pub(super) fn macaddr(text: &str) -> Option<String> {
    let text = trimmed(text);
    let split = |delimiter: char| text.split(delimiter).collect::<Vec<&str>>();
    let groups = [':', '-', '.'].map(split).into_iter().find(|groups| groups.len() > 1).unwrap_or_else(|| vec![text]);
    let all_long = |length: usize| groups.iter().all(|group| group.len() == length);
    let fits = match groups.len() {
        6 => !text.contains('.') && groups.iter().all(|group| (1..=2).contains(&group.len())),
        3 => !text.contains(':') && all_long(4),
        2 => !text.contains('.') && all_long(6),
        1 => all_long(12),
        _ => false,
    };
    let digits: String = groups
        .iter()
        .map(|group| if groups.len() == 6 { format!("{group:0>2}") } else { (*group).to_owned() })
        .collect();
    let bytes = hex_pairs(&digits).filter(|_| fits)?;
    Some(bytes.join(":"))
}

fn hex_pairs(digits: &str) -> Option<Vec<String>> {
    let are_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let digits = digits.to_ascii_lowercase();
    are_hex
        .then(|| digits.as_bytes().chunks(2).map(|pair| pair.iter().map(|byte| char::from(*byte)).collect()).collect())
}

/// `macaddr8_in()` and `macaddr8_out()`: the same delimiter after any pairs; six bytes are made eight.
pub(super) fn macaddr8(text: &str) -> Option<String> {
    let mut rest = trimmed(text);
    let mut delimiter = None;
    let mut digits = String::new();
    while !rest.is_empty() {
        digits += rest.get(..2)?;
        rest = &rest[2..];
        if let Some(found) = rest.chars().next().filter(|c| matches!(c, ':' | '-' | '.')) {
            (*delimiter.get_or_insert(found) == found && rest.len() > 1).then_some(())?;
            rest = &rest[1..];
        }
    }
    if digits.len() == 12 {
        digits.insert_str(6, "fffe");
    }
    let bytes = hex_pairs(&digits).filter(|bytes| bytes.len() == 8)?;
    Some(bytes.join(":"))
}
