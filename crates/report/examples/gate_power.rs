//! What the gate over a baseline can and cannot see: false alarms of 10,000 A/A comparisons, and the declines that are found.
//!
//! `cargo run -p report --example gate_power [FOLDER [N]]`: the folder of a baseline, and how many gates are rehearsed.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use report::gate::{Decline, Rehearsal, Snapshot};

/// Half a point.
const DECLINE: f64 = 0.005;
const POWER: f64 = 0.95;
/// How often a gate may give a false alarm.
const STATED: f64 = 0.05;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| "results/baseline".to_owned());
    let n: usize = arguments.next().map_or(Ok(10_000), |text| text.parse())?;
    let baseline = Snapshot::read(&PathBuf::from(&folder))?;
    let rehearsal = Rehearsal::new(&baseline).ok_or("the baseline has one method alone")?;
    let rate = rehearsal.alarms(n, 1) as f64 / n as f64;
    println!(
        "{n} A/A comparisons: {:.2} % alarms (at most {:.0} % are stated)",
        100.0 * rate,
        100.0 * STATED
    );
    let n = n / 10;
    for (decline, of) in
        [(Decline::OneMethod, "one method"), (Decline::EveryMethod, "every method")]
    {
        for (place, metric) in rehearsal.metrics().iter().enumerate() {
            let found = rehearsal.found(n, decline, place, DECLINE, 2) as f64 / n as f64;
            let size = rehearsal.finds(n, decline, place, POWER, 3);
            let size =
                size.map_or("none below 0.5".to_owned(), |size| format!("from {size:.3} on"));
            println!(
                "{}: a decline of {DECLINE} in {of} is found in {:.1} % of {n} gates; in 95 %: {size}",
                metric.name(),
                100.0 * found
            );
        }
    }
    Ok(if rate <= STATED { ExitCode::SUCCESS } else { ExitCode::from(3) })
}
