"""Frechette, Dellago and Geissler, PNAS 118 (52), 2021 (doi 10.1073/pnas.2114551118), figure by figure: what the campaigns in
`campaigns/paper` found, beside what is printed.

`tools/paper` runs them and writes the page.
"""
