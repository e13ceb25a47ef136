//! The program as a user meets it.

mod audit;
mod browser;
mod check;
mod commands;
mod converged;
mod data;
mod docs;
mod embeddings;
mod explain;
mod fetch;
mod gate;
mod guides;
mod images;
mod links;
mod memory;
mod proposals;
mod running;
mod searching;
mod segments;
mod selecting;
#[cfg(unix)]
mod signals;
mod splits;
mod store;
#[cfg(target_os = "linux")]
mod streams;
mod support;
