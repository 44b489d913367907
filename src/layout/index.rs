//! Layouts with a file that tells what there is: Drizzle, Atlas, Sqitch.

use std::ops::Range;

use super::marks::lines;
use super::names::number;
use super::{Fault, File, Folder, Plan, Step};

const JOURNAL: &str = "meta/_journal.json";
const PLAN: &str = "sqitch.plan";

/// A journal, or folders with a snapshot each, as newer versions have them.
pub(super) fn is_drizzle(folder: &Folder<'_>) -> bool {
    let has_snapshot = |file: &File| {
        file.name() == "migration.sql"
            && !file.parent().is_empty()
            && folder.has(&format!("{}/snapshot.json", file.parent()))
    };
    folder.has(JOURNAL) || folder.all(has_snapshot)
}

/// In the order of the journal; statements end at breakpoints too.
pub(super) fn drizzle(folder: &Folder<'_>) -> Result<Plan, Fault> {
    let Some((journal, file)) = folder.find(JOURNAL) else {
        let mut steps = folder.in_order(|file| (file.name() == "migration.sql").then(|| file.path.clone()), |_| true);
        steps.iter_mut().for_each(|step| step.parts = breakpoints(&folder.files[step.file].text));
        return Ok(Plan { steps, ..Plan::default() });
    };
    let wrong = |message: String| Fault { message, help: None, place: Some((journal, 0..file.text.len().min(1))) };
    let json: serde_json::Value =
        serde_json::from_str(&file.text).map_err(|error| wrong(format!("{JOURNAL} is no journal: {error}")))?;
    let mut entries: Vec<(u64, &str)> = Vec::new();
    for entry in json["entries"].as_array().map(Vec::as_slice).unwrap_or_default() {
        match (entry["idx"].as_u64(), entry["tag"].as_str()) {
            (Some(idx), Some(tag)) => entries.push((idx, tag)),
            _ => return Err(wrong(format!("an entry of {JOURNAL} has no idx or no tag"))),
        }
    }
    entries.sort_unstable();
    let mut steps = Vec::new();
    for (_, tag) in entries {
        let path = format!("{tag}.sql");
        let (at, file) =
            folder.find(&path).ok_or_else(|| wrong(format!("{JOURNAL} names {path}, which is not there")))?;
        steps.push(Step { parts: breakpoints(&file.text), ..Step::whole(at, file, true) });
    }
    let left_out = folder.others(&steps, "it is not in the journal");
    Ok(Plan { steps, left_out, ..Plan::default() })
}

fn breakpoints(text: &str) -> Vec<Range<usize>> {
    const MARK: &str = "--> statement-breakpoint";
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(MARK) {
        parts.push(start..at);
        start = at + MARK.len();
    }
    parts.push(start..text.len());
    parts
}

/// Atlas's own files; it can keep those of other tools too.
pub(super) fn is_atlas(folder: &Folder<'_>) -> bool {
    folder.has("atlas.sum")
        && folder.all(|file| !file.name().ends_with(".up.sql") && !file.name().ends_with(".down.sql"))
}

/// By name; all that is before the last checkpoint is in it.
pub(super) fn atlas(folder: &Folder<'_>) -> Result<Plan, Fault> {
    let says = |file: &File, words: &str| {
        lines(&file.text).take_while(|(_, line)| line.starts_with("--")).any(|(_, line)| line.contains(words))
    };
    let mut steps = folder.in_order(
        |file| file.parent().is_empty().then(|| file.name().to_owned()),
        |file| !says(file, "atlas:txmode none"),
    );
    let checkpoint = steps.iter().rposition(|step| says(&folder.files[step.file], "atlas:checkpoint"));
    steps.drain(..checkpoint.unwrap_or_default());
    Ok(Plan { steps, ..Plan::default() })
}

pub(super) fn is_sqitch(folder: &Folder<'_>) -> bool {
    folder.has(PLAN)
}

/// `deploy/NAME.sql` in the order of the plan. Of a change that is made anew behind a tag, the older script is
/// `deploy/NAME@TAG.sql`. Sqitch runs each by psql, which stops at the first error.
pub(super) fn sqitch(folder: &Folder<'_>) -> Result<Plan, Fault> {
    let Some((plan, file)) = folder.find(PLAN) else {
        return Err(Fault { message: format!("there is no {PLAN} in {}", folder.path), help: None, place: None });
    };
    // Each change with its place and the first tag behind it.
    let mut changes: Vec<(&str, Range<usize>, Option<&str>)> = Vec::new();
    for (span, line) in lines(&file.text) {
        let said = line.trim();
        if said.is_empty() || said.starts_with(['#', '%']) {
            continue;
        }
        let name = said.split_whitespace().next().unwrap_or_default();
        if let Some(tag) = name.strip_prefix('@') {
            changes.iter_mut().filter(|(.., found)| found.is_none()).for_each(|(.., found)| *found = Some(tag));
        } else {
            changes.push((name.trim_start_matches(['+', '-']), span.start..span.start + line.trim_end().len(), None));
        }
    }
    let mut steps = Vec::new();
    for (number, (name, span, tag)) in changes.iter().enumerate() {
        let is_redone = changes[number + 1..].iter().any(|(later, ..)| later == name);
        let path = match tag {
            Some(tag) if is_redone => format!("deploy/{name}@{tag}.sql"),
            _ => format!("deploy/{name}.sql"),
        };
        let Some((at, script)) = folder.find(&path) else {
            let message = format!("the plan has the change {name}, and {path} is not there");
            return Err(Fault { message, help: None, place: Some((plan, span.clone())) });
        };
        steps.push(Step { stops_on_error: true, ..Step::whole(at, script, false) });
    }
    let mut left_out = folder.others(&steps, "it is not in the plan");
    left_out.retain(|(at, _)| folder.files[*at].path.starts_with("deploy/"));
    Ok(Plan { steps, left_out, ..Plan::default() })
}

/// Whether a file that is not SQL looks like a migration that a program makes.
pub(super) fn is_program(file: &File) -> bool {
    const WRITTEN_IN: [&str; 12] =
        [".go", ".js", ".ts", ".mjs", ".py", ".rb", ".java", ".kt", ".exs", ".php", ".fizz", ".rs"];
    let is_numbered = number(file.name()).is_some()
        || file.name().strip_prefix('V').is_some_and(|rest| number(rest).is_some() && rest.contains("__"));
    is_numbered && WRITTEN_IN.iter().any(|ending| file.name().ends_with(ending))
}
