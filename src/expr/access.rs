//! Getting at parts of a value: fields of rows, elements of arrays (`parse_node.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{AIndices, Node};

use super::names::Columns;
use super::resolve::{Resolver, Typed};
use super::select::{NotUnderstood, Understood, star_of};
use super::types::{Type, is};
use crate::catalog::meaning::CastContext;
use crate::catalog::tree::{Subscript, Term};
use crate::sql::{Ident, TypeName};

impl Resolver<'_> {
    /// `transformIndirection()`
    pub(super) fn indirection(&mut self, base: Typed, steps: &[Node], node: &Node) -> Typed {
        let mut value = base;
        let mut steps = steps.iter().peekable();
        while let Some(step) = steps.next() {
            value = match &step.node {
                Some(NodeEnum::String(name)) => self.field(value, &Ident::from(&name.sval)),
                Some(NodeEnum::AIndices(first)) => {
                    // All that stand side by side are one access.
                    let mut indices = vec![&**first];
                    while let Some(NodeEnum::AIndices(next)) = steps.peek().and_then(|step| step.node.as_ref()) {
                        indices.push(next);
                        steps.next();
                    }
                    self.subscripts(value, &indices)
                }
                _ => return self.raw(node),
            };
        }
        value
    }

    pub(super) fn field(&mut self, value: Typed, name: &Ident) -> Typed {
        if let Term::WholeRow { place, .. } = &value.term
            && let Some(column) = self.field_of_row(*place, name)
        {
            return column;
        }
        let attributes = self.attributes_of(&value);
        let of = attributes.and_then(|all| all.into_iter().find(|(known, _)| known == name)).map(|(_, of)| of);
        let of = of.unwrap_or_else(|| {
            self.note_other(format!("the field {name}"));
            Type::Opaque
        });
        Typed::new(Term::Field { arg: Box::new(value.term), name: name.clone() }, of)
    }

    fn attributes_of(&self, value: &Typed) -> Option<Columns> {
        match (&value.of, value.fields.as_slice()) {
            (Type::Known(of), fields) if is(of, "record") => Some(fields.to_vec()),
            (of, _) => of.known().and_then(|of| self.scope.attributes(of)),
        }
    }

    /// `ExpandRowReference()`: each field of a row. None where it is no row, or nobody knows its fields.
    fn fields(&mut self, row: &Typed) -> Option<Vec<(Ident, Typed)>> {
        let names: Vec<Ident> = match &row.term {
            Term::WholeRow { place, .. } => self.fields_of_row(*place)?.into_iter().map(|(name, _)| name).collect(),
            _ => self.attributes_of(row)?.into_iter().map(|(name, _)| name).collect(),
        };
        let fields: Vec<_> = names.into_iter().map(|name| (name.clone(), self.field(row.clone(), &name))).collect();
        (!fields.is_empty()).then_some(fields)
    }

    /// `ExpandColumnRefStar()` and `ExpandIndirectionStar()`: what `t.*` or `(row).*` stands for, if it is one of these.
    pub(super) fn expanded(&mut self, node: &Node) -> Understood<Option<Vec<(Ident, Typed)>>> {
        if let Some(owner) = star_of(node) {
            return self.star(&owner).ok_or(NotUnderstood).map(Some);
        }
        let Some(NodeEnum::AIndirection(access)) = &node.node else { return Ok(None) };
        let Some((Node { node: Some(NodeEnum::AStar(_)) }, steps)) = access.indirection.split_last() else {
            return Ok(None);
        };
        let base = self.operand(access.arg.as_deref());
        let row = self.indirection(base, steps, node);
        self.fields(&row).ok_or(NotUnderstood).map(Some)
    }

    /// `transformContainerSubscripts()`: if one is a slice, all are, beginning at 1.
    fn subscripts(&mut self, value: Typed, indices: &[&AIndices]) -> Typed {
        let container = value.of.known().map(|of| self.scope.base_type(of));
        let is_json = container.as_ref().is_some_and(|of| is(of, "jsonb"));
        let is_slice = indices.iter().any(|index| index.is_slice);
        let element = container.as_ref().and_then(|of| self.scope.subscripted(of));
        let of = match (container, element) {
            (Some(of), _) if is_slice || is_json => Type::Known(of),
            (_, Some(element)) => Type::Known(element),
            _ => {
                self.note_other("the type of what has a subscript".to_owned());
                Type::Opaque
            }
        };
        let mut bound = |node: Option<&Node>| {
            let value = self.optional(node)?;
            Some(if is_json { self.json_subscript(value) } else { self.whole_number(value, "int4") })
        };
        let subscripts = indices
            .iter()
            .map(|index| {
                let (lower, upper) = (bound(index.lidx.as_deref()), bound(index.uidx.as_deref()));
                match upper {
                    Some(upper) if !is_slice => Subscript::At(upper),
                    upper if index.is_slice => Subscript::Slice(lower, upper),
                    upper => {
                        let one = Term::Const { value: Some("1".to_owned()), data_type: TypeName::builtin("int4") };
                        Subscript::Slice(Some(one), upper)
                    }
                }
            })
            .collect();
        Typed::new(Term::Subscripts { arg: Box::new(value.term), subscripts }, of)
    }

    /// A number, as it may be assigned to one: a subscript, a LIMIT.
    pub(super) fn whole_number(&mut self, value: Typed, of: &str) -> Term {
        self.coerce_to_target(value, &TypeName::builtin(of), CastContext::Assignment).term
    }

    /// `jsonb_subscript_transform()`: a number if it can be one, else text.
    fn json_subscript(&mut self, value: Typed) -> Term {
        let number = TypeName::builtin("int4");
        let is_number = value.of.known().is_some_and(|of| self.scope.can_coerce(of, &number, CastContext::Implicit));
        let to = if is_number { number } else { TypeName::builtin("text") };
        self.coerce(value, &to).term
    }
}
