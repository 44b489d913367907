//! The tests that need more than one room of the house, and those that need a server.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says on stderr that it was skipped"
)]

mod action;
mod asserted;
mod book;
mod cli;
mod codes;
mod corpus;
mod coverage;
mod ddl;
mod differential;
mod exprs;
mod faults;
mod formats;
mod guards;
mod hostile;
mod html;
mod instructions;
mod language;
mod lines;
mod live;
mod meanings;
mod node_tree;
mod pairs;
mod places;
mod plans;
mod positions;
mod printing;
mod progress;
mod pulling;
mod random;
mod read_only;
mod rules;
mod schema;
mod scripts;
mod server;
mod snapshots;
mod spec;
mod sql;
mod systems;
mod values;
mod verified;
mod wrong_database;
