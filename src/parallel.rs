//! Work on many small things that do not concern each other, on all cores.

use std::num::NonZero;
use std::thread;

use crate::sql;

/// Fewer than these for a thread are not worth one.
const LEAST: usize = 64;

/// What `work` makes of each, in their order. What it has to do with SQL may nest as deep as on the main thread.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(items.len() / LEAST);
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let work = &work;
    thread::scope(|scope| {
        let parts: Vec<&[T]> = items.chunks(items.len().div_ceil(threads)).collect();
        let running: Vec<_> = parts
            .into_iter()
            .map(|part| {
                let all = move || part.iter().map(work).collect::<Vec<R>>();
                // Where there is no room for another thread, this one does it.
                thread::Builder::new().stack_size(sql::STACK_SIZE).spawn_scoped(scope, all).map_err(|_| part)
            })
            .collect();
        let mut made = Vec::with_capacity(items.len());
        for one in running {
            match one {
                Ok(running) => match running.join() {
                    Ok(part) => made.extend(part),
                    Err(panic) => std::panic::resume_unwind(panic),
                },
                Err(part) => made.extend(part.iter().map(work)),
            }
        }
        made
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_order_is_kept() {
        for count in [0, 1, 63, 128, 1000] {
            let items: Vec<usize> = (0..count).collect();
            assert_eq!(super::map(&items, |n| n * 2), items.iter().map(|n| n * 2).collect::<Vec<_>>());
        }
    }
}
