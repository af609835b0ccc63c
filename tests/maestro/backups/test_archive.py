"""The backup file: what is in it, and everything that is not one."""

from __future__ import annotations

import stat
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from maestro.backups import archive
from maestro.backups.archive import Manifest
from maestro.backups.problems import BackupProblem


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "dump"
    path.write_bytes(bytes(range(256)) * 1000)
    return path


def manifest_of(dump: Path, **changes: object) -> Manifest:
    made = Manifest(
        created_at=datetime.now(UTC),
        instance_id=None,
        engine="sqlite",
        migrations={"sessions_app": ["0001_initial"]},
        key_check="sealed",
        size=dump.stat().st_size,
        sha256=archive.checksum(dump),
    )
    return msgspec.structs.replace(made, **changes)


@pytest.fixture
def packed(tmp_path: Path, dump: Path) -> Path:
    path = tmp_path / "maestro.backup"
    archive.pack(path, manifest_of(dump), dump)
    return path


def read_and_unpack(source: Path) -> None:
    archive.unpack(source, archive.read_manifest(source), source.with_name("unpacked"))


def test_what_is_packed_is_unpacked(packed: Path, dump: Path) -> None:
    read_and_unpack(packed)
    assert (packed.parent / "unpacked").read_bytes() == dump.read_bytes()
    assert archive.read_manifest(packed) == msgspec.structs.replace(
        manifest_of(dump), created_at=archive.read_manifest(packed).created_at
    )


def test_only_the_owner_may_read_it(packed: Path) -> None:
    assert stat.S_IMODE(packed.stat().st_mode) == 0o600


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(packed: Path, share: float) -> None:
    content = packed.read_bytes()
    packed.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BackupProblem, match="not a whole one"):
        read_and_unpack(packed)


def test_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("dear diary")
    with pytest.raises(BackupProblem, match="not a backup of Maestro"):
        archive.read_manifest(tmp_path / "notes.txt")


def test_no_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupProblem, match="There is no file"):
        archive.read_manifest(tmp_path / "missing")
    with pytest.raises(BackupProblem, match="cannot be read"):
        archive.read_manifest(tmp_path)


@pytest.mark.parametrize(
    "members",
    [
        {"letter.txt": "x"},
        {"manifest.json": "{}", "database": "x"},
        {"manifest.json": "half a li", "database": "x"},
        {"manifest.json": '{"format":"another","version":1}', "database": "x"},
        {"manifest.json": '{"format":"maestro-backup","version":1}', "database": "x"},
        {"manifest.json": '{"format":"maestro-backup","version":1}'},
    ],
)
def test_a_zip_of_another_program_is_refused(tmp_path: Path, members: dict[str, str]) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        for name, text in members.items():
            other.writestr(name, text)
    with pytest.raises(BackupProblem, match="not a backup of Maestro"):
        archive.read_manifest(tmp_path / "other.zip")


def test_a_newer_form_names_the_next_step(tmp_path: Path, dump: Path) -> None:
    archive.pack(tmp_path / "new", manifest_of(dump, version=2), dump)
    with pytest.raises(BackupProblem, match="newer version of Maestro"):
        archive.read_manifest(tmp_path / "new")


@pytest.mark.parametrize("changes", [{"sha256": "0" * 64}, {"size": 10}])
def test_another_content_is_refused(tmp_path: Path, dump: Path, changes: dict[str, object]) -> None:
    archive.pack(tmp_path / "odd", manifest_of(dump, **changes), dump)
    with pytest.raises(BackupProblem, match="damaged"):
        read_and_unpack(tmp_path / "odd")


def test_a_flipped_byte_is_refused(packed: Path) -> None:
    content = bytearray(packed.read_bytes())
    with zipfile.ZipFile(packed) as opened:
        start = opened.getinfo("database").header_offset
    content[start + 200] ^= 0xFF
    packed.write_bytes(content)
    with pytest.raises(BackupProblem, match="damaged"):
        read_and_unpack(packed)
