"""Prints which packages of a list are old."""

import sys

from packaging.version import Version
from tabulate import tabulate

rows = []
for line in sys.stdin:
    name, have, newest = line.split()
    if Version(have) < Version(newest):
        rows.append([name, have, newest])
print(tabulate(rows, headers=["package", "have", "newest"]))
