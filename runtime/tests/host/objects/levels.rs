//! Only production holds entities to their rules.

use serde_json::json;

use crate::objects::site::Site;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn below_production_everybody_may_do_everything_with_objects() {
    for level in ["Off", "Prototype"] {
        let site = Site::at_level(level).await;
        let nobody = site.with_roles(&["Nothing"]).await;
        let names = nobody.names("Hr.Person", "where=[Salary > 1]&sort=-Salary").await.expect("it may be asked");
        assert_eq!(names, (["Max", "Tim", "Kim", "Pim"].map(str::to_owned).to_vec(), 4), "{level}");
        assert_eq!(nobody.get(&site.path("Max")).await.member("Salary"), &json!("9000"));
        assert_eq!(nobody.patch(&site.path("Max"), json!({ "Name": "x" })).await.status, 200);
        assert_eq!(nobody.post("/api/objects/Hr.Person", json!({ "Name": "x" })).await.status, 201);
        assert_eq!(nobody.delete(&site.path("Kim")).await.status, 200);
        // Hashes of passwords are nobody's business all the same.
        let asked = nobody.names("Hr.Person", "where=[Secret = 'x']").await.expect_err("it is refused");
        assert!([400, 403].contains(&asked.status), "{level}: {asked:?}");
        let executed = nobody.call("Hr.ACT_Show", json!({ "Person": { "id": site.id("Pim") } })).await;
        assert_eq!(executed.status, if level == "Off" { 200 } else { 403 }, "{level}: {}", executed.body);
    }
}
