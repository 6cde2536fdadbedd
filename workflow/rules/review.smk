"""What a reviewer asks for first. GIVES results/manifest.json: inputs, code, environment, outputs, all hashed.

And results/report/manifest.html, which shows it: it is made with it, after the pages whose hashes it holds.
"""


rule write_manifest:
    """Write the manifest of the run."""
    input:
        lock="results/lock.json",
        label="results/spec/label.json",
        outputs=["results/report/index.html", *COLLECTED, *OUTPUT_FILES, *trace_files()],
        code=code("write_manifest.py"),
    output:
        manifest="results/manifest.json",
        page="results/report/manifest.html",
    log:
        "results/logs/write_manifest.log",
    benchmark:
        "results/benchmarks/write_manifest.tsv"
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} write_manifest.py --lock {input.lock:q} --label {input.label:q} --specs results/spec"
        ' --code "$SCRIPTS"/.. --outputs {input.outputs:q} --page {output.page:q}'
        " --out {output.manifest:q}"
