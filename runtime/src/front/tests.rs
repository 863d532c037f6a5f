//! What the front does when nodes fail in each way, with nodes that do nothing else.

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use axum::{Router, http::StatusCode, routing::any};
use http_body_util::BodyExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::oneshot,
};

use super::*;

/// A node that says its name; until it is dropped.
async fn node(name: &'static str) -> (SocketAddr, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let router = Router::new().fallback(any(move |body: String| async move { format!("{name} {body}") }));
    tokio::spawn(async move {
        tokio::select! {
            _ = axum::serve(listener, router) => {}
            _ = stopped => {}
        }
    });
    (address, stop)
}

/// A node that is ready, reads a call, and breaks off.
async fn quitter() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = [0; 4096];
                let read = stream.read(&mut head).await.unwrap_or(0);
                if head[..read].starts_with(b"GET /ready") {
                    let _ =
                        stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").await;
                }
            });
        }
    });
    address
}

struct Client {
    address: SocketAddr,
    front: Front,
}

impl Client {
    async fn of(nodes: &[(&str, SocketAddr)]) -> Self {
        let nodes = nodes.iter().map(|(name, address)| ((*name).to_owned(), *address));
        let front = Front::new(nodes, HttpOptions::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(front.clone().serve(listener, std::future::pending()));
        Self { address, front }
    }

    async fn send(&self, method: &str, body: &str) -> (StatusCode, String) {
        let connections = connections::Connections::new(self.address);
        let request = axum::http::Request::builder().method(method).uri("/x").header("host", "front");
        let request = Box::new(request.body(axum::body::Body::from(body.to_owned())).unwrap());
        let Ok(answer) = connections.send(request).await else { panic!("the front answers") };
        let (parts, body) = answer.into_parts();
        (parts.status, String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap())
    }
}

#[tokio::test]
async fn requests_go_round() {
    let ((a, _a), (b, _b)) = (node("a").await, node("b").await);
    let client = Client::of(&[("a", a), ("b", b)]).await;
    client.front.all_ready().await;
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(client.send("POST", "body").await.1);
    }
    answers.sort();
    assert_eq!(answers, ["a body", "a body", "b body", "b body"]);
}

#[tokio::test]
async fn a_node_that_refuses_is_left_out_without_a_failed_request() {
    let ((a, stop), (b, _b)) = (node("a").await, node("b").await);
    let client = Client::of(&[("a", a), ("b", b)]).await;
    client.front.all_ready().await;
    drop(stop);
    tokio::time::sleep(Duration::from_millis(20)).await;
    for _ in 0..10 {
        assert_eq!(client.send("POST", "x").await, (StatusCode::OK, "b x".to_owned()));
    }
}

#[tokio::test]
async fn what_may_have_begun_is_repeated_only_when_it_is_a_question() {
    let ((good, _good), bad) = (node("good").await, quitter().await);
    let client = Client::of(&[("bad", bad), ("good", good)]).await;
    client.front.all_ready().await;
    // Each request begins at the bad one.
    client.front.shared.turn.store(0, Relaxed);
    let (status, body) = client.send("POST", "x").await;
    assert_eq!(status, StatusCode::BAD_GATEWAY, "{body}");
    assert!(body.contains("node-failed"), "{body}");
    client.front.all_ready().await;
    client.front.shared.turn.store(0, Relaxed);
    assert_eq!(client.send("GET", "").await, (StatusCode::OK, "good ".to_owned()));
}

#[tokio::test]
async fn without_a_node_the_client_is_told_to_come_again() {
    let client = Client::of(&[("none", "127.0.0.1:1".parse().unwrap())]).await;
    let (status, body) = client.send("POST", "x").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(body.contains("no-node-ready"), "{body}");
}
