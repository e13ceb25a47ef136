//! A formula as the list of its operators, and what it and its slopes are at a point.
//!
//! The operators stand in the order in which they are applied, so that neither reading nor evaluating calls
//! itself: a formula can be as deep as it is long. Slopes along `p` and `margin` are carried along with the
//! value. What does not depend on a variable has no slope along it, whatever the rule would make of its value.

mod reader;

/// What stands for a name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Name {
    /// One of `p`, `margin`, `prior`, `K`, by its place.
    Variable(usize),
    Parameter(f64),
}

/// A formula that was read.
#[derive(Debug)]
pub(super) struct Formula {
    steps: Vec<Step>,
}

/// One number or operator.
#[derive(Clone, Copy, Debug)]
struct Step {
    operator: Operator,
    /// Which operands depend on `p`, and which on `margin`.
    left: Varies,
    right: Varies,
}

/// Along `p`, and along `margin`.
type Varies = [bool; 2];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Constant(f64),
    Variable(usize),
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Function(Function),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Function {
    Exp,
    Ln,
    Sqrt,
    Sin,
    Cos,
    Sinh,
    Cosh,
    Tanh,
}

impl Formula {
    /// Reads `text`; `name` tells what a name stands for.
    pub(super) fn parse(
        text: &str,
        name: &dyn Fn(&str) -> Result<Name, String>,
    ) -> Result<Self, String> {
        reader::read(text, name).map(|steps| Formula { steps })
    }

    /// What it depends on.
    pub(super) fn varies(&self) -> Varies {
        let none = || [false; 2];
        self.steps.last().map_or_else(none, |step| [0, 1].map(|k| step.left[k] || step.right[k]))
    }

    /// Value and slopes along `p` and `margin`.
    pub(super) fn at(&self, variables: [f64; 4], stack: &mut Vec<[f64; 3]>) -> [f64; 3] {
        stack.clear();
        for Step { operator, left, right } in &self.steps {
            let value = match *operator {
                Operator::Constant(x) => [x, 0.0, 0.0],
                Operator::Variable(at) => {
                    let along = |variable: usize| if at == variable { 1.0 } else { 0.0 };
                    [variables[at], along(0), along(1)]
                }
                Operator::Function(function) => {
                    let a = stack.pop().expect("a function has an operand");
                    function.of(a, *left)
                }
                binary => {
                    let b = stack.pop().expect("an operator has a right operand");
                    let a = stack.pop().expect("an operator has a left operand");
                    binary.of(a, b, *left, *right)
                }
            };
            stack.push(value);
        }
        stack.pop().expect("a formula has a value")
    }
}

impl Operator {
    /// Value and slopes of `a` and `b`, by what they depend on.
    fn of(self, a: [f64; 3], b: [f64; 3], left: Varies, right: Varies) -> [f64; 3] {
        let value = match self {
            Operator::Add => a[0] + b[0],
            Operator::Subtract => a[0] - b[0],
            Operator::Multiply => a[0] * b[0],
            Operator::Divide => a[0] / b[0],
            _ => libm::pow(a[0], b[0]),
        };
        let by_left = |da: f64| match self {
            Operator::Add | Operator::Subtract => da,
            Operator::Multiply => da * b[0],
            Operator::Divide => da / b[0],
            _ => b[0] * libm::pow(a[0], b[0] - 1.0) * da,
        };
        let by_right = |db: f64| match self {
            Operator::Add => db,
            Operator::Subtract => -db,
            Operator::Multiply => a[0] * db,
            Operator::Divide => -value * db / b[0],
            _ => value * libm::log(a[0]) * db,
        };
        let slope = |k: usize| match (left[k], right[k]) {
            (true, true) => by_left(a[k + 1]) + by_right(b[k + 1]),
            (true, false) => by_left(a[k + 1]),
            (false, true) => by_right(b[k + 1]),
            (false, false) => 0.0,
        };
        [value, slope(0), slope(1)]
    }
}

impl Function {
    /// Value and slopes of `a`, by what it depends on.
    fn of(self, a: [f64; 3], varies: Varies) -> [f64; 3] {
        let x = a[0];
        let (value, slope) = match self {
            Function::Exp => (libm::exp(x), libm::exp(x)),
            Function::Ln => (libm::log(x), 1.0 / x),
            Function::Sqrt => (libm::sqrt(x), 0.5 / libm::sqrt(x)),
            Function::Sin => (libm::sin(x), libm::cos(x)),
            Function::Cos => (libm::cos(x), -libm::sin(x)),
            Function::Sinh => (libm::sinh(x), libm::cosh(x)),
            Function::Cosh => (libm::cosh(x), libm::sinh(x)),
            Function::Tanh => (libm::tanh(x), (1.0 - libm::tanh(x)) * (1.0 + libm::tanh(x))),
        };
        let along = |k: usize| if varies[k] { slope * a[k + 1] } else { 0.0 };
        [value, along(0), along(1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Formula {
        let names = ["p", "margin", "prior", "K"];
        let place = |name: &str| names.iter().position(|known| *known == name).map(Name::Variable);
        Formula::parse(text, &|name| place(name).ok_or_else(|| name.to_owned())).unwrap()
    }

    #[test]
    fn a_minus_sign_binds_less_than_a_power() {
        let value = |text: &str| read(text).at([0.0; 4], &mut Vec::new())[0];
        assert_eq!(value("-2^2"), -4.0);
        assert_eq!(value("3 - 2^2"), -1.0);
        assert_eq!(value("exp(-1^2 + 1) * 5"), 5.0);
        assert_eq!(value("8/2/2 - 1 - 1 + 2"), 2.0);
        assert_eq!(value("2^(-1)"), 0.5);
        assert_eq!(value("2 * 1e-3 + 1e+3"), 1000.002);
        assert_eq!(value("1-5e-1*2^2*3"), -5.0);
        assert_eq!(value("10 - 2 + 3 - 4"), 7.0);
        assert_eq!(value("12 / 2 * 3 - .5"), 17.5);
        assert_eq!(value("sqrt 4 + sqrt(sqrt 16) * (+1)"), 4.0);
        assert_eq!(value("((2))"), 2.0);
    }

    #[test]
    fn slopes_are_exact() {
        let at = |text: &str| read(text).at([0.25, 2.0, 0.5, 3.0], &mut Vec::new());
        assert_eq!(at("p * p * margin"), [0.125, 1.0, 0.0625]);
        assert_eq!(at("margin^3 / p"), [32.0, -128.0, 48.0]);
        assert_eq!(at("1 / (prior * K)"), [1.0 / 1.5, 0.0, 0.0]);
        let [value, along_p, along_margin] = at("margin^(2 * p)");
        assert_eq!(value, std::f64::consts::SQRT_2);
        assert!((along_p - 2.0 * value * std::f64::consts::LN_2).abs() < 1e-15);
        assert!((along_margin - 0.5 / value).abs() < 1e-15);
        let [_, _, slope] = at("ln(cosh(tanh(sin(margin))))");
        let (s, c) = (libm::sin(2.0), libm::cos(2.0));
        let t = libm::tanh(s);
        assert!((slope - libm::tanh(t) * (1.0 - t * t) * c).abs() < 1e-15, "{slope}");
    }

    #[test]
    fn what_does_not_vary_has_no_slope_though_its_value_be_infinite() {
        let [value, along_p, along_margin] =
            read("-ln(p) + 1 / exp(margin^9)").at([0.5, 700.0, 0.5, 2.0], &mut Vec::new());
        assert_eq!((value, along_p), (std::f64::consts::LN_2, -2.0));
        assert!(along_margin.is_nan() || along_margin == 0.0);
    }
}
