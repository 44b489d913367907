//! Text search dictionaries, and what the templates make of their options.

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTsDictionaryStmt, DefElem, DefineStmt, Node};

use super::super::refusal::{INVALID_PARAMETER_VALUE, Outcome, SYNTAX_ERROR, Stop, UNDEFINED_OBJECT};
use super::super::{Replay, Statement, publicationcmds};
use super::{is_required, name_in, options};
use crate::catalog::kind::{TemplateName, TextSearchDictionary, TextSearchTemplate};
use crate::catalog::{Attr, Class, Kind, ObjectId};
use crate::library::Library;
use crate::replay::functioncmds::stated;
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, parse};

/// What the function that sets a dictionary up accepts.
struct Init {
    template: &'static str,
    function: &'static str,
    noun: &'static str,
    takes: &'static [&'static str],
    /// Whether each may be given but once.
    once: bool,
    needs: &'static [&'static str],
}

/// `dsimple_init()` and its like, in `src/backend/tsearch` and in `dict_snowball.c`.
const BUILT_IN: [Init; 5] = [
    Init {
        template: "simple",
        function: "dsimple_init",
        noun: "simple dictionary",
        takes: &["StopWords", "Accept"],
        once: true,
        needs: &[],
    },
    Init {
        template: "synonym",
        function: "dsynonym_init",
        noun: "synonym",
        takes: &["Synonyms", "CaseSensitive"],
        once: false,
        needs: &["Synonyms"],
    },
    Init {
        template: "ispell",
        function: "dispell_init",
        noun: "Ispell",
        takes: &["DictFile", "AffFile", "StopWords"],
        once: true,
        needs: &["AffFile", "DictFile"],
    },
    Init {
        template: "thesaurus",
        function: "thesaurus_init",
        noun: "Thesaurus",
        takes: &["DictFile", "Dictionary"],
        once: true,
        needs: &["DictFile", "Dictionary"],
    },
    Init {
        template: "snowball",
        function: "dsnowball_init",
        noun: "Snowball",
        takes: &["StopWords", "Language"],
        once: true,
        needs: &["Language"],
    },
];

impl Replay {
    /// `DefineTSDictionary()`
    pub(super) fn create_dictionary(
        &mut self,
        statement: &Statement<'_>,
        command: &DefineStmt,
        id: ObjectId,
    ) -> Outcome {
        let (mut template, mut given) = (None, Vec::new());
        for option in options(&command.definition) {
            if option.defname == "template" {
                template = Some(self.text_search_name(Kind::TextSearchTemplate, &name_in(option))?);
            } else {
                given.push(option.clone());
            }
        }
        let template = TemplateName(template.ok_or_else(|| is_required("template"))?);
        self.verify_dictoptions(&template, &given)?;
        let serialized = serialize(&given)?;
        self.is_not_taken(&id)?;
        let origin = statement.origin();
        let dictionary = TextSearchDictionary {
            template: stated(template, &origin),
            options: stated(serialized, &origin),
            owner: Attr::Unstated,
            comment: stated(None, &origin),
        };
        self.database.insert(id, dictionary, origin);
        Ok(())
    }

    /// `AlterTSDictionary()`
    pub(in crate::replay) fn alter_dictionary(
        &mut self,
        statement: &Statement<'_>,
        command: &AlterTsDictionaryStmt,
    ) -> Outcome {
        let name: Vec<String> = command.dictname.iter().filter_map(string_of).collect();
        let found = self.text_search_object(Kind::TextSearchDictionary, &name)?;
        let dictionary = found.and_then(|id| Some((self.database.get::<TextSearchDictionary>(&id)?.clone(), id)));
        let Some((dictionary, id)) = dictionary else {
            return Err(Stop::not_modelled("what becomes of a dictionary that is not in the model is not compared"));
        };
        let Some(before) = dictionary.options.get() else { return Ok(()) };
        let mut given = deserialize(before.as_deref().unwrap_or_default());
        for option in options(&command.options) {
            given.retain(|old| old.defname != option.defname);
            if option.arg.is_some() {
                given.push(option.clone());
            }
        }
        if let Some(template) = dictionary.template.get() {
            self.verify_dictoptions(template, &given)?;
        }
        let options = stated(serialize(&given)?, &statement.origin());
        self.database.edit::<TextSearchDictionary>(&id, |dictionary| dictionary.options = options);
        Ok(())
    }

    /// `verify_dictoptions()`; whether the files are there that are named is not known.
    fn verify_dictoptions(&self, template: &TemplateName, given: &[DefElem]) -> Outcome {
        let init = match template.id() {
            None => BUILT_IN.iter().find(|init| template.0.name == init.template),
            Some(id) => {
                let made = self.database.get::<TextSearchTemplate>(&id);
                match made.and_then(|template| template.init.get()) {
                    Some(None) if !given.is_empty() => {
                        let message =
                            format!("text search template \"{}\" does not accept options", id.name().as_str());
                        return Err(Stop::refused(SYNTAX_ERROR, message));
                    }
                    Some(Some(function)) => {
                        BUILT_IN.iter().find(|init| function.name == QualifiedName::bare(init.function))
                    }
                    _ => None,
                }
            }
        };
        init.map_or(Ok(()), |init| self.verify_built_in(init, given))
    }

    fn verify_built_in(&self, init: &Init, given: &[DefElem]) -> Outcome {
        let refused = |message| Err(Stop::refused(INVALID_PARAMETER_VALUE, message));
        for (at, option) in given.iter().enumerate() {
            let word = option.defname.as_str();
            let Some(known) = init.takes.iter().find(|known| known.to_lowercase() == word) else {
                return refused(format!("unrecognized {} parameter: \"{word}\"", init.noun));
            };
            if init.once && given[..at].iter().any(|before| before.defname == word) {
                return refused(format!("multiple {known} parameters"));
            }
            match *known {
                "Accept" | "CaseSensitive" => {
                    publicationcmds::boolean(word, option.arg.as_deref())?;
                }
                "Language" => self.has_stemmer(&value(option)?.0)?,
                _ => {
                    value(option)?;
                }
            }
        }
        let is_given = |word: &str| given.iter().any(|option| option.defname == word.to_lowercase());
        match init.needs.iter().find(|word| !is_given(word)) {
            Some(missing) => refused(format!("missing {missing} parameter")),
            None => self.has_subdictionary(init, given),
        }
    }

    /// `locate_stem_module()`; there is a dictionary for each language, and the first stemmer of all.
    fn has_stemmer(&self, language: &str) -> Outcome {
        let dictionary = format!("{}_stem", language.to_lowercase());
        let library = Library::of(self.catalog().version);
        let is_known = library.has_text_search(Class::TextSearchDictionary, &dictionary);
        if is_known || language.to_lowercase().ends_with("porter") {
            return Ok(());
        }
        let message = format!("no Snowball stemmer available for language \"{language}\" and encoding \"UTF8\"");
        Err(Stop::refused(UNDEFINED_OBJECT, message))
    }

    /// A thesaurus needs the dictionary that its words are looked up in, but does not depend on it.
    fn has_subdictionary(&self, init: &Init, given: &[DefElem]) -> Outcome {
        let subdictionary =
            given.iter().find(|option| init.takes.contains(&"Dictionary") && option.defname == "dictionary");
        let Some(option) = subdictionary else { return Ok(()) };
        let Some(name) = QualifiedName::parse(&value(option)?.0) else { return Ok(()) };
        let parts: Vec<String> = name.schema.iter().chain([&name.name]).map(|part| part.as_str().to_owned()).collect();
        self.look_up_text_search(Kind::TextSearchDictionary, &parts).map(|_| ())
    }
}

/// `serialize_deflist()`
fn serialize(given: &[DefElem]) -> Outcome<Option<String>> {
    let one = |option: &DefElem| {
        let (text, is_number) = value(option)?;
        let name = Ident::new(&option.defname);
        if is_number {
            return Ok(format!("{name} = {text}"));
        }
        let escape = if text.contains('\\') { "E" } else { "" };
        let quoted = text.replace('\\', "\\\\").replace('\'', "''");
        Ok(format!("{name} = {escape}'{quoted}'"))
    };
    let all = given.iter().map(one).collect::<Outcome<Vec<String>>>()?;
    Ok((!all.is_empty()).then(|| all.join(", ")))
}

/// `deserialize_deflist()` of what was serialized.
fn deserialize(text: &str) -> Vec<DefElem> {
    match parse::parse_one(&format!("ALTER TEXT SEARCH DICTIONARY d ({text})")) {
        Ok(NodeEnum::AlterTsdictionaryStmt(command)) => options(&command.options).cloned().collect(),
        _ => Vec::new(),
    }
}

/// `defGetString()`, and whether it is a number.
fn value(option: &DefElem) -> Outcome<(String, bool)> {
    let names = |nodes: &[Node]| nodes.iter().filter_map(string_of).collect::<Vec<_>>().join(".");
    let text = match option.arg.as_deref().and_then(|arg| arg.node.as_ref()) {
        Some(NodeEnum::Integer(number)) => return Ok((number.ival.to_string(), true)),
        Some(NodeEnum::Float(number)) => return Ok((number.fval.clone(), true)),
        Some(NodeEnum::Boolean(flag)) => flag.boolval.to_string(),
        Some(NodeEnum::TypeName(name)) => {
            let of_column = if name.pct_type { "%TYPE" } else { "" };
            names(&name.names) + of_column + if name.array_bounds.is_empty() { "" } else { "[]" }
        }
        Some(NodeEnum::List(list)) => names(&list.items),
        Some(NodeEnum::String(text)) => text.sval.clone(),
        _ => return Err(Stop::refused(SYNTAX_ERROR, format!("{} requires a parameter", option.defname))),
    };
    Ok((text, false))
}
