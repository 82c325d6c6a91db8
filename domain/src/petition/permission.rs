//! Who sees a petition, and who may give which command. Whether its status allows the command is another question.

use super::{command::CommandKind, state::Petition};
use crate::{account::Actor, code::AgencyCode};

/// What an actor is to a petition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Who sent it.
    Owner,
    /// An officer or leader of the agency that has it.
    Desk,
    /// The coordinator, whose own desk has it.
    CoordinatorHolding,
    /// The coordinator, while an agency has it.
    CoordinatorWatching,
    /// pakn itself.
    System,
    /// None of these: for them it does not exist.
    Stranger,
}

fn standing(petition: &Petition, actor: &Actor) -> Standing {
    match actor {
        Actor::Citizen(account) if petition.submitter == *account => Standing::Owner,
        Actor::Officer(_, agency) | Actor::Leader(_, agency) if petition.holder == *agency => Standing::Desk,
        Actor::Coordinator(_) if petition.holder == AgencyCode::coordinator() => Standing::CoordinatorHolding,
        Actor::Coordinator(_) => Standing::CoordinatorWatching,
        Actor::System => Standing::System,
        Actor::Citizen(_) | Actor::Officer(..) | Actor::Leader(..) | Actor::Steering(_) | Actor::Admin(_) => {
            Standing::Stranger
        }
    }
}

/// Whether the petition exists for this actor. For whom it does not, every answer is "not found".
pub fn sees(petition: &Petition, actor: &Actor) -> bool {
    standing(petition, actor) != Standing::Stranger
}

/// Whether this actor may give that command to that petition, were its status right.
///
/// An agency never rejects: what is not its own it returns or passes on, so that no petition ends with "not ours".
pub fn may(petition: &Petition, actor: &Actor, command: CommandKind) -> bool {
    match command {
        CommandKind::Submit => false,
        CommandKind::Receive | CommandKind::Start | CommandKind::Answer => match standing(petition, actor) {
            Standing::Desk | Standing::CoordinatorHolding => true,
            Standing::Owner | Standing::CoordinatorWatching | Standing::System | Standing::Stranger => false,
        },
        CommandKind::Transfer => match standing(petition, actor) {
            Standing::Desk | Standing::CoordinatorHolding | Standing::CoordinatorWatching => true,
            Standing::Owner | Standing::System | Standing::Stranger => false,
        },
        CommandKind::Return => match standing(petition, actor) {
            Standing::Desk => true,
            Standing::Owner
            | Standing::CoordinatorHolding
            | Standing::CoordinatorWatching
            | Standing::System
            | Standing::Stranger => false,
        },
        CommandKind::Reject => match standing(petition, actor) {
            Standing::CoordinatorHolding | Standing::CoordinatorWatching => true,
            Standing::Owner | Standing::Desk | Standing::System | Standing::Stranger => false,
        },
        CommandKind::Withdraw => match standing(petition, actor) {
            Standing::Owner => true,
            Standing::Desk
            | Standing::CoordinatorHolding
            | Standing::CoordinatorWatching
            | Standing::System
            | Standing::Stranger => false,
        },
        CommandKind::SetDeadlines => match standing(petition, actor) {
            Standing::System => true,
            Standing::Owner
            | Standing::Desk
            | Standing::CoordinatorHolding
            | Standing::CoordinatorWatching
            | Standing::Stranger => false,
        },
    }
}
