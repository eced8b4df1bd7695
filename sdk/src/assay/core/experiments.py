"""Keys in the metadata of an experiment by which the SDK tells the server what kind of run it was."""

from __future__ import annotations

RERUN_OF = "rerun_of"
"""Id of the experiment of which this one ran some cases again: such a run is nobody's baseline unless it is named."""

STOPPED = "stopped_early"
"""The report of a run that was decided before its end."""
