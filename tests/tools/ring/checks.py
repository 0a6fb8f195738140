"""Counts what holds and what does not, one printed line each."""

import sys
import traceback


class Checks:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def that(self, name, holds, detail=""):
        """Records one check; `detail` is shown only when it does not hold."""
        if holds:
            self.passed += 1
            print(f"ok    {name}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL  {name}", flush=True)
            for line in str(detail).strip().splitlines()[-40:]:
                print(f"      {line}", flush=True)
        return bool(holds)

    def same(self, name, found, wanted):
        return self.that(name, found == wanted, f"found  {found!r}\nwanted {wanted!r}")

    def skipped(self, name, why):
        print(f"skip  {name}: {why}", flush=True)

    def run(self, name, scenario, *arguments):
        """Runs a scenario; one that breaks off has failed once."""
        try:
            scenario(*arguments)
        except KeyboardInterrupt:
            raise
        except SystemExit as end:
            # With a number the whole ring is to end, as a signal wants it; with words a scenario lacks what it needs.
            if not isinstance(end.code, str):
                raise
            self.that(name, False, end.code)
        except BaseException:  # noqa: B036 - whatever ended it, the others still run.
            self.that(name, False, traceback.format_exc())
        sys.stdout.flush()
