//! Spec files, and the files that they include, read as one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::problem::Problem;
use super::source::{MAX_SPEC_BYTES, has_extension, metadata, walk};
use super::{config, text};
use crate::catalog::{FileId, Origin};
use crate::files::Files;
use crate::spec::document::Name;
use crate::spec::{self, Document};

/// Specs that were read.
pub(super) struct Specs {
    pub(super) document: Document,
    /// The files in which it stands, in the order in which they were read.
    pub(super) files: Vec<FileId>,
}

/// Reads the specs at some paths, and what they include, as one. All mistakes of all files show at once.
pub(super) fn read(paths: &[PathBuf], files: &mut Files) -> Result<Specs, Problem> {
    let mut reader = Reader { files, known: BTreeSet::new(), documents: Vec::new(), read: Vec::new(), problem: None };
    for path in paths {
        if let Err(problem) = reader.named(path) {
            reader.fail(problem);
        }
    }
    let Reader { documents, read, mut problem, .. } = reader;
    let merged = spec::merge(documents);
    let document = merged.map_err(|errors| with(problem.take(), Problem::from(errors)))?;
    if let Some(problem) = problem {
        return Err(problem);
    }
    if document.asserts_nothing() {
        return Err(asserts_nothing(read.first()).into());
    }
    Ok(Specs { document, files: read })
}

/// Whether specs at some paths may say which database they are for, told without reading them: most do not.
pub(super) fn may_guard(paths: &[PathBuf]) -> bool {
    let says = |text: &[u8], word: &str| text.windows(word.len()).any(|part| part == word.as_bytes());
    let may = |text: &[u8]| says(text, "database") || says(text, "include");
    // So may a folder, and a pipe, which can be read but once.
    let text = |path: &PathBuf| fs::metadata(path).ok().filter(fs::Metadata::is_file).and_then(|_| fs::read(path).ok());
    paths.iter().any(|path| text(path).is_none_or(|text| may(&text)))
}

fn asserts_nothing(first: Option<&FileId>) -> Vec<spec::SpecError> {
    vec![spec::SpecError {
        message: "the spec asserts nothing".into(),
        place: first.map_or(Origin::Server, |file| Origin::File { file: *file, span: 0..0 }),
        help: Some("state `tables:`, `each:`, `types:`, `absent:` or another section".into()),
        also: None,
    }]
}

fn with(before: Option<Problem>, problem: Problem) -> Problem {
    match before {
        Some(before) => before.and(problem),
        None => problem,
    }
}

struct Reader<'a> {
    files: &'a mut Files,
    /// What has been read, by its real path: named twice, or included in a circle, it is still one.
    known: BTreeSet<PathBuf>,
    documents: Vec<Document>,
    read: Vec<FileId>,
    problem: Option<Problem>,
}

/// The folder that nothing that is included may lie outside of.
struct Root {
    /// As it is named.
    name: PathBuf,
    real: PathBuf,
}

impl Reader<'_> {
    fn fail(&mut self, problem: Problem) {
        self.problem = Some(with(self.problem.take(), problem));
    }

    /// A file or a folder that the arguments, or schema-check.yaml, name.
    fn named(&mut self, path: &Path) -> Result<(), Problem> {
        let folder = if metadata(path)?.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let root = Root { name: folder.to_owned(), real: real(folder)? };
        for file in spec_files(path)? {
            if let Err(problem) = self.file(&file, &root) {
                self.fail(problem);
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, root: &Root) -> Result<(), Problem> {
        if !self.known.insert(real(path)?) {
            return Ok(());
        }
        let text = text::read(path, MAX_SPEC_BYTES, None)?;
        let file = self.files.add(path.display().to_string(), text);
        self.read.push(file);
        let (document, errors) = spec::parse(file, self.files.text(file));
        if !errors.is_empty() {
            self.fail(errors.into());
        }
        let include = document.include.clone();
        self.documents.push(document);
        for name in include {
            let included = path.parent().unwrap_or(Path::new("")).join(&name.text);
            if let Err(problem) = self.included(&included, &name, root) {
                let help = problem.help().map(str::to_owned);
                self.fail(Problem::at(problem.message(), help, Some(name.place)));
            }
        }
        Ok(())
    }

    fn included(&mut self, path: &Path, name: &Name, root: &Root) -> Result<(), Problem> {
        if name.text.contains(['*', '?']) && !path.exists() {
            let help = "name the folder: every .yaml and .yml file in it is read".to_owned();
            return Err(Problem::input("`include` takes paths, and no patterns", Some(help)));
        }
        if !path.exists() {
            let help = "what is included is named by its path from the file that includes it".to_owned();
            return Err(Problem::input(format!("there is no file {}", path.display()), Some(help)));
        }
        for file in spec_files(root.within(path)?)? {
            self.file(root.within(&file)?, root)?;
        }
        Ok(())
    }
}

impl Root {
    /// A path, if what is really there lies in the folder, whatever links lead to it.
    fn within<'p>(&self, path: &'p Path) -> Result<&'p Path, Problem> {
        if real(path)?.starts_with(&self.real) {
            return Ok(path);
        }
        let message = format!("{} lies outside of {}", path.display(), self.name.display());
        let help = "a spec includes what lies in its own folder; more is read where --spec, or `specs:` in \
                    schema-check.yaml, names it";
        Err(Problem::input(message, Some(help.to_owned())))
    }
}

fn real(path: &Path) -> Result<PathBuf, Problem> {
    path.canonicalize().map_err(|error| Problem::input(format!("{} cannot be read: {error}", path.display()), None))
}

fn spec_files(path: &Path) -> Result<Vec<PathBuf>, Problem> {
    if !metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    walk(path, &mut found, &|path| has_extension(path, &["yaml", "yml"]) && !path.ends_with(config::NAME))?;
    found.sort();
    if found.is_empty() {
        return Err(Problem::input(format!("there is no .yaml file in {}", path.display()), None));
    }
    Ok(found)
}
