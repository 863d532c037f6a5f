//! A node's ports, from the first request to the last.

use std::{io, net::SocketAddr, sync::Arc};

use axum::{Router, serve::ListenerExt};
use tokio::{net::TcpListener, sync::watch, time::sleep};

use super::{Shared, administration, application};
use crate::{cluster::Member, options::HttpOptions};

/// A node's ports.
#[derive(Debug)]
pub struct Server {
    member: Member,
    options: Arc<HttpOptions>,
    administration: Option<TcpListener>,
}

impl Server {
    /// A server for a node. It serves before the node is ready, and says so.
    pub fn new(member: Member, options: HttpOptions) -> Self {
        Self { member, options: Arc::new(options), administration: None }
    }

    /// One more port, for health and administration only.
    pub fn administered_on(self, listener: TcpListener) -> Self {
        Self { administration: Some(listener), ..self }
    }

    /// Serves until `stop` is done. Then the node is not ready; for `drain_delay` it still answers what comes, because whoever
    /// chooses nodes may not know yet; then it takes no more connections, closes those that rest, and finishes what is
    /// under way, for `drain_time` at most. The administration's port answers until the end.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let shared = Shared::new(self.member.clone(), self.options.clone());
        let (closing, mut closed) = watch::channel(());
        let drained = drain(self.member, self.options.clone(), stop, closing);
        let application = listen(listener, application(shared.clone()), async move {
            // An error means that the sender is gone, which is the signal.
            while closed.changed().await.is_ok() {}
        });
        let administration = async {
            match self.administration {
                Some(listener) => listen(listener, administration(shared), std::future::pending()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            ended = application => ended,
            ended = administration => ended,
            () = drained => {
                let seconds = self.options.drain_time.as_secs();
                tracing::warn!(seconds, "calls were still under way when the node stopped");
                Ok(())
            }
        }
    }
}

/// Done when whatever is under way has had its time. Drops `closing` when no more connections are to be taken.
async fn drain(member: Member, options: Arc<HttpOptions>, stop: impl Future<Output = ()>, closing: watch::Sender<()>) {
    stop.await;
    member.stop();
    sleep(options.drain_delay).await;
    drop(closing);
    sleep(options.drain_time).await;
}

async fn listen(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    // Answers are small: waiting to fill a packet would only delay them.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection does without TCP_NODELAY");
        }
    });
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).with_graceful_shutdown(stop).await
}
