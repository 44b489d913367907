//! One statement → the command that carries it out (`ProcessUtility()`, utility.c).

use pg_query::NodeEnum;
use pg_query::protobuf::{ExplainStmt, ObjectType, OnCommitAction, RangeVar, ReindexObjectType};

use super::foreigncmds::def_elems;
use super::publicationcmds::boolean;
use super::refusal::{NO_ACTIVE_SQL_TRANSACTION, Outcome, Stop};
use super::tsearchcmds::text_search_kind;
use super::{Replay, Statement};
use crate::catalog::{Class, Meaning, ObjectId, Unmodelled};
use crate::sql::Ident;
use crate::sql::type_name::string_of;

impl Replay {
    pub(super) fn utility(&mut self, statement: &Statement<'_>, node: &NodeEnum) -> Outcome {
        match node {
            NodeEnum::CreateSchemaStmt(command) => self.create_schema(statement, command),
            NodeEnum::CreateExtensionStmt(command) => self.create_extension(statement, command),
            NodeEnum::AlterExtensionStmt(command) => self.alter_extension(statement, command),
            NodeEnum::CreateEnumStmt(command) => self.create_enum(statement, command),
            NodeEnum::AlterEnumStmt(command) => self.alter_enum(statement, command),
            NodeEnum::AlterDomainStmt(command) => self.alter_domain(statement, command),
            NodeEnum::AlterTypeStmt(command) => self.alter_type(statement, command),
            NodeEnum::CreateStmt(command) => {
                self.create_table(statement, command)?;
                self.remember_on_commit(command.relation.as_ref(), command.oncommit());
                Ok(())
            }
            NodeEnum::AlterTableStmt(command) => self.alter_table(statement, command),
            NodeEnum::IndexStmt(command) => self.create_index(statement, command),
            NodeEnum::CreatePolicyStmt(command) => self.create_policy(statement, command),
            NodeEnum::AlterPolicyStmt(command) => self.alter_policy(statement, command),
            NodeEnum::RenameStmt(command) => self.rename(statement, command),
            NodeEnum::AlterObjectSchemaStmt(command) => self.set_schema(statement, command),
            NodeEnum::DropStmt(command) => self.drop(statement, command),
            NodeEnum::CommentStmt(command) => self.comment(statement, command),
            NodeEnum::CreateFunctionStmt(command) => self.create_function(statement, command),
            NodeEnum::AlterFunctionStmt(command) => self.alter_function(statement, command),
            NodeEnum::CreateSeqStmt(command) => self.create_sequence(statement, command),
            NodeEnum::AlterSeqStmt(command) => self.alter_sequence(statement, command),
            NodeEnum::VariableSetStmt(command) => self.set_variable(command),
            NodeEnum::GrantStmt(command) => self.grant(statement, command),
            NodeEnum::AlterDefaultPrivilegesStmt(command) => self.alter_default_privileges(statement, command),
            NodeEnum::AlterOwnerStmt(command) => self.alter_owner(statement, command),
            NodeEnum::CreateFdwStmt(_)
            | NodeEnum::AlterFdwStmt(_)
            | NodeEnum::CreateForeignServerStmt(_)
            | NodeEnum::AlterForeignServerStmt(_)
            | NodeEnum::CreateUserMappingStmt(_)
            | NodeEnum::AlterUserMappingStmt(_)
            | NodeEnum::DropUserMappingStmt(_)
            | NodeEnum::ImportForeignSchemaStmt(_) => self.foreign_command(statement, node),
            NodeEnum::CreatePublicationStmt(command) => self.create_publication(statement, command),
            NodeEnum::AlterPublicationStmt(command) => self.alter_publication(statement, command),
            NodeEnum::CreateSubscriptionStmt(command) => self.create_subscription(statement, command),
            NodeEnum::AlterSubscriptionStmt(command) => self.alter_subscription(statement, command),
            NodeEnum::DropSubscriptionStmt(command) => self.drop_subscription(statement, command),
            NodeEnum::SecLabelStmt(_) => Err(Stop::not_modelled("security labels are not compared")),
            NodeEnum::CreateRoleStmt(_)
            | NodeEnum::AlterRoleStmt(_)
            | NodeEnum::AlterRoleSetStmt(_)
            | NodeEnum::DropRoleStmt(_)
            | NodeEnum::GrantRoleStmt(_)
            | NodeEnum::ReassignOwnedStmt(_)
            | NodeEnum::DropOwnedStmt(_) => self.role_command(statement, node),
            NodeEnum::CreateTrigStmt(command) => self.create_trigger(statement, command),
            NodeEnum::RuleStmt(command) => self.create_rule(statement, command),
            NodeEnum::CreateStatsStmt(command) => self.create_statistics(statement, command),
            NodeEnum::AlterStatsStmt(command) => self.alter_statistics(statement, command),
            NodeEnum::CreateEventTrigStmt(command) => self.create_event_trigger(statement, command),
            NodeEnum::AlterEventTrigStmt(command) => self.alter_event_trigger(statement, command),
            NodeEnum::ViewStmt(command) => self.define_view(statement, command),
            NodeEnum::CreateTableAsStmt(command) => self.create_table_as(statement, command),
            NodeEnum::RefreshMatViewStmt(command) => self.refresh_materialized_view(statement, command),
            NodeEnum::SelectStmt(command) => {
                if self.select_into(statement, command)? {
                    return Ok(());
                }
                self.run_statement(statement, node)
            }
            NodeEnum::ExplainStmt(command) => self.explain(statement, command),
            _ => self.utility_unmodelled(statement, node),
        }
    }

    /// `ExplainQuery()`: with ANALYZE it carries out what it explains.
    fn explain(&mut self, statement: &Statement<'_>, command: &ExplainStmt) -> Outcome {
        let mut analyzes = false;
        for option in def_elems(&command.options).filter(|option| option.defname == "analyze") {
            analyzes = boolean(&option.defname, option.arg.as_deref())?;
        }
        match command.query.as_ref().and_then(|query| query.node.as_ref()) {
            Some(query) if analyzes => self.utility(statement, query),
            _ => Ok(()),
        }
    }

    /// Commands on kinds that the model does not hold, and those that leave the schema alone.
    fn utility_unmodelled(&mut self, statement: &Statement<'_>, node: &NodeEnum) -> Outcome {
        match node {
            NodeEnum::CreateForeignTableStmt(command) => self.create_foreign_table(statement, command),
            NodeEnum::CompositeTypeStmt(command) => self.create_composite(statement, command),
            NodeEnum::CreateDomainStmt(command) => self.create_domain(statement, command),
            NodeEnum::CreateRangeStmt(command) => self.create_range(statement, command),
            NodeEnum::DefineStmt(command) if command.kind() == ObjectType::ObjectType => {
                self.create_base_type(statement, command)
            }
            NodeEnum::DefineStmt(command) if command.kind() == ObjectType::ObjectAggregate => {
                self.create_aggregate(statement, command)
            }
            NodeEnum::DefineStmt(command) if command.kind() == ObjectType::ObjectOperator => {
                self.create_operator(statement, command)
            }
            NodeEnum::DefineStmt(command) if text_search_kind(command.kind()).is_some() => {
                self.define_text_search(statement, command)
            }
            NodeEnum::AlterTsdictionaryStmt(command) => self.alter_dictionary(statement, command),
            NodeEnum::AlterTsconfigurationStmt(command) => self.alter_configuration(statement, command),
            NodeEnum::AlterOperatorStmt(command) => self.alter_operator(statement, command),
            NodeEnum::CreateOpClassStmt(command) => self.create_opclass(statement, command),
            NodeEnum::CreateOpFamilyStmt(command) => self.create_opfamily(statement, command),
            NodeEnum::AlterOpFamilyStmt(command) => self.alter_opfamily(statement, command),
            NodeEnum::DefineStmt(command) if command.kind() == ObjectType::ObjectCollation => {
                self.create_collation(statement, command)
            }
            NodeEnum::CreateConversionStmt(command) => self.create_conversion(statement, command),
            // The versions of collations are of the operating system.
            NodeEnum::AlterCollationStmt(command) => {
                let name: Vec<String> = command.collname.iter().filter_map(string_of).collect();
                self.collation(&name).map(|_| ())
            }
            NodeEnum::CreatePlangStmt(command) => self.create_language(statement, command),
            NodeEnum::CreateAmStmt(command) => self.create_access_method(statement, command),
            NodeEnum::CreateCastStmt(command) => self.create_cast(statement, command),
            NodeEnum::ClusterStmt(command) => match &command.relation {
                Some(relation) if !command.indexname.is_empty() => match self.indexed(relation) {
                    Ok(table) => self.cluster_on(&table, Some(&command.indexname), &statement.origin()),
                    Err(Stop::NotModelled(_)) => Ok(()),
                    Err(stop) => Err(stop),
                },
                Some(relation) => self.cluster_again(relation),
                None => Ok(()),
            },
            NodeEnum::DiscardStmt(command) => self.discard(command.target()),
            NodeEnum::ReindexStmt(command) if command.kind() == ReindexObjectType::ReindexObjectIndex => {
                command.relation.iter().try_for_each(|name| self.reindex(command, name))
            }
            NodeEnum::ReindexStmt(command) if command.kind() == ReindexObjectType::ReindexObjectTable => {
                command.relation.iter().try_for_each(|name| self.indexed(name).map(|_| ()))
            }
            NodeEnum::LockStmt(_) if !self.in_transaction() && !self.code.is_running() => {
                Err(Stop::refused(NO_ACTIVE_SQL_TRANSACTION, "LOCK TABLE can only be used in transaction blocks"))
            }
            NodeEnum::PrepareStmt(command) => {
                self.prepare(command);
                Ok(())
            }
            NodeEnum::InsertStmt(_)
            | NodeEnum::UpdateStmt(_)
            | NodeEnum::DeleteStmt(_)
            | NodeEnum::MergeStmt(_)
            | NodeEnum::CopyStmt(_)
            | NodeEnum::CallStmt(_) => self.run_statement(statement, node),
            other if leaves_the_schema_alone(other) => Ok(()),
            NodeEnum::DoStmt(command) => self.run_do(statement, command),
            NodeEnum::ExecuteStmt(command) => self.execute_prepared(statement, command),
            _ => self.not_compared(statement),
        }
    }

    /// Says that a command is not compared; what it has done so far is kept.
    fn not_compared(&mut self, statement: &Statement<'_>) -> Outcome {
        let words = command_words(statement.text);
        if ["OPERATOR", "CAST"].iter().any(|word| words.contains(word)) {
            self.doubts.of_operators();
        }
        self.note(statement, format!("{words} is not compared yet"));
        Ok(())
    }

    /// `register_on_commit_action()`
    pub(super) fn remember_on_commit(&mut self, name: Option<&RangeVar>, action: OnCommitAction) {
        if let Some(name) = name
            && action == OnCommitAction::OncommitDrop
        {
            let schema = Ident::new(super::namespace::TEMPORARY);
            self.drop_on_commit.push(ObjectId::in_schema(Class::Relation, &schema, &Ident::new(&name.relname)));
        }
    }

    /// Remembers that a relation is there, so that its name means something.
    pub(super) fn create_unmodelled_relation(
        &mut self,
        statement: &Statement<'_>,
        name: &RangeVar,
        what: &str,
        or_leave: bool,
        meaning: Meaning,
    ) -> Outcome {
        let schema = self.creation_schema_of(name)?;
        if let Some(taken) = self.find_relation(schema.as_str(), &name.relname) {
            // OR REPLACE and IF NOT EXISTS: it stays unmodelled either way.
            if or_leave && self.catalog().unmodelled.contains_key(&taken) {
                self.note(statement, format!("the {what} {taken} is not compared yet"));
                if what == "view" {
                    let unmodelled = Unmodelled { meaning, ..Unmodelled::new(what, statement.origin()) };
                    self.database.insert_unmodelled(taken, unmodelled);
                }
                return Ok(());
            }
            if or_leave && what != "view" {
                return Ok(());
            }
            return Err(Stop::relation_exists(&name.relname));
        }
        let id = ObjectId::in_schema(Class::Relation, &schema, &Ident::new(&name.relname));
        self.note(statement, format!("the {what} {id} is not compared yet"));
        let unmodelled = Unmodelled { meaning, ..Unmodelled::new(what, statement.origin()) };
        self.database.insert_unmodelled(id, unmodelled);
        Ok(())
    }
}

/// Rows, sessions and storage: nothing that a spec could speak about.
pub(super) fn leaves_the_schema_alone(node: &NodeEnum) -> bool {
    matches!(
        node,
        NodeEnum::InsertStmt(_)
            | NodeEnum::UpdateStmt(_)
            | NodeEnum::DeleteStmt(_)
            | NodeEnum::MergeStmt(_)
            | NodeEnum::CopyStmt(_)
            | NodeEnum::TruncateStmt(_)
            | NodeEnum::VariableShowStmt(_)
            | NodeEnum::LockStmt(_)
            | NodeEnum::VacuumStmt(_)
            | NodeEnum::ReindexStmt(_)
            | NodeEnum::CheckPointStmt(_)
            | NodeEnum::ConstraintsSetStmt(_)
            | NodeEnum::PrepareStmt(_)
            | NodeEnum::DeallocateStmt(_)
            | NodeEnum::DeclareCursorStmt(_)
            | NodeEnum::ClosePortalStmt(_)
            | NodeEnum::FetchStmt(_)
            | NodeEnum::NotifyStmt(_)
            | NodeEnum::ListenStmt(_)
            | NodeEnum::UnlistenStmt(_)
            | NodeEnum::LoadStmt(_)
    )
}

/// The keywords a statement begins with: `CREATE EVENT TRIGGER`.
fn command_words(text: &str) -> String {
    let words: Vec<String> = text
        .split_whitespace()
        .take(3)
        .take_while(|word| word.chars().all(|c| c.is_ascii_alphabetic() || c == '_'))
        .map(str::to_uppercase)
        .collect();
    let kept = if words.first().is_some_and(|word| word == "GRANT" || word == "REVOKE") { 1 } else { 2 };
    words.into_iter().filter(|word| word != "OR" && word != "REPLACE").take(kept).collect::<Vec<_>>().join(" ")
}
