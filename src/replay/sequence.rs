//! Sequences, those behind serial and identity columns too (`sequence.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterSeqStmt, AlterTableCmd, AlterTableType, CreateSeqStmt, DefElem, Node};

use super::comment::{part_of, range_var, strings_of};
use super::database::Space;
use super::refusal::{
    FEATURE_NOT_SUPPORTED, INVALID_PARAMETER_VALUE, INVALID_TABLE_DEFINITION, OBJECT_NOT_IN_PREREQUISITE_STATE,
    Outcome, SYNTAX_ERROR, Stop, UNDEFINED_COLUMN, WRONG_OBJECT_TYPE,
};
use super::{Replay, Statement};
use crate::catalog::kind::{ColumnName, Persistence, Sequence, Table};
use crate::catalog::{Attr, AttrValue, Class, Expr, ObjectId, Origin};
use crate::expr::{self, Around, Scope, Wanted};
use crate::sql::{Ident, TypeName, names};

impl Replay {
    /// `DefineSequence()`
    pub(super) fn create_sequence(&mut self, statement: &Statement<'_>, command: &CreateSeqStmt) -> Outcome {
        let name = command.sequence.clone().unwrap_or_default();
        let schema = self.creation_schema_of(&name)?;
        let is_taken = self.find_relation(schema.as_str(), &name.relname).is_some();
        if is_taken && command.if_not_exists {
            return Ok(());
        }
        let options = Options::of(&command.options)?;
        options.has_no("sequence_name", "invalid sequence option SEQUENCE NAME")?;
        let parameters = self.sequence_parameters(&options, None, false)?;
        let persistence = persistence_of(&name.relpersistence);
        if persistence == Persistence::Unlogged && self.catalog().version < 15 {
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, "unlogged sequences are not supported"));
        }
        if is_taken {
            return Err(Stop::relation_exists(&name.relname));
        }
        let id = ObjectId::in_schema(Class::Relation, &schema, &Ident::new(&name.relname));
        let origin = statement.origin();
        self.database.insert(id.clone(), parameters.stated(persistence, &origin), origin.clone());
        self.process_owned_by(&id, &options, &origin)
    }

    /// `AlterSequence()`
    pub(super) fn alter_sequence(&mut self, statement: &Statement<'_>, command: &AlterSeqStmt) -> Outcome {
        let name = command.sequence.clone().unwrap_or_default();
        if command.missing_ok && self.find_relation(&name.schemaname, &name.relname).is_none() {
            return Ok(());
        }
        let id = self.relation(&name)?;
        self.is_relation_of(&id, "sequence")?;
        let options = Options::of(&command.options)?;
        options.has_no("sequence_name", "invalid sequence option SEQUENCE NAME")?;
        let origin = statement.origin();
        self.set_sequence_options(&id, &options, false, &origin)?;
        self.process_owned_by(&id, &options, &origin)
    }

    fn set_sequence_options(
        &mut self,
        id: &ObjectId,
        options: &Options<'_>,
        is_identity: bool,
        origin: &Origin,
    ) -> Outcome {
        let Some(sequence) = self.database.get::<Sequence>(id) else { return Ok(()) };
        let parameters = self.sequence_parameters(options, Some(Parameters::of(sequence)), is_identity)?;
        self.database.edit::<Sequence>(id, |sequence| parameters.change(sequence, origin));
        Ok(())
    }

    /// The steps of ALTER TABLE, or ALTER SEQUENCE, on a sequence.
    pub(super) fn alter_sequence_relation(&mut self, id: &ObjectId, step: &AlterTableCmd, origin: &Origin) -> Outcome {
        let wanted = match step.subtype() {
            AlterTableType::AtSetLogged => Persistence::Permanent,
            AlterTableType::AtSetUnLogged => Persistence::Unlogged,
            _ => return Err(is_not_a("table", id)),
        };
        let before = self.database.get::<Sequence>(id).and_then(|sequence| sequence.persistence.get().copied());
        if self.catalog().version < 15 {
            return Err(is_not_a("table", id));
        }
        if before == Some(Persistence::Temporary) {
            let message =
                format!("cannot change logged status of table \"{}\" because it is temporary", id.name().as_str());
            return Err(Stop::refused(INVALID_TABLE_DEFINITION, message));
        }
        self.database.edit::<Sequence>(id, |sequence| state(&mut sequence.persistence, wanted, origin));
        Ok(())
    }

    /// From PostgreSQL 15 on a table takes the sequences of its columns along (`ATRewriteTables()`).
    pub(super) fn set_persistence_of_sequences(&mut self, table: &ObjectId, persistence: Persistence, origin: &Origin) {
        if self.catalog().version < 15 {
            return;
        }
        let columns: Vec<ObjectId> =
            self.catalog().parts(table, Class::Column).map(|(column, _)| column.clone()).collect();
        let sequences: Vec<ObjectId> = columns.iter().flat_map(|column| self.owned_sequences(column)).collect();
        for id in sequences {
            self.database.edit::<Sequence>(&id, |sequence| state(&mut sequence.persistence, persistence, origin));
        }
    }

    /// The sequence that `serial` and identity columns bring along (`generateSerialExtraStmts()`).
    pub(super) fn create_owned_sequence(
        &mut self,
        column: &ObjectId,
        of: &TypeName,
        options: &[Node],
        is_identity: bool,
        origin: &Origin,
    ) -> Outcome<ObjectId> {
        let (schema, table) = (&column.path()[0], &column.path()[1]);
        let relation = ObjectId::in_schema(Class::Relation, schema, table);
        let mut said = Options::of(options)?;
        let (given, logged) = (said.take("sequence_name"), said.take("logged"));
        let unlogged = said.take("unlogged");
        if said.get("as").is_some() || (logged.is_some() && unlogged.is_some()) {
            return Err(conflicting());
        }
        let name = match given.and_then(|name| name.arg.as_deref()).map(|name| range_var(&strings_of(name))) {
            Some(name) => {
                let schema = if name.schemaname.is_empty() {
                    schema.clone()
                } else {
                    self.schema(&Ident::new(&name.schemaname))?
                };
                if self.find_relation(schema.as_str(), &name.relname).is_some() {
                    return Err(Stop::relation_exists(&name.relname));
                }
                ObjectId::in_schema(Class::Relation, &schema, &Ident::new(name.relname))
            }
            None => {
                let taken = |name: &str| self.database.is_taken(Space::Relation, schema, name);
                let name = names::choose_name(table.as_str(), column.name().as_str(), "seq", taken);
                ObjectId::in_schema(Class::Relation, schema, &Ident::new(name))
            }
        };
        let of_table = self.database.get::<Table>(&relation).and_then(|table| table.persistence.get().copied());
        let persistence = match of_table.unwrap_or(Persistence::Permanent) {
            Persistence::Temporary if logged.or(unlogged).is_some() => {
                let message = "cannot set logged status of a temporary sequence";
                return Err(Stop::refused(INVALID_TABLE_DEFINITION, message));
            }
            Persistence::Temporary => Persistence::Temporary,
            // An older server has no others.
            _ if self.catalog().version < 15 || logged.is_some() => Persistence::Permanent,
            _ if unlogged.is_some() => Persistence::Unlogged,
            as_the_table => as_the_table,
        };
        let parameters = self.sequence_parameters(&said, Some(Parameters::new(of)), is_identity)?;
        let mut sequence = parameters.stated(persistence, origin);
        // In whatever schema the sequence is, its owner is looked for there.
        let owner = [&name.path()[0], table, column.name()].map(|part| part.as_str().to_owned());
        let owner = self.owning_column(&name, &owner)?;
        sequence.owned_by = Attr::Is(Some(ColumnName::of(&owner)), origin.clone());
        sequence.identity = Attr::Is(is_identity, origin.clone());
        self.database.insert(name.clone(), sequence, origin.clone());
        Ok(name)
    }

    /// The sequences that go away with a column.
    pub(super) fn owned_sequences(&self, column: &ObjectId) -> Vec<ObjectId> {
        self.database.owned_by(column).cloned().collect()
    }

    /// The one that an identity column takes its values from (`getIdentitySequence()`).
    pub(super) fn identity_sequence(&self, column: &ObjectId) -> Option<ObjectId> {
        self.database.owned_by(column).find(|id| self.is_identity_sequence(id)).cloned()
    }

    fn is_identity_sequence(&self, id: &ObjectId) -> bool {
        self.database.get::<Sequence>(id).is_some_and(|sequence| sequence.identity.get() == Some(&true))
    }

    /// What `ALTER COLUMN … SET` says of the sequence behind an identity column.
    pub(super) fn alter_identity_sequence(&mut self, column: &ObjectId, options: &[Node], origin: &Origin) -> Outcome {
        let mut said = Options::of(options)?;
        said.take("generated");
        match self.identity_sequence(column) {
            Some(sequence) => self.set_sequence_options(&sequence, &said, true, origin),
            None => Ok(()),
        }
    }

    /// The sequence of an identity column has the type of its column.
    pub(super) fn set_identity_type(&mut self, column: &ObjectId, of: &TypeName, origin: &Origin) -> Outcome {
        let Some(id) = self.identity_sequence(column) else { return Ok(()) };
        if !self.lenient {
            is_integer(of, true)?;
        }
        let Some(sequence) = self.database.get::<Sequence>(&id) else { return Ok(()) };
        let mut parameters = Parameters::of(sequence);
        parameters.set_type(of.clone());
        parameters.check()?;
        self.database.edit::<Sequence>(&id, |sequence| parameters.change(sequence, origin));
        Ok(())
    }

    /// `findDependentObjects()`: the sequence of an identity column goes with that alone.
    pub(super) fn is_no_identity_sequence(&self, id: &ObjectId) -> Outcome {
        let sequence = self.database.get::<Sequence>(id).filter(|_| self.is_identity_sequence(id));
        let owner = sequence.and_then(|sequence| sequence.owned_by.get()?.as_ref()?.id());
        owner.map_or(Ok(()), |owner| {
            let owner = self.describe(&owner);
            let message = format!("cannot drop sequence {} because {owner} requires it", id.name());
            Err(Stop::refused(super::refusal::DEPENDENT_OBJECTS_STILL_EXIST, message)
                .with_hint(format!("You can drop {owner} instead.")))
        })
    }

    /// `AlterTableNamespace()`
    pub(super) fn is_no_owned_sequence(&self, id: &ObjectId) -> Outcome {
        let owner = self.database.get::<Sequence>(id).and_then(|sequence| sequence.owned_by.get()?.as_ref());
        owner.map_or(Ok(()), |_| {
            Err(Stop::refused(FEATURE_NOT_SUPPORTED, "cannot move an owned sequence into another schema"))
        })
    }

    /// `process_owned_by()`
    fn process_owned_by(&mut self, id: &ObjectId, options: &Options<'_>, origin: &Origin) -> Outcome {
        let Some(option) = options.get("owned_by") else { return Ok(()) };
        let parts = option.arg.as_deref().map(strings_of).unwrap_or_default();
        let owner = match parts.as_slice() {
            [none] if none == "none" => None,
            [_] | [] => {
                return Err(Stop::refused(SYNTAX_ERROR, "invalid OWNED BY option")
                    .with_hint("Specify OWNED BY table.column or OWNED BY NONE."));
            }
            _ => Some(self.owning_column(id, &parts)?),
        };
        if self.is_identity_sequence(id) {
            return Err(Stop::refused(FEATURE_NOT_SUPPORTED, "cannot change ownership of identity sequence"));
        }
        let owner = owner.as_ref().map(ColumnName::of);
        self.database.edit::<Sequence>(id, |sequence| sequence.owned_by = Attr::Is(owner, origin.clone()));
        Ok(())
    }

    fn owning_column(&self, sequence: &ObjectId, parts: &[String]) -> Outcome<ObjectId> {
        let (name, column) = part_of(parts);
        let relation = self.relation(&name)?;
        if !["table", "view", "foreign table"].contains(&self.relation_noun(&relation)) {
            let message = format!("sequence cannot be owned by relation \"{}\"", relation.name().as_str());
            return Err(Stop::refused(WRONG_OBJECT_TYPE, message));
        }
        if let (Some(own), Some(tables)) = (self.owner_of(sequence), self.owner_of(&relation))
            && own != tables
        {
            let message = "sequence must have same owner as table it is linked to";
            return Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message));
        }
        if relation.path()[0] != sequence.path()[0] {
            let message = "sequence must be in same schema as table it is linked to";
            return Err(Stop::refused(OBJECT_NOT_IN_PREREQUISITE_STATE, message));
        }
        let column = Ident::new(column);
        let is_missing =
            self.catalog().columns_of(&relation).is_some_and(|known| !known.iter().any(|(n, _)| *n == column));
        if is_missing && !self.lenient {
            let (column, relation) = (column.as_str(), relation.name().as_str());
            let message = format!("column \"{column}\" of relation \"{relation}\" does not exist");
            return Err(Stop::refused(UNDEFINED_COLUMN, message));
        }
        Ok(relation.part(Class::Column, &column))
    }

    /// `init_params()`, on top of what the sequence has, or would have if nothing were said.
    fn sequence_parameters(
        &self,
        said: &Options<'_>,
        before: Option<Parameters>,
        is_identity: bool,
    ) -> Outcome<Parameters> {
        let mut parameters = before.unwrap_or_else(|| Parameters::new(&TypeName::builtin("int8")));
        if let Some(NodeEnum::TypeName(node)) = said.get("as").and_then(|option| option.arg.as_ref()?.node.as_ref()) {
            let of = self.resolve_type(TypeName::from_node(node)).map_err(|stop| stop.at(node.location))?;
            is_integer(&of, is_identity)?;
            parameters.set_type(of);
        }
        parameters.apply(said)?;
        Ok(parameters)
    }

    /// The default of a serial column.
    pub(super) fn nextval(&self, sequence: &ObjectId) -> Expr {
        let literal = sequence.to_string().replace('\'', "''");
        let text = format!("nextval('{literal}'::regclass)");
        let scope = Scope { catalog: self.catalog(), search_path: &[], around: Around::Nothing, wanted: Wanted::Value };
        match expr::resolve_text(&text, &scope) {
            Ok(tree) => Expr::from_tree(tree),
            Err(_) => Expr::new(text),
        }
    }
}

/// The options of a sequence, each said once at most.
struct Options<'a>(Vec<&'a DefElem>);

impl<'a> Options<'a> {
    fn of(nodes: &'a [Node]) -> Outcome<Self> {
        let mut options: Vec<&DefElem> = Vec::new();
        for node in nodes {
            let Some(NodeEnum::DefElem(option)) = &node.node else { continue };
            if options.iter().any(|other| other.defname == option.defname) {
                return Err(conflicting().at(option.location));
            }
            options.push(option);
        }
        Ok(Self(options))
    }

    fn get(&self, name: &str) -> Option<&'a DefElem> {
        self.0.iter().copied().find(|option| option.defname == name)
    }

    fn take(&mut self, name: &str) -> Option<&'a DefElem> {
        let option = self.get(name);
        self.0.retain(|other| other.defname != name);
        option
    }

    fn has_no(&self, name: &str, message: &str) -> Outcome {
        self.get(name).map_or(Ok(()), |_| Err(Stop::refused(SYNTAX_ERROR, message)))
    }

    /// `defGetInt64()`; none also where the option says NO.
    fn number(&self, name: &str) -> Outcome<Option<i64>> {
        let Some(value) = self.get(name).and_then(|option| option.arg.as_ref()?.node.as_ref()) else { return Ok(None) };
        match value {
            NodeEnum::Integer(number) => Ok(Some(number.ival.into())),
            NodeEnum::Float(number) => {
                let text = number.fval.as_str();
                text.parse().map(Some).map_err(|_| {
                    if text.contains(['.', 'e', 'E']) {
                        Stop::refused("22P02", format!("invalid input syntax for type bigint: \"{text}\""))
                    } else {
                        Stop::refused("22003", format!("value \"{text}\" is out of range for type bigint"))
                    }
                })
            }
            _ => Ok(None),
        }
    }
}

/// A row of `pg_sequence`.
struct Parameters {
    data_type: TypeName,
    /// Set together with the rest, by what is not said.
    is_new: bool,
    start: i64,
    increment: i64,
    min: i64,
    max: i64,
    cache: i64,
    cycle: bool,
    /// The limits were those of the type that it had before.
    resets: (bool, bool),
}

impl Parameters {
    fn new(of: &TypeName) -> Self {
        let (min, max) = limits(of);
        let of = of.clone();
        Self {
            data_type: of,
            is_new: true,
            start: 1,
            increment: 1,
            min,
            max,
            cache: 1,
            cycle: false,
            resets: (false, false),
        }
    }

    fn of(sequence: &Sequence) -> Self {
        let number = |attr: &Attr<i64>, usual: i64| attr.get().copied().unwrap_or(usual);
        let data_type = sequence.data_type.get().cloned().unwrap_or_else(|| TypeName::builtin("int8"));
        Self {
            is_new: false,
            start: number(&sequence.start, 1),
            increment: number(&sequence.increment, 1),
            min: number(&sequence.min_value, 1),
            max: number(&sequence.max_value, limits(&data_type).1),
            cache: number(&sequence.cache, 1),
            cycle: sequence.cycle.get().copied().unwrap_or_default(),
            data_type,
            resets: (false, false),
        }
    }

    /// Limits that were those of the old type become those of the new one.
    fn set_type(&mut self, of: TypeName) {
        let (min, max) = limits(&self.data_type);
        self.resets = (!self.is_new && self.min == min, !self.is_new && self.max == max);
        self.data_type = of;
        let (min, max) = limits(&self.data_type);
        self.min = if self.resets.0 { min } else { self.min };
        self.max = if self.resets.1 { max } else { self.max };
    }

    fn apply(&mut self, said: &Options<'_>) -> Outcome {
        if let Some(increment) = said.number("increment")? {
            self.increment = increment;
            if increment == 0 {
                return Err(Stop::refused(INVALID_PARAMETER_VALUE, "INCREMENT must not be zero"));
            }
        }
        let cycle = said.get("cycle").and_then(|option| option.arg.as_ref()?.node.as_ref());
        if let Some(NodeEnum::Boolean(cycle)) = cycle {
            self.cycle = cycle.boolval;
        }
        let (least, greatest) = limits(&self.data_type);
        let is_ascending = self.increment > 0;
        match said.number("maxvalue")? {
            Some(max) => self.max = max,
            None if self.is_new || said.get("maxvalue").is_some() => {
                self.max = if is_ascending || self.resets.1 { greatest } else { -1 };
            }
            None => {}
        }
        match said.number("minvalue")? {
            Some(min) => self.min = min,
            None if self.is_new || said.get("minvalue").is_some() => {
                self.min = if is_ascending && !self.resets.0 { 1 } else { least };
            }
            None => {}
        }
        let start = said.number("start")?;
        if let Some(start) = start.or_else(|| self.is_new.then_some(if is_ascending { self.min } else { self.max })) {
            self.start = start;
        }
        self.check()?;
        if let Some(restart) = said.number("restart")? {
            self.is_within("RESTART", restart)?;
        }
        if let Some(cache) = said.number("cache")? {
            if cache <= 0 {
                let message = format!("CACHE ({cache}) must be greater than zero");
                return Err(Stop::refused(INVALID_PARAMETER_VALUE, message));
            }
            self.cache = cache;
        }
        Ok(())
    }

    fn check(&self) -> Outcome {
        let (least, greatest) = limits(&self.data_type);
        let refused = |message: String| Err(Stop::refused(INVALID_PARAMETER_VALUE, message));
        for (word, value) in [("MAXVALUE", self.max), ("MINVALUE", self.min)] {
            if !(least..=greatest).contains(&value) {
                return refused(format!("{word} ({value}) is out of range for sequence data type {}", self.data_type));
            }
        }
        if self.min >= self.max {
            return refused(format!("MINVALUE ({}) must be less than MAXVALUE ({})", self.min, self.max));
        }
        self.is_within("START", self.start)
    }

    fn is_within(&self, word: &str, value: i64) -> Outcome {
        let (than, limit, bound) = match value {
            _ if value < self.min => ("less", "MINVALUE", self.min),
            _ if value > self.max => ("greater", "MAXVALUE", self.max),
            _ => return Ok(()),
        };
        let message = format!("{word} value ({value}) cannot be {than} than {limit} ({bound})");
        Err(Stop::refused(INVALID_PARAMETER_VALUE, message))
    }

    /// A sequence that nobody owns.
    fn stated(self, persistence: Persistence, origin: &Origin) -> Sequence {
        let mut sequence = Sequence {
            owned_by: Attr::Is(None, origin.clone()),
            identity: Attr::Is(false, origin.clone()),
            persistence: Attr::Is(persistence, origin.clone()),
            owner: Attr::Unstated,
            privileges: Attr::Unstated,
            comment: Attr::Is(None, origin.clone()),
            ..Sequence::default()
        };
        self.change(&mut sequence, origin);
        sequence
    }

    /// States what is not stated already.
    fn change(self, sequence: &mut Sequence, origin: &Origin) {
        state(&mut sequence.data_type, self.data_type, origin);
        state(&mut sequence.start, self.start, origin);
        state(&mut sequence.increment, self.increment, origin);
        state(&mut sequence.min_value, self.min, origin);
        state(&mut sequence.max_value, self.max, origin);
        state(&mut sequence.cache, self.cache, origin);
        state(&mut sequence.cycle, self.cycle, origin);
    }
}

fn state<T: AttrValue + PartialEq>(attr: &mut Attr<T>, value: T, origin: &Origin) {
    if attr.get() != Some(&value) {
        *attr = Attr::Is(value, origin.clone());
    }
}

fn limits(of: &TypeName) -> (i64, i64) {
    match of.name.name.as_str() {
        "int2" => (i16::MIN.into(), i16::MAX.into()),
        "int4" => (i32::MIN.into(), i32::MAX.into()),
        _ => (i64::MIN, i64::MAX),
    }
}

pub(super) fn is_integer(of: &TypeName, is_identity: bool) -> Outcome {
    if ["int2", "int4", "int8"].iter().any(|integer| of.is_builtin(integer)) {
        return Ok(());
    }
    let what = if is_identity { "identity column" } else { "sequence" };
    Err(Stop::refused(INVALID_PARAMETER_VALUE, format!("{what} type must be smallint, integer, or bigint")))
}

fn conflicting() -> Stop {
    Stop::refused(SYNTAX_ERROR, "conflicting or redundant options")
}

fn is_not_a(noun: &str, id: &ObjectId) -> Stop {
    Stop::refused(WRONG_OBJECT_TYPE, format!("\"{}\" is not a {noun}", id.name().as_str()))
}

fn persistence_of(code: &str) -> Persistence {
    code.chars().next().and_then(|code| Persistence::try_from(code).ok()).unwrap_or(Persistence::Permanent)
}
