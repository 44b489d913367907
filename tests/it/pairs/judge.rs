//! Whether we and the server agree on an expression, and on a pair of them.

use std::fmt::{self, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};

use pg_query::NodeEnum;
use postgres::Client;
use schema_check::catalog::meaning::Argument;
use schema_check::catalog::{Catalog, Class, ObjectId, Tree};
use schema_check::expr::{Around, Scope, Wanted, resolve_statement, resolve_text, take_collation};
use schema_check::sql::parse::parse_one;
use schema_check::sql::{Ident, TypeName};

use super::expression::Node;
use super::shrink;
use super::store::{self, DEFAULTS, Place, Stored, qualified};
use crate::node_tree::{self, meaning};
use crate::server::Database;
use crate::sql::{read, words};

/// A way to be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// What the server stores, we cannot read.
    Unread,
    /// A name or a type that we did not find.
    Unresolved,
    /// False drift: the server's own words for an expression are something else to us.
    Printed,
    /// Our own words for an expression are something else to us.
    ReadBack,
    /// False drift: different to us, the same to the server.
    False,
    /// Missed drift: the same to us, and not to the server.
    Missed,
}

/// An expression, with the letters that its keywords are written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) node: Node,
    pub(crate) lower: bool,
}

impl Written {
    pub(crate) fn sql(&self) -> String {
        self.node.sql(self.lower)
    }
}

/// Expressions that are small changes of each other.
pub(crate) struct Family {
    pub(crate) place: Place,
    pub(crate) members: Vec<Written>,
}

/// One expression or a pair of which we are wrong.
#[derive(Clone, Debug)]
pub(crate) struct Wrong {
    pub(crate) kind: Kind,
    pub(crate) place: Place,
    pub(crate) version: u32,
    pub(crate) members: Vec<Written>,
    /// What each is to the server and to us.
    pub(crate) told: String,
}

#[derive(Default)]
pub(crate) struct Found {
    pub(crate) expressions: usize,
    pub(crate) refused: Vec<String>,
    pub(crate) pairs: usize,
    /// Pairs that are the same to the server.
    pub(crate) same: usize,
    /// Expressions that the server's own words do not lead back to, and these words.
    pub(crate) misprinted: Vec<String>,
    pub(crate) wrong: Vec<Wrong>,
}

pub(crate) struct Judge {
    client: Client,
    catalog: Catalog,
    version: u32,
}

/// What an expression is to us: its tree, and how the columns are called if it is a query.
#[derive(PartialEq)]
struct Ours {
    tree: Tree,
    columns: Vec<Ident>,
}

/// An expression that the server took: what it is to it, and to us.
struct Seen {
    stored: Stored,
    meaning: node_tree::Node,
    tree: Result<Ours, String>,
    fault: Option<(Kind, String)>,
}

impl Display for Ours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tree.fmt(f)
    }
}

impl Judge {
    pub(crate) fn new(database: &Database<'_>) -> Self {
        let mut client = database.connect();
        store::prepare(&mut client);
        Self { client, catalog: read(database), version: database.cluster.version }
    }

    /// The tree of a text, as it is written or as a server prints it.
    fn resolve(&self, place: Place, text: &str, is_printed: bool) -> Result<Ours, String> {
        let path = ["app", "util", "public"].map(Ident::from);
        let relation = |name: &str| ObjectId::in_schema(Class::Relation, &"app".into(), &name.into());
        let target = |number: usize| Some(TypeName::parse(&qualified(DEFAULTS[number])).unwrap());
        let (docs, target) = match place {
            Place::Default(number) => (None, target(number)),
            Place::Generated(number) => (Some(relation("docs")), target(number)),
            Place::Check | Place::Policy | Place::Predicate | Place::Key => (Some(relation("docs")), None),
            Place::Action => (Some(relation("docs")), None),
            Place::View | Place::Body => (None, None),
        };
        let routine = Ident::from("proof");
        let argument = |name: &str, of: &str| Argument { name: Ident::from(name), of: TypeName::parse(of).unwrap() };
        let args = [argument("a", "integer"), argument("b", "text")];
        let scope = Scope {
            catalog: &self.catalog,
            search_path: if is_printed { &[] } else { &path },
            around: match (&docs, place) {
                (Some(docs), Place::Action) => Around::OldAndNew { of: docs, unseen: None },
                (Some(docs), _) => Around::Relation(docs),
                (None, Place::Body) => Around::Arguments { routine: Some(&routine), args: &args },
                (None, _) => Around::Nothing,
            },
            wanted: match (&target, place) {
                (Some(of), _) => Wanted::Stored { column: "", of },
                (None, Place::Key | Place::View | Place::Body | Place::Action) => Wanted::Value,
                (None, _) => Wanted::Condition("CHECK"),
            },
        };
        let resolved = || {
            if !matches!(place, Place::View | Place::Body | Place::Action) {
                let mut tree = resolve_text(text, &scope).map_err(|error| format!("{error:?}"))?;
                if place == Place::Key {
                    take_collation(&mut tree);
                }
                return Ok(Ours { tree, columns: Vec::new() });
            }
            let statement = statement(place, text.trim_end_matches(';'))?;
            let (tree, columns, _) = resolve_statement(&statement, &scope);
            Ok(Ours { tree, columns: columns.into_iter().map(|(name, _)| name).collect() })
        };
        catch_unwind(AssertUnwindSafe(resolved)).unwrap_or_else(|_| Err("panics".to_owned()))
    }

    /// What is wrong with an expression by itself, where the server's own words say what it says.
    fn fault(&self, place: Place, printed: &str, tree: &Result<Ours, String>) -> Option<(Kind, String)> {
        let tree = match tree {
            Ok(tree) => tree,
            Err(why) => return Some((Kind::Unread, why.clone())),
        };
        if !tree.tree.unresolved.is_empty() {
            return Some((Kind::Unresolved, words(&tree.tree.unresolved)));
        }
        match self.resolve(place, printed, true) {
            Ok(server) if server == *tree => {}
            Ok(server) => return Some((Kind::Printed, format!("tree of printed: {server}"))),
            Err(why) => return Some((Kind::Unread, format!("printed: {why}"))),
        }
        match self.resolve(place, &tree.to_string(), true) {
            // The names of a query's columns are no part of its tree.
            Ok(again) if again.tree == tree.tree => None,
            Ok(again) => Some((Kind::ReadBack, format!("tree of tree: {again}"))),
            Err(why) => Some((Kind::ReadBack, why)),
        }
    }

    /// What the server and we make of each text; nothing for one that it refuses.
    fn seen(&mut self, texts: &[(Place, String)], found: &mut Found) -> Vec<Option<Seen>> {
        let stored = store::stored(&mut self.client, texts, false);
        let mut seen: Vec<Option<Seen>> = Vec::new();
        for ((place, text), stored) in texts.iter().zip(stored) {
            found.expressions += 1;
            if let Some(why) = &stored.refused {
                found.refused.push(format!("{why}: {text}"));
                seen.push(None);
                continue;
            }
            let tree = self.resolve(*place, text, false);
            let fault = self.fault(*place, &stored.printed, &tree);
            let meaning = meaning(&stored.tree).unwrap_or_else(|why| panic!("{why}\n{}", stored.tree));
            seen.push(Some(Seen { stored, meaning, tree, fault }));
        }
        self.excuse(texts, &mut seen, found);
        seen
    }

    /// The server does not always print what leads back to what it has stored. Then it is not our
    /// fault that both are different to us.
    fn excuse(&mut self, texts: &[(Place, String)], seen: &mut [Option<Seen>], found: &mut Found) {
        let mut doubtful = Vec::new();
        for ((place, _), seen) in texts.iter().zip(seen.iter_mut()) {
            if let Some(seen) = seen
                && matches!(seen.fault, Some((Kind::Printed, _)))
            {
                doubtful.push((*place, seen));
            }
        }
        let printed: Vec<(Place, String)> =
            doubtful.iter().map(|(place, seen)| (*place, seen.stored.printed.clone())).collect();
        for (again, (_, seen)) in store::stored(&mut self.client, &printed, true).iter().zip(doubtful) {
            if again.refused.is_some() || meaning(&again.tree).as_ref() != Ok(&seen.meaning) {
                seen.fault = None;
                let why = again.refused.as_deref().unwrap_or("another tree");
                found.misprinted.push(format!("{why}: {}", seen.stored.printed));
            }
        }
    }

    fn wrong(&self, kind: Kind, place: Place, members: &[(&Written, &Seen)], same: bool) -> Wrong {
        let mut told = String::new();
        for (name, (written, seen)) in ["a", "b"].iter().zip(members) {
            told += &format!("  {name}:         {}\n", written.sql());
            told += &format!("  printed {name}: {}\n", seen.stored.printed);
            told += &match &seen.tree {
                Ok(tree) => format!("  tree {name}:    {tree}\n"),
                Err(why) => format!("  tree {name}:    none: {why}\n"),
            };
        }
        told += &match members {
            [(_, seen)] => format!("  {}\n", seen.fault.as_ref().map_or("", |(_, why)| why.as_str())),
            _ => format!("  the server stores {}\n", if same { "the same" } else { "something else" }),
        };
        let written = members.iter().map(|(written, _)| (*written).clone()).collect();
        Wrong { kind, place, version: self.version, members: written, told }
    }

    /// What is wrong with a pair as such.
    fn pair(&self, place: Place, one: (&Written, &Seen), other: (&Written, &Seen)) -> (bool, Option<Wrong>) {
        let same = one.1.meaning == other.1.meaning;
        let (Ok(ours), Ok(theirs)) = (&one.1.tree, &other.1.tree) else { return (same, None) };
        let has_fault = one.1.fault.is_some() || other.1.fault.is_some();
        let is_unresolved = [ours, theirs].iter().any(|side| !side.tree.unresolved.is_empty());
        let kind = match (same, ours == theirs) {
            (true, true) | (false, false) => None,
            // The fault of one side is told by itself.
            (true, false) => (!has_fault).then_some(Kind::False),
            (false, true) => (!is_unresolved).then_some(Kind::Missed),
        };
        (same, kind.map(|kind| self.wrong(kind, place, &[one, other], same)))
    }

    pub(crate) fn judge(&mut self, families: &[Family]) -> Found {
        let mut found = Found::default();
        let texts: Vec<(Place, String)> =
            families.iter().flat_map(|of| of.members.iter().map(|written| (of.place, written.sql()))).collect();
        let mut seen = self.seen(&texts, &mut found).into_iter();
        for Family { place, members } in families {
            let seen: Vec<(&Written, Seen)> =
                members.iter().zip(seen.by_ref()).filter_map(|(written, seen)| Some((written, seen?))).collect();
            for (number, (written, one)) in seen.iter().enumerate() {
                if let Some((kind, _)) = one.fault {
                    found.wrong.push(self.wrong(kind, *place, &[(written, one)], true));
                }
                for (also, other) in &seen[number + 1..] {
                    let (same, wrong) = self.pair(*place, (written, one), (also, other));
                    found.pairs += 1;
                    found.same += usize::from(same);
                    found.wrong.extend(wrong);
                }
            }
        }
        found
    }

    /// The smallest thing found that is wrong in the same way.
    pub(crate) fn shrunk(&mut self, wrong: Wrong) -> Wrong {
        let mut best = wrong;
        'smaller: loop {
            let nodes: Vec<Node> = best.members.iter().map(|written| written.node.clone()).collect();
            let lower: Vec<bool> = best.members.iter().map(|written| written.lower).collect();
            let steps: Vec<Family> = shrink::smaller(&nodes)
                .into_iter()
                .map(|nodes| {
                    let members = nodes.into_iter().zip(&lower).map(|(node, lower)| Written { node, lower: *lower });
                    Family { place: best.place, members: members.collect() }
                })
                .collect();
            for steps in steps.chunks(30) {
                for family in steps.iter().zip(self.judge(steps).wrong_of(steps)).filter_map(|(_, wrong)| wrong) {
                    if family.kind == best.kind && family.members.len() == best.members.len() {
                        best = family;
                        continue 'smaller;
                    }
                }
            }
            return best;
        }
    }
}

impl Found {
    /// What was found of each family, the first that concerns all of its members.
    fn wrong_of(self, families: &[Family]) -> Vec<Option<Wrong>> {
        let of = |family: &Family| self.wrong.iter().find(|wrong| wrong.members == family.members).cloned();
        families.iter().map(of).collect()
    }
}

/// The syntax of a statement, read where it stands: there it may be more than it is alone.
fn statement(place: Place, text: &str) -> Result<pg_query::protobuf::Node, String> {
    let around = match place {
        Place::Body => format!("CREATE FUNCTION f() LANGUAGE sql BEGIN ATOMIC {text}; END"),
        Place::Action => format!("CREATE RULE r AS ON UPDATE TO t DO INSTEAD {text}"),
        _ => text.to_owned(),
    };
    let mut node = match parse_one(&around).map_err(|error| format!("{error:?}"))? {
        NodeEnum::CreateFunctionStmt(routine) => routine.sql_body.map(|body| *body),
        NodeEnum::RuleStmt(rule) => rule.actions.into_iter().next(),
        other => Some(pg_query::protobuf::Node { node: Some(other) }),
    };
    while let Some(pg_query::protobuf::Node { node: Some(NodeEnum::List(list)) }) = node {
        node = list.items.into_iter().next();
    }
    node.ok_or_else(|| "there is no statement".to_owned())
}
