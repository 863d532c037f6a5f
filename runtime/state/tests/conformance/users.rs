//! What concerns all sessions of a user.

use brooklet_state::{Saved, State};

use crate::harness::{NOW_MS, Place, TIMEOUT_MS, id, of_user, options, seen};

on_all!(
    all_sessions_of_a_user_end,
    one_session_may_stay,
    roles_change_in_all_sessions_of_a_user,
    a_save_does_not_bring_old_roles_back,
    ids_of_users_are_64_bits,
    a_user_who_was_away_is_known_again,
);

async fn open_for(state: &dyn State, number: u32, user: i64) {
    state.open(id(number), &of_user(user), &seen(0), b"image").await.unwrap();
}

async fn living(state: &dyn State) -> Vec<brooklet_state::SessionId> {
    state.list(None, 100, NOW_MS).await.unwrap().into_iter().map(|entry| entry.id).collect()
}

async fn all_sessions_of_a_user_end(place: Place) {
    let (a, b) = (place.node(options()).await, place.node(options()).await);
    for (number, user) in [(1, 7), (2, 8), (3, 7), (4, 7)] {
        open_for(&*a, number, user).await;
    }
    a.end(id(4)).await.unwrap();
    assert_eq!(b.end_user(7, None).await.unwrap(), 2);
    assert_eq!(living(&*a).await, [id(2)]);
    assert_eq!(a.load(id(1), NOW_MS).await.unwrap(), None);
    assert_eq!(a.save(id(3), 1, b"", &seen(1)).await.unwrap(), Saved::Gone);
    assert_eq!((b.end_user(7, None).await.unwrap(), b.end_user(9, None).await.unwrap()), (0, 0));
    assert_eq!(b.count(NOW_MS).await.unwrap(), 1);
}

async fn one_session_may_stay(place: Place) {
    let state = place.node(options()).await;
    for number in 1..=5 {
        open_for(&*state, number, 7).await;
    }
    open_for(&*state, 6, 8).await;
    assert_eq!(state.end_user(7, Some(id(3))).await.unwrap(), 4);
    assert_eq!(living(&*state).await, [id(3), id(6)]);
    assert_eq!(state.end_user(7, Some(id(6))).await.unwrap(), 1, "another user's session is no exception");
    assert_eq!(living(&*state).await, [id(6)]);
}

async fn roles_change_in_all_sessions_of_a_user(place: Place) {
    let (a, b) = (place.node(options()).await, place.node(options()).await);
    for (number, user) in [(1, 7), (2, 8), (3, 7)] {
        open_for(&*a, number, user).await;
    }
    let roles = ["Manager".to_owned(), "ä \"\0".to_owned()];
    assert_eq!(b.assign(7, "new name", &roles, true).await.unwrap(), 2);
    for number in [1, 3] {
        let loaded = a.load(id(number), NOW_MS).await.unwrap().unwrap();
        let record = &loaded.record;
        assert_eq!((record.user_name.as_str(), &record.user_roles[..]), ("new name", &roles[..]));
        assert_eq!((record.administrator, record.user), (true, Some(7)));
        assert_eq!((loaded.revision, loaded.seen, loaded.image), (1, seen(0), b"image"[..].into()));
    }
    assert_eq!(a.load(id(2), NOW_MS).await.unwrap().unwrap().record, of_user(8));
    assert_eq!(b.list(None, 1, NOW_MS).await.unwrap()[0].record.user_name, "new name");
    assert_eq!(a.assign(9, "nobody", &roles, true).await.unwrap(), 0);
}

async fn a_save_does_not_bring_old_roles_back(place: Place) {
    let (a, b) = (place.node(options()).await, place.node(options()).await);
    open_for(&*a, 1, 7).await;
    let loaded = a.load(id(1), NOW_MS).await.unwrap().unwrap();
    b.assign(7, "user 7", &[], false).await.unwrap();
    assert_eq!(a.save(id(1), loaded.revision, b"new", &seen(1)).await.unwrap(), Saved::Done { revision: 2 });
    let loaded = a.load(id(1), NOW_MS).await.unwrap().unwrap();
    assert_eq!((loaded.record.user_roles, loaded.image), (vec![], b"new"[..].into()));
}

async fn ids_of_users_are_64_bits(place: Place) {
    let state = place.node(options()).await;
    let (one, next) = ((1 << 60) + 1, (1 << 60) + 2);
    open_for(&*state, 1, one).await;
    open_for(&*state, 2, next).await;
    assert_eq!(state.end_user(one, None).await.unwrap(), 1);
    assert_eq!(state.load(id(2), NOW_MS).await.unwrap().unwrap().record.user, Some(next));
}

async fn a_user_who_was_away_is_known_again(place: Place) {
    let state = place.node(options()).await;
    open_for(&*state, 1, 7).await;
    state.sweep(NOW_MS + TIMEOUT_MS).await.unwrap();
    state.open(id(2), &of_user(7), &seen(TIMEOUT_MS), b"").await.unwrap();
    assert_eq!(state.assign(7, "again", &[], false).await.unwrap(), 1);
    assert_eq!(state.end_user(7, None).await.unwrap(), 1);
}
