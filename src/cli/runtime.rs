//! What the process runs on.

use std::io;
use std::num::NonZero;
use std::thread::available_parallelism;

use tokio::runtime::{Builder, Runtime};

/// After how many tasks the kernel is asked for news. What became ready together mostly does the same, so that it finds its code in the
/// processor's cache where it runs one after the other; a task takes some 10 µs, and news waits for some 3 ms at most.
const TASKS_BETWEEN_NEWS: u32 = 256;

/// A runtime for the processors that this process may use, by its affinity and its container's quota.
///
/// # Errors
/// The operating system has no threads or no events for it.
pub(super) fn of_this_process() -> io::Result<Runtime> {
    on(available_parallelism().map_or(1, NonZero::get))
}

/// Where there is one processor, one thread does everything: a page takes a fifth less of it than with threads that are ready to
/// take tasks from one another (docs/decisions/0056-one-thread-for-one-processor.md).
fn on(processors: usize) -> io::Result<Runtime> {
    let mut builder = if processors == 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    builder.enable_all().event_interval(TASKS_BETWEEN_NEWS).build()
}

#[cfg(test)]
mod tests {
    use tokio::runtime::RuntimeFlavor;

    use super::*;

    fn flavor(processors: usize) -> RuntimeFlavor {
        on(processors).unwrap().handle().runtime_flavor()
    }

    #[test]
    fn one_processor_has_one_thread_and_several_share_the_tasks() {
        assert_eq!(flavor(1), RuntimeFlavor::CurrentThread);
        assert_eq!(flavor(2), RuntimeFlavor::MultiThread);
    }
}
