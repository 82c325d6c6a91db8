//! Who sees a petition, and who may give which command. Whether its status allows the command is another question.

use super::{carry::heir, command::CommandKind, state::Petition};
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

    /// Whether the command is theirs. What stands nowhere here is nobody's.
    ///
    /// An agency never rejects: what is not its own it returns or passes on, so that no petition ends with "not ours".
    fn may_give(self, command: CommandKind) -> bool {
        use CommandKind as C;
        let among = |groups: &[&[CommandKind]]| groups.iter().any(|group| group.contains(&command));
        match self {
            Self::Owner => among(&[&[C::Supplement, C::Withdraw, C::Reopen, C::Rating, C::Close]]),
            Self::Drafter => among(&[ANY_DESK, DESK_THAT_HAS_IT, &[C::Return]]),
            Self::Officer => among(&[ANY_DESK, DESK_THAT_HAS_IT, &[C::Return, C::Answer]]),
            Self::Leader => among(&[ANY_DESK, DESK_THAT_HAS_IT, WHO_ANSWERS_FOR_IT, &[C::Return]]),
            Self::CoordinatorHolding => among(&[ANY_DESK, DESK_THAT_HAS_IT, WHO_ANSWERS_FOR_IT, COORDINATOR]),
            Self::CoordinatorWatching => among(&[ANY_DESK, COORDINATOR]),
            Self::System => among(&[&[C::Close, C::SetDeadlines, C::Escalate]]),
            Self::Stranger => false,
        }
    }
}

/// What any desk does that sees a petition.
const ANY_DESK: &[CommandKind] = &[CommandKind::Transfer, CommandKind::Note, CommandKind::Recategorise];

/// What is for the desk alone that has it.
const DESK_THAT_HAS_IT: &[CommandKind] = &[
    CommandKind::Receive,
    CommandKind::Assign,
    CommandKind::Start,
    CommandKind::RequestInformation,
    CommandKind::Progress,
    CommandKind::DraftAnswer,
];

/// What is for who answers for that desk.
const WHO_ANSWERS_FOR_IT: &[CommandKind] =
    &[CommandKind::Answer, CommandKind::ApproveAnswer, CommandKind::ReturnAnswer, CommandKind::Extend];

/// What the coordinator alone does, whoever has it.
const COORDINATOR: &[CommandKind] =
    &[CommandKind::Reject, CommandKind::Merge, CommandKind::Publish, CommandKind::Unpublish];

/// Whether the petition exists for this actor. For whom it does not, every answer is "not found".
///
/// One that is published everybody may read, but that is another view of it; a command is for those whose petition it is. What an agency
/// had when it ended is read by whoever took over from it, also where it owes no answer and so is not carried over.
pub fn sees(petition: &Petition, actor: &Actor, directory: &Directory) -> bool {
    match actor {
        Actor::Citizen(account) => petition.submitter == *account,
        Actor::Officer(_, agency) | Actor::Leader(_, agency) => {
            petition.holder == *agency
                || heir(petition, directory, directory.day()).is_some_and(|heir| heir.to == *agency)
        }
        Actor::Coordinator(_) | Actor::System => true,
        Actor::Steering(_) | Actor::Admin(_) => false,
    }
}

/// Whether this actor may give that command to that petition, were its status right. An officer answers only where the agency
/// does not have its answers approved.
pub fn may(petition: &Petition, actor: &Actor, command: CommandKind, directory: &Directory) -> bool {
    Standing::of(petition, actor, directory).may_give(command)
}

/// The commands that this actor may give this petition as it stands.
pub fn open_to(petition: &Petition, actor: &Actor, directory: &Directory) -> Vec<CommandKind> {
    let standing = Standing::of(petition, actor, directory);
    petition.status.commands().iter().copied().filter(|command| standing.may_give(*command)).collect()
}
