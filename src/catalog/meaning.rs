//! What an expression has to know of the things that it names and that are not compared: of what
//! sort a type is, what a routine or an operator takes and gives, which casts happen by themselves.

use super::{Facts, Visitor};
use crate::sql::{Ident, QualifiedName, TypeName};

/// What a name stands for in an expression.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing is known but that it is there.
    #[default]
    Unknown,
    Type(TypeMeaning),
    /// A routine, or an operator.
    Call(Signature),
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

    /// Shows `visitor` each type that is named.
    pub fn visit(&mut self, visitor: &mut dyn Visitor) {
        match self {
            Self::Unknown | Self::Cast(_) => {}
            Self::Type(meaning) => meaning.visit(visitor),
            Self::Call(Signature { args, result, outputs, .. }) => {
                args.iter_mut().for_each(|arg| visitor.type_name(&mut arg.of));
                visitor.type_name(result);
                outputs.iter_mut().for_each(|(_, of)| visitor.type_name(of));
            }
            Self::Columns(columns) => columns.iter_mut().for_each(|(_, of)| visitor.type_name(of)),
        }
    }
}

impl Facts {
    /// What an object is to expressions, beside its name and its columns.
    pub fn meaning(&self) -> Meaning {
        match self {
            Self::Schema(_)
            | Self::Extension(_)
            | Self::Enum(_)
            | Self::Table(_)
            | Self::Column(_)
            | Self::PrimaryKey(_)
            | Self::Unique(_)
            | Self::Check(_)
            | Self::ForeignKey(_)
            | Self::Index(_)
            | Self::Policy(_) => Meaning::Unknown,
        }
    }
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
}

/// `castcontext`, in the order of what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CastContext {
    Implicit,
    Assignment,
    Explicit,
}
