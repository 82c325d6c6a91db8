//! Who sees a petition, and who may give which command. Whether its status allows the command is another question.

use super::{command::CommandKind, state::Petition};
use crate::{account::Actor, code::AgencyCode, routing::Directory};

/// What an actor is to a petition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Who sent it.
    Owner,
    /// An officer of the agency that has it, whose answers go to the citizen.
    Officer,
    /// An officer of the agency that has it, whose answers a leader approves.
    Drafter,
    /// A leader of the agency that has it.
    Leader,
    /// The coordinator, whose own desk has it.
    CoordinatorHolding,
    /// The coordinator, while an agency has it.
    CoordinatorWatching,
    /// pakn itself.
    System,
    /// None of these: for them it does not exist.
    Stranger,
}

impl Standing {
    fn of(petition: &Petition, actor: &Actor, directory: &Directory) -> Self {
        match actor {
            Actor::Citizen(account) if petition.submitter == *account => Self::Owner,
            Actor::Officer(_, agency) if petition.holder == *agency => {
                let approved = directory.agency(agency).is_some_and(|agency| agency.needs_approval);
                if approved { Self::Drafter } else { Self::Officer }
            }
            Actor::Leader(_, agency) if petition.holder == *agency => Self::Leader,
            Actor::Coordinator(_) if petition.holder == AgencyCode::coordinator() => Self::CoordinatorHolding,
            Actor::Coordinator(_) => Self::CoordinatorWatching,
            Actor::System => Self::System,
            Actor::Citizen(_) | Actor::Officer(..) | Actor::Leader(..) | Actor::Steering(_) | Actor::Admin(_) => {
                Self::Stranger
            }
        }
    }

    /// What is theirs to command. What stands nowhere here is nobody's.
    ///
    /// An agency never rejects: what is not its own it returns or passes on, so that no petition ends with "not ours".
    fn commands(self) -> &'static [CommandKind] {
        use CommandKind as C;
        match self {
            Self::Owner => &[C::Supplement, C::Withdraw, C::Reopen, C::Rating, C::Close],
            Self::Drafter => &[
                C::Receive,
                C::Assign,
                C::Start,
                C::RequestInformation,
                C::Progress,
                C::DraftAnswer,
                C::Transfer,
                C::Return,
                C::Note,
                C::Recategorise,
            ],
            Self::Officer => &[
                C::Receive,
                C::Assign,
                C::Start,
                C::RequestInformation,
                C::Progress,
                C::DraftAnswer,
                C::Transfer,
                C::Return,
                C::Answer,
                C::Note,
                C::Recategorise,
            ],
            Self::Leader => &[
                C::Receive,
                C::Assign,
                C::Start,
                C::RequestInformation,
                C::Progress,
                C::Extend,
                C::DraftAnswer,
                C::ApproveAnswer,
                C::ReturnAnswer,
                C::Transfer,
                C::Return,
                C::Answer,
                C::Note,
                C::Recategorise,
            ],
            Self::CoordinatorHolding => &[
                C::Receive,
                C::Assign,
                C::Start,
                C::RequestInformation,
                C::Progress,
                C::Extend,
                C::DraftAnswer,
                C::ApproveAnswer,
                C::ReturnAnswer,
                C::Transfer,
                C::Answer,
                C::Reject,
                C::Merge,
                C::Note,
                C::Recategorise,
                C::Publish,
                C::Unpublish,
            ],
            Self::CoordinatorWatching => {
                &[C::Transfer, C::Reject, C::Merge, C::Note, C::Recategorise, C::Publish, C::Unpublish]
            }
            Self::System => &[C::Close, C::SetDeadlines, C::Escalate],
            Self::Stranger => &[],
        }
    }
}

/// Whether the petition exists for this actor. For whom it does not, every answer is "not found".
///
/// One that is published everybody may read, but that is another view of it; a command is for those whose petition it is.
pub fn sees(petition: &Petition, actor: &Actor) -> bool {
    match actor {
        Actor::Citizen(account) => petition.submitter == *account,
        Actor::Officer(_, agency) | Actor::Leader(_, agency) => petition.holder == *agency,
        Actor::Coordinator(_) | Actor::System => true,
        Actor::Steering(_) | Actor::Admin(_) => false,
    }
}

/// Whether this actor may give that command to that petition, were its status right. An officer answers only where the agency
/// does not have its answers approved.
pub fn may(petition: &Petition, actor: &Actor, command: CommandKind, directory: &Directory) -> bool {
    Standing::of(petition, actor, directory).commands().contains(&command)
}

/// The commands that this actor may give this petition as it stands.
pub fn open_to(petition: &Petition, actor: &Actor, directory: &Directory) -> Vec<CommandKind> {
    let theirs = Standing::of(petition, actor, directory).commands();
    petition.status.commands().iter().copied().filter(|command| theirs.contains(command)).collect()
}
