//! What a source states about one attribute, and where it says so.

use std::ops::Range;

/// A file that was read, as a number; whoever opened it knows its name and text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// The place that states something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A server, a snapshot, or what a server does by itself: there is no line to point at.
    Server,
    /// Bytes in a file.
    File { file: FileId, span: Range<usize> },
}

impl Origin {
    /// Whether both are places in one file.
    pub fn is_in_file_of(&self, other: &Self) -> bool {
        matches!((self, other), (Self::File { file, .. }, Self::File { file: of, .. }) if file == of)
    }

    /// Whether it is a part of another place in a file.
    pub fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File { file, span }, Self::File { file: of, span: around }) => {
                file == of && around.start <= span.start && span.end <= around.end
            }
            (Self::Server | Self::File { .. }, _) => false,
        }
    }
}

/// What a source states about one attribute: nothing, or exactly this, from there.
/// `Unstated` is "no opinion"; an `Attr<Option<T>>` holding `Is(None, _)` is "there is none".
#[derive(Clone, Debug, Default)]
pub enum Attr<T> {
    #[default]
    Unstated,
    Is(T, Origin),
}

impl<T: PartialEq> Attr<T> {
    /// Says that it is stated `here`, if it is otherwise than before though it claims to be stated at the same place.
    pub(super) fn restate_changed(&mut self, before: &Self, here: &Origin) {
        if let (Self::Is(now, place), Self::Is(then, was)) = (self, before)
            && place == was
            && now != then
            && !place.is_within(here)
        {
            place.clone_from(here);
        }
    }
}

impl<T> Attr<T> {
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Unstated => None,
            Self::Is(value, _) => Some(value),
        }
    }

    pub fn get_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Unstated => None,
            Self::Is(value, _) => Some(value),
        }
    }

    pub fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Unstated => None,
            Self::Is(_, origin) => Some(origin),
        }
    }
}

/// Stated by a server.
pub fn server<T>(value: T) -> Attr<T> {
    Attr::Is(value, Origin::Server)
}
