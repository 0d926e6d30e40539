//! The first thing anybody does: sign up, listen, see what happens.

use super::{follower::Follower, platform::Platform, user::User};

#[tokio::test(flavor = "multi_thread")]
async fn a_user_signs_up_and_sees_what_happens_on_a_socket() {
    let platform = Platform::start().await;
    let (mut engine, mut api) = (platform.engine().await, platform.api().await);
    let mut gateway = platform.gateway().await;

    let mut user = User::register(api.address, "ada@example.com").await;
    let follower = Follower::of(&user, vec![gateway.address], api.address);
    follower.connected().await;
    for _ in 0..5 {
        user.change(api.address).await;
    }
    let events = user.events_after(api.address, 0).await;
    let last = events.last().unwrap()["seq"].as_u64().unwrap();
    follower.reaches(last).await;
    follower.assert_gapless(last);
    assert_eq!(events[0]["type"], "user.registered");

    // All stop in an orderly way when they are asked to.
    for copy in [&mut gateway, &mut api, &mut engine] {
        assert!(
            copy.process.terminate().await.success(),
            "{}",
            copy.process.logs()
        );
    }
}
