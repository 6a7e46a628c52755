"""统计公报: figures read from prose, by the phrases that source.yml declares; a text file, or the web page it stood on.

A figure is a declared phrase at the beginning of a clause (after 其中, 全年, 全市 and the like), then its amount and unit, then
its growth: 「其中，出口2622.6亿元，增长21.1%」. Nothing else counts: a phrase inside a longer name (一带一路国家进出口总额), in
a caption or in a flattened table gives no figure. A figure that cannot be read with certainty, two different figures, or a
sentence that is no longer there are told, never settled.

Options: area; period (or the period in the file's name, or the year in the title); freq, basis; patterns. `line` of a cell is the
number of its pattern, so that one doubtful sentence holds back its own figures only.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice

import lxml.html

from dagster_project.lib.problems import FileProblem
from dagster_project.lib.readers.text import characters
from dagster_project.lib.spelling import simplified

#: Bytes of a file, with the pictures of its page; characters of its text. A bulletin has some twenty thousand.
LARGEST = 20_000_000
LONGEST_TEXT = 500_000
#: More clauses that begin with one phrase are no longer a bulletin's, and would be slow to compare.
MOST_CLAUSES = 100
LONGEST_QUOTE = 80

_HAN = "一-鿿"
_DASH = "[-—–~至]"
_HALF_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) not in "，；：！？"}
_OTHER_FORMS = {ord(a): b for a, b in zip("「」『』−﹪﹐", "“”‘’-%，", strict=True)}
_INVISIBLE = dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_PINYIN = re.compile(rf"(?<=[{_HAN}]) ?\((?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?[aeiouüāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]+(?:ng|n|r)?\)")
#: Where typesetting puts spaces inside a figure or its clause: 100. 6 %, 3606.2 亿元, 2.0% 。
_SPACES = (
    (re.compile(r"(?<=\d) ?\. ?(?=\d)"), "."),
    (re.compile(rf"(?<=\d) (?=[%{_HAN}])|(?<=[{_HAN}]) (?=\d)"), ""),
    (re.compile(r" ?([，；。：！？()]) ?"), r"\1"),
)

#: What says when. A year glued to the number of a table (表32025年) says nothing certain, so it is never the bulletin's own.
_TIME = re.compile(
    rf"(?<![\d比较与为是于到—–~至-])(?:\d{{4,}}{_DASH}\d{{4}}年|\d{{5,}}年|(?:\d{{4}}年)?(?:\d{{1,2}}月?{_DASH})?\d{{1,2}}月份?|\d{{4}}年度?|全年"
    r"|上半年|下半年|前三季度|[一二三四]季度|前\d{1,2}个月|今年|去年|上年|当月|本月|期间|时期|以来)"
)
_LEAD = rf"(?:其中[,，:：]?|{_TIME.pattern}|全市|年末|实现|完成|累计|共){{0,6}}"
#: A space begins a clause only before 全年 or 全市: elsewhere it may stand inside a name.
_START = r"(?:^|(?<=[，,；;。:：！？!?(])| (?=全年|全市))"
_FILLER = r"(?: |总额|总值|金额|额|值|完成|实现|达到|达|为|共|合计|累计|\(FDI\)|\[\d{1,2}\]){0,6}"
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_IS_NUMBER = re.compile(_NUMBER, re.ASCII)
_RUN = re.compile(r"[\d.,]*\d", re.ASCII)
_END = r"(?=$|[ ，,；;。:：！？!?()]|\.(?!\d))"
_COMPARED = r"(?:(?:[比较](?:上年|去年)(?:同期|同月)?|同比)(?:\(以?下同\))?)"
_PRICES = r"(?:按(?:不变|可比)价格?计算[,，]?)?"
_VERB = r"(?P<verb>增长|上升|提高|增加|下降|减少|降低)"
_FALLS = ("下降", "减少", "降低")
_GROWTH = re.compile(rf"{_PRICES}{_COMPARED}?{_VERB}(?P<rate>-?{_NUMBER})%{_END}", re.ASCII)
_LEVEL = re.compile(rf"(?:与上年(?:同期)?|{_COMPARED})?持平{_END}")
_GROWTH_BEGINS = re.compile(
    "[比较按]|同比|与上年|与去年|基本持平|持平|增长|上升|提高|增加|下降|减少|降低|翻"
    "|扣除|剔除|可比|同口径|名义|年均|实际(?:增长|下降)"
)
#: A number at the end or beside another is a table's, with 年 or 月 a date; any other is a figure, if a strange one.
_NO_FIGURE = re.compile(r" ?(?:$|[年月])| -?\d")
_AMOUNT_ENDS = rf"(?:{_END}|(?=、|[比较]|同比|增长|上升|提高|增加|下降|减少|降低|持平))"
_CLAUSE_ENDS = re.compile(r"[，；。：！？;:!?()]|,(?!\d{3})")
_CLOSED = re.compile(r"[。；！？：，;!?:,.”’)%]$")
_QUARTERS = {1: {"1月", "1月份"}, 3: {"一季度"}, 6: {"上半年"}, 9: {"前三季度"}, 12: {"全年"}}
_UNREADABLE = "数字或计量单位无法识别"
_TITLE = re.compile(r"(?<!\d)(\d{4})年.{0,30}统计公报(?:\(.{0,10}\))?$")
_BLOCKS = frozenset(
    "p|div|br|hr|pre|blockquote|section|article|h1|h2|h3|h4|h5|h6|table|tr|td|th|ul|ol|li|dl|dt|dd".split("|")  # noqa: SIM905
)
_NOT_PROSE = frozenset(["head", "script", "style", "noscript", "template", "select", "textarea", "button"])


@dataclass(frozen=True)
class Found:
    """One sentence in which a phrase is followed by a figure. `fault`: what in it cannot be read (in Chinese)."""

    locator: str
    amount: str | None = None
    unit: str | None = None
    growth: str | None = None
    fault: str | None = None


def read(content: bytes, file: str, time_period: str | None, options: dict) -> list[dict]:
    """Cells of one bulletin: for each pattern its amount (in the printed unit) and its signed growth (in %), as declared."""
    paragraphs = [_continued(before, text) for before, text in _pairs(_paragraphs(content, file))]
    period = _period(paragraphs, file, time_period, options)
    patterns = options["patterns"]
    reader = _Reader(paragraphs, patterns, period, options)
    found = [reader.occurrences(pattern) for pattern in patterns]
    if not any(found):
        raise FileProblem(
            file,
            f"none of the {len(patterns)} declared phrases is followed by a figure",
            "Look whether it is the bulletin that source.yml names; if its wording changed, correct `patterns`.",
        )
    cells = []
    for line, (pattern, places) in enumerate(zip(patterns, found, strict=True), start=1):
        fixed = {"line": line, "place": options["area"], "time_period": period, "freq": options["freq"]}
        fixed |= {"period_basis": options["basis"], "obs_status": None}
        cells += [fixed | cell for cell in _cells(pattern, places, reader)]
    return cells


# The text


def normalise(text: str) -> str:
    """Text as it is compared and quoted: half-width digits, letters, % and brackets; simplified characters; single spaces, none
    inside a figure; without the pinyin that some mirrors insert after characters. Chinese punctuation stays.
    """
    text = unicodedata.normalize("NFC", text).translate(_HALF_WIDTH | _OTHER_FORMS | _INVISIBLE)
    text = _PINYIN.sub("", " ".join(text.split()))
    text = simplified(text)
    for spaces, instead in _SPACES:
        text = spaces.sub(instead, text)
    return text


def _paragraphs(content: bytes, file: str) -> list[str]:
    """The paragraphs of a text or a page, normalised, without blank ones."""
    if content.lstrip().startswith((b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"version https://git-lfs")):
        raise FileProblem(file, "expected a text or a web page, found something else", "Save the bulletin as .txt or .html.")
    if len(content) > LARGEST:
        raise FileProblem(file, f"it is larger than {LARGEST:,} bytes", "Keep only the bulletin itself.")
    text = characters(content, file)
    is_page = re.search(r"<(?:html|body|div|p|br|span|table)\b", text[:10_000], re.IGNORECASE)
    blocks = _of_page(text, file) if is_page else text.splitlines()
    if sum(map(len, blocks)) > LONGEST_TEXT:
        raise FileProblem(file, f"its text is longer than {LONGEST_TEXT:,} characters", "Keep only the bulletin itself.")
    paragraphs = [paragraph for paragraph in map(normalise, blocks) if paragraph]
    if not paragraphs:
        raise FileProblem(file, "the file holds no text", "Download it again from the address in source.yml and replace it.")
    return paragraphs


def _of_page(text: str, file: str) -> list[str]:
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        page = lxml.html.document_fromstring(text.encode(), parser=parser)
    except (lxml.etree.LxmlError, ValueError) as problem:
        raise FileProblem(file, f"not readable as a web page ({problem})", "Save the bulletin as .txt.") from problem
    if any(entry.level_name == "FATAL" or "depth" in entry.message for entry in parser.error_log):
        raise FileProblem(file, "the web page is nested too deeply to be read whole", "Save the bulletin as .txt.")
    parts: list[str] = []
    skipped = None
    for event, element in lxml.etree.iterwalk(page, events=("start", "end")):
        tag = element.tag
        if event == "start":
            if skipped is None and tag in _NOT_PROSE:
                skipped = element
            if skipped is None:
                # A note or an exponent set high is not a digit of the figure beside it.
                parts += ["\n" if tag in _BLOCKS else " [" if tag in ("sup", "sub") else "", _flat(element.text)]
            continue
        if skipped is None:
            parts.append("\n" if tag in _BLOCKS else "] " if tag in ("sup", "sub") else "")
        elif skipped is element:
            skipped = None
        if skipped is None:
            parts.append(_flat(element.tail))
    return "".join(parts).replace("[[", "[").replace("]]", "]").split("\n")


def _flat(text: str | None) -> str:
    return " ".join(re.split(r"\s+", text)) if text else ""


def _pairs(paragraphs: list[str]) -> list[tuple[str, str]]:
    return list(zip(["", *paragraphs], paragraphs, strict=False))


def _continued(before: str, text: str) -> str:
    """A line that goes on from a sentence broken off in the line before does not begin a clause: 进 / 出口总额."""
    broken_off = re.search("[，。；]", before) and not _CLOSED.search(before)
    return "…" + text if broken_off else text


def _period(paragraphs: list[str], file: str, named: str | None, options: dict) -> str:
    """The declared period, the one in the file's name, or the year of the title. They must not contradict one another."""
    titles = {match[1] for text in paragraphs if len(text) <= 60 and (match := _TITLE.search(text))}
    title = titles.pop() if len(titles) == 1 else None
    told = [period for period in (options["period"], named) if period]
    if not told and options["freq"] == "A" and title:
        told = [title]
    if not told:
        raise FileProblem(file, "its period is not declared, and no title gives it", "Declare options.period for this file.")
    if len(set(told)) > 1 or (title and not told[0].startswith(title)):
        periods = ", ".join(dict.fromkeys([*told, *([title] if title else [])]))
        raise FileProblem(file, f"declared, name and title give different periods: {periods}", "Correct options.period.")
    if len(told[0]) != {"A": 4, "M": 7}[options["freq"]]:
        raise FileProblem(file, f"the period {told[0]} is not one of freq {options['freq']}", "Correct options.period or freq.")
    return told[0]


# Sentences


class _Reader:
    """The sentences of one bulletin in which a pattern's phrase is followed by a figure of the bulletin's own period."""

    def __init__(self, paragraphs: list[str], patterns: list[dict], period: str, options: dict) -> None:
        self.paragraphs = paragraphs
        self.patterns = patterns
        self.times = _times(period, options["basis"])
        self.must_say_when = options["freq"] == "M"
        # A unit in small Latin letters (billion yuan) is a foreign text's, whose figures are written otherwise.
        units = {unit for unit in map(normalise, options["known_units"]) if not re.search("[a-z]", unit)}
        self.unit = "|".join(re.escape(unit) for unit in sorted(units, key=lambda unit: (-len(unit), unit)))
        self.amount = re.compile(rf" ?({self.unit}){_AMOUNT_ENDS}")
        counted = "|".join(unit for unit in self.unit.split("|") if unit != "%")
        change = rf"(?:{_COMPARED}?(?:净增加?|增加|减少|新增|多|少){_NUMBER} ?(?:{counted}){_END}[ ,，]*)?"
        self.change = re.compile(change, re.ASCII)

    def occurrences(self, pattern: dict) -> list[Found]:
        found, clauses = [], 0
        phrase = re.compile(rf"{_START}{_LEAD}(?P<phrase>{_any(pattern['phrase'])}){_FILLER}")
        for number, text in enumerate(self.paragraphs, start=1):
            for match in phrase.finditer(text):
                clauses += 1
                if clauses > MOST_CLAUSES:
                    return [Found("", fault=f"以该词开头的句子超过{MOST_CLAUSES}处")]
                figure = self._figure(text, match, number)
                if figure and not self._is_of_period(text[: match.start("phrase")]):
                    figure = Found(figure.locator, fault="只见其他时期的数字")
                elif figure and not self._is_under(pattern, text[: match.start()]):
                    figure = Found(figure.locator, fault="只见其他总额之下的数字")
                found += [figure] if figure else []
        readable = [figure for figure in found if figure.amount or figure.growth]
        # Beside a sentence that can be read, 出口增长1.2倍 or last year's figure says nothing else; 出口1.2万亿元 does.
        return [figure for figure in found if figure in readable or not readable or figure.fault == _UNREADABLE]

    def mentions(self, pattern: dict) -> list[str]:
        """Up to two clauses that hold the phrase in some other way, for the office to look at."""
        phrase = re.compile(_any(pattern["phrase"]))
        told = (
            f"para {number}: 「{clause.strip()[:LONGEST_QUOTE]}」"
            for number, text in enumerate(self.paragraphs, start=1)
            for clause in re.split("[，。；]", text)
            if phrase.search(clause)
        )
        return list(islice(told, 2))

    def _is_of_period(self, before: str) -> bool:
        """Whether the time last spoken of in the paragraph is the bulletin's own (全年, not 1-11月 or 2019-2023年)."""
        spoken = [match[0] for match in _TIME.finditer(before)]
        return spoken[-1] in self.times if spoken else not self.must_say_when

    def _is_under(self, pattern: dict, before: str) -> bool:
        """Whether the clause is a part of the declared whole: 进出口总额…，出口…；进口…, with no other total in between."""
        if not pattern["of"]:
            return True
        whole = re.compile(rf"{_LEAD}(?:{_any(pattern['of'])}){_FILLER}(?:\d|{_GROWTH_BEGINS.pattern})")
        parts = [phrase for other in self.patterns if set(other["of"]) & set(pattern["of"]) for phrase in other["phrase"]]
        part = re.compile(rf"{_LEAD}(?:{_any(parts)}){_FILLER}\d")
        money = re.compile(rf"\d ?(?:{self.unit}){_AMOUNT_ENDS}")
        for clause in reversed(_CLAUSE_ENDS.split(before)):
            clause = clause.strip()
            if whole.match(clause):
                return True
            if not part.match(clause) and any("%" not in figure[0] for figure in money.finditer(clause)):
                return False
        return False

    def _figure(self, text: str, match: re.Match, number: int) -> Found | None:
        """What follows the phrase; null where that is no figure at all."""
        end = match.end()
        run = _RUN.match(text, end)
        if run:
            unit = self.amount.match(text, run.end())
            if not unit or not _IS_NUMBER.fullmatch(run[0]):
                if _NO_FIGURE.match(text, run.end()):
                    return None
                return Found(_place(text, match, run.end() + 8, number), fault=_UNREADABLE)
            growth, end, fault = self._growth(text, unit.end(), r"[ ,，(]*")
            return Found(_place(text, match, end, number), run[0], unit[1], growth, fault)
        growth, end, fault = self._growth(text, end, "")
        if growth is None and not (fault and re.match(r"[^，；。]{0,12}\d", text[end:])):
            return None
        return Found(_place(text, match, end, number), growth=growth, fault=fault)

    def _growth(self, text: str, start: int, gap: str) -> tuple[str | None, int, str | None]:
        """(signed rate or null, where it ends, why it cannot be read) of the growth that follows."""
        begin = self.change.match(text, re.compile(gap).match(text, start).end()).end()
        if level := _LEVEL.match(text, begin):
            return "0", level.end(), None
        match = _GROWTH.match(text, begin)
        if match:
            falls = match["verb"] in _FALLS
            if falls and match["rate"].startswith("-"):
                return None, match.end(), "增速的正负号与文字矛盾"
            is_zero = Decimal(match["rate"].replace(",", "")) == 0
            return f"{'-' if falls and not is_zero else ''}{match['rate']}", match.end(), None
        if _GROWTH_BEGINS.match(text, begin):
            return None, begin, "增速无法识别"
        return None, start, None


def _any(phrases: list[str]) -> str:
    return "|".join(re.escape(phrase) for phrase in sorted(map(normalise, phrases), key=lambda phrase: (-len(phrase), phrase)))


def _times(period: str, basis: str) -> frozenset[str]:
    """The ways in which a bulletin speaks of its own period."""
    year, _, month = period.partition("-")
    if not month:
        return frozenset({"全年", f"{year}年", f"{year}年度"})
    number = int(month)
    if basis == "period":
        spoken = {f"{number}月", f"{number}月份", f"{month}月", f"{month}月份"}
    else:
        spoken = {f"1{dash}{number}月{more}" for dash in ("-", "—", "–", "~", "至", "月-", "月至", "月—") for more in ("", "份")}
        spoken |= {f"前{number}个月"} | _QUARTERS.get(number, set()) | ({f"{year}年"} if number == 12 else set())
    return frozenset(spoken | {f"{year}年{words}" for words in spoken})


def _place(text: str, match: re.Match, end: int, number: int) -> str:
    return f"para {number}: 「{text[match.start() : end].strip()[:LONGEST_QUOTE]}」"


# Cells


def _cells(pattern: dict, found: list[Found], reader: _Reader) -> list[dict]:
    """The cells of one pattern: an amount, a growth or both; with a problem where they are not certain."""
    wanted = [part for part in ("amount", "growth") if _is_wanted(pattern, part)]
    found = [_without_growth(place) for place in found] if wanted == ["amount"] else found
    values = {part: _first(found, part) for part in wanted}
    problem = _problem(pattern, found, wanted, reader)
    where = "; ".join(dict.fromkeys(place.locator for place in found[:2] if place.locator))
    cells = []
    for part in wanted:
        place = values[part]
        unit = "%" if part == "growth" else place.unit if place else pattern["unit"]
        cells.append(
            {
                "label": pattern["label"] or pattern["phrase"][0],
                "series": pattern["growth"] if part == "growth" else pattern["series"],
                "unit": unit,
                "raw_value": getattr(place, part) if place and not problem else "",
                "locator": place.locator if place and not problem else where or f"no sentence with 「{pattern['phrase'][0]}」",
                "problem": problem,
            }
        )
    return cells


def _is_wanted(pattern: dict, part: str) -> bool:
    return bool(pattern["growth"]) if part == "growth" else bool(pattern["series"] or pattern["label"])


def _without_growth(place: Found) -> Found:
    """A growth that nobody asked for need not be readable."""
    return replace(place, growth=None, fault=None if place.amount else place.fault)


def _first(found: list[Found], part: str) -> Found | None:
    return next((place for place in found if getattr(place, part) is not None), None)


def _problem(pattern: dict, found: list[Found], wanted: list[str], reader: _Reader) -> str | None:
    """Why the figures of a pattern are not certain, in Chinese; null where they are."""
    name = "”或“".join(pattern["phrase"])
    for place in found:
        if place.fault:
            return f"“{name}”：{place.fault}，见 {place.locator}" if place.locator else f"“{name}”：{place.fault}"
    for part in wanted:
        different = {_value(place, part): place.locator for place in reversed(found) if getattr(place, part) is not None}
        if len(different) > 1:
            told = "；".join(list(different.values())[::-1][:2])
            return f"“{name}”有两个不同的数字，不能判断用哪一个：{told}。请用更长的词或 of 限定"
        if not different and pattern["may_lack"] not in (True, part):
            what = "数字" if part == "amount" else "增速"
            mentions = reader.mentions(pattern)
            others = f"；含该词而未采用的句子：{'；'.join(mentions)}" if mentions else ""
            return f"公报中未见“{name}”的{what}{others}。请核对原文；措辞改变时修改 patterns，确不再公布时注明 may_lack"
    return None


def _value(place: Found, part: str) -> tuple[Decimal, str | None]:
    return Decimal(getattr(place, part).replace(",", "")), place.unit if part == "amount" else None
