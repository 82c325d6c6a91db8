//! The life of a petition: its status, the commands that may be given, what each decides, and the events that follow.
//!
//! A command goes through [`decide`], which returns one event or a [`Refusal`]; the event goes through [`Petition::apply`].
//! There is no other way to change a petition.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> submitted: submit
//!     submitted --> received: receive
//!     received --> in_progress: start
//!     received --> answered: answer
//!     in_progress --> answered: answer
//!     submitted --> submitted: transfer, return
//!     received --> submitted: transfer, return
//!     in_progress --> submitted: transfer, return
//!     submitted --> rejected: reject
//!     received --> rejected: reject
//!     in_progress --> rejected: reject
//!     submitted --> withdrawn: withdraw
//!     received --> withdrawn: withdraw
//!     in_progress --> withdrawn: withdraw
//! ```
//!
//! `awaiting_citizen`, `closed` and `merged` belong to the contract; the commands that lead there come with a later issue.

mod apply;
mod code;
mod command;
mod decide;
mod event;
mod permission;
mod state;
mod status;

pub use apply::{Unfit, replay};
pub use code::{InvalidPetitionCode, PetitionCode};
pub use command::{Command, CommandKind, RejectionCode, Submission, TransferOrder};
pub use decide::{Decision, Refusal, decide};
pub use event::{ActorRecord, Event, EventData, Slot, Submitted};
pub use permission::{may, sees};
pub use state::{Answer, Petition, Place, Rejection};
pub use status::Status;
