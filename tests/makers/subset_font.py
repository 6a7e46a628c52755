"""Make dagster_project/fonts/NotoSansCJKsc-subset.otf: the characters that charts may need, out of the whole Noto Sans CJK SC.

    python tests/makers/subset_font.py /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

The characters: ASCII, common punctuation and the 3,755 common characters of GB 2312, so that a new name of a series or
city needs no new font.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection

TARGET = Path(__file__).parents[2] / "dagster_project" / "fonts" / "NotoSansCJKsc-subset.otf"
FAMILY = "Openecon Sans SC"
PUNCTUATION = "，。、；：？！“”‘’（）《》〈〉【】〔〕—…·％－＋×±≤≥→↑↓①②③④⑤"


def common_characters() -> str:
    """The first level of GB 2312: rows 16 to 55."""
    pairs = [bytes((0xA0 + row, 0xA0 + cell)) for row in range(16, 56) for cell in range(1, 95)]
    return "".join(pair.decode("gb2312", errors="ignore") for pair in pairs)


def main(collection: str) -> None:
    fonts = TTCollection(collection).fonts
    font = next(font for font in fonts if font["name"].getDebugName(4) == "Noto Sans CJK SC")
    options = subset.Options(layout_features=[], name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], notdef_outline=True)
    chosen = subset.Subsetter(options)
    chosen.populate(text="".join(map(chr, range(0x20, 0x7F))) + PUNCTUATION + common_characters())
    chosen.subset(font)
    # A name of its own, so that no whole Noto of the machine is drawn with in its place.
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 6):
            record.string = FAMILY.replace(" ", "") if record.nameID == 6 else FAMILY
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    font.save(TARGET)


if __name__ == "__main__":
    main(*sys.argv[1:])
