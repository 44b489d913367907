//! What an expression has to know of the things that it names and that are not compared: of what
//! sort a type is, what a routine or an operator takes and gives, which casts happen by themselves.

use super::kind::{AggregateKind, CastMethod, Parameter, ParameterMode, Volatility};
use super::shared::Shared;
use super::{Attr, Facts, ObjectId, Visitor};

pub use super::kind::CastContext;
use crate::sql::{Ident, QualifiedName, TypeName};

/// What a name stands for in an expression.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing is known but that it is there.
    #[default]
    Unknown,
    Type(Shared<TypeMeaning>),
    /// A routine, or an operator.
    Call(Shared<Signature>),
    /// The columns of a view and its like, in their order.
    Columns(Vec<(Ident, TypeName)>),
    Cast(CastMeaning),
}

impl Meaning {
    /// How it is called, if it is a routine or an operator of which that is known.
    pub fn signature(&self) -> Option<&Signature> {
        match self {
            Self::Call(signature) => Some(signature),
            Self::Unknown | Self::Type(_) | Self::Columns(_) | Self::Cast(_) => None,
        }
    }

    /// The same, of an operator or a cast whose function is IMMUTABLE or not.
    #[must_use]
    pub fn or_mutable(self, is_mutable: bool) -> Self {
        match self {
            Self::Call(signature) => Signature { is_mutable, ..signature.into_inner() }.into(),
            Self::Cast(cast) => Self::Cast(CastMeaning { is_mutable, ..cast }),
            Self::Unknown | Self::Type(_) | Self::Columns(_) => self,
        }
    }

    /// Shows `visitor` each type that is named.
    pub fn visit(&mut self, visitor: &mut dyn Visitor) {
        match self {
            Self::Unknown | Self::Cast(_) => {}
            Self::Type(meaning) => meaning.visit(visitor),
            Self::Call(signature) => {
                let Signature { args, result, outputs, .. } = &mut **signature;
                args.iter_mut().for_each(|arg| visitor.type_name(&mut arg.of));
                visitor.type_name(result);
                outputs.iter_mut().for_each(|(_, of)| visitor.type_name(of));
            }
            Self::Columns(columns) => columns.iter_mut().for_each(|(_, of)| visitor.type_name(of)),
        }
    }
}

impl From<TypeMeaning> for Meaning {
    fn from(meaning: TypeMeaning) -> Self {
        Self::Type(Shared::new(meaning))
    }
}

impl From<Signature> for Meaning {
    fn from(signature: Signature) -> Self {
        Self::Call(Shared::new(signature))
    }
}

impl Facts {
    /// What an object of that identity is to expressions, beside its name and its columns.
    pub fn meaning(&self, id: &ObjectId) -> Meaning {
        let a_type = |category: char, sort: TypeSort| {
            Meaning::from(TypeMeaning {
                sort,
                category,
                preferred: false,
                collatable: false,
                element: None,
                io: MutableIo::default(),
            })
        };
        match self {
            Self::Domain(domain) => {
                domain.data_type.get().map_or(Meaning::Unknown, |base| a_type('U', TypeSort::Domain(base.clone())))
            }
            Self::Composite(composite) => {
                let attributes = composite.attributes.get().into_iter().flatten();
                let attributes = attributes.map(|one| (one.name.clone(), one.of.clone())).collect();
                a_type('C', TypeSort::Composite(attributes))
            }
            Self::Range(range) => range.subtype.get().map_or(Meaning::Unknown, |subtype| {
                let multirange = range.multirange.get().cloned().flatten().map(|of| of.name);
                a_type('R', TypeSort::Range { subtype: subtype.clone(), multirange })
            }),
            Self::BaseType(base) if base.defined.get() == Some(&false) => a_type('P', TypeSort::Pseudo),
            Self::BaseType(base) => Meaning::from(TypeMeaning {
                sort: TypeSort::Base,
                category: base.category.get().and_then(|text| text.chars().next()).unwrap_or('U'),
                preferred: base.preferred.get().copied().unwrap_or_default(),
                collatable: base.collatable.get().copied().unwrap_or_default(),
                element: base.element.get().cloned().flatten(),
                io: MutableIo::default(),
            }),
            Self::Function(function) => {
                let kind = if function.window.get() == Some(&true) { CallKind::Window } else { CallKind::Function };
                let returns_set = function.returns_set.get().copied().unwrap_or_default();
                let is_mutable = function.volatility.get().is_some_and(|one| *one != Volatility::Immutable);
                call(kind, &function.parameters, function.result.get(), returns_set).or_mutable(is_mutable)
            }
            Self::Procedure(procedure) => {
                // What it gives back is its row; without any, it gives nothing.
                let parameters = procedure.parameters.get().into_iter().flatten();
                let gives = parameters.into_iter().any(|one| one.mode.is_output());
                let result = TypeName::builtin(if gives { "record" } else { "void" });
                call(CallKind::Procedure, &procedure.parameters, Some(&result), false).or_mutable(true)
            }
            Self::Aggregate(aggregate) => {
                let direct = aggregate.direct_arguments.get().and_then(|n| usize::try_from(*n).ok()).unwrap_or(0);
                let kind = match aggregate.aggregate_kind.get() {
                    Some(AggregateKind::Ordered) => CallKind::OrderedSet { direct },
                    Some(AggregateKind::Hypothetical) => CallKind::HypotheticalSet { direct },
                    Some(AggregateKind::Normal) | None => CallKind::Aggregate,
                };
                call(kind, &aggregate.parameters, aggregate.result.get(), false)
            }
            Self::Operator(operator) => operator.result.get().map_or(Meaning::Unknown, |result| {
                let args = id.args().iter().map(|of| Argument { name: Ident::default(), of: of.clone() });
                Meaning::from(Signature {
                    kind: CallKind::Operator,
                    args: args.collect(),
                    defaults: 0,
                    variadic: false,
                    result: result.clone(),
                    returns_set: false,
                    outputs: Vec::new(),
                    is_mutable: false,
                })
            }),
            Self::Cast(cast) => match (cast.context.get(), cast.method.get()) {
                (Some(context), Some(method)) => Meaning::Cast(CastMeaning {
                    context: *context,
                    binary: *method == CastMethod::Binary,
                    is_mutable: false,
                }),
                _ => Meaning::Unknown,
            },
            _ => Meaning::Unknown,
        }
    }
}

fn call(kind: CallKind, parameters: &Attr<Vec<Parameter>>, result: Option<&TypeName>, returns_set: bool) -> Meaning {
    let (Some(parameters), Some(result)) = (parameters.get(), result) else { return Meaning::Unknown };
    let inputs = || parameters.iter().filter(|one| one.mode.is_input());
    let mut outputs = Vec::new();
    for one in parameters.iter().filter(|one| one.mode.is_output()) {
        outputs.push((output_name(one.name.as_str(), outputs.len()), one.of.clone()));
    }
    Meaning::from(Signature {
        kind,
        args: inputs().map(|one| Argument { name: one.name.clone(), of: one.of.clone() }).collect(),
        defaults: inputs().filter(|one| one.default.is_some()).count(),
        variadic: parameters.iter().any(|one| one.mode == ParameterMode::Variadic),
        result: result.clone(),
        returns_set,
        outputs,
        is_mutable: false,
    })
}

impl TypeMeaning {
    fn visit(&mut self, visitor: &mut dyn Visitor) {
        let visit_name = |name: &mut QualifiedName, visitor: &mut dyn Visitor| {
            let mut of = TypeName { name: name.clone(), ..TypeName::default() };
            visitor.type_name(&mut of);
            *name = of.name;
        };
        match &mut self.sort {
            TypeSort::Base | TypeSort::Enum | TypeSort::Pseudo => {}
            TypeSort::Composite(attributes) => attributes.iter_mut().for_each(|(_, of)| visitor.type_name(of)),
            TypeSort::Domain(base) => visitor.type_name(base),
            TypeSort::Range { subtype, multirange } => {
                visitor.type_name(subtype);
                if let Some(name) = multirange {
                    visit_name(name, visitor);
                }
            }
            TypeSort::Multirange(range) => visit_name(range, visitor),
        }
        if let Some(element) = &mut self.element {
            visitor.type_name(element);
        }
    }
}

impl Signature {
    /// The types of the input arguments, by which overloads are told apart.
    pub fn types(&self) -> impl Iterator<Item = &TypeName> {
        self.args.iter().map(|arg| &arg.of)
    }
}

/// The column that an output argument is: one without a name is called after its place.
pub fn output_name(name: &str, before: usize) -> Ident {
    if name.is_empty() { Ident::new(format!("column{}", before + 1)) } else { Ident::new(name) }
}

/// A row of `pg_type`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeMeaning {
    pub sort: TypeSort,
    /// `typcategory`
    pub category: char,
    /// `typispreferred`
    pub preferred: bool,
    /// `typcollation` is not zero.
    pub collatable: bool,
    /// What a subscript gives of a type that is no array of another: `float8` of a `point`. In category `A` it
    /// is an array all the same (`oidvector`).
    pub element: Option<TypeName>,
    /// Of base types; of those that the schema makes the functions say so.
    pub io: MutableIo,
}

/// Whether the functions that read and print values of a type (`typinput`, `typoutput`) are not IMMUTABLE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MutableIo {
    pub input: bool,
    pub output: bool,
}

/// `typtype`, with what goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeSort {
    Base,
    /// The attributes, in their order.
    Composite(Vec<(Ident, TypeName)>),
    /// The type below it, with its modifier.
    Domain(TypeName),
    Enum,
    /// The type that it is a range of, and the type of several such ranges (from PostgreSQL 14 on).
    Range {
        subtype: TypeName,
        multirange: Option<QualifiedName>,
    },
    /// Of this range type.
    Multirange(QualifiedName),
    Pseudo,
}

/// A row of `pg_proc` or `pg_operator`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub kind: CallKind,
    /// The input arguments; a prefix operator has one.
    pub args: Vec<Argument>,
    /// How many of the last may be left out.
    pub defaults: usize,
    /// The last one is an array of which the elements may be given one by one; with `any`, anything.
    pub variadic: bool,
    pub result: TypeName,
    pub returns_set: bool,
    /// The output arguments, which are the columns where it stands in FROM.
    pub outputs: Vec<(Ident, TypeName)>,
    /// Whether it is not IMMUTABLE. Of an operator that the schema makes its function says so.
    pub is_mutable: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Empty if it has none.
    pub name: Ident,
    pub of: TypeName,
}

/// `prokind`; of an aggregate also `aggkind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    Operator,
    Function,
    Procedure,
    Window,
    Aggregate,
    /// `percentile_cont(0.5) WITHIN GROUP (ORDER BY x)`: so many arguments stand in the first parentheses.
    OrderedSet {
        direct: usize,
    },
    /// The same of the kind of `rank()`, whose arguments in both parentheses match.
    HypotheticalSet {
        direct: usize,
    },
}

/// A row of `pg_cast`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CastMeaning {
    pub context: CastContext,
    /// `castmethod` is `b`: nothing is computed, the value is just taken for another.
    pub binary: bool,
    /// Whether the function that does it is not IMMUTABLE; of a cast that the schema makes that says so itself.
    pub is_mutable: bool,
}
