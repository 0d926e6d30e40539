use super::{
    super::{acts, of_role},
    PATH,
};
use crate::{
    bench::{Bench, problem},
    trading::get,
};

#[tokio::test]
async fn all_sessions_of_an_account_are_seen_and_ended() {
    let bench = Bench::new().await;
    let admin = of_role(&bench, "adm", "admin").await;
    let ann = bench.somebody("ann").await;
    bench.advance(chrono::Duration::seconds(1));
    let again = bench.login(&ann.email).await;
    let path = format!("{PATH}/{}/sessions", ann.id);
    let listed = get(&bench, &admin, &path).await;
    let ids: Vec<_> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].clone())
        .collect();
    assert_eq!(ids, [again.session.as_str(), ann.session.as_str()]);
    assert!(
        listed["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["current"] == false)
    );
    let first = get(&bench, &admin, &format!("{path}?limit=1")).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = get(&bench, &admin, &format!("{path}?cursor={cursor}")).await;
    assert_eq!(rest["data"][0]["id"], ann.session.as_str());

    let end = async || {
        bench
            .call("DELETE", &path)
            .bearer(&admin.access)
            .send()
            .await
    };
    assert_eq!(end().await.status, 204);
    for somebody in [&ann, &again] {
        let refused = bench
            .get("/api/v1/me")
            .bearer(&somebody.access)
            .send()
            .await;
        problem(&refused, 401, "unauthenticated");
    }
    assert_eq!(
        get(&bench, &admin, &path).await["data"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    assert_eq!(end().await.status, 204, "nothing is left to end");
    assert_eq!(acts(&bench, &admin, &ann).await.len(), 1);
    let back = bench.login(&ann.email).await;
    assert_eq!(
        bench.event_types(&back).await[3..],
        ["session.revoked", "session.revoked", "session.created"]
    );
    let own = format!("{PATH}/{}/sessions", admin.id);
    let own = bench
        .call("DELETE", &own)
        .bearer(&admin.access)
        .send()
        .await;
    problem(&own, 409, "own_account");
    let none = format!("{PATH}/{}/sessions", uuid::Uuid::now_v7());
    let none = bench.get(&none).bearer(&admin.access).send().await;
    problem(&none, 404, "not_found");
}
