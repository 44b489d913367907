//! What a server would say no to in an expression. Only what is certain is told: all types have to
//! be built-in ones, or to be made by the schema, so that their casts and operators are known.

use pg_query::NodeEnum;
use pg_query::protobuf::Node;

use super::candidates::Candidate;
use super::resolve::{Resolver, Typed};
use super::types::Type;
use super::{Around, Clause, Scope};
use crate::catalog::kind::Facts;
use crate::catalog::meaning::{CastContext, TypeSort};
use crate::catalog::{Catalog, Class, ObjectId};
use crate::sql::{Ident, QualifiedName, TypeName, parse};

/// Why a server refuses an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub sqlstate: &'static str,
    pub message: String,
    pub basis: Basis,
    /// Where the text has it, as the parser counts.
    pub location: Option<i32>,
}

/// What has to be known for a fault to be certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Nothing but where it stands.
    Place,
    /// The casts and operators between the types.
    Operators,
    /// That column of what is known otherwise.
    Column(Ident),
    /// What is called so: a function, an enum.
    Name(QualifiedName),
    /// All of a class: there is none of that name.
    Missing(Class, QualifiedName),
}

impl Fault {
    pub(super) fn new(sqlstate: &'static str, message: String, basis: Basis) -> Self {
        Self { sqlstate, message, basis, location: None }
    }

    fn about(self, name: &QualifiedName) -> Self {
        Self { basis: Basis::Name(name.clone()), ..self }
    }

    fn of_types(sqlstate: &'static str, message: String) -> Self {
        Self::new(sqlstate, message, Basis::Operators)
    }

    pub(super) fn at(self, place: i32) -> Self {
        Self { location: Some(place).filter(|place| *place >= 0), ..self }
    }

    /// A name that could not be looked up; none where nobody could say what it is the name of.
    fn missing(class: Class, name: &str) -> Option<Self> {
        let sqlstate = match class {
            Class::Type | Class::Collation => "42704",
            Class::Relation => "42P01",
            Class::Column => "42703",
            Class::Routine => "42883",
            _ => return None,
        };
        let written = name.strip_prefix("public.").unwrap_or(name).replace('"', "");
        let noun = if class == Class::Routine { "function" } else { class.word() };
        let message = format!("{noun} \"{written}\" does not exist");
        let name = QualifiedName::parse(name).unwrap_or_else(|| QualifiedName::bare(name));
        Some(Self::new(sqlstate, message, Basis::Missing(class, name)))
    }
}

/// What an expression is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// Of any type.
    Value,
    /// A condition, by the name of the clause.
    Condition(&'a str),
    /// Stored in the column of that name and type: so is a default.
    Stored { column: &'a str, of: &'a TypeName },
    /// What its place asks for, which has a say in what can stand there.
    In(Clause<'a>),
}

impl<'a> Wanted<'a> {
    /// The same without the place.
    pub(super) fn plain(self) -> Self {
        match self {
            Self::In(clause) => clause.wanted(),
            Self::Value | Self::Condition(_) | Self::Stored { .. } => self,
        }
    }

    pub(super) fn clause(self) -> Clause<'a> {
        match self {
            Self::In(clause) => clause,
            Self::Value | Self::Condition(_) | Self::Stored { .. } => Clause::Anything,
        }
    }
}

/// Types that hold a value, and whose casts and operators are all known: the server's own are in the library, and
/// what the schema makes is in the catalog.
fn is_known(of: &TypeName, scope: &Scope<'_>) -> bool {
    let is_value = |sort: &TypeSort| matches!(sort, TypeSort::Base | TypeSort::Range { .. } | TypeSort::Multirange(_));
    match &of.name.schema {
        None => scope.library().data_type(of.name.name.as_str()).is_some_and(|meaning| is_value(&meaning.sort)),
        Some(schema) => [Class::Type, Class::Relation]
            .into_iter()
            .any(|class| scope.catalog.objects.contains_key(&ObjectId::in_schema(class, schema, &of.name.name))),
    }
}

/// Whether a value of one type can be stored as another without being asked to
/// (`can_coerce_type()` for an assignment). True where it is not certain.
pub fn can_be_stored(from: &TypeName, to: &TypeName, scope: &Scope<'_>) -> bool {
    let (from, to) = (from.base(), to.base());
    if from == to || !is_known(&from, scope) || !is_known(&to, scope) {
        return true;
    }
    scope.can_coerce(&from, &to, CastContext::Assignment)
}

/// Whether values of two types can be compared by a foreign key. True where it is not certain.
pub fn can_reference(key: &TypeName, foreign: &TypeName, catalog: &Catalog) -> bool {
    let (key, foreign) = (key.base(), foreign.base());
    let scope = Scope { catalog, search_path: &[], around: Around::Nothing, wanted: Wanted::Value };
    if key == foreign || !is_known(&key, &scope) || !is_known(&foreign, &scope) {
        return true;
    }
    let pair = [Type::Known(key.clone()), Type::Known(foreign.clone())];
    scope.can_coerce(&foreign, &key, CastContext::Implicit)
        || scope.library().operators("=").iter().any(|one| Candidate::new(one, None).is_exact(&pair))
}

fn enum_labels<'a>(of: &TypeName, scope: &Scope<'a>) -> Option<&'a [String]> {
    let id = ObjectId::in_schema(Class::Type, of.name.schema.as_ref()?, &of.name.name);
    match scope.catalog.facts(&id)? {
        Facts::Enum(facts) => facts.values.get().map(Vec::as_slice),
        _ => None,
    }
}

/// What stands for a moment, or a length of time, without a digit.
const MOMENTS: [&str; 8] = ["now", "today", "tomorrow", "yesterday", "epoch", "infinity", "inf", "allballs"];

impl Resolver<'_> {
    /// Of all faults a server tells the first.
    pub(super) fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    pub(super) fn check_missing(&mut self, class: Class, name: &str) {
        self.faults.extend(Fault::missing(class, name));
    }

    /// A column that nothing in sight has, by its own name or by that of a table whose columns are all known; with the
    /// name of its table it could be a function that takes the row (`errorMissingColumn()`, `errorMissingRTE()`).
    pub(super) fn check_missing_column(&mut self, parts: &[String], name: &Ident) {
        let sees_anything = self.levels.len() > 1
            || self.levels.iter().any(|level| !level.visible.is_empty())
            || matches!(self.scope.around, Around::Arguments { .. } | Around::Domain(_))
            || matches!(self.clause, Clause::ParameterDefault(_));
        let owner = &parts[..parts.len().saturating_sub(1)];
        let mut routines = self.scope.catalog.objects.keys().chain(self.scope.catalog.unmodelled.keys());
        let is_call = !owner.is_empty() && routines.any(|id| id.class() == Class::Routine && id.name() == name);
        if !sees_anything || is_call {
            return;
        }
        let (sqlstate, message) = match owner.last() {
            Some(table) if self.called(owner).is_none() => {
                ("42P01", format!("missing FROM-clause entry for table \"{table}\""))
            }
            _ => ("42703", format!("column \"{}\" does not exist", parts.join("."))),
        };
        self.fault(Fault::new(sqlstate, message, Basis::Column(name.clone())));
    }

    /// `t.*` of something that is not in sight.
    pub(super) fn check_missing_row(&mut self, owner: &[String]) {
        if !owner.is_empty() && self.called(owner).is_none() && !matches!(self.scope.around, Around::Arguments { .. }) {
            let star = Ident::new("*");
            self.check_missing_column(&[owner, &[star.as_str().to_owned()]].concat(), &star);
        }
    }

    /// `transformFromClauseItem()`: a column of USING that one side has not, or has twice.
    pub(super) fn check_using(&mut self, name: &Ident, side: &str, found: usize) {
        let basis = Basis::Column(name.clone());
        let name = name.as_str();
        let (sqlstate, message) = match found {
            0 => ("42703", format!("column \"{name}\" specified in USING clause does not exist in {side} table")),
            1 => return,
            _ => ("42702", format!("common column name \"{name}\" appears more than once in {side} table")),
        };
        self.fault(Fault::new(sqlstate, message, basis));
    }

    /// `buildMergedJoinVar()`, which came before the search for an operator up to 15.
    pub(super) fn check_using_types(&mut self, types: &[Type; 2]) {
        if self.scope.catalog.version < 16 && self.all_known(types) && self.scope.common_type(types).is_none() {
            let [left, right] = types.each_ref().map(words_of);
            let message = format!("JOIN/USING types {left} and {right} cannot be matched");
            self.fault(Fault::of_types("42804", message));
        }
    }

    /// `transformInsertRow()`: fewer values than columns are no mistake where nobody has named these.
    pub(super) fn check_row_fits(&mut self, values: usize, columns: usize, named: &[Node], row: &[Node]) {
        let (message, at) = if values > columns {
            ("INSERT has more expressions than target columns", row.get(columns).or(row.last()))
        } else if values < named.len() {
            ("INSERT has more target columns than expressions", named.get(values))
        } else {
            return;
        };
        let place = at.map_or(-1, place_of_value);
        self.fault(Fault::new("42601", message.into(), Basis::Place).at(place));
    }

    /// `checkInsertTargets()` and `transformUpdateTargetList()`: a column that what is written to has not.
    pub(super) fn check_target(&mut self, name: &str, is_known: bool) {
        if is_known {
            let message = format!("column \"{name}\" does not exist");
            self.fault(Fault::new("42703", message, Basis::Column(Ident::from(name))));
        }
    }

    fn is_known(&self, of: &TypeName) -> bool {
        is_known(of, self.scope)
    }

    /// Whether all types are known, or literals. No operator and no function takes rows beside anything else.
    fn all_known(&self, types: &[Type]) -> bool {
        let plain = |of: &Type| match of {
            Type::Known(of) => self.is_known(of) || of.is_builtin("record"),
            Type::Literal => true,
            Type::Opaque => false,
        };
        types.iter().all(plain) && types.iter().any(|of| of.known().is_some())
    }

    /// An operator that takes nothing of the kind (`op_error()`).
    pub(super) fn check_operator(&mut self, name: &QualifiedName, types: &[Type]) {
        let candidates = self.operators(name, types.len());
        if name.schema.is_none()
            && self.all_known(types)
            && !candidates.iter().any(|one| one.accepts(types, self.scope))
        {
            let words: Vec<String> = types.iter().map(words_of).collect();
            let call = match words.as_slice() {
                [left, right] => format!("{left} {} {right}", name.name.as_str()),
                other => format!("{} {}", name.name.as_str(), other.join(" ")),
            };
            self.fault(Fault::of_types("42883", format!("operator does not exist: {call}")));
        }
    }

    /// A function that is not there, or takes nothing of the kind.
    pub(super) fn check_function(&mut self, name: &QualifiedName, builtin: bool, types: &[Type]) {
        let catalog = self.scope.catalog;
        let mut ids = catalog.objects.keys().chain(catalog.unmodelled.keys());
        let is_own = ids.any(|id| id.class() == Class::Routine && *id.name() == name.name);
        let certain = if builtin {
            types.is_empty() || self.all_known(types)
        } else {
            !types.contains(&Type::Opaque) && types.iter().all(|of| of.known().is_none_or(|of| self.is_known(of)))
        };
        // Another schema's functions come and go with extensions.
        let is_ours = name.schema.as_ref().is_none_or(|schema| self.scope.search_path.contains(schema));
        let parts = ["pg_catalog".to_owned(), name.name.as_str().to_owned()];
        let candidates = if builtin { self.routines(&parts, &vec![None; types.len()], true) } else { Vec::new() };
        if certain && is_ours && !is_own && !candidates.iter().any(|one| one.accepts(types, self.scope)) {
            let words: Vec<String> = types.iter().map(words_of).collect();
            let call = format!("{}({})", name.name.as_str(), words.join(", "));
            self.fault(Fault::of_types("42883", format!("function {call} does not exist")).about(name));
        }
    }

    /// A call that several functions could take.
    pub(super) fn check_unique(&mut self, name: &QualifiedName, types: &[Type]) {
        if types.is_empty() || self.all_known(types) {
            let words: Vec<String> = types.iter().map(words_of).collect();
            let message = format!("function {}({}) is not unique", name.name.as_str(), words.join(", "));
            self.fault(Fault::of_types("42725", message).about(name));
        }
    }

    /// `coerce_to_boolean()`
    pub(super) fn check_condition(&mut self, value: &Typed, clause: &str) {
        let boolean = TypeName::builtin("bool");
        if let Type::Known(of) = &value.of
            && self.is_known(of)
            && !self.scope.can_coerce(of, &boolean, CastContext::Assignment)
        {
            let message = format!("argument of {clause} must be type boolean, not type {of}");
            self.fault(Fault::of_types("42804", message));
        }
    }

    /// An explicit cast that there is none of.
    pub(super) fn check_cast(&mut self, from: &TypeName, to: &TypeName, context: CastContext) {
        if context == CastContext::Explicit && self.is_known(from) && self.is_known(to) {
            let message = format!("cannot cast type {} to {}", from.base(), to.base());
            self.fault(Fault::of_types("42846", message));
        }
    }

    /// `cookDefault()` and its like.
    pub(super) fn check_stored(&mut self, value: &Typed, target: &TypeName, column: &str) {
        if let Type::Known(of) = &value.of
            && !can_be_stored(of, target, self.scope)
        {
            // Not every value has a column yet.
            let subject = if column.is_empty() { "the value".to_owned() } else { format!("column \"{column}\"") };
            let message = format!("{subject} is of type {target} but the expression is of type {of}");
            self.fault(Fault::of_types("42804", message));
        }
    }

    /// A text that is no value of its type; only where there is no doubt in any server version.
    pub(super) fn check_literal(&mut self, text: &str, of: &TypeName) {
        let trimmed = text.trim();
        if of.array {
            if self.is_known(of) && !trimmed.starts_with(['{', '[']) {
                self.fault(Fault::of_types("22P02", format!("malformed array literal: \"{text}\"")));
            }
            return;
        }
        if let Some(labels) = enum_labels(of, self.scope) {
            if !labels.iter().any(|label| label == text) {
                let message = format!("invalid input value for enum {}: \"{text}\"", of.name.name.as_str());
                self.fault(Fault::of_types("22P02", message).about(&of.name));
            }
            return;
        }
        if let Some(schema) = &of.name.schema {
            // `record_in()`
            if self.scope.is_complex(of) && self.is_known(of) && !trimmed.starts_with('(') {
                let message = format!("malformed record literal: \"{text}\"");
                self.fault(Fault::of_types("22P02", message).about(&QualifiedName::new(schema, &of.name.name)));
            }
            return;
        }
        let has_digit = trimmed.bytes().any(|byte| byte.is_ascii_digit());
        let word = trimmed.trim_start_matches(['+', '-']).to_ascii_lowercase();
        let begins = |with: &[char]| trimmed.starts_with(with);
        let (is_bad, sqlstate) = match of.name.name.as_str() {
            "int2" | "int4" | "int8" => (!has_digit, "22P02"),
            "float4" | "float8" | "numeric" => {
                (!has_digit && !["nan", "inf", "infinity"].contains(&word.as_str()), "22P02")
            }
            "bool" | "uuid" => (!super::values::is_valid(trimmed, of.name.name.as_str()), "22P02"),
            "json" | "jsonb" => (!has_digit && !begins(&['{', '[', '"', 't', 'f', 'n']), "22P02"),
            "inet" | "cidr" => (!has_digit && !trimmed.contains(':'), "22P02"),
            "date" | "time" | "timetz" | "timestamp" | "timestamptz" | "interval" => {
                (!has_digit && !MOMENTS.contains(&word.as_str()), "22007")
            }
            _ => (false, ""),
        };
        if is_bad {
            self.fault(Fault::of_types(sqlstate, format!("invalid input syntax for type {of}: \"{text}\"")));
        }
    }

    /// What `'…'::regclass`, or another type of its kind, looks for.
    pub(super) fn check_object(&mut self, class: Class, name: &QualifiedName) {
        let Some(schema) = &name.schema else { return };
        if class != Class::Relation {
            let catalog = self.scope.catalog;
            if !catalog.exists(&ObjectId::in_schema(class, schema, &name.name)) {
                let noun = class.word().replace('_', " ");
                let message = format!("{noun} \"{}\" does not exist", name.name.as_str());
                self.fault(Fault::of_types("42704", message).about(name));
            }
            return;
        }
        // What no schema of the path has is left with the first, where temporary objects would be.
        let of_system =
            |name: &Ident| (name.as_str().starts_with("pg_") && *name != "pg_temp") || *name == "information_schema";
        let id = ObjectId::in_schema(Class::Relation, schema, &name.name);
        if !of_system(schema) && !of_system(&name.name) && !self.scope.catalog.exists(&id) {
            let message = format!("relation \"{}\" does not exist", name.name.as_str());
            self.fault(Fault::of_types("42P01", message).about(name));
        }
    }

    pub(super) fn check_root(&mut self, value: &Typed) {
        match self.scope.wanted.plain() {
            Wanted::Condition(clause) => self.check_condition(value, clause),
            Wanted::Stored { column, of } => self.check_stored(value, of, column),
            Wanted::Value | Wanted::In(_) => {}
        }
    }
}

/// Where a value stands, or a column that is written to; -1 if that is not known.
pub(super) fn place_of_value(node: &Node) -> i32 {
    match &node.node {
        Some(NodeEnum::ResTarget(target)) => target.val.as_deref().map_or(target.location, place_of_value),
        _ => parse::location(node).unwrap_or(-1),
    }
}

fn words_of(of: &Type) -> String {
    match of {
        Type::Known(of) => of.base().to_string(),
        Type::Literal | Type::Opaque => "unknown".to_owned(),
    }
}
