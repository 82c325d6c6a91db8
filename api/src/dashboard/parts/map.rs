//! The units, coloured by the answer rate of what is about them: their outlines where boundaries are loaded, else a circle at the
//! middle of each, as large as it has petitions.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    catalogue::{Unit, UnitLevel},
    code::UnitCode,
    rate::Figures,
};
use geo::{BoundingRect, Coord, LineString, MapCoords, Polygon, Rect, Simplify};
use maud::{Markup, html};

use super::{
    Shown, beneath,
    marks::{length, px, share_bar},
};
use crate::app::unit_on;

/// How wide the map is drawn, in its own units; shapes are rounded to whole ones.
const WIDTH: f64 = 1_000.0;
const MARGIN: f64 = 24.0;
/// How far a drawn outline may lie from the true one, in units of the drawing: less than a pixel on a screen.
const TOLERANCE: f64 = 0.9;
/// Over how many petitions a rate must be taken to be given a colour: one answer to one petition says nothing of a unit.
const COLOURED_FROM: u64 = 3;

/// How a rate stands to the one that is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tone {
    FarBelow,
    Below,
    Reached,
    FarAbove,
    Unknown,
}

/// Where tones change: twenty points below what is required, there, and ten points above.
struct Tones {
    bounds: [f64; 3],
}

impl Tones {
    fn new(required: Option<f64>) -> Self {
        let required = required.unwrap_or(0.7);
        Self { bounds: [required - 0.2, required, required + 0.1] }
    }

    fn of(&self, figures: Option<&Figures>, whole: u64) -> Tone {
        let [low, required, high] = self.bounds;
        match figures.and_then(|figures| figures.rate) {
            Some(_) | None if whole < COLOURED_FROM => Tone::Unknown,
            None => Tone::Unknown,
            Some(rate) if rate < low => Tone::FarBelow,
            Some(rate) if rate < required => Tone::Below,
            Some(rate) if rate < high => Tone::Reached,
            Some(_) => Tone::FarAbove,
        }
    }

    /// What a tone means.
    fn told(&self, tone: Tone, shown: &Shown<'_>) -> String {
        let percent = |share: f64| shown.language.share(Some(share));
        let [low, required, high] = self.bounds.map(percent);
        match tone {
            Tone::FarBelow => format!("{} {low}", shown.say("dưới", "below")),
            Tone::Below => format!("{low} – {} {required}", shown.say("dưới", "below")),
            Tone::Reached => format!("{required} – {} {high}", shown.say("dưới", "below")),
            Tone::FarAbove => format!("{} {high}", shown.say("từ", "from")),
            Tone::Unknown => {
                format!("{} {COLOURED_FROM} {}", shown.say("dưới", "fewer than"), shown.say("phản ánh", "petitions"))
            }
        }
    }
}

impl Tone {
    const ALL: [Self; 5] = [Self::FarBelow, Self::Below, Self::Reached, Self::FarAbove, Self::Unknown];

    /// What a shape is filled with. Below what is required it is hatched, so that colour is not all that tells.
    fn fill(self) -> Option<&'static str> {
        match self {
            Self::FarBelow => Some("url(#hatch-dense)"),
            Self::Below => Some("url(#hatch)"),
            Self::Reached | Self::FarAbove | Self::Unknown => None,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::FarBelow => "far-below",
            Self::Below => "below",
            Self::Reached => "reached",
            Self::FarAbove => "far-above",
            Self::Unknown => "unknown",
        }
    }
}

/// From degrees to the drawing: north is up, and a kilometre is as long to the east as to the north in the middle of the map.
struct Projection {
    west: f64,
    north: f64,
    shrink: f64,
    scale: f64,
    height: f64,
}

impl Projection {
    fn new(around: Rect<f64>) -> Self {
        let shrink = around.center().y.to_radians().cos();
        let scale = (WIDTH - 2.0 * MARGIN) / (around.width() * shrink).max(1e-6);
        let height = around.height() * scale + 2.0 * MARGIN;
        Self { west: around.min().x, north: around.max().y, shrink, scale, height }
    }

    fn place(&self, degrees: Coord<f64>) -> Coord<f64> {
        Coord {
            x: MARGIN + (degrees.x - self.west) * self.shrink * self.scale,
            y: MARGIN + (self.north - degrees.y) * self.scale,
        }
    }

    /// An outline as a path, with as few points as the eye needs.
    fn path(&self, polygon: &Polygon<f64>) -> String {
        let drawn = polygon.map_coords(|degrees| self.place(degrees)).simplify(TOLERANCE);
        std::iter::once(drawn.exterior()).chain(drawn.interiors()).map(ring).collect()
    }
}

/// A ring, each point told by how far it is from the one before: that is shorter.
fn ring(ring: &LineString<f64>) -> String {
    let mut path = String::new();
    let mut at = Coord { x: 0.0, y: 0.0 };
    for (index, point) in ring.0.iter().take(ring.0.len().saturating_sub(1)).enumerate() {
        let to = Coord { x: point.x.round(), y: point.y.round() };
        path.push_str(&format!("{}{} {}", if index == 0 { "M" } else { "l" }, to.x - at.x, to.y - at.y));
        at = to;
    }
    path + "z"
}

/// What is known of the places of units.
struct Places<'a> {
    outlines: BTreeMap<&'a UnitCode, Vec<&'a Polygon<f64>>>,
    borders: Vec<&'a Polygon<f64>>,
    circles: Vec<&'a Unit>,
    names: Vec<&'a Unit>,
}

fn middle(unit: &Unit) -> Option<Coord<f64>> {
    unit.centre.map(|centre| Coord { x: centre.lon(), y: centre.lat() })
}

impl<'a> Places<'a> {
    fn of(shown: &Shown<'a>) -> Self {
        let gazetteer = shown.catalogue.catalogue.directory.gazetteer();
        let mut outlines: BTreeMap<&UnitCode, Vec<&Polygon<f64>>> = BTreeMap::new();
        for (unit, polygon) in gazetteer.outlines(UnitLevel::Commune) {
            outlines.entry(unit).or_default().push(polygon);
        }
        let today = shown.catalogue.catalogue.directory.day();
        let past = shown.reading.units.keys().flatten().filter_map(|code| unit_on(shown.catalogue, code, today));
        let mut seen = BTreeSet::new();
        let circles = gazetteer.units().chain(past).filter(|unit| {
            unit.level == UnitLevel::Commune && !outlines.contains_key(&unit.code) && seen.insert(&unit.code)
        });
        Self {
            circles: circles.filter(|unit| unit.centre.is_some()).collect(),
            borders: gazetteer.outlines(UnitLevel::District).map(|(_, polygon)| polygon).collect(),
            names: gazetteer.units().filter(|unit| unit.level == UnitLevel::District).collect(),
            outlines,
        }
    }

    fn around(&self) -> Option<Rect<f64>> {
        let polygons = self.outlines.values().flatten().chain(&self.borders);
        let rects = polygons.filter_map(|polygon| polygon.bounding_rect());
        let rects = rects.chain(self.circles.iter().filter_map(|unit| middle(unit)).map(|at| Rect::new(at, at)));
        rects.reduce(|one, other| {
            let (low, high) = (one.min(), one.max());
            Rect::new(
                Coord { x: low.x.min(other.min().x), y: low.y.min(other.min().y) },
                Coord { x: high.x.max(other.max().x), y: high.y.max(other.max().y) },
            )
        })
    }
}

/// The map, its legend and its table.
pub fn map(shown: &Shown<'_>) -> Markup {
    let places = Places::of(shown);
    let tones = Tones::new(shown.required());
    html! {
        section .map aria-labelledby="h-map" {
            h2 #h-map { (shown.say("Theo địa bàn", "By place")) }
            @if let Some(around) = places.around() {
                figure {
                    (picture(shown, &places, &Projection::new(around), &tones))
                    figcaption {
                        ul .legend {
                            @for tone in Tone::ALL { li { (swatch(tone)) (tones.told(tone, shown)) } }
                        }
                        @if places.outlines.is_empty() {
                            p .small {
                                (shown.say("Chưa nạp ranh giới hành chính: mỗi xã là một hình tròn ở trung tâm xã, diện tích theo số phản ánh.", "No boundaries are loaded: each commune is a circle at its middle, its area by the number of petitions."))
                            }
                        }
                    }
                }
            }
            (beneath(shown.say("Bảng số liệu theo xã", "The figures by commune"), &table(shown)))
        }
    }
}

fn swatch(tone: Tone) -> Markup {
    html! {
        svg .swatch viewBox="0 0 20 14" aria-hidden="true" focusable="false" {
            rect class={ "unit " (tone.class()) } fill=[tone.fill()] x="1" y="1" width="18" height="12" {}
        }
    }
}

fn picture(shown: &Shown<'_>, places: &Places<'_>, projection: &Projection, tones: &Tones) -> Markup {
    let figures = |code: &UnitCode| shown.reading.units.get(&Some(code.clone()));
    let whole = |figures: Option<&Figures>| {
        figures.map_or(0, |figures| shown.chosen.target.definition.denominator(&figures.counts))
    };
    let tone = |code: &UnitCode| tones.of(figures(code), whole(figures(code)));
    let most = shown.reading.units.values().map(|figures| figures.counts.submitted).max().unwrap_or(0);
    let radius = |code: &UnitCode| {
        let petitions = figures(code).map_or(0, |figures| figures.counts.submitted);
        5.0 + 27.0 * (length(petitions) / length(most).max(1.0)).sqrt()
    };
    // Large ones first, so that none hides a small one.
    let mut circles: Vec<_> = places.circles.iter().filter_map(|unit| Some((unit, middle(unit)?))).collect();
    circles.sort_by(|(one, _), (other, _)| radius(&other.code).total_cmp(&radius(&one.code)));
    html! {
        svg .units viewBox={ "0 0 " (WIDTH) " " (px(projection.height)) } role="img" aria-labelledby="map-title map-text" {
            title #map-title { (shown.say("Tỷ lệ trả lời theo địa bàn", "The answer rate by place")) }
            desc #map-text { (told(shown, tones)) }
            defs { (hatch("hatch-dense", "far-below", 7)) (hatch("hatch", "below", 14)) }
            @for (code, polygons) in &places.outlines {
                @let tone = tone(code);
                path class={ "unit " (tone.class()) } fill=[tone.fill()] d=(polygons.iter().map(|one| projection.path(one)).collect::<String>()) {
                    title { (unit_told(shown, code)) }
                }
            }
            @for border in &places.borders { path .border d=(projection.path(border)) {} }
            @for (unit, at) in circles {
                @let (tone, at) = (tone(&unit.code), projection.place(at));
                circle class={ "unit " (tone.class()) } fill=[tone.fill()] cx=(px(at.x)) cy=(px(at.y)) r=(px(radius(&unit.code))) {
                    title { (unit_told(shown, &unit.code)) }
                }
            }
            @for unit in &places.names {
                @if let Some(at) = middle(unit).map(|at| projection.place(at)) {
                    text .place x=(px(at.x)) y=(px(at.y)) text-anchor="middle" { (short_name(&unit.name)) }
                }
            }
        }
    }
}

fn hatch(id: &str, class: &str, apart: u32) -> Markup {
    html! {
        pattern id=(id) width=(apart) height=(apart) patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
            rect class={ "ground " (class) } width=(apart) height=(apart) {}
            rect .stripe width="2.5" height=(apart) {}
        }
    }
}

/// A district without the word for what it is: *Quế Võ*.
fn short_name(name: &str) -> &str {
    let kinds = ["Thành phố ", "Thị xã ", "Huyện "];
    kinds.iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name)
}

fn unit_told(shown: &Shown<'_>, code: &UnitCode) -> String {
    let name = shown.names.unit_name(code);
    match shown.reading.units.get(&Some(code.clone())) {
        None => format!("{name}: {}", shown.say("chưa có phản ánh", "no petition")),
        Some(figures) => format!(
            "{name}: {} ({} {} {})",
            shown.language.share(figures.rate),
            shown.language.count(figures.counts.answered),
            shown.say("trên", "of"),
            shown.language.count(shown.chosen.target.definition.denominator(&figures.counts)),
        ),
    }
}

/// The map in words.
fn told(shown: &Shown<'_>, tones: &Tones) -> String {
    let mut units: BTreeMap<Tone, u64> = BTreeMap::new();
    for figures in shown.reading.units.iter().filter_map(|(unit, figures)| unit.as_ref().map(|_| figures)) {
        let whole = shown.chosen.target.definition.denominator(&figures.counts);
        *units.entry(tones.of(Some(figures), whole)).or_default() += 1;
    }
    let parts: Vec<String> = (units.iter())
        .map(|(tone, count)| format!("{}: {} {}", tones.told(*tone, shown), count, shown.say("địa bàn", "places")))
        .collect();
    format!("{}.", parts.join("; "))
}

fn table(shown: &Shown<'_>) -> Markup {
    let language = shown.language;
    let mut units: Vec<_> = shown.reading.units.iter().collect();
    units.sort_by(|(code, one), (other_code, other)| {
        other.counts.submitted.cmp(&one.counts.submitted).then_with(|| code.cmp(other_code))
    });
    let headings = [
        shown.say("Địa bàn", "Place"),
        shown.say("Tổng số", "Submitted"),
        shown.say("Đã trả lời", "Answered"),
        shown.say("Quá hạn", "Overdue"),
        shown.say("Tỷ lệ trả lời", "Answer rate"),
    ];
    html! {
        table {
            caption .hidden { (shown.say("Theo địa bàn của phản ánh", "By the place that petitions are about")) }
            thead { tr { @for heading in headings { th scope="col" { (heading) } } } }
            tbody {
                @for (code, figures) in units {
                    tr {
                        th scope="row" { (code.as_ref().map_or_else(|| shown.say("Không nêu vị trí", "No place given").to_owned(), |code| shown.names.unit_name(code))) }
                        td { (language.count(figures.counts.submitted)) }
                        td { (language.count(figures.counts.answered)) }
                        td { (language.count(figures.counts.pending_overdue)) }
                        td .with-bar { span { (language.share(figures.rate)) } (share_bar(figures.rate, shown.required())) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::rate::{Counts, Definition};

    use super::*;

    #[test]
    fn a_tone_says_how_a_rate_stands_to_what_is_required() {
        let tones = Tones::new(Some(0.7));
        let tone = |answered, submitted| {
            let counts = Counts { answered, submitted, ..Counts::default() };
            tones.of(Some(&Figures::new(counts, Definition::All)), submitted)
        };
        assert_eq!(tone(0, 0), Tone::Unknown);
        assert_eq!(tone(2, 2), Tone::Unknown);
        assert_eq!(
            [tone(4, 10), tone(5, 10), tone(6, 10), tone(7, 10), tone(8, 10), tone(10, 10)],
            [Tone::FarBelow, Tone::Below, Tone::Below, Tone::Reached, Tone::FarAbove, Tone::FarAbove]
        );
        assert_eq!(tones.of(None, 0), Tone::Unknown);
    }

    #[test]
    fn north_is_up_and_a_ring_comes_back_to_its_begin() {
        let projection = Projection::new(Rect::new(Coord { x: 105.9, y: 21.0 }, Coord { x: 106.3, y: 21.3 }));
        let (south, north) =
            (projection.place(Coord { x: 106.0, y: 21.0 }), projection.place(Coord { x: 106.0, y: 21.3 }));
        assert!(north.y < south.y && north.y >= 0.0 && south.y <= projection.height);
        let square = Polygon::new(LineString::from(vec![(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]), vec![]);
        assert_eq!(ring(square.exterior()), "M0 0l10 0l0 10l-10 0z");
    }
}
