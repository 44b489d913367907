//! CREATE and ALTER EXTENSION (`extension.c`). What an extension brings is not in any SQL file, so
//! only the members in `extension_members.txt` are known by name.

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterExtensionStmt, CreateExtensionStmt, Node};

use super::database::unstated;
use super::refusal::{DUPLICATE_OBJECT, Outcome, Stop, UNDEFINED_OBJECT};
use super::{Replay, Statement};
use crate::catalog::kind::Extension;
use crate::catalog::{Attr, Class, ObjectId, Unmodelled};
use crate::sql::Ident;

/// A line for each extension: its name, a colon, its types, a semicolon, its functions. Written by `scripts/builtins`.
const MEMBERS: &str = include_str!("extension_members.txt");

impl Replay {
    pub(super) fn create_extension(&mut self, statement: &Statement<'_>, command: &CreateExtensionStmt) -> Outcome {
        let name = Ident::new(&command.extname);
        let id = ObjectId::top(Class::Extension, &name);
        if self.catalog().exists(&id) {
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
        self.database.insert(id, facts, statement.origin());
        for (class, member) in members(name.as_str()).into_iter().flatten() {
            let member = ObjectId::in_schema(class, &schema, &Ident::new(member));
            let what = format!("member of the extension {name}");
            self.database.insert_unmodelled(member, Unmodelled { what, origin: statement.origin(), owned_by: None });
        }
        Ok(())
    }

    pub(super) fn alter_extension(&mut self, statement: &Statement<'_>, command: &AlterExtensionStmt) -> Outcome {
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
        Err(Stop::refused(UNDEFINED_OBJECT, format!("extension \"{name}\" does not exist")))
    }

    /// Where a type that nobody defined may come from: the schema of an extension whose members are not known.
    pub(super) fn schema_of_unknown_member(&self) -> Option<Ident> {
        self.catalog()
            .objects
            .iter()
            .filter(|(id, _)| id.class() == Class::Extension && members(id.name().as_str()).is_none())
            .find_map(|(_, object)| match &object.facts {
                crate::catalog::Facts::Extension(extension) => extension.schema.get().cloned(),
                _ => None,
            })
    }
}

/// The types and functions of an extension, if they are known.
fn members(extension: &str) -> Option<Vec<(Class, &'static str)>> {
    let line = MEMBERS.lines().find_map(|line| line.strip_prefix(extension)?.strip_prefix(':'))?;
    let (types, functions) = line.split_once(';')?;
    let named = |class: Class, names: &'static str| names.split_whitespace().map(move |name| (class, name));
    Some(named(Class::Type, types).chain(named(Class::Routine, functions)).collect())
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
