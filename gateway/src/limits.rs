//! Every limit of the gateway, in one place.

use std::{num::NonZeroU32, time::Duration};

use events::{control::HEARTBEAT_EVERY_S, subscriber::FeedConfig};
use platform::config::Reader;

/// What one socket, user or address may do, and how long things may take.
#[derive(Debug, Clone)]
pub struct GatewayLimits {
    /// Until hello must have come.
    pub hello_timeout: Duration,
    /// The largest first message from a client, in bytes.
    pub hello_bytes: usize,
    /// The largest message from a client that has said hello, in bytes.
    pub frame_bytes: usize,
    /// Messages a client may send for a second, in the long run.
    pub messages_per_second: NonZeroU32,
    /// Messages a client may send at once.
    pub message_burst: NonZeroU32,
    /// Market channels of one socket.
    pub channels: usize,
    /// Market channels a client may begin or end in a second, in the long run.
    pub channel_changes_per_second: NonZeroU32,
    /// Market channels a client may begin or end at once.
    pub channel_change_burst: NonZeroU32,
    /// Sockets of one user on this node.
    pub sockets_per_user: usize,
    /// Sockets of one address that have not said hello.
    pub unauthenticated_per_address: usize,
    /// Handshakes of one address a minute.
    pub handshakes_per_minute: NonZeroU32,
    /// Private messages that may wait for one socket.
    pub queue_messages: usize,
    /// Bytes of private messages that may wait for one socket.
    pub queue_bytes: usize,
    /// How long one flush may take.
    pub write_timeout: Duration,
    /// How long a close may take, from its frame to the peer's.
    pub close_timeout: Duration,
    /// How old a socket may become; each gets a tenth more or less.
    pub max_age: Duration,
    /// How long a socket outlives its token.
    pub token_grace: Duration,
    /// How often pings are sent.
    pub ping_interval: Duration,
    /// How long a pong may take.
    pub pong_timeout: Duration,
    /// How often market data is sent.
    pub market_tick: Duration,
    /// How long an ask may go unanswered.
    pub ask_timeout: Duration,
    /// How often the ends of all replay streams are compared with what was delivered.
    pub check_interval: Duration,
    /// How old the last heartbeat with revocations may be before this node calls itself not ready.
    pub heartbeat_age: Duration,
    /// How many events may be held for a user while the stream is read.
    pub held_events: usize,
    /// Sockets closed a second when the node drains; more if that would not end in time.
    pub drain_per_second: u32,
    /// The longest that a closed client is told to stay away.
    pub retry_after: Duration,
    /// How long a client is told to stay away whose socket had to go for a newer one of its user.
    pub replaced_retry_after: Duration,
    /// The kernel's send buffer of a socket, in bytes.
    pub send_buffer_bytes: usize,
    /// How long sent data may go unacknowledged before the kernel gives a connection up.
    pub tcp_user_timeout: Duration,
    /// The loop that reads Redis.
    pub feed: FeedConfig,
}

impl Default for GatewayLimits {
    fn default() -> Self {
        let nonzero = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self {
            hello_timeout: Duration::from_secs(5),
            hello_bytes: 8 * 1024,
            frame_bytes: 16 * 1024,
            messages_per_second: nonzero(10),
            message_burst: nonzero(20),
            channels: 64,
            channel_changes_per_second: nonzero(32),
            channel_change_burst: nonzero(256),
            sockets_per_user: 8,
            unauthenticated_per_address: 16,
            handshakes_per_minute: nonzero(60),
            queue_messages: 256,
            queue_bytes: 256 * 1024,
            write_timeout: Duration::from_secs(5),
            close_timeout: Duration::from_secs(2),
            max_age: Duration::from_hours(24),
            token_grace: Duration::from_secs(30),
            ping_interval: Duration::from_secs(25),
            pong_timeout: Duration::from_secs(10),
            market_tick: Duration::from_millis(100),
            ask_timeout: Duration::from_secs(1),
            check_interval: Duration::from_secs(10),
            heartbeat_age: Duration::from_secs(3 * HEARTBEAT_EVERY_S),
            held_events: 256,
            drain_per_second: 500,
            retry_after: Duration::from_secs(5),
            replaced_retry_after: Duration::from_mins(1),
            send_buffer_bytes: 64 * 1024,
            tcp_user_timeout: Duration::from_secs(20),
            feed: FeedConfig::default(),
        }
    }
}

impl GatewayLimits {
    /// Reads the `GATEWAY_…` variables; all have defaults.
    pub fn read(reader: &mut Reader) -> Self {
        let base = Self::default();
        Self {
            hello_timeout: ms(reader, "GATEWAY_HELLO_TIMEOUT_MS", base.hello_timeout),
            heartbeat_age: ms(reader, "GATEWAY_HEARTBEAT_AGE_MS", base.heartbeat_age),
            hello_bytes: reader.number_or("GATEWAY_HELLO_BYTES", base.hello_bytes, 256..=65_536),
            frame_bytes: reader.number_or("GATEWAY_FRAME_BYTES", base.frame_bytes, 256..=65_536),
            messages_per_second: count(reader, "GATEWAY_MESSAGES_PER_S", base.messages_per_second),
            message_burst: count(reader, "GATEWAY_MESSAGE_BURST", base.message_burst),
            channels: reader.number_or("GATEWAY_CHANNELS", base.channels, 1..=1_024),
            channel_changes_per_second: count(
                reader,
                "GATEWAY_CHANNEL_CHANGES_PER_S",
                base.channel_changes_per_second,
            ),
            channel_change_burst: count(
                reader,
                "GATEWAY_CHANNEL_CHANGE_BURST",
                base.channel_change_burst,
            ),
            sockets_per_user: reader.number_or(
                "GATEWAY_SOCKETS_PER_USER",
                base.sockets_per_user,
                1..=10_000,
            ),
            unauthenticated_per_address: reader.number_or(
                "GATEWAY_UNAUTHENTICATED_PER_ADDRESS",
                base.unauthenticated_per_address,
                1..=1_000_000,
            ),
            handshakes_per_minute: count(
                reader,
                "GATEWAY_HANDSHAKES_PER_MINUTE",
                base.handshakes_per_minute,
            ),
            queue_messages: reader.number_or(
                "GATEWAY_QUEUE_MESSAGES",
                base.queue_messages,
                1..=65_536,
            ),
            queue_bytes: reader.number_or(
                "GATEWAY_QUEUE_BYTES",
                base.queue_bytes,
                32_768..=67_108_864,
            ),
            write_timeout: ms(reader, "GATEWAY_WRITE_TIMEOUT_MS", base.write_timeout),
            close_timeout: ms(reader, "GATEWAY_CLOSE_TIMEOUT_MS", base.close_timeout),
            max_age: ms(reader, "GATEWAY_MAX_AGE_MS", base.max_age),
            token_grace: ms(reader, "GATEWAY_TOKEN_GRACE_MS", base.token_grace),
            ping_interval: ms(reader, "GATEWAY_PING_INTERVAL_MS", base.ping_interval),
            pong_timeout: ms(reader, "GATEWAY_PONG_TIMEOUT_MS", base.pong_timeout),
            market_tick: ms(reader, "GATEWAY_MARKET_TICK_MS", base.market_tick),
            ask_timeout: ms(reader, "GATEWAY_ASK_TIMEOUT_MS", base.ask_timeout),
            check_interval: ms(reader, "GATEWAY_CHECK_INTERVAL_MS", base.check_interval),
            drain_per_second: reader.number_or(
                "GATEWAY_DRAIN_PER_S",
                base.drain_per_second,
                1..=100_000,
            ),
            retry_after: ms(reader, "GATEWAY_RETRY_AFTER_MS", base.retry_after),
            replaced_retry_after: ms(
                reader,
                "GATEWAY_REPLACED_RETRY_AFTER_MS",
                base.replaced_retry_after,
            ),
            held_events: reader.number_or("GATEWAY_HELD_EVENTS", base.held_events, 16..=65_536),
            send_buffer_bytes: reader.number_or(
                "GATEWAY_SEND_BUFFER_BYTES",
                base.send_buffer_bytes,
                8_192..=8_388_608,
            ),
            tcp_user_timeout: ms(reader, "GATEWAY_TCP_USER_TIMEOUT_MS", base.tcp_user_timeout),
            feed: FeedConfig {
                probe_every: ms(reader, "GATEWAY_PROBE_EVERY_MS", base.feed.probe_every),
                probe_timeout: ms(reader, "GATEWAY_PROBE_TIMEOUT_MS", base.feed.probe_timeout),
                queue: base.feed.queue,
            },
        }
    }
}

fn ms(reader: &mut Reader, name: &str, default: Duration) -> Duration {
    let default = u64::try_from(default.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(reader.number_or(name, default, 1..=7 * 86_400_000))
}

fn count(reader: &mut Reader, name: &str, default: NonZeroU32) -> NonZeroU32 {
    let max = NonZeroU32::new(1_000_000).unwrap_or(NonZeroU32::MAX);
    reader.number_or(name, default, NonZeroU32::MIN..=max)
}
