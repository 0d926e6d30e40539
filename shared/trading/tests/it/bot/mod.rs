mod dca;
mod grid;
mod interval;
mod validate;
