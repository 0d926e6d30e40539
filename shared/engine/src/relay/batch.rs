//! From rows of the log to what goes out.

use events::EventFrame;
use platform::ids::UserId;
use store::events::StoredEvent;

/// A user's events were published up to here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    pub(super) user: UserId,
    pub(super) up_to: u64,
}

/// The frames of each user, in the order of the rows. A row that makes no frame ends its user's batch, so that nothing
/// after it overtakes it.
pub(super) fn frames_of(events: &[StoredEvent]) -> Vec<(UserId, Vec<EventFrame>)> {
    let of_one = |events: &[StoredEvent]| {
        let frames: Vec<EventFrame> = events.iter().map_while(frame).collect();
        (!frames.is_empty()).then(|| (events[0].user, frames))
    };
    events
        .chunk_by(|one, next| one.user == next.user)
        .filter_map(of_one)
        .collect()
}

fn frame(event: &StoredEvent) -> Option<EventFrame> {
    let seq = u64::try_from(event.seq).unwrap_or(0);
    EventFrame::build(seq, &event.kind, event.at, event.body.get())
        .inspect_err(|error| {
            // The table's constraints rule this out.
            tracing::error!(user = %event.user, seq = event.seq, %error, "an event cannot be relayed");
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use events::EventFrame;
    use platform::ids::UserId;
    use serde_json::value::RawValue;
    use store::events::StoredEvent;
    use uuid::Uuid;

    use super::frames_of;

    fn row(user: u128, seq: i64) -> StoredEvent {
        StoredEvent {
            user: UserId(Uuid::from_u128(user)),
            seq,
            kind: "user.updated".to_owned(),
            body: RawValue::from_string("{}".to_owned()).unwrap(),
            at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn users_are_kept_apart_and_nothing_overtakes_a_bad_row() {
        let batches = frames_of(&[row(1, 4), row(1, 5), row(2, 1), row(2, 0), row(2, 2)]);
        let seqs: Vec<(u128, Vec<u64>)> = batches
            .iter()
            .map(|(user, frames)| {
                (
                    user.0.as_u128(),
                    frames.iter().map(EventFrame::seq).collect(),
                )
            })
            .collect();
        assert_eq!(seqs, [(1, vec![4, 5]), (2, vec![1])]);
    }
}
