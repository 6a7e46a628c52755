"""A whole project small enough to read: seeds, one customs table, one tidy file, all literal."""

from pathlib import Path

import polars as pl
import yaml

from dagster_project.lib import declarations
from dagster_project.lib.house import House
from schemas.seeds import SIGNAL_RULES

#: A few rows of every seed. In line 2 every column is filled, so that each rule has a value to break.
SEEDS = {
    "areas": """\
ref_area,name_zh,name_en,area_type,parent,use,circle_part,pinyin,lon,lat,note
100000,全国,China,nation,100000,peer,core,zhongguo,104.1,35.8,all
420000,湖北省,Hubei,province,100000,peer,,hubei,,,
420100,武汉市,Wuhan,city,420000,scope,core,wuhan,114.3,30.6,
420700,鄂州市,Ezhou,city,420000,scope,core,ezhou,,,
""",
    "facilities": """\
facility,name_zh,name_en,facility_type,city,part_of,counts_for_city,opened,note,source
EHU,花湖机场,Ezhou Huahu Airport,airport,420700,EHU,1,2022-07-17,cargo,airportsdata
""",
    "places": """\
name,ref_area
总值,100000
湖北省,420000
武汉市,420100
武汉,420100
鄂州市,420700
鄂州（葛店）,420700
花湖机场,EHU
""",
    "units": """\
unit,unit_measure,unit_mult,name_en,note
万人民币,CNY,4,10 thousand yuan,customs
亿元,CNY,8,100 million yuan,
亿美元,USD,8,100 million dollars,
%,PERCENT,0,per cent,
万吨,TNE,4,10 thousand tonnes,
""",
    "series": """\
series,name_zh,name_en,domain,unit_measure,kind,scope_zh,sum_of,display_unit_zh,display_mult,decimals,meaning_zh,meaning_en,asked,usual_revision
trade_total,进出口,Trade,trade,CNY,flow,海关,trade_export+trade_import,亿元,8,2,总值,Total,AM,10
trade_export,出口,Exports,trade,CNY,flow,,,亿元,8,2,出口,Exports,AM,
trade_import,进口,Imports,trade,CNY,flow,,,亿元,8,2,进口,Imports,M,
trade_total_yoy,进出口增速,Growth,trade,PERCENT,rate,,,%,0,1,增速,Growth,,
trade_export_yoy,出口增速,Growth,trade,PERCENT,rate,,,%,0,1,增速,Growth,,
trade_import_yoy,进口增速,Growth,trade,PERCENT,rate,,,%,0,1,增速,Growth,,
airport_cargo,货邮吞吐量,Air cargo,transport,TNE,flow,,,万吨,4,2,货邮,Cargo,,
hub_cargo,枢纽货量,Hub cargo,transport,TNE,stock,,,万吨,4,2,货量,Cargo,AM,
""",
    "scopes": """\
scope,family_zh,series,ref_area,name_zh,name_en,definition_zh,source
ehu_air,花湖机场货量,airport_cargo,EHU,航空货邮,Air cargo,只计航空,公报
ehu_hub,花湖机场货量,hub_cargo,EHU,枢纽货量,Hub cargo,含卡车,公报
""",
    "series_labels": """\
source_id,label,series,ref_area,counterpart,note
*,花湖机场航空货邮吞吐量,airport_cargo,EHU,product:air,only by air
*,货邮吞吐量,airport_cargo,EHU,,
bulletin,货邮吞吐量,hub_cargo,,,
*,进出口总额,trade_total,,,
*,对美国出口,trade_export,,partner:USA,
""",
    "indicators": """\
indicator,name_zh,name_en,numerator,denominator,scale,unit,display_unit_zh,display_mult,decimals,annual_since,monthly_since,\
meaning_zh,meaning_en
export_share,出口占比,Export share,trade_export,trade_total,100,PERCENT,%,0,1,2018,2024-01,出口比进出口,Share
""",
    "preference": """\
series,ref_area,period_from,period_to,rank,source_id,reason
trade_total,*,2018,2024,1,customs,海关为准
""",
    "breaks": """\
series,ref_area,time_period,reason_zh,evidence
trade_total,*,2022,口径改变,公告
""",
    "corrections": """\
correction_id,action,source_id,source_file,series,ref_area,time_period,period_basis,wrong_value,wrong_unit,right_value,\
right_unit,right_status,reason_zh,evidence,approver,approved_on
unit-2019,correct,bulletin,files/2019.csv,trade_total,420100,2019,period,63.08,亿元,63.08,亿美元,E,单位误印,下年公报,office,2026-11-20
""",
    "structural": """\
series,ref_area,period_from,period_to,reason_zh,evidence
airport_cargo,420100,2018,2021,没有机场,名录
""",
    "thresholds": """\
threshold,value,reason_zh
min_ranked_cities,5,过半
file_shrink_share,0.9,截断
rounding_steps,0.5,末位的一半
cumulative_shrink_share,0.01,修订
unit_power_tolerance,5,一万倍
unit_rate_tolerance,1.8,汇率
check_min_cny,100000000,小数
growth_contradiction_factor,2,修订
rank_draws,10000,误差
rank_seed,2018,起始年份
target_ahead_pp,5,半个月
target_behind_pp,5,半个月
target_far_behind_pp,15,两个月
target_missed_share,90,九成
target_about_share,5,左右
min_calendar_years,2,两年
min_trend_years,8,八年
signal_current_years,4,现状
warning_current_years,2,今天
""",
    "calendar": """\
calendar,time_period,release_on,source
monthly_table,2024-03,2024-04-18,公告
""",
    "economies": """\
economy,name_zh,also_zh,name_en
HKG,中国香港,香港、香港特别行政区,"Hong Kong, China"
CHN,中国内地,内资,"China, mainland"
DEU,德国,,Germany
""",
    "industries": """\
industry,name_zh,name_en
C39,计算机、通信和其他电子设备制造业,Electronics
G,交通运输、仓储和邮政业,Transport
""",
    "plan_documents": """\
document,ref_area,number,title_zh,issued_on,file,source
plan,420100,武政〔2018〕50号,计划,2018-10-24,plan/plan.txt,公开
""",
    "plan_targets": """\
target_id,document,clause,quote,subject_zh,ref_area,name_zh,series,printed_unit,scope_note_zh,baseline_period,baseline_value,\
baseline_status,period_from,target_period,target_value,target_high,target_kind,comparator,linked_by_zh
trade_2020,plan,附件,进出口总额(亿元) 1900 2200,武汉市,420100,进出口,trade_total,亿元,海关,2017,1900,A,,2020,2200,,level,达到,同
exports_2020,plan,一,出口年均增长8%以上,武汉市,420100,出口,trade_export,%,,,,,2018,2020,8,,average_growth,以上,同一事项
""",
    "plan_measures": """\
measure_id,document,clause,title_zh,text_zh,deadline,deadline_zh
plan-1,plan,一、1,发展外贸,扩大进出口,2020-12-31,2020年底前
""",
    "plan_units": """\
unit_zh,ref_area,note_zh
武汉市商务局,420100,改革前后同名
""",
    "plan_unit_names": """\
document,printed_name,unit_zh
plan,市商务局〈市口岸办〉,武汉市商务局
""",
    "plan_measure_units": """\
measure_id,part,side,unit_order,printed_name
plan-1,1,lead,1,市商务局〈市口岸办〉
""",
    "plan_measure_targets": """\
measure_id,target_id
plan-1,trade_2020
""",
    "plan_measure_series": """\
measure_id,series
plan-1,trade_total
""",
    "measure_status": """\
measure_id,status,reported_on,note_zh
plan-1,进行中,2019-06-30,按期
""",
    "signal_rules": "rule,name_zh,about,polarity,severity,threshold,unit,n_needed,counted_zh,reason_zh\n"
    + "".join(f"{rule},规则,city,weak,high,10,PERCENT,3,同比增速,少见\n" for rule in SIGNAL_RULES),
    "signal_peers": """\
ref_area,peer,reason_zh
420100,420700,邻市
""",
    "warning_series": """\
warning,name_zh,series,basis,ref_area,blue_below,yellow_below,orange_below,red_below,hold_periods,reason_zh
trade,进出口累计增速,trade_total,ytd,*,5,0,-5,-10,2,少见
""",
}

#: The one document that the small registers quote; 統計 in Traditional characters, spaces as a web page leaves them.
PLAN_TEXT = """\
武汉市计划(2018—2020年)
一、1.发展外贸。扩大进出口，出口年均增长8%
以上，2020年底前见效。(牵头单位：市商务局〈市口岸办〉)
2017 年完成情况 2020 年目标
进出口总额(亿元)\t1900\t2200
碳排放量(万吨)\t未统计\t16600
外資企業20—25家，進口千億元
"""

FRAMEWORK_YML = """\
id: mini
title_zh: 小指数
reference: {set: fixed}
normalisation: {method: goalposts, range: [0, 100]}
missing: {min_coverage: 0.5}
"""

FRAMEWORK_CSV = """\
code,name_zh,type,parent,weight,direction,goalpost_low,goalpost_high
openness,开放,index,,,,,
trade,贸易,group,openness,0.6,,,
air,航空,group,openness,0.4,,,
export_share,出口占比,indicator,trade,1,1,0,100
airport_cargo,货邮,indicator,air,1,1,0,1500000
"""

REASONS_CSV = """\
code,weight_reason_zh,goalposts_reason_zh
trade,数据最全,
air,只有两城,
export_share,唯一,百分数
airport_cargo,唯一,留余地
"""

NOTE = "注：根据海关总署公告〔2016〕20号，本表表名相应调整。"

#: 2024-03 as the customs administration lays it out: ten columns, three heading lines, a closing note.
CUSTOMS = f"""\
Unnamed,Unnamed,Unnamed,Unnamed,Unnamed,Unnamed,Unnamed,单位：万人民币,单位：万人民币,单位：万人民币
收发货人所在地,进出口,进出口,出口,出口,进口,进口,累计比去年同期±％,累计比去年同期±％.1,累计比去年同期±％.2
收发货人所在地,3月,1至3月,3月,1至3月,3月,1至3月,进出口,出口,进口
总值,1000,3000,600,1800,400,1200,5.0,4.9,5.2
湖北省,100,300,60,180,40,120,9.6,12.4,-3.7
武汉市,70,210,40,120,30,90,-,9630.2,-2.1
鄂州市,7,21,4,12,3,9,1.0,2.0,-
{",".join([NOTE] * 10)}
"""

TIDY = """\
city_zh,adcode,period,frequency,indicator,value,unit,obs_status,quote
鄂州市,420700,2025,annual,花湖机场航空货邮吞吐量,114.57,万吨,,航空货邮吞吐量114.57万吨
鄂州市,420700,2025,annual,货邮吞吐量,147.81,万吨,E,枢纽货量超过147.81万吨
武汉市,420100,2025-01/2025-06,ytd,进出口总额,2142.7,亿元,,上半年进出口
武汉市,420100,2025,annual,进出口总额,…,亿元,,
"""

_SOURCE = {
    "publisher_zh": "某机构",
    "publisher_en": "A publisher",
    "domain": "trade",
    "title_zh": "某表",
    "title_en": "A table",
    "address": "https://example.org/table",
    "licence": "official-statistics",
    "frequency": "M",
    "obs_status": "P",
}


def publication(file: str, published_on: str = "2024-04-18", **more) -> dict:
    """One entry under `files` of a source.yml."""
    named = {
        "file": file,
        "title_zh": "某月表",
        "address": None,
        "published_on": published_on,
        "published_basis": "publisher",
    }
    return named | more


def source(defaults: dict, changes: dict) -> dict:
    """A source.yml as a mapping; a key changed to None is left out."""
    return {key: value for key, value in (_SOURCE | defaults | changes).items() if key not in changes or value is not None}


def write_source(raw: Path, declared: dict, files: dict[str, str | bytes]) -> Path:
    """raw/<source_id>/ with its source.yml and files; text is written as UTF-8."""
    folder = raw / declared["source_id"]
    (folder / "files").mkdir(parents=True, exist_ok=True)
    (folder / "source.yml").write_text(yaml.safe_dump(declared, allow_unicode=True, sort_keys=False), encoding="utf-8")
    for name, content in files.items():
        (folder / "files" / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def customs_source(**more) -> dict:
    """The source.yml of the customs table: months by name, days from the calendar or listed."""
    options = {"unit": "万人民币", "expected_areas": ["100000", "420100", "420700"]}
    pattern = {
        "file": "files/{yyyy}-{mm}.csv",
        "title_zh": "{yyyy}年{m}月",
        "address": None,
        "calendar": "monthly_table",
    }
    declared = {"source_id": "customs", "layout": "customs_by_location", "options": options, "pattern": pattern}
    return source(declared, more)


def bulletin_source(**more) -> dict:
    """The source.yml of the tidy file."""
    files = [publication("files/2025.csv", "2026-01-14")]
    return source({"source_id": "bulletin", "layout": "tidy_long", "obs_status": "A", "files": files}, more)


def write_seeds(folder: Path) -> Path:
    """seeds/ with every table and one framework."""
    (folder / "framework" / "mini").mkdir(parents=True)
    for name, text in SEEDS.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "plan").mkdir()
    (folder / "plan" / "plan.txt").write_text(PLAN_TEXT, encoding="utf-8")
    (folder / "framework" / "mini" / "framework.yml").write_text(FRAMEWORK_YML, encoding="utf-8")
    (folder / "framework" / "mini" / "framework.csv").write_text(FRAMEWORK_CSV, encoding="utf-8")
    (folder / "framework" / "mini" / "reasons.csv").write_text(REASONS_CSV, encoding="utf-8")
    return folder


def write_house(folder: Path, customs: str | bytes = CUSTOMS, tidy: str | bytes = TIDY) -> House:
    """A project with one customs table and one tidy file, and code of its own to be hashed."""
    house = House(folder / "raw", write_seeds(folder / "seeds"), folder / "warehouse", folder)
    write_source(house.raw, customs_source(), {"2024-03.csv": customs})
    write_source(house.raw, bulletin_source(), {"2025.csv": tidy})
    for name in ("dagster_project/lib/step.py", "schemas/table.py", "dbt/models/mart.sql", "dbt/models/mart.yml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("1\n")
    return house


def small_declarations() -> declarations.Declared:
    """The declarations in memory, as text and numbers of the declared types, without any source."""
    tables = {}
    for name, text in SEEDS.items():
        frame = pl.read_csv(text.encode(), infer_schema=False)
        types = {column: spec.dtype.type for column, spec in declarations.SEEDS[name].columns.items()}
        tables[name] = frame.select(pl.col(column).cast(dtype) for column, dtype in types.items())
    return declarations.Declared(tables, {})
