//! What may happen to petitions, what follows from it, and what is counted of them.
//!
//! [`world`] is a small province in which the stories play; [`chance`] makes up stories nobody thought of. Then, in the order of
//! a petition's life: who may do what ([`permissions`]), what each command does ([`commands`], [`intake`], [`transfers`], [`fields`],
//! [`pauses`], [`answers`], [`reopening`], [`merging`], [`erasing`]), what time does ([`deadlines`], [`escalation`]), what is written down
//! ([`log`]), what holds for any history whatever ([`histories`], step by step the [`invariants`]), and what is counted
//! ([`rates`], checked against the [`recount`], and [`targets`]).

#[cfg(test)]
mod answers;
#[cfg(test)]
mod chance;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod deadlines;
#[cfg(test)]
mod erasing;
#[cfg(test)]
mod escalation;
#[cfg(test)]
mod fields;
#[cfg(test)]
mod forecast;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod intake;
#[cfg(test)]
mod invariants;
#[cfg(test)]
mod log;
#[cfg(test)]
mod merging;
#[cfg(test)]
mod pauses;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod rates;
#[cfg(test)]
mod recount;
#[cfg(test)]
mod reforms;
#[cfg(test)]
mod reopening;
#[cfg(test)]
mod signs;
#[cfg(test)]
mod targets;
#[cfg(test)]
mod transfers;
#[cfg(test)]
mod world;
