//! Collations (`collationcmds.c`) and conversions between encodings (`conversioncmds.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{CreateConversionStmt, DefineStmt, Node};

use super::define::Definition;
use super::functioncmds::{schema_and_name, stated};
use super::refusal::{
    DUPLICATE_OBJECT, FEATURE_NOT_SUPPORTED, INVALID_OBJECT_DEFINITION, Outcome, SYNTAX_ERROR, Stop, UNDEFINED_OBJECT,
};
use super::{Replay, Statement};
use crate::catalog::kind::{Collation, CollationName, CollationProvider, Conversion, RoutineName};
use crate::catalog::{Attr, Class, Facts, Object, ObjectId, Origin};
use crate::sql::type_name::string_of;
use crate::sql::{Ident, QualifiedName, TypeName, encoding};

impl Replay {
    /// `get_collation_oid()`; what is not in the catalog is one of the server's own, as long as it can be.
    pub(super) fn collation(&self, parts: &[String]) -> Outcome<CollationName> {
        let written = QualifiedName::from_parts(parts);
        let schema = written.schema.as_ref().map_or("", Ident::as_str);
        if !schema.is_empty() {
            self.schema(&Ident::new(schema))?;
        }
        let own = self.schemas_of(schema).into_iter();
        let mut own = own.map(|schema| ObjectId::in_schema(Class::Collation, &schema, &written.name));
        if let Some(found) = own.find(|id| self.catalog().exists(id)) {
            return Ok(CollationName::of(&found));
        }
        let name = written.name.as_str();
        let is_own = written.schema.is_none() && may_be_of_system(name);
        if is_own || !self.knows_routines(name) {
            return Ok(CollationName(written));
        }
        let message = format!("collation \"{}\" for encoding \"UTF8\" does not exist", parts.join("."));
        Err(Stop::refused(UNDEFINED_OBJECT, message))
    }

    /// A collation as the model has it beside something of the default one.
    pub(super) fn collation_of(&self, nodes: &[Node]) -> Outcome<Option<CollationName>> {
        let parts: Vec<String> = nodes.iter().filter_map(string_of).collect();
        let found = if parts.is_empty() { None } else { Some(self.collation(&parts)?) };
        Ok(found.filter(|name| name.0 != QualifiedName::bare("default")))
    }

    /// `DefineCollation()`
    pub(super) fn create_collation(&mut self, statement: &Statement<'_>, command: &DefineStmt) -> Outcome {
        let (schema, name) = schema_and_name(&command.defnames);
        let schema = self.creation_schema(&schema)?;
        let definition = Definition(&command.definition);
        let version = self.catalog().version;
        are_known(definition, version).map_err(|(stop, place)| stop.at(place))?;
        let origin = statement.origin();
        let facts = match definition.name(&["from"]) {
            Some(_) if command.definition.len() > 1 => return Err(conflicting()),
            Some(from) => self.copy_of_collation(&from, &origin)?,
            None => defined(definition, version, &origin)?,
        };
        let id = ObjectId::in_schema(Class::Collation, &schema, &Ident::new(&name));
        if self.catalog().exists(&id) {
            if command.if_not_exists {
                return Ok(());
            }
            return Err(Stop::refused(DUPLICATE_OBJECT, format!("collation \"{name}\" already exists")));
        }
        self.database.insert(id, facts, origin);
        Ok(())
    }

    fn copy_of_collation(&self, from: &[String], origin: &Origin) -> Outcome<Collation> {
        let from = self.collation(from)?;
        if from.0 == QualifiedName::bare("default") {
            return Err(invalid("collation \"default\" cannot be copied"));
        }
        let copy = match from.id() {
            Some(id) => self.database.get::<Collation>(&id).cloned().unwrap_or_default(),
            None => builtin(from.0.name.as_str(), self.catalog().version, origin),
        };
        Ok(Collation { owner: Attr::Unstated, comment: stated(None, origin), ..copy })
    }

    /// `CreateConversionCommand()`
    pub(super) fn create_conversion(&mut self, statement: &Statement<'_>, command: &CreateConversionStmt) -> Outcome {
        let (schema, name) = schema_and_name(&command.conversion_name);
        let schema = self.creation_schema(&schema)?;
        let named = |what: &str, written: &str| {
            let message = || format!("{what} encoding \"{written}\" does not exist");
            encoding::canonical(written).ok_or_else(|| Stop::refused(UNDEFINED_OBJECT, message()))
        };
        let source = named("source", &command.for_encoding_name)?;
        let target = named("destination", &command.to_encoding_name)?;
        if [source, target].contains(&"SQL_ASCII") {
            return Err(invalid("encoding conversion to or from \"SQL_ASCII\" is not supported"));
        }
        let written: Vec<String> = command.func_name.iter().filter_map(string_of).collect();
        let function = self.conversion_function(&written)?;
        let id = ObjectId::in_schema(Class::Conversion, &schema, &Ident::new(&name));
        if self.catalog().exists(&id) {
            return Err(Stop::refused(DUPLICATE_OBJECT, format!("conversion \"{name}\" already exists")));
        }
        let is_same = |object: &Object| match &object.facts {
            Facts::Conversion(conversion) => {
                conversion.default.get() == Some(&true)
                    && conversion.source.get().is_some_and(|one| one == source)
                    && conversion.target.get().is_some_and(|one| one == target)
            }
            _ => false,
        };
        let mut beside = self.catalog().objects.iter().filter(|(one, _)| one.schema() == Some(&schema));
        if command.def && beside.any(|(_, object)| is_same(object)) {
            let message = format!("default conversion for {source} to {target} already exists");
            return Err(Stop::refused(DUPLICATE_OBJECT, message));
        }
        let origin = statement.origin();
        let facts = Conversion {
            source: stated(source.to_owned(), &origin),
            target: stated(target.to_owned(), &origin),
            function: function.map_or(Attr::Unstated, |name| stated(name, &origin)),
            default: stated(command.def, &origin),
            owner: Attr::Unstated,
            comment: stated(None, &origin),
        };
        self.database.insert(id, facts, origin);
        Ok(())
    }

    /// The function that converts, which says from 14 on how far it came.
    fn conversion_function(&self, name: &[String]) -> Outcome<Option<RoutineName>> {
        let mut types = vec!["int4", "int4", "cstring", "internal", "int4"];
        if self.catalog().version >= 14 {
            types.push("bool");
        }
        let result = if self.catalog().version >= 14 { ("int4", "integer") } else { ("void", "void") };
        let types: Vec<TypeName> = types.into_iter().map(TypeName::builtin).collect();
        match self.function(name, &types)? {
            Some((_, signature)) if !signature.result.is_builtin(result.0) => {
                let name = name.join(".");
                Err(invalid(&format!("encoding conversion function {name} must return type {}", result.1)))
            }
            found => Ok(found.map(|(name, _)| name)),
        }
    }
}

fn invalid(message: &str) -> Stop {
    Stop::refused(INVALID_OBJECT_DEFINITION, message)
}

fn conflicting() -> Stop {
    Stop::refused(SYNTAX_ERROR, "conflicting or redundant options")
}

/// Whether the operating system or ICU may have brought it: `C`, `de_DE.utf8`, `de-AT-x-icu`, `french`.
pub(super) fn may_be_of_system(name: &str) -> bool {
    const OWN: [&str; 6] = ["default", "ucs_basic", "unicode", "pg_c_utf8", "pg_unicode_fast", "POSIX"];
    let language = name.split(['_', '-', '.', '@']).next().unwrap_or_default();
    let is_plain = language.len() == name.len();
    OWN.contains(&name)
        || language == "C"
        || language.bytes().all(|b| b.is_ascii_lowercase()) && (is_plain || (2..=3).contains(&language.len()))
}

/// That every option is one of a collation, and none stands twice; or where it is wrong.
fn are_known(definition: Definition<'_>, version: u32) -> Result<(), (Stop, i32)> {
    let mut seen: Vec<&str> = Vec::new();
    for node in definition.0 {
        let Some(NodeEnum::DefElem(option)) = &node.node else { continue };
        let word = option.defname.as_str();
        let is_known = match word {
            "from" | "locale" | "lc_collate" | "lc_ctype" | "provider" | "deterministic" | "version" => true,
            "rules" => version >= 16,
            _ => false,
        };
        if !is_known {
            let message = format!("collation attribute \"{word}\" not recognized");
            return Err((Stop::refused(SYNTAX_ERROR, message), option.location));
        }
        if seen.contains(&word) && version >= 15 {
            return Err((conflicting(), option.location));
        }
        seen.push(word);
    }
    Ok(())
}

fn defined(definition: Definition<'_>, version: u32, origin: &Origin) -> Outcome<Collation> {
    let text = |word: &str| definition.text(&[word]);
    if definition.is_written("locale") && (definition.is_written("lc_collate") || definition.is_written("lc_ctype")) {
        return Err(conflicting());
    }
    let provider = provider(text("provider"), version)?;
    let deterministic = definition.boolean("deterministic")?.unwrap_or(true);
    // Up to 14, ICU has its locale where the operating system has its two.
    let has_two = provider == CollationProvider::Libc || version < 15;
    let (mut locale, mut lc_collate, mut lc_ctype) = (None, text("lc_collate"), text("lc_ctype"));
    if has_two {
        lc_collate = lc_collate.or(text("locale"));
        lc_ctype = lc_ctype.or(text("locale"));
        if lc_collate.is_none() || lc_ctype.is_none() {
            let lacks = if lc_collate.is_none() { "lc_collate" } else { "lc_ctype" };
            return Err(invalid(&format!("parameter \"{lacks}\" must be specified")));
        }
    } else {
        locale = Some(text("locale").ok_or_else(|| invalid("parameter \"locale\" must be specified"))?);
    }
    if provider == CollationProvider::Builtin {
        locale = builtin_locale(locale.unwrap_or_default(), version)?;
    } else if provider == CollationProvider::Icu && has_two {
        if lc_collate != lc_ctype {
            let message = "collations with different collate and ctype values are not supported by ICU";
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
        }
        (locale, lc_collate, lc_ctype) = (lc_collate, None, None);
    }
    if !deterministic && provider != CollationProvider::Icu {
        let message = "nondeterministic collations not supported with this provider";
        return Err(Stop::refused(FEATURE_NOT_SUPPORTED, message));
    }
    if definition.is_written("rules") && provider != CollationProvider::Icu {
        return Err(invalid("ICU rules cannot be specified unless locale provider is ICU"));
    }
    let locale = match locale {
        Some(written) if provider == CollationProvider::Icu && version >= 16 => {
            language_tag(&written).map_or(Attr::Unstated, |tag| stated(Some(tag), origin))
        }
        other => stated(other, origin),
    };
    Ok(Collation {
        provider: stated(provider, origin),
        locale,
        lc_collate: stated(lc_collate, origin),
        lc_ctype: stated(lc_ctype, origin),
        deterministic: stated(deterministic, origin),
        rules: stated(text("rules"), origin),
        owner: Attr::Unstated,
        comment: stated(None, origin),
    })
}

fn provider(written: Option<String>, version: u32) -> Outcome<CollationProvider> {
    let Some(written) = written else { return Ok(CollationProvider::Libc) };
    match written.to_lowercase().as_str() {
        "builtin" if version >= 17 => Ok(CollationProvider::Builtin),
        "icu" => Ok(CollationProvider::Icu),
        "libc" => Ok(CollationProvider::Libc),
        _ => Err(invalid(&format!("unrecognized collation provider: {written}"))),
    }
}

/// `builtin_validate_locale()`
fn builtin_locale(written: String, version: u32) -> Outcome<Option<String>> {
    match written.as_str() {
        "C" => Ok(Some(written)),
        "C.UTF-8" | "C.UTF8" => Ok(Some("C.UTF-8".to_owned())),
        "PG_UNICODE_FAST" if version >= 18 => Ok(Some(written)),
        _ => {
            let message = format!("invalid locale name \"{written}\" for builtin provider");
            Err(Stop::refused(super::refusal::WRONG_OBJECT_TYPE, message))
        }
    }
}

/// `icu_language_tag()`, for what is written as a tag or nearly so; none for the older forms of ICU.
fn language_tag(written: &str) -> Option<String> {
    if written.is_empty() {
        return Some("und".to_owned());
    }
    let (name, keys) = match written.split_once("-u-") {
        Some((name, keys)) => (name, Some(keys)),
        None => (written, None),
    };
    let parts: Vec<&str> = name.split(['-', '_']).collect();
    let mut tag = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let letters = part.bytes().all(|b| b.is_ascii_alphabetic());
        tag.push(match part.len() {
            2 | 3 if at == 0 && letters => part.to_lowercase(),
            2 if letters => part.to_uppercase(),
            3 if part.bytes().all(|b| b.is_ascii_digit()) => (*part).to_owned(),
            4 if letters => part[..1].to_uppercase() + &part[1..].to_lowercase(),
            _ => return None,
        });
    }
    if let Some(keys) = keys {
        tag.push("u".to_owned());
        tag.push(sorted_keys(&keys.to_lowercase())?);
    }
    Some(tag.join("-"))
}

/// The keys behind `-u-`, each of two letters with its values, in their order.
fn sorted_keys(written: &str) -> Option<String> {
    let mut keys: Vec<(&str, Vec<&str>)> = Vec::new();
    for part in written.split('-') {
        match (part.len(), keys.last_mut()) {
            (2, _) => keys.push((part, Vec::new())),
            (3..=8, Some((_, values))) => values.push(part),
            _ => return None,
        }
    }
    keys.sort();
    let one = |(key, values): (&str, Vec<&str>)| {
        let values = if values.is_empty() { "true".to_owned() } else { values.join("-") };
        format!("{key}-{values}")
    };
    Some(keys.into_iter().map(one).collect::<Vec<_>>().join("-"))
}

/// What is known of a collation that every database has.
fn builtin(name: &str, version: u32, origin: &Origin) -> Collation {
    let of = |provider, locale: Option<&str>, libc: Option<&str>| Collation {
        provider: stated(provider, origin),
        locale: stated(locale.map(str::to_owned), origin),
        lc_collate: stated(libc.map(str::to_owned), origin),
        lc_ctype: stated(libc.map(str::to_owned), origin),
        deterministic: stated(true, origin),
        rules: stated(None, origin),
        ..Collation::default()
    };
    match name {
        "C" | "POSIX" => of(CollationProvider::Libc, None, Some(name)),
        "ucs_basic" if version < 17 => of(CollationProvider::Libc, None, Some("C")),
        "ucs_basic" => of(CollationProvider::Builtin, Some("C"), None),
        "pg_c_utf8" => of(CollationProvider::Builtin, Some("C.UTF-8"), None),
        "pg_unicode_fast" => of(CollationProvider::Builtin, Some("PG_UNICODE_FAST"), None),
        "unicode" => of(CollationProvider::Icu, Some("und"), None),
        _ => match name.strip_suffix("-x-icu") {
            Some(locale) => of(CollationProvider::Icu, Some(locale), None),
            None => Collation::default(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_become_tags_as_icu_makes_them() {
        let check = |written: &str, tag: Option<&str>| assert_eq!(language_tag(written).as_deref(), tag);
        check("", Some("und"));
        check("de_DE", Some("de-DE"));
        check("en-us-u-ks-level1-ka-shifted", Some("en-US-u-ka-shifted-ks-level1"));
        check("und-u-ks-level2-kc", Some("und-u-kc-true-ks-level2"));
        check("en-u-kr-digit-space", Some("en-u-kr-digit-space"));
        check("zh-hans-cn-u-co-pinyin", Some("zh-Hans-CN-u-co-pinyin"));
        check("@colStrength=secondary", None);
        check("de@collation=phonebook", None);
    }
}
