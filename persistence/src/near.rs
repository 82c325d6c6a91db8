//! Petitions near a point, for finding out which tell of one matter.

use domain::{
    code::{AgencyCode, CategoryCode},
    id::{AccountId, PetitionId},
    petition::Status,
    place::Point,
    time::Instant,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use crate::{
    entity::petition::{Column, Entity},
    error::StoreError,
    petition::StoredPetition,
    public::Area,
    queue::read,
    store::Store,
};

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onlooker<'a> {
    /// The coordinator: all petitions.
    Coordinator,
    /// Who works at an agency: what that has, and what is published.
    Desk(&'a AgencyCode),
    /// Who sent a petition: what is published, and what is their own; nothing that has ended without an answer.
    Sender(AccountId),
}

/// Which petitions near a point.
#[derive(Debug, Clone)]
pub struct Near<'a> {
    /// The point.
    pub point: Point,
    /// How far from it, metres.
    pub metres: f64,
    /// Of these fields.
    pub categories: &'a [CategoryCode],
    /// Submitted at or after.
    pub from: Instant,
    /// Submitted at or before.
    pub to: Instant,
    /// Not this one.
    pub but: PetitionId,
    /// Who looks.
    pub onlooker: Onlooker<'a>,
    /// How many.
    pub limit: u64,
}

impl Store {
    /// The petitions nearest to a point, in one query; a box is asked for, so some may lie a little beyond the distance.
    ///
    /// # Errors
    /// As the database says.
    pub async fn near(&self, near: &Near<'_>) -> Result<Vec<StoredPetition>, StoreError> {
        let (south_west, north_east) = near.point.box_around(near.metres);
        let area = Area {
            south: south_west.lat_e7(),
            north: north_east.lat_e7(),
            west: south_west.lon_e7(),
            east: north_east.lon_e7(),
        };
        let mut query = Entity::find()
            .filter(area.holds())
            .filter(Column::Category.is_in(near.categories.iter().map(CategoryCode::as_str)))
            .filter(Column::SubmittedAt.between(near.from.micros(), near.to.micros()))
            .filter(Column::Id.ne(near.but.0));
        match near.onlooker {
            Onlooker::Coordinator => {}
            Onlooker::Desk(agency) => {
                let known =
                    Condition::any().add(Column::PublishedAt.is_not_null()).add(Column::Holder.eq(agency.as_str()));
                query = query.filter(known);
            }
            Onlooker::Sender(account) => {
                let theirs =
                    Condition::any().add(Column::PublishedAt.is_not_null()).add(Column::Submitter.eq(account.0));
                let ended = [Status::Rejected, Status::Withdrawn, Status::Merged];
                query = query.filter(theirs).filter(Column::Status.is_not_in(ended.map(Status::as_str)));
            }
        }
        // On so small a piece of the earth the square of a flat distance orders as the distance does.
        let flat = Expr::cust_with_exprs(
            "(CAST(petition.lat_e7 AS double precision) - $1) * (CAST(petition.lat_e7 AS double precision) - $1) \
            + (CAST(petition.lon_e7 AS double precision) - $2) * (CAST(petition.lon_e7 AS double precision) - $2) * $3",
            [
                Expr::value(f64::from(near.point.lat_e7())),
                Expr::value(f64::from(near.point.lon_e7())),
                Expr::value(near.point.lat().to_radians().cos().powi(2)),
            ],
        );
        let query = query.order_by(flat, Order::Asc).order_by(Column::Id, Order::Asc).limit(near.limit);
        read(self, query).await
    }
}
