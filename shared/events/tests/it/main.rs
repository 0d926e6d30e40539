//! Publisher, replay streams and subscriber on a real Redis.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod publisher;
mod subscriber;

use chrono::Utc;
use events::{Epoch, EventFrame};
use platform::ids::UserId;
use serde_json::json;

fn epoch() -> Epoch {
    "k3".parse().unwrap()
}

fn user() -> UserId {
    UserId::new(Utc::now())
}

fn frames(range: std::ops::RangeInclusive<u64>) -> Vec<EventFrame> {
    range
        .map(|seq| {
            let body = json!({"n": seq}).to_string();
            EventFrame::build(seq, "user.updated", Utc::now(), &body).unwrap()
        })
        .collect()
}
