"""The same call on every real table, with only the target changed (and header=no where the file has no header).

python benchmarks/tables.py [NAME ...]
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from _shared import TABLES, data, measured

SHOWN = ("auc", "r2")

print(f"{'table':<11}{'rows':>7}{'cols':>5}{'cpu s':>7}{'MB':>6}{'score':>16}{'faults':>7}{'found':>6}  first finding")
failed = 0
for name, path, target in TABLES:
    if sys.argv[1:] and name not in sys.argv[1:]:
        continue
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "one.study"
        result = measured([sys.executable, "-m", "apercu", "run", str(data(path)), "--target", target, "--out", str(out)])
        if result.code:
            failed += 1
            print(f"{name:<11} exit {result.code}: {result.err.strip()[-300:]}")
            continue
        record = json.loads((out / "study.json").read_text(encoding="utf-8"))
    score = next((s for s in record["scores"] if s["metric"] in SHOWN or s["metric"].startswith("auc")), None)
    told = f"{score['metric']} {score['value']:.4f}" if score else "-"
    first = record["findings"][0]["text"]["en"][:110] if record["findings"] else "nothing outlived the proof"
    row = f"{name:<11}{record['rows']:>7}{len(record['schema']):>5}{result.cpu_seconds:>7.1f}{result.peak_mb:>6.0f}{told:>16}"
    print(f"{row}{len(record['faults']):>7}{len(record['findings']):>6}  {first}", flush=True)
sys.exit(failed)
