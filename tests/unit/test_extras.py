"""The extras live together: everything imports in one environment, beside the core."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import airflow.sdk
import great_expectations
import dash
import plotly
from pipelines import steps
assert len(steps.tables()) > 20
print("imported", airflow.sdk.__version__, great_expectations.__version__, dash.__version__)
"""


def test_airflow_great_expectations_dash_and_the_core_import_in_one_process(tmp_path: Path) -> None:
    env = os.environ | {"AIRFLOW_HOME": str(tmp_path), "HOME": str(tmp_path), "GX_ANALYTICS_ENABLED": "false"}
    script = tmp_path / "imports.py"  # a file: within `python -c`, PySpark takes itself for a doctest and exits
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    assert re.search(r"^imported \S+ \S+ \S+$", done.stdout, re.M), done.stdout
