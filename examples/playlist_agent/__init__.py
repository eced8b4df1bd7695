"""A playlist generator: an agent with three tools over a catalog of invented songs, traced and evaluated with
Assay.
"""
