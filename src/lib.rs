//! PostgreSQL schema drift, found and placed. See ARCHITECTURE.md for the map.

pub mod catalog;
pub mod expr;
pub mod live;
pub mod sql;
