//! The body of a request that must not be sent too late.

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::{
    moment::MomentClock,
    permit::{PermitExpired, SendPermit},
};

/// Neither the connection nor whoever waits for the answer has decided about the body.
const IDLE: u8 = 0;

/// The connection has the body.
const TAKEN: u8 = 1;

/// Whoever waited for the answer gave up before the connection asked for the body.
const REVOKED: u8 = 2;

/// Holds the parameters back until the connection asks for them, and checks the permit then. The HTTP client buffers the
/// head of a request until it has the first part of the body, so if the permit has expired, not a byte is written. And
/// what never asked for the body cannot have sent the order. `Debug` does not show the parameters, which are signed.
pub(crate) struct GuardedBody {
    payload: Option<Bytes>,
    permit: SendPermit,
    moments: MomentClock,
    handover: Handover,
}

/// Who decided first about a body: the connection that takes it, or whoever gives up waiting for the answer. The
/// connection runs in a task of its own and may ask for the body after the wait has ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Handover(Arc<AtomicU8>);

/// Why the connection was given no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Withheld {
    #[error("{0}")]
    Permit(PermitExpired),
    #[error("nobody waits for the answer any more")]
    Revoked,
}

impl Handover {
    /// Lets the connection have the body, unless it was revoked.
    fn take(&self) -> Result<(), Withheld> {
        self.decide(TAKEN).map_err(|_| Withheld::Revoked)
    }

    /// Withholds the body for good. False if the connection has it already.
    pub(crate) fn revoke(&self) -> bool {
        self.decide(REVOKED) != Err(TAKEN)
    }

    fn decide(&self, how: u8) -> Result<(), u8> {
        self.0
            .compare_exchange(IDLE, how, Ordering::AcqRel, Ordering::Acquire)
            .map(drop)
    }
}

impl GuardedBody {
    pub(crate) fn new(payload: String, permit: SendPermit, moments: MomentClock) -> Self {
        Self {
            payload: Some(payload.into()),
            permit,
            moments,
            handover: Handover::default(),
        }
    }

    pub(crate) fn handover(&self) -> Handover {
        self.handover.clone()
    }

    fn released(&self) -> Result<(), Withheld> {
        let now = self.moments.now();
        self.permit.check(now).map_err(Withheld::Permit)?;
        self.handover.take()
    }
}

impl fmt::Debug for GuardedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedBody")
            .field("permit", &self.permit)
            .field("handover", &self.handover)
            .finish_non_exhaustive()
    }
}

impl Body for GuardedBody {
    type Data = Bytes;
    type Error = Withheld;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Withheld>>> {
        let Some(payload) = self.payload.take() else {
            return Poll::Ready(None);
        };
        let released = self.released();
        Poll::Ready(Some(released.map(|()| Frame::data(payload))))
    }

    fn is_end_stream(&self) -> bool {
        self.payload.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let left = self.payload.as_ref().map_or(0, Bytes::len);
        SizeHint::with_exact(left as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::Barrier,
        task::{Context, Poll, Waker},
        thread,
        time::Duration,
    };

    use super::{Body, Bytes, GuardedBody, Pin, Withheld};
    use crate::{
        moment::{Moment, MomentClock},
        permit::{PermitExpired, SEND_WITHIN, SendPermit},
    };

    const PAYLOAD: &str = "symbol=BTCUSDT&signature=c8db56825ae71d6d";

    /// A body whose permit is so old.
    fn body(age: Duration) -> GuardedBody {
        let renewed_at = Moment::since_boot(Duration::from_secs(100));
        let permit = SendPermit::mint(renewed_at, renewed_at).unwrap();
        let moments = MomentClock::new(move || renewed_at.after(age));
        GuardedBody::new(PAYLOAD.to_owned(), permit, moments)
    }

    /// What the connection gets.
    fn asked(body: &mut GuardedBody) -> Option<Result<Bytes, Withheld>> {
        let mut context = Context::from_waker(Waker::noop());
        match Pin::new(body).poll_frame(&mut context) {
            Poll::Ready(frame) => frame.map(|frame| frame.map(|frame| frame.into_data().unwrap())),
            Poll::Pending => panic!("the body is there at once"),
        }
    }

    #[test]
    fn a_body_is_handed_over_once_and_not_revoked_after_that() {
        let mut body = body(Duration::ZERO);
        let handover = body.handover();
        assert_eq!(asked(&mut body), Some(Ok(Bytes::from(PAYLOAD))));
        assert!(!handover.revoke(), "it may have been sent");
        assert!(!handover.revoke());
        assert_eq!(asked(&mut body), None);
    }

    #[test]
    fn a_revoked_body_is_never_handed_over() {
        let mut body = body(Duration::ZERO);
        let handover = body.handover();
        assert!(handover.revoke());
        assert_eq!(asked(&mut body), Some(Err(Withheld::Revoked)));
        assert!(handover.revoke(), "it stays revoked");
        assert_eq!(asked(&mut body), None);
    }

    #[test]
    fn an_expired_permit_hands_nothing_over() {
        let mut body = body(SEND_WITHIN);
        let handover = body.handover();
        let expected = Withheld::Permit(PermitExpired);
        assert_eq!(asked(&mut body), Some(Err(expected)));
        assert!(handover.revoke());
    }

    #[test]
    fn of_a_connection_and_a_timeout_one_decides() {
        for _ in 0..2_000 {
            let mut body = body(Duration::ZERO);
            let handover = body.handover();
            let start = Barrier::new(2);
            let (is_handed_over, is_revoked) = thread::scope(|scope| {
                let connection = scope.spawn(|| {
                    start.wait();
                    asked(&mut body).is_some_and(|asked| asked.is_ok())
                });
                start.wait();
                let is_revoked = handover.revoke();
                (connection.join().unwrap(), is_revoked)
            });
            assert_ne!(is_handed_over, is_revoked);
        }
    }

    #[test]
    fn a_body_does_not_show_what_is_signed() {
        let shown = format!("{0:?} {0:#?}", body(Duration::ZERO));
        assert!(shown.contains("GuardedBody"), "{shown}");
        assert!(!shown.contains("BTCUSDT") && !shown.contains("c8db"));
    }
}
