"""The data lock. REQUIRES data/raw/LOCK.yaml and the files it lists. GIVES results/lock.json."""


rule verify_lock:
    """Compare every raw file with the lock; a difference stops the run and names the file."""
    input:
        lock="data/raw/LOCK.yaml",
        raw=RAW,
        code=code("verify_lock.py"),
    output:
        "results/lock.json",
    log:
        "results/logs/verify_lock.log",
    benchmark:
        "results/benchmarks/verify_lock.tsv"
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} verify_lock.py --lock {input.lock:q} --raw data/raw --out {output:q}"
