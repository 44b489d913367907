//! CREATE and ALTER EXTENSION (`extension.c`). What an extension brings is not in any SQL file, so
//! only the extensions in `extensions.txt` are known.

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterExtensionStmt, CreateExtensionStmt, Node};

use super::database::unstated;
use super::refusal::{DUPLICATE_OBJECT, Outcome, Stop, UNDEFINED_OBJECT};
use super::{Replay, Statement};
use crate::catalog::kind::Extension;
use crate::catalog::{Attr, Class, Facts, ObjectId, Unmodelled};
use crate::sql::Ident;

/// The extensions that are known, a line each: name, what it requires, types, functions, operator classes,
/// parted by tabs. Written by `scripts/builtins`.
const EXTENSIONS: &str = include_str!("extensions.txt");

/// The one that `template0` holds. The model leaves it out, as what belongs to every database.
pub(super) const PLPGSQL: &str = "plpgsql";

impl Replay {
    pub(super) fn create_extension(&mut self, statement: &Statement<'_>, command: &CreateExtensionStmt) -> Outcome {
        let name = Ident::new(&command.extname);
        let id = ObjectId::top(Class::Extension, &name);
        if self.catalog().exists(&id) || name == PLPGSQL {
            if command.if_not_exists {
                return Ok(());
            }
            return Err(Stop::refused(DUPLICATE_OBJECT, format!("extension \"{}\" already exists", name.as_str())));
        }
        let schema = match option(&command.options, "schema") {
            Some(schema) => self.schema(&Ident::new(schema))?,
            None => self.creation_schema("")?,
        };
        let version = option(&command.options, "new_version");
        let facts = Extension {
            schema: Attr::Is(schema.clone(), statement.origin()),
            version: version.map_or_else(unstated, |version| Attr::Is(version, statement.origin())),
            comment: unstated(),
        };
        self.require(statement, command, &schema)?;
        self.database.insert(id, facts, statement.origin());
        let known = known(name.as_str());
        for (class, member) in known.iter().flat_map(Known::members) {
            let member = ObjectId::in_schema(class, &schema, &Ident::new(member));
            let what = format!("member of the extension {name}");
            self.database.insert_unmodelled(member, Unmodelled::new(what, statement.origin()));
        }
        Ok(())
    }

    /// `get_required_extension()`
    fn require(&mut self, statement: &Statement<'_>, command: &CreateExtensionStmt, schema: &Ident) -> Outcome {
        let cascade = has_option(&command.options, "cascade");
        for required in known(&command.extname).iter().flat_map(|known| known.requires.split_whitespace()) {
            if self.catalog().exists(&ObjectId::top(Class::Extension, &Ident::new(required))) {
                continue;
            }
            if !cascade {
                let message = format!("required extension \"{required}\" is not installed");
                return Err(Stop::refused(UNDEFINED_OBJECT, message)
                    .with_hint("Use CREATE EXTENSION ... CASCADE to install required extensions too."));
            }
            let also = CreateExtensionStmt { extname: required.into(), ..command.clone() };
            let also = CreateExtensionStmt {
                options: also.options.into_iter().filter(|option| !is_option(option, "new_version")).collect(),
                ..also
            };
            let path = self.session.search_path.clone();
            self.session.search_path.insert(0, schema.clone());
            let outcome = self.create_extension(statement, &also);
            self.session.search_path = path;
            outcome?;
        }
        Ok(())
    }

    /// The schema of the extension that brings an operator class.
    pub(super) fn schema_of_opclass(&self, opclass: &str) -> Option<Ident> {
        let brings = |id: &ObjectId| {
            known(id.name().as_str()).is_some_and(|known| known.opclasses.split_whitespace().any(|o| o == opclass))
        };
        self.schema_of_extension(brings).or_else(|| self.schema_of_unknown_member())
    }

    pub(super) fn alter_extension(&mut self, statement: &Statement<'_>, command: &AlterExtensionStmt) -> Outcome {
        if command.extname == PLPGSQL {
            return Ok(());
        }
        let id = self.extension(&command.extname)?;
        let version = option(&command.options, "new_version");
        self.database.edit::<Extension>(&id, |extension| {
            extension.version = version.map_or_else(unstated, |version| Attr::Is(version, statement.origin()));
        });
        Ok(())
    }

    pub(super) fn extension(&self, name: &str) -> Outcome<ObjectId> {
        let id = ObjectId::top(Class::Extension, &Ident::new(name));
        if self.catalog().exists(&id) {
            return Ok(id);
        }
        if name == PLPGSQL {
            return Err(Stop::not_modelled("what becomes of the extension plpgsql is not followed"));
        }
        Err(Stop::refused(UNDEFINED_OBJECT, format!("extension \"{name}\" does not exist")))
    }

    /// Where a type that nobody defined may come from: the schema of an extension whose members are not known.
    pub(super) fn schema_of_unknown_member(&self) -> Option<Ident> {
        self.schema_of_extension(|id| known(id.name().as_str()).is_none())
    }

    /// Whether there may be functions and types that nobody has listed.
    pub(super) fn has_unknown_extension(&self) -> bool {
        self.schema_of_extension(|id| known(id.name().as_str()).is_none()).is_some()
    }

    fn schema_of_extension(&self, wanted: impl Fn(&ObjectId) -> bool) -> Option<Ident> {
        let extensions = self.catalog().objects.iter().filter(|(id, _)| id.class() == Class::Extension && wanted(id));
        extensions.into_iter().find_map(|(_, object)| match &object.facts {
            Facts::Extension(extension) => extension.schema.get().cloned(),
            _ => None,
        })
    }
}

/// What an extension brings, each list parted by spaces.
struct Known {
    requires: &'static str,
    types: &'static str,
    functions: &'static str,
    opclasses: &'static str,
}

impl Known {
    /// What names can mean.
    fn members(&self) -> impl Iterator<Item = (Class, &'static str)> {
        let named = |class: Class, names: &'static str| names.split_whitespace().map(move |name| (class, name));
        named(Class::Type, self.types).chain(named(Class::Routine, self.functions))
    }
}

fn known(extension: &str) -> Option<Known> {
    let line = EXTENSIONS.lines().find_map(|line| line.strip_prefix(extension)?.strip_prefix('\t'))?;
    let mut lists = line.split('\t');
    let mut next = || lists.next().unwrap_or_default();
    Some(Known { requires: next(), types: next(), functions: next(), opclasses: next() })
}

/// The operator classes that an extension is known to bring.
pub(super) fn opclasses_of(extension: &str) -> Vec<Ident> {
    known(extension).iter().flat_map(|known| known.opclasses.split_whitespace()).map(Ident::from).collect()
}

fn option(options: &[Node], wanted: &str) -> Option<String> {
    options.iter().find_map(|node| match &node.node {
        Some(NodeEnum::DefElem(option)) if option.defname == wanted => match option.arg.as_ref()?.node.as_ref()? {
            NodeEnum::String(text) => Some(text.sval.clone()),
            _ => None,
        },
        _ => None,
    })
}

fn has_option(options: &[Node], wanted: &str) -> bool {
    options.iter().any(|node| is_option(node, wanted))
}

fn is_option(node: &Node, wanted: &str) -> bool {
    matches!(&node.node, Some(NodeEnum::DefElem(option)) if option.defname == wanted)
}
