//! The values of attributes.

use super::Lowering;
use crate::catalog::{Expr, Kind, Value};
use crate::spec::document::Setting;
use crate::sql::{Ident, parse};
use crate::yaml::{Node, Yaml};

impl Lowering<'_> {
    /// An attribute with its value, if that can be one of it.
    pub(super) fn checked_setting(
        &mut self,
        kind: Kind,
        attribute: &'static str,
        key: &Node,
        node: &Node,
    ) -> Option<Setting> {
        let value = match (&node.value, pair_sign(attribute)) {
            (Yaml::Map(entries), Some(sign)) => self.pairs(entries, attribute, sign)?,
            _ if HOLD_STATEMENTS.contains(&attribute) => self.statements(node)?,
            _ => self.value(node, &keys_of(kind, attribute))?,
        };
        let place = self.place(if node.span.is_empty() { &key.span } else { &node.span });
        match kind.unstated().set(attribute, value.clone(), place.clone()) {
            Ok(()) => Some(Setting { attribute, value, place }),
            Err(expected) => {
                let span = if node.span.is_empty() { &key.span } else { &node.span };
                let expected = expected.unwrap_or_default();
                let message = format!("`{}` of {} cannot be this", self.key(key), kind.one());
                self.error(span, message, Some(format!("expected {expected}")));
                None
            }
        }
    }

    /// `{ anon: [select, insert] }` is the list of `anon: select, insert`, and `{ fillfactor: 70 }` of `fillfactor=70`.
    fn pairs(&mut self, entries: &[(Node, Node)], attribute: &str, sign: &str) -> Option<Value> {
        let mut items = Vec::new();
        for (key, value) in entries {
            let words = self.names(value).into_iter().map(|name| name.text).collect::<Vec<_>>().join(", ");
            let name = self.key(key);
            let name = if attribute == "grants" { Ident::new(name).to_string() } else { name };
            items.push(Value::Text(format!("{name}{sign}{words}")));
        }
        Some(Value::List(items))
    }

    /// SQL that is more than an expression: one statement, or a list of them.
    fn statements(&mut self, node: &Node) -> Option<Value> {
        match &node.value {
            Yaml::List(items) => {
                Some(Value::List(items.iter().map(|item| self.statements(item)).collect::<Option<_>>()?))
            }
            Yaml::Null => Some(Value::Null),
            _ => {
                let sql = self.text_of(node)?;
                if let Err(error) = parse::parse_body_statement(&sql) {
                    let text = self.piece(&sql, &node.span);
                    self.wrong_sql(
                        &text,
                        error,
                        Some("write one SQL statement here, as a server would take it".into()),
                    );
                    return None;
                }
                Some(Value::Expr(Expr::new(sql)))
            }
        }
    }

    /// `keys`: those that a mapping can have here.
    fn value(&mut self, node: &Node, keys: &[&'static str]) -> Option<Value> {
        Some(match &node.value {
            Yaml::Null => Value::Null,
            Yaml::Bool(value) => Value::Bool(*value),
            // `010` is what was written, whatever number YAML makes of it.
            Yaml::Int(number) if self.source(&node.span) == number.to_string() => Value::Int(*number),
            Yaml::Int(_) | Yaml::Number => Value::Text(self.source(&node.span).to_owned()),
            Yaml::Text(text) => Value::Text(text.clone()),
            Yaml::List(items) => Value::List(items.iter().map(|item| self.value(item, keys)).collect::<Option<_>>()?),
            // Whoever gets it says what was expected instead.
            Yaml::Map(_) if keys.is_empty() => Value::Map(Vec::new()),
            Yaml::Map(entries) => {
                Value::Map(entries.iter().map(|(key, value)| self.map_entry(key, value, keys)).collect::<Option<_>>()?)
            }
        })
    }

    fn map_entry(&mut self, key: &Node, value: &Node, keys: &[&'static str]) -> Option<(&'static str, Value)> {
        let name = self.key(key);
        let Some(known) = keys.iter().find(|known| **known == name) else {
            self.unknown(key, &name, keys.iter().copied());
            return None;
        };
        Some((*known, self.value(value, keys)?))
    }
}

/// The keys that a mapping can have as the value of an attribute.
fn keys_of(kind: Kind, attribute: &str) -> Vec<&'static str> {
    let definition = kind.definitions().iter().find(|definition| definition.name == attribute);
    definition.map(|definition| definition.shape.keys()).unwrap_or_default()
}

/// Attributes that hold statements.
pub const HOLD_STATEMENTS: [&str; 3] = ["query", "actions", "body"];

/// What stands between the two halves of an item of an attribute that can be written as a mapping.
pub fn pair_sign(attribute: &str) -> Option<&'static str> {
    match attribute {
        "grants" | "mappings" => Some(": "),
        "with" | "options" | "fdw_options" | "set" | "statistics" => Some("="),
        _ => None,
    }
}
