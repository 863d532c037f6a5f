mod guests;
use brooklet_runtime::{flow::{Call, Trigger}, limits::Limits, request::{Request, Session}, http};
use std::sync::Arc;
use axum::{Json, Router, routing::post};
#[test]
fn bench() {
 tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(async {
    let node = Arc::new(guests::node(Limits::default()).await);
    println!("run future {} bytes, Request {} bytes, Session {} bytes", std::mem::size_of_val(&node.run(Call::new("Guest.Answer", "{}", Trigger::Http))), size_of::<Request>(), size_of::<Session>());
    use brooklet_runtime::engine::*; use brooklet_values::Value; use brooklet_model::MicroflowId;
    fn sz1<'a, F: Future>(_: fn(&'a mut Request) -> F) -> usize { size_of::<F>() }
    fn sz2<'a, F: Future>(_: fn(&'a Guest, Box<Request>) -> F) -> usize { size_of::<F>() }
    fn sz3<'a, F: Future>(_: fn(&'a mut Entered<'a>, MicroflowId, &'a [Value]) -> F) -> usize { size_of::<F>() }
    println!("finish_ok {} finish_err {} enter {} invoke {} call {} outcome {}", sz1(Request::finish_ok), sz1(Request::finish_err), sz2(Guest::enter), sz3(Entered::invoke), size_of::<Call>(), size_of::<Result<brooklet_runtime::flow::Outcome, brooklet_runtime::flow::Failure>>());
    let t = std::time::Instant::now();
    for _ in 0..2_000_000 { node.run(Call::new("Guest.Answer", "{}", Trigger::Http)).await.unwrap(); }
    println!("run: {} ns", t.elapsed().as_nanos() / 2_000_000);
    let l1 = tokio::net::TcpListener::bind("127.0.0.1:7101").await.unwrap();
    let l2 = tokio::net::TcpListener::bind("127.0.0.1:7102").await.unwrap();
    let app = Router::new().route("/plain", post(async |Json(_): Json<serde_json::Value>| Json(serde_json::json!({"result": 42, "effects": []}))));
    tokio::spawn(async move { axum::serve(l1, app).await.unwrap() });
    http::serve(node, l2, std::future::pending()).await.unwrap();
 });
}
