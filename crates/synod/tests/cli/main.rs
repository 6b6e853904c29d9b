//! The built program, from outside: what it reads, what it writes, how it ends.

mod ask;
mod bad_input;
mod check;
mod common;
mod exports;
mod grade;
mod list;
mod node;
mod run;
mod scenarios;
mod schema;
mod search;
mod transcripts;
