//! A place in a JSON document: what stands there, and the way to it, so that a mistake can be found.

use serde_json::{Map, Value as Json};

use crate::sql::TypeName;

/// What stands at a place.
pub(super) struct At<'a> {
    pub(super) json: &'a Json,
    path: String,
}

impl<'a> At<'a> {
    pub(super) fn root(json: &'a Json) -> Self {
        Self { json, path: String::new() }
    }

    /// Says what is wrong here.
    pub(super) fn fault(&self, message: impl AsRef<str>) -> String {
        let place = if self.path.is_empty() { "the snapshot" } else { &self.path };
        format!("{place}: {}", message.as_ref())
    }

    fn expected<T>(&self, what: &str) -> Result<T, String> {
        let found = match self.json {
            Json::Null => "null".to_owned(),
            Json::Bool(_) | Json::Number(_) => self.json.to_string(),
            Json::String(text) if text.chars().count() > 40 => "a longer text".to_owned(),
            Json::String(text) => format!("\"{text}\""),
            Json::Array(_) => "a list".to_owned(),
            Json::Object(_) => "an object".to_owned(),
        };
        Err(self.fault(format!("expected {what}, and this is {found}")))
    }

    fn child(&self, key: &str, json: &'a Json) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self { json, path: format!("{}{dot}{key}", self.path) }
    }

    /// An object that has no keys but these.
    pub(super) fn only(&self, keys: &[&str]) -> Result<(), String> {
        match self.entries()?.keys().find(|key| !keys.contains(&key.as_str())) {
            Some(key) => Err(self.fault(format!("the key \"{key}\" is not known here"))),
            None => Ok(()),
        }
    }

    fn entries(&self) -> Result<&'a Map<String, Json>, String> {
        self.json.as_object().map_or_else(|| self.expected("an object"), Ok)
    }

    /// The values of an object with their keys.
    pub(super) fn fields(&self) -> Result<impl Iterator<Item = (&'a str, Self)>, String> {
        Ok(self.entries()?.iter().map(|(key, json)| (key.as_str(), self.child(key, json))))
    }

    pub(super) fn get(&self, key: &str) -> Result<Self, String> {
        self.optional(key)?.ok_or_else(|| self.fault(format!("\"{key}\" is missing")))
    }

    /// What may be left out, or null.
    pub(super) fn optional(&self, key: &str) -> Result<Option<Self>, String> {
        Ok(self.entries()?.get(key).filter(|json| !json.is_null()).map(|json| self.child(key, json)))
    }

    /// The items of a list, each as `read` reads it.
    pub(super) fn all<T>(&self, read: impl Fn(&Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        let mut all = Vec::new();
        self.each(|item| {
            all.push(read(item)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// Shows `look` the items of a list.
    pub(super) fn each(&self, mut look: impl FnMut(&Self) -> Result<(), String>) -> Result<(), String> {
        let Json::Array(items) = self.json else { return self.expected("a list") };
        let item = |(at, json)| look(&Self { json, path: format!("{}[{at}]", self.path) });
        items.iter().enumerate().try_for_each(item)
    }

    pub(super) fn text(&self) -> Result<&'a str, String> {
        self.json.as_str().map_or_else(|| self.expected("a text"), Ok)
    }

    pub(super) fn bool(&self) -> Result<bool, String> {
        self.json.as_bool().map_or_else(|| self.expected("true or false"), Ok)
    }

    pub(super) fn number<T: TryFrom<u64>>(&self) -> Result<T, String> {
        let number = self.json.as_u64().and_then(|number| T::try_from(number).ok());
        number.map_or_else(|| self.expected("a whole number"), Ok)
    }

    pub(super) fn data_type(&self) -> Result<TypeName, String> {
        TypeName::parse(self.text()?).or_else(|error| self.expected(&format!("a type ({})", error.message)))
    }

    /// One of some words, and what it stands for.
    pub(super) fn one_of<T: Copy>(
        &self,
        what: &str,
        words: impl IntoIterator<Item = (&'a str, T)>,
    ) -> Result<T, String> {
        let word = self.text()?;
        let found = words.into_iter().find(|(known, _)| *known == word);
        found.map_or_else(|| Err(self.fault(format!("\"{word}\" is no {what} that is known"))), |(_, meant)| Ok(meant))
    }

    /// Whether a flag is set; it may be left out.
    pub(super) fn is_set(&self, key: &str) -> Result<bool, String> {
        self.optional(key)?.map_or(Ok(false), |flag| flag.bool())
    }
}
