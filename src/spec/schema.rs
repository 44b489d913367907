//! The spec language as a JSON Schema, by which editors complete keys and values and underline what is wrong.
//! Draft 7, for that is what the YAML language server knows best.

use serde_json::{Map, Value as Json, json};

use super::SectionKey;
use super::document::{ColumnOrder, Values};
use super::lower::{attribute, keys_of, pair_sign};
use super::section::Scope;
use crate::catalog::{Kind, Shape};
use crate::findings::Severity;
use crate::rules::RULES;

/// The schema of a spec.
pub fn schema() -> Json {
    let mut properties = properties([
        ("version", json!({ "const": 1, "description": "The version of the spec language." })),
        ("database", database()),
        ("include", about("Files and folders that belong to this spec, by their paths from this file.", &names())),
        ("phase", about("The phase that counts where none is asked for.", &text())),
        (
            "phases",
            json!({ "type": "array", "items": refer("phase"), "description": "Steps of a migration plan, each laid over all before it." }),
        ),
        (
            "waivers",
            json!({ "type": "array", "items": refer("waiver"), "description": "Findings that are put up with, each with a reason." }),
        ),
    ]);
    properties.append(&mut body(SectionKey::top()));
    properties.append(&mut self::properties([
        ("templates", templates()),
        ("assertions", assertions()),
        ("rules", rules()),
    ]));
    let mut schema = self::properties([
        ("$schema", "http://json-schema.org/draft-07/schema#".into()),
        ("title", "A spec of schema-check".into()),
    ]);
    schema.extend(object(properties, &["version"]).as_object().cloned().unwrap_or_default());
    schema.insert("definitions".to_owned(), definitions().into());
    schema.into()
}

fn definitions() -> Map<String, Json> {
    let mut phase = properties([
        ("id", about("What it is asked for by.", &text())),
        ("title", about("What people know it by.", &text())),
        ("note", about("Printed with every finding on what it states.", &text())),
        ("templates", templates()),
        ("assertions", assertions()),
        ("rules", rules()),
    ]);
    phase.append(&mut body(SectionKey::top()));
    let mut template = properties([
        ("schemas", about("Names or patterns of the schemas that it is for.", &names())),
        ("except", about("Names or patterns of schemas that it is not for.", &names())),
        ("count", count()),
        ("note", about("Printed with every finding on what it states.", &text())),
        ("severity", about("How bad it is if what it states does not hold.", &any([refer("severity")]))),
    ]);
    template.append(&mut body(SectionKey::top().filter(|section| section.scope() == Scope::Schema)));
    let can_be_named = || SectionKey::ALL.iter().copied().filter(|section| section.scope() != Scope::Domain);
    let mentions = |about: &str| {
        let mut schema = object(can_be_named().map(|section| (section.word().to_owned(), names())).collect(), &[]);
        schema["description"] = about.into();
        schema
    };
    let selectors = SectionKey::ALL
        .iter()
        .filter(|section| section.scope() != Scope::Domain && **section != SectionKey::PrimaryKey);
    let mut found = properties([
        ("severity", severity()),
        ("phase", object(phase, &["id"])),
        ("template", object(template, &["schemas"])),
        ("absent", mentions("What must not be there, by names or patterns.")),
        ("allowed", mentions("What may be there, and need not, by names or patterns.")),
        ("each", json!({ "anyOf": selectors.map(|section| each(*section)).collect::<Vec<_>>() })),
        ("assertion", assertion()),
        ("waiver", waiver()),
    ]);
    for section in SectionKey::ALL {
        found.insert(definition(*section), self::section(*section));
        found.insert(definition(*section) + ".entry", entry(*section));
        let keys = described(*section).into_iter();
        found.extend(keys.map(|(key, schema)| (format!("{}.{key}", definition(*section)), schema)));
    }
    found
}

fn database() -> Json {
    let keys = properties([
        ("name", about("The database's name matches one of these patterns.", &names())),
        ("host", about("The host matches one of these patterns.", &names())),
        ("not_host", about("The host matches none of these patterns.", &names())),
        ("server_version", about("The major version meets all of these: \">=15\", \"<18\", \"16\".", &names())),
    ]);
    about("Which database the spec may be checked against; any other is refused.", &object(keys, &[]))
}

/// What can stand at the top, in a phase, and in a template; the rest stands in no template.
fn body(sections: impl Iterator<Item = SectionKey>) -> Map<String, Json> {
    let sections: Vec<SectionKey> = sections.collect();
    // Of all objects that these list.
    let parts: Vec<SectionKey> = SectionKey::ALL.iter().copied().filter(|section| !section.is_top()).collect();
    let mut found: Map<String, Json> =
        sections.iter().map(|section| (section.word().to_owned(), refer(&definition(*section)))).collect();
    found.append(&mut properties([
        ("each", about("What holds of all that patterns select.", &list_of("each"))),
        ("absent", refer("absent")),
        ("allowed", refer("allowed")),
        ("unlisted", unlisted(&[sections, parts].concat())),
    ]));
    found
}

fn rules() -> Json {
    let keys = RULES.iter().map(|rule| (rule.name.to_owned(), about(&format!("That {}.", rule.about), &or_ignore())));
    about(
        "Rules that hold of every schema that is made well, and how bad it is if one is broken.",
        &object(keys.collect(), &[]),
    )
}

fn or_ignore() -> Json {
    let words: Vec<&str> = Severity::ALL.into_iter().map(Severity::word).chain(["ignore"]).collect();
    json!({ "enum": words })
}

fn unlisted(sections: &[SectionKey]) -> Json {
    let keys = sections.iter().map(|section| (section.word().to_owned(), or_ignore())).collect();
    about("How bad it is if something is there that a section does not list.", &object(keys, &[]))
}

fn definition(section: SectionKey) -> String {
    match section {
        SectionKey::DomainConstraints => "domain_constraints".to_owned(),
        other => other.word().to_owned(),
    }
}

fn section(section: SectionKey) -> Json {
    let entries = refer(&(definition(section) + ".entry"));
    if section == SectionKey::PrimaryKey {
        return about("The primary key, or null for none.", &json!({ "anyOf": [entries] }));
    }
    let nouns: Vec<&str> = section.kinds().iter().map(|kind| kind.noun()).collect();
    let help = format!("By its name: {}. Once this is written, it lists everything of its kind.", nouns.join(", "));
    let mapping = json!({ "type": ["object", "null"], "additionalProperties": entries });
    about(&help, &if section == SectionKey::Schemas { any([names(), mapping]) } else { mapping })
}

fn entry(section: SectionKey) -> Json {
    let mut forms = vec![about(section.sql_help(), &json!({ "type": "string" }))];
    match section {
        SectionKey::PrimaryKey => {
            let name = about("Its name, if that matters.", &text());
            let mut keys = attributes(section);
            keys.insert("name".to_owned(), name);
            forms = vec![value(Kind::PrimaryKey, "columns"), object(keys, &[])];
            forms.push(json!({ "type": "null" }));
            return any(forms);
        }
        SectionKey::DefaultPrivileges => forms.clear(),
        SectionKey::Types => forms.push(value(Kind::Enum, "values")),
        _ => {}
    }
    let mut mapping = object(attributes(section), &[]);
    if section == SectionKey::Constraints {
        let keys = ["check", "unique", "foreign_key", "exclude", "primary_key", "sql"];
        mapping["anyOf"] = keys.map(|key| json!({ "required": [key] })).to_vec().into();
    } else {
        forms.push(about("It is there, and nothing else is said of it.", &json!({ "type": "null" })));
    }
    forms.push(mapping);
    any(forms)
}

/// An entry of `each` that is about a section.
fn each(section: SectionKey) -> Json {
    let mut keys = attributes(section);
    // One name is not that of many.
    keys.shift_remove("renamed_from");
    keys.append(&mut properties([
        (section.word(), about("Names or patterns of what this is about.", &names())),
        ("except", about("Names or patterns of what it is not about.", &names())),
        ("count", count()),
    ]));
    object(keys, &[section.word()])
}

/// The keys of a mapping that is an entry of a section. What each can be is said once.
fn attributes(section: SectionKey) -> Map<String, Json> {
    let keys = described(section).into_iter();
    keys.map(|(key, _)| (key.clone(), refer(&format!("{}.{key}", definition(section))))).collect()
}

/// The keys of a mapping that is an entry of a section, with what each can be.
fn described(section: SectionKey) -> Map<String, Json> {
    let kinds = section.kinds();
    // Among the constraints of a table, a primary key can stand too.
    let kinds: Vec<Kind> = match section {
        SectionKey::Constraints => kinds.iter().copied().chain([Kind::PrimaryKey]).collect(),
        _ => kinds.to_vec(),
    };
    let mut found = Map::new();
    let mut sections: Vec<SectionKey> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for kind in kinds {
        for key in keys_of(kind) {
            let Some(attribute) = attribute(kind, key) else { continue };
            if !names.iter().any(|name| name == attribute) {
                names.push(attribute.to_owned());
            }
            let written = match (kind, key) {
                // Beside `enum`, it says how they are compared.
                (Kind::Enum, "values") => {
                    let words = json!({ "enum": Values::WORDS.map(|(word, _)| word) });
                    any([json!({ "type": "array", "items": text() }), words])
                }
                _ => value(kind, attribute),
            };
            match found.get_mut(key) {
                // Of several kinds, with values that are not written alike.
                Some(known) if shape_of(known) != shape_of(&written) => *known = any([known.clone(), written]),
                Some(_) => {}
                None => {
                    found.insert(key.to_owned(), written);
                }
            }
        }
        sections.extend(SectionKey::within(kind));
    }
    for section in &sections {
        found.insert(section.word().to_owned(), refer(&definition(*section)));
    }
    let of_attributes = names.into_iter().map(|name| (name, refer("severity"))).collect();
    found.append(&mut properties([
        ("sql", about(section.sql_help(), &text())),
        (
            "severity",
            about(
                "How bad it is if this does not hold: for all of it, or by attributes.",
                &any([refer("severity"), object(of_attributes, &[])]),
            ),
        ),
        ("note", about("Printed with every finding on it.", &text())),
        ("renamed_from", about("What it was called before.", &text())),
    ]));
    if !sections.is_empty() {
        found.insert("unlisted".to_owned(), unlisted(&sections));
    }
    found
}

/// What can be written for an attribute.
fn value(kind: Kind, name: &str) -> Json {
    let Some(definition) = kind.definitions().iter().find(|definition| definition.name == name) else {
        return json!(true);
    };
    let mut forms = vec![shape(definition.shape)];
    if pair_sign(name).is_some() {
        forms.push(json!({ "type": "object", "additionalProperties": names() }));
    }
    if name == "column_order" {
        forms.push(json!({ "enum": ColumnOrder::WORDS }));
    }
    about(definition.help.trim(), &if forms.len() == 1 { forms.remove(0) } else { any(forms) })
}

fn shape(of: Shape) -> Json {
    match of {
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Int => json!({ "type": "integer" }),
        Shape::Text => json!({ "type": ["string", "number"] }),
        Shape::Expr => text(),
        Shape::Word(words) => json!({ "enum": words }),
        Shape::Optional(inner) => any([shape(*inner), json!({ "type": "null" })]),
        Shape::List(inner) => any([json!({ "type": "array", "items": shape(*inner) }), shape(*inner)]),
        Shape::Map(keys) => {
            let required: Vec<&str> = keys.iter().map(|(key, _)| *key).collect();
            object(keys.iter().map(|(key, inner)| ((*key).to_owned(), shape(*inner))).collect(), &required)
        }
        Shape::Any(shapes) => any(shapes.iter().map(|one| shape(*one))),
    }
}

/// Without what it is about.
fn shape_of(schema: &Json) -> Json {
    let mut schema = schema.clone();
    schema.as_object_mut().map(|keys| keys.shift_remove("description"));
    schema
}

fn assertion() -> Json {
    let cell = || json!({ "type": ["string", "number", "boolean", "null"] });
    let row = any([json!({ "type": "array", "items": cell() }), cell()]);
    let rows = object(properties([("rows", json!({ "type": "array", "items": row }))]), &["rows"]);
    let keys = properties([
        ("name", about("What reports and waivers know it by.", &text())),
        ("sql", about("One query that only reads.", &text())),
        (
            "expect",
            about(
                "`no_rows`, one value, or `{ rows: [[…], …] }`.",
                &any([json!({ "const": "no_rows" }), cell(), rows]),
            ),
        ),
        ("severity", about("How bad it is if it does not hold.", &any([refer("severity")]))),
        ("note", about("Printed with it if it does not hold.", &text())),
        (
            "timeout",
            json!({ "type": "number", "exclusiveMinimum": 0, "description": "How many seconds it may take, if not `--statement-timeout`." }),
        ),
    ]);
    object(keys, &["name", "sql"])
}

fn waiver() -> Json {
    let keys = properties([
        ("finding", about("The code of the findings; * and ? as in names.", &text())),
        ("object", about("The name of the object, as a report has it.", &text())),
        ("reason", about("Why it is put up with.", &text())),
        ("owner", about("Who answers for it.", &text())),
        (
            "expires",
            about("The last day on which it counts: 2027-01-31.", &json!({ "type": "string", "format": "date" })),
        ),
    ]);
    object(keys, &["finding", "object", "reason"])
}

fn templates() -> Json {
    about("What holds of every schema that a pattern selects.", &list_of("template"))
}

fn assertions() -> Json {
    about("Queries that only read, and what a server must answer.", &list_of("assertion"))
}

fn severity() -> Json {
    json!({ "enum": Severity::ALL.map(Severity::word) })
}

fn count() -> Json {
    json!({ "type": "integer", "minimum": 0, "description": "How many are selected." })
}

/// A text as the reader takes it: whatever stands there, letter by letter.
fn text() -> Json {
    json!({ "type": ["string", "number", "boolean"] })
}

fn names() -> Json {
    json!({ "type": ["string", "number", "boolean", "array"], "items": text() })
}

fn list_of(definition: &str) -> Json {
    json!({ "type": "array", "items": refer(definition) })
}

fn any(forms: impl IntoIterator<Item = Json>) -> Json {
    json!({ "anyOf": forms.into_iter().collect::<Vec<_>>() })
}

fn refer(definition: &str) -> Json {
    json!({ "$ref": format!("#/definitions/{definition}") })
}

fn about(what: &str, schema: &Json) -> Json {
    let mut described = Map::new();
    described.insert("description".to_owned(), what.into());
    for (key, value) in schema.as_object().into_iter().flatten().filter(|(key, _)| *key != "description") {
        described.insert(key.clone(), value.clone());
    }
    described.into()
}

/// A mapping that has no other keys.
fn object(properties: Map<String, Json>, required: &[&str]) -> Json {
    let mut found = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if !required.is_empty() {
        found["required"] = required.into();
    }
    found
}

fn properties<const N: usize>(keys: [(&str, Json); N]) -> Map<String, Json> {
    keys.map(|(key, schema)| (key.to_owned(), schema)).into_iter().collect()
}
