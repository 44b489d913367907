//! What stands in no relation: schemas, extensions, text search, what is foreign, publications.

use super::types::function;
use super::{Printer, Step, Turn, is, list, literal, qualified, some, stated};
use crate::catalog::kind::{
    AccessMethodType, Collation, CollationProvider, DictionaryName, Publication, PublishedGenerated, RelationName,
    RoutineName, TokenMapping, TriggerEnabled,
};
use crate::catalog::{Attr, Class, Facts, ObjectId};
use crate::library;
use crate::sql::Ident;

impl Printer<'_> {
    pub(super) fn top(&mut self, id: &ObjectId, facts: &Facts) {
        let name = id.name();
        match facts {
            // Every database has it.
            Facts::Schema(_) if *name == "public" => {
                self.steps.push(super::Step {
                    turn: Turn::Schema,
                    id: id.clone(),
                    makes: true,
                    sql: "-- the schema public".into(),
                    needs: Vec::new(),
                });
            }
            Facts::Schema(_) => self.make(Turn::Schema, id, format!("CREATE SCHEMA {name}")),
            Facts::Extension(extension) => {
                let schema = extension.schema.get().map_or_else(String::new, |schema| format!(" SCHEMA {schema}"));
                let version =
                    extension.version.get().map_or_else(String::new, |text| format!(" VERSION {}", literal(text)));
                let sql = format!("CREATE EXTENSION {name}{schema}{version};");
                let requires =
                    library::extension(name.as_str(), self.catalog.version).map(|known| known.requires.iter());
                let requires =
                    requires.into_iter().flatten().map(|one| ObjectId::top(Class::Extension, &Ident::from(*one)));
                let schema = extension.schema.get().map(|schema| ObjectId::top(Class::Schema, schema));
                let needs = requires.chain(schema).collect();
                self.steps.push(super::Step { turn: Turn::Extension, id: id.clone(), makes: true, sql, needs });
            }
            Facts::Language(language) => {
                let trusted = if is(&language.trusted) { "TRUSTED " } else { "" };
                let mut sql = format!("CREATE {trusted}LANGUAGE {name}");
                for (word, by) in
                    [("HANDLER", &language.handler), ("INLINE", &language.inline), ("VALIDATOR", &language.validator)]
                {
                    sql += &some(by).map_or_else(String::new, |name| format!(" {word} {}", function(name)));
                }
                self.make(Turn::Collation, id, sql);
            }
            Facts::AccessMethod(method) => {
                let of = method.method_type.get().map_or("index", |of: &AccessMethodType| of.word()).to_uppercase();
                let handler = method.handler.get().map(function).unwrap_or_default();
                self.make(Turn::Collation, id, format!("CREATE ACCESS METHOD {name} TYPE {of} HANDLER {handler}"));
            }
            _ => {}
        }
    }

    pub(super) fn other(&mut self, id: &ObjectId, facts: &Facts) {
        match facts {
            Facts::Collation(collation) => self.make(Turn::Collation, id, collation_sql(id, collation)),
            Facts::Conversion(conversion) => {
                let default = if is(&conversion.default) { "DEFAULT " } else { "" };
                let (from, to) = (literal(&stated(&conversion.source)), literal(&stated(&conversion.target)));
                let by = conversion.function.get().map(function).unwrap_or_default();
                self.make(Turn::Operator, id, format!("CREATE {default}CONVERSION {id} FOR {from} TO {to} FROM {by}"));
            }
            Facts::TextSearchParser(_) | Facts::TextSearchTemplate(_) => self.text_search_code(id, facts),
            Facts::TextSearchDictionary(dictionary) => {
                let options = some(&dictionary.options).map_or_else(String::new, |options| format!(", {options}"));
                let template = dictionary.template.get().map(|name| qualified(&name.0)).unwrap_or_default();
                self.make(
                    Turn::Operator,
                    id,
                    format!("CREATE TEXT SEARCH DICTIONARY {id} (TEMPLATE = {template}{options})"),
                );
            }
            Facts::TextSearchConfiguration(configuration) => {
                let parser = configuration.parser.get().map(|name| qualified(&name.0)).unwrap_or_default();
                self.make(Turn::Operator, id, format!("CREATE TEXT SEARCH CONFIGURATION {id} (PARSER = {parser})"));
                for TokenMapping { token, dictionaries } in stated(&configuration.mappings) {
                    let names = list(dictionaries.iter().map(|name| qualified(&name.0)));
                    let sql = format!(
                        "ALTER TEXT SEARCH CONFIGURATION {id} ADD MAPPING FOR {} WITH {names}",
                        Ident::new(token)
                    );
                    let needs = dictionaries.iter().filter_map(DictionaryName::id).collect();
                    self.change(Turn::Operator, id, needs, sql);
                }
            }
            Facts::ForeignDataWrapper(wrapper) => {
                let mut sql = format!("CREATE FOREIGN DATA WRAPPER {}", id.name());
                let by = [("HANDLER", &wrapper.handler), ("VALIDATOR", &wrapper.validator)];
                let by = by.map(|(word, name)| {
                    some(name).map_or_else(String::new, |name: &RoutineName| format!(" {word} {}", function(name)))
                });
                sql += &by.concat();
                self.make(Turn::Operator, id, sql + &foreign_options(&stated(&wrapper.options)));
            }
            Facts::ForeignServer(server) => {
                let mut sql = format!("CREATE SERVER {}", id.name());
                sql += &some(&server.server_type).map_or_else(String::new, |text| format!(" TYPE {}", literal(text)));
                sql += &some(&server.version).map_or_else(String::new, |text| format!(" VERSION {}", literal(text)));
                let wrapper = server.wrapper.get().cloned().unwrap_or_default();
                sql += &format!(" FOREIGN DATA WRAPPER {wrapper}{}", foreign_options(&stated(&server.options)));
                let needs = vec![ObjectId::top(Class::ForeignDataWrapper, &wrapper)];
                self.steps.push(super::Step { turn: Turn::Table, id: id.clone(), makes: true, sql: sql + ";", needs });
            }
            Facts::UserMapping(mapping) => {
                let role = id.name();
                let role = if *role == "public" { "PUBLIC".to_owned() } else { role.to_string() };
                self.make(Turn::View, id, format!("CREATE USER MAPPING FOR {role} SERVER {}", id.path()[0]));
                if !stated(&mapping.options).is_empty() {
                    self.leave_out(id, "user mapping", "its options may be secrets");
                }
            }
            Facts::ForeignTable(table) => self.foreign_table(id, table),
            Facts::EventTrigger(trigger) => {
                let tags = stated(&trigger.tags);
                let tags = list(tags.iter().map(|tag| literal(tag)));
                let when = if tags.is_empty() { String::new() } else { format!(" WHEN TAG IN ({tags})") };
                let (event, by) = (stated(&trigger.event), trigger.function.get().map(function).unwrap_or_default());
                self.make(
                    Turn::EventTrigger,
                    id,
                    format!("CREATE EVENT TRIGGER {} ON {event}{when} EXECUTE FUNCTION {by}()", id.name()),
                );
                let words = match trigger.enabled.get() {
                    None | Some(TriggerEnabled::Origin) => return,
                    Some(TriggerEnabled::Disabled) => "DISABLE",
                    Some(TriggerEnabled::Replica) => "ENABLE REPLICA",
                    Some(TriggerEnabled::Always) => "ENABLE ALWAYS",
                };
                self.change(Turn::EventTrigger, id, Vec::new(), format!("ALTER EVENT TRIGGER {} {words}", id.name()));
            }
            Facts::Publication(publication) => {
                // No dependency of a server's, for what is published can go and leave the publication there.
                let published = publication.tables.get().into_iter().flatten();
                let needs = published.filter_map(|table| RelationName(table.relation.clone()).id()).collect();
                let sql = format!("{};", publication_sql(id, publication));
                self.steps.push(Step { turn: Turn::Publication, id: id.clone(), makes: true, sql, needs });
            }
            Facts::Subscription(_) => self.leave_out(id, "subscription", "how it connects is not in the model"),
            Facts::Role(_) => {}
            Facts::DefaultPrivileges(_) => {}
            _ => self.leave_out(id, facts.kind().noun(), "it is not printed"),
        }
    }

    fn text_search_code(&mut self, id: &ObjectId, facts: &Facts) {
        let one = |word: &str, name: &RoutineName| format!("{word} = {}", function(name));
        let (noun, words) = match facts {
            Facts::TextSearchParser(parser) => {
                let all = [
                    ("START", &parser.start),
                    ("GETTOKEN", &parser.get_token),
                    ("END", &parser.end),
                    ("LEXTYPES", &parser.lex_types),
                ];
                let mut words: Vec<String> =
                    all.iter().filter_map(|(word, attr)| Some(one(word, attr.get()?))).collect();
                words.extend(some(&parser.headline).map(|name| one("HEADLINE", name)));
                ("PARSER", words)
            }
            Facts::TextSearchTemplate(template) => {
                let mut words: Vec<String> = some(&template.init).map(|name| one("INIT", name)).into_iter().collect();
                words.extend(template.lexize.get().map(|name| one("LEXIZE", name)));
                ("TEMPLATE", words)
            }
            _ => return,
        };
        self.make(Turn::Type, id, format!("CREATE TEXT SEARCH {noun} {id} ({})", words.join(", ")));
    }
}

/// ` OPTIONS (name 'value', …)`
pub(super) fn foreign_options(all: &[String]) -> String {
    let one = |option: &String| {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        format!("{} {}", Ident::new(name), literal(value))
    };
    if all.is_empty() { String::new() } else { format!(" OPTIONS ({})", list(all.iter().map(one))) }
}

fn collation_sql(id: &ObjectId, collation: &Collation) -> String {
    let provider = collation.provider.get().copied().unwrap_or(CollationProvider::Libc);
    let mut words = vec![format!("provider = {}", provider.word())];
    let text = |word: &str, attr: &Attr<Option<String>>| some(attr).map(|text| format!("{word} = {}", literal(text)));
    words.extend(text("locale", &collation.locale));
    words.extend(text("lc_collate", &collation.lc_collate));
    words.extend(text("lc_ctype", &collation.lc_ctype));
    words.extend((collation.deterministic.get() == Some(&false)).then(|| "deterministic = false".to_owned()));
    words.extend(text("rules", &collation.rules));
    format!("CREATE COLLATION {id} ({})", words.join(", "))
}

fn publication_sql(id: &ObjectId, publication: &Publication) -> String {
    let mut sql = format!("CREATE PUBLICATION {}", id.name());
    if is(&publication.all_tables) {
        sql += " FOR ALL TABLES";
    }
    let tables = stated(&publication.tables);
    let mut objects: Vec<String> = tables
        .iter()
        .map(|table| {
            let columns = table.columns.as_ref().map_or_else(String::new, |columns| format!(" ({})", list(columns)));
            let condition = table.condition.as_ref().map_or_else(String::new, |one| format!(" WHERE ({})", one.text()));
            format!("TABLE ONLY {}{columns}{condition}", table.relation)
        })
        .collect();
    objects.extend(stated(&publication.schemas).iter().map(|schema| format!("TABLES IN SCHEMA {schema}")));
    if !objects.is_empty() {
        sql += &format!(" FOR {}", objects.join(", "));
    }
    let mut with = vec![format!("publish = {}", literal(&stated(&publication.operations).join(", ")))];
    with.extend(is(&publication.via_partition_root).then(|| "publish_via_partition_root = true".to_owned()));
    let generated = publication.generated_columns.get();
    with.extend(
        (generated == Some(&PublishedGenerated::Stored)).then(|| "publish_generated_columns = stored".to_owned()),
    );
    sql + &format!(" WITH ({})", with.join(", "))
}
