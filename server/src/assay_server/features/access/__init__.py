"""Who may do what: roles, groups and access rules."""
