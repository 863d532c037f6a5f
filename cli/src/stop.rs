//! When a process is asked to stop: by ctrl-c, by SIGTERM, or because whoever started it is gone.

use std::{io::Read, thread};

use tokio::sync::oneshot;

/// Done when the process is asked to stop. With `stdin`, also when its standard input is closed: whoever holds the other end
/// has told it so, or has ended in whatever way.
pub(crate) async fn asked(stdin: bool) {
    let closed = async {
        if stdin {
            stdin_closed().await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = signal() => {}
        () = closed => {}
    }
    tracing::info!("stopping");
}

async fn signal() {
    let interrupted = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "ctrl-c cannot be heard");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => {
                tokio::select! {
                    () = interrupted => {}
                    _ = terminated.recv() => {}
                }
            }
            Err(_) => interrupted.await,
        }
    }
    #[cfg(not(unix))]
    interrupted.await;
}

/// Done when standard input ends. What comes before is not read by anybody.
async fn stdin_closed() {
    let (closed, hears) = oneshot::channel();
    // A thread of its own: reading blocks, and nothing can end it but the end of the process.
    thread::spawn(move || {
        let mut buffer = [0; 64];
        let mut stdin = std::io::stdin().lock();
        while stdin.read(&mut buffer).is_ok_and(|read| read > 0) {}
        // Nobody waits when the process stops for another reason.
        let _ = closed.send(());
    });
    // The thread sends before it ends.
    let _ = hears.await;
}
