use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A floating-point number that is saved as its bits, so that a restart goes on with exactly what was there. It may decide;
/// it never counts money.
#[derive(Clone, Copy, Debug, Default)]
pub struct Real(pub f64);

impl Real {
    /// No value yet.
    pub const UNKNOWN: Self = Self(f64::NAN);
}

/// Equal where the bits are: what has no value equals itself.
impl PartialEq for Real {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Real {}

impl Serialize for Real {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0.to_bits())
    }
}

impl<'de> Deserialize<'de> for Real {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(|bits| Self(f64::from_bits(bits)))
    }
}
