//! Bad input: what it is, what must come of it, and where that is held.
//!
//! | input | held in |
//! |---|---|
//! | names and texts that act on who shows them | `formats.rs` (all formats), `fuzz.rs` (each encoder) |
//! | a comment of 10 MB, in a file and in a database | `memory.rs` |
//! | a password in a wrong place | `secrets.rs`; `cli.rs` (arguments), `cli/config.rs` |
//! | YAML that grows, nests or repeats | `yaml.rs`; `memory.rs` |
//! | keys that stand twice, `no`, `010`, `~` | `yaml.rs`, `src/spec/scalar.rs` |
//! | several mistakes at once | `yaml.rs`, `cli.rs`, `cli/spec_errors.rs` |
//! | what is no spec: empty, UTF-16, a FIFO, `/dev/zero`, 10 GB | `files.rs` |
//! | what is no SQL: Latin-1, NUL, unclosed quotes, templates, rows | `files.rs`, `scripts.rs` |
//! | SQL that nests | `cli.rs` (`deep_nesting_ends_in_an_error_at_any_depth`), `memory.rs` |
//! | includes that lead out | `cli/include.rs` (specs), `scripts.rs` (`\i`) |
//! | nothing to compare | `cli.rs` (`a_spec_that_could_not_fail_is_wrong_input`), `files.rs` |
//! | the same run elsewhere | `same.rs` |
//! | a bug of our own | `bugs.rs` |
//! | what a newer version has written | `files.rs`, `cli/snapshot.rs` |
//!
//! Sizes are such that a build for tests takes seconds.

mod bugs;
mod files;
mod fuzz;
mod memory;
mod same;
mod secrets;
mod yaml;
