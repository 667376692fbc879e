"""What would have to change? Counterfactuals on telco's customers at risk: how many get an answer, how soon, and within what was seen?

python benchmarks/whatif.py [--rows N]

The model is learned on four fifths; customers of the other fifth whose predicted churn is above one half are asked about, with five columns that a
company can act upon. The bar: an answer or "none exists" within a second of wall time, every value within what the table has seen.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from offers import held_out

from apercu.advise.whatif import asked

ACTIONABLE = ("Contract", "OnlineSecurity", "TechSupport", "PaymentMethod", "MonthlyCharges")

if __name__ == "__main__":
    reader = argparse.ArgumentParser()
    reader.add_argument("--rows", type=int, default=60)
    asked_ = reader.parse_args()
    held = held_out("telco", 0, {})
    risky = np.flatnonzero(held.probability > 0.5)[: asked_.rows]
    walls, cpus, found, none, outside = [], [], 0, 0, 0
    for i in risky:
        wall, cpu = time.monotonic(), time.process_time()
        told = asked(held.model, held.split, held.rows.take(np.array([i])), ACTIONABLE)
        walls.append(time.monotonic() - wall)
        cpus.append(time.process_time() - cpu)
        found, none = found + bool(told.paths), none + (not told.paths)
        for path in told.paths:
            for change in path.changes:
                seen = held.split.rows[change.column]
                inside = change.after in seen if isinstance(change.after, str) else np.nanmin(seen) <= change.after <= np.nanmax(seen)
                outside += not inside
            outside += not path.after <= 0.5
        if i == risky[0]:
            print(told.say(), told.say("zh"), sep="\n")
    print(
        f"{len(risky)} customers: {found} answered, {none} without any; wall median {np.median(walls):.2f} s, most {max(walls):.2f} s "
        f"(CPU most {max(cpus):.2f}); values outside or wishes missed: {outside}; bar met: {max(walls) <= 1.0 and not outside}"
    )
