"""From result rows to what people read.

REQUIRES result rows, their records and the lock. GIVES every output of the catalogue in results/tables and
results/figures, its entry in results/outputs, and the review pages, of which results/report/index.html is the first.
"""


rule render_table:
    """Write one table or listing of the catalogue as HTML, RTF and CSV."""
    input:
        spec="results/spec/output.{table}.json",
        lock="results/lock.json",
        rows=rows_of,
        records=records_of,
        data=lambda wildcards: [path for _, path in output_of(wildcards).data],
        code=lambda wildcards: code("render_output.py", output_of(wildcards).module),
    output:
        report(
            "results/tables/{table}.html",
            category="Tables",
            labels={"output": "{table}"},
            caption="../report/output.rst",
        ),
        "results/tables/{table}.rtf",
        "results/tables/{table}.csv",
        entry="results/outputs/{table}.json",
    log:
        "results/logs/render_table.{table}.log",
    benchmark:
        "results/benchmarks/render_table.{table}.tsv"
    conda:
        ENVIRONMENT
    params:
        base=lambda wildcards, output: output[0].removesuffix(".html"),
        parts=parts_of,
        caption=caption_of,
    shell:
        "script {log:q} render_output.py --spec {input.spec:q} --lock {input.lock:q} {params.parts}"
        " --base {params.base:q} --entry {output.entry:q}"


rule render_figure:
    """Draw one figure of the catalogue as SVG and PNG, with the data it shows."""
    input:
        spec="results/spec/output.{figure}.json",
        lock="results/lock.json",
        rows=rows_of,
        records=records_of,
        data=lambda wildcards: [path for _, path in output_of(wildcards).data],
        code=lambda wildcards: code("render_output.py", output_of(wildcards).module),
    output:
        report(
            "results/figures/{figure}.svg",
            category="Figures",
            labels={"output": "{figure}"},
            caption="../report/output.rst",
        ),
        "results/figures/{figure}.png",
        "results/figures/{figure}.csv",
        entry="results/outputs/{figure}.json",
    log:
        "results/logs/render_figure.{figure}.log",
    benchmark:
        "results/benchmarks/render_figure.{figure}.tsv"
    conda:
        ENVIRONMENT
    params:
        base=lambda wildcards, output: output[0].removesuffix(".svg"),
        parts=parts_of,
        caption=caption_of,
    shell:
        "script {log:q} render_output.py --spec {input.spec:q} --lock {input.lock:q} {params.parts}"
        " --base {params.base:q} --entry {output.entry:q}"


rule render_report:
    """Write the review pages, which open offline: contents, gallery, every output, methods, data."""
    input:
        spec="results/spec/report.json",
        lock="results/lock.json",
        queries="results/data/queries.csv",
        accounting="results/data/accounting.csv",
        agreement="results/qc/agreement.csv",
        quality=QUALITY,
        outputs=OUTPUT_FILES,
        records=[job.file("record.json") for job in ANALYSES.values()],
        links=REPORT_LINKS,
        code=code("render_report.py"),
    output:
        # Written last: the other pages stand beside it. Snakemake keeps a record of a thousand inputs with each
        # file that a rule names, which for all pages takes longer than every output together.
        "results/report/index.html",
    log:
        "results/logs/render_report.log",
    benchmark:
        "results/benchmarks/render_report.tsv"
    conda:
        ENVIRONMENT
    params:
        quality=lambda wildcards, input: " ".join(f"--quality {f}" for f in QUALITY),
    shell:
        "script {log:q} render_report.py --spec {input.spec:q} --lock {input.lock:q} --queries {input.queries:q}"
        " --accounting {input.accounting:q} --agreement {input.agreement:q} {params.quality} --outputs results/outputs --tables results/tables"
        " --figures results/figures --analyses results/analyses --links {input.links:q} --out results/report"
