//! JSON documents as `jsonb` keeps and prints them.

/// `jsonb_in()` and `jsonb_out()`; `None` for what is not JSON, or needs more than is certain here.
pub(super) fn canonical(text: &str) -> Option<String> {
    let mut reader = Reader { rest: text };
    let value = reader.value(0)?;
    reader.skip_space();
    reader.rest.is_empty().then_some(value)
}

/// Deeper documents are left alone.
const MAX_DEPTH: usize = 100;

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn takes(&mut self, token: &str) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        if let Some(word) = ["true", "false", "null"].into_iter().find(|word| self.takes(word)) {
            return Some(word.to_owned());
        }
        if self.takes("{") {
            return self.object(depth);
        }
        if self.takes("[") {
            let mut items = Vec::new();
            while !self.takes("]") {
                if !items.is_empty() && !self.takes(",") {
                    return None;
                }
                items.push(self.value(depth + 1)?);
            }
            return Some(format!("[{}]", items.join(", ")));
        }
        if self.rest.starts_with('"') {
            return self.string().map(|text| format!("\"{text}\""));
        }
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c)).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        number.starts_with(|c: char| c == '-' || c.is_ascii_digit()).then_some(())?;
        super::numeric(number)
    }

    /// The last of several equal keys counts; shorter keys come first (`lengthCompareJsonbString()`).
    fn object(&mut self, depth: usize) -> Option<String> {
        let mut entries: Vec<(String, String)> = Vec::new();
        while !self.takes("}") {
            if !entries.is_empty() && !self.takes(",") {
                return None;
            }
            self.skip_space();
            let key = self.string()?;
            if !self.takes(":") {
                return None;
            }
            let value = self.value(depth + 1)?;
            match entries.iter_mut().find(|(known, _)| *known == key) {
                Some(entry) => entry.1 = value,
                None => entries.push((key, value)),
            }
        }
        entries.sort_by(|(one, _), (two, _)| one.len().cmp(&two.len()).then_with(|| one.cmp(two)));
        let entries: Vec<String> = entries.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
        Some(format!("{{{}}}", entries.join(", ")))
    }

    /// A string between its quotes; one with an escape is not certain.
    fn string(&mut self) -> Option<String> {
        let inner = self.rest.strip_prefix('"')?;
        let (text, rest) = inner.split_once('"')?;
        self.rest = rest;
        (!text.contains('\\') && !text.contains(char::is_control)).then(|| text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_print_as_the_server_prints_them() {
        let check = |text: &str, printed: &str| assert_eq!(canonical(text).as_deref(), Some(printed));
        check("{}", "{}");
        check(" [ ] ", "[]");
        check(r#"{"b":1,"aa":[1,2.50, true],"b":{"x":null}}"#, r#"{"b": {"x": null}, "aa": [1, 2.50, true]}"#);
        check("1e2", "100");
        assert_eq!(canonical("{"), None);
        assert_eq!(canonical("[1,]"), None);
        assert_eq!(canonical(r#""\u00e9""#), None);
    }
}
