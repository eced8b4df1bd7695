"""Links that show one experiment, trace or board to whoever has them, and nothing else."""
