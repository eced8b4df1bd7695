"""Rerunnable measurements. Each module prints a table and writes `bench/results/<name>.json`; see docs/benchmarks.md."""
