"""The design stage of a comparison without randomisation, without outcomes.

REQUIRES results/data/adsl.csv and the baseline records in results/endpoints. GIVES results/design: covariates.csv (the
arm and what was known at baseline, the only data of this stage), weights.csv, matrix.csv (the columns of the propensity
model) and balance.csv.
"""


rule collect_covariates:
    """Collect arm and covariates at baseline; nothing after baseline passes this rule."""
    input:
        spec="results/spec/collect_covariates.json",
        adsl="results/data/adsl.csv",
        records=[f"results/endpoints/{endpoint}/adlb.csv" for endpoint in BASELINES],
        code=code("collect_covariates.py"),
    output:
        "results/design/covariates.csv",
    log:
        "results/logs/collect_covariates.log",
    conda:
        ENVIRONMENT
    params:
        records=lambda wildcards, input: " ".join(
            quote(f"{endpoint}={path}")
            for endpoint, path in zip(BASELINES, input.records)
        ),
    shell:
        "script {log:q} collect_covariates.py --spec {input.spec:q} --adsl {input.adsl:q} --records {params.records}"
        " --out {output:q}"


rule weigh_subjects:
    """Fit the propensity of treatment, weigh the subjects, describe the balance of the arms."""
    input:
        spec="results/spec/weigh_subjects.json",
        covariates="results/design/covariates.csv",
        code=code("weigh_subjects.py"),
    output:
        weights="results/design/weights.csv",
        matrix="results/design/matrix.csv",
        balance="results/design/balance.csv",
    log:
        "results/logs/weigh_subjects.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} weigh_subjects.py --spec {input.spec:q} --covariates {input.covariates:q}"
        " --weights {output.weights:q} --matrix {output.matrix:q} --balance {output.balance:q}"
