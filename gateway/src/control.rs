//! Reads what Redis brings and gives it to whom it concerns.

use std::{collections::HashSet, sync::Arc};

use events::{
    Epoch,
    control::{ControlMessage, OpenSocket, Revocation, SocketsOfNode},
    frame::{FrameError, NoticeFrame},
    sockets,
    subscriber::{Feed, Item},
    wire::CloseCode,
};
use platform::ids::UserId;
use serde_json::json;

use crate::{outbound::Closing, state::State};

/// Reads until the feed ends.
pub(crate) async fn run(state: Arc<State>, mut feed: Feed) {
    let mut epoch = None;
    while let Some(item) = feed.items.recv().await {
        match item {
            Item::Private(message) => state.hub.private(message).await,
            Item::Market { channel, value } => state.market.published(channel, value),
            Item::Suspect => {
                state.uninformed.notify_one();
                state.hub.suspect().await;
                state.market.suspect().await;
            }
            Item::Control(message) => control(&state, message, &mut epoch).await,
        }
    }
}

async fn control(state: &State, message: ControlMessage, epoch: &mut Option<Epoch>) {
    match message {
        ControlMessage::Revoke(revocation) => revoke(state, &[revocation]),
        ControlMessage::Revocations {
            epoch: current,
            entries,
            ..
        } => {
            state.revocations.prune(state.now());
            revoke(state, &entries);
            if epoch.as_ref() != Some(&current) {
                tracing::info!(epoch = %current, "the log's epoch");
                state.hub.epoch(&current).await;
                *epoch = Some(current);
            }
            state.note_heard();
        }
        ControlMessage::Disconnect { user, session } => {
            let closing = Closing::from(CloseCode::Drain).and_come_back_after(state.retry_after());
            state.registry.close_user(user, session, closing);
        }
        ControlMessage::Sockets { user, question } => tell_sockets(state, user, &question).await,
        ControlMessage::Maintenance { on, message } => {
            let data = json!({"on": on, "message": message});
            tell_everybody(
                state,
                "platform.maintenance",
                NoticeFrame::build("platform.maintenance", &data),
            )
            .await;
        }
        ControlMessage::Broadcast { kind, data } => {
            tell_everybody(state, &kind, NoticeFrame::build(&kind, &data)).await;
        }
    }
}

/// Closes the sockets whose tokens these make void.
fn revoke(state: &State, revocations: &[Revocation]) {
    let now = state.now();
    for revocation in revocations {
        state.revocations.add(revocation, now);
    }
    let users: HashSet<_> = revocations.iter().map(Revocation::user).collect();
    for user in users {
        for socket in state.registry.of(user) {
            if socket
                .claims()
                .is_some_and(|claims| state.revocations.covers(&claims))
            {
                socket.close(CloseCode::Revoked);
            }
        }
    }
}

/// Tells the api which sockets a user has here.
async fn tell_sockets(state: &State, user: UserId, question: &str) {
    let open = state.registry.of(user).into_iter().filter_map(|socket| {
        let session = socket.session().filter(|_| !socket.is_closing())?;
        let origin = socket.origin();
        Some(OpenSocket {
            id: socket.id(),
            session,
            address: origin.address,
            opened_at: origin.at,
        })
    });
    let answer = SocketsOfNode {
        node: state.node.clone(),
        sockets: open.collect(),
    };
    if let Err(error) = sockets::answer(&state.redis, question, &answer).await {
        tracing::warn!(%error, "cannot tell which sockets a user has");
    }
}

async fn tell_everybody(state: &State, kind: &str, frame: Result<NoticeFrame, FrameError>) {
    let text = match frame {
        Ok(frame) => frame.text().into(),
        Err(error) => return tracing::warn!(%error, kind, "a broadcast was dropped"),
    };
    let key: Arc<str> = kind.into();
    state
        .registry
        .for_each_identified(|socket| socket.latest(&key, &text))
        .await;
}
