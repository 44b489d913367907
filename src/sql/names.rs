//! The names the server chooses for constraints and indexes that are written without one.

/// `NAMEDATALEN - 1`: the longest name, in bytes.
pub const MAX_NAME_BYTES: usize = 63;

/// A name cut as the server cuts it (`truncate_identifier()`): at 63 bytes, between characters.
pub fn truncate(name: &str) -> &str {
    clip(name, MAX_NAME_BYTES)
}

/// `makeObjectName()` (indexcmds.c): `name1_name2_label`, cutting the longer of the two names until it fits.
pub fn make_object_name(name1: &str, name2: &str, label: &str) -> String {
    let overhead = usize::from(!name2.is_empty()) + if label.is_empty() { 0 } else { label.len() + 1 };
    let room = MAX_NAME_BYTES.saturating_sub(overhead);
    let (mut bytes1, mut bytes2) = (name1.len(), name2.len());
    while bytes1 + bytes2 > room {
        if bytes1 > bytes2 {
            bytes1 -= 1;
        } else {
            bytes2 -= 1;
        }
    }
    [clip(name1, bytes1), clip(name2, bytes2), label]
        .into_iter()
        .enumerate()
        .filter(|(position, part)| *position == 0 || !part.is_empty())
        .map(|(_, part)| part)
        .collect::<Vec<_>>()
        .join("_")
}

/// `ChooseRelationName()` and `ChooseConstraintName()`: the first of `label`, `label1`, `label2` … whose name is not taken.
pub fn choose_name(name1: &str, name2: &str, label: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut pass = 0u32;
    loop {
        let label = if pass == 0 { label.to_owned() } else { format!("{label}{pass}") };
        let name = make_object_name(name1, name2, &label);
        if !taken(&name) {
            return name;
        }
        pass += 1;
    }
}

/// `ChooseIndexNameAddition()` and `ChooseForeignKeyConstraintNameAddition()`: the column names
/// joined by `_`. Both stop once they hold a full name's length.
pub fn columns_addition<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    for column in columns {
        if !joined.is_empty() {
            joined.push('_');
        }
        joined.push_str(column);
        if joined.len() > MAX_NAME_BYTES {
            break;
        }
    }
    joined
}

/// `ChooseIndexColumnNames()`: names made unique among each other, expressions being called `expr`.
pub fn index_column_names(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut chosen: Vec<String> = Vec::new();
    for original in names {
        let mut name = original.clone();
        let mut pass = 1u32;
        while chosen.contains(&name) {
            let suffix = pass.to_string();
            name = format!("{}{suffix}", clip(&original, MAX_NAME_BYTES - suffix.len()));
            pass += 1;
        }
        chosen.push(name);
    }
    chosen
}

/// `pg_mbcliplen()`: at most `limit` bytes, never half a character.
fn clip(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_name_gives_way() {
        assert_eq!(make_object_name("users", "email", "key"), "users_email_key");
        assert_eq!(make_object_name("users", "", "pkey"), "users_pkey");
        let table = "a".repeat(60);
        assert_eq!(make_object_name(&table, "b", "key"), format!("{}_b_key", "a".repeat(57)));
        assert_eq!(
            make_object_name(&table, &"b".repeat(60), "key"),
            format!("{}_{}_key", "a".repeat(29), "b".repeat(29))
        );
    }

    #[test]
    fn no_character_is_cut_in_half() {
        assert_eq!(truncate(&"é".repeat(40)), "é".repeat(31));
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        let taken = ["t_a_check", "t_a_check1"];
        assert_eq!(choose_name("t", "a", "check", |name| taken.contains(&name)), "t_a_check2");
    }

    #[test]
    fn index_columns_are_told_apart() {
        let names = ["expr", "a", "expr"].map(String::from);
        assert_eq!(index_column_names(names), ["expr", "a", "expr1"]);
    }
}
