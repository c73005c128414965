"""From an archive to a figure for a paper: which phases a core shows in a stiffer and stiffer shell, and how one crystal gets there.

Made for the archive of campaigns/quickstart.yaml (`tools/quickstart` leaves it in out/); cell by cell in an editor that knows
`# %%`, or as a whole:

    PYTHONPATH=tools /usr/bin/python3 tools/examples/superlattice.py out/quickstart.h5 superlattice.pdf
"""

# %% An archive. It may be one that a run is writing: then the figure shows what is there by now.
import sys

import matplotlib.pyplot as plt
import numpy as np

import nxmc
from nxmc import pictures

path, output = sys.argv[1:3] if len(sys.argv) == 3 else ("out/quickstart.h5", "superlattice.pdf")
archive = nxmc.open(path)
print(archive)

# %% Equilibrium: averages over replicas and both starts, with standard errors. Before believing them: do both starts agree?
equilibrium = archive.jobs(where="method == 'equilibrium' and state == 'done'")
phases = archive.jobs(jobs=equilibrium, group_by="shell_stiffness")
by_start = archive.jobs(jobs=equilibrium, group_by=["shell_stiffness", "start"]).pivot(index="shell_stiffness", columns="start")
distance = (by_start["f_U"]["random"] - by_start["f_U"]["segregated"]).abs()
error = np.hypot(by_start["f_U_err"]["random"], by_start["f_U_err"]["segregated"])
worst = (distance / error).idxmax()
print(f"f_U from both starts differs most at K_shell/K = {worst:g}: by {distance[worst]:.4f}, {(distance / error)[worst]:.1f} standard errors")

# %% Exchange: averages over trajectories. Groups are made while the archive is read, so that this works for 10^5 of them, too.
exchange = archive.jobs(where="method == 'exchange' and state == 'done'")
course = archive.times(jobs=exchange, group_by="time")

# %% The same as labelled arrays: (job, time), with all parameters as coordinates. When has half of A gone?
composition = archive.to_xarray("times", ["c"], jobs=exchange)["c"]
half_gone = composition["time"].to_numpy()[(composition < 0.5).argmax("time")]
print(f"half of A has gone at t = {np.median(half_gone):.3g} (median of {len(half_gone)} trajectories)")

# %% One crystal on its way: configurations of the first trajectory, drawn with the local phases of its sites.
crystal = archive.lattice(exchange.index[0])
configurations = archive.configurations(exchange.index[0])
artist = pictures.artist_for(crystal)

# %% The figure, as wide as a page of text (7 inches). Colours are those that the colour-blind tell apart, and markers differ, too.
LOOK = {"font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False, "errorbar.capsize": 1.5}
SHOWN = [
    ("f_U", "$f_U$  united (A and B apart)", "black", "o", "-"),
    ("f_S1", "$f_{S1}$  A-rich superlattice", pictures.PHASE_COLOUR["S1"], "v", "-"),
    ("f_S2", "$f_{S2}$  B-rich superlattice", pictures.PHASE_COLOUR["S2"], "s", "-"),
    ("f_0", "$f_0$  none of these", pictures.PHASE_COLOUR["0"], "d", "--"),
]
with plt.rc_context(LOOK):
    figure = plt.figure(figsize=(7, 4.6), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(2.4, 1))

    left, right = above.subplots(1, 2, sharey=True)
    for name, label, colour, marker, line in SHOWN:
        style = {"color": colour, "linestyle": line, "linewidth": 1, "markersize": 3.5}
        x, mean, err = (phases[column].to_numpy() for column in ("shell_stiffness", name, f"{name}_err"))
        left.errorbar(x, mean, err, marker=marker, label=label, **style)
        x, mean, err = (course[column].to_numpy() for column in ("time", name, f"{name}_err"))
        right.errorbar(x, mean, err, marker=marker, errorevery=3, markevery=3, **style)
    right.errorbar(course["time"], course["c"], course["c_err"], color=pictures.A_COLOUR, errorevery=3, linewidth=2, label="$c$  fraction of A in the crystal")
    left.set(xlabel="stiffness of the shell $K_{shell}/K$", ylabel="fraction of inner sites", ylim=(-0.02, 1.02))
    right.set(xlabel="time $t$ (inverse attempt rate $1/k_0$)", xscale="log")
    left.legend(loc="upper center", fontsize=7)
    right.legend(loc="upper left", fontsize=7)
    core, trajectory = equilibrium.iloc[0], exchange.iloc[0]
    left.set_title(f"(a) in equilibrium, $k_BT$ = {core['temperature']:g} ε, $c$ = {core['composition']:g}", loc="left", fontsize=8)
    drive = pictures.number(trajectory["delta_mu"])
    right.set_title(f"(b) in exchange, Δμ = {drive} ε, {len(exchange)} trajectories", loc="left", fontsize=8)

    crystals = below.subplots(1, len(configurations), squeeze=False)[0]
    for ax, (time, is_a) in zip(crystals, configurations):
        artist.draw(ax, pictures.phase_colours(crystal.phases(is_a)))
        ax.set_title(f"$t$ = {time:g}, $c$ = {is_a.mean():.2f}", fontsize=7)
    pictures.legend_beside(crystals[-1], pictures.phase_patches(artist.possible))
    below.suptitle("(c) local phases in one of these crystals", x=0.01, ha="left", fontsize=8)
    figure.savefig(output, dpi=300)
print(output)
