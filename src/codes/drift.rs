//! What differs, kind by kind and attribute by attribute, out of the register of kinds.

use std::sync::LazyLock;

use super::texts::Texts;
use super::{Code, Weight, sample};
use crate::catalog::{AttrDef, Class, Kind, Shape};
use crate::findings::Severity;
use crate::spec::SectionKey;
use crate::spec::section::Scope;

/// By the name of a kind.
static KINDS: LazyLock<Texts> = LazyLock::new(|| Texts::read(include_str!("kinds.md")));

/// By `kind.attribute`, or by an attribute that several kinds have.
static ATTRIBUTES: LazyLock<Texts> = LazyLock::new(|| Texts::read(include_str!("attributes.md")));

/// Examples, by `kind.attribute`.
static UNCERTAIN: LazyLock<Texts> = LazyLock::new(|| Texts::read(include_str!("uncertain.md")));

pub(super) fn all() -> impl Iterator<Item = Code> {
    Kind::ALL.iter().copied().flat_map(of_kind).chain(Kind::ALL.iter().copied().flat_map(uncertain_of_kind))
}

pub(super) fn find(code: &str) -> Option<Code> {
    let mut parts = code.split("::");
    let (family, kind, what) = (parts.next()?, parts.next()?, parts.next()?);
    let kind = Kind::ALL.iter().copied().find(|known| known.name() == kind)?;
    let mut known: Box<dyn Iterator<Item = Code>> = match family {
        "drift" => Box::new(of_kind(kind)),
        "uncertain" => Box::new(uncertain_of_kind(kind)),
        _ => return None,
    };
    known.find(|known| known.code == code).filter(|_| !what.is_empty())
}

fn of_kind(kind: Kind) -> impl Iterator<Item = Code> {
    let whole = [Some(missing(kind)), Some(unexpected(kind)), other_kind(kind), legacy_name(kind)];
    whole.into_iter().flatten().chain(kind.definitions().iter().map(move |attribute| differs(kind, attribute)))
}

fn uncertain_of_kind(kind: Kind) -> impl Iterator<Item = Code> {
    let expressions = kind.definitions().iter().filter(|attribute| holds_expression(attribute.shape));
    expressions.map(move |attribute| uncertain(kind, attribute))
}

/// Whether some of it is compared by what it means.
fn holds_expression(shape: Shape) -> bool {
    match shape {
        Shape::Expr => true,
        Shape::Bool | Shape::Int | Shape::Text | Shape::Word(_) => false,
        Shape::Optional(inner) | Shape::List(inner) => holds_expression(*inner),
        Shape::Map(keys) => keys.iter().any(|(_, inner)| holds_expression(*inner)),
        Shape::Any(shapes) => shapes.iter().any(|inner| holds_expression(*inner)),
    }
}

/// What is said of a kind.
fn said(kind: Kind, what: &str) -> &'static str {
    KINDS.get(kind.name()).map_or("", |entry| entry.text(what))
}

/// What is said of an attribute, be it of this kind or of all that have it.
fn said_of(kind: Kind, attribute: &AttrDef, what: &str) -> Option<&'static str> {
    let own = format!("{}.{}", kind.name(), attribute.name);
    let entries = [own.as_str(), attribute.name].into_iter().filter_map(|name| ATTRIBUTES.get(name));
    entries.map(|entry| entry.text(what)).find(|text| !text.is_empty())
}

/// `foreign key` with its article and its verb, since some kinds are called by a plural.
struct Subject {
    one: String,
    is: &'static str,
    differs: &'static str,
}

fn subject(kind: Kind) -> Subject {
    match kind {
        Kind::DefaultPrivileges => Subject { one: kind.noun().to_owned(), is: "are", differs: "differ" },
        _ => Subject { one: kind.one(), is: "is", differs: "differs" },
    }
}

fn code(kind: Kind, what: &str) -> Code {
    Code {
        code: format!("drift::{}::{what}", kind.name()),
        weight: Weight::Finding(Severity::Error),
        title: String::new(),
        meaning: String::new(),
        why: String::new(),
        mend: String::new(),
        accept: String::new(),
        example: None,
    }
}

/// How every finding can be put up with for a time.
pub(super) fn waived(code: &str) -> String {
    format!("For a time: a waiver of `{code}`, with a reason and the day on which it `expires`.")
}

fn missing(kind: Kind) -> Code {
    let Subject { one, is, .. } = subject(kind);
    let mut code = code(kind, "missing");
    code.example = sample::missing(kind);
    code.title = format!("{one} {is} missing");
    code.meaning = format!(
        "The spec states {one}, or the first of two sources has it, and it is not there by this name. What would be \
         inside of it is not reported again."
    );
    code.why = capitalized(said(kind, "Missing"));
    code.mend = format!(
        "{} in a migration; or run the one that does, if it is there already. What was only renamed is told by \
         `renamed_from` in the spec.",
        said(kind, "Make")
    );
    code.accept = format!(
        "Where it may be there and need not, put it under `allowed`; where it is not wanted any more, take it out of the \
         spec. `severity: warning` in its entry reports it and does not fail. {}",
        waived(&code.code)
    );
    code
}

fn unexpected(kind: Kind) -> Code {
    let Subject { one, is, .. } = subject(kind);
    let section = SectionKey::of(kind);
    let mut code = code(kind, "unexpected");
    code.example = sample::unexpected(kind);
    code.title = format!("{one} {is} there that is not expected");
    let place = match section.map(SectionKey::scope) {
        Some(Scope::Relation) => " of its table",
        Some(Scope::Domain) => " of its domain",
        Some(Scope::Database | Scope::Schema) | None => "",
    };
    let section = section.map_or("", SectionKey::word);
    code.meaning = format!(
        "The section `{section}`{place} lists all that should be there, and this is not in it; or `absent` names it. \
         Where two sources are compared, only the second has it."
    );
    code.why = capitalized(said(kind, "Unexpected"));
    code.mend = format!(
        "If it is wanted, add it to the spec, and to the migrations if it was made by hand. If not: {}.",
        said(kind, "Remove")
    );
    let unlisted = match place {
        "" => format!("`unlisted: {{ {section}: ignore }}` at the top"),
        of => format!("`unlisted: {{ {section}: ignore }}` in the entry{of}, or at the top,"),
    };
    code.accept = format!(
        "`allowed` names what may be there and need not. {unlisted} lets others be, and `warning` in place of `ignore` \
         reports them without failing. {}",
        waived(&code.code)
    );
    code
}

/// Where one name can be that of several kinds.
fn other_kind(kind: Kind) -> Option<Code> {
    let others: Vec<Kind> =
        Kind::ALL.iter().copied().filter(|other| *other != kind && other.class() == kind.class()).collect();
    let last = others.last()?;
    let mut named: Vec<String> = others.iter().map(|other| other.one()).collect();
    named.pop();
    let others = if named.is_empty() { last.one() } else { format!("{} or {}", named.join(", "), last.one()) };
    let one = kind.one();
    let mut code = code(kind, "kind");
    code.example = sample::other_kind(kind);
    code.title = format!("what should be {one} is of another kind");
    code.meaning = format!("Something bears the name that is {others}. Nothing inside of it is compared.");
    code.why = format!(
        "It takes the name, so that {one} cannot be made beside it, and statements that are right for the one fail on the \
         other or do something else."
    );
    code.mend = format!("Drop or rename what is there, and make what should be: {}.", said(kind, "Make"));
    code.accept = format!(
        "If what is there is right, state it in the spec as what it is. `severity: warning` in its entry reports it and \
         does not fail. {}",
        waived(&code.code)
    );
    Some(code)
}

/// Where a spec can give the name that it had before.
fn legacy_name(kind: Kind) -> Option<Code> {
    let can_be_renamed = matches!(
        kind.class(),
        Class::Column
            | Class::Constraint
            | Class::Index
            | Class::Policy
            | Class::Trigger
            | Class::Rule
            | Class::Relation
            | Class::Type
            | Class::Routine
            | Class::Schema
    );
    let one = kind.one();
    let mut code = code(kind, "legacy_name");
    code.example = sample::legacy_name(kind);
    code.title = format!("{one} still has its legacy name");
    code.meaning =
        "It has the name that `renamed_from` in its entry gives. All else is compared as if it were renamed."
            .to_owned();
    code.why =
        "A rename is a step that both sides have to take: what is written for the new name fails until the database \
                has taken it, and what is written for the old one fails from then on."
            .to_owned();
    code.mend = "`ALTER … RENAME TO` in a migration, in step with what uses the name.".to_owned();
    code.accept = format!(
        "While both names are right, put the old one under `allowed`, in a phase of its own if there is a plan. `severity: \
         warning` in its entry reports it and does not fail. {}",
        waived(&code.code)
    );
    can_be_renamed.then_some(code)
}

pub(super) fn in_general(kind: Kind) -> (String, String) {
    (capitalized(said(kind, "Difference")), capitalized(&format!("{} in a migration.", said(kind, "Change"))))
}

fn differs(kind: Kind, attribute: &AttrDef) -> Code {
    let Subject { one, differs, .. } = subject(kind);
    let AttrDef { name, help, .. } = attribute;
    let mut code = code(kind, name);
    let (why, mend) = in_general(kind);
    let own = |what, general| said_of(kind, attribute, what).map_or(general, capitalized);
    code.example = said_of(kind, attribute, "Value").and_then(|value| sample::differs(kind, name, value));
    code.title = format!("{one} {differs} in {name}");
    code.meaning =
        format!("`{name}`: {} What is there has another value than the one that is expected.", lowered(help));
    code.why = own("Why", why);
    code.mend = format!("{} If what is there is right, change the spec.", own("Mend", mend));
    code.accept = format!(
        "What a spec does not state it does not compare: leave `{name}` out, or write what is there. `severity: {{ {name}: \
         info }}` in the entry reports it and does not fail. {}",
        waived(&code.code)
    );
    code
}

fn uncertain(kind: Kind, attribute: &AttrDef) -> Code {
    let Subject { one, .. } = subject(kind);
    let AttrDef { name, help, .. } = attribute;
    Code {
        code: format!("uncertain::{}::{name}", kind.name()),
        weight: Weight::Finding(Severity::Warning),
        title: format!("{one} may differ in {name}"),
        meaning: format!(
            "`{name}`: {} Two expressions differ as they are written, and would mean the same if a name that could not be \
             looked up stood for the right thing. The finding says which name.",
            lowered(help)
        ),
        why: "It may be drift, and it may be nothing. Where it is drift: ".to_owned()
            + said_of(kind, attribute, "Why").unwrap_or_else(|| said(kind, "Difference")),
        mend: "Give the files that make what is not known before the others: `--sql prelude.sql migrations`, or `--prelude` \
               for what a platform brings. Or write the expression as the server prints it, with its casts."
            .to_owned(),
        accept: format!(
            "It is a warning at most, and fails only with `--strict` or `--fail-on warning`. {}",
            waived(&format!("uncertain::{}::{name}", kind.name()))
        ),
        example: UNCERTAIN.get(&format!("{}.{name}", kind.name())).and_then(|entry| entry.example.clone()),
    }
}

/// As a sentence begins.
fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// As it goes on behind a colon; a name in capitals stays one.
fn lowered(help: &str) -> String {
    let help = help.trim();
    let mut characters = help.chars();
    match (characters.next(), characters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => help.to_owned(),
    }
}
