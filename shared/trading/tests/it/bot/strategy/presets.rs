use trading::bot::strategy::presets::PRESETS;
use trading::bot::{BotConfig, BotSetup, Budget, FeeCharge, FeedCandles, validate};
use trading::candle::Interval;

use crate::support::{amount, fees, sol};

#[test]
fn every_preset_is_a_sound_configuration() {
    for preset in PRESETS {
        let config: BotConfig = serde_json::from_str(preset.config).unwrap();
        let setup = BotSetup::paper(config, sol(), fees("0.001", FeeCharge::Received));
        let budget = Budget {
            price: amount("100"),
            free_quote: Some(amount("1000")),
            free_base: None,
            candles: FeedCandles::Every(Interval::Minute.millis()),
        };
        assert_eq!(validate(&setup, &budget), [], "{}", preset.name);
    }
}
