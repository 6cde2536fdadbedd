"""Identifiers by which Dataset-JSON and define.xml call the same things, and those of define.xml alone."""

import re


def study_oid(study: str) -> str:
    """Return the OID of a study."""
    return f"STUDY.{study}"


def metadata_oid(study: str) -> str:
    """Return the OID of the version of its metadata."""
    return f"MDV.{study}.ADaM"


def group_oid(dataset: str) -> str:
    """Return the OID of a data set."""
    return f"IG.{dataset}"


def item_oid(dataset: str, variable: str, parameter: str = "") -> str:
    """Return the OID of a variable, or of its values for one parameter."""
    return ".".join(filter(None, ("IT", dataset, variable, parameter)))


def values_oid(dataset: str, variable: str) -> str:
    """Return the identifier of the list of a column's values by parameter."""
    return f"VL.{dataset}.{variable}"


def list_oid(name: str) -> str:
    """Return the identifier of a code list."""
    return f"CL.{name}"


def method_oid(name: str) -> str:
    """Return the identifier of a method."""
    return f"MT.{name.replace(' ', '_')}"


def comment_oid(name: str) -> str:
    """Return the identifier of a comment."""
    return f"COM.{name}"


def display_oid(output: str) -> str:
    """Return the identifier of a display."""
    return f"RD.{output}"


def result_oid(analysis: str, endpoint: str, part: str) -> str:
    """Return the identifier of an analysis result; `part` may be words."""
    return f"AR.{endpoint or 'study'}.{analysis}.{part.replace(' ', '_')}"


def leaf_id(name: str) -> str:
    """Return the identifier of a file: it must be a name of XML, whatever the file is called."""
    return f"LF.{re.sub(r'[^A-Za-z0-9_.-]', '_', name)}"
