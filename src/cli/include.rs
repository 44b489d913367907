//! The files that scripts include by `\i` and `\ir`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::problem::Problem;
use super::source::MAX_SQL_BYTES;
use super::sql::Replaying;
use super::text;
use crate::catalog::FileId;
use crate::files::Files;
use crate::layout;
use crate::replay::{Include, Script};

/// Reads SQL files, each once.
pub(super) struct Reader<'a> {
    pub(super) files: &'a mut Files,
    replaying: &'a Replaying,
    /// What has been read, by its real path.
    known: BTreeMap<PathBuf, Script>,
    paths: BTreeMap<FileId, PathBuf>,
    /// The folder that includes must not lead out of.
    pub(super) root: PathBuf,
}

impl<'a> Reader<'a> {
    pub(super) fn new(files: &'a mut Files, replaying: &'a Replaying) -> Self {
        Self { files, replaying, known: BTreeMap::new(), paths: BTreeMap::new(), root: PathBuf::new() }
    }

    pub(super) fn replaying(&self) -> &'a Replaying {
        self.replaying
    }

    /// A file as a script, with the values of placeholders put in.
    pub(super) fn read(&mut self, path: &Path) -> Result<Script, Problem> {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if let Some(script) = self.known.get(&real) {
            return Ok(script.clone());
        }
        let text: Arc<str> = text::read(path, MAX_SQL_BYTES, self.replaying.encoding)?.into();
        let file = self.files.add(path.display().to_string(), text.clone());
        let script = match layout::fill(&text, self.replaying.values()) {
            Some(filled) => Script { places: Some(Arc::new(filled.places)), ..Script::of(file, filled.text) },
            None => Script::of(file, text),
        };
        self.paths.insert(file, path.to_owned());
        self.known.insert(real, script.clone());
        Ok(script)
    }
}

impl Include for Reader<'_> {
    /// psql looks from where it was started; a script that is started elsewhere means what lies beside it.
    fn open(&mut self, path: &str, from: FileId, beside: bool) -> Result<Script, (String, Option<String>)> {
        let folder = self.paths.get(&from).and_then(|path| path.parent()).unwrap_or(Path::new("")).to_owned();
        let from_here = (!beside).then(|| PathBuf::from(path));
        let candidates: Vec<PathBuf> = from_here.into_iter().chain([folder.join(path)]).collect();
        let Some((found, real)) = candidates.iter().find_map(|path| Some((path, path.canonicalize().ok()?))) else {
            let looked: Vec<String> = candidates.iter().map(|path| path.display().to_string()).collect();
            let help = "psql takes \\i from where it is started, and \\ir from beside the script".to_owned();
            return Err((format!("{path} is not there; it was looked for as {}", looked.join(" and ")), Some(help)));
        };
        let root = self.root.canonicalize().unwrap_or_else(|_| self.root.clone());
        if !self.replaying.include_anywhere && !real.starts_with(&root) {
            let message = format!("{path} lies outside of {}", self.root.display());
            return Err((message, Some("--include-anywhere lets scripts include any file".to_owned())));
        }
        self.read(&found.clone()).map_err(|problem| (problem.message(), None))
    }
}
