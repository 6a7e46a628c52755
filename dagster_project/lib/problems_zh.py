"""What is wrong with a file, told to the office: FileProblem speaks English to the operator, the release speaks Chinese.

Each table holds (regular expression of the whole English text, Chinese template with the same groups); the first that fits is
used. tests/unit/test_problems_zh.py finds every message in the code and fails for one that has no Chinese.
"""

import ast
import re

from dagster_project.lib.problems import FileProblem

Table = list[tuple[re.Pattern, str]]


def _table(*entries: tuple[str, str]) -> Table:
    return [(re.compile(english, re.DOTALL), chinese) for english, chinese in entries]


FOUND = _table(
    # The file as a whole
    (r"the file is empty \(0 bytes of content\)", "文件是空的（0 字节）"),
    (r"the file is empty \(no line with content\)", "文件是空的（没有一行内容）"),
    (r"the file is empty \(no cell with content\)", "文件是空的（没有一格内容）"),
    (r"the file holds no text", "文件中没有文字"),
    (r"no figure found in the file", "文件中没有找到任何数值"),
    (r"the published release rests on this file, and it is gone", "已发布的版本用到这份文件，而文件已经不在"),
    (r"the file changed while the build was running", "构建过程中文件被改动"),
    (r"not listed under `files` in source\.yml and not named (.+)", "未列入 source.yml 的 files，文件名也不符合 {0}"),
    (r"not listed under `files` in source\.yml", "未列入 source.yml 的 files"),
    (r"seeds/calendar\.csv has no row (.+), (.+)", "发布日历 seeds/calendar.csv 中没有 {0}、{1} 这一行"),
    (
        r"it is of the same period and day as (.+): which of them holds cannot be known",
        "与 {0} 的报告期和填报日期都相同，无法判断以哪一份为准",
    ),
    (r"it is larger than (.+) bytes", "文件超过 {0} 字节"),
    (r"it is large and not in UTF-8", "文件很大，而编码不是 UTF-8"),
    (r"it does not lie directly in files/", "文件没有直接放在 files/ 之下"),
    (r"its reader failed \((.*)\)", "读取程序出错（技术信息：{0}）"),
    # What was expected, and what it is instead
    (r"expected a CSV table, found (.+)", "应为 CSV 表格，实为{said[0]}"),
    (r"expected a table, found (.+)", "应为表格，实为{said[0]}"),
    (r"expected a workbook, found (.+)", "应为工作簿，实为{said[0]}"),
    (r"expected a text or a web page, found something else", "应为文本或网页，实为其他文件"),
    (
        r"expected JSON, found a web page \(a refusal saved as \.json\?\)",
        "应为 JSON 数据，实为网页（可能是把拒绝访问的页面存成了 .json）",
    ),
    # Text and its encoding
    (r"expected text, found a NUL byte in line (.+)", "应为文本，但第{0}行含有空字节"),
    (r"line (\S+) is longer than (.+) bytes", "第{0}行超过 {1} 字节"),
    (r"a line is longer than (.+) bytes", "有一行超过 {0} 字节"),
    (r"its declared encoding (.+) is unknown", "申报的编码{0}不存在"),
    (r"declared as (.+), but it begins with the mark of UTF-8", "申报的编码是 {0}，文件开头却是 UTF-8 的标记"),
    (
        r"expected (.+), found other bytes at position (.+) \(and no Chinese text in GB18030 either\)",
        "应为 {0} 编码，但字节位置 {1}（从 0 数起）处不符，按 GB18030 也读不出中文",
    ),
    (r"expected (.+), found other bytes at position (.+)", "应为 {0} 编码，但字节位置 {1}（从 0 数起）处不符"),
    (r"line (\S+) is not readable as CSV \((.*)\)", "第{0}行不能按 CSV 读取（技术信息：{1}）"),
    (r"its first lines can be cut by (.+) and by (.+) alike", "开头几行用{said[0]}或用{said[1]}分列都说得通，无法判断"),
    # Size
    (r"(.+) reaches over (.+) cells; (.+) is the limit", "{said[0]}占 {1} 格，上限为 {2} 格"),
    (r"(.+) has (.+) columns; (.+) is the limit", "{said[0]}有 {1} 列，上限为 {2} 列"),
    # Workbooks
    (r"the workbook holds two parts of the same name", "工作簿内有两个同名部件"),
    (r"the workbook has (.+) parts; (.+) is the limit", "工作簿有 {0} 个部件，上限为 {1} 个"),
    (r"the workbook would unpack to more than (.+) bytes \(a zip bomb\?\)", "工作簿解压后超过 {0} 字节（可能是恶意压缩文件）"),
    (r"the workbook has more than (.+) cells, rows and other elements", "工作簿的单元格、行等元素超过 {0} 个"),
    (r"the workbook lacks its part (.+)", "工作簿缺少部件 {0}"),
    (r"the workbook could not be read in (.+) seconds", "工作簿在 {0} 秒内未能读完"),
    (r"the \.xls workbook is larger than (.+) bytes", "这个 .xls 工作簿超过 {0} 字节"),
    (r"a part of the workbook is named (.+): a path outside of it", "工作簿内有部件名为{0}，指向工作簿之外"),
    (r"the part (.+) is packed more than (.+) times \(a zip bomb\?\)", "工作簿的部件 {0} 压缩超过 {1} 倍（可能是恶意压缩文件）"),
    (
        r"the part (.+) declares a document type or entities, which no workbook does",
        "工作簿的部件 {0} 含有工作簿不应有的实体声明",
    ),
    (r"the part (.+) of the workbook is damaged \((.*)\)", "工作簿的部件 {0} 已损坏（技术信息：{1}）"),
    (r"the part (.+) of the workbook is not well-formed XML \((.*)\)", "工作簿的部件 {0} 不是完好的 XML（技术信息：{1}）"),
    (r"the part (.+) of the workbook is cut off \((.*)\)", "工作簿的部件 {0} 被截断（技术信息：{1}）"),
    (r"the part (.+) of the workbook has a tag longer than (.+) bytes", "工作簿的部件 {0} 有一个标签超过 {1} 字节"),
    (r"the part (.+) of the workbook nests more than (.+) elements", "工作簿的部件 {0} 嵌套超过 {1} 层"),
    (r"the part (.+) of the workbook has a cell of more than (.+) characters", "工作簿的部件 {0} 有一个单元格超过 {1} 字"),
    (r"the sheet (.+) is listed, but the workbook does not hold it", "工作簿列有工作表{0}，其中却没有这张表"),
    (r"the sheet (.+) has a row of the number (.+)", "工作表{0}有一行的行号是 {1}，超出范围"),
    (r"the sheet (.+) has a cell in column (.+) of row (.+)", "工作表{0}第{2}行有一格在第{1}列，超出范围"),
    (r"the sheet (.+) has a cell with the address (.+)", "工作表{0}有一格的地址是{1}，不是有效地址"),
    (r"(.+?): the cell stands twice in the sheet", "{0}：同一单元格在工作表中出现两次"),
    (r"(.+?): a cell of row (.+) stands inside row (.+)", "{0}：第{1}行的单元格出现在第{2}行之内"),
    (r"(.+?): the text number (.+) of the workbook does not exist", "{0}：所指的文字编号{1}在工作簿中不存在"),
    # Web pages
    (r"the web page is longer than (.+) characters", "网页超过 {0} 字"),
    (r"the web page cannot be read \((.*)\)", "网页不能读取（技术信息：{0}）"),
    (r"not readable as a web page \((.*)\)", "不能按网页读取（技术信息：{0}）"),
    (r"the web page is cut off within a table", "网页在表格中间被截断"),
    (r"the web page nests more than (.+) elements", "网页嵌套超过 {0} 层"),
    (r"the web page is nested too deeply to be read whole", "网页嵌套太深，不能完整读取"),
    (
        r"(.+): a cell spans (.+) columns and (.+) rows; (.+) and (.+) are the limit",
        "{0}：有一格跨 {1} 列、{2} 行，上限为 {3} 列、{4} 行",
    ),
    (r"(.+) is covered by two cells", "{0}被两个单元格同时占用"),
    # Tables and their headings
    (r"there is no sheet (.+), only (.+)", "没有名为{0}的工作表，只有：{1}"),
    (
        r"sheet (.+): no cell of the first (.+) rows reads (.+) \(heading\.first\)",
        "工作表{said[0]}的前 {1} 行中，没有一格写着{2}（options 的 heading.first）",
    ),
    (r"(.+?): a second heading, so the sheet holds several tables", "{0}：又出现一个表头，说明这张工作表里有几张表"),
    (r"(\d+) columns are headed (.+?): (.+)", "有 {0} 列的表头都是{said[1]}，无法判断用哪一列：{said[2]}"),
    (r"what is headed (.+?) is divided further: (.+)", "表头{said[0]}之下还分若干列：{said[1]}"),
    (r"several sheets have the heading (.+?): (.+)", "有几张工作表都有表头{0}：{1}"),
    (r"no column is headed (.+?); nearest: (.+)", "没有一列的表头是{said[0]}，相近的有：{said[1]}"),
    (r"the heading of (.+) gives several units: (.+)", "表头 {0} 写了几个计量单位：{1}"),
    (r"above: (.+) finds several texts: (.+)", "按 above 的写法{0}在表头上方找到几处不同的文字：{1}"),
    (r"above: no cell above the figures fits (.+)", "数据上方没有一格符合 above 的写法{0}"),
    (r"(.+?): a figure between the headings, with nothing under (.+)", "{0}：表头各行之间出现数值，而该行{1}之下为空"),
    (
        r"the heading row has (.+) cells, most rows below it (.+)",
        "表头行有 {0} 格，其下多数行只有 {1} 格，可能有两行被并成一行",
    ),
    (r"(.+): the period is not in the file's name", "文件名中没有{said[0]}"),
    (r"no known unit in brackets behind (.+)", "{0}之后的括号里没有登记过的计量单位"),
    (r"period: (.+)", "时期不能确定：{0}"),
    (r"no period in the heading of (.+)", "表头 {0} 中没有时期"),
    (r"(.+) is headed like a period, but is none of freq (.+?): (.+)", "表头 {0} 像是时期，却不是{said[1]}时期的写法：{2}"),
    (r"no heading reads as a period of freq (.+?): (.+) …", "没有一个表头是{said[0]}时期的写法：{1} 等"),
    (r"a heading cannot be read: (.+)", "有一个表头不能识别：{0}"),
    (r"several columns are headed with one period: (.+)", "有几列的表头是同一时期：{0}"),
    (
        r"(.+) is headed \((.+)\), a unit that seeds/units\.csv does not know",
        "表头 {0} 写的单位是“{1}”，seeds/units.csv 中没有登记",
    ),
    (r"(.+?): the table prints 单位：(.+), but (.+) is declared", "{0}：表上写明单位 {1}，而 source.yml 申报的是{2}"),
    (
        r"(.+?): the table prints 单位：(.+), but (.+) is printed elsewhere \(`unit`: (.+)\)",
        "{0}：表上写明单位 {1}，而另一处所写是{2}（unit 的取处：{said[3]}）",
    ),
    (r"(.+) is headed (.+), but `unit` is printed in each row", "表头 {0} 写的单位是{1}，而申报为每行各写单位（unit）"),
    (r"(.+) is headed (.+), but (.+) is declared", "表头 {0} 写的单位是{1}，而 source.yml 申报的是{2}"),
    (
        r"(.+) is headed (.+), but (.+) is printed elsewhere \(`unit`: (.+)\)",
        "表头 {0} 写的单位是{1}，而另一处所写是{2}（unit 的取处：{said[3]}）",
    ),
    (
        r"no unit that seeds/units\.csv knows in the heading of (.+)",
        "表头 {0} 中没有 seeds/units.csv 登记过的计量单位",
    ),
    # The customs table
    (r"the month is not in the file's name", "文件名中没有年月"),
    (r"the closing note 注：… is missing, so the table may be cut off", "表末没有“注：…”一行，表格可能被截断"),
    (r"lines 2 and 3 do not begin with (.+)", "第2行和第3行不是以“{0}”开头"),
    (r"line 1 should give the unit (.+), found (.+)", "第1行应写明单位 {0}，实为：{said[1]}"),
    (
        r"column (\d+) is headed (.+) / (.+), not a flow of month (.+), its cumulative or its growth",
        "第{0}列的表头是{1}／{2}，不是{3}月的进口、出口、进出口当月值、累计值或累计同比",
    ),
    (
        r"the columns are not three flows with month, cumulative and growth each",
        "各列不是进口、出口、进出口的当月值、累计值和累计同比各一列",
    ),
    # One figure a line
    (r"the heading line (.+)", "表头行不对：{said[0]}"),
    # Bulletins
    (r"its text is longer than (.+) characters", "正文超过 {0} 字"),
    (r"none of the (\d+|\S+) declared phrases is followed by a figure", "申报的 {0} 个短语之后都没有数字"),
    (r"its period is not declared, and no title gives it", "没有申报时期，标题中也没有"),
    (r"declared, name and title give different periods: (.+)", "申报、文件名与标题所示的时期不一致：{0}"),
    (r"the period (.+) is not one of freq (.+)", "时期 {0} 不是{said[1]}时期的写法"),
    # The interface of the statistics bureau
    (r"nested too deeply to be a reply of the interface", "嵌套太深，不像是接口的回复"),
    (r"not readable as JSON \((.*)\)", "不能按 JSON 读取（技术信息：{0}）"),
    (r"(.+) is not a list", "{0} 不是列表"),
    (r"(.+) is not an object", "{0} 不是对象"),
    (r"(.+) is missing", "缺少 {0}"),
    (r"(.+) is unknown", "多出未知的 {0}"),
    (r"(.+) should be text, found (.+)", "{0} 应为文字，实为{said[1]}"),
    (r"(.+) holds half a character", "{0} 含有不完整的字符"),
    (r"(\S+) repeats (\S+) \(same period, region and indicator\)", "{0} 与 {1} 重复（时期、地区、指标都相同）"),
    (r"(\S+) is (.+), not a year \(2025YY\) or a month \(202509MM\)", "{0} 为{1}，既不是年（2025YY）也不是月（202509MM）"),
    (r"(\S+) is (.+), but code is (.+)", "{0} 为{1}，与 code 的{2}不一致"),
    (r"(\S+) is (.+), not a code of twelve digits", "{0} 为{1}，不是十二位地区代码"),
    # Forms
    (
        r"the rows do not fit the mark of the form: a row, a code or the mark was taken away or changed",
        "各行与表上的校验标记不符：有行、代码或标记被删去或改动",
    ),
    (r"(.+?): (\S+) (.+) is not a day such as 2025-09-10", "{0}：{1}{2}不是 2025-09-10 这样的日期"),
    (r"(.+?): (\S+) (.+) lies before the end of the period (.+) it reports", "{0}：{1}（{2}）早于报告期 {3} 的末日"),
    (
        r"(.+?): (.+) stands where nothing is asked \((.+) has no cumulative\)",
        "{0}：此格不必填，却填了{1}（{2}没有累计数）",
    ),
    (r"the mark of a form made by `openecon form` is not in it", "表中没有填报表的校验标记，不是本系统下发的填报表"),
    (r"it holds more than one form", "一份文件里有几张填报表"),
    (r"(.+?): it prints (.+), but the mark of the form says (.+)", "{0}：此格为{1}，而表上的校验标记为 {2}"),
    (r"(.+?): it prints (.+), but the row asks for (.+) \((.+)\)", "{0}：此格为{1}，而该行要填的是{2}（{3}）"),
    (r"(.+?): the row has no code that the form gave it; rows cannot be added", "{0}：该行没有填报表给定的代码；不可自行加行"),
    (r"(.+?): (\S+) stands in two rows", "{0}：{1} 出现在两行"),
    (r"(.+?): (.+) is empty", "{0}：{1}未填"),
    (r"no cell begins with (.+)", "没有一格以“{0}”开头"),
    (r"the heading row lacks or repeats (.+)", "表头行缺少或重复：{0}"),
    (r"no heading row with (.+)", "没有含“{0}”的表头行"),
    (r"no cell (.+)", "没有“{0}”一格"),
    (
        r"no project stands in it: an empty register cannot be told from one that was not filled in",
        "台账中没有一个项目：空台账与没有填的台账无从区分",
    ),
)

REMEDY = _table(
    (r"Download it again from the address in source\.yml and replace it\.", "请从 source.yml 所列网址重新下载并替换。"),
    (r"Download it again from the address in source\.yml\.", "请从 source.yml 所列网址重新下载。"),
    (r"Download it again and compare its length\.", "请重新下载，并与前期文件比较长度。"),
    (r"Download it again and compare it with the page\.", "请重新下载，并与原网页核对。"),
    (r"Download it again\.", "请重新下载。"),
    (r"Compare it with the publisher's file\.", "请与发布机构的原文件核对。"),
    (r"Compare it with an earlier publication and with source\.yml\.", "请与前期文件和 source.yml 核对。"),
    (
        r"Compare its three heading lines with an earlier month; if the publisher changed the layout, its reader must follow\.",
        "请与前几个月的三行表头核对；如果发布机构改了版式，读取程序要相应修改。",
    ),
    (
        r"Compare it with the description in (\S+); its reader must follow the interface\.",
        "请与 {0} 中的说明核对；接口如有改动，读取程序要相应修改。",
    ),
    (
        r"Compare the file with source\.yml: a wrong unit is a wrong figure\.",
        "请核对原文件与 source.yml：单位错了，数值就错了。",
    ),
    (
        r"Look whether it is the bulletin that source\.yml names; if its wording changed, correct `patterns`\.",
        "请核对是否 source.yml 所指的那份公报；如果措辞改变，请修改 patterns。",
    ),
    (r"Put it back, or take its entry out of source\.yml\.", "请放回原文件，或从 source.yml 中删去这一条。"),
    (r"Start the build again\.", "请重新构建。"),
    (r"Move it there and declare it\.", "请移到 files/ 之下并申报。"),
    (r"This is a fault of the program: report it with the file\.", "这是程序的缺陷，请连同文件一并报告。"),
    (r"Name it files/<year>-<month>\.csv, such as files/2025-08\.csv\.", "请按“files/年-月.csv”命名，如 files/2025-08.csv。"),
    (
        r"Name the file as `pattern` in source\.yml says, or declare where the period is printed\.",
        "请按 source.yml 的 pattern 命名，或申报时期印在何处。",
    ),
    (
        r"Name the lowest heading of the column, and tell it apart by `within`\.",
        "请写该列最下一级表头，并用 within 写明其上级表头。",
    ),
    (r"Head the columns (.+)\.", "各列表头应为：{0}。"),
    (
        r"Give the number of heading rows \(heading\.rows\), or correct the file\.",
        "请申报表头的行数（heading.rows），或改正文件。",
    ),
    (r"Give each table a file of its own\.", "请把每张表各存为一份文件。"),
    # Declarations
    (
        r"Correct `options` in source\.yml; if the publisher changed the layout, the declaration must follow\.",
        "请改正 source.yml 的 options；如果发布机构改了版式，申报要相应修改。",
    ),
    (
        r"Correct `options` in source\.yml; a column that is none of a period is named under `leave`\.",
        "请改正 source.yml 的 options；不是时期的列请列入 leave。",
    ),
    (r"Register it there, as printed\.", "请按所印写法在该表登记。"),
    (r"Declare `sheet` in source\.yml\.", "请在 source.yml 中申报 sheet（工作表名）。"),
    (r"Correct `options` in source\.yml\.", "请改正 source.yml 的 options。"),
    (r"Correct options\.period\.", "请改正 options.period。"),
    (r"Correct options\.period or freq\.", "请改正 options.period 或 freq。"),
    (r"Correct the encoding declared\.", "请改正申报的编码。"),
    (r"Declare utf-8, gb18030 or big5\.", "请申报为 utf-8、gb18030 或 big5。"),
    (r"Declare `unit` for this column\.", "请为该列申报 unit。"),
    (r"Declare `unit`\.", "请申报 unit。"),
    (r"Declare options\.period for this file\.", "请为这份文件申报 options.period。"),
    (r"Declare the layout that reads it\.", "请申报能读取它的版式（layout）。"),
    (
        r"Declare it \(title, address, day of publication\) or take it away\.",
        "请申报这份文件（标题、网址、发布日期），或把它移走。",
    ),
    (
        r"Add the day the publisher announced, or list the file in source\.yml with its day of publication\.",
        "请补上发布机构公告的发布日期，或在 source.yml 中列出该文件及其发布日期。",
    ),
    (
        r"Take the superseded one away, or have the later one filled in with its own day\.",
        "请移走作废的一份，或请填报单位在后一份上填写其自己的填报日期。",
    ),
    # Saving it in another form
    (r"Save it as UTF-8, or declare its encoding\.", "请另存为 UTF-8 编码，或申报其编码。"),
    (r"Convert it to UTF-8 and declare it as such\.", "请转为 UTF-8 编码并如此申报。"),
    (r"Save it without a password\.", "请去掉密码后另存。"),
    (
        r"Open it in Excel or WPS, save the table as \.xlsx, and note that in source\.yml\.",
        "请用 Excel 或 WPS 打开，把表格另存为 .xlsx，并在 source.yml 中注明。",
    ),
    (
        r"Open it, save it as \.xlsx under its name, and note that in source\.yml\.",
        "请打开文件，以原名另存为 .xlsx，并在 source.yml 中注明。",
    ),
    (
        r"Save it with one delimiter, and put quotation marks around texts that hold the other\.",
        "请统一用一种分隔符另存，并给含有另一种符号的文字加引号。",
    ),
    (r"Save it as \.xlsx, or without pictures\.", "请另存为 .xlsx，或删去其中的图片。"),
    (r"Save its table as CSV\.", "请把其中的表格另存为 CSV。"),
    (r"Save the bulletin as \.txt or \.html\.", "请把公报另存为 .txt 或 .html。"),
    (r"Save the bulletin as \.txt\.", "请把公报另存为 .txt。"),
    (r"Keep only the bulletin itself\.", "请只保留公报本身。"),
    (r"Delete what stands far from the table\.", "请删去离表格很远的内容。"),
    (r"Ask for fewer indicators or years at once\.", "请减少一次查询的指标或年份。"),
    (
        r"Have the city put it right, or fill in a fresh form \(openecon form\)\.",
        "请填报城市更正，或重新下发填报表（openecon form）填写。",
    ),
)

#: What a group holds where the program chose the words: `said[0]` in a template. A name may read alike and is never translated.
PARTS = _table(
    (r"a web page \(an error page saved as \.csv\?\)", "网页（可能是把出错页面存成了 .csv）"),
    (r"a web page without one \(an error page\?\)", "没有表格的网页（可能是出错页面）"),
    (r"a Git LFS pointer instead of the file itself", " Git LFS 指针，不是文件本身"),
    (r"an Excel workbook under a \.csv name", "名为 .csv 的 Excel 工作簿"),
    (r"an XML spreadsheet of 2003", " 2003 年的 XML 电子表格"),
    (r"a PDF", " PDF 文件"),
    (r"an image", "图片"),
    (r"a (\.\w+) archive", " {0} 压缩包"),
    (r"a web archive \((.+)\)", "网页存档（{0}）"),
    (r"a text document \((.+)\)", "文字文档（{0}）"),
    (r"JSON", " JSON 数据"),
    (r"a binary workbook \(\.xlsb\)", "二进制工作簿（.xlsb）"),
    (r"an OpenDocument file", " OpenDocument 文件"),
    (r"a document of another program", "其他程序的文档"),
    (r"a zip archive with other files", "装有其他文件的 zip 压缩包"),
    (r"one that is encrypted", "加密的工作簿"),
    (r"one that is cut off or damaged \((.*)\)", "被截断或已损坏的工作簿（技术信息：{said[0]}）"),
    (r"reading it does not come to an end", "读取不能结束"),
    (r"the sheet (.+)", "工作表{0}"),
    (r"the workbook", "工作簿"),
    (r"the web page", "网页"),
    (r"line (\d+)", "第{0}行"),
    (r"table (\d+)", "第{0}张表"),
    (r"None", "（无名）"),
    (r"NoneType", "空值"),
    (r"int|float", "数字"),
    (r"bool", "布尔值"),
    (r"list", "列表"),
    (r"dict", "对象"),
    (r"comma", "逗号"),
    (r"tab", "制表符"),
    (r"semicolon", "分号"),
    (r"none", "无"),
    (r"none is like it", "无"),
    (r"period", "时期"),
    (r"year", "年份"),
    (r"A", "年度"),
    (r"M", "月度"),
    (r"heading", "表头"),
    (r"above", "表头上方"),
    (r"column", "单位列"),
    (r"label", "指标名"),
    (r"lacks (.+?); (.+)", "缺少 {0}；{said[1]}"),
    (r"has unknown (.+?); (.+)", "多出未知的 {0}；{said[1]}"),
    (r"lacks (.+)", "缺少 {0}"),
    (r"has unknown (.+)", "多出未知的 {0}"),
    (r"repeats (.+)", "{0} 出现不止一次"),
    (r"(['\"].+) within (['\"].+)", "{1}之下的{0}"),
)

#: Where a person finds it, as sheets.Sheet.locator writes it; A1 addresses stay as they are.
_PLACES = [
    (re.compile(r"\btable (\d+), row (\d+), cell (\d+)"), r"第\1张表第\2行第\3格"),
    (re.compile(r"\btable (\d+), row (\d+)"), r"第\1张表第\2行"),
    (re.compile(r"\bline (\d+), col "), r"第\1行，列 "),
    (re.compile(r"\(no name\)"), "（无名）"),
]
_UNFORESEEN = "以下为程序的技术说明（英文）：{}"


def told_zh(problem: FileProblem) -> str:
    """原因：…。处理：… of a file that cannot be read."""
    found = said(problem.found, FOUND) or _UNFORESEEN.format(problem.found)
    remedy = said(problem.remedy, REMEDY) or _UNFORESEEN.format(problem.remedy)
    return f"原因：{found}。处理：{remedy}"


def said(english: str, table: Table) -> str | None:
    """The Chinese of a text, or null where the table has none."""
    for pattern, chinese in table:
        if match := pattern.fullmatch(english):
            groups = [_printed(group) for group in match.groups()]
            return chinese.format(*groups, said=[said(group, PARTS) or _printed(group) for group in match.groups()])
    return None


def _printed(text: str) -> str:
    """A group as it stands: what repr() quoted in Chinese quotation marks, places in Chinese."""
    quoted = _unquoted(text)
    if quoted is not None:
        return f"“{' '.join(quoted.split())}”" if quoted.strip() else "“”（空白）"
    for pattern, chinese in _PLACES:
        text = pattern.sub(chinese, text)
    return text.replace("; ", "；")


def _unquoted(text: str) -> str | None:
    """The text that repr() put into quotation marks, or null."""
    if len(text) < 2 or text[0] not in "'\"" or text[-1] != text[0]:
        return None
    try:
        return str(ast.literal_eval(text))
    except (SyntaxError, ValueError):
        return None
