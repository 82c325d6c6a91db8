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
//!     received --> awaiting_citizen: request-information
//!     in_progress --> awaiting_citizen: request-information
//!     awaiting_citizen --> in_progress: supplement
//!     received --> answered: answer, approve-answer
//!     in_progress --> answered: answer, approve-answer
//!     awaiting_citizen --> answered: answer, approve-answer
//!     submitted --> submitted: transfer, return
//!     received --> submitted: transfer, return
//!     in_progress --> submitted: transfer, return
//!     awaiting_citizen --> submitted: transfer, return
//!     submitted --> rejected: reject
//!     received --> rejected: reject
//!     in_progress --> rejected: reject
//!     awaiting_citizen --> rejected: reject
//!     submitted --> merged: merge
//!     received --> merged: merge
//!     in_progress --> merged: merge
//!     awaiting_citizen --> merged: merge
//!     submitted --> withdrawn: withdraw
//!     received --> withdrawn: withdraw
//!     in_progress --> withdrawn: withdraw
//!     awaiting_citizen --> withdrawn: withdraw
//!     answered --> closed: close
//!     answered --> received: reopen
//!     closed --> received: reopen
//! ```
//!
//! All other commands leave the status as it is. An erasure ([`erase`]) does so too, and so does carrying it
//! over from an agency that has ended ([`carry_over`]).

mod apply;
mod attachment;
mod carry;
mod clock;
mod code;
mod command;
mod decide;
mod emergency;
mod erase;
mod event;
mod hearing;
mod intake;
mod kind;
mod merge;
mod permission;
mod reach;
mod refusal;
mod state;
mod status;

pub use apply::{Unfit, replay};
pub use attachment::{Attachment, MediaType};
pub use carry::{Heir, Inheritance, carry_over, heir};
pub use code::{InvalidPetitionCode, PetitionCode};
pub use command::{Command, CommandKind, Escalation, RatingLevel, RejectionCode, Submission, TransferOrder};
pub use decide::{Decision, decide};
pub use emergency::Emergency;
pub use erase::{ErasureBasis, TextKey, erase, texts_left, texts_to_erase};
pub use event::{ActorRecord, Event, EventData, Resumed, Slot, Submitted};
pub use hearing::hears;
pub use intake::{CameAt, CameAtFault, Entry, Intake, REACH_DAYS};
pub use kind::EventKind;
pub use merge::absorb;
pub use permission::{may, open_to, sees};
pub use refusal::Refusal;
pub use state::{Answer, AnswerClock, Petition, Place, Publication, Rating, Reference, Rejection};
pub use status::Status;
