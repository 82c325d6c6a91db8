//! Small marks within tables and pictures: coordinates, bars, a trend.

use maud::{Markup, html};

/// A coordinate as it is written: to a tenth, which no eye tells apart.
pub fn px(coordinate: f64) -> String {
    let text = format!("{coordinate:.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

/// A count as a length; what is more than four thousand million is drawn as that.
pub fn length(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The path through points; a gap where there is none.
pub fn path(points: impl IntoIterator<Item = Option<(f64, f64)>>) -> String {
    let mut path = String::new();
    let mut pen_is_down = false;
    for point in points {
        if let Some((x, y)) = point {
            path.push_str(if pen_is_down { "L" } else { "M" });
            path.push_str(&format!("{} {}", px(x), px(y)));
        }
        pen_is_down = point.is_some();
    }
    path
}

const BAR: (f64, f64) = (100.0, 10.0);

/// A share as a bar in a cell that says the number; with a tick where a rate is asked for.
pub fn share_bar(share: Option<f64>, required: Option<f64>) -> Markup {
    let (width, height) = BAR;
    let reached = share.zip(required).is_some_and(|(share, required)| share >= required);
    html! {
        svg .bar viewBox={ "0 0 " (width) " " (height) } preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect .track x="0" y="3" width=(width) height="4" {}
            rect .fill .reached[reached] x="0" y="3" width=(px(share.unwrap_or(0.0).clamp(0.0, 1.0) * width)) height="4" {}
            @if let Some(required) = required {
                rect .tick x=(px((required * width - 0.5).max(0.0))) y="0" width="1" height=(height) {}
            }
        }
    }
}

/// Parts of a whole side by side, each with the class of its colour.
pub fn parts_bar(parts: &[(&str, u64)], whole: u64) -> Markup {
    let (width, height) = BAR;
    let scale = width / length(whole).max(1.0);
    let mut at = 0.0;
    let placed: Vec<(&str, f64, f64)> = (parts.iter())
        .map(|(class, count)| {
            let begin = at;
            at += length(*count) * scale;
            (*class, begin, length(*count) * scale)
        })
        .collect();
    html! {
        svg .bar viewBox={ "0 0 " (width) " " (height) } preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            @for (class, begin, width) in placed {
                rect class=(class) x=(px(begin)) y="1" width=(px(width)) height=(height - 2.0) {}
            }
        }
    }
}

/// A rate over the last weeks, in a cell that says by how much it changed.
pub fn trend(rates: &[Option<f64>]) -> Markup {
    const SIZE: (f64, f64) = (60.0, 16.0);
    let step = SIZE.0 / length(u64::try_from(rates.len().saturating_sub(1)).unwrap_or(1)).max(1.0);
    let y = |rate: f64| 1.0 + (1.0 - rate) * (SIZE.1 - 2.0);
    let points = rates.iter().zip(0_u32..).map(|(rate, index)| rate.map(|rate| (f64::from(index) * step, y(rate))));
    html! {
        svg .trend viewBox={ "0 0 " (SIZE.0) " " (SIZE.1) } aria-hidden="true" focusable="false" {
            path d=(path(points)) {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_a_gap_where_nothing_is_known() {
        let points = [Some((0.0, 1.0)), Some((1.25, 2.0)), None, Some((3.0, 4.96))];
        assert_eq!(path(points), "M0 1L1.2 2M3 5");
        assert_eq!(path([]), "");
    }

    #[test]
    fn parts_of_nothing_have_no_width() {
        let bar = parts_bar(&[("a", 0), ("b", 0)], 0).into_string();
        assert!(bar.contains("width=\"0\"") && !bar.contains("NaN") && !bar.contains("inf"), "{bar}");
        let bar = parts_bar(&[("a", 1), ("b", 3)], 4).into_string();
        assert!(bar.contains("x=\"25\" y=\"1\" width=\"75\""), "{bar}");
    }
}
