//! Where petitions are kept: SQLite or PostgreSQL, with the same code.
//!
//! [`Store`] holds the connections; reading goes through it or through a [`Snapshot`], writing through a [`UnitOfWork`], which
//! is one transaction: begun, filled, committed, or rolled back when it is dropped. SQLite has one writing connection and
//! begins IMMEDIATE; readers have a pool of their own.
//!
//! To add a migration: a file in `migration/` named by date and number, listed in `migration/mod.rs`, SQL for both engines. A
//! migration that has run anywhere is never changed.

mod account;
mod agency;
mod api_key;
mod boundary;
mod bucket;
mod bulk;
mod calendar;
mod catalogue;
mod catalogue_change;
mod category;
mod changes;
mod consent;
mod desk;
mod entity;
mod erasure;
mod error;
mod files;
mod fold;
mod follower;
mod history;
mod idempotency;
mod identity;
mod intake;
mod learned;
mod look;
mod migration;
mod named_reform;
mod near;
mod one_time;
mod partial;
mod person;
mod petition;
mod public;
mod queue;
mod reform;
mod retention;
mod row;
mod rule;
mod saved_filter;
mod seal;
mod search;
mod second_factor;
mod seed;
mod session;
mod staff;
mod store;
mod submission;
mod tail;
mod target;
mod tries;
mod unit_of_work;
mod upload;
mod verify;
mod versioned;
mod wording;

pub use account::Account;
pub use agency::AgencyWork;
pub use api_key::ApiKey;
pub use boundary::{Boundaries, area};
pub use bucket::{BucketError, SharedBuckets, TakenTokens};
pub use bulk::PlayedPetition;
pub use calendar::{CalendarYear, HolidayRow, LoadedYears};
pub use catalogue::CatalogueDay;
pub use catalogue_change::ChangeFilter;
pub use changes::Changed;
pub use consent::{Consent, ConsentWording};
pub use desk::StatusCount;
pub use error::{Constraint, StoreError};
pub use files::{FileError, FileKey, FileName, FileStore, Variant};
pub use fold::{Behind, Counted, Folding};
pub use follower::Following;
pub use history::LoggedEvent;
pub use idempotency::KeptKey;
pub use identity::{IdentityAttempt, LinkedIdentity};
pub use learned::Lesson;
pub use look::{Look, Purpose};
pub use named_reform::{NAMED_REFORMS, named_reform};
pub use near::{Near, Onlooker};
pub use partial::{PartialUpload, UploadPart};
pub use person::KeptFilter;
pub use petition::{StoredPetition, Words};
pub use public::{Area, Cluster, Features, PublicFilter, PublicKey};
pub use queue::{Desks, Page, QueueFilter, QueueKey, QueueSearch, SoughtSender};
pub use reform::AppliedReform;
pub use retention::Kept;
pub use saved_filter::SavedFilter;
pub use seal::SealCheck;
pub use second_factor::SecondFactor;
pub use seed::SeedReport;
pub use session::{BrowserSession, KeptSession, OpenSession, Origin, Refresh};
pub use staff::StaffFilter;
pub use store::{Engine, Snapshot, Store, StoreOptions};
pub use submission::LoggedSubmission;
pub use tail::{LogCursor, LoggedNews};
pub use unit_of_work::UnitOfWork;
pub use upload::{Belonging, FileContent, Picture, Taken, Upload};
pub use verify::{Damage, Verification};
pub use versioned::Versioned;
pub use wording::SetWording;
