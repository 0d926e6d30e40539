mod control;
mod create;
mod deals;
mod history;
mod update;
