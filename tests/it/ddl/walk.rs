//! Statements sent to a server and to a replay side by side, with a look at both after each.

use schema_check::catalog::{Catalog, FileId, Note};
use schema_check::live::{Options, Session, Target};
use schema_check::replay::Replay;
use schema_check::sql::split::split;

use super::draw::ROLES;
use crate::server::{Cluster, Database};
use crate::sql::{apply, differences, refused_in};

/// A database and the replay that ought to hold the same.
pub(crate) struct Walk<'a> {
    database: Database<'a>,
    /// One connection that looks at it again and again.
    session: Session,
    pub(crate) replay: Replay,
    files: u32,
    notes: usize,
}

/// What came of a statement.
pub(crate) enum Step {
    Same,
    /// The replay says that it does not know.
    Noted(String),
    /// What differs, a line each.
    Apart(Vec<String>),
}

impl<'a> Walk<'a> {
    pub(crate) fn begin(cluster: &'a Cluster) -> Self {
        let mut replay = Replay::meant_for(cluster.version).knowing_all();
        replay.set_role("postgres".into());
        for role in ROLES {
            cluster.ensure_role(role);
            replay.file(FileId(0), &format!("CREATE ROLE {role} LOGIN"));
        }
        let notes = replay.notes().len();
        let database = cluster.database();
        let target = Target::parse(&database.url(), &|_| None).unwrap();
        let session = Session::open(&target, &Options::default()).unwrap();
        Self { database, session, replay, files: 0, notes }
    }

    /// Each text is a session of its own.
    pub(crate) fn step(&mut self, text: &str) -> Step {
        self.files += 1;
        let file = FileId(self.files);
        let before = self.replay.catalog().clone();
        let mut by_server = apply(&self.database, text);
        // The rest of a failed transaction fails for that reason.
        by_server.retain(|(_, sqlstate)| sqlstate != "25P02");
        let bad = self.replay.file(file, text);
        assert!(bad.is_empty(), "this is no SQL: {text}: {bad:?}");
        let number = usize::try_from(self.files).unwrap();
        let by_replay = refused_in(self.replay.refusals(), number, text);
        // That a transaction came to nothing is known, and told only to people.
        let is_doubt = |note: &&Note| {
            !note.message.contains("rolled back") && !note.message.contains("rolled the transaction back")
        };
        if let Some(note) = self.replay.notes()[self.notes..].iter().find(is_doubt) {
            return Step::Noted(note.message.clone());
        }
        self.notes = self.replay.notes().len();
        if by_server != by_replay {
            let said = self.replay.refusals().last().filter(|_| by_replay.len() > by_server.len());
            let said = said.map_or("", |refusal| refusal.message.as_str());
            return Step::Apart(vec![format!(
                "refused by the replay {by_replay:?}, by the server {by_server:?} {said}"
            )]);
        }
        // What was refused has left the server as it was.
        let is_refused = by_server.len() == split(text).len();
        let there: Catalog = if is_refused { before } else { self.session.read().unwrap().0 };
        let found = differences(self.replay.catalog(), &there);
        if found.is_empty() { Step::Same } else { Step::Apart(found) }
    }
}

/// What differs at the end of these texts, or on the way.
pub(crate) fn retrace(cluster: &Cluster, texts: &[String]) -> Option<Vec<String>> {
    let mut walk = Walk::begin(cluster);
    for text in texts {
        match walk.step(text) {
            Step::Same => {}
            Step::Noted(_) => return None,
            Step::Apart(found) => return Some(found),
        }
    }
    None
}

/// The fewest of these texts that still lead apart.
pub(crate) fn shrink(cluster: &Cluster, mut texts: Vec<String>) -> Vec<String> {
    let mut size = texts.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at + size < texts.len() {
            let mut fewer = texts.clone();
            fewer.drain(at..at + size);
            if retrace(cluster, &fewer).is_some() { texts = fewer } else { at += size }
        }
        size /= 2;
    }
    texts
}
