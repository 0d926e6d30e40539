use engine::spec::Candles;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use trading::candle::{Candle, CandleError, Mended};

/// Candles between two looks at the bar.
const EVERY: u32 = 4_096;

/// The same candles, with a bar on stderr while they are played, where that is a terminal.
pub(super) fn shown(candles: Candles) -> Shown {
    let (_, total) = candles.progress();
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} % {elapsed} left {eta}")
    {
        bar.set_style(style);
    }
    Shown {
        candles,
        bar,
        until_look: EVERY,
    }
}

/// See [`shown`].
pub(super) struct Shown {
    candles: Candles,
    bar: ProgressBar,
    until_look: u32,
}

impl Shown {
    /// What was changed of the candles so far.
    pub(super) fn mended(&self) -> Mended {
        self.candles.mended()
    }
}

impl Iterator for Shown {
    type Item = Result<Candle, CandleError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.until_look -= 1;
        if self.until_look == 0 {
            self.until_look = EVERY;
            self.bar.set_position(self.candles.progress().0);
        }
        self.candles.next()
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
