//! What a server refuses: its own codes, and for those that the replay knows how to give a word of advice.

use std::sync::LazyLock;

use super::texts::{Entry, Texts};
use super::{Code, Weight};
use crate::findings::Severity;
use crate::replay::condition_of;

/// By SQLSTATE.
static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::read(include_str!("refused.md")));

pub(super) fn all() -> impl Iterator<Item = Code> {
    TEXTS.headings().map(refused)
}

/// Also a code of which nothing more is known: code that is run can raise any.
pub(super) fn find(code: &str) -> Option<Code> {
    let sqlstate = code.strip_prefix("replay::")?;
    let is_one = sqlstate.len() == 5 && sqlstate.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    is_one.then(|| refused(sqlstate))
}

fn refused(sqlstate: &str) -> Code {
    let entry = TEXTS.get(sqlstate);
    let text = |what| entry.map(|entry| entry.text(what).to_owned());
    let condition = condition_of(sqlstate);
    let title = text("Title").unwrap_or_else(|| match condition {
        Some(condition) => format!("a statement that a server would refuse: {}", condition.replace('_', " ")),
        None => "code that is run raises an error of its own".to_owned(),
    });
    let named = condition.map_or_else(String::new, |condition| format!(" ({condition})"));
    Code {
        code: format!("replay::{sqlstate}"),
        weight: Weight::Finding(Severity::Error),
        title,
        meaning: format!(
            "A server would refuse this statement with the SQLSTATE {sqlstate}{named} and the message of the finding. \
             Statements that are refused for the same reason are one finding with several places."
        ),
        why: "A migration ends here: in a transaction nothing of it is kept, and without one what comes before it is. `psql` \
              goes on, without what this statement should have done."
            .to_owned(),
        mend: text("Mend").unwrap_or_else(|| {
            "Look at the message. A DO block, or a function that is called, can raise any code by `RAISE … USING ERRCODE`."
                .to_owned()
        }),
        accept: format!(
            "What servers have before the first file is stated by `--prelude`, or in a file of its own before the others. A \
             waiver has to name the code in full: `finding: replay::{sqlstate}`, `object: \"*\"`, and a reason."
        ),
        example: entry.and_then(|Entry { example, .. }| example.clone()),
    }
}
