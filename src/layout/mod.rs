//! Folders of migrations, as the tools lay them out → what is run of which file, in which order. Knows paths and
//! texts; opens nothing.

mod changelog;
mod index;
mod marks;
pub mod names;
mod placeholder;
mod versions;

use std::ops::Range;
use std::sync::Arc;

use names::natural;
pub use placeholder::fill;

/// A file below the folder.
#[derive(Clone, Debug)]
pub struct File {
    /// From the folder on, with `/` between its parts.
    pub path: String,
    /// Empty if it is no SQL, and nothing that a tool keeps its order in.
    pub text: Arc<str>,
}

/// A folder, and all that is below it.
#[derive(Clone, Copy, Debug)]
pub struct Folder<'a> {
    /// The whole path of the folder; empty for a file that was named itself.
    pub path: &'a str,
    pub files: &'a [File],
}

/// What is run, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// By its place among the files.
    pub file: usize,
    pub parts: Vec<Range<usize>>,
    pub is_transaction: bool,
    pub stops_on_error: bool,
}

/// What becomes of a folder.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The layouts that it was read as; several if they say the same of it.
    pub layouts: Vec<Layout>,
    pub steps: Vec<Step>,
    /// What is not run although it looks like a migration, and why.
    pub left_out: Vec<(usize, String)>,
    /// What is not told by the order alone.
    pub notes: Vec<(usize, Range<usize>, String)>,
}

/// Why a folder cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub message: String,
    pub help: Option<String>,
    /// Where, if it is in a file.
    pub place: Option<(usize, Range<usize>)>,
}

macro_rules! layouts {
    ($($name:ident $word:literal $fits:path, $plan:path;)*) => {
        /// How a tool lays its migrations out.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Layout { $($name,)* }

        impl Layout {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// Whether a folder looks like it.
            fn fits(self, folder: &Folder<'_>) -> bool {
                match self { $(Self::$name => $fits(folder),)* }
            }

            fn plan(self, folder: &Folder<'_>) -> Result<Plan, Fault> {
                match self { $(Self::$name => $plan(folder),)* }
            }
        }
    };
}

layouts! {
    Plain "plain" never, marks::plain;
    Supabase "supabase" names::is_supabase, names::supabase;
    GolangMigrate "golang-migrate" names::is_up_down, names::golang_migrate;
    Goose "goose" marks::is_goose, marks::goose;
    Dbmate "dbmate" marks::is_dbmate, marks::dbmate;
    SqlMigrate "sql-migrate" marks::is_sql_migrate, marks::sql_migrate;
    Sqlx "sqlx" names::is_up_down, names::sqlx;
    Diesel "diesel" names::is_diesel, names::diesel;
    Flyway "flyway" versions::is_flyway, versions::flyway;
    Refinery "refinery" versions::is_refinery, versions::refinery;
    Prisma "prisma" names::is_prisma, names::prisma;
    Drizzle "drizzle" index::is_drizzle, index::drizzle;
    Hasura "hasura" names::is_hasura, names::hasura;
    NodePgMigrate "node-pg-migrate" marks::is_node_pg_migrate, marks::node_pg_migrate;
    UpDown "up-down" names::is_dashed, names::dashed;
    Atlas "atlas" index::is_atlas, index::atlas;
    Liquibase "liquibase" changelog::is_liquibase, changelog::liquibase;
    Sqitch "sqitch" index::is_sqitch, index::sqitch;
}

fn never(_: &Folder<'_>) -> bool {
    false
}

/// Whether a layout is kept in what the files say, and not in how they are called.
fn is_in_texts(layout: Layout) -> bool {
    use Layout as L;
    matches!(layout, L::Goose | L::Dbmate | L::SqlMigrate | L::NodePgMigrate | L::Liquibase)
}

/// What is run of a folder, read the way that is wanted, or as it looks.
///
/// # Errors
/// If it looks like several layouts that do not come to the same, or is not whole.
pub fn plan(folder: &Folder<'_>, wanted: Option<Layout>) -> Result<Plan, Fault> {
    let is_file = folder.path.is_empty();
    if let Some(wanted) = wanted {
        let layout = if is_file && !is_in_texts(wanted) { Layout::Plain } else { wanted };
        return Ok(Plan { layouts: vec![layout], ..layout.plan(folder)? });
    }
    let fitting = Layout::ALL.iter().filter(|layout| (!is_file || is_in_texts(**layout)) && layout.fits(folder));
    let mut found: Option<Plan> = None;
    for layout in fitting {
        let plan = layout.plan(folder)?;
        match &mut found {
            None => found = Some(Plan { layouts: vec![*layout], ..plan }),
            Some(before) if runs(before).eq(runs(&plan)) => before.layouts.push(*layout),
            Some(before) => return Err(ambiguous(before.layouts[0], *layout)),
        }
    }
    match found {
        Some(plan) => Ok(plan),
        None => Ok(Plan { layouts: vec![Layout::Plain], ..Layout::Plain.plan(folder)? }),
    }
}

/// What of a plan decides the schema.
fn runs(plan: &Plan) -> impl Iterator<Item = (usize, &[Range<usize>])> {
    plan.steps.iter().map(|step| (step.file, step.parts.as_slice()))
}

fn ambiguous(one: Layout, other: Layout) -> Fault {
    let (one, other) = (one.name(), other.name());
    Fault {
        message: format!("these migrations could be of {one} and of {other}, which would not run the same"),
        help: Some(format!("say which it is: --layout {one}, or --layout {other}")),
        place: None,
    }
}

/// The files that look like migrations made by a program, which nobody but the tool can run.
pub fn programs<'f>(folder: &Folder<'f>) -> impl Iterator<Item = &'f File> + use<'f> {
    folder.files.iter().filter(|file| index::is_program(file))
}

impl Folder<'_> {
    /// The SQL files, by their place among all.
    fn sql(&self) -> impl Iterator<Item = (usize, &File)> {
        self.files.iter().enumerate().filter(|(_, file)| file.path.ends_with(".sql"))
    }

    fn find(&self, path: &str) -> Option<(usize, &File)> {
        self.files.iter().enumerate().find(|(_, file)| file.path == path)
    }

    fn has(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    /// Whether there is SQL here, and all of it is like this.
    fn all(&self, is: impl Fn(&File) -> bool) -> bool {
        let mut files = self.sql().map(|(_, file)| file).peekable();
        files.peek().is_some() && files.all(is)
    }

    /// Those SQL files that are to be run, in order; whole.
    fn in_order<K: Ord>(&self, key: impl Fn(&File) -> Option<K>, is_transaction: impl Fn(&File) -> bool) -> Vec<Step> {
        let mut found: Vec<(K, usize)> = self.sql().filter_map(|(at, file)| Some((key(file)?, at))).collect();
        found.sort_by(|(one, a), (other, b)| {
            one.cmp(other).then_with(|| natural(&self.files[*a].path, &self.files[*b].path))
        });
        let step = |(_, at): (K, usize)| Step::whole(at, &self.files[at], is_transaction(&self.files[at]));
        found.into_iter().map(step).collect()
    }

    /// The SQL files that no step runs.
    fn others(&self, steps: &[Step], why: &str) -> Vec<(usize, String)> {
        let is_run = |at: usize| steps.iter().any(|step| step.file == at);
        self.sql().filter(|(at, _)| !is_run(*at)).map(|(at, _)| (at, why.to_owned())).collect()
    }
}

impl File {
    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The folder that it lies in, as far as it is below the one that was given.
    fn parent(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(parent, _)| parent)
    }
}

impl Step {
    fn whole(file: usize, of: &File, is_transaction: bool) -> Self {
        let parts = std::iter::once(0..of.text.len()).collect();
        Self { file, parts, is_transaction, stops_on_error: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is run of such a folder: `path[text]`, with `*` before what is a transaction.
    fn planned(path: &str, files: &[(&str, &str)], wanted: Option<Layout>) -> Result<(String, Vec<String>), Fault> {
        let files: Vec<File> =
            files.iter().map(|(path, text)| File { path: (*path).to_owned(), text: (*text).into() }).collect();
        let plan = plan(&Folder { path, files: &files }, wanted)?;
        let names: Vec<&str> = plan.layouts.iter().map(|layout| layout.name()).collect();
        let step = |step: &Step| {
            let file = &files[step.file];
            let parts: Vec<&str> = step.parts.iter().map(|part| file.text[part.clone()].trim()).collect();
            format!("{}{}[{}]", if step.is_transaction { "*" } else { "" }, file.path, parts.join("|"))
        };
        Ok((names.join(" or "), plan.steps.iter().map(step).collect()))
    }

    #[track_caller]
    fn check(path: &str, files: &[(&str, &str)], layout: &str, expected: &[&str]) {
        let (found, steps) = planned(path, files, None).unwrap();
        assert_eq!((found.as_str(), steps.iter().map(String::as_str).collect::<Vec<_>>()), (layout, expected.to_vec()));
    }

    #[test]
    fn numbered_files_are_plain() {
        check("m", &[("10_b.sql", "b;"), ("9_a.sql", "a;")], "plain", &["9_a.sql[a;]", "10_b.sql[b;]"]);
        check("m", &[("b/up.sql", "1"), ("b/down.sql", "2"), ("a.sql", "3")], "plain", &["a.sql[3]", "b/up.sql[1]"]);
    }

    #[test]
    fn names_tell_the_tool() {
        let up_down = [("10_b.up.sql", "b; c"), ("9_a.up.sql", "a;"), ("9_a.down.sql", "z")];
        check("m", &up_down, "golang-migrate or sqlx", &["9_a.up.sql[a;]", "*10_b.up.sql[b; c]"]);
        let supabase = [("20240101000000_a.sql", "a"), ("seed.sql", "s")];
        check("x/supabase/migrations", &supabase, "supabase", &["*20240101000000_a.sql[a]"]);
        let diesel = [
            ("2024-01-02-000000_b/up.sql", "b"),
            ("2024-01-02-000000_b/metadata.toml", "run_in_transaction = false"),
            ("2024-01-01-000000_a/up.sql", "a"),
            ("2024-01-01-000000_a/down.sql", "z"),
        ];
        let expected = ["*2024-01-01-000000_a/up.sql[a]", "2024-01-02-000000_b/up.sql[b]"];
        check("m", &diesel, "diesel", &expected);
        check("m", &[("1700000000000_a/up.sql", "a")], "diesel or hasura", &["*1700000000000_a/up.sql[a]"]);
        check("m", &[("app/1700000000000_a/up.sql", "a")], "hasura", &["*app/1700000000000_a/up.sql[a]"]);
        check("m", &[("1_a/migration.sql", "a"), ("migration_lock.toml", "")], "prisma", &["1_a/migration.sql[a]"]);
        check("m", &[("20240101-a-up.sql", "a"), ("20240101-a-down.sql", "b")], "up-down", &["20240101-a-up.sql[a]"]);
    }

    #[test]
    fn versions_are_numbers_with_dots() {
        let files = [
            ("V1.10__c.sql", "c"),
            ("V1.2__b.sql", "b"),
            ("sub/V1__a.sql", "a"),
            ("R__z.sql", "z"),
            ("U1.2__b.sql", "u"),
            ("afterMigrate.sql", "x"),
        ];
        let expected = ["*sub/V1__a.sql[a]", "*V1.2__b.sql[b]", "*V1.10__c.sql[c]", "*R__z.sql[z]"];
        check("m", &files, "flyway", &expected);
        check("m", &[("V1__a.sql", "a")], "flyway or refinery", &["*V1__a.sql[a]"]);
        check("m", &[("V2__b.sql", "b"), ("U1__a.sql", "a")], "refinery", &["*U1__a.sql[a]", "*V2__b.sql[b]"]);
        check(
            "m",
            &[("V1__a.sql", "create index concurrently i on t (a)")],
            "flyway or refinery",
            &["V1__a.sql[create index concurrently i on t (a)]"],
        );
    }

    #[test]
    fn marks_tell_the_way_up() {
        let goose = "-- +goose Up\na;\n-- +goose Down\nb;\n";
        check("m", &[("2_x.sql", goose)], "goose", &["*2_x.sql[a;]"]);
        let alone = format!("-- +goose NO TRANSACTION\n{goose}");
        check("", &[("2_x.sql", &alone)], "goose", &["2_x.sql[a;]"]);
        check("m", &[("1.sql", "-- migrate:up transaction:false\na;\n-- migrate:down\nb")], "dbmate", &["1.sql[a;]"]);
        check("m", &[("1.sql", "-- +migrate Up\na;\n-- +migrate Down\nb")], "sql-migrate", &["*1.sql[a;]"]);
        check("m", &[("1.sql", "-- Up Migration\na;\n-- Down Migration\nb")], "node-pg-migrate", &["*1.sql[a;]"]);
        check("m", &[("1.sql", "a;\n-- +goose Down\nb;\n"), ("2.sql", "c")], "plain", &["1.sql[a;]", "2.sql[c]"]);
    }

    #[test]
    fn indexes_tell_the_order() {
        let journal = r#"{"entries":[{"idx":1,"tag":"0001_b"},{"idx":0,"tag":"0000_z"}]}"#;
        let files =
            [("meta/_journal.json", journal), ("0000_z.sql", "a\n--> statement-breakpoint\nb"), ("0001_b.sql", "c")];
        check("m", &files, "drizzle", &["*0000_z.sql[a|b]", "*0001_b.sql[c]"]);
        let plan = "%project=p\n\nb 2024-01-01T00:00:00Z A <a@b> # first\n@v1 2024 A <a>\na [b] 2024 A <a>\nb [b@v1 a] 2024 A <a>\n";
        let files = [
            ("sqitch.plan", plan),
            ("deploy/a.sql", "a"),
            ("deploy/b.sql", "b2"),
            ("deploy/b@v1.sql", "b1"),
            ("revert/a.sql", "r"),
        ];
        check("m", &files, "sqitch", &["deploy/b@v1.sql[b1]", "deploy/a.sql[a]", "deploy/b.sql[b2]"]);
        check("m", &[("atlas.sum", "h1:x"), ("2.sql", "b"), ("1.sql", "a")], "atlas", &["*1.sql[a]", "*2.sql[b]"]);
    }

    #[test]
    fn a_changelog_is_cut_into_its_changesets() {
        let text = "--liquibase formatted sql\n--changeset me:1\na;\n--rollback drop a;\n\
                    --changeset me:2 runInTransaction:false endDelimiter:/\nb\n/\nc\n/\n--changeset me:3 dbms:oracle\nd;\n";
        let expected = ["*c.sql[a;\n--rollback drop a;]", "c.sql[b|c]"];
        check("m", &[("c.sql", text)], "liquibase", &expected);
    }

    #[test]
    fn what_fits_two_tools_that_differ_has_to_be_told() {
        let files = [("1_a.up.sql", "-- +goose Up\na;\n-- +goose Down\nb;\n")];
        let fault = planned("m", &files, None).unwrap_err();
        assert!(fault.help.unwrap().contains("--layout goose"), "{}", fault.message);
        assert_eq!(planned("m", &files, Some(Layout::Goose)).unwrap().1, ["*1_a.up.sql[a;]"]);
    }
}
