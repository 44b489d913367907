//! What CREATE EXTENSION brings.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::rows::{Reader, rows};
use super::{KnownClass, OfEachVersion, VERSIONS, of_version};
use crate::catalog::{Class, Meaning, ObjectId};
use crate::sql::Ident;

/// What extensions bring that stands outside of any schema: nothing of it is known but the name.
const OUTSIDE: [(&str, Class, &str); 4] = [
    ("bloom", Class::AccessMethod, "bloom"),
    ("dblink", Class::ForeignDataWrapper, "dblink_fdw"),
    ("file_fdw", Class::ForeignDataWrapper, "file_fdw"),
    ("postgres_fdw", Class::ForeignDataWrapper, "postgres_fdw"),
];

/// What the lines call text search objects.
pub(super) const TEXT_SEARCH: [(&str, Class); 4] = [
    ("ts_parser", Class::TextSearchParser),
    ("ts_template", Class::TextSearchTemplate),
    ("ts_dictionary", Class::TextSearchDictionary),
    ("ts_configuration", Class::TextSearchConfiguration),
];

/// An extension as one major version of the server knows it.
#[derive(Default)]
pub struct Extension {
    name: &'static str,
    /// The extensions that it needs.
    pub requires: Vec<&'static str>,
    /// The schema that its control file insists on.
    pub schema: Option<&'static str>,
    /// Whether it comes with the server, so that there is nothing to it but what is known here. Others have
    /// versions of their own.
    pub is_complete: bool,
    opclasses: Vec<&'static str>,
    members: Vec<(Class, &'static str)>,
}

/// What is known of an extension; none where it cannot be installed on the servers that were asked.
pub fn extension(name: &str, version: u32) -> Option<&'static Extension> {
    static EXTENSIONS: OfEachVersion<BTreeMap<&'static str, Extension>> = [const { OnceLock::new() }; VERSIONS];
    of_version(&EXTENSIONS, version, read).get(name)
}

impl Extension {
    /// Its operator classes, given the schemas that it and the extensions it requires are installed in.
    pub fn opclasses(&self, schema_of: &dyn Fn(&str) -> Option<Ident>) -> Vec<KnownClass> {
        let reader = Reader { extension: self.name, schema_of };
        self.opclasses.iter().filter_map(|row| reader.opclass(row)).collect()
    }

    /// What names can mean once it is installed, given the schemas that it and the extensions it requires
    /// are installed in.
    pub fn members(&self, schema_of: &dyn Fn(&str) -> Option<Ident>) -> BTreeMap<ObjectId, Meaning> {
        let reader = Reader { extension: self.name, schema_of };
        let schema = schema_of(self.name).unwrap_or_default();
        let mut members = BTreeMap::new();
        let outside = OUTSIDE.iter().filter(|(extension, ..)| *extension == self.name);
        members.extend(outside.map(|(_, class, name)| (ObjectId::top(*class, &Ident::from(*name)), Meaning::Unknown)));
        for (class, row) in &self.members {
            let Some((name, rest)) = row.split_once(' ') else { continue };
            let id = ObjectId::in_schema(*class, &schema, &name.into());
            match class {
                Class::Type => {
                    members.extend(reader.data_type(rest).map(|meaning| (id, meaning.into())));
                }
                Class::Routine | Class::Operator => {
                    let signature = if *class == Class::Routine { reader.routine(rest) } else { reader.operator(rest) };
                    members.extend(signature.map(|signature| {
                        let types = signature.types().cloned().collect();
                        (ObjectId::call(*class, &schema, id.name(), types), signature.into())
                    }));
                }
                Class::Cast => members.extend(
                    reader
                        .cast(row)
                        .map(|((source, target), cast)| (ObjectId::cast(&source, &target), Meaning::Cast(cast))),
                ),
                Class::Relation => {
                    members.insert(id, Meaning::Columns(reader.columns(rest)));
                }
                _ if TEXT_SEARCH.iter().any(|(_, of)| of == class) => {
                    members.insert(id, Meaning::Unknown);
                }
                _ => {}
            }
        }
        members
    }
}

fn read(version: u32) -> BTreeMap<&'static str, Extension> {
    let mut extensions: BTreeMap<&'static str, Extension> = BTreeMap::new();
    let files = [(include_str!("data/contrib.txt"), true), (include_str!("data/packages.txt"), false)];
    for (text, is_complete) in files {
        for row in rows(text, version) {
            let Some((name, row)) = row.split_once(' ') else { continue };
            let (sort, row) = row.split_once(' ').unwrap_or((row, ""));
            let extension =
                extensions.entry(name).or_insert_with(|| Extension { name, is_complete, ..Extension::default() });
            let class = match sort {
                "extension" => {
                    let value = |key: &str| row.split(' ').find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
                    extension.requires = value("requires").map(|names| names.split(',').collect()).unwrap_or_default();
                    extension.schema = value("schema");
                    continue;
                }
                "opclass" => {
                    extension.opclasses.push(row);
                    continue;
                }
                "type" => Class::Type,
                "operator" => Class::Operator,
                "cast" => Class::Cast,
                "relation" => Class::Relation,
                word => {
                    TEXT_SEARCH.iter().find(|(known, _)| *known == word).map_or(Class::Routine, |(_, class)| *class)
                }
            };
            extension.members.push((class, row));
        }
    }
    extensions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::meaning::{CastContext, CastMeaning, TypeSort};
    use crate::sql::TypeName;

    #[test]
    fn members_stand_where_their_extensions_are_installed() {
        let places = |name: &str| Some(Ident::new(if name == "cube" { "shapes" } else { "public" }));
        let earth = extension("earthdistance", 18).map(|earth| earth.members(&places)).unwrap_or_default();
        let id = ObjectId::in_schema(Class::Type, &"public".into(), &"earth".into());
        let Some(Meaning::Type(meaning)) = earth.get(&id) else { panic!("{earth:?}") };
        assert_eq!(meaning.sort, TypeSort::Domain(TypeName::parse("shapes.cube").unwrap_or_default()));
    }

    #[test]
    fn each_thing_about_an_extension_is_kept() {
        let citext = extension("citext", 13).map(|citext| citext.members(&|_| Some("app".into()))).unwrap_or_default();
        let cast = ObjectId::cast(&TypeName::parse("app.citext").unwrap_or_default(), &TypeName::builtin("text"));
        let implicit = CastMeaning { context: CastContext::Implicit, binary: true, is_mutable: false };
        assert_eq!(citext.get(&cast), Some(&Meaning::Cast(implicit)));
        let types = ["app.citext", "app.citext", "integer"].map(|of| TypeName::parse(of).unwrap_or_default());
        let split = ObjectId::call(Class::Routine, &"app".into(), &"split_part".into(), types.to_vec());
        assert!(citext.contains_key(&split), "{:?}", citext.keys());
        assert_eq!(cast.to_string(), "(app.citext AS text)");
        assert!(extension("vector", 18).is_some_and(|vector| !vector.is_complete && vector.opclasses.len() > 5));
        assert_eq!(extension("earthdistance", 15).map(|earth| earth.requires.clone()), Some(vec!["cube"]));
        assert_eq!(extension("postgis_topology", 15).and_then(|topology| topology.schema), Some("topology"));
        assert!(extension("pg_cron", 18).is_none() && extension("adminpack", 17).is_none());
    }
}
