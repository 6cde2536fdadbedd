"""From a number to the raw rows behind it, and back.

REQUIRES result rows, record sets, analysis data with their lineage, the books, and the locked raw files. GIVES
results/data/texts.json, the raw text of every row, and results/report: trace.html with its data files in trace.
"""

if isinstance(STUDY, AnalysedStudy):

    rule read_adam_texts:
        """Read the raw text of every row of the ADaM data sets once more."""
        input:
            lock="results/lock.json",
            spec="results/spec/read_adam.json",
            code=code("read_adam_texts.py"),
        output:
            "results/data/texts.json",
        log:
            "results/logs/read_adam_texts.log",
        benchmark:
            "results/benchmarks/read_adam_texts.tsv"
        conda:
            ENVIRONMENT
        shell:
            "script {log:q} read_adam_texts.py --spec {input.spec:q} --lock {input.lock:q} --raw data/raw --out {output:q}"

else:

    rule read_texts:
        """Read the raw text of every row once more; what names a patient is withheld."""
        input:
            lock="results/lock.json",
            labs="results/spec/clean_labs.json",
            subjects="results/spec/derive_subjects.json",
            code=code("read_texts.py"),
        output:
            "results/data/texts.json",
        log:
            "results/logs/read_texts.log",
        benchmark:
            "results/benchmarks/read_texts.tsv"
        conda:
            ENVIRONMENT
        shell:
            "script {log:q} read_texts.py --lock {input.lock:q} --raw data/raw --labs {input.labs:q}"
            " --subjects {input.subjects:q} --out {output:q}"


rule render_trace:
    """Join results, records and raw rows into pages that open offline."""

    # The record of each analysis is read too. It is no input: the job that writes it writes the rows that ard.csv is
    # made of, and snakemake keeps the list of inputs with each of the many files below.
    input:
        spec="results/spec/trace.json",
        lock="results/lock.json",
        label="results/spec/label.json",
        ard="results/ard.csv",
        records="results/records.csv",
        adsl="results/data/adsl.csv",
        adlb="results/data/adlb.csv",
        lineage="results/data/lineage.csv",
        tables=traced_tables(STUDY),
        accounting="results/data/accounting.csv",
        queries="results/data/queries.csv",
        texts="results/data/texts.json",
        code=code("render_trace.py"),
    output:
        page="results/report/trace.html",
        program="results/report/trace/trace.js",
        style="results/report/trace/trace.css",
        shards=[f"results/report/trace/{name}.js" for name in shard_names()],
    log:
        "results/logs/render_trace.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} render_trace.py --spec {input.spec:q} --lock {input.lock:q} --label {input.label:q} --ard {input.ard:q}"
        " --records {input.records:q} --adsl {input.adsl:q} --adlb {input.adlb:q} --lineage {input.lineage:q}"
        " --tables {input.tables:q} --accounting {input.accounting:q} --queries {input.queries:q}"
        " --texts {input.texts:q} --analyses results/analyses --page {output.page:q} --folder results/report/trace"


rule list_printed:
    """List which results each output prints."""
    input:
        ard="results/ard.csv",
        entries=[f"results/outputs/{name}.json" for name in OUTPUTS],
        code=code("list_printed.py"),
    output:
        "results/report/trace/printed.js",
    log:
        "results/logs/list_printed.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} list_printed.py --ard {input.ard:q} --entries {input.entries:q} --folder results/report/trace"
