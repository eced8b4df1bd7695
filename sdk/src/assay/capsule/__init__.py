"""Run capsules: an experiment in one file, with everything needed to read it and to check its numbers.

`docs/design/011-capsule.md` describes the format and what a check proves.
"""
