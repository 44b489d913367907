//! Subscriptions (`subscriptioncmds.c`). How they connect may be a secret: it is read over.

use std::collections::BTreeMap;

use pg_query::protobuf::{
    AlterSubscriptionStmt, AlterSubscriptionType as Type, CreateSubscriptionStmt, DropSubscriptionStmt, Node,
};

use super::foreigncmds::def_elems;
use super::publicationcmds::{boolean, text_of};
use super::refusal::{DUPLICATE_OBJECT, Outcome, SYNTAX_ERROR, Stop, UNDEFINED_OBJECT};
use super::{Replay, Statement};
use crate::catalog::kind::Subscription;
use crate::catalog::{Attr, Class, ObjectId};
use crate::sql::Ident;
use crate::sql::type_name::string_of;

impl Replay {
    /// `CreateSubscription()`
    pub(super) fn create_subscription(
        &mut self,
        statement: &Statement<'_>,
        command: &CreateSubscriptionStmt,
    ) -> Outcome {
        let said = Said::of(&command.options)?;
        let connects = said.flag("connect")?.unwrap_or(true);
        if !connects {
            for other in ["enabled", "create_slot", "copy_data"] {
                if said.flag(other)? == Some(true) {
                    let message = format!("connect = false and {other} = true are mutually exclusive options");
                    return Err(Stop::refused(SYNTAX_ERROR, message));
                }
            }
        }
        if connects && said.flag("create_slot")?.unwrap_or(true) {
            self.prevent_in_transaction_block("CREATE SUBSCRIPTION ... WITH (create_slot = true)")?;
        }
        let id = ObjectId::top(Class::Subscription, &Ident::new(&command.subname));
        if self.catalog().exists(&id) {
            let message = format!("subscription \"{}\" already exists", command.subname);
            return Err(Stop::refused(DUPLICATE_OBJECT, message));
        }
        let origin = statement.origin();
        let version = self.catalog().version;
        let facts = Subscription {
            publications: Attr::Is(publications(&command.publication), origin.clone()),
            enabled: Attr::Is(said.flag("enabled")?.unwrap_or(connects), origin.clone()),
            slot_name: Attr::Is(said.slot_name().unwrap_or_else(|| Some(command.subname.clone())), origin.clone()),
            options: Attr::Is(said.options(Vec::new(), version)?, origin.clone()),
            owner: Attr::Unstated,
            comment: Attr::Is(None, origin.clone()),
        };
        self.database.insert(id, facts, origin);
        Ok(())
    }

    /// `AlterSubscription()`
    pub(super) fn alter_subscription(&mut self, statement: &Statement<'_>, command: &AlterSubscriptionStmt) -> Outcome {
        let id = self.subscription(&command.subname)?;
        let Some(mut facts) = self.database.get::<Subscription>(&id).cloned() else { return Ok(()) };
        let said = Said::of(&command.options)?;
        let origin = statement.origin();
        let mut publishers = facts.publications.get().cloned().unwrap_or_default();
        let named = publications(&command.publication);
        match command.kind() {
            Type::AlterSubscriptionOptions => {
                let before = facts.options.get().cloned().unwrap_or_default();
                facts.options = Attr::Is(said.options(before, self.catalog().version)?, origin.clone());
                if let Some(slot) = said.slot_name() {
                    facts.slot_name = Attr::Is(slot, origin);
                }
            }
            Type::AlterSubscriptionEnabled => {
                facts.enabled = Attr::Is(said.flag("enabled")?.unwrap_or(true), origin);
            }
            Type::AlterSubscriptionSetPublication => facts.publications = Attr::Is(named, origin),
            Type::AlterSubscriptionAddPublication => {
                if let Some(known) = named.iter().find(|one| publishers.contains(one)) {
                    let message = format!("publication \"{known}\" is already in subscription \"{}\"", command.subname);
                    return Err(Stop::refused(DUPLICATE_OBJECT, message));
                }
                publishers.extend(named);
                publishers.sort();
                facts.publications = Attr::Is(publishers, origin);
            }
            Type::AlterSubscriptionDropPublication => {
                if let Some(other) = named.iter().find(|one| !publishers.contains(one)) {
                    let message = format!("publication \"{other}\" is not in subscription \"{}\"", command.subname);
                    return Err(Stop::refused(UNDEFINED_OBJECT, message));
                }
                publishers.retain(|known| !named.contains(known));
                facts.publications = Attr::Is(publishers, origin);
            }
            Type::AlterSubscriptionConnection
            | Type::AlterSubscriptionRefresh
            | Type::AlterSubscriptionSkip
            | Type::Undefined => {}
        }
        self.database.edit::<Subscription>(&id, |known| *known = facts);
        Ok(())
    }

    /// `DropSubscription()`
    pub(super) fn drop_subscription(&mut self, statement: &Statement<'_>, command: &DropSubscriptionStmt) -> Outcome {
        match self.subscription(&command.subname) {
            Ok(id) => {
                let slot = self.database.get::<Subscription>(&id).and_then(|known| known.slot_name.get().cloned());
                if slot.flatten().is_some() {
                    self.prevent_in_transaction_block("DROP SUBSCRIPTION")?;
                }
                self.perform_deletion(&[id], false, &statement.origin())
            }
            Err(Stop::Refused { .. }) if command.missing_ok => Ok(()),
            Err(stop) => Err(stop),
        }
    }

    pub(super) fn subscription(&self, name: &str) -> Outcome<ObjectId> {
        let id = ObjectId::top(Class::Subscription, &Ident::new(name));
        if self.catalog().exists(&id) {
            return Ok(id);
        }
        Err(Stop::refused(UNDEFINED_OBJECT, format!("subscription \"{name}\" does not exist")))
    }
}

/// What WITH and SET say.
struct Said<'a>(BTreeMap<&'a str, Option<&'a Node>>);

impl<'a> Said<'a> {
    fn of(options: &'a [Node]) -> Outcome<Self> {
        let mut said = BTreeMap::new();
        for option in def_elems(options) {
            if said.insert(option.defname.as_str(), option.arg.as_deref()).is_some() {
                return Err(Stop::refused(SYNTAX_ERROR, "conflicting or redundant options").at(option.location));
            }
        }
        Ok(Self(said))
    }

    fn flag(&self, name: &str) -> Outcome<Option<bool>> {
        self.0.get(name).map(|arg| boolean(name, *arg)).transpose()
    }

    /// NONE is no slot.
    fn slot_name(&self) -> Option<Option<String>> {
        let name = self.0.get("slot_name").map(|arg| arg.and_then(text_of).unwrap_or_default())?;
        Some((name != "none").then_some(name))
    }

    /// The options that are not the default, in the words of `pg_dump`.
    fn options(&self, before: Vec<String>, version: u32) -> Outcome<Vec<String>> {
        let mut options = before;
        for (name, default) in defaults(version) {
            let Some(arg) = self.0.get(name) else { continue };
            let is_text = ["origin", "streaming"].contains(&name);
            let value = match (name, arg.and_then(text_of)) {
                ("streaming", Some(text)) if text == "parallel" => text,
                ("streaming", _) => (if boolean(name, *arg)? { "on" } else { "off" }).to_owned(),
                (_, Some(text)) if is_text => text,
                _ => boolean(name, *arg)?.to_string(),
            };
            options.retain(|known| known.split_once('=').is_none_or(|(known, _)| known != name));
            if value != default {
                options.push(format!("{name}={value}"));
            }
        }
        options.sort();
        Ok(options)
    }
}

/// What a subscription is like if nothing is said; `synchronous_commit` is left out, which not everybody can read.
fn defaults(version: u32) -> impl Iterator<Item = (&'static str, &'static str)> {
    let streaming = if version >= 18 { "parallel" } else { "off" };
    let all = [
        (14, "binary", "false"),
        (15, "disable_on_error", "false"),
        (17, "failover", "false"),
        (16, "origin", "any"),
        (16, "password_required", "true"),
        (16, "run_as_owner", "false"),
        (14, "streaming", streaming),
        (15, "two_phase", "false"),
    ];
    all.into_iter().filter(move |(since, ..)| version >= *since).map(|(_, name, default)| (name, default))
}

fn publications(nodes: &[Node]) -> Vec<String> {
    let mut names: Vec<String> = nodes.iter().filter_map(string_of).collect();
    names.sort();
    names
}
