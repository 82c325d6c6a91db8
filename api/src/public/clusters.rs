//! `GET /api/v1/public/clusters`: the map from afar.

use actix_web::{HttpResponse, get, web::Data};
use domain::petition::PetitionCode;
use persistence::{Area, Cluster};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::filter::PublicQuery;
use crate::{
    answers::Public,
    app::App,
    field::Faults,
    problem::{FaultCode, Problem},
    query::Query,
};

/// How far in a map can be zoomed.
const MAX_ZOOM: u32 = 22;
/// How many clusters an answer has at most: what fills a large screen at one each 64 pixels.
const MOST_CELLS: i64 = 2_000;
/// The longitudes all round, 10⁻⁷ degrees: as wide as one tile of a map is at zoom 0.
const ROUND: i64 = 3_600_000_000;

/// Petitions near each other.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClusterView {
    /// The mean latitude, degrees.
    lat: f64,
    /// The mean longitude, degrees.
    lon: f64,
    /// How many.
    count: u64,
    /// Which, where it is one.
    #[schema(value_type = Option<String>, example = "PAKN.20220831.000042")]
    code: Option<PetitionCode>,
}

/// The clusters of a part of the map: short enough to be given whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClusterList {
    items: Vec<ClusterView>,
    /// Always `null`: the list is whole.
    next_cursor: Option<()>,
    /// The zoom that the grid is of: the one asked for, or less where that would make too many clusters.
    zoom: u32,
}

/// How far in.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ZoomQuery {
    /// The zoom of the map, 0 to 22; unless given, as far in as `bbox` allows.
    #[param(value_type = Option<u32>, maximum = 22)]
    zoom: Option<String>,
}

/// The published petitions that have a point in `bbox`, which must be given, put together by the cells of a grid, about one each 64
/// pixels of a map at that zoom.
#[utoipa::path(
    operation_id = "public_clusters", tag = "public", security(()), 
    params(
        ("bbox" = String, Query, description = "The area: west,south,east,north.", example = "106.0,21.1,106.2,21.25"),
        PublicQuery, ZoomQuery
    ),
    responses((status = 200, body = ClusterList), Public)
)]
#[get("/public/clusters")]
pub async fn public_clusters(
    app: Data<App>,
    Query(query): Query<PublicQuery>,
    Query(ZoomQuery { zoom }): Query<ZoomQuery>,
) -> Result<HttpResponse, Problem> {
    let mut faults = Faults::default();
    if query.bbox.is_none() {
        faults.add("/bbox", FaultCode::Required);
    }
    let filter = query.read(&app.catalogue(), &mut faults);
    let zoom = match zoom.as_deref().map(str::parse::<u32>) {
        None => MAX_ZOOM,
        Some(Ok(zoom)) if zoom <= MAX_ZOOM => zoom,
        Some(_) => {
            faults.add_with("/zoom", FaultCode::OutOfRange, format!("0–{MAX_ZOOM}"));
            MAX_ZOOM
        }
    };
    let area = faults.finish(filter.area)?;
    let zoom = (0..=zoom).rev().find(|zoom| cells(area, cell(*zoom)) <= MOST_CELLS).unwrap_or(0);
    let limit = u64::try_from(MOST_CELLS).unwrap_or(u64::MAX);
    let clusters = app.store.for_everybody(async |store| store.clusters(&filter, cell(zoom), limit).await).await?;
    let view = |Cluster { lat, lon, count, code }| ClusterView { lat: rounded(lat), lon: rounded(lon), count, code };
    let items = clusters.into_iter().map(view).collect();
    Ok(HttpResponse::Ok().json(ClusterList { items, next_cursor: None, zoom }))
}

/// How wide a cell is at that zoom, 10⁻⁷ degrees: a quarter of a tile.
fn cell(zoom: u32) -> i64 {
    (ROUND >> (zoom + 2)).max(1)
}

/// How many cells an area may touch: as many as fit into it, and one more where it begins within one.
fn cells(area: Area, cell: i64) -> i64 {
    // Where the 180th meridian parts a cell, another one.
    let across = area.width() / cell + 3;
    across.saturating_mul(area.height() / cell + 2)
}

/// To 10⁻⁷ degrees, as points are.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e7).round() / 1e7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_area_has_too_many_cells_at_some_zoom() {
        let world = Area { south: -900_000_000, north: 900_000_000, west: -1_800_000_000, east: 1_800_000_000 };
        assert!(cells(world, cell(0)) <= MOST_CELLS);
        assert!(cells(world, cell(22)) > MOST_CELLS);
        // A screen of 1920 by 1080 pixels at the zoom it shows keeps that zoom.
        let pixels = |count: i64| i32::try_from(count * cell(14) / 64).unwrap();
        let screen = Area { south: 0, north: pixels(1080), west: 0, east: pixels(1920) };
        assert!(cells(screen, cell(14)) <= MOST_CELLS);
    }
}
