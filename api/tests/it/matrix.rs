//! Who may do what: one row for each route, or the test fails.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::bench::{Bench, PASSWORD, Somebody};

/// What each caller is answered. `other` asks for what is `owner`'s; where a route has nothing that could be somebody
/// else's, both simply get their own.
struct Row {
    anonymous: u16,
    other: u16,
    owner: u16,
    body: fn(&Somebody) -> Option<Value>,
}

fn rows() -> BTreeMap<(&'static str, &'static str), Row> {
    let nothing: fn(&Somebody) -> Option<Value> = |_| None;
    let public = |status| Row {
        anonymous: status,
        other: status,
        owner: status,
        body: nothing,
    };
    let own = |status| Row {
        anonymous: 401,
        other: status,
        owner: status,
        body: nothing,
    };
    BTreeMap::from([
        (("GET", "/api/health"), public(200)),
        (("GET", "/api/config"), public(200)),
        (("GET", "/api/openapi.json"), public(200)),
        (
            ("POST", "/api/v1/auth/register"),
            Row {
                body: |_| {
                    Some(
                        json!({ "email": format!("{}@example.com", uuid::Uuid::now_v7()), "password": PASSWORD }),
                    )
                },
                ..public(201)
            },
        ),
        (
            ("POST", "/api/v1/auth/login"),
            Row {
                body: |owner| Some(json!({ "email": owner.email, "password": "not the password" })),
                ..public(401)
            },
        ),
        (
            ("POST", "/api/v1/auth/refresh"),
            Row {
                body: |_| Some(json!({ "refresh_token": "not a token" })),
                ..public(401)
            },
        ),
        (("POST", "/api/v1/auth/realtime-token"), own(200)),
        (("GET", "/api/v1/auth/sessions"), own(200)),
        (
            ("DELETE", "/api/v1/auth/sessions/{id}"),
            Row {
                anonymous: 401,
                other: 404,
                owner: 204,
                body: nothing,
            },
        ),
        (("POST", "/api/v1/auth/logout"), own(204)),
        (("GET", "/api/v1/me"), own(200)),
        (
            ("PATCH", "/api/v1/me"),
            Row {
                body: |_| Some(json!({ "display_name": "x", "version": 1 })),
                ..own(200)
            },
        ),
        (("GET", "/api/v1/events"), own(200)),
    ])
}

async fn ask(
    bench: &Bench,
    route: (&str, &str),
    row: &Row,
    caller: Option<&Somebody>,
    owner: &Somebody,
) -> u16 {
    let path = route.1.replace("{id}", &owner.session);
    let mut call = bench.call(route.0, &path);
    if let Some(caller) = caller {
        call = call.bearer(&caller.access);
    }
    if let Some(body) = (row.body)(owner) {
        call = call.json(&body);
    }
    call.send().await.status.as_u16()
}

#[tokio::test]
async fn every_route_has_its_row() {
    let bench = Bench::new().await;
    testkit::wait_until("Redis is reached", || async {
        bench.state.redis.is_healthy()
    })
    .await;
    let document = api::router::build(&bench.state).1;
    let rows = rows();
    let mut routes = 0;
    for (method, path, _) in api::openapi::operations(&document) {
        let route = (method.as_str(), path);
        let row = rows
            .get(&route)
            .unwrap_or_else(|| panic!("{route:?} has no row in the matrix"));
        let owner = bench.somebody(&format!("owner{routes}")).await;
        let other = bench.somebody(&format!("other{routes}")).await;
        assert_eq!(
            ask(&bench, route, row, None, &owner).await,
            row.anonymous,
            "anonymous {route:?}"
        );
        assert_eq!(
            ask(&bench, route, row, Some(&other), &owner).await,
            row.other,
            "other {route:?}"
        );
        assert_eq!(
            ask(&bench, route, row, Some(&owner), &owner).await,
            row.owner,
            "owner {route:?}"
        );
        routes += 1;
    }
    assert_eq!(routes, rows.len(), "the matrix has rows without a route");
}
