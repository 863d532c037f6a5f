//! A connection to Redis that is replaced when it breaks.
//!
//! One connection carries the commands of all requests, many at a time. It is given up when it ends, when the server does
//! not answer in time, and when the server says that it is not the one to ask; the next command connects anew. While
//! that fails, commands fail at once, and only now and then one tries.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, Pipeline, PushInfo, PushKind, RedisError, ScriptInvocation,
    aio::MultiplexedConnection,
};

use crate::{StateError, limits};

/// What servers answer that cannot be asked now: they start, have no master, have become a replica, or have no memory.
const OUTAGES: [&str; 9] =
    ["LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "READONLY", "OOM", "MISCONF", "NOREPLICAS"];

/// A connection to a server.
pub(super) struct Link {
    client: Client,
    /// What a new connection begins with.
    introduction: Pipeline,
    live: Mutex<Option<Live>>,
    /// Held while connecting: when that last failed, and why.
    missed: tokio::sync::Mutex<Option<(Instant, RedisError)>>,
}

/// The connection in use.
#[derive(Clone)]
struct Live {
    connection: MultiplexedConnection,
    /// Set when the server has closed it.
    is_closed: Arc<AtomicBool>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("connected", &self.current().is_some()).finish_non_exhaustive()
    }
}

impl Link {
    /// A link that has yet to connect.
    pub(super) fn new(client: Client, introduction: Pipeline) -> Self {
        Self { client, introduction, live: Mutex::new(None), missed: tokio::sync::Mutex::new(None) }
    }

    /// Runs a command that can be repeated without harm: it is, when its answer got lost with the connection.
    pub(super) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StateError> {
        let mut live = self.connection().await?;
        let mut answer = command.query_async(&mut live.connection).await;
        if answer.as_ref().is_err_and(RedisError::is_connection_dropped) {
            self.give_up(&live);
            live = self.connection().await?;
            answer = command.query_async(&mut live.connection).await;
        }
        self.judge(&live, answer)
    }

    /// Runs commands in one round trip.
    pub(super) async fn pipeline<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, StateError> {
        let mut live = self.connection().await?;
        let answer = commands.query_async(&mut live.connection).await;
        self.judge(&live, answer)
    }

    /// Runs a script. Its text is sent when the server has forgotten it.
    pub(super) async fn script<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, StateError> {
        let mut live = self.connection().await?;
        let answer = script.invoke_async(&mut live.connection).await;
        self.judge(&live, answer)
    }

    async fn connection(&self) -> Result<Live, StateError> {
        if let Some(live) = self.current() {
            return Ok(live);
        }
        // One connects, the others wait for what comes of it.
        let mut missed = self.missed.lock().await;
        if let Some(live) = self.current() {
            return Ok(live);
        }
        if let Some((when, error)) = missed.as_ref()
            && when.elapsed() < limits::REDIS_RECONNECT_PAUSE
        {
            return Err(classify(error.clone()));
        }
        match self.connect().await {
            Ok(live) => {
                *self.live() = Some(live.clone());
                *missed = None;
                Ok(live)
            }
            Err(error) => {
                *missed = Some((Instant::now(), error.clone()));
                Err(classify(error))
            }
        }
    }

    async fn connect(&self) -> Result<Live, RedisError> {
        let is_closed = Arc::new(AtomicBool::new(false));
        let told = is_closed.clone();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(limits::CONNECT_TIMEOUT))
            .set_response_timeout(Some(limits::RESPONSE_TIMEOUT))
            .set_pipeline_buffer_size(limits::REDIS_COMMANDS_QUEUED_MAX)
            .set_push_sender(move |push: PushInfo| {
                if push.kind == PushKind::Disconnection {
                    told.store(true, Ordering::Release);
                }
                Ok::<(), RedisError>(())
            });
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        self.introduction.query_async::<()>(&mut connection).await?;
        Ok(Live { connection, is_closed })
    }

    /// The connection in use, as far as is known.
    fn current(&self) -> Option<Live> {
        self.live().as_ref().filter(|live| !live.is_closed.load(Ordering::Acquire)).cloned()
    }

    fn live(&self) -> MutexGuard<'_, Option<Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Uses a connection no more. Commands under way on it go on.
    fn give_up(&self, broken: &Live) {
        let mut live = self.live();
        if live.as_ref().is_some_and(|live| Arc::ptr_eq(&live.is_closed, &broken.is_closed)) {
            *live = None;
        }
    }

    fn judge<T>(&self, live: &Live, answer: Result<T, RedisError>) -> Result<T, StateError> {
        answer.map_err(|error| {
            if is_outage(&error) {
                self.give_up(live);
            }
            classify(error)
        })
    }
}

fn is_outage(error: &RedisError) -> bool {
    let is_refusal = error.code().is_some_and(|code| OUTAGES.contains(&code));
    is_refusal || error.is_io_error() || error.is_timeout() || error.is_connection_dropped()
}

fn classify(error: RedisError) -> StateError {
    if is_outage(&error) { StateError::unavailable(error) } else { StateError::other(error) }
}
