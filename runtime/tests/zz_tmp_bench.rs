mod guests;
use brooklet_runtime::{flow::{Call, Trigger}, limits::Limits, request::Session};
#[tokio::test]
async fn bench() {
    let node = guests::node(Limits::default()).await;
    for _ in 0..3 {
        let t = std::time::Instant::now();
        for _ in 0..200_000 { node.run(Call::new("Guest.Answer", "{}", Trigger::Http)).await.unwrap(); }
        println!("run: {} ns", t.elapsed().as_nanos() / 200_000);
    }
    let t = std::time::Instant::now();
    for _ in 0..200_000 { std::hint::black_box(Session::system()); }
    println!("session: {} ns", t.elapsed().as_nanos() / 200_000);
    let s = Session::system();
    let t = std::time::Instant::now();
    for _ in 0..200_000 { std::hint::black_box(s.clone()); }
    println!("session clone: {} ns", t.elapsed().as_nanos() / 200_000);
}
