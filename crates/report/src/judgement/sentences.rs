//! The answer of a table in sentences, by rules: a claim stands there if its test allows it.
//!
//! With F families and k rows beside the baseline:
//!
//! 1. Who leads: the best average rank (of one data set: the best mean), its difference from the baseline, the interval.
//! 2. `2k / 2^F >= 0.05`: the run cannot tell any row from the baseline, and how many families it would take.
//! 3. Else, none below 0.05 after Holm: no row differs.
//! 4. Else: which are better, how many are worse; whether the leader is among them.
//! 5. Whether the rows differ at all (Iman–Davenport; Friedman where all families rank alike, of which the former is infinite), and how
//!    many are within the critical difference of the leader.
//! 6. The leader was picked on these numbers: how picks fare on the family left out.
//! 7. Each method that has controls: over plain training, and over the same step without what the method knows.

use std::collections::BTreeMap;

use evaluation::significance::{Interval, families_needed, least_p};
use experiment::Axis;

use crate::comparison::gains::GainsTable;
use crate::comparison::notes::count;
use crate::comparison::printed::number;
use crate::comparison::ranking::Friedman;
use crate::comparison::table::{MetricTable, Role};
use crate::judgement::controls::methods;
use crate::judgement::estimate::Estimate;
use crate::judgement::lost::Lost;
use crate::judgement::paragraph::{Answer, Paragraph};
use crate::judgement::words::{self, and, families, p, percent, signed};
use crate::judgement::{ALPHA, Judgement, RunTest, Unit};

/// Decimals of ranks, unless fewer are asked for.
const RANK_DECIMALS: usize = 2;
/// Names that are spelt out.
const NAMED: usize = 3;

/// `Which loss, which mining helps on 6 data sets?`, of an experiment that does not say what it asks.
pub(crate) fn question(axes: &[Axis], datasets: &[String]) -> String {
    let methods = axes.iter().filter(|axis| **axis != Axis::Control);
    let axes: Vec<String> = methods.map(|axis| format!("which {axis}")).collect();
    let on =
        if let [dataset] = datasets { dataset.clone() } else { count(datasets.len(), "data set") };
    if axes.is_empty() {
        return format!("Does what a method knows help on {on}?");
    }
    let mut question = format!("{} helps on {on}?", axes.join(", "));
    question.replace_range(..1, "W");
    question
}

/// `By the other metrics: G-mean focal (+0.168, p = 1.00), ...`; `None` if there are none.
pub(crate) fn other_metrics(tables: &[MetricTable], decimals: usize) -> Option<Paragraph> {
    let mut said = Paragraph::default();
    for table in tables.iter().skip(1) {
        let (Some(leader), 2..) = (table.judgement.leader, table.rows.len()) else { continue };
        let verdict = table.judgement.verdicts[leader].as_ref();
        if verdict.is_none() && table.judgement.baseline != Some(leader) {
            // Best of the few that are ranked, which is not said of the primary metric without saying so.
            continue;
        }
        let before = if said.is_empty() { "Best by the other metrics: " } else { "; " };
        said = said
            .plain(&format!("{before}{} ", table.metric.title()))
            .strong(&table.rows[leader].name);
        said = said.plain(&match verdict {
            Some(estimate) => {
                let p = words::verdict(estimate, decimals);
                format!(" ({}, {p})", signed(estimate.size, decimals))
            }
            None => " (the baseline)".to_owned(),
        });
    }
    (!said.is_empty())
        .then(|| said.plain(". What is corrected is corrected within a metric, not over them."))
}

/// What `table` answers; `gains` are those of the same metric.
pub(crate) fn answer(table: &MetricTable, gains: Option<&GainsTable>, decimals: usize) -> Answer {
    let speaker = Speaker { table, judgement: &table.judgement, decimals };
    let answer = [speaker.leader(), speaker.differs(), speaker.in_use()];
    let methods = gains.map(|gains| methods(gains, decimals)).unwrap_or_default();
    let cautions = [speaker.was_picked(), speaker.not_compared()];
    let said = |paragraphs: Vec<Paragraph>| -> Vec<Paragraph> {
        paragraphs.into_iter().filter(|paragraph| !paragraph.is_empty()).collect()
    };
    Answer { answer: said(answer.into()), methods: said(methods), cautions: said(cautions.into()) }
}

struct Speaker<'t> {
    table: &'t MetricTable,
    judgement: &'t Judgement,
    decimals: usize,
}

impl Speaker<'_> {
    fn name(&self, row: usize) -> &str {
        &self.table.rows[row].name
    }

    /// Rule 1.
    fn leader(&self) -> Paragraph {
        self.with_equals(self.leads())
    }

    fn leads(&self) -> Paragraph {
        let Judgement { leader, baseline, .. } = *self.judgement;
        let metric = self.table.metric.title();
        let said = Paragraph::default();
        let (Some(leader), Some(baseline)) = (leader, baseline) else {
            let what = if baseline.is_none() {
                "The baseline has too few runs with a value in common with the others: rows are not compared with it."
            } else if self.table.rows.len() < 2 {
                return said;
            } else {
                "No two rows have enough runs in common to be ranked."
            };
            return said.plain(what);
        };
        let n_rows = self.n_ranked();
        if n_rows < 2 {
            return said;
        }
        let name = self.name(leader);
        if leader == baseline {
            return match &self.table.datasets[..] {
                [_, _, ..] => said.plain("The baseline, ").strong(name).plain(&format!(
                    ", has the best average rank of {n_rows} rows for {metric} ({}).",
                    self.rank(leader)
                )),
                datasets => said.plain("The baseline, ").strong(name).plain(&format!(
                    ", has the best mean of {n_rows} rows for {metric} on {} ({}).",
                    datasets.concat(),
                    self.mean(leader)
                )),
            };
        }
        let said = match &self.table.datasets[..] {
            [_, _, ..] => said.plain(&format!("For {metric}, ")).strong(name).plain(&format!(
                " has the best average rank, {} of {n_rows}{}.",
                self.rank(leader),
                self.ranked_families(leader)
            )),
            datasets => said
                .plain(&format!("For {metric} on {}, ", datasets.concat()))
                .strong(name)
                .plain(&format!(" has the best mean of {n_rows} rows, {}.", self.mean(leader))),
        };
        let said = if self.table.rows[leader].role == Role::Control {
            said.plain(" It is a control: a step of the same kind without what the method knows.")
        } else {
            said
        };
        let Some(estimate) = &self.judgement.verdicts[leader] else { return said };
        let (of, over) = match self.judgement.unit {
            Unit::Family if estimate.n == 1 => ("", "1 family of data sets".to_owned()),
            Unit::Family => {
                ("median ", format!("{} independent families of data sets", estimate.n))
            }
            Unit::Run if estimate.p_value.is_none() && self.has_siblings() => {
                let sets = count(self.table.datasets.len(), "data set");
                ("mean ", format!("{} on {sets} of one family", count(estimate.n, "run")))
            }
            Unit::Run if self.has_siblings() => (
                "mean ",
                format!(
                    "{}, each the mean of {} of one family",
                    count(estimate.n, "run"),
                    count(self.table.datasets.len(), "data set")
                ),
            ),
            Unit::Run => ("mean ", count(estimate.n, "run")),
        };
        said.plain(&format!(" Its {of}difference from the baseline "))
            .strong(self.name(baseline))
            .plain(" is ")
            .strong(&signed(estimate.size, self.decimals))
            .plain(&format!(" over {over}{}.", self.interval(estimate.interval.as_ref())))
    }

    /// Rules 2 to 5.
    fn differs(&self) -> Paragraph {
        let said = Paragraph::default();
        let Judgement { baseline: Some(_), leader: Some(leader), verdicts, .. } = self.judgement
        else {
            return said;
        };
        let tested: Vec<&Estimate> =
            verdicts.iter().flatten().filter(|estimate| estimate.p_holm.is_some()).collect();
        let k = tested.len();
        let n = verdicts.iter().flatten().map(|estimate| estimate.n).max().unwrap_or_default();
        if verdicts.iter().all(Option::is_none) {
            return said;
        }
        if k == 0 {
            return said.strong("Nothing can be tested").plain(&self.why_untested(n));
        }
        if self.judgement.unit == Unit::Family && ALPHA <= least_p(n, k) {
            let what = if Some(*leader) == self.judgement.baseline {
                "This run cannot tell any row from the baseline"
            } else {
                "This run cannot tell the leader from the baseline"
            };
            return self.rows_differ(said.strong(what).plain(&format!(
                ": with {} and {}, even a row that won everywhere would have {} after Holm. It takes {}.",
                families(n),
                count(k, "comparison"),
                p(least_p(n, k), self.decimals),
                families(families_needed(k, ALPHA)),
            )));
        }
        let better: Vec<usize> = self.rows_that(Estimate::is_better);
        let worse = self.rows_that(Estimate::is_worse);
        if better.is_empty() && worse.is_empty() {
            let smallest = tested.iter().filter_map(|estimate| estimate.p_holm);
            let smallest = smallest.fold(1.0, f64::min);
            let over = if k == 1 {
                format!(" ({}: {})", self.test(), p(smallest, self.decimals))
            } else {
                format!(
                    " ({}, Holm over {}; smallest {})",
                    self.test(),
                    count(k, "comparison"),
                    p(smallest, self.decimals)
                )
            };
            return self.rows_differ(
                said.strong("No row can be told from the baseline").plain(&over).plain("."),
            );
        }
        self.rows_differ(self.told_apart(&better, worse.len(), k))
    }

    /// Rule 4.
    fn told_apart(&self, better: &[usize], n_worse: usize, k: usize) -> Paragraph {
        let p_of =
            |row: usize| self.judgement.verdicts[row].as_ref().and_then(|known| known.p_holm);
        let holm =
            if k == 1 { String::new() } else { format!(", Holm over {}", count(k, "comparison")) };
        let test = format!("{}{holm}, α = {ALPHA}", self.test());
        let mut said = Paragraph::default();
        let worse = |n: usize| {
            if n == 1 { "1 row is worse".to_owned() } else { format!("{n} rows are worse") }
        };
        if better.is_empty() {
            said = said.strong("No row is better than the baseline").plain(", ");
        } else {
            said = said.strong("Better than the baseline").plain(": ");
            if better.len() <= NAMED {
                for (i, &row) in better.iter().enumerate() {
                    let before = if i == 0 { "" } else { ", " };
                    let p = p_of(row).map(|known| p(known, self.decimals)).unwrap_or_default();
                    let is_control = self.table.rows[row].role == Role::Control;
                    let what = if is_control { "a control, " } else { "" };
                    said =
                        said.plain(before).strong(self.name(row)).plain(&format!(" ({what}{p})"));
                }
            } else {
                said = said.strong(&format!("{} rows", better.len()));
            }
            said = said.plain(if n_worse == 0 { "" } else { "; " });
        }
        said = if n_worse == 0 {
            said.plain(&format!(", {test}"))
        } else {
            said.strong(&worse(n_worse)).plain(&format!(" ({test})"))
        };
        let rest = k - better.len() - n_worse;
        if rest != 0 {
            let others =
                if rest == 1 { "the other one".to_owned() } else { format!("the other {rest}") };
            said = said.plain(&format!("; {others} cannot be told from it"));
        }
        said = said.plain(".");
        match self.judgement.leader {
            Some(leader) if rest != 0 && !better.contains(&leader) && self.is_undecided(leader) => {
                let p = p_of(leader).map(|known| p(known, self.decimals)).unwrap_or_default();
                said.plain(" ").strong(self.name(leader)).plain(&format!(
                    ", the leader by {}, is among these ({p}).",
                    if self.table.datasets.len() == 1 { "its mean" } else { "rank" }
                ))
            }
            _ => said,
        }
    }

    /// Rule 5.
    fn rows_differ(&self, said: Paragraph) -> Paragraph {
        let Friedman::Computed { p_value, f, f_p_value, .. } = self.table.friedman else {
            return said;
        };
        // Where all families rank alike F is infinite, however few they are, and says nothing.
        let (test, p_value) = match f {
            Some(_) => ("Iman–Davenport", f_p_value),
            None => ("Friedman", p_value),
        };
        let n_ranked = self.n_ranked();
        if ALPHA <= p_value {
            let text = format!(
                " Nor does the run show that the {n_ranked} ranked rows differ at all ({test}, {}).",
                p(p_value, self.decimals)
            );
            let claims = self.judgement.verdicts.iter().flatten();
            let claims = claims.filter(|known| known.is_better() || known.is_worse()).count();
            return said.plain(&if claims == 0 {
                text
            } else {
                text.replace("Nor does the run", "The ranks do not")
            });
        }
        let within = self.n_within_critical_difference();
        let others = n_ranked.saturating_sub(1);
        said.plain(&format!(
            " The rows do differ ({test}, {}); {within} of the other {others} ranked rows {} within the critical \
             difference of the leader.",
            p(p_value, self.decimals),
            if within == 1 { "is" } else { "are" }
        ))
    }

    /// Rule 6.
    fn was_picked(&self) -> Paragraph {
        let said = Paragraph::default();
        match (&self.judgement.picked, self.judgement.unit) {
            (Some(picked), _) => said.plain(&format!(
                "The leader was picked on these very numbers, which flatters it. Picking on all families but one and scoring on \
                 the one left out gives {} on average; {} of {} times the pick was the same row.",
                signed(picked.gain, self.decimals),
                picked.same,
                picked.n
            )),
            (None, Unit::Run) if self.leads_over_baseline() => said.plain(&format!(
                "The leader was picked on these very numbers, which flatters it; and what holds on {} need not hold on \
                 another.",
                match (self.judgement.run_test, self.has_siblings()) {
                    (RunTest::PairedT, _) => "one test part",
                    (_, true) => "one family of data sets",
                    (_, false) => "one data set",
                }
            )),
            (None, _) => said,
        }
    }

    /// Rows that are not compared with the baseline, and why.
    fn not_compared(&self) -> Paragraph {
        let said = Paragraph::default();
        let Some(baseline) = self.judgement.baseline else { return said };
        let verdicts = &self.judgement.verdicts;
        let lost = |row: &usize| verdicts[*row].is_none() && *row != baseline;
        let mut by_reason: BTreeMap<Lost, Vec<String>> = BTreeMap::new();
        for row in (0..verdicts.len()).filter(lost) {
            let why = Lost::of(&self.table.rows[row]);
            by_reason.entry(why).or_default().push(self.name(row).to_owned());
        }
        let sentence = |(why, names): (Lost, Vec<String>)| {
            let rows = if names.len() <= NAMED { and(&names) } else { count(names.len(), "row") };
            format!("{}: {rows}.", why.told())
        };
        let sentences: Vec<String> = by_reason.into_iter().map(sentence).collect();
        if sentences.is_empty() { said } else { said.plain(&sentences.join(" ")) }
    }

    /// Who shares the leader's rank or mean, if anybody.
    fn with_equals(&self, said: Paragraph) -> Paragraph {
        let equals = &self.judgement.equals;
        let names: Vec<String> = equals.iter().map(|&row| self.name(row).to_owned()).collect();
        let what = if self.table.datasets.len() == 1 { "mean" } else { "rank" };
        match &names[..] {
            [] => said,
            [name] => said.plain(&format!(" {name} has the same {what}.")),
            names if names.len() <= NAMED => {
                said.plain(&format!(" {} have the same {what}.", and(names)))
            }
            names => said.plain(&format!(" {} other rows have the same {what}.", names.len())),
        }
    }

    /// What the leader, its equals and the baseline would mean in use.
    fn in_use(&self) -> Paragraph {
        let said = Paragraph::default();
        let Some(positive) = self.table.positive.as_deref() else { return said };
        self.judgement.practice.iter().fold(said, |said, practice| {
            let before = if said.is_empty() { "" } else { " " };
            said.plain(before)
                .strong(self.name(practice.row))
                .plain(&format!(" {}.", practice.told(positive)))
        })
    }

    fn rows_that(&self, is: fn(&Estimate) -> bool) -> Vec<usize> {
        let verdicts = self.judgement.verdicts.iter().enumerate();
        verdicts.filter(|(_, known)| known.as_ref().is_some_and(is)).map(|(row, _)| row).collect()
    }

    fn is_undecided(&self, row: usize) -> bool {
        self.judgement.verdicts[row]
            .as_ref()
            .is_some_and(|known| !known.is_better() && !known.is_worse())
    }

    fn leads_over_baseline(&self) -> bool {
        let Judgement { leader, baseline, .. } = self.judgement;
        leader.is_some() && baseline.is_some() && leader != baseline
    }

    /// Rows that are ranked or, of one data set, compared.
    fn n_ranked(&self) -> usize {
        if self.has_siblings() || self.judgement.unit == Unit::Family {
            return self.table.n_ranked_rows;
        }
        self.table.rows.iter().filter(|row| row.cells[0].compared.is_some()).count()
    }

    fn n_within_critical_difference(&self) -> usize {
        let rank = |row: usize| self.table.rows[row].average_rank;
        let (Some(leader), Some(critical)) =
            (self.judgement.leader, self.judgement.critical_difference)
        else {
            return 0;
        };
        let Some(best) = rank(leader) else { return 0 };
        let others = (0..self.table.rows.len()).filter(|&row| row != leader);
        others.filter_map(rank).filter(|rank| rank - best <= critical).count()
    }

    fn rank(&self, row: usize) -> String {
        self.table.rows[row]
            .average_rank
            .map(|rank| number(rank, self.decimals.min(RANK_DECIMALS)))
            .unwrap_or_default()
    }

    /// Over how many families rows are ranked, where `row` is compared with the baseline over others too.
    fn ranked_families(&self, row: usize) -> String {
        let ranked = self.table.n_ranked_families;
        let compared = self.judgement.verdicts[row].as_ref().map(|known| known.n);
        if self.judgement.unit != Unit::Family || compared.is_none_or(|n| n == ranked) {
            return String::new();
        }
        format!(", over the {} on which all ranked rows have values", families(ranked))
    }

    fn mean(&self, row: usize) -> String {
        let compared = self.table.rows[row].cells[0].compared;
        compared.map(|compared| number(compared.mean, self.decimals)).unwrap_or_default()
    }

    fn test(&self) -> String {
        match self.judgement.unit {
            Unit::Family => "Wilcoxon over families".to_owned(),
            Unit::Run => format!("{} over runs", self.judgement.run_test.name()),
        }
    }

    /// Whether rows are compared over the runs of several data sets, which are of one family.
    fn has_siblings(&self) -> bool {
        self.judgement.unit == Unit::Run && 1 < self.table.datasets.len()
    }

    fn why_untested(&self, n: usize) -> String {
        if self.table.pooled {
            return ": folds are pooled, and a value a seed does not say how other rows would come out.".to_owned();
        }
        if self.has_siblings() {
            return ": of one family of data sets, tests are over the runs (fold and seed) that all rows have on all of them: at \
                    least two, each once."
                .to_owned();
        }
        format!(
            ": of one data set, tests are over runs, and there {}.",
            if n == 1 { "is one".to_owned() } else { format!("are {n}") }
        )
    }

    /// ` (97 % interval −0.006 to +0.041, for this one comparison)`.
    fn interval(&self, interval: Option<&Interval>) -> String {
        let verdicts = self.judgement.verdicts.iter().flatten();
        let is_one = verdicts.filter(|estimate| estimate.p_holm.is_some()).count() == 1;
        interval.map_or_else(String::new, |interval| {
            format!(
                " ({} interval {} to {}{})",
                percent(interval.level),
                signed(interval.low, self.decimals),
                signed(interval.high, self.decimals),
                if is_one { "" } else { ", for this one comparison" }
            )
        })
    }
}
