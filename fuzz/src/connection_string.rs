//! Connection strings, and what is said of those that are wrong.

use schema_check::live::Target;

/// Stands for a password, wherever it has ended up; no option could be called so.
const SECRET: &str = "Hunter2";

/// Each is read in the end, twice the same; and what is wrong with it is said without what might be a password.
pub fn run(data: &[u8]) {
    let text = super::text(data);
    let said = || Target::parse(text, &|_| None).err().map(|error| error.to_string());
    let first = said();
    assert_eq!(first, said(), "{text:?}");
    // A service is called by its name.
    if let Some(message) = first.filter(|_| !text.contains("service")) {
        assert!(!message.contains(SECRET), "{text:?} is told as: {message}");
    }
}
