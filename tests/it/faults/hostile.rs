//! Servers that mean harm, and such that only speak the protocol: each run ends in time, with exit code 3, and takes no more
//! memory than it is worth.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::in_one_line;
use crate::cli::{Run, command};

/// Plays a server to whoever connects, until that is gone. Returns its port.
fn serve(play: impl Fn(&mut Server) -> Option<()> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let play = std::sync::Arc::new(play);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let play = std::sync::Arc::clone(&play);
            thread::spawn(move || play(&mut Server(stream)));
        }
    });
    port
}

struct Server(TcpStream);

impl Server {
    /// What a client says before it is let in.
    fn greet(&mut self) -> Option<()> {
        loop {
            let mut length = [0; 4];
            self.0.read_exact(&mut length).ok()?;
            let mut body = vec![0; usize::try_from(u32::from_be_bytes(length)).ok()?.checked_sub(4)?];
            self.0.read_exact(&mut body).ok()?;
            // SSLRequest
            if body != [0x04, 0xd2, 0x16, 0x2f] {
                return Some(());
            }
            self.0.write_all(b"N").ok()?;
        }
    }

    fn let_in(&mut self) -> Option<()> {
        self.greet()?;
        self.say(b'R', &[0, 0, 0, 0])?;
        self.say(b'Z', b"I")
    }

    fn say(&mut self, tag: u8, body: &[u8]) -> Option<()> {
        let length = u32::try_from(body.len() + 4).ok()?;
        self.0.write_all(&[&[tag], &length.to_be_bytes()[..], body].concat()).ok()
    }

    /// The body of the next message.
    fn hear(&mut self) -> Option<Vec<u8>> {
        let mut head = [0; 5];
        self.0.read_exact(&mut head).ok()?;
        let mut body =
            vec![0; usize::try_from(u32::from_be_bytes([head[1], head[2], head[3], head[4]])).ok()?.checked_sub(4)?];
        self.0.read_exact(&mut body).ok()?;
        Some(body)
    }

    /// That an answer has so many columns of text.
    fn describe(&mut self, columns: u16) -> Option<()> {
        let column = [&b"c\0"[..], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 25, 255, 255, 255, 255, 255, 255, 0, 0]].concat();
        self.say(b'T', &[&columns.to_be_bytes()[..], &column.repeat(columns.into())].concat())
    }

    fn row(&mut self, cells: &[&str]) -> Option<()> {
        let cell = |cell: &&str| [&u32::try_from(cell.len()).unwrap().to_be_bytes()[..], cell.as_bytes()].concat();
        let cells: Vec<Vec<u8>> = cells.iter().map(cell).collect();
        self.say(b'D', &[&u16::try_from(cells.len()).ok()?.to_be_bytes()[..], &cells.concat()].concat())
    }

    /// Until the other side hangs up.
    fn stay(&mut self) -> Option<()> {
        self.hear().and_then(|_| self.stay())
    }
}

/// What came of it, how long it took, and how many bytes of memory it took at most.
fn show(port: u16) -> (Run, Duration, u64) {
    let url = format!("postgresql://u:hunter22@127.0.0.1:{port}/db");
    let mut show = command(&["show", "--no-config", "--connect-timeout", "2", "--db", &url]);
    show.env("HOME", "/nonexistent").stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let begun = Instant::now();
    let mut child = show.spawn().unwrap();
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let most =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        peak = most.unwrap_or(peak);
        if begun.elapsed() > Duration::from_secs(20) {
            let _ = child.kill();
        }
        thread::sleep(Duration::from_millis(5));
    }
    let took = begun.elapsed();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        Run { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) },
        took,
        peak << 10,
    )
}

/// It ends in time, within bounds, and says this.
#[track_caller]
fn ends(what: &str, port: u16, words: &str) {
    let (run, took, peak) = show(port);
    let said = in_one_line(&run.stderr);
    eprintln!("{what}: {took:?}, {} MiB, {said}", peak >> 20);
    assert_eq!(run.code, 3, "{what}: {said}");
    assert!(run.stdout.is_empty() && said.contains(words) && !said.contains("hunter22"), "{what}: {said}");
    assert!(!said.contains("panicked"), "{what}: {said}");
    assert!(took < Duration::from_secs(5), "{what}: {took:?}");
    assert!(peak < 256 << 20, "{what}: {} MiB", peak >> 20);
}

/// Says what it is, and nothing else.
fn called(product: &'static str, number: &'static str) -> u16 {
    serve(move |server| {
        server.let_in()?;
        server.hear()?;
        server.describe(8)?;
        server.row(&[product, number, number, "db", "u", "f", "off", "5432"])?;
        server.say(b'C', b"SELECT 1\0")?;
        server.say(b'Z', b"I")?;
        server.stay()
    })
}

#[test]
fn a_server_that_falls_silent_is_not_waited_for_without_end() {
    let port = serve(|server| {
        server.let_in()?;
        server.hear()?;
        server.describe(8)?;
        server.row(&["PostgreSQL 18.4", "18.4", "180004", "db", "u", "f", "off", "5432"])?;
        server.say(b'C', b"SELECT 1\0")?;
        server.say(b'Z', b"I")?;
        // The beginning of the transaction gets no answer.
        server.stay()
    });
    let url = format!("postgresql://u@127.0.0.1:{port}/db");
    let begun = Instant::now();
    let run = crate::cli::run(&["show", "--no-config", "--statement-timeout", "1", "--db", &url]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(in_one_line(&run.stderr).contains("says nothing any more"), "{}", run.stderr);
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
}

#[test]
fn who_only_speaks_the_protocol_is_called_by_its_name() {
    for (product, number, words) in [
        ("CockroachDB CCL v24.1.0 (x86_64-pc-linux-gnu)", "130000", "it is CockroachDB"),
        ("PostgreSQL 11.2-YB-2.25.1.0-b0 on x86_64-pc-linux-gnu", "150002", "it is YugabyteDB"),
        ("PostgreSQL 8.0.2 on i686-pc-linux-gnu, Redshift 1.0.77467", "80002", "it is Amazon Redshift"),
        ("PostgreSQL 12.22 on x86_64-pc-linux-gnu", "120022", "which is too old"),
        ("", "", "it does not say what it is"),
    ] {
        ends(product, called(product, number), words);
    }
}

#[test]
fn a_row_that_is_shorter_than_it_says() {
    let port = serve(|server| {
        server.let_in()?;
        server.hear()?;
        server.describe(8)?;
        server.say(b'D', &[0, 8, 0, 0, 0, 100, b'x'])?;
        server.say(b'C', b"SELECT 1\0")?;
        server.say(b'Z', b"I")?;
        server.stay()
    });
    ends("a short row", port, "schema_check::live::");
}

#[test]
fn a_row_that_claims_two_gigabytes() {
    let port = serve(|server| {
        server.let_in()?;
        server.hear()?;
        server.describe(8)?;
        server.0.write_all(&[b'D', 0x7f, 0xff, 0xff, 0xff, 0, 8, 0x7f, 0xff, 0xff, 0x00]).ok()?;
        server.stay()
    });
    ends("a row of two gigabytes", port, "schema_check::live::no_answer");
}

#[test]
fn a_password_that_would_have_to_be_hashed_for_hours() {
    let port = serve(|server| {
        server.greet()?;
        server.say(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0")?;
        let first = String::from_utf8_lossy(&server.hear()?).into_owned();
        let nonce = first.split("r=").nth(1)?.to_owned();
        let challenge = format!("r={nonce}more,s=c2FsdHNhbHRzYWx0c2FsdA==,i=2147483647");
        server.say(b'R', &[&[0, 0, 0, 11], challenge.as_bytes()].concat())?;
        server.stay()
    });
    ends("2^31 iterations", port, "schema_check::live::");
}

#[test]
fn garbage() {
    let port = serve(|server| {
        server.greet()?;
        let noise: Vec<u8> =
            (0..100_000_u32).map(|n| u8::try_from(n.wrapping_mul(2_654_435_761) >> 24).unwrap()).collect();
        server.0.write_all(&noise).ok()?;
        server.stay()
    });
    ends("garbage", port, "schema_check::live::");
}

#[test]
fn notices_without_end() {
    let port = serve(|server| {
        server.greet()?;
        server.say(b'R', &[0, 0, 0, 0])?;
        // Before the login, the driver keeps all of them, so what bounds memory is the deadline: as fast as a
        // network of some hundred megabits, and not as the memory that two processes of one machine share.
        loop {
            for _ in 0..1000 {
                server.say(b'N', b"SNOTICE\0VNOTICE\0C00000\0Mhello\0\0")?;
            }
            thread::sleep(Duration::from_millis(1));
        }
    });
    ends("notices", port, "schema_check::live::no_answer");
}

#[test]
fn settings_without_end() {
    let port = serve(|server| {
        server.greet()?;
        server.say(b'R', &[0, 0, 0, 0])?;
        for n in 0.. {
            server.say(b'S', format!("setting_{n}\0value\0").as_bytes())?;
        }
        None
    });
    ends("settings", port, "schema_check::live::no_answer");
}
