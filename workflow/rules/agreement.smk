"""The primary analysis computed a second time, by code that shares nothing with the engine.

REQUIRES the written analysis data and the result rows of the primary analysis. GIVES results/qc/agreement.csv, every
number beside its independent counterpart; a disagreement stops the run before the report.
"""

AGREEMENT = agreement_job(STUDY)
COLLECTED.append("results/qc/agreement.csv")


rule check_agreement:
    """Compare every number of the primary analysis with an independent computation of it."""
    input:
        spec="results/spec/check_agreement.json",
        adsl="results/data/adsl.csv",
        records=[path for _, path in AGREEMENT.records],
        rows=[path for _, path in AGREEMENT.rows],
        events=list(AGREEMENT.events),
        code=code("check_agreement.py"),
    output:
        "results/qc/agreement.csv",
    log:
        "results/logs/check_agreement.log",
        # Snakemake removes what a failed job wrote, but no log: the findings outlive it here.
        findings="results/logs/check_agreement.csv",
    conda:
        ENVIRONMENT
    params:
        records=lambda wildcards, input: named_files(AGREEMENT.records),
        rows=lambda wildcards, input: named_files(AGREEMENT.rows),
    shell:
        "script {log[0]:q} check_agreement.py --spec {input.spec:q} --adsl {input.adsl:q} --events {input.events:q}"
        " --records {params.records} --rows {params.rows} --out {output:q} --kept {log.findings:q}"
