"""One spelling for the many that a name is printed in. It imports nothing of the project: readers and landing share it."""

import unicodedata
from functools import cache

import opencc


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def simplified(text: str) -> str:
    """A text in simplified characters."""
    return text if text.isascii() else _converter().convert(text)


@cache
def normal(text: str) -> str:
    """A printed name without what only typesetting adds: full-width forms, spaces, traditional characters."""
    return simplified("".join(unicodedata.normalize("NFKC", text).split()))
