"""Compare our parser with Rocket.Chat's for as long as one likes.

python -m tests.markdown.fuzz --seconds 60 --seed 1
"""

from __future__ import annotations

import argparse
import sys
import time
from random import Random

from tests.markdown.generated import case
from tests.markdown.judging import Judge

AT_ONCE = 200
SHOWN = 5


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    given = arguments.parse_args()
    random = Random(given.seed)
    deadline = time.monotonic() + given.seconds
    texts, wrong = 0, 0
    with Judge() as judge:
        while time.monotonic() < deadline:
            cases = [case(random) for _ in range(AT_ONCE)]
            found = judge.disagreements(cases)
            texts += AT_ONCE
            wrong += len(found)
            for paragraph in found[: max(SHOWN - wrong + len(found), 0)]:
                sys.stdout.write(f"{paragraph}\n")
    sys.stdout.write(f"seed {given.seed}: {texts} texts, {wrong} of them differ\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
