use super::*;
use crate::Streams;

fn moving(value: f64) -> Dual<f64> {
    Dual { value, slope: 0.7 }
}

type Function<T> = fn(T, T) -> T;

/// Every function, of numbers and of such as move.
fn functions<T: Real>() -> Vec<(&'static str, Function<T>)> {
    vec![
        ("+", |x, y| x + y),
        ("-", |x, y| x - y),
        ("*", |x, y| x * y),
        ("/", |x, y| x / y),
        ("neg", |x, _| -x),
        ("exp", |x, _| x.exp()),
        ("exp_m1", |x, _| x.exp_m1()),
        ("ln", |x, _| x.ln()),
        ("ln_1p", |x, _| x.ln_1p()),
        ("powf", |x, y| x.powf(y)),
        ("tanh", |x, _| x.tanh()),
        ("sqrt", |x, _| x.sqrt()),
        ("abs", |x, y| (x - y).abs()),
        ("mul_add", |x, y| x.mul_add(y, x)),
        ("max", |x, y| x.max(y)),
        ("min", |x, y| x.min(y)),
        ("sigmoid", |x, y| (x - y).sigmoid()),
        ("softplus", |x, y| (x - y).softplus()),
        ("exp_nonpositive", |x, _| {
            let mut values = [-x; 3];
            T::exp_nonpositive(&mut values);
            values[2]
        }),
        ("sum", |x, y| [x, y, x].into_iter().sum()),
    ]
}

#[test]
fn every_function_moves_by_its_slope_and_has_its_value() {
    let mut stream = Streams::new([4; 32]).stream("dual");
    for ((name, plain), (_, dual)) in functions::<f64>().iter().zip(functions::<Dual<f64>>()) {
        for _ in 0..200 {
            let [x, y] = [0.05 + 3.0 * stream.uniform(), 0.05 + 3.0 * stream.uniform()];
            let [x_dot, y_dot] = [stream.normal(), stream.normal()];
            let found = dual(Dual { value: x, slope: x_dot }, Dual { value: y, slope: y_dot });
            assert_eq!(found.value.to_bits(), plain(x, y).to_bits(), "{name}");
            let h = 1e-6;
            let at = |h: f64| plain(x + h * x_dot, y + h * y_dot);
            let slope = (at(h) - at(-h)) / (2.0 * h);
            let near = (found.slope - slope).abs() <= 1e-6 * (1.0 + slope.abs());
            // Where `x` and `y` are about equal, a difference steps over the corner.
            assert!(near || (x - y).abs() < 1e-4, "{name}: {} {slope}", found.slope);
        }
    }
}

#[test]
fn what_does_not_move_has_no_slope_even_where_that_is_infinite() {
    let zero = Dual::<f64>::ZERO;
    for y in [zero.sqrt(), zero.ln(), zero.powf(Dual::of(0.5)), (-Dual::<f64>::ONE).ln_1p()] {
        assert_eq!(y.slope, 0.0);
    }
    assert_eq!(moving(0.0).powf(zero).slope, 0.0);
    assert_eq!(moving(0.0).powf(Dual::of(2.0)).slope, 0.0);
}

#[test]
fn numbers_are_compared_by_their_values() {
    let (still, moving) = (Dual::of(2.0), moving(2.0));
    assert_eq!(still.partial_cmp(&moving), Some(Ordering::Equal));
    assert!(still == moving);
    assert_eq!(moving.max(still).slope, moving.slope);
    let nan = Dual::<f64>::of(f64::NAN);
    assert_eq!((nan.max(moving), moving.max(nan)), (moving, moving));
    assert_eq!((nan.min(moving), moving.min(nan)), (moving, moving));
    assert!(nan.is_nan() && !nan.is_finite());
    assert!(!Dual { value: 1.0, slope: f64::INFINITY }.is_finite());
}
