"""From result rows to what people read.

REQUIRES result rows, fits and the lock. GIVES results/tables, results/figures, results/report/index.html.
Output ids carry the endpoint's number e (t14-2-<e>-1), so the rules of one endpoint have {e} as wildcard.
"""


rule render_endpoint_tables:
    """Render the descriptive and the MMRM table of one endpoint."""
    input:
        spec=of_endpoint("results/spec/display.{endpoint}.json"),
        lock="results/lock.json",
        population="results/data/population.csv",
        descriptives=of_endpoint("results/endpoints/{endpoint}/descriptives.csv"),
        estimates=of_endpoint("results/endpoints/{endpoint}/estimates.csv"),
        fit=of_endpoint("results/endpoints/{endpoint}/fit.json"),
        code=code("render_endpoint_tables.py"),
    output:
        descriptive=report(
            "results/tables/t14-2-{e}-1.html",
            category="Tables",
            caption="../report/descriptive.rst",
        ),
        mmrm=report(
            "results/tables/t14-2-{e}-2.html",
            category="Tables",
            caption="../report/mmrm.rst",
        ),
        others=[
            f"results/tables/t14-2-{{e}}-{number}.{suffix}"
            for number in (1, 2)
            for suffix in ("rtf", "csv")
        ],
    log:
        "results/logs/render_endpoint_tables.{e}.log",
    benchmark:
        "results/benchmarks/render_endpoint_tables.{e}.tsv"
    conda:
        ENVIRONMENT
    params:
        descriptive=lambda wildcards, output: output.descriptive.removesuffix(".html"),
        mmrm=lambda wildcards, output: output.mmrm.removesuffix(".html"),
    shell:
        "script {log:q} render_endpoint_tables.py --spec {input.spec:q} --lock {input.lock:q}"
        " --population {input.population:q} --descriptives {input.descriptives:q}"
        " --estimates {input.estimates:q} --fit {input.fit:q} --descriptive-out {params.descriptive:q}"
        " --mmrm-out {params.mmrm:q}"


rule plot_endpoint:
    """Draw the LS-mean profile and the individual courses of one endpoint."""
    input:
        spec=of_endpoint("results/spec/display.{endpoint}.json"),
        lock="results/lock.json",
        descriptives=of_endpoint("results/endpoints/{endpoint}/descriptives.csv"),
        estimates=of_endpoint("results/endpoints/{endpoint}/estimates.csv"),
        fit=of_endpoint("results/endpoints/{endpoint}/fit.json"),
        adlb="results/data/adlb.csv",
        code=code("plot_endpoint.py"),
    output:
        profile=report(
            "results/figures/f14-2-{e}-1.svg",
            category="Figures",
            caption="../report/profile.rst",
        ),
        spaghetti=report(
            "results/figures/f14-2-{e}-4.svg",
            category="Figures",
            caption="../report/spaghetti.rst",
        ),
        others=[
            f"results/figures/f14-2-{{e}}-{number}.{suffix}"
            for number in (1, 4)
            for suffix in ("png", "csv")
        ],
    log:
        "results/logs/plot_endpoint.{e}.log",
    benchmark:
        "results/benchmarks/plot_endpoint.{e}.tsv"
    conda:
        ENVIRONMENT
    params:
        profile=lambda wildcards, output: output.profile.removesuffix(".svg"),
        spaghetti=lambda wildcards, output: output.spaghetti.removesuffix(".svg"),
    shell:
        "script {log:q} plot_endpoint.py --spec {input.spec:q} --lock {input.lock:q}"
        " --estimates {input.estimates:q} --descriptives {input.descriptives:q} --fit {input.fit:q}"
        " --adlb {input.adlb:q} --profile-out {params.profile:q} --spaghetti-out {params.spaghetti:q}"


rule plot_forest:
    """Draw all endpoints at the primary visit on one standardised scale."""
    input:
        spec="results/spec/display.json",
        lock="results/lock.json",
        estimates=expand(
            "results/endpoints/{endpoint}/estimates.csv", endpoint=ENDPOINTS
        ),
        code=code("plot_forest.py"),
    output:
        forest=report(
            "results/figures/f14-2-0-1.svg",
            category="Figures",
            caption="../report/forest.rst",
        ),
        others=["results/figures/f14-2-0-1.png", "results/figures/f14-2-0-1.csv"],
    log:
        "results/logs/plot_forest.log",
    benchmark:
        "results/benchmarks/plot_forest.tsv"
    conda:
        ENVIRONMENT
    params:
        base=lambda wildcards, output: output.forest.removesuffix(".svg"),
    shell:
        "script {log:q} plot_forest.py --spec {input.spec:q} --lock {input.lock:q}"
        " --estimates {input.estimates:q} --out {params.base:q}"


rule render_listings:
    """Render queries, row accounting, data quality and endpoint records by visit."""
    input:
        spec="results/spec/display.json",
        lock="results/lock.json",
        queries="results/data/queries.csv",
        accounting="results/data/accounting.csv",
        quality="results/data/quality.csv",
        adlb="results/data/adlb.csv",
        code=code("render_listings.py"),
    output:
        queries=report(
            "results/tables/l16-2-9-1.html",
            category="Listings",
            caption="../report/queries.rst",
        ),
        accounting=report(
            "results/tables/l16-2-9-2.html",
            category="Listings",
            caption="../report/accounting.rst",
        ),
        quality=report(
            "results/tables/l16-2-9-3.html",
            category="Listings",
            caption="../report/quality.rst",
        ),
        records=report(
            "results/tables/l16-2-9-4.html",
            category="Listings",
            caption="../report/records.rst",
        ),
        others=[
            f"results/tables/{name}.{suffix}"
            for name in LISTINGS
            for suffix in ("rtf", "csv")
        ],
    log:
        "results/logs/render_listings.log",
    benchmark:
        "results/benchmarks/render_listings.tsv"
    conda:
        ENVIRONMENT
    params:
        queries=lambda wildcards, output: output.queries.removesuffix(".html"),
        accounting=lambda wildcards, output: output.accounting.removesuffix(".html"),
        quality=lambda wildcards, output: output.quality.removesuffix(".html"),
        records=lambda wildcards, output: output.records.removesuffix(".html"),
    shell:
        "script {log:q} render_listings.py --spec {input.spec:q} --lock {input.lock:q}"
        " --queries {input.queries:q} --accounting {input.accounting:q} --quality {input.quality:q}"
        " --adlb {input.adlb:q} --queries-out {params.queries:q} --accounting-out {params.accounting:q}"
        " --quality-out {params.quality:q} --adlb-out {params.records:q}"


rule render_report:
    """Put every table and figure on one page that opens offline."""
    input:
        spec="results/spec/display.json",
        lock="results/lock.json",
        ard="results/ard.csv",
        queries="results/data/queries.csv",
        accounting="results/data/accounting.csv",
        outputs=outputs_of_displays(),
        code=code("render_report.py"),
    output:
        "results/report/index.html",
    log:
        "results/logs/render_report.log",
    benchmark:
        "results/benchmarks/render_report.tsv"
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} render_report.py --spec {input.spec:q} --lock {input.lock:q}"
        " --ard {input.ard:q} --queries {input.queries:q} --accounting {input.accounting:q}"
        " --tables results/tables --figures results/figures --out {output:q}"
