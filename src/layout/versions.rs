//! Flyway and refinery: `V1__name.sql`.

use super::{Fault, File, Folder, Plan};

/// What the letter before the version says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Baseline,
    Versioned,
    Undo,
    Repeatable,
}

/// The sort and version of a file: of `V1.2__x.sql` and `V1_2__x.sql` it is 1, 2.
fn version(file: &File) -> Option<(Sort, Vec<u128>)> {
    let stem = file.name().strip_suffix(".sql")?;
    let (before, _) = stem.split_once("__")?;
    let sort = match before.chars().next()? {
        'B' => Sort::Baseline,
        'V' => Sort::Versioned,
        'U' => Sort::Undo,
        'R' if before == "R" => return Some((Sort::Repeatable, Vec::new())),
        _ => return None,
    };
    let mut numbers = before[1..].split(['.', '_']).map(|part| part.parse().ok()).collect::<Option<Vec<u128>>>()?;
    while numbers.last() == Some(&0) && numbers.len() > 1 {
        numbers.pop();
    }
    Some((sort, numbers))
}

/// What Flyway calls at certain moments: `afterMigrate.sql`, `beforeEachMigrate__x.sql`.
fn is_callback(file: &File) -> bool {
    ["before", "after"].iter().any(|when| {
        let rest = file.name().strip_prefix(when);
        rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
    })
}

fn versions(folder: &Folder<'_>, sort: Sort) -> Vec<Vec<u128>> {
    let of = |(_, file)| version(file).filter(|(found, _)| *found == sort).map(|(_, numbers)| numbers);
    folder.sql().filter_map(of).collect()
}

/// Versions that only Flyway has, or none that only refinery has.
pub(super) fn is_flyway(folder: &Folder<'_>) -> bool {
    let undone = versions(folder, Sort::Undo);
    let done = versions(folder, Sort::Versioned);
    folder.all(|file| version(file).is_some() || is_callback(file))
        && !done.is_empty()
        && undone.iter().all(|undone| done.contains(undone))
}

/// What undoes a version comes before nothing: it is not run, and neither is what a baseline stands for.
pub(super) fn flyway(folder: &Folder<'_>) -> Result<Plan, Fault> {
    let baseline = versions(folder, Sort::Baseline).into_iter().max();
    let key = |file: &File| match version(file)? {
        (Sort::Baseline, numbers) => (Some(&numbers) == baseline.as_ref()).then_some((Sort::Baseline, numbers)),
        (Sort::Versioned, numbers) => {
            (baseline.as_ref().is_none_or(|baseline| numbers > *baseline)).then_some((Sort::Versioned, numbers))
        }
        (Sort::Undo, _) => None,
        repeatable @ (Sort::Repeatable, _) => Some(repeatable),
    };
    let steps = folder.in_order(key, |file| is_transaction(folder, file));
    let mut left_out = folder.others(&steps, "Flyway does not run it when it migrates from nothing");
    left_out.retain(|(at, _)| !matches!(version(&folder.files[*at]), Some((Sort::Undo | Sort::Versioned, _))));
    Ok(Plan { steps, left_out, ..Plan::default() })
}

/// Flyway runs a file without a transaction if it holds what cannot be in one, or its `.conf` says so.
fn is_transaction(folder: &Folder<'_>, file: &File) -> bool {
    let text = file.text.to_ascii_lowercase();
    let conf = folder.find(&format!("{}.conf", file.path));
    let is_told = conf.is_some_and(|(_, conf)| conf.text.replace(' ', "").contains("executeInTransaction=false"));
    let alone = ["concurrently", "create database", "create tablespace", "alter system", "vacuum"];
    !is_told && !alone.iter().any(|words| text.contains(words))
}

/// Its versions have no dots, and `U1__x.sql` is one as well.
pub(super) fn is_refinery(folder: &Folder<'_>) -> bool {
    let undone = versions(folder, Sort::Undo);
    let done = versions(folder, Sort::Versioned);
    let is_one = |file: &File| {
        version(file).is_some_and(|(sort, numbers)| matches!(sort, Sort::Versioned | Sort::Undo) && numbers.len() == 1)
    };
    folder.all(is_one) && !undone.iter().any(|undone| done.contains(undone))
}

pub(super) fn refinery(folder: &Folder<'_>) -> Result<Plan, Fault> {
    let key = |file: &File| match version(file)? {
        (Sort::Versioned | Sort::Undo, numbers) => Some(numbers),
        (Sort::Baseline | Sort::Repeatable, _) => None,
    };
    let steps = folder.in_order(key, |_| true);
    let left_out = folder.others(&steps, "by its name it is no migration of refinery");
    Ok(Plan { steps, left_out, ..Plan::default() })
}
