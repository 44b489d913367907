//! The integration tests, in one binary.

// Said again for the lints, which let only what is marked so unwrap.
#[cfg(test)]
mod exprs;
