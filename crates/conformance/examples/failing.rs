//! Prints the method and the proof of every check that fails, one a line: what `just mutants` asks of a copy.

fn main() {
    let report = |finding: &conformance::Finding| {
        if !finding.passed() {
            println!("{}:{}", finding.method, finding.proof.name());
        }
    };
    conformance::check(&|_| true, conformance::Given::default(), &mut |finding| report(finding));
}
