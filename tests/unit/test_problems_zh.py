"""Every message about a file that the code can raise has its Chinese, and says in it what the English says."""

import ast
import itertools
import re
from functools import cache
from pathlib import Path

import pytest

from dagster_project.lib.problems import FileProblem
from dagster_project.lib.problems_zh import FOUND, REMEDY, Table, said, told_zh

PROJECT = Path(__file__).parents[2] / "dagster_project"
#: openecon new-source answers an operator at the console; nothing of it reaches the release.
CONSOLE = {"new_source.py"}
#: What stands for a name, a number or a text of the file.
DUMMY = "7"
#: English that stays: names of files, options, formats and programs, as a person finds them.
NAMES = re.compile(
    r"CSV|UTF-8|JSON|XML|Excel|WPS|PDF|Git|LFS|OpenDocument|GB18030|utf-8|utf-16|gb18030|big5|csv|xls|xlsx|xlsb|mht|rtf|doc|rar|gz"
    r"|txt|html|json|zip|source\.yml|calendar\.csv|units\.csv|seeds|files|options|options\.period|freq|heading\.first|heading\.rows"
    r"|above|within|unit|patterns?|leave|sheet|layout|code|openecon|form|YY|MM"
)
#: A place in a reply of JSON, the part of a workbook, the path of a module.
PATHS = re.compile(r"\bdata(?:\[\d\])?(?:\.\w+(?:\[\d\])?)*|\bxl/[\w./]+|dagster_project/\S+\.py", re.ASCII)


def modules() -> dict[str, ast.Module]:
    """The modules that may speak of a file, by name."""
    return {
        path.name: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PROJECT.rglob("*.py"))
        if path.name not in CONSOLE and re.search(r"FileProblem|self\.problem\(", path.read_text(encoding="utf-8"))
    }


class Texts:
    """The texts that an expression of one module can have; a dummy for what only a file tells."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.inside: dict[ast.AST, ast.FunctionDef] = {}
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                self.inside |= dict.fromkeys(ast.walk(function), function)  # of nested functions the inner one is met last

    def messages(self) -> list[tuple[int, set[str], set[str]]]:
        """(line, every found, every remedy) of each FileProblem that the module makes."""
        told = []
        for call in ast.walk(self.tree):
            if isinstance(call, ast.Call) and name_of(call.func) in PROBLEMS:
                found, remedy = (given(call, index, name) for index, name in ((1, "found"), (2, "remedy")))
                told.append((call.lineno, self.of(found), self.of(remedy)))
            # What a reader of forms says through MarkedSheet.problem, which has the remedy.
            elif isinstance(call, ast.Call) and name_of(call.func) == "problem" and not self.defines("problem"):
                told.append((call.lineno, self.of(call.args[0]), set()))
        return told

    def defines(self, name: str) -> bool:
        return any(isinstance(part, ast.FunctionDef) and part.name == name for part in ast.walk(self.tree))

    def of(self, node: ast.expr) -> set[str]:
        match node:
            case ast.Constant(value=str(value)):
                return {value}
            case ast.JoinedStr(values=values):
                return joined(self.of(value) for value in values)
            case ast.FormattedValue(value=value, conversion=conversion):
                texts = self.of(value) if isinstance(value, ast.Name | ast.IfExp | ast.BinOp | ast.Subscript) else {DUMMY}
                texts |= self.of(value) if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else set()
                return {repr(text) for text in texts} if conversion == ord("r") else texts
            case ast.IfExp(body=body, orelse=orelse):
                return self.of(body) | self.of(orelse)
            case ast.BoolOp(values=values):
                return set().union(*map(self.of, values))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return joined([self.of(left), self.of(right)])
            case ast.Subscript(value=ast.Dict(values=values)):
                return set().union(*map(self.of, values))
            case ast.Subscript(value=ast.Name() as table):
                return self.of(table)
            case ast.Dict(values=values):
                return set().union(*map(self.of, values))
            case ast.Call(func=ast.Name(id=name)):
                return self.returned(name)
            case ast.Name():
                return self.named(node) or {DUMMY}
        return {DUMMY}

    def named(self, node: ast.Name) -> set[str]:
        """What a variable, a parameter or a constant of the module can be."""
        function = self.inside.get(node)
        if function and node.id in (names := [argument.arg for argument in function.args.args]):
            if node.id == "file":
                return {DUMMY}
            # A value of the parameter, or what an assignment makes of it.
            return self.passed(function, names.index(node.id), node.id) | self.assigned(function, node.id)
        return (self.assigned(function, node.id) if function else set()) or self.assigned(self.tree, node.id)

    def assigned(self, scope: ast.AST, name: str) -> set[str]:
        found = set()
        for part in ast.walk(scope) if isinstance(scope, ast.FunctionDef) else scope.body:
            if isinstance(part, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == name for target in part.targets
            ):
                is_own = any(isinstance(inner, ast.Name) and inner.id == name for inner in ast.walk(part.value))
                found |= {DUMMY} if is_own else self.of(part.value)
            elif isinstance(part, ast.For) and isinstance(part.target, ast.Tuple) and isinstance(part.iter, ast.Name):
                names = [getattr(target, "id", None) for target in part.target.elts]
                if name in names:
                    found |= self.listed(part.iter.id, names.index(name))
        return found

    def listed(self, name: str, index: int) -> set[str]:
        """Those at one place of the tuples in a list of the module."""
        for part in self.tree.body:
            if isinstance(part, ast.Assign) and name_of(part.targets[0]) == name and isinstance(part.value, ast.List):
                return set().union(*(self.of(entry.elts[index]) for entry in part.value.elts))
        return {DUMMY}

    def passed(self, function: ast.FunctionDef, index: int, name: str) -> set[str]:
        """What the calls of a function in its module give for one parameter."""
        arguments = [argument.arg for argument in function.args.args]
        own = arguments[0] == "self"
        defaults = dict(zip(reversed(arguments), reversed(function.args.defaults), strict=False))
        found = set()
        for call in ast.walk(self.tree):
            if isinstance(call, ast.Call) and name_of(call.func) == function.name:
                value = given(call, index - own, name) or defaults.get(name)
                found |= self.of(value) if value else set()
        return found

    def returned(self, name: str) -> set[str]:
        for function in ast.walk(self.tree):
            if isinstance(function, ast.FunctionDef) and function.name == name:
                values = [part.value for part in ast.walk(function) if isinstance(part, ast.Return) and part.value]
                return set().union(*map(self.of, values))
        return {DUMMY}


def joined(parts) -> set[str]:
    return {"".join(pieces) for pieces in itertools.product(*parts)}


def name_of(node: ast.expr) -> str | None:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)


def given(call: ast.Call, index: int, name: str) -> ast.expr | None:
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    return call.args[index] if index < len(call.args) else named.get(name)


def kinds() -> set[str]:
    """FileProblem and the classes made of it."""
    classes = [part for tree in modules().values() for part in ast.walk(tree) if isinstance(part, ast.ClassDef)]
    return {"FileProblem"} | {part.name for part in classes if "FileProblem" in map(name_of, part.bases)}


PROBLEMS = kinds()


@cache
def messages() -> dict[str, list[tuple[str, Table, str]]]:
    """By module every text of the code, the table that must have it, and where it is raised."""
    told: dict[str, list] = {}
    for module, tree in modules().items():
        for line, found, remedies in Texts(tree).messages():
            where = f"{module}:{line}"
            told.setdefault(module, []).extend((text, FOUND, where) for text in sorted(found))
            told[module].extend((text, REMEDY, where) for text in sorted(remedies))
    return told


def english_in(chinese: str) -> set[str]:
    """The words of more than one letter that are no names."""
    words = re.findall(r"[A-Za-z][\w.-]*\w", PATHS.sub("", chinese), re.ASCII)
    return {word for word in words if not NAMES.fullmatch(word)}


@pytest.mark.parametrize("module", sorted(messages()))
def test_every_message_of_the_code_has_its_chinese(module):
    told = [(where, text, said(text, table)) for text, table, where in messages()[module]]
    assert [(where, text) for where, text, chinese in told if chinese is None] == [], "has no entry in problems_zh.py"
    assert [(text, chinese) for _, text, chinese in told if english_in(chinese)] == [], "is left half in English"
    full_stops = [
        chinese.endswith("。") == (table is REMEDY) for (*_, chinese), (_, table, _) in zip(told, messages()[module], strict=True)
    ]
    assert all(full_stops)


def test_the_messages_are_found_where_helpers_make_them():
    """Else the test above would pass by finding nothing: one of each way in which the code makes a message."""
    texts = {text for entries in messages().values() for text, *_ in entries}
    assert {
        "lines 2 and 3 do not begin with 收发货人所在地",
        "expected a table, found a .7z archive",
        "expected a workbook, found an OpenDocument file",
        "7!77: a cell of row 7 stands inside row 7",
        "the sheet '7' has 7 columns; 7 is the limit",
        "it holds more than one form",
        "no column is headed '7' within '7'; nearest: 7",
        "Save its table as CSV.",
    } <= texts
    assert len({where for entries in messages().values() for *_, where in entries}) > 80


def test_a_message_is_found_through_a_helper_a_condition_and_a_default():
    source = """
class Reader:
    def refuse(self, found, remedy=_AGAIN):
        return FileProblem(self.file, found, remedy)

    def read(self, file):
        what = f"{file} glows {self.colour!r}" if self.hot else "it smokes"
        raise self.refuse(what)

_AGAIN = "Look away."
"""
    assert Texts(ast.parse(source)).messages() == [(4, {"7 glows '7'", "it smokes"}, {"Look away."})]
    unknown = Texts(ast.parse("FileProblem(file, str(problem), told)")).messages()
    assert unknown == [(1, {DUMMY}, {DUMMY})] and said(DUMMY, FOUND) is None and said(DUMMY, REMEDY) is None


def test_no_entry_is_left_over():
    texts = [entry for entries in messages().values() for entry in entries]
    for table in (FOUND, REMEDY):
        used = {next((e for e, _ in table if e.fullmatch(text)), None) for text, own, _ in texts if own is table}
        assert [pattern.pattern for pattern, _ in table if pattern not in used] == []


@pytest.mark.parametrize(
    ("found", "chinese"),
    [
        ("line 42 is longer than 10,000,000 bytes", "第42行超过 10,000,000 字节"),
        ("line 3 is not readable as CSV (unexpected end of data)", "第3行不能按 CSV 读取（技术信息：unexpected end of data）"),
        ("line 1 has 1,000,001 columns; 20,000 is the limit", "第1行有 1,000,001 列，上限为 20,000 列"),
        ("the sheet 'Sheet1' reaches over 31 cells; 30 is the limit", "工作表“Sheet1”占 31 格，上限为 30 格"),
        ("table 4 reaches over 101,000 cells; 30 is the limit", "第4张表占 101,000 格，上限为 30 格"),
        ("table 4, row 2 has 30,001 columns; 20,000 is the limit", "第4张表第2行有 30,001 列，上限为 20,000 列"),
        ("table 1, row 5, cell 3 is covered by two cells", "第1张表第5行第3格被两个单元格同时占用"),
        ("Sheet1!C17: the cell stands twice in the sheet", "Sheet1!C17：同一单元格在工作表中出现两次"),
        (
            "expected a workbook, found one that is cut off or damaged (File is not a zip file)",
            "应为工作簿，实为被截断或已损坏的工作簿（技术信息：File is not a zip file）",
        ),
        ("expected a table, found a .rar archive", "应为表格，实为 .rar 压缩包"),
        (
            "expected a CSV table, found a web page (an error page saved as .csv?)",
            "应为 CSV 表格，实为网页（可能是把出错页面存成了 .csv）",
        ),
        (
            "expected UTF-8, found other bytes at position 3 (and no Chinese text in GB18030 either)",
            "应为 UTF-8 编码，但字节位置 3（从 0 数起）处不符，按 GB18030 也读不出中文",
        ),
        ("there is no sheet '表一', only table 1、table 2", "没有名为“表一”的工作表，只有：table 1、table 2"),
        (
            "no column is headed '出口' within '外贸: 万元'; nearest: 出口额 (Sheet1!C3); 出口 (line 3, col 出口)",
            "没有一列的表头是“外贸: 万元”之下的“出口”，相近的有：出口额 (Sheet1!C3)；出口 (第3行，列 出口)",
        ),
        ("no column is headed '出口'; nearest: none is like it", "没有一列的表头是“出口”，相近的有：无"),
        (
            "2 columns are headed '出口': 出口 (S!C3); 出口 (S!D3)",
            "有 2 列的表头都是“出口”，无法判断用哪一列：出口 (S!C3)；出口 (S!D3)",
        ),
        (
            "出口 (S!C3) is headed '万元', but '亿元' is printed elsewhere (`unit`: above)",
            "表头 出口 (S!C3) 写的单位是“万元”，而另一处所写是“亿元”（unit 的取处：表头上方）",
        ),
        (
            "出口 (S!C3) is headed '万元', but '亿元' is declared",
            "表头 出口 (S!C3) 写的单位是“万元”，而 source.yml 申报的是“亿元”",
        ),
        (
            "出口 (S!C3) is headed like a period, but is none of freq M: 3季",
            "表头 出口 (S!C3) 像是时期，却不是月度时期的写法：3季",
        ),
        ("there is no sheet '表一', only (no name)", "没有名为“表一”的工作表，只有：（无名）"),
        (
            "sheet None: no cell of the first 60 rows reads '地区' (heading.first)",
            "工作表（无名）的前 60 行中，没有一格写着“地区”（options 的 heading.first）",
        ),
        ("year: the period is not in the file's name", "文件名中没有年份"),
        (
            "column 3 is headed '出口' / '4月', not a flow of month 3, its cumulative or its growth",
            "第3列的表头是“出口”／“4月”，不是3月的进口、出口、进出口当月值、累计值或累计同比",
        ),
        (
            "column 3 is headed '' / '4月', not a flow of month 3, its cumulative or its growth",
            "第3列的表头是“”（空白）／“4月”，不是3月的进口、出口、进出口当月值、累计值或累计同比",
        ),
        ("line 1 should give the unit 万人民币, found none", "第1行应写明单位 万人民币，实为：无"),
        (
            "the heading line lacks value, unit; has unknown x; repeats period",
            "表头行不对：缺少 value, unit；多出未知的 x；period 出现不止一次",
        ),
        ("填报表!B20: 填报日期 '明天' is not a day such as 2025-09-10", "填报表!B20：填报日期“明天”不是 2025-09-10 这样的日期"),
        (
            "填报表!B20: 填报日期 2025-08-01 lies before the end of the period 2025-08 it reports",
            "填报表!B20：填报日期（2025-08-01）早于报告期 2025-08 的末日",
        ),
        (
            "填报表!A2: it prints '填报地区：\\n鄂州市', but the mark of the form says 420100",
            "填报表!A2：此格为“填报地区： 鄂州市”，而表上的校验标记为 420100",
        ),
        (
            "填报表!C9: it prints '亿元', but the row asks for '万元' (trade_total)",
            "填报表!C9：此格为“亿元”，而该行要填的是“万元”（trade_total）",
        ),
        ("填报表!B19: 审核人 is empty", "填报表!B19：审核人未填"),
        ("data[0].values[2].value should be text, found NoneType", "data[0].values[2].value 应为文字，实为空值"),
        # Names that read like words of the program stay.
        ("there is no sheet '表一', only none", "没有名为“表一”的工作表，只有：none"),
        ("seeds/calendar.csv has no row A, 2024", "发布日历 seeds/calendar.csv 中没有 A、2024 这一行"),
        ("data[0].values[2].da is '42', not a code of twelve digits", "data[0].values[2].da 为“42”，不是十二位地区代码"),
        (
            "seeds/calendar.csv has no row monthly_table, 2024-04",
            "发布日历 seeds/calendar.csv 中没有 monthly_table、2024-04 这一行",
        ),
        (
            "not listed under `files` in source.yml and not named files/{yyyy}.csv",
            "未列入 source.yml 的 files，文件名也不符合 files/{yyyy}.csv",
        ),
    ],
)
def test_a_message_names_the_same_place_in_chinese(found, chinese):
    assert said(found, FOUND) == chinese


def test_reason_and_remedy_are_one_sentence_each():
    problem = FileProblem("raw/a/files/b.csv", "the file is empty (0 bytes of content)", "Download it again.")
    assert told_zh(problem) == "原因：文件是空的（0 字节）。处理：请重新下载。"


def test_what_nobody_foresaw_is_told_as_technical_text():
    problem = FileProblem("raw/a/files/b.csv", "it glows", "Look away.")
    assert told_zh(problem) == "原因：以下为程序的技术说明（英文）：it glows。处理：以下为程序的技术说明（英文）：Look away."
