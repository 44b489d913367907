//! What the polymorphic types of a signature stand for in a call (`check_generic_type_consistency()`
//! and `enforce_generic_type_consistency()`).

use super::Scope;
use super::types::{Type, is};
use crate::sql::TypeName;

/// What they stand for.
#[derive(Default)]
pub(super) struct Actual {
    same: Stand,
    compatible: Stand,
}

/// What the types of one family stand for.
#[derive(Default)]
struct Stand {
    element: Option<TypeName>,
    array: Option<TypeName>,
    range: Option<TypeName>,
    multirange: Option<TypeName>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    /// `anyelement` and its like: all the same.
    Same,
    /// `anycompatible` and its like: what they have in common.
    Compatible,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Element,
    NonArray,
    Enum,
    Array,
    Range,
    Multirange,
}

fn polymorphic(of: &TypeName) -> Option<(Family, Shape)> {
    if of.array || of.name.schema.is_some() {
        return None;
    }
    let (family, rest) = match of.name.name.as_str().strip_prefix("any")? {
        "" => return None,
        rest => match rest.strip_prefix("compatible") {
            Some(rest) => (Family::Compatible, rest),
            None => (Family::Same, rest),
        },
    };
    Some(match rest {
        "nonarray" => (family, Shape::NonArray),
        "enum" => (family, Shape::Enum),
        "array" => (family, Shape::Array),
        "range" => (family, Shape::Range),
        "multirange" => (family, Shape::Multirange),
        _ => (family, Shape::Element),
    })
}

pub(super) fn is_polymorphic(of: &TypeName) -> bool {
    polymorphic(of).is_some()
}

/// What the polymorphic types stand for, given the arguments; none if they contradict each other.
pub(super) fn consistent<'t>(
    scope: &Scope<'_>,
    declared: impl Iterator<Item = &'t TypeName>,
    args: &[Type],
) -> Option<Actual> {
    let mut actual = Actual::default();
    let mut compatible = Vec::new();
    let mut shapes = Vec::new();
    for (declared, arg) in declared.zip(args) {
        let Some((family, shape)) = polymorphic(declared) else { continue };
        shapes.push((family, shape));
        let Type::Known(arg) = arg else { continue };
        let stand = if family == Family::Same { &mut actual.same } else { &mut actual.compatible };
        // Arrays and ranges are looked at below their domains, elements are not.
        let (slot, of) = match shape {
            Shape::Element | Shape::NonArray | Shape::Enum if family == Family::Compatible => {
                compatible.push(Type::Known(arg.base()));
                continue;
            }
            Shape::Element | Shape::NonArray | Shape::Enum => (&mut stand.element, arg.base()),
            Shape::Array => {
                let plain = scope.plain(arg);
                let element = scope.element_of(&plain)?;
                if family == Family::Compatible {
                    compatible.push(Type::Known(element));
                    continue;
                }
                (&mut stand.array, plain)
            }
            Shape::Range => (&mut stand.range, scope.plain(arg)),
            Shape::Multirange => (&mut stand.multirange, scope.plain(arg)),
        };
        if slot.get_or_insert_with(|| of.clone()) != &of {
            return None;
        }
    }
    let wants = |family, shape| shapes.contains(&(family, shape));
    actual.same.complete(scope, None)?;
    if !compatible.is_empty() || actual.compatible.range.is_some() || actual.compatible.multirange.is_some() {
        let subtype = actual.compatible.subtype(scope)?;
        let has_range = subtype.is_some();
        compatible.extend(subtype.map(Type::Known));
        let common = scope.verified_common_type(&compatible)?;
        actual.compatible.complete(scope, Some((common, has_range)))?;
    } else if shapes.iter().any(|(family, _)| *family == Family::Compatible) {
        // Literals alone are text.
        actual.compatible.element = Some(TypeName::builtin("text"));
    }
    for (family, stand) in [(Family::Same, &actual.same), (Family::Compatible, &actual.compatible)] {
        let Some(element) = &stand.element else { continue };
        if (wants(family, Shape::NonArray) && scope.element_of(&scope.plain(element)).is_some())
            || (wants(family, Shape::Enum) && !scope.is_enum(element))
        {
            return None;
        }
    }
    Some(actual)
}

impl Stand {
    /// What the ranges are of; the outer `None` where they are none or contradict each other.
    fn subtype(&mut self, scope: &Scope<'_>) -> Option<Option<TypeName>> {
        if let Some(multirange) = &self.multirange {
            let range = scope.range_of(multirange)?;
            if *self.range.get_or_insert_with(|| range.clone()) != range {
                return None;
            }
        }
        match &self.range {
            Some(range) => scope.range_subtype(range).map(Some),
            None => Some(None),
        }
    }

    /// Derives one from the others; `None` where they contradict each other.
    fn complete(&mut self, scope: &Scope<'_>, common: Option<(TypeName, bool)>) -> Option<()> {
        let subtype = self.subtype(scope)?;
        if let Some((common, has_range)) = common {
            // A range cannot be coerced.
            if has_range && subtype.as_ref() != Some(&common) {
                return None;
            }
            self.element = Some(common);
        } else {
            let of_array = self.array.as_ref().map(|array| scope.element_of(array));
            for of in [of_array.flatten(), subtype].into_iter().flatten() {
                if *self.element.get_or_insert_with(|| of.clone()) != of {
                    return None;
                }
            }
        }
        Some(())
    }
}

impl Actual {
    /// What a declared type is in this call; none where that cannot be told.
    pub(super) fn of(&self, declared: &TypeName, scope: &Scope<'_>) -> Option<TypeName> {
        let Some((family, shape)) = polymorphic(declared) else { return Some(declared.clone()) };
        let stand = if family == Family::Same { &self.same } else { &self.compatible };
        match shape {
            Shape::Element | Shape::NonArray | Shape::Enum => stand.element.clone(),
            Shape::Array => stand.array.clone().or_else(|| stand.element.as_ref().and_then(array_of)),
            Shape::Range => stand.range.clone(),
            Shape::Multirange => stand.multirange.clone().or_else(|| scope.multirange_of(stand.range.as_ref()?)),
        }
    }
}

/// `get_array_type()`; an array of arrays is of the same type.
pub(super) fn array_of(element: &TypeName) -> Option<TypeName> {
    (!element.array && !is(element, "int2vector") && !is(element, "oidvector")).then(|| element.array_of())
}
