mod control;
mod create;
mod history;
mod update;
