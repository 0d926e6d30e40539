//! The body of a request that must not be sent too late.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::{
    moment::MomentClock,
    permit::{PermitExpired, SendPermit},
};

/// Holds the parameters back until the connection asks for them, and checks the permit then. The HTTP client buffers the
/// head of a request until it has the first part of the body, so if the permit has expired, not a byte is written. And
/// what never asked for the body cannot have sent the order.
#[derive(Debug)]
pub(crate) struct GuardedBody {
    payload: Option<Bytes>,
    permit: SendPermit,
    moments: MomentClock,
    handed_over: HandedOver,
}

/// Whether the connection took the body.
#[derive(Clone, Debug, Default)]
pub(crate) struct HandedOver(Arc<AtomicBool>);

impl HandedOver {
    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl GuardedBody {
    pub(crate) fn new(payload: String, permit: SendPermit, moments: MomentClock) -> Self {
        Self {
            payload: Some(payload.into()),
            permit,
            moments,
            handed_over: HandedOver::default(),
        }
    }

    pub(crate) fn handed_over(&self) -> HandedOver {
        self.handed_over.clone()
    }
}

impl Body for GuardedBody {
    type Data = Bytes;
    type Error = PermitExpired;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, PermitExpired>>> {
        let Some(payload) = self.payload.take() else {
            return Poll::Ready(None);
        };
        let checked = self.permit.check(self.moments.now());
        if checked.is_ok() {
            self.handed_over.0.store(true, Ordering::Release);
        }
        Poll::Ready(Some(checked.map(|()| Frame::data(payload))))
    }

    fn is_end_stream(&self) -> bool {
        self.payload.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let left = self.payload.as_ref().map_or(0, Bytes::len);
        SizeHint::with_exact(left as u64)
    }
}
