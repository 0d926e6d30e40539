use chrono::Duration;
use serde_json::json;
use testkit::{http::Response, stripe::Action};

use crate::{
    bench::{Bench, PASSWORD, Somebody, fields, problem, set_cookies},
    routes::admin::{of_role, put},
    shop::Shop,
    trading,
};

async fn delete(bench: &Bench, who: &Somebody, password: &str) -> Response {
    bench.step_up(who).await;
    let body = json!({ "password": password });
    bench
        .call("DELETE", "/api/v1/me")
        .bearer(&who.access)
        .json(&body)
        .send()
        .await
}

#[tokio::test]
async fn closes_the_account_at_once() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let verify = bench.mail("ann@example.com", 1).await.token();
    let other = bench.login(&ann.email).await;
    let connection = trading::connection(&bench, &ann).await;
    trading::bot(&bench, &ann, &connection).await;
    let bob = bench.somebody("bob").await;

    let answer = delete(&bench, &ann, PASSWORD).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(set_cookies(&answer).len(), 2);
    for session in [&ann, &other] {
        let me = bench.get("/api/v1/me").bearer(&session.access).send().await;
        problem(&me, 401, "unauthenticated");
        let body = json!({ "refresh_token": session.refresh });
        let refreshed = bench.post("/api/v1/auth/refresh").json(&body).send().await;
        problem(&refreshed, 401, "invalid_refresh_token");
    }
    let body = json!({ "email": ann.email, "password": PASSWORD });
    let login = bench.post("/api/v1/auth/login").json(&body).send().await;
    problem(&login, 401, "invalid_credentials");
    let named = json!({ "email": format!("{}@deleted.invalid", ann.id), "password": PASSWORD });
    let login = bench.post("/api/v1/auth/login").json(&named).send().await;
    problem(&login, 422, "invalid");
    let body = json!({ "token": verify });
    let late = bench
        .post("/api/v1/auth/verify-email")
        .json(&body)
        .send()
        .await;
    problem(&late, 400, "invalid_token");
    let farewell = bench.mail("ann@example.com", 2).await;
    assert_eq!(farewell.subject(), "Your account was closed");

    // Nothing of the name is left although an engine has not come by yet, and the address is free.
    let traces = format!(
        "SELECT count(*) FROM users WHERE id = '{}' AND status = 'banned' AND display_name = ''
             AND email_verified_at IS NULL AND password_hash = '' AND email NOT LIKE 'ann%'",
        ann.id
    );
    assert_eq!(bench.count(&traces).await, 1);
    assert_ne!(bench.somebody("ann").await.id, ann.id);
    assert_eq!(
        bench
            .get("/api/v1/me")
            .bearer(&bob.access)
            .send()
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn gateways_are_told_for_as_long_as_a_token_lives() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    assert_eq!(delete(&bench, &ann, PASSWORD).await.status, 202);
    let since = bench.state.clock.now() - Duration::minutes(1);
    let revoked = store::revocations::since(&bench.state.db, since)
        .await
        .unwrap();
    let whole = revoked.iter().any(|one| {
        matches!(one, events::control::Revocation::User { user, .. } if user.to_string() == ann.id)
    });
    assert!(whole, "{revoked:?}");
}

#[tokio::test]
async fn needs_the_password() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    problem(&delete(&bench, &ann, "wrong").await, 403, "wrong_password");
    let bare = bench
        .call("DELETE", "/api/v1/me")
        .bearer(&ann.access)
        .send()
        .await;
    problem(&bare, 415, "unsupported_media_type");
    bench.step_up(&ann).await;
    for body in [
        json!({}),
        json!({ "password": 1 }),
        json!({ "password": "x", "sure": true }),
    ] {
        let call = bench
            .call("DELETE", "/api/v1/me")
            .bearer(&ann.access)
            .json(&body);
        assert_eq!(
            fields(&problem(&call.send().await, 422, "invalid")).len(),
            1
        );
    }
    assert_eq!(
        bench
            .get("/api/v1/me")
            .bearer(&ann.access)
            .send()
            .await
            .status,
        200
    );
    assert_eq!(
        bench.count("SELECT count(*) FROM account_deletions").await,
        0
    );
}

/// Whoever has taken an account does not stop what its owner must learn by closing it; other mails go with the account.
#[tokio::test]
async fn alarms_that_wait_outlive_the_account() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    bench.step_up(&ann).await;
    for kind in ["email_changed", "api_token_created"] {
        let waiting = format!(
            "INSERT INTO mails (id, user_id, recipient, kind, due_at)
             VALUES (gen_random_uuid(), '{}', 'before@example.com', '{kind}', now() + interval '9 days')",
            ann.id
        );
        bench.db.execute(&waiting).await;
    }
    assert_eq!(delete(&bench, &ann, PASSWORD).await.status, 202);
    let left =
        "SELECT count(*) FROM mails WHERE recipient = 'before@example.com' AND status = 'waiting'";
    let alarm = format!("{left} AND kind = 'email_changed' AND user_id IS NULL");
    assert_eq!((bench.count(left).await, bench.count(&alarm).await), (1, 1));
}

/// The address that the row of a closed account has is nobody's: an account with it would be in the way.
#[tokio::test]
async fn nobody_takes_the_address_of_the_closed_account_before() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    bench.step_up(&ann).await;
    let body = json!({ "email": format!("{}@deleted.invalid", ann.id), "password": PASSWORD });
    let made = bench.post("/api/v1/auth/register").json(&body).send().await;
    assert_eq!(fields(&problem(&made, 422, "invalid")), ["/email format"]);
    assert_eq!(delete(&bench, &ann, PASSWORD).await.status, 202);
}

#[tokio::test]
async fn of_two_at_once_one_closes_it() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let (one, two) = tokio::join!(
        delete(&bench, &ann, PASSWORD),
        delete(&bench, &ann, PASSWORD)
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert!(matches!(statuses, [202, 401 | 403]), "{statuses:?}");
    bench.outbox_is_empty().await;
    assert_eq!(
        bench
            .count("SELECT count(*) FROM mails WHERE kind = 'account_deleted'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_subscription_is_to_be_cancelled_first() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let id = &ann.id;
    bench
        .db
        .execute(&format!(
            "INSERT INTO subscriptions (user_id, stripe_customer_id, status) VALUES ('{id}', 'cus_1', 'active')"
        ))
        .await;
    let charged = delete(&bench, &ann, PASSWORD).await;
    problem(&charged, 409, "subscription_active");
    bench
        .db
        .execute("UPDATE subscriptions SET cancel_at_period_end = true")
        .await;
    assert_eq!(delete(&bench, &ann, PASSWORD).await.status, 202);
}

#[tokio::test]
async fn nobody_can_pay_for_an_account_that_was_closed() {
    let shop = Shop::open().await;
    let (bench, stripe) = (&shop.bench, &shop.stripe);
    let ann = bench.somebody("ann").await;
    let pay = |session: String| stripe.act(Action::PaySession { session });

    // Paid, and Stripe has not told of it yet.
    pay(shop.checkout(&ann, "pro").await).unwrap();
    problem(
        &delete(bench, &ann, PASSWORD).await,
        409,
        "subscription_active",
    );
    let subscription = stripe.see(|world| world.subscriptions.keys().next().cloned());
    stripe
        .act(Action::Cancel {
            subscription: subscription.unwrap(),
            at_period_end: false,
        })
        .unwrap();

    let session = shop.checkout(&ann, "pro").await;
    shop.line.cut().await;
    assert_eq!(delete(bench, &ann, PASSWORD).await.status, 503);
    shop.line.heal().await;
    assert_eq!(delete(bench, &ann, PASSWORD).await.status, 202);
    assert!(pay(session).is_err());
}

const SUPERADMINS: &str =
    "SELECT count(*) FROM users WHERE role = 'superadmin' AND status = 'active'";

#[tokio::test]
async fn the_last_superadmin_makes_another_one_first() {
    let bench = Bench::new().await;
    let root = of_role(&bench, "root", "superadmin").await;
    let other = of_role(&bench, "other", "superadmin").await;
    bench
        .db
        .execute("UPDATE users SET status = 'suspended' WHERE email LIKE 'other%'")
        .await;
    let refused = delete(&bench, &root, PASSWORD).await;
    problem(&refused, 409, "last_superadmin");
    let me = bench.get("/api/v1/me").bearer(&root.access).send().await;
    assert_eq!(me.status, 200);
    bench.db.execute("UPDATE users SET status = 'active'").await;
    assert_eq!(delete(&bench, &root, PASSWORD).await.status, 202);
    problem(
        &delete(&bench, &other, PASSWORD).await,
        409,
        "last_superadmin",
    );
    // Admins come and go.
    let admin = of_role(&bench, "adm", "admin").await;
    assert_eq!(delete(&bench, &admin, PASSWORD).await.status, 202);
}

#[tokio::test]
async fn of_two_superadmins_who_leave_at_once_one_stays() {
    let bench = Bench::new().await;
    let mut stays = of_role(&bench, "root", "superadmin").await;
    for round in 0..4 {
        let other = of_role(&bench, &format!("other{round}"), "superadmin").await;
        let demotes = round % 2 == 1;
        let path = format!("/api/v1/admin/users/{}/role", other.id);
        let body = json!({ "role": "user", "version": 1 });
        // One leaves while the other leaves too, or takes the first one's role.
        let (left, second) = tokio::join!(delete(&bench, &other, PASSWORD), async {
            if demotes {
                put(&bench, &stays, &path, &body).await
            } else {
                delete(&bench, &stays, PASSWORD).await
            }
        });
        assert_eq!(bench.count(SUPERADMINS).await, 1, "{}", second.text());
        if !demotes && left.status != 202 {
            problem(&left, 409, "last_superadmin");
            stays = other;
        } else if !demotes {
            problem(&second, 409, "last_superadmin");
        }
    }
}
