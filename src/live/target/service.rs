//! Service files: groups of options by a name, as libpq's `parseServiceInfo` finds and reads them.

use std::path::PathBuf;

use super::pairs::is_space;
use super::settings::{Settings, is_known};
use super::{Environment, configuration, user_file};
use crate::live::LiveError;

/// A `pg_service.conf` is small; what is larger is something else.
const MAX_BYTES: usize = 1 << 20;

/// Fills in what the service that is named says, if one is.
pub(super) fn fill(settings: &mut Settings, environment: Environment<'_>) -> Result<(), LiveError> {
    let set = |name: &str| environment(name).filter(|value| !value.is_empty());
    let Some(service) = settings.take("service").or_else(|| set("PGSERVICE")) else { return Ok(()) };
    let named = settings.take("servicefile").or_else(|| set("PGSERVICEFILE")).map(PathBuf::from);
    let is_named = named.is_some();
    let own = named.or_else(|| user_file(environment, ".pg_service.conf").filter(|path| path.exists()));
    let shared = configuration(environment, "pg_service.conf").filter(|path| path.exists());
    for path in own.into_iter().chain(shared) {
        let shown = path.display().to_string();
        let problem = |problem: String| LiveError::ServiceFile { problem };
        let text = match std::fs::read(&path) {
            Ok(text) if text.len() <= MAX_BYTES => text,
            Ok(_) => return Err(problem(format!("{shown} is too large for one"))),
            Err(error) => return Err(problem(format!("{shown} cannot be read: {error}"))),
        };
        let Some(group) = group(&String::from_utf8_lossy(&text), &service)
            .map_err(|(line, what)| problem(format!("{shown}, line {line}: {what}")))?
        else {
            continue;
        };
        for (option, value) in group {
            settings.fill(&option, value, &format!("service {service} in {shown}"));
        }
        return Ok(());
    }
    let looked = if is_named { "there" } else { "in ~/.pg_service.conf and the file of the system" };
    Err(LiveError::ServiceFile { problem: format!("there is no service {service:?} {looked}") })
}

type Mistake = (usize, String);

/// The lines of `[service]`, up to the next group. A mistake is told by its line, never by its text.
fn group(text: &str, service: &str) -> Result<Option<Vec<(String, String)>>, Mistake> {
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim_matches(|c| is_space(&c))));
    let mut inside: Option<Vec<(String, String)>> = None;
    for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            if inside.is_some() {
                break;
            }
            if name.strip_prefix(service).is_some_and(|rest| rest.starts_with(']')) {
                inside = Some(Vec::new());
            }
            continue;
        }
        let Some(inside) = &mut inside else { continue };
        let mistake = |what: &str| Err((number, what.to_owned()));
        if line.starts_with("ldap") {
            return mistake("a look-up by LDAP is not supported");
        }
        match line.split_once('=') {
            None => return mistake("it is not of the form key=value"),
            Some(("service", _)) => return mistake("a service cannot name another one"),
            Some((option, _)) if !is_known(option) => return mistake("there is no such option"),
            Some((option, value)) => inside.push((option.to_owned(), value.to_owned())),
        }
    }
    Ok(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# ours\n[shop]\nhost=a\n  dbname = b  \n\n[shop]\nhost=c\n[bad]\nhost a\n[worse]\nhots=a\n";

    #[test]
    fn a_group_ends_where_the_next_begins() {
        // Around the = nothing is trimmed, so that `dbname ` is no option.
        assert_eq!(group(FILE, "shop").unwrap_err(), (4, "there is no such option".into()));
        let of = |text: &str| group(text, "shop").unwrap();
        assert_eq!(of("[shop]\nhost=a\n[other]\nhost=b"), Some(vec![("host".into(), "a".into())]));
        assert_eq!(of("host=b\n[shop] # ours\npassword= a=b \n"), Some(vec![("password".into(), " a=b".into())]));
        assert_eq!(of("[other]\nhost=a"), None);
    }

    #[test]
    fn mistakes_have_lines() {
        assert_eq!(group(FILE, "bad").unwrap_err().0, 9);
        assert_eq!(group(FILE, "worse").unwrap_err().0, 11);
        assert_eq!(group("[a]\nservice=b", "a").unwrap_err().0, 2);
    }
}
