use crate::bot::StepError;
use crate::bot::strategy::StrategyConfig;
use crate::bot::strategy::program::Program;
use crate::indicator::Board;

/// Rules made of a configuration. No part of what a bot remembers: they are made again where they are not there.
#[derive(Clone, Debug, Default)]
pub(super) struct Cached(Option<Box<Program>>);

/// Whether they are there says nothing about the bot.
impl PartialEq for Cached {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Cached {}

impl Cached {
    /// The rules of a configuration, and what they ask for on the board. None of one that asks for nothing.
    pub(super) fn of(config: &StrategyConfig, board: &mut Board) -> Result<Self, StepError> {
        if config.is_unconditional() {
            return Ok(Self(None));
        }
        match Program::new(config, board) {
            Some(program) => Ok(Self(Some(Box::new(program)))),
            None => Err(StepError::Inconsistent("the conditions of its rules")),
        }
    }

    #[inline]
    pub(super) fn get(&self) -> Option<&Program> {
        self.0.as_deref()
    }
}
