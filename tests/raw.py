"""Folders of raw files as tests have them: locked as they lie there."""

import json

from trial.study.files import sha256
from trial.study.raw_files import RawFile, RawFolder, of_lock, walk


def raw_of(folder, seed=""):
    """Return a folder whose lock is of the files that lie in it now."""
    names = of_lock(name for name, kind in walk(folder) if not kind)
    return RawFolder(folder, {name: sha256(folder / name) for name in names}, "TEST-1", seed)


def raw_file(path):
    """Return one file, locked as it lies there."""
    return RawFile(path.name, path.parent, sha256(path), "TEST-1")


def write_verified(path, folder, cut="2021-09-30", state="hard"):
    """Write `lock.json` of the files that lie in a folder now, and return its path."""
    files = [{"path": name, "sha256": digest} for name, digest in raw_of(folder).hashes.items()]
    content = {"lock_id": "TEST-1", "state": state, "cut_date": cut, "synthetic": True, "files": files}
    path.write_text(
        json.dumps(content | {"short_hash": "0123456789ab", "fingerprint": "0" * 64}), encoding="utf-8"
    )
    return path
