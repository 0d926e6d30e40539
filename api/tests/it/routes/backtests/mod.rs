mod compare;
mod control;
mod create;
mod search;
