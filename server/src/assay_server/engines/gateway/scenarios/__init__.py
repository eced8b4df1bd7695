"""Scenario files of the scripted model; see `assay_server.engines.gateway.scenario` for what one contains."""
