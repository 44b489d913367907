//! YAML → what a schema must be. Opens no file.

pub mod assertion;
mod bind;
pub mod document;
mod fragment;
pub mod guard;
mod lower;
mod merge;
pub mod names;
mod scalar;
mod schema;
pub mod section;
pub mod waiver;
mod write;

pub use bind::{Bound, bind};
pub use document::Document;
pub use lower::{HOLD_STATEMENTS, attribute, keys_of, pair_sign};
pub use merge::merge;
pub use schema::schema;
pub use section::SectionKey;
pub use write::write;

use std::ops::Range;

use crate::catalog::{FileId, Origin};
use crate::yaml;

/// Something wrong with a spec, at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecError {
    pub message: String,
    pub place: Origin,
    pub help: Option<String>,
    /// A second place, and what it has to do with it.
    pub also: Option<(Origin, String)>,
}

/// Reads one file.
///
/// # Errors
/// All its mistakes.
pub fn read(file: FileId, text: &str) -> Result<Document, Vec<SpecError>> {
    let (document, errors) = parse(file, text);
    if errors.is_empty() { Ok(document) } else { Err(errors) }
}

/// What can be read of one file, and all its mistakes.
pub fn parse(file: FileId, text: &str) -> (Document, Vec<SpecError>) {
    let wrong = |message: String, span, help: Option<&str>, first: Option<Range<usize>>| {
        let place = Origin::File { file, span };
        let also = first.map(|span| (Origin::File { file, span }, "and the first time here".to_owned()));
        let error = SpecError { message, place, help: help.map(str::to_owned), also };
        (Document::default(), vec![error])
    };
    match yaml::read(text) {
        Ok(Some(root)) => lower::lower(file, text, &root),
        Ok(None) => {
            let help = "a spec begins with `version: 1`; see docs/spec.md";
            wrong("the spec is empty".into(), 0..0, Some(help), None)
        }
        Err(error) => wrong(error.message, error.span, None, error.first),
    }
}

/// The number of the phase that a spec is checked up to: the one of that id, or else the one that the spec itself
/// names, or else the last. None where there are no phases.
///
/// # Errors
/// Where no phase has that id.
pub fn phase(document: &Document, id: Option<&str>) -> Result<Option<usize>, Vec<SpecError>> {
    let ids = || document.phases.iter().map(|phase| phase.id.text.as_str());
    let stated = document.phase.as_ref();
    let Some(wanted) = id.or(stated.map(|name| name.text.as_str())) else {
        return Ok(document.phases.len().checked_sub(1));
    };
    ids().position(|id| id == wanted).map(Some).ok_or_else(|| {
        let known: Vec<&str> = ids().collect();
        let help = match (nearest(wanted, ids()), known.is_empty()) {
            (Some(nearest), _) => format!("did you mean `{nearest}`?"),
            (None, true) => "the spec has no phases".to_owned(),
            (None, false) => format!("its phases: {}", known.join(", ")),
        };
        let place = stated.filter(|_| id.is_none()).map(|name| name.place.clone());
        vec![SpecError {
            message: format!("there is no phase `{wanted}`"),
            place: place.unwrap_or(Origin::Server),
            help: Some(help),
            also: None,
        }]
    })
}

/// The known word that a mistyped one is nearest to, if it is near enough to be meant.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    known
        .map(|candidate| (strsim::damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
