//! Each `sslmode` before each sort of certificate: we connect where libpq does, and refuse where it refuses.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use schema_check::live::{LiveError, Options, Session, Target};

use super::libpq::psql;
use crate::cli::Folder;
use crate::cli::doctor::{doctor, tells};
use crate::server::{Cluster, give_to_nobody};

/// Certificates and their keys, made by the `openssl` of this machine.
struct Authority {
    folder: PathBuf,
}

impl Authority {
    /// `None` where there is no such program.
    fn new() -> Option<Self> {
        Command::new("openssl").arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("schema-check-tls-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let authority = Self { folder };
        for name in ["ca", "other-ca"] {
            authority.self_signed(name, "/CN=an authority", "basicConstraints=critical,CA:TRUE");
        }
        Some(authority)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn openssl(&self, arguments: &str) {
        let mut command = Command::new("openssl");
        let output = command.args(arguments.split(' ').map(|a| a.replace('~', " "))).current_dir(&self.folder).output();
        let output = output.unwrap();
        assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn key(&self, name: &str, algorithm: &str) {
        self.openssl(&format!("genpkey {algorithm} -out {name}.key"));
        fs::set_permissions(self.path(&format!("{name}.key")), fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn self_signed(&self, name: &str, subject: &str, extension: &str) {
        self.key(name, EC);
        let subject = subject.replace(' ', "~");
        fs::write(
            self.path(&format!("{name}.cnf")),
            format!("[req]\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\n[ext]\n{extension}\n"),
        )
        .unwrap();
        self.openssl(&format!(
            "req -x509 -new -config {name}.cnf -key {name}.key -subj {subject} -days 30 -out {name}.crt"
        ));
    }

    /// A certificate that `ca` signs; without extensions it is of version 1.
    fn signed(&self, name: &str, subject: &str, extensions: &str, with: &str) {
        if !self.path(&format!("{name}.key")).exists() {
            self.key(name, EC);
        }
        self.openssl(&format!("req -new -key {name}.key -subj {subject} -out {name}.csr"));
        let mut arguments =
            format!("x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out {name}.crt");
        if !with.contains("-days") {
            arguments += " -days 30";
        }
        if !extensions.is_empty() {
            fs::write(self.path(&format!("{name}.ext")), extensions).unwrap();
            arguments += &format!(" -extfile {name}.ext");
        }
        self.openssl(&format!("{arguments}{with}"));
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

const EC: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";
const NAMES: &str = "subjectAltName=DNS:localhost,IP:127.0.0.1";

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Encrypted,
    Plain,
    Refused,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Encrypted => "TLS",
            Self::Plain => "plain",
            Self::Refused => "refused",
        }
    }
}

fn open(text: &str) -> Result<Session, LiveError> {
    Session::open(&Target::parse(text, &|_| None).unwrap(), &Options::default())
}

fn ours(text: &str) -> (Outcome, String) {
    match open(text) {
        Ok(session) if session.server().tls.starts_with("TLS") => (Outcome::Encrypted, String::new()),
        Ok(_) => (Outcome::Plain, String::new()),
        Err(error) => (Outcome::Refused, error.to_string()),
    }
}

/// What libpq makes of it, in a home without certificates.
fn theirs(psql: &Path, text: &str, home: &Path) -> Outcome {
    let mut command = Command::new(psql);
    let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let output = command.args(["-XwAtc", sql, "-d", text]).env_clear().env("HOME", home).output().unwrap();
    match String::from_utf8_lossy(&output.stdout).trim() {
        "t" => Outcome::Encrypted,
        "f" => Outcome::Plain,
        _ => Outcome::Refused,
    }
}

/// Lets the server show another certificate, or none.
fn show(cluster: &Cluster, certificate: Option<(&Path, &Path)>) {
    let ask = |sql: &str| {
        let mut client = postgres::Client::connect(&cluster.url("postgres"), postgres::NoTls).unwrap();
        client.query_one(sql, &[]).unwrap().try_get::<_, String>(0).unwrap()
    };
    let before = ask("SELECT pg_conf_load_time()::text");
    let mut settings = String::from("ssl = off\n");
    if let Some((certificate, key)) = certificate {
        for (from, to) in [(certificate, "server.crt"), (key, "server.key")] {
            let to = cluster.socket().join("data").join(to);
            let _ = fs::remove_file(&to);
            fs::copy(from, &to).unwrap();
            fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).unwrap();
            give_to_nobody(&to);
        }
        settings = String::from("ssl = on\n");
    }
    let file = cluster.socket().join("data/tls.conf");
    fs::write(&file, settings).unwrap();
    give_to_nobody(&file);
    ask("SELECT pg_reload_conf()::text");
    // Whoever comes after the files have been read is shown the new certificate.
    let deadline = Instant::now() + Duration::from_secs(10);
    while ask("SELECT pg_conf_load_time()::text") == before {
        assert!(Instant::now() < deadline, "the server does not read its settings");
        thread::sleep(Duration::from_millis(20));
    }
}

fn server() -> Option<(Cluster, Authority)> {
    let Some(authority) = Authority::new() else {
        eprintln!("skipped: there is no openssl on this machine");
        return None;
    };
    let cluster = Cluster::on_tcp("include_if_exists = 'tls.conf'\nssl_ca_file = ''")?;
    Some((cluster, authority))
}

/// Certificates by what is special about them: the file, and the root that the client is given.
const CERTIFICATES: &[(&str, &str)] = &[
    ("good", "ca"),
    ("version 1", "ca"),
    ("marked as an authority", "ca"),
    ("self-signed authority", "self-signed authority"),
    ("name in its subject alone", "ca"),
    ("name with a star in its subject", "ca"),
    ("expired", "ca"),
    ("version 1, expired", "ca"),
    ("of an unknown authority", "other-ca"),
    ("version 1, of an unknown authority", "other-ca"),
    ("of another name", "ca"),
    ("version 1, of another name", "ca"),
    ("for clients", "ca"),
    ("Ed25519", "ca"),
    ("RSA-PSS", "ca"),
];

fn make_certificates(authority: &Authority) {
    let file = |name: &str| name.replace([' ', ','], "-");
    let signed = |name: &str, subject: &str, extensions: &str, with: &str| {
        authority.signed(&file(name), subject, extensions, with);
    };
    signed("good", "/CN=localhost", NAMES, "");
    signed("version 1", "/CN=localhost", "", "");
    signed("marked as an authority", "/CN=localhost", &format!("basicConstraints=critical,CA:TRUE\n{NAMES}"), "");
    authority.self_signed(
        &file("self-signed authority"),
        "/CN=localhost",
        &format!("basicConstraints=critical,CA:TRUE\n{NAMES}"),
    );
    signed("name in its subject alone", "/CN=localhost", "basicConstraints=CA:FALSE", "");
    signed("name with a star in its subject", "/CN=*.localhost", "basicConstraints=CA:FALSE", "");
    signed("expired", "/CN=localhost", NAMES, " -days -1");
    signed("version 1, expired", "/CN=localhost", "", " -days -1");
    signed("of an unknown authority", "/CN=localhost", NAMES, "");
    signed("version 1, of an unknown authority", "/CN=localhost", "", "");
    signed("of another name", "/CN=localhost", "subjectAltName=DNS:db.example.com", "");
    signed("version 1, of another name", "/CN=db.example.com", "", "");
    signed("for clients", "/CN=localhost", &format!("extendedKeyUsage=clientAuth\n{NAMES}"), "");
    authority.key("Ed25519", "-algorithm ED25519");
    signed("Ed25519", "/CN=localhost", NAMES, "");
    authority.key("RSA-PSS", "-algorithm RSA");
    signed("RSA-PSS", "/CN=localhost", NAMES, "");
}

#[test]
fn each_mode_takes_the_certificates_that_libpq_takes() {
    let Some((cluster, authority)) = server() else { return };
    let Some(psql) = psql() else {
        eprintln!("skipped: there is no psql on this machine");
        return;
    };
    make_certificates(&authority);
    const MODES: &[&str] =
        &["disable", "allow", "prefer", "require without a root", "require", "verify-ca", "verify-full"];
    let mut table = format!("{:36}", "the server's certificate");
    for mode in MODES {
        table += &format!("{mode:width$}", width = mode.len() + 2);
    }
    table += "\n";
    let mut differ = String::new();
    let mut row = |name: &str, root: &str| {
        table += &format!("{name:36}");
        for mode in MODES {
            let width = mode.len() + 2;
            let root = Some(root).filter(|_| !mode.contains("without") && *mode != "prefer");
            let root = root.map_or_else(String::new, |root| {
                format!(" sslrootcert={}", authority.path(&format!("{}.crt", root.replace([' ', ','], "-"))).display())
            });
            let mode = mode.split(' ').next().unwrap();
            let text = format!(
                "host=localhost hostaddr=127.0.0.1 port={} user=postgres dbname=postgres sslmode={mode}{root}",
                cluster.port
            );
            let (found, words) = ours(&text);
            let expected = theirs(&psql, &text, &authority.folder);
            table += &format!("{:width$}", found.word());
            if found != expected {
                differ += &format!("{name}, {mode}{root}: libpq {}, we {} {words}\n", expected.word(), found.word());
            }
        }
        table.truncate(table.trim_end().len());
        table += "\n";
    };
    show(&cluster, None);
    row("no TLS", "ca");
    for (name, root) in CERTIFICATES {
        let file = name.replace([' ', ','], "-");
        let [certificate, key] = ["crt", "key"].map(|end| authority.path(&format!("{file}.{end}")));
        show(&cluster, Some((&certificate, &key)));
        row(name, root);
    }
    assert!(differ.is_empty(), "{differ}\n{table}");
    insta::assert_snapshot!(table);
}

/// Writes who may come how, beside the socket of the machine, by which all may.
fn allow(cluster: &Cluster, rules: &str) {
    let file = cluster.socket().join("data/pg_hba.conf");
    fs::write(&file, format!("local all all trust\n{rules}\n")).unwrap();
}

#[test]
fn where_a_rule_is_against_the_one_the_other_is_tried() {
    let Some((cluster, authority)) = server() else { return };
    let Some(psql) = psql() else { return };
    authority.signed("good", "/CN=localhost", NAMES, "");
    let check = |rules: &str, expected: &[(&str, Outcome)]| {
        allow(&cluster, rules);
        show(&cluster, Some((&authority.path("good.crt"), &authority.path("good.key"))));
        for (mode, expected) in expected {
            let text = format!("host=127.0.0.1 port={} user=postgres dbname=postgres sslmode={mode}", cluster.port);
            assert_eq!(ours(&text).0, *expected, "{rules}: {mode}");
            assert_eq!(theirs(&psql, &text, &authority.folder), *expected, "{rules}: {mode}, to psql");
        }
    };
    use Outcome::{Encrypted, Plain, Refused};
    let (all, none) = ("all all 127.0.0.1/32 trust", "all all 127.0.0.1/32 reject");
    check(
        &format!("hostssl {all}\nhostnossl {none}"),
        &[("disable", Refused), ("allow", Encrypted), ("prefer", Encrypted), ("require", Encrypted)],
    );
    check(
        &format!("hostnossl {all}\nhostssl {none}"),
        &[("disable", Plain), ("allow", Plain), ("prefer", Plain), ("require", Refused)],
    );
}

#[test]
fn a_client_shows_its_certificate() {
    let Some((cluster, authority)) = server() else { return };
    let Some(psql) = psql() else { return };
    authority.signed("good", "/CN=localhost", NAMES, "");
    authority.signed("postgres", "/CN=postgres", "extendedKeyUsage=clientAuth", "");
    authority.signed("somebody", "/CN=somebody", "extendedKeyUsage=clientAuth", "");
    let roots = cluster.socket().join("data/roots.crt");
    fs::copy(authority.path("ca.crt"), &roots).unwrap();
    give_to_nobody(&roots);
    allow(&cluster, "hostssl all all 127.0.0.1/32 cert");
    fs::write(cluster.socket().join("data/postgresql.auto.conf"), "ssl_ca_file = 'roots.crt'\n").unwrap();
    show(&cluster, Some((&authority.path("good.crt"), &authority.path("good.key"))));
    let base = format!("host=127.0.0.1 port={} user=postgres dbname=postgres sslmode=require", cluster.port);
    let with = |certificate: &str, key: &str| {
        let file = |name: &str| authority.path(name).display().to_string();
        format!("{base} sslcert={} sslkey={}", file(certificate), file(key))
    };
    let check = |text: &str, expected: Outcome, words: &str| {
        let (found, said) = ours(text);
        assert_eq!(found, expected, "{text}: {said}");
        assert!(said.contains(words), "{said}");
        assert_eq!(theirs(&psql, text, &authority.folder), expected, "{text}, to psql");
    };
    check(&base, Outcome::Refused, "does not let us in");
    check(&with("postgres.crt", "postgres.key"), Outcome::Encrypted, "");
    check(&with("somebody.crt", "somebody.key"), Outcome::Refused, "does not let us in");
    check(&with("postgres.crt", "somebody.key"), Outcome::Refused, "does not belong");

    // Those in the home are found there.
    let home = authority.path("home");
    fs::create_dir_all(home.join(".postgresql")).unwrap();
    for (from, to) in [("postgres.crt", "postgresql.crt"), ("postgres.key", "postgresql.key"), ("ca.crt", "root.crt")] {
        fs::copy(authority.path(from), home.join(".postgresql").join(to)).unwrap();
    }
    let variables = |name: &str| (name == "HOME").then(|| home.display().to_string());
    let session = Session::open(&Target::parse(&base, &variables).unwrap(), &Options::default()).unwrap();
    assert_eq!(session.server().tls, "TLS, certificate checked, name not checked");
    assert_eq!(theirs(&psql, &base, &home), Outcome::Encrypted);

    // What others can read is no secret.
    let key = home.join(".postgresql/postgresql.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let Err(error) = Target::parse(&base, &variables) else { panic!("a key that others can read is taken") };
    assert!(error.to_string().contains("others can read the key"), "{error}");
    assert_eq!(theirs(&psql, &base, &home), Outcome::Refused);
    let locked = authority.path("locked.key");
    authority.openssl("pkey -in postgres.key -aes256 -passout pass:s3cret99 -out locked.key");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o600)).unwrap();
    let (found, said) = ours(&with("postgres.crt", "locked.key"));
    assert!(found == Outcome::Refused && said.contains("has a passphrase"), "{said}");
}

#[test]
fn the_doctor_tells_what_a_certificate_says_of_itself() {
    let Some((cluster, authority)) = server() else { return };
    authority.signed("shown", "/CN=db", "subjectAltName=DNS:localhost,IP:127.0.0.1", "");
    authority.signed("other", "/CN=elsewhere", "subjectAltName=DNS:db.example.com", "");
    let folder = Folder::new("doctor-tls");
    let url = |mode: &str| {
        let root = authority.path("ca.crt");
        format!(
            "host=localhost port={} user=postgres dbname=postgres sslmode={mode} sslrootcert={}",
            cluster.port,
            root.display()
        )
    };
    show(&cluster, Some((&authority.path("shown.crt"), &authority.path("shown.key"))));
    let well = doctor(&folder, &["--db", &url("verify-full")]);
    tells(
        &well,
        0,
        &[
            "– certificate for localhost, 127.0.0.1, from 20",
            ", issued by CN=an authority\n✓ login ",
            "✓ encryption TLS, certificate and name checked\n",
        ],
    );
    show(&cluster, Some((&authority.path("other.crt"), &authority.path("other.key"))));
    let wrong = doctor(&folder, &["--db", &url("verify-full")]);
    tells(&wrong, 3, &["– certificate for db.example.com, from 20", "✗ encryption no secure connection to localhost:"]);
    show(&cluster, None);
    let none = doctor(&folder, &["--db", &url("prefer")]);
    tells(&none, 0, &["– encryption no TLS\n"]);
    assert!(!none.stdout.contains("certificate for"), "{}", none.stdout);
}
