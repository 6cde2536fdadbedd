"""From finished outputs to what is handed over.

REQUIRES every output of the catalogue, results/ard.csv and results/data/adsl.csv. GIVES results/qc/outputs.csv (the
checks across outputs; a difference stops the run before the report), results/ard.json (the results in the shape of
CDISC ARS) and results/report/tables.rtf (all tables in one document).
"""

DELIVERED = ["results/ard.json", "results/qc/outputs.csv", "results/report/tables.rtf"]
COLLECTED += DELIVERED


rule check_outputs:
    """Check all outputs against each other, the results and the data; nothing may contradict."""
    input:
        spec="results/spec/deliver.json",
        ard="results/ard.csv",
        adsl="results/data/adsl.csv",
        outputs=INDEX,
        code=code("check_outputs.py"),
    output:
        "results/qc/outputs.csv",
    log:
        "results/logs/check_outputs.log",
        # Snakemake removes what a failed job wrote, but no log: the findings outlive it here.
        findings="results/logs/check_outputs.csv",
    conda:
        ENVIRONMENT
    shell:
        "script {log[0]:q} check_outputs.py --spec {input.spec:q} --ard {input.ard:q} --adsl {input.adsl:q}"
        " --results results --out {output:q} --kept {log.findings:q}"


rule write_ard_json:
    """Write the analysis results in the shape of CDISC's Analysis Results Standard."""
    input:
        spec="results/spec/deliver.json",
        lock="results/lock.json",
        ard="results/ard.csv",
        outputs=INDEX,
        code=code("write_ard_json.py"),
    output:
        "results/ard.json",
    log:
        "results/logs/write_ard_json.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} write_ard_json.py --spec {input.spec:q} --lock {input.lock:q} --ard {input.ard:q}"
        " --results results --out {output:q}"


rule join_tables:
    """Put all tables into one document in the order of ICH E3, with a list of contents."""
    input:
        spec="results/spec/deliver.json",
        lock="results/lock.json",
        label="results/spec/label.json",
        outputs=INDEX,
        code=code("join_tables.py"),
    output:
        "results/report/tables.rtf",
    log:
        "results/logs/join_tables.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} join_tables.py --spec {input.spec:q} --lock {input.lock:q} --label {input.label:q} --outputs results/outputs"
        " --tables results/tables --out {output:q}"
