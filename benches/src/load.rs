//! Load over HTTP: one thread, a number of callers, each of which sends its next request when the answer to the one before
//! is complete, and does nothing else, so that on a machine with two cores most of the time is left to the servers.

use std::{net::SocketAddr, time::Instant};

use anyhow::{bail, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// An answer is a few hundred bytes.
const ANSWER_BYTES: usize = 4096;

/// What a good answer begins with.
const GOOD: &[u8] = b"HTTP/1.1 200";

/// Somebody who calls servers in turn, each on a connection that is kept alive.
pub(crate) struct Caller {
    connections: Vec<TcpStream>,
    next: usize,
    buffer: Box<[u8; ANSWER_BYTES]>,
}

impl Caller {
    /// Connects to all servers.
    pub(crate) async fn connect(servers: &[SocketAddr]) -> anyhow::Result<Self> {
        let mut connections = Vec::with_capacity(servers.len());
        for server in servers {
            let connection = TcpStream::connect(server).await?;
            connection.set_nodelay(true)?;
            connections.push(connection);
        }
        Ok(Self { connections, next: 0, buffer: Box::new([0; ANSWER_BYTES]) })
    }

    /// Sends a request to the next server. The answer must be a good one with that body; all of it is handed on.
    pub(crate) async fn call(&mut self, request: &[u8], body: &[u8]) -> anyhow::Result<&[u8]> {
        let count = self.connections.len();
        let connection = &mut self.connections[self.next % count];
        self.next += 1;
        connection.write_all(request).await?;
        let mut filled = 0;
        loop {
            let read = connection.read(&mut self.buffer[filled..]).await?;
            ensure!(read > 0, "the server closed the connection");
            filled += read;
            if is_complete(&self.buffer[..filled], body)? {
                return Ok(&self.buffer[..filled]);
            }
        }
    }
}

/// A call of a microflow.
pub(crate) fn request(microflow: &str, arguments: &str, more_headers: &str) -> Vec<u8> {
    let length = arguments.len();
    let request = format!(
        "POST /api/microflows/{microflow} HTTP/1.1\r\nhost: bench\r\n{more_headers}content-type: application/json\r\n\
         content-length: {length}\r\n\r\n{arguments}"
    );
    request.into_bytes()
}

/// What becomes of callers who call at the same time, and the seconds until the last has ended.
pub(crate) async fn together<F, T>(callers: Vec<F>) -> anyhow::Result<(Vec<T>, f64)>
where
    F: Future<Output = anyhow::Result<T>> + Send + 'static,
    T: Send + 'static,
{
    let began = Instant::now();
    let callers: Vec<_> = callers.into_iter().map(tokio::spawn).collect();
    let mut ended = Vec::with_capacity(callers.len());
    for caller in callers {
        ended.push(caller.await??);
    }
    Ok((ended, began.elapsed().as_secs_f64()))
}

/// Whether an answer has come to its end. Another one than the expected one would make the comparison worth nothing.
fn is_complete(answer: &[u8], body: &[u8]) -> anyhow::Result<bool> {
    let is_good = answer.starts_with(&GOOD[..GOOD.len().min(answer.len())]);
    if is_good && answer.ends_with(body) {
        return Ok(true);
    }
    if !is_good || answer.len() == ANSWER_BYTES || has_all(answer) {
        bail!("not the answer {}: {}", String::from_utf8_lossy(body), String::from_utf8_lossy(answer));
    }
    Ok(false)
}

/// Whether as many bytes as the header promises have come. Most answers never need to be looked at so closely.
fn has_all(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_complete_when_its_body_is_there_and_another_one_is_refused() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nyes";
        assert!(is_complete(answer, b"yes").expect("the answer"));
        assert!(!is_complete(&answer[..answer.len() - 1], b"yes").expect("a part of it"));
        assert!(!is_complete(b"HTT", b"yes").expect("a part of it"));
        assert!(is_complete(answer, b"no").is_err());
        assert!(is_complete(b"HTTP/1.1 503", b"yes").is_err());
    }
}
