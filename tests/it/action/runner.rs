//! Runs `action.yml` as a runner of GitHub Actions does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_yaml::Value;

use super::expression::Scope;
use crate::cli::Folder;

pub(super) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A job that uses the action.
pub(super) struct Runner {
    pub(super) folder: Folder,
    /// The variables that each step sees.
    pub(super) environment: BTreeMap<String, String>,
    pub(super) token: String,
}

/// What has become of it.
pub(super) struct Outcome {
    pub(super) succeeded: bool,
    pub(super) outputs: BTreeMap<String, String>,
    /// What all steps have printed, as the log has it.
    pub(super) log: String,
    /// What the step was given to show in the summary of the run.
    pub(super) summary: String,
    /// The other actions that were used, with what they were given.
    pub(super) used: Vec<(String, BTreeMap<String, String>)>,
}

pub(super) fn action() -> Value {
    serde_yaml::from_str(&fs::read_to_string(Path::new(ROOT).join("action.yml")).unwrap()).unwrap()
}

/// The texts of a mapping, by their keys.
pub(super) fn texts(mapping: &Value) -> BTreeMap<String, String> {
    let pairs = mapping.as_mapping().into_iter().flatten();
    pairs.map(|(key, value)| (key.as_str().unwrap().to_owned(), text(value))).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(bool) => bool.to_string(),
        other => panic!("{other:?} is no text"),
    }
}

impl Runner {
    /// A job in a fresh folder, on Linux, for a push.
    pub(super) fn new(name: &str) -> Self {
        let folder = Folder::new(&format!("action-{name}"));
        let path = folder.path().to_owned();
        let event = folder.file("event.json", "{}");
        let temporary = format!("{path}/temp");
        fs::create_dir_all(&temporary).unwrap();
        let environment = [
            ("PATH", std::env::var("PATH").unwrap().as_str()),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_ACTION_PATH", ROOT),
            ("GITHUB_REPOSITORY", "someone/shop"),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_EVENT_PATH", &event),
            ("GITHUB_WORKSPACE", ROOT),
            ("RUNNER_TEMP", &temporary),
            ("RUNNER_OS", "Linux"),
            ("RUNNER_ARCH", "X64"),
            ("COLUMNS", "100"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        Self { folder, environment, token: "a-token".to_owned() }
    }

    pub(super) fn with(mut self, variables: &[(&str, &str)]) -> Self {
        self.environment.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self
    }

    /// Runs the action with these inputs.
    pub(super) fn run(&self, given: &[(&str, &str)]) -> Outcome {
        let action = action();
        let declared = action["inputs"].as_mapping().unwrap();
        let mut inputs: BTreeMap<String, String> =
            declared.iter().map(|(name, input)| (text(name), text(&input["default"]))).collect();
        for (name, value) in given {
            inputs
                .insert((*name).to_owned(), (*value).to_owned())
                .unwrap_or_else(|| panic!("there is no input {name}"));
        }
        let mut steps: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        let mut outcome = Outcome {
            succeeded: true,
            outputs: BTreeMap::new(),
            log: String::new(),
            summary: String::new(),
            used: Vec::new(),
        };
        for (number, step) in action["runs"]["steps"].as_sequence().unwrap().iter().enumerate() {
            let lookup = |name: &str| self.lookup(name, &inputs, &steps);
            let scope = Scope { lookup: &lookup, has_failed: !outcome.succeeded };
            if !scope.allows(step["if"].as_str().unwrap_or("success()")) {
                continue;
            }
            let given = |key: &str| {
                let texts = texts(&step[key]).into_iter();
                texts.map(|(name, value)| (name, scope.interpolate(&value))).collect::<BTreeMap<_, _>>()
            };
            if let Some(used) = step["uses"].as_str() {
                outcome.used.push((used.to_owned(), given("with")));
                continue;
            }
            assert_eq!(step["shell"], "bash");
            let folder = scope.interpolate(step["working-directory"].as_str().unwrap_or("."));
            let script = self.folder.file(&format!("step-{number}.sh"), step["run"].as_str().unwrap());
            let [output, summary] = ["output", "summary"].map(|what| self.folder.file(&format!("{what}-{number}"), ""));
            let run = Command::new("bash")
                .args(["-c", "exec bash --noprofile --norc -eo pipefail \"$1\" 2>&1", "bash", &script])
                .current_dir(Path::new(&self.environment["GITHUB_WORKSPACE"]).join(folder))
                .env_clear()
                .envs(&self.environment)
                .envs(given("env"))
                .envs([("GITHUB_OUTPUT", &output), ("GITHUB_STEP_SUMMARY", &summary)])
                .output()
                .unwrap();
            outcome.log += std::str::from_utf8(&run.stdout).unwrap();
            outcome.summary += &fs::read_to_string(summary).unwrap();
            outcome.succeeded &= run.status.success() || step["continue-on-error"].as_bool().unwrap_or(false);
            let outputs = fs::read_to_string(output).unwrap();
            let outputs = outputs.lines().map(|line| line.split_once('=').unwrap());
            let outputs = outputs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            if let Some(id) = step["id"].as_str() {
                steps.insert(id.to_owned(), outputs);
            }
        }
        let lookup = |name: &str| self.lookup(name, &inputs, &steps);
        let scope = Scope { lookup: &lookup, has_failed: !outcome.succeeded };
        for (name, output) in action["outputs"].as_mapping().unwrap() {
            outcome.outputs.insert(text(name), scope.interpolate(&text(&output["value"])));
        }
        outcome
    }

    fn lookup(
        &self,
        name: &str,
        inputs: &BTreeMap<String, String>,
        steps: &BTreeMap<String, BTreeMap<String, String>>,
    ) -> String {
        match name.split('.').collect::<Vec<_>>()[..] {
            ["inputs", input] => inputs.get(input).unwrap_or_else(|| panic!("there is no input {input}")).clone(),
            ["steps", step, "outputs", output] => {
                steps.get(step).and_then(|outputs| outputs.get(output)).cloned().unwrap_or_default()
            }
            ["github", "token"] => self.token.clone(),
            _ => panic!("{name} is not known"),
        }
    }
}
