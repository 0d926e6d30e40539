//! Configurations to begin with, as data.

/// A configuration to begin with.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Its name for programs.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it does, in a sentence.
    pub description: &'static str,
    /// A configuration of a bot, in JSON.
    pub config: &'static str,
}

/// All of them.
pub const PRESETS: [Preset; 4] = [
    Preset {
        name: "ema_cross",
        title: "EMA cross",
        description: "Buys when the average of 12 candles crosses above that of 26, and sells when it crosses below.",
        config: include_str!("presets/ema_cross.json"),
    },
    Preset {
        name: "rsi_reversal",
        title: "RSI reversal",
        description: "Buys when RSI comes back above 30, and sells when it falls back below 70, at 3 % of profit or 2 % of loss.",
        config: include_str!("presets/rsi_reversal.json"),
    },
    Preset {
        name: "macd",
        title: "MACD",
        description: "Buys when MACD crosses above its signal while the price is above its average of 200 candles, and sells when it crosses below.",
        config: include_str!("presets/macd.json"),
    },
    Preset {
        name: "bollinger_breakout",
        title: "Bollinger breakout",
        description: "Buys when the price closes above the upper band on more volume than usual, and sells when it closes below the middle.",
        config: include_str!("presets/bollinger_breakout.json"),
    },
];
