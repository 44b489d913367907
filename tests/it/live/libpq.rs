//! What we make of connection strings, against what libpq makes of them: both are sent to a server of the test's own,
//! which writes down who comes to which door, and with which password.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Result, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use schema_check::live::{Options, Session, Target};

use crate::random::Random;

/// What a client sends before the server has said anything: where to, as whom, and its password.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Arrival {
    door: &'static str,
    parameters: BTreeMap<String, String>,
    password: Option<Vec<u8>>,
}

/// Who has come so far, and how many are still inside.
#[derive(Default)]
struct Book {
    arrivals: Vec<Arrival>,
    inside: usize,
}

/// A server that lets nobody in, with a door on each sort of address.
struct Host {
    book: Arc<(Mutex<Book>, Condvar)>,
    folder: PathBuf,
    /// What stands for the doors in connection strings: ports of 127.0.0.1 and of `::1`, and the port of a socket.
    ports: [u16; 4],
}

const SSL_REQUEST: u32 = 80_877_103;
const GSS_REQUEST: u32 = 80_877_104;

impl Host {
    fn open(number: usize) -> Self {
        let folder = std::env::temp_dir().join(format!("schema-check-libpq-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let mut host = Self { book: Arc::default(), folder, ports: [0; 4] };
        host.ports[0] = host.listen("first", "127.0.0.1:0");
        host.ports[1] = host.listen("second", "127.0.0.1:0");
        host.ports[2] = host.listen("v6", "[::1]:0");
        host.ports[3] = host.ports[0];
        let socket = UnixListener::bind(host.folder.join(format!(".s.PGSQL.{}", host.ports[3]))).unwrap();
        let book = Arc::clone(&host.book);
        thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                welcome("socket", stream, &book);
            }
        });
        host
    }

    /// Where a machine has no IPv6, nobody comes to that door.
    fn listen(&self, door: &'static str, address: &str) -> u16 {
        let Ok(listener) = TcpListener::bind(address) else { return 9 };
        let port = listener.local_addr().unwrap().port();
        let book = Arc::clone(&self.book);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                welcome(door, stream, &book);
            }
        });
        port
    }

    /// Who has come since the last time, once all have left.
    fn arrivals(&self) -> Vec<Arrival> {
        let (book, left) = &*self.book;
        let (mut book, late) =
            left.wait_timeout_while(book.lock().unwrap(), Duration::from_secs(5), |book| book.inside > 0).unwrap();
        assert!(!late.timed_out(), "somebody does not leave");
        std::mem::take(&mut book.arrivals)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn welcome(door: &'static str, mut stream: impl Read + Write, book: &(Mutex<Book>, Condvar)) {
    book.0.lock().unwrap().inside += 1;
    let arrival = converse(door, &mut stream);
    let mut open = book.0.lock().unwrap();
    open.inside -= 1;
    open.arrivals.extend(arrival.ok().flatten());
    drop(open);
    book.1.notify_all();
}

/// Asks for the password, and refuses it.
fn converse(door: &'static str, stream: &mut (impl Read + Write)) -> Result<Option<Arrival>> {
    let start = loop {
        let length = number(stream)?;
        let mut message = vec![0; length as usize - 4];
        stream.read_exact(&mut message)?;
        match u32::from_be_bytes(message[..4].try_into().unwrap()) {
            SSL_REQUEST | GSS_REQUEST => stream.write_all(b"N")?,
            _ => break message,
        }
    };
    let words: Vec<String> =
        start[4..].split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    let parameters = words.chunks(2).filter(|pair| !pair[0].is_empty()).map(|pair| (pair[0].clone(), pair[1].clone()));
    // What each client says of itself is its own affair, unless it was told what to say.
    let is_told = |name: &str, value: &str| match name {
        "user" | "database" | "options" => true,
        "application_name" => value != "psql" && !value.starts_with("schema-check/"),
        _ => false,
    };
    let mut arrival =
        Arrival { door, parameters: parameters.filter(|(name, value)| is_told(name, value)).collect(), password: None };
    stream.write_all(b"R\0\0\0\x08\0\0\0\x03")?;
    let mut kind = [0];
    if stream.read_exact(&mut kind).is_ok() && kind == *b"p" {
        let length = number(stream)?;
        let mut password = vec![0; length as usize - 4];
        stream.read_exact(&mut password)?;
        password.pop();
        arrival.password = Some(password);
        let refusal = b"SFATAL\0VFATAL\0C28P01\0Mno\0\0";
        stream.write_all(b"E")?;
        stream.write_all(&u32::try_from(refusal.len() + 4).unwrap().to_be_bytes())?;
        stream.write_all(refusal)?;
    }
    Ok(Some(arrival))
}

fn number(stream: &mut impl Read) -> Result<u32> {
    let mut bytes = [0; 4];
    stream.read_exact(&mut bytes)?;
    Ok(u32::from_be_bytes(bytes))
}

/// A connection string and what surrounds it.
struct Case {
    text: String,
    environment: BTreeMap<&'static str, String>,
}

/// Makes connection strings that are nearly right, of options that every libpq since version 13 knows.
struct Maker<'a> {
    random: Random,
    host: &'a Host,
}

impl Maker<'_> {
    fn case(&mut self) -> Case {
        let mut text = if self.random.chance(50) { self.url() } else { self.pairs() };
        if self.random.chance(15) {
            let at = self.random.below(text.chars().count() + 1);
            let at = text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
            text.insert(at, *self.random.pick(&['@', ':', '/', '?', '&', '=', '%', ',', '[', ']', '\'', '\\']));
        }
        Case { text, environment: self.environment() }
    }

    fn url(&mut self) -> String {
        let mut text = self.random.pick(&["postgres://", "postgresql://"]).to_string();
        if self.random.chance(70) {
            text += *self.random.pick(&["u", "a%20b", "%75ser", "", "ü", "u%3Ax", "u+v"]);
            if self.random.chance(70) {
                text += ":";
                text += *self.random.pick(&[
                    "p", "", "p%40ss", "a:b", "a?b", "a%2Fb", "%", "%4", "%zz", "%00", "pä", "a&b=c", "a'b\\", "+",
                    "[x]", "%5B", "#",
                ]);
            }
            text += "@";
        }
        let servers = self.random.below(4);
        let servers: Vec<String> = (0..servers).map(|_| self.server(true)).collect();
        text += &servers.join(",");
        text += *self.random.pick(&["", "/", "/d", "/d", "/d%20b", "/d/e", "/%64", "/d#e", "/é"]);
        if self.random.chance(50) {
            let count = self.random.below(3);
            let options: Vec<String> = (0..count).map(|_| self.url_option()).collect();
            let end = self.random.pick(&["", "", "&"]).to_string();
            text += &format!("?{}{end}", options.join("&"));
        }
        text
    }

    fn url_option(&mut self) -> String {
        let [first, second, ..] = self.host.ports;
        let folder = self.host.folder.display().to_string();
        let all = [
            "user=q".into(),
            "user=".into(),
            "us%65r=%71".into(),
            "password=a%26b".into(),
            "password=a=b".into(),
            "password".into(),
            "=x".into(),
            "bogus=1".into(),
            "ssl=true".into(),
            "sslmode=disable".into(),
            "dbname=z".into(),
            "connect_timeout=3".into(),
            "connect_timeout=%203%20".into(),
            "connect_timeout=soon".into(),
            "hostaddr=127.0.0.1".into(),
            "hostaddr=127.0.0.1,127.0.0.1".into(),
            "hostaddr=x".into(),
            "application_name=x%20y@z".into(),
            "options=-c%20a%3Db".into(),
            "target_session_attrs=any".into(),
            "target_session_attrs=none".into(),
            "keepalives=0".into(),
            "keepalives_count=many".into(),
            format!("host={folder}"),
            format!("port={second}"),
            format!("port={first},{second}"),
            format!("host=127.0.0.1,127.0.0.1&port={first},{second}"),
        ];
        self.random.pick(&all).clone()
    }

    /// A host with its port, as it stands in a URL.
    fn server(&mut self, is_in_url: bool) -> String {
        let [first, second, v6, socket] = self.host.ports;
        let folder = self.host.folder.display().to_string();
        let folder = if is_in_url { folder.replace('/', "%2F") } else { folder };
        let all = [
            format!("127.0.0.1:{first}"),
            format!("127.0.0.1:{second}"),
            format!("localhost:{second}"),
            format!("[::1]:{v6}"),
            format!("{folder}:{socket}"),
            folder,
            "127.0.0.1:9".into(),
            "127.0.0.1".into(),
            "127.0.0.1:".into(),
            "127.0.0.1:70000".into(),
            "127.0.0.1:x".into(),
            "[::1]".into(),
            "[]".into(),
            "[::1".into(),
            "[::1]x".into(),
        ];
        // Half of them are as they should be.
        let choice = if self.random.chance(50) { self.random.below(5) } else { self.random.below(all.len()) };
        all[choice].clone()
    }

    fn pairs(&mut self) -> String {
        let [first, second, v6, socket] = self.host.ports;
        let folder = self.host.folder.display().to_string();
        let all = [
            "user=u".to_owned(),
            "user = 'a b'".into(),
            r"user=a\ b".into(),
            "user='".into(),
            "password=p".into(),
            r"password='it\'s \\ %40'".into(),
            "password=''".into(),
            "password=".into(),
            r"password=a\".into(),
            "password='a'b=c".into(),
            "dbname=d".into(),
            "dbname='d é'".into(),
            "dbname\t=\nd".into(),
            "bogus=1".into(),
            "nothing".into(),
            "=x".into(),
            "options='-c a=b'".into(),
            "application_name=x".into(),
            "connect_timeout=3".into(),
            "sslmode=sometimes".into(),
            "sslmode=disable".into(),
            "hostaddr=127.0.0.1".into(),
            "hostaddr=''".into(),
            "passfile=/nowhere".into(),
            "service=shop".into(),
            "service=yard".into(),
            "service=nothing".into(),
            "\u{a0}user=u".into(),
            format!("host={folder} port={socket}"),
            format!("host=127.0.0.1,{folder} port={second},{socket}"),
            format!("host=127.0.0.1,127.0.0.1 port=9,{first}"),
            format!("host=127.0.0.1,127.0.0.1 port={second}"),
            format!("host=127.0.0.1,::1 port={second},{v6}"),
            format!("host=127.0.0.1 port={first},{second}"),
            format!("host=whoever hostaddr=127.0.0.1 port={second}"),
            format!("port=' {second} '"),
            "port=0".into(),
        ];
        let count = self.random.below(6);
        let chosen: Vec<String> = (0..count).map(|_| self.random.pick(&all).clone()).collect();
        let between = self.random.pick(&[" ", " ", "  ", "\n"]);
        // Without a =, psql takes it for the name of a database.
        format!("{}dbname=base", chosen.iter().fold(String::new(), |text, pair| text + pair + between))
    }

    /// There is always a host, so that nobody goes to the servers of the machine.
    fn environment(&mut self) -> BTreeMap<&'static str, String> {
        let [first, second, ..] = self.host.ports;
        let folder = self.host.folder.clone();
        let mut set = BTreeMap::from([
            ("HOME", folder.display().to_string()),
            ("PGSYSCONFDIR", folder.join("etc").display().to_string()),
            ("PGHOST", "127.0.0.1".to_owned()),
            ("PGPORT", first.to_string()),
            ("PGCONNECT_TIMEOUT", "4".to_owned()),
        ]);
        let more: &[(&'static str, String)] = &[
            ("PGHOST", folder.display().to_string()),
            ("PGHOST", "127.0.0.1,127.0.0.1".into()),
            ("PGHOSTADDR", "127.0.0.1".into()),
            ("PGPORT", second.to_string()),
            ("PGUSER", "env user".into()),
            ("PGPASSWORD", "env pass".into()),
            ("PGDATABASE", "env db".into()),
            ("PGSERVICE", "shop".into()),
            ("PGSERVICE", "broken".into()),
            ("PGSERVICEFILE", folder.join("services").display().to_string()),
            ("PGSERVICEFILE", folder.join("no-services").display().to_string()),
            ("PGPASSFILE", folder.join("passwords").display().to_string()),
            ("PGPASSFILE", folder.join("open-passwords").display().to_string()),
            ("PGAPPNAME", "env app".into()),
            ("PGOPTIONS", "-c x=y".into()),
            ("PGSSLMODE", "disable".into()),
            ("PGTARGETSESSIONATTRS", "any".into()),
        ];
        for _ in 0..self.random.below(5) {
            let (name, value) = self.random.pick(more);
            set.insert(name, value.clone());
        }
        set
    }

    /// Password files and service files, which change from time to time.
    fn write_files(&mut self) {
        let folder = self.host.folder.clone();
        for (name, mode) in [(".pgpass", 0o600), ("passwords", 0o600), ("open-passwords", 0o644)] {
            let mut text = String::from("# of the test\n");
            for line in 0..self.random.below(12) {
                let port = *self.random.pick(&self.host.ports);
                let host = self.random.pick(&["*", "127.0.0.1", "localhost", r"\:\:1", "::1", "127.0.0.*", "FOLDER"]);
                let host = host.replace("FOLDER", &folder.display().to_string());
                let port = if self.random.chance(50) { "*".into() } else { port.to_string() };
                let database = self.random.pick(&["*", "base", "d", r"d\é", "env db", "d b"]);
                let user = self.random.pick(&["*", "u", "a b", r"u\:x", "env user", "root"]);
                let password = self.random.pick(&["f", r"f\:g", r"f\\", "f:g", "", "f ", "#"]);
                let end = self.random.pick(&["", "", "\r"]);
                writeln!(text, "{host}:{port}:{database}:{user}:{password}{line}{end}").unwrap();
            }
            write(&folder.join(name), &text, mode);
        }
        fs::create_dir_all(folder.join("etc")).unwrap();
        let [first, second, ..] = self.host.ports;
        let shop = format!("[shop]\nhost=127.0.0.1\nport={second}\nuser=of service\npassword= s=t\n");
        let yard = format!("  [yard] # comment\n\n# comment\nport={first} \ndbname=of service\n[yard]\nuser=second\n");
        for name in [".pg_service.conf", "services", "etc/pg_service.conf"] {
            let [mut one, mut other] = [shop.clone(), yard.clone()];
            if self.random.chance(50) {
                std::mem::swap(&mut one, &mut other);
            }
            let broken = self.random.pick(&["[broken]\nhots=x\n", "[broken]\nuser\n", "[broken]\nservice=shop\n"]);
            let both =
                if self.random.chance(50) { format!("{one}{other}{broken}") } else { format!("{other}{broken}") };
            write(&folder.join(name), &both, 0o600);
        }
    }
}

fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Why it is no mistake that the two differ.
fn known_difference(case: &Case, their_words: &str, our_words: &str) -> Option<&'static str> {
    let is_url = ["postgres://", "postgresql://"].iter().any(|scheme| case.text.starts_with(scheme));
    if their_words.contains("/var/run/postgresql/") || their_words.contains("/tmp/.s.PGSQL") {
        return Some("where the socket of this machine is differs from one build of libpq to the next");
    }
    if our_words.contains("not a number from 1 to 65535") {
        return Some("a port that cannot be is a mistake in the string, even where another host is tried first");
    }
    if our_words.contains("is not a whole number") {
        return Some("and so is a number that is none, even where it is not needed");
    }
    if our_words.contains("abstract namespace") {
        return Some("sockets without a file are not supported");
    }
    if is_url && our_words.contains("@ is written %40") {
        return Some("what may be a piece of a password is not taken for the name of a database");
    }
    if our_words.contains("the host is not a name") {
        return Some("nor for the name of a host, which would be looked up");
    }
    if !is_url && !case.text.contains('=') {
        return Some("what is neither a URL nor pairs nor looks like a name is not taken for that of a database");
    }
    None
}

fn ours(case: &Case, host: &Host) -> (Vec<Arrival>, String) {
    let environment = |name: &str| case.environment.get(name).cloned();
    let words = match Target::parse(&case.text, &environment) {
        Err(error) => error.to_string(),
        Ok(target) => {
            let options = Options { connect_timeout: Some(Duration::from_secs(4)), ..Options::default() };
            Session::open(&target, &options).err().map_or_else(String::new, |error| error.to_string())
        }
    };
    (host.arrivals(), words)
}

fn theirs(psql: &Path, case: &Case, host: &Host) -> (Vec<Arrival>, String) {
    let mut command = Command::new(psql);
    command.args(["-X", "-w", "-c", "", "-d", &case.text]).env_clear().envs(&case.environment).stdin(Stdio::null());
    let output = command.output().unwrap();
    (host.arrivals(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Wherever there is one; it needs no server of its version.
pub(super) fn psql() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&on_path).collect();
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.splice(0..0, installed.map(|version| version.path().join("bin")));
    folders.into_iter().map(|folder| folder.join("psql")).find(|path| path.exists())
}

#[test]
fn connection_strings_mean_what_they_mean_to_psql() {
    let Some(psql) = psql() else {
        eprintln!("skipped: there is no psql on this machine");
        return;
    };
    const CASES: usize = 1000;
    let (let_in, excused, differ) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    let run = |seed: usize| {
        let host = Host::open(seed);
        let mut maker = Maker { random: Random(seed as u64), host: &host };
        for number in 0..CASES / 2 {
            if number % 20 == 0 {
                maker.write_files();
            }
            let case = maker.case();
            let (expected, their_words) = theirs(&psql, &case, &host);
            let (found, our_words) = ours(&case, &host);
            if expected == found {
                let_in.fetch_add(usize::from(!expected.is_empty()), Ordering::Relaxed);
            } else if known_difference(&case, &their_words, &our_words).is_some() {
                excused.fetch_add(1, Ordering::Relaxed);
            } else {
                let Case { text, environment } = case;
                differ.lock().unwrap().push(format!(
                    "{text:?}\n{environment:#?}\npsql: {expected:#?}\n{their_words}\nours: {found:#?}\n{our_words}"
                ));
            }
        }
    };
    thread::scope(|scope| {
        for seed in [1, 2] {
            let run = &run;
            scope.spawn(move || run(seed));
        }
    });
    let differ = differ.into_inner().unwrap();
    assert!(differ.is_empty(), "{} of {CASES} differ:\n\n{}", differ.len(), differ.join("\n\n"));
    // Most have to come to something, or it would be the mistakes alone that are compared.
    let (let_in, excused) = (let_in.into_inner(), excused.into_inner());
    assert!(let_in > CASES / 3 && excused < CASES / 10, "{let_in} of {CASES} reach the server, {excused} are excused");
}
