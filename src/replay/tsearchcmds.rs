//! Text search parsers, templates and configurations (`tsearchcmds.c`).

mod dictionary;

use std::collections::BTreeMap;

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTsConfigurationStmt, DefElem, DefineStmt, Node, ObjectType};

use super::comment::strings_of;
use super::functioncmds::{schema_and_name, stated};
use super::refusal::{
    INVALID_OBJECT_DEFINITION, INVALID_PARAMETER_VALUE, Outcome, SYNTAX_ERROR, Stop, UNDEFINED_OBJECT, UNIQUE_VIOLATION,
};
use super::{Replay, Statement};
use crate::catalog::kind::{
    DictionaryName, ParserName, RoutineName, TextSearchConfiguration, TextSearchParser, TextSearchTemplate,
    TokenMapping,
};
use crate::catalog::{Attr, Kind, ObjectId, Origin};
use crate::library::Library;
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, TypeName};

/// What a statement calls a text search object.
pub(super) fn text_search_kind(sort: ObjectType) -> Option<Kind> {
    Some(match sort {
        ObjectType::ObjectTsparser => Kind::TextSearchParser,
        ObjectType::ObjectTstemplate => Kind::TextSearchTemplate,
        ObjectType::ObjectTsdictionary => Kind::TextSearchDictionary,
        ObjectType::ObjectTsconfiguration => Kind::TextSearchConfiguration,
        _ => return None,
    })
}

/// A word of a definition, what the function behind it has to take, and what it has to give.
type Method = (&'static str, &'static [&'static str], &'static str);

/// `get_ts_parser_func()`
const OF_PARSER: [Method; 5] = [
    ("start", &["internal", "int4"], "internal"),
    ("gettoken", &["internal", "internal", "internal"], "internal"),
    ("end", &["internal"], "void"),
    ("lextypes", &["internal"], "internal"),
    ("headline", &["internal", "internal", "tsquery"], "internal"),
];

/// `get_ts_template_func()`
const OF_TEMPLATE: [Method; 2] =
    [("init", &["internal"], "internal"), ("lexize", &["internal", "internal", "internal", "internal"], "internal")];

/// The functions behind the words of a definition; unstated where that cannot be told.
struct Methods(BTreeMap<&'static str, Attr<RoutineName>>);

impl Methods {
    fn required(&self, noun: &str, word: &str) -> Outcome<Attr<RoutineName>> {
        let found = self.0.get(word).cloned();
        found.ok_or_else(|| is_required(&format!("{noun} {word} method")))
    }

    fn optional(&self, word: &str, origin: &Origin) -> Attr<Option<RoutineName>> {
        match self.0.get(word) {
            Some(Attr::Is(name, _)) => stated(Some(name.clone()), origin),
            Some(Attr::Unstated) => Attr::Unstated,
            None => stated(None, origin),
        }
    }
}

impl Replay {
    /// CREATE TEXT SEARCH …
    pub(super) fn define_text_search(&mut self, statement: &Statement<'_>, command: &DefineStmt) -> Outcome {
        let Some(kind) = text_search_kind(command.kind()) else { return Ok(()) };
        let (schema, name) = schema_and_name(&command.defnames);
        let id = ObjectId::in_schema(kind.class(), &self.creation_schema(&schema)?, &Ident::new(&name));
        match kind {
            Kind::TextSearchParser => self.create_parser(statement, command, id),
            Kind::TextSearchTemplate => self.create_template(statement, command, id),
            Kind::TextSearchDictionary => self.create_dictionary(statement, command, id),
            _ => self.create_configuration(statement, command, id),
        }
    }

    /// `DefineTSParser()`
    fn create_parser(&mut self, statement: &Statement<'_>, command: &DefineStmt, id: ObjectId) -> Outcome {
        let origin = statement.origin();
        let methods = self.methods("parser", &OF_PARSER, command, &origin)?;
        let parser = TextSearchParser {
            start: methods.required("parser", "start")?,
            get_token: methods.required("parser", "gettoken")?,
            end: methods.required("parser", "end")?,
            lex_types: methods.required("parser", "lextypes")?,
            headline: methods.optional("headline", &origin),
            comment: stated(None, &origin),
        };
        self.is_not_taken(&id)?;
        self.database.insert(id, parser, origin);
        Ok(())
    }

    /// `DefineTSTemplate()`
    fn create_template(&mut self, statement: &Statement<'_>, command: &DefineStmt, id: ObjectId) -> Outcome {
        let origin = statement.origin();
        let methods = self.methods("template", &OF_TEMPLATE, command, &origin)?;
        let template = TextSearchTemplate {
            init: methods.optional("init", &origin),
            lexize: methods.required("template", "lexize")?,
            comment: stated(None, &origin),
        };
        self.is_not_taken(&id)?;
        self.database.insert(id, template, origin);
        Ok(())
    }

    fn methods(&self, noun: &str, known: &[Method], command: &DefineStmt, origin: &Origin) -> Outcome<Methods> {
        let mut found = BTreeMap::new();
        for option in options(&command.definition) {
            let (word, takes, gives) = known
                .iter()
                .find(|(word, ..)| *word == option.defname)
                .ok_or_else(|| not_recognized(noun, &option.defname))?;
            let types: Vec<TypeName> = takes.iter().map(|of| TypeName::builtin(of)).collect();
            let function = self.function(&name_in(option), &types)?;
            if let Some((name, signature)) = &function
                && !signature.result.is_builtin(gives)
            {
                let message = format!("function {name} should return type {gives}");
                return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
            }
            found.insert(*word, function.map_or(Attr::Unstated, |(name, _)| stated(name, origin)));
        }
        Ok(Methods(found))
    }

    /// `DefineTSConfiguration()`
    fn create_configuration(&mut self, statement: &Statement<'_>, command: &DefineStmt, id: ObjectId) -> Outcome {
        let origin = statement.origin();
        let (mut parser, mut source) = (None, None);
        for option in options(&command.definition) {
            let name = name_in(option);
            match option.defname.as_str() {
                "parser" => parser = Some(self.text_search_name(Kind::TextSearchParser, &name)?),
                "copy" => source = Some(self.text_search_name(Kind::TextSearchConfiguration, &name)?),
                other => return Err(not_recognized("configuration", other)),
            }
        }
        let (parser, mappings) = match (parser, source) {
            (Some(_), Some(_)) => {
                return Err(Stop::refused(SYNTAX_ERROR, "cannot specify both PARSER and COPY options"));
            }
            (None, Some(source)) => self.copied_configuration(&source, &origin),
            (Some(parser), None) => {
                let parser = ParserName(parser);
                let mappings = match self.token_types(&parser) {
                    Some(_) => stated(Vec::new(), &origin),
                    None => Attr::Unstated,
                };
                (stated(parser, &origin), mappings)
            }
            (None, None) => return Err(is_required("parser")),
        };
        self.is_not_taken(&id)?;
        let configuration =
            TextSearchConfiguration { parser, mappings, owner: Attr::Unstated, comment: stated(None, &origin) };
        self.database.insert(id, configuration, origin);
        Ok(())
    }

    /// What another configuration has; nothing is known of one of an extension.
    fn copied_configuration(
        &self,
        source: &QualifiedName,
        origin: &Origin,
    ) -> (Attr<ParserName>, Attr<Vec<TokenMapping>>) {
        let Some(schema) = &source.schema else {
            let library = Library::of(self.catalog().version);
            let (parser, mappings) = library.text_search_configuration(source.name.as_str()).unwrap_or_default();
            let builtin = |name: &&str| DictionaryName(QualifiedName::bare(*name));
            let mut mappings: Vec<TokenMapping> = mappings
                .iter()
                .map(|(token, names)| TokenMapping {
                    token: (*token).to_owned(),
                    dictionaries: names.iter().map(builtin).collect(),
                })
                .collect();
            mappings.sort();
            return (stated(ParserName(QualifiedName::bare(parser)), origin), stated(mappings, origin));
        };
        let id = ObjectId::in_schema(Kind::TextSearchConfiguration.class(), schema, &source.name);
        let found = self.database.get::<TextSearchConfiguration>(&id);
        let parser =
            found.and_then(|source| source.parser.get()).map_or(Attr::Unstated, |one| stated(one.clone(), origin));
        let mappings =
            found.and_then(|source| source.mappings.get()).map_or(Attr::Unstated, |all| stated(all.clone(), origin));
        (parser, mappings)
    }

    /// `AlterTSConfiguration()`
    pub(super) fn alter_configuration(
        &mut self,
        statement: &Statement<'_>,
        command: &AlterTsConfigurationStmt,
    ) -> Outcome {
        let kind = Kind::TextSearchConfiguration;
        let name: Vec<String> = command.cfgname.iter().filter_map(string_of).collect();
        let found = self.text_search_object(kind, &name);
        // A schema that is missing is no reason of its own (`get_ts_config_oid()`).
        let found = found.map_err(|stop| if stop.is_refused() { does_not_exist(kind, &name) } else { stop })?;
        let configuration = found.and_then(|id| Some((self.database.get::<TextSearchConfiguration>(&id)?.clone(), id)));
        let Some((configuration, id)) = configuration else {
            return Err(Stop::not_modelled("what becomes of a configuration that is not in the model is not compared"));
        };
        let tokens = self.tokens(&configuration, &command.tokentype)?;
        let mut dictionaries = Vec::new();
        for node in &command.dicts {
            dictionaries.push(DictionaryName(self.text_search_name(Kind::TextSearchDictionary, &strings_of(node))?));
        }
        let Some(mut mappings) = configuration.mappings.get().cloned() else {
            let what = "the sorts of tokens of a parser of one's own are not known, so its mappings are not compared";
            return Err(Stop::not_modelled(what));
        };
        if dictionaries.is_empty() {
            drop_mappings(&mut mappings, &tokens, command.missing_ok)?;
        } else if command.replace {
            replace_dictionary(&mut mappings, &tokens, &dictionaries);
        } else {
            if command.r#override {
                mappings.retain(|one| !tokens.contains(&one.token));
            }
            make_mappings(&mut mappings, tokens, &dictionaries)?;
        }
        mappings.sort();
        let origin = statement.origin();
        self.database.edit::<TextSearchConfiguration>(&id, |one| one.mappings = stated(mappings, &origin));
        Ok(())
    }

    /// `getTokenTypes()`: each of them once.
    fn tokens(&self, of: &TextSearchConfiguration, nodes: &[Node]) -> Outcome<Vec<String>> {
        let known = of.parser.get().and_then(|parser| self.token_types(parser));
        let mut tokens: Vec<String> = Vec::new();
        for token in nodes.iter().filter_map(string_of) {
            if known.as_ref().is_some_and(|known| !known.contains(&token.as_str())) {
                let message = format!("token type \"{token}\" does not exist");
                return Err(Stop::refused(INVALID_PARAMETER_VALUE, message));
            }
            if !tokens.contains(&token) {
                tokens.push(token);
            }
        }
        Ok(tokens)
    }

    /// The sorts of tokens that a parser tells apart, if it does so by the function of the built-in one: no other is
    /// run on a server.
    fn token_types(&self, parser: &ParserName) -> Option<Vec<&'static str>> {
        let library = Library::of(self.catalog().version);
        let Some(id) = parser.id() else { return library.token_types(parser.0.name.as_str()) };
        let lex_types = &self.database.get::<TextSearchParser>(&id)?.lex_types.get()?.name;
        (*lex_types == QualifiedName::bare("prsd_lextype")).then(|| library.token_types("default"))?
    }

    /// `get_ts_parser_oid()` and its like: none for what cannot be told. Nothing of the kind is temporary.
    fn look_up_text_search(&self, kind: Kind, name: &[String]) -> Outcome<Option<QualifiedName>> {
        let written = QualifiedName::from_parts(name);
        let last = &written.name;
        let schemas = match name {
            [.., schema, _] => vec![self.schema(&Ident::new(schema))?],
            _ => self.session.search_path.clone(),
        };
        if written.schema.is_none() && Library::of(self.catalog().version).has_text_search(kind.class(), last.as_str())
        {
            return Ok(Some(written));
        }
        let mut ids = schemas.iter().map(|schema| ObjectId::in_schema(kind.class(), schema, last));
        if let Some(id) = ids.find(|id| self.catalog().exists(id)) {
            return Ok(Some(id.qualified_name()));
        }
        if self.knows_routines(last.as_str()) { Err(does_not_exist(kind, name)) } else { Ok(None) }
    }

    /// The same; one that cannot be told stands where members of extensions would.
    pub(super) fn text_search_name(&self, kind: Kind, name: &[String]) -> Outcome<QualifiedName> {
        let found = self.look_up_text_search(kind, name)?;
        Ok(found.unwrap_or_else(|| {
            let mut name = QualifiedName::from_parts(name);
            let usual = || self.schema_of_unknown_member().or_else(|| self.session.search_path.first().cloned());
            name.schema = name.schema.take().or_else(usual);
            name
        }))
    }

    /// The object of that name; none for what cannot be told, or belongs to the system.
    pub(super) fn text_search_object(&self, kind: Kind, name: &[String]) -> Outcome<Option<ObjectId>> {
        let found = self.look_up_text_search(kind, name)?;
        Ok(found.and_then(|name| Some(ObjectId::in_schema(kind.class(), name.schema.as_ref()?, &name.name))))
    }

    /// Nothing but the index of the catalog sees that a name is taken.
    fn is_not_taken(&self, id: &ObjectId) -> Outcome {
        if !self.catalog().exists(id) {
            return Ok(());
        }
        let noun = id.class().word().replace('_', " ");
        let message = format!("{noun} \"{}\" already exists", id.name().as_str());
        Err(Stop::refused(UNIQUE_VIOLATION, message))
    }
}

/// `DropConfigurationMapping()`
fn drop_mappings(mappings: &mut Vec<TokenMapping>, tokens: &[String], missing_ok: bool) -> Outcome {
    for token in tokens {
        let before = mappings.len();
        mappings.retain(|one| one.token != *token);
        if mappings.len() == before && !missing_ok {
            let message = format!("mapping for token type \"{token}\" does not exist");
            return Err(Stop::refused(UNDEFINED_OBJECT, message));
        }
    }
    Ok(())
}

/// `MakeConfigurationMapping()` of REPLACE: in the mappings of these tokens, or in all.
fn replace_dictionary(mappings: &mut [TokenMapping], tokens: &[String], dictionaries: &[DictionaryName]) {
    let [old, new] = dictionaries else { return };
    let meant = mappings.iter_mut().filter(|one| tokens.is_empty() || tokens.contains(&one.token));
    for dictionary in meant.flat_map(|one| &mut one.dictionaries).filter(|one| *one == old) {
        dictionary.clone_from(new);
    }
}

/// `MakeConfigurationMapping()` of ADD and ALTER
fn make_mappings(mappings: &mut Vec<TokenMapping>, tokens: Vec<String>, dictionaries: &[DictionaryName]) -> Outcome {
    for token in tokens {
        if mappings.iter().any(|one| one.token == token) {
            let message = format!("there is a mapping for token type \"{token}\" already");
            return Err(Stop::refused(UNIQUE_VIOLATION, message));
        }
        mappings.push(TokenMapping { token, dictionaries: dictionaries.to_vec() });
    }
    Ok(())
}

fn options(definition: &[Node]) -> impl Iterator<Item = &DefElem> {
    definition.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::DefElem(option)) => Some(option.as_ref()),
        _ => None,
    })
}

/// `defGetQualifiedName()`
fn name_in(option: &DefElem) -> Vec<String> {
    option.arg.as_deref().map(strings_of).unwrap_or_default()
}

fn does_not_exist(kind: Kind, name: &[String]) -> Stop {
    Stop::refused(UNDEFINED_OBJECT, format!("{} \"{}\" does not exist", kind.noun(), name.join(".")))
}

fn not_recognized(noun: &str, word: &str) -> Stop {
    Stop::refused(SYNTAX_ERROR, format!("text search {noun} parameter \"{word}\" not recognized"))
}

fn is_required(what: &str) -> Stop {
    Stop::refused(INVALID_OBJECT_DEFINITION, format!("text search {what} is required"))
}
