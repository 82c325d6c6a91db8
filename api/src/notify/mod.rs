//! What people are told: the log is followed, what happened goes into inboxes, and messages take it to phones and mailboxes.
//!
//! To tell somebody something that is no event of a petition: a kind in `domain/src/notice/`, and [`crate::app::App::letters`] with
//! [`persistence::UnitOfWork::post`] in the unit of work that does what is told of; or [`crate::app::App::tell`], where there is none.

mod dead_letter_calls;
mod follow;
mod inbox_calls;
mod preference_calls;
mod push_token_calls;
mod send;
mod tell;

pub use dead_letter_calls::{list_dead_letters, retry_dead_letter};
pub(crate) use inbox_calls::NoticeView;
pub use inbox_calls::{my_inbox, my_unread_count, read_all_notices, read_notice};
pub(crate) use preference_calls::{NotificationsView, notifications_of};
pub use preference_calls::{
    agency_notifications, choose_agency_notifications, choose_notifications, forget_agency_notifications,
    forget_notifications, my_notifications,
};
pub(crate) use push_token_calls::PushTokenView;
pub use push_token_calls::{forget_push_token, my_push_tokens, register_push_token};
pub use tell::Told;
