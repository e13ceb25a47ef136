//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use evaluation::Metric;
use experiment::file::{did_you_mean, metric_meant};
use experiment::plan::Shard;
use strum::IntoEnumIterator;

/// Experiments on imbalanced and long-tailed data: losses, example mining and reweighting, compared
/// on the same splits, bit for bit reproducible.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Examples:\n  longtail run experiments/quickstart.toml\n  longtail plan experiments/ablation.toml\n  \
        longtail replay 3f9a\n  longtail methods focal\n  longtail check\n  \
        longtail gate --baseline results/baseline\n\n\
        Exit codes: 0 done; 1 a trial or a download failed, a replay differed, records contradict each other, or \
        the result cannot be written; 2 wrong usage or a mistake in a file; \
        3 a check or a gate failed; 130 interrupted, with cells left."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Print results as JSON on standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Print results, warnings and errors only: no progress, no notes.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,

    /// A folder of data sets with a catalog.toml: they can be named beside the embedded ones. Default: the
    /// environment variable LONGTAIL_DATA, if it is set.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,

    /// The folder of fetched data sets. Default: the environment variable LONGTAIL_CACHE, else longtail in the
    /// user's folder of caches.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) cache: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run what is missing of an experiment, then print its comparison.
    Run(RunArguments),
    /// Show every cell: in or out and why, done or not, and what it will cost. Runs nothing.
    Plan(PlanArguments),
    /// Show how much of an experiment is done.
    Status(StatusArguments),
    /// Rebuild tables and print the comparison from what is recorded. Runs nothing.
    Report(ReportArguments),
    /// Show what a number of a table is made of: row, data set, metric; its cells and how to replay them.
    Explain(ExplainArguments),
    /// Run one recorded cell again and prove that every bit is the same.
    Replay(ReplayArguments),
    /// List the data sets, or describe one, or a file.
    Datasets(DatasetsArguments),
    /// Show what is in a file: format, classes, columns or images, and what should make one suspicious.
    Describe(DescribeArguments),
    /// Make a dataset.toml and a ready-to-run experiment for a file of your own.
    Init(InitArguments),
    /// List the methods and metrics, or show one's page: formula, parameters, defaults, source.
    Methods(MethodsArguments),
    /// Show every key of an experiment file: what it means, and its default.
    Keys(KeysArguments),
    /// Prove losses right: ours, or another implementation of them.
    Check(CheckArguments),
    /// Compare results with a baseline: equal bit for bit, equivalent, or worse.
    Gate(GateArguments),
    /// Show what differs between results: in what was asked for, in numbers, in time.
    Compare(CompareArguments),
    /// Look into the files in which records are kept.
    #[command(subcommand)]
    Segments(SegmentsAction),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// Where results are, unless a command is told otherwise.
pub(crate) const RESULTS: &str = "results";

/// An experiment file and where its results are.
#[derive(Debug, Args)]
pub(crate) struct FileArguments {
    /// The experiment file.
    pub(crate) file: PathBuf,

    /// Override a key of the file, as in --set training.epochs=5 or --set 'axes.loss=["focal"]'.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) sets: Vec<String>,

    /// The folder of all results.
    #[arg(long, default_value = RESULTS, value_name = "FOLDER")]
    pub(crate) results: PathBuf,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Finished cells are kept: a second run does only what is missing. Ctrl-C, SIGTERM and SIGHUP finish the \
        cells under way; a second Ctrl-C or SIGTERM stops at once.\n\nExamples:\n  longtail run experiments/quickstart.toml\n  \
        longtail run experiments/ablation.toml --threads 8\n  \
        longtail run experiments/ablation.toml --shard 2/3    # on the second of three machines"
)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) file: FileArguments,

    /// Threads; default: all processors.
    #[arg(long, value_parser = threads)]
    pub(crate) threads: Option<NonZeroUsize>,

    /// Run the i-th of n parts of the cells; the parts may share one results folder.
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Shard>,

    /// Run cells again that are recorded as failed.
    #[arg(long)]
    pub(crate) retry_failed: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    pub(crate) file: FileArguments,

    /// List every single cell with its identity.
    #[arg(long)]
    pub(crate) cells: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    #[command(flatten)]
    pub(crate) file: FileArguments,

    /// List the cells that are recorded as failed, method by method: identity, data set, reason, and the command that
    /// runs one again.
    #[arg(long)]
    pub(crate) failed: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    #[command(flatten)]
    pub(crate) file: FileArguments,

    /// What to print.
    #[arg(long, value_enum, default_value_t = TableFormat::Terminal)]
    pub(crate) format: TableFormat,

    /// The row that the others are compared with, as tables write it: "cross_entropy", "focal + ohem(keep=0.5)";
    /// default that of the experiment file, or its first.
    #[arg(long, value_name = "ROW", conflicts_with = "against")]
    pub(crate) baseline: Option<String>,

    /// The validation metric that chooses the parameters of [report] select; default that of the experiment file, or the
    /// one that picks epochs.
    #[arg(long, value_name = "METRIC", value_parser = metric, conflicts_with = "against")]
    pub(crate) select_by: Option<Metric>,

    /// Make the tables alone: trials.csv, trials.parquet, timings.parquet, report.md and its kin, with their tests. The page and
    /// the figures stay as they are, and what only they show is not read.
    #[arg(long, conflicts_with_all = ["against", "open", "png"])]
    pub(crate) tables: bool,

    /// Write the figures as PNG too, beside the SVG files; for a `longtail` that was built with `--features png`.
    #[arg(long, conflicts_with = "against")]
    pub(crate) png: bool,

    /// Open the page, report.html, in a browser.
    #[arg(long, conflicts_with = "against")]
    pub(crate) open: bool,

    /// Compare with a published table, as `[[published]]` of the experiment file says; exit code 3 where they
    /// differ by more than is allowed, or a set of the table was not run. Sets of the experiment that are not in
    /// the table are named, and leave the exit code as it is.
    #[arg(long, value_name = "FILE.csv", conflicts_with = "format")]
    pub(crate) against: Option<PathBuf>,

    /// With --against: the largest difference of any figure, instead of those of the file.
    #[arg(long, value_name = "X", requires = "against", value_parser = tolerance, allow_negative_numbers = true)]
    pub(crate) tolerance: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    /// For reading here.
    Terminal,
    /// For a README or an issue.
    Markdown,
    /// For a paper: booktabs.
    Latex,
    /// For a paper in Typst.
    Typst,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Without ROW, the names of rows and data sets are listed; without DATASET, the row's number on each.\n\n\
        Examples:\n  longtail explain experiments/quickstart.toml\n  \
        longtail explain experiments/quickstart.toml 'cross_entropy + ohem(keep=0.5)'\n  \
        longtail explain experiments/quickstart.toml 'cross_entropy + ohem(keep=0.5)' haberman g_mean"
)]
pub(crate) struct ExplainArguments {
    #[command(flatten)]
    pub(crate) file: FileArguments,

    /// The row, as tables write it.
    pub(crate) row: Option<String>,

    /// The data set, as tables write it.
    pub(crate) dataset: Option<String>,

    /// The metric; default: the first of the experiment's report.
    #[arg(value_parser = metric)]
    pub(crate) metric: Option<Metric>,

    /// The row that differences are to, as for `longtail report`.
    #[arg(long, value_name = "ROW")]
    pub(crate) baseline: Option<String>,

    /// The validation metric that chooses the parameters of [report] select, as for `longtail report`.
    #[arg(long, value_name = "METRIC", value_parser = metric)]
    pub(crate) select_by: Option<Metric>,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    /// The cell's identity, or as much of its beginning as is unique.
    pub(crate) id: String,

    /// Look in this experiment only.
    #[arg(long, value_name = "NAME")]
    pub(crate) experiment: Option<String>,

    /// The folder of all results.
    #[arg(long, default_value = RESULTS, value_name = "FOLDER")]
    pub(crate) results: PathBuf,

    /// Write down what the trial did, for other tools: rows and prepared features of each part, batches and example
    /// weights, parameters, predictions (CSV, NPZ and JSON).
    #[arg(long, value_name = "FOLDER")]
    pub(crate) write: Option<PathBuf>,

    /// Draw what the trial did as SVG. Of task = "detection": images with their objects, the proposals that were learnt from in the
    /// last epoch, and what was found. Of task = "retrieval": the embeddings of the test part by class.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) figures: Option<PathBuf>,

    /// Write the figures as PNG too; for a `longtail` that was built with `--features png`.
    #[arg(long, requires = "figures")]
    pub(crate) png: bool,
}

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  longtail datasets\n  longtail datasets ecoli4\n  \
        longtail datasets describe churn.csv --target left\n  longtail datasets fetch credit-g"
)]
pub(crate) struct DatasetsArguments {
    /// Describe this data set; without it, all are listed.
    pub(crate) name: Option<String>,

    #[command(subcommand)]
    pub(crate) action: Option<DatasetsAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DatasetsAction {
    /// Show what is in a file: format, columns, types, classes, and what should make one suspicious.
    Describe(DescribeArguments),
    /// Bring a data set into the cache, from OpenML or from published files: experiments can then name it.
    Fetch(FetchArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum SegmentsAction {
    /// Print what segments hold as lines of JSON, a record each: {"blake3": ..., "record": ...}.
    ///
    /// A segment, results/NAME/segments/*.blocks, is packed. Its lines can be read by other tools, and are a segment
    /// themselves if they stand in a file *.jsonl beside the others: a record is taken out by deleting its line. What is
    /// damaged is left out with a warning, and the exit code is 1.
    #[command(after_help = "Examples:\n  longtail segments cat results/quickstart | wc -l\n  \
        longtail segments cat results/quickstart | jq .record.trial.outcome\n  \
        cd results/quickstart/segments; longtail segments cat 3f9a.blocks > 3f9a.jsonl && rm 3f9a.blocks")]
    Cat {
        /// Segments, or folders of results.
        #[arg(required = true, value_name = "FILE|FOLDER")]
        paths: Vec<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DescribeArguments {
    /// A table (CSV, KEEL, ARFF, LIBSVM, Parquet, Arrow, NPY, NPZ, text between blanks), images (IDX, or a folder), a
    /// dataset.toml, or boxes (Pascal VOC).
    pub(crate) file: PathBuf,

    /// The file with the labels of images in IDX; default: the one beside them that is named like them.
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,

    /// The column that holds the class: its name, its number from 1, `first` or `last`.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: Option<String>,

    /// Read a CSV table of boxes around objects.
    #[arg(long)]
    pub(crate) boxes: bool,

    /// Write the first images of each class to this PNG file.
    #[arg(long, value_name = "FILE.png")]
    pub(crate) write: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "An interrupted download goes on where it ended. What is in the cache is not asked for again.\n\n\
        Fashion-MNIST is published as four files: --from says in which folder they are, or below which address. Debian's \
        package dataset-fashion-mnist has them in /usr/share/datasets/fashion-mnist.\n\n\
        Examples:\n  longtail datasets fetch credit-g\n  longtail datasets fetch 31\n  \
        longtail datasets fetch fashion-mnist --from /usr/share/datasets/fashion-mnist"
)]
pub(crate) struct FetchArguments {
    /// Its name at OpenML, or its id where several have the name; or fashion-mnist.
    pub(crate) name: String,

    /// The column that holds the class; default: the one that OpenML names.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: Option<String>,

    /// Of two classes, the one to be found; default: the smaller.
    #[arg(long, value_name = "CLASS")]
    pub(crate) positive: Option<String>,

    /// Of a set that is published as files: the folder in which they are, or the address below which they are.
    #[arg(long, value_name = "FOLDER|URL")]
    pub(crate) from: Option<String>,

    /// The BLAKE3 that the file has to have, in hexadecimal digits.
    #[arg(long, value_name = "DIGEST")]
    pub(crate) blake3: Option<String>,

    /// The address of another server that answers like OpenML's.
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
}

/// What becomes of classes in several spellings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Spellings {
    /// They are one class, under its most frequent name.
    Merge,
    /// They are different classes.
    Keep,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Writes NAME/dataset.toml, which says how the file is to be read, and NAME/experiment.toml, which runs \
        as it is.\n\nExamples:\n  longtail init churn.csv --target left --positive yes\n  \
        longtail init letters.data --target first --output letters"
)]
pub(crate) struct InitArguments {
    /// A table, images in IDX, a folder of images with one sub-folder a class, or a dataset.toml.
    pub(crate) file: PathBuf,

    /// The file with the labels of images in IDX; default: the one beside them that is named like them.
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,

    /// The column that holds the class: its name, its number from 1, `first` or `last`.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: Option<String>,

    /// Of two classes, the one to be found; default: the smaller.
    #[arg(long, value_name = "CLASS")]
    pub(crate) positive: Option<String>,

    /// Classes whose names differ in case, blanks or punctuation alone: are they one class? Without an answer, they are
    /// a mistake.
    #[arg(long, value_name = "ANSWER")]
    pub(crate) spellings: Option<Spellings>,

    /// The name in experiment files; default: that of the file, with _own behind it if an embedded set has it.
    #[arg(long)]
    pub(crate) name: Option<String>,

    /// Where to write; default: a new folder with the name, with _experiment behind it if that is the data.
    #[arg(long, short, value_name = "FOLDER")]
    pub(crate) output: Option<PathBuf>,

    /// Write over files that are there.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  longtail keys\n  longtail keys protocol")]
pub(crate) struct KeysArguments {
    /// Show this section only.
    #[arg(value_name = "SECTION")]
    pub(crate) section: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  longtail methods focal\n  longtail methods g_mean\n  longtail methods --plot focal\n  longtail methods --plot cross_entropy focal 'focal.gamma = 5' --output focal.svg\n  longtail methods --plot meta_weight_net"
)]
pub(crate) struct MethodsArguments {
    /// Show the pages of these methods and metrics; without one, all are listed.
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,

    /// Draw losses and their slopes against the probability of the true class; a loss may have parameters, as in
    /// 'focal.gamma = 5'. Of a reweighting: what it weighs in a small training, which takes seconds.
    #[arg(long, requires = "names")]
    pub(crate) plot: bool,

    /// Write the page of every method and metric into this folder as Markdown, with a SUMMARY.md that lists them, as books
    /// have one.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["names", "plot"])]
    pub(crate) book: Option<PathBuf>,

    /// With --plot: where to draw, as SVG; default: the first name with .svg.
    #[arg(long, short, value_name = "FILE", requires = "plot")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "A loss is a name, checked with its parameters at the corners, or is written as in an experiment file. Miners, \
        controls, curricula, calibrations, decisions and others are held to their laws, by name.\n\n\
        Examples:\n  longtail check                                       # every method, against everything known of it\n  \
        longtail check focal ghm_c --junit report.xml\n  \
        longtail check self_paced ohem permuted              # the laws of methods that are no losses\n  \
        longtail check 'focal = { gamma = 0.5, alpha = [1, 2, 3] }'\n  \
        longtail check focal --vectors focal.json            # for the tests of another implementation\n  \
        longtail check focal --against 'python3 client.py'   # ask another implementation"
)]
pub(crate) struct CheckArguments {
    /// Losses and other methods to check; default: all.
    #[arg(value_name = "METHOD")]
    pub(crate) losses: Vec<String>,

    /// Also write the results as JUnit XML.
    #[arg(long, value_name = "FILE", conflicts_with = "vectors")]
    pub(crate) junit: Option<PathBuf>,

    /// Write test vectors, logits with losses and gradients, instead of checking.
    #[arg(long, value_name = "FILE", conflicts_with = "against")]
    pub(crate) vectors: Option<PathBuf>,

    /// Check another implementation: a command that answers JSON lines (docs/conformance.md).
    #[arg(long, value_name = "COMMAND")]
    pub(crate) against: Option<String>,

    /// Training examples of each class; default: three classes with 40, 10 and 5, or two where a loss knows no more.
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) counts: Vec<u32>,

    /// With --against: the largest difference of a number x, relative to 1 + |x|.
    #[arg(long, value_name = "X", default_value_t = 1e-6, requires = "against", value_parser = tolerance,
        allow_negative_numbers = true)]
    pub(crate) tolerance: f64,

    /// With --against: how long an answer may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "against")]
    pub(crate) timeout: u64,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Cells are paired by data set, fold, seed and method, whatever the version of the program. Bit-equal passes; what \
        is changed passes if it is equivalent within \u{b1}ROPE; what is worse, missing, failed or diverged anew ends \
        with exit code 3.\n\nExamples:\n  longtail run experiments/quickstart.toml\n  \
        longtail gate --baseline results/baseline experiments/quickstart.toml --accept   # the first time, or to renew it\n  \
        longtail gate --baseline results/baseline --junit gate.xml --markdown gate.md\n  \
        longtail gate --baseline results/before results/after --rope 0.005"
)]
pub(crate) struct GateArguments {
    /// What is to be judged: an experiment file, whose cells are in --results, or a folder of results. Default: the results
    /// of the experiment that the baseline was accepted from.
    pub(crate) candidate: Option<PathBuf>,

    /// A baseline: a folder that --accept has written, or the file in it, or a folder of results, or the experiment file of
    /// such.
    #[arg(long, value_name = "PATH")]
    pub(crate) baseline: PathBuf,

    /// Mean differences within ±X are of no interest. Default: `[report] rope` of the experiment file, or what the baseline
    /// was accepted with, else 0.01.
    #[arg(long, value_name = "X", value_parser = tolerance, allow_negative_numbers = true)]
    pub(crate) rope: Option<f64>,

    /// Compare this metric; may be repeated. Default: those of the experiment file or of the baseline.
    #[arg(long = "metric", value_name = "NAME")]
    pub(crate) metrics: Vec<String>,

    /// Let pass what is equal or equivalent, and nothing else: neither what the cells cannot tell nor what is better.
    #[arg(long)]
    pub(crate) strict: bool,

    /// Make the candidate the baseline, as one small file to commit, after it was compared.
    #[arg(long)]
    pub(crate) accept: bool,

    /// Also write the verdicts as JUnit XML.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,

    /// Also write them as Markdown, for a pull request.
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,

    /// Also write annotations for GitHub on standard error. Default where GITHUB_ACTIONS is `true`.
    #[arg(long)]
    pub(crate) github: bool,

    /// Override a key of the experiment file.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) sets: Vec<String>,

    /// The folder of all results.
    #[arg(long, default_value = "results", value_name = "FOLDER")]
    pub(crate) results: PathBuf,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Every other is compared with the first. Cells are the same if their specifications are, but for keys that have \
        one value in all cells of the one and another in all of the other, as training.epochs after --set.\n\nExamples:\n  \
        longtail compare results/before results/after\n  longtail compare experiments/quickstart.toml old/quickstart older/quickstart"
)]
pub(crate) struct CompareArguments {
    /// Folders of results, or experiment files, whose cells are in --results.
    #[arg(required = true, num_args = 2.., value_name = "RESULTS")]
    pub(crate) paths: Vec<PathBuf>,

    /// Compare this metric; may be repeated. Default: those of the first that is an experiment file.
    #[arg(long = "metric", value_name = "NAME")]
    pub(crate) metrics: Vec<String>,

    /// The folder of all results.
    #[arg(long, default_value = "results", value_name = "FOLDER")]
    pub(crate) results: PathBuf,
}

/// More than any machine has of use.
const MOST_THREADS: usize = 1024;

fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse::<NonZeroUsize>().ok().filter(|n| n.get() <= MOST_THREADS);
    number.ok_or_else(|| format!("wants a whole number from 1 to {MOST_THREADS}"))
}

/// Within `nan` or `inf` everything would hold.
fn metric(name: &str) -> Result<Metric, String> {
    Metric::named(name).ok_or_else(|| {
        let help = metric_meant(name)
            .or_else(|| did_you_mean(name, Metric::iter().map(Metric::name)))
            .unwrap_or_else(|| "`longtail methods` lists them".to_owned());
        format!("no metric is called `{name}`: {help}")
    })
}

fn tolerance(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|x| 0.0 <= *x && x.is_finite());
    number.ok_or_else(|| "wants a finite number of at least 0".to_owned())
}
