//! Where a value lies on an axis, and which values have a line.

/// Marks that an axis has at most.
const MOST_TICKS: f64 = 8.0;
/// Room on both sides of an axis, of its length.
const MARGIN: f64 = 0.03;
/// Between two figures at marks of an axis in a narrow column, of its length.
const LEAST_GAP: f64 = 0.15;
/// Where a stretched axis turns from linear to logarithmic.
const BEND: f64 = 0.02;

/// An axis between two values.
#[derive(Clone, Debug)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Linear,
    /// `asinh(x / 0.02)`: small differences can be told apart beside large ones.
    Stretched,
    /// Of positive values.
    Logarithmic,
}

impl Scale {
    pub(crate) fn linear(low: f64, high: f64) -> Self {
        Scale::of(Kind::Linear, low, high)
    }

    pub(crate) fn stretched(low: f64, high: f64) -> Self {
        Scale::of(Kind::Stretched, low, high)
    }

    pub(crate) fn logarithmic(low: f64, high: f64) -> Self {
        Scale::of(Kind::Logarithmic, low, high)
    }

    fn of(kind: Kind, low: f64, high: f64) -> Self {
        let (low, high) = (kind.bent(low), kind.bent(high));
        let length = high - low;
        let margin = if 0.0 < length { MARGIN * length } else { 0.5 };
        Scale { low: low - margin, high: high + margin, kind }
    }

    /// The same without room on its sides.
    pub(crate) fn tight(self) -> Self {
        let margin = (self.high - self.low) * MARGIN / (1.0 + 2.0 * MARGIN);
        Scale { low: self.low + margin, high: self.high - margin, ..self }
    }

    /// From 0 at the low end to 1 at the high one; values beyond lie on the ends.
    pub(crate) fn place(&self, value: f64) -> f64 {
        ((self.kind.bent(value) - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// Values to mark, ascending.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        let is_in = |value: &f64| {
            let bent = self.kind.bent(*value);
            self.low <= bent && bent <= self.high
        };
        match self.kind {
            Kind::Linear => {
                let step = step((self.high - self.low) / MOST_TICKS);
                let (first, last) = ((self.low / step).ceil(), (self.high / step).floor());
                (first as i64..=last as i64).map(|i| i as f64 * step).collect()
            }
            Kind::Stretched => {
                let steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];
                let below = steps.iter().rev().map(|step| -step);
                self.with_room(below.chain([0.0]).chain(steps).filter(is_in).collect())
            }
            Kind::Logarithmic => {
                let decades = |digits: &[f64]| -> Vec<f64> {
                    let decade = |exponent: i32| {
                        let power = libm::pow(10.0, f64::from(exponent));
                        digits.iter().map(move |digit| digit * power)
                    };
                    (-6..9).flat_map(decade).filter(is_in).collect()
                };
                // The finest that is not too many.
                let fine = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0];
                let kinds: [&[f64]; 4] =
                    [&fine, &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0], &[1.0, 2.0, 5.0], &[1.0]];
                let mut marks = kinds.into_iter().map(decades);
                marks.find(|marks| marks.len() <= MOST_TICKS as usize).unwrap_or_default()
            }
        }
    }

    /// The marks at which there is room for a figure in a narrow column.
    pub(crate) fn written_ticks(&self) -> Vec<f64> {
        self.with_room(self.ticks())
    }

    /// From 0 on outwards, the values that have room beside those that are there.
    fn with_room(&self, mut values: Vec<f64>) -> Vec<f64> {
        values.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
        let mut marks: Vec<f64> = Vec::new();
        for value in values {
            let has_room = |mark: &f64| LEAST_GAP <= (self.place(*mark) - self.place(value)).abs();
            if marks.iter().all(has_room) {
                marks.push(value);
            }
        }
        marks.sort_by(f64::total_cmp);
        marks
    }

    /// Decimals that tell the marks of a linear axis apart.
    pub(crate) fn decimals(&self) -> usize {
        let step = step((self.high - self.low) / MOST_TICKS);
        (0..6).find(|&n| (step * libm::pow(10.0, n as f64)).fract() < 1e-6).unwrap_or(6)
    }
}

impl Kind {
    fn bent(self, value: f64) -> f64 {
        match self {
            Kind::Linear => value,
            Kind::Stretched => libm::asinh(value / BEND),
            Kind::Logarithmic => libm::log(value),
        }
    }
}

/// 1, 2 or 5 times a power of ten, at least `least`.
fn step(least: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(least)));
    let steps = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power);
    steps.into_iter().find(|&step| least <= step * (1.0 + 1e-9)).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(ticks: &[f64], decimals: usize) -> Vec<String> {
        ticks.iter().map(|tick| format!("{tick:.decimals$}")).collect()
    }

    #[test]
    fn a_linear_axis_is_marked_at_round_values() {
        let scale = Scale::linear(-0.1, 0.12);
        assert_eq!(
            shown(&scale.ticks(), scale.decimals()),
            ["-0.10", "-0.05", "0.00", "0.05", "0.10"]
        );
        assert_eq!(shown(&scale.written_ticks(), 2), ["-0.10", "-0.05", "0.00", "0.05", "0.10"]);
        let near = Scale::linear(-0.03, 0.04);
        assert_eq!(near.ticks().len(), 8);
        assert_eq!(shown(&near.written_ticks(), 2), ["-0.02", "0.00", "0.02", "0.04"]);
        let middle = scale.place(0.01);
        assert!((middle - 0.5).abs() < 1e-12, "{middle}");
        assert_eq!((scale.place(-9.0), scale.place(9.0)), (0.0, 1.0));
    }

    #[test]
    fn a_logarithmic_axis_is_marked_at_powers() {
        let near = Scale::logarithmic(1.0, 2.0).ticks();
        assert_eq!(shown(&near, 1), ["1.0", "1.2", "1.5", "2.0"]);
        assert_eq!(
            shown(&Scale::logarithmic(1.0, 1e5).ticks(), 0),
            ["1", "10", "100", "1000", "10000", "100000"]
        );
    }

    #[test]
    fn a_stretched_axis_has_its_middle_at_zero() {
        let scale = Scale::stretched(-0.5, 0.5);
        assert!((scale.place(0.0) - 0.5).abs() < 1e-12);
        let ticks = scale.ticks();
        assert!(
            ticks.contains(&0.0) && ticks.contains(&0.05) && !ticks.contains(&0.02),
            "{ticks:?}"
        );
    }

    #[test]
    fn an_axis_of_one_value_is_an_axis_all_the_same() {
        assert!((Scale::linear(3.0, 3.0).place(3.0) - 0.5).abs() < 1e-12);
        assert!((Scale::linear(0.0, 1.0).tight().place(1.0) - 1.0).abs() < 1e-12);
    }
}
