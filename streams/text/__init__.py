"""Texts: one normal form, the monitor queries and their matcher, sentiment, kinds of complaint."""
