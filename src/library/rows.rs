//! The notation of the files in `data/`, which `scripts/builtins` writes: a line a thing, its words parted by
//! spaces, the major versions in which it holds first.

use super::KnownClass;
use crate::catalog::meaning::{
    Argument, CallKind, CastContext, CastMeaning, MutableIo, Signature, TypeMeaning, TypeSort,
};
use crate::sql::{Ident, QualifiedName, TypeName};

/// The lines that hold in a version, without what says so.
pub(super) fn rows(text: &'static str, version: u32) -> impl Iterator<Item = &'static str> {
    text.lines().filter_map(move |line| {
        let (versions, row) = line.split_once(' ')?;
        let (from, to) = versions.split_once('-')?;
        let holds = from.parse().map_or(true, |from| version >= from) && to.parse().map_or(true, |to| version <= to);
        holds.then_some(row)
    })
}

/// Reads what is written behind a name. Types are found where the reader knows their extensions to be.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    /// The extension that the rows are about.
    pub(super) extension: &'a str,
    /// The schema that an extension is installed in.
    pub(super) schema_of: &'a dyn Fn(&str) -> Option<Ident>,
}

impl Reader<'static> {
    /// Of what does not belong to any extension.
    pub(super) const PLAIN: Self = Self { extension: "", schema_of: &|_| None };
}

impl Reader<'_> {
    /// `int4`, `int4[]`, `numeric(10,2)`, `citext@` of the extension itself, `cube@cube` of another,
    /// `information_schema.sql_identifier`
    pub(super) fn type_name(&self, text: &str) -> TypeName {
        let (text, array) = text.strip_suffix("[]").map_or((text, false), |text| (text, true));
        let (text, typmod) = text.strip_suffix(')').and_then(|text| text.split_once('(')).unwrap_or((text, ""));
        let typmod = typmod.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let name = match text.split_once('@') {
            Some((name, owner)) => {
                let owner = if owner.is_empty() { self.extension } else { owner };
                let schema = (self.schema_of)(owner).filter(|schema| *schema != "pg_catalog");
                QualifiedName { schema, name: name.into() }
            }
            None => match text.split_once('.') {
                Some((schema, name)) => QualifiedName::new(&schema.into(), &name.into()),
                None => QualifiedName::bare(text),
            },
        };
        TypeName { name, typmod, array }
    }

    /// `id:int4,name:text`
    pub(super) fn columns(&self, text: &str) -> Vec<(Ident, TypeName)> {
        let named = list(text).into_iter().filter_map(|column| column.split_once(':'));
        named.map(|(name, of)| (name.into(), self.type_name(of))).collect()
    }

    /// `range R of=int4 multirange=int4multirange`
    pub(super) fn data_type(&self, row: &str) -> Option<TypeMeaning> {
        let (sort, rest) = row.split_once(' ')?;
        let mut words = rest.split(' ');
        let category = words.next()?.chars().next()?;
        let words: Vec<&str> = words.collect();
        let value = |key: &str| words.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        let of = || value("of").map(|of| self.type_name(of));
        let sort = match sort {
            "composite" => TypeSort::Composite(self.columns(value("attributes")?)),
            "domain" => TypeSort::Domain(of()?),
            "enum" => TypeSort::Enum,
            "range" => {
                let multirange = value("multirange").map(|name| self.type_name(name).name);
                TypeSort::Range { subtype: of()?, multirange }
            }
            "multirange" => TypeSort::Multirange(of()?.name),
            "pseudo" => TypeSort::Pseudo,
            _ => TypeSort::Base,
        };
        let element = if sort == TypeSort::Base { of() } else { None };
        let is = |word: &str| words.contains(&word);
        let io = MutableIo { input: is("mutable_input"), output: is("mutable_output") };
        Some(TypeMeaning { sort, category, preferred: is("preferred"), collatable: is("collatable"), element, io })
    }

    /// `f setof:record from_json:json,depth:int4= key:text,value:json`, and `mutable` if it is that
    pub(super) fn routine(&self, row: &str) -> Option<Signature> {
        let mut words = row.split(' ');
        let kind = kind_of(words.next()?)?;
        let result = words.next()?;
        let (result, returns_set) = result.strip_prefix("setof:").map_or((result, false), |result| (result, true));
        let mut signature = Signature {
            kind,
            args: Vec::new(),
            defaults: 0,
            variadic: false,
            result: self.type_name(result),
            returns_set,
            outputs: Vec::new(),
            is_mutable: false,
        };
        for arg in list(words.next()?) {
            let (arg, has_default) = arg.strip_suffix('=').map_or((arg, false), |arg| (arg, true));
            let (arg, variadic) = arg.strip_suffix("...").map_or((arg, false), |arg| (arg, true));
            let (name, of) = arg.split_once(':').unwrap_or(("", arg));
            signature.args.push(Argument { name: name.into(), of: self.type_name(of) });
            signature.defaults += usize::from(has_default);
            signature.variadic |= variadic;
        }
        signature.outputs = self.columns(words.next()?);
        signature.is_mutable = is_mutable(words.next());
        Some(signature)
    }

    /// `- int8 numeric`: left, right and result, and `mutable` if it is that
    pub(super) fn operator(&self, row: &str) -> Option<Signature> {
        let mut words = row.split(' ');
        let (left, right, result) = (words.next()?, words.next()?, words.next()?);
        let args = [left, right].into_iter().filter(|arg| *arg != "-");
        Some(Signature {
            kind: CallKind::Operator,
            args: args.map(|arg| Argument { name: Ident::default(), of: self.type_name(arg) }).collect(),
            defaults: 0,
            variadic: false,
            result: self.type_name(result),
            returns_set: false,
            outputs: Vec::new(),
            is_mutable: is_mutable(words.next()),
        })
    }

    /// `gin jsonb_ops jsonb jsonb_ops default`
    pub(super) fn opclass(&self, row: &'static str) -> Option<KnownClass> {
        let mut words = row.split(' ');
        let (method, name) = (words.next()?, words.next()?);
        let (of, family) = (self.type_name(words.next()?), words.next()?);
        Some(KnownClass { method, name, of, family, is_default: words.next().is_some() })
    }

    /// `varchar text implicit binary`
    pub(super) fn cast(&self, row: &str) -> Option<((TypeName, TypeName), CastMeaning)> {
        let mut words = row.split(' ');
        let types = (self.type_name(words.next()?), self.type_name(words.next()?));
        let context = match words.next()? {
            "implicit" => CastContext::Implicit,
            "assignment" => CastContext::Assignment,
            _ => CastContext::Explicit,
        };
        let how = words.next();
        Some((types, CastMeaning { context, binary: how == Some("binary"), is_mutable: is_mutable(how) }))
    }
}

fn is_mutable(word: Option<&str>) -> bool {
    word == Some("mutable")
}

/// `prokind`; of the aggregates that take WITHIN GROUP `aggkind`, and how many arguments stand before that.
fn kind_of(text: &str) -> Option<CallKind> {
    let (code, direct) = text.split_at_checked(1)?;
    Some(match code {
        "f" => CallKind::Function,
        "p" => CallKind::Procedure,
        "w" => CallKind::Window,
        "a" => CallKind::Aggregate,
        "o" => CallKind::OrderedSet { direct: direct.parse().ok()? },
        "h" => CallKind::HypotheticalSet { direct: direct.parse().ok()? },
        _ => return None,
    })
}

/// The parts of a list, none for `-`. Those of a modifier are not its own.
fn list(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let is_comma = |c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    };
    text.split(is_comma).filter(|part| *part != "-").collect()
}
