"""What a reviewer asks for first. GIVES results/manifest.json: inputs, code, environment, outputs, all hashed."""


rule write_manifest:
    """Write the manifest of the run."""
    input:
        lock="results/lock.json",
        outputs=["results/report/index.html", *COLLECTED, *OUTPUT_FILES, *trace_files()],
        code=code("write_manifest.py"),
    output:
        "results/manifest.json",
    log:
        "results/logs/write_manifest.log",
    benchmark:
        "results/benchmarks/write_manifest.tsv"
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} write_manifest.py --lock {input.lock:q} --specs results/spec"
        ' --code "$SCRIPTS"/.. --outputs {input.outputs:q} --out {output:q}'
