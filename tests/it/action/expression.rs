//! The expressions of GitHub Actions, as far as `action.yml` has them. All values are texts; false is the empty one.

/// What the names of contexts stand for, and whether a step has failed.
pub(super) struct Scope<'a> {
    pub(super) lookup: &'a dyn Fn(&str) -> String,
    pub(super) has_failed: bool,
}

impl Scope<'_> {
    /// A text with each `${{ … }}` in it replaced.
    pub(super) fn interpolate(&self, text: &str) -> String {
        let mut pieces = text.split("${{");
        let mut out = pieces.next().unwrap().to_owned();
        for piece in pieces {
            let (expression, rest) = piece.split_once("}}").unwrap();
            out += &self.evaluate(expression);
            out += rest;
        }
        out
    }

    /// Whether a step with this condition is run. Without a word on it, none is run behind a failure.
    pub(super) fn allows(&self, condition: &str) -> bool {
        let condition = condition.trim().trim_start_matches("${{").trim_end_matches("}}");
        let says_when = ["always()", "cancelled()", "failure()", "success()"].iter().any(|f| condition.contains(f));
        (says_when || !self.has_failed) && !self.evaluate(condition).is_empty()
    }

    fn evaluate(&self, text: &str) -> String {
        let mut rest = text.trim();
        let value = self.any(&mut rest);
        assert!(rest.is_empty(), "{rest} is left of {text}");
        value
    }

    fn any(&self, rest: &mut &str) -> String {
        let mut value = self.all(rest);
        while take(rest, "||") {
            let other = self.all(rest);
            value = if value.is_empty() { other } else { value };
        }
        value
    }

    fn all(&self, rest: &mut &str) -> String {
        let mut value = self.comparison(rest);
        while take(rest, "&&") {
            let other = self.comparison(rest);
            value = if value.is_empty() { value } else { other };
        }
        value
    }

    fn comparison(&self, rest: &mut &str) -> String {
        let value = self.one(rest);
        if take(rest, "==") {
            boolean(value == self.one(rest))
        } else if take(rest, "!=") {
            boolean(value != self.one(rest))
        } else {
            value
        }
    }

    fn one(&self, rest: &mut &str) -> String {
        if take(rest, "!") {
            return boolean(self.one(rest).is_empty());
        }
        if let Some(literal) = rest.strip_prefix('\'') {
            let (literal, behind) = literal.split_once('\'').unwrap();
            *rest = behind.trim_start();
            return literal.to_owned();
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && !"._-".contains(c)).unwrap_or(rest.len());
        let name = &rest[..end];
        assert!(!name.is_empty(), "a name is missing before {rest}");
        *rest = rest[end..].trim_start();
        if !take(rest, "()") {
            return (self.lookup)(name);
        }
        boolean(match name {
            "always" => true,
            "cancelled" => false,
            "failure" => self.has_failed,
            "success" => !self.has_failed,
            _ => panic!("there is no function {name}"),
        })
    }
}

fn boolean(value: bool) -> String {
    if value { "true".to_owned() } else { String::new() }
}

fn take(rest: &mut &str, token: &str) -> bool {
    match rest.strip_prefix(token) {
        Some(behind) => {
            *rest = behind.trim_start();
            true
        }
        None => false,
    }
}

#[test]
fn conditions_mean_what_they_mean_to_a_runner() {
    let lookup = |name: &str| if name == "inputs.a-b" { "true".to_owned() } else { String::new() };
    let scope = |has_failed| Scope { lookup: &lookup, has_failed };
    for (condition, behind_success, behind_failure) in [
        ("inputs.a-b == 'true'", true, false),
        ("${{ !cancelled() && inputs.a-b == 'true' }}", true, true),
        ("${{ !cancelled() && inputs.a-b != 'true' }}", false, false),
        ("always() && inputs.none", false, false),
        ("failure() || inputs.none != ''", false, true),
    ] {
        assert_eq!(scope(false).allows(condition), behind_success, "{condition}");
        assert_eq!(scope(true).allows(condition), behind_failure, "{condition}");
    }
    assert_eq!(scope(false).interpolate("x${{ inputs.a-b }}y${{ inputs.none || 'z' }}"), "xtrueyz");
}
