//! A Redis server for tests.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpStream},
    ops::Deref,
    sync::OnceLock,
    time::Duration,
};

use crate::{
    SetupError,
    programs::{find, free_port},
    supervised::{Signals, Supervised},
};

/// Redis keeps what it acknowledged in its log before it answers: ending it at once loses nothing, either.
const SIGNALS: Signals = Signals { at_once: "KILL", gently: "TERM" };

/// A Redis server.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    server: Supervised,
}

impl Deref for Redis {
    type Target = Supervised;

    fn deref(&self) -> &Supervised {
        &self.server
    }
}

impl Redis {
    /// The server of this process, started when it is first asked for.
    ///
    /// # Panics
    /// When it cannot be started; the message says what to do.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Redis> = OnceLock::new();
        SHARED.get_or_init(|| Self::start().unwrap_or_else(|error| panic!("no Redis for this test: {error}")))
    }

    /// Starts a server of one's own that keeps nothing: whoever stops it loses its data. It is gone when the handle is dropped.
    pub fn start() -> Result<Self, SetupError> {
        Self::start_with(&["--save", "", "--appendonly", "no"])
    }

    /// Starts a server of one's own that keeps its data over [`Supervised::stop`] and [`Supervised::kill`].
    pub fn durable() -> Result<Self, SetupError> {
        Self::start_with(&["--save", "", "--appendonly", "yes", "--appendfsync", "no"])
    }

    /// Starts a server of one's own with further options.
    pub fn start_with(options: &[&str]) -> Result<Self, SetupError> {
        let program = find("redis-server", &[])?.display().to_string();
        let folder = tempfile::Builder::new().prefix("brooklet-redis-").tempdir()?.keep();
        let port = free_port()?;
        let (port_text, folder_text) = (port.to_string(), folder.display().to_string());
        let command = [program.as_str(), "--port", &port_text, "--bind", "127.0.0.1", "--dir", &folder_text];
        let command: Vec<_> = command.into_iter().chain(options.iter().copied()).collect();
        let redis = Self { port, server: Supervised::start(folder.clone(), SIGNALS, &command)? };
        redis.wait()?;
        Ok(redis)
    }

    /// Starts the server again on the same port, with its data if it is one that keeps it. Returns when it answers.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&self) {
        self.server.order("start");
        self.wait().unwrap_or_else(|error| panic!("Redis does not start again: {error}"));
    }

    /// What the server answers to a command whose answer is a text, such as `INFO`.
    ///
    /// # Panics
    /// When it answers anything else.
    pub fn ask(&self, command: &str) -> String {
        text_answer(self.port, command).unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    fn wait(&self) -> Result<(), SetupError> {
        self.server.wait(|| answers(self.port).unwrap_or(false))
    }

    /// The port on the loopback interface.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of one of the server's 16 databases.
    pub fn url(&self, database: u8) -> String {
        format!("redis://127.0.0.1:{}/{database}", self.port)
    }
}

fn answers(port: u16) -> std::io::Result<bool> {
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    connection.set_read_timeout(Some(Duration::from_secs(1)))?;
    connection.write_all(b"PING\r\n")?;
    let mut answer = [0; 5];
    connection.read_exact(&mut answer)?;
    Ok(&answer == b"+PONG")
}

/// Sends a command; its answer is the length of a text, and the text.
fn text_answer(port: u16, command: &str) -> std::io::Result<String> {
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    connection.set_read_timeout(Some(Duration::from_secs(10)))?;
    connection.write_all(format!("{command}\r\n").as_bytes())?;
    let mut answer = BufReader::new(connection);
    let mut head = String::new();
    answer.read_line(&mut head)?;
    let length = head.strip_prefix('$').and_then(|length| length.trim().parse().ok());
    let Some(length) = length else { return Err(std::io::Error::other(head)) };
    let mut text = vec![0; length];
    answer.read_exact(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_answers_and_is_gone_when_dropped() {
        let redis = Redis::start().expect("redis starts");
        let port = redis.port;
        assert!(answers(port).expect("it answers"));
        drop(redis);
        assert!(answers(port).is_err());
    }

    #[test]
    fn a_server_can_be_stopped_and_paused() {
        let redis = Redis::durable().expect("redis starts");
        let port = redis.port;
        assert!(redis.ask("INFO server").contains("redis_version"));
        redis.stop();
        assert!(answers(port).is_err());
        redis.start_again();
        assert!(answers(port).expect("it answers"));
        redis.pause();
        assert!(answers(port).is_err(), "it says nothing, though it accepts connections");
        redis.resume();
        assert!(answers(port).expect("it answers"));
        redis.kill();
        assert!(answers(port).is_err());
    }
}
