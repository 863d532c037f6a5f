//! Counts what Redis is asked, at Redis.
//!
//! The command MONITOR shows everything that the server runs. What clients sent is told from what scripts run inside the
//! server by its source. One command is one round trip at most: a client that sends several at once makes fewer.

use std::{collections::BTreeMap, net::SocketAddr};

use anyhow::{Context, ensure};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// What separates what was seen before from what comes after.
const MARK: &str = "bench-mark";

/// What a command looks like that a script runs: `1700000000.000000 [0 lua] "GET" …`.
const FROM_SCRIPT: &str = " lua] ";

/// Watches a server.
pub(crate) struct Monitor {
    watching: BufReader<TcpStream>,
    marking: TcpStream,
}

impl Monitor {
    pub(crate) async fn start(redis: SocketAddr) -> anyhow::Result<Self> {
        let mut watching = BufReader::new(TcpStream::connect(redis).await?);
        let marking = TcpStream::connect(redis).await?;
        watching.write_all(b"MONITOR\r\n").await?;
        let mut answer = String::new();
        watching.read_line(&mut answer).await?;
        ensure!(answer.starts_with("+OK"), "MONITOR: {answer}");
        Ok(Self { watching, marking })
    }

    /// The commands that clients sent since this was last asked.
    pub(crate) async fn seen(&mut self) -> anyhow::Result<Vec<String>> {
        self.marking.write_all(format!("ECHO {MARK}\r\n").as_bytes()).await?;
        let mut answer = vec![0; format!("${}\r\n{MARK}\r\n", MARK.len()).len()];
        self.marking.read_exact(&mut answer).await?;
        let (mut seen, mut line) = (Vec::new(), Vec::new());
        loop {
            line.clear();
            ensure!(self.watching.read_until(b'\n', &mut line).await? > 0, "Redis closed the connection");
            let text = String::from_utf8_lossy(&line);
            if text.contains(MARK) {
                return Ok(seen);
            }
            if !text.contains(FROM_SCRIPT) {
                let command = text.split('"').nth(1).context("MONITOR shows a command")?;
                seen.push(command.to_ascii_uppercase());
            }
        }
    }

    /// How many of each command.
    pub(crate) fn summary(seen: &[String]) -> String {
        let mut counts = BTreeMap::new();
        seen.iter().for_each(|command| *counts.entry(command.as_str()).or_insert(0) += 1);
        let each: Vec<_> = counts.into_iter().map(|(command, count)| format!("{count} {command}")).collect();
        each.join(", ")
    }
}
