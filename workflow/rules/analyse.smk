"""From analysis data to result rows.

REQUIRES results/endpoints/<PARAMCD>/adlb.csv and results/data/adsl.csv. GIVES for each analysis of each endpoint
(or of the `study`) results/analyses/<ID>/<PARAMCD>: rows.csv, record.json, records.csv; and of all of them
results/ard.csv, every statistic of the study, and results/records.csv, the records behind each.
"""


rule run_analysis:
    """Run one analysis of one endpoint, or of the study, by its method."""
    input:
        spec="results/spec/analysis.{analysis}.{place}.json",
        adsl="results/data/adsl.csv",
        records=lambda wildcards: job_of(wildcards).records,
        tables=lambda wildcards: [path for _, path in job_of(wildcards).tables],
        results=lambda wildcards: job_of(wildcards).sources,
        recorded=lambda wildcards: [path for _, path in job_of(wildcards).recorded],
        absence=endpoint_absence,
        code=lambda wildcards: code("run_analysis.py", job_of(wildcards).module),
    output:
        rows="results/analyses/{analysis}/{place}/rows.csv",
        record="results/analyses/{analysis}/{place}/record.json",
        records="results/analyses/{analysis}/{place}/records.csv",
    log:
        "results/logs/run_analysis.{analysis}.{place}.log",
    conda:
        ENVIRONMENT
    params:
        tables=tables_of,
        recorded=recorded_of,
    shell:
        "script {log:q} run_analysis.py --spec {input.spec:q} --adsl {input.adsl:q} --records {input.records:q}"
        " --data {params.tables} --results {input.results:q} --recorded {params.recorded} --absence {input.absence:q} --rows-out {output.rows:q} --record-out {output.record:q}"
        " --records-out {output.records:q}"


rule collect_ard:
    """Put all result rows of the study into one table, and their record sets into another."""
    input:
        spec="results/spec/collect_ard.json",
        rows=[job.file("rows.csv") for job in ANALYSES.values()],
        records=[job.file("records.csv") for job in ANALYSES.values()],
        code=code("collect_ard.py"),
    output:
        ard="results/ard.csv",
        records="results/records.csv",
    log:
        "results/logs/collect_ard.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} collect_ard.py --spec {input.spec:q} --rows {input.rows:q} --records {input.records:q}"
        " --out {output.ard:q} --records-out {output.records:q}"
