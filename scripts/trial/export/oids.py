"""Names by which Dataset-JSON and define.xml call the same things."""


def study_oid(study: str) -> str:
    """Return the OID of a study."""
    return f"STUDY.{study}"


def metadata_oid(study: str) -> str:
    """Return the OID of the version of its metadata."""
    return f"MDV.{study}.ADaM"


def group_oid(dataset: str) -> str:
    """Return the OID of a data set."""
    return f"IG.{dataset}"


def item_oid(dataset: str, variable: str) -> str:
    """Return the OID of a variable."""
    return f"IT.{dataset}.{variable}"
