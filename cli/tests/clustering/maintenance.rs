//! Maintenance: what clients may do is said once, and holds on every node.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    time::Duration,
};

use brooklet_test_support::{Client, Cluster, Reply};
use serde_json::{Value, json};

use crate::{BROOKLET, TOKEN, admin, folder, json, start, wait_until};

/// Users of three kinds, in a model that is secured.
const USERS: &str = "mdl 1;
create module role Work.Worker;
create user role Clerk ( ModuleRoles: (Work.Worker) );
create user role Tester ( ModuleRoles: (Work.Worker) );
create user role Manager ( ModuleRoles: (Work.Worker, System.Administrator), ManageAllRoles: true );
create demo user 'clerk' ( Password: 'Clerk-of-work-1', Entity: Administration.Account, UserRoles: (Clerk) );
create demo user 'tester' ( Password: 'Tester-of-work-1', Entity: Administration.Account, UserRoles: (Tester) );
create demo user 'manager' ( Password: 'Manager-of-work-1', Entity: Administration.Account, UserRoles: (Manager) );
alter app security ( SecurityLevel: Prototype, EnableDemoUsers: true );
grant execute on microflow Work.Do to Work.Worker;
grant execute on microflow Work.Count to Work.Worker;
";

fn log_in(client: &Client, name: &str, password: &str) -> Reply {
    let body = json!({ "name": name, "password": password }).to_string();
    client.send("POST", "/api/login", &[("content-type", "application/json")], &body).expect("an answer")
}

fn token(client: &Client, name: &str, password: &str) -> String {
    let reply = log_in(client, name, password);
    assert!(reply.status().is_success(), "{name}: {}", reply.body());
    format!("Bearer {}", json(&reply)["token"].as_str().expect("a token"))
}

fn call(client: &Client, bearer: &str, microflow: &str, arguments: &Value) -> (u16, Value, Option<String>) {
    let headers = [("authorization", bearer), ("content-type", "application/json")];
    let reply = client.send("POST", &format!("/api/microflows/{microflow}"), &headers, &arguments.to_string());
    let reply = reply.expect("an answer");
    let header = reply.headers().get("brooklet-maintenance").and_then(|value| value.to_str().ok()).map(str::to_owned);
    (reply.status().as_u16(), json(&reply), header)
}

/// A stream of events.
struct Events(BufReader<TcpStream>);

impl Events {
    fn open(client: &Client, bearer: &str) -> Self {
        let mut stream = TcpStream::connect(client.address()).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        let request = format!("GET /api/events HTTP/1.1\r\nhost: node\r\nauthorization: {bearer}\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it listens");
        Self(BufReader::new(stream))
    }

    /// Reads up to an event with that in its data.
    fn wait_for(&mut self, event: &str, data: &str) {
        let mut is_event = false;
        for _ in 0..1_000 {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).expect("there is more") > 0, "the stream has ended");
            if is_event && line.starts_with("data: ") && line.contains(data) {
                return;
            }
            is_event = line.trim_end() == event;
        }
        panic!("no {event} with {data}");
    }
}

fn brooklet(cluster: &Cluster, words: &[&str]) -> String {
    let mut command = std::process::Command::new(BROOKLET);
    command.arg("maintenance").args(words).args(["--to", cluster.front().url()]).env("BROOKLET_ADMIN_TOKEN", TOKEN);
    let output = command.output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { text(&output.stdout) } else { text(&output.stderr) }
}

#[test]
fn clients_wait_or_only_read_on_every_node_and_whoever_is_exempt_goes_on() {
    let folder = folder();
    fs::write(folder.path().join("model/users.mdl"), USERS).expect("a model");
    let cluster = start(&folder, 3, &[]);
    let clients: Vec<_> = cluster.nodes().iter().map(|node| node.client().clone()).collect();
    let clerk = token(&clients[0], "clerk", "Clerk-of-work-1");
    let tester = token(&clients[1], "tester", "Tester-of-work-1");
    let manager = token(&clients[2], "manager", "Manager-of-work-1");
    let add = |client: &Client, bearer: &str| call(client, bearer, "Work.Do", &json!({ "Number": 1 }));
    let count = |client: &Client, bearer: &str| call(client, bearer, "Work.Count", &json!({}));
    assert_eq!(add(&clients[0], &clerk).0, 200);
    assert_eq!(brooklet(&cluster, &[]), "no maintenance");

    let mut events = Events::open(&clients[1], &clerk);

    // Nobody but those who are exempt.
    let said = brooklet(&cluster, &["blocked", "--message", "Back at nine.", "--exempt", "Tester"]);
    assert_eq!(said, "clients are turned away, but for Tester: Back at nine.");
    let took = wait_until("every node holds clerks up", || clients.iter().all(|node| count(node, &clerk).0 == 503));
    eprintln!("held on three nodes after {took:?}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    let (_, problem, header) = count(&clients[0], &clerk);
    assert_eq!((problem["code"].as_str(), problem["detail"].as_str()), (Some("maintenance"), Some("Back at nine.")));
    assert_eq!(header.as_deref(), Some("blocked"));
    for node in &clients {
        assert_eq!((add(node, &tester).0, add(node, &manager).0), (200, 200));
        assert_eq!(node.get("/ready").status, 200, "the load balancer goes on sending");
        let about = node.send("GET", "/api/session", &[("authorization", &clerk)], "").expect("an answer");
        assert_eq!(json(&about)["maintenance"], json!({ "mode": "blocked", "message": "Back at nine." }));
    }
    assert_eq!(log_in(&clients[1], "clerk", "Clerk-of-work-1").status().as_u16(), 503);
    assert_eq!(log_in(&clients[1], "clerk", "Wrong-of-work-1").status().as_u16(), 401);

    events.wait_for("event: maintenance", "\"mode\":\"blocked\"");

    // Everybody reads, and what would change the database is undone.
    brooklet(&cluster, &["read-only"]);
    wait_until("every node lets clerks read", || clients.iter().all(|node| count(node, &clerk).0 == 200));
    let before = count(&clients[0], &clerk).1["result"].clone();
    for node in &clients {
        let (status, problem, header) = add(node, &clerk);
        assert_eq!(
            (status, problem["code"].as_str(), header.as_deref()),
            (503, Some("maintenance"), Some("read-only"))
        );
        assert_eq!(add(node, &tester).0, 503, "who is not exempt any more");
    }
    assert_eq!(count(&clients[0], &clerk).1["result"], before);
    assert_eq!(add(&clients[0], &manager).0, 200);

    // It is over.
    assert_eq!(brooklet(&cluster, &["off"]), "no maintenance");
    wait_until("every node serves clerks", || clients.iter().all(|node| add(node, &clerk).0 == 200));
    assert_eq!(add(&clients[0], &clerk).2, None);
    events.wait_for("event: maintenance", "null");
    assert!(brooklet(&cluster, &["blocked", "--exempt", "Nobody"]).contains("no user role `Nobody`"));
    let records = json(&admin(cluster.front(), "GET", "/admin/audit", ""));
    let done: Vec<_> = records["records"].as_array().expect("a list").iter().map(|one| one["what"].clone()).collect();
    let blocked = "maintenance: blocked, but for Tester: \"Back at nine.\"";
    assert_eq!(done, ["maintenance is over", "maintenance: read-only: \"\"", blocked]);
}

#[test]
fn a_node_that_joins_during_maintenance_holds_to_it() {
    let folder = folder();
    let store = format!("sqlite:{}", folder.path().join("work.sqlite").display());
    let mut cluster = start(&folder, 2, &["--store", &store]);
    brooklet(&cluster, &["blocked"]);
    let is_held =
        |cluster: &Cluster, node: usize| cluster.nodes()[node].client().call("Work.Count", "{}").status == 503;
    wait_until("both hold to it", || is_held(&cluster, 0) && is_held(&cluster, 1));
    cluster.signal(0, brooklet_test_support::Signal::Kill);
    cluster.wait_until_ended(0);
    cluster.restart(0);
    cluster.wait_until_ready(0);
    assert!(is_held(&cluster, 0));
}
