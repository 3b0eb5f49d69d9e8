"""Memory goes back between steps."""

import gc
import subprocess
import sys
import weakref

from pipeline.memory_return import give_back, settle

FILL = """
import json
from bench.memory import MIB
import psutil
from pipeline.memory_return import give_back, settle
settle()
def weigh(): return psutil.Process().memory_full_info().uss / MIB
before = weigh()
text = json.dumps([{"start_s": n / 7, "words": [[n, str(n)]]} for n in range(150_000)])
document = json.loads(text)
full = weigh()
del text, document
give_back()
print(full - before, weigh() - before)
"""


def test_what_a_step_took_goes_back() -> None:
    done = subprocess.run([sys.executable, "-c", FILL], capture_output=True, text=True, timeout=120, check=True)
    taken_mib, kept_mib = map(float, done.stdout.split())
    assert taken_mib > 60
    assert kept_mib < 0.25 * taken_mib


class Ring:
    def __init__(self) -> None:
        self.own = self


def test_cycles_made_after_settling_go_too() -> None:
    gc.disable()
    try:
        settle()
        assert gc.get_freeze_count() > 0
        lost = weakref.ref(Ring())
        assert lost() is not None
        give_back()
        assert lost() is None
    finally:
        gc.unfreeze()
        gc.enable()
