"""The words of the page, English and Chinese side by side; `{name}` is filled in.

>>> told("from_to", low="1", high="2")
{'en': '1 to 2', 'zh': '1 至 2'}
"""

from __future__ import annotations

from typing import Final

__all__ = ["METRICS", "ROLES", "STEPS", "WORDS", "told"]

WORDS: Final[dict[str, tuple[str, str]]] = {
    "kicker": ("A study by apercu", "apercu 数据洞见"),
    "title_goal": ("What moves {target}", "什么在影响 {target}"),
    "title_open": ("What stands out in {source}", "{source} 中值得注意之处"),
    "switch": ("Language", "语言"),
    "contents": ("Contents", "目录"),
    "looked": ("{rows} rows and {columns} columns of {source} were looked at", "本研究考察了 {source} 的 {rows} 行、{columns} 列数据"),
    "asked_level": (
        " to learn what goes with {target} = “{level}”, which holds for {base} of the rows.",
        "，目的是弄清 {target} 为“{level}”与什么相关（占全部行的 {base}）。",
    ),
    "asked_number": (" to learn what goes with {target}, which is {base} on average.", "，目的是弄清 {target} 与什么相关（平均值为 {base}）。"),
    "asked_levels": (" to learn what goes with {target}, which has {k} levels.", "，目的是弄清 {target}（共 {k} 个取值）与什么相关。"),
    "asked_open": (".", "。"),
    "searched": (
        "The search proposed {proposed} claims; {tested} were put to the test and {held} held, at a false-discovery rate of {q}.",
        "搜索提出了 {proposed} 个论断，其中 {tested} 个接受了检验，{held} 个成立（错误发现率 {q}）。",
    ),
    "findings": ("Findings", "发现"),
    "findings_lead": (
        "Each was found on some rows and proved where the search could not have fitted itself to chance.",
        "每一条都先被搜索提出，再以搜索无法迎合偶然的方式加以证明。",
    ),
    "none_title": ("Nothing outlived the proof", "没有论断通过证明"),
    "none": (
        "Nothing outlived the proof: {tested} of {proposed} proposed claims were tested and none held at a false-discovery rate of {q}. "
        "That is a result: what looks like a pattern in these data cannot be told from chance with so many rows.",
        "没有论断通过证明：提出的 {proposed} 个论断中有 {tested} 个接受了检验，在错误发现率 {q} 下无一成立。"
        "这本身就是结果：以这样的行数，数据中貌似规律的现象无法与偶然区分。",
    ),
    "none_searched": ("The search proposed nothing that was worth a test.", "搜索没有提出值得检验的论断。"),
    "effect": ("Effect", "效应"),
    "interval": ("{level} interval", "{level} 区间"),
    "from_to": ("{low} to {high}", "{low} 至 {high}"),
    "rows": ("Rows", "行数"),
    "verify": ("measured on rows the search never saw", "在搜索从未见过的行上测得"),
    "all": ("calibrated against permutations of the whole search", "以整个搜索的置换检验校准"),
    "new": ("new", "新发现"),
    "known": ("known to the experts", "专家已知"),
    "against": ("against an expert rule", "与专家规则相反"),
    "highlights": ("Where single predictions come from", "单个预测的依据"),
    "highlights_lead": (
        "Red parts speak for what the model says of the row, blue ones against it: what changes when each is covered, by a model that never saw the "
        "row. Frames in red are rows that it gets wrong.",
        "红色部分支持模型的判断，蓝色部分相反：逐一遮盖各部分后预测的变化，由未见过该行的模型给出。红框为判断错误的行。",
    ),
    "highlight": ("row {row}: {said}; in truth {truth}", "第 {row} 行：{said}；实际为 {truth}"),
    "sight": ("What the net looks at in {column}", "网络在 {column} 中看什么"),
    "sight_filters": (
        "Filters of its first layer: a place of the picture that looks like one of them makes it speak. Grey is 0, brighter adds, darker takes.",
        "第一层的卷积核：图片中与之相似的位置会激活它。灰色为 0，越亮越促进，越暗越抑制。",
    ),
    "sight_maps": (
        "Row {row}, and where on it filters speak: the brighter, the louder. Those that differ most over the picture.",
        "第 {row} 行的图片及各卷积核的响应：越亮响应越强。仅列出变化最大的特征图。",
    ),
    "sight_first": ("First layer: edges, spots, colours", "第一层：边缘、斑点、颜色"),
    "sight_last": ("Last layer: parts, coarse in place", "最后一层：局部形状，位置较粗"),
    "gallery": ("Groups of {column} that look alike", "{column} 的相似分组"),
    "proof": ("The proof, and SQL to repeat it", "证明与可复现的 SQL"),
    "method": ("Method", "方法"),
    "pattern": ("Pattern", "模式"),
    "here": ("Here", "该群体"),
    "elsewhere": ("Compared with", "对照"),
    "columns": ("Columns", "列"),
    "copy": ("Copy", "复制"),
    "copied": ("Copied", "已复制"),
    "more_findings": ("{n} more findings stand in study.json.", "另有 {n} 条发现见 study.json。"),
    "actions": ("What to do", "行动建议"),
    "actions_lead": (
        "Priced, with the pessimistic end first in mind: the lower number is what to count on.",
        "已估价，并给出悲观一端：请以较低的数字为准。",
    ),
    "who": ("For whom", "对象"),
    "nobody": ("nobody", "无"),
    "people": ("Addressees", "人数"),
    "cost": ("Cost", "成本"),
    "gain": ("Expected net gain", "预期净收益"),
    "gain_low": ("Pessimistic end", "悲观估计"),
    "gain_high": ("Optimistic end", "乐观估计"),
    "tile_gain": ("Gain at the pessimistic end {unit}", "悲观估计的收益 {unit}"),
    "because": ("Because of finding", "依据发现"),
    "outcomes": ("outcomes", "个结果"),
    "model": ("How well it predicts", "预测能力"),
    "model_lead": (
        "Every score is measured on rows that the scored model had not learned from, with its 95% interval.",
        "每个得分都在模型未学习过的行上测得，附 95% 区间。",
    ),
    "metric": ("Metric", "指标"),
    "roc": ("ROC: how many of the cases are caught (upward) for how many false alarms (across)", "ROC 曲线：误报率（横轴）与检出率（纵轴）"),
    "precision-recall": ("Precision (upward) as more of the cases are caught (across)", "精确率（纵轴）随召回率（横轴）的变化"),
    "calibration": ("Calibration: what came (upward) against what was said (across)", "校准：实际比例（纵轴）与预测概率（横轴）"),
    "confusion": ("Confusion: rows by actual (down) and predicted level (across)", "混淆矩阵：实际取值（纵向）与预测取值（横向）的行数"),
    "profit": ("Profit (upward) by the share of rows acted upon, the likeliest first (across)", "收益（纵轴）与处理比例（横轴，最可能者优先）"),
    "profit_at": (
        "The line marks the offer to everyone whose probability is above {p}.",
        "竖线为对概率高于 {p} 者的优惠。",
    ),
    "qini": (
        "“{treatment}”: what is gained per 1,000 cases (upward) by the share of cases that get it, those of the highest foretold effect first "
        "(across); dashed: were lots drawn. By models that never saw the case; the band holds each point in 95%.",
        "“{treatment}”：每 1,000 个对象的增益（纵轴）与采用比例（横轴，预计效果最高者优先）；虚线为随机抽取。"
        "由从未见过该对象的模型得出，阴影为逐点 95% 区间。",
    ),
    "map": ("A map of the rows: like rows lie near each other; colours are the target's", "数据地图：相似的行彼此靠近；颜色为目标取值"),
    "learning": ("What more rows teach: the score (upward) by rows learned from (across)", "学习曲线：得分（纵轴）随训练行数（横轴）的变化"),
    "residuals": ("Residuals: error (upward) against prediction (across)", "残差：误差（纵轴）与预测值（横轴）"),
    "lift": (
        "Lift: share of the cases caught (upward) by the first share of rows, riskiest first (across)",
        "提升：按风险从高到低的行占比（横轴）所覆盖的目标占比（纵轴）",
    ),
    "curve": ("Curve: {kind}", "曲线：{kind}"),
    "scores_chart": ("{metric} of each model with its interval", "各模型的 {metric} 及其区间"),
    "drivers": ("What drives the model", "模型依据什么"),
    "drivers_lead": (
        "How far each column moves a prediction on average ({unit}), and in which direction for which values. It tells how the model "
        "thinks, not what causes what.",
        "各列平均使预测变动多少（{unit}），以及不同取值的方向。它说明模型如何判断，并不说明因果。",
    ),
    "drivers_chart": ("Mean size of each column's contribution", "各列贡献的平均大小"),
    "shape_chart": ("Contribution of {column} for each of its values", "{column} 各取值的贡献"),
    "shuffled_chart": ("Rise of the loss where the column is shuffled among unseen rows", "在未见过的行中打乱该列后损失的上升"),
    "pairs": ("Columns that act together", "共同起作用的列"),
    "surrogate": ("The model in a few lines", "用几行话概括模型"),
    "prototypes": ("Typical rows", "典型的行"),
    "prototypes_lead": (
        "Typical in the model's eyes: the rows that others of their kind are nearest to, by what each column contributes.",
        "“典型”是就模型而言：按各列的贡献衡量，同类的行离它们最近。",
    ),
    "log-odds": ("log-odds", "对数几率"),
    "raises_level": (
        "{column}: {value} makes {target} = “{level}” likelier (+{size} {unit})",
        "{column}：{value} 使 {target} 为“{level}”的可能性升高（+{size} {unit}）",
    ),
    "lowers_level": (
        "{column}: {value} makes {target} = “{level}” less likely (−{size} {unit})",
        "{column}：{value} 使 {target} 为“{level}”的可能性降低（−{size} {unit}）",
    ),
    "raises_number": ("{column}: {value} raises {target} by {size} {unit}", "{column}：{value} 使 {target} 升高 {size} {unit}"),
    "lowers_number": ("{column}: {value} lowers {target} by {size} {unit}", "{column}：{value} 使 {target} 降低 {size} {unit}"),
    "faults": ("Faults found", "发现的问题"),
    "mend": ("Mend", "处理建议"),
    "fault_rows": ("Rows in the source", "源数据行号"),
    "fault_chart": ("Along the clock: least to largest, mean, and what is odd in red", "沿时间：最小至最大值、均值，异常处为红色"),
    "fault_see": ("See them", "查看这些行"),
    "fault_apply": ("Apply the mend", "应用修正"),
    "and_more": ("and {n} more", "等共另外 {n} 个"),
    "evidence": ("Evidence", "证据"),
    "rules": ("Rules of the experts", "专家规则"),
    "rule": ("Rule", "规则"),
    "stated": ("Stated", "所述"),
    "observed": ("Observed", "实测"),
    "verdict": ("Verdict", "结论"),
    "holds": ("holds", "成立"),
    "weaker": ("weaker than stated", "弱于所述"),
    "against_rule": ("against the data", "与数据相反"),
    "silent": ("too few rows to say", "行数太少，无法判断"),
    "data": ("The data", "数据"),
    "column": ("Column", "列"),
    "kind": ("Kind", "类型"),
    "role": ("Role", "角色"),
    "missing": ("Missing", "缺失"),
    "distinct": ("Distinct", "不同值"),
    "why": ("Why", "理由"),
    "mends": ("Mends and decisions", "修整与决定"),
    "step": ("Step", "步骤"),
    "what": ("What was done", "所做之事"),
    "expression": ("As an expression", "表达式"),
    "derived": ("made by apercu", "由 apercu 生成"),
    "more_rows": ("{n} more stand in study.json.", "另有 {n} 条见 study.json。"),
    "proved": ("How it was proved", "如何证明"),
    "wall_pair": (
        "Pairs of things were dealt out by a hash of their names and of the relation between them, before anything was looked at: what is stated of "
        "some of them was kept from the search.",
        "在查看任何内容之前，按名称与关系的哈希划分事物对：其中一部分的陈述不供搜索使用。",
    ),
    "step_test_pair": (
        "{tested} claims met enough of these pairs to be tested, each pair of a thing counting once, against how often chance alone would be right.",
        "其中 {tested} 个论断遇到足够多的此类事物对，得以接受检验：同一事物只计一次，并与随机情形下的正确率比较。",
    ),
    "wall_hash": (
        "Before anything was searched the rows were divided in two by a hash of their own content: {search} to search, {verify} to judge.",
        "搜索之前，先按每行内容的散列把数据分成两半：{search} 行用于搜索，{verify} 行用于评判。",
    ),
    "wall_entity": (
        "Before anything was searched the rows were divided in two, all rows of one entity on the same side: {search} to search, {verify} to judge.",
        "搜索之前，先把数据分成两半，同一实体的行在同一侧：{search} 行用于搜索，{verify} 行用于评判。",
    ),
    "wall_time": (
        "Before anything was searched the rows were divided in two in blocks of time: {search} to search, {verify} to judge.",
        "搜索之前，先按时间区块把数据分成两半：{search} 行用于搜索，{verify} 行用于评判。",
    ),
    "wall_permutation": (
        "The table is too small for halves, so all {search} rows were searched, and only what beats the same search on shuffled targets is said.",
        "数据太少，无法分半：搜索使用全部 {search} 行，只报告胜过打乱目标后同样搜索的论断。",
    ),
    "step_propose": (
        "The search looked through combinations of columns and proposed {proposed} claims. What it believes proves nothing.",
        "搜索遍历各列的组合，提出 {proposed} 个论断。搜索所信并不构成证明。",
    ),
    "step_test": (
        "{tested} claims were tested on the judging rows, which were opened {opened} time(s).",
        "{tested} 个论断在评判行上接受检验；评判行共打开 {opened} 次。",
    ),
    "step_test_all": ("{tested} claims were tested by the permutations.", "{tested} 个论断接受了置换检验。"),
    "step_fdr": (
        "All claims were judged together: a claim is told only while the expected share of false ones among those told stays at or "
        "below {q}. {held} held.",
        "所有论断一并评判：只有当所报告论断中错误者的期望比例不超过 {q} 时才予报告。共 {held} 个成立。",
    ),
    "step_repeat": (
        "You need not believe it: each finding carries SQL that gives its numbers from the study's own data.parquet, "
        "registered as a table named data.",
        "不必轻信：每条发现都附有 SQL，在研究自带的 data.parquet（注册为表 data）上即可算出相同的数字。",
    ),
    "graph": ("The graph", "图谱"),
    "graph_lead": (
        "{facts} facts between {entities} things, by {relations} relations.",
        "{entities} 个实体之间的 {facts} 条事实，共 {relations} 种关系。",
    ),
    "likely": ("Likely, and not stated", "可能成立而未陈述"),
    "likely_lead": (
        "Expected by rules and embedding. The share says how many of such pairs were facts when they had been hidden; that the graph is silent here "
        "may mean that it is not so.",
        "由规则与嵌入推断。比例表示：被隐藏的同类事物对中有多少确为事实；图谱未提及，也可能意味着并非如此。",
    ),
    "fact": ("Fact", "事实"),
    "hidden_share": ("Of such pairs", "同类中为真"),
    "because_rule": ("Best reason", "主要依据"),
    "embedded": ("embedding only, no rule supports it", "仅由嵌入得出，没有规则支持"),
    "follows": ("Follows by the rules of experts", "由专家规则推出"),
    "follows_more": ("{n} facts follow; these are the first.", "共推出 {n} 条事实，此处列出最先的若干条。"),
    "around": (
        "What the graph says of “{thing}”. Whole lines were stated, dashed ones follow by rules, dotted ones are predicted.",
        "图谱中关于“{thing}”的事实。实线为已有陈述，虚线由规则推出，点线为预测。",
    ),
    "around_more": ("{n} more neighbours are not drawn.", "另有 {n} 个邻居未画出。"),
    "relation": ("Relation", "关系"),
    "facts": ("Facts", "事实数"),
    "made": ("Made with", "生成环境"),
    "seed": ("Seed", "随机种子"),
    "opens": ("This page opens offline and loads nothing from outside.", "本页可离线打开，不加载任何外部内容。"),
}

METRICS: Final[dict[str, tuple[str, str]]] = {
    "auc": ("AUC (ranking, .5 is chance)", "AUC（排序能力，0.5 为随机）"),
    "average precision": ("Average precision", "平均精确率"),
    "log loss": ("Log loss (lower is better)", "对数损失（越低越好）"),
    "brier": ("Brier score (lower is better)", "Brier 分数（越低越好）"),
    "calibration error": ("Calibration error (lower is better)", "校准误差（越低越好）"),
    "accuracy": ("Accuracy", "准确率"),
    "balanced accuracy": ("Balanced accuracy", "平衡准确率"),
    "f1": ("F1", "F1"),
    "precision": ("Precision", "精确率"),
    "recall": ("Recall", "召回率"),
    "mcc": ("Matthews correlation", "马修斯相关系数"),
    "kappa": ("Kappa (agreement beyond chance)", "Kappa（超出偶然的一致性）"),
    "lift at 10%": ("Lift among the likeliest 10%", "最可能 10% 中的提升度"),
    "macro f1": ("Macro F1", "宏平均 F1"),
    "macro auc": ("Macro AUC (one class against the others)", "宏平均 AUC（一对其余）"),
    "top 3 accuracy": ("Class among the three likeliest", "前三命中率"),
    "median error": ("Median absolute error (lower is better)", "绝对误差中位数（越低越好）"),
    "mape": ("Mean error as a share of the truth (lower is better)", "平均绝对百分比误差（越低越好）"),
    "smape": ("Symmetric share of error (lower is better)", "对称平均绝对百分比误差（越低越好）"),
    "rmse": ("RMSE (lower is better)", "均方根误差（越低越好）"),
    "mae": ("Mean absolute error (lower is better)", "平均绝对误差（越低越好）"),
    "r2": ("R²", "R²"),
}

ROLES: Final[dict[str, tuple[str, str]]] = {
    "feature": ("feature", "特征"),
    "target": ("target", "目标"),
    "id": ("id", "标识"),
    "time": ("clock", "时间轴"),
    "group": ("entity", "分组"),
    "weight": ("weight", "权重"),
    "treatment": ("treatment", "干预"),
    "value": ("value", "价值"),
    "constant": ("constant", "常量"),
    "leak": ("leak", "泄漏"),
    "ignored": ("ignored", "忽略"),
}

STEPS: Final[dict[str, tuple[str, str]]] = {
    "collect": ("collect", "收集"),
    "clean": ("clean", "清洗"),
    "derive": ("derive", "派生"),
    "train": ("train", "训练"),
    "teach": ("teach", "教学"),
    "evaluate": ("evaluate", "评估"),
    "explain": ("explain", "解释"),
    "audit": ("audit", "审计"),
    "reason": ("reason", "推理"),
    "discover": ("discover", "发现"),
    "advise": ("advise", "建议"),
    "deploy": ("deploy", "部署"),
}


def told(key: str, **values: str) -> dict[str, str]:
    """The caption of a key in both languages, its names filled in. Raises KeyError for a key that is not there."""
    en, zh = WORDS[key]
    return {"en": en.format(**values).rstrip(), "zh": zh.format(**values).rstrip()}
