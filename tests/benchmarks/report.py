"""The benchmark's results as Markdown."""


def write_markdown(results: dict) -> str:
    """The whole report."""
    lines = ["# Benchmark of the engine", "", "Medians of processor time of one thread.", ""]
    lines += [*_machine(results["machine"]), ""]
    lines += ["## Against nlme::gls + emmeans", "", *_comparison(results), ""]
    lines += ["## One iteration", "", *_iterations(results["iteration"]), ""]
    lines += ["## Replicate fits", "", *_replicates(results["replicate"]), ""]
    if "larger" in results:
        lines += ["## Larger data", "", *_larger(results["larger"]), ""]
    if "memory" in results:
        lines += ["## Memory", "", *_memory(results["memory"]), ""]
    return "\n".join(lines).rstrip()


def _machine(facts: dict) -> list[str]:
    return [f"- {name}: {value}" for name, value in facts.items()]


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value * 1e3:.3g} ms" if value < 1 else f"{value:.3g} s"


def _ratio(peer: float | None, ours: float) -> str:
    return "–" if peer is None else f"{peer / ours:.3g}"


def _comparison(results: dict) -> list[str]:
    lines = ["| problem | step | engine | R | ratio R / engine |", "|---|---|---|---|---|"]
    for key in ("fev", "large"):
        engine, peer = results[key]["engine"], results[key]["peer"]
        shape = f"{engine['n_subjects']} subjects, {engine['n_obs']} responses, {engine['n_coefficients']} coefficients"
        label = f"{results[key]['data']}: {shape}, {engine['n_patterns']} patterns"
        fit, means = peer.get("fit"), peer.get("means_plain")
        satterthwaite = peer.get("means_satterthwaite")
        steps = (
            ("fit", engine["fit"], fit),
            (
                "data frame to contrasts, R with residual df",
                engine["satterthwaite"],
                fit and means and fit + means,
            ),
            (
                "data frame to contrasts, Satterthwaite",
                engine["satterthwaite"],
                fit and satterthwaite and fit + satterthwaite,
            ),
            ("data frame to contrasts, Kenward-Roger (R has none for gls)", engine["kenward_roger"], None),
        )
        for step, ours, theirs in steps:
            lines.append(
                f"| {label} | {step} | {_seconds(ours)} | {_seconds(theirs)} | {_ratio(theirs, ours)} |"
            )
        notes = f"R: {peer['status']}"
        if peer.get("satterthwaite_failures"):
            notes += f"; its Satterthwaite df failed in {peer['satterthwaite_failures']} of 5 tries"
        if "deviance" in peer:
            notes += f"; deviance of R minus the engine's: {peer['deviance'] - engine['deviance']:.2e}"
        lines.append(f"| {label} | {notes}; engine: {engine['iterations']} iterations | | | |")
    return lines


def _iterations(rows: list[dict]) -> list[str]:
    lines = [
        "| subjects | responses | one iteration | whole fit (after reading the data) |",
        "|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row['n_subjects']:,} | {row['n_obs']:,} | {_seconds(row['iteration'])} | {_seconds(row['fit'])} |"
        )
    return lines


def _replicates(row: dict) -> list[str]:
    return [
        f"60 subjects x 3 visits x {row['n_coefficients']} coefficients, {row['refits']:,} bootstrap refits in "
        f"{_seconds(row['seconds'])}: **{row['per_second']:,.0f} a second**; {100 * row['converged']:.2f} % converged."
    ]


def _larger(seconds: dict[str, float]) -> list[str]:
    return [
        "| job | engine |",
        "|---|---|",
        *(f"| {job} | {_seconds(value)} |" for job, value in seconds.items()),
    ]


def _memory(rows: list[dict]) -> list[str]:
    lines = [
        "| subjects x 10 visits | inference | after making the data | peak | whole process |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row['n_subjects']:,} | {row['df_method']}, {row['cov_type']} | {row['data_gb']:.2f} GB | "
            f"{row['peak_gb']:.2f} GB | {_seconds(row['seconds'])} |"
        )
    return lines
