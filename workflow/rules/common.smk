"""Names that every rule file uses. No data are read here."""

# Jobs run under the interpreter that runs snakemake, and find the scripts wherever the working directory is. Neither
# path is part of a rule, so that a moved checkout or another environment folder does not rerun anything. `script`
# keeps a job's messages in its log and, when it fails, shows them too, however quiet snakemake is.
shell.prefix(
    f"export PATH={quote(str(Path(sys.executable).parent))}:$PATH"
    f" SCRIPTS={quote(str(Path(workflow.basedir) / 'scripts'))}; "
    'script() {{ local log="$1" name="$2" code=0; shift 2; '
    'python "$SCRIPTS/$name" "$@" 2> "$log" || code=$?; '
    'if [ $code -ne 0 ]; then cat "$log" >&2; fi; return $code; }}; '
)
# Absolute, so that `--directory` and `--sdm conda` work from any folder.
ENVIRONMENT = str(Path(workflow.basedir) / "environment.yml")
RAW = sorted(str(path) for path in Path("data/raw").rglob("*") if path.is_file())
ENDPOINTS = {code: endpoint.number for code, endpoint in STUDY.endpoints.items()}
TABLE = ("html", "rtf", "csv")
FIGURE = ("svg", "png", "csv")
LISTINGS = [f"l16-2-9-{number}" for number in (1, 2, 3, 4)]


# Output ids carry the endpoint's number e: t14-2-<e>-1.
CODE_OF = {str(number): code for code, number in ENDPOINTS.items()}


wildcard_constraints:
    endpoint="|".join(ENDPOINTS),
    e="|".join(CODE_OF),


def code(script):
    """Return the file with the hashes of everything a script stands on, made anew when one of them changed."""
    return write_closure(script, Path("results/spec/code"))


def table(output_id):
    """Return the files of one table or listing."""
    return [f"results/tables/{output_id}.{suffix}" for suffix in TABLE]


def figure(output_id):
    """Return the files of one figure."""
    return [f"results/figures/{output_id}.{suffix}" for suffix in FIGURE]


def of_endpoint(path):
    """Return an input function: `path` with {endpoint} set to the code of the output's number."""
    return lambda wildcards: path.format(endpoint=CODE_OF[wildcards.e])


def outputs_of_endpoint(code):
    """Return the tables and figures of one endpoint."""
    e = ENDPOINTS[code]
    tables = table(f"t14-2-{e}-1") + table(f"t14-2-{e}-2")
    return tables + figure(f"f14-2-{e}-1") + figure(f"f14-2-{e}-4")


def outputs_of_displays():
    """Return every table, listing and figure of the study."""
    files = [file for name in LISTINGS for file in table(name)] + figure("f14-2-0-1")
    return files + [file for code in ENDPOINTS for file in outputs_of_endpoint(code)]


def outputs_of_homa2():
    """Return the calculator's inputs where the study has the section, and its results where they are named."""
    if STUDY.homa2 is None:
        return []
    names = ["homa2_input", "homa2"] if STUDY.homa2.results else ["homa2_input"]
    return [f"results/homa2/{name}.csv" for name in names]
