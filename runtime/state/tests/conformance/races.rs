//! Several nodes do something with the same session at once.

use std::sync::Arc;

use brooklet_state::{Saved, State};

use crate::harness::{NOW_MS, Place, id, of_user, open, options, seen};

on_all!(
    of_saves_at_once_one_wins_per_revision,
    nothing_of_many_changes_is_lost,
    a_session_that_ends_during_saves_stays_gone,
    a_user_that_ends_while_sessions_open_and_close_has_none,
);

async fn nodes(place: &Place) -> Vec<Arc<dyn State>> {
    let mut nodes = Vec::new();
    for _ in 0..3 {
        nodes.push(place.node(options()).await);
    }
    nodes
}

async fn of_saves_at_once_one_wins_per_revision(place: Place) {
    let nodes = nodes(&place).await;
    open(&*nodes[0], 1).await;
    for revision in 1..=5u64 {
        let saving = |number: usize| {
            let node = nodes[number % nodes.len()].clone();
            let image = format!("{revision} by {number}");
            tokio::spawn(async move { (node.save(id(1), revision, image.as_bytes(), &seen(1)).await.unwrap(), image) })
        };
        let tasks: Vec<_> = (0..20).map(saving).collect();
        let mut winners = Vec::new();
        for task in tasks {
            match task.await.unwrap() {
                (Saved::Done { revision: saved }, image) => {
                    assert_eq!(saved, revision + 1);
                    winners.push(image);
                }
                (other, _) => assert_eq!(other, Saved::Changed),
            }
        }
        assert_eq!(winners.len(), 1, "revision {revision}");
        let loaded = nodes[1].load(id(1), NOW_MS).await.unwrap().unwrap();
        assert_eq!((loaded.revision, loaded.image.as_ref()), (revision + 1, winners[0].as_bytes()));
    }
}

async fn nothing_of_many_changes_is_lost(place: Place) {
    let nodes = nodes(&place).await;
    nodes[0].open(id(1), &of_user(1), &seen(0), &[0]).await.unwrap();
    let adding = |number: usize| {
        let node = nodes[number % nodes.len()].clone();
        tokio::spawn(async move {
            for _ in 0..10 {
                loop {
                    let loaded = node.load(id(1), NOW_MS).await.unwrap().unwrap();
                    let image = [loaded.image[0] + 1];
                    match node.save(id(1), loaded.revision, &image, &seen(1)).await.unwrap() {
                        Saved::Done { .. } => break,
                        other => assert_eq!(other, Saved::Changed),
                    }
                }
            }
        })
    };
    let tasks: Vec<_> = (0..6).map(adding).collect();
    for task in tasks {
        task.await.unwrap();
    }
    let loaded = nodes[2].load(id(1), NOW_MS).await.unwrap().unwrap();
    assert_eq!((loaded.image.as_ref(), loaded.revision), (&[60u8][..], 61));
}

async fn a_session_that_ends_during_saves_stays_gone(place: Place) {
    let nodes = nodes(&place).await;
    for round in 0..10 {
        open(&*nodes[0], round).await;
        let node = nodes[1].clone();
        let saver = tokio::spawn(async move {
            let mut revision = 1;
            while let Saved::Done { revision: next } = node.save(id(round), revision, b"x", &seen(1)).await.unwrap() {
                revision = next;
            }
            node.save(id(round), revision, b"x", &seen(1)).await.unwrap()
        });
        let node = nodes[2].clone();
        let toucher = tokio::spawn(async move {
            for _ in 0..30 {
                node.touch(id(round), &seen(2)).await.unwrap();
            }
        });
        tokio::time::sleep(std::time::Duration::from_millis(u64::from(round))).await;
        assert!(nodes[0].end(id(round)).await.unwrap());
        assert_eq!(nodes[0].load(id(round), NOW_MS).await.unwrap(), None);
        assert_eq!(saver.await.unwrap(), Saved::Gone);
        toucher.await.unwrap();
        assert_eq!(nodes[0].load(id(round), NOW_MS).await.unwrap(), None);
        assert_eq!(nodes[0].count(NOW_MS).await.unwrap(), 0);
    }
}

async fn a_user_that_ends_while_sessions_open_and_close_has_none(place: Place) {
    let nodes = nodes(&place).await;
    let opening = |number: u32| {
        let node = nodes[number as usize % nodes.len()].clone();
        tokio::spawn(async move {
            node.open(id(number), &of_user(7), &seen(0), b"").await.unwrap();
            if number.is_multiple_of(2) {
                node.end(id(number)).await.unwrap();
            }
        })
    };
    let tasks: Vec<_> = (0..40).map(opening).collect();
    let ended_meanwhile = nodes[0].end_user(7, None).await.unwrap();
    for task in tasks {
        task.await.unwrap();
    }
    let ended_after = nodes[1].end_user(7, None).await.unwrap();
    assert!((20..=40).contains(&(ended_meanwhile + ended_after)), "{ended_meanwhile} and {ended_after}");
    assert_eq!(nodes[2].count(NOW_MS).await.unwrap(), 0);
    assert_eq!(nodes[2].list(None, 100, NOW_MS).await.unwrap(), []);
}
