mod dca;
mod grid;
mod interval;
mod schedule;
mod validate;
