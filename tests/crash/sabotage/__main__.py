"""`python -m tests.crash.sabotage <name> run <process>`: sabotage this process, then run it."""

import sys

from interlock.cli import main
from tests.crash.sabotage.sabotages import CIRCUMSTANCES, SABOTAGES

if __name__ == "__main__":
    known = {**SABOTAGES, **CIRCUMSTANCES}
    if len(sys.argv) < 2 or sys.argv[1] not in known:
        print(f"a sabotage is one of: {', '.join(known)}", file=sys.stderr)
        raise SystemExit(2)
    known[sys.argv.pop(1)]()
    main()
