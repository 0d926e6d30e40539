//! Looks at the headers of frames while they are read: tungstenite puts together any number of empty fragments without a
//! word, and knows one size limit for the whole life of a socket.

use std::{
    io::{self, ErrorKind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use crate::session::Rate;

/// In the first byte of a header: whether the message ends with this frame, and what kind of frame it is.
const FIN: u8 = 0x80;
const OPCODE: u8 = 0x0f;
const CONTINUATION: u8 = 0;

/// The longest frame header: two bytes, eight of length, four of mask.
const MAX_HEADER: usize = 14;

/// A connection on which fragments come no faster than messages may, and frames are no longer than they may be now.
#[derive(Debug)]
pub(super) struct Inbound<S> {
    io: S,
    frames: Frames,
    rate: Rate,
    longest: Longest,
}

/// The longest payload of a frame, in bytes; can be changed while the connection is read.
#[derive(Debug, Clone)]
pub(super) struct Longest(Arc<AtomicUsize>);

impl Longest {
    pub(super) fn new(bytes: usize) -> Self {
        Self(Arc::new(bytes.into()))
    }

    pub(super) fn set(&self, bytes: usize) {
        self.0.store(bytes, Ordering::Relaxed);
    }
}

impl<S> Inbound<S> {
    pub(super) fn new(io: S, rate: Rate, longest: Longest) -> Self {
        Self {
            io,
            frames: Frames::default(),
            rate,
            longest,
        }
    }

    /// What it reads from, and no longer looks at.
    pub(super) fn into_inner(self) -> S {
        self.io
    }

    /// Looks at bytes that came.
    fn examine(&mut self, bytes: &[u8]) -> io::Result<()> {
        let longest = self.longest.0.load(Ordering::Relaxed);
        let found = self.frames.follow(bytes);
        if found.longest > longest as u64 {
            return Err(ErrorKind::FileTooLarge.into());
        }
        if !self.rate.allows_many(found.fragments, Instant::now()) {
            return Err(ErrorKind::QuotaExceeded.into());
        }
        Ok(())
    }
}

/// Whether reading ended because fragments came too fast.
pub(super) fn is_too_many(error: &io::Error) -> bool {
    error.kind() == ErrorKind::QuotaExceeded
}

/// Whether reading ended because a frame was too long.
pub(super) fn is_too_long(error: &io::Error) -> bool {
    error.kind() == ErrorKind::FileTooLarge
}

impl<S: AsyncRead + Unpin> AsyncRead for Inbound<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.io).poll_read(cx, buf);
        if matches!(read, Poll::Ready(Ok(()))) {
            self.examine(buf.filled().get(before..).unwrap_or_default())?;
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Inbound<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// Follows the headers of the frames in a stream of bytes.
#[derive(Debug, Default)]
struct Frames {
    header: [u8; MAX_HEADER],
    /// Bytes of the header that have come.
    have: usize,
    /// Bytes of the payload that are still to come.
    payload: u64,
}

/// What began in some bytes.
#[derive(Debug, Default)]
struct Found {
    /// Frames that are not a whole message.
    fragments: usize,
    /// The longest payload that was announced.
    longest: u64,
}

impl Frames {
    fn follow(&mut self, mut bytes: &[u8]) -> Found {
        let mut found = Found::default();
        loop {
            let skipped = usize::try_from(self.payload)
                .unwrap_or(usize::MAX)
                .min(bytes.len());
            self.payload -= skipped as u64;
            let Some((first, rest)) = bytes.get(skipped..).and_then(<[u8]>::split_first) else {
                return found;
            };
            bytes = rest;
            self.header[self.have] = *first;
            self.have += 1;
            if self.have == self.header_len() {
                found.fragments += usize::from(self.is_fragment());
                self.payload = self.payload_len();
                found.longest = found.longest.max(self.payload);
                self.have = 0;
            }
        }
    }

    /// How long the header is, as far as its beginning tells.
    fn header_len(&self) -> usize {
        if self.have < 2 {
            return 2;
        }
        let extended = match self.header[1] & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mask = if self.header[1] & 0x80 == 0 { 0 } else { 4 };
        2 + extended + mask
    }

    fn payload_len(&self) -> u64 {
        let [_, short, extended @ ..] = &self.header;
        let big_endian = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0, |length: u64, byte| length << 8 | u64::from(*byte))
        };
        match short & 0x7f {
            126 => big_endian(&extended[..2]),
            127 => big_endian(&extended[..8]),
            short => short.into(),
        }
    }

    /// Whether FIN is missing, or the frame continues another.
    fn is_fragment(&self) -> bool {
        let [first, ..] = self.header;
        first & FIN == 0 || matches!(first & OPCODE, CONTINUATION)
    }
}

#[cfg(test)]
mod tests {
    use super::Frames;

    /// A masked frame.
    fn frame(first: u8, length: usize) -> Vec<u8> {
        let mut frame = vec![first];
        match length {
            0..126 => frame.push(0x80 | u8::try_from(length).unwrap()),
            126..65_536 => {
                frame.push(0xfe);
                frame.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            _ => {
                frame.push(0xff);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend([1, 2, 3, 4]);
        // A payload that looks like empty fragments.
        frame.resize(frame.len() + length, 0);
        frame
    }

    #[test]
    fn fragments_are_told_from_messages_wherever_the_bytes_are_cut() {
        let bytes = [
            frame(0x81, 5),
            frame(0x01, 0),
            frame(0x00, 200),
            frame(0x89, 3),
            frame(0x80, 70_000),
            frame(0x81, 65_535),
            frame(0x82, 0),
        ]
        .concat();
        for cut in [1, 2, 3, 7, 4_096, bytes.len()] {
            let mut frames = Frames::default();
            let found = bytes.chunks(cut).map(|chunk| frames.follow(chunk)).fold(
                (0, 0),
                |(fragments, longest), found| {
                    (fragments + found.fragments, longest.max(found.longest))
                },
            );
            assert_eq!(found, (3, 70_000), "{cut}");
        }
    }
}
