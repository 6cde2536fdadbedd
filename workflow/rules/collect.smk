"""The records of all endpoints, and the books of all rooms, in one table each.

REQUIRES the records of each endpoint in results/endpoints, ADSL and the rooms' books. GIVES results/data: adlb.csv,
lineage.csv, queries.csv (every question to the site, with its answer) and accounting.csv (the fate of every raw row).
"""


rule collect_adlb:
    """Put the records of all endpoints, their raw results and their questions into one table each."""
    input:
        spec="results/spec/collect_adlb.json",
        adsl="results/data/adsl.csv",
        adlb=expand("results/endpoints/{endpoint}/adlb.csv", endpoint=STUDY.endpoints),
        lineage=expand(
            "results/endpoints/{endpoint}/lineage.csv", endpoint=STUDY.endpoints
        ),
        queries=expand(
            "results/endpoints/{endpoint}/queries.csv", endpoint=STUDY.endpoints
        ),
        code=code("collect_adlb.py"),
    output:
        adlb="results/data/adlb.csv",
        lineage="results/data/lineage.csv",
        queries="results/data/books/queries_adlb.csv",
    log:
        "results/logs/collect_adlb.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} collect_adlb.py --spec {input.spec:q} --adsl {input.adsl:q} --endpoints results/endpoints"
        " --adlb {output.adlb:q} --lineage {output.lineage:q} --queries {output.queries:q}"


rule collect_books:
    """Merge the queries and the row accounting of all rooms; stop if they do not add up."""
    input:
        queries=QUERY_BOOKS,
        accounting=FATE_BOOKS,
        lock="results/lock.json",
        records="results/data/adlb.csv",
        results=LABS,
        earlier=earlier_files(Path("results/lock.json"), Path("locks")),
        code=code("collect_books.py"),
    output:
        queries="results/data/queries.csv",
        accounting="results/data/accounting.csv",
    log:
        "results/logs/collect_books.log",
    conda:
        ENVIRONMENT
    shell:
        "script {log:q} collect_books.py --queries {input.queries:q} --accounting {input.accounting:q}"
        " --lock {input.lock:q} --raw data/raw --records {input.records:q} --results {input.results:q}"
        " --earlier {input.earlier:q} --queries-out {output.queries:q} --accounting-out {output.accounting:q}"
