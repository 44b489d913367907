//! How many instructions three runs take, as callgrind counts them: so that what makes the tool slower shows on any
//! machine, however busy. They are counted in the build that the tests have, whose proportions are those of a release.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "../../bench/synthetic.rs"]
mod synthetic;

/// How far a run may be from what is written down.
const BAND: f64 = 0.05;
const TABLES: usize = 5;

#[test]
fn runs_take_as_many_instructions_as_before() {
    if let Some(name) = ["CARGO_INCREMENTAL", "RUSTFLAGS"].into_iter().find(|name| std::env::var_os(name).is_some()) {
        eprintln!("skipped: {name} is set, and the counts are of a build without");
        return;
    }
    let compiler = words(Command::new("rustc").arg("--version"));
    let Some(compiler) = compiler.filter(|_| words(Command::new("valgrind").arg("--version")).is_some()) else {
        eprintln!("skipped: there is no valgrind on this machine");
        return;
    };
    let folder = std::env::temp_dir().join(format!("schema-check-instructions-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let [sql, full, structure] = ["schema.sql", "full.yaml", "structure.yaml"].map(|name| folder.join(name));
    fs::write(&sql, synthetic::sql(TABLES)).unwrap();
    fs::write(&structure, synthetic::structure(TABLES)).unwrap();
    let pulled =
        Command::new(env!("CARGO_BIN_EXE_schema-check")).args(["pull", "--no-config", "--sql"]).arg(&sql).output();
    fs::write(&full, pulled.unwrap().stdout).unwrap();
    let runs = [
        ("check of SQL files against a full spec", vec!["check", "--sql", "@sql", "--spec", "@full"]),
        ("check of SQL files against their structure", vec!["check", "--sql", "@sql", "--spec", "@structure"]),
        ("pull of SQL files", vec!["pull", "--sql", "@sql"]),
    ];
    let path = |argument: &str| match argument {
        "@sql" => sql.clone(),
        "@full" => full.clone(),
        "@structure" => structure.clone(),
        word => PathBuf::from(word),
    };
    let counted: BTreeMap<&str, u64> = std::thread::scope(|scope| {
        let running: Vec<_> = runs
            .iter()
            .map(|(name, arguments)| {
                let arguments: Vec<PathBuf> = arguments.iter().map(|argument| path(argument)).collect();
                (*name, scope.spawn(move || count(&arguments)))
            })
            .collect();
        running.into_iter().map(|(name, run)| (name, run.join().unwrap())).collect()
    });
    fs::remove_dir_all(&folder).unwrap();

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/instructions.json");
    if std::env::var_os("SCHEMA_CHECK_WRITE_INSTRUCTIONS").is_some() {
        let written = serde_json::json!({ "compiler": compiler, "runs": counted });
        fs::write(&file, serde_json::to_string_pretty(&written).unwrap() + "\n").unwrap();
        return;
    }
    let written: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    if written["compiler"] != compiler {
        eprintln!("skipped: the counts are of {}, and this is {compiler}", written["compiler"]);
        return;
    }
    let off: Vec<String> = counted
        .iter()
        .filter_map(|(name, count)| {
            let before = written["runs"][name].as_u64().unwrap();
            #[expect(clippy::cast_precision_loss, reason = "it is about parts of a hundred")]
            let ratio = *count as f64 / before as f64;
            ((ratio - 1.0).abs() > BAND).then(|| format!("{name}: {ratio:.3} of what it was ({count}, and {before})"))
        })
        .collect();
    assert!(off.is_empty(), "{off:#?}\nIf that is as it should be: SCHEMA_CHECK_WRITE_INSTRUCTIONS=1");
}

/// The instructions of one run, of all its threads.
fn count(arguments: &[PathBuf]) -> u64 {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", env!("CARGO_BIN_EXE_schema-check")]);
    let run = command.args(arguments).arg("--no-config").output().unwrap();
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{told}");
    let count = told.lines().find_map(|line| line.split_once("Collected :"));
    count.and_then(|(_, count)| count.trim().parse().ok()).unwrap_or_else(|| panic!("{told}"))
}

fn words(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
