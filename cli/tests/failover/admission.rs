//! The limit on sessions is the cluster's, and a logout is everybody's (R35, R39, R40, R41).

use std::collections::BTreeMap;

use brooklet_test_support::Signal;
use serde_json::json;

use super::world::{AGENT, Client, Desk, Proof, STORES, load};

const NODES: usize = 3;
const LIMIT: usize = 50;
const LOGINS: usize = 100;

#[test]
fn of_a_hundred_parallel_logins_exactly_fifty_get_in() {
    for store in STORES {
        let mut desk = Desk::start(NODES, store, &[("session-limit", &LIMIT.to_string())]);
        let logins = load::at_once(LOGINS, |number| Client::try_login(desk.url(number % NODES), AGENT));
        let mut clients = Vec::new();
        let mut refusals = BTreeMap::new();
        for login in logins {
            let (client, reply) = login.unwrap_or_else(|lost| panic!("{store:?}: {lost}"));
            match client {
                Some(client) => clients.push(client),
                None => {
                    assert!(reply.header("retry-after").is_some(), "{store:?}: {reply}");
                    *refusals.entry((reply.status, reply.code().to_owned())).or_insert(0) += 1;
                }
            }
        }
        eprintln!("{store:?}: {} got in, refused {refusals:?}", clients.len());
        assert_eq!(clients.len(), LIMIT, "{store:?}: {refusals:?}");
        assert_eq!(refusals, BTreeMap::from([((429, "session-limit".to_owned()), LOGINS - LIMIT)]), "{store:?}");
        for (number, client) in clients.iter().enumerate() {
            let url = desk.url((number + 1) % NODES);
            assert_eq!(client.result(url, "Desk.ACT_Changes", &json!({})), json!(0), "{store:?}");
        }

        // Killing a node changes nothing: the places are the cluster's, and so are those who have them.
        desk.end(&[0], Signal::Kill);
        let refused = Client::try_login(desk.url(1), AGENT).expect("an answer").1;
        assert_eq!((refused.status, refused.code()), (429, "session-limit"), "{store:?}: {refused}");
        let left = clients[0].logout(desk.url(1)).expect("an answer");
        assert!(left.status < 300, "{store:?}: {left}");
        Client::login(desk.url(2), AGENT);
        let refused = Client::try_login(desk.url(1), AGENT).expect("an answer").1;
        assert_eq!((refused.status, refused.code()), (429, "session-limit"), "{store:?}: {refused}");
    }
}

/// The other node has just served the session, so that it would know it if it kept anything.
#[test]
fn a_logout_on_one_node_is_seen_by_the_very_next_request_on_another() {
    const ROUNDS: usize = 12;
    for store in STORES {
        let desk = Desk::start(NODES, store, &[]);
        for round in 0..ROUNDS {
            let (here, there) = (desk.url(round % NODES), desk.url((round + 1) % NODES));
            let browser = Client::login(here, AGENT);
            let program = browser.as_program();
            for client in [&browser, &program] {
                client.result(there, "Desk.ACT_Write", &json!({"Text": "x"}));
            }
            let left = browser.logout(here).expect("an answer");
            assert!(left.status < 300, "{store:?}, round {round}: {left}");
            let next = if round % 2 == 0 { &browser } else { &program };
            let refused = next.call(there, "Desk.ACT_Changes", &json!({})).expect("an answer");
            assert_eq!(
                (refused.status, refused.code()),
                (401, "session-unknown"),
                "{store:?}, round {round}: {refused}"
            );
            assert_ne!(browser.proof(), &Proof::Nothing);
        }
    }
}
