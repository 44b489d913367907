//! Domains and their constraints.

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterDomainStmt, ConstrType, Constraint, CreateDomainStmt, DropBehavior, Node};

use crate::catalog::kind::{Domain, DomainCheck};
use crate::catalog::meaning::TypeSort;
use crate::catalog::{Attr, Class, Facts, ObjectId, Origin};
use crate::replay::comment::strings_of;
use crate::replay::database::Space;
use crate::replay::functioncmds::schema_and_name;
use crate::replay::refusal::{
    DATATYPE_MISMATCH, DUPLICATE_OBJECT, FEATURE_NOT_SUPPORTED, INVALID_OBJECT_DEFINITION, Outcome, SYNTAX_ERROR, Stop,
    UNDEFINED_OBJECT, WRONG_OBJECT_TYPE,
};
use crate::replay::{Replay, Statement};
use crate::sql::{Ident, TypeName, names};

/// From this version on NOT NULL is a constraint with a name of its own.
const NAMES_NOT_NULL: u32 = 17;

impl Replay {
    /// `DefineDomain()`
    pub(in crate::replay) fn create_domain(
        &mut self,
        statement: &Statement<'_>,
        command: &CreateDomainStmt,
    ) -> Outcome {
        let (schema, name) = schema_and_name(&command.domainname);
        let id = self.new_type(&schema, &name)?;
        let Some(node) = &command.type_name else { return Ok(()) };
        let base = self.resolve_type(TypeName::from_node(node)).map_err(|stop| stop.at(node.location))?;
        if !base.array && matches!(self.type_sort(&base), Some(TypeSort::Pseudo)) {
            let message = format!("\"{base}\" is not a valid base type for a domain");
            return Err(Stop::refused(DATATYPE_MISMATCH, message).at(node.location));
        }
        let collation = command.coll_clause.as_ref().map_or(&[][..], |clause| &clause.collname);
        let collation = self.collation_beside(&base, collation).map_err(|stop| match &command.coll_clause {
            Some(clause) => stop.at(clause.location),
            None => stop,
        })?;
        let below = (!base.array).then(|| self.find_type(&base.name)).flatten();
        let inherited = below.and_then(|below| self.database.get::<Domain>(&below)?.default.get().cloned());
        let (mut default, mut nullable, mut has_default) = (inherited.flatten(), None, false);
        for constraint in constraints_of(&command.constraints) {
            self.may_be_of_a_domain(constraint, &mut nullable)?;
            if constraint.contype() == ConstrType::ConstrDefault {
                if std::mem::replace(&mut has_default, true) {
                    return Err(Stop::refused(SYNTAX_ERROR, "multiple default expressions").at(constraint.location));
                }
                default = match constraint.raw_expr.as_deref() {
                    Some(node) => self.stored_default(node, &Ident::new(&name), &base)?,
                    None => None,
                };
            }
        }
        let origin = statement.origin();
        let domain = Domain {
            data_type: Attr::Is(base, origin.clone()),
            nullable: Attr::Is(nullable.unwrap_or(true), origin.clone()),
            default: Attr::Is(default, origin.clone()),
            collation: Attr::Is(collation, origin.clone()),
            owner: Attr::Unstated,
            privileges: Attr::Unstated,
            comment: Attr::Is(None, origin.clone()),
        };
        self.database.insert(id.clone(), domain, origin.clone());
        for constraint in constraints_of(&command.constraints) {
            match constraint.contype() {
                ConstrType::ConstrCheck => self.add_domain_check(&id, constraint, &origin)?,
                ConstrType::ConstrNotnull => self.doubts.of_text(&constraint.conname),
                _ => {}
            }
        }
        Ok(())
    }

    fn may_be_of_a_domain(&self, constraint: &Constraint, nullable: &mut Option<bool>) -> Outcome {
        let refused = |code, message: &str| Err(Stop::refused(code, message).at(constraint.location));
        let conflict = "conflicting NULL/NOT NULL constraints";
        match constraint.contype() {
            ConstrType::ConstrNotnull if *nullable == Some(true) => return refused(SYNTAX_ERROR, conflict),
            ConstrType::ConstrNotnull if nullable.is_some() && self.catalog().version >= NAMES_NOT_NULL => {
                return refused(INVALID_OBJECT_DEFINITION, "redundant NOT NULL constraint definition");
            }
            ConstrType::ConstrNull if *nullable == Some(false) => return refused(SYNTAX_ERROR, conflict),
            ConstrType::ConstrNotnull => *nullable = Some(false),
            ConstrType::ConstrNull => *nullable = Some(true),
            ConstrType::ConstrCheck if constraint.is_no_inherit => {
                return refused(INVALID_OBJECT_DEFINITION, "check constraints for domains cannot be marked NO INHERIT");
            }
            ConstrType::ConstrCheck | ConstrType::ConstrDefault | ConstrType::Undefined => {}
            ConstrType::ConstrUnique => return refused(SYNTAX_ERROR, "unique constraints not possible for domains"),
            ConstrType::ConstrPrimary => {
                return refused(SYNTAX_ERROR, "primary key constraints not possible for domains");
            }
            ConstrType::ConstrExclusion => {
                return refused(SYNTAX_ERROR, "exclusion constraints not possible for domains");
            }
            ConstrType::ConstrForeign => {
                return refused(SYNTAX_ERROR, "foreign key constraints not possible for domains");
            }
            ConstrType::ConstrAttrDeferrable
            | ConstrType::ConstrAttrNotDeferrable
            | ConstrType::ConstrAttrDeferred
            | ConstrType::ConstrAttrImmediate => {
                let message = "specifying constraint deferrability not supported for domains";
                return refused(FEATURE_NOT_SUPPORTED, message);
            }
            ConstrType::ConstrGenerated | ConstrType::ConstrIdentity => {
                return refused(FEATURE_NOT_SUPPORTED, "specifying GENERATED not supported for domains");
            }
            ConstrType::ConstrAttrEnforced | ConstrType::ConstrAttrNotEnforced => {
                let message = "specifying constraint enforceability not supported for domains";
                return refused(INVALID_OBJECT_DEFINITION, message);
            }
        }
        Ok(())
    }

    /// `AlterDomainDefault()`, `AlterDomainNotNull()` and their like
    pub(in crate::replay) fn alter_domain(&mut self, statement: &Statement<'_>, command: &AlterDomainStmt) -> Outcome {
        let parts: Vec<String> = command.type_name.iter().filter_map(crate::sql::type_name::string_of).collect();
        let id = self.domain(&parts)?;
        let origin = statement.origin();
        let constraint = match command.def.as_ref().and_then(|def| def.node.as_ref()) {
            Some(NodeEnum::Constraint(constraint)) => Some(constraint.as_ref()),
            _ => None,
        };
        let takes_null = self.database.get::<Domain>(&id).is_none_or(|domain| domain.nullable.get() != Some(&false));
        match (command.subtype.as_str(), constraint) {
            ("T", _) => self.set_domain_default(&id, command.def.as_deref(), &origin)?,
            ("N", _) => self.set_domain_nullable(&id, true, &origin),
            // What it does not take already is not looked at again.
            ("O", _) if !takes_null => {}
            ("C", Some(constraint)) if constraint.contype() == ConstrType::ConstrNotnull && !takes_null => {}
            ("O", _) => {
                self.no_container_is_stored(&id)?;
                self.set_domain_nullable(&id, false, &origin);
            }
            ("C", Some(constraint)) if constraint.contype() == ConstrType::ConstrNotnull => {
                self.no_container_is_stored(&id)?;
                self.doubts.of_text(&constraint.conname);
                self.set_domain_nullable(&id, false, &origin);
            }
            ("C", Some(constraint)) => {
                if constraint.is_no_inherit {
                    let message = "check constraints for domains cannot be marked NO INHERIT";
                    return Err(Stop::refused(INVALID_OBJECT_DEFINITION, message));
                }
                self.add_domain_check(&id, constraint, &origin)?;
                if !constraint.skip_validation {
                    self.no_container_is_stored(&id)?;
                }
            }
            ("X", _) => self.drop_domain_constraint(&id, command, &origin)?,
            ("V", _) => {
                let check = self.domain_constraint(&id, &command.name)?;
                self.no_container_is_stored(&id)?;
                self.database.edit::<DomainCheck>(&check, |check| check.validated = Attr::Is(true, origin));
            }
            _ => {}
        }
        Ok(())
    }

    /// `get_rels_with_domain()`: values inside of others cannot be checked again.
    fn no_container_is_stored(&self, id: &ObjectId) -> Outcome {
        let column = self.catalog().objects.iter().find(|(column, object)| match &object.facts {
            Facts::Column(facts) => {
                let is_stored = column.parent().is_some_and(|table| self.relation_noun(&table) == "table");
                is_stored && facts.data_type.get().is_some_and(|of| self.contains(of, id, false, 0))
            }
            _ => false,
        });
        column.filter(|_| !self.lenient).map_or(Ok(()), |(column, _)| {
            let (table, column) = (column.path()[1].as_str(), column.name().as_str());
            let message =
                format!("cannot alter type \"{}\" because column \"{table}.{column}\" uses it", id.name().as_str());
            Err(Stop::refused(FEATURE_NOT_SUPPORTED, message))
        })
    }

    /// Whether a type has values of a domain, or of a row type, somewhere inside.
    pub(in crate::replay) fn contains(&self, of: &TypeName, domain: &ObjectId, is_inside: bool, depth: usize) -> bool {
        /// A row type can be that of a table which has arrays of it.
        const DEEPEST: usize = 20;
        let is_inside = is_inside || of.array;
        if of.name == domain.qualified_name() || depth == DEEPEST {
            return is_inside && depth < DEEPEST;
        }
        let within = |of: &TypeName| self.contains(of, domain, true, depth + 1);
        match self.type_sort(&of.element()) {
            Some(TypeSort::Domain(below)) => self.contains(&below, domain, is_inside, depth + 1),
            Some(TypeSort::Composite(attributes)) => attributes.iter().any(|(_, of)| within(of)),
            Some(TypeSort::Range { subtype, .. }) => within(&subtype),
            Some(TypeSort::Multirange(range)) => within(&TypeName { name: range, ..TypeName::default() }),
            Some(TypeSort::Base | TypeSort::Enum | TypeSort::Pseudo) => false,
            None => {
                let rows =
                    of.name.schema.as_ref().map(|schema| ObjectId::in_schema(Class::Relation, schema, &of.name.name));
                let columns = rows.and_then(|rows| self.relation_columns(&rows));
                columns.into_iter().flatten().any(|(_, of)| within(&of))
            }
        }
    }

    fn set_domain_default(&mut self, id: &ObjectId, node: Option<&Node>, origin: &Origin) -> Outcome {
        let base = self.database.get::<Domain>(id).and_then(|domain| domain.data_type.get().cloned());
        let default = match (node, base) {
            (Some(node), Some(base)) => self.stored_default(node, id.name(), &base)?,
            _ => None,
        };
        self.database.edit::<Domain>(id, |domain| domain.default = Attr::Is(default, origin.clone()));
        Ok(())
    }

    fn set_domain_nullable(&mut self, id: &ObjectId, nullable: bool, origin: &Origin) {
        self.database.edit::<Domain>(id, |domain| domain.nullable = Attr::Is(nullable, origin.clone()));
    }

    /// `AlterDomainDropConstraint()`
    fn drop_domain_constraint(&mut self, id: &ObjectId, command: &AlterDomainStmt, origin: &Origin) -> Outcome {
        let check = id.part(Class::DomainConstraint, &Ident::new(&command.name));
        if self.catalog().exists(&check) {
            return self.perform_deletion(&[check], command.behavior() == DropBehavior::DropCascade, origin);
        }
        if self.names_not_null(id, &command.name) {
            self.set_domain_nullable(id, true, origin);
            return Ok(());
        }
        if command.missing_ok { Ok(()) } else { Err(no_constraint(id, &command.name)) }
    }

    /// Whether that is the constraint behind NOT NULL, of which only the name that the server chooses is known.
    fn names_not_null(&self, id: &ObjectId, name: &str) -> bool {
        let is_not_null = self.database.get::<Domain>(id).is_some_and(|domain| domain.nullable.get() == Some(&false));
        let is_chosen = name == names::make_object_name(id.name().as_str(), "", "not_null");
        is_not_null && self.catalog().version >= NAMES_NOT_NULL && (is_chosen || self.doubts.cover(name))
    }

    /// `domainAddCheckConstraint()`
    fn add_domain_check(&mut self, id: &ObjectId, constraint: &Constraint, origin: &Origin) -> Outcome {
        let name = if constraint.conname.is_empty() {
            let taken = |name: &str| self.database.is_taken(Space::Constraint, &id.path()[0], name);
            Ident::new(names::choose_name(id.name().as_str(), "", "check", taken))
        } else {
            self.free_domain_constraint_name(id, &constraint.conname)?
        };
        let base = self.database.get::<Domain>(id).and_then(|domain| domain.data_type.get().cloned());
        let (Some(node), Some(base)) = (constraint.raw_expr.as_deref(), base) else { return Ok(()) };
        let expression = self.domain_condition(node, &base)?;
        let check = DomainCheck {
            expression: Attr::Is(expression, origin.clone()),
            validated: Attr::Is(!constraint.skip_validation, origin.clone()),
            comment: Attr::Is(None, origin.clone()),
        };
        self.database.insert(id.part(Class::DomainConstraint, &name), check, origin.clone());
        Ok(())
    }

    fn free_domain_constraint_name(&self, id: &ObjectId, name: &str) -> Outcome<Ident> {
        let ident = Ident::new(name);
        if self.catalog().exists(&id.part(Class::DomainConstraint, &ident)) {
            let message = format!("constraint \"{name}\" for domain \"{}\" already exists", id.name().as_str());
            return Err(Stop::refused(DUPLICATE_OBJECT, message));
        }
        Ok(ident)
    }

    /// `rename_constraint_internal()`
    pub(in crate::replay) fn rename_domain_constraint(&mut self, domain: &Node, from: &str, to: &str) -> Outcome {
        let id = self.domain(&strings_of(domain))?;
        let check = match self.domain_constraint(&id, from) {
            Err(_) if self.names_not_null(&id, from) => {
                self.doubts.of_text(to);
                return Ok(());
            }
            check => check?,
        };
        let to = self.free_domain_constraint_name(&id, to)?;
        self.database.rename(&check, id.part(Class::DomainConstraint, &to));
        Ok(())
    }

    /// `get_domain_constraint_oid()`
    pub(in crate::replay) fn domain_constraint(&self, domain: &ObjectId, name: &str) -> Outcome<ObjectId> {
        let id = domain.part(Class::DomainConstraint, &Ident::new(name));
        if self.catalog().exists(&id) { Ok(id) } else { Err(no_constraint(domain, name)) }
    }

    /// `checkDomainOwner()`
    pub(in crate::replay) fn domain(&self, parts: &[String]) -> Outcome<ObjectId> {
        let id = self.any_type(parts)?;
        if self.database.get::<Domain>(&id).is_none() {
            return Err(Stop::refused(WRONG_OBJECT_TYPE, format!("{} is not a domain", id.name())));
        }
        Ok(id)
    }
}

fn constraints_of(nodes: &[Node]) -> impl Iterator<Item = &Constraint> {
    nodes.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::Constraint(constraint)) => Some(constraint.as_ref()),
        _ => None,
    })
}

fn no_constraint(domain: &ObjectId, name: &str) -> Stop {
    let message = format!("constraint \"{name}\" of domain \"{}\" does not exist", domain.name().as_str());
    Stop::refused(UNDEFINED_OBJECT, message)
}
