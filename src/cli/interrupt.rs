//! What Ctrl-C, or a runner that gives up, leaves behind: nothing that is half written.
//!
//! As long as no file is on its way, a signal just ends the process: a connection that closes ends the
//! transaction, and no cancel is sent, as some poolers die of one. The server itself may go on for as
//! long as the statement timeout allows.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The files on their way.
static DRAFTS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn drafts() -> MutexGuard<'static, Vec<PathBuf>> {
    DRAFTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on, a signal takes this file away, which need not be there yet.
pub(super) fn begin(draft: &Path) {
    #[cfg(unix)]
    unix::watch();
    drafts().push(draft.to_owned());
}

/// It is in its place, or gone.
pub(super) fn end(draft: &Path) {
    drafts().retain(|other| other != draft);
}

#[cfg(unix)]
mod unix {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Once};
    use std::{fs, io, thread};

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::{flag, low_level};

    /// Where no thread can be had, signals end the process as they always did.
    pub(super) fn watch() {
        static BEGUN: Once = Once::new();
        BEGUN.call_once(|| drop(begin()));
    }

    fn begin() -> io::Result<()> {
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let is_ending = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // The second one does not wait for a disk that does not answer.
            flag::register_conditional_default(signal, Arc::clone(&is_ending))?;
        }
        thread::Builder::new().spawn(move || {
            for signal in signals.forever() {
                is_ending.store(true, Ordering::SeqCst);
                // Held until the end, so that nobody begins another.
                let drafts = super::drafts();
                for draft in drafts.iter() {
                    let _ = fs::remove_file(draft);
                }
                let _ = low_level::emulate_default_handler(signal);
            }
        })?;
        Ok(())
    }
}
