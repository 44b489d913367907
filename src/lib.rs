//! PostgreSQL schema drift, found and placed. See ARCHITECTURE.md for the map.

pub mod assertions;
pub mod catalog;
pub mod cli;
pub mod codes;
pub mod compare;
pub mod ddl;
pub mod expr;
pub mod files;
pub mod findings;
pub mod layout;
pub mod library;
pub mod live;
mod parallel;
pub mod progress;
pub mod pull;
pub mod replay;
pub mod report;
pub mod rules;
pub mod snapshot;
pub mod spec;
pub mod sql;
pub mod waivers;
mod yaml;
