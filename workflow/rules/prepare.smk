"""From raw files to analysis data.

REQUIRES the locked raw files. GIVES results/data: labs.csv, the subject-level data sets and the rooms' books of questions and row fates; and the records of each endpoint with their raw results in results/endpoints.
"""


rule derive_subjects:
    """Derive subjects, visits, adverse events, medicines, intercurrent events and others from the EDC files."""
    input:
        lock="results/lock.json",
        spec="results/spec/derive_subjects.json",
        code=code("derive_subjects.py"),
    output:
        tables=expand("results/data/{table}.csv", table=SUBJECT_TABLES),
        queries="results/data/books/queries_subjects.csv",
        accounting="results/data/books/accounting_edc.csv",
    log:
        "results/logs/derive_subjects.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} derive_subjects.py --spec {input.spec:q} --lock {input.lock:q} --raw data/raw"
        " --out results/data --queries {output.queries:q} --accounting {output.accounting:q}"
        " --unblinded UNBLINDED.csv"


rule clean_labs:
    """Read and clean every laboratory export; each raw row gets one fate."""
    input:
        lock="results/lock.json",
        spec="results/spec/clean_labs.json",
        code=code("clean_labs.py"),
    output:
        labs="results/data/labs.csv",
        queries="results/data/books/queries_labs.csv",
        accounting="results/data/books/accounting_labs.csv",
        quality="results/data/quality.csv",
    log:
        "results/logs/clean_labs.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} clean_labs.py --spec {input.spec:q} --lock {input.lock:q} --raw data/raw"
        " --labs {output.labs:q} --queries {output.queries:q} --accounting {output.accounting:q}"
        " --quality {output.quality:q}"


rule derive_populations:
    """Decide eligibility, find deviations, finish ADSL with its populations."""
    input:
        lock="results/lock.json",
        spec="results/spec/derive_populations.json",
        tables=expand("results/data/{table}.csv", table=POPULATION_TABLES),
        labs="results/data/labs.csv" if STUDY.eligibility else [],
        code=code("derive_populations.py"),
    output:
        adsl="results/data/adsl.csv",
        populations="results/data/populations.csv",
        adie="results/data/adie.csv",
        addv="results/data/addv.csv",
        queries="results/data/books/queries_populations.csv",
    log:
        "results/logs/derive_populations.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} derive_populations.py --spec {input.spec:q} --lock {input.lock:q} --subjects results/data"
        " --labs {input.labs:q} --adsl {output.adsl:q} --populations {output.populations:q} --adie {output.adie:q}"
        " --addv {output.addv:q} --queries {output.queries:q}"


rule derive_endpoint:
    """Derive the records of one endpoint: indices, visits, baseline, change, analysis flags."""
    input:
        spec="results/spec/derive_endpoint.{endpoint}.json",
        labs="results/data/labs.csv",
        adsl="results/data/adsl.csv",
        adsv="results/data/adsv.csv",
        asked="results/data/books/queries_labs.csv",
        code=code("derive_endpoint.py"),
    output:
        adlb="results/endpoints/{endpoint}/adlb.csv",
        lineage="results/endpoints/{endpoint}/lineage.csv",
        queries="results/endpoints/{endpoint}/queries.csv",
        absence="results/endpoints/{endpoint}/absence.csv",
    log:
        "results/logs/derive_endpoint.{endpoint}.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} derive_endpoint.py --spec {input.spec:q} --labs {input.labs:q} --adsl {input.adsl:q}"
        " --adsv {input.adsv:q} --asked {input.asked:q} --adlb {output.adlb:q} --lineage {output.lineage:q}"
        " --queries {output.queries:q} --absence {output.absence:q}"


rule derive_laboratory:
    """Derive the safety laboratory: visits, limits, grades, worst values, Hy's law."""
    input:
        spec="results/spec/derive_laboratory.json",
        labs="results/data/labs.csv",
        adsl="results/data/adsl.csv",
        code=code("derive_laboratory.py"),
    output:
        "results/data/adlbsaf.csv",
    log:
        "results/logs/derive_laboratory.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} derive_laboratory.py --spec {input.spec:q} --labs {input.labs:q} --adsl {input.adsl:q}"
        " --out {output:q}"
