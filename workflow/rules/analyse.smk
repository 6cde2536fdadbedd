"""From analysis data to result rows.

REQUIRES results/data/adlb.csv and adsl.csv. GIVES per endpoint results/endpoints/<PARAMCD>:
analysis.csv, descriptives.csv, fit.json, estimates.csv; and results/ard.csv, every statistic of the study.
"""


rule count_population:
    """Count the analysis population by arm."""
    input:
        spec="results/spec/count_population.json",
        adsl="results/data/adsl.csv",
        code=code("count_population.py"),
    output:
        "results/data/population.csv",
    log:
        "results/logs/count_population.log",
    benchmark:
        "results/benchmarks/count_population.tsv"
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} count_population.py --spec {input.spec:q} --adsl {input.adsl:q}"
        " --out {output:q}"


rule derive_endpoint:
    """Select exactly what the model of one endpoint sees."""
    input:
        spec="results/spec/endpoint.{endpoint}.json",
        adlb="results/data/adlb.csv",
        adsl="results/data/adsl.csv",
        code=code("derive_endpoint.py"),
    output:
        "results/endpoints/{endpoint}/analysis.csv",
    log:
        "results/logs/derive_endpoint.{endpoint}.log",
    benchmark:
        "results/benchmarks/derive_endpoint.{endpoint}.tsv"
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} derive_endpoint.py --spec {input.spec:q} --adlb {input.adlb:q}"
        " --adsl {input.adsl:q} --out {output:q}"


rule describe_endpoint:
    """Describe one endpoint by visit and arm."""
    input:
        spec="results/spec/endpoint.{endpoint}.json",
        adlb="results/data/adlb.csv",
        adsl="results/data/adsl.csv",
        code=code("describe_endpoint.py"),
    output:
        "results/endpoints/{endpoint}/descriptives.csv",
    log:
        "results/logs/describe_endpoint.{endpoint}.log",
    benchmark:
        "results/benchmarks/describe_endpoint.{endpoint}.tsv"
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} describe_endpoint.py --spec {input.spec:q} --adlb {input.adlb:q}"
        " --adsl {input.adsl:q} --out {output:q}"


rule fit_mmrm:
    """Fit the MMRM of one endpoint along its covariance ladder."""
    input:
        spec="results/spec/fit_mmrm.{endpoint}.json",
        analysis="results/endpoints/{endpoint}/analysis.csv",
        code=code("fit_mmrm.py"),
    output:
        fit="results/endpoints/{endpoint}/fit.json",
        estimates="results/endpoints/{endpoint}/estimates.csv",
    log:
        "results/logs/fit_mmrm.{endpoint}.log",
    benchmark:
        "results/benchmarks/fit_mmrm.{endpoint}.tsv"
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} fit_mmrm.py --spec {input.spec:q} --analysis {input.analysis:q}"
        " --fit {output.fit:q} --estimates {output.estimates:q}"


rule collect_ard:
    """Put all result rows of the study into one table."""
    input:
        parts=[
            "results/data/population.csv",
            *[
                f"results/endpoints/{code}/{part}.csv"
                for code in ENDPOINTS
                for part in ("descriptives", "estimates")
            ],
        ],
        code=code("collect_ard.py"),
    output:
        "results/ard.csv",
    log:
        "results/logs/collect_ard.log",
    benchmark:
        "results/benchmarks/collect_ard.tsv"
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} collect_ard.py --parts {input.parts:q} --out {output:q}"
