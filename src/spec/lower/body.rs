//! What can be asserted: sections, `each`, `templates`, `absent`, `allowed`, `unlisted`.

use super::{Entries, Lowering, span_of};
use crate::catalog::Origin;
use crate::findings::Severity;
use crate::rules::{self, Asked, RULES};
use crate::spec::SectionKey;
use crate::spec::document::{Body, Each, Entry, Mention, Name, Section, Template, Unlisted};
use crate::spec::names::Spelled;
use crate::spec::section::Scope;
use crate::yaml::{Node, Yaml};

const BODY_KEYS: [&str; 7] = ["each", "templates", "absent", "allowed", "unlisted", "assertions", "rules"];
const EACH_KEYS: [&str; 2] = ["except", "count"];
const TEMPLATE_KEYS: [&str; 5] = ["schemas", "except", "count", "note", "severity"];

impl Lowering<'_> {
    /// All that a mapping asserts. `beside`: keys that it can have for other purposes.
    pub(super) fn body(
        &mut self,
        entries: Entries<'_>,
        beside: &[&str],
        sections: impl Iterator<Item = SectionKey>,
    ) -> Body {
        let sections: Vec<SectionKey> = sections.collect();
        let mut body = Body::default();
        for (key, value) in entries {
            let word = self.key(key);
            match word.as_str() {
                other if beside.contains(&other) => {}
                "each" => body.each = self.each(value),
                "templates" => body.templates = self.templates(value),
                "absent" => body.absent = self.mentions(value, "absent"),
                "allowed" => body.allowed = self.mentions(value, "allowed"),
                "unlisted" => {
                    let parts = SectionKey::ALL.iter().filter(|section| !section.is_top());
                    let all: Vec<SectionKey> = sections.iter().chain(parts).copied().collect();
                    body.unlisted = self.unlisted(value, &all);
                }
                "assertions" => body.assertions = self.assertions(value),
                "rules" => body.rules = self.rules(value),
                other => match SectionKey::find(other, sections.iter().copied()) {
                    Some(section) => body.sections.push(self.section(key, value, section)),
                    None => {
                        let known = beside.iter().chain(&BODY_KEYS).copied();
                        self.unknown(key, other, known.chain(sections.iter().map(|section| section.word())));
                    }
                },
            }
        }
        body
    }

    /// A section of a body or an entry.
    pub(super) fn section(&mut self, key: &Node, node: &Node, section: SectionKey) -> Section {
        let mut found = Section { key: section, place: self.place(&key.span), entries: Vec::new() };
        match (&node.value, section) {
            // `indexes:` with nothing behind it lists nothing: there must be none.
            (Yaml::Null, _) => {}
            (_, SectionKey::PrimaryKey) => found.entries.extend(self.primary_key(key, node)),
            (Yaml::List(_) | Yaml::Text(_), SectionKey::Schemas) => {
                found.entries = self.names(node).into_iter().map(Entry::new).collect();
            }
            _ => {
                let expected = format!("`{}` is a mapping from names", section.word());
                for (name, value) in self.map(node, &expected).unwrap_or_default() {
                    let name = self.name(name);
                    self.check_name(section, &name);
                    found.entries.extend(self.entry(name, value, section));
                }
            }
        }
        found
    }

    /// Whether a name can be one of that section; the parts of relations can have any.
    fn check_name(&mut self, section: SectionKey, name: &Name) {
        if section.is_top()
            && let Err(expected) = Spelled::parse(section.class(), &name.text)
        {
            self.error(
                &span_of(&name.place),
                format!("`{}` is not a name that can stand here", name.text),
                Some(expected),
            );
        }
    }

    fn each(&mut self, node: &Node) -> Vec<Each> {
        let mut found = Vec::new();
        for item in self.list(node, "`each` is a list").unwrap_or_default() {
            let Some(entries) = self.map(item, "an entry of `each` is a mapping") else { continue };
            let Some((key, selection, section)) = self.selector(entries) else {
                let span = entries.first().map_or(&item.span, |(key, _)| &key.span);
                let help =
                    "add `tables: [users]`, `tables: \"*\"`, or another section with names or patterns".to_owned();
                self.error(span, "this entry of `each` does not say what it is about", Some(help));
                continue;
            };
            let is_rest = |name: &Node| name.span != key.span && !EACH_KEYS.contains(&self.key(name).as_str());
            let rest: Vec<(Node, Node)> = entries.iter().filter(|(name, _)| is_rest(name)).cloned().collect();
            let mut body = Entry::new(Name { text: "each".into(), place: self.place(&key.span) });
            if !self.mapping(&mut body, section, &rest, item) {
                continue;
            }
            if let Some(legacy) = body.renamed_from.take() {
                let help = format!(
                    "say it of one, in its section: `{}: {{ new: {{ renamed_from: {} }} }}`",
                    section.word(),
                    legacy.text
                );
                self.error(&span_of(&legacy.place), "what a pattern selects has no one legacy name", Some(help));
            }
            self.lists_something(&body);
            let select = self.names(selection);
            for name in &select {
                self.check_name(section, name);
            }
            let (except, count) = self.except_and_count(entries);
            found.push(Each { place: self.place(&item.span), section, select, except, count, body });
        }
        found
    }

    /// The key that says what an entry of `each` is about: a section of the top, or else one of a relation with names.
    fn selector<'n>(&mut self, entries: Entries<'n>) -> Option<(&'n Node, &'n Node, SectionKey)> {
        let names_only = |node: &Node| match &node.value {
            Yaml::Text(_) => true,
            Yaml::List(items) => items.iter().all(|item| matches!(item.value, Yaml::Text(_))),
            _ => false,
        };
        let of = |key: &Node, wanted: Scope| {
            let word = self.key(key);
            SectionKey::find(&word, SectionKey::ALL.iter().copied().filter(|section| section.scope() == wanted))
        };
        [Scope::Schema, Scope::Database, Scope::Relation].into_iter().find_map(|scope| {
            entries.iter().find_map(|(key, node)| {
                let section = of(key, scope).filter(|section| *section != SectionKey::PrimaryKey)?;
                (scope != Scope::Relation || names_only(node)).then_some((key, node, section))
            })
        })
    }

    fn except_and_count(&mut self, entries: Entries<'_>) -> (Vec<Name>, Option<(usize, Origin)>) {
        let (mut except, mut count) = (Vec::new(), None);
        for (key, value) in entries {
            match self.key(key).as_str() {
                "except" => except = self.names(value),
                "count" => match value.value {
                    Yaml::Int(number) if usize::try_from(number).is_ok() => {
                        count = Some((usize::try_from(number).unwrap_or(0), self.place(&value.span)));
                    }
                    _ => self.error(
                        &value.span,
                        "`count` is how many are selected, a number",
                        Some("write `count: 4`".into()),
                    ),
                },
                _ => {}
            }
        }
        (except, count)
    }

    /// An entry of `each` is open, so a section that lists nothing would assert nothing.
    fn lists_something(&mut self, body: &Entry) {
        for section in body.sections.iter().filter(|section| section.entries.is_empty()) {
            let word = section.key.word();
            let help =
                "say it of the object itself in its section, or name what must be gone under `absent:`".to_owned();
            self.error(
                &span_of(&section.place),
                format!("an empty `{word}` says nothing here: `each` is open"),
                Some(help),
            );
        }
    }

    fn templates(&mut self, node: &Node) -> Vec<Template> {
        let mut found = Vec::new();
        for item in self.list(node, "`templates` is a list").unwrap_or_default() {
            let Some(entries) = self.map(item, "a template is a mapping") else { continue };
            let in_schema = SectionKey::top().filter(|section| section.scope() == Scope::Schema);
            let mut template = Template {
                place: self.place(&item.span),
                schemas: Vec::new(),
                except: Vec::new(),
                count: None,
                note: None,
                severity: None,
                body: self.body(entries, &TEMPLATE_KEYS, in_schema),
            };
            (template.except, template.count) = self.except_and_count(entries);
            for (key, value) in entries {
                match self.key(key).as_str() {
                    "schemas" => template.schemas = self.names(value),
                    "note" => template.note = self.text_of(value),
                    "severity" => template.severity = self.severity(value),
                    _ => {}
                }
            }
            if let Some(assertion) = template.body.assertions.first() {
                let help = "state it at the top or in a phase; its SQL can name each schema".to_owned();
                self.error(&span_of(&assertion.name.place), "a template holds no assertions", Some(help));
            }
            if let Some(entry) = template.body.rules.first() {
                let help = "ask for it at the top or in a phase; the schemas of templates are looked at too".to_owned();
                self.error(&span_of(&entry.place), "a template holds no rules", Some(help));
            }
            if template.schemas.is_empty() {
                let span = entries.first().map_or(&item.span, |(key, _)| &key.span);
                let help = "add `schemas: tenant_*`".to_owned();
                self.error(span, "this template does not say which schemas it is for", Some(help));
                continue;
            }
            if let Some(inner) = template.body.templates.first() {
                let span = span_of(&inner.place);
                self.error(&span, "a template cannot stand in a template", Some("put it beside this one".into()));
            }
            found.push(template);
        }
        found
    }

    /// `absent` and `allowed`: names or patterns, by their sections.
    fn mentions(&mut self, node: &Node, word: &str) -> Vec<Mention> {
        let sections = || SectionKey::ALL.iter().copied().filter(|section| section.scope() != Scope::Domain);
        let mut found = Vec::new();
        let expected = format!("`{word}` is a mapping from sections to names");
        for (key, value) in self.map(node, &expected).unwrap_or_default() {
            let word = self.key(key);
            let Some(section) = SectionKey::find(&word, sections()) else {
                self.unknown(key, &word, sections().map(SectionKey::word));
                continue;
            };
            for name in self.names(value) {
                match Spelled::parse(section.class(), &name.text) {
                    Ok(_) => found.push(Mention { section, name }),
                    Err(expected) => self.error(
                        &span_of(&name.place),
                        format!("`{}` is not a name that can stand here", name.text),
                        Some(expected),
                    ),
                }
            }
        }
        found
    }

    pub(super) fn unlisted(&mut self, node: &Node, sections: &[SectionKey]) -> Vec<Unlisted> {
        let mut found = Vec::new();
        for (key, value) in self.map(node, "`unlisted` is a mapping from sections to severities").unwrap_or_default() {
            let word = self.key(key);
            // Tables have constraints, and domains have.
            let mut named: Vec<SectionKey> = sections.iter().copied().filter(|one| one.word() == word).collect();
            named.dedup();
            if named.is_empty() {
                self.unknown(key, &word, sections.iter().map(|section| section.word()));
                continue;
            }
            let (severity, place) = (self.severity_or_ignore(value), self.place(&key.span));
            found.extend(named.into_iter().map(|section| Unlisted { section, severity, place: place.clone() }));
        }
        found
    }

    fn severity_or_ignore(&mut self, node: &Node) -> Option<Severity> {
        let is_ignored = matches!(&node.value, Yaml::Text(text) if text == "ignore");
        if is_ignored { None } else { self.severity(node) }
    }

    fn rules(&mut self, node: &Node) -> Vec<Asked> {
        let mut found = Vec::new();
        for (key, value) in self.map(node, "`rules` is a mapping from rules to severities").unwrap_or_default() {
            let word = self.key(key);
            match rules::find(&word) {
                Some(rule) => {
                    let severity = self.severity_or_ignore(value);
                    found.push(Asked { rule, severity, place: self.place(&key.span) });
                }
                None => self.unknown(key, &word, RULES.iter().map(|rule| rule.name)),
            }
        }
        found
    }
}
