//! The names of errors, as PL/pgSQL's handlers know them (`errcodes.txt`).

use super::syntax::Handler;

const CONDITIONS: &str = include_str!("conditions.txt");

fn conditions() -> impl Iterator<Item = (&'static str, &'static str)> {
    CONDITIONS.lines().filter_map(|line| line.split_once(' '))
}

/// `exception_matches_conditions()`
pub(super) fn handler<'a>(handlers: &'a [Handler], sqlstate: &str) -> Option<&'a Handler> {
    let is_meant = |condition: &String| {
        // OTHERS does not mean those that are to end all (`query_canceled`, `assert_failure`).
        let is_other = condition == "others" && !["57014", "P0004"].contains(&sqlstate);
        is_other || codes_of(condition).any(|code| matches(code, sqlstate))
    };
    handlers.iter().find(|handler| handler.conditions.iter().any(is_meant))
}

/// Codes that end in three zeros stand for their class.
fn matches(code: &str, sqlstate: &str) -> bool {
    code == sqlstate || code.ends_with("000") && code.get(..2) == sqlstate.get(..2)
}

/// A name may stand for several codes; a code stands for itself.
fn codes_of(condition: &str) -> impl Iterator<Item = &str> {
    let own = (condition.len() == 5 && !condition.contains(|c: char| c.is_ascii_lowercase())).then_some(condition);
    own.into_iter().chain(conditions().filter(move |(_, name)| *name == condition).map(|(code, _)| code))
}

/// What a code is called: `undefined_table`.
pub fn condition_of(sqlstate: &str) -> Option<&'static str> {
    conditions().find(|(code, _)| *code == sqlstate).map(|(_, name)| name)
}

/// `plpgsql_recognize_err_condition()`
pub(super) fn sqlstate_of(condition: &str) -> Option<&'static str> {
    conditions().find(|(code, name)| *name == condition || *code == condition).map(|(code, _)| code)
}

/// The same for any code of five letters, such as those of one's own.
pub(super) fn any_sqlstate(condition: &str) -> Option<&'static str> {
    let is_code = condition.len() == 5 && condition.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
    // Codes of one's own are few and short, and refusals keep theirs for as long as all runs.
    sqlstate_of(condition).or_else(|| is_code.then(|| &*condition.to_owned().leak()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_found_by_name_code_and_class() {
        let of = |condition: &str| Handler { conditions: vec![condition.to_owned()], body: Vec::new() };
        for (condition, sqlstate, expected) in [
            ("duplicate_object", "42710", true),
            ("42710", "42710", true),
            ("syntax_error_or_access_rule_violation", "42P07", true),
            ("others", "42P07", true),
            ("others", "P0004", false),
            ("assert_failure", "P0004", true),
            ("string_data_right_truncation", "01004", true),
            ("undefined_table", "42703", false),
        ] {
            assert_eq!(handler(&[of(condition)], sqlstate).is_some(), expected, "{condition} {sqlstate}");
        }
        assert_eq!(any_sqlstate("AB123"), Some("AB123"));
        assert_eq!(any_sqlstate("ab123"), None);
    }
}
