"""From ADaM data sets to analysis data, where the study is analysed already.

REQUIRES the locked raw files. GIVES results/data: adsl.csv, records.csv and this room's books of questions and row
fates; and the records of each endpoint with the rows of the file behind them in results/endpoints.
"""


rule read_adam:
    """Read ADSL and the declared parameters of the BDS data sets; each row gets one fate."""
    input:
        lock="results/lock.json",
        spec="results/spec/read_adam.json",
        code=code("read_adam.py"),
    output:
        adsl="results/data/adsl.csv",
        populations="results/data/populations.csv",
        records="results/data/records.csv",
        queries="results/data/books/queries_adam.csv",
        accounting="results/data/books/accounting_adam.csv",
    log:
        "results/logs/read_adam.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} read_adam.py --spec {input.spec:q} --lock {input.lock:q} --raw data/raw --adsl {output.adsl:q}"
        " --populations {output.populations:q} --records {output.records:q} --queries {output.queries:q}"
        " --accounting {output.accounting:q} --unblinded UNBLINDED.csv"


rule take_endpoint:
    """Take the records of one endpoint as given; what its derivation would give otherwise is asked about."""
    input:
        spec="results/spec/take_endpoint.{endpoint}.json",
        records="results/data/records.csv",
        adsl="results/data/adsl.csv",
        code=code("take_endpoint.py"),
    output:
        adlb="results/endpoints/{endpoint}/adlb.csv",
        lineage="results/endpoints/{endpoint}/lineage.csv",
        queries="results/endpoints/{endpoint}/queries.csv",
        absence="results/endpoints/{endpoint}/absence.csv",
    log:
        "results/logs/take_endpoint.{endpoint}.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} take_endpoint.py --spec {input.spec:q} --records {input.records:q} --adsl {input.adsl:q}"
        " --adlb {output.adlb:q} --lineage {output.lineage:q} --queries {output.queries:q} --absence {output.absence:q}"
