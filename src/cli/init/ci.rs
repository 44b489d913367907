//! The job of a CI that checks a project.

use std::fs;
use std::path::Path;

use clap::ValueEnum;

/// A service that runs jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Ci {
    Github,
    Gitlab,
    Circleci,
}

impl Ci {
    /// The one that a project has files for, or else the one that its repository is at.
    pub(super) fn in_use(root: &Path) -> Option<Self> {
        let marks =
            [(".github/workflows", Self::Github), (".gitlab-ci.yml", Self::Gitlab), (".circleci", Self::Circleci)];
        if let Some((_, ci)) = marks.iter().find(|(path, _)| root.join(path).exists()) {
            return Some(*ci);
        }
        let remotes = fs::read_to_string(root.join(".git/config")).unwrap_or_default();
        let hosts = [("github.com", Self::Github), ("gitlab.", Self::Gitlab)];
        hosts.iter().find(|(host, _)| remotes.contains(host)).map(|(_, ci)| *ci)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Github => "GitHub Actions",
            Self::Gitlab => "GitLab CI",
            Self::Circleci => "CircleCI",
        }
    }

    /// A file of its own, where it reads more than one.
    pub(super) fn path(self) -> Option<&'static str> {
        match self {
            Self::Github => Some(".github/workflows/schema-check.yml"),
            Self::Gitlab => Some(".gitlab/schema-check.yml"),
            Self::Circleci => None,
        }
    }

    /// The text of that file; `variables` hold the URLs that the check needs.
    pub(super) fn file(self, variables: &[String]) -> String {
        let secrets: String =
            variables.iter().map(|name| format!("          {name}: ${{{{ secrets.{name} }}}}\n")).collect();
        let env = if secrets.is_empty() { String::new() } else { format!("        env:\n{secrets}") };
        match self {
            Self::Github => GITHUB.replace("{env}", &env),
            Self::Gitlab => GITLAB.replace("{needs}", &needs("CI/CD settings", variables)),
            Self::Circleci => CIRCLECI.replace("{needs}", &needs("project settings", variables)),
        }
    }

    /// What is left to do.
    pub(super) fn told(self, text: &str, is_written: bool) -> String {
        let name = self.name();
        match (self.path(), is_written) {
            (Some(path), false) => format!("ci     {name}: schema-check init --ci writes {path}\n"),
            (Some(path), true) if self == Self::Gitlab => {
                format!("ci     in .gitlab-ci.yml: include: [{{ local: {path} }}]\n")
            }
            (Some(_), true) => String::new(),
            (None, _) => format!("ci     {name} reads one file, .circleci/config.yml; what belongs there:\n\n{text}"),
        }
    }
}

fn needs(place: &str, variables: &[String]) -> String {
    variables.iter().map(|name| format!("# {name} has to be set in the {place}.\n")).collect()
}

const GITHUB: &str = "\
# Checks the schema on each change. Made by `schema-check init --ci`.
name: schema

on:
  push:
    branches: [main]
  pull_request:

permissions:
  contents: read

jobs:
  schema-check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      # However it is installed; from source it takes Rust, a C compiler and libclang.
      - run: cargo install --locked pg-schema-check
      - run: schema-check
{env}";

const GITLAB: &str = "\
# Checks the schema on each change. Made by `schema-check init --ci`.
{needs}schema-check:
  image: rust:1
  script:
    # However it is installed; from source it takes Rust, a C compiler and libclang.
    - apt-get update && apt-get install --yes libclang-dev
    - cargo install --locked pg-schema-check
    - schema-check
";

const CIRCLECI: &str = "\
# Checks the schema on each change.
{needs}jobs:
  schema-check:
    docker: [{ image: cimg/rust:1.91 }]
    steps:
      - checkout
      # However it is installed; from source it takes Rust, a C compiler and libclang.
      - run: sudo apt-get update && sudo apt-get install --yes libclang-dev
      - run: cargo install --locked pg-schema-check
      - run: schema-check
workflows:
  schema:
    jobs: [schema-check]
";
