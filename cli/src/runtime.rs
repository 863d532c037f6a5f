//! The asynchronous runtime of commands that run microflows.

/// Runs a future to its end, on as many threads as the machine has cores.
pub(crate) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
