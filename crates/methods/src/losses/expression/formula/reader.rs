//! How a formula is read: operators that wait for their right operand are applied once what follows binds less.

use crate::losses::expression::formula::{Function, Name, Operator, Step, Varies};

/// The most numbers, names and operators.
const LONGEST: usize = 1000;

const FUNCTIONS: [(&str, Function); 8] = [
    ("exp", Function::Exp),
    ("ln", Function::Ln),
    ("sqrt", Function::Sqrt),
    ("sin", Function::Sin),
    ("cos", Function::Cos),
    ("sinh", Function::Sinh),
    ("cosh", Function::Cosh),
    ("tanh", Function::Tanh),
];

/// What waits for its right operand.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Waiting {
    Parenthesis,
    Operator(Operator),
}

/// A formula while it is read.
#[derive(Default)]
struct Reader {
    steps: Vec<Step>,
    /// What the values depend on that the steps so far leave.
    varies: Vec<Varies>,
    waiting: Vec<Waiting>,
    /// Whether a value stands before this place.
    after_value: bool,
}

/// The steps of `text`; `name` tells what a name stands for.
pub(super) fn read(
    text: &str,
    name: &dyn Fn(&str) -> Result<Name, String>,
) -> Result<Vec<Step>, String> {
    let mut reader = Reader::default();
    let mut rest = text;
    let mut last = '(';
    while let Some(c) = rest.chars().next() {
        let length = if c.is_ascii_digit() || c == '.' {
            let length = number_length(rest);
            let digits = &rest[..length];
            let number = digits.parse().map_err(|_| format!("`{digits}` is no number"))?;
            reader.value(Operator::Constant(number), digits)?;
            length
        } else if c.is_alphabetic() || c == '_' {
            let inside = |c: char| c.is_alphanumeric() || c == '_';
            let length = rest.find(|c: char| !inside(c)).unwrap_or(rest.len());
            reader.word(&rest[..length], rest[length..].trim_start().starts_with('('), name)?;
            length
        } else {
            if !c.is_whitespace() {
                reader.sign(c, last)?;
            }
            c.len_utf8()
        };
        if !c.is_whitespace() {
            last = c;
        }
        rest = &rest[length..];
    }
    reader.end()
}

/// How long the number is that `text` begins with.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits =
        |from: usize| from + bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut end = digits(0);
    while bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign.min(bytes.len() - end - 1));
        if end + 1 + sign < exponent {
            return exponent;
        }
    }
    end
}

impl Reader {
    fn value(&mut self, operator: Operator, text: &str) -> Result<(), String> {
        if self.after_value {
            return Err(format!("an operator is missing before `{text}`"));
        }
        self.after_value = true;
        let varies = match operator {
            Operator::Variable(at) => [at == 0, at == 1],
            _ => [false; 2],
        };
        self.push(Step { operator, left: varies, right: [false; 2] })?;
        self.varies.push(varies);
        self.apply_functions()
    }

    fn word(
        &mut self,
        word: &str,
        before_parenthesis: bool,
        name: &dyn Fn(&str) -> Result<Name, String>,
    ) -> Result<(), String> {
        if let Some((_, function)) = FUNCTIONS.iter().find(|(known, _)| *known == word) {
            if self.after_value {
                return Err(format!("an operator is missing before `{word}`"));
            }
            return self.wait(Waiting::Operator(Operator::Function(*function)));
        }
        if before_parenthesis {
            let known = FUNCTIONS.map(|(name, _)| name).join(", ");
            return Err(format!("`{word}` is no function; there are {known}"));
        }
        match name(word)? {
            Name::Variable(at) => self.value(Operator::Variable(at), word),
            Name::Parameter(value) => self.value(Operator::Constant(value), word),
        }
    }

    /// An operator or a parenthesis; `last` is what stands before it.
    fn sign(&mut self, c: char, last: char) -> Result<(), String> {
        let operator = match c {
            '(' if self.after_value => {
                return Err("an operator is missing before `(`".to_owned());
            }
            '(' => {
                self.waiting.push(Waiting::Parenthesis);
                return Ok(());
            }
            ')' => return self.close(),
            '+' => Operator::Add,
            '-' => Operator::Subtract,
            '*' => Operator::Multiply,
            '/' => Operator::Divide,
            '^' => Operator::Power,
            _ => return Err(format!("`{c}` means nothing in a formula")),
        };
        if !self.after_value {
            // A leading sign is a difference from 0, and so binds less than a power.
            let leads = last == '(' && matches!(c, '+' | '-');
            if !leads {
                return Err(if "+-*/^".contains(last) {
                    format!("`{c}` follows `{last}`: put the second in parentheses")
                } else {
                    format!("a number or a name is missing before `{c}`")
                });
            }
            self.value(Operator::Constant(0.0), "0")?;
        }
        let binds = operator.binds();
        while let Some(&Waiting::Operator(before)) = self.waiting.last() {
            if before == Operator::Power && operator == Operator::Power {
                return Err("a power of a power wants parentheses: (a^b)^c or a^(b^c)".to_owned());
            }
            if before.binds() < binds {
                break;
            }
            self.waiting.pop();
            self.apply(before)?;
        }
        self.after_value = false;
        self.wait(Waiting::Operator(operator))
    }

    fn close(&mut self) -> Result<(), String> {
        if !self.waiting.contains(&Waiting::Parenthesis) {
            return Err("a parenthesis is closed that was never opened".to_owned());
        }
        if !self.after_value {
            return Err("a number or a name is missing before `)`".to_owned());
        }
        while let Some(Waiting::Operator(operator)) = self.waiting.pop() {
            self.apply(operator)?;
        }
        self.apply_functions()
    }

    fn end(mut self) -> Result<Vec<Step>, String> {
        if self.waiting.contains(&Waiting::Parenthesis) {
            return Err("a parenthesis is never closed".to_owned());
        }
        if !self.after_value {
            return Err("a number or a name is missing at its end".to_owned());
        }
        while let Some(Waiting::Operator(operator)) = self.waiting.pop() {
            self.apply(operator)?;
        }
        Ok(self.steps)
    }

    /// A function binds tighter than whatever follows its operand.
    fn apply_functions(&mut self) -> Result<(), String> {
        while let Some(&Waiting::Operator(function @ Operator::Function(_))) = self.waiting.last() {
            self.waiting.pop();
            self.apply(function)?;
        }
        Ok(())
    }

    fn apply(&mut self, operator: Operator) -> Result<(), String> {
        let unary = matches!(operator, Operator::Function(_));
        let mut operand = || self.varies.pop().expect("an operand was read before its operator");
        let right = if unary { [false; 2] } else { operand() };
        let left = operand();
        self.varies.push([left[0] || right[0], left[1] || right[1]]);
        self.push(Step { operator, left, right })
    }

    fn wait(&mut self, waiting: Waiting) -> Result<(), String> {
        self.waiting.push(waiting);
        self.bounded()
    }

    fn push(&mut self, step: Step) -> Result<(), String> {
        self.steps.push(step);
        self.bounded()
    }

    fn bounded(&self) -> Result<(), String> {
        // Parentheses cost nothing once they are read.
        let waits = |waiting: &&Waiting| matches!(waiting, Waiting::Operator(_));
        if self.steps.len() <= LONGEST
            && (self.waiting.len() <= LONGEST
                || self.waiting.iter().filter(waits).count() <= LONGEST)
        {
            return Ok(());
        }
        Err(format!("it is longer than {LONGEST} numbers, names and operators"))
    }
}

impl Operator {
    /// How tightly it holds its operands.
    fn binds(self) -> u8 {
        match self {
            Operator::Add => 0,
            Operator::Subtract => 1,
            Operator::Multiply => 2,
            Operator::Divide => 3,
            Operator::Power => 4,
            Operator::Function(_) | Operator::Constant(_) | Operator::Variable(_) => 5,
        }
    }
}
