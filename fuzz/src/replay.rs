//! Files of SQL, replayed.

use schema_check::catalog::{FileId, Origin};
use schema_check::ddl;
use schema_check::replay::{Replay, Replayed};

/// A file has one meaning; what is said of it has places in it; and what it makes can be printed.
pub fn run(data: &[u8]) {
    let text = super::text(data);
    let (first, bad) = replayed(text);
    for span in &bad {
        assert!(text.get(span.clone()).is_some(), "{span:?} is no place in {text:?}");
    }
    let origins = first.notes.iter().map(|note| &note.origin).chain(first.refusals.iter().map(|one| &one.origin));
    for origin in origins {
        let Origin::File { span, .. } = origin else { continue };
        assert!(text.get(span.clone()).is_some(), "{span:?} is no place in {text:?}");
    }
    let (second, _) = replayed(text);
    assert_eq!(first.notes, second.notes, "{text:?}");
    assert_eq!(ddl::print(&first.catalog).text, ddl::print(&second.catalog).text, "{text:?}");
}

fn replayed(text: &str) -> (Replayed, Vec<std::ops::Range<usize>>) {
    let mut replay = Replay::new();
    let bad = replay.file(FileId(0), text).into_iter().map(|bad| bad.span).collect();
    (replay.finish(), bad)
}
