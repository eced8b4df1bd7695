"""Rerunnable measurements. Each prints and writes `bench/results/<name>.json`; see docs/benchmarks.md."""
