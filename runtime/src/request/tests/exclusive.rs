//! Microflows that must not run twice at once.

use brooklet_model::{ConcurrencyRule, EntityId, MicroflowId, MicroflowKind};
use brooklet_store::{FencingToken, Store};
use brooklet_test_support::Postgres;
use std::time::Duration;

use super::{Models, World, failure};
use crate::{
    errors::{Interruption, codes},
    request::{CatchMode, Reason, Request, Session, Target, tests::models::TEXT},
};

/// A model with an entity and microflows that must not run twice at once, with and without their own way to say so.
struct Shop {
    order: EntityId,
    name: u32,
    silent: MicroflowId,
    polite: MicroflowId,
    replaced: MicroflowId,
    free: MicroflowId,
}

fn shop() -> (Models, Shop) {
    let mut models = Models::default();
    let order = models.entity("Order");
    let name = models.attribute(order, "Name", TEXT);
    let mut exclusive = |name: &str, rule: Option<ConcurrencyRule>| {
        let id = models.microflow(name, MicroflowKind::Microflow);
        models.manifest.microflows[id.index()].disallow_concurrent = rule;
        id
    };
    let silent = exclusive("Silent", Some(ConcurrencyRule::default()));
    let message = Some("one moment".to_owned());
    let polite = exclusive("Polite", Some(ConcurrencyRule { message, microflow: None }));
    let microflow = Some("Test.Instead".to_owned());
    let replaced = exclusive("Replaced", Some(ConcurrencyRule { message: None, microflow }));
    let free = exclusive("Free", None);
    (models, Shop { order, name, silent, polite, replaced, free })
}

async fn begins(request: &mut Request, microflow: MicroflowId) -> bool {
    request.begin_exclusive(microflow).await.expect("an answer")
}

async fn is_refused(request: &mut Request, microflow: MicroflowId) -> bool {
    match request.begin_exclusive(microflow).await {
        Ok(_) => false,
        refused => failure(refused).code == codes::CONCURRENT_EXECUTION,
    }
}

/// Lets somebody else have a microflow, as if the request's node had been away for too long.
async fn take_away(store: &Store, microflow: &str) -> FencingToken {
    let (cluster, lease) = (store.cluster(), format!("microflow:{microflow}"));
    let held = cluster.leases().await.unwrap().into_iter().find(|held| held.name == lease).expect("it is held");
    cluster.release(&lease, held.token).await.unwrap();
    cluster.acquire(&lease, "somebody else", Duration::from_secs(60)).await.unwrap().expect("it is free")
}

/// Two nodes on a database of either kind.
async fn on_both(test: impl AsyncFn(World, World, Shop)) {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}", folder.path().join("test.sqlite").display());
    for url in [sqlite, Postgres::shared().database()] {
        let (models, shop) = shop();
        let one = World::open_at(&url, models).await;
        test(one, World::open_at(&url, self::shop().0).await, shop).await;
    }
}

#[tokio::test]
async fn who_comes_second_is_told_as_the_model_says() {
    on_both(async |mut one, mut other, shop| {
        for microflow in [shop.silent, shop.polite, shop.replaced] {
            assert!(begins(&mut one.request, microflow).await);
        }
        let mut neighbour = one.another_request(Session::system());
        for request in [&mut neighbour, &mut other.request] {
            let silent = failure(request.begin_exclusive(shop.silent).await);
            assert_eq!(silent.code, codes::CONCURRENT_EXECUTION);
            assert!(silent.message.contains("Test.Silent"), "{}", silent.message);
            assert_eq!(failure(request.begin_exclusive(shop.polite).await).message, "one moment");
            assert!(!begins(request, shop.replaced).await);
        }
        one.request.finish_ok().await.unwrap();
        for microflow in [shop.silent, shop.polite, shop.replaced] {
            assert!(begins(&mut other.request, microflow).await);
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_may_enter_again() {
    let (models, shop) = shop();
    let mut world = World::open(models).await;
    for _ in 0..3 {
        assert!(begins(&mut world.request, shop.silent).await);
    }
    world.request.finish_ok().await.unwrap();
    assert!(begins(&mut world.another_request(Session::system()), shop.silent).await);
}

#[tokio::test]
async fn a_microflow_is_free_when_the_request_has_ended_in_any_way() {
    on_both(async |one, mut other, shop| {
        for _ in 0..3 {
            let mut request = one.another_request(Session::system());
            assert!(begins(&mut request, shop.silent).await);
            request.finish_ok().await.unwrap();
            let mut request = one.another_request(Session::system());
            assert!(begins(&mut request, shop.silent).await);
            request.finish_err().await.unwrap();
        }
        let mut request = one.another_request(Session::system());
        assert!(begins(&mut request, shop.silent).await);
        drop(request);
        for _ in 0..400 {
            if !is_refused(&mut other.request, shop.silent).await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("a request that was dropped never gives its lock back");
    })
    .await;
}

#[tokio::test]
async fn who_lost_a_lock_stores_nothing() {
    on_both(async |mut one, mut other, shop| {
        assert!(begins(&mut one.request, shop.silent).await);
        assert!(begins(&mut one.request, shop.polite).await);
        let token = take_away(&other.store, "Test.Silent").await;
        let order = one.create_with(shop.order, shop.name, "never").await;
        one.commit(order).await;
        assert_eq!(failure(one.request.finish_ok().await).code, codes::LEASE_LOST);
        assert!(other.rows(shop.order).await.is_empty());
        assert!(begins(&mut other.request, shop.polite).await, "other locks are given back");
        assert!(is_refused(&mut other.request, shop.silent).await, "what is somebody else's is not");
        let lease = Duration::from_secs(60);
        assert!(other.store.cluster().renew("microflow:Test.Silent", token, lease).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn who_lost_a_lock_fails_even_if_nothing_was_written() {
    on_both(async |mut one, other, shop| {
        assert!(begins(&mut one.request, shop.silent).await);
        assert!(one.request.has_written(), "the database has a say in how it ends");
        take_away(&other.store, "Test.Silent").await;
        assert_eq!(failure(one.request.finish_ok().await).code, codes::LEASE_LOST);
    })
    .await;
}

#[tokio::test]
async fn a_lock_outlives_what_an_error_handler_undoes() {
    on_both(async |mut one, mut other, shop| {
        for (earlier, mode) in [(false, CatchMode::Keep), (true, CatchMode::Keep), (true, CatchMode::Rollback)] {
            let order = one.create_with(shop.order, shop.name, "earlier").await;
            if earlier {
                one.commit(order).await;
            }
            one.request.savepoint().unwrap();
            assert!(begins(&mut one.request, shop.silent).await);
            let later = one.create_with(shop.order, shop.name, "later").await;
            one.commit(later).await;
            one.request.raise(Reason::Thrown, "stop".to_owned()).unwrap();
            one.request.catch(mode).await.unwrap();
            one.request.caught().unwrap();
            assert!(begins(&mut one.request, shop.silent).await);
            one.next_request().await;
            let expected = usize::from(earlier && mode == CatchMode::Keep);
            let rows = other.rows(shop.order).await;
            assert_eq!(rows.len(), expected);
            let list = other.list(&rows);
            let more = other.request.delete(Target::List(Some(list))).await;
            other.drive(more).await.unwrap();
            other.next_request().await;
        }
    })
    .await;
}

#[tokio::test]
async fn only_what_the_model_locks_can_be_locked() {
    let (models, shop) = shop();
    let mut world = World::open(models).await;
    for microflow in [shop.free, MicroflowId(99)] {
        assert!(matches!(world.request.begin_exclusive(microflow).await, Err(Interruption::Internal(_))));
    }
}
