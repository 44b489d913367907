//! Layouts that are told by the names of their files.

use std::cmp::Ordering;

use super::{Fault, File, Folder, Plan, Step};

/// Numbers by their value, all else by its characters: `9_x` before `10_x`.
pub fn natural(one: &str, other: &str) -> Ordering {
    let (mut a, mut b) = (one.as_bytes(), other.as_bytes());
    loop {
        match (a.first(), b.first()) {
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (number_a, rest_a) = leading_number(a);
                let (number_b, rest_b) = leading_number(b);
                match number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b)) {
                    Ordering::Equal => (a, b) = (rest_a, rest_b),
                    decided => return decided,
                }
            }
            (Some(x), Some(y)) if x == y => (a, b) = (&a[1..], &b[1..]),
            // A separator ends a number, so `V1__a` comes before `V1_1__b`.
            (x, y) => {
                let rank = |byte: Option<&u8>| byte.map(|byte| (!b"_-. /".contains(byte), *byte));
                return rank(x).cmp(&rank(y)).then_with(|| one.cmp(other));
            }
        }
    }
}

/// The digits at the start, without leading zeros, and what follows them.
fn leading_number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let zeros = text[..end].iter().take_while(|byte| **byte == b'0').count();
    (&text[zeros..end], &text[end..])
}

/// The number that a name begins with, to be ordered by.
pub(super) fn number(name: &str) -> Option<(usize, String)> {
    let (digits, rest) = leading_number(name.as_bytes());
    (rest.len() < name.len()).then(|| (digits.len(), String::from_utf8_lossy(digits).into_owned()))
}

/// `001_x.down.sql`, `001_x_down.sql`, `U1__x.sql`, `down/001_x.sql`, `down.sql`.
pub(super) fn undoes(file: &File) -> bool {
    let stem = file.name().strip_suffix(".sql").unwrap_or(file.name());
    let is_flyway_undo = stem
        .strip_prefix('U')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains("__"));
    [".down", "_down", "-down", ".undo", ".rollback"].iter().any(|ending| stem.ends_with(ending))
        || stem == "down"
        || file.parent().rsplit('/').next() == Some("down")
        || is_flyway_undo
}

/// Whether a tool that sends a file as one message makes a transaction of it: there is more than one statement.
pub(super) fn has_several(file: &File) -> bool {
    crate::sql::split::split(&file.text).len() > 1
}

/// How many folders deep a file lies.
fn depth(file: &File) -> usize {
    file.path.matches('/').count()
}

fn planned(folder: &Folder<'_>, steps: Vec<Step>, why: &str) -> Plan {
    let others = folder.others(&steps, why);
    let left_out = others.into_iter().filter(|(at, _)| !undoes(&folder.files[*at])).collect();
    Plan { steps, left_out, ..Plan::default() }
}

/// `supabase/migrations`, or the folder around it.
pub(super) fn is_supabase(folder: &Folder<'_>) -> bool {
    folder.path.ends_with("supabase/migrations")
        || folder.has("config.toml") && folder.files.iter().any(|file| file.path.starts_with("migrations/"))
}

/// `supabase db push` sends the statements of a file as one batch.
pub(super) fn supabase(folder: &Folder<'_>) -> Result<Plan, Fault> {
    let is_around = !folder.path.ends_with("migrations") && folder.sql().any(|(_, file)| file.parent() == "migrations");
    let inside = if is_around { "migrations" } else { "" };
    let key = |file: &File| {
        let is_named = number(file.name()).is_some() && file.name().contains('_');
        (file.parent() == inside && is_named).then(|| file.name().to_owned())
    };
    let steps = folder.in_order(key, |_| true);
    Ok(planned(folder, steps, "by its name it is no migration of Supabase"))
}

/// `N_name.up.sql` and `N_name.down.sql`, and nothing else.
pub(super) fn is_up_down(folder: &Folder<'_>) -> bool {
    let is_one = |file: &File| {
        number(file.name()).is_some() && (file.name().ends_with(".up.sql") || file.name().ends_with(".down.sql"))
    };
    folder.all(is_one) && folder.sql().any(|(_, file)| file.name().ends_with(".up.sql"))
}

/// golang-migrate sends a file as one message.
pub(super) fn golang_migrate(folder: &Folder<'_>) -> Result<Plan, Fault> {
    let key = |file: &File| file.name().ends_with(".up.sql").then(|| number(file.name())).flatten();
    Ok(planned(folder, folder.in_order(key, has_several), "by its name it is no migration of golang-migrate"))
}

/// sqlx puts each file into a transaction, unless it says otherwise in its first line.
pub(super) fn sqlx(folder: &Folder<'_>) -> Result<Plan, Fault> {
    let key = |file: &File| (!file.name().ends_with(".down.sql")).then(|| number(file.name())).flatten();
    let steps = folder.in_order(key, |file| !file.text.starts_with("-- no-transaction"));
    Ok(planned(folder, steps, "by its name it is no migration of sqlx"))
}

fn is_up_in_folder(file: &File, is_version: impl Fn(&str) -> bool) -> bool {
    let folder = file.parent().rsplit('/').next().unwrap_or_default();
    let version = folder.split('_').next().unwrap_or_default();
    folder.contains('_') && is_version(version) && ["up.sql", "down.sql"].contains(&file.name())
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `2024-01-01-000000_name/up.sql`
pub(super) fn is_diesel(folder: &Folder<'_>) -> bool {
    let is_version = |text: &str| is_number(&text.replace('-', ""));
    folder.all(|file| depth(file) == 1 && is_up_in_folder(file, is_version))
}

/// diesel makes a transaction of each, unless `metadata.toml` beside it says otherwise.
pub(super) fn diesel(folder: &Folder<'_>) -> Result<Plan, Fault> {
    let key = |file: &File| (file.name() == "up.sql").then(|| file.parent().replace('-', ""));
    let is_transaction = |file: &File| {
        let metadata = folder.find(&format!("{}/metadata.toml", file.parent()));
        !metadata.is_some_and(|(_, of)| of.text.replace(' ', "").contains("run_in_transaction=false"))
    };
    Ok(planned(folder, folder.in_order(key, is_transaction), "by its name it is no migration of diesel"))
}

/// `1700000000000_name/up.sql`, perhaps below a folder for each database.
pub(super) fn is_hasura(folder: &Folder<'_>) -> bool {
    folder.all(|file| (1..=2).contains(&depth(file)) && is_up_in_folder(file, is_number))
}

pub(super) fn hasura(folder: &Folder<'_>) -> Result<Plan, Fault> {
    let steps = folder.in_order(|file| (file.name() == "up.sql").then(|| file.parent().to_owned()), |_| true);
    let database = |step: &Step| folder.files[step.file].parent().rsplit_once('/').map_or("", |(before, _)| before);
    let mut databases: Vec<&str> = steps.iter().map(database).collect();
    databases.dedup();
    if databases.len() > 1 {
        let message = format!("these are the migrations of several databases: {}", databases.join(", "));
        let help = Some(format!("name the folder of one of them: {}/{}", folder.path, databases[0]));
        return Err(Fault { message, help, place: None });
    }
    Ok(planned(folder, steps, "by its name it is no migration of Hasura"))
}

/// `20240101000000_name/migration.sql`
pub(super) fn is_prisma(folder: &Folder<'_>) -> bool {
    folder.all(|file| depth(file) == 1 && file.name() == "migration.sql") && !super::index::is_drizzle(folder)
}

/// Prisma sends a file as one message.
pub(super) fn prisma(folder: &Folder<'_>) -> Result<Plan, Fault> {
    let key = |file: &File| (file.name() == "migration.sql").then(|| file.path.clone());
    Ok(planned(folder, folder.in_order(key, has_several), "by its name it is no migration of Prisma"))
}

/// `20240101-name-up.sql` and `20240101-name-down.sql`, as db-migrate has them.
pub(super) fn is_dashed(folder: &Folder<'_>) -> bool {
    folder.all(|file| file.name().ends_with("-up.sql") || file.name().ends_with("-down.sql"))
        && folder.sql().any(|(_, file)| file.name().ends_with("-up.sql"))
}

pub(super) fn dashed(folder: &Folder<'_>) -> Result<Plan, Fault> {
    let key = |file: &File| file.name().ends_with("-up.sql").then(|| file.name().to_owned());
    Ok(planned(folder, folder.in_order(key, has_several), "by its name it does not lead up"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn in_order(names: &[&str]) {
        let mut sorted = names.to_vec();
        sorted.reverse();
        sorted.sort_by(|one, other| natural(one, other));
        assert_eq!(sorted, names);
    }

    #[test]
    fn files_come_in_the_order_of_their_numbers() {
        in_order(&["1_a.sql", "2_b.sql", "10_c.sql"]);
        in_order(&["V1__a.sql", "V1_1__b.sql", "V2__c.sql"]);
        in_order(&["001.sql", "002.sql", "010.sql"]);
        in_order(&["20260129000000_users.sql", "20260129000001_jobs.sql"]);
        assert!(number("010_a") == number("10_b") && number("9_a") < number("10_a") && number("a").is_none());
    }

    #[test]
    fn what_undoes_is_told_by_its_name() {
        let file = |path: &str| File { path: path.to_owned(), text: "".into() };
        for name in ["001_x.down.sql", "m/down/001.sql", "U2__x.sql", "m/20200101/down.sql"] {
            assert!(undoes(&file(name)), "{name}");
        }
        for name in ["001_x.up.sql", "001_slow_down_rate.sql", "Users.sql", "V2__x.sql"] {
            assert!(!undoes(&file(name)), "{name}");
        }
    }
}
