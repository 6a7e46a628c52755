"""Writes the specimens that are not copies of a released file: workbooks and pages of the same shape as real ones.

    python -m tests.specimens.make_specimens

The bytes do not depend on the day, so a changed file shows in `git diff`. SOURCE.md of each says which figures are real.
"""

import struct
from datetime import datetime
from pathlib import Path

import xlsxwriter

HERE = Path(__file__).parent

Cell = str | int | float | None


def workbook(path: str, sheets: dict[str, list[list[Cell]]], merged: dict[str, list[str]] | None = None) -> None:
    """Write rows of texts and numbers; a None is an empty cell. `merged`: ranges of a sheet that are merged."""
    with xlsxwriter.Workbook(HERE / path, {"strings_to_formulas": False}) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if cell is not None:
                        sheet.write(row, column, cell)
            for cells in (merged or {}).get(name, []):
                first = cells.split(":")[0]
                text = rows[int(first.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) - 1][_column(first)]
                sheet.merge_range(cells, text)


def _column(address: str) -> int:
    return ord(address[0]) - ord("A")


def float32(value: float) -> float:
    """A figure as a panel keeps it that once passed through single precision: 47.42 becomes 47.41999816894531."""
    return struct.unpack("f", struct.pack("f", value))[0]


def nbs_reexported() -> None:
    years = [str(year) for year in range(2006, 2025)]
    wuhan = [2590.7569, 3141.9048, 3960.0819, 4621, 5565.9, 6762.2, 8003.8, 9051.27, 10069.48, 10905.6, 11912.61, 13410.34]
    wuhan += [14847.29, 16223, 15616, 17716.76, 18866.43, 20012, 21106.23]
    shanghai = [10825.4, 13179.8, 14877.1, 16181.4, 18319.6, 20406.1, 21774.9, 23809.4, 25964.5, 27821.6, 30963.9, 34378.3]
    shanghai += [37769.1, 40241.2, 41603.9, 47059.4, 48594.5, 51404.5, 53759.5]
    urumqi = [654.3019, 820.28, 1020.3488, 1095, 1338.5, 1690.0347, 2004.1, 2202.8545, 2461.4698, 2631.6398, 2458.9766, 2743.8202]
    urumqi += [3099.7659, 3413, 3337, 3691.57, 3893.22, 4168, 4502.16]
    head = ["地区生产总值（当年价格）(亿元)", *years]
    workbook("nbs_reexported/gdp.xlsx", {"Sheet1": [head, ["上海", *shanghai], ["乌鲁木齐", *urumqi], ["武汉", *wuhan]]})


WHOLE = "全市                                  Total City"
DISTRICTS = "市辖区 Districts under City"
JUNK = {"更多数据，尽在【某数据网】": [["更多数据，尽在【某数据网】"]]}


def city_yearbook() -> None:
    blank = [None] * 16
    titles = ["中国2018年地级以上城市数据", None, "人口及户数", None, "地区生产总值", None, None, None, None, None]
    titles += ["社会消费品零售", None, "对外经济贸易", None, None, None]
    names = [
        "城 市",
        "City",
        "年末户籍人口 （万人）",
        None,
        "地区生产总值 (当年价格)\n(万元)",
        None,
        "人均地区生产总值 (元)",
        None,
    ]
    names += ["地区生产总值增长率 (%)", None, "社会消费品零售总额 (万元)", None, "货物进口额 (万元)", "货物出口额 (万元)"]
    names += ["外商直接投资合同项目 (个)", "当年实际使用外资金额 (万美元)"]
    english = [
        None,
        None,
        "Household Registered Population\n(10 000 persons)",
        None,
        "Gross Regional Product\n(10 000 yuan)",
        None,
    ]
    english += [
        "Per Capita GRP (yuan)",
        None,
        "GRP Growth Rate (%)",
        None,
        "Total Retail Sales of Consumer Goods (10 000 yuan)",
        None,
    ]
    english += ["Import Volumeof Goods (10 000 yuan)", "Export Volumeof Goods (10 000 yuan)", "Projects Contracted (unit)"]
    english += ["Foreign Capital Actually Utilized (USD 10 000)"]
    scopes = [None, None, *["全市", "市辖区"] * 5, "全市", "市辖区", "全市", "全市"]
    scopes_english = [None, None, *["Total City", "Districts under City"] * 5, "Total City", "Districts under City"]
    scopes_english += ["Total City", "Total City"]
    rows = [titles, names, english, blank, scopes, scopes_english]
    rows += [["湖北省", "Hubei"]]
    figures = {
        "武汉市": ("Wuhan", 148472900, 68439017, 8732000, 12752000, 250, 1092684),
        "黄石市": ("Huangshi", 15873300, 8032700, 1376795, 1309124, 18, 18145),
        "鄂州市": ("Ezhou", 10053000, 3790408, 270000, 162000, 6, 3857),
        "孝感市": ("Xiaogan", 19129000, 10854683, 298709, 652382, 20, 34979),
    }
    for city, (name, gdp, retail, imports, exports, projects, capital) in figures.items():
        rows.append(
            [city, name, None, None, gdp, None, None, None, None, None, retail, None, imports, exports, projects, capital]
        )
    workbook("city_yearbook/edition_2019.xlsx", {"Sheet1": rows} | JUNK)

    titles = ["中国2020年地级以上城市数据", None, "2-1 人口数", None, None, None, "2-7 地区生产总值", *[None] * 5]
    titles += [
        "2-8 地区生产总值构成",
        None,
        "2-13 对外经济贸易(全市)（万元）",
        None,
        "2-14 规模以上工业企业数（个）",
        None,
        None,
        None,
    ]
    titles += ["2-16 社会消费品零售总额及批发零售贸易业情况", None]
    names = ["城 市", "City", "常住人口                                 Urban Resident Population", None, None, None]
    names += [
        "地区生产总值（当年价格） （亿元）            \nGross Regional Product （Current Prices） （100 000 000 yuan）",
        None,
    ]
    names += ["人均地区生产总值 (元)", None, "地区生产总值增长率 (%)", None]
    names += ["第一产业占地区                  生产总值的比重（%）      Primary Industry as Percentage to GRP", None]
    names += ["货物进口额 (万元)                       Import Volume of Goods (10 OOOyuan)"]
    names += ["货物出口额 (万元)                    Export Volume of Goods (10 OOOyuan)"]
    names += ["工业企业数                              Number of Industrial Enterprises", None, None, None]
    names += ["社会消费品零售总额                    (万元)           Total Retail Sales of Consumer Goods (10 000 yuan)", None]
    english = [None] * 4 + ["城镇常住人口                 Urban Resident Population", None]
    english += ["Gross Regional Product （Current Prices） （100 000 000 yuan）", None, "Per Capita GRP (yuan)", None]
    english += ["GRP Growth Rate (%)", None, "Primary Industry as Percentage to GRP", None, "Import Volume of Goods"]
    english += ["Export Volume of Goods", None, None, "外商投资企业                            Foreign Funded Enterprises", None]
    english += ["Total Retail Sales of Consumer Goods (10 000 yuan)", None]
    scopes = [None, None, *[WHOLE, DISTRICTS] * 6, WHOLE, WHOLE, *[WHOLE, DISTRICTS] * 3]
    rows = [[None], titles, [None], names, english, scopes, ["湖北省", "Hubei"]]
    # Every number of this edition is a text; a dot is an empty cell.
    figures = {
        "武汉市 Wuhan": "1233 1233 1039 1039 15616 15616 131441 131441 -4.73 -4.73 2.58 2.58"
        " 12826000 14217000 2958 2958 259 259 61498424 61498424",
        "黄石市 Huangshi": "247 87 163 74 1641 836 66446 94892 -5.95 -5.38 7.07 0.84 1183585 1200944 704 310 20 14 7588053 .",
        "鄂州市 Ezhou": "108 108 72 72 1005 1005 93986 93986 -9.8 -9.8 9.85 9.85 182217 110929 492 492 9 9 . .",
        "咸宁市 Xianning": "268 68 151 48 1525 361 58319 59532 -4.9 -5.5 14.24 9.67 81365 657831 945 239 15 4 6040407 .",
    }
    for city, texts in figures.items():
        names = [f"  {name}" for name in city.split()]
        rows.append([*names, *(None if text == "." else text for text in texts.split())])
    workbook("city_yearbook/edition_2021.xlsx", {"Sheet1": rows} | JUNK)


def city_panel() -> None:
    head = ["year", "地级市", "外商直接投资", "单位", "数据来源"]
    figures = {
        "武汉": {2020: 11164.86, 2021: 12570, 2022: 2044.7, 2023: None},
        "鄂州": {2020: 47.42, 2021: 54.99, 2022: 61.64, 2023: None},
        "咸宁": {2020: 37.49, 2021: 51.86, 2022: 60.98, 2023: None},
    }
    rows = [
        [year, city, None if value is None else float32(value), "百万美元", f"{city}市统计局"]
        for city, years in figures.items()
        for year, value in years.items()
    ]
    workbook("city_panel/fdi.xlsx", {"Sheet1": [head, *rows]})

    head = [
        "年份",
        "省份",
        "城市",
        "省份代码",
        "城市代码",
        "行政区域土地面积(平方公里)",
        "常住人口（万人）",
        "插值_常住人口（万人）",
        "人口密度",
    ]
    people = {420100: ("武汉市", [1244.77, 1364.89, 1373.9]), 420700: ("鄂州市", [107.94, 106.97, "107.12"])}
    rows = []
    for code, (city, figures) in people.items():
        rows.append([2019, "湖北省", city, "420000", code, None, None, 1000.5, None])
        rows += [
            [2020 + place, "湖北省", city, "420000", code, None, value, float(value), None] for place, value in enumerate(figures)
        ]
    workbook("city_panel/population.xlsx", {"人口密度": [head, *rows]})

    lines = ["年份,行政区划代码,地区,地区生产总值(万元),货物出口额_万元_全市,货物出口额_万元_市辖区"]
    lines += ["2020.0,420100.0,武汉,156160000.0,14217000.0,", "2020.0,420200.0,黄石,16410000.0,1200944.0,"]
    lines += ["2020.0,420700.0,鄂州,,110929.0,", "2020.0,429004.0,仙桃,…,—,"]
    (HERE / "city_panel/cities.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def caac_airports() -> None:
    groups = ["机场", "名次", "旅客吞吐量（人）", None, None, "名次", "货邮吞吐量（吨）", None, None, "名次", "起降架次（架次）"]
    kinds = ["本期完成", "上年同期", "比上年增减%"]
    rows: list[list[Cell]] = [
        ["2025年民用运输机场生产统计公报附表"],
        ["2025年民用机场吞吐量排名"],
        [*groups, None, None],
        [None, None, *kinds, None, *kinds, None, *kinds],
        [None] * 13,
        ["合计", None, 1500000001, 1400000002, 7.1, None, 20000000.5, 19000000.4, 5.3, None, 12000003, 11900004, 0.8],
        ["北京/首都", 1, 70000005, 67000006, 4.5, 3, 1500000.7, 1400000.8, 7.1, 2, 430009, 420010, 2.4],
        ["武汉/天河", 12, 33000011, 31400012, 5.1, 14, 260000.1, 250000.2, 4, 13, 240013, 230014, 4.3],
        ["鄂州/花湖", 180, 650015, 560016, 16.1, 4, 1145700.3, 864700.4, 32.5, 60, 31017, 25018, 24.1],
        ["示例/新建", 260, 19, None, None, 240, 0.6, None, None, 262, 20, None, None],
    ]
    workbook(
        "caac_airports/2025.xlsx",
        {"Sheet1": rows},
        {"Sheet1": ["A3:A4", "B3:B4", "C3:E3", "F3:F4", "G3:I3", "J3:J4", "K3:M3"]},
    )


def caac_monthly() -> None:
    head = ["统计指标", "计算单位", "本月实际完成数", "比上年同月增长%", "当年累计实际完成数", "比上年同期增长%"]
    rows: list[list[Cell]] = [
        ["中国民航2026年6月份主要生产指标统计"],
        head,
        ["一、运输总周转量"],
        ["运输总周转量", "亿吨公里", 141.1, 5.2, 812.3, 6.4],
        ["其中：国际航线", "亿吨公里", 52.5, 11.6, 300.7, 12.8],
        ["二、旅客运输量"],
        ["旅客运输量", "万人", 6300.9, 1.1, 37100.2, 2.3],
        ["货邮运输量", "万吨", 75.6, 2.4, 430.7, 3.5],
        ["三、机场"],
        ["旅客吞吐量", "万人次", 11386.7, -6.3, 74545.5, 1.0],
        ["货邮吞吐量", "万吨", 181.4, 3.5, "—", 4.6],
        ["起降架次", "万架次", 103.7, 0.8, 612.9, 0.9],
        ["正班客座率", "%", 85.2, 1.3, 84.9, 1.2],
        ["航空器日利用率", "小时/日", "９．１", 0.2, None, 0.1],
        ["注：相关数为快报数据汇总，最终数据以年报为准"],
    ]
    workbook("caac_monthly/2026-06.xlsx", {"Sheet1": rows})


def mot_containers() -> None:
    rows: list[list[Cell]] = [
        ["2013年3月全国港口集装箱吞吐量排名"],
        [None, None, None, None, "单位：万标箱"],
        ["名次", "港名", "3月", "1-3月", "增幅%"],
        ["全国", "总计", 1529.03, 4304.07, 8.2],
        [1, "示例一", 285.11, 791.12, 3.13],
        [2, "示例二", "１７８．１４", 524.15, -1.16],
        [3, "示例三", 96.05, "1,204.5", 2.5],
        [4, "武汉", 7.17, 18.18, 20.19],
        [5, "示例四", None, 10.2, None],
        [6, "示例五", "－", "－", "－"],
        [7, "示例六", 0.01, 0.03, -50],
    ]
    workbook("mot_containers/2013-03.xlsx", {"Sheet1": rows})


def nbs_html_traditional() -> None:
    rows = [
        ["資料庫：主要城市年度數據"],
        ["指標：國內生產總值（億元）"],
        ["時間：最近４年"],
        ["地　區", "２０１８年", "２０１７年", "２０１６年", "２０１５年"],
        ["北京", "", "２８０１４．９４", "25669.13", "23014.59"],
        ["武漢", "", "13410.34", "11912.61", "１０９０５．６"],
        ["廣州", "", "21503.15", "19547.44", "18100.41"],
        ["烏魯木齊", "", "2743.82", "2458.98", "…"],
        ["資料來源：國家統計局"],
    ]
    body = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>" for cells in rows)
    page = f'<html><head><meta charset="utf-8"></head><body><table border="1">\n{body}\n</table></body></html>\n'
    (HERE / "nbs_html_traditional/20_Major_GDP.xls").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    nbs_reexported()
    city_yearbook()
    city_panel()
    caac_airports()
    caac_monthly()
    mot_containers()
    nbs_html_traditional()
