//! YAML → what a schema must be. Opens no file.

mod bind;
pub mod document;
mod fragment;
pub mod guard;
mod lower;
mod merge;

pub use bind::{Bound, bind};
pub use document::Document;
pub use merge::merge;

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

/// Reads one file. All its mistakes are returned together.
///
/// # Errors
/// At least one mistake.
pub fn read(file: FileId, text: &str) -> Result<Document, Vec<SpecError>> {
    let whole = |message: &str, help: &str| {
        vec![SpecError {
            message: message.into(),
            place: Origin::File { file, span: 0..0 },
            help: Some(help.into()),
            also: None,
        }]
    };
    let root = match yaml::read(text) {
        Ok(Some(root)) => root,
        Ok(None) => return Err(whole("the spec is empty", "a spec begins with `version: 1`; see docs/spec.md")),
        Err(error) => {
            let place = Origin::File { file, span: error.span };
            return Err(vec![SpecError { message: error.message, place, help: None, also: None }]);
        }
    };
    let (document, errors) = lower::lower(file, text, &root);
    if !errors.is_empty() {
        return Err(errors);
    }
    if document.asserts_nothing() {
        return Err(whole(
            "the spec asserts nothing",
            "state `tables:`, `each:`, `types:`, `absent:` or another section",
        ));
    }
    Ok(document)
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
