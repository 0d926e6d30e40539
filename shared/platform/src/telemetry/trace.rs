//! W3C trace context: which trace a request belongs to.

use std::fmt;

use crate::random;

/// The `traceparent` of a request, version 00.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace: [u8; 16],
    span: [u8; 8],
    flags: u8,
}

impl TraceContext {
    /// Begins a trace.
    pub fn begin() -> Self {
        Self {
            trace: random::bytes(),
            span: random::bytes(),
            flags: 0,
        }
    }

    /// Reads a header value; none unless it is exactly what the standard allows.
    /// <https://www.w3.org/TR/trace-context/#traceparent-header>
    pub fn parse(text: &str) -> Option<Self> {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return None;
        }
        let mut parts = text.split('-');
        let version = one_byte(parts.next()?)?;
        let mut context = Self {
            trace: [0; 16],
            span: [0; 8],
            flags: 0,
        };
        hex::decode_to_slice(parts.next()?, &mut context.trace).ok()?;
        hex::decode_to_slice(parts.next()?, &mut context.span).ok()?;
        context.flags = one_byte(parts.next()?)?;
        // A later version may say more after the flags; version 00 may not, and 255 is no version.
        let complete = version != 0 || parts.next().is_none();
        let valid = version != 0xff && context.trace != [0; 16] && context.span != [0; 8];
        (complete && valid).then_some(context)
    }

    /// The same trace, one step further: what we send on, and answer with.
    #[must_use]
    pub fn child(self) -> Self {
        Self {
            span: random::bytes(),
            ..self
        }
    }

    /// The trace's id, in hex.
    pub fn trace_id(self) -> String {
        hex::encode(self.trace)
    }
}

fn one_byte(text: &str) -> Option<u8> {
    let mut byte = [0];
    hex::decode_to_slice(text, &mut byte).ok()?;
    Some(byte[0])
}

/// As the header carries it.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (trace, span) = (hex::encode(self.trace), hex::encode(self.span));
        write!(f, "00-{trace}-{span}-{:02x}", self.flags)
    }
}

#[cfg(test)]
mod tests {
    use super::TraceContext;

    const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn valid() {
        let context = TraceContext::parse(VALID).unwrap();
        assert_eq!(context.to_string(), VALID);
        assert_eq!(context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let child = context.child();
        assert_eq!(child.trace_id(), context.trace_id());
        assert_ne!(child, context);
        assert!(TraceContext::parse(&format!("01{}-more", &VALID[2..])).is_some());
        assert!(TraceContext::parse(&TraceContext::begin().to_string()).is_some());
    }

    #[test]
    fn invalid() {
        for text in [
            "",
            "00",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
        ] {
            assert_eq!(TraceContext::parse(text), None, "{text}");
        }
    }
}
