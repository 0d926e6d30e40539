mod backtest;
mod dca;
mod deals;
mod parts;
mod refusals;

use proptest::prelude::*;
use serde_json::{Value, json};
use trading::Amount;
use trading::bot::{BotConfig, FeeCharge, Output, Reason, Signal, SignalAction, SignalAmount};
use trading::order::Millis;

use crate::support::{BOT, World, amount, fees};

/// Buys for 100 by signals.
pub(super) fn config(more: &Value) -> BotConfig {
    let mut value = json!({ "type": "signal", "size": { "unit": "quote", "amount": "100" } });
    for (name, field) in more.as_object().unwrap() {
        value[name] = field.clone();
    }
    serde_json::from_value(value).unwrap()
}

pub(super) fn world(more: &Value) -> World {
    World::new(config(more), fees("0.001", FeeCharge::Quote), "10000")
}

pub(super) fn named(id: &str, action: SignalAction) -> Signal {
    Signal {
        id: id.to_owned(),
        ..Signal::of(action)
    }
}

impl World {
    pub(super) fn signal(&mut self, signal: Signal) {
        let mut heard = Heard::default();
        self.session
            .signal(BOT, self.at, signal, &mut heard)
            .unwrap();
        let entry = &self.session.bots()[0];
        entry.state.check(&entry.setup).unwrap();
        for (at, event) in heard.0 {
            heard_by(&mut self.recorder, at, &event);
        }
    }
}

/// What a session said, to be told again.
#[derive(Default)]
pub(super) struct Heard(pub(super) Vec<(Millis, Output)>);

impl trading::paper::Sink for Heard {
    fn receive(
        &mut self,
        at: Millis,
        _bot: trading::paper::BotSlot,
        event: trading::paper::Event<'_>,
    ) {
        if let trading::paper::Event::Output(output) = event {
            self.0.push((at, output.clone()));
        }
    }
}

fn heard_by(recorder: &mut trading::backtest::Recorder, at: Millis, output: &Output) {
    use trading::paper::Sink as _;
    recorder.receive(at, BOT, trading::paper::Event::Output(output));
}

/// What became of a signal with this name, once it is known: refused with a reason, or not.
pub(super) fn fate(outputs: &[(Millis, Output)], name: &str) -> Option<Result<(), Reason>> {
    outputs.iter().find_map(|(_, output)| match output {
        Output::SignalSettled { id, refused } if id == name => Some(refused.map_or(Ok(()), Err)),
        _ => None,
    })
}

/// The signal that a bot of this kind is sent in a minute of a test that sends them as they come.
pub(crate) fn signal(bot: &BotConfig, minute: Millis) -> Option<Signal> {
    if !matches!(bot, BotConfig::Signal(_)) {
        return None;
    }
    let action = match minute % 11 {
        1 | 2 | 6 | 9 => SignalAction::EnterLong,
        4 | 8 => SignalAction::ExitLong,
        7 => SignalAction::CloseAtMarket,
        10 if minute % 3 == 0 => SignalAction::Disable,
        0 => SignalAction::Enable,
        _ => return None,
    };
    let value = Amount::from_int(minute % 90 + 10);
    let amount = match (action, minute % 4) {
        (SignalAction::EnterLong, 1) => Some(SignalAmount::FreePercent { value }),
        (SignalAction::EnterLong, 2) => Some(SignalAmount::Quote { value }),
        (SignalAction::ExitLong | SignalAction::CloseAtMarket, 0 | 1) => {
            Some(SignalAmount::PositionPercent { value })
        }
        _ => None,
    };
    Some(Signal {
        amount,
        ..named(&minute.to_string(), action)
    })
}

/// Signal bots with all sorts of exits.
pub(crate) fn any_signalled() -> impl Strategy<Value = BotConfig> {
    (0_u8..128, 1_u32..4, 0_u32..400).prop_map(|(options, deals, cooldown)| {
        let mut value = json!({ "cooldown_s": cooldown });
        if options & 1 != 0 {
            value["in_position"] = json!("add");
            value["max_active_deals"] = json!(deals);
        }
        if options & 2 != 0 {
            value["take_profit"] = json!({ "percentage": "1" });
        }
        if options & 4 != 0 {
            value["stop_loss"] = json!({ "percentage": "2", "trailing": options & 8 != 0 });
        }
        if options & 16 != 0 {
            value["order_type"] = json!("limit");
            value["unfilled_timeout_s"] = json!(90);
        }
        if options & 32 != 0 {
            value["exit_percentage"] = json!("40");
            value["max_hold_s"] = json!(600);
        }
        if options & 64 != 0 {
            value["take_profit"] = json!({ "steps": [
                { "percentage": "1", "share": "50" }, { "percentage": "2", "share": "50" },
            ] });
        }
        config(&value)
    })
}

#[test]
fn a_part_of_what_is_free_is_what_is_free_when_the_signal_comes() {
    let mut world = world(&json!({ "size": { "unit": "percent", "amount": "50" } }));
    world.prices(&["100"]);
    world.signal(Signal::of(SignalAction::EnterLong));
    world.prices(&["100"]);
    assert_eq!(world.base(), amount("50"));
}
