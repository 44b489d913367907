//! Throw-away PostgreSQL servers: one cluster for each version, on a Unix socket, gone with the process.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};

/// Whom a server runs as where we are root, as whom it refuses to run.
const NOBODY: u32 = 65534;

/// What the servers do without, for they do not have to survive anything.
const SETTINGS: &str = "
listen_addresses = ''
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
max_connections = 100
shared_buffers = 32MB
log_min_messages = warning
";

/// Stays until we are gone, however that comes about: then its standard input ends.
const WATCHDOG: &str = r#"
trap '' INT TERM HUP
"$1/bin/postgres" -D "$2/data" -k "$2" >"$2/log" 2>&1 </dev/null &
cat >/dev/null
kill -QUIT $!
wait
rm -rf "$2"
"#;

/// The versions to test with, each with its cluster. Without any, the test fails, unless
/// `SCHEMA_CHECK_NO_SERVER=1` says that this is known.
pub(crate) fn clusters() -> &'static [Cluster] {
    static CLUSTERS: LazyLock<Result<Vec<Cluster>, String>> = LazyLock::new(|| {
        let starting: Vec<_> = installations()?
            .into_iter()
            .map(|(v, at)| thread::spawn(move || Cluster::start(v, &at, "", 5432, "")))
            .collect();
        starting.into_iter().map(|one| one.join().map_err(|_| "a server does not start".to_owned())).collect()
    });
    if std::env::var("SCHEMA_CHECK_NO_SERVER").is_ok_and(|set| set == "1") {
        eprintln!("skipped, as SCHEMA_CHECK_NO_SERVER=1 asks: this needs a PostgreSQL server");
        return &[];
    }
    CLUSTERS.as_ref().unwrap_or_else(|why| panic!("{why}"))
}

/// Runs `test` on each version, all at once, and says which one failed.
pub(crate) fn on_every_version(test: impl Fn(&Cluster) + Sync) {
    thread::scope(|scope| {
        let running: Vec<_> =
            clusters().iter().map(|cluster| (cluster.version, scope.spawn(|| test(cluster)))).collect();
        let failed: Vec<u32> =
            running.into_iter().filter_map(|(version, run)| run.join().is_err().then_some(version)).collect();
        assert!(failed.is_empty(), "failed on PostgreSQL {failed:?}");
    });
}

/// The folders that `scripts/servers` has filled, by major version.
fn installations() -> Result<Vec<(u32, PathBuf)>, String> {
    let root = std::env::var_os("SCHEMA_CHECK_SERVERS")
        .map_or_else(|| PathBuf::from(format!("/var/tmp/schema-check-servers-{}", user_id())), PathBuf::from);
    let wanted: Option<BTreeSet<u32>> = std::env::var("SCHEMA_CHECK_PG")
        .ok()
        .filter(|list| !list.is_empty())
        .map(|list| list.split(',').map(|v| v.trim().parse().expect("SCHEMA_CHECK_PG lists major versions")).collect());
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(&root)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .filter(|(version, path)| {
            path.join("bin/initdb").exists() && wanted.as_ref().is_none_or(|wanted| wanted.contains(version))
        })
        .collect();
    found.sort();
    let missing: Vec<u32> =
        wanted.into_iter().flatten().filter(|v| found.iter().all(|(version, _)| version != v)).collect();
    if found.is_empty() || !missing.is_empty() {
        let how = "run scripts/servers, or set SCHEMA_CHECK_NO_SERVER=1 to do without";
        let missing: String = missing.iter().map(|version| format!(" {version}")).collect();
        return Err(format!("no PostgreSQL{missing} under {}: {how}", root.display()));
    }
    Ok(found)
}

fn user_id() -> u32 {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").map_or(0, |me| me.uid())
}

/// A running server of one version.
pub(crate) struct Cluster {
    /// The major version.
    pub(crate) version: u32,
    pub(crate) port: u16,
    socket: PathBuf,
    installation: PathBuf,
    databases: AtomicU32,
    roles: Mutex<BTreeSet<String>>,
    /// Held by whoever lets roles come and go, which belong to all databases.
    comings_and_goings: Mutex<()>,
}

impl Cluster {
    /// Until this is dropped, nobody else who asks for it makes or drops roles.
    pub(crate) fn keep_roles(&self) -> MutexGuard<'_, ()> {
        locked(&self.comings_and_goings)
    }

    /// Clusters that nobody else uses, of those of these versions that are to be tested with: for whom
    /// roles come and go.
    pub(crate) fn own(versions: &[u32]) -> Vec<Self> {
        if clusters().is_empty() {
            return Vec::new();
        }
        let here = installations().unwrap_or_else(|why| panic!("{why}"));
        let wanted = here.into_iter().filter(|(version, _)| versions.contains(version));
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let suffix = format!("-own-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        wanted.map(|(version, at)| Self::start(version, &at, &suffix, 5432, "")).collect()
    }

    /// One of the newest version, which nobody else uses, that listens on 127.0.0.1 too.
    pub(crate) fn on_tcp(settings: &str) -> Option<Self> {
        let newest = clusters().last()?.version;
        let here = installations().unwrap_or_else(|why| panic!("{why}"));
        let (version, at) = here.into_iter().find(|(version, _)| *version == newest)?;
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Some(Self::start(
            version,
            &at,
            &format!("-tcp-{port}"),
            port,
            &format!("listen_addresses = '127.0.0.1'\n{settings}"),
        ))
    }

    fn start(version: u32, installation: &Path, suffix: &str, port: u16, settings: &str) -> Self {
        // In memory where there is such a folder: most of the time goes into making databases.
        let root = Path::new("/dev/shm");
        let root = if root.is_dir() { root } else { Path::new("/tmp") };
        let socket = root.join(format!("schema-check-{}-{version}{suffix}", std::process::id()));
        fs::create_dir(&socket).unwrap();
        give_to_nobody(&socket);
        let data = socket.join("data");
        let mut initdb = as_nobody(Command::new(installation.join("bin/initdb")));
        initdb.args(["--auth=trust", "--username=postgres", "--locale=C", "--encoding=UTF8", "--no-sync", "-D"]);
        let made = initdb.arg(&data).current_dir(&socket).output().unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let file = data.join("postgresql.conf");
        fs::write(&file, format!("{}{SETTINGS}port = {port}\n{settings}\n", fs::read_to_string(&file).unwrap()))
            .unwrap();

        let mut watchdog = as_nobody(Command::new("sh"));
        watchdog.args(["-c", WATCHDOG, "sh"]).arg(installation).arg(&socket).current_dir("/");
        watchdog.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        // Its standard input stays open until the process ends.
        std::mem::forget(watchdog.spawn().unwrap());

        let cluster = Self {
            version,
            port,
            socket,
            installation: installation.to_owned(),
            databases: AtomicU32::new(0),
            roles: Mutex::default(),
            comings_and_goings: Mutex::default(),
        };
        let deadline = Instant::now() + Duration::from_secs(60);
        while let Err(error) = Client::connect(&cluster.url("postgres"), NoTls) {
            let log = || fs::read_to_string(cluster.socket.join("log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "PostgreSQL {version} does not start: {error}\n{}", log());
            thread::sleep(Duration::from_millis(50));
        }
        cluster
    }

    /// The folder of its programs.
    pub(crate) fn installation(&self) -> &Path {
        &self.installation
    }

    /// The folder of its socket.
    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    /// The connection string of a database of this cluster, as its superuser.
    pub(crate) fn url(&self, database: &str) -> String {
        self.url_as("postgres", database)
    }

    pub(crate) fn url_as(&self, role: &str, database: &str) -> String {
        format!("host={} port={} user={role} dbname={database}", self.socket.display(), self.port)
    }

    /// A new, empty database.
    pub(crate) fn database(&self) -> Database<'_> {
        self.database_called(format!("case_{}", self.databases.fetch_add(1, Ordering::Relaxed)))
    }

    /// A new, empty database of a name that no other test gives.
    pub(crate) fn database_called(&self, name: String) -> Database<'_> {
        self.administer(&format!("CREATE DATABASE {name} TEMPLATE template0"));
        let client = Client::connect(&self.url(&name), NoTls).unwrap();
        Database { cluster: self, name, client: Mutex::new(client) }
    }

    /// Makes a role that may log in, unless it is there. Roles belong to all databases of a cluster.
    pub(crate) fn ensure_role(&self, role: &str) {
        if locked(&self.roles).insert(role.to_owned()) {
            self.administer(&format!("CREATE ROLE \"{role}\" LOGIN"));
        }
    }

    /// Takes a role away that nothing depends on any more.
    pub(crate) fn drop_role(&self, role: &str) {
        self.administer(&format!("DROP ROLE {role}"));
    }

    /// Ends it, as an administrator does who does not wait for its clients.
    pub(crate) fn stop(&self) {
        let file = fs::read_to_string(self.socket.join("data/postmaster.pid")).unwrap();
        let process = file.lines().next().unwrap();
        assert!(Command::new("kill").args(["-INT", process]).status().unwrap().success());
    }

    fn administer(&self, sql: &str) {
        Client::connect(&self.url("postgres"), NoTls).unwrap().batch_execute(sql).unwrap();
    }
}

/// A database, dropped with its handle.
pub(crate) struct Database<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) name: String,
    client: Mutex<Client>,
}

impl Database<'_> {
    /// Runs statements, outside of a transaction if there is only one.
    #[track_caller]
    pub(crate) fn execute(&self, sql: &str) {
        if let Err(error) = locked(&self.client).batch_execute(sql) {
            panic!("PostgreSQL {}: {}\n{sql}", self.cluster.version, error.as_db_error().map_or("?", |e| e.message()));
        }
    }

    /// Another connection.
    pub(crate) fn connect(&self) -> Client {
        Client::connect(&self.url(), NoTls).unwrap()
    }

    pub(crate) fn url(&self) -> String {
        self.cluster.url(&self.name)
    }

    pub(crate) fn url_as(&self, role: &str) -> String {
        self.cluster.url_as(role, &self.name)
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        // A database in which a subscription waits cannot be dropped.
        let subscriptions = "SELECT quote_ident(subname) FROM pg_subscription AS s
            JOIN pg_database AS d ON d.oid = s.subdbid WHERE d.datname = current_database()";
        let mut client = locked(&self.client);
        for row in client.query(subscriptions, &[]).unwrap_or_default() {
            let name: String = row.try_get(0).unwrap();
            let detach = format!("ALTER SUBSCRIPTION {name} DISABLE; ALTER SUBSCRIPTION {name} SET (slot_name = NONE)");
            drop(client.batch_execute(&detach));
            drop(client.batch_execute(&format!("DROP SUBSCRIPTION {name}")));
        }
        drop(client);
        if let Ok(mut client) = Client::connect(&self.cluster.url("postgres"), NoTls) {
            drop(client.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name)));
        }
    }
}

/// Runs a command as somebody whom servers do not refuse to run as.
pub(crate) fn as_nobody(mut command: Command) -> Command {
    if user_id() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// Lets whoever [`as_nobody`] runs as write to a folder.
pub(crate) fn give_to_nobody(folder: &Path) {
    if user_id() == 0 {
        chown(folder, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

/// A test that has failed does not fail the others.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
