//! Texts as people write them, small changes of them, and what a server makes of them.

use postgres::Client;

use crate::random::Random;

/// What a constant is printed as; null where the server refuses it.
pub(crate) const SETUP: &str = "
SET TimeZone = 'UTC';
SET client_min_messages = error;
CREATE FUNCTION pg_temp.printed(kind text, source text) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
    EXECUTE format('SELECT format(''%%s'', %L::%s)', source, kind) INTO result;
    RETURN textsend(result);
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END $$";

pub(crate) fn printed(client: &mut Client, kind: &str, texts: &[String]) -> Vec<Option<String>> {
    let sql =
        "SELECT pg_temp.printed($1, text) FROM unnest($2::text[]) WITH ORDINALITY AS t (text, number) ORDER BY number";
    let rows = client.query(sql, &[&kind, &texts]).unwrap();
    // Old servers send half a character as a "char".
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    rows.iter().map(|row| row.try_get::<_, Option<Vec<u8>>>(0).unwrap().map(text)).collect()
}

/// `== types`, and under it a text on each line. In a type `~` stands for a space.
pub(crate) fn by_type(file: &str) -> Vec<(String, Vec<String>)> {
    let mut types = Vec::new();
    for section in file.split("\n== ").skip(1) {
        let (names, texts) = section.split_once('\n').unwrap();
        let texts: Vec<String> = texts.split('\n').map(str::to_owned).collect();
        types.extend(names.split(' ').map(|name| (name.replace('~', " "), texts.clone())));
    }
    types
}

/// A text with some small changes, which come from the other texts of its type.
pub(crate) fn changed(texts: &[String], random: &mut Random) -> String {
    let mut text: Vec<char> = random.pick(texts).chars().collect();
    for _ in 0..=random.below(3) {
        let at = random.below(text.len() + 1);
        let to = (at + 1 + random.below(3)).min(text.len());
        let other: Vec<char> = random.pick(texts).chars().collect();
        let from = random.below(other.len() + 1);
        let piece = &other[from..(from + 1 + random.below(6)).min(other.len())];
        match random.below(9) {
            0 => drop(text.drain(at..to)),
            1 => drop(text.splice(at..at, piece.iter().copied())),
            2 => drop(text.splice(at..to, piece.iter().copied())),
            // The beginning of the one, the end of the other.
            3 => {
                text.truncate(at);
                text.extend(&other[from..]);
            }
            4 => text.insert(at, *random.pick(&[' ', '\t', ' ', ','])),
            5 => {
                for c in text.iter_mut().filter(|c| c.is_ascii_digit()) {
                    if random.chance(30) {
                        *c = *random.pick(&['0', '1', '2', '3', '5', '9']);
                    }
                }
            }
            6 => text = text.iter().flat_map(|c| c.to_uppercase()).collect(),
            7 => {
                text.push(' ');
                text.extend(other);
            }
            _ => {
                if let Some(c) = text.get(at).copied() {
                    text.insert(at, c);
                }
            }
        }
    }
    text.into_iter().collect()
}
