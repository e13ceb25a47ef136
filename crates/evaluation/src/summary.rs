//! Means and standard deviations, summed in order.

/// The arithmetic mean; `None` of nothing.
pub fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0.0);
    for value in values {
        sum += value;
        n += 1.0;
    }
    (0.0 < n).then(|| sum / n)
}

/// The middle of values in order, or between the two in the middle; `None` of nothing.
pub fn median(sorted: &[f64]) -> Option<f64> {
    let n = sorted.len();
    (n != 0).then(|| f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2]))
}

/// The sample standard deviation, with `n - 1` below; `None` of fewer than two.
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values.iter().copied())?;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (1 < values.len()).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

/// The population standard deviation, with `n` below; `None` of nothing.
pub fn population_deviation(values: &[f64]) -> Option<f64> {
    let mean_of_all = mean(values.iter().copied())?;
    let squares = values.iter().map(|value| (value - mean_of_all) * (value - mean_of_all));
    mean(squares).map(f64::sqrt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_a_mean_and_no_deviation() {
        assert_eq!(mean([3.0].into_iter()), Some(3.0));
        assert_eq!(standard_deviation(&[3.0]), None);
        assert_eq!(mean(std::iter::empty()), None);
        assert_eq!(standard_deviation(&[1.0, 3.0]), Some(2.0_f64.sqrt()));
        assert_eq!(population_deviation(&[1.0, 3.0]), Some(1.0));
        assert_eq!(population_deviation(&[]), None);
    }

    #[test]
    fn a_median_is_the_middle_or_between_two() {
        assert_eq!(median(&[1.0, 2.0, 9.0]), Some(2.0));
        assert_eq!(median(&[1.0, 2.0, 4.0, 9.0]), Some(3.0));
        assert_eq!(median(&[]), None);
    }
}
