//! Layouts that keep the way up and the way back in one file, apart by comments.

use std::ops::Range;

use super::names::{number, undoes};
use super::{Fault, File, Folder, Plan, Step};

/// How a tool tells the ways apart, in lower case, behind `--` and white space.
struct Marks {
    up: &'static str,
    down: &'static str,
    /// It is no transaction if this stands anywhere in a mark.
    alone: &'static str,
}

const GOOSE: Marks = Marks { up: "+goose up", down: "+goose down", alone: "+goose no transaction" };
const DBMATE: Marks = Marks { up: "migrate:up", down: "migrate:down", alone: "transaction:false" };
const SQL_MIGRATE: Marks = Marks { up: "+migrate up", down: "+migrate down", alone: "notransaction" };
const NODE_PG_MIGRATE: Marks = Marks { up: "up migration", down: "down migration", alone: "\0" };
const MICRATE: Marks = Marks { up: "+micrate up", down: "+micrate down", alone: "\0" };

/// What a line says in a comment of its own.
fn comment(line: &str) -> Option<String> {
    let rest = line.trim_start_matches('\u{feff}').trim_start().strip_prefix("--")?;
    Some(rest.trim_start_matches(['-', ' ', '\t']).trim_end().to_ascii_lowercase())
}

/// The lines of a text, and where each lies.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start..*at, line))
    })
}

impl Marks {
    fn is_in(&self, file: &File) -> bool {
        lines(&file.text).filter_map(|(_, line)| comment(line)).any(|said| said.starts_with(self.up))
    }

    /// What leads up.
    fn parts(&self, text: &str, begins_up: bool) -> Vec<Range<usize>> {
        let mut parts: Vec<Range<usize>> = Vec::new();
        let mut is_up = begins_up;
        for (span, line) in lines(text) {
            let said = comment(line).unwrap_or_default();
            let is_down = said.starts_with(self.down);
            if is_down || said.starts_with(self.up) {
                is_up = !is_down;
                continue;
            }
            match parts.last_mut() {
                Some(part) if is_up && part.end == span.start => part.end = span.end,
                _ if is_up => parts.push(span),
                _ => {}
            }
        }
        parts
    }

    fn is_alone(&self, text: &str) -> bool {
        let marks = lines(text).filter_map(|(_, line)| comment(line));
        marks.take_while(|said| !said.starts_with(self.down)).any(|said| said.contains(self.alone))
    }

    /// The files in the order of their numbers, or of their names.
    fn plan(&self, folder: &Folder<'_>, is_numeric: bool) -> Plan {
        let key = |file: &File| Some((is_numeric.then(|| number(file.name())), file.name().to_owned()));
        let mut steps = folder.in_order(key, |file| !self.is_alone(&file.text));
        for step in &mut steps {
            let file = &folder.files[step.file];
            // Without any mark all of it leads up, to those tools that take it.
            step.parts = self.parts(&file.text, !self.is_in(file));
        }
        Plan { steps, ..Plan::default() }
    }
}

pub(super) fn is_goose(folder: &Folder<'_>) -> bool {
    folder.all(|file| GOOSE.is_in(file))
}

pub(super) fn goose(folder: &Folder<'_>) -> Result<Plan, Fault> {
    Ok(GOOSE.plan(folder, true))
}

pub(super) fn is_dbmate(folder: &Folder<'_>) -> bool {
    folder.all(|file| DBMATE.is_in(file))
}

pub(super) fn dbmate(folder: &Folder<'_>) -> Result<Plan, Fault> {
    Ok(DBMATE.plan(folder, false))
}

pub(super) fn is_sql_migrate(folder: &Folder<'_>) -> bool {
    folder.all(|file| SQL_MIGRATE.is_in(file))
}

pub(super) fn sql_migrate(folder: &Folder<'_>) -> Result<Plan, Fault> {
    Ok(SQL_MIGRATE.plan(folder, true))
}

pub(super) fn is_node_pg_migrate(folder: &Folder<'_>) -> bool {
    folder.all(|file| NODE_PG_MIGRATE.is_in(file))
}

pub(super) fn node_pg_migrate(folder: &Folder<'_>) -> Result<Plan, Fault> {
    Ok(NODE_PG_MIGRATE.plan(folder, true))
}

/// Files of no tool, or of one that is not known: by their whole paths; what leads back stays out, as any tool
/// marks it. A file that was named itself is taken, whatever it is called.
pub(super) fn plain(folder: &Folder<'_>) -> Result<Plan, Fault> {
    let is_named = folder.path.is_empty();
    let mut left_out = Vec::new();
    let mut steps = Vec::new();
    let mut found: Vec<(usize, &File)> =
        folder.files.iter().enumerate().filter(|(_, file)| is_named || file.path.ends_with(".sql")).collect();
    found.sort_by(|(_, one), (_, other)| {
        let is_repeatable = |file: &File| file.name().starts_with("R__");
        is_repeatable(one).cmp(&is_repeatable(other)).then_with(|| super::natural(&one.path, &other.path))
    });
    for (at, file) in found {
        if undoes(file) && !is_named {
            left_out.push((at, "by its name it undoes a migration".to_owned()));
            continue;
        }
        let marked = [GOOSE, DBMATE, SQL_MIGRATE, NODE_PG_MIGRATE, MICRATE];
        let marks = marked.into_iter().find(|marks| {
            lines(&file.text).filter_map(|(_, line)| comment(line)).any(|said| said.starts_with(marks.down))
        });
        let whole = Step::whole(at, file, false);
        steps.push(match marks {
            Some(marks) => Step { parts: marks.parts(&file.text, true), ..whole },
            None => whole,
        });
    }
    Ok(Plan { steps, left_out, ..Plan::default() })
}
