use serde_json::{Value, json};

use super::{
    super::{acts, of_role, put},
    PATH,
};
use crate::{
    bench::{Bench, Somebody, fields, problem},
    trading::get,
};

fn path(user: &Somebody) -> String {
    format!("{PATH}/{}/role", user.id)
}

#[tokio::test]
async fn superadmins_name_admins_and_nobody_else_does() {
    let bench = Bench::new().await;
    let root = of_role(&bench, "root", "superadmin").await;
    let admin = of_role(&bench, "adm", "admin").await;
    let ann = bench.somebody("ann").await;
    let body = json!({ "role": "admin", "version": 1 });
    problem(
        &put(&bench, &admin, &path(&ann), &body).await,
        403,
        "insufficient_role",
    );
    problem(
        &put(&bench, &ann, &path(&ann), &body).await,
        403,
        "insufficient_role",
    );
    let named = put(&bench, &root, &path(&ann), &body).await;
    assert_eq!(named.status, 200, "{}", named.text());
    assert_eq!(
        (&named.json()["role"], &named.json()["version"]),
        (&json!("admin"), &json!(2))
    );
    let bare = bench.get(PATH).bearer(&ann.access).send().await;
    problem(&bare, 403, "admin_factor_required");
    bench.equip(&ann).await;
    get(&bench, &ann, PATH).await;
    let stale = problem(
        &put(&bench, &root, &path(&ann), &body).await,
        409,
        "version_conflict",
    );
    assert_eq!(stale["current_version"], 2);
    let same = json!({ "role": "admin", "version": 2 });
    assert_eq!(
        put(&bench, &root, &path(&ann), &same).await.json()["version"],
        2
    );
    let back = json!({ "role": "user", "version": 2 });
    assert_eq!(put(&bench, &root, &path(&ann), &back).await.status, 200);
    let refused = bench.get(PATH).bearer(&ann.access).send().await;
    problem(&refused, 403, "insufficient_role");
    let log = acts(&bench, &root, &ann).await;
    assert_eq!(log.len(), 2);
    assert_eq!(
        log[0],
        ["role_changed".to_owned(), root.id.clone(), ann.id.clone()]
    );
    assert_eq!(
        bench.event_types(&ann).await[2..],
        ["user.updated", "user.updated"]
    );

    let own = json!({ "role": "user", "version": 1 });
    problem(
        &put(&bench, &root, &path(&root), &own).await,
        409,
        "own_account",
    );
    let refused = async |body: Value| {
        fields(&problem(
            &put(&bench, &root, &path(&ann), &body).await,
            422,
            "invalid",
        ))
    };
    assert_eq!(
        refused(json!({ "role": "king", "version": 0 })).await,
        ["/role one_of", "/version out_of_range"]
    );
    assert_eq!(
        refused(json!({ "role": "user" })).await,
        ["/version required"]
    );
}

#[tokio::test]
async fn of_two_who_take_each_others_role_one_stays_superadmin() {
    let bench = Bench::new().await;
    for round in 0..4 {
        let one = of_role(&bench, &format!("one{round}"), "superadmin").await;
        let two = of_role(&bench, &format!("two{round}"), "superadmin").await;
        let body = json!({ "role": "user", "version": 1 });
        let (of_two, of_one) = (path(&two), path(&one));
        let (first, second) = tokio::join!(
            put(&bench, &one, &of_two, &body),
            put(&bench, &two, &of_one, &body)
        );
        let mut statuses = [first.status.as_u16(), second.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 403]);
    }
}
