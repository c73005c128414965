"""The first bytes of an archive: what kind of file it is, and a digest of every byte that never changes.

The layout is that of src/archive/user_block.cpp and contents.cpp: archives are little-endian, checksums are XXH3.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

import h5py
import numpy as np
import xxhash

from .errors import ArchiveError

OLDEST_FORMAT, NEWEST_FORMAT = 1, 6
MAGIC = b"\x89nxmc archive\r\n\x1a"
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
HEADER = struct.Struct("<16sIIQQQQ")
SEALS = struct.Struct("<QQ")
FIRST_FORMAT_WITH_SEALS = 2
SMALLEST_BLOCK, LARGEST_BLOCK = 4096, 1 << 24
CHUNK = 1 << 20


@dataclass(frozen=True)
class UserBlock:
    """What the first bytes of an archive say."""

    format: int
    """version of the layout"""
    as_sealed: bool
    """no byte has changed that never should; False also where another program added something"""
    contents: int
    """digest of the table of contents; 0 in format 1, which has none"""


def fail(path: Path, problem: str, remedy: str) -> NoReturn:
    raise ArchiveError(f"{path}: {problem}. {remedy}")


def fail_damaged(path: Path, problem: str) -> NoReturn:
    fail(path, f"is damaged: {problem}", "Restore it from a copy; without one, run the campaign again with another --archive.")


def check_user_block(path: Path) -> UserBlock:
    """Reads the first bytes and compares their digests; raises ArchiveError for anything but a whole archive."""
    if path.is_dir():
        fail(path, "is a directory, not an archive", "Give the name of an archive file.")
    if not path.is_file():
        fail(path, "there is no such file", "Give the name of a file that `nxmc run` wrote.")
    with open(path, "rb") as file:
        return _check(path, file)


def _check(path: Path, file: BinaryIO) -> UserBlock:
    size = os.fstat(file.fileno()).st_size
    head = file.read(HEADER.size)
    if head[: len(MAGIC)] != MAGIC:
        _fail_without_magic(path, size)
    if len(head) < HEADER.size:
        fail_damaged(path, f"only {size} bytes of it are left")
    _, version, _, block_size, file_size, count, digest = HEADER.unpack(head)
    if not OLDEST_FORMAT <= version <= NEWEST_FORMAT:
        known = f"this nxmc reads formats {OLDEST_FORMAT} to {NEWEST_FORMAT}"
        fail(path, f"has archive format {version}, but {known}", "Use the nxmc version that wrote it.")
    if size < file_size:
        fail(path, f"is truncated: it has {size} of {file_size} bytes", "Copy it again from where it is complete.")
    sealed = version >= FIRST_FORMAT_WITH_SEALS
    start = HEADER.size + (SEALS.size if sealed else 0)
    is_size = SMALLEST_BLOCK <= block_size <= min(LARGEST_BLOCK, file_size) and block_size & (block_size - 1) == 0
    if not is_size or count > (block_size - start) // 16:
        fail_damaged(path, "its first bytes contradict each other")
    file.seek(0)
    block = bytearray(file.read(block_size))
    ranges = np.frombuffer(bytes(block), "<u8", 2 * count, start).reshape(-1, 2).tolist()
    _check_ranges(path, ranges, block_size, file_size)
    contents = _check_seals(path, block) if sealed else 0
    block[48:56] = bytes(8)  # the digest's own place
    if sealed:
        block[HEADER.size : HEADER.size + SEALS.size] = bytes(SEALS.size)
    as_sealed = size == file_size and _digest_of_file(file, block, ranges, file_size) == digest
    if not as_sealed:
        _require_possible_addition(path, file, sealed, block_size, size)
    return UserBlock(version, as_sealed, contents)


def _fail_without_magic(path: Path, size: int) -> NoReturn:
    if size == 0:
        fail(path, "is empty", "Remove it and run the campaign again; archives are never empty.")
    if h5py.is_hdf5(path):
        problem = "is an HDF5 file of another program, not an nxmc archive"
        fail(path, problem, "Give the name of a file that `nxmc run` wrote.")
    fail(path, "is not an nxmc archive", "Give the name of a file that `nxmc run` wrote.")


def _check_seals(path: Path, block: bytearray) -> int:
    contents, seal = SEALS.unpack_from(block, HEADER.size)
    without = bytearray(block)
    without[HEADER.size + 8 : HEADER.size + 16] = bytes(8)
    if xxhash.xxh3_64_intdigest(bytes(without)) != seal:
        fail_damaged(path, "its first bytes have changed")
    return int(contents)


def _check_ranges(path: Path, ranges: list[list[int]], position: int, size: int) -> None:
    for offset, length in ranges:
        if offset < position or offset > size or length > size - offset:
            fail_damaged(path, "its table of contents contradicts itself")
        position = offset + length


def _digest_of_file(file: BinaryIO, block: bytearray, ranges: list[list[int]], size: int) -> int:
    """Of all bytes outside the ranges that a campaign writes to."""
    digest = xxhash.xxh3_64()
    digest.update(bytes(block))
    position = len(block)
    for offset, length in [*ranges, [size, 0]]:
        file.seek(position)
        left = offset - position
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            digest.update(chunk)
            left -= len(chunk)
        position = offset + length
    return digest.intdigest()


def _require_possible_addition(path: Path, file: BinaryIO, sealed: bool, block_size: int, size: int) -> None:
    """HDF5 programs leave the user block as it is, and a file that is as long as its superblock says."""
    if not sealed:
        fail_damaged(path, "bytes that never change have changed (the digest of its metadata is wrong)")
    file.seek(block_size + 28)
    length = int.from_bytes(file.read(8), "little")
    if length != size:
        fail_damaged(path, f"it has {size} bytes instead of {length}")


TYPES = ("<f8", "<i8", "<i4", "<u8", "<u4", "|u1")
"""Those of numbers in archives, as the digests count them; texts come behind them."""


class _Digest:
    """XXH3-64 of numbers (as 8 bytes) and texts (after their lengths)."""

    def __init__(self) -> None:
        self.hash = xxhash.xxh3_64()

    def number(self, *values: int) -> None:
        for value in values:
            self.hash.update(struct.pack("<Q", value))

    def text(self, *values: bytes) -> None:
        for value in values:
            self.number(len(value))
            self.hash.update(value)


def _digest_of_object(item: h5py.Group | h5py.Dataset, path: str, fixed: bool) -> int:
    digest = _Digest()
    if isinstance(item, h5py.Group):
        digest.text(b"group", path.encode())
        return int(digest.hash.intdigest())
    digest.text(b"dataset", path.encode())
    kind = item.dtype.str
    digest.number(TYPES.index(kind) if kind in TYPES else len(TYPES), item.dtype.itemsize, *item.shape)
    digest.text(bytes(item.attrs["units"]), bytes(item.attrs["description"]))
    if not fixed:
        offset = item.id.get_offset() or 0
        digest.number(offset, item.id.get_storage_size() if offset else 0)
    elif item.shape == ():
        digest.hash.update(np.asarray(item[()], item.dtype).tobytes())
    else:
        rows = max(1, CHUNK // max(1, item.dtype.itemsize * int(np.prod(item.shape[1:]))))
        for first in range(0, item.shape[0], rows):
            digest.hash.update(item[first : first + rows].tobytes())
    return int(digest.hash.intdigest())


def check_contents(path: Path, file: h5py.File, sealed: int) -> None:
    """Compares every object that nxmc made with the table of contents, where another program wrote to the file."""
    if "contents/path" not in file:
        fail_damaged(path, "its table of contents is missing")
    entries = list(zip(*(file[f"contents/{name}"][:].tolist() for name in ("path", "digest", "fixed"))))
    table = _Digest()
    for name, digest, fixed in entries:
        table.text(name)
        table.number(digest, fixed)
    if table.hash.intdigest() != sealed:
        fail_damaged(path, "its table of contents has changed")
    for name, digest, fixed in entries:
        text = name.decode()
        try:
            same = text in file and _digest_of_object(file[text], text, bool(fixed)) == digest
        except (KeyError, OSError):
            same = False
        if not same:
            fail_damaged(path, f"{text} has changed")
