//! What must hold of any input at all. A fuzzer looks for input of which it does not (`scripts/fuzz`); the tests hold
//! it against what the fuzzer has found worth keeping (`corpus/`, by `tests/it/hostile/fuzz.rs`).
//!
//! A law fails by panicking. The stack has to be as large as `schema_check::sql::STACK_SIZE`.

pub mod connection_string;
pub mod encoders;
pub mod replay;
pub mod resolve;
pub mod spec;
pub mod split;

/// What input means that is read as text.
fn text(data: &[u8]) -> &str {
    std::str::from_utf8(data)
        .unwrap_or_else(|error| std::str::from_utf8(&data[..error.valid_up_to()]).unwrap_or_default())
}
