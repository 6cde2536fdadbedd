"""From result rows to what people read.

REQUIRES result rows, their records and the lock. GIVES every output of the catalogue in results/tables and
results/figures, its entry in results/outputs, results/outputs.json, which lists them, and the review pages, of which
results/report/index.html is the first.

An output names the lock in its footer. It is not made anew because there is another lock: the last job before the pages
exchanges the line in the outputs whose data did not change.
"""


rule render_table:
    """Write one table or listing of the catalogue as HTML, RTF and CSV."""
    input:
        spec="results/spec/output.{table}.json",
        lock=lock_of,
        label="results/spec/label.json",
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
    # What other jobs wait for goes first.
    priority: -1
    conda:
        ENVIRONMENT
    params:
        base=lambda wildcards, output: output[0].removesuffix(".html"),
        parts=parts_of,
        caption=caption_of,
    shell:
        "script {log:q} render_output.py --spec {input.spec:q} --lock {input.lock:q} --label {input.label:q}"
        " {params.parts}"
        " --base {params.base:q} --entry {output.entry:q}"


rule render_figure:
    """Draw one figure of the catalogue as SVG and PNG, with the data it shows."""
    input:
        spec="results/spec/output.{figure}.json",
        lock=lock_of,
        label="results/spec/label.json",
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
    priority: -1
    conda:
        ENVIRONMENT
    params:
        base=lambda wildcards, output: output[0].removesuffix(".svg"),
        parts=parts_of,
        caption=caption_of,
    shell:
        "script {log:q} render_output.py --spec {input.spec:q} --lock {input.lock:q} --label {input.label:q}"
        " {params.parts}"
        " --base {params.base:q} --entry {output.entry:q}"


rule stamp_outputs:
    """Write the present data lock into outputs that were made under another; list all outputs."""
    input:
        spec="results/spec/report.json",
        lock="results/lock.json",
        label="results/spec/label.json",
        outputs=OUTPUT_FILES,
        code=code("stamp_outputs.py"),
    output:
        INDEX,
    log:
        "results/logs/stamp_outputs.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} stamp_outputs.py --spec {input.spec:q} --lock {input.lock:q} --label {input.label:q}"
        " --results results --out {output:q}"


rule render_report:
    """Write the review pages, which open offline: contents, gallery, every output, methods, data."""
    input:
        spec="results/spec/report.json",
        lock="results/lock.json",
        label="results/spec/label.json",
        queries="results/data/queries.csv",
        accounting="results/data/accounting.csv",
        agreement="results/qc/agreement.csv",
        quality=QUALITY,
        outputs=INDEX,
        records=[job.file("record.json") for job in ANALYSES.values()],
        links=REPORT_LINKS,
        code=code("render_report.py"),
    output:
        # Written last: the other pages stand beside it. Snakemake keeps a record of a thousand inputs with each
        # file that a rule names, which for all pages takes longer than every output together.
        "results/report/index.html",
    log:
        "results/logs/render_report.log",
    conda:
        ENVIRONMENT
    params:
        quality=lambda wildcards, input: " ".join(f"--quality {f}" for f in QUALITY),
    shell:
        "script {log:q} render_report.py --spec {input.spec:q} --lock {input.lock:q} --label {input.label:q}"
        " --queries {input.queries:q} --accounting {input.accounting:q} --agreement {input.agreement:q} {params.quality}"
        " --outputs results/outputs --tables results/tables"
        " --figures results/figures --analyses results/analyses --links {input.links:q} --out results/report"
