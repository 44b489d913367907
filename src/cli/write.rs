//! Files that are written: whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::interrupt;
use super::problem::Problem;
use super::source::has_extension;
use crate::files::Files;

/// What becomes of a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Existing {
    Replace,
    Keep,
}

impl Existing {
    /// Whether files may be written there.
    pub(super) fn allows<'p>(self, paths: impl IntoIterator<Item = &'p Path>) -> Result<(), Problem> {
        let there: Vec<String> =
            paths.into_iter().filter(|path| path.exists()).map(|path| path.display().to_string()).collect();
        if self == Self::Replace || there.is_empty() {
            return Ok(());
        }
        let (verb, pronoun) = if there.len() == 1 { ("is", "it") } else { ("are", "them") };
        let help = format!("nothing was written; --force replaces {pronoun}");
        Err(Problem::input(format!("{} {verb} there already", there.join(" and ")), Some(help)))
    }
}

/// Writes files, all of them or none: each beside its place under another name, and only then, when all are
/// written, into its place.
pub(super) fn write(files: &[(PathBuf, String)], existing: Existing) -> Result<(), Problem> {
    existing.allows(files.iter().map(|(path, _)| path.as_path()))?;
    // What is dropped without having been put into its place is taken away again.
    let mut drafts = Vec::new();
    for (path, text) in files {
        drafts.push(Draft::new(path, text).map_err(|error| unwritable(path, &error))?);
    }
    drafts
        .into_iter()
        .zip(files)
        .try_for_each(|(draft, (path, _))| draft.put().map_err(|error| unwritable(path, &error)))
}

/// One path for a file, however it is called.
pub(super) fn same_for_same(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

/// Refuses to write what is made (a report, say) over what was read, or where it would be taken for a spec or for SQL.
pub(super) fn spare<'p>(mut paths: impl Iterator<Item = &'p Path>, files: &Files, what: &str) -> Result<(), Problem> {
    let read: Vec<PathBuf> = files.names().map(|name| same_for_same(Path::new(name))).collect();
    let why = |path: &Path| match () {
        () if has_extension(path, &["sql", "yaml", "yml"]) => Some("which would be taken for a spec or for SQL"),
        () if read.contains(&same_for_same(path)) => Some("which was read"),
        () => None,
    };
    match paths.find_map(|path| Some((path, why(path)?))) {
        Some((path, why)) => {
            let message = format!("a {what} would be written to {}, {why}", path.display());
            Err(Problem::input(message, Some("nothing was written; give it another name".to_owned())))
        }
        None => Ok(()),
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Problem {
    Problem::no_verdict(format!("{} cannot be written: {error}", path.display()), None)
}

/// A text on its way to its place.
struct Draft<'a> {
    /// The file that holds it until then; none where the place is a pipe or a device.
    draft: Option<PathBuf>,
    place: PathBuf,
    text: &'a str,
}

impl<'a> Draft<'a> {
    fn new(path: &Path, text: &'a str) -> io::Result<Self> {
        // Behind a link, the file itself is the place.
        let place = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let found = fs::metadata(&place).ok();
        if found.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        if found.as_ref().is_some_and(|found| !found.is_file()) {
            return Ok(Self { draft: None, place, text });
        }
        let name = place.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy().into_owned();
        let draft = place.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
        interrupt::begin(&draft);
        let opened = OpenOptions::new().write(true).create_new(true).open(&draft);
        let mut file = opened.inspect_err(|_| interrupt::end(&draft))?;
        let whole = Self { draft: Some(draft), place, text };
        file.write_all(text.as_bytes())?;
        if let Some(found) = found {
            file.set_permissions(found.permissions())?;
        }
        file.sync_all()?;
        Ok(whole)
    }

    fn put(mut self) -> io::Result<()> {
        match self.draft.take() {
            Some(draft) => {
                fs::rename(&draft, &self.place).inspect_err(|_| self.draft = Some(draft.clone()))?;
                interrupt::end(&draft);
                Ok(())
            }
            None => File::options().write(true).open(&self.place)?.write_all(self.text.as_bytes()),
        }
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if let Some(draft) = &self.draft {
            let _ = fs::remove_file(draft);
            interrupt::end(draft);
        }
    }
}
