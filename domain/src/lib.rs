//! What a petition (*phản ánh, kiến nghị*) is and what may happen to it; routing; deadlines; rates.
//!
//! This crate decides, and does nothing else: no SQL, no HTTP, no clock of its own, no randomness. Time, ids and salts come in
//! as parameters, so every decision can be made again later and comes out the same.
//!
//! Where to look: [`petition`] for the life of a petition (state, command, decision, event), [`routing`] for the desk it
//! reaches, [`calendar`], [`holidays`] and [`deadline`] for both clocks, [`rate`] for the figures, [`chain`] for the hash chain and [`seal`] for
//! what is sealed over all chains,
//! [`question`] for what a field asks besides, [`change`] for what an operator changed, [`wording`] for texts that an operator may put
//! otherwise, [`succession`] for units and agencies that end, [`search`] for what is searched by, [`suggest`] for the field that a text may belong to, [`duplicate`] for petitions that
//! may tell of the same matter; [`account`] for who acts, and [`password`], [`one_time`], [`identity`], [`patience`] and [`quota`] for how
//! they prove it and how often they may try; [`webhook`] for what agencies' systems are told.
//!
//! To add a command: a variant of [`petition::Command`] and of [`petition::CommandKind`], its row in
//! [`petition::Status::allows`], who may give it in `petition/permission.rs`, what follows from it in `petition/decide.rs`, and
//! the event's effect in `petition/apply.rs`. The compiler names every place: no match here has a wildcard arm.

pub mod account;
pub mod api_key;
mod bytes;
pub mod calendar;
pub mod catalogue;
pub mod chain;
pub mod change;
pub mod code;
pub mod deadline;
pub mod duplicate;
pub mod erasure;
pub mod holidays;
pub mod id;
pub mod identity;
pub mod notice;
pub mod one_time;
pub mod password;
pub mod patience;
pub mod personal;
pub mod petition;
pub mod place;
pub mod question;
pub mod quota;
pub mod rate;
pub mod routing;
pub mod seal;
pub mod search;
pub mod succession;
pub mod suggest;
pub mod text;
pub mod time;
mod vocabulary;
pub mod webhook;
pub mod wording;
