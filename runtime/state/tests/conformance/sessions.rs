//! What is stored of a session comes back, on every node, until it ends.

use brooklet_state::{Loaded, Opened, Saved, Seen, SessionRecord};

use crate::harness::{NOW_MS, Place, id, of_user, open, options, seen};

on_all!(
    everything_comes_back_on_another_node,
    any_text_and_any_bytes_are_kept,
    an_unknown_session_is_none,
    saving_replaces_the_image_and_counts_up,
    an_image_can_become_empty,
    only_the_expected_revision_is_replaced,
    a_touch_changes_nothing_but_how_it_was_seen,
    an_ended_session_is_gone_everywhere,
    opening_again_replaces,
    a_session_without_a_user_is_one,
    a_store_answers_a_ping,
);

async fn everything_comes_back_on_another_node(place: Place) {
    let (a, b) = (place.node(options()).await, place.node(options()).await);
    let record = SessionRecord {
        user: Some(i64::MAX - 1),
        user_name: "Ada".to_owned(),
        user_roles: vec!["Administrator".to_owned(), "User".to_owned()],
        administrator: true,
        anonymous: true,
        language: "nl_NL".to_owned(),
        time_zone: "Europe/Amsterdam".to_owned(),
        object: i64::MIN + 1,
        created_ms: NOW_MS - 5,
        user_agent: "curl/8".to_owned(),
    };
    assert_eq!(a.open(id(1), &record, &seen(0), b"objects").await.unwrap(), Opened::Done);
    let loaded = b.load(id(1), NOW_MS).await.unwrap().unwrap();
    assert_eq!(loaded, Loaded { record, seen: seen(0), revision: 1, image: b"objects"[..].into() });
}

async fn any_text_and_any_bytes_are_kept(place: Place) {
    let state = place.node(options()).await;
    let text = "\0 ' \" \\ { } % ä 𝄞 \u{feff}\r\n".to_owned();
    let record = SessionRecord { user_name: text.clone(), user_roles: vec![text.clone()], ..of_user(1) };
    let seen = Seen { node: text.clone(), address: text.clone(), version: text.clone(), ..seen(0) };
    let image: Vec<u8> = (0..3_000_000u32).map(|at| (at ^ (at >> 8)) as u8).collect();
    state.open(id(1), &record, &seen, &image).await.unwrap();
    let loaded = state.load(id(1), NOW_MS).await.unwrap().unwrap();
    assert!(loaded.image == image, "the image is another one");
    assert_eq!((loaded.record, loaded.seen), (record, seen.clone()));
    let image: Vec<u8> = image.into_iter().rev().collect();
    assert_eq!(state.save(id(1), 1, &image, &seen).await.unwrap(), Saved::Done { revision: 2 });
    assert!(state.load(id(1), NOW_MS).await.unwrap().unwrap().image == image, "the image is another one");
}

async fn an_unknown_session_is_none(place: Place) {
    let state = place.node(options()).await;
    open(&*state, 1).await;
    assert_eq!(state.load(id(2), NOW_MS).await.unwrap(), None);
    assert_eq!(state.save(id(2), 1, b"x", &seen(1)).await.unwrap(), Saved::Gone);
    state.touch(id(2), &seen(1)).await.unwrap();
    assert_eq!(state.load(id(2), NOW_MS).await.unwrap(), None);
    assert!(!state.end(id(2)).await.unwrap());
    assert_eq!(state.count(NOW_MS).await.unwrap(), 1);
}

async fn saving_replaces_the_image_and_counts_up(place: Place) {
    let (a, b) = (place.node(options()).await, place.node(options()).await);
    open(&*a, 1).await;
    for revision in 1..=12u64 {
        let (writer, reader) = if revision % 2 == 0 { (&a, &b) } else { (&b, &a) };
        let seen = Seen { node: format!("node-{revision}"), ..seen(revision as i64) };
        let image = format!("image {revision}");
        let saved = writer.save(id(1), revision, image.as_bytes(), &seen).await.unwrap();
        assert_eq!(saved, Saved::Done { revision: revision + 1 });
        let loaded = reader.load(id(1), NOW_MS).await.unwrap().unwrap();
        assert_eq!((loaded.revision, loaded.image.as_ref(), loaded.seen), (revision + 1, image.as_bytes(), seen));
        assert_eq!(loaded.record, of_user(1));
    }
}

async fn an_image_can_become_empty(place: Place) {
    let state = place.node(options()).await;
    open(&*state, 1).await;
    assert!(state.load(id(1), NOW_MS).await.unwrap().unwrap().image.is_empty());
    state.save(id(1), 1, b"something", &seen(1)).await.unwrap();
    assert_eq!(state.save(id(1), 2, b"", &seen(2)).await.unwrap(), Saved::Done { revision: 3 });
    assert!(state.load(id(1), NOW_MS).await.unwrap().unwrap().image.is_empty());
}

async fn only_the_expected_revision_is_replaced(place: Place) {
    let state = place.node(options()).await;
    open(&*state, 1).await;
    state.save(id(1), 1, b"first", &seen(1)).await.unwrap();
    for expected in [0, 1, 3, 12, u64::MAX] {
        assert_eq!(state.save(id(1), expected, b"second", &seen(2)).await.unwrap(), Saved::Changed, "{expected}");
    }
    let loaded = state.load(id(1), NOW_MS).await.unwrap().unwrap();
    assert_eq!((loaded.revision, loaded.image.as_ref(), loaded.seen), (2, &b"first"[..], seen(1)));
}

async fn a_touch_changes_nothing_but_how_it_was_seen(place: Place) {
    let state = place.node(options()).await;
    state.open(id(1), &of_user(1), &seen(0), b"image").await.unwrap();
    let later = Seen { node: "node-2".to_owned(), address: "::1".to_owned(), ..seen(7) };
    state.touch(id(1), &later).await.unwrap();
    let loaded = state.load(id(1), NOW_MS).await.unwrap().unwrap();
    assert_eq!(loaded, Loaded { record: of_user(1), seen: later, revision: 1, image: b"image"[..].into() });
    assert_eq!(state.save(id(1), 1, b"", &seen(8)).await.unwrap(), Saved::Done { revision: 2 });
}

async fn an_ended_session_is_gone_everywhere(place: Place) {
    let (a, b) = (place.node(options()).await, place.node(options()).await);
    open(&*a, 1).await;
    open(&*a, 2).await;
    assert!(a.end(id(1)).await.unwrap());
    assert_eq!(b.load(id(1), NOW_MS).await.unwrap(), None);
    assert_eq!(b.save(id(1), 1, b"x", &seen(1)).await.unwrap(), Saved::Gone);
    b.touch(id(1), &seen(1)).await.unwrap();
    assert_eq!(b.load(id(1), NOW_MS).await.unwrap(), None);
    assert!(!b.end(id(1)).await.unwrap());
    let left: Vec<_> = b.list(None, 10, NOW_MS).await.unwrap().into_iter().map(|entry| entry.id).collect();
    assert_eq!((left, b.count(NOW_MS).await.unwrap()), (vec![id(2)], 1));
}

async fn opening_again_replaces(place: Place) {
    let state = place.node(options()).await;
    state.open(id(1), &of_user(1), &seen(0), b"first").await.unwrap();
    state.save(id(1), 1, b"second", &seen(1)).await.unwrap();
    state.open(id(1), &of_user(2), &seen(2), b"third").await.unwrap();
    let loaded = state.load(id(1), NOW_MS).await.unwrap().unwrap();
    assert_eq!(loaded, Loaded { record: of_user(2), seen: seen(2), revision: 1, image: b"third"[..].into() });
    assert_eq!(state.count(NOW_MS).await.unwrap(), 1);
    assert_eq!(state.end_user(1, None).await.unwrap(), 0, "it is the first user's no more");
    assert_eq!(state.end_user(2, None).await.unwrap(), 1);
}

async fn a_session_without_a_user_is_one(place: Place) {
    let state = place.node(options()).await;
    let visitor = SessionRecord { anonymous: true, ..SessionRecord::default() };
    state.open(id(1), &visitor, &seen(0), b"").await.unwrap();
    state.save(id(1), 1, b"objects", &seen(1)).await.unwrap();
    assert_eq!(state.load(id(1), NOW_MS).await.unwrap().unwrap().record, visitor);
    assert_eq!(state.end_user(0, None).await.unwrap(), 0);
    assert!(state.end(id(1)).await.unwrap());
    assert_eq!(state.count(NOW_MS).await.unwrap(), 0);
}

async fn a_store_answers_a_ping(place: Place) {
    let state = place.node(options()).await;
    state.ping().await.unwrap();
    assert!(["memory", "sqlite", "postgres", "redis"].contains(&state.kind()));
}
