"""Notifications: that somebody was mentioned in a comment, or was assigned to a row."""
