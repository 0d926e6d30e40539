//! How long to leave alone what fails.

use std::time::Duration;

/// Pauses after failures in a row: each twice as long as the one before, up to the longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Backoff(Duration);

impl Backoff {
    /// The pause after the first failure.
    pub(crate) const SHORTEST: Duration = Duration::from_millis(100);
    /// The longest pause.
    pub(crate) const LONGEST: Duration = Duration::from_secs(2);

    /// Nothing has failed yet, or not since the last success.
    pub(crate) const fn new() -> Self {
        Self(Self::SHORTEST)
    }

    /// The pause after one more failure.
    pub(crate) fn pause(&mut self) -> Duration {
        let pause = self.0;
        self.0 = (pause * 2).min(Self::LONGEST);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::Backoff;

    #[test]
    fn each_pause_is_twice_as_long_up_to_two_seconds() {
        let mut backoff = Backoff::new();
        let pauses = [(); 7].map(|()| backoff.pause().as_millis());
        assert_eq!(pauses, [100, 200, 400, 800, 1_600, 2_000, 2_000]);
    }
}
