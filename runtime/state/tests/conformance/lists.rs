//! Lists for administrators: by id, page by page, without the images.

use brooklet_state::{Entry, limits::SESSIONS_PER_LIST_MAX};

use crate::harness::{NOW_MS, Place, TIMEOUT_MS, id, of_user, open, options, seen};

on_all!(a_list_has_everything_but_the_images, pages_follow_one_another, a_page_is_bounded);

async fn a_list_has_everything_but_the_images(place: Place) {
    let state = place.node(options()).await;
    state.open(id(2), &of_user(8), &seen(3), b"").await.unwrap();
    state.open(id(1), &of_user(7), &seen(0), b"image").await.unwrap();
    state.save(id(1), 1, &[0; 1234], &seen(9)).await.unwrap();
    let expected = [
        Entry { id: id(1), record: of_user(7), seen: seen(9), revision: 2, image_bytes: 1234 },
        Entry { id: id(2), record: of_user(8), seen: seen(3), revision: 1, image_bytes: 0 },
    ];
    assert_eq!(state.list(None, 10, NOW_MS).await.unwrap(), expected);
}

async fn pages_follow_one_another(place: Place) {
    let state = place.node(options()).await;
    // Opened in another order, and every third one has timed out when it is listed.
    for number in (1..=60).rev() {
        open(&*state, number).await;
        if number % 3 != 0 {
            state.touch(id(number), &seen(10)).await.unwrap();
        }
    }
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = state.list(after, 7, NOW_MS + TIMEOUT_MS).await.unwrap();
        listed.extend(page.iter().map(|entry| entry.id));
        if page.len() < 7 {
            break;
        }
        after = page.last().map(|entry| entry.id);
    }
    let expected: Vec<_> = (1..=60).filter(|number| number % 3 != 0).map(id).collect();
    assert_eq!(listed, expected);
    assert_eq!(state.list(Some(id(60)), 7, NOW_MS).await.unwrap(), []);
    assert_eq!(state.list(None, 0, NOW_MS).await.unwrap(), []);
}

async fn a_page_is_bounded(place: Place) {
    let state = place.node(options()).await;
    let count = SESSIONS_PER_LIST_MAX + 5;
    for number in 0..count {
        open(&*state, number).await;
    }
    assert_eq!(state.list(None, u32::MAX, NOW_MS).await.unwrap().len(), SESSIONS_PER_LIST_MAX as usize);
    assert_eq!(state.count(NOW_MS).await.unwrap(), u64::from(count));
}
