//! Operators (`operatorcmds.c`, `pg_operator.c`) and casts (`functioncmds.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AlterOperatorStmt, CoercionContext, CreateCastStmt, DefElem, DefineStmt, Node, TypeName as TypeNameNode,
};

use super::comment::strings_of;
use super::define::Definition;
use super::functioncmds::{schema_and_name, stated};
use super::refusal::{
    DUPLICATE_FUNCTION, DUPLICATE_OBJECT, INVALID_OBJECT_DEFINITION, Outcome, SYNTAX_ERROR, Stop, UNDEFINED_FUNCTION,
};
use super::routine_parameters::invalid;
use super::{Replay, Statement, publicationcmds};
use crate::catalog::kind::{Cast, CastMethod, Operator, OperatorName, RoutineName};
use crate::catalog::meaning::{CallKind, CastContext, Signature};
use crate::catalog::{Attr, Class, Facts, ObjectId, Origin, Unmodelled};
use crate::expr::{self, Around, Scope, Wanted};
use crate::library::Library;
use crate::sql::type_name::string_of;
use crate::sql::{Ident, TypeName};

impl Replay {
    /// `DefineOperator()`
    pub(super) fn create_operator(&mut self, statement: &Statement<'_>, command: &DefineStmt) -> Outcome {
        let (schema, name) = schema_and_name(&command.defnames);
        let schema = self.creation_schema(&schema)?;
        let definition = Definition(&command.definition);
        let Some(types) = self.sides(definition)? else {
            self.doubts.of_operators();
            self.note(statement, "a postfix operator is not compared");
            return Ok(());
        };
        let function = definition.name(&["function", "procedure"]);
        let function = function.ok_or_else(|| invalid("operator function must be specified"))?;
        let found = self.function(&function, &types)?;
        let id = ObjectId::call(Class::Operator, &schema, &Ident::new(&name), types);
        if self.catalog().exists(&id) {
            return Err(Stop::refused(DUPLICATE_FUNCTION, format!("operator {name} already exists")));
        }
        let origin = statement.origin();
        let Some((function, signature)) = found else {
            self.doubts.of_operators();
            self.note(statement, format!("the function of the operator {id} is not known, so it is not compared"));
            self.database.insert_unmodelled(id, Unmodelled::new("operator", origin));
            return Ok(());
        };
        let is_boolean = signature.result.is_builtin("bool");
        may_have(definition, id.args().len() == 2, is_boolean)?;
        let commutator = self.other_operator(definition, "commutator", &id)?;
        let negator = self.other_operator(definition, "negator", &id)?;
        let flag = |word| definition.boolean(word).map(|flag| stated(flag.unwrap_or_default(), &origin));
        let operator = Operator {
            function: stated(function, &origin),
            result: stated(signature.result, &origin),
            commutator: stated(commutator.clone(), &origin),
            negator: stated(negator.clone(), &origin),
            restrict: self.estimator(definition.get(&["restrict"]), &origin)?,
            join: self.estimator(definition.get(&["join"]), &origin)?,
            merges: flag("merges")?,
            hashes: flag("hashes")?,
            owner: Attr::Unstated,
            comment: stated(None, &origin),
        };
        self.link_operators(&id, commutator, negator, &origin)?;
        self.database.insert(id, operator, origin);
        Ok(())
    }

    /// What stands at the sides of an operator; none of one without a right side, which there were up to 13.
    fn sides(&self, definition: Definition<'_>) -> Outcome<Option<Vec<TypeName>>> {
        let mut types = Vec::new();
        for word in ["leftarg", "rightarg"] {
            let node = definition.type_name(&[word]);
            if node.is_some_and(|node| node.setof) {
                return Err(invalid("SETOF type not allowed for operator argument"));
            }
            types.extend(self.signature_type(node)?);
        }
        if types.is_empty() {
            return Err(invalid("operator argument types must be specified"));
        }
        if definition.is_written("rightarg") {
            return Ok(Some(types));
        }
        if self.catalog().version < 14 {
            return Ok(None);
        }
        Err(invalid("operator right argument type must be specified").with_hint("Postfix operators are not supported."))
    }

    /// `get_other_operator()`: one that is not there yet is announced, and has no more than its name.
    fn other_operator(&self, of: Definition<'_>, word: &str, id: &ObjectId) -> Outcome<Option<OperatorName>> {
        let Some(name) = of.name(&[word]) else { return Ok(None) };
        let mut args = id.args().to_vec();
        if word == "commutator" {
            args.reverse();
        }
        if let Some(found) = self.operator(&name, &args)? {
            return Ok(Some(found));
        }
        let (schema, name) = split(&name);
        let announced = OperatorName { schema: Some(self.creation_schema(schema)?), name: Ident::new(name), args };
        // Up to 16 an operator that others announced could.
        let is_announced = self.catalog().version < 17 && self.is_announced(&announced);
        if word == "negator" && announced == OperatorName::of(id) && !is_announced {
            return Err(invalid("operator cannot be its own negator"));
        }
        Ok(Some(announced))
    }

    /// Whether another operator names it.
    fn is_announced(&self, name: &OperatorName) -> bool {
        self.catalog().objects.values().any(|object| match &object.facts {
            Facts::Operator(other) => {
                [&other.commutator, &other.negator].iter().any(|named| named.get() == Some(&Some(name.clone())))
            }
            _ => false,
        })
    }

    /// `OperatorUpd()`: the others learn of this one, and from 17 on may know no other.
    fn link_operators(
        &mut self,
        id: &ObjectId,
        commutator: Option<OperatorName>,
        negator: Option<OperatorName>,
        origin: &Origin,
    ) -> Outcome {
        let own = OperatorName::of(id);
        for (other, word) in [(commutator, "commutator"), (negator, "negator")] {
            let other = other.as_ref().and_then(OperatorName::id).filter(|other| other != id);
            let Some((other, operator)) =
                other.and_then(|one| Some((one.clone(), self.database.get::<Operator>(&one)?)))
            else {
                continue;
            };
            let now = if word == "commutator" { &operator.commutator } else { &operator.negator };
            match now.get().and_then(Option::as_ref) {
                Some(now) if *now != own && self.catalog().version >= 17 => {
                    let message = format!(
                        "operator {} is already the {word} of operator {}",
                        other.name().as_str(),
                        now.name.as_str()
                    );
                    return Err(invalid(message));
                }
                Some(_) => {}
                None => {
                    let linked = stated(Some(own.clone()), origin);
                    self.database.edit::<Operator>(&other, |operator| match word {
                        "commutator" => operator.commutator = linked,
                        _ => operator.negator = linked,
                    });
                }
            }
        }
        Ok(())
    }

    /// `RemoveOperatorById()`: no other has it as its commutator or negator any more.
    pub(super) fn unlink_operator(&mut self, id: &ObjectId, origin: &Origin) {
        let gone = OperatorName::of(id);
        let is_it = |attr: &Attr<Option<OperatorName>>| attr.get().and_then(Option::as_ref) == Some(&gone);
        let links = self.catalog().objects.keys().filter(|one| one.class() == Class::Operator);
        let links = links.filter(|one| {
            let operator = self.database.get::<Operator>(one);
            operator.is_some_and(|operator| is_it(&operator.commutator) || is_it(&operator.negator))
        });
        for other in links.cloned().collect::<Vec<_>>() {
            self.database.edit::<Operator>(&other, |operator| {
                for attr in [&mut operator.commutator, &mut operator.negator] {
                    if is_it(attr) {
                        *attr = stated(None, origin);
                    }
                }
            });
        }
    }

    /// `ValidateRestrictionEstimator()`, `ValidateJoinEstimator()`: none for NONE.
    fn estimator(&self, option: Option<&DefElem>, origin: &Origin) -> Outcome<Attr<Option<RoutineName>>> {
        let Some((option, name)) = option.and_then(|option| Some((option, option.arg.as_deref()?))) else {
            return Ok(stated(None, origin));
        };
        let name = strings_of(name);
        let types = |words: &[&str]| words.iter().map(|word| TypeName::builtin(word)).collect::<Vec<_>>();
        let (what, found) = if option.defname == "restrict" {
            ("restriction", self.function(&name, &types(&["internal", "oid", "internal", "int4"])))
        } else {
            let found = self.function(&name, &types(&["internal", "oid", "internal", "int2", "internal"]));
            // The older sort takes less.
            ("join", found.or_else(|_| self.function(&name, &types(&["internal", "oid", "internal", "int2"]))))
        };
        match found? {
            Some((_, signature)) if !signature.result.is_builtin("float8") => {
                let message = format!("{what} estimator function {} must return type double precision", name.join("."));
                Err(Stop::refused(INVALID_OBJECT_DEFINITION, message))
            }
            Some((found, _)) => Ok(stated(Some(found), origin)),
            None => Ok(Attr::Unstated),
        }
    }

    /// `AlterOperator()`
    pub(super) fn alter_operator(&mut self, statement: &Statement<'_>, command: &AlterOperatorStmt) -> Outcome {
        let node = command.opername.clone().map(NodeEnum::ObjectWithArgs);
        let Some(id) = self.find_operator(&Node { node })? else { return Ok(()) };
        let Some(mut operator) = self.database.get::<Operator>(&id).cloned() else { return Ok(()) };
        let definition = Definition(&command.options);
        let origin = statement.origin();
        let is_new = self.catalog().version >= 17;
        for node in &command.options {
            let Some(NodeEnum::DefElem(option)) = &node.node else { continue };
            let word = option.defname.as_str();
            match word {
                "restrict" => operator.restrict = self.estimator(Some(option), &origin)?,
                "join" => operator.join = self.estimator(Some(option), &origin)?,
                "commutator" if is_new => {
                    set_other(&mut operator.commutator, word, self.other_operator(definition, word, &id)?, &origin)?
                }
                "negator" if is_new => {
                    set_other(&mut operator.negator, word, self.other_operator(definition, word, &id)?, &origin)?;
                }
                "merges" if is_new => set_flag(&mut operator.merges, option, &origin)?,
                "hashes" if is_new => set_flag(&mut operator.hashes, option, &origin)?,
                "leftarg" | "rightarg" | "function" | "procedure" | "commutator" | "negator" | "merges" | "hashes" => {
                    let message = format!("operator attribute \"{word}\" cannot be changed");
                    return Err(Stop::refused(SYNTAX_ERROR, message));
                }
                _ => {
                    let message = format!("operator attribute \"{word}\" not recognized");
                    return Err(Stop::refused(SYNTAX_ERROR, message));
                }
            }
        }
        let is_boolean = operator.result.get().is_some_and(|result| result.is_builtin("bool"));
        may_have(definition, id.args().len() == 2, is_boolean)?;
        let named = |attr: &Attr<Option<OperatorName>>| attr.get().cloned().flatten();
        self.link_operators(&id, named(&operator.commutator), named(&operator.negator), &origin)?;
        self.database.edit::<Operator>(&id, |current| *current = operator);
        Ok(())
    }

    /// `OpernameGetOprid()`: the operator between just these types.
    pub(super) fn operator(&self, name: &[String], types: &[TypeName]) -> Outcome<Option<OperatorName>> {
        let (schema, name) = split(name);
        let mut builtin = Library::of(self.catalog().version).operators(name).iter();
        if ["", "pg_catalog"].contains(&schema) && builtin.any(|one| one.types().eq(types)) {
            return Ok(Some(OperatorName { schema: None, name: Ident::new(name), args: types.to_vec() }));
        }
        if !schema.is_empty() {
            self.schema(&Ident::new(schema))?;
        }
        let call = |one| ObjectId::call(Class::Operator, &one, &Ident::new(name), types.to_vec());
        let mut ids = self.schemas_of(schema).into_iter().map(call);
        Ok(ids.find(|id| self.catalog().exists(id)).map(|id| OperatorName::of(&id)))
    }

    /// `LookupOperWithArgs()`: none where it cannot be told, or belongs to the system.
    pub(super) fn find_operator(&self, object: &Node) -> Outcome<Option<ObjectId>> {
        let Some(NodeEnum::ObjectWithArgs(operator)) = &object.node else { return Ok(None) };
        let name: Vec<String> = operator.objname.iter().filter_map(string_of).collect();
        let types = self.types_in(&operator.objargs)?;
        match self.operator(&name, &types)? {
            Some(found) => Ok(found.id()),
            None if self.knows_operators() && !self.lenient => {
                let name = name.join(".");
                let words = match types.as_slice() {
                    [left, right] => format!("{left} {name} {right}"),
                    _ => format!("{name} {}", types.first().map(TypeName::to_string).unwrap_or_default()),
                };
                Err(Stop::refused(UNDEFINED_FUNCTION, format!("operator does not exist: {words}")))
            }
            None => Ok(None),
        }
    }

    pub(super) fn types_in(&self, nodes: &[Node]) -> Outcome<Vec<TypeName>> {
        let mut types = Vec::new();
        for node in nodes {
            if let Some(NodeEnum::TypeName(node)) = &node.node {
                types.extend(self.signature_type(Some(node))?);
            }
        }
        Ok(types)
    }

    /// `CreateCast()`
    pub(super) fn create_cast(&mut self, statement: &Statement<'_>, command: &CreateCastStmt) -> Outcome {
        let source = self.signature_type(command.sourcetype.as_ref())?;
        let target = self.signature_type(command.targettype.as_ref())?;
        let (Some(source), Some(target)) = (source, target) else {
            self.doubts.of_operators();
            return Ok(());
        };
        let context = match command.context() {
            CoercionContext::CoercionImplicit => CastContext::Implicit,
            CoercionContext::CoercionAssignment => CastContext::Assignment,
            _ => CastContext::Explicit,
        };
        let origin = statement.origin();
        let (method, function) = match &command.func {
            Some(function) => {
                let name: Vec<String> = function.objname.iter().filter_map(string_of).collect();
                let found = self.function(&name, &self.types_in(&function.objargs)?)?;
                found.as_ref().map_or(Ok(()), |(_, signature)| self.can_cast(&source, &target, signature))?;
                let found = found.map_or(Attr::Unstated, |(name, _)| stated(Some(name), &origin));
                (CastMethod::Function, found)
            }
            None if command.inout => (CastMethod::Inout, stated(None, &origin)),
            None => (CastMethod::Binary, stated(None, &origin)),
        };
        let id = ObjectId::cast(&source, &target);
        if self.catalog().exists(&id) {
            let message = format!("cast from type {source} to type {target} already exists");
            return Err(Stop::refused(DUPLICATE_OBJECT, message));
        }
        let cast = Cast {
            context: stated(context, &origin),
            method: stated(method, &origin),
            function,
            comment: stated(None, &origin),
        };
        self.database.insert(id, cast, origin);
        Ok(())
    }

    /// Whether a function takes values of one type, and perhaps a modifier and whether it was asked for, and gives
    /// those of another.
    fn can_cast(&self, source: &TypeName, target: &TypeName, function: &Signature) -> Outcome {
        let search_path = self.search_path();
        let (around, wanted) = (Around::Nothing, Wanted::Value);
        let scope = Scope { catalog: self.catalog(), search_path: &search_path, around, wanted };
        let fits = |from: &TypeName, to: &TypeName| {
            let is_known = expr::is_understood(from, &scope) && expr::is_understood(to, &scope);
            !is_known || expr::is_binary_coercible(from, to, &scope)
        };
        let args: Vec<&TypeName> = function.types().collect();
        let is = |at: usize, name: &str| args.get(at).is_none_or(|of| of.is_builtin(name));
        let why = if !(1..=3).contains(&args.len()) {
            "cast function must take one to three arguments"
        } else if !args.first().is_some_and(|of| fits(source, of)) {
            "argument of cast function must match or be binary-coercible from source data type"
        } else if !is(1, "int4") {
            "second argument of cast function must be type integer"
        } else if !is(2, "bool") {
            "third argument of cast function must be type boolean"
        } else if !fits(&function.result, target) {
            "return data type of cast function must match or be binary-coercible to target data type"
        } else if function.kind != CallKind::Function {
            "cast function must be a normal function"
        } else if function.returns_set {
            "cast function must not return a set"
        } else {
            return Ok(());
        };
        Err(Stop::refused(INVALID_OBJECT_DEFINITION, why))
    }

    /// The cast between these types, if it is known.
    pub(super) fn find_cast(&self, object: &Node) -> Outcome<Option<ObjectId>> {
        let Some(NodeEnum::List(list)) = &object.node else { return Ok(None) };
        let types = self.types_in(&list.items)?;
        let [source, target] = types.as_slice() else { return Ok(None) };
        Ok(Some(ObjectId::cast(source, target)).filter(|id| self.catalog().exists(id)))
    }
}

/// `OperatorValidateParams()`
fn may_have(of: Definition<'_>, is_binary: bool, is_boolean: bool) -> Outcome {
    let is_asked = |word: &str| match word {
        "merges" | "hashes" => of.boolean(word).map(|flag| flag == Some(true)),
        _ => Ok(of.get(&[word]).is_some_and(|option| option.arg.is_some())),
    };
    const OF_BINARY: [(&str, &str); 4] =
        [("commutator", "commutators"), ("join", "join selectivity"), ("merges", "merge join"), ("hashes", "hash")];
    const OF_BOOLEAN: [(&str, &str); 5] = [
        ("negator", "negators"),
        ("restrict", "restriction selectivity"),
        ("join", "join selectivity"),
        ("merges", "merge join"),
        ("hashes", "hash"),
    ];
    for (sort, is_it, options) in [("binary", is_binary, &OF_BINARY[..]), ("boolean", is_boolean, &OF_BOOLEAN[..])] {
        for (word, what) in options.iter().filter(|_| !is_it) {
            if is_asked(word)? {
                let can = if what.ends_with('s') || what.ends_with("selectivity") { "have" } else { "" };
                return Err(invalid(format!("only {sort} operators can {can} {what}").replace("  ", " ")));
            }
        }
    }
    Ok(())
}

fn set_other(
    attr: &mut Attr<Option<OperatorName>>,
    word: &str,
    other: Option<OperatorName>,
    origin: &Origin,
) -> Outcome {
    match attr.get().and_then(Option::as_ref) {
        Some(now) if Some(now) != other.as_ref() => Err(cannot_be_changed(word)),
        _ => {
            *attr = stated(other, origin);
            Ok(())
        }
    }
}

fn set_flag(attr: &mut Attr<bool>, option: &DefElem, origin: &Origin) -> Outcome {
    let flag = publicationcmds::boolean(&option.defname, option.arg.as_deref())?;
    if !flag && attr.get() == Some(&true) {
        return Err(cannot_be_changed(&option.defname));
    }
    *attr = stated(flag, origin);
    Ok(())
}

fn cannot_be_changed(word: &str) -> Stop {
    invalid(format!("operator attribute \"{word}\" cannot be changed if it has already been set"))
}

fn split(name: &[String]) -> (&str, &str) {
    match name {
        [.., schema, name] => (schema, name),
        [name] => ("", name),
        [] => ("", ""),
    }
}

/// What is written behind a word of a definition.
pub(super) fn option<'a>(definition: &'a [Node], wanted: &str) -> Option<&'a Node> {
    definition.iter().find_map(|node| match &node.node {
        Some(NodeEnum::DefElem(option)) if option.defname == wanted => option.arg.as_deref(),
        _ => None,
    })
}

pub(super) fn type_option<'a>(definition: &'a [Node], wanted: &str) -> Option<&'a TypeNameNode> {
    match &option(definition, wanted)?.node {
        Some(NodeEnum::TypeName(name)) => Some(name),
        _ => None,
    }
}
