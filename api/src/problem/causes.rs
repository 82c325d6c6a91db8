//! Which problem an error of the domain, the store or a file is for a client.

use domain::{calendar::CalendarGap, erasure::ErasureRefusal, petition::Refusal, time::Instant};
use persistence::{Constraint, FileError, NotTaken, StoreError};

use super::{Code, Fault, FaultCode, Problem};

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        let code = match &error {
            FileError::Store(_) => Code::Unavailable,
            FileError::Io(_) | FileError::Unusable(..) => Code::Internal,
        };
        Self::new(code).caused_by(error)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::NoSuchUpload) {
            return Self::fault("/attachments", FaultCode::UnknownUpload);
        }
        let code = match &error {
            StoreError::Conflict(Constraint::AccountLogin, _) => Code::LoginTaken,
            StoreError::Conflict(Constraint::SavedFilterName, _) => Code::NameTaken,
            StoreError::Conflict(Constraint::OpenErasure, _) => Code::ErasurePending,
            StoreError::Stale => Code::Contended,
            StoreError::Unavailable(_) => Code::Unavailable,
            StoreError::Busy => Code::Busy,
            StoreError::Conflict(
                Constraint::IdempotencyKey
                | Constraint::EventHistory
                | Constraint::SealNumber
                | Constraint::IntakeItem
                | Constraint::Other,
                _,
            )
            | StoreError::NoSuchUpload
            | StoreError::Inconsistent { .. }
            | StoreError::Unusable(_)
            | StoreError::Migration { .. }
            | StoreError::Driver(_) => Code::Internal,
        };
        Self { cause: Some(error.to_string()), ..Self::new(code) }
    }
}

impl From<NotTaken> for Problem {
    fn from(reason: NotTaken) -> Self {
        match reason {
            NotTaken::Refused(refusal) => refusal.into(),
            NotTaken::Store(error) => error.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Hidden => Self::new(Code::NotFound),
            Refusal::Forbidden(_) => Self::new(Code::Forbidden),
            Refusal::NotAllowed { allowed, .. } => {
                let allowed = allowed.into_iter().map(domain::petition::CommandKind::as_str).collect();
                Self { allowed: Some(allowed), ..Self::new(Code::NotAllowed) }
            }
            Refusal::UnknownCategory(_) => Self::fault("/category", FaultCode::UnknownCategory),
            Refusal::UnknownAgency(_) => Self::fault("/agency", FaultCode::UnknownAgency),
            Refusal::AgencyWithoutStaff(_) => Self::fault("/agency", FaultCode::AgencyWithoutStaff),
            Refusal::SameAgency(_) => Self::fault("/agency", FaultCode::SameAgency),
            Refusal::ForeignAssignee(_) => Self::fault("/assignee", FaultCode::ForeignAssignee),
            Refusal::NotLater { promised } => {
                let detail = promised.map(Instant::to_local_rfc3339);
                Self::invalid(vec![Fault { pointer: "/due_at".to_owned(), code: FaultCode::NotLater, detail }])
            }
            Refusal::NoCalendar(gap) => {
                // The year alone: the rest of the gap is in English.
                let (CalendarGap::NotLoaded { year } | CalendarGap::Projected { year }) = gap;
                let detail = Some(year.to_string());
                Self::invalid(vec![Fault { pointer: "/due_at".to_owned(), code: FaultCode::NoCalendar, detail }])
            }
            Refusal::OthersWait => Self::new(Code::OthersWait),
            Refusal::LongerDeadline => Self::new(Code::LongerDeadline),
            Refusal::NoDraft => Self::new(Code::NoDraft),
            Refusal::WindowOver { ended_at } => Self::with(Code::ReopeningOver, ended_at.to_local_rfc3339()),
            Refusal::AlreadyRated => Self::new(Code::AlreadyRated),
            Refusal::NotMergeable(_) => Self::fault("/into", FaultCode::NotMergeable),
            Refusal::NoEffect(_) => Self::new(Code::NoEffect),
        }
    }
}

impl From<ErasureRefusal> for Problem {
    fn from(refusal: ErasureRefusal) -> Self {
        match refusal {
            ErasureRefusal::NoLongerWaits | ErasureRefusal::AnsweredBefore | ErasureRefusal::ExtendedBefore => {
                Self::new(Code::ErasureOver)
            }
        }
    }
}
