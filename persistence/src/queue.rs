//! Lists of petitions: the queue of a desk and a citizen's own, by keyset.

use domain::{
    code::{AgencyCode, CategoryCode, UnitCode},
    id::{AccountId, PetitionId},
    petition::{Escalation, Status},
    search::SearchQuery,
    time::Instant,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::Expr,
};

use crate::{
    entity::petition::{Column, Entity},
    error::StoreError,
    petition::StoredPetition,
    search::{Part, Wording, by_parts, found},
    store::Store,
};

/// Whose petitions a desk looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Desks {
    /// Those of one agency.
    One(AgencyCode),
    /// Those of all: the coordinator's view.
    All,
}

/// What a queue shows.
#[derive(Debug, Clone)]
pub struct QueueFilter {
    /// Whose queue.
    pub desks: Desks,
    /// In these statuses; empty: all that are open.
    pub statuses: Vec<Status>,
    /// Of these fields; empty: all.
    pub categories: Vec<CategoryCode>,
    /// About these units; empty: all.
    pub units: Vec<UnitCode>,
    /// That this person has; the inner `None`: that nobody has.
    pub assignee: Option<Option<AccountId>>,
    /// Only those overdue (or not) at that instant.
    pub overdue: Option<(bool, Instant)>,
    /// Only those that ask for more attention (or do not).
    pub flagged: Option<bool>,
    /// Submitted at or after.
    pub from: Option<Instant>,
    /// Submitted before.
    pub to: Option<Instant>,
    /// What their text must have.
    pub text: Option<QueueSearch>,
}

/// A search in a queue.
#[derive(Debug, Clone)]
pub struct QueueSearch {
    /// Whose code, title, content or address has each of these words, marks or none; no petition where there is no word.
    pub words: Option<SearchQuery>,
    /// Or which this person sent, whose telephone number was typed.
    pub sender: Option<SoughtSender>,
}

/// A sender who is sought by their telephone number.
#[derive(Debug, Clone, Copy)]
pub struct SoughtSender {
    /// Who.
    pub account: AccountId,
    /// Whether petitions are found whose sender is hidden from agencies.
    pub even_hidden: bool,
}

/// Where a page of a queue ends: what matches with all its marks comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueKey {
    /// Whether the item matched with its marks.
    pub exact: bool,
    /// Its deadline; the greatest integer for none.
    pub due: i64,
    /// Its id.
    pub id: PetitionId,
}

/// Where a page begins and how long it is.
#[derive(Debug, Clone, Copy)]
pub struct Page<K> {
    /// The key of the last item of the page before.
    pub after: Option<K>,
    /// How many items.
    pub limit: u64,
}

impl Store {
    /// A queue, soonest deadline first; where there is a search, what has its words with all their marks comes before the rest.
    /// Beside each petition stands whether it is one of these.
    ///
    /// # Errors
    /// As the database says.
    pub async fn queue(
        &self,
        filter: &QueueFilter,
        page: Page<QueueKey>,
    ) -> Result<Vec<(bool, StoredPetition)>, StoreError> {
        let Page { after, limit } = page;
        by_parts(self, filter.text.is_some(), after.map(|key| key.exact), limit, |part, goes_on| {
            let after = after.filter(|_| goes_on).map(|key| (key.due, key.id));
            soonest(self.narrowed(filter, part), after)
        })
        .await
    }

    /// The next petitions, soonest deadline first, whose deadline has passed and which have not risen as far as they can. The
    /// key is as in [`Self::queue`].
    ///
    /// # Errors
    /// As the database says.
    pub async fn petitions_to_escalate(
        &self,
        now: Instant,
        page: Page<(i64, PetitionId)>,
    ) -> Result<Vec<StoredPetition>, StoreError> {
        let highest = Escalation::Coordinator.as_str();
        let query = Entity::find()
            .filter(Column::IsOpen.eq(true))
            .filter(Column::DueOrder.lt(now.micros()))
            .filter(Column::Escalated.is_null().or(Column::Escalated.ne(highest)));
        read(self, soonest(query, page.after).limit(page.limit)).await
    }

    /// The next petitions, by their answer, that were answered before an instant and not closed since.
    ///
    /// # Errors
    /// As the database says.
    pub async fn petitions_answered_before(
        &self,
        instant: Instant,
        page: Page<Instant>,
    ) -> Result<Vec<StoredPetition>, StoreError> {
        let mut query =
            Entity::find().filter(Expr::cust("status = 'answered'")).filter(Column::AnsweredAt.lt(instant.micros()));
        if let Some(after) = page.after {
            query = query.filter(Column::AnsweredAt.gt(after.micros()));
        }
        read(self, query.order_by(Column::AnsweredAt, Order::Asc).limit(page.limit)).await
    }

    /// The petitions that a filter lets through, in no order.
    pub(crate) fn narrowed(&self, filter: &QueueFilter, part: Part) -> Select<Entity> {
        let mut query = Entity::find();
        if let Desks::One(holder) = &filter.desks {
            query = query.filter(Column::Holder.eq(holder.as_str()));
        }
        let open = |status: &Status| status.is_open();
        // The index begins with holder and openness: closed petitions, the most by far, are never read for an open queue.
        if filter.statuses.iter().all(open) {
            query = query.filter(Column::IsOpen.eq(true));
        } else if !filter.statuses.iter().any(open) {
            query = query.filter(Column::IsOpen.eq(false));
        }
        if !filter.statuses.is_empty() {
            query = query.filter(Column::Status.is_in(filter.statuses.iter().map(|status| status.as_str())));
        }
        if !filter.categories.is_empty() {
            query = query.filter(Column::Category.is_in(filter.categories.iter().map(CategoryCode::as_str)));
        }
        if !filter.units.is_empty() {
            query = query.filter(Column::Unit.is_in(filter.units.iter().map(UnitCode::as_str)));
        }
        match filter.assignee {
            None => {}
            Some(Some(account)) => query = query.filter(Column::Assignee.eq(account.0)),
            Some(None) => query = query.filter(Column::Assignee.is_null()),
        }
        if let Some((overdue, instant)) = filter.overdue {
            let late = late(instant);
            query = query.filter(if overdue { late } else { late.not() });
        }
        if let Some(flagged) = filter.flagged {
            query = query.filter(Column::Flagged.eq(flagged));
        }
        if let Some(from) = filter.from {
            query = query.filter(Column::SubmittedAt.gte(from.micros()));
        }
        if let Some(to) = filter.to {
            query = query.filter(Column::SubmittedAt.lt(to.micros()));
        }
        if let Some(search) = &filter.text {
            query = query.filter(self.sought(search, part));
        }
        query
    }

    /// What has the words of a search, or was sent by whose telephone number was typed: these are never of the exact part.
    fn sought(&self, QueueSearch { words, sender }: &QueueSearch, part: Part) -> Condition {
        let within = |part| {
            let found = words.as_ref().map(|words| found(self.engine(), words, Wording::Own, part));
            // What holds for no petition.
            found.unwrap_or_else(|| Expr::value(1).eq(0))
        };
        let either = Condition::any().add(within(part));
        match (sender, part) {
            (None, _) | (Some(_), Part::Exact) => either,
            (Some(SoughtSender { account, even_hidden }), Part::Whole | Part::Rest) => {
                let mut theirs = Condition::all().add(Column::Submitter.eq(account.0));
                if !even_hidden {
                    theirs = theirs.add(Column::HideIdentity.eq(false));
                }
                if part == Part::Rest {
                    theirs = theirs.add(within(Part::Exact).not());
                }
                either.add(theirs)
            }
        }
    }

    /// A citizen's own petitions, newest first; the key is the id.
    ///
    /// # Errors
    /// As the database says.
    pub async fn petitions_of(
        &self,
        submitter: AccountId,
        page: Page<PetitionId>,
    ) -> Result<Vec<StoredPetition>, StoreError> {
        let mut query = Entity::find().filter(Column::Submitter.eq(submitter.0));
        if let Some(id) = page.after {
            query = query.filter(Column::Id.lt(id.0));
        }
        read(self, query.order_by(Column::Id, Order::Desc).limit(page.limit)).await
    }
}

/// In the order of their deadlines, after a key.
fn soonest(mut query: Select<Entity>, after: Option<(i64, PetitionId)>) -> Select<Entity> {
    if let Some((due, id)) = after {
        let key = Expr::tuple([Expr::col(Column::DueOrder), Expr::col(Column::Id)]);
        query = query.filter(key.gt(Expr::tuple([Expr::value(due), Expr::value(id.0)])));
    }
    query.order_by(Column::DueOrder, Order::Asc).order_by(Column::Id, Order::Asc)
}

/// As [`domain::petition::Petition::overdue_at`]: while the citizen is asked for more the clock stands still, but what was late
/// stays late.
pub(crate) fn late(instant: Instant) -> sea_orm::sea_query::SimpleExpr {
    let before_the_pause = Column::PausedAt.is_null().or(Expr::col(Column::DueAt).lt(Expr::col(Column::PausedAt)));
    Column::IsOpen.eq(true).and(Column::DueOrder.lt(instant.micros())).and(before_the_pause)
}

pub(crate) async fn read(store: &Store, query: Select<Entity>) -> Result<Vec<StoredPetition>, StoreError> {
    query.all(store.reader()).await?.into_iter().map(StoredPetition::try_from).collect()
}
