"""One trace over several processes: each continues from the exported parent it is given."""

from __future__ import annotations

import subprocess
import sys

from _sdk import PROJECT, braintrust

if len(sys.argv) > 1:
    braintrust.init_logger(project=PROJECT)
    worker = braintrust.start_span(name="worker", parent=sys.argv[1], input=sys.argv[2])
    with worker, worker.start_span(name="inside") as inside:
        inside.log(output="done")
    braintrust.flush()
    sys.exit()

logger = braintrust.init_logger(project=PROJECT)
with logger.start_span(name="web") as span:
    subprocess.run([sys.executable, __file__, span.export(), "in a span"], check=True)
subprocess.run([sys.executable, __file__, logger.export(), "in a project"], check=True)
experiment = braintrust.init(project=PROJECT, experiment="spread", set_current=False)
with experiment.start_span(name="case", input="x") as case:
    subprocess.run([sys.executable, __file__, case.export(), "in a case"], check=True)
    case.log(output="y", scores={"fine": 1})
subprocess.run([sys.executable, __file__, experiment.export(), "in an experiment"], check=True)
experiment.flush()
logger.flush()
