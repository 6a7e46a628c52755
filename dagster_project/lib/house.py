"""Where things lie, and what a build is a function of. Standard library only: the early exit is decided from this module."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: What, beside raw/ and seeds/, decides the content of a warehouse.
CODE = ("dagster_project/**/*.py", "schemas/**/*.py", "dbt/**/*.sql", "dbt/**/*.yml", "requirements.lock")
CODE_LEFT_OUT = ("dbt/target/", "dbt/logs/", "dbt/dbt_packages/")


@dataclass(frozen=True)
class House:
    """The folders of one project. Any of raw, seeds and warehouse may lie elsewhere."""

    raw: Path = ROOT / "raw"
    seeds: Path = ROOT / "seeds"
    warehouse: Path = ROOT / "warehouse"
    root: Path = ROOT

    @property
    def dbt(self) -> Path:
        return self.root / "dbt"


class NoSuchFolder(Exception):
    """raw/ or seeds/ is not where the call says."""


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def is_litter(path: Path) -> bool:
    """Files that editors and file managers leave behind; they are not publications."""
    return path.name.startswith((".", "~$")) or path.name in {"Thumbs.db", "desktop.ini"} or path.suffix in {".pyc"}


def _hashes(folder: Path, label: str) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file() and not is_litter(path))
    return {f"{label}/{path.relative_to(folder).as_posix()}": sha256(path) for path in sorted(files)}


def code_hashes(root: Path = ROOT) -> dict[str, str]:
    """SHA-256 of every file of the program."""
    found = sorted({path for pattern in CODE for path in root.glob(pattern) if path.is_file()})
    names = {path.relative_to(root).as_posix(): path for path in found}
    return {name: sha256(path) for name, path in names.items() if not name.startswith(CODE_LEFT_OUT)}


@dataclass(frozen=True)
class Inputs:
    """Everything a build depends on: the hash of each file, and the choices of the call."""

    raw: dict[str, str]
    seeds: dict[str, str]
    code: dict[str, str]
    choices: dict[str, str]

    @property
    def digest(self) -> str:
        whole = json.dumps([self.raw, self.seeds, self.code, self.choices], sort_keys=True)
        return hashlib.sha256(whole.encode()).hexdigest()

    def save(self, path: Path) -> None:
        """Keep the inputs beside the build that is made from them."""
        path.write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Inputs":
        """Inputs as save() left them. Raises FileNotFoundError where no build is in progress."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    @staticmethod
    def digest_of(hashes: dict[str, str]) -> str:
        return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()


def read_inputs(house: House, on: str | None = None, target: str = "duckdb", until: str | None = None) -> Inputs:
    """Hash all inputs of a build. Raises NoSuchFolder where raw/ or seeds/ is not there."""
    for folder in (house.raw, house.seeds):
        if not folder.is_dir():
            raise NoSuchFolder(f"{folder} is not a folder: give --raw and --seeds existing folders")
    return Inputs(
        raw=_hashes(house.raw, "raw"),
        seeds=_hashes(house.seeds, "seeds"),
        code=code_hashes(house.root),
        choices={"on": on or "", "target": target, "until": until or ""},
    )
