//! How events travel: the catalogue, the wire protocol of the sockets, the names in Redis, and both ends of the way there.

pub mod catalogue;
pub mod channel;
pub mod control;
pub mod epoch;
pub mod frame;
pub mod market;
pub mod names;
pub mod payload;
pub mod publisher;
pub mod replay;
pub mod sockets;
pub mod subscriber;
pub mod wire;

pub use catalogue::EventType;
pub use epoch::Epoch;
pub use frame::EventFrame;
pub use names::Names;
pub use publisher::Publisher;
