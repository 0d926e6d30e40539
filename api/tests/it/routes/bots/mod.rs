mod control;
mod create;
mod deals;
mod delete;
mod history;
mod update;
