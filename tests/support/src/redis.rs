//! A Redis server for tests.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    sync::OnceLock,
    time::Duration,
};

use crate::{
    SetupError,
    programs::{find, free_port},
    supervised::Supervised,
};

/// A Redis server that keeps nothing on disk.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    _server: Supervised,
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

    /// Starts a server of one's own. It is gone when the handle is dropped.
    pub fn start() -> Result<Self, SetupError> {
        let program = find("redis-server", &[])?.display().to_string();
        let folder = tempfile::Builder::new().prefix("brooklet-redis-").tempdir()?.keep();
        let port = free_port()?;
        let (port_text, folder_text) = (port.to_string(), folder.display().to_string());
        let nothing_kept = ["--save", "", "--appendonly", "no"];
        let command = [program.as_str(), "--port", &port_text, "--bind", "127.0.0.1", "--dir", &folder_text];
        let command: Vec<_> = command.into_iter().chain(nothing_kept).collect();
        let mut server = Supervised::start(folder.clone(), "KILL", &command)?;
        server.wait(|| answers(port).unwrap_or(false))?;
        Ok(Self { port, _server: server })
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
}
