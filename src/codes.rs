//! What each code means, why it matters, how to mend it and how to accept it: the one register behind `explain`, the
//! page of the docs, and the reports that have room for more than a sentence.

mod drift;
mod fixed;
mod refused;
mod sample;
mod texts;

use crate::catalog::Kind;
use crate::findings::Severity;

/// One code, with all that there is to say about it. The texts are Markdown of one paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// As findings and errors have it: `drift::foreign_key::on_delete`.
    pub code: String,
    pub weight: Weight,
    /// One line, without a full stop.
    pub title: String,
    /// What is the case.
    pub meaning: String,
    /// What comes of it if nobody cares.
    pub why: String,
    /// How to make it go away.
    pub mend: String,
    /// How to live with it.
    pub accept: String,
    pub example: Option<Example>,
}

/// What a code does to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// A finding, as bad as this unless the spec says otherwise.
    Finding(Severity),
    /// A finding, as bad as the spec says that asks for the rule.
    Rule,
    /// No verdict: the run ends with this exit code.
    Error { exit_code: u8 },
}

/// What gives a finding of the code: a spec that is checked against what some SQL makes, or SQL alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Example {
    /// Without its first line, `version: 1`.
    pub spec: Option<String>,
    pub sql: Option<String>,
}

/// All codes that are known by name, family by family. The conditions of servers that the replay does not know of
/// itself are left out; [`find()`] knows them too, for code that is run may raise any.
pub fn all() -> impl Iterator<Item = Code> {
    drift::all().chain(fixed::all()).chain(refused::all())
}

/// What there is to say about a code that a finding or an error has.
pub fn find(code: &str) -> Option<Code> {
    drift::find(code).or_else(|| fixed::find(code)).or_else(|| refused::find(code))
}

/// What is said of every attribute of a kind, if nothing is said of its own: why it matters, and how to mend it.
pub fn in_general(kind: Kind) -> (String, String) {
    drift::in_general(kind)
}

impl Code {
    /// How bad a finding of this code is where the spec says nothing; none for a rule, of which it always does, and for
    /// an error.
    pub fn severity(&self) -> Option<Severity> {
        match self.weight {
            Weight::Finding(severity) => Some(severity),
            Weight::Rule | Weight::Error { .. } => None,
        }
    }

    /// The heading of `docs/codes.md` that it stands below, as links have it.
    pub fn anchor(&self) -> String {
        let parts: Vec<&str> = self.code.split("::").collect();
        match parts.as_slice() {
            ["drift", "each", _] | ["rule" | "assertion" | "waiver", _] => parts.concat(),
            ["drift", kind, _] => format!("drift{kind}"),
            ["replay", _] => "refused-statements".to_owned(),
            ["schema_check", ..] => "errors".to_owned(),
            _ => parts[0].to_owned(),
        }
    }

    /// The texts with what each of them is, in the order in which a reader wants them.
    pub fn parts(&self) -> [(&'static str, &str); 4] {
        [
            ("What it means", &self.meaning),
            ("Why it matters", &self.why),
            ("How to mend it", &self.mend),
            ("How to accept it", &self.accept),
        ]
    }

    /// All of it as Markdown, without the code and the title.
    pub fn markdown(&self) -> String {
        let mut out: Vec<String> = self.parts().iter().map(|(what, text)| format!("**{what}.** {text}")).collect();
        let example = self.example.iter().flat_map(Example::blocks);
        out.extend(example.map(|(language, what, text)| format!("{what}:\n\n```{language}\n{text}\n```")));
        out.join("\n\n")
    }

    /// The same without markup.
    pub fn text(&self) -> String {
        let mut out: Vec<String> = self.parts().iter().map(|(what, text)| format!("{what}: {text}")).collect();
        out.extend(self.example.iter().flat_map(Example::blocks).map(|(_, what, text)| format!("{what}:\n{text}")));
        out.join("\n\n")
    }
}

impl Weight {
    /// In a word or two, for a table.
    pub fn word(self) -> String {
        match self {
            Self::Finding(severity) => severity.word().to_owned(),
            Self::Rule => "as asked for".to_owned(),
            Self::Error { exit_code } => format!("exit code {exit_code}"),
        }
    }
}

impl Example {
    /// Its pieces: the language of each, what it is, and its text.
    pub fn blocks(&self) -> impl Iterator<Item = (&'static str, &'static str, &str)> {
        let is_both = self.spec.is_some() && self.sql.is_some();
        let about_spec = if is_both { "An example, as a spec" } else { "An example" };
        let about_sql = if is_both { "and the SQL that it is checked against" } else { "An example" };
        let spec = self.spec.iter().map(move |text| ("yaml", about_spec, text.as_str()));
        spec.chain(self.sql.iter().map(move |text| ("sql", about_sql, text.as_str())))
    }
}
