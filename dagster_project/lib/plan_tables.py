"""任务.csv of the circle: every numbered task of the documents, who leads and who helps, in Chinese, from the marts alone."""

import polars as pl

from dagster_project.lib.circle_tables import CircleTable
from dagster_project.lib.city_tables import Frames, as_table, text

HEADINGS = [
    text("文件", "任务所出的文件。"),
    text("文号", "没有印的为空。"),
    text("条款", "按原文编号。"),
    text("任务", "任务标题；原文没有标题的为首句。"),
    text("任务内容", "按原文摘录，繁体转为简体。"),
    text("牵头单位", "按原文顺序，以“；”分隔。"),
    text("协办单位", "按原文顺序，以“；”分隔。"),
    text("责任单位", "按原文顺序，以“；”分隔。"),
    text("期限", "文件给出的期限；没有给出的为空。"),
    text("期限原文", "期限的原文。"),
    text("相关目标", "见 目标.csv。"),
    text("进展", "监测办在 seeds/measure_status.csv 中登记的进展；没有登记的为空，不等于未启动。"),
    text("登记日期", "进展登记的日期。"),
    text("进展说明", "登记时的说明。"),
    text("任务编号", "seeds/plan_measures.csv 中的编号。"),
]


def measures(frames: Frames) -> pl.DataFrame:
    """Every task, the newest document first, in the order of its clauses."""
    documents = frames["plan_documents"].select("document", "document_zh", "number", "issued_on")
    names = dict(frames["target_progress"].select("target_id", pl.format("{}（{}年）", "target_zh", "target_period")).iter_rows())
    rows = frames["plan_measures"].join(documents, on="document").sort("issued_on", "measure_id", descending=[True, False])
    return as_table([_row(row, names) for row in rows.iter_rows(named=True)], HEADINGS)


def _row(row: dict, names: dict[str, str]) -> tuple:
    targets = [names[target] for target in (row["target_ids"] or "").split("；") if target]
    return (
        row["document_zh"],
        row["number"] or "",
        row["clause"],
        row["measure_zh"],
        row["text_zh"],
        row["lead_units"] or "",
        row["support_units"] or "",
        row["responsible_units"] or "",
        row["deadline"].isoformat() if row["deadline"] else "",
        row["deadline_zh"] or "",
        "；".join(targets),
        row["measure_status"] or "",
        row["reported_on"].isoformat() if row["reported_on"] else "",
        row["status_note_zh"] or "",
        row["measure_id"],
    )


CIRCLE = CircleTable("任务.csv", "circle-measures", "任务清单", HEADINGS, measures)
