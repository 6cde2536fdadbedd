"""From result rows to what people read.

REQUIRES result rows, their records and the lock. GIVES every output of the catalogue in results/tables and
results/figures, its entry in results/outputs, and results/report/index.html.
"""


def rows_of(wildcards):
    """Return the result rows an output is made of."""
    return [job.file("rows.csv") for _, job in OUTPUTS[wildcards.output].rows]


def records_of(wildcards):
    """Return the records of the analyses an output is made of."""
    return [job.file("record.json") for _, job in OUTPUTS[wildcards.output].rows]


def parts_of(wildcards):
    """Return the parts of an output as arguments: role or name, and file."""
    output = OUTPUTS[wildcards.output]
    parts = [("--rows", role, job.file("rows.csv")) for role, job in output.rows]
    parts += [("--records", role, job.file("record.json")) for role, job in output.rows]
    parts += [("--data", name, path) for name, path in output.data]
    return " ".join(f"{option} {quote(f'{name}={path}')}" for option, name, path in parts)


def caption_of(wildcards):
    """Return what the template of an output says of itself, for snakemake's own report."""
    return TEMPLATES[OUTPUTS[wildcards.output].template].__doc__.splitlines()[0]


rule render_table:
    """Write one table or listing of the catalogue as HTML, RTF and CSV."""
    input:
        spec="results/spec/output.{output}.json",
        lock="results/lock.json",
        rows=rows_of,
        records=records_of,
        data=lambda wildcards: [path for _, path in OUTPUTS[wildcards.output].data],
        code=lambda wildcards: code("render_output.py", OUTPUTS[wildcards.output].module),
    output:
        report(
            "results/tables/{output}.html",
            category="Tables",
            labels={"output": "{output}"},
            caption="../report/output.rst",
        ),
        "results/tables/{output}.rtf",
        "results/tables/{output}.csv",
        entry="results/outputs/{output}.json",
    log:
        "results/logs/render_table.{output}.log",
    benchmark:
        "results/benchmarks/render_table.{output}.tsv"
    conda:
        ENVIRONMENT
    params:
        base="results/tables/{output}",
        parts=parts_of,
        caption=caption_of,
    shell:
        "script {log:q} render_output.py --spec {input.spec:q} --lock {input.lock:q} {params.parts}"
        " --base {params.base:q} --entry {output.entry:q}"


rule render_figure:
    """Draw one figure of the catalogue as SVG and PNG, with the data it shows."""
    input:
        spec="results/spec/output.{output}.json",
        lock="results/lock.json",
        rows=rows_of,
        records=records_of,
        data=lambda wildcards: [path for _, path in OUTPUTS[wildcards.output].data],
        code=lambda wildcards: code("render_output.py", OUTPUTS[wildcards.output].module),
    output:
        report(
            "results/figures/{output}.svg",
            category="Figures",
            labels={"output": "{output}"},
            caption="../report/output.rst",
        ),
        "results/figures/{output}.png",
        "results/figures/{output}.csv",
        entry="results/outputs/{output}.json",
    log:
        "results/logs/render_figure.{output}.log",
    benchmark:
        "results/benchmarks/render_figure.{output}.tsv"
    conda:
        ENVIRONMENT
    params:
        base="results/figures/{output}",
        parts=parts_of,
        caption=caption_of,
    shell:
        "script {log:q} render_output.py --spec {input.spec:q} --lock {input.lock:q} {params.parts}"
        " --base {params.base:q} --entry {output.entry:q}"


rule render_report:
    """Put every output of the catalogue on one page that opens offline."""
    input:
        spec="results/spec/report.json",
        lock="results/lock.json",
        queries="results/data/queries.csv",
        accounting="results/data/accounting.csv",
        outputs=OUTPUT_FILES,
        code=code("render_report.py"),
    output:
        "results/report/index.html",
    log:
        "results/logs/render_report.log",
    benchmark:
        "results/benchmarks/render_report.tsv"
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} render_report.py --spec {input.spec:q} --lock {input.lock:q} --queries {input.queries:q}"
        " --accounting {input.accounting:q} --outputs results/outputs --tables results/tables"
        " --figures results/figures --out {output:q}"
