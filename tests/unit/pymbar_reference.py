"""What pymbar says of samples, for mbar_test.cpp: free energies, their errors, a mean in a target state, its error, and the second
row of the overlap matrix, a line each.

usage: pymbar_reference.py FILE

FILE: a line "K N", a line with N_k, then for each sample, in the order of their states, a line "u_0 … u_{K-1} u_target A".
"""
import sys

import numpy
from pymbar import MBAR  # of python3-pymbar, which tools/install-dependencies --test installs

with open(sys.argv[1]) as file:
    states, samples = (int(word) for word in file.readline().split())
    counts = numpy.array([int(word) for word in file.readline().split()])
    rows = numpy.loadtxt(file)
assert rows.shape == (samples, states + 2)
mbar = MBAR(rows[:, :states].T, counts, relative_tolerance=1e-13)
free_energies, errors = mbar.getFreeEnergyDifferences()[:2]
mean, error = mbar.computeExpectations(rows[:, states + 1], u_kn=rows[:, states])[:2]
overlap = mbar.computeOverlap(return_dict=True)["matrix"]
for values in (free_energies[0], errors[0], mean, error, overlap[1]):
    print(" ".join(f"{value:.15g}" for value in numpy.ravel(values)))
