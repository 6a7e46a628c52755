"""Make the first templates of seeds/templates; from then on the office edits them in its word processor.

python tests/makers/make_templates.py [FOLDER]
"""

import sys
from pathlib import Path

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

TEMPLATES = Path(__file__).parents[2] / "seeds" / "templates"
#: Kinds of parts and styles in the library's template.
UNUSED = {"theme", "numbering", "stylesWithEffects", "customXml", "thumbnail", "webSettings", "fontTable"}
USED_STYLES = {"Normal", "DefaultParagraphFont", "TableNormal", "TableGrid", "Footer", "Header"}
BODY, HEAD, TITLE, KAI = "仿宋", "黑体", "宋体", "楷体"


class Sheet:
    """A4 as official papers have it: headings in 黑体, text in 仿宋, first lines indented by two characters."""

    def __init__(self, margins: tuple[float, float, float, float], size: float):
        self.document, self.size = Document(), size
        section = self.document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = map(Mm, margins)
        normal = self.document.styles["Normal"]
        normal.font.name, normal.font.size = "Times New Roman", Pt(size)
        normal.element.rPr.rFonts.set(qn("w:eastAsia"), BODY)
        normal.paragraph_format.space_after = Pt(0)
        properties = self.document.core_properties
        properties.author, properties.title, properties.comments = "", "", ""

    def line(self, text: str, font: str = BODY, size: float | None = None, centre=False, bold=False, indent=False, colour=None):
        paragraph = self.document.add_paragraph()
        self._run(paragraph, text, font, size or self.size, bold, colour)
        if centre:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if indent:
            paragraph.paragraph_format.first_line_indent = Pt(2 * (size or self.size))
        paragraph.paragraph_format.line_spacing = 1.3
        return paragraph

    def heading(self, text: str) -> None:
        paragraph = self.line(text, HEAD)
        paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(8), Pt(3)
        paragraph.paragraph_format.keep_with_next = True

    def text(self, text: str) -> None:
        self.line(text, indent=True)

    def tag(self, tag: str) -> None:
        """A line that only steers the template and leaves nothing behind."""
        self.line(f"{{%p {tag} %}}", size=8)

    def each(self, loop: str, text: str) -> None:
        self.tag(f"for {loop}")
        self.text(text)
        self.tag("endfor")

    def caption(self, text: str) -> None:
        paragraph = self.line(text, HEAD, self.size - 2, centre=True)
        paragraph.paragraph_format.space_before = Pt(6)
        paragraph.paragraph_format.keep_with_next = True

    def table(self, loop: str, columns: list[tuple[str, str, float]], size: float = 9) -> None:
        """One row for each item; columns: (heading, field of the row or nothing, width in mm)."""
        table = self.document.add_table(rows=4, cols=len(columns))
        table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
        for place, (heading, field, width) in enumerate(columns):
            cell = f"{{{{ row.{field} }}}}" if field else ""
            # Some programs go by the columns, some by the cells.
            table.columns[place].width = Mm(width)
            texts = (heading, f"{{%tr for {loop} %}}" if place == 0 else "", cell, "{%tr endfor %}" if place == 0 else "")
            for row, text in zip(table.rows, texts, strict=True):
                row.cells[place].width = Mm(width)
                paragraph = row.cells[place].paragraphs[0]
                self._run(paragraph, text, HEAD if row is table.rows[0] or text == heading else BODY, size, False, None)
                if text == heading:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        # The headings again on every page, and no row across two pages.
        repeated = OxmlElement("w:tblHeader")
        repeated.set(qn("w:val"), "true")
        table.rows[0]._tr.get_or_add_trPr().append(repeated)
        for row in table.rows:
            row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))

    def page_number(self) -> None:
        paragraph = self.document.sections[0].footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = paragraph.add_run()
        for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
            element = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                element.set(qn("w:fldCharType"), kind)
            else:
                element.text = text
            run._r.append(element)
        run.font.size = Pt(9)

    def _slim(self) -> None:
        """Without the parts and styles of the library's template that nothing here uses: a night fills 150 copies."""
        part, package = self.document.part, self.document.part.package
        for owner in (part, package):
            for key in [key for key, rel in owner.rels.items() if rel.reltype.rsplit("/", 1)[-1] in UNUSED]:
                owner.rels.pop(key)
        styles = self.document.styles.element
        for child in list(styles):
            is_unused = child.tag == qn("w:style") and child.get(qn("w:styleId")) not in USED_STYLES
            if is_unused or child.tag == qn("w:latentStyles"):
                styles.remove(child)

    def save(self, path: Path) -> None:
        self._slim()
        path.parent.mkdir(parents=True, exist_ok=True)
        self.document.save(path)

    @staticmethod
    def _run(paragraph, text: str, font: str, size: float, bold: bool, colour: RGBColor | None) -> None:
        run = paragraph.add_run(text)
        run.font.size, run.font.bold, run.font.name = Pt(size), bold, "Times New Roman"
        run._r.get_or_add_rPr().rFonts.set(qn("w:eastAsia"), font)
        if colour:
            run.font.color.rgb = colour


def briefing(circle: bool) -> Sheet:
    sheet = Sheet((30, 25, 22, 22), 13)
    sheet.line("{{ area }}开放型经济监测简报", TITLE, 22, centre=True, bold=True, colour=RGBColor(0xB2, 0x22, 0x22))
    sheet.line("监测时期：{{ period }}　　数据截至：{{ as_of }}", KAI, 12, centre=True)
    sheet.heading("一、总体情况")
    sheet.each("sentence in overview", "{{ sentence }}")
    if circle:
        sheet.caption("表1　九市概况")
        columns = [
            ("城市", "name", 18),
            ("进出口（亿元）", "trade", 22),
            ("时期", "trade_period", 26),
            ("同比％", "trade_growth", 18),
        ]
        columns += [("总指数", "index", 26), ("位次", "rank", 14), ("最高预警", "level", 18)]
        columns += [("亮点", "n_bright", 12), ("薄弱", "n_weak", 12)]
        sheet.table("row in cities", columns)
    else:
        sheet.caption("表1　主要指标")
        columns = [("指标", "name", 44), ("时期", "period", 28), ("数值", "value", 24), ("单位", "unit", 16)]
        columns += [("同比％", "growth", 24), ("来源", "source", 30)]
        sheet.table("row in indicators", columns)
    sheet.tag("if chart")
    sheet.line("{{ chart }}", centre=True).paragraph_format.keep_with_next = True
    sheet.caption("图1　{{ chart_title }}")
    sheet.tag("else")
    sheet.text("有数据的不足三期（或三市），不作图。")
    sheet.tag("endif")
    for heading, kind, name in (("二、亮点", "bright", "亮点"), ("三、薄弱环节", "weak", "薄弱环节")):
        sheet.heading(heading)
        sheet.each(f"s in {kind}", "（{{ loop.index }}）{{ s.sentence }}。〔依据：{{ s.evidence }}〕")
        sheet.tag(f"if more_{kind}")
        sheet.text(f"另有{name}{{{{ more_{kind} }}}}条，见同一文件夹的“信号.csv”。")
        sheet.tag("endif")
        sheet.tag(f"if not {kind}")
        sheet.text(f"按规则没有可列的{name}；哪些规则因数据不足不能判断，见第五部分。")
        sheet.tag("endif")
    sheet.tag("if warnings")
    sheet.caption("表2　风险预警")
    columns = [
        ("城市", "area", 20),
        ("预警", "name", 48),
        ("时期", "period", 28),
        ("增速％", "growth", 20),
        ("级别", "level", 14),
    ]
    columns += [("提示", "held", 36)]
    sheet.table("row in warnings", columns)
    sheet.tag("endif")
    sheet.tag("if n_warnings_unknown")
    sheet.text("另有{{ n_warnings_unknown }}项预警没有近期数据，不定级。")
    sheet.tag("endif")
    sheet.heading("四、目标进度")
    sheet.tag("if targets")
    sheet.caption("表3　有数据的目标")
    columns = [("主体", "subject", 22), ("目标", "name", 30), ("目标年", "year", 16), ("目标值", "goal", 22)]
    columns += [("实绩", "actual", 28), ("完成进度", "completion", 16), ("时间进度", "time", 17), ("判断", "verdict", 15)]
    sheet.table("row in targets", columns)
    sheet.each(
        "row in targets", "{{ row.name }}（{{ row.year }}）：{{ row.verdict }}。{{ row.rule }}。牵头单位：{{ row.lead }}。"
    )
    sheet.tag("endif")
    sheet.tag("if unknown_targets")
    sheet.text("以下{{ n_unknown_targets }}项目标没有口径相同的数据，不作判断；没有数据不等于没有进展，也不是零。")
    sheet.caption("表4　没有数据的目标")
    columns = [("主体", "subject", 40), ("目标", "name", 62), ("目标年", "year", 20), ("目标值", "goal", 40)]
    sheet.table("row in unknown_targets", columns)
    sheet.tag("endif")
    sheet.tag("if not n_targets")
    sheet.text("五份文件没有对{{ area }}提出带数字的目标。")
    sheet.tag("endif")
    sheet.heading("五、数据说明")
    sheet.each("note in notes", "{{ loop.index }}．{{ note }}")
    sheet.text("增速注“公布”的为原表所印，注“计算”的按所知最佳的上年数计算，两者因上年数修订而不同，不互相比较；1月、2月合并看。")
    sheet.text("没有的数写“未见公布”，不以零代替。每个数的来源文件和单元格见同一文件夹的“指标.csv”。")
    sheet.line("签发：　　　　　　核稿：　　　　　　拟稿：　　　　　　", KAI, 12)
    sheet.page_number()
    return sheet


def unit_sheet() -> Sheet:
    sheet = Sheet((14, 12, 15, 15), 10)
    sheet.line("重点任务和目标督办表", TITLE, 18, centre=True, bold=True)
    sheet.line(
        "单位：{{ unit }}　　任务：{{ n_tasks }}项（其中牵头或责任{{ n_lead }}项）　　数据截至：{{ as_of }}", KAI, 10, centre=True
    )
    sheet.tag("if all_targets")
    sheet.line("一、目标", HEAD)
    columns = [
        ("主体", "subject", 28),
        ("目标", "name", 40),
        ("目标年", "year", 16),
        ("目标值", "goal", 26),
        ("实绩", "actual", 36),
    ]
    columns += [("完成进度", "completion", 17), ("判断", "verdict", 17)]
    sheet.table("row in all_targets", columns, 7.5)
    sheet.tag("else")
    sheet.line("一、目标：没有由本单位牵头的带数字的目标。", HEAD)
    sheet.tag("endif")
    sheet.line("二、任务", HEAD)
    columns = [
        ("条款", "clause", 26),
        ("任务", "task", 84),
        ("分工", "side", 11),
        ("期限", "deadline", 22),
        ("进展", "status", 14),
    ]
    sheet.table("row in tasks", [*columns, ("本期情况（单位填写）", "", 23)], 7)
    sheet.line("所出文件：{{ documents }}。", size=8)
    sheet.line("填报人：　　　　　　　　单位负责人：　　　　　　　　填报日期：　　　　年　　月　　日", KAI, 9)
    return sheet


def main(folder: str | None = None) -> None:
    target = Path(folder) if folder else TEMPLATES
    briefing(circle=False).save(target / "城市简报.docx")
    briefing(circle=True).save(target / "都市圈简报.docx")
    unit_sheet().save(target / "督办表.docx")


if __name__ == "__main__":
    main(*sys.argv[1:])
