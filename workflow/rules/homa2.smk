"""The HOMA2 calculator, where the study has a section homa2.

GIVES results/homa2: the calculator's inputs and, once they are there, its results.
"""


rule export_homa2:
    """Write the inputs for a licensed user of the HOMA2 calculator."""
    input:
        spec="results/spec/homa2.json",
        labs="results/data/labs.csv",
        adsv="results/data/adsv.csv",
        code=code("export_homa2.py"),
    output:
        inputs="results/homa2/homa2_input.csv",
        lineage="results/homa2/homa2_lineage.csv",
    log:
        "results/logs/export_homa2.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} export_homa2.py --spec {input.spec:q} --labs {input.labs:q} --adsv {input.adsv:q}"
        " --out {output.inputs:q} --lineage {output.lineage:q}"


rule import_homa2:
    """Check the calculator's results against what was exported."""
    input:
        lock="results/lock.json",
        spec="results/spec/homa2.json",
        inputs="results/homa2/homa2_input.csv",
        code=code("import_homa2.py"),
    output:
        "results/homa2/homa2.csv",
    log:
        "results/logs/import_homa2.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} import_homa2.py --lock {input.lock:q} --spec {input.spec:q} --inputs {input.inputs:q} --raw data/raw --out {output:q}"
