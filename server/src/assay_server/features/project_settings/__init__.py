"""What is set up in a project: scores, tags, automations, views, variables, servers of tools."""
