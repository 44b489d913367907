//! What is going on, told on a terminal where it takes longer than a second.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::report::untrusted::Untrusted;

/// So long nobody wonders.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line on stderr that goes away with it.
pub(super) struct Waiting {
    teller: Option<(Sender<String>, JoinHandle<()>)>,
}

impl Waiting {
    /// Begins to tell, if anybody watches.
    pub(super) fn begin(what: impl Into<String>) -> Self {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        if is_dumb || !std::io::stderr().is_terminal() {
            return Self { teller: None };
        }
        let (sender, receiver) = mpsc::channel();
        let mut what = what.into();
        let thread = thread::spawn(move || {
            let mut is_shown = false;
            let mut due = Instant::now() + PATIENCE;
            loop {
                match receiver.recv_timeout(due.saturating_duration_since(Instant::now())) {
                    Ok(newer) => what = newer,
                    Err(RecvTimeoutError::Disconnected) => break,
                    Err(RecvTimeoutError::Timeout) => {
                        tell(&format!("{} …", Untrusted::new(what.as_str()).cut(70).term()));
                        is_shown = true;
                        // What comes fast is told no faster than it can be read.
                        due = Instant::now() + Duration::from_millis(200);
                    }
                }
            }
            if is_shown {
                tell("");
            }
        });
        Self { teller: Some((sender, thread)) }
    }

    /// Goes on with something else.
    pub(super) fn now(&self, what: impl FnOnce() -> String) {
        if let Some((sender, _)) = &self.teller {
            let _ = sender.send(what());
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.teller.take() {
            drop(sender);
            let _ = thread.join();
        }
    }
}

/// Puts a text where the last one was.
fn tell(text: &str) {
    let mut err = std::io::stderr().lock();
    let _ = write!(err, "\r\u{1b}[2K{text}");
    let _ = err.flush();
}
