//! Who may do what: one row for each route, or the test fails.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    bench::{Bench, PASSWORD, Somebody},
    trading,
};

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
    let mut rows = BTreeMap::from([
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
    ]);
    rows.extend(trading_rows());
    rows
}

fn trading_rows() -> BTreeMap<(&'static str, &'static str), Row> {
    let nothing: fn(&Somebody) -> Option<Value> = |_| None;
    let own = |status| Row {
        anonymous: 401,
        other: status,
        owner: status,
        body: nothing,
    };
    let owned = |status| Row {
        other: 404,
        ..own(status)
    };
    BTreeMap::from([
        (("GET", "/api/v1/exchange-connections"), own(200)),
        (
            ("POST", "/api/v1/exchange-connections"),
            Row {
                body: |_| Some(trading::paper("Another")),
                ..own(201)
            },
        ),
        (("GET", "/api/v1/exchange-connections/{id}"), owned(200)),
        (
            ("PATCH", "/api/v1/exchange-connections/{id}"),
            Row {
                body: |_| Some(json!({ "label": "x", "version": 1 })),
                ..owned(200)
            },
        ),
        (
            ("POST", "/api/v1/exchange-connections/{id}/rotate"),
            Row {
                // A paper account has no keys.
                body: |_| Some(json!({ "key": "k", "secret": "s", "version": 1 })),
                ..owned(409)
            },
        ),
        (
            ("POST", "/api/v1/exchange-connections/{id}/confirm-live"),
            owned(409),
        ),
        (("DELETE", "/api/v1/exchange-connections/{id}"), owned(409)),
        (
            ("POST", "/api/v1/exchange-connections/{id}/feed"),
            Row {
                body: |_| Some(json!({ "action": "start" })),
                ..owned(200)
            },
        ),
        (
            ("POST", "/api/v1/exchange-connections/{id}/test"),
            owned(200),
        ),
        (("GET", "/api/v1/markets/venues"), own(200)),
        (("GET", "/api/v1/markets/{id}/symbols"), owned(200)),
        (("GET", "/api/v1/markets/{id}/ticker"), owned(200)),
        (("GET", "/api/v1/markets/{id}/candles"), owned(200)),
        (("GET", "/api/v1/bots"), own(200)),
        (
            ("POST", "/api/v1/bots"),
            Row {
                // The connection is nobody's.
                body: |owner| {
                    Some(
                        json!({ "connection_id": owner.id, "name": "x", "config": trading::grid() }),
                    )
                },
                ..own(422)
            },
        ),
        (("GET", "/api/v1/bots/{id}"), owned(200)),
        (
            ("PATCH", "/api/v1/bots/{id}"),
            Row {
                body: |_| Some(json!({ "name": "x", "version": 1 })),
                ..owned(200)
            },
        ),
        (("DELETE", "/api/v1/bots/{id}"), owned(204)),
        (
            ("POST", "/api/v1/bots/{id}/clone"),
            Row {
                body: |_| Some(json!({ "name": "Copy" })),
                ..owned(201)
            },
        ),
        (("POST", "/api/v1/bots/{id}/start"), owned(202)),
        (("POST", "/api/v1/bots/{id}/stop"), owned(409)),
        (("POST", "/api/v1/bots/{id}/pause"), owned(409)),
        (("POST", "/api/v1/bots/{id}/resume"), owned(409)),
        (("POST", "/api/v1/bots/{id}/panic-close"), owned(409)),
        (("GET", "/api/v1/bots/{id}/state"), owned(200)),
        (("GET", "/api/v1/bots/{id}/deals"), owned(200)),
        (("GET", "/api/v1/bots/{id}/orders"), owned(200)),
        (("GET", "/api/v1/bots/{id}/fills"), owned(200)),
        (("GET", "/api/v1/bots/{id}/decisions"), owned(200)),
        (("GET", "/api/v1/bots/{id}/performance"), owned(200)),
        (("GET", "/api/v1/portfolio/balances"), own(200)),
        (("GET", "/api/v1/portfolio/equity"), owned(200)),
        (("GET", "/api/v1/portfolio/pnl"), own(200)),
        (("POST", "/api/v1/portfolio/stop-all"), own(202)),
    ])
}

/// What the owner has.
struct Things {
    connection: String,
    bot: String,
}

fn path_of(template: &str, owner: &Somebody, things: &Things) -> String {
    let id = if template.starts_with("/api/v1/bots/") {
        &things.bot
    } else if template.starts_with("/api/v1/auth/") {
        &owner.session
    } else {
        &things.connection
    };
    let path = template.replace("{id}", id);
    match template {
        "/api/v1/portfolio/equity" => format!("{path}?connection_id={id}"),
        _ => path,
    }
}

async fn ask(
    bench: &Bench,
    route: (&str, &str),
    row: &Row,
    caller: Option<&Somebody>,
    (owner, things): (&Somebody, &Things),
) -> u16 {
    let path = path_of(route.1, owner, things);
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
        let connection = trading::connection(&bench, &owner).await;
        let bot = trading::bot(&bench, &owner, &connection).await;
        let things = Things { connection, bot };
        let other = bench.somebody(&format!("other{routes}")).await;
        assert_eq!(
            ask(&bench, route, row, None, (&owner, &things)).await,
            row.anonymous,
            "anonymous {route:?}"
        );
        assert_eq!(
            ask(&bench, route, row, Some(&other), (&owner, &things)).await,
            row.other,
            "other {route:?}"
        );
        assert_eq!(
            ask(&bench, route, row, Some(&owner), (&owner, &things)).await,
            row.owner,
            "owner {route:?}"
        );
        routes += 1;
    }
    assert_eq!(routes, rows.len(), "the matrix has rows without a route");
}
