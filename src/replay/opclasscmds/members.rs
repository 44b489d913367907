//! What a statement puts into an operator class or family, or takes out of one.

use std::fmt;

use pg_query::NodeEnum;
use pg_query::protobuf::{CreateOpClassItem, Node, ObjectType, ObjectWithArgs};

use super::method::Method;
use super::{strings, wrong, wrong_syntax};
use crate::catalog::Facts;
use crate::catalog::kind::{FamilyMember, OperatorName, RoutineName};
use crate::catalog::meaning::{CallKind, Signature};
use crate::library::Library;
use crate::replay::Replay;
use crate::replay::refusal::{Outcome, Stop, UNDEFINED_FUNCTION, WRONG_OBJECT_TYPE};
use crate::sql::{Ident, QualifiedName, TypeName};

/// A place in a family, which one operator or one function can take.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::replay) struct Slot {
    pub(super) is_function: bool,
    pub(super) number: i32,
    pub(super) types: [TypeName; 2],
}

impl Slot {
    pub(in crate::replay) fn of<T>(is_function: bool, member: &FamilyMember<T>) -> Self {
        let of = |at: usize| member.types.get(at).cloned().unwrap_or_default();
        Self { is_function, number: i32::try_from(member.number).unwrap_or_default(), types: [of(0), of(1)] }
    }

    pub(super) fn is_taken_in(&self, facts: &Facts) -> bool {
        let (operators, functions) = match facts {
            Facts::OperatorClass(class) => (class.operators.get(), class.functions.get()),
            Facts::OperatorFamily(family) => (family.operators.get(), family.functions.get()),
            _ => return false,
        };
        operators.into_iter().flatten().any(|one| Self::of(false, one) == *self)
            || functions.into_iter().flatten().any(|one| Self::of(true, one) == *self)
    }
}

/// As an error names it: `operator 1(integer,integer)`
impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.is_function { "function" } else { "operator" };
        write!(f, "{noun} {}({},{})", self.number, self.types[0], self.types[1])
    }
}

/// What is put in.
#[derive(Default)]
pub(super) struct Members {
    pub(super) operators: Vec<FamilyMember<OperatorName>>,
    pub(super) functions: Vec<FamilyMember<RoutineName>>,
    pub(super) storage: Option<TypeName>,
}

impl Replay {
    /// What the items of CREATE OPERATOR CLASS for a type put in, or of ALTER OPERATOR FAMILY without one; none where
    /// not all of it is known.
    pub(super) fn members(&self, method: &Method, items: &[Node], of: Option<&TypeName>) -> Outcome<Option<Members>> {
        let mut members = Members::default();
        for item in items.iter().filter_map(item) {
            match sort_of(item) {
                Sort::Operator => match self.operator_member(method, item, of)? {
                    Some(operator) => add(&mut members.operators, operator, false)?,
                    None => return Ok(None),
                },
                Sort::Function => match self.function_member(method, item, of)? {
                    Some(function) => add(&mut members.functions, function, true)?,
                    None => return Ok(None),
                },
                Sort::Storage if of.is_none() => {
                    return Err(wrong_syntax("STORAGE cannot be specified in ALTER OPERATOR FAMILY"));
                }
                Sort::Storage if members.storage.is_some() => {
                    return Err(wrong("storage type specified more than once"));
                }
                Sort::Storage => match self.signature_type(item.storedtype.as_ref())? {
                    Some(storage) => members.storage = Some(storage),
                    None => return Ok(None),
                },
            }
        }
        Ok(Some(members))
    }

    /// What ALTER OPERATOR FAMILY … DROP names.
    pub(super) fn slots(&self, method: &Method, items: &[Node]) -> Outcome<Vec<Slot>> {
        let mut slots: Vec<Slot> = Vec::new();
        for item in items.iter().filter_map(item) {
            let is_function = sort_of(item) == Sort::Function;
            in_range(method, item, is_function)?;
            let Some(types) = self.types_spec(&item.class_args)? else { continue };
            let slot = Slot { is_function, number: item.number, types };
            is_first(&slots, &slot)?;
            slots.push(slot);
        }
        Ok(slots)
    }

    /// `processTypesSpec()`: one stands for both.
    fn types_spec(&self, nodes: &[Node]) -> Outcome<Option<[TypeName; 2]>> {
        let types = self.types_in(nodes)?;
        match types.as_slice() {
            [both] => Ok(Some([both.clone(), both.clone()])),
            [left, right] => Ok(Some([left.clone(), right.clone()])),
            [] => Ok(None),
            _ => Err(wrong_syntax("one or two argument types must be specified")),
        }
    }

    fn operator_member(
        &self,
        method: &Method,
        item: &CreateOpClassItem,
        of: Option<&TypeName>,
    ) -> Outcome<Option<FamilyMember<OperatorName>>> {
        in_range(method, item, false)?;
        let Some(written) = &item.name else { return Ok(None) };
        let name = strings(&written.objname);
        let args = match (written.objargs.as_slice(), of) {
            ([], None) => {
                return Err(wrong_syntax("operator argument types must be specified in ALTER OPERATOR FAMILY"));
            }
            ([], Some(of)) => vec![of.clone(), of.clone()],
            (args, _) => self.types_in(args)?,
        };
        let Some(member) = self.operator(&name, &args)? else {
            if !self.knows_operators() || self.lenient {
                return Ok(None);
            }
            let types: Vec<String> = args.iter().map(TypeName::to_string).collect();
            let message = format!("operator does not exist: {} {}", name.join("."), types.join(", "));
            return Err(Stop::refused(UNDEFINED_FUNCTION, message));
        };
        let order_by = match item.order_family.as_slice() {
            [] => None,
            family => match self.opfamily_called(&Ident::new("btree"), &strings(family))? {
                Some(family) => Some(family),
                None => return Ok(None),
            },
        };
        if args.len() != 2 {
            return Err(wrong("index operators must be binary"));
        }
        if order_by.is_some() {
            if method.traits.is_some_and(|traits| !traits.orders_by_operators) {
                let method = method.name.as_str();
                return Err(wrong(format!("access method \"{method}\" does not support ordering operators")));
            }
        } else if !self.result_of_operator(&member).is_none_or(|result| result.is_builtin("bool")) {
            return Err(wrong("index search operators must return boolean"));
        }
        Ok(Some(FamilyMember { number: item.number.into(), member, types: args, order_by }))
    }

    fn result_of_operator(&self, name: &OperatorName) -> Option<TypeName> {
        match name.id() {
            Some(id) => self.signature(&id).map(|signature| signature.result.clone()),
            None => {
                let all = Library::of(self.catalog().version).operators(name.name.as_str());
                all.iter().find(|one| one.types().eq(&name.args)).map(|one| one.result.clone())
            }
        }
    }

    fn function_member(
        &self,
        method: &Method,
        item: &CreateOpClassItem,
        of: Option<&TypeName>,
    ) -> Outcome<Option<FamilyMember<RoutineName>>> {
        in_range(method, item, true)?;
        let Some((member, signature)) =
            item.name.as_ref().map(|name| self.function_called(name)).transpose()?.flatten()
        else {
            return Ok(None);
        };
        let written = self.types_spec(&item.class_args)?;
        let takes: Vec<&TypeName> = signature.types().collect();
        let usual = self.checked_support(method, item.number, &takes, &signature.result, written.as_ref(), of)?;
        let own = || of.map(|of| [of.clone(), of.clone()]);
        let Some(types) = written.or(usual).or_else(own) else {
            return Err(wrong("associated data types must be specified for index support function"));
        };
        Ok(Some(FamilyMember { number: item.number.into(), member, types: types.to_vec(), order_by: None }))
    }

    /// `LookupFuncWithArgs()`
    fn function_called(&self, written: &ObjectWithArgs) -> Outcome<Option<(RoutineName, Signature)>> {
        let name = strings(&written.objname);
        let found = if written.args_unspecified {
            let all = Library::of(self.catalog().version).routines(name.last().map_or("", String::as_str));
            match (self.routine(ObjectType::ObjectFunction, written)?, all) {
                (Some(id), _) => self.signature(&id).map(|signature| (RoutineName::of(&id), signature.clone())),
                (None, [only]) => {
                    let args = only.types().cloned().collect();
                    let name = QualifiedName::bare(name.last().map_or("", String::as_str));
                    Some((RoutineName { name, args }, only.clone()))
                }
                (None, _) => None,
            }
        } else {
            self.function(&name, &self.types_in(&written.objargs)?)?
        };
        match found {
            Some((name, signature)) if signature.kind == CallKind::Procedure => {
                Err(Stop::refused(WRONG_OBJECT_TYPE, format!("{name} is not a function")))
            }
            found => Ok(found),
        }
    }

    /// `assignProcTypes()`: the types that a function is registered for if nobody says which.
    fn checked_support(
        &self,
        method: &Method,
        number: i32,
        takes: &[&TypeName],
        gives: &TypeName,
        written: Option<&[TypeName; 2]>,
        of: Option<&TypeName>,
    ) -> Outcome<Option<[TypeName; 2]>> {
        let version = self.catalog().version;
        let check = |is_right: bool, message: &str| if is_right { Ok(()) } else { Err(wrong(message)) };
        let is_internal = matches!(takes, [only] if only.is_builtin("internal"));
        let is_of_one_type = written.is_none_or(|[left, right]| left == right);
        let pair = |left: &TypeName, right: &TypeName| Ok(Some([left.clone(), right.clone()]));
        if method.traits.is_some_and(|traits| traits.options == number) {
            let is_own = written.is_none_or(|types| types.iter().all(|one| Some(one) == of));
            check(
                if of.is_some() { is_own } else { is_of_one_type },
                "associated data types for operator class options parsing functions must match opclass input type",
            )?;
            check(is_internal && gives.is_builtin("void"), "invalid operator class options parsing function")?;
        } else if method.is_ordering(version) {
            match number {
                1 => {
                    check(takes.len() == 2, "ordering comparison functions must have two arguments")?;
                    check(gives.is_builtin("int4"), "ordering comparison functions must return integer")?;
                    return pair(takes[0], takes[1]);
                }
                2 => {
                    check(is_internal, "ordering sort support functions must accept type \"internal\"")?;
                    check(gives.is_builtin("void"), "ordering sort support functions must return void")?;
                }
                3 => {
                    check(takes.len() == 5, "ordering in_range functions must have five arguments")?;
                    check(gives.is_builtin("bool"), "ordering in_range functions must return boolean")?;
                    return pair(takes[0], takes[2]);
                }
                4 => {
                    check(takes.len() == 1, "ordering equal image functions must have one argument")?;
                    check(gives.is_builtin("bool"), "ordering equal image functions must return boolean")?;
                    check(is_of_one_type, "ordering equal image functions must not be cross-type")?;
                }
                _ => {
                    check(is_internal, "btree skip support functions must accept type \"internal\"")?;
                    check(gives.is_builtin("void"), "btree skip support functions must return void")?;
                    check(is_of_one_type, "btree skip support functions must not be cross-type")?;
                }
            }
        } else if method.is_hashing(version) {
            let (result, count) = if number == 1 { ("int4", 1) } else { ("int8", 2) };
            check(takes.len() == count, &format!("hash function {number} must have {count} argument(s)"))?;
            check(gives.is_builtin(result), &format!("hash function {number} must return {result}"))?;
            return pair(takes[0], takes[0]);
        }
        Ok(None)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Operator,
    Function,
    Storage,
}

/// `OPCLASS_ITEM_…` (parsenodes.h)
fn sort_of(item: &CreateOpClassItem) -> Sort {
    match item.itemtype {
        1 => Sort::Operator,
        2 => Sort::Function,
        _ => Sort::Storage,
    }
}

fn item(node: &Node) -> Option<&CreateOpClassItem> {
    match &node.node {
        Some(NodeEnum::CreateOpClassItem(item)) => Some(item),
        _ => None,
    }
}

fn in_range(method: &Method, item: &CreateOpClassItem, is_function: bool) -> Outcome {
    let Some(traits) = method.traits else { return Ok(()) };
    let (noun, most) = if is_function { ("function", traits.support) } else { ("operator", traits.strategies) };
    if (1..=most).contains(&item.number) {
        return Ok(());
    }
    Err(wrong(format!("invalid {noun} number {}, must be between 1 and {most}", item.number)))
}

/// `addFamilyMember()`
fn add<T>(members: &mut Vec<FamilyMember<T>>, member: FamilyMember<T>, is_function: bool) -> Outcome {
    let slots: Vec<Slot> = members.iter().map(|one| Slot::of(is_function, one)).collect();
    is_first(&slots, &Slot::of(is_function, &member))?;
    members.push(member);
    Ok(())
}

fn is_first(before: &[Slot], slot: &Slot) -> Outcome {
    if !before.contains(slot) {
        return Ok(());
    }
    let (noun, [left, right]) = (if slot.is_function { "function" } else { "operator" }, &slot.types);
    Err(wrong(format!("{noun} number {} for ({left},{right}) appears more than once", slot.number)))
}
