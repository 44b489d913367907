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
            Self::Github => filled(GITHUB).replace("{env}", &env),
            Self::Gitlab => filled(GITLAB).replace("{needs}", &needs("CI/CD settings", variables)),
            Self::Circleci => filled(CIRCLECI).replace("{needs}", &needs("project settings", variables)),
        }
    }

    /// What is left to do.
    pub(super) fn told(self, text: &str, is_written: bool) -> String {
        let name = self.name();
        let told = match (self.path(), is_written) {
            (Some(path), false) => format!("ci     {name}: schema-check init --ci writes {path}\n"),
            (Some(path), true) if self == Self::Gitlab => {
                format!("ci     in .gitlab-ci.yml: include: [{{ local: {path} }}]\n")
            }
            (Some(_), true) => String::new(),
            (None, _) => format!("ci     {name} reads one file, .circleci/config.yml; what belongs there:\n\n{text}"),
        };
        let is_open =
            text.contains(UNKNOWN.trim_start_matches("https://github.com/")) && (is_written || self.path().is_none());
        let note = if is_open { "note   OWNER stands there for whoever you have schema-check from\n" } else { "" };
        format!("{note}{told}")
    }
}

fn needs(place: &str, variables: &[String]) -> String {
    variables.iter().map(|name| format!("# {name} has to be set in the {place}.\n")).collect()
}

/// Where releases are; they are made from the repository that Cargo.toml names, and from no other.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// What stands for it in a build that knows of none.
const UNKNOWN: &str = "https://github.com/OWNER/schema-check";

/// A template with what this build knows of itself.
fn filled(template: &str) -> String {
    let repository = if REPOSITORY.is_empty() { UNKNOWN } else { REPOSITORY };
    let action = repository.strip_prefix("https://github.com/").unwrap_or(repository);
    template
        .replace("{repository}", repository)
        .replace("{action}", action)
        .replace("{version}", env!("CARGO_PKG_VERSION"))
}

const GITHUB: &str = "\
# Checks the schema on each change. Made by `schema-check init --ci`.
name: schema

on:
  push:
    branches: [main]
  pull_request:

permissions: {}

jobs:
  schema-check:
    runs-on: ubuntu-latest
    permissions:
      contents: read
      pull-requests: write # the comment
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with:
          persist-credentials: false
      - uses: {action}@v{version}
        with:
          comment: true
{env}";

const GITLAB: &str = "\
# Checks the schema on each change. Made by `schema-check init --ci`.
{needs}schema-check:
  image: alpine:3
  variables:
    RELEASE: {repository}/releases/download/v{version}
    NAME: schema-check-v{version}-x86_64-unknown-linux-musl
  script:
    - wget -q \"$RELEASE/$NAME.tar.gz\" \"$RELEASE/SHA256SUMS\"
    - grep \" $NAME.tar.gz\" SHA256SUMS | sha256sum -c
    - tar -xzf \"$NAME.tar.gz\"
    - $NAME/schema-check check -o gitlab=code-quality.json -o junit=schema-check.xml -o html=schema-check.html
  artifacts:
    when: always
    paths: [schema-check.html]
    reports:
      codequality: code-quality.json
      junit: schema-check.xml
";

const CIRCLECI: &str = "\
# Checks the schema on each change.
{needs}jobs:
  schema-check:
    docker: [{ image: cimg/base:current }]
    environment:
      RELEASE: {repository}/releases/download/v{version}
      NAME: schema-check-v{version}-x86_64-unknown-linux-musl
    steps:
      - checkout
      - run: |
          curl -fsSL -O \"$RELEASE/$NAME.tar.gz\" -O \"$RELEASE/SHA256SUMS\"
          grep \" $NAME.tar.gz\" SHA256SUMS | sha256sum -c
          tar -xzf \"$NAME.tar.gz\"
      - run: $NAME/schema-check check -o junit=reports/schema-check.xml -o html=reports/schema-check.html
      - store_test_results: { path: reports }
      - store_artifacts: { path: reports }
workflows:
  schema:
    jobs: [schema-check]
";
