use std::time::{Duration, Instant};

use ::events::control::{ControlMessage, Revocation};
use chrono::{SubsecRound, Utc};
use platform::{
    ids::SessionId,
    token::{AccessClaims, Role},
};
use serde_json::json;

use crate::{
    harness::{Bench, claims, epoch, expect_events, sign, sign_for_gateway, user},
    hello::close_code,
};

#[tokio::test]
async fn a_revoked_login_is_closed_within_a_second_and_stays_out() {
    let bench = Bench::new().await;
    let user = user();
    bench.publish(user, 1..=1).await;
    let (ended, kept) = (claims(user), claims(user));
    let mut client = bench.hello_with(&sign(&ended), None, &epoch()).await;
    client.next_json().await;
    let mut other = bench.hello_with(&sign(&kept), None, &epoch()).await;
    other.next_json().await;

    let revocation = Revocation::Session {
        user,
        session: ended.sid,
    };
    let told = Instant::now();
    bench
        .publisher
        .control(&ControlMessage::Revoke(revocation))
        .await
        .unwrap();
    assert_eq!(close_code(&mut client).await, 4503);
    assert!(told.elapsed() < Duration::from_secs(1));

    let mut again = bench.hello_with(&sign(&ended), None, &epoch()).await;
    assert_eq!(close_code(&mut again).await, 4503);
    bench.publish(user, 2..=2).await;
    expect_events(&mut other, 2, 2).await;

    other
        .send_json(&json!({"op": "refresh", "id": 1, "token": sign(&ended)}))
        .await;
    assert_eq!(
        close_code(&mut other).await,
        4503,
        "refreshed with the ended login"
    );
}

#[tokio::test]
async fn a_suspended_user_is_closed_by_the_heartbeat_too() {
    let bench = Bench::new().await;
    let user = user();
    bench.publish(user, 1..=1).await;
    let (mut client, _) = bench.welcome(user, None).await;
    let suspended = Revocation::User {
        user,
        until: Utc::now(),
    };
    bench.heartbeat(vec![suspended]).await;
    assert_eq!(close_code(&mut client).await, 4503);

    let mut later = claims(user);
    later.iat = Utc::now() + chrono::TimeDelta::seconds(2);
    let mut client = bench.hello_with(&sign(&later), None, &epoch()).await;
    assert_eq!(
        client.next_json().await["op"],
        "welcome",
        "a token from after it counts"
    );
    bench.heartbeat(vec![suspended]).await;
    bench.publish(user, 2..=2).await;
    expect_events(&mut client, 2, 2).await;
}

#[tokio::test]
async fn a_disconnected_user_may_come_back() {
    let bench = Bench::new().await;
    let user = user();
    bench.publish(user, 1..=1).await;
    let (mut client, _) = bench.welcome(user, None).await;
    let disconnect = ControlMessage::Disconnect {
        user,
        session: None,
    };
    bench.publisher.control(&disconnect).await.unwrap();
    let closing = client.next_json().await;
    assert_eq!(closing["code"], 4001);
    assert!(closing["retry_after_ms"].is_u64(), "{closing}");
    assert_eq!(close_code(&mut client).await, 4001);
    bench.welcome(user, Some(1)).await;
}

#[tokio::test]
async fn maintenance_and_broadcasts_reach_everybody() {
    let bench = Bench::new().await;
    let user = user();
    bench.publish(user, 1..=1).await;
    let (mut client, _) = bench.welcome(user, None).await;
    let maintenance = ControlMessage::Maintenance {
        on: true,
        message: Some("back at ten".into()),
    };
    bench.publisher.control(&maintenance).await.unwrap();
    assert_eq!(
        client.next_json().await,
        json!({"op": "notice", "type": "platform.maintenance", "data": {"on": true, "message": "back at ten"}})
    );
    let broadcast = ControlMessage::Broadcast {
        kind: "platform.news".into(),
        data: json!({"text": "hello"}),
    };
    bench.publisher.control(&broadcast).await.unwrap();
    assert_eq!(
        client.next_json().await,
        json!({"op": "notice", "type": "platform.news", "data": {"text": "hello"}})
    );
}

#[tokio::test]
async fn gateway_tokens_are_taken_as_access_tokens_are_and_end_alike() {
    let bench = Bench::new().await;
    let user = user();
    bench.publish(user, 1..=1).await;
    let claims = claims(user);
    let mut client = bench
        .hello_with(&sign_for_gateway(&claims), None, &epoch())
        .await;
    client.next_json().await;
    let revocation = Revocation::Session {
        user,
        session: claims.sid,
    };
    bench
        .publisher
        .control(&ControlMessage::Revoke(revocation))
        .await
        .unwrap();
    assert_eq!(close_code(&mut client).await, 4503);
    let mut again = bench
        .hello_with(&sign_for_gateway(&claims), None, &epoch())
        .await;
    assert_eq!(close_code(&mut again).await, 4503);
}

#[tokio::test]
async fn a_token_of_a_network_is_taken_from_there_only() {
    let bench = Bench::new().await;
    let user = user();
    bench.publish(user, 1..=1).await;
    let of = |network: &str| {
        let network = Some(network.parse().unwrap());
        sign_for_gateway(&AccessClaims {
            network,
            ..claims(user)
        })
    };
    let elsewhere = of("192.0.2.0/24");
    let mut client = bench.hello_with(&elsewhere, None, &epoch()).await;
    assert_eq!(close_code(&mut client).await, 4501);
    let mut client = bench.hello_with(&of("127.0.0.0/8"), None, &epoch()).await;
    client.next_json().await;
    client
        .send_json(&json!({"op": "refresh", "id": 1, "token": elsewhere}))
        .await;
    assert_eq!(close_code(&mut client).await, 4501);
}

#[tokio::test]
async fn a_token_from_after_a_reactivation_is_taken_within_the_same_second() {
    let bench = Bench::new().await;
    let user = user();
    bench.publish(user, 1..=1).await;
    let now = Utc::now().trunc_subsecs(0);
    let until = now + chrono::TimeDelta::milliseconds(1);
    let suspended = Revocation::User { user, until };
    bench
        .publisher
        .control(&ControlMessage::Revoke(suspended))
        .await
        .unwrap();
    let of = |at| sign(&AccessClaims::new(user, SessionId::new(at), Role::User, at));
    testkit::wait_until("the suspension is known", || async {
        let mut client = bench.hello_with(&of(until), None, &epoch()).await;
        client.next_json().await["code"] == 4503
    })
    .await;
    let after = until + chrono::TimeDelta::milliseconds(1);
    let mut client = bench.hello_with(&of(after), None, &epoch()).await;
    assert_eq!(client.next_json().await["op"], "welcome");
}
