//! Transactions and savepoints (`xact.c`).

use pg_query::NodeEnum;
use pg_query::protobuf::{CreateStmt, TransactionStmt, TransactionStmtKind as Kind};

use super::database::Mark;
use super::refusal::{ACTIVE_SQL_TRANSACTION, INVALID_SAVEPOINT, NO_ACTIVE_SQL_TRANSACTION, Outcome, Stop};
use super::typecmds::NewLabels;
use super::{Replay, Session, Statement};
use crate::catalog::{Note, Origin};
use crate::sql::{Ident, QualifiedName};

/// Where the session stands.
#[derive(Debug)]
pub(super) enum Transaction {
    /// Every statement is its own transaction.
    None,
    Open(Block),
    /// A statement failed: the rest is refused until the block ends or a savepoint is gone back to.
    Failed(Block, /* statements skipped since */ usize),
}

#[derive(Debug)]
pub(super) struct Block {
    start: Mark,
    /// The statement that began it.
    origin: Origin,
    /// The settings at the start, which a rollback brings back.
    before: Session,
    /// The settings that COMMIT leaves: those of the start and what plain SET has changed since.
    pub(super) lasting: Session,
    savepoints: Vec<Savepoint>,
}

#[derive(Debug)]
struct Savepoint {
    name: String,
    mark: Mark,
    /// How many tables were to go with the transaction.
    drop_on_commit: usize,
    session: Session,
    lasting: Session,
}

impl Replay {
    /// Runs one statement; what fails leaves no trace of itself.
    pub(super) fn execute(&mut self, statement: &Statement<'_>, node: &NodeEnum) {
        if let NodeEnum::TransactionStmt(command) = node {
            if let Err(stop) = self.transaction_command(statement, command) {
                self.refuse(statement, stop);
                self.fail_transaction();
            }
            return;
        }
        if let Transaction::Failed(_, skipped) = &mut self.transaction {
            *skipped += 1;
            return;
        }
        match self.attempt(statement, node) {
            Ok(()) => {}
            Err(stop) => {
                if let NodeEnum::CreateStmt(CreateStmt { relation: Some(name), .. }) = node {
                    let schema = (!name.schemaname.is_empty()).then(|| Ident::new(&name.schemaname));
                    let name = QualifiedName { schema, name: Ident::new(&name.relname) };
                    self.never_made.push((name, statement.origin()));
                }
                self.refuse(statement, stop);
                self.fail_transaction();
            }
        }
        if matches!(self.transaction, Transaction::None) {
            self.commit();
        }
    }

    /// Does what a statement says, or nothing of it; what cannot be told is noted.
    pub(super) fn attempt(&mut self, statement: &Statement<'_>, node: &NodeEnum) -> Outcome {
        let mark = self.database.mark();
        self.database.stand_at(statement.origin());
        self.database.role = self.session.role().cloned();
        let Err(stop) = self.utility(statement, node) else { return Ok(()) };
        self.database.roll_back(mark);
        match stop {
            Stop::NotModelled(what) => {
                self.note(statement, what);
                Ok(())
            }
            stop @ Stop::Refused { .. } if self.is_doubtful(node, &stop) => {
                self.doubts.of_text(statement.text);
                self.note(statement, format!("not replayed, after others that were not: {stop}"));
                Ok(())
            }
            stop @ Stop::Refused { .. } => Err(stop),
        }
    }

    /// `PreCommit_on_commit_actions()`, and the end of it all.
    fn commit(&mut self) {
        let gone = std::mem::take(&mut self.drop_on_commit);
        if !gone.is_empty() {
            self.delete_with_parts(&gone, &Origin::Server);
        }
        self.database.commit();
    }

    fn refuse(&mut self, statement: &Statement<'_>, stop: Stop) {
        self.refusals.push(stop.into_refusal(statement));
    }

    pub(super) fn in_transaction(&self) -> bool {
        !matches!(self.transaction, Transaction::None)
    }

    fn fail_transaction(&mut self) {
        self.transaction = match std::mem::replace(&mut self.transaction, Transaction::None) {
            Transaction::Open(block) => Transaction::Failed(block, 0),
            other => other,
        };
    }

    /// Rolls back what is open, as the end of a connection does.
    pub(super) fn abandon_transaction(&mut self) {
        let (block, why) = match std::mem::replace(&mut self.transaction, Transaction::None) {
            Transaction::None => return,
            Transaction::Open(block) => (block, String::new()),
            Transaction::Failed(block, skipped) => {
                (block, format!(". A statement in it had failed, and {skipped} after it were not run"))
            }
        };
        let message =
            format!("the file ends before the transaction that begins here, which is therefore rolled back{why}");
        self.notes.push(Note { message, origin: block.origin });
        self.drop_on_commit.clear();
        self.database.roll_back(block.start);
        self.session = block.before;
    }

    fn transaction_command(&mut self, statement: &Statement<'_>, command: &TransactionStmt) -> Outcome {
        match command.kind() {
            Kind::TransStmtBegin | Kind::TransStmtStart => {
                // Inside a block the server only warns.
                if matches!(self.transaction, Transaction::None) {
                    self.begin(statement);
                }
                Ok(())
            }
            Kind::TransStmtCommit | Kind::TransStmtPrepare => {
                self.end_block(statement, true);
                self.chain(statement, command);
                Ok(())
            }
            Kind::TransStmtRollback => {
                self.end_block(statement, false);
                self.chain(statement, command);
                Ok(())
            }
            Kind::TransStmtSavepoint => self.savepoint(command),
            Kind::TransStmtRelease => self.release(command),
            Kind::TransStmtRollbackTo => self.roll_back_to(command),
            Kind::TransStmtCommitPrepared | Kind::TransStmtRollbackPrepared | Kind::Undefined => {
                Err(Stop::not_modelled("prepared transactions are not replayed"))
            }
        }
    }

    pub(super) fn begin(&mut self, statement: &Statement<'_>) {
        self.database.commit();
        self.new_labels = NewLabels::default();
        self.transaction = Transaction::Open(Block {
            start: self.database.mark(),
            origin: statement.origin(),
            before: self.session.clone(),
            lasting: self.session.clone(),
            savepoints: Vec::new(),
        });
    }

    /// The end of a file that a tool has put into a transaction.
    pub(super) fn end_of_file(&mut self, start: &Statement<'_>) {
        if let Some(skipped) = self.leave_block(true) {
            let message = format!(
                "the tool runs this file in one transaction, which is rolled back: a statement in it had failed, \
                 and {skipped} after it were not run"
            );
            self.note(start, message);
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        matches!(self.transaction, Transaction::Failed(..))
    }

    /// `ON_ERROR_ROLLBACK`: psql has set a savepoint before the statement that failed.
    pub(super) fn recover(&mut self) {
        self.transaction = match std::mem::replace(&mut self.transaction, Transaction::None) {
            Transaction::Failed(block, _) => Transaction::Open(block),
            other => other,
        };
    }

    fn chain(&mut self, statement: &Statement<'_>, command: &TransactionStmt) {
        if command.chain {
            self.begin(statement);
        }
    }

    fn end_block(&mut self, statement: &Statement<'_>, commit: bool) {
        if let Some(skipped) = self.leave_block(commit) {
            let verb = if commit { "COMMIT rolled the transaction back" } else { "the transaction was rolled back" };
            self.note(statement, format!("{verb}: a statement in it had failed, and {skipped} after it were not run"));
        }
    }

    /// How many statements were not run, if one had failed.
    fn leave_block(&mut self, commit: bool) -> Option<usize> {
        let (block, skipped) = match std::mem::replace(&mut self.transaction, Transaction::None) {
            Transaction::None => return None,
            Transaction::Open(block) if commit => {
                self.session = block.lasting;
                self.commit();
                return None;
            }
            Transaction::Open(block) => (block, None),
            Transaction::Failed(block, skipped) => (block, Some(skipped)),
        };
        self.drop_on_commit.clear();
        self.database.roll_back(block.start);
        self.session = block.before;
        skipped
    }

    fn savepoint(&mut self, command: &TransactionStmt) -> Outcome {
        let (mark, session) = (self.database.mark(), self.session.clone());
        let drop_on_commit = self.drop_on_commit.len();
        match &mut self.transaction {
            Transaction::Open(block) => {
                let lasting = block.lasting.clone();
                let name = command.savepoint_name.clone();
                block.savepoints.push(Savepoint { name, mark, drop_on_commit, session, lasting });
                Ok(())
            }
            Transaction::Failed(_, skipped) => {
                *skipped += 1;
                Ok(())
            }
            Transaction::None => {
                Err(Stop::refused(NO_ACTIVE_SQL_TRANSACTION, "SAVEPOINT can only be used in transaction blocks"))
            }
        }
    }

    fn release(&mut self, command: &TransactionStmt) -> Outcome {
        match &mut self.transaction {
            Transaction::Open(block) => {
                let found = block.position(&command.savepoint_name)?;
                block.savepoints.truncate(found);
                Ok(())
            }
            Transaction::Failed(_, skipped) => {
                *skipped += 1;
                Ok(())
            }
            Transaction::None => Err(Stop::refused(
                NO_ACTIVE_SQL_TRANSACTION,
                "RELEASE SAVEPOINT can only be used in transaction blocks",
            )),
        }
    }

    fn roll_back_to(&mut self, command: &TransactionStmt) -> Outcome {
        if let Transaction::Open(block) | Transaction::Failed(block, _) = &self.transaction {
            block.position(&command.savepoint_name)?;
        }
        match std::mem::replace(&mut self.transaction, Transaction::None) {
            Transaction::Open(mut block) | Transaction::Failed(mut block, _) => {
                let found = block.position(&command.savepoint_name)?;
                let savepoint = &block.savepoints[found];
                self.database.roll_back(savepoint.mark);
                self.drop_on_commit.truncate(savepoint.drop_on_commit);
                self.session = savepoint.session.clone();
                block.lasting = savepoint.lasting.clone();
                block.savepoints.truncate(found + 1);
                self.transaction = Transaction::Open(block);
                Ok(())
            }
            Transaction::None => Err(Stop::refused(
                NO_ACTIVE_SQL_TRANSACTION,
                "ROLLBACK TO SAVEPOINT can only be used in transaction blocks",
            )),
        }
    }

    /// `PreventInTransactionBlock()`
    pub(super) fn prevent_in_transaction_block(&self, what: &str) -> Outcome {
        if self.in_transaction() {
            let message = format!("{what} cannot run inside a transaction block");
            return Err(Stop::refused(ACTIVE_SQL_TRANSACTION, message));
        }
        if self.code.is_running() {
            let message = format!("{what} cannot be executed from a function");
            return Err(Stop::refused(ACTIVE_SQL_TRANSACTION, message));
        }
        Ok(())
    }
}

impl Block {
    fn position(&self, name: &str) -> Outcome<usize> {
        let missing = || Stop::refused(INVALID_SAVEPOINT, format!("savepoint \"{name}\" does not exist"));
        self.savepoints.iter().rposition(|savepoint| savepoint.name == name).ok_or_else(missing)
    }
}
