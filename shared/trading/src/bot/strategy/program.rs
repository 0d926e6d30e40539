use super::operand::{self, Resolved};
use super::{Condition, Match, Operand, Rule, StrategyConfig};
use crate::amount::{Amount, AmountError, Rounding};
use crate::bot::{Observation, Operator};
use crate::indicator::{Board, Place, float, shown};
use crate::order::{LegId, Millis};

/// Decimals of a confidence.
const DECIMALS: u32 = 4;

/// A configuration's rules in the form in which they are tested: every side has its place on the board.
#[derive(Clone, Debug)]
pub(super) struct Program {
    /// The series at whose close the rules are tested.
    pub(super) series: usize,
    /// Length of its candles.
    pub(super) interval: Millis,
    pub(super) entry: Test,
    pub(super) exit: Option<Test>,
}

/// A rule.
#[derive(Clone, Debug)]
pub(super) struct Test {
    mode: Match,
    parts: Vec<Part>,
}

/// A condition or a group of them.
#[derive(Clone, Debug)]
struct Part {
    mode: Match,
    checks: Vec<Check>,
    weight: u32,
}

#[derive(Clone, Debug)]
struct Check {
    left: Side,
    operator: Operator,
    right: Side,
}

#[derive(Clone, Debug)]
struct Side {
    name: String,
    value: Source,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Number(f64),
    Line(Place),
}

/// What a rule came to at the close of a candle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) holds: bool,
    /// Weight of the parts that hold.
    held: u64,
    /// Weight of all.
    all: u64,
}

impl Program {
    /// The rules of a configuration; what they ask for is put on the board where it is not there yet. None for a configuration
    /// that was never found sound.
    pub(super) fn new(config: &StrategyConfig, board: &mut Board) -> Option<Self> {
        let interval = operand::interval(&config.interval)?.millis();
        let series = board.series(LegId::FIRST, interval);
        let entry = Test::new(&config.entry, interval, board)?;
        let exit = match &config.exit {
            Some(rule) => Some(Test::new(rule, interval, board)?),
            None => None,
        };
        Some(Self {
            series,
            interval,
            entry,
            exit,
        })
    }
}

impl Test {
    fn new(rule: &Rule, interval: Millis, board: &mut Board) -> Option<Self> {
        let mut parts = Vec::new();
        for condition in &rule.conditions {
            parts.push(Part {
                mode: Match::All,
                checks: vec![Check::new(condition, interval, board)?],
                weight: condition.weight,
            });
        }
        for group in &rule.groups {
            let checks = group.conditions.iter();
            parts.push(Part {
                mode: group.mode,
                checks: checks
                    .map(|condition| Check::new(condition, interval, board))
                    .collect::<Option<_>>()?,
                weight: group.weight,
            });
        }
        Some(Self {
            mode: rule.mode,
            parts,
        })
    }

    /// Whether the values of all its sides count.
    pub(super) fn is_settled(&self, board: &Board) -> bool {
        let checks = self.parts.iter().flat_map(|part| &part.checks);
        checks
            .flat_map(|check| [check.left.value, check.right.value])
            .all(|value| match value {
                Source::Number(_) => true,
                Source::Line(place) => board.is_settled(place),
            })
    }

    /// Tests it on the values of now.
    #[inline]
    pub(super) fn verdict(&self, board: &Board) -> Verdict {
        let (mut held, mut all) = (0, 0);
        for part in &self.parts {
            let weight = u64::from(part.weight);
            all += weight;
            held += if part.holds(board) { weight } else { 0 };
        }
        let holds = match self.mode {
            Match::All => held == all && all > 0,
            Match::Any => held > 0,
        };
        Verdict { holds, held, all }
    }

    /// What its conditions found: those that hold, or those that do not; all where `which` is none.
    pub(super) fn observations(&self, board: &Board, which: Option<bool>) -> Vec<Observation> {
        let checks = self.parts.iter().flat_map(|part| &part.checks);
        let all = checks.map(|check| check.observe(board));
        all.filter(|found| which.is_none_or(|which| found.holds == which))
            .collect()
    }
}

impl Part {
    fn holds(&self, board: &Board) -> bool {
        let mut checks = self.checks.iter();
        match self.mode {
            Match::All => checks.all(|check| check.holds(board)),
            Match::Any => checks.any(|check| check.holds(board)),
        }
    }
}

impl Check {
    fn new(condition: &Condition, interval: Millis, board: &mut Board) -> Option<Self> {
        Some(Self {
            left: Side::new(&condition.left, interval, board)?,
            operator: condition.operator,
            right: Side::new(&condition.right, interval, board)?,
        })
    }

    fn holds(&self, board: &Board) -> bool {
        self.operator
            .holds(self.left.value(board), self.right.value(board))
    }

    fn observe(&self, board: &Board) -> Observation {
        let (left, right) = (self.left.value(board), self.right.value(board));
        let before = |side: &Side, (_, before): (f64, f64)| {
            let is_line = matches!(side.value, Source::Line(_));
            shown(before).filter(|_| self.operator.is_crossing() && is_line)
        };
        Observation {
            left: self.left.name.clone(),
            left_value: shown(left.0),
            left_before: before(&self.left, left),
            operator: self.operator,
            right: self.right.name.clone(),
            right_value: shown(right.0),
            right_before: before(&self.right, right),
            holds: self.holds(board),
        }
    }
}

impl Side {
    fn new(operand: &Operand, of_bot: Millis, board: &mut Board) -> Option<Self> {
        let mut wrong = Vec::new();
        let resolved = operand.resolve(&mut wrong)?;
        if !wrong.is_empty() {
            return None;
        }
        Some(match resolved {
            Resolved::Value(value) => Self {
                name: value.to_string(),
                value: Source::Number(float(value)),
            },
            Resolved::Line {
                definition,
                line,
                interval,
            } => {
                let millis = interval.map_or(of_bot, crate::candle::Interval::millis);
                let name = definition.name(line);
                Self {
                    name: match interval {
                        Some(other) if millis != of_bot => format!("{name} of {}", other.as_str()),
                        Some(_) | None => name,
                    },
                    value: Source::Line(board.place(LegId::FIRST, millis, definition, line)),
                }
            }
        })
    }

    #[inline]
    fn value(&self, board: &Board) -> (f64, f64) {
        match self.value {
            Source::Number(value) => (value, value),
            Source::Line(place) => board.value(place),
        }
    }
}

impl Verdict {
    /// The share of its parts that hold, by weight, rounded down.
    pub(super) fn confidence(self) -> Result<Amount, AmountError> {
        if self.all == 0 {
            return Ok(Amount::ONE);
        }
        Amount::from_whole(self.held).div_rounded(
            Amount::from_whole(self.all),
            DECIMALS,
            Rounding::Down,
        )
    }

    /// Whether so much of it holds, exactly.
    pub(super) fn reaches(self, least: Amount) -> Result<bool, AmountError> {
        Ok(Amount::from_whole(self.held) >= least.times(Amount::from_whole(self.all))?)
    }
}
