"""What a reviewer asks for first. GIVES results/manifest.json: inputs, code, environment, outputs, all hashed.

And results/report/manifest.html, which shows it: it is made with it, after the pages whose hashes it holds. An edit of
the configuration or of the code makes it anew even where no job stands on it: it says what the results are made of.
"""


rule write_manifest:
    """Write the manifest of the run."""
    input:
        lock="results/lock.json",
        label="results/spec/label.json",
        outputs=["results/report/index.html", *COLLECTED, *OUTPUT_FILES, *trace_files()],
        config="results/spec/config.json",
        environment="results/spec/environment.json",
        everything=CLOSURES.write_everything(),
        code=code("write_manifest.py"),
    output:
        manifest="results/manifest.json",
        page="results/report/manifest.html",
    log:
        "results/logs/write_manifest.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} write_manifest.py --lock {input.lock:q} --label {input.label:q} --specs results/spec"
        " --results results --page {output.page:q} --out {output.manifest:q}"
